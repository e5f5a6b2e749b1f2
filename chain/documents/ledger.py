"""Ledgers exported from ERP systems: the rows of a table as documents, by a mapping (`chain.documents.mapping`).

Rows of one number between the same parties are the lines of one document, wherever they stand. What stands once in a
document (days, currency, totals) must be the same in all of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from chain.documents.draft import Draft, Parsed, distinct, is_day_of_ledger
from chain.documents.mapping import Cell, Constant, DocumentMapping, LineMapping, PartyMapping, TableMapping
from chain.documents.model import (
    DocumentLine,
    DocumentReference,
    DocumentType,
    Party,
    PartyIdentifier,
    Source,
)
from chain.documents.rules import (
    AmountMissing,
    AmountNegative,
    CopiesContradict,
    CurrencyMissing,
    DateMalformed,
    DocumentsTooLong,
    FormulaInCell,
    FormulaWithoutValue,
    NumberMissing,
    RowRagged,
    TotalsDoNotAddUp,
)
from chain.documents.table import Row, Table, is_formula
from chain.errors import CurrencyUnknown
from chain.money import Money, exponent

MONEY = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE, DocumentType.PAYMENT})

Read = Callable[[Row], str]


class Columns:
    """A document's mapping bound to the columns of a table: fields as functions of a row."""

    def __init__(self, document: DocumentMapping, table: Table, mapping: TableMapping) -> None:
        self.document = document
        self.mapping = mapping
        self._table = table

    def text(self, cell: Cell | None) -> Read:
        """The cell's text, or nothing."""
        if cell is None:
            return lambda row: ""
        if isinstance(cell, Constant):
            return lambda row: cell.value
        places = [self._table.columns[name] for name in ((cell,) if isinstance(cell, str) else cell)]
        nothing = {"", *self.mapping.nothing}
        if len(places) == 1:
            place = places[0]
            return lambda row: "" if (text := row.cells[place].strip()) in nothing else text
        return lambda row: "/".join(text for place in places if (text := row.cells[place].strip()) not in nothing)

    @cached_property
    def number(self) -> Read:
        return self.text(self.document.number)

    @cached_property
    def seller(self) -> Callable[[Row], Party]:
        return self._party(self.document.seller)

    @cached_property
    def buyer(self) -> Callable[[Row], Party]:
        return self._party(self.document.buyer)

    @cached_property
    def fields(self) -> dict[str, Read]:
        """What stands once in a document, and its references."""
        names = ("issue_date", "due_date", "delivery_date", "currency", "net", "tax", "payable", *REFERENCES)
        return {name: self.text(getattr(self.document, name)) for name in names}

    @cached_property
    def lines(self) -> dict[str, Read]:
        lines = self.document.lines
        return {} if lines is None else {name: self.text(getattr(lines, name)) for name in LineMapping.model_fields}

    @cached_property
    def used(self) -> list[tuple[int, str]]:
        """Position and name of every column that is read."""
        return [(self._table.columns[name], name) for name in dict.fromkeys(columns_of(self.document))]

    def _party(self, party: PartyMapping) -> Callable[[Row], Party]:
        name, country = self.text(party.name), self.text(party.country)
        ids = [(one.scheme, one.prefix, self.text(one.value)) for one in party.ids]

        def read(row: Row) -> Party:
            found = (
                PartyIdentifier(scheme, f"{prefix}{value}"[:200]) for scheme, prefix, of in ids if (value := of(row))
            )
            return Party(name(row)[:1_000], distinct(found), country(row)[:2].upper() or None)

        return read


REFERENCES = ("orders", "despatches", "receipts", "invoices")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one document, or (``columns`` None) one that is not as wide as the table."""

    columns: Columns | None
    rows: list[Row]
    width: int = 0


def columns_of(document: DocumentMapping) -> Iterator[str]:
    """The name of every column that the mapping needs."""
    line = document.lines or LineMapping()
    cells: list[Cell | None] = [getattr(line, name) for name in LineMapping.model_fields]
    for party in (document.seller, document.buyer):
        cells += [party.name, party.country, *(one.value for one in party.ids)]
    names = ("number", "issue_date", "due_date", "delivery_date", "currency", "net", "tax", "payable", *REFERENCES)
    cells += [getattr(document, name) for name in names]
    for cell in cells:
        if isinstance(cell, str):
            yield cell
        elif isinstance(cell, tuple):
            yield from cell


def documents(rows: Iterable[Row], mapping: TableMapping, most: int) -> Iterator[tuple[str, Rows]]:
    """The rows of each document, in the order in which they begin; then what is ragged. Raises what `Table` raises, and
    DocumentsTooLong where there are more than ``most``, each counted once for every document that it is mapped to."""
    needed = (name for document in mapping.documents for name in columns_of(document))
    table = Table.of(rows, mapping.header_line, needed)
    bound = [Columns(document, table, mapping) for document in mapping.documents]
    groups: dict[tuple[Any, ...], Rows] = {}
    ragged: list[Row] = []
    counted = 0
    for row in table.rows:
        counted += len(bound)
        if counted > most:
            raise DocumentsTooLong(limit=most)
        if len(row.cells) < table.width or any(row.cells[table.width :]):
            ragged.append(row)
            continue
        for position, columns in enumerate(bound):
            # A row without a number belongs to no other row.
            number = columns.number(row) or row.line
            key = (position, number, columns.seller(row), columns.buyer(row))
            if key in groups:
                groups[key].rows.append(row)
            else:
                groups[key] = Rows(columns, [row])
    for (position, *_), group in groups.items():
        kind = f"{mapping.documents[position].type} at " if len(bound) > 1 else ""
        yield f"{kind}line {group.rows[0].line}", group
    for row in ragged:
        yield f"line {row.line}", Rows(None, [row], table.width)


def parse(group: Rows, source: Source) -> Parsed:
    """Read one document from its rows."""
    draft, columns, first = Draft(), group.columns, group.rows[0]
    place = f"line {first.line}"
    if columns is None:
        draft.refuse(RowRagged(cells=len(first.cells), expected=group.width), place)
        return Parsed(None, tuple(draft.findings))
    for row in group.rows:
        _hold_formulas(row, columns, draft)
    number = columns.number(first)
    if not number:
        draft.refuse(NumberMissing(), place)
    seller, buyer = columns.seller(first), columns.buyer(first)
    draft.party(seller, "seller", place)
    draft.party(buyer, "buyer", place)
    days = {name: _day(name, group.rows, columns, draft) for name in ("issue_date", "due_date", "delivery_date")}
    kind = columns.document.type
    currency = _currency(group.rows, columns, draft)
    totals = {name: _total(name, group.rows, columns, currency, draft) for name in ("net", "tax", "payable")}
    lines = tuple(_line(at, row, columns, currency, draft) for at, row in enumerate(group.rows, start=1))
    net, tax, payable = _totals(totals, lines if columns.lines else (), kind, currency, draft, place)
    turned = False
    if payable is not None and payable < 0:
        turned = True
        if kind is DocumentType.INVOICE:
            draft.block(AmountNegative(field="payable", amount=_written(payable, currency)), place)
            kind = DocumentType.CREDIT_NOTE
        elif kind is DocumentType.ORDER:
            draft.refuse(AmountNegative(field="payable", amount=_written(payable, currency)), place)
    sign = -1 if turned else 1
    references = {name: _references(columns.fields[name], group.rows) for name in REFERENCES}
    return draft.finish(
        source, type=kind, number=number, seller=seller, buyer=buyer, currency=currency, **days,
        net_minor=_signed(net, sign), tax_minor=_signed(tax, sign), payable_minor=_signed(payable, sign),
        lines=tuple(_turned(line) for line in lines) if turned else lines,
        reversal=turned and kind is DocumentType.PAYMENT,
        lots=distinct(line.lot for line in lines if line.lot), **references,
    )  # fmt: skip


def _hold_formulas(row: Row, columns: Columns, draft: Draft) -> None:
    for place, name in columns.used:
        if place in row.formulas and not row.cells[place].strip():
            draft.block(FormulaWithoutValue(), f"line {row.line}, {name}")
        elif place in row.formulas or is_formula(row.cells[place].strip()):
            draft.flag(FormulaInCell(text=row.cells[place][:40]), f"line {row.line}, {name}")


def _once(name: str, rows: list[Row], columns: Columns, draft: Draft) -> tuple[str, str]:
    """What all rows say of something that a document has once, and where; a row that says nothing does not contradict."""
    read = columns.fields[name]
    found, place = "", f"line {rows[0].line}, {name}"
    for row in rows:
        text = read(row)
        if text and not found:
            found, place = text, f"line {row.line}, {name}"
        elif text and text != found:
            draft.block(CopiesContradict(field=name, one=found[:40], other=text[:40]), f"line {row.line}, {name}")
            break
    return found, place


def _day(name: str, rows: list[Row], columns: Columns, draft: Draft) -> date | None:
    text, place = _once(name, rows, columns, draft)
    if not text:
        return None
    found = columns.mapping.day(text)
    if found is None or not is_day_of_ledger(found):
        draft.block(DateMalformed(field=name, text=text[:40]), place)
        return None
    return found


def _currency(rows: list[Row], columns: Columns, draft: Draft) -> str | None:
    text, place = _once("currency", rows, columns, draft)
    if not text:
        if columns.document.type in MONEY:
            draft.refuse(CurrencyMissing(), place)
        return None
    try:
        exponent(text)
    except CurrencyUnknown as error:
        draft.refuse(error, place)
    return text


def _total(name: str, rows: list[Row], columns: Columns, currency: str | None, draft: Draft) -> int | None:
    text, place = _once(name, rows, columns, draft)
    return draft.money(_decimal(text, columns.mapping), currency, name, place) if text else None


def _totals(
    totals: dict[str, int | None], lines: tuple[DocumentLine, ...], kind: DocumentType, currency: str | None, draft: Draft,
    place: str,
) -> tuple[int | None, int | None, int | None]:  # fmt: skip
    """What is written, held against the lines; what is not written is their sum."""
    sums = {}
    for name in ("net", "tax"):
        parts = [part for line in lines if (part := getattr(line, f"{name}_minor")) is not None]
        written, computed = totals[name], sum(parts) if parts else None
        sums[name] = computed
        if written is not None and computed is not None and written != computed:
            draft.block(_mismatch(name, written, computed, currency), place)
    net = sums["net"] if totals["net"] is None else totals["net"]
    tax = sums["tax"] if totals["tax"] is None else totals["tax"]
    payable = totals["payable"]
    if payable is None and net is not None:
        payable = net + (tax or 0)
    elif payable is not None and net is not None and abs(payable) > abs(net + (tax or 0)) and tax is not None:
        draft.block(_mismatch("payable", payable, net + tax, currency), place)
    if payable is None and kind in MONEY and not draft.refused:
        draft.refuse(AmountMissing(field="payable"), place)
    return net, tax, payable


def _mismatch(name: str, written: int, computed: int, currency: str | None) -> TotalsDoNotAddUp:
    return TotalsDoNotAddUp(
        field=name, written=_written(written, currency), computed=_written(computed, currency), source="rows"
    )


def _written(minor: int, currency: str | None) -> str:
    assert currency is not None, "no amount is read without one"
    return Money(minor, currency).written


def _line(at: int, row: Row, columns: Columns, currency: str | None, draft: Draft) -> DocumentLine:
    texts = {name: read(row) for name, read in columns.lines.items()}
    place = f"line {row.line}"
    amounts = {
        name: draft.line_money(_decimal(text, columns.mapping), currency, name, f"{place}, {name}") if text else None
        for name in ("net", "tax")
        for text in (texts.get(name),)
    }
    quantity = texts.get("quantity")
    return DocumentLine(
        number=(texts.get("number") or str(at))[:200], description=texts.get("description", "")[:1_000],
        item=texts.get("item", "")[:200] or None, unit=texts.get("unit", "")[:40] or None,
        quantity=draft.quantity(_decimal(quantity, columns.mapping), place) if quantity else None,
        net_minor=amounts["net"], tax_minor=amounts["tax"], order_line=texts.get("order_line") or None,
        lot=texts.get("lot", "")[:200] or None,
    )  # fmt: skip


def _decimal(text: str, mapping: TableMapping) -> str:
    """The number in plain writing; what is no number stays as it is, and is refused as that. Parentheses and a minus at
    the end mean a negative number, as ledgers write it."""
    written, negative = text, False
    if (inside := re.fullmatch(r"\((.+)\)|(.+)-", written)) is not None:
        written, negative = inside[1] or inside[2], True
    point, group = re.escape(mapping.decimal), re.escape(mapping.grouping)
    whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]*" if group else "[0-9]*"
    if re.fullmatch(rf"[+-]?(?:{whole})(?:{point}[0-9]*)?", written) is None:
        return text
    if mapping.grouping:
        written = written.replace(mapping.grouping, "")
    written = written.replace(mapping.decimal, ".")
    return f"-{written}" if negative and written[:1] not in "+-" else text if negative else written


def _references(read: Read, rows: list[Row]) -> tuple[DocumentReference, ...]:
    return tuple(DocumentReference(number=number[:200]) for number in distinct(map(read, rows)) if number)


def _signed(value: int | None, sign: int) -> int | None:
    return None if value is None else value * sign


def _turned(line: DocumentLine) -> DocumentLine:
    return replace(
        line, quantity=None if line.quantity is None else abs(line.quantity), net_minor=_signed(line.net_minor, -1),
        tax_minor=_signed(line.tax_minor, -1),
    )  # fmt: skip
