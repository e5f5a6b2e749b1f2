"""Many rows at once, without what SQLAlchemy does for each value: the statement is its, the rows go straight to the driver.

Only for tables of plain columns (numbers, texts, bytes, truth values), which drivers take as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

#: What SQLite takes is 32,766.
VALUES_A_STATEMENT = 10_000

Values = Sequence[Any]
"""One row, in the order of its table's columns."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows that are not there. Raises IntegrityError."""
    _execute(connection, table, _plain, rows)


def write_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert the rows, or change those whose key is there."""
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
    one = f"({', '.join('?' * len(table.columns))})"
    together = VALUES_A_STATEMENT // len(table.columns)
    whole = len(rows) // together * together
    if whole:
        # SQLite lets go of Python only within a statement: rows one by one would wait for other threads after each.
        many = text.replace(one, ", ".join([one] * together), 1)
        for start in range(0, whole, together):
            connection.exec_driver_sql(many, tuple(chain.from_iterable(rows[start : start + together])))
    if whole < len(rows):
        connection.exec_driver_sql(text, rows[whole:])  # type: ignore[arg-type]


def _plain(dialect: Dialect, table: Table) -> Insert:
    return table.insert()


def _upsert(dialect: Dialect, table: Table) -> Insert:
    insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    key = list(table.primary_key.columns)
    changed = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
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
