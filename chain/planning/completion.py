"""A plan that keeps every rule, made from one that may not: cut what breaks a rule, then add line by line.

Nothing here is optimal by itself; it gives a feasible plan to hold against a bound, and a start for the integer
programme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from heapq import heapify, heappop, heappush

import networkx
import numpy as np

from chain.planning.paths import Paths, holder, payer_first, pieces, remaining, standing, trace
from chain.planning.problem import Problem
from chain.planning.relaxation import Reach, Room, SharedFlow, Stream, shared_flow

#: How much adding there may be: 300 flows for a network of 1,000 buckets, 3 for one of 100,000.
ADDITIONS_TIMES_BUCKETS = 300_000


def one_way_flow(problem: Problem, reach: Reach, wanted: Stream) -> SharedFlow:
    """The best flow that surely has paths: every payable leads one way, so that nothing closes a circle, and no payable
    of an issuer is used twice over. The way is that of most of ``wanted``, a flow with circles in it."""
    place = _places(problem, _without_back_edges(problem, wanted))
    forward = np.asarray([place[bucket.debtor] < place[bucket.creditor] for bucket in problem.buckets], dtype=bool)
    return shared_flow(problem, reach, permitted=forward, passing_beside_lines=False)


def one_way_pairs(problem: Problem, wanted: Stream) -> frozenset[tuple[int, int]]:
    """The (payer, recipient) pairs that `one_way_flow` uses."""
    place = _places(problem, _without_back_edges(problem, wanted))
    return frozenset(
        (bucket.debtor, bucket.creditor) for bucket in problem.buckets if place[bucket.debtor] < place[bucket.creditor]
    )


def whole_numbers(problem: Problem, reach: Reach, streams: Sequence[Stream]) -> tuple[Stream, ...]:
    """Each line's flow again, in whole numbers, within what the streams (rounded down) give that line."""
    again = []
    for line, stream in enumerate(streams):
        capacity = [0] * len(problem.buckets)
        for _, bucket, minor in stream.first:
            capacity[bucket] += minor
        for bucket, minor in stream.passed.items():
            capacity[bucket] += minor
        needs = [0] * len(problem.enterprises)
        for kept in (stream.kept_direct, stream.kept_indirect):
            for enterprise, minor in kept.items():
                needs[enterprise] += minor
        room = Room(problem.line_available, tuple(capacity), tuple(needs), problem.financing_limit)
        again.append(shared_flow(problem, reach, room, [line]).stream)
    return tuple(again)


def complete(problem: Problem, reach: Reach, start: Paths) -> Paths:
    """The start, cut to the rules, with whatever still fits added: of all lines at once, then line by line."""
    best = cut_to_rules(problem, start)
    budget = ADDITIONS_TIMES_BUCKETS // (1 + len(problem.buckets))
    every_line = list(range(len(problem.lines)))
    while budget > 0:
        before = standing(problem, best).rank
        for lines in [every_line, *([line] for line in every_line)][: budget + 1]:
            budget -= 1
            grown = _add(problem, reach, best, lines)
            if grown is not None and standing(problem, grown).rank > standing(problem, best).rank:
                best = grown
        if standing(problem, best).rank == before:
            break
    return best


def cut_to_rules(problem: Problem, paths: Paths) -> Paths:
    """The paths without what is too deep, not eligible, over a financing limit, in a circle or below the ticket."""
    kept = {
        path: minor
        for path, minor in paths.items()
        if len(path) - 1 <= problem.rules.max_hops and problem.may_keep(holder(problem, path), path[0])
    }
    financing = list(problem.financing_limit)
    # Deep pieces first: need met at tier 2 and beyond counts before the rest.
    for path in sorted(kept, key=lambda path: (-min(len(path), 3), -kept[path], path)):
        if holder(problem, path) in problem.finances:
            group = problem.financing_group[path[0]]
            kept[path] = min(kept[path], financing[group])
            financing[group] -= kept[path]
    kept = {path: minor for path, minor in kept.items() if minor > 0}
    return _drop_small(problem, _without_circles(problem, kept))


def _without_circles(problem: Problem, paths: Paths) -> Paths:
    edges: set[tuple[int, int]] = set()
    kept: Paths = {}
    plain = {(problem.debtor_of[payable], problem.creditor_of[payable]) for path in paths for payable in path[1:]}
    if payer_first(plain) is not None:
        return paths
    for path in sorted(paths, key=lambda path: (-paths[path], path)):
        grown = edges | {(problem.debtor_of[payable], problem.creditor_of[payable]) for payable in path[1:]}
        if grown == edges or payer_first(grown) is not None:
            edges = grown
            kept[path] = paths[path]
    return kept


def _drop_small(problem: Problem, paths: Paths) -> Paths:
    """Without pieces below the minimum ticket. The smallest piece of a tree is always a leaf, so leaves go first."""
    ticket = problem.rules.min_ticket_minor
    if ticket <= 1:
        return paths
    kept = dict(paths)
    children: dict[tuple[int, ...], int] = defaultdict(int)
    amounts = pieces(kept)
    for path in amounts:
        children[path[:-1]] += 1
    for path in sorted(amounts, key=lambda path: (-len(path), path)):
        if not children[path] and kept.get(path, 0) < ticket:
            kept.pop(path, None)
            children[path[:-1]] -= 1
    return kept


def _add(problem: Problem, reach: Reach, paths: Paths, lines: list[int]) -> Paths | None:
    """Add the best flow of some lines through what the plan leaves. For one line, its limits are plain capacities."""
    room = remaining(problem, paths)
    if not any(room.available[line] > 0 for line in lines) or not any(room.needs):
        return None
    amounts = pieces(paths)
    place = _places(problem, {(problem.debtor_of[path[-1]], problem.creditor_of[path[-1]]) for path in amounts})
    forward = np.asarray([place[bucket.debtor] < place[bucket.creditor] for bucket in problem.buckets], dtype=bool)
    more = shared_flow(problem, reach, room, lines, forward, passing_beside_lines=False)
    used: dict[int, int] = defaultdict(int)
    for path, minor in amounts.items():
        used[path[-1]] += minor
    added = trace(problem, [more.stream], used)
    if not added:
        return None
    total: Paths = defaultdict(int, paths)
    for path, minor in added.items():
        total[path] += minor
    return cut_to_rules(problem, dict(total))


def _places(problem: Problem, edges: set[tuple[int, int]]) -> list[int]:
    """A place for every enterprise, payers before recipients, else nearer to the issuers first."""
    level = _levels(problem)
    creditors: dict[int, list[int]] = defaultdict(list)
    waiting = [0] * len(problem.enterprises)
    for payer, recipient in edges:
        creditors[payer].append(recipient)
        waiting[recipient] += 1
    ready = [(level[enterprise], enterprise) for enterprise, count in enumerate(waiting) if not count]
    heapify(ready)
    place = [0] * len(problem.enterprises)
    for position in range(len(place)):
        _, enterprise = heappop(ready)
        place[enterprise] = position
        for creditor in creditors[enterprise]:
            waiting[creditor] -= 1
            if not waiting[creditor]:
                heappush(ready, (level[creditor], creditor))
    return place


def _levels(problem: Problem) -> list[int]:
    """Least number of payables from an issuer; unreachable enterprises come last."""
    creditors: dict[int, set[int]] = defaultdict(set)
    for bucket in problem.buckets:
        creditors[bucket.debtor].add(bucket.creditor)
    level = [len(problem.enterprises)] * len(problem.enterprises)
    frontier = set(problem.line_issuer)
    depth = 0
    seen = set(frontier)
    while frontier:
        for enterprise in frontier:
            level[enterprise] = depth
        frontier = {creditor for debtor in frontier for creditor in creditors[debtor]} - seen
        seen |= frontier
        depth += 1
    return level


def _without_back_edges(problem: Problem, wanted: Stream) -> set[tuple[int, int]]:
    """The (payer, recipient) pairs of a flow, without those of the least amounts that close its circles."""
    amounts: dict[tuple[int, int], int] = defaultdict(int)
    for bucket, minor in [*((bucket, minor) for _, bucket, minor in wanted.first), *wanted.passed.items()]:
        amounts[problem.buckets[bucket].debtor, problem.buckets[bucket].creditor] += minor
    component: dict[int, int] = {}
    for number, members in enumerate(networkx.strongly_connected_components(networkx.DiGraph(list(amounts)))):
        component |= dict.fromkeys(members, number)
    kept = {pair for pair in amounts if component[pair[0]] != component[pair[1]]}
    inside: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for pair in sorted(amounts.keys() - kept, key=lambda pair: (-amounts[pair], pair)):
        grown = inside[component[pair[0]]] | {pair}
        if payer_first(grown) is not None:
            inside[component[pair[0]]] = grown
    return kept.union(*inside.values())
