"""A database whose disk fails now and then, and whose writers wait for each other on the simulated clock."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from chain.store.database import BUSY_MILLISECONDS, Store
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import Weather


class Disk:
    """What all processes with one database share: who writes, and how often it fails."""

    def __init__(self, scheduler: Scheduler, weather: Weather) -> None:
        self.scheduler = scheduler
        self.weather = weather
        self.writer: Any = None

    def open(self, path: Path) -> Store:
        """The database for one process. Each statement, and each end of a transaction, is a step of its own."""
        store = Store.connect(path)
        dialect = store.engine.dialect
        execute, executemany = dialect.do_execute, dialect.do_executemany
        commit, rollback = dialect.do_commit, dialect.do_rollback

        def do_execute(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
            if statement == "BEGIN IMMEDIATE":
                self._begin()
            else:
                self._step("database fails at a statement")
            execute(cursor, statement, parameters, context)

        def do_executemany(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
            self._step("database fails at a statement")
            executemany(cursor, statement, parameters, context)

        def do_commit(connection: Any) -> None:
            if self.writer is None or self.writer is not self.scheduler.current:
                commit(connection)
                return
            self._step("commit fails")
            commit(connection)
            self.writer = None
            self._step("commit fails after it took effect")

        def do_rollback(connection: Any) -> None:
            rollback(connection)
            if self.writer is not None and self.writer is self.scheduler.current:
                self.writer = None

        dialect.do_execute, dialect.do_executemany = do_execute, do_executemany
        dialect.do_commit, dialect.do_rollback = do_commit, do_rollback  # type: ignore[method-assign]
        return store

    def _begin(self) -> None:
        if self.scheduler.current is None:
            return
        self._step("database fails at begin")
        until = self.scheduler.now + BUSY_MILLISECONDS / 1_000
        while self.writer is not None:
            if self.scheduler.now > until:
                raise sqlite3.OperationalError("database is locked")
            self.scheduler.pause(0.1)
        self.writer = self.scheduler.current

    def _step(self, fault: str) -> None:
        if self.scheduler.current is None:
            return
        self.scheduler.pause()
        if self.weather.strikes(fault):
            raise sqlite3.OperationalError(f"disk I/O error: {fault}")
