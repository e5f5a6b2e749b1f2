"""What a person should look at in a trade; none of it blocks."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein

from chain.documents.identity import normalised_identifier, normalised_number
from chain.documents.model import Severity
from chain.documents.rules import LooksLikeAnother, PayeeAccountChanged, TermsStretched
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Trade
from chain.documents.trade.thresholds import SUSPICIONS, USUAL_TERM_DAYS
from chain.documents.warehouses import numbers_of


def look_for_retyped(trade: Trade, cases: Sequence[Case]) -> None:
    """Invoices of one amount, within days, for the same goods, whose numbers are a slip apart (cases.md, C4)."""
    same: dict[tuple[object, ...], list[Case]] = defaultdict(list)
    for case in cases:
        if case.owed and (goods := _goods(case)):
            same[case.document.currency, case.payable, goods].append(case)
    for alike in same.values():
        for at, case in enumerate(alike[1:], start=1):
            before = alike[max(0, at - SUSPICIONS.retyped_most) : at]
            other = next((one for one in before if _retyped(one, case)), None)
            if other is not None:
                error = LooksLikeAnother(document=case.key, other=other.key)
                trade.find(error, Severity.FLAGGED, case.document, case.key, other.key)


def look_at_terms(trade: Trade, cases: Sequence[Case]) -> None:
    """Effective terms (due day less day of delivery) above the tenor cap, or stretched within the trade (C10)."""
    terms: list[int] = []  # sorted
    dated = [case for case in cases if case.document.due_date and (case.delivered or case.document.issue_date)]
    for case in sorted(dated, key=lambda case: (case.document.issue_date or date.min, case.place)):
        begins = case.delivered or case.document.issue_date
        assert begins is not None
        assert case.document.due_date is not None
        days = (case.document.due_date - begins).days
        usual = terms[len(terms) // 2] if len(terms) >= SUSPICIONS.term_history else None
        stretched = usual is not None and days > USUAL_TERM_DAYS and days >= SUSPICIONS.term_growth * max(1, usual)
        if days > SUSPICIONS.term_days or stretched:
            reason = "before, it was {before} days" if stretched else "more than {before} days is no trade credit"
            error = TermsStretched(
                document=case.key, days=days, reason=reason, before=usual if stretched else SUSPICIONS.term_days
            )
            trade.find(error, Severity.FLAGGED, case.document, case.key)
        else:
            insort(terms, days)


def look_at_accounts(trade: Trade, cases: Sequence[Case]) -> None:
    """Flag an invoice that names only accounts that no earlier one of the trade named (C13)."""
    before: dict[str, None] = {}
    named = [case for case in cases if case.document.payee_accounts]
    for case in sorted(named, key=lambda case: (case.document.issue_date or date.min, case.place)):
        accounts = [str(normalised_identifier(account)) for account in case.document.payee_accounts]
        if before and before.keys().isdisjoint(accounts):
            error = PayeeAccountChanged(document=case.key, account=accounts[0], before=", ".join([*before][-3:]))
            trade.find(error, Severity.FLAGGED, case.document, case.key)
        before.update(dict.fromkeys(accounts))


def _retyped(one: Case, other: Case) -> bool:
    """Whether two invoices of one amount are probably one, its number typed with a slip."""
    left, right = normalised_number(one.document.number), normalised_number(other.document.number)
    days = (one.document.issue_date, other.document.issue_date)
    if days[0] is None or days[1] is None or abs((days[0] - days[1]).days) > SUSPICIONS.retyped_days:
        return False
    if min(len(left), len(right)) < SUSPICIONS.retyped_digits:
        return False
    return DamerauLevenshtein.distance(left, right, score_cutoff=SUSPICIONS.retyped_edits) <= SUSPICIONS.retyped_edits


def _goods(case: Case) -> tuple[str, ...]:
    """The deliveries that the invoice itself names; two equal parts of one order are two invoices with one name each."""
    return numbers_of(case.document.despatches) + numbers_of(case.document.receipts)
