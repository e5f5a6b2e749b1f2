"""``python -m tests.simulation``: many seeds, on all processors, and what befell them. ``--seed N`` lives one through again."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chain.issuance.compilation import build
from tests.model.chain import ROOT
from tests.simulation.running import Failure, failure_of, live, replay_line, shrunk
from tests.simulation.simulation import COMMANDS, Figures
from tests.simulation.weather import FAULTS

TOGETHER = 10
"""Seeds that one process lives through before it tells."""


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 where a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="live through this one alone")
    parser.add_argument("--commands", type=int, default=COMMANDS, help="what is asked for in one seed")
    parser.add_argument("--without", default="", help="kinds of faults that do not come, commas between them")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, default=240, help="no seed is begun later")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    if options.seed is not None:
        return _one(console, options.seed, options.commands, [kind for kind in options.without.split(",") if kind])
    begun = time.monotonic()
    build(ROOT)
    figures, failures = Figures(), list[Failure]()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("simulating", total=round(options.seconds))
        for found, broken in _many(options, begun):
            figures.add(found)
            failures += broken
            seconds = min(options.seconds, time.monotonic() - begun)
            progress.update(task, completed=round(seconds), description=f"{figures.seeds:,} seeds")
    tell(console, figures, time.monotonic() - begun)
    for seed, broke in failures:
        console.print(f"[bold red]seed {seed} fails[/bold red]")
        console.print(broke, markup=False, highlight=False)
        commands, without, _ = shrunk(seed, options.commands)
        console.print(f"replay: {replay_line(seed, commands, without)}", markup=False, highlight=False)
    return 1 if failures else 0


def _many(options: argparse.Namespace, begun: float) -> Iterator[tuple[Figures, list[Failure]]]:
    seed, running = options.first, set[Future[tuple[Figures, list[Failure]]]]()
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        while True:
            while len(running) < options.processes and time.monotonic() < begun + options.seconds:
                running.add(pool.submit(live, range(seed, seed + TOGETHER), options.commands))
                seed += TOGETHER
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
                if one.result()[1]:
                    options.seconds = 0


def _one(console: Console, seed: int, commands: int, without: list[str]) -> int:
    figures, broke = failure_of(seed, commands, without)
    tell(console, figures, 0)
    if broke:
        console.print(f"[bold red]seed {seed} fails[/bold red]")
        console.print(broke, markup=False, highlight=False)
    return 1 if broke else 0


def tell(console: Console, figures: Figures, seconds: float) -> None:
    """What was seen, in a few lines."""
    console.print(
        f"{figures.seeds:,} seeds{f' in {seconds:.0f} s' if seconds else ''}, {figures.steps:,} steps: "
        f"{figures.commands:,} commands, {figures.done:,} done, {figures.refused:,} refused",
        highlight=False,
    )  # fmt: skip
    for kind in FAULTS:
        console.print(f"  {figures.faults[kind]:>9,} {kind}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
