"""Integer programmes for what one flow cannot say: rules that tell one issuer's paper from another's.

Two exact formulations, solved by OR-Tools CP-SAT (integers throughout), one objective after the other:

- by edge: for each line, how much of its paper goes over each bucket. Holds financing limits, eligibility, shared
  payables and the ban on circles; not the minimum ticket, nor the limit on hops.
- by path: for each way from a line, the piece at its end. Holds every rule, and grows with the number of ways.

A time limit is counted in the solver's deterministic units, with one worker and a fixed seed, so that the same input
gives the same plan on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING, Any, TypeVar

import networkx
import numpy as np

from chain.planning.arrays import integers
from chain.planning.paths import Paths, Pieces
from chain.planning.problem import Problem
from chain.planning.relaxation import Reach, Stream

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_Variable = TypeVar("_Variable")

#: Above this many ways the programme by path is not tried.
MOST_PATHS = 4_000
#: CP-SAT's deterministic seconds for each of the three objectives.
DETERMINISTIC_SECONDS = 5.0
#: Prices are at least 10^-7 where they are not nought (differences of whole numbers, scaled).
FREE_OF_CHARGE = 1e-9
#: CP-SAT needs sums of |coefficient| × range below 2^63; beyond this the cost is left to the start.
LARGEST_SUM = 1 << 61


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is proven about every plan: upper bounds on needs met, a lower bound on cost (None: nothing is)."""

    met_tier2: int | None
    met: int | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class Solved:
    """The best that was found (pieces or streams) and the bounds; ``streams`` is None for the programme by path."""

    pieces: Pieces | None
    streams: tuple[Stream, ...] | None
    bounds: Bounds


def all_paths(problem: Problem, limit: int = MOST_PATHS) -> list[tuple[int, ...]] | None:
    """Every way from a line over open payables that visits nobody twice, up to the most hops; None beyond ``limit``."""
    if problem.bucket_debtor.size > limit:
        return None
    payables_of: dict[int, list[int]] = defaultdict(list)
    issuer_of, creditor_of = problem.line_issuer.tolist(), problem.creditor.tolist()
    found: list[tuple[int, ...]] = []
    frontier: list[tuple[int, ...]] = []
    for bucket in problem.buckets:
        payables_of[bucket.debtor] += bucket.payables
        frontier += [(line, payable) for line in bucket.lines for payable in bucket.payables]
    hops = 1
    while frontier and hops <= problem.rules.max_hops:
        found += frontier
        if len(found) > limit:
            return None
        longer = []
        for path in frontier:
            visited = {issuer_of[path[0]], *(creditor_of[payable] for payable in path[1:])}
            for payable in payables_of[creditor_of[path[-1]]]:
                if creditor_of[payable] not in visited:
                    longer.append((*path, payable))
            if len(longer) > limit:
                return None
        frontier = longer
        hops += 1
    return sorted(found)


@dataclass(slots=True)
class EdgeModel:
    """The programme by edge, without the ban on circles: variables from 0 to ``most``, rows ``low ≤ Σ factor·x ≤ high``."""

    most: list[int] = field(default_factory=list)
    flows: dict[tuple[int, int], int] = field(default_factory=dict)
    """(line, bucket) → variable"""
    kept: dict[tuple[int, int, bool], int] = field(default_factory=dict)
    """(line, enterprise, whether it came straight from the line) → variable"""
    rows: list[tuple[int | None, int, list[tuple[int, int]]]] = field(default_factory=list)
    """(low, high, [(factor, variable)]); no low end where ``low`` is None."""

    def variable(self, most: int) -> int:
        """A new variable."""
        self.most.append(most)
        return len(self.most) - 1

    def at_most(self, high: int, variables: Sequence[int]) -> None:
        """Σ variables ≤ high, left out where it cannot bind."""
        if sum(self.most[variable] for variable in variables) > high:
            self.rows.append((None, high, [(1, variable) for variable in variables]))

    def objectives(self, problem: Problem) -> list[list[tuple[int, int]]]:
        """To be minimised in this order: −tier 2, −all, cost."""
        return [
            [(-1, variable) for (_, _, direct), variable in self.kept.items() if not direct],
            [(-1, variable) for variable in self.kept.values()],
            [
                (cost, self.flows[line, index])
                for line, index, cost in zip(*(column.tolist() for column in problem.first_hops), strict=True)
                if (line, index) in self.flows
            ],
        ]

    def streams(self, problem: Problem, values: Sequence[int]) -> tuple[Stream, ...]:
        """One stream a line."""
        first: list[list[tuple[int, int, int]]] = [[] for _ in problem.lines]
        passed: list[dict[int, int]] = [{} for _ in problem.lines]
        kept: dict[bool, list[dict[int, int]]] = {way: [{} for _ in problem.lines] for way in (True, False)}
        for (line, index), variable in self.flows.items():
            if minor := values[variable]:
                if problem.buckets[index].debtor == problem.line_issuer[line]:
                    first[line].append((line, index, minor))
                else:
                    passed[line][index] = minor
        for (line, enterprise, direct), variable in self.kept.items():
            if minor := values[variable]:
                kept[direct][line][enterprise] = minor
        return tuple(
            Stream.of(problem.count, *columns) for columns in zip(first, passed, kept[True], kept[False], strict=True)
        )


def edge_model(problem: Problem, reach: Reach, permitted: np.ndarray | None, limit: int) -> EdgeModel | None:
    """Per-line flow: issued ≤ available, kept straight ≤ received straight, received = passed on + kept; shared payables,
    needs and financing limits. None beyond ``limit`` variables.

    ``permitted``: a mask of the buckets that credit may take; all where it is None.
    """
    if problem.bucket_debtor.size > limit:
        return None
    needs, available = problem.needs.tolist(), problem.line_available.tolist()
    every = range(len(problem.lines))
    model = EdgeModel()
    users: dict[int, list[int]] = defaultdict(list)
    for line, issuer in enumerate(problem.line_issuer.tolist()):
        into: dict[int, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
        out: dict[int, list[int]] = defaultdict(list)
        opened = _open_buckets(problem, reach, line)
        if len(model.most) + len(opened) > limit:
            return None
        for index in opened:
            bucket = problem.buckets[index]
            if permitted is not None and not permitted[index]:
                continue
            flow = model.variable(min(bucket.capacity, available[line]))
            model.flows[line, index] = flow
            users[index].append(flow)
            into[bucket.creditor][bucket.debtor == issuer].append(flow)
            out[bucket.debtor].append(flow)
        model.at_most(available[line], out.pop(issuer, []))
        for enterprise, receiving in sorted(into.items()):
            balance = [(1, flow) for flow in receiving[True] + receiving[False]]
            balance += [(-1, flow) for flow in out.pop(enterprise, [])]
            most = min(needs[enterprise], available[line])
            if most and line in problem.eligible_lines.get(enterprise, every):
                for direct, flows in receiving.items():
                    if flows:
                        keep = model.variable(most)
                        model.kept[line, enterprise, direct] = keep
                        model.rows.append((None, 0, [(1, keep), *((-1, flow) for flow in flows)]))
                        balance.append((-1, keep))
            model.rows.append((0, 0, balance))
        for stranded in out.values():  # nobody pays this debtor in this line's paper
            model.rows.append((0, 0, [(1, flow) for flow in stranded]))
    for index, sharing in sorted(users.items()):
        model.at_most(problem.buckets[index].capacity, sharing)
    for high, keeping in _keeping_limits(problem, [(*key[:2], variable) for key, variable in model.kept.items()]):
        model.at_most(high, keeping)
    return model


@dataclass(frozen=True, slots=True)
class LinearPoint:
    """A vertex of the linear programme. ``whole``: it is in whole numbers; else its amounts are rounded down."""

    streams: tuple[Stream, ...]
    whole: bool


def solve_linear(problem: Problem, model: EdgeModel) -> LinearPoint | None:
    """The objectives in order, then the least Σ flow, which makes short ways. Computed in floats: carries no proof.

    Small programmes are so near to a network that their vertices are nearly always whole numbers.
    """
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    variables = [solver.NumVar(0, most, "") for most in model.most]
    rows = []
    for low, high, terms in model.rows:
        row = solver.Constraint(-solver.infinity() if low is None else low, high)
        rows.append(row)
        for factor, variable in terms:
            row.SetCoefficient(variables[variable], factor)
    values: list[float] = []
    for terms in [*model.objectives(problem), [(1, variable) for variable in model.flows.values()]]:
        objective = solver.Objective()
        objective.Clear()
        scale = max((abs(factor) for factor, _ in terms), default=1) or 1
        for factor, variable in terms:
            objective.SetCoefficient(variables[variable], factor / scale)
        objective.SetMinimization()
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        values = [variable.solution_value() for variable in variables]
        _stay_on_the_best_face(model, variables, rows)
    near = [round(value) for value in values]
    whole = all(0 <= value <= most for value, most in zip(near, model.most, strict=True))
    for low, high, terms in model.rows:
        total = sum(factor * near[variable] for factor, variable in terms)
        whole = whole and total <= high and (low is None or total >= low)
    if whole:
        return LinearPoint(model.streams(problem, near), whole=True)
    return LinearPoint(model.streams(problem, [max(0, floor(value + 1e-6)) for value in values]), whole=False)


def _stay_on_the_best_face(model: EdgeModel, variables: list[Any], rows: list[Any]) -> None:
    """Complementary slackness, as in `flow.minimise_in_order`: what has a price stays where it is."""
    prices = [variable.reduced_cost() for variable in variables]
    tight = [abs(row.dual_value()) > FREE_OF_CHARGE for row in rows]
    for variable, most, price in zip(variables, model.most, prices, strict=True):
        if price > FREE_OF_CHARGE:
            variable.SetUb(variable.lb())
        elif price < -FREE_OF_CHARGE:
            variable.SetLb(variable.ub() if variable.ub() < most else most)
    for row, (_, high, _), binding in zip(rows, model.rows, tight, strict=True):
        if binding:
            row.SetLb(high)


def solve_by_edge(problem: Problem, model: EdgeModel, start: Pieces) -> Solved:
    """The best per-line flow. Exact except for the minimum ticket and the hop limit, which it leaves out."""
    from ortools.sat.python import cp_model

    sat = cp_model.CpModel()
    variables = [sat.new_int_var(0, most, "") for most in model.most]
    for low, high, terms in model.rows:
        expression = sum(factor * variables[variable] for factor, variable in terms)
        sat.add(expression == high) if low == high else sat.add(expression <= high)
    users: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for (_, index), variable in model.flows.items():
        users[index].append(variables[variable])
    _forbid_circles(problem, sat, users)
    hints = _hints_by_edge(problem, start)
    for key, variable in [*model.flows.items(), *model.kept.items()]:
        sat.add_hint(variables[variable], hints.get(key, 0))
    objectives = [[(factor, variables[variable]) for factor, variable in terms] for terms in model.objectives(problem)]
    solver, bounds = _solve_in_order(sat, objectives)
    if solver is None:
        return Solved(None, None, bounds)
    return Solved(None, model.streams(problem, [solver.value(variable) for variable in variables]), bounds)


def solve_by_path(problem: Problem, ways: Sequence[tuple[int, ...]], start: Pieces) -> Solved:
    """The best plan of all: every rule of a plan is in it."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    ticket = problem.rules.min_ticket_minor
    amounts: dict[tuple[int, ...], cp_model.IntVar] = {}
    kept: dict[tuple[int, ...], cp_model.IntVar] = {}
    below: dict[tuple[int, ...], list[cp_model.IntVar]] = defaultdict(list)
    over: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    issued: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    started, held = _amounts_by_way(start), start.paths()
    open_minor, available, needs = (
        column.tolist() for column in (problem.open_minor, problem.line_available, problem.needs)
    )
    creditor, tenor, every = problem.creditor.tolist(), problem.tenor.tolist(), range(len(problem.lines))
    for path in ways:
        most = min(open_minor[path[-1]], available[path[0]])
        amount = model.new_int_var(0, most, "")
        model.add_hint(amount, started.get(path, 0))
        amounts[path] = amount
        below[path[:-1]].append(amount)
        over[path[-1]].append(amount)
        if len(path) == 2:
            issued[path[0]].append(amount)
        if ticket > 1:
            made = model.new_bool_var("")
            model.add_hint(made, path in started)
            model.add(amount >= ticket).only_enforce_if(made)
            model.add(amount == 0).only_enforce_if(~made)
        enterprise = creditor[path[-1]]
        if needs[enterprise] and path[0] in problem.eligible_lines.get(enterprise, every):
            kept[path] = model.new_int_var(0, min(most, needs[enterprise]), "")
            model.add_hint(kept[path], held.get(path, 0))
    for path in ways:
        model.add(amounts[path] == sum(below.get(path, [])) + kept.get(path, 0))
    for payable, using in over.items():
        model.add(sum(using) <= open_minor[payable])
    for line, using in issued.items():
        model.add(sum(using) <= available[line])
    keeping = [(path[0], creditor[path[-1]], keep) for path, keep in kept.items()]
    for high, terms in _keeping_limits(problem, keeping):
        model.add(sum(terms) <= high)
    bucket_of = problem.bucket_of.tolist()
    users: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for payable, using in over.items():
        users[bucket_of[payable]] += using
    _forbid_circles(problem, model, users)
    tier2 = [(-1, keep) for path, keep in kept.items() if len(path) > 2]
    unit = problem.tariff.cost(
        integers(path[0] for path in kept), integers(len(path) - 1 for path in kept),
        integers(tenor[path[1]] for path in kept),
    ).tolist()  # fmt: skip
    cost = list(zip(unit, kept.values(), strict=True))
    met = [(-1, keep) for keep in kept.values()]
    solver, bounds = _solve_in_order(model, [tier2, met, cost])
    if solver is None:
        return Solved(None, None, bounds)
    found = {path: solver.value(keep) for path, keep in kept.items() if solver.value(keep)}
    return Solved(Pieces.of(found), None, bounds)


def _open_buckets(problem: Problem, reach: Reach, line: int) -> list[int]:
    """Buckets that this line's paper can use: first hops of its issuer, then those of whoever it can reach."""
    issuer = problem.line_issuer[line]
    first = np.zeros(problem.bucket_debtor.size, dtype=bool)
    lines, buckets, _ = problem.first_hops
    first[buckets[lines == line]] = True
    further = (
        (problem.bucket_debtor != issuer)
        & (problem.bucket_creditor != issuer)
        & reach.passes_on(problem.bucket_debtor, reach.mask([line]))
    )
    return np.flatnonzero(first | further).tolist()


def _amounts_by_way(pieces: Pieces) -> Paths:
    """Way → amount of the piece at its end."""
    amounts: Paths = defaultdict(int)
    for path, kept in pieces.paths().items():
        for end in range(2, len(path) + 1):
            amounts[path[:end]] += kept
    return amounts


def _hints_by_edge(problem: Problem, start: Pieces) -> dict[tuple[int, ...], int]:
    """(line, bucket) → flow and (line, enterprise, direct) → kept, of a plan to start from."""
    bucket_of, creditor = problem.bucket_of.tolist(), problem.creditor.tolist()
    hints: dict[tuple[int, ...], int] = defaultdict(int)
    for path, minor in _amounts_by_way(start).items():
        hints[path[0], bucket_of[path[-1]]] += minor
    for path, minor in start.paths().items():
        hints[path[0], creditor[path[-1]], len(path) == 2] += minor
    return hints


def _keeping_limits(problem: Problem, kept: Sequence[tuple[int, int, _Variable]]) -> list[tuple[int, list[_Variable]]]:
    """(limit, what it limits) from (line, enterprise, what it keeps): needs, and financing limits of (bank, issuer)."""
    needs, limits = problem.needs.tolist(), problem.financing_limit.tolist()
    groups, finances = problem.financing_group.tolist(), problem.finances.tolist()
    by_enterprise: dict[int, list[_Variable]] = defaultdict(list)
    by_group: dict[int, list[_Variable]] = defaultdict(list)
    for line, enterprise, keep in kept:
        by_enterprise[enterprise].append(keep)
        if finances[enterprise]:
            by_group[groups[line]].append(keep)
    return [
        *((needs[enterprise], keeping) for enterprise, keeping in by_enterprise.items()),
        *((limits[group], keeping) for group, keeping in by_group.items()),
    ]


def _forbid_circles(problem: Problem, model: cp_model.CpModel, users: dict[int, list[cp_model.IntVar]]) -> None:
    """Where payables run in circles, the enterprises get places, and credit only goes to a later place."""
    edges: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index in users:
        edges[problem.buckets[index].debtor, problem.buckets[index].creditor].append(index)
    graph = networkx.DiGraph(list(edges))
    for members in networkx.strongly_connected_components(graph):
        if len(members) < 2:
            continue
        place = {enterprise: model.new_int_var(0, len(members) - 1, "") for enterprise in sorted(members)}
        for (debtor, creditor), indices in sorted(edges.items()):
            if debtor in members and creditor in members:
                used = model.new_bool_var("")
                model.add(place[creditor] >= place[debtor] + 1).only_enforce_if(used)
                for index in indices:
                    model.add(sum(users[index]) <= problem.buckets[index].capacity * used)


def _solve_in_order(
    model: cp_model.CpModel, objectives: list[list[tuple[int, cp_model.IntVar]]]
) -> tuple[cp_model.CpSolver | None, Bounds]:
    """Most at tier ≥ 2, then most, then the least cost; each is fixed before the next. Stops where one is not proven.

    The bounds are CP-SAT's own integers, not its rounded floats.
    """
    from ortools.sat.python import cp_model

    best: cp_model.CpSolver | None = None
    figures: list[int | None] = [None, None, None]
    for number, terms in enumerate(objectives):
        if sum(abs(factor) * max(variable.proto.domain) for factor, variable in terms) > LARGEST_SUM:
            break
        expression = sum(factor * variable for factor, variable in terms)
        model.minimize(expression)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = DETERMINISTIC_SECONDS
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        best = solver
        value = sum(factor * solver.value(variable) for factor, variable in terms)
        figures[number] = value if status == cp_model.OPTIMAL else solver.response_proto.inner_objective_lower_bound
        if status != cp_model.OPTIMAL:
            break
        if terms:
            model.add(expression == value)
        model.clear_hints()
        for index in range(len(model.proto.variables)):
            variable = model.get_int_var_from_proto_index(index)
            model.add_hint(variable, solver.value(variable))
    tier2_bound, met_bound, cost_bound = figures
    return best, Bounds(
        met_tier2=None if tier2_bound is None else -tier2_bound,
        met=None if met_bound is None else -met_bound,
        cost=cost_bound,
    )
