"""Commands about what is paid off chain at maturity, written off and made good (`chain.commands.payments`)."""

from __future__ import annotations

from typing import Any

from api.command import Case, CommandKind, OfPiece, WithReason, acts, piece_of, row_of, sees_piece, worth_of_piece
from api.models import Amount, AttestBody, PaymentAttested, PaymentConfirmed
from chain.commands import payments
from chain.commands.permissions import Action
from chain.commands.seen.vouchers import must_see
from chain.errors import CurrencyMismatch
from chain.identifiers import PieceId
from chain.money import Money


class ConfirmPayment(PaymentConfirmed, OfPiece):
    """For this piece."""


class AttestPayment(PaymentAttested, OfPiece):
    """For this piece."""


class ConfirmMadeGood(AttestBody, OfPiece):
    """For this piece."""


def _in_its_currency(case: Case, asked: OfPiece, amount: Amount | None) -> None:
    currency = row_of(case, asked).currency
    if amount is not None and amount.currency != currency:
        raise CurrencyMismatch(left=amount.currency, right=currency)


def _sees_what_it_confirms(case: Case, asked: ConfirmPayment) -> None:
    sees_piece(case, asked)
    _in_its_currency(case, asked, asked.amount)


def _sees_what_it_attests(case: Case, asked: AttestPayment) -> None:
    """The holder's account bank sees, from the maturity on, that the piece is its customer's, and nothing else of it."""
    row = row_of(case, asked)
    if case.viewer.party is None or payments.account_bank_of_holder(case.workspace, row) != case.viewer.party:
        must_see(case.workspace, case.current, case.viewer, row.piece)
    _in_its_currency(case, asked, asked.amount)


def _worth(case: Case, asked: ConfirmPayment | AttestPayment) -> list[Money]:
    if asked.amount is None:
        return worth_of_piece(case, asked)
    return [Money(asked.amount.minor, asked.amount.currency)]


def _confirm(case: Case, asked: ConfirmPayment) -> Any:
    minor = None if asked.amount is None else asked.amount.minor
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    paid = payments.confirm_payment(case.workspace, case.key, own, piece, minor, asked.payment_reference)
    return {"vouchers": [str(paid)]}


def _attest(case: Case, asked: AttestPayment) -> Any:
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    payments.attest_payment(case.workspace, case.key, own, piece, asked.amount.minor, asked.payment_reference)
    return {"voucher": str(piece), "state": row_of(case, asked).shown_state}


def _complete(case: Case, asked: OfPiece) -> Any:
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    return {"vouchers": [str(payments.complete_payment(case.workspace, case.key, own, piece))]}


CONFIRM_PAYMENT = CommandKind(
    "confirm-payment", ConfirmPayment, Action.CONFIRM_PAYMENT, _confirm, _sees_what_it_confirms, _worth,
    subject=piece_of,
)  # fmt: skip
ATTEST_PAYMENT = CommandKind(
    "attest-payment", AttestPayment, Action.ATTEST, _attest, _sees_what_it_attests, _worth, subject=piece_of
)
CONTEST_PAYMENT = CommandKind(
    "contest-payment",
    WithReason,
    Action.CONFIRM_PAYMENT,
    acts(payments.contest_payment, "reason"),
    sees_piece,
    subject=piece_of,
)
COMPLETE_PAYMENT = CommandKind(
    "complete-payment", OfPiece, Action.CONFIRM_PAYMENT, _complete, sees_piece, subject=piece_of
)
WRITE_OFF = CommandKind(
    "write-off",
    WithReason,
    Action.WRITE_OFF,
    acts(payments.write_off, "reason"),
    sees_piece,
    worth_of_piece,
    subject=piece_of,
)
MAKE_GOOD = CommandKind(
    "make-good", OfPiece, Action.REDEEM, acts(payments.make_good), sees_piece, worth_of_piece, subject=piece_of
)
CONFIRM_MADE_GOOD = CommandKind(
    "confirm-made-good", ConfirmMadeGood, Action.CONFIRM_PAYMENT,
    acts(payments.confirm_made_good, "payment_reference"), sees_piece, worth_of_piece, subject=piece_of,
)  # fmt: skip

KINDS = (
    CONFIRM_PAYMENT, ATTEST_PAYMENT, CONTEST_PAYMENT, COMPLETE_PAYMENT, WRITE_OFF, MAKE_GOOD, CONFIRM_MADE_GOOD,
)  # fmt: skip
