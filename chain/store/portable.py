"""All rows of a store as text that either database takes in again: one JSON list a row, in the order of the columns.

Numbers, texts, truth values and JSON stand as they are, bytes as hexadecimal digits. A table's first line names its columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from alembic import command
from sqlalchemy import JSON, Connection, Integer, LargeBinary, MetaData, Table, func, insert, inspect, select, text

from chain.store.database import Store, migrations
from chain.store.tables import metadata

#: Rows that are read or written at once.
TOGETHER = 1_000

Lines = Iterator[bytes]


def row_counts(connection: Connection) -> dict[str, int]:
    """Table → its rows, in an order in which what is referred to comes first."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def dump(connection: Connection, name: str) -> Lines:
    """The lines of one table, in the order of its key."""
    table = metadata.tables[name]
    binary = [isinstance(column.type, LargeBinary) for column in table.columns]
    yield _line([column.name for column in table.columns])
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=TOGETHER)
    for row in connection.execute(statement):
        yield _line([v.hex() if is_bytes and v is not None else v for v, is_bytes in zip(row, binary, strict=True)])


def load(store: Store, revision: str, tables: Iterable[tuple[str, Lines]], loaded: Callable[[int], None]) -> None:
    """Fill an empty database with tables of ``revision``, bring them up to date, all of it or nothing.

    ``loaded`` is told how many rows came in. Raises ValueError where lines are none that `dump` wrote.
    """
    config = migrations()
    with store.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        known = MetaData()
        known.reflect(connection)
        for name, lines in tables:
            table = known.tables[name]
            _fill(connection, table, lines, loaded)
            _count_on(connection, table)
        command.upgrade(config, "head")


def is_empty(store: Store) -> bool:
    """Whether there is no table at all."""
    with store.read() as connection:
        return not inspect(connection).get_table_names()


def _fill(connection: Connection, table: Table, lines: Lines, loaded: Callable[[int], None]) -> None:
    names = json.loads(next(lines))
    columns = [table.columns[name] for name in names]
    for column in columns:
        if isinstance(column.type, JSON) and column.nullable:
            column.type = type(column.type)(none_as_null=True)
    binary = [isinstance(column.type, LargeBinary) for column in columns]
    while together := list(islice(lines, TOGETHER)):
        rows = [
            {
                name: bytes.fromhex(value) if is_bytes and value is not None else value
                for name, value, is_bytes in zip(names, json.loads(line), binary, strict=True)
            }
            for line in together
        ]
        connection.execute(insert(table), rows)
        loaded(len(rows))


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's own counters go on behind what was given; SQLite looks at the rows."""
    keys = list(table.primary_key)
    if connection.dialect.name != "postgresql" or len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return
    place = {"table": f'"{table.name}"', "column": keys[0].name}
    counter = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), place).scalar()
    highest = connection.execute(select(func.max(keys[0]))).scalar()
    if counter is not None and highest is not None and highest > 0:  # counters begin at 1 by themselves
        connection.execute(text("SELECT setval(:counter, :highest)"), {"counter": counter, "highest": highest})


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
