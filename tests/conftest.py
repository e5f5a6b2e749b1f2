"""What tests of several folders share: a store on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chain.store.database import Store
from tests import databases as real


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[real.Server]:
    """One PostgreSQL server for all tests of this process."""
    with real.server() as server:
        yield server


@pytest.fixture(params=real.KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[real.Databases]:
    """Whoever asks for it runs on both kinds of database."""
    with ExitStack() as stack:
        make = None
        if request.param == "postgresql":
            server: real.Server = request.getfixturevalue("postgresql_server")

            def make(template: str) -> str:
                return stack.enter_context(server.database(template=template))

        yield real.Databases(request.param, tmp_path, make)


@pytest.fixture
def store(databases: real.Databases) -> Iterator[Store]:
    """An empty store, on both kinds of database."""
    store = databases.open()
    yield store
    store.close()
