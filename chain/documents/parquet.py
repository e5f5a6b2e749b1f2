"""Canonical documents in Parquet: a row a document, its columns and what is nested in them named as in canonical JSON.

Specification: Apache Parquet (Polars reads and writes it); `SCHEMA` has the columns. A column that is not there, or null,
is what the document has without it. Quantities are decimals as text, as in JSON: no column type holds all of their digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from msgspec import json

from chain.documents.model import TradeDocument
from chain.documents.rules import FormatUnknown, ParquetUnreadable

MAGIC = b"PAR1"

_IDENTIFIERS = pl.List(pl.Struct({"scheme": pl.String, "value": pl.String}))
_PARTY = pl.Struct({"name": pl.String, "identifiers": _IDENTIFIERS, "country": pl.String})
_REFERENCES = pl.List(
    pl.Struct({"number": pl.String, "issue_date": pl.Date, "line": pl.String, "amount_minor": pl.Int64})
)
_LINES = pl.List(
    pl.Struct({
        "number": pl.String, "description": pl.String, "item": pl.String, "quantity": pl.String, "unit": pl.String,
        "net_minor": pl.Int64, "tax_minor": pl.Int64, "order_line": pl.String, "lot": pl.String,
    })
)  # fmt: skip
_PUBLICITY = pl.Struct({"by": pl.String, "at": pl.Int64})

#: Of `TradeDocument`, without its source.
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "type": pl.String, "number": pl.String, "seller": _PARTY, "issue_date": pl.Date, "due_date": pl.Date,
    "delivery_date": pl.Date, "buyer": _PARTY, "keeper": _PARTY, "currency": pl.String, "net_minor": pl.Int64,
    "tax_minor": pl.Int64, "payable_minor": pl.Int64, "lines": _LINES, "orders": _REFERENCES, "despatches": _REFERENCES,
    "receipts": _REFERENCES, "invoices": _REFERENCES, "lots": pl.List(pl.String), "consumed_lots": pl.List(pl.String),
    "pledged": pl.Boolean, "answer": pl.String, "movement": pl.String, "reversal": pl.Boolean,
    "sub_range": pl.List(pl.Int64), "broken_rules": pl.List(pl.String), "by_buyer": pl.Boolean, "end_to_end": pl.String,
    "publicity": _PUBLICITY, "prepaid_minor": pl.Int64, "rounding_minor": pl.Int64,
    "payee_accounts": _IDENTIFIERS,
}  # fmt: skip

#: What tells that rows are documents.
NEEDED = ("type", "number", "seller")

#: Rows that are turned into objects at a time.
ROWS = 64


def write_documents(documents: Iterable[TradeDocument], path: Path) -> int:
    """Write them all, in their order, without their sources. Returns how many they are."""
    count = 0
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "lines"
        with lines.open("wb", buffering=1 << 20) as file:
            for document in documents:
                file.write(json.encode(document) + b"\n")
                count += 1
        pl.scan_ndjson(lines, schema=SCHEMA).sink_parquet(path)
    return count


def is_documents(columns: Iterable[str]) -> bool:
    """Whether rows of these columns are documents."""
    return set(NEEDED) <= set(columns)


def rows(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row as the object that canonical JSON has for it, with its place. Raises ParquetUnreadable, FormatUnknown.

    The library believes what the file says of its own size: call it where memory is bounded.
    """
    try:
        frame = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError, pl.exceptions.PanicException) as error:
        raise ParquetUnreadable(reason="it is broken ({detail})", detail=_first_line(error)) from error
    if not is_documents(frame.columns):
        names = ", ".join(f"'{name[:30]}'" for name in frame.columns[:4])
        raise FormatUnknown(what="Parquet, a table with {names}", names=names)
    for number, row in enumerate(frame.iter_rows(named=True, buffer_size=ROWS), start=1):
        yield f"row {number}", _without_nulls(row)


def write_lines(path: Path, lines: Path) -> None:
    """Write the documents of a Parquet file as canonical JSON lines, a part at a time. Raises ParquetUnreadable,
    FormatUnknown."""
    try:
        scanned = pl.scan_parquet(path)
        columns = scanned.collect_schema().names()
        if not is_documents(columns):
            raise FormatUnknown(what="Parquet, a table with {names}", names=", ".join(columns[:4]))
        whole = [_whole(name, kind) for name, kind in SCHEMA.items() if name in columns]
        scanned.select(whole).sink_ndjson(lines)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ParquetUnreadable(reason="it is broken ({detail})", detail=_first_line(error)) from error


def _whole(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    """The column with what stands for null where the document has no null."""
    column = pl.col(name).cast(kind)
    if kind == _PARTY:
        named = column.struct.with_fields(pl.field("name").fill_null(""), pl.field("identifiers").fill_null([]))
        return pl.when(column.is_not_null()).then(named).alias(name)
    if kind == _PUBLICITY:
        return pl.when(column.is_not_null()).then(column).alias(name)
    if kind == _LINES:
        described = pl.element().struct.with_fields(pl.field("description").fill_null(""))
        return column.list.eval(described).fill_null([])
    if isinstance(kind, pl.List) and name != "sub_range":
        return column.fill_null([])
    if kind == pl.Boolean:
        return column.fill_null(value=False)
    return column.fill_null("") if name == "end_to_end" else column


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
