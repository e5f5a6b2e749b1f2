"""Loans on goods in store: owners' requests for them, banks' offers, and the loans that came of these."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.desk import TheDesk, TheViewer
from api.kinds.loans import (
    ASK_FOR_LOAN,
    ATTEST_REPAYMENT,
    CLOSE_LOAN,
    DECLINE_LOAN_REQUEST,
    DRAW,
    END_DRAWS,
    GIVE_UP_LIEN,
    OFFER_LOAN,
    REPAY,
    TAKE_LOAN_OFFER,
    WITHDRAW_LOAN_REQUEST,
    AskForLoan,
    AttestRepayment,
    DeclineLoanRequest,
    MoneyOfLoan,
    OfferLoan,
    OfLoan,
    OfLoanRequest,
    TakeLoanOffer,
)
from api.models import (
    DeclineBody,
    LoanOfferBody,
    LoanRequestBody,
    MoneyOfLoanBody,
    Operation,
    Page,
    RepaymentBody,
)
from api.routes.financings import NO_REASON, RequestId
from api.routes.parts import READS, WRITES, Accept, Cursor, Limit, LongPlace
from api.routes.router import Router
from api.routes.warehouse import LedgerNumber
from chain.commands.permissions import Action
from chain.commands.seen.loans import (
    Debt,
    LoanOfferSeen,
    LoanRequest,
    LoanRequestState,
    debt_seen,
    loan_offer_seen,
    loan_offers_seen,
    loan_request_seen,
    loan_requests_seen,
)
from chain.commands.seen.warehouse import Loan, loan_seen, loans_seen

router = Router("/v1", "warehouse")

OfferId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="An offer's id.")]


@router.post("/receipts/{number}/loan-requests", status_code=202, responses=WRITES)
async def ask_for_loan(number: LedgerNumber, body: LoanRequestBody, accept: Accept) -> Operation[LoanRequest]:
    """The owner asks a bank for a loan on its receipt. From then on the bank sees the receipt, until it declines, the owner
    withdraws the request, or the goods are pledged, gone or another's.
    """
    return await accept(ASK_FOR_LOAN, AskForLoan(receipt=number, **dict(body)))


@router.get("/loan-requests", responses=READS)
def list_loan_requests(
    desk: TheDesk, viewer: TheViewer, state: LoanRequestState | None = None, after: Cursor = None, limit: Limit = 100
) -> Page[LoanRequest]:
    """The requests that the caller made as an owner of goods or was asked by as a bank, and what became of each."""
    viewer.must(Action.READ)
    found, end = loan_requests_seen(desk.workspace, viewer, state=state, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/loan-requests/{id}", responses=READS)
def read_loan_request(id: RequestId, desk: TheDesk, viewer: TheViewer) -> LoanRequest:
    """One request, and what became of it."""
    viewer.must(Action.READ)
    return loan_request_seen(desk.workspace, viewer, id)


@router.post("/loan-requests/{id}/withdraw", status_code=202, responses=WRITES)
async def withdraw_loan_request(id: RequestId, accept: Accept) -> Operation[LoanRequest]:
    """The owner takes its request back: the bank sees the receipt no more. An offer that the bank made stands until it ends."""
    return await accept(WITHDRAW_LOAN_REQUEST, OfLoanRequest(request=id))


@router.post("/loan-requests/{id}/decline", status_code=202, responses=WRITES)
async def decline_loan_request(id: RequestId, accept: Accept, body: DeclineBody = NO_REASON) -> Operation[LoanRequest]:
    """The asked bank makes no offer (any more), and sees the receipt no more."""
    return await accept(DECLINE_LOAN_REQUEST, DeclineLoanRequest(request=id, **dict(body)))


@router.post("/receipts/{number}/loan-offers", status_code=202, responses=WRITES)
async def offer_loan(number: LedgerNumber, body: LoanOfferBody, accept: Accept) -> Operation[LoanOfferSeen]:
    """A bank's signed offer of a loan on a receipt that it was asked about. It stands for a day, and can be taken once."""
    return await accept(OFFER_LOAN, OfferLoan(receipt=number, **dict(body)))


@router.get("/loan-offers", responses=READS)
def list_loan_offers(
    desk: TheDesk, viewer: TheViewer, after: Cursor = None, limit: Limit = 100
) -> Page[LoanOfferSeen]:  # fmt: skip
    """The offers of loans that the caller made as a bank or was made as an owner of goods, and what became of each."""
    viewer.must(Action.READ)
    found, end = loan_offers_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/loan-offers/{id}", responses=READS)
def read_loan_offer(id: OfferId, desk: TheDesk, viewer: TheViewer) -> LoanOfferSeen:
    """One offer, and what became of it."""
    viewer.must(Action.READ)
    return loan_offer_seen(desk.workspace, viewer, id)


@router.post("/loan-offers/{id}/take", status_code=202, responses=WRITES)
async def take_loan_offer(id: OfferId, accept: Accept) -> Operation[Loan]:
    """The borrower takes a bank's offer: its goods are pledged for the loan, of which nothing is drawn yet."""
    return await accept(TAKE_LOAN_OFFER, TakeLoanOffer(offer=id))


@router.get("/loans", responses=READS)
def list_loans(desk: TheDesk, viewer: TheViewer, after: LongPlace = 0, limit: Limit = 100) -> Page[Loan]:
    """The loans on goods and orders that the caller took or made."""
    viewer.must(Action.READ)
    found, end = loans_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=None if end is None else str(end))


@router.get("/loans/{number}", responses=READS)
def read_loan(number: LedgerNumber, desk: TheDesk, viewer: TheViewer) -> Loan:
    """One loan."""
    viewer.must(Action.READ)
    return loan_seen(desk.workspace, viewer, number)


@router.get("/loans/{number}/debt", responses=READS)
def read_debt(number: LedgerNumber, desk: TheDesk, viewer: TheViewer) -> Debt:
    """What is owed by a loan now, with its interest, read from the contract."""
    viewer.must(Action.READ)
    return debt_seen(desk.workspace, viewer, number)


@router.post("/loans/{number}/draw", status_code=202, responses=WRITES)
async def draw_loan(number: LedgerNumber, body: MoneyOfLoanBody, accept: Accept) -> Operation[Loan]:
    """The bank's deposits come to the borrower, as far as the limit and the goods' value go."""
    return await accept(DRAW, MoneyOfLoan(loan=number, **dict(body)))


@router.post("/loans/{number}/repay", status_code=202, responses=WRITES)
async def repay_loan(number: LedgerNumber, body: MoneyOfLoanBody, accept: Accept) -> Operation[Loan]:
    """The borrower's deposits go to the bank, interest first. Once nothing is owed the loan is closed and the goods are free."""
    return await accept(REPAY, MoneyOfLoan(loan=number, **dict(body)))


@router.post("/loans/{number}/end-draws", status_code=202, responses=WRITES)
async def end_draws(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """The bank lets nothing further be drawn."""
    return await accept(END_DRAWS, OfLoan(loan=number))


@router.post("/loans/{number}/attest-repayment", status_code=202, responses=WRITES)
async def attest_repayment(number: LedgerNumber, body: RepaymentBody, accept: Accept) -> Operation[Loan]:
    """The bank says that the borrower repaid so much by a payment elsewhere."""
    return await accept(ATTEST_REPAYMENT, AttestRepayment(loan=number, **dict(body)))


@router.post("/loans/{number}/give-up-lien", status_code=202, responses=WRITES)
async def give_up_lien(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """The bank gives its lien on the goods up: they are free, and what is owed stays owed."""
    return await accept(GIVE_UP_LIEN, OfLoan(loan=number))


@router.post("/loans/{number}/close", status_code=202, responses=WRITES)
async def close_loan(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """Borrower or bank ends a loan of which nothing is owed, such as one that was never drawn: the goods are free."""
    return await accept(CLOSE_LOAN, OfLoan(loan=number))
