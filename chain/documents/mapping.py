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
from pydantic_core import ErrorDetails

from chain.content import Unusable, reason_of
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

#: So many parts of a dotted key of TOML no mapping has; for each of them the library looks at all before it. Quoted parts
#: that are longer than what is looked for here are too few to take long.
MOST_PARTS = 16
DOTTED = re.compile(
    r"""(?:(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.){0,80}+"|'[^'\n]{0,80}+')[ \t]*+\.[ \t]*+)"""
    f"{{{MOST_PARTS}}}",
    re.ASCII,
)
#: Where the library says that it stopped.
TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")

CELL = 'it should be a column\'s name, a list of them, or {value = "…"}'

Column = Annotated[str, Field(min_length=1, max_length=200)]


class MappingBroken(PearlError):
    """The mapping itself, not the table, is wrong."""

    message = "the mapping is not usable: {field}: {reason}"
    next_step = "Compare it with the example in docs/documents.md."


class Constant(Frozen):
    """The same text in all rows."""

    value: str


DayFormat = Annotated[str, Field(max_length=40)]
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
    ids: Annotated[tuple[IdMapping, ...], Field(max_length=20)] = ()


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

    @field_validator("type", mode="before")
    @classmethod
    def _of_lines(cls, value: object) -> object:
        if value not in TYPES:
            raise Unusable(reason="it is none of {expected}", expected=", ".join(TYPES))
        return value


class TableMapping(Frozen):
    """The file. ``nothing``: texts that mean an empty cell. ``dates``: formats as of `datetime.strptime`, the first that
    fits counts."""

    schema_: Literal["pearlchain/table-mapping/1"] = Field(alias="schema")
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    header_line: Annotated[int, Field(ge=1, le=1_000)] = 1
    # Python keeps five ways of reading days ready, and makes each of more anew for every cell.
    dates: Annotated[tuple[DayFormat, ...], Field(min_length=1, max_length=5)] = ("%Y-%m-%d",)
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
            raise Unusable(reason="no text encoding that is known") from error
        if known.name in NO_CHARACTER_SETS:
            raise Unusable(reason="no text encoding that is known")
        return known.name

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
                raise Unusable(reason="'{format}' does not tell the day", format=written)
        return formats

    @model_validator(mode="after")
    def _told_apart(self) -> TableMapping:
        if self.delimiter in '"\r\n':
            raise Unusable(reason="a quote or a line end is no delimiter")
        if self.decimal == self.grouping:
            raise Unusable(reason="decimal and grouping are the same")
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
        written = _written(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingBroken(field="/", reason="it is not written in UTF-8") from error
    except RecursionError as error:
        raise MappingBroken(field="/", reason="it is nested too deeply") from error
    try:
        return TableMapping.model_validate(written)
    except ValidationError as error:
        field, reason, values = _complaint(written, error.errors(include_url=False, include_input=False)[0])
        raise MappingBroken(field=field, reason=reason, **values) from error


def _written(text: str) -> object:
    """What TOML or JSON says. Raises MappingBroken."""
    is_json = text.lstrip().startswith("{")
    if not is_json and DOTTED.search(text):
        raise MappingBroken(field="/", reason="it is nested too deeply")
    try:
        return json.loads(text) if is_json else tomllib.loads(text)
    except json.JSONDecodeError as error:
        values = {"line": error.lineno, "column": error.colno}
        raise MappingBroken(
            field="/", reason="this is no JSON from line {line}, column {column} on", **values
        ) from error
    except tomllib.TOMLDecodeError as error:
        found = TOML_PLACE.search(str(error))
        values = {"line": int(found[1]), "column": int(found[2])} if found else _end(text)
        raise MappingBroken(
            field="/", reason="this is no TOML from line {line}, column {column} on", **values
        ) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise MappingBroken(field="/", reason="a number is larger than any") from error


def _end(text: str) -> dict[str, int]:
    lines = text.split("\n")
    return {"line": len(lines), "column": len(lines[-1]) + 1}


def _complaint(written: object, detail: ErrorDetails) -> tuple[str, str, dict[str, str | int]]:
    """Where the mapping is wrong, why, and what fills that. A cell may be written in three ways, and pydantic complains of
    each: said is what a cell may be."""
    place: list[str] = []
    for position, part in enumerate(detail["loc"]):
        try:
            written = written[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            if position < len(detail["loc"]) - 1 or detail["type"] != "missing" or not isinstance(written, dict):
                return "/" + "/".join(place), CELL, {}
        place.append(str(part))
    return "/" + "/".join(place), *reason_of(detail)
