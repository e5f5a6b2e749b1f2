"""Credit notes, payments, reversals and bills: what is left of each invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, Party, Severity, TradeDocument
from chain.documents.rules import (
    CreditNoteAboveInvoice,
    CreditNoteWithoutInvoice,
    MatchingRule,
    PaymentAboveInvoices,
    PaymentProposed,
    PaymentWithoutInvoice,
    ReversalWithoutPayment,
)
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Paper, Trade
from chain.documents.trade.reversals import net_of_reversals
from chain.documents.trade.thresholds import STATEMENT_DAYS
from chain.documents.trade.words import money_in_words


def take_credit_notes(trade: Trade) -> None:
    """Take credit notes off the invoices that they name, in the order in which they name them."""
    for paper in sorted(trade.taking(DocumentType.CREDIT_NOTE), key=_leaves_open):
        key, note = paper.key, paper.document
        named = trade.invoices(note)
        cases = trade.in_its_currency(paper, named)
        if not named and not paper.superseded:
            trade.find(CreditNoteWithoutInvoice(document=key), Severity.FLAGGED, note, key)
        left = max(0, note.payable_minor or 0)
        for case in cases:
            issued = case.document.issue_date
            if note.issue_date and issued and note.issue_date < issued:
                trade.out_of_order(key, note, "credit note", note.issue_date, "invoice", issued, case.key)
            part = _credit(case, note, left)
            case.credit_notes.append(key)
            left -= part
            if case.key in trade.superseded:
                _credit(trade.superseded[case.key], note, part)
        if left and cases:
            error = CreditNoteAboveInvoice(document=key, excess=money_in_words(left, note.currency))
            trade.find(error, Severity.FLAGGED, note, key, *named)
        for case in trade.writings(note):
            if case.superseded and case.document.currency == note.currency:
                left -= _credit(case, note, left)


def _credit(case: Case, note: TradeDocument, minor: int) -> int:
    """Take so much of a credit note off an invoice, at most what it asks for; returns how much that is."""
    part = min(minor, case.owed)
    case.owed -= part
    case.credited += part
    in_proportion = _share(case.document.net_minor, part, case.payable)
    case.credited_net += min(in_proportion, _share(note.net_minor, part, note.payable_minor))
    return part


def settle(trade: Trade) -> list[Paper]:
    """Take payments, less what reversals took back of them, and bills off the invoices that they name; then give back
    what the other reversals took back. Returns the payments that name none."""
    payments = _payments(trade)
    reversals = [paper for paper in payments if paper.document.reversal]
    paid = [paper for paper in payments if not paper.document.reversal]
    left = net_of_reversals(trade, paid, reversals)
    unnamed: list[Paper] = []
    for paper in sorted(paid, key=_leaves_open):
        if named := trade.invoices(paper.document):
            _pay(trade, paper, trade.in_its_currency(paper, named), left[paper.key])
        else:
            unnamed.append(paper)
    for paper in sorted(trade.taking(DocumentType.BILL), key=_leaves_open):
        if named := trade.invoices(paper.document):
            amount = max(0, paper.document.payable_minor or 0)
            _pay(trade, paper, trade.in_its_currency(paper, named), amount, bill=True)
    for paper in reversals:
        _take_back(trade, paper, left[paper.key])
    return unnamed


def _leaves_open(paper: Paper) -> bool:
    """Whether it does not say how much of which invoice it means; such a paper takes what those leave that do, whichever came
    first."""
    named = paper.document.invoices
    return len(named) > 1 and any(reference.amount_minor is None for reference in named)


def _payments(trade: Trade) -> list[Paper]:
    """Payments and reversals, each once: one stands on the statements of payer and payee. The same number, amount and
    day are one, unless their payers gave them two ids; so are the same end-to-end id and amount at two banks within days.
    That which names invoices counts.
    """
    twice: dict[tuple[object, ...], dict[str, list[Paper]]] = defaultdict(dict)
    for paper in sorted(trade.taking(DocumentType.PAYMENT), key=_by_id_and_day):
        document = paper.document
        money = document.payable_minor, document.currency, document.reversal
        ids = twice[(normalised_number(document.number), document.issue_date, *money)]
        same = None if document.end_to_end else next(iter(ids.values()), None)
        (same if same is not None else ids.setdefault(document.end_to_end, [])).append(paper)
    groups = _of_both_sides([group for ids in twice.values() for group in ids.values()])
    counted = [min(group, key=lambda paper: (not trade.invoices(paper.document), paper.place)) for group in groups]
    return sorted(counted, key=lambda paper: paper.place)


def _pay(trade: Trade, paper: Paper, cases: Sequence[Case], left: int, bill: bool = False) -> None:
    stated = {
        normalised_number(reference.number): reference.amount_minor
        for reference in paper.document.invoices
        if reference.amount_minor is not None
    }
    for case in cases:
        most = stated.get(normalised_number(case.document.number), left)
        part = max(0, min(left, most, case.open))
        left -= part
        if bill:
            case.billed += part
        else:
            case.paid += part
        case.payments.append(paper.key)
    if left and cases and not stated:
        error = PaymentAboveInvoices(document=paper.key, excess=money_in_words(left, paper.document.currency))
        trade.find(error, Severity.FLAGGED, paper.document, paper.key, *(case.key for case in cases))


def _take_back(trade: Trade, paper: Paper, left: int) -> None:
    """A reversal gives back at most what was paid of the invoices that it names; it never makes more of them."""
    cases = trade.in_its_currency(paper, trade.invoices(paper.document))
    for case in cases:
        part = min(left, case.paid)
        case.paid -= part
        left -= part
        case.payments.append(paper.key)
    if left:
        error = ReversalWithoutPayment(document=paper.key)
        trade.find(error, Severity.FLAGGED, paper.document, paper.key, *(case.key for case in cases))


def propose(trade: Trade, cases: Iterable[Case], unnamed: Iterable[Paper]) -> None:
    """A payment that names nothing settles nothing; the first invoice of exactly its amount is proposed."""
    first: dict[tuple[str | None, int], str] = {}
    for case in cases:
        if case.open:
            first.setdefault((case.document.currency, case.open), case.key)
    for paper in unnamed:
        document = paper.document
        invoice = first.get((document.currency, document.payable_minor or 0))
        if invoice is not None:
            error: MatchingRule = PaymentProposed(document=paper.key, invoice=invoice)
            trade.find(error, Severity.FLAGGED, document, paper.key, invoice)
        else:
            trade.find(PaymentWithoutInvoice(document=paper.key), Severity.FLAGGED, document, paper.key)


def _by_id_and_day(paper: Paper) -> tuple[bool, date, str, str, int]:
    """Payments with their payer's id first, each then in the order of their days, one number after another."""
    document = paper.document
    number = normalised_number(document.number)
    return not document.end_to_end, document.issue_date or date.max, number, document.end_to_end, paper.place


def _of_both_sides(payments: Sequence[list[Paper]]) -> list[list[Paper]]:
    """Writings of one payment each, in the order of their days; those that one bank reported are put to the first with the
    same end-to-end id and amount that just one other bank reported, within days."""
    groups: list[list[Paper]] = []
    alone: dict[tuple[object, ...], list[tuple[date, set[Party | None], list[Paper]]]] = defaultdict(list)
    after: dict[tuple[object, ...], int] = defaultdict(int)
    for writings in payments:
        one = writings[0].document
        banks = {paper.document.keeper for paper in writings}
        if len(banks) == 1 and one.keeper and one.end_to_end and one.issue_date:
            payment = one.end_to_end, one.payable_minor, one.currency, one.reversal
            bank, others = (*payment, one.keeper), alone[payment]
            while after[bank] < len(
                others
            ):  # what is passed by is the bank's own, has both sides, or is too old from now on
                day, said_by, other = others[after[bank]]
                after[bank] += 1
                if len(said_by) == 1 and not said_by & banks and (one.issue_date - day).days <= STATEMENT_DAYS:
                    said_by |= banks
                    other.extend(writings)
                    break
            else:
                others.append((one.issue_date, banks, writings))
                groups.append(writings)
        else:
            groups.append(writings)
    return groups


def _share(whole: int | None, part: int | None, of: int | None) -> int:
    """whole x part / of, rounded down; 0 where one is unknown."""
    return (whole or 0) * (part or 0) // of if of else 0
