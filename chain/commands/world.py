"""Write a generated world of trade into a folder, with the truth about what is planted in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from chain.commands.workspace import Progress, no_progress
from chain.documents import lines, parquet
from chain.errors import RuleBroken
from chain.world.generator import SMALLEST_WORLD, make_world
from chain.world.model import World
from chain.world.rates import Rates
from chain.world.steady import months
from chain.world.truth import readable, truth_of
from chain.world.writing import write_batch, write_network

#: A year of months, and the days before it in which first orders are placed.
MONTHS, MONTH_DAYS, START_DAYS_AGO = 12, 30, 390


class Form(StrEnum):
    """How documents are written."""

    FILES = "files"
    """As their senders write them: XML, JSON and zip archives, a folder a month."""
    CANONICAL = "canonical"
    """All in one file, `documents.jsonl`: what a reader makes of them."""
    PARQUET = "parquet"
    """The same in Parquet, `documents.parquet`."""


class FolderNotEmpty(RuleBroken):
    message = "{folder} is not empty"
    next_step = "name a folder that does not exist yet"


class WorldImpossible(RuleBroken):
    message = "no such world: {reason}"
    next_step = "ask for other numbers"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    folder: str
    enterprises: int
    documents: int
    planted: int


def write_world_of(
    folder: Path,
    *,
    seed: int,
    enterprises: int,
    documents: int,
    rates: Rates,
    form: Form,
    today: date,
    progress: Progress = no_progress,
) -> Written:
    """Make the world and write ``network.json``, its documents and ``truth.json``; the same arguments, the same bytes.
    Raises FolderNotEmpty, WorldImpossible."""
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(folder=folder)
    try:
        world = steady_world(seed, enterprises, documents, rates, today)
    except ValueError as error:
        raise WorldImpossible(reason=str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    write_network(world, folder)
    if form is Form.CANONICAL:
        lines.write_documents(readable(world), folder / "documents.jsonl")
    elif form is Form.PARQUET:
        parquet.write_documents(readable(world), folder / "documents.parquet")
    else:
        for number, batch in enumerate(world.batches):
            progress("writing documents", number, len(world.batches))
            write_batch(world, batch, folder)
    truth = truth_of(world)
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return Written(str(folder), enterprises, truth["documents"], len(world.truth))


def make_rates(errors: float, frauds: float) -> Rates:
    """Rates with as many look-alikes as frauds. Raises WorldImpossible."""
    try:
        return Rates(errors=errors, frauds=frauds, lookalikes=frauds)
    except ValueError as error:
        raise WorldImpossible(reason=str(error)) from error


def steady_world(seed: int, enterprises: int, documents: int, rates: Rates, today: date) -> World:
    """A year of trade among so many enterprises; one in a hundred is a core enterprise, one in fifty a keeper."""
    if enterprises < SMALLEST_WORLD:
        raise ValueError(f"a world has at least {SMALLEST_WORLD} enterprises")
    if documents < 1:
        raise ValueError("a world has at least one document")
    if not date(2000, 1, 1) <= today <= date(2100, 1, 1):
        raise ValueError("its last day is between the years 2000 and 2100")
    return make_world(
        seed, today, enterprises=enterprises, documents=documents, cores=max(2, enterprises // 100),
        banks=5 if enterprises >= 100 else 2, keepers=max(2, enterprises // 50),
        batch_days_ago=months(MONTH_DAYS, MONTHS), start_days_ago=START_DAYS_AGO, rates=rates,
    )  # fmt: skip
