"""One run: a home with a little world, the service on it, the users, and a look at whether anything was lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from chain.books.portfolio import all_pieces
from chain.commands.enrol import enrol
from chain.commands.ingest import ingest
from chain.commands.keys import make_key
from chain.commands.pieces import Payment, accept, issue
from chain.commands.verify import verify
from chain.commands.workspace import Workspace, existing_workspace, open_workspace
from chain.identifiers import LineId
from chain.settings import Settings
from tests.api.little_world import CURRENCY, LittleWorld

ROOT = Path(__file__).parents[2]
READS = ("voucher", "portfolio", "exposure")
#: What is there before anybody reads.
VOUCHERS = 60
#: Alone, one user asks this often, for so long.
ALONE_PAUSE, ALONE_SECONDS = 0.01, 8
#: So many users come each second.
ARRIVALS = 40
#: So long a user may take to end what it is at; then everything is ended.
ENDING_SECONDS, GRACE_SECONDS = 60, 120


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one kind of read: the median while nobody else asks, and what 99 of 100 take at most under load."""

    alone: float
    median: float
    p99: float
    count: int

    @property
    def ratio(self) -> float:
        return self.p99 / self.alone


@dataclass(frozen=True)
class Outcome:
    """What a run came to. ``lost``: what the service had said and is not so; ``differences``: what verification found."""

    users: int
    seconds: float
    requests: int
    failures: tuple[str, ...]
    written: int
    lost: tuple[str, ...]
    differences: tuple[str, ...]
    reads: dict[str, Latency]
    """Of each kind, and of all together as ``read``."""

    @property
    def ok(self) -> bool:
        return not (self.failures or self.lost or self.differences)


def run(users: int, seconds: int) -> Outcome:
    """Measure the reads alone, then put the load on, then look at what is there."""
    with TemporaryDirectory(prefix="pearl-load-") as name:
        folder = Path(name)
        settings = Settings(home=folder / "home")
        with open_workspace(settings) as workspace:
            told = _prepared(workspace, folder)
        (folder / "told.json").write_text(json.dumps(told))
        with _service(settings) as address:
            alone = _locust(folder, address, ("Reader",), 1, ALONE_SECONDS, (ALONE_PAUSE, ALONE_PAUSE))
            under = _locust(folder, address, ("Reader", "Writer"), users, seconds, (1.0, 3.0))
        with existing_workspace(settings) as workspace:
            lost = tuple(_lost(workspace, under["written"]))
            differences = tuple(str(difference) for difference in verify(workspace).differences)
    return Outcome(
        users, seconds, sum(map(len, under["latencies"].values())), tuple(alone["failures"] + under["failures"]),
        len(under["written"]), lost, differences, _latencies(alone["latencies"], under["latencies"]),
    )  # fmt: skip


def _prepared(workspace: Workspace, folder: Path) -> dict[str, Any]:
    """Enrol, read the papers, and issue what is read; gives what the users are told."""
    world = LittleWorld(workspace.date())
    enrol(workspace, world.network())
    deals = {deal: world.deals[deal] for deal in ("crane-gear", "gear-bolt")}
    papers = folder / "papers"
    papers.mkdir()
    for deal in deals.values():
        for _, name, content in deal.files.values():
            (papers / name).write_bytes(content)
    ingest(workspace, [papers])
    crane, gear = world.id("crane"), world.id("gear")
    line = LineId(workspace.party(crane), 1)
    maturity = workspace.date() + timedelta(days=90)
    payments = [Payment(gear, 100_00, deals["crane-gear"].key, CURRENCY)] * VOUCHERS
    made = issue(workspace, "issue what is read", crane, line, maturity, payments)
    accept(workspace, "accept what is read", gear, made)
    return {
        "keys": {who: make_key(workspace, world.id(who), "load")[1] for who in ("crane", "gear", "bolt", "harbour")},
        "ids": {who: world.id(who) for who in ("gear", "bolt")},
        "invoices": {name: deal.key for name, deal in deals.items()},
        "line": {"line": str(line), "maturity": maturity.isoformat()},
        "currency": CURRENCY, "vouchers": [str(piece) for piece in made],
    }  # fmt: skip


@contextmanager
def _service(settings: Settings) -> Iterator[str]:
    """All that `pearl serve` starts, until the end. Gives the API's address."""
    environment = os.environ | {
        "PEARL_API_PORT": "0", "LANG": "C", "LC_ALL": "C",
        # The users of this world are few enterprises, which ask as many would.
        "PEARL_REQUESTS_PER_MINUTE": "1000000",
    }  # fmt: skip
    with (settings.home.parent / "log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-c", "from chain.cli import main; main()", "--home", str(settings.home), "serve"],
            cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        assert started.stdout is not None
        try:
            found = None
            while found is None and (line := started.stdout.readline()):
                found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found is None:
                raise RuntimeError((settings.home.parent / "log").read_text())
            yield found[0]
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(GRACE_SECONDS)
            started.stdout.close()


def _locust(
    folder: Path, address: str, classes: tuple[str, ...], users: int, seconds: int, pause: tuple[float, float]
) -> dict[str, Any]:
    """What the users of a run measured."""
    result = folder / "result.json"
    command = [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("users.py")), *classes, "--headless",
        "--host", address, "--users", str(users), "--spawn-rate", str(ARRIVALS), "--run-time", f"{seconds}s",
        "--stop-timeout", str(ENDING_SECONDS),
        "--only-summary", "--skip-log", "--told", str(folder / "told.json"), "--result", str(result),
        "--least-pause", str(pause[0]), "--longest-pause", str(pause[1]), "--exit-code-on-error", "0",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, timeout=seconds + ENDING_SECONDS + GRACE_SECONDS, capture_output=True, text=True, check=False
    )
    if done.returncode or not result.exists():
        raise RuntimeError(done.stderr)
    told: dict[str, Any] = json.loads(result.read_text())
    result.unlink()
    return told


def _lost(workspace: Workspace, written: dict[str, int]) -> Iterator[str]:
    """What the service said of vouchers and the books do not."""
    with workspace.store.read() as connection:
        there = {str(row.piece): row for row in all_pieces(connection)}
    for voucher, minor in written.items():
        row = there.get(voucher)
        if row is None or row.state != "held" or row.amount_minor != minor:
            yield f"{voucher} should be held with {minor}: {row}"


def _latencies(alone: dict[str, list[float]], under: dict[str, list[float]]) -> dict[str, Latency]:
    kinds = {kind: (alone[kind], under[kind]) for kind in READS}
    together = [[value for kind in READS for value in told[kind]] for told in (alone, under)]
    return {kind: _latency(*values) for kind, values in ({"read": (together[0], together[1])} | kinds).items()}


def _latency(alone: list[float], under: list[float]) -> Latency:
    in_order = sorted(under)
    return Latency(
        median(alone), median(under), in_order[min(len(in_order) - 1, int(len(in_order) * 0.99))], len(under)
    )
