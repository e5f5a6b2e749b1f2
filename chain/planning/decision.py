"""The decision on one problem: from the cheapest way to know to the dearest, until a plan reaches a proven bound."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chain.planning import programme
from chain.planning.completion import complete, one_way, one_way_flow, whole_numbers
from chain.planning.paths import Pieces, Standing, broken_rules, standing, trace
from chain.planning.problem import Problem
from chain.planning.relaxation import Cut, Reach, SharedFlow, most_met, shared_flow

#: Variables of the programme by edge above which it is not tried: its linear form, and with whole numbers.
MOST_LINEAR_VARIABLES = 8_000
MOST_INTEGER_VARIABLES = 4_000

_Candidate = tuple[Standing, Pieces]


@dataclass(frozen=True, slots=True)
class Decision:
    """The best plan found, and what is known about every other plan."""

    pieces: Pieces
    reached: Standing
    bound_tier2: int
    bound_met: int
    bound_cost: int
    proof: str
    cut: Cut

    @property
    def optimal(self) -> bool:
        """Reached and bound agree in all three objectives."""
        reached = self.reached
        return (reached.met_tier2, reached.met, reached.cost) == (self.bound_tier2, self.bound_met, self.bound_cost)


def decide(problem: Problem, reach: Reach) -> Decision:
    """The first plan that reaches a proven bound ends it. The same numbers give the same decision.

    Raises AmountsTooLarge when the amounts do not fit 53 bits.
    """
    relaxed = shared_flow(problem, reach)
    candidates: list[_Candidate] = []
    # 1. All paper as one flow. Where its paths keep the rules on issuers too, nothing can be better.
    straight = trace(problem, [relaxed.stream])
    if straight is None and not relaxed.proven:
        # Another of the best flows may run in no circle; where the cost is exact, so are hops, and there is hardly another.
        other = shared_flow(problem, reach, large_first=False)
        straight = trace(problem, [other.stream])
        relaxed = relaxed if straight is None else other
    if straight is not None:
        if not broken_rules(problem, straight):
            candidates.append(_ranked(problem, straight))
            decision = _by_cut(relaxed, candidates)
            if decision.optimal:
                return decision
        # With both needs at their bounds there is nothing to add; only the cost is above its bound.
        if not candidates or (decision.reached.met_tier2, decision.reached.met) != (
            decision.bound_tier2,
            decision.bound_met,
        ):
            candidates.append(_ranked(problem, complete(problem, reach, straight)))
    # 2. The paper of each line apart, as a linear programme; its bound is still the flow's.
    candidates += _linear(problem, reach, one_way(problem, relaxed.stream) if straight is None else None)
    decision = _by_cut(relaxed, candidates)
    if decision.optimal:
        return decision
    # 3. The same flow without circles, cut to the rules and filled up.
    if straight is None:
        forward = trace(problem, [one_way_flow(problem, reach, relaxed.stream).stream])
        candidates.append(_ranked(problem, complete(problem, reach, forward or Pieces.none())))
        decision = _by_cut(relaxed, candidates)
        if decision.optimal:
            return decision
    # 4. With whole numbers and every rule.
    return _by_programme(problem, reach, relaxed, candidates, decision)


def _linear(problem: Problem, reach: Reach, permitted: np.ndarray | None) -> list[_Candidate]:
    model = programme.edge_model(problem, reach, permitted, MOST_LINEAR_VARIABLES)
    if model is None:
        return []
    point = programme.solve_linear(problem, model)
    if point is None:
        return []
    streams = point.streams if point.whole else whole_numbers(problem, reach, point.streams)
    found = trace(problem, streams)
    if found is None:
        return []
    fits = point.whole and not broken_rules(problem, found)
    return [_ranked(problem, found if fits else complete(problem, reach, found))]


def _by_cut(relaxed: SharedFlow, candidates: list[_Candidate]) -> Decision:
    """The best candidate against the flow's bound, which holds for every plan: the rules it leaves out only forbid."""
    best, reached = _best(candidates)
    decision = Decision(
        best, reached, relaxed.bound_tier2, relaxed.bound_met, relaxed.bound_cost, "minimum cut", relaxed.cut
    )
    return decision if decision.optimal else replace(decision, proof="bound")


def _by_programme(
    problem: Problem, reach: Reach, relaxed: SharedFlow, candidates: list[_Candidate], decision: Decision
) -> Decision:
    start = decision.pieces
    ticketed = problem.rules.min_ticket_minor > 1
    ways = programme.all_paths(problem)
    bounds: list[programme.Bounds] = []
    if not ticketed:
        model = programme.edge_model(problem, reach, None, MOST_INTEGER_VARIABLES)
        if model is not None:
            solved = programme.solve_by_edge(problem, model, start)
            found = trace(problem, solved.streams) if solved.streams else None
            if found is not None and broken_rules(problem, found):
                found = complete(problem, reach, found)
            bounds.append(solved.bounds)
            candidates = candidates if found is None else [*candidates, _ranked(problem, found)]
    best, reached = _best(candidates)
    decision = _tightest(problem, reach, relaxed, best, reached, bounds)
    if decision.optimal or ways is None:
        return decision
    solved = programme.solve_by_path(problem, ways, best)
    bounds.append(solved.bounds)
    if solved.pieces is not None and not broken_rules(problem, solved.pieces):
        candidates = [*candidates, _ranked(problem, solved.pieces)]
    best, reached = _best(candidates)
    return _tightest(problem, reach, relaxed, best, reached, bounds)


def _tightest(
    problem: Problem,
    reach: Reach,
    relaxed: SharedFlow,
    best: Pieces,
    reached: Standing,
    others: list[programme.Bounds],
) -> Decision:
    """Put the proven bounds together. A bound on a later objective counts only where those before it are reached:
    the flow's hold for plans that reach the flow's bound, the programme's for plans that reach the programme's."""
    flow = programme.Bounds(relaxed.bound_tier2, relaxed.bound_met, relaxed.bound_cost)
    sources = [flow, *others]
    tier2 = min(source.met_tier2 for source in sources if source.met_tier2 is not None)
    sources = [source for source in sources if source.met_tier2 == tier2 == reached.met_tier2]
    limits = [source.met for source in sources if source.met is not None]
    met = min(limits) if limits else most_met(problem, reach)
    costs = [source.cost for source in sources if source.met == met == reached.met and source.cost is not None]
    decision = Decision(best, reached, tier2, met, max(costs, default=0), "bound", relaxed.cut)
    if not decision.optimal:
        return decision
    by_flow = flow.met_tier2 == tier2 and flow.met == met and flow.cost == decision.bound_cost
    return replace(
        decision,
        proof="minimum cut" if by_flow else "integer programme",
        cut=relaxed.cut if by_flow else Cut.none(),
    )


def _ranked(problem: Problem, pieces: Pieces) -> _Candidate:
    return standing(problem, pieces), pieces


def _best(candidates: list[_Candidate]) -> tuple[Pieces, Standing]:
    nothing = Standing(0, 0, 0, 0), Pieces.none()
    reached, pieces = max(candidates or [nothing], key=lambda candidate: candidate[0].rank)
    return pieces, reached
