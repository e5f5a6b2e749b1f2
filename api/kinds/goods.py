"""Commands about goods in store (`chain.commands.goods`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind
from api.models import LotBody, ReceiptBody, ReceiptTransferBody
from chain.commands import goods
from chain.commands.permissions import Action
from chain.commands.seen.warehouse import receipt_seen
from chain.errors import NotFound


class OfReceipt(BaseModel):
    """A command about one receipt."""

    receipt: int


class TransferReceipt(ReceiptTransferBody, OfReceipt):
    """This receipt."""


def _receipt_of(asked: OfReceipt) -> str:
    return str(asked.receipt)


def _sees_receipt(case: Case, asked: OfReceipt) -> None:
    receipt_seen(case.workspace, case.viewer, asked.receipt)


def _sees_document(case: Case, asked: ReceiptBody) -> None:
    if not case.current.get().concerns(asked.document, case.viewer.enterprise):
        raise NotFound(what="document", id=asked.document)


def _measure(case: Case, asked: LotBody) -> Any:
    own = case.viewer.enterprise
    lot = goods.measure(case.workspace, case.key, own, asked.lot, asked.depositor, asked.quantity)
    return {"lot": f"0x{lot.hex()}", "measured": asked.quantity}


def _issue(case: Case, asked: ReceiptBody) -> Any:
    trade = case.current.get().trade
    made = goods.issue_receipt(case.workspace, case.key, trade, case.viewer.enterprise, asked.document)
    return receipt_seen(case.workspace, case.viewer, made).model_dump(mode="json")


def _transfer(case: Case, asked: TransferReceipt) -> Any:
    own = case.viewer.enterprise
    goods.transfer_receipt(case.workspace, case.key, own, asked.receipt, asked.owner)
    return {"receipt": asked.receipt, "owner": asked.owner}


def _withdraw(case: Case, asked: OfReceipt) -> Any:
    goods.withdraw_receipt(case.workspace, case.key, case.viewer.enterprise, asked.receipt)
    return receipt_seen(case.workspace, case.viewer, asked.receipt).model_dump(mode="json")


MEASURE = CommandKind("measure-lot", LotBody, Action.KEEP_GOODS, _measure, subject=lambda asked: asked.lot)
ISSUE_RECEIPT = CommandKind(
    "issue-receipt", ReceiptBody, Action.KEEP_GOODS, _issue, _sees_document, subject=lambda asked: asked.document
)
TRANSFER_RECEIPT = CommandKind(
    "transfer-receipt", TransferReceipt, Action.TRANSFER_RECEIPT, _transfer, _sees_receipt, subject=_receipt_of
)
WITHDRAW_RECEIPT = CommandKind(
    "withdraw-receipt", OfReceipt, Action.KEEP_GOODS, _withdraw, _sees_receipt, subject=_receipt_of
)

KINDS = (MEASURE, ISSUE_RECEIPT, TRANSFER_RECEIPT, WITHDRAW_RECEIPT)
