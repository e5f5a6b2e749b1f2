"""Opening the database: an engine with the pragmas that a ledger needs, migrated to the newest tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event


class Store:
    """One database. Every unit of work is one transaction from ``begin``; a failure inside leaves nothing behind."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open (and migrate) the SQLite database at ``path``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

        @event.listens_for(engine, "connect")
        def configure(connection, _record) -> None:  # type: ignore[no-untyped-def]
            # Python's driver must not open transactions by itself: a write starts with BEGIN IMMEDIATE below, so two
            # processes that allot nonces wait for each other instead of failing at commit.
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("writes") else "BEGIN")

        store = cls(engine)
        store.migrate()
        return store

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to ``revision`` (Alembic)."""
        config = Config()
        config.set_main_option("script_location", "chain:store/migrations")
        with self.engine.connect() as connection:
            connection.info["writes"] = True
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, revision)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction that writes."""
        with self.engine.connect() as connection:
            connection.info["writes"] = True
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info["writes"] = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot; nothing is written."""
        with self.engine.connect() as connection:
            connection.info["writes"] = False
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()
