"""How the issuers' lines reach the suppliers that need them, as far down the chain as trade carries.

`plan` is pure and deterministic. It looks for the plan that meets, in this order: the most need at tier ≥ 2, the most
need in all, at the least cost; then few pieces. docs/planning.md has the problem, the formulation and the proofs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chain.planning.arrays import steps_from
from chain.planning.decision import Decision, decide
from chain.planning.explanation import explain
from chain.planning.model import Netting, Outcome, PlanningInput, PlanStep, PropagationPlan, StepKind
from chain.planning.netting import proposals_of, propose
from chain.planning.paths import Pieces
from chain.planning.problem import Names, Part, Problem, prepare
from chain.planning.relaxation import Cut, Reach
from chain.planning.screening import Refused, line_name
from chain.planning.steps import build_steps
from chain.planning.table import PlanningTable, as_table

#: A part of the network with so many enterprises is decided by itself; smaller ones together, in so many groups.
LEAST_ALONE = 64
GROUPS = 64


@dataclass(frozen=True, slots=True)
class PlanTable:
    """A `PropagationPlan` with its steps and outcomes as Polars frames, and refusals by rule."""

    currency: str
    steps: pl.DataFrame
    """Columns as the fields of `PlanStep`."""
    refused: tuple[Refused, ...]
    outcomes: pl.DataFrame
    """Columns as the fields of `Outcome`."""
    netting: tuple[Netting, ...]
    met_tier2_minor: int
    met_minor: int
    bound_tier2_minor: int
    bound_minor: int
    cost: int
    bound_cost: int
    optimal: bool
    proof: str
    minimum_cut: tuple[str, ...]

    def as_plan(self) -> PropagationPlan:
        """As Python objects, refusals sorted by subject."""
        refusals = [refusal for refused in self.refused for refusal in refused.refusals()]
        met = self.outcomes.filter(pl.col("met_minor") > 0)
        return PropagationPlan(
            currency=self.currency,
            steps=tuple(_step(row) for row in self.steps.iter_rows(named=True)),
            refusals=tuple(sorted(refusals, key=lambda refusal: (refusal.subject, refusal.rule))),
            met=dict(met.select("enterprise", "met_minor").iter_rows()),
            met_tier2_minor=self.met_tier2_minor,
            met_minor=self.met_minor,
            bound_tier2_minor=self.bound_tier2_minor,
            bound_minor=self.bound_minor,
            cost=self.cost,
            bound_cost=self.bound_cost,
            optimal=self.optimal,
            proof=self.proof,
            minimum_cut=self.minimum_cut,
            netting=self.netting,
            outcomes=tuple(
                Outcome(**row | {"bound_by": tuple(row["bound_by"])}) for row in self.outcomes.iter_rows(named=True)
            ),
        )


def _step(row: dict[str, Any]) -> PlanStep:
    return PlanStep(**row | {"kind": StepKind(row["kind"]), "proofs": tuple(row["proofs"] or ())})


def plan(inputs: PlanningInput) -> PropagationPlan:
    """The propagation plan of one currency on one day. Raises AmountsTooLarge when the amounts do not fit 53 bits."""
    return Planner().plan(as_table(inputs)).as_plan()


@dataclass
class Planner:
    """Plans one input after the other, and decides anew only what a change touches.

    The network falls into parts that no credit can leave. A part with the same numbers as in the plan before keeps its
    decision, which depends on nothing else; so a plan after a change is the plan from scratch.
    """

    _last: list[tuple[Problem, Decision]] = field(default_factory=list)
    """The parts of the last plan."""

    def plan(self, table: PlanningTable) -> PlanTable:
        """The plan of a table. Raises AmountsTooLarge."""
        problem, names, refused = prepare(table)
        reach = Reach(problem)
        parts = list(_parts(problem, reach, names))
        decisions = self._decide(parts, reach)
        pieces = _joined([_lifted(part, decision.pieces) for part, decision in zip(parts, decisions, strict=True)])
        cut = _joined_cut(problem, parts, decisions)
        explanation = explain(table, problem, reach, names, pieces, cut)
        optimal = all(decision.optimal for decision in decisions)
        proofs = {decision.proof for decision in decisions}
        return PlanTable(
            currency=table.currency,
            steps=build_steps(table, problem, names, pieces),
            refused=(*refused, *explanation.refused),
            outcomes=explanation.outcomes,
            netting=proposals_of(table) if table.keys_elsewhere else propose(table.today, problem, names),
            met_tier2_minor=sum(decision.reached.met_tier2 for decision in decisions),
            met_minor=sum(decision.reached.met for decision in decisions),
            bound_tier2_minor=sum(decision.bound_tier2 for decision in decisions),
            bound_minor=sum(decision.bound_met for decision in decisions),
            cost=sum(decision.reached.cost for decision in decisions),
            bound_cost=sum(decision.bound_cost for decision in decisions),
            optimal=optimal,
            proof="bound" if not optimal else "integer programme" if len(proofs) > 1 or "integer programme" in proofs
            else "minimum cut",
            minimum_cut=_cut_names(problem, names, cut),
        )  # fmt: skip

    def _decide(self, parts: list[Part], reach: Reach) -> list[Decision]:
        known = {_digest(problem): decision for problem, decision in self._last}
        self._last = []
        for part in parts:
            decision = known.get(_digest(part.problem)) if known else None
            if decision is None:
                decision = decide(part.problem, reach.within(part.problem, part.enterprises))
            self._last.append((part.problem, decision))
        return [decision for _, decision in self._last]


def _parts(problem: Problem, reach: Reach, names: Names) -> Iterator[Part]:
    """What can be decided apart: what is joined by payables that can carry credit to somebody who needs it."""
    debtor, creditor = problem.bucket_debtor, problem.bucket_creditor
    carries = (problem.bucket_set > 0) | reach.passes_on(debtor)
    wanting = steps_from(problem.count, creditor[carries], debtor[carries], np.flatnonzero(problem.needs > 0)) >= 0
    useful = np.flatnonzero(carries & wanting[creditor])
    graph = coo_array(
        (np.ones(useful.size, dtype=bool), (debtor[useful], creditor[useful])), shape=(problem.count, problem.count)
    )
    component = connected_components(graph, directed=False)[1]
    size = np.bincount(component, minlength=problem.count)
    lead = np.full(problem.count, problem.count)
    np.minimum.at(lead, component, np.arange(problem.count))
    group = np.where(size >= LEAST_ALONE, GROUPS + np.arange(problem.count), -1)
    used = np.zeros(problem.count, dtype=bool)
    used[component[debtor[useful]]] = True
    small = np.flatnonzero(used & (size < LEAST_ALONE))
    for number, name in zip(small.tolist(), names.enterprises[lead[small]].to_list(), strict=True):
        group[number] = crc32(name.encode()) % GROUPS
    touched = np.zeros(problem.count, dtype=bool)
    touched[debtor[useful]] = True
    touched[creditor[useful]] = True
    who = np.flatnonzero(touched)
    of_enterprise, of_bucket = group[component[who]], group[component[debtor[useful]]]
    for number in np.flatnonzero(np.bincount(of_bucket)).tolist():
        yield problem.part(who[of_enterprise == number], useful[of_bucket == number])


def _digest(problem: Problem) -> bytes:
    """Of all that a decision depends on."""
    digest = blake2b(digest_size=32)
    for column in (
        problem.line_issuer, problem.line_available, problem.financing_group, problem.financing_limit, problem.needs,
        problem.finances, problem.debtor, problem.creditor, problem.open_minor, problem.tenor, problem.bucket_of,
        problem.bucket_set, problem.bucket_payables,
    ):  # fmt: skip
        digest.update(column.size.to_bytes(8))
        digest.update(np.ascontiguousarray(column).data)
    prices = [(line.annual_rate_basis_points, line.prices) for line in problem.lines]
    eligible = sorted((enterprise, sorted(lines)) for enterprise, lines in problem.eligible_lines.items())
    digest.update(repr((problem.rules, prices, eligible, problem.line_sets)).encode())
    return digest.digest()


def _lifted(part: Part, pieces: Pieces) -> Pieces:
    return Pieces(
        pieces.parent, part.lines[pieces.line], part.payables[pieces.payable], pieces.hops, pieces.kept
    )  # fmt: skip


def _joined(parts: list[Pieces]) -> Pieces:
    joined = [Pieces.none(), *parts]
    shifts = np.cumsum([pieces.parent.size for pieces in joined]) - [pieces.parent.size for pieces in joined]
    parents = [np.where(p.parent >= 0, p.parent + shift, -1) for p, shift in zip(joined, shifts, strict=True)]
    return Pieces(
        np.concatenate(parents),
        *(np.concatenate([getattr(p, name) for p in joined]) for name in ("line", "payable", "hops", "kept")),
    )


def _joined_cut(problem: Problem, parts: list[Part], decisions: list[Decision]) -> Cut:
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for part, decision in zip(parts, decisions, strict=True):
        found["lines"].append(part.lines[decision.cut.lines])
        found["buckets"].append(part.buckets[decision.cut.buckets])
        found["needs"].append(part.enterprises[decision.cut.needs])
        inside = np.isin(part.problem.financing_group, decision.cut.groups)
        found["groups"].append(np.unique(problem.financing_group[part.lines[inside]]))
    nothing = np.zeros(0, dtype=np.int64)
    return Cut(*(np.sort(np.concatenate([nothing, *found[name]])) for name in ("lines", "buckets", "needs", "groups")))


def _cut_names(problem: Problem, names: Names, cut: Cut) -> tuple[str, ...]:
    lines = [f"line {line_name(problem.lines[line])}" for line in cut.lines.tolist()]
    inside = np.zeros(problem.bucket_debtor.size, dtype=bool)
    inside[cut.buckets] = True
    documents = names.payables.get_column("document").filter(pl.Series(inside[problem.bucket_of]))
    needs = names.enterprises[cut.needs]
    groups = [
        f"financing limit {line_name(problem.lines[line])}"
        for line in np.flatnonzero(np.isin(problem.financing_group, cut.groups)).tolist()
    ]
    return (*sorted({*groups, *lines}), *("document " + documents).to_list(), *("need " + needs).to_list())
