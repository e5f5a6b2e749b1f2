"""Commands about loans on goods in store (`chain.commands.loan_requests`, `chain.commands.loans`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind
from api.models import Amount, DeclineBody, LoanOfferBody, LoanRequestBody, MoneyOfLoanBody, RepaymentBody
from chain.commands import loan_requests, loans
from chain.commands.financing_requests import Ended, must_be_bank
from chain.commands.permissions import Action
from chain.commands.seen.loans import loan_offer_seen, loan_request_seen
from chain.commands.seen.warehouse import Loan, loan_seen, receipt_seen
from chain.errors import CurrencyMismatch
from chain.money import Money


class AskForLoan(LoanRequestBody):
    """On this receipt."""

    receipt: int


class OfLoanRequest(BaseModel):
    """A command about one request."""

    request: str


class DeclineLoanRequest(DeclineBody, OfLoanRequest):
    """This request."""


class OfferLoan(LoanOfferBody):
    """On this receipt."""

    receipt: int


class TakeLoanOffer(BaseModel):
    """This offer, and what it says."""

    offer: str
    bank: str | None = None
    limit: Amount | None = None
    annual_rate_micros: int | None = None
    maturity: date | None = None


class OfLoan(BaseModel):
    """A command about one loan."""

    loan: int


class MoneyOfLoan(MoneyOfLoanBody, OfLoan):
    """Of this loan."""


class AttestRepayment(RepaymentBody, OfLoan):
    """Of this loan."""


#: What the offer says and the caller does not.
OFFERED = frozenset({"bank", "limit", "annual_rate_micros", "maturity"})


def _request_of(asked: OfLoanRequest) -> str:
    return asked.request


def _receipt_of(asked: AskForLoan | OfferLoan) -> str:
    return str(asked.receipt)


def _loan_of(asked: OfLoan) -> str:
    return str(asked.loan)


def _money(amount: Amount) -> Money:
    return Money(amount.minor, amount.currency)


# --- checks ----------------------------------------------------------------------------------------------------------


def _may_ask(case: Case, asked: AskForLoan) -> None:
    own, workspace = case.viewer.enterprise, case.workspace
    receipt_seen(workspace, case.viewer, asked.receipt)
    with workspace.store.read() as connection:
        found = loan_requests.pledgeable(connection, asked.receipt)
    loan_requests.must_pledge(workspace, own, found)
    loan_requests.must_be_worth(found, _money(asked.amount))
    must_be_bank(workspace, own, asked.bank)


def _sees_request(case: Case, asked: OfLoanRequest) -> None:
    loan_request_seen(case.workspace, case.viewer, asked.request)


def _is_asked(case: Case, asked: OfferLoan) -> None:
    receipt_seen(case.workspace, case.viewer, asked.receipt)
    loans.must_lend(case.workspace, case.viewer.enterprise, asked.receipt, _money(asked.limit), asked.maturity)


def _is_offered(case: Case, asked: TakeLoanOffer) -> None:
    loans.must_be_offered(case.workspace, case.viewer.enterprise, asked.offer)


def _loan(case: Case, asked: OfLoan) -> Loan:
    """Raises NotFound."""
    return loan_seen(case.workspace, case.viewer, asked.loan)


def _sees_loan(case: Case, asked: OfLoan) -> None:
    _loan(case, asked)


def _is_in_its_currency(case: Case, asked: MoneyOfLoan | AttestRepayment) -> None:
    currency = _loan(case, asked).limit.currency
    if asked.amount.currency != currency:
        raise CurrencyMismatch(left=asked.amount.currency, right=currency)


# --- what is settled when it is accepted, and what it is worth --------------------------------------------------------


def _as_offered(case: Case, asked: TakeLoanOffer) -> TakeLoanOffer:
    """With what the offer says, which who approves it reads."""
    known = loans.must_be_offered(case.workspace, case.viewer.enterprise, asked.offer)
    seen = loan_offer_seen(case.workspace, case.viewer, asked.offer)
    limit = Amount(minor=known.limit.minor, currency=known.limit.currency)
    said = {
        "bank": known.bank,
        "limit": limit,
        "annual_rate_micros": seen.annual_rate_micros,
        "maturity": seen.maturity,
    }
    return asked.model_copy(update=said)


def _worth_of_offer(case: Case, asked: TakeLoanOffer) -> list[Money]:
    return [loans.must_be_offered(case.workspace, case.viewer.enterprise, asked.offer).limit]


def _worth_of_money(_: Case, asked: MoneyOfLoan | AttestRepayment) -> list[Money]:
    return [_money(asked.amount)]


def _worth_of_lien(case: Case, asked: OfLoan) -> list[Money]:
    """What the goods secure no more."""
    return [_loan(case, asked).principal]


# --- how it is carried out --------------------------------------------------------------------------------------------


def _request_shown(case: Case, name: str) -> Any:
    return loan_request_seen(case.workspace, case.viewer, name).model_dump(mode="json")


def _ask(case: Case, asked: AskForLoan) -> Any:
    own, amount = case.viewer.enterprise, _money(asked.amount)
    name = loan_requests.ask(case.workspace, case.key, own, asked.receipt, asked.bank, amount)
    return _request_shown(case, name)


def _withdraw(case: Case, asked: OfLoanRequest) -> Any:
    loan_requests.end(case.workspace, case.viewer.enterprise, asked.request, Ended.WITHDRAWN)
    return _request_shown(case, asked.request)


def _decline(case: Case, asked: DeclineLoanRequest) -> Any:
    loan_requests.end(case.workspace, case.viewer.enterprise, asked.request, Ended.DECLINED, asked.reason)
    return _request_shown(case, asked.request)


def _offer(case: Case, asked: OfferLoan) -> Any:
    terms = loans.Terms(
        _money(asked.limit), asked.annual_rate_micros, asked.day_count_basis, asked.maturity, asked.twice_measured,
        asked.registration_number,
    )  # fmt: skip
    made = loans.make_offer(case.workspace, case.key, case.viewer.enterprise, asked.receipt, terms)
    return loan_offer_seen(case.workspace, case.viewer, made).model_dump(mode="json")


def _loan_shown(case: Case, number: int) -> Any:
    return loan_seen(case.workspace, case.viewer, number).model_dump(mode="json")


def _take(case: Case, asked: TakeLoanOffer) -> Any:
    return _loan_shown(case, loans.take_offer(case.workspace, case.viewer.enterprise, asked.offer))


def _does(verb: Callable[..., None]) -> Callable[[Case, Any], Any]:
    """Carries out what a side does with one loan."""

    def do(case: Case, asked: OfLoan) -> Any:
        verb(case.workspace, case.key, case.viewer.enterprise, asked.loan)
        return _loan_shown(case, asked.loan)

    return do


def _pays(verb: Callable[..., None]) -> Callable[[Case, MoneyOfLoan], Any]:
    """Carries out what the borrower does with so much of a loan."""

    def do(case: Case, asked: MoneyOfLoan) -> Any:
        verb(case.workspace, case.key, case.viewer.enterprise, asked.loan, asked.amount.minor)
        return _loan_shown(case, asked.loan)

    return do


def _attest(case: Case, asked: AttestRepayment) -> Any:
    own, minor = case.viewer.enterprise, asked.amount.minor
    loans.attest_repayment(case.workspace, case.key, own, asked.loan, minor, asked.payment_reference)
    return _loan_shown(case, asked.loan)


ASK_FOR_LOAN = CommandKind("ask-for-loan", AskForLoan, Action.BORROW, _ask, _may_ask, subject=_receipt_of)
WITHDRAW_LOAN_REQUEST = CommandKind(
    "withdraw-loan-request", OfLoanRequest, Action.BORROW, _withdraw, _sees_request, subject=_request_of
)
DECLINE_LOAN_REQUEST = CommandKind(
    "decline-loan-request", DeclineLoanRequest, Action.LEND, _decline, _sees_request, subject=_request_of
)
OFFER_LOAN = CommandKind(
    "offer-loan", OfferLoan, Action.LEND, _offer, _is_asked, lambda _, asked: [_money(asked.limit)], subject=_receipt_of
)
TAKE_LOAN_OFFER = CommandKind(
    "take-loan-offer", TakeLoanOffer, Action.BORROW, _take, _is_offered, _worth_of_offer, settle=_as_offered,
    subject=lambda asked: asked.offer, beside=OFFERED,
)  # fmt: skip
DRAW = CommandKind(
    "draw-loan", MoneyOfLoan, Action.BORROW, _pays(loans.draw), _is_in_its_currency, _worth_of_money, subject=_loan_of
)
REPAY = CommandKind(
    "repay-loan", MoneyOfLoan, Action.BORROW, _pays(loans.repay), _is_in_its_currency, _worth_of_money, subject=_loan_of
)
END_DRAWS = CommandKind("end-draws", OfLoan, Action.LEND, _does(loans.end_draws), _sees_loan, subject=_loan_of)
ATTEST_REPAYMENT = CommandKind(
    "attest-repayment", AttestRepayment, Action.ATTEST, _attest, _is_in_its_currency, _worth_of_money, subject=_loan_of
)
GIVE_UP_LIEN = CommandKind(
    "give-up-lien", OfLoan, Action.LEND, _does(loans.give_up_lien), _sees_loan, _worth_of_lien, subject=_loan_of
)
CLOSE_LOAN = CommandKind("close-loan", OfLoan, Action.CLOSE_LOAN, _does(loans.close), _sees_loan, subject=_loan_of)

KINDS = (
    ASK_FOR_LOAN, WITHDRAW_LOAN_REQUEST, DECLINE_LOAN_REQUEST, OFFER_LOAN, TAKE_LOAN_OFFER, DRAW, REPAY, END_DRAWS,
    ATTEST_REPAYMENT, GIVE_UP_LIEN, CLOSE_LOAN,
)  # fmt: skip
