"""Seeds lived through in this process: one world for all of them, and the shortest way to say how one fails."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from chain.issuance.compilation import build
from tests.model.chain import ROOT
from tests.simulation.simulation import Figures, Simulation
from tests.simulation.weather import FAULTS
from tests.simulation.world import World

Failure = tuple[int, str]
"""(seed, what broke)."""

MEMORY = "/dev/shm"  # noqa: S108 (a folder with a name of its own is made in it)

_worlds: list[World] = []


def world() -> World:
    """What every seed of this process begins with."""
    if not _worlds:
        # A database in memory where the machine has such a folder: the disk that fails here is a simulated one.
        fast = MEMORY if os.access(MEMORY, os.W_OK) else None
        folder = tempfile.TemporaryDirectory(prefix="pearl-simulation-", dir=fast)
        _worlds.append(World(build(ROOT), Path(folder.name)))
        _worlds[0].owned_folder = folder
    return _worlds[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings of what is simulated, thousands a minute; the process may have other things to say before and after."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def failure_of(seed: int, commands: int, without: Collection[str] = ()) -> tuple[Figures, str]:
    """What a seed has seen, and what broke; nothing where all held."""
    with _quiet():
        simulation = Simulation(world(), seed, commands, without)
        try:
            return simulation.run(), ""
        except Exception as failure:
            return simulation.figures(), f"{type(failure).__name__}: {failure}"


def live(seeds: Collection[int], commands: int) -> tuple[Figures, list[Failure]]:
    """Live through some seeds, until one fails."""
    figures = Figures()
    for seed in seeds:
        found, broke = failure_of(seed, commands)
        figures.add(found)
        if broke:
            return figures, [(seed, broke)]
    return figures, []


def shrunk(seed: int, commands: int) -> tuple[int, list[str], str]:
    """The fewest commands, and the fewest kinds of faults, with which the seed still fails: (commands, kinds left out, what)."""
    without: list[str] = []
    broke = failure_of(seed, commands)[1]
    for kind in FAULTS:
        if found := failure_of(seed, commands, [*without, kind])[1]:
            without.append(kind)
            broke = found
    for fewer in range(1, commands):
        if found := failure_of(seed, fewer, without)[1]:
            return fewer, without, found
    return commands, without, broke


def replay_line(seed: int, commands: int, without: Collection[str]) -> str:
    """What lives a failure through again."""
    options = f' COMMANDS={commands} WITHOUT="{",".join(without)}"' if without else f" COMMANDS={commands}"
    return f"make simulate SEED={seed}{options}"
