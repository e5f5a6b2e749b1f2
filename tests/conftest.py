"""What tests of several folders share: a store on either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from chain.store.database import Store
from tests import databases as real
from tests.effort import examples

# How long a step takes says something of the machine, not of a rule.
settings.register_profile("pearl", deadline=None, max_examples=examples(100))
settings.load_profile("pearl")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[real.Server]:
    """One PostgreSQL server for all tests of this process."""
    with real.server() as server:
        yield server


@pytest.fixture
def new_databases(request: pytest.FixtureRequest) -> Iterator[Callable[[str, Path], real.Databases]]:
    """``new_databases(kind, folder)``: databases of one kind, which are dropped at the end."""
    with ExitStack() as stack:

        def make(template: str) -> str:
            server: real.Server = request.getfixturevalue("postgresql_server")
            return stack.enter_context(server.database(template=template))

        yield lambda kind, folder: real.Databases(kind, folder, make if kind == "postgresql" else None)


@pytest.fixture(params=real.KINDS)
def databases(
    request: pytest.FixtureRequest, tmp_path: Path, new_databases: Callable[[str, Path], real.Databases]
) -> real.Databases:
    """Whoever asks for it runs on both kinds of database."""
    return new_databases(request.param, tmp_path)


@pytest.fixture
def store(databases: real.Databases) -> Iterator[Store]:
    """An empty store, on both kinds of database."""
    store = databases.open()
    yield store
    store.close()
