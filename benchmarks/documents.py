"""What reading UBL takes, beside what bare parsing of the same files takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from lxml import etree

from benchmarks.rows import Row
from chain.documents.reading import read_each
from chain.world.generator import make_world
from chain.world.model import FileFormat
from chain.world.writing import file_bytes

DOCUMENTS = 12_000
PROCESSES = 2
ROUNDS = 3


def measure() -> list[Row]:
    """`documents.read`: microseconds a file, on two processes both ways, the best of three rounds each."""
    with TemporaryDirectory(prefix="bench-documents-") as folder:
        names = list(_write(Path(folder)))
        reading, parsing = [], []
        for _ in range(ROUNDS):
            parsing.append(_seconds(_parsed(names)))
            reading.append(_seconds(outcome.read for outcome in read_each(names, processes=PROCESSES)))
    micros = 1e6 / len(names)
    return [
        Row(
            "documents.read", min(reading) * micros, "µs a UBL file", "lxml.etree.parse alone of the same files",
            min(parsing) * micros, limit=5.0,
        )
    ]  # fmt: skip


def _write(folder: Path) -> Iterator[str]:
    """UBL files of a generated world that nothing is wrong with."""
    world = make_world(11, date(2026, 11, 1), enterprises=400, documents=DOCUMENTS)
    for number, file in enumerate(world.files):
        if file.format is FileFormat.UBL and file.damage is None:
            path = folder / f"{number}.xml"
            path.write_bytes(file_bytes(file, world))
            yield str(path)


def _seconds(answers: Iterator[bool]) -> float:
    """From the first answer to the last: how long processes take to start is no cost of a file."""
    if not next(answers):
        raise ValueError("the first file is not read")
    started = perf_counter()
    unread = sum(not answer for answer in answers)
    seconds = perf_counter() - started
    if unread:
        raise ValueError(f"{unread} files are not read")
    return seconds


def _parsed(names: Sequence[str]) -> Iterator[bool]:
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        yield from pool.map(_parse, names, chunksize=64)


def _parse(name: str) -> bool:
    return etree.parse(name).getroot() is not None
