"""Bills of exchange (商业汇票), whole or a range of one, in JSON of our own (docs/documents.md).

Sources: the numbering that the electronic commercial draft system and its successor, the new-generation bill system
(新一代票据业务系统), publish: 30 digits, of which the 1st tells the kind (1 a bank's acceptance, 2 a company's; the new
system has more), the 2nd to 13th are the payment system number of the drawer's bank, the 14th to 21st the day of
registration, the 22nd to 29th a serial number of that day, and the 30th a check digit. How the check digit is computed is
not published, so it is not checked. A bill of the new system is a package of units of 0.01, and whoever holds part of it
holds a range of them (子票区间), both ends included and of at most 12 digits; ``0`` means all of it, undivided.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentReference, DocumentType, Frozen, Party, Source
from chain.documents.rules import (
    AmountMissing,
    AmountNegative,
    BillNumberInvalid,
    EndBeforeStart,
    SubRangeInvalid,
    TotalsDoNotAddUp,
)
from chain.money import Money

SCHEMA = "pearlchain/bill/1"
CURRENCY = "CNY"

NUMBER = re.compile(r"[0-9]{30}")
RANGE = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
WHOLE = "0"

Amount = Annotated[str, Field(max_length=40)]


class BillKind(StrEnum):
    """Whose promise it is."""

    BANK = "bank_acceptance"
    """A bank accepts it (银行承兑汇票)."""
    COMMERCIAL = "commercial_acceptance"
    """A company accepts it (商业承兑汇票)."""


#: First digit of a number, where it is published.
KIND_DIGITS = {"1": BillKind.BANK, "2": BillKind.COMMERCIAL}


class Bill(Frozen):
    """The file. Amounts are decimals in yuan: ``amount`` of what the holder has, ``package_amount`` of the whole bill."""

    schema_: Literal["pearlchain/bill/1"] = Field(alias="schema")
    number: Annotated[str, Field(max_length=40)]
    sub_range: Annotated[str, Field(max_length=40)] = WHOLE
    kind: BillKind | None = None
    amount: Amount | None = None
    package_amount: Amount | None = None
    issued: date
    due: date
    drawer: Party
    acceptor: Party
    payee: Party
    holder: Party
    invoices: tuple[DocumentReference, ...] = ()


def parse(content: dict[str, Any], source: Source) -> Parsed:
    """Read one bill from its JSON object."""
    draft = Draft()
    try:
        bill = Bill.model_validate(content)
    except ValidationError as error:
        draft.schema(error)
        return Parsed(None, tuple(draft.findings))
    for role in ("drawer", "acceptor", "payee", "holder"):
        draft.party(getattr(bill, role), role, f"/{role}")
    _hold_number(bill, draft)
    draft.days(issued=bill.issued, due=bill.due)
    draft.references(invoices=bill.invoices)
    if bill.due < bill.issued:
        draft.block(EndBeforeStart(first="issued", second="due"), "/due")
    part = _range(bill.sub_range, draft)
    # One bill may be held in parts, and each is a document of its own; the width makes every range another number.
    number = bill.number if part is None else f"{bill.number}/{part[0]:012d}-{part[1]:012d}"
    return draft.finish(
        source, type=DocumentType.BILL, number=number, issue_date=bill.issued, due_date=bill.due,
        seller=bill.holder, buyer=bill.acceptor, currency=CURRENCY, payable_minor=_amount(bill, part, draft),
        sub_range=part, invoices=bill.invoices,
    )  # fmt: skip


def _hold_number(bill: Bill, draft: Draft) -> None:
    if not NUMBER.fullmatch(bill.number):
        draft.refuse(BillNumberInvalid(number=bill.number, reason="it has not 30 digits"), "/number")
        return
    try:
        datetime.strptime(bill.number[13:21], "%Y%m%d")
    except ValueError:
        draft.block(BillNumberInvalid(number=bill.number, reason="digits 14 to 21 are no date"), "/number")
    expected = KIND_DIGITS.get(bill.number[0])
    if None not in (expected, bill.kind) and expected is not bill.kind:
        draft.block(BillNumberInvalid(number=bill.number, reason="its first digit tells another kind"), "/number")


def _range(written: str, draft: Draft) -> tuple[int, int] | None:
    if written == WHOLE:
        return None
    found = RANGE.fullmatch(written)
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 1 <= first <= last:
        draft.refuse(SubRangeInvalid(range=written), "/sub_range")
        return None
    return first, last


def _amount(bill: Bill, part: tuple[int, int] | None, draft: Draft) -> int | None:
    """What the holder has: last - first + 1 units of 0.01 of a range, else what is written."""
    written = draft.money(bill.amount, CURRENCY, "amount", "/amount")
    package = draft.money(bill.package_amount, CURRENCY, "package_amount", "/package_amount")
    held = part[1] - part[0] + 1 if part else package if written is None else written
    if held is None:
        if not draft.refused:
            draft.refuse(AmountMissing(field="amount"), "/amount")
        return None
    if held <= 0:
        draft.refuse(AmountNegative(field="amount", amount=_yuan(held)), "/amount")
    if written is not None and written != held:
        mismatch = TotalsDoNotAddUp(field="amount", written=_yuan(written), computed=_yuan(held), source="sub_range")
        draft.block(mismatch, "/amount")
    if package is not None and (part[1] > package if part else held != package):
        top = part[1] if part else held
        mismatch = TotalsDoNotAddUp(
            field="package_amount", written=_yuan(package), computed=_yuan(top), source="sub_range"
        )
        draft.block(mismatch, "/package_amount")
    return held


def _yuan(minor: int) -> str:
    return Money(minor, CURRENCY).written
