"""How fast the service reads, against bare routes that answer with the same bytes, and accepts commands, against bare inserts
(`make bench-api`)."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import cycle, repeat
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Protocol

import httpx
import psycopg
from pydantic import SecretStr
from sqlalchemy import JSON, Column, ColumnElement, Dialect, Text, cast, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from benchmarks.asking import ask, command, request
from benchmarks.full_home import FullHome, fill
from benchmarks.rows import Row
from chain.commands.accepted import CommandState
from chain.settings import Settings
from chain.store.database import Store
from chain.store.tables import audit, changes, commands

ROOT = Path(__file__).parents[1]
PIECES = 100_000
CONNECTIONS = 8
ROUNDS, SECONDS = 7, 1.5
#: Different pieces, and different places in the portfolio, that are asked for in turn.
ASKED = 500
PAGE = 50
#: Each kind of question is asked by one enterprise here, more often than one may by itself.
ENVIRONMENT = {"PEARL_API_PORT": "0", "PEARL_REQUESTS_PER_MINUTE": "1000000000", "LANG": "C", "LC_ALL": "C"}
#: The service may take so many times as long as the bare route: 1 / 0.25.
READ_LIMIT = 4.0
#: Under load 99 of 100 reads may take so many times as long as half of them do alone.
P99_LIMIT = 10
#: Disks are busy now and then: what is written is measured in so many times as many rounds, so many times as short.
WRITE_ROUNDS = 4
#: Accepting a command may take so many times as long as inserting its rows: 1 / 0.3.
WRITE_LIMIT = 3.333
USERS, LOAD_SECONDS = 200, 60


@dataclass(frozen=True)
class Kind:
    """One kind of question: paths that are asked in turn, by the owner of a key."""

    name: str
    what: str
    key: str
    paths: list[str]


def measure() -> list[Row]:
    """At full size."""
    return measured(PIECES, ROUNDS, SECONDS, USERS, LOAD_SECONDS)


def measured(pieces: int, rounds: int, seconds: float, users: int, load_seconds: int) -> list[Row]:
    """The rows for a home of so many pieces, and for so many users at once."""
    from tests.databases import server  # only who measures needs a server

    how = rounds * WRITE_ROUNDS, seconds / WRITE_ROUNDS
    with TemporaryDirectory(prefix="pearl-api-") as folder:
        settings = Settings(home=Path(folder) / "sqlite")
        made = fill(settings, pieces)
        with closing(_BareSqlite(settings.home / "bare.sqlite3")) as bare:
            rows = [*_reads(settings, made, rounds, seconds, ""), _writes(settings, made, *how, bare, "")]
        with server(is_durable=True) as databases, databases.database() as own, databases.database() as other:
            settings = Settings(home=Path(folder) / "postgresql", database_url=SecretStr(own))
            made = fill(settings, pieces)
            with closing(_BarePostgresql(other)) as bare:
                rows += _reads(settings, made, rounds, seconds, "_postgresql")
                rows.append(_writes(settings, made, *how, bare, "_postgresql"))
        return [*rows, _under_load(users, load_seconds)]


# --- reads -----------------------------------------------------------------------------------------------------------


def _kinds(made: FullHome) -> list[Kind]:
    own = made.own[:: max(1, len(made.own) // ASKED)]
    pages = [f"/v1/vouchers?limit={PAGE}", *(f"/v1/vouchers?limit={PAGE}&after={piece}" for piece in own[:-PAGE])]
    return [
        Kind("voucher", "a voucher", made.supplier.key, [f"/v1/vouchers/{piece}" for piece in own]),
        Kind("portfolio", f"a page of {PAGE} vouchers", made.supplier.key, pages),
        Kind("exposure", "a bank's exposure", made.bank.key, ["/v1/exposure"]),
    ]


def _reads(settings: Settings, made: FullHome, rounds: int, seconds: float, database: str) -> list[Row]:
    """Each kind in turn, the service and the bare route one after the other, so that both meet the same machine."""
    kinds = _kinds(made)
    with service(settings) as address:
        files = []
        for kind in kinds:
            files.append(settings.home / f"{kind.name}.json")
            files[-1].write_bytes(_body(address, kind))
        with _process("benchmarks.bare", *map(str, files)) as bare:
            taken: dict[str, tuple[list[float], list[float]]] = {kind.name: ([], []) for kind in kinds}
            for _ in range(rounds):
                for number, kind in enumerate(kinds):
                    asked = cycle([request(address, path, kind.key) for path in kind.paths])
                    own = ask(address, asked, CONNECTIONS, seconds).each
                    reference = ask(bare, repeat(request(bare, f"/{number}")), CONNECTIONS, seconds).each
                    taken[kind.name][0].append(own)
                    taken[kind.name][1].append(reference)
    rows = []
    for kind, file in zip(kinds, files, strict=True):
        own, reference = taken[kind.name]
        unit = f"ms a request: {kind.what} of {file.stat().st_size if file.exists() else 0:,} bytes"
        rows.append(
            Row(
                f"api.read_{kind.name}{database}",
                median(own) * 1e3,
                unit,
                "a bare route",
                median(reference) * 1e3,
                READ_LIMIT,
            )
        )
    together = [sum(row.value for row in rows) / len(rows), sum(row.reference_value or 0 for row in rows) / len(rows)]
    unit = f"ms a request, one of each in turn, {len(made.own):,} pieces are the supplier's"
    return [Row(f"api.read{database}", together[0], unit, "bare routes", together[1], READ_LIMIT), *rows]


def _body(address: str, kind: Kind) -> bytes:
    path = kind.paths[len(kind.paths) // 2]
    answer = httpx.get(address + path, headers={"Authorization": f"Bearer {kind.key}"}, timeout=60)
    return answer.raise_for_status().content


# --- writes ----------------------------------------------------------------------------------------------------------


def _writes(settings: Settings, made: FullHome, rounds: int, seconds: float, bare: _Bare, database: str) -> Row:
    """Commands accepted, while no worker takes them, and then the same rows inserted elsewhere, round by round."""
    invoice = {
        "recipient": "USCC:91350100M000100Y43",
        "amount": {"minor": 1, "currency": "CNY"},
        "document": "invoice|a|b",
    }
    body = json.dumps({"payments": [invoice]}).encode()
    own, reference, count = [], [], 0
    with service(settings) as address:
        store = Store.connect(settings.database)
        pieces = cycle(made.own)
        for _ in range(rounds):
            last = _newest(store)
            asked = (command(address, f"/v1/vouchers/{piece}/transfer", made.supplier.key, body) for piece in pieces)
            accepted = ask(address, asked, CONNECTIONS, seconds)
            rows = _rows_since(store, last)
            assert len(rows) == len(accepted.latencies)
            own.append(accepted.each)
            reference.append(bare.insert(rows) / len(rows))
            count += len(rows)
            with store.begin() as connection:  # so that no more of an enterprise's commands wait than may
                connection.execute(update(commands).values(state=CommandState.DECLINED.value))
        store.close()
    unit = f"ms a command accepted, {count:,} at {CONNECTIONS} connections, {bare.database}"
    return Row(f"api.write{database}", median(own) * 1e3, unit, "bare inserts", median(reference) * 1e3, WRITE_LIMIT)


#: What accepting a command writes: itself, who asked, in the log that nobody changes, and that it happened.
WRITTEN = (commands, audit, changes)
Rows = list[tuple[tuple[Any, ...], ...]]
"""Of each command its rows in `WRITTEN`."""


def _newest(store: Store) -> tuple[int, ...]:
    with store.read() as connection:
        return tuple(
            connection.scalar(select(func.coalesce(func.max(next(iter(table.primary_key))), 0))) for table in WRITTEN
        )


def _rows_since(store: Store, last: tuple[int, ...]) -> Rows:
    of_each = []
    with store.read() as connection:
        for table, number in zip(WRITTEN, last, strict=True):
            (key,) = table.primary_key
            raw = select(*(_as_written(column) for column in table.columns))
            of_each.append(connection.execute(raw.where(key > number).order_by(key)).all())
    return [tuple(tuple(row) for row in rows) for rows in zip(*of_each, strict=True)]


def _as_written(column: Column[Any]) -> ColumnElement[Any]:
    """As a driver is given it: documents as texts."""
    return cast(column, Text) if isinstance(column.type, JSON) else column


class _Bare(Protocol):
    """The same tables in a database of their own on the same disk, written without anything between."""

    database: str

    def insert(self, commands: Rows) -> float:
        """Seconds for these rows, one commit a command."""

    def close(self) -> None: ...


class _BareSqlite:
    database = "SQLite"

    def __init__(self, path: Path) -> None:
        Store.open(path).close()
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._statements = _inserts(sqlite.dialect())

    def insert(self, commands: Rows) -> float:
        started = perf_counter()
        for rows in commands:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, row in zip(self._statements, rows, strict=True):
                self._connection.execute(statement, row)
            self._connection.execute("COMMIT")
        return perf_counter() - started

    def close(self) -> None:
        self._connection.close()


class _BarePostgresql:
    database = "PostgreSQL"

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, prepare_threshold=0)
        self._statements = _inserts(postgresql.dialect(paramstyle="format"))

    def insert(self, commands: Rows) -> float:
        started = perf_counter()
        for rows in commands:
            for statement, row in zip(self._statements, rows, strict=True):
                self._connection.execute(statement, row)
            self._connection.commit()
        return perf_counter() - started

    def close(self) -> None:
        self._connection.close()


def _inserts(dialect: Dialect) -> list[str]:
    """Of each table of `WRITTEN` the statement that adds a row."""
    return [
        str(insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns]))
        for table in WRITTEN
    ]


# --- under load ------------------------------------------------------------------------------------------------------


def _under_load(users: int, seconds: int) -> Row:
    from tests.load.running import run  # only who measures needs it

    outcome = run(users, seconds)
    if not outcome.ok:
        raise RuntimeError(f"errors under load, or something was lost: {outcome}")
    read = outcome.reads["read"]
    unit = f"ms, 99 of 100 of {read.count:,} reads, {users} users"
    return Row("api.read_p99", read.p99, unit, "median alone", read.alone, P99_LIMIT)


# --- processes -------------------------------------------------------------------------------------------------------


@contextmanager
def service(settings: Settings) -> Iterator[str]:
    """The service over a home, as a process of its own. Gives its address."""
    own = {} if settings.database_url is None else {"PEARL_DATABASE_URL": settings.database_url.get_secret_value()}
    with _process("api", "--home", str(settings.home), **own) as address:
        yield address


@contextmanager
def _process(module: str, *arguments: str, **environment: str) -> Iterator[str]:
    """A module that prints where it listens, until the end."""
    started = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | ENVIRONMENT | environment,
    )  # fmt: skip
    assert started.stdout is not None
    try:
        line = started.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            raise RuntimeError(f"{module} does not say where it listens: {line!r}")
        yield found[0]
    finally:
        started.terminate()
        started.wait(timeout=60)
        started.stdout.close()
