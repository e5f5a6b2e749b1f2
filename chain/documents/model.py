"""The canonical trade document: what every format is read into, and all that later steps know of a document."""

from __future__ import annotations

import re
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chain.language import fill


class Frozen(BaseModel):
    """Immutable, strict about unknown fields; shared by the models at the edge."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentType(StrEnum):
    """What a document is, whatever format it came in."""

    ORDER = "order"
    """The buyer asks for goods or services."""
    DESPATCH_ADVICE = "despatch_advice"
    """The seller says that goods left."""
    RECEIPT_ADVICE = "receipt_advice"
    """The buyer says that goods arrived."""
    INVOICE = "invoice"
    """The seller asks for payment."""
    CREDIT_NOTE = "credit_note"
    """The seller takes back part or all of an invoice (red-letter invoice, 红字发票)."""
    WAREHOUSE_RECEIPT = "warehouse_receipt"
    """A keeper says what lot it stores, and for whom."""


class PartyIdentifier(Frozen):
    """One of an enterprise's many ids. ``scheme`` is upper case: USCC, LEI, VAT, TAX, ICD:0088 (ISO 6523), NAME."""

    scheme: str = Field(min_length=1, max_length=32)
    value: str = Field(min_length=1, max_length=200)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class Party(Frozen):
    """A party as the document names it; which enterprise it is, `chain.documents.identity` decides."""

    name: str = ""
    identifiers: tuple[PartyIdentifier, ...] = ()
    country: str | None = None


class DocumentReference(Frozen):
    """A pointer to another document by its number, as written."""

    number: str
    issue_date: date | None = None
    line: str | None = None


class DocumentLine(Frozen):
    """One line. ``net_minor`` in the document's currency; ``quantity`` in ``unit`` (UN/ECE Rec 20 where given)."""

    number: str
    description: str = ""
    item: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    net_minor: int | None = None
    tax_minor: int | None = None
    order_line: str | None = None

    @field_validator("quantity")
    @classmethod
    def _plain(cls, quantity: Decimal | None) -> Decimal | None:
        """One writing per value (``1.50`` is ``1.5``), so that the same facts have the same digest."""
        return None if quantity is None else Decimal(f"{quantity.normalize(Context(prec=100)):f}")


class Source(Frozen):
    """Where the document was read: file, member of an archive or test set, and the SHA-256 of the bytes read."""

    path: str
    member: str | None = None
    format: str
    sha256: str


class TradeDocument(Frozen):
    """A trade document in canonical form.

    Amounts are integer minor units of ``currency``; those of a credit note are positive and mean what is taken back.
    Documents of goods (despatch, receipt, warehouse) may have no currency and no amounts.
    ``buyer`` is None only for a warehouse receipt; there ``seller`` is the owner of the goods.
    """

    type: DocumentType
    number: str = Field(min_length=1, max_length=200)
    issue_date: date | None = None
    due_date: date | None = None
    delivery_date: date | None = None
    seller: Party
    buyer: Party | None = None
    keeper: Party | None = None
    currency: str | None = None
    net_minor: int | None = None
    tax_minor: int | None = None
    payable_minor: int | None = None
    lines: tuple[DocumentLine, ...] = ()
    orders: tuple[DocumentReference, ...] = ()
    despatches: tuple[DocumentReference, ...] = ()
    receipts: tuple[DocumentReference, ...] = ()
    invoices: tuple[DocumentReference, ...] = ()
    lots: tuple[str, ...] = ()
    pledged: bool = False
    """Warehouse receipt: its goods already back a loan, so they cannot back a receivable (invariant 9)."""
    broken_rules: tuple[str, ...] = ()
    """Rules that the document broke when it was read: it is known, but it cannot back credit."""
    source: Source


class Severity(StrEnum):
    """What a finding does."""

    REFUSED = "refused"
    """The file or document was not taken."""
    BLOCKED = "blocked"
    """Read, but it cannot back credit, or only in part."""
    FLAGGED = "flagged"
    """A person should look; nothing is blocked."""


class Finding(Frozen):
    """What was seen, where, and why it matters. ``rule`` is the name of the broken rule.

    ``template`` is an English sentence with ``values`` filled in on display, so that it can be translated.
    """

    rule: str
    severity: Severity
    template: str
    values: dict[str, str | int] = {}
    path: str | None = None
    member: str | None = None
    place: str | None = None
    """Line, XPath or JSON pointer inside the file."""
    documents: tuple[str, ...] = ()
    """Keys of the documents that prove it (`document_key`)."""
    case: str | None = None
    """The field's failure it belongs to, C1 to C16."""

    def text(self, language: str = "en") -> str:
        """The sentence in the reader's language (``en`` or ``zh``)."""
        return fill(self.template, self.values, language)

    def place_text(self, language: str = "en") -> str:
        """The place inside the file in the reader's language; paths into it are nobody's language."""
        return place_text(self.place or "", language)


def place_text(place: str, language: str) -> str:
    """``line 48, column 29`` in the reader's language; any other place as it is."""
    if found := _LINE_COLUMN.fullmatch(place):
        return fill("line {line}, column {column}", found.groupdict(), language)
    if found := _LINE.fullmatch(place):
        return fill("line {line}, {element}" if found["element"] else "line {line}", found.groupdict(), language)
    return place


_LINE_COLUMN = re.compile(r"line (?P<line>\d+), column (?P<column>\d+)")
_LINE = re.compile(r"line (?P<line>\d+)(?:, (?P<element>.+))?", re.DOTALL)
