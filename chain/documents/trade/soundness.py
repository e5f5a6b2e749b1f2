"""Whether an invoice can back anything at all, whatever its amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chain.documents.identity import normalised_number
from chain.documents.lookalikes import skeleton
from chain.documents.model import Answer, DocumentType, Severity, TradeDocument
from chain.documents.rules import (
    CorrectedInvoice,
    CurrencyMissing,
    DatedAhead,
    GoodsHeldForNobody,
    GoodsPledged,
    InvoiceCorrected,
    InvoiceDisputed,
    InvoiceRejected,
    InvoiceWithoutDate,
    KeeperNotIndependent,
    NoGoodsBehindMoney,
    NumberLooksAlike,
    OrderNotFound,
    OrderRejected,
    Prepayment,
    RelatedParties,
    SaidToBePaid,
    SelfInvoice,
)
from chain.documents.trade.answers import OrderAnswers
from chain.documents.trade.assignments import Assigned, judge_claims
from chain.documents.trade.case import Case
from chain.documents.trade.links import link
from chain.documents.trade.papers import Trade
from chain.documents.trade.thresholds import CALENDAR_DAYS
from chain.documents.warehouses import numbers_of


@dataclass(frozen=True, slots=True)
class Known:
    """By which paper of another than its seller an invoice was there first."""

    day: date
    kind: str
    """Of the paper, in one word."""
    key: str


#: Papers of others than the seller that name invoices, and what a finding calls them.
NAMING = {
    DocumentType.INVOICE_RESPONSE: "answer",
    DocumentType.PAYMENT: "payment",
    DocumentType.ASSIGNMENT: "assignment",
}


def first_known(trade: Trade) -> dict[str, Known]:
    """Invoice → the earliest paper by which its buyer, a bank or an assignee names it."""
    found: dict[str, Known] = {}
    for kind, word in NAMING.items():
        for paper in trade.of.get(kind, ()):
            day = paper.document.issue_date
            if day is None or not paper.proves:
                continue
            for key in trade.invoices(paper.document):
                if key not in found or day < found[key].day:
                    found[key] = Known(day, word, paper.key)
    return found


def judge(
    trade: Trade, answers: OrderAnswers, assigned: Assigned, known: Mapping[str, Known], case: Case, related: bool
) -> None:  # fmt: skip
    """Find what stands behind the invoice, and block what can back nothing. ``related``: seller and buyer are of one group."""
    document = case.document
    case.rules.extend(document.broken_rules)
    case.blocked = case.blocked or bool(document.broken_rules)
    link(trade, case)
    for number in numbers_of(document.orders):
        if number not in trade.numbers[DocumentType.ORDER]:
            trade.find(OrderNotFound(document=case.key, order=number), Severity.FLAGGED, document, case.key)
    if any(key in trade.contradicted for key in (*case.orders, *case.goods_orders)):
        trade.block_contradicted(case)
    if document.issue_date is None:
        trade.block(case, InvoiceWithoutDate(document=case.key))
    if document.currency is None:
        trade.block(case, CurrencyMissing())
    if trade.seller == trade.buyer:
        trade.block(case, SelfInvoice(document=case.key))
    elif related:
        trade.block(case, RelatedParties(document=case.key, seller=trade.seller, buyer=trade.buyer))
    if assignments := assigned.get(normalised_number(document.number)):
        judge_claims(trade, case, assignments)
    _judge_goods(trade, case)
    _judge_answers(trade, answers, case)
    _judge_dates(trade, case, known.get(case.key))
    if CorrectedInvoice.__name__ in document.broken_rules:
        for key in trade.invoices(document):
            if key != case.key:
                trade.block(trade.cases[key], InvoiceCorrected(document=key, correction=case.key), case.key)


def block_look_alikes(trade: Trade, cases: Sequence[Case]) -> None:
    """Of invoices whose numbers nobody tells apart in print (O and 0, I and 1) only the first may back credit."""
    first: dict[str, str] = {}
    for case in cases:
        other = first.setdefault(skeleton(normalised_number(case.document.number)), case.key)
        if other != case.key:
            trade.block(case, NumberLooksAlike(document=case.key, other=other), other)


def _judge_goods(trade: Trade, case: Case) -> None:
    for one in case.stored:
        if trade.warehouses.independent(one) and not trade.warehouses.independent(one, trade.seller, trade.buyer):
            error = KeeperNotIndependent(document=one.key)
            trade.find(error, Severity.BLOCKED, case.document, one.key, case.key)
        for lot, normalised in one.lots:
            pledge = trade.warehouses.pledge(one.keeper, normalised)
            if pledge := pledge or trade.warehouses.pledge_of_owner(one.owner, normalised, one.articles_of(normalised)):
                trade.block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
    linked = {lot for one in case.stored for _, lot in one.lots}
    papers = (case.key, *case.despatches, *case.receipts)
    for lot in dict.fromkeys(lot for key in papers for lot in trade.lots_named(key)):
        normalised = normalised_number(lot)
        if normalised in linked or not trade.warehouses.pledge_of_owner(trade.seller, normalised, ()):
            continue
        if pledge := trade.warehouses.pledge_of_owner(
            trade.seller, normalised, _articles_of([trade.documents[key] for key in papers], normalised)
        ):
            trade.block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
    promised = case.document.delivery_date
    if case.proofs:
        # The receiver's or the keeper's day, never the seller's. Goods of which a part is still to come are not
        # delivered.
        days = [trade.received_on(key) for key in (case.receipts if case.despatches else ())]
        days = days or [one.day for one in case.proving]
        case.delivered = max((day for day in days if day is not None), default=None)
        if case.delivered is None or case.delivered > trade.today:
            reason = "delivery {day}" if case.delivered else "no day of delivery"
            trade.block(case, Prepayment(reason=reason, day=str(case.delivered)))
    elif promised is not None and promised > trade.today:
        case.delivered = promised
        trade.block(case, Prepayment(reason="delivery {day}", day=promised.isoformat()))
    else:
        case.delivered = promised
        for one in case.stored:
            if trade.warehouses.proves(one, trade.seller, trade.buyer):
                held = GoodsHeldForNobody(document=case.key, receipt=one.key, buyer=trade.buyer)
                trade.block(case, held, one.key)
        missing = [name for name, keys in (("despatch", case.despatches), ("receipt", case.receipts)) if not keys]
        trade.block(case, NoGoodsBehindMoney(document=case.key, missing=" + ".join(missing)))


def _articles_of(papers: Iterable[TradeDocument], lot: str) -> set[str]:
    """The articles that the papers say to be in a lot (normalised); none where one of them does not say of all."""
    said: set[str | None] = set()
    for paper in papers:
        named = [line.item for line in paper.lines if line.lot and normalised_number(line.lot) == lot]
        if lot in map(normalised_number, paper.lots):
            named += [line.item for line in paper.lines if not line.lot] or ([] if named else [None])
        said.update(named)
    return set() if None in said else {normalised_number(item) for item in said if item}


def _judge_answers(trade: Trade, answers: OrderAnswers, case: Case) -> None:
    response = case.responses[-1] if case.responses else ""
    match case.answer:
        case Answer.REJECTED:
            trade.block(case, InvoiceRejected(document=case.key, response=response), response)
        case Answer.DISPUTED | Answer.CHANGED:  # what it would be changed to is a new invoice's to say
            trade.block(case, InvoiceDisputed(document=case.key, response=response), response)
        case Answer.PAID if case.open:
            trade.block(case, SaidToBePaid(document=case.key, response=response), response)
    for key in dict.fromkeys((*case.orders, *case.goods_orders)):
        for answer in answers.rejections(key):
            trade.block(case, OrderRejected(document=case.key, response=answer.key), key, answer.key)


def _judge_dates(trade: Trade, case: Case, known: Known | None) -> None:
    """Goods arrive after they left, are ordered before they leave, and are due no earlier than they are invoiced; what
    others name by its number is there, whatever day it says."""
    document = case.document
    issued, due = document.issue_date, document.due_date
    if issued and due and due < issued:
        trade.out_of_order(case.key, document, "due date", due, "invoice", issued, case.key)
    if issued and (issued - trade.today).days > CALENDAR_DAYS:
        error = DatedAhead(document=case.key, day=issued.isoformat(), today=trade.today.isoformat())
        trade.find(error, Severity.FLAGGED, document, case.key)
    if issued and known and (issued - known.day).days > CALENDAR_DAYS:
        trade.out_of_order(case.key, document, known.kind, known.day, "invoice", issued, case.key, known.key)
    first: dict[str, tuple[date, str]] = {}  # order → when the first of its goods left, and by which paper
    left: date | None = None
    for despatch in case.despatches:
        one = trade.documents[despatch]
        if day := one.delivery_date or one.issue_date:
            left = min(day, left or day)
            for number in numbers_of(one.orders):
                if number not in first or day < first[number][0]:
                    first[number] = day, despatch
    for key in case.orders:
        ordered, found = trade.documents[key].issue_date, first.get(normalised_number(trade.documents[key].number))
        if ordered and found and found[0] < ordered:
            day, despatch = found
            trade.out_of_order(case.key, document, "despatch", day, "order", ordered, despatch, key)
            return
    for key in case.receipts if left else ():
        arrived = trade.documents[key].delivery_date
        if arrived and left and arrived < left:
            trade.out_of_order(case.key, document, "receipt", arrived, "despatch", left, key, *case.despatches[:1])
            return
