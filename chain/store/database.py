"""Opening the database: SQLite inside the home or a PostgreSQL of one's own, migrated to the newest tables.

Both give the same: one unit of work writes at a time and sees all that was committed before, and a reader sees one state.
On SQLite that is BEGIN IMMEDIATE beside the write-ahead log; on PostgreSQL writers take turns by an advisory lock, and
readers have a snapshot (docs/decisions/0019).
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from chain.errors import PearlError, Unavailable
from chain.store.prepared import Prepared, Row

log = logging.getLogger("pearl.store")

#: How long a writer waits for another one, in milliseconds.
BUSY_MILLISECONDS = 30_000
#: Of PostgreSQL's advisory locks, which are the database's own, the one that writers take turns by ("pearl" in ASCII).
WRITERS_LOCK = 0x706561726C
CONNECT_SECONDS = 10
#: A connection to PostgreSQL that nobody used for so long, or since another one ended, is first asked whether it is still there,
#: which is a round trip.
REST_SECONDS = 1.0
#: Connections to an SQLite file that stay open, one for each thread that a service may have.
OPEN_FILES = 40
#: For a transaction that writes much to an SQLite file: memory for all pages that it changes, in KiB.
MUCH_KIB = 64 << 10
#: Of SQLite's log, after as many of which whoever writes much waits until it is empty, and begins at its start again.
MOST_LOG_PAGES = 25_000

Address = Path | str
"""Where a database is: the file of an SQLite database, or the URL ``postgresql://USER:PASSWORD@HOST:PORT/NAME``."""


class DatabaseAddressWrong(PearlError):
    """The address itself is not repeated: it may hold a password."""

    message = "the database's address is none that this program understands"
    next_step = "write it as postgresql://USER:PASSWORD@HOST:PORT/NAME, special characters percent-encoded"


class DatabaseNewer(PearlError):
    message = "the database was made by a newer version of this program (its tables are of revision {revision})"
    next_step = "use that version"


class DatabaseOlder(PearlError):
    message = "the database's tables are older than this program (of revision {revision})"
    next_step = "start the program again: it brings them up to date when it opens the database"


class Store:
    """One database. Every unit of work is one transaction from ``begin``; a failure inside leaves nothing behind."""

    def __init__(self, engine: Engine, alone: Engine | None = None) -> None:
        """``alone``: with connections on which each statement is a transaction of its own; else those of ``engine`` do."""
        self.engine = engine
        self.alone = alone or engine
        self._writer = threading.Lock()
        self._apart = ThreadPoolExecutor(1, "pearl-checkpoint")
        self._checkpoint: Future[int] | None = None

    @classmethod
    def open(cls, address: Address) -> Store:
        """Open (and migrate) the database at ``address``. Raises Unavailable, DatabaseAddressWrong, DatabaseNewer."""
        store = cls.connect(address)
        try:
            store.migrate()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def connect(cls, address: Address) -> Store:
        """The database at ``address`` as it is. Raises DatabaseAddressWrong."""
        if isinstance(address, Path):
            return cls(_sqlite(address))
        url = _url(address)
        # That a transaction begins and ends are two round trips; to make a connection one of those on which none does, is work.
        # What is asked alone is `Prepared`: to plan it anew each time takes the server longer than to answer it.
        alone = _postgresql(url, "-c plan_cache_mode=force_generic_plan", isolation_level="AUTOCOMMIT")
        return cls(_postgresql(url), alone)

    @classmethod
    def exists(cls, address: Address) -> bool:
        """Whether a store was ever made there; nothing is made now. Raises Unavailable, DatabaseAddressWrong."""
        if isinstance(address, Path):
            return address.exists()
        store = cls.connect(address)
        try:
            return store.revision() is not None
        finally:
            store.close()

    def revision(self) -> str | None:
        """The tables' revision; None where there are none."""
        with self.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def check(self) -> None:
        """Whether it answers and has the tables of this program. Raises Unavailable, DatabaseNewer, DatabaseOlder."""
        now, known = self.revision(), revisions()
        if now != known[-1]:
            raise DatabaseOlder(revision=now) if now in known or now is None else DatabaseNewer(revision=now)

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables up to ``revision`` (Alembic). Raises DatabaseNewer."""
        self._alembic(command.upgrade, revision)

    def downgrade(self, revision: str) -> None:
        """Bring the tables back to an older ``revision``; ``base`` is none at all."""
        self._alembic(command.downgrade, revision)

    def _alembic(self, act: Callable[[Config, str], None], revision: str) -> None:
        config = migrations()
        with self.begin() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
            if now is not None and now not in revisions():
                raise DatabaseNewer(revision=now)
            config.attributes["connection"] = connection
            act(config, revision)
        self._hang_up()  # statements that PostgreSQL has prepared know the tables as they were

    @contextmanager
    def begin(self, *, much: bool = False) -> Iterator[Connection]:
        """One transaction that writes: alone, and on what all others before it have left. ``much``: megabytes, by someone who
        goes on with more, and does it again where the power failed; what SQLite then does with its log is done beside that."""
        with self._turn(), self._transaction(writes=True, much=much) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS_LOCK})
            yield connection
        if much and self.engine.dialect.name == "sqlite":
            self._empty_log_apart()

    def _empty_log_apart(self) -> None:
        """Have SQLite's log copied into the file while others go on. It grows until a transaction begins that finds nothing in
        it; so where it is long, this waits."""
        last, self._checkpoint = self._checkpoint, None
        pages = last.result() if last else 0
        with suppress(RuntimeError):  # closed meanwhile: whoever opens it next does that
            self._checkpoint = self._apart.submit(self._empty_log)
        if pages >= MOST_LOG_PAGES and self._checkpoint:
            self._checkpoint.result()
            self._checkpoint = None

    def _empty_log(self) -> int:
        """Copy what SQLite's write-ahead log holds into the file. Returns the pages of the log; 0 where that could not be done,
        which is tried again after the next transaction, as what was committed is in the log."""
        try:
            with self.engine.connect() as connection:
                _, pages, _ = _driver(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                return int(pages)
        except Exception as error:
            log.warning("the database's log was not copied into its file: %(reason)s", {"reason": type(error).__name__})
            return 0

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process after the other. Among processes it is a lock of the database: SQLite sleeps on it and looks
        again, ever longer, so that eight threads at that write a quarter of what they do in turns; on PostgreSQL each of them
        would keep a connection from those that read."""
        if not self._writer.acquire(timeout=BUSY_MILLISECONDS / 1_000):
            raise Unavailable(what="the database")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot; nothing is written."""
        with self._transaction(writes=False) as connection:
            yield connection

    def ask(self, question: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
        """What one statement finds that writes nothing; it is a snapshot by itself. Raises Unavailable."""
        try:
            if self.tells_version_at_once:
                return self._asking.ask(question, values)
            with self.alone.connect() as connection:
                return question.rows(connection, values)
        except sqlite3.Error as error:
            raise Unavailable(what="the database") from error
        except (OperationalError, TimeoutError) as error:
            if _is_wrong(error):
                raise
            raise Unavailable(what="the database") from error

    @property
    def tells_version_at_once(self) -> bool:
        """Whether `version` waits for nobody: it then looks at memory that is shared with whoever writes."""
        return self.engine.dialect.name == "sqlite"

    def version(self) -> Hashable:
        """Two equal answers mean that nothing was committed between them, by this process or another. Raises Unavailable."""
        try:
            if self.tells_version_at_once:
                return self._watch.version()
            # A snapshot is the transactions that it sees: equal ones see the same.
            return str(self.ask(_SNAPSHOT, {})[0][0])
        except sqlite3.Error as error:
            raise Unavailable(what="the database") from error

    @cached_property
    def _watch(self) -> _Watch:
        return _Watch(str(self.engine.url.database))

    @cached_property
    def _asking(self) -> _Asking:
        return _Asking(self.engine)

    @contextmanager
    def _transaction(self, *, writes: bool, much: bool = False) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    # Each statement of the one writer sees what is committed; a reader's all see the same.
                    isolation = "READ COMMITTED" if writes else "REPEATABLE READ"
                    connection.execution_options(isolation_level=isolation, postgresql_readonly=not writes)
                connection.info["writes"] = writes
                with _room_for_much(connection) if much else nullcontext(), connection.begin():
                    yield connection
        except (OperationalError, TimeoutError) as error:
            if _is_wrong(error):
                raise
            raise Unavailable(what="the database") from error

    def close(self) -> None:
        if "_watch" in self.__dict__:
            self._watch.close()
            del self._watch
        if "_asking" in self.__dict__:
            self._asking.close()
            del self._asking
        self._apart.shutdown()
        self._hang_up()

    def _hang_up(self) -> None:
        for engine in {self.engine, self.alone}:
            engine.dispose()


def _is_wrong(error: SQLAlchemyError) -> bool:
    """Whether it is the statement that is wrong, for which SQLite has the same class as for a disk that is gone."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"


_SNAPSHOT = Prepared(select(func.pg_current_snapshot()))
_BEGIN, _BEGIN_TO_WRITE = Prepared(text("BEGIN")), Prepared(text("BEGIN IMMEDIATE"))


class _Watch:
    """A connection to an SQLite file on which nothing is ever written: all commits are others', which SQLite counts."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def version(self) -> int:
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class _Asking:
    """Connections to an SQLite file for questions that stand alone. Nothing is ever written on them, so they need none of what a
    pool does with a connection before and after it is used, which takes as long as the question."""

    def __init__(self, engine: Engine) -> None:
        self._path = str(engine.url.database)
        self._dialect = engine.dialect
        self._idle: list[sqlite3.Connection] = []

    def ask(self, question: Prepared, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            driver = self._idle.pop()
        except IndexError:
            driver = self._another()
        try:
            return question.ask(driver, self._dialect, values)
        finally:
            self._idle.append(driver)

    def _another(self) -> sqlite3.Connection:
        seconds = BUSY_MILLISECONDS / 1_000
        driver = sqlite3.connect(self._path, seconds, isolation_level=None, check_same_thread=False)
        driver.execute("PRAGMA query_only=ON")
        return driver

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def migrations() -> Config:
    """Alembic's settings: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", "chain:store/migrations")
    return config


@cache
def revisions() -> tuple[str, ...]:
    """All revisions that this program knows, the oldest first; the folder is read once."""
    script = ScriptDirectory.from_config(migrations())
    return tuple(entry.revision for entry in script.walk_revisions())[::-1]


def _sqlite(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_MILLISECONDS / 1_000},
        hide_parameters=True,
        pool_size=OPEN_FILES,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # Python's driver must not open transactions by itself: a write starts with BEGIN IMMEDIATE below, so two
        # processes that allot nonces wait for each other instead of failing at commit.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        (_BEGIN_TO_WRITE if connection.info.get("writes") else _BEGIN).rows(connection, {})

    return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, on which no statement begins a transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


@contextmanager
def _room_for_much(connection: Connection) -> Iterator[None]:
    """On SQLite: no page leaves memory before the commit, which leaves them all in the log, and does not wait for the disk."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = _driver(connection)
    meanwhile = {"cache_size": f"-{MUCH_KIB}", "wal_autocheckpoint": "0", "synchronous": "NORMAL"}
    usual = {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in meanwhile}
    try:
        for name, value in meanwhile.items():
            driver.execute(f"PRAGMA {name}={value}")
        yield
    finally:
        for name, value in usual.items():
            driver.execute(f"PRAGMA {name}={value}")


def _postgresql(url: URL, option: str = "", **more: Any) -> Engine:
    options = f"-c lock_timeout={BUSY_MILLISECONDS} {option}"
    engine = create_engine(
        url, connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "pearl", "options": options},
        hide_parameters=True, max_overflow=5,
        # The one that was used last is taken again: the server has prepared its statements, and others may rest.
        pool_use_lifo=True, **more,
    )  # fmt: skip

    last_ended = -math.inf

    @event.listens_for(engine, "invalidate")
    def ended(_connection: object, _record: object, _error: object) -> None:
        nonlocal last_ended
        last_ended = time.monotonic()

    @event.listens_for(engine, "checkin")
    def rests(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def is_it_there(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get("rests_since", math.inf)
        if since <= last_ended or time.monotonic() - since > REST_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError() from error  # the pool takes another one

    return engine


def _url(address: str) -> URL:
    """The address with the driver that is used here. What the parser says of a wrong one is left out: it may quote it."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise DatabaseAddressWrong() from None
    if url.drivername not in ("postgresql", "postgres"):
        raise DatabaseAddressWrong()
    return url.set(drivername="postgresql+psycopg")
