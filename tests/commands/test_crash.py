"""Killed in the middle, nothing is lost and nothing is doubled.

A process carries a plan out; it is killed, and the node with it, at a moment that the seed chooses; the node's state file
may be damaged too. Carrying the plan out again ends with the same pieces as if nothing had happened. Only the numbers of
pieces that were cut from different holders' pieces may be exchanged: what two signers send has no order between them.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from chain.books.portfolio import all_pieces
from chain.commands.enrol import enrol
from chain.commands.ingest import ingest
from chain.commands.plan import make_plan
from chain.commands.run import run
from chain.commands.verify import verify
from chain.commands.workspace import open_workspace
from chain.issuance.compilation import PROCESS_FILE
from chain.settings import Settings
from chain.store.tables import operations
from chain.world.generator import make_world
from chain.world.writing import write_world

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A home in which everything is ready for plan 1 to be carried out, and nothing of it is done."""
    return planned_home(tmp_path_factory.mktemp("planned"))


def planned_home(folder):
    """A home below ``folder`` in which everything is ready for plan 1 to be carried out, and nothing of it is done."""
    world = make_world(11, date.today(), enterprises=40, documents=200)
    write_world(world, folder / "documents")
    settings = Settings(home=folder / "home")
    with open_workspace(settings) as workspace:
        enrol(workspace, world.network)
        ingest(workspace, [folder / "documents" / batch.name for batch in world.batches])
        _, plan = make_plan(workspace, "CNY")
    assert len(plan.steps) > 10
    return settings.home


def carried_out(settings):
    """Pieces by their way, after carrying plan 1 out."""
    with open_workspace(settings) as workspace:
        run(workspace, 1)
        report = verify(workspace)
        assert report.ok, report.differences
        with workspace.store.read() as connection:
            pieces = {p.piece: p for p in all_pieces(connection)}
            open_operations = connection.execute(
                select(func.count()).where(operations.c.state.in_(("recorded", "signed", "submitted")))
            ).scalar_one()
            nonces = connection.execute(select(operations.c.signer, operations.c.nonce)).all()
        assert open_operations == 0
        assert len(nonces) == len(set(nonces))
        return sorted(way(pieces, piece) for piece in pieces)


def way(pieces, piece):
    """A piece by what it was cut from, from the obligation on: of each how many were cut from the same before it, (owner, amount,
    state, document), and not its number."""
    row = pieces[piece]
    above = way(pieces, row.parent) if row.parent else (str(piece.obligation),)
    before = sum(
        other < piece and other.obligation == piece.obligation and pieces[other].parent == row.parent
        for other in pieces
    )
    return (*above, (before, row.owner, row.initial_minor, row.state, row.identity or ""))


@pytest.fixture(scope="module")
def undisturbed(planned, tmp_path_factory):
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(planned, home)
    return carried_out(Settings(home=home))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(1, 4))])
def test_a_plan_that_was_killed_in_the_middle_ends_as_if_nothing_had_happened(planned, undisturbed, tmp_path, seed):
    moment = random.Random(seed)
    settings = Settings(home=tmp_path / "home")
    shutil.copytree(planned, settings.home)
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", "from chain.cli import main; main()", "--home", str(settings.home), "run", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while node_of(settings) is None and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moment.uniform(0.2, 2.5))
        node = node_of(settings)
        kill(process.pid)
        process.wait()
        # Sometimes the node outlives its user, and is found and used; mostly it dies too, even in the middle of a write.
        if node is not None and moment.random() < 0.7:
            kill(node)
            if moment.random() < 0.3:
                state = settings.node_folder / "state.json"
                state.write_bytes(state.read_bytes()[: moment.randrange(state.stat().st_size)])
    try:
        assert carried_out(settings) == undisturbed
    finally:
        if (node := node_of(settings)) is not None:
            kill(node)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_command_and_the_node_that_it_started(planned, tmp_path, number):
    settings = Settings(home=tmp_path / "home")
    shutil.copytree(planned, settings.home)
    process = subprocess.Popen(
        [sys.executable, "-c", "from chain.cli import main; main()", "--home", str(settings.home), "run", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heeds_signals,
    )  # fmt: skip
    while (node := node_of(settings)) is None and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said.endswith("pearl: stopped\n")  # before it, where a finaliser was interrupted, what Python says of that
    assert gone(node)
    assert node_of(settings) is None


def heeds_signals():
    """Whoever runs the tests in the background may have made this process ignore signals, and its children inherit it."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


COMPILE = """
import sys
from pathlib import Path
from chain.ending import ended_by_signals
from chain.issuance.compilation import build
with ended_by_signals():
    build(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_signal_ends_the_compiler_too(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", COMPILE, ROOT, tmp_path], cwd=ROOT, stderr=subprocess.DEVNULL)
    started = tmp_path / PROCESS_FILE
    compilers = set()
    while len(compilers) < 3 and process.poll() is None:  # twice it is asked for its version
        with contextlib.suppress(OSError, ValueError):
            compilers.add(int(started.read_text()))
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert all(gone(compiler) for compiler in compilers)
    assert not list(tmp_path.glob("*.json"))


def gone(process_id):
    """Whether the process ends within a moment."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        if "\nState:\tZ" in Path(f"/proc/{process_id}/status").read_text():
            return True
        time.sleep(0.05)
    return False


def node_of(settings):
    """Process id of the node that was started on the home, as its file says."""
    try:
        return json.loads((settings.node_folder / "running.json").read_text())["process_id"]
    except (OSError, ValueError):
        return None


def kill(process_id):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)
