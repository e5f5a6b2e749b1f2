"""``python -m tests.simulation.kills``: service, indexer and node, all of them real, killed hard in turn, a thousand times.

Plans are carried out one after the other, each in a home of its own. At moments that the seed chooses one of the three is
killed (`SIGKILL`); whoever is gone is started again. In the end each home must hold the pieces of one that nothing befell.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chain.commands.run import run
from chain.commands.workspace import open_workspace
from chain.errors import PearlError
from chain.settings import Settings
from tests.commands.test_crash import carried_out, kill, node_of, planned_home

TARGETS = ("service", "indexer", "node")
#: Kills in one home, before what it holds is looked at.
KILLS_A_PLAN = 12
#: Nobody lives shorter or longer before the next kill, in seconds.
MOMENTS = (0.05, 1.2)

#: Whoever is killed is forked from a process that has nothing but the modules: no thread that holds a lock, no connection.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["chain.commands.run", "tests.commands.test_crash"])
#: What a process does here takes no longer, in seconds; else it stands still.
LONGEST = 300


class Lost(AssertionError):
    """A home does not hold what one holds that nothing befell."""


def killed(folder: Path, seed: int, kills: int, tell: Callable[[int], None] = lambda done: None) -> Counter[str]:
    """Kill so often. Returns how often whom. Raises Lost."""
    planned = Path(_child(_planned, folder / "planned"))
    undisturbed = _child(_pieces, _copy(planned, folder / "undisturbed"))
    random, count, plan = Random(seed), Counter[str](), 0
    while count.total() < kills:
        plan += 1
        home = _copy(planned, folder / f"home {plan}")
        try:
            _disturb(home, random, count, min(kills, count.total() + KILLS_A_PLAN), tell)
            found = _child(_pieces, home)
        finally:
            if (node := node_of(Settings(home=home))) is not None:
                kill(node)
        if found != undisturbed:
            raise Lost(f"seed {seed}, plan {plan}: {found} instead of {undisturbed}")
        shutil.rmtree(home)
    return count


def _disturb(home: Path, random: Random, count: Counter[str], until: int, tell: Callable[[int], None]) -> None:
    running: dict[str, Any] = {}
    try:
        while count.total() < until:
            for name, work in (("service", _serve), ("indexer", _read)):
                if name not in running or not running[name].is_alive():
                    running[name] = _processes.Process(target=work, args=(home,))
                    running[name].start()
            time.sleep(random.uniform(*MOMENTS))
            name = TARGETS[count.total() % len(TARGETS)]
            if name == "node":
                process = node_of(Settings(home=home))
                if process is None:
                    continue
                kill(process)
            else:
                if not running[name].is_alive():
                    continue
                kill(running[name].pid)
                running[name].join()
            count[name] += 1
            tell(count.total())
    finally:
        for process in running.values():
            kill(process.pid)
            process.join()


def _copy(planned: Path, home: Path) -> Path:
    shutil.copytree(planned, home)
    return home


def _serve(home: Path) -> None:
    """Carry the plan out, again and again: what is done is found done."""
    _quiet()
    while True:
        with suppress(PearlError, OSError), open_workspace(Settings(home=home)) as workspace:
            while True:
                run(workspace, 1)


def _read(home: Path) -> None:
    """Follow the chain as somebody else does."""
    _quiet()
    while True:
        with suppress(PearlError, OSError), open_workspace(Settings(home=home)) as workspace:
            while True:
                workspace.indexer.catch_up()
                time.sleep(0.02)


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _planned(folder: Path) -> str:
    folder.mkdir()
    return str(planned_home(folder))


def _pieces(home: Path) -> Any:
    return carried_out(Settings(home=home))


def _answer(there: Connection, work: Callable[[Path], Any], folder: Path) -> None:
    there.send(work(folder))


def _child(work: Callable[[Path], Any], folder: Path) -> Any:
    """What it gives, done in a process of its own."""
    here, there = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_answer, args=(there, work, folder))
    process.start()
    there.close()
    try:
        if not here.poll(LONGEST):
            raise Lost(f"{work.__name__} stands still in {folder}")
        return here.recv()
    except EOFError as error:
        raise Lost(f"{work.__name__} failed in {folder}") from error
    finally:
        process.kill()
        process.join()


def main(arguments: list[str] | None = None) -> int:
    """Returns 0; a loss is raised."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    begun = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="pearl-kills-") as folder,
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task("kills", total=options.kills)
        count = killed(Path(folder), options.seed, options.kills, lambda done: progress.update(task, completed=done))
    told = ", ".join(f"{name} {count[name]:,}" for name in TARGETS)
    console.print(
        f"{count.total():,} kills in {time.monotonic() - begun:.0f} s ({told}): nothing lost, nothing doubled"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
