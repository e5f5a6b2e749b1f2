"""Commands about loans on warehouse receipts (`chain.commands.loans`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind
from api.kinds.goods import OfReceipt
from api.models import Amount, AmountBody, LoanOfferBody, LoanRequestBody, PerhapsAmountBody, RepaymentBody
from chain.commands import loans
from chain.commands.financing_requests import ask_on_receipt, must_be_bank, must_borrow_on, was_asked
from chain.commands.loans import Terms
from chain.commands.permissions import PERMISSIONS, Action
from chain.commands.seen.financing_requests import financing_request_seen
from chain.commands.seen.loan_offers import loan_offer_seen, must_see_loan_offer
from chain.commands.seen.warehouse import loan_seen, receipt_seen
from chain.commands.workspace import Workspace
from chain.errors import CurrencyMismatch, NotPermitted
from chain.money import Money


class AskForLoan(LoanRequestBody, OfReceipt):
    """On this receipt."""


class OfferLoan(LoanOfferBody, OfReceipt):
    """On this receipt."""


class TakeLoan(BaseModel):
    """By this offer, and what it says."""

    offer: str
    bank: str | None = None
    limit: Amount | None = None
    annual_rate_micros: int | None = None
    maturity: date | None = None


class OfLoan(BaseModel):
    """A command about one loan."""

    loan: int


#: What the offer says and the caller does not.
OFFERED = frozenset({"bank", "limit", "annual_rate_micros", "maturity"})


class Draw(AmountBody, OfLoan):
    """Of this loan."""


class Repay(PerhapsAmountBody, OfLoan):
    """This loan."""


class AttestRepayment(RepaymentBody, OfLoan):
    """Of this loan."""


def _may_ask(case: Case, asked: AskForLoan) -> None:
    own, workspace = case.viewer.enterprise, case.workspace
    if was_asked(workspace, case.key):
        return
    receipt_seen(workspace, case.viewer, asked.receipt)
    with workspace.store.read() as connection:
        must_borrow_on(connection, workspace, own, asked.receipt)
    must_be_bank(workspace, own, asked.bank)
    loans.must_be_lent_on(workspace, asked.receipt, asked.amount.currency)


def _can_lend(case: Case, asked: OfferLoan) -> None:
    """Whom no owner asked sees no receipt that is free. What was offered before whoever did so died is not refused after it."""
    if loans.was_offered(case.workspace, case.key):
        return
    receipt_seen(case.workspace, case.viewer, asked.receipt)
    loans.must_be_lent_on(case.workspace, asked.receipt, asked.limit.currency)
    loans.must_be_ahead(case.workspace, asked.maturity)


def _is_offered(case: Case, asked: TakeLoan) -> None:
    if must_see_loan_offer(case.workspace, case.viewer, asked.offer).borrower != case.viewer.enterprise:
        raise NotPermitted(actor=case.viewer.name, action=PERMISSIONS[Action.BORROW].sentence)


def _as_offered(case: Case, asked: TakeLoan) -> TakeLoan:
    """With what the offer says, which who approves it reads."""
    seen = loan_offer_seen(case.workspace, case.viewer, asked.offer)
    limit = Amount(minor=seen.limit.minor, currency=seen.limit.currency)
    said = {
        "bank": seen.bank.id,
        "limit": limit,
        "annual_rate_micros": seen.annual_rate_micros,
        "maturity": seen.maturity,
    }
    return asked.model_copy(update=said)


def _sees_loan(case: Case, asked: OfLoan) -> None:
    loan_seen(case.workspace, case.viewer, asked.loan)


def _in_its_currency(case: Case, asked: Draw | Repay | AttestRepayment) -> None:
    currency = loan_seen(case.workspace, case.viewer, asked.loan).limit.currency
    if asked.amount is not None and asked.amount.currency != currency:
        raise CurrencyMismatch(left=asked.amount.currency, right=currency)


def _offered(case: Case, asked: TakeLoan) -> list[Money]:
    return [loan_offer_seen(case.workspace, case.viewer, asked.offer).limit]


def _limit(_: Case, asked: OfferLoan) -> list[Money]:
    return [Money(asked.limit.minor, asked.limit.currency)]


def _moved(case: Case, asked: Draw | Repay | AttestRepayment) -> list[Money]:
    if asked.amount is not None:
        return [Money(asked.amount.minor, asked.amount.currency)]
    currency = loan_seen(case.workspace, case.viewer, asked.loan).limit.currency
    return [Money(loans.owed_minor(case.workspace, asked.loan), currency)]


def _principal(case: Case, asked: OfLoan) -> list[Money]:
    return [loan_seen(case.workspace, case.viewer, asked.loan).principal]


def _ask(case: Case, asked: AskForLoan) -> Any:
    wanted = Money(asked.amount.minor, asked.amount.currency)
    made = ask_on_receipt(case.workspace, case.key, case.viewer.enterprise, asked.receipt, asked.bank, wanted)
    return financing_request_seen(case.workspace, case.viewer, made).model_dump(mode="json")


def _offer(case: Case, asked: OfferLoan) -> Any:
    terms = Terms(
        Money(asked.limit.minor, asked.limit.currency), asked.annual_rate_basis_points, asked.maturity,
        asked.registration_number, asked.twice_measured,
    )  # fmt: skip
    made = loans.make_offer(case.workspace, case.key, case.viewer.enterprise, asked.receipt, terms)
    return loan_offer_seen(case.workspace, case.viewer, made.id).model_dump(mode="json")


def _take(case: Case, asked: TakeLoan) -> Any:
    taken = must_see_loan_offer(case.workspace, case.viewer, asked.offer)
    return _shown(case, loans.take(case.workspace, case.key, case.viewer.enterprise, taken))


def _draw(case: Case, asked: Draw) -> Any:
    loans.draw(case.workspace, case.key, case.viewer.enterprise, asked.loan, asked.amount.minor)
    return _shown(case, asked.loan)


def _repay(case: Case, asked: Repay) -> Any:
    minor = None if asked.amount is None else asked.amount.minor
    loans.repay(case.workspace, case.key, case.viewer.enterprise, asked.loan, minor)
    return _shown(case, asked.loan)


def _attest(case: Case, asked: AttestRepayment) -> Any:
    own, minor = case.viewer.enterprise, asked.amount.minor
    loans.attest_repayment(case.workspace, case.key, own, asked.loan, minor, asked.payment_reference)
    return _shown(case, asked.loan)


def _acts(verb: Callable[[Workspace, str, str, int], None]) -> Callable[[Case, OfLoan], Any]:
    def do(case: Case, asked: OfLoan) -> Any:
        verb(case.workspace, case.key, case.viewer.enterprise, asked.loan)
        return _shown(case, asked.loan)

    return do


def _shown(case: Case, loan: int) -> Any:
    return loan_seen(case.workspace, case.viewer, loan).model_dump(mode="json")


def _loan_of(asked: OfLoan) -> str:
    return str(asked.loan)


ASK_FOR_LOAN = CommandKind(
    "ask-for-loan", AskForLoan, Action.BORROW, _ask, _may_ask, subject=lambda asked: str(asked.receipt)
)
OFFER_LOAN = CommandKind(
    "offer-loan", OfferLoan, Action.LEND, _offer, _can_lend, _limit, subject=lambda asked: str(asked.receipt)
)
TAKE_LOAN = CommandKind(
    "take-loan", TakeLoan, Action.BORROW, _take, _is_offered, _offered, settle=_as_offered,
    subject=lambda asked: asked.offer, beside=OFFERED,
)  # fmt: skip
DRAW = CommandKind("draw", Draw, Action.BORROW, _draw, _in_its_currency, _moved, subject=_loan_of)
REPAY = CommandKind("repay", Repay, Action.BORROW, _repay, _in_its_currency, _moved, subject=_loan_of)
CLOSE_LOAN = CommandKind("close-loan", OfLoan, Action.CLOSE_LOAN, _acts(loans.close), _sees_loan, subject=_loan_of)
ATTEST_REPAYMENT = CommandKind(
    "attest-repayment", AttestRepayment, Action.LEND, _attest, _in_its_currency, _moved, subject=_loan_of
)
END_DRAWS = CommandKind("end-draws", OfLoan, Action.LEND, _acts(loans.end_draws), _sees_loan, subject=_loan_of)
GIVE_UP_LIEN = CommandKind(
    "give-up-lien", OfLoan, Action.LEND, _acts(loans.give_up_lien), _sees_loan, _principal, subject=_loan_of
)
MARK_DEFAULT = CommandKind("mark-default", OfLoan, Action.LEND, _acts(loans.mark_default), _sees_loan, subject=_loan_of)

KINDS = (
    ASK_FOR_LOAN, OFFER_LOAN, TAKE_LOAN, DRAW, REPAY, CLOSE_LOAN, ATTEST_REPAYMENT, END_DRAWS, GIVE_UP_LIEN, MARK_DEFAULT,
)  # fmt: skip
