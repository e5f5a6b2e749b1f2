"""The whole propagation plan, from a table of payables to ordered steps, at full size; and against networkx's maximum flow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from gc import collect
from statistics import median
from time import perf_counter, process_time
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
from ortools.graph.python import max_flow, min_cost_flow

from benchmarks.rows import Row
from chain.planning.model import Line
from chain.planning.propagation import Planner, PlanTable
from chain.planning.table import PlanningTable

TODAY = date(2026, 3, 2)
ENTERPRISES, PAYABLES = 100_000, 1_000_000
#: Where needs are a tenth, networkx takes four times as long.
FEW_ENTERPRISES, FEW_PAYABLES = 20_000, 200_000
#: Share of the suppliers in each tier, first tier first: chains widen, then thin out.
TIERS = (0.08, 0.22, 0.32, 0.24, 0.14)
#: Share of the payables that core enterprises owe.
CORES_OWE = 0.15
#: Tiers further from the core → share of the suppliers' payables; few run back, some stay in their tier.
STEPS = {1: 0.88, 0: 0.06, 2: 0.05, -1: 0.01}
BANKS = 12
TIMES = 5
LIMITS = {"total": 30.0, "solver": 5.0, "vs_networkx": 1 / 30}


def measure() -> list[Row]:
    """Seconds of the plan, of the solver within it, and of the plan again against networkx on the same table."""
    _timed(trade(100, 1_000))  # loads the solver
    table = trade(ENTERPRISES, PAYABLES)
    collect()
    made, total, solver = _timed(table)
    size = f"{ENTERPRISES:,} enterprises, {PAYABLES:,} payables"
    few = trade(FEW_ENTERPRISES, FEW_PAYABLES)
    few = replace(few, needs={name: max(1, need // 10) for name, need in few.needs.items()})
    few_size = f"{FEW_ENTERPRISES:,} enterprises, {FEW_PAYABLES:,} payables, needs a tenth"
    reached = 100 * made.met_tier2_minor / made.bound_tier2_minor
    return [
        Row("plan.total", total, f"s, {size}", limit=LIMITS["total"]),
        Row("plan.solver", solver, "s of these in the solver", limit=LIMITS["solver"]),
        Row("plan.steps", made.steps.height, "steps"),
        Row("plan.reached", reached, "% of the proven bound at tier ≥ 2"),
        _against_networkx("plan.vs_networkx", table, size),
        _against_networkx("plan.vs_networkx_needs", few, few_size),
    ]


def _against_networkx(name: str, table: PlanningTable, size: str) -> Row:
    """The whole plan, planned once before so that its memory is there, the median of `TIMES`; and the maximum flow alone,
    once, since it takes a minute. Raises ValueError where they do not meet the same at tier ≥ 2."""
    made = Planner().plan(table)
    spent = []
    for _ in range(TIMES):
        started = process_time()
        Planner().plan(table)
        spent.append(process_time() - started)
    ours = median(spent)
    network = tier2_network(table)
    started = process_time()
    value = int(nx.maximum_flow(network, "source", "sink")[0])
    theirs = process_time() - started
    if value != made.met_tier2_minor:
        raise ValueError(f"networkx finds a flow of {value}, the plan one of {made.met_tier2_minor}")
    unit, reference = f"s of processor time, {size}", "networkx.maximum_flow, same value"
    return Row(name, ours, unit, reference, theirs, LIMITS["vs_networkx"])


def trade(enterprises: int, payables: int, seed: int = 1) -> PlanningTable:
    """Core enterprises with lines of some banks, and suppliers in tiers, of whom few owe much and many little."""
    random = np.random.default_rng(seed)
    cores = max(2, enterprises // 500)
    suppliers = enterprises - cores
    deep = 1 + np.searchsorted(np.cumsum(TIERS)[:-1], np.arange(suppliers) / suppliers)
    tier = np.concatenate([np.zeros(cores, dtype=int), deep])
    debtor, creditor = _pairs(random, tier, payables)
    minor = random.lognormal(14, 1, payables).astype(np.int64) + 1
    names = pl.Series([f"E{number:06d}" for number in range(enterprises)])
    frame = pl.DataFrame(
        {
            "number": pl.Series(np.arange(payables)).cast(pl.String).str.zfill(7),
            "debtor": names[debtor],
            "creditor": names[creditor],
            "open_minor": minor,
            "days": random.integers(-5, 175, payables),
        }
    ).select(
        document="invoice|" + pl.col("creditor") + "|" + pl.col("number"), debtor="debtor", creditor="creditor",
        currency=pl.lit("CNY"), open_minor="open_minor", delivery=pl.lit(TODAY - timedelta(days=20)),
        due=pl.lit(TODAY) + pl.duration(days=pl.col("days")), proofs=pl.concat_list("order|" + pl.col("number")),
    )  # fmt: skip
    owed = np.bincount(debtor, minor, enterprises).astype(np.int64)
    wanting = np.flatnonzero((tier > 0) & (random.random(enterprises) < 0.7))
    needs = dict(zip(names[wanting].to_list(), random.lognormal(15, 1, wanting.size).astype(int).tolist(), strict=True))
    lines = []
    for core in range(cores):
        for bank in sorted(random.choice(BANKS, random.integers(1, 4), replace=False).tolist()):
            limit = int(owed[core] * random.uniform(0.2, 0.5)) + 1
            rate = int(random.integers(250, 600))
            lines.append(Line(f"B{bank:02d}", names[core], "CNY", limit, limit, TODAY + timedelta(days=200), rate))
    return PlanningTable(TODAY, "CNY", tuple(lines), frame, needs, {})


def _pairs(random: np.random.Generator, tier: np.ndarray, payables: int) -> tuple[np.ndarray, np.ndarray]:
    begins = np.searchsorted(tier, np.arange(len(TIERS) + 2))
    owing = np.flatnonzero(tier < len(TIERS))
    weight = random.pareto(1.5, owing.size) + 0.2
    for own, share in ((tier[owing] == 0, CORES_OWE), (tier[owing] > 0, 1 - CORES_OWE)):
        weight[own] *= share / weight[own].sum()
    debtor = random.choice(owing, payables, p=weight / weight.sum())
    further = random.choice(list(STEPS), payables, p=list(STEPS.values()))
    to = np.where(tier[debtor] == 0, 1, np.clip(tier[debtor] + further, 1, len(TIERS)))
    size = begins[to + 1] - begins[to]
    place = (random.power(0.7, payables) * size).astype(int)
    place = np.where(begins[to] + place == debtor, (place + 1) % size, place)
    return debtor, begins[to] + place


def tier2_network(table: PlanningTable) -> nx.DiGraph:
    """The network of docs/planning.md from lines to needs at tier ≥ 2, parallel payables already summed."""
    graph: nx.DiGraph = nx.DiGraph()
    issuers = {line.issuer for line in table.lines}
    for number, line in enumerate(table.lines):
        graph.add_edge("source", ("line", number), capacity=line.available_minor)
    owed = table.payables.group_by("debtor", "creditor", maintain_order=True).agg(pl.col("open_minor").sum())
    for debtor, creditor, minor in owed.iter_rows():
        if debtor in issuers:
            graph.add_edge(("first", debtor, creditor), ("out", creditor), capacity=minor)
            for number, line in enumerate(table.lines):
                if line.issuer == debtor:
                    graph.add_edge(("line", number), ("first", debtor, creditor))
        else:
            graph.add_edge(("out", debtor), ("in", creditor), capacity=minor)
            graph.add_edge(("in", creditor), ("out", creditor))
            graph.add_edge(("in", creditor), "sink", capacity=table.needs.get(creditor, 0))
    return graph


def _timed(table: PlanningTable) -> tuple[PlanTable, float, float]:
    """The plan, its seconds, and how many of them the solver took."""
    with _solver_clock() as spent:
        started = perf_counter()
        made = Planner().plan(table)
        return made, perf_counter() - started, sum(spent)


@contextmanager
def _solver_clock() -> Iterator[list[float]]:
    """Seconds of each solver's run while the block runs."""
    spent: list[float] = []
    places: list[tuple[Any, str]] = [(max_flow, "SimpleMaxFlow"), (min_cost_flow, "SimpleMinCostFlow")]
    originals = [getattr(module, name) for module, name in places]

    def clocked(original: Any) -> Any:
        class Clocked(original):  # type: ignore[misc]
            def solve(self, *ends: int) -> Any:
                started = perf_counter()
                try:
                    return super().solve(*ends)
                finally:
                    spent.append(perf_counter() - started)

        return Clocked

    for (module, name), original in zip(places, originals, strict=True):
        setattr(module, name, clocked(original))
    try:
        yield spent
    finally:
        for (module, name), original in zip(places, originals, strict=True):
            setattr(module, name, original)
