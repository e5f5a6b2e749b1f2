"""Many trades matched side by side in processes: the same `match_trade` as for one, and only columns come back.

A process gets the file of lines, what keepers say, and then trades as places of their documents; it decodes these itself.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import polars as pl

from chain.documents.lines import Lines
from chain.documents.model import Finding, TradeDocument
from chain.documents.shelf import Shelf
from chain.documents.trade.matching import TradeMatch, match_trade
from chain.documents.trade.papers import Paper
from chain.documents.warehouses import Warehouses
from chain.graph.frame import Row, frame_of
from chain.graph.lots import SELLING, lots_of

#: Documents in one task: large enough that sending it costs nothing, small enough that processes end together.
TASK_DOCUMENTS = 20_000
#: Below this, starting processes takes longer than they save.
FEW_DOCUMENTS = 30_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What every trade is held against."""

    lines: Path
    origin: Path
    """The file that documents are said to come from."""
    warehouses: Warehouses
    groups: Mapping[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Task:
    """Trades: number, seller, buyer, and place, key and standing of each document (`Shelf.standing`)."""

    trades: list[tuple[int, str, str, list[int], list[str], list[tuple[bool, bool, bool, bool]]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a task."""

    frame: pl.DataFrame
    findings: dict[int, tuple[Finding, ...]]
    """Of the trades that have any."""
    lots: list[tuple[str, int]]
    """Lot and place of each document that sells one."""


class Matchers:
    """Processes that match trades. They begin when this is made, which takes them some seconds, and end with its context."""

    def __init__(self, workers: int) -> None:
        self._folder = TemporaryDirectory(prefix="pearl-matching-")
        self._facts = Path(self._folder.name) / "facts"
        # 'spawn', since a fork of a process with threads (Polars, the API) may hang.
        self._pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (self._facts,))
        for _ in range(workers):
            self._pool.submit(_nothing)

    def __enter__(self) -> Matchers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def match_all(self, shelf: Shelf, groups: Mapping[str, str], today: date) -> Iterator[Answer]:
        """All trades of a shelf that stands on a file of lines, in its order; once."""
        assert shelf.lines is not None
        facts = Facts(shelf.lines.path, shelf.lines.origin, shelf.warehouses, groups, today)
        self._facts.write_bytes(pickle.dumps(facts))
        for answer in self._pool.map(_match, _tasks(shelf)):
            yield _decode(*answer)


def _tasks(shelf: Shelf) -> Iterator[Task]:
    trades: list[tuple[int, str, str, list[int], list[str], list[tuple[bool, bool, bool, bool]]]] = []
    count = 0
    for trade in shelf.in_order():
        places = shelf.places_of(trade)
        keys = [shelf.keys[place] for place in places]
        standings = [shelf.standing(place, trade) for place in places]
        trades.append((trade, *shelf.parties(trade), places, keys, standings))
        count += len(places)
        if count >= TASK_DOCUMENTS:
            yield Task(trades)
            trades, count = [], 0
    if trades:
        yield Task(trades)


_FACTS: list[Path] = []
"""In a process of `Matchers`: where it finds, once there is something to do, what trades are held against."""


def _begin(facts: Path) -> None:
    _FACTS[:] = [facts]


def _nothing() -> None:
    """Who does this has begun."""


@lru_cache(maxsize=1)
def _facts() -> tuple[Facts, Lines]:
    facts: Facts = pickle.loads(_FACTS[0].read_bytes())  # noqa: S301 - written by `Matchers`
    gc.freeze()  # all that is here stays; to look through it for garbage again and again takes a tenth of the time
    return facts, Lines(facts.lines, facts.origin)


def _match(task: Task) -> tuple[bytes, bytes, list[tuple[str, int]]]:
    facts, lines = _facts()
    rows: list[Row] = []
    findings: list[tuple[int, tuple[Finding, ...]]] = []
    lots: list[tuple[str, int]] = []
    for trade, seller, buyer, places, keys, standings in task.trades:
        documents = [lines.document(place) for place in places]
        matched = match_papers(seller, buyer, places, keys, documents, standings, facts)
        rows += ((place, trade, receivable) for place, receivable in matched.receivables)
        if matched.findings:
            findings.append((trade, matched.findings))
        lots += (
            (lot, place)
            for place, document in zip(places, documents, strict=True)
            if document.type in SELLING
            for lot in lots_of(document)
        )
    written = BytesIO()
    frame_of(rows).write_ipc(written)
    return written.getvalue(), msgspec.msgpack.encode(findings), lots


def match_papers(
    seller: str, buyer: str, places: Sequence[int], keys: Sequence[str], documents: Sequence[TradeDocument],
    standings: Sequence[tuple[bool, bool, bool, bool]], facts: Facts,
) -> TradeMatch:  # fmt: skip
    """One trade of a task."""
    papers = [
        Paper(place, key, document, *standing)
        for place, key, document, standing in zip(places, keys, documents, standings, strict=True)
    ]
    return match_trade(seller, buyer, papers, facts.warehouses, facts.groups, facts.today)


def _decode(frame: bytes, findings: bytes, lots: list[tuple[str, int]]) -> Answer:
    found = msgspec.msgpack.decode(findings, type=list[tuple[int, tuple[Finding, ...]]])
    return Answer(pl.read_ipc(BytesIO(frame)), dict(found), lots)
