"""A sheet as Parquet, for machines: every column has its type, and neither names nor codes change with the language."""

from __future__ import annotations

from itertools import islice
from typing import Any, BinaryIO

import polars as pl

from chain.reporting.sheet import Digest, Kind, Sheet, time_text

TYPES: dict[Kind, Any] = {
    Kind.TEXT: pl.String,
    Kind.KEY: pl.String,
    Kind.CODE: pl.String,
    Kind.KEYS: pl.List(pl.String),
    Kind.CODES: pl.List(pl.String),
    Kind.FLAG: pl.Boolean,
    Kind.INTEGER: pl.Int64,
    Kind.MONEY: pl.Int64,
    Kind.DATE: pl.Date,
    Kind.TIME: pl.Datetime("us", "UTC"),
}
#: Rows that stand in memory as Python's objects at once; the rest is packed.
ROWS_AT_ONCE = 10_000


def write_parquet(sheet: Sheet, out: BinaryIO) -> None:
    """Write it in one go; what the file says of itself stands in its metadata, since it may have no rows."""
    digest = Digest()
    rows = iter(digest.seen(sheet.rows))
    schema = {column.name: TYPES[column.kind] for column in sheet.columns}
    frames = [pl.DataFrame(schema=schema)]
    while some := list(islice(rows, ROWS_AT_ONCE)):
        frames.append(pl.DataFrame(some, schema=schema, orient="row"))
    moment = sheet.moment
    told = {
        "report": sheet.name, "reader": sheet.reader, "as_of_day": moment.day.isoformat(),
        "as_of_block": str(moment.block), "as_of_time": "" if moment.time is None else time_text(moment.time),
        "data_sha256": digest.text(),
        "units": ", ".join(f"{column.name}: {column.unit}" for column in sheet.columns if column.unit),
    }  # fmt: skip
    pl.concat(frames).write_parquet(out, metadata=told)
