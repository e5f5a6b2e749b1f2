"""Warehouse receipts with their lots and liens, and the loans on goods and orders."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.desk import TheDesk, TheViewer
from api.kinds.goods import (
    ISSUE_RECEIPT,
    MEASURE,
    TRANSFER_RECEIPT,
    WITHDRAW_RECEIPT,
    OfReceipt,
    TransferReceipt,
)
from api.kinds.loans import (
    ASK_FOR_LOAN,
    ATTEST_REPAYMENT,
    CLOSE_LOAN,
    DRAW,
    END_DRAWS,
    GIVE_UP_LIEN,
    MARK_DEFAULT,
    OFFER_LOAN,
    REPAY,
    TAKE_LOAN,
    AskForLoan,
    AttestRepayment,
    Draw,
    OfferLoan,
    OfLoan,
    Repay,
    TakeLoan,
)
from api.models import (
    AmountBody,
    LoanOfferBody,
    LoanRequestBody,
    LotBody,
    LotMeasured,
    Operation,
    Page,
    PerhapsAmountBody,
    ReceiptBody,
    ReceiptTransferBody,
    ReceiptTransferred,
    RepaymentBody,
)
from api.routes.parts import READS, WRITES, Accept, Cursor, Limit, LongPlace
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.financing_requests import FinancingRequest
from chain.commands.seen.loan_offers import LoanOfferSeen, loan_offer_seen, loan_offers_seen
from chain.commands.seen.warehouse import (
    Debt,
    Loan,
    WarehouseReceipt,
    debt_seen,
    loan_seen,
    loans_seen,
    receipt_seen,
    receipts_seen,
)

router = Router("/v1", "warehouse")

#: What is meant where no body comes.
ALL_THAT_IS_OWED = PerhapsAmountBody()

OfferId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="An offer's id.")]
LedgerNumber = Annotated[int, Path(ge=1, lt=2**40, description="Its number on the ledger.")]


@router.get("/receipts", responses=READS)
def list_receipts(desk: TheDesk, viewer: TheViewer, after: LongPlace = 0, limit: Limit = 100) -> Page[WarehouseReceipt]:
    """The warehouse receipts of which the caller is owner, keeper, or the bank that lent on them."""
    viewer.must(Action.READ)
    found, end = receipts_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=None if end is None else str(end))


@router.get("/receipts/{number}", responses=READS)
def read_receipt(number: LedgerNumber, desk: TheDesk, viewer: TheViewer) -> WarehouseReceipt:
    """One warehouse receipt."""
    viewer.must(Action.READ)
    return receipt_seen(desk.workspace, viewer, number)


@router.post("/lots", status_code=202, responses=WRITES)
async def measure_lot(body: LotBody, accept: Accept) -> Operation[LotMeasured]:
    """A keeper says what it finds of a lot; the newest measurement counts. Receipts are never for more."""
    return await accept(MEASURE, body)


@router.post("/receipts", status_code=202, responses=WRITES)
async def issue_receipt(body: ReceiptBody, accept: Accept) -> Operation[WarehouseReceipt]:
    """A keeper signs for goods that it measured: it owes what its warehouse receipt says to their owner."""
    return await accept(ISSUE_RECEIPT, body)


@router.post("/receipts/{number}/transfer", status_code=202, responses=WRITES)
async def transfer_receipt(
    number: LedgerNumber, body: ReceiptTransferBody, accept: Accept
) -> Operation[ReceiptTransferred]:
    """The owner passes a receipt that is not pledged on: the goods are another's from now on."""
    return await accept(TRANSFER_RECEIPT, TransferReceipt(receipt=number, **dict(body)))


@router.post("/receipts/{number}/withdraw", status_code=202, responses=WRITES)
async def withdraw_receipt(number: LedgerNumber, accept: Accept) -> Operation[WarehouseReceipt]:
    """The keeper lets goods go that are not pledged: the receipt ends."""
    return await accept(WITHDRAW_RECEIPT, OfReceipt(receipt=number))


@router.post("/receipts/{number}/financing-requests", status_code=202, responses=WRITES)
async def ask_for_loan(number: LedgerNumber, body: LoanRequestBody, accept: Accept) -> Operation[FinancingRequest]:
    """The owner asks a bank for a loan on its receipt. From then on the bank sees the receipt while its goods are free, until it
    declines, the owner withdraws the request, or its own loan comes of it.
    """
    return await accept(ASK_FOR_LOAN, AskForLoan(receipt=number, **dict(body)))


@router.post("/receipts/{number}/loan-offers", status_code=202, responses=WRITES)
async def offer_loan(number: LedgerNumber, body: LoanOfferBody, accept: Accept) -> Operation[LoanOfferSeen]:
    """A bank that the owner asked offers a loan on the receipt."""
    return await accept(OFFER_LOAN, OfferLoan(receipt=number, **dict(body)))


@router.get("/loan-offers", responses=READS)
def list_loan_offers(desk: TheDesk, viewer: TheViewer, after: Cursor = None, limit: Limit = 100) -> Page[LoanOfferSeen]:
    """The offers of loans that the caller made as a bank or was made as an owner of goods."""
    viewer.must(Action.READ)
    found, end = loan_offers_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/loan-offers/{id}", responses=READS)
def read_loan_offer(id: OfferId, desk: TheDesk, viewer: TheViewer) -> LoanOfferSeen:
    """One offer, and the loan that it became."""
    viewer.must(Action.READ)
    return loan_offer_seen(desk.workspace, viewer, id)


@router.post("/loan-offers/{id}/take", status_code=202, responses=WRITES)
async def take_loan(id: OfferId, accept: Accept) -> Operation[Loan]:
    """The owner of the goods takes the offer, and pledges them by that: the bank has the lien. Nothing is drawn yet."""
    return await accept(TAKE_LOAN, TakeLoan(offer=id))


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
async def draw_loan(number: LedgerNumber, body: AmountBody, accept: Accept) -> Operation[Loan]:
    """The borrower draws: the money comes from the bank's deposits, and uses what the goods are worth."""
    return await accept(DRAW, Draw(loan=number, **dict(body)))


@router.post("/loans/{number}/repay", status_code=202, responses=WRITES)
async def repay_loan(
    number: LedgerNumber, accept: Accept, body: PerhapsAmountBody = ALL_THAT_IS_OWED
) -> Operation[Loan]:
    """The borrower repays, interest first. Once nothing is owed the loan is closed, and the goods are free."""
    return await accept(REPAY, Repay(loan=number, **dict(body)))


@router.post("/loans/{number}/close", status_code=202, responses=WRITES)
async def close_loan(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """Either side ends a loan of which nothing is owed, such as one that was never drawn: the goods are free."""
    return await accept(CLOSE_LOAN, OfLoan(loan=number))


@router.post("/loans/{number}/attest-repayment", status_code=202, responses=WRITES)
async def attest_repayment(number: LedgerNumber, body: RepaymentBody, accept: Accept) -> Operation[Loan]:
    """The bank says that it was repaid off chain."""
    return await accept(ATTEST_REPAYMENT, AttestRepayment(loan=number, **dict(body)))


@router.post("/loans/{number}/end-draws", status_code=202, responses=WRITES)
async def end_draws(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """The bank ends further draws; what is drawn is repaid by the day that was agreed."""
    return await accept(END_DRAWS, OfLoan(loan=number))


@router.post("/loans/{number}/give-up-lien", status_code=202, responses=WRITES)
async def give_up_lien(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """The bank gives its lien on the goods up; what is owed stays owed."""
    return await accept(GIVE_UP_LIEN, OfLoan(loan=number))


@router.post("/loans/{number}/mark-default", status_code=202, responses=WRITES)
async def mark_default(number: LedgerNumber, accept: Accept) -> Operation[Loan]:
    """The bank notes that the loan was not repaid by its day of maturity."""
    return await accept(MARK_DEFAULT, OfLoan(loan=number))
