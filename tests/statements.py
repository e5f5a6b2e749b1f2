"""What a store is asked: every statement as its database's driver gets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from chain.store.database import Store

Asked = list[tuple[str, Any]]
"""Statements with their values."""


@contextmanager
def asked_of(store: Store) -> Iterator[Asked]:
    """The statements that are asked meanwhile, whoever asks them, without those that begin and end transactions."""
    dialect = store.engine.dialect
    execute, executemany = dialect.do_execute, dialect.do_executemany
    asked: Asked = []

    def one(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        if not statement.startswith("BEGIN"):
            asked.append((statement, values))
        execute(cursor, statement, values, context)

    def many(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        asked.append((statement, values))
        executemany(cursor, statement, values, context)

    with patch.object(dialect, "do_execute", one), patch.object(dialect, "do_executemany", many):
        yield asked


def plan_of(store: Store, statement: str, values: Any) -> list[str]:
    """How SQLite goes about a statement, step by step."""
    with store.read() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
