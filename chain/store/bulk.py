"""Many rows at once, without what SQLAlchemy does for each value: the statement is its, the rows go straight to the driver.

Only for tables of plain columns (numbers, texts, bytes, truth values), which drivers take as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from chain.store.tables import FIXED

#: Values in one question to SQLite, which takes 32,766.
MOST_VALUES = 32_000
#: Values in one statement that writes: those of more do not stay in the processor's cache.
WRITTEN_TOGETHER = 3_200
#: Rows that are not worth a statement of their number.
_FEW = 30

Values = Sequence[Any]
"""One row, in the order of its table's columns."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows that are not there. Raises IntegrityError."""
    _execute(connection, table, _plain, rows)


def write_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert the rows, or change those whose key is there, but for columns that are `FIXED`."""
    _execute(connection, table, _upsert, rows)


def _execute(
    connection: Connection, table: Table, make: Callable[[Dialect, Table], Insert], rows: Sequence[Values]
) -> None:  # fmt: skip
    if not rows:
        return
    text, names = _statement(connection.dialect, table, make)
    if names:
        connection.exec_driver_sql(text, [dict(zip(names, row, strict=True)) for row in rows])
        return
    start, together = 0, WRITTEN_TOGETHER // len(table.columns)
    while len(rows) - start > _FEW and together:
        while len(rows) - start >= together:
            values = tuple(chain.from_iterable(rows[start : start + together]))
            connection.exec_driver_sql(_of_many(text, len(table.columns), together), values)
            start += together
        together //= 10
    if start < len(rows):
        connection.exec_driver_sql(text, rows[start:])


@lru_cache(maxsize=100)
def _of_many(text: str, columns: int, count: int) -> str:
    """The statement of one row for so many. While a statement runs, other threads do: one that takes thousands of rows runs
    for long enough."""
    one = f"({', '.join('?' * columns)})"
    return text.replace(f"VALUES {one}", f"VALUES {', '.join([one] * count)}")


def _plain(dialect: Dialect, table: Table) -> Insert:
    return table.insert()


def _upsert(dialect: Dialect, table: Table) -> Insert:
    insert: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    )
    key = list(table.primary_key.columns)
    # An index is not touched by a change of other columns.
    free = [column.name for column in table.columns if not column.primary_key and not column.info.get(FIXED)]
    changed = {name: insert.excluded[name] for name in free}
    return (
        insert.on_conflict_do_update(index_elements=key, set_=changed)
        if changed
        else insert.on_conflict_do_nothing(index_elements=key)
    )


_statements: dict[tuple[str, Table, Callable[[Dialect, Table], Insert]], tuple[str, list[str]]] = {}


def _statement(
    dialect: Dialect, table: Table, make: Callable[[Dialect, Table], Insert]
) -> tuple[str, list[str]]:  # fmt: skip
    """The statement as text, and the names of the values where the driver wants them by name."""
    place = dialect.name, table, make
    if place not in _statements:
        names = [column.name for column in table.columns]
        compiled = make(dialect, table).compile(dialect=dialect, column_keys=names)
        _statements[place] = str(compiled), [] if compiled.positional else names
    return _statements[place]
