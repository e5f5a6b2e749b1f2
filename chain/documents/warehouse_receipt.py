"""Warehouse receipts: a keeper says what lot it stores, and for whom. JSON of our own (docs/documents.md).

There is no common electronic form of a warehouse receipt in use, so this is the ledger's; its fields are those that
GB/T 30332 (仓单要素与格式规范) asks of a receipt, as far as they matter here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from chain.documents.draft import Draft, Parsed, distinct
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Frozen, Party, Source

SCHEMA = "pearlchain/warehouse-receipt/1"

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Lot(Frozen):
    """One lot in store. ``quantity`` is a decimal in ``unit`` (UN/ECE Recommendation 20)."""

    lot: Text
    description: str = ""
    item: str | None = None
    quantity: Decimal = Field(gt=0, max_digits=30)
    unit: Text
    order_line: str | None = None


class Pledge(Frozen):
    """The goods back a loan."""

    creditor: Party
    since: date
    reference: str = ""


class WarehouseReceipt(Frozen):
    """The file. ``owner`` is whose goods they are; ``consignee`` for whom they are held."""

    schema_: Literal["pearlchain/warehouse-receipt/1"] = Field(alias="schema")
    number: Text
    issued: date
    stored: date | None = None
    keeper: Party
    owner: Party
    consignee: Party | None = None
    lots: tuple[Lot, ...] = Field(min_length=1, max_length=1_000)
    orders: tuple[DocumentReference, ...] = ()
    invoices: tuple[DocumentReference, ...] = ()
    pledge: Pledge | None = None


def parse(content: dict[str, Any], source: Source) -> Parsed:
    """Read one warehouse receipt from its JSON object."""
    draft = Draft()
    try:
        receipt = WarehouseReceipt.model_validate(content)
    except ValidationError as error:
        draft.schema(error)
        return Parsed(None, tuple(draft.findings))
    draft.party(receipt.keeper, "keeper", "/keeper")
    draft.party(receipt.owner, "owner", "/owner")
    draft.days(issued=receipt.issued, stored=receipt.stored)
    lines = tuple(
        DocumentLine(
            number=str(position), description=lot.description, item=lot.item, quantity=lot.quantity, unit=lot.unit,
            order_line=lot.order_line,
        )
        for position, lot in enumerate(receipt.lots, start=1)
    )  # fmt: skip
    return draft.finish(
        source, type=DocumentType.WAREHOUSE_RECEIPT, number=receipt.number, issue_date=receipt.issued,
        delivery_date=receipt.stored or receipt.issued, seller=receipt.owner, buyer=receipt.consignee,
        keeper=receipt.keeper, lines=lines, orders=receipt.orders, invoices=receipt.invoices,
        lots=distinct(lot.lot for lot in receipt.lots), pledged=receipt.pledge is not None,
    )  # fmt: skip
