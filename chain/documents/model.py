"""The canonical trade document: what every format is read into, and all that later steps know of a document.

Documents are plain frozen dataclasses: pydantic holds what comes from outside against them where it comes in
(`chain.documents.canonical`), and nowhere else, since a million of them pass through the graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chain.content import Unusable
from chain.language import fill

#: The longest number, id or scheme that is kept; a longer one is no real one.
LONGEST_NUMBER = 200

#: The longest enterprise id (scheme and number in one writing) that is kept.
LONGEST_ID = 240

#: Ids of a party in one document; registers, tax offices and banks give one a few.
MOST_IDENTIFIERS = 50

#: Digits of a quantity, before and behind the point.
LONGEST_QUANTITY = 40

#: Integer minor units of a currency; at the edge neither a text nor a boolean is one.
Minor = Annotated[int, Field(strict=True)]

Number = Annotated[str, Field(min_length=1, max_length=LONGEST_NUMBER)]

#: Of the dataclasses, for pydantic at the edge: a field that does not exist is a mistake of the sender.
STRICT = ConfigDict(extra="forbid")


class Frozen(BaseModel):
    """Immutable, strict about unknown fields; shared by the models at the edge."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DocumentType(StrEnum):
    """What a document is, whatever format it came in."""

    ORDER = "order"
    """The buyer asks for goods or services."""
    ORDER_RESPONSE = "order_response"
    """The seller accepts, changes or rejects an order."""
    DESPATCH_ADVICE = "despatch_advice"
    """The seller says that goods left."""
    RECEIPT_ADVICE = "receipt_advice"
    """The buyer says that goods arrived."""
    LOGISTICS_EVENT = "logistics_event"
    """A carrier, warehouse or party saw goods move, be stored or be made into others."""
    INVOICE = "invoice"
    """The seller asks for payment."""
    INVOICE_RESPONSE = "invoice_response"
    """The buyer accepts, disputes or rejects an invoice."""
    CREDIT_NOTE = "credit_note"
    """The seller takes back part or all of an invoice (red-letter invoice, 红字发票)."""
    PAYMENT = "payment"
    """A bank's statement says that money came or went."""
    WAREHOUSE_RECEIPT = "warehouse_receipt"
    """A keeper says what lot it stores, and for whom."""
    BILL = "bill"
    """A bill of exchange, or a range of one (票据, 子票区间)."""
    ASSIGNMENT = "assignment"
    """Receivables went to somebody else, or came back (应收账款转让), as a register or a notice to the debtor says."""


class Answer(StrEnum):
    """What a response says of the order or invoice that it answers."""

    RECEIVED = "received"
    """It arrived, or is looked at; nothing is decided."""
    ACCEPTED = "accepted"
    """As it stands."""
    CHANGED = "changed"
    """Accepted with the changes that the response writes down."""
    DISPUTED = "disputed"
    """Under query: something in it is contested."""
    REJECTED = "rejected"
    """Not accepted."""
    PAID = "paid"
    """The buyer says that it paid."""


class Means(StrEnum):
    """How an assignment took effect against others (公示; Civil Code of China, art. 768)."""

    REGISTRATION = "registration"
    """It is in the public register."""
    NOTICE = "notice"
    """The debtor was told."""


class Movement(StrEnum):
    """What a logistics event saw (GS1 Core Business Vocabulary's business steps, brought down to what matters here)."""

    SHIPPED = "shipped"
    """Goods left the seller (shipping, departing, loading)."""
    RECEIVED = "received"
    """Goods came to the buyer (receiving, accepting, arriving, unloading)."""
    STORED = "stored"
    """Goods went into a warehouse (storing)."""
    RELEASED = "released"
    """Goods left a warehouse (picking, removing, retail selling)."""
    TRANSFORMED = "transformed"
    """Goods were made into others: input lots end, output lots begin."""
    OBSERVED = "observed"
    """Goods were seen where they were (inspecting, cycle counting): nothing moved."""


@dataclass(frozen=True, slots=True)
class PartyIdentifier:
    """One of an enterprise's many ids. ``scheme`` is upper case: USCC, LEI, VAT, TAX, ICD:0088 (ISO 6523), IBAN,
    ACCOUNT (of a bank, without IBAN), BIC (ISO 9362), NAME."""

    __pydantic_config__ = STRICT

    scheme: Annotated[str, Field(min_length=1, max_length=32)]
    value: Number

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the document names it; which enterprise it is, `chain.documents.identity` decides."""

    __pydantic_config__ = STRICT

    name: str = ""
    identifiers: tuple[PartyIdentifier, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A pointer to another document by its number, as written. ``amount_minor``: how much of it is meant, where that is
    said (a payment or an assignment of several invoices), in the currency of the document that points."""

    __pydantic_config__ = STRICT

    number: str
    issue_date: date | None = None
    line: str | None = None
    amount_minor: Minor | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line. ``net_minor`` in the document's currency; ``quantity`` in ``unit`` (UN/ECE Rec 20 where given)."""

    __pydantic_config__ = STRICT

    number: str
    description: str = ""
    item: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    net_minor: Minor | None = None
    tax_minor: Minor | None = None
    order_line: str | None = None
    lot: str | None = None

    def __post_init__(self) -> None:
        if self.quantity is not None:
            if not is_quantity(self.quantity):
                raise Unusable(reason="a quantity has at most {digits} digits", digits=LONGEST_QUANTITY)
            object.__setattr__(self, "quantity", plain(self.quantity))


@dataclass(frozen=True, slots=True)
class Publicity:
    """By which means an assignment took effect against others, and when: seconds since 1970, UTC."""

    __pydantic_config__ = STRICT

    by: Means
    at: Annotated[int, Field(ge=0, lt=2**33)]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the document was read: file, member of an archive or test set, and the SHA-256 of the bytes read."""

    __pydantic_config__ = STRICT

    path: str
    member: str | None = None
    format: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class TradeDocument:
    """A trade document in canonical form.

    Amounts are integer minor units of ``currency``; those of a credit note are positive and mean what is taken back.
    Documents of goods (despatch, receipt, warehouse, logistics event) may have no currency and no amounts.
    Who is who: ``seller`` delivers and is paid, ``buyer`` receives and pays, also in a payment (payee, payer) and a bill
    (holder, drawee). In a warehouse receipt or logistics event ``seller`` is the owner of the goods, and ``buyer`` may
    be None. ``keeper`` keeps the goods, or the account that a payment was booked on; of an assignment it is the assignee,
    who has the receivables of ``seller`` against ``buyer``, and ``payable_minor`` is what it financed.
    """

    __pydantic_config__ = STRICT

    type: DocumentType
    number: Number
    seller: Party
    source: Source
    issue_date: date | None = None
    due_date: date | None = None
    delivery_date: date | None = None
    """When the goods left (despatch), arrived (receipt), were stored, or moved (event); of an invoice, as it says."""
    buyer: Party | None = None
    keeper: Party | None = None
    currency: str | None = None
    net_minor: Minor | None = None
    tax_minor: Minor | None = None
    payable_minor: Minor | None = None
    lines: tuple[DocumentLine, ...] = ()
    orders: tuple[DocumentReference, ...] = ()
    despatches: tuple[DocumentReference, ...] = ()
    receipts: tuple[DocumentReference, ...] = ()
    invoices: tuple[DocumentReference, ...] = ()
    lots: tuple[str, ...] = ()
    consumed_lots: tuple[str, ...] = ()
    """Transformation: lots that ended when ``lots`` began."""
    pledged: bool = False
    """Warehouse receipt: its goods already back a loan, so they cannot back a receivable (invariant 9)."""
    answer: Answer | None = None
    """Of a response."""
    movement: Movement | None = None
    """Of a logistics event."""
    reversal: bool = False
    """Payment: it takes an earlier one back. Assignment: the assignee gives the receivables back."""
    sub_range: tuple[int, int] | None = None
    """Bill: first and last unit of 0.01 that this part of the bill covers, both inclusive; None for all of it."""
    broken_rules: tuple[str, ...] = ()
    """Rules that the document broke when it was read: it is known, but it cannot back credit."""
    by_buyer: bool = False
    """Order response: the buyer changes (CHANGED) or withdraws (REJECTED) its own order; else the seller answers it."""
    end_to_end: str = ""
    """Payment: the payer's own id of it, which the payer's and the payee's bank both report."""
    publicity: Publicity | None = None
    """Of an assignment."""
    prepaid_minor: Minor | None = None
    """Invoice: what was paid before, so that it is not payable any more; negative where an earlier debt is added."""
    rounding_minor: Minor | None = None
    """Invoice: what rounding adds to what is payable."""
    payee_accounts: Annotated[tuple[PartyIdentifier, ...], Field(max_length=MOST_IDENTIFIERS)] = ()
    """Invoice: accounts of its seller that the money is to go to (IBAN)."""


def is_quantity(value: Decimal) -> bool:
    """Whether it can be written down in `LONGEST_QUANTITY` digits: ``1E+999999999`` would fill the memory."""
    return value.is_finite() and abs(value.adjusted()) <= LONGEST_QUANTITY >= len(value.as_tuple().digits)


@lru_cache(maxsize=10_000)
def plain(quantity: Decimal) -> Decimal:
    """One writing per value (``1.50`` is ``1.5``, ``-0`` is ``0``), so that the same facts have the same digest."""
    return Decimal(f"{quantity.normalize(_EXACT):f}") if quantity else Decimal(0)


_EXACT = Context(prec=100)


class Severity(StrEnum):
    """What a finding does."""

    REFUSED = "refused"
    """The file or document was not taken."""
    BLOCKED = "blocked"
    """Read, but it cannot back credit, or only in part."""
    FLAGGED = "flagged"
    """A person should look; nothing is blocked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, where, and why it matters. ``rule`` is the name of the broken rule.

    ``template`` is an English sentence with ``values`` filled in on display, so that it can be translated.
    """

    __pydantic_config__ = STRICT

    rule: str
    severity: Severity
    template: str
    values: dict[str, str | int] = field(default_factory=dict)
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
