"""What a holder does with pieces outside a plan: accept, reject, let expire, split and transfer; and the issuer's issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from chain.commands.plan import left_of_changed
from chain.commands.run import confirm_documents, offer_deadline
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import Workspace
from chain.errors import CurrencyMismatch, NotFound, PearlError, RuleBroken
from chain.identifiers import FIRST_DAY, LAST_DAY, LineId, PieceId
from chain.issuance.messages import NO_RECOURSE, VOUCHER, text_hash
from chain.money import Money
from chain.store.tables import lines


class NothingGiven(PearlError):
    message = "no piece is named"
    next_step = "name at least one piece"


class MaturityNotAhead(RuleBroken):
    """The ledger's own rule; said here first, because there the offer's deadline, which is before it, is refused before it."""

    message = "the maturity {maturity} is not after today"
    next_step = "choose a maturity after today"


class MaturityTooFar(RuleBroken):
    message = "the maturity {maturity} is after {last}, the last day that the ledger can count"
    next_step = "choose an earlier maturity"


class InvoiceNotOwed(RuleBroken):
    message = "{document} is not owed by {payer}"
    next_step = "use an invoice that the payer owes"


class InvoiceOfAnother(RuleBroken):
    message = "{document} is no invoice of {recipient}"
    next_step = "use an invoice of the recipient"


class InvoiceBacksNothing(RuleBroken):
    message = "{document} backs no credit: its order, delivery and amounts do not prove it ({rule_found})"
    next_step = "read the findings about it, and give what is missing"


class InvoiceProvesLess(RuleBroken):
    message = "the papers of {document} prove less by now than its buyer confirmed: {left} of it can still back credit"
    next_step = "ask for no more than that; its credit notes, payments, nettings and findings say why"


@dataclass(frozen=True)
class Payment:
    """One leg: so much to this enterprise, against its own invoice (a document key).

    ``currency`` is what the payer takes the amount to be in; None where the invoice's own is meant.
    """

    recipient: str
    amount_minor: int
    document: str
    currency: str | None = None


def issue(
    workspace: Workspace, key: str, issuer: str, line: LineId, maturity: date, payments: Sequence[Payment]
) -> list[PieceId]:
    """The issuer issues an obligation to its direct suppliers. Returns the offered pieces, one a payment.

    Raises MaturityTooFar, MaturityNotAhead, what stands against the documents, and what the contracts refuse.
    """
    if maturity > LAST_DAY:
        raise MaturityTooFar(maturity=maturity, last=LAST_DAY)
    maturity_day = (maturity - FIRST_DAY).days
    if not workspace.was_sent(key) and maturity_day <= workspace.today(_utc_offset_minutes(workspace, line)):
        raise MaturityNotAhead(maturity=maturity)
    legs = _legs(workspace, key, issuer, payments, line, maturity_day)
    asked = f"issue {line} {maturity} {list(payments)}"
    call = workspace.contracts.call(
        "CreditLedger", "issue", line.chain, VOUCHER, maturity_day, NO_RECOURSE, legs, asked=asked
    )
    return _offered(workspace, workspace.send(key, issuer, call))


def transfer(
    workspace: Workspace, key: str, holder: str, parent: PieceId, payments: Sequence[Payment]
) -> list[PieceId]:
    """The holder passes parts of a piece on, one piece a payment; the rest stays in the parent."""
    (named,) = workspace.references([parent])
    legs = _legs(workspace, key, holder, payments, parent.obligation.line, named.maturity_day)
    asked = f"transfer {parent} {list(payments)}"
    call = workspace.contracts.call("CreditLedger", "transfer", named.chain, legs, asked=asked)
    return _offered(workspace, workspace.send(key, holder, call))


def accept(workspace: Workspace, key: str, recipient: str, pieces: Sequence[PieceId]) -> None:
    """The recipient takes what is offered to it, before the deadline."""
    workspace.send(key, recipient, workspace.contracts.call("CreditLedger", "accept", _named(workspace, pieces)))


def reject(workspace: Workspace, key: str, recipient: str, pieces: Sequence[PieceId], reason: str) -> None:
    """The recipient refuses what is offered: amount, capacity and line are free again. The reason goes as its hash."""
    call = workspace.contracts.call("CreditLedger", "reject", _named(workspace, pieces), text_hash(reason))
    workspace.send(key, recipient, call)


def expire(workspace: Workspace, key: str, sender: str, pieces: Sequence[PieceId]) -> None:
    """Anyone gives back what nobody answered before its deadline; silence is never consent."""
    workspace.send(key, sender, workspace.contracts.call("CreditLedger", "expire", _named(workspace, pieces)))


def _named(workspace: Workspace, pieces: Sequence[PieceId]) -> list[int]:
    if not pieces:
        raise NothingGiven()
    return [reference.chain for reference in workspace.references(pieces)]


def _legs(
    workspace: Workspace, key: str, payer: str, payments: Sequence[Payment], line: LineId, maturity_day: int
) -> list[tuple[int, int, int, int]]:
    if not payments:
        raise NothingGiven()
    trade = load_trade(workspace)
    _check_backing(trade, payer, payments)
    if not workspace.was_sent(key):  # what was sent before counts itself already
        _check_what_is_left(workspace, trade, payments)
    proven = confirm_documents(workspace, trade, [payment.document for payment in payments])
    deadline = offer_deadline(workspace, workspace.now(), maturity_day, _utc_offset_minutes(workspace, line))
    return [(workspace.party(p.recipient), p.amount_minor, proven[p.document], deadline) for p in payments]


def _utc_offset_minutes(workspace: Workspace, line: LineId) -> int:
    """That of the line's time zone; 0 where there is no such line, which the ledger says."""
    with workspace.store.read() as connection:
        offset = connection.execute(select(lines.c.utc_offset_quarter_hours).where(lines.c.id == line.chain)).scalar()
    return (offset or 0) * 15


def _check_backing(trade: Trade, payer: str, payments: Sequence[Payment]) -> None:
    """Every invoice is owed by the payer to the recipient, before anybody's key confirms it.

    The ledger would refuse the movement as well, but only after the invoice's buyer, who did not ask, had signed. An
    invoice between others does not exist for the payer. Raises NotFound, InvoiceNotOwed, InvoiceOfAnother,
    InvoiceBacksNothing, CurrencyMismatch.
    """
    receivables = {receivable.document: receivable for receivable in trade.matching.receivables}
    for payment in payments:
        receivable = receivables.get(payment.document)
        if receivable is None or payer not in (receivable.buyer, receivable.seller):
            raise NotFound(what="invoice", id=payment.document)
        if receivable.buyer != payer:
            raise InvoiceNotOwed(document=payment.document, payer=payer)
        if receivable.seller != payment.recipient:
            raise InvoiceOfAnother(document=payment.document, recipient=payment.recipient)
        if payment.currency not in (None, receivable.currency):
            raise CurrencyMismatch(left=payment.currency, right=receivable.currency)
        rules = (*receivable.rules, *(("CircularTrade",) if payment.document in trade.circular else ()))
        if receivable.evidence_minor <= 0 or payment.document in trade.circular:
            raise InvoiceBacksNothing(document=payment.document, rule_found=", ".join(rules))


def _check_what_is_left(workspace: Workspace, trade: Trade, payments: Sequence[Payment]) -> None:
    """Raises InvoiceProvesLess."""
    asked: dict[str, int] = defaultdict(int)
    for payment in payments:
        asked[payment.document] += payment.amount_minor
    currencies = {receivable.document: receivable.currency for receivable in trade.matching.receivables}
    for document, left in left_of_changed(workspace, trade, list(asked)).items():
        if asked[document] > left:
            raise InvoiceProvesLess(document=document, left=Money(left, currencies[document]).text())


def _offered(workspace: Workspace, transaction: str) -> list[PieceId]:
    events = workspace.contracts.events_of(transaction, "PieceOffered")
    return [PieceId.from_chain(event.arguments["piece"]) for event in events]
