"""What a store is asked: every statement as its database's driver gets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Dialect

from chain.store.database import Store

Asked = list[tuple[str, Any]]
"""Statements with their values."""


@contextmanager
def asked_of(store: Store) -> Iterator[Asked]:
    """The statements that are asked meanwhile, whoever asks them, without those that begin and end transactions."""
    asked: Asked = []
    with ExitStack() as stack:
        for dialect in {engine.dialect for engine in (store.engine, store.alone)}:
            stack.enter_context(_kept(dialect, asked))
        yield asked


@contextmanager
def _kept(dialect: Dialect, asked: Asked) -> Iterator[None]:
    execute, executemany = dialect.do_execute, dialect.do_executemany

    def one(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        if not statement.startswith("BEGIN"):
            asked.append((statement, values))
        execute(cursor, statement, values, context)

    def many(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        asked.append((statement, values))
        executemany(cursor, statement, values, context)

    with patch.object(dialect, "do_execute", one), patch.object(dialect, "do_executemany", many):
        yield


def plan_of(store: Store, statement: str, values: Any) -> list[str]:
    """How SQLite goes about a statement, step by step."""
    with store.read() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
