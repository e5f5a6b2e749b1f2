"""A recorded plan carried out, mined and booked, against the same transactions from a bare loop (`make bench-service`)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import requests
from pydantic import SecretStr
from sqlalchemy import select

from benchmarks.rows import Row
from chain.commands.enrol import enrol
from chain.commands.ingest import ingest
from chain.commands.plan import make_plan
from chain.commands.run import run
from chain.commands.verify import verify
from chain.commands.workspace import Workspace, open_workspace
from chain.settings import Settings
from chain.store.tables import operations
from chain.world.generator import make_world
from chain.world.writing import write_world

PIECES = 10_000
#: Documents of a generated world for each piece that its plan makes, and enterprises for each piece; about.
DOCUMENTS_A_PIECE, ENTERPRISES_A_PIECE = 9, 0.25
SEED = 11
#: The service may take so many times as long as the bare loop: 1 / 0.35.
LIMIT = 2.857


def measure() -> list[Row]:
    """Both databases, at full size."""
    return measured(PIECES)


def measured(pieces: int) -> list[Row]:
    """The rows for a plan of about so many pieces: seconds for a thousand of them."""
    from tests.databases import server  # only who measures needs a server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pearl-service-")))
        postgresql = stack.enter_context(stack.enter_context(server()).database())
        return [
            _measured("service.rate", pieces, Settings(home=folder / "sqlite"), "SQLite"),
            _measured(
                "service.rate_postgresql", pieces,
                Settings(home=folder / "postgresql", database_url=SecretStr(postgresql)), "PostgreSQL",
            ),
        ]  # fmt: skip


def _measured(name: str, pieces: int, settings: Settings, database: str) -> Row:
    with open_workspace(settings) as workspace:
        plan = _planned(workspace, pieces)
        before = workspace.web3.provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
        last = _newest_operation(workspace)
        started = perf_counter()
        made = len(run(workspace, plan).pieces)
        taken = perf_counter() - started
        report = verify(workspace)
        assert report.ok, report.differences
        raw = _signed_since(workspace, last)
        workspace.web3.provider.make_request("evm_revert", [before])  # type: ignore[arg-type]
        bare = _bare(workspace.endpoint, raw)
    unit = f"s a thousand pieces, {made:,} pieces in {len(raw):,} transactions, {database}"
    return Row(name, taken * 1e3 / made, unit, "a bare loop", bare * 1e3 / made, LIMIT)


def _planned(workspace: Workspace, pieces: int) -> int:
    """A plan of about so many pieces in a home whose parties are enrolled and whose documents are read."""
    enterprises, documents = max(40, int(pieces * ENTERPRISES_A_PIECE)), pieces * DOCUMENTS_A_PIECE
    world = make_world(SEED, date.today(), enterprises=enterprises, documents=documents)
    papers = workspace.settings.home / "documents"
    write_world(world, papers)
    enrol(workspace, world.network)
    ingest(workspace, [papers / batch.name for batch in world.batches])
    number, _ = make_plan(workspace, world.currency)
    return number


def _newest_operation(workspace: Workspace) -> int:
    with workspace.store.read() as connection:
        return max(connection.scalars(select(operations.c.id)))


def _signed_since(workspace: Workspace, last: int) -> list[str]:
    """What was signed after an operation and mined, in the order of the chain."""
    in_order = operations.c.block_number, operations.c.transaction_index
    with workspace.store.read() as connection:
        hashes = connection.scalars(
            select(operations.c.transaction_hash)
            .where(operations.c.id > last, operations.c.block_number.is_not(None))
            .order_by(*in_order)
        ).all()
    return [workspace.web3.eth.get_raw_transaction(one).to_0x_hex() for one in hashes]  # type: ignore[arg-type]


def _bare(endpoint: str, raw: list[str]) -> float:
    """Seconds in which the node takes these, one after the other, each with its receipt."""
    with requests.Session() as session:

        def ask(method: str, *parameters: str) -> Any:
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
            return session.post(endpoint, json=asked).json()["result"]

        started = perf_counter()
        for one in raw:
            sent, receipt = ask("eth_sendRawTransaction", one), None
            while receipt is None:
                receipt = ask("eth_getTransactionReceipt", sent)
            assert receipt["status"] == "0x1"
        return perf_counter() - started
