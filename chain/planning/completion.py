"""A plan that keeps every rule, made from one that may not: cut what breaks a rule, then add line by line.

Nothing here is optimal by itself; it gives a feasible plan to hold against a bound, and a start for the integer
programme.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chain.planning.arrays import before_in_group, layers, steps_from, sums
from chain.planning.paths import Pieces, remaining, standing, trace
from chain.planning.problem import Problem
from chain.planning.relaxation import Reach, Room, SharedFlow, Stream, shared_flow

#: How much adding there may be: 300 flows for a network of 1,000 buckets, and some for one of any size.
ADDITIONS_TIMES_BUCKETS = 300_000
LEAST_ADDITIONS = 8


def one_way_flow(problem: Problem, reach: Reach, wanted: Stream) -> SharedFlow:
    """The best flow that surely has paths: every payable leads one way, so that nothing closes a circle, and no payable
    of an issuer is used twice over. The way is that of most of ``wanted``, a flow with circles in it."""
    return shared_flow(problem, reach, permitted=one_way(problem, wanted), passing_beside_lines=False)


def one_way(problem: Problem, wanted: Stream) -> np.ndarray:
    """The buckets that `one_way_flow` uses, as a mask."""
    return _forward(problem, *_without_back_edges(problem, wanted))


def whole_numbers(problem: Problem, reach: Reach, streams: Sequence[Stream]) -> tuple[Stream, ...]:
    """Each line's flow again, in whole numbers, within what the streams (rounded down) give that line."""
    again = []
    for line, stream in enumerate(streams):
        room = Room(
            problem.line_available,
            stream.by_bucket(problem.bucket_debtor.size),
            stream.kept_direct + stream.kept_indirect,
            problem.financing_limit,
        )
        again.append(shared_flow(problem, reach, room, [line]).stream)
    return tuple(again)


def complete(problem: Problem, reach: Reach, start: Pieces) -> Pieces:
    """The start, cut to the rules, with whatever still fits added: of all lines at once, then line by line."""
    best = cut_to_rules(problem, start)
    budget = max(LEAST_ADDITIONS, ADDITIONS_TIMES_BUCKETS // (1 + problem.bucket_debtor.size))
    every_line = list(range(len(problem.lines)))
    while budget > 0:
        before = standing(problem, best).rank
        groups = [[line] for line in every_line]
        if budget <= len(every_line) // 2:
            # No time for each line by itself: those that their bank still finances apart from those that only go to
            # who does not discount. One flow of both would send the latter where they are cut again.
            financed = remaining(problem, best).financing[problem.financing_group] > 0
            groups = [np.flatnonzero(those).tolist() for those in (financed, ~financed)]
        for lines in [every_line, *groups][: budget + 1]:
            budget -= 1
            grown = _add(problem, reach, best, lines)
            if grown is not None and standing(problem, grown).rank > standing(problem, best).rank:
                best = grown
        if standing(problem, best).rank == before:
            break
    return best


def cut_to_rules(problem: Problem, pieces: Pieces) -> Pieces:
    """The pieces without what is too deep, not eligible, over a financing limit or below the ticket. They run in no
    circle to begin with, and losing some does not close one."""
    holder = problem.creditor[pieces.payable]
    kept = np.where((pieces.hops <= problem.rules.max_hops) & problem.may_keep(holder, pieces.line), pieces.kept, 0)
    # Deep pieces first: need met at tier 2 and beyond counts before the rest.
    sold = np.flatnonzero(problem.finances[holder] & (kept > 0))
    group = problem.financing_group[pieces.line[sold]]
    order = np.lexsort((sold, -kept[sold], pieces.hops[sold] < 2, group))
    sold, group = sold[order], group[order]
    left = problem.financing_limit[group] - before_in_group(group, kept[sold])
    kept[sold] = np.clip(left, 0, kept[sold])
    return _drop_small(problem, Pieces(pieces.parent, pieces.line, pieces.payable, pieces.hops, kept).useful())


def _drop_small(problem: Problem, pieces: Pieces) -> Pieces:
    """Without pieces below the minimum ticket. The smallest piece of a tree is always a leaf, so leaves go first."""
    ticket = problem.rules.min_ticket_minor
    if ticket <= 1 or not pieces.parent.size:
        return pieces
    children = np.bincount(pieces.parent[pieces.parent >= 0], minlength=pieces.parent.size)
    stays = np.ones(pieces.parent.size, dtype=bool)
    for hops in range(int(pieces.hops.max()), 0, -1):
        rows = np.flatnonzero(pieces.hops == hops)
        small = rows[(children[rows] == 0) & (pieces.kept[rows] < ticket)]
        stays[small] = False
        if hops > 1:
            np.subtract.at(children, pieces.parent[small], 1)
    return pieces.only(stays)


def _add(problem: Problem, reach: Reach, pieces: Pieces, lines: list[int]) -> Pieces | None:
    """Add the best flow of some lines through what the plan leaves. For one line, its limits are plain capacities."""
    room = remaining(problem, pieces)
    if not (room.available[lines] > 0).any() or not (room.needs > 0).any():
        return None
    forward = _forward(problem, problem.debtor[pieces.payable], problem.creditor[pieces.payable])
    if not _something_fits(problem, room, lines, forward):
        return None
    more = shared_flow(problem, reach, room, lines, forward, passing_beside_lines=False)
    used = sums(problem.open_minor.size, pieces.payable, pieces.amounts())
    added = trace(problem, [more.stream], used)
    if added is None or not added.parent.size:
        return None
    return cut_to_rules(problem, pieces.merged(added))


def _something_fits(problem: Problem, room: Room, lines: list[int], permitted: np.ndarray) -> bool:
    """Whether a way with room leads from one of the lines to somebody who still lacks something."""
    spare = permitted & (room.capacity > 0)
    with_room = np.zeros(len(problem.lines), dtype=bool)
    with_room[lines] = room.available[lines] > 0
    line, bucket, _ = problem.first_hops
    first = problem.bucket_creditor[bucket[with_room[line] & spare[bucket]]]
    passing = np.flatnonzero(spare & (problem.bucket_set == 0))
    reached = steps_from(problem.count, problem.bucket_debtor[passing], problem.bucket_creditor[passing], first) >= 0
    return bool((room.needs[reached] > 0).any())


def _forward(problem: Problem, payer: np.ndarray, recipient: np.ndarray) -> np.ndarray:
    """Buckets that lead from an earlier place to a later one, when payers come before recipients, and who is nearer to
    the issuers first: who is paid by somebody further away comes right after that."""
    near = steps_from(problem.count, problem.bucket_debtor, problem.bucket_creditor, problem.line_issuer)
    near[near < 0] = problem.count
    layer = layers(problem.count, payer, recipient, near * problem.count)
    assert layer is not None, "these pairs close no circle"
    place = np.empty(problem.count, dtype=np.int64)
    place[np.lexsort((np.arange(problem.count), layer))] = np.arange(problem.count)
    forward: np.ndarray = place[problem.bucket_debtor] < place[problem.bucket_creditor]
    return forward


def _without_back_edges(problem: Problem, wanted: Stream) -> tuple[np.ndarray, np.ndarray]:
    """The (payer, recipient) pairs of a flow, without those of its circles that lead back to the issuers, or from who
    passes on less of what it gets to who passes on more."""
    minor = wanted.by_bucket(problem.bucket_debtor.size)
    used = np.flatnonzero(minor)
    payer, recipient = problem.bucket_debtor[used], problem.bucket_creditor[used]
    graph = coo_array((np.ones(used.size, dtype=bool), (payer, recipient)), shape=(problem.count, problem.count))
    component = connected_components(graph, connection="strong")[1]
    inside = component[payer] == component[recipient]
    near = steps_from(problem.count, problem.bucket_debtor, problem.bucket_creditor, problem.line_issuer)
    onward = sums(problem.count, payer[inside], minor[used[inside]]) - sums(
        problem.count, recipient[inside], minor[used[inside]]
    )
    place = np.empty(problem.count, dtype=np.int64)
    place[np.lexsort((np.arange(problem.count), -onward, near))] = np.arange(problem.count)
    stays = ~inside | (place[payer] < place[recipient])
    return payer[stays], recipient[stays]
