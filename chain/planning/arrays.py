"""Groups, order and intervals in whole-number columns: what the planner does to a million rows at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array


def integers(values: Iterable[int]) -> np.ndarray:
    """An array of 64-bit integers; amounts never pass through a float."""
    return np.fromiter(values, dtype=np.int64)


def starts_of(count: int, groups: np.ndarray) -> np.ndarray:
    """Where each group begins among sorted ``groups`` (0 to count - 1), and at last their number: count + 1 entries."""
    return np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))]).astype(np.int64)


def by_group(count: int, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of group 0, then those of group 1 and so on to ``count`` - 1, each in their order; and where each begins, as
    `starts_of`. It counts instead of comparing, so it is linear in the rows."""
    if (groups[1:] >= groups[:-1]).all():
        return np.arange(groups.size), starts_of(count, groups)
    row = csr_array((np.arange(groups.size), groups, np.asarray([0, groups.size])), shape=(1, count))
    turned = row.tocsc()
    return turned.data, turned.indptr.astype(np.int64)


def sums(count: int, groups: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Σ amounts of each group, exact (``bincount`` would weigh them as floats)."""
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, groups, amounts)
    return total


def before_in_group(groups: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Of each row: Σ of the earlier rows of its group. ``groups`` is sorted."""
    running = np.cumsum(amounts) - amounts
    first = np.concatenate([[True], groups[1:] != groups[:-1]]) if groups.size else np.zeros(0, dtype=bool)
    offset = np.maximum.accumulate(np.where(first, np.arange(groups.size), 0)) if groups.size else groups
    before: np.ndarray = running - running[offset]
    return before


def rank_in_group(*keys: np.ndarray) -> np.ndarray:
    """Of each row: how many earlier rows have the same keys. Rows with equal keys stand together."""
    size = keys[0].size
    if not size:
        return np.zeros(0, dtype=np.int64)
    changed = np.zeros(size, dtype=bool)
    changed[0] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    number = np.arange(size)
    return number - np.maximum.accumulate(np.where(changed, number, 0))


def largest_first(amounts: np.ndarray) -> np.ndarray:
    """An order of some amounts (0 or more) by size to two digits or so, the largest first; it counts instead of comparing."""
    # The upper half of a positive float grows with it: exponent and seven bits.
    size = (amounts.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    return np.argsort(np.iinfo(np.uint16).max - size, kind="stable")


def expand(starts: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the ``chosen`` groups, one after the other, and for each row the position of its group in ``chosen``."""
    lengths = starts[chosen + 1] - starts[chosen]
    owner = np.repeat(np.arange(chosen.size), lengths)
    shift = starts[chosen] - (np.cumsum(lengths) - lengths)
    return np.arange(owner.size) + shift[owner], owner


def spread(
    wanting: np.ndarray, wanted: np.ndarray, giving: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Cover what is wanted from what is given, group by group, in the order of the rows.

    ``wanting`` and ``giving`` are sorted groups with their amounts. Returns (row that wants, row that gives, minor),
    at most one part more than there are rows; None when a group wants more than it is given.
    """
    if not wanted.size:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    count = int(max(wanting[-1], giving[-1] if giving.size else 0)) + 1
    total = sums(count, wanting, wanted)
    if (sums(count, giving, given) < total).any():
        return None
    wanted_ends = np.cumsum(wanted)
    offset = np.cumsum(total) - total
    given_ends = offset[giving] + np.minimum(before_in_group(giving, given) + given, total[giving])
    ends = np.sort(np.concatenate([wanted_ends, given_ends]), kind="stable")  # both are sorted, so they are merged
    ends = ends[np.diff(ends, prepend=0) > 0]
    begins = np.concatenate([[0], ends[:-1]])
    return (
        np.searchsorted(wanted_ends, begins, side="right"),
        np.searchsorted(given_ends, begins, side="right"),
        ends - begins,
    )


def each_once(nodes: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The nodes without repetition. ``last`` has room for a number of each node, and may hold anything."""
    number = np.arange(nodes.size)
    last[nodes] = number
    once: np.ndarray = nodes[last[nodes] == number]
    return once


def layers(count: int, tail: np.ndarray, head: np.ndarray, least: np.ndarray | None = None) -> np.ndarray | None:
    """The least numbers that grow along every edge tail → head (and are at least ``least``); None for a circle.

    Nodes are taken layer by layer, so the work is linear in the edges, and in the longest way.
    """
    order, starts = by_group(count, tail)
    head = head[order]
    waiting = np.bincount(head, minlength=count)
    layer = np.zeros(count, dtype=np.int64) if least is None else least.astype(np.int64)
    ready = np.flatnonzero(waiting == 0)
    last = np.empty(count, dtype=np.int64)
    done = 0
    while ready.size:
        done += ready.size
        rows, owner = expand(starts, ready)
        heads = head[rows]
        np.maximum.at(layer, heads, layer[ready[owner]] + 1)
        np.subtract.at(waiting, heads, 1)
        ready = each_once(heads[waiting[heads] == 0], last)
    return layer if done == count else None


def steps_from(count: int, tail: np.ndarray, head: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Fewest edges from any of ``origin`` to each node; -1 where there is no way."""
    distance = np.full(count, -1, dtype=np.int64)
    last = np.empty(count, dtype=np.int64)
    frontier = each_once(origin, last)
    distance[frontier] = 0
    if frontier.size > count // 4:  # most edges lead back to where nothing is to be found
        further = np.flatnonzero(distance[head] < 0)
        tail, head = tail[further], head[further]
    order, starts = by_group(count, tail)
    depth = 0
    while frontier.size:
        depth += 1
        rows, _ = expand(starts, frontier)
        reached = head[order[rows]]
        frontier = each_once(reached[distance[reached] < 0], last)
        distance[frontier] = depth
    return distance
