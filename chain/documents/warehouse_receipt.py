"""Warehouse receipts: a keeper says what lot it stores, and for whom. JSON of our own (docs/documents.md).

There is no common electronic form of a warehouse receipt in use, so this is the ledger's; its fields are the elements that
GB/T 30332-2024 (仓单要素与格式要求, before: GB/T 30332-2013) and article 909 of the Civil Code ask of a receipt: depositor,
goods with kind, quantity, quality, packaging, pieces and marks, loss standard, place and time of storage, fee, insurance,
who filled it in, where and when. By article 910 an endorsement transfers the goods only when the keeper signs it too.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from chain.documents.draft import Draft, Parsed, distinct
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Frozen, Party, Source
from chain.documents.rules import EndBeforeStart, EndorsementNotConfirmed
from chain.errors import CurrencyUnknown
from chain.money import exponent

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
    specification: str = ""
    quality: str = ""
    packaging: str = ""
    pieces: int | None = Field(default=None, ge=0)
    marks: str = ""
    origin: str = ""


class Pledge(Frozen):
    """The goods back a loan."""

    creditor: Party
    since: date
    reference: str = ""


class Sum(Frozen):
    """A decimal with its currency."""

    amount: Decimal = Field(ge=0, max_digits=30)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Insurance(Frozen):
    """Of the goods."""

    insurer: Party
    insured: Sum
    since: date
    until: date


class Endorsement(Frozen):
    """The goods go to somebody else. ``confirmed``: the keeper signed it."""

    to: Party
    on: date
    confirmed: bool = False


class WarehouseReceipt(Frozen):
    """The file. ``owner`` is who deposited the goods; ``consignee`` for whom they are held. The last endorsement that the
    keeper confirmed says whose goods they are now."""

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
    storage_place: str = ""
    storage_until: date | None = None
    storage_fee: Sum | None = None
    loss_standard: str = ""
    insurance: Insurance | None = None
    value: Sum | None = None
    filled_in_by: str = ""
    filled_in_at: str = ""
    endorsements: tuple[Endorsement, ...] = Field(default=(), max_length=100)


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
    draft.references(orders=receipt.orders, invoices=receipt.invoices)
    stored = receipt.stored or receipt.issued
    owner = _owner(receipt, draft)
    if receipt.storage_until is not None and receipt.storage_until < stored:
        draft.block(EndBeforeStart(first="stored", second="storage_until"), "/storage_until")
    if receipt.insurance is not None and receipt.insurance.until < receipt.insurance.since:
        draft.block(EndBeforeStart(first="since", second="until"), "/insurance/until")
    lines = tuple(
        DocumentLine(
            number=str(position), description=lot.description, item=lot.item, quantity=lot.quantity, unit=lot.unit,
            order_line=lot.order_line, lot=lot.lot,
        )
        for position, lot in enumerate(receipt.lots, start=1)
    )  # fmt: skip
    currency, worth = _worth(receipt, draft)
    return draft.finish(
        source, type=DocumentType.WAREHOUSE_RECEIPT, number=receipt.number, issue_date=receipt.issued,
        delivery_date=stored, seller=owner, buyer=receipt.consignee,
        keeper=receipt.keeper, currency=currency, payable_minor=worth, lines=lines,
        orders=receipt.orders, invoices=receipt.invoices,
        lots=distinct(lot.lot for lot in receipt.lots), pledged=receipt.pledge is not None,
    )  # fmt: skip


def _worth(receipt: WarehouseReceipt, draft: Draft) -> tuple[str | None, int | None]:
    """Currency and minor units of what the keeper says that the goods are worth, where it does."""
    value = receipt.value
    if value is None:
        return None, None
    try:
        exponent(value.currency)
    except CurrencyUnknown as error:
        draft.refuse(error, "/value/currency")
    return value.currency, draft.money(f"{value.amount:f}", value.currency, "value", "/value/amount")


def _owner(receipt: WarehouseReceipt, draft: Draft) -> Party:
    """Whose goods they are after all endorsements, each of which comes after the one before it."""
    owner, since = receipt.owner, receipt.issued
    for position, endorsement in enumerate(receipt.endorsements):
        place = f"/endorsements/{position}"
        draft.party(endorsement.to, "endorsee", place)
        if endorsement.on < since:
            draft.block(EndBeforeStart(first="issued", second="on"), f"{place}/on")
        since = endorsement.on
        if endorsement.confirmed:
            owner = endorsement.to
        else:
            draft.block(EndorsementNotConfirmed(name=endorsement.to.name[:80]), place)
    return owner
