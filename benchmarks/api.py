"""How fast the service reads, against bare routes that answer with the same bytes (`make bench-api`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from benchmarks.asking import ask, request
from benchmarks.full_home import FullHome, fill
from benchmarks.rows import Row
from chain.settings import Settings

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
    with TemporaryDirectory(prefix="pearl-api-") as folder:
        settings = Settings(home=Path(folder) / "home")
        made = fill(settings, pieces)
        # What is written: commands accepted, against bare inserts of the same rows; its rows are `api.write_…`.
        return [*_reads(settings, made, rounds, seconds), _under_load(users, load_seconds)]


# --- reads -----------------------------------------------------------------------------------------------------------


def _kinds(made: FullHome) -> list[Kind]:
    own = made.own[:: max(1, len(made.own) // ASKED)]
    pages = [f"/v1/vouchers?limit={PAGE}", *(f"/v1/vouchers?limit={PAGE}&after={piece}" for piece in own[:-PAGE])]
    return [
        Kind("voucher", "a voucher", made.supplier.key, [f"/v1/vouchers/{piece}" for piece in own]),
        Kind("portfolio", f"a page of {PAGE} vouchers", made.supplier.key, pages),
        Kind("exposure", "a bank's exposure", made.bank.key, ["/v1/exposure"]),
    ]


def _reads(settings: Settings, made: FullHome, rounds: int, seconds: float) -> list[Row]:
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
                    asked = [request(address, path, kind.key) for path in kind.paths]
                    own = ask(address, asked, CONNECTIONS, seconds).each
                    reference = ask(bare, [request(bare, f"/{number}")], CONNECTIONS, seconds).each
                    taken[kind.name][0].append(own)
                    taken[kind.name][1].append(reference)
    rows = []
    for kind, file in zip(kinds, files, strict=True):
        own, reference = taken[kind.name]
        unit = f"ms a request: {kind.what} of {file.stat().st_size if file.exists() else 0:,} bytes"
        rows.append(
            Row(f"api.read_{kind.name}", median(own) * 1e3, unit, "a bare route", median(reference) * 1e3, READ_LIMIT)
        )
    together = [sum(row.value for row in rows) / len(rows), sum(row.reference_value or 0 for row in rows) / len(rows)]
    unit = f"ms a request, one of each in turn, {len(made.own):,} pieces are the supplier's"
    return [Row("api.read", together[0], unit, "bare routes", together[1], READ_LIMIT), *rows]


def _body(address: str, kind: Kind) -> bytes:
    path = kind.paths[len(kind.paths) // 2]
    answer = httpx.get(address + path, headers={"Authorization": f"Bearer {kind.key}"}, timeout=60)
    return answer.raise_for_status().content


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
    with _process("api", "--home", str(settings.home)) as address:
        yield address


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[str]:
    """A module that prints where it listens, until the end."""
    started = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | ENVIRONMENT,
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
