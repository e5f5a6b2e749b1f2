"""Warehouse receipts with their lots and liens."""

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
from api.models import (
    LotBody,
    LotMeasured,
    Operation,
    Page,
    ReceiptBody,
    ReceiptTransferBody,
    ReceiptTransferred,
)
from api.routes.parts import READS, WRITES, Accept, Limit, LongPlace
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.warehouse import WarehouseReceipt, receipt_seen, receipts_seen

router = Router("/v1", "warehouse")

LedgerNumber = Annotated[int, Path(ge=1, lt=2**40, description="Its number on the ledger.")]


@router.get("/receipts", responses=READS)
def list_receipts(desk: TheDesk, viewer: TheViewer, after: LongPlace = 0, limit: Limit = 100) -> Page[WarehouseReceipt]:
    """The warehouse receipts of which the caller is owner, keeper, or the bank that lent on them or is asked to."""
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
