"""Documents to a matched graph with findings, and one more document: time and memory (`make bench-graph`).

The input is made here (`benchmarks.trades`), as canonical JSON lines. Wall clock, since both cores are to be used; so
other work on the machine shows. What the processor did is measured beside it.
"""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import active_children
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from benchmarks.rows import Row
from benchmarks.trades import write_documents
from chain.documents import parquet
from chain.documents.lines import Lines
from chain.documents.model import TradeDocument
from chain.graph.trade_graph import TradeGraph

TODAY = date(2025, 12, 1)
SMALL, LARGE = 100_000, 1_000_000
#: What one document more is measured on.
INCREMENTS = 400
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Built:
    """What a build took."""

    graph: TradeGraph
    seconds: float
    processor_seconds: float
    """Of all processes together."""
    memory_bytes: int
    """The most that all processes held at once, shared pages counted once."""


def measure() -> list[Row]:
    """Build from 100,000 and 1,000,000 documents, then add some one by one."""
    with TemporaryDirectory() as folder:
        small = _build(Path(folder) / "small.jsonl", SMALL)
        unpacking = _unpack(Path(folder) / "small.jsonl", Path(folder))
        small_time = small.seconds / SMALL
        del small
        gc.collect()
        path = Path(folder) / "large.jsonl"
        large = _build(path, LARGE)
        decoding = _decode(path)
        increments = _increments(large.graph)
        return [
            Row("graph.build", large.seconds, "s for 1,000,000 documents", limit=60),
            Row(
                "graph.build_processor", large.processor_seconds, "s of one processor",
                "json.loads of the same lines, and nothing else", decoding,
            ),
            Row("graph.parquet", unpacking * LARGE / SMALL, "s more from Parquet, by what 100,000 documents take"),
            Row("graph.memory", large.memory_bytes / GIB, "GiB at most, all processes", limit=4),
            Row(
                "graph.document", large.seconds / LARGE * 1e6, "µs a document of 1,000,000", "a document of 100,000",
                small_time * 1e6, limit=1.3,
            ),
            Row("graph.increment", median(increments) * 1e3, "ms, median of one more document", limit=5),
            Row("graph.increment_p90", quantiles(increments, n=10)[-1] * 1e3, "ms, nine of ten at most"),
        ]  # fmt: skip


def _build(path: Path, documents: int) -> Built:
    write_documents(path, documents)
    before, started = _processor(), perf_counter()
    with _memory() as most:
        graph = TradeGraph.from_file(path, None, TODAY)
        assert graph.receivables.height
        assert graph.findings
    return Built(graph, perf_counter() - started, _processor() - before, most[0])


def _unpack(path: Path, folder: Path) -> float:
    """Seconds that it takes to bring the documents of a Parquet file to lines."""
    lines = Lines(path)
    parquet.write_documents((lines.document(number) for number in range(len(lines))), folder / "documents.parquet")
    started = perf_counter()
    parquet.write_lines(folder / "documents.parquet", folder / "unpacked")
    return perf_counter() - started


def _increments(graph: TradeGraph) -> list[float]:
    """Seconds that each document took: a new number in a trade that is there, of any type, or of a trade that is new."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "more.jsonl"
        write_documents(path, INCREMENTS // 2, seed=2)
        lines = Lines(path)
        random = Random(3)  # noqa: S311
        size = len(graph.shelf)
        documents = [lines.document(number) for number in range(len(lines))]
        documents += [_other(graph.shelf.document(random.randrange(size))) for _ in range(INCREMENTS - len(documents))]
    random.shuffle(documents)
    taken = []
    for document in documents:
        started = perf_counter()
        graph.add([document])
        taken.append(perf_counter() - started)
    return taken


def _other(document: TradeDocument) -> TradeDocument:
    return replace(document, number=f"{document.number}X")


def _decode(path: Path) -> float:
    started = process_time()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return process_time() - started


def _processor() -> float:
    used = [getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def _memory() -> Iterator[list[int]]:
    """The most bytes that this process and its children hold together (proportional set size), looked at twice a second."""
    most, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(0.5):
            most[0] = max(
                most[0], sum(map(_held, [os.getpid(), *(child.pid for child in active_children() if child.pid)]))
            )

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _held(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended since
        return 0
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
