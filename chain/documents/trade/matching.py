"""One trade, all documents between one seller and one buyer, held against itself: the unit of matching.

Everything in here is a pure function of the trade's documents, of what its two parties have in warehouses, and of the day.
So many trades are matched side by side, and a new document is matched by running its trade again.
docs/documents.md says why each rule is as it is; they are applied in the order of `_match`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import localcontext

from chain.documents.model import Finding
from chain.documents.receivable import Receivable
from chain.documents.trade.answers import OrderAnswers, take_answers
from chain.documents.trade.assignments import assigned_in, look_for_assigned
from chain.documents.trade.case import Case, state_of
from chain.documents.trade.goods import Goods
from chain.documents.trade.links import link
from chain.documents.trade.orders import Orders
from chain.documents.trade.papers import Paper, Trade
from chain.documents.trade.settlement import settle, take_credit_notes
from chain.documents.trade.soundness import block_look_alikes, first_known, judge
from chain.documents.trade.suspicions import look_at_accounts, look_at_terms, look_for_retyped
from chain.documents.trade.thresholds import USUAL_TERM_DAYS
from chain.documents.warehouses import DIGITS, Warehouses


@dataclass(frozen=True, slots=True)
class TradeMatch:
    """What one trade's documents say together."""

    receivables: tuple[tuple[int, Receivable], ...]
    """(the invoice's place among all documents, its receivable), in the order in which the invoices came."""
    findings: tuple[Finding, ...]


def match_trade(
    seller: str, buyer: str, papers: Sequence[Paper], warehouses: Warehouses, groups: Mapping[str, str], today: date
) -> TradeMatch:
    """Hold the documents of one trade, in the order in which they came, against each other as of ``today``. ``groups``
    maps an enterprise to its group of related parties; absent means its own."""
    with localcontext(prec=DIGITS):
        return _match(Trade(seller, buyer, papers, warehouses, today), groups)


def _match(trade: Trade, groups: Mapping[str, str]) -> TradeMatch:
    seller, buyer = trade.seller, trade.buyer
    related = groups.get(seller, seller) == groups.get(buyer, buyer)
    answers = OrderAnswers(trade)
    take_answers(trade)
    take_credit_notes(trade)
    settle(trade)
    look_for_assigned(trade)
    assigned, known = assigned_in(trade), first_known(trade)
    cases = list(trade.cases.values())
    for case in cases:
        judge(trade, answers, assigned, known, case, related)
    block_look_alikes(trade, cases)
    for case in trade.superseded.values():
        link(trade, case)
    orders = Orders(trade, answers)
    # In the order they came: a later one with an earlier date takes nothing from those before it.
    in_order = sorted((*cases, *trade.superseded.values()), key=lambda case: case.place) if trade.superseded else cases
    goods = Goods(trade, orders, in_order)
    for case in in_order:
        if not case.void:
            told = len(trade.findings)
            goods.cap(case)
            orders.cap(case)
            goods.once(case)
            if case.superseded:  # what is to be told is told of the writing that counts
                del trade.findings[told:]
                goods.keep(case)
    if len(cases) > 1:
        look_for_retyped(trade, cases)
    look_at_terms(trade, cases)
    look_at_accounts(trade, cases)
    return TradeMatch(tuple((case.place, _receivable(trade, case)) for case in cases), tuple(trade.findings))


def _receivable(trade: Trade, case: Case) -> Receivable:
    """The case as it stands. What was settled is taken off what is proven first: only the rest may back credit."""
    document = case.document
    left = case.open
    proven = case.owed if case.cap is None else max(0, min(case.owed, case.cap))
    evidence = 0 if case.blocked else max(0, min(left, proven - case.paid - case.billed))
    begins = case.delivered or document.issue_date or trade.today
    return Receivable(
        document=case.key, number=document.number, seller=trade.seller, buyer=trade.buyer,
        currency=document.currency or "", payable_minor=case.payable, credited_minor=case.credited,
        open_minor=left, evidence_minor=evidence,
        blocked_by=case.rules[0] if case.rules and not evidence and left else None,
        rules=tuple(dict.fromkeys(case.rules)), state=state_of(case), issue_date=document.issue_date,
        delivery_date=case.delivered, due_date=document.due_date or begins + timedelta(days=USUAL_TERM_DAYS),
        orders=case.orders, despatches=case.despatches, receipts=case.receipts,
        warehouse_receipts=tuple(one.key for one in case.proving),
        credit_notes=tuple(dict.fromkeys(case.credit_notes)), paid_minor=case.paid, billed_minor=case.billed,
        payments=tuple(dict.fromkeys(case.payments)), events=case.events, responses=tuple(case.responses),
        answer=case.answer, assignments=case.assignments,
    )  # fmt: skip
