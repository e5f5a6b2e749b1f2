"""Commands about sales whose cash moves off chain (`chain.commands.sales`)."""

from __future__ import annotations

from typing import Any, TypeVar

from api.command import Case, CommandKind, OfPiece, WithReason, acts, piece_of, row_of, sees_piece, worth_of_piece
from api.models import Amount, AttestBody, LockBody
from chain.commands import sales
from chain.commands.offer import AmountExceedsPiece, lock_for_quote, must_be_offered, quotes_for
from chain.commands.permissions import Action
from chain.commands.seen.vouchers import must_see
from chain.errors import CurrencyMismatch
from chain.identifiers import PieceId
from chain.money import Money


class OfQuote(OfPiece):
    """A command about a bank's quote for one piece, and what the quote says."""

    quote: str
    bank: str | None = None
    amount: Amount | None = None
    price: Amount | None = None


class PartOfPiece(OfPiece):
    """A command about a piece, or about part of it."""

    amount: Amount | None = None


PartAsked = TypeVar("PartAsked", bound=PartOfPiece)
OfQuoteAsked = TypeVar("OfQuoteAsked", bound=OfQuote)
#: What the quote says and the caller does not.
QUOTED = frozenset({"bank", "amount", "price"})


class Lock(LockBody, OfQuote):
    """This piece, by a quote."""


class Attest(AttestBody, OfPiece):
    """For this piece."""


def is_part(case: Case, asked: PartOfPiece) -> None:
    """Raises NotFound, CurrencyMismatch, AmountExceedsPiece."""
    row = must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))
    if asked.amount is not None and asked.amount.currency != row.currency:
        raise CurrencyMismatch(left=asked.amount.currency, right=row.currency)
    if asked.amount is not None and asked.amount.minor > row.amount_minor:
        raise AmountExceedsPiece(piece=row.piece)


def as_part(case: Case, asked: PartAsked) -> PartAsked:
    """With what the piece stands for, where no amount is asked for."""
    if asked.amount is not None:
        return asked
    row = must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))
    if not row.amount_minor:  # which the ledger refuses
        return asked
    return asked.model_copy(update={"amount": Amount(minor=row.amount_minor, currency=row.currency)})


def sees_quote(case: Case, asked: OfQuote) -> None:
    """Raises NotFound."""
    sees_piece(case, asked)
    must_be_offered(case.workspace, case.viewer.enterprise, PieceId.parse(asked.piece), asked.quote)


def worth_of_quote(case: Case, asked: OfQuote) -> list[Money]:
    """What is sold."""
    kept = quotes_for(case.workspace, PieceId.parse(asked.piece), case.viewer.enterprise)
    return [Money(one.quote.amount_minor, one.quote.currency) for one in kept if one.id == asked.quote]


def as_quoted(case: Case, asked: OfQuoteAsked) -> OfQuoteAsked:
    """With what the quote says, which who approves it reads."""
    found = quotes_for(case.workspace, PieceId.parse(asked.piece), case.viewer.enterprise)
    known = next(one.quote for one in found if one.id == asked.quote)
    amount = Amount(minor=known.amount_minor, currency=known.currency)
    price = Amount(minor=known.price_minor, currency=known.currency)
    return asked.model_copy(update={"bank": known.bank, "amount": amount, "price": price})


def _sees_what_it_attests(case: Case, asked: Attest) -> None:
    """The seller's account bank is no side of the sale: it sees that there is one, from the lock on."""
    piece = PieceId.parse(asked.piece)
    if case.viewer.party is None or sales.account_bank_of_sale(case.workspace, piece) != case.viewer.party:
        must_see(case.workspace, case.current, case.viewer, piece)


def _lock(case: Case, asked: Lock) -> Any:
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    deadline = int(asked.deadline.timestamp())
    return {"vouchers": [str(lock_for_quote(case.workspace, case.key, own, piece, asked.quote, deadline))]}


def _attest(case: Case, asked: Attest) -> Any:
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    sales.attest_receipt(case.workspace, case.key, own, piece, asked.payment_reference)
    return {"voucher": str(piece), "state": row_of(case, asked).shown_state}


LOCK = CommandKind(
    "lock", Lock, Action.FINANCE, _lock, sees_quote, worth_of_quote, settle=as_quoted, subject=piece_of, beside=QUOTED
)
CONFIRM_RECEIPT = CommandKind(
    "confirm-receipt", OfPiece, Action.FINANCE, acts(sales.confirm_receipt), sees_piece, worth_of_piece,
    subject=piece_of,
)  # fmt: skip
ATTEST_RECEIPT = CommandKind(
    "attest-receipt", Attest, Action.ATTEST, _attest, _sees_what_it_attests, worth_of_piece, subject=piece_of
)
CONTEST_RECEIPT = CommandKind(
    "contest-receipt", WithReason, Action.FINANCE, acts(sales.contest, "reason"), sees_piece, subject=piece_of
)
COMPLETE_SALE = CommandKind(
    "complete-sale", OfPiece, Action.FINANCE, acts(sales.complete), sees_piece, subject=piece_of
)
UNLOCK = CommandKind("unlock", OfPiece, Action.FINANCE, acts(sales.unlock), sees_piece, subject=piece_of)
RELEASE_LOCK = CommandKind(
    "release-lock", OfPiece, Action.QUOTE, acts(sales.release_lock), sees_piece, subject=piece_of
)

KINDS = (LOCK, CONFIRM_RECEIPT, ATTEST_RECEIPT, CONTEST_RECEIPT, COMPLETE_SALE, UNLOCK, RELEASE_LOCK)
