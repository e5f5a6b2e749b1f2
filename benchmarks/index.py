"""Reading a chain of 1,000,000 events: decoded, stored, and folded into the books (`make bench-index`).

A node of its own process tells a range of events as the contracts write them (`benchmarks.told_events`). Every way of reading it
is a process of its own, so that its memory is its own too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import urllib3
from web3 import HTTPProvider, Web3

from benchmarks.rows import Row
from benchmarks.stage import PROJECT
from benchmarks.told_events import load, told_chain
from chain.books.named import Named
from chain.indexing.endpoints import Endpoints
from chain.indexing.fetching import Fetcher
from chain.indexing.indexer import Indexer
from chain.issuance.compilation import build
from chain.issuance.contracts import Contracts
from chain.issuance.deployment import deployment_plan
from chain.issuance.interfaces import interface
from chain.store.database import Store

SMALL, LARGE = 250_000, 1_000_000
#: How many events web3.py decodes; it takes as long for each of more.
OF_WEB3 = 10_000
#: What is compared takes turns so often, and the middle one of each counts: a machine is not as fast all the time.
ROUNDS = 3
DEPLOYER = "0x00000000000000000000000000000000000000A1"
MIB = 1 << 20


class Taken(NamedTuple):
    """What one way of reading took."""

    events: int
    seconds: float
    memory_bytes: int
    """The most that the process held more than before it began."""

    @property
    def microseconds(self) -> float:
        return self.seconds / self.events * 1e6


def measure() -> list[Row]:
    """Read the same range in every way, and a smaller one for its memory."""
    return measured(SMALL, LARGE, OF_WEB3)


def measured(small: int, large: int, of_web3: int) -> list[Row]:
    """The rows of ranges of these sizes."""
    with TemporaryDirectory() as folder:
        contracts = _contracts("http://127.0.0.1:1")
        for name, count in (("small", small), ("large", large)):
            told_chain(contracts.decoder, contracts.addresses, Path(folder) / name, count)
        with _node(Path(folder) / "small") as url:
            little = _apart(_folded, url, folder)
        with _node(Path(folder) / "large") as url:
            web3 = _apart(_by_web3, url, of_web3)
            decoded = _apart(_decoded, url)
            taken = [
                (_apart(_fetched, url), _apart(_stored, url, folder), _apart(_folded, url, folder))
                for _ in range(ROUNDS)
            ]
    fetched, stored, folded = (
        sorted(rounds, key=lambda one: one.seconds)[ROUNDS // 2] for rounds in zip(*taken, strict=True)
    )
    fetching = "urllib3 and json.loads of the same answers, and nothing else", fetched.microseconds
    return [
        Row(
            "index.vs_web3", decoded.microseconds, "µs an event, fetched and decoded",
            "web3.py's contract.events….get_logs", web3.microseconds, limit=1 / 20,
        ),
        Row("index.vs_fetch", stored.microseconds, "µs an event, stored raw", *fetching, limit=1 / 0.5),
        Row("index.folded_vs_fetch", folded.microseconds, "µs an event, stored and folded", *fetching, limit=1 / 0.25),
        Row(
            "index.memory", folded.memory_bytes / MIB, f"MiB more than at its start, {folded.events:,} events",
            f"{little.events:,} events", little.memory_bytes / MIB, limit=1.25,
        ),
    ]  # fmt: skip


def _contracts(url: str) -> Contracts:
    artifacts = build(PROJECT)
    return Contracts(Web3(HTTPProvider(url)), artifacts, deployment_plan(artifacts, DEPLOYER, 0).addresses)


# --- ways of reading ---------------------------------------------------------------------------------------------------


def _fetched(url: str) -> tuple[int, float]:
    """The logs as JSON, in the ranges that the indexer asks for."""
    started = perf_counter()
    pool = urllib3.PoolManager()

    def ask(method: str, *parameters: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        return json.loads(pool.request("POST", url, body=body).data)["result"]

    count, head, step = 0, int(ask("eth_blockNumber"), 16), 40
    for first in range(0, head + 1, step):
        count += len(ask("eth_getLogs", {"fromBlock": hex(first), "toBlock": hex(min(first + step - 1, head))}))
    return count, perf_counter() - started


class _Decoding(Fetcher):
    """Decodes all events, also those that the books do not change by, and keeps none of them."""

    count = 0

    def _decoded(self, logs: Any) -> Any:
        for log in logs:
            shape = self._decoder.shape(log.address, log.topics)
            if shape is not None:
                shape.arguments(log.topics, log.data)
                self.count += 1
        return [], [], Named({}, {})


class _Storing(Indexer):
    """Keeps all events raw, and decodes and folds none of them."""

    def __init__(self, store: Store, contracts: Contracts) -> None:
        super().__init__(store, contracts)
        names = {name for _, name in contracts.decoder.known}
        self._fetcher = Fetcher(self._endpoints, contracts.decoder, contracts.addresses.values(), names)

    def _fold(self, *_: Any) -> None:
        return


def _decoded(url: str) -> tuple[int, float]:
    contracts = _contracts(url)
    fetcher = _Decoding(Endpoints([url]), contracts.decoder, contracts.addresses.values(), ())
    first = 0
    started = perf_counter()
    head = fetcher.endpoints.head()
    while first <= head:
        fetched = fetcher.fetch(first, head)
        assert fetched is not None
        first = fetched.last + 1
    return fetcher.count, perf_counter() - started


def _stored(url: str, folder: str) -> tuple[int, float]:
    return _read(_Storing, url, Path(folder) / "stored.sqlite3")


def _folded(url: str, folder: str) -> tuple[int, float]:
    return _read(Indexer, url, Path(folder) / "folded.sqlite3")


def _read(kind: type[Indexer], url: str, path: Path) -> tuple[int, float]:
    store = Store.open(path)
    indexer = kind(store, _contracts(url))
    started = perf_counter()
    indexer.catch_up()
    seconds = perf_counter() - started
    with store.read() as connection:
        count = connection.exec_driver_sql("select count(*) from events").scalar_one()
    store.close()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return int(count), seconds


def _by_web3(url: str, most: int) -> tuple[int, float]:
    """Each kind of event asked for and decoded by web3.py; the node has looked for each of them before."""
    contracts = _contracts(url)
    blocks = max(1, most // 250)
    asked = []
    for name in ("Participants", "TradeRegistry", "CreditLedger"):
        contract = contracts.web3.eth.contract(contracts.addresses[name], abi=interface(contracts.artifacts, name))
        asked += [event() for event in contract.events]
    wanted = [event for event in asked if contracts.web3.eth.get_logs(_filter(event, blocks))]
    started = perf_counter()
    count = sum(len(event.get_logs(from_block=0, to_block=blocks)) for event in wanted)
    return count, perf_counter() - started


def _filter(event: Any, blocks: int) -> Any:
    return {"fromBlock": 0, "toBlock": blocks, "address": event.address, "topics": [event.topic]}


# --- processes ---------------------------------------------------------------------------------------------------------


def _apart(read: Callable[..., tuple[int, float]], *arguments: Any) -> Taken:
    """Run it in a fresh process."""
    context = get_context("spawn")
    mine, other = context.Pipe()
    process = context.Process(target=_run, args=(other, read, arguments))
    process.start()
    other.close()
    try:
        return Taken(*mine.recv())
    finally:
        process.join()


def _run(pipe: Pipe, read: Callable[..., tuple[int, float]], arguments: tuple[Any, ...]) -> None:
    build(PROJECT)
    before = getrusage(RUSAGE_SELF).ru_maxrss
    count, seconds = read(*arguments)
    pipe.send((count, seconds, (getrusage(RUSAGE_SELF).ru_maxrss - before) * 1024))


@contextmanager
def _node(path: Path) -> Any:
    """A node in a process of its own that tells the chain at ``path``."""
    context = get_context("spawn")
    mine, other = context.Pipe()
    process = context.Process(target=_serve, args=(other, path))
    process.start()
    try:
        yield mine.recv()
    finally:
        mine.send(None)
        process.join()


def _serve(pipe: Pipe, path: Path) -> None:
    with load(path).serve() as url:
        pipe.send(url)
        pipe.recv()
