"""A mapping: which column of a table means what, as whoever exports the table writes it down (docs/documents.md).

TOML or JSON. A field is a column's name, several names (joined by a slash), or ``{value = "…"}``, the same for all rows.
"""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from chain.documents.model import DocumentType, Frozen
from chain.errors import PearlError

SCHEMA = "pearlchain/table-mapping/1"

#: What a table can say: documents whose rows are their lines.
TYPES = (
    DocumentType.ORDER, DocumentType.DESPATCH_ADVICE, DocumentType.RECEIPT_ADVICE, DocumentType.INVOICE,
    DocumentType.CREDIT_NOTE, DocumentType.PAYMENT,
)  # fmt: skip

#: A table of a thousand columns needs no longer one.
MOST_BYTES = 65_536

#: Codecs of Python that are no character sets: they make texts that nobody can write down, or take hours.
NO_CHARACTER_SETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"})

Column = Annotated[str, Field(min_length=1, max_length=200)]


class MappingBroken(PearlError):
    """The mapping itself, not the table, is wrong."""

    message = "the mapping is not usable: {field}: {reason}"
    next_step = "Compare it with the example in docs/documents.md."


class Constant(Frozen):
    """The same text in all rows."""

    value: str


Cell = Column | Annotated[tuple[Column, ...], Field(min_length=1, max_length=8)] | Constant


class IdMapping(Frozen):
    """One id of a party. ``prefix`` tells a private numbering apart from all others (``GLA-``)."""

    scheme: Annotated[str, Field(pattern=r"^(USCC|LEI|VAT|TAX|IBAN|ACCOUNT|ICD:[0-9]{4})$")]
    value: Cell
    prefix: Annotated[str, Field(max_length=40)] = ""


class PartyMapping(Frozen):
    """A party."""

    name: Cell | None = None
    country: Cell | None = None
    ids: tuple[IdMapping, ...] = ()


class LineMapping(Frozen):
    """A row as a line. Amounts are decimals in the document's currency."""

    number: Cell | None = None
    description: Cell | None = None
    item: Cell | None = None
    quantity: Cell | None = None
    unit: Cell | None = None
    net: Cell | None = None
    tax: Cell | None = None
    order_line: Cell | None = None
    lot: Cell | None = None


class DocumentMapping(Frozen):
    """The documents of one type in the table: rows of one number between the same parties are its lines. ``payable`` is
    the sum of the lines where no column has it."""

    type: DocumentType
    number: Cell
    seller: PartyMapping
    buyer: PartyMapping
    issue_date: Cell | None = None
    due_date: Cell | None = None
    delivery_date: Cell | None = None
    currency: Cell | None = None
    net: Cell | None = None
    tax: Cell | None = None
    payable: Cell | None = None
    orders: Cell | None = None
    despatches: Cell | None = None
    receipts: Cell | None = None
    invoices: Cell | None = None
    lines: LineMapping | None = None

    @field_validator("type")
    @classmethod
    def _of_lines(cls, value: DocumentType) -> DocumentType:
        if value not in TYPES:
            raise ValueError("one of " + ", ".join(TYPES))
        return value


class TableMapping(Frozen):
    """The file. ``nothing``: texts that mean an empty cell. ``dates``: formats as of `datetime.strptime`, the first that
    fits counts."""

    schema_: Literal["pearlchain/table-mapping/1"] = Field(alias="schema")
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    header_line: Annotated[int, Field(ge=1, le=1_000)] = 1
    dates: Annotated[tuple[str, ...], Field(min_length=1, max_length=10)] = ("%Y-%m-%d",)
    decimal: Literal[".", ","] = "."
    grouping: Literal[",", ".", " ", "'", ""] = ","
    nothing: tuple[str, ...] = ()
    documents: Annotated[tuple[DocumentMapping, ...], Field(min_length=1, max_length=10)]

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            known = codecs.lookup(value)
            "".encode(value)
        except (LookupError, UnicodeError) as error:
            raise ValueError("no text encoding that is known") from error
        if known.name in NO_CHARACTER_SETS:
            raise ValueError("no text encoding that is known")
        return "utf-8-sig" if known.name == "utf-8" else known.name

    @field_validator("dates")
    @classmethod
    def _parses_what_it_writes(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        day = date(2026, 12, 31)
        for written in formats:
            try:
                told = datetime.strptime(day.strftime(written), written).date()
            except (ValueError, re.error):  # the year twice
                told = None
            if told != day:
                raise ValueError(f"'{written}' does not tell the day")
        return formats

    @model_validator(mode="after")
    def _told_apart(self) -> TableMapping:
        if self.delimiter in '"\r\n':
            raise ValueError("a quote or a line end is no delimiter")
        if self.decimal == self.grouping:
            raise ValueError("decimal and grouping are the same")
        return self

    def day(self, text: str) -> date | None:
        """The day that a cell writes; None when no format fits."""
        for written in self.dates:
            try:
                return datetime.strptime(text, written).date()
            except ValueError:
                continue
        return None


def load(content: bytes) -> TableMapping:
    """Read a mapping from TOML or JSON. Raises MappingBroken."""
    if len(content) > MOST_BYTES:
        raise MappingBroken(field="/", reason="it is longer than any mapping")
    try:
        text = content.decode("utf-8-sig")
        written = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        return TableMapping.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise MappingBroken(field="/" + "/".join(map(str, first["loc"])), reason=first["msg"]) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:  # of TOML and JSON too
        raise MappingBroken(field="/", reason=str(error)[:200]) from error
