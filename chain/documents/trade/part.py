"""Documents of a trade that have to do with each other, held against each other, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

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
from chain.documents.trade.suspicions import look_for_retyped
from chain.documents.trade.thresholds import USUAL_TERM_DAYS


@dataclass(frozen=True, slots=True)
class PartMatch:
    """What a part's documents say together."""

    cases: tuple[Case, ...]
    """Its invoices, in the order in which they came."""
    receivables: tuple[Receivable, ...]
    """Those of the cases."""
    findings: tuple[Finding, ...]
    unnamed: tuple[Paper, ...]
    """Payments that name none of its invoices."""


def match_part(trade: Trade, related: bool) -> PartMatch:
    """Hold the documents of a part against each other. ``related``: seller and buyer are of one group."""
    answers = OrderAnswers(trade)
    take_answers(trade)
    take_credit_notes(trade)
    unnamed = settle(trade)
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
    receivables = tuple(_receivable(trade, case) for case in cases)
    return PartMatch(tuple(cases), receivables, tuple(trade.findings), tuple(unnamed))


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
