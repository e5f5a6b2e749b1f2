"""From a flow to pieces: every unit kept gets its way from a line, document by document.

`Pieces` are columns, one row a piece, parents before children. A piece is what came over one payable out of one parent;
its amount is what is kept of it and what its children took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chain.planning.arrays import before_in_group, expand, layers, rank_in_group, spread, sums
from chain.planning.flow import exact_product
from chain.planning.problem import Problem
from chain.planning.relaxation import Room, Stream

#: Rounds in which enterprises of one layer share what banks still finance.
MOST_ROUNDS = 8

Paths = dict[tuple[int, ...], int]
"""A way, (line, first payable, next payable, …), → the amount kept at its end: the same as `Pieces`, for what is small."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Columns (int64). Only ``kept`` is free; amounts follow from it (`amounts`)."""

    parent: np.ndarray
    """Row of the parent, which comes before; -1 for an issue."""
    line: np.ndarray
    payable: np.ndarray
    hops: np.ndarray
    kept: np.ndarray

    @classmethod
    def none(cls) -> Pieces:
        """No pieces."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in range(5)))

    @classmethod
    def of(cls, paths: Paths) -> Pieces:
        """From ways."""
        prefixes = sorted({path[:end] for path in paths for end in range(2, len(path) + 1)}, key=lambda p: (len(p), p))
        row = {prefix: number for number, prefix in enumerate(prefixes)}
        columns = [(row.get(p[:-1], -1), p[0], p[-1], len(p) - 1, paths.get(p, 0)) for p in prefixes]
        return cls(*np.asarray(columns, dtype=np.int64).reshape(-1, 5).T)

    def paths(self) -> Paths:
        """As ways, of what is kept."""
        ways: list[tuple[int, ...]] = []
        for parent, line, payable in zip(self.parent.tolist(), self.line.tolist(), self.payable.tolist(), strict=True):
            ways.append((*(ways[parent] if parent >= 0 else (line,)), payable))
        found: Paths = {}
        for way, kept in zip(ways, self.kept.tolist(), strict=True):
            if kept:
                found[way] = found.get(way, 0) + kept
        return found

    def amounts(self) -> np.ndarray:
        """Of each piece: what is kept of it and of all below it."""
        amount = self.kept.copy()
        for hops in range(int(self.hops.max(initial=1)), 1, -1):
            rows = np.flatnonzero(self.hops == hops)
            np.add.at(amount, self.parent[rows], amount[rows])
        return amount

    def only(self, rows: np.ndarray) -> Pieces:
        """The pieces of a mask that, with a piece, has its parent."""
        return self if rows.all() else self.among(np.flatnonzero(rows))

    def among(self, rows: np.ndarray) -> Pieces:
        """The pieces of some sorted rows that, with a piece, have its parent."""
        parent = self.parent[rows]
        parent = np.where(parent >= 0, np.searchsorted(rows, parent), -1)
        return Pieces(parent, self.line[rows], self.payable[rows], self.hops[rows], self.kept[rows])

    def useful(self) -> Pieces:
        """Without pieces of which nothing is kept, there or below."""
        amount = self.amounts()
        return self.only(amount > 0)

    def merged(self, others: Pieces) -> Pieces:
        """Both; what comes over the same payables from the same line is one piece. Sorted by hops."""
        size = self.parent.size
        both = Pieces(
            np.concatenate([self.parent, np.where(others.parent >= 0, others.parent + size, -1)]),
            *(
                np.concatenate([getattr(self, name), getattr(others, name)])
                for name in ("line", "payable", "hops", "kept")
            ),
        )
        place = np.full(both.parent.size, -1, dtype=np.int64)
        parts = []
        count = 0
        for hops in range(1, int(both.hops.max(initial=0)) + 1):
            rows = np.flatnonzero(both.hops == hops)
            above = place[both.parent[rows]] if hops > 1 else np.full(rows.size, -1)
            keys, which = np.unique(
                np.stack([above, both.line[rows], both.payable[rows]], axis=1), axis=0, return_inverse=True
            )
            which = which.reshape(-1)
            place[rows] = count + which
            kept = sums(keys.shape[0], which, both.kept[rows])
            parts.append((keys[:, 0], keys[:, 1], keys[:, 2], np.full(keys.shape[0], hops), kept))
            count += keys.shape[0]
        if not parts:
            return both
        return Pieces(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a set of pieces reaches, in the order of the objective. More tier ≥ 2, more in all, less cost, fewer pieces."""

    met_tier2: int
    met: int
    cost: int
    pieces: int

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Sorts from worst to best."""
        return self.met_tier2, self.met, -self.cost, -self.pieces


def standing(problem: Problem, pieces: Pieces) -> Standing:
    """The objective's figures of a plan. Cost is by the line's price for tier and tenor of what is kept."""
    rows = np.flatnonzero(pieces.kept)
    kept, hops = pieces.kept[rows], pieces.hops[rows]
    unit = problem.tariff.cost(pieces.line[rows], hops, tenors(problem, pieces)[rows])
    cost = exact_product(unit, kept)
    return Standing(int(kept[hops > 1].sum()), int(kept.sum()), cost, pieces.parent.size)


def roots(pieces: Pieces) -> np.ndarray:
    """Of each piece: the issue that it comes from."""
    root = np.arange(pieces.parent.size)
    for hops in range(2, int(pieces.hops.max(initial=0)) + 1):
        rows = np.flatnonzero(pieces.hops == hops)
        root[rows] = root[pieces.parent[rows]]
    return root


def tenors(problem: Problem, pieces: Pieces) -> np.ndarray:
    """Of each piece: days to its obligation's maturity."""
    days: np.ndarray = problem.tenor[pieces.payable[roots(pieces)]]
    return days


def broken_rules(problem: Problem, pieces: Pieces) -> set[str]:
    """Names of the rules that the pieces break: every rule of a plan, each checked from the pieces alone."""
    broken: set[str] = set()
    amount = pieces.amounts()
    holder = problem.creditor[pieces.payable]
    issue = pieces.parent < 0
    payer = np.where(issue, problem.line_issuer[pieces.line], holder[pieces.parent]) if holder.size else holder
    if (payer != problem.debtor[pieces.payable]).any() or (pieces.line != pieces.line[roots(pieces)]).any():
        broken.add("NoPathFromIssuer")
    if (pieces.hops > problem.rules.max_hops).any():
        broken.add("HopsExceeded")
    if (amount < max(1, problem.rules.min_ticket_minor)).any():
        broken.add("BelowMinimumTicket")
    if not problem.may_keep(holder[pieces.kept > 0], pieces.line[pieces.kept > 0]).all():
        broken.add("IssuerNotEligible")
    if (sums(problem.open_minor.size, pieces.payable, amount) > problem.open_minor).any():
        broken.add("EvidenceExhausted")
    room = remaining(problem, pieces)
    if (room.available < 0).any():
        broken.add("LineExhausted")
    if (room.needs < 0).any():
        broken.add("NeedExceeded")
    if (room.financing < 0).any():
        broken.add("FinancingLimitExceeded")
    if layers(problem.count, problem.debtor[pieces.payable], holder) is None:
        broken.add("CircularCredit")
    return broken


def remaining(problem: Problem, pieces: Pieces) -> Room:
    """What a plan leaves free."""
    amount = pieces.amounts()
    holder = problem.creditor[pieces.payable]
    issue = pieces.parent < 0
    sold = problem.finances[holder]
    groups = problem.financing_group[pieces.line[sold]]
    return Room(
        problem.line_available - sums(len(problem.lines), pieces.line[issue], amount[issue]),
        problem.bucket_capacity - sums(problem.bucket_capacity.size, problem.bucket_of[pieces.payable], amount),
        problem.needs - sums(problem.count, holder, pieces.kept),
        problem.financing_limit - sums(problem.financing_limit.size, groups, pieces.kept[sold]),
    )


def trace(problem: Problem, streams: Sequence[Stream], used: np.ndarray | None = None) -> Pieces | None:
    """Decompose acyclic streams into pieces; None when they run in a circle or ask more of a payable than is open.

    ``used``: of each payable, what another part of the plan takes already.
    Enterprises are visited so that all they receive is known before they pass it on, all of one layer together. Pieces
    with few hops go where the way is still long; what an enterprise must not keep is passed on first; equal amounts
    are matched whole, and the rest by a sweep.
    """
    flowing = np.zeros(problem.bucket_debtor.size, dtype=bool)
    for stream in streams:
        flowing[stream.first[1]] = True
        flowing[stream.passed[0]] = True
    debtor, creditor = problem.bucket_debtor[flowing], problem.bucket_creditor[flowing]
    depth = layers(problem.count, debtor, creditor)
    height = layers(problem.count, creditor, debtor)
    if depth is None or height is None:
        return None
    moves = _over_documents(problem, streams, np.zeros_like(problem.open_minor) if used is None else used)
    return None if moves is None else _Tracing(problem, streams, depth, height, moves).pieces()


def _over_documents(
    problem: Problem, streams: Sequence[Stream], used: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Cover each bucket's flow by its documents, largest first: (stream, line or -1, payable, minor). None when they do
    not suffice."""
    columns = [
        np.concatenate(column)
        for column in zip(
            *(
                (np.full(s.first[0].size, number), s.first[0], s.first[1], s.first[2])
                for number, s in enumerate(streams)
            ),
            *(
                (np.full(s.passed[0].size, number), np.full(s.passed[0].size, -1), *s.passed)
                for number, s in enumerate(streams)
            ),
            strict=True,
        )
    ]
    stream, line, bucket, minor = columns
    order = np.argsort(bucket, kind="stable")
    stream, line, bucket, minor = (column[order] for column in (stream, line, bucket, minor))
    flowing = np.zeros(problem.bucket_debtor.size, dtype=bool)
    flowing[bucket] = True
    documents = problem.bucket_payables[expand(problem.bucket_starts, np.flatnonzero(flowing))[0]]
    left = np.maximum(problem.open_minor - used, 0)[documents]
    parts = spread(bucket, minor, problem.bucket_of[documents], left)
    if parts is None:
        return None
    use, document, part = parts
    return stream[use], line[use], documents[document], part


class _Tracing:
    """One decomposition. A place is an enterprise within one stream: ``stream × count + enterprise``."""

    def __init__(
        self, problem: Problem, streams: Sequence[Stream], depth: np.ndarray, height: np.ndarray,
        moves: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    ) -> None:  # fmt: skip
        self.problem, self.streams, self.depth, self.height = problem, streams, depth, height
        self.financing = problem.financing_limit.copy()
        stream, line, payable, minor = moves
        self.waiting: list[list[tuple[np.ndarray, ...]]] = [[] for _ in range(int(depth.max(initial=0)) + 1)]
        """By layer of the holder: (place, parent, line, payable, hops, minor) of pieces that wait for it."""
        self.made: list[tuple[np.ndarray, ...]] = []
        self.count = 0
        issued = line >= 0
        self._wait(stream[issued], np.full(int(issued.sum()), -1), line[issued], payable[issued], 1, minor[issued])
        passing = np.flatnonzero(~issued)
        place = stream[passing] * problem.count + problem.debtor[payable[passing]]
        layer = depth[problem.debtor[payable[passing]]]
        far = -height[problem.creditor[payable[passing]]]
        order = np.lexsort((payable[passing], -minor[passing], far, place, layer))
        passing = passing[order]
        self.outs = (place[order], payable[passing], minor[passing])
        self.outs_begin = np.searchsorted(layer[order], np.arange(len(self.waiting) + 1))

    def _wait(
        self, stream: np.ndarray, parent: np.ndarray, line: np.ndarray, payable: np.ndarray, hops: object,
        minor: np.ndarray,
    ) -> None:  # fmt: skip
        holder = self.problem.creditor[payable]
        layer = self.depth[holder]
        order = np.argsort(layer, kind="stable")
        place = stream * self.problem.count + holder
        unsorted = (place, parent, line, payable, hops + np.zeros_like(payable), minor)
        columns = [column[order] for column in unsorted]
        ends = np.flatnonzero(np.diff(layer[order])) + 1
        for begin, end in zip([0, *ends.tolist()], [*ends.tolist(), order.size], strict=True):
            if end > begin:
                self.waiting[layer[order[begin]]].append(tuple(column[begin:end] for column in columns))

    def pieces(self) -> Pieces:
        kept_of = [np.concatenate(column) for column in zip(
            *((stream.kept_direct, stream.kept_indirect) for stream in self.streams), strict=True)]  # fmt: skip
        for layer, arrivals in enumerate(self.waiting):
            if not arrivals:
                continue
            place, parent, line, payable, hops, minor = (
                np.concatenate(column) for column in zip(*arrivals, strict=True)
            )
            arrivals.clear()
            order = np.lexsort((-payable, minor, -hops, place * 2 + (hops == 1)))
            place, parent, line, payable, hops, minor = (
                column[order] for column in (place, parent, line, payable, hops, minor)
            )
            numbers = self.count + np.arange(place.size)
            self.count += place.size
            wanted = np.where(hops == 1, kept_of[0][place], kept_of[1][place])
            kept = self._keep(place, line, hops, minor, wanted)
            self.made.append((parent, line, payable, hops, kept))
            self._pass_on(layer, place, numbers, line, hops, minor - kept)
        if not self.made:
            return Pieces.none()
        parent, line, payable, hops, kept = (np.concatenate(column) for column in zip(*self.made, strict=True))
        return Pieces(parent, line, payable, hops, kept)

    def _keep(
        self, place: np.ndarray, line: np.ndarray, hops: np.ndarray, minor: np.ndarray, wanted: np.ndarray
    ) -> np.ndarray:
        """What is kept of each piece: ``wanted`` of those of one place, straight from a line or not, which stand together
        with the longest ways and the smallest amounts first.

        Paper that a place may not keep is passed on. Who discounts keeps the paper whose bank has most left to finance
        it with; where a limit is reached, the next bank's, in some rounds. What then finds no bank is kept all the
        same: the check of the rules will say so.
        """
        problem = self.problem
        enterprise = place % problem.count
        group = problem.financing_group[line]
        sold = problem.finances[enterprise]
        may = problem.may_keep(enterprise, line)
        pile = np.cumsum(np.concatenate([[0], np.diff(place * 2 + (hops == 1)) != 0]))
        left = wanted[np.flatnonzero(np.diff(pile, prepend=-1))]
        kept = np.zeros_like(minor)
        for round_ in range(MOST_ROUNDS if sold.any() else 1):
            last = round_ == MOST_ROUNDS - 1
            usable = may & (~sold | (self.financing[group] > 0) | last)
            rest = np.where(usable, minor - kept, 0)
            order = np.lexsort((np.where(sold, -self.financing[group], 0), pile))
            more = np.zeros_like(minor)
            more[order] = np.clip(left[pile[order]] - before_in_group(pile[order], rest[order]), 0, rest[order])
            if not last:
                some = np.flatnonzero(sold & (more > 0))
                some = some[np.argsort(group[some], kind="stable")]
                room = np.maximum(self.financing[group[some]], 0) - before_in_group(group[some], more[some])
                more[some] = np.clip(room, 0, more[some])
            kept += more
            left = left - sums(left.size, pile, more)
            self.financing -= sums(self.financing.size, group[sold], more[sold])
            if not left.any():
                return kept
        rest = minor - kept
        kept += np.clip(left[pile] - before_in_group(pile, rest), 0, rest)
        return kept

    def _pass_on(
        self, layer: int, place: np.ndarray, numbers: np.ndarray, line: np.ndarray, hops: np.ndarray, minor: np.ndarray
    ) -> None:
        some = np.flatnonzero(minor)
        some = some[np.lexsort((numbers[some], -minor[some], hops[some], place[some]))]
        begin, end = self.outs_begin[layer], self.outs_begin[layer + 1]
        out_place, out_payable, out_minor = (column[begin:end] for column in self.outs)
        whole, out_whole = self._whole(place[some], minor[some], hops[some], out_place, out_minor, out_payable)
        rest = np.setdiff1d(np.arange(some.size), whole, assume_unique=True)
        out_rest = np.setdiff1d(np.arange(out_place.size), out_whole, assume_unique=True)
        parts = spread(out_place[out_rest], out_minor[out_rest], place[some[rest]], minor[some[rest]])
        assert parts is not None, "a flow passes on what it received"
        out, supply, part = parts
        supply = some[np.concatenate([whole, rest[supply]])]
        out = np.concatenate([out_whole, out_rest[out]])
        self._wait(
            place[supply] // self.problem.count, numbers[supply], line[supply], out_payable[out], hops[supply] + 1,
            np.concatenate([out_minor[out_whole], part]),
        )  # fmt: skip

    def _whole(
        self, place: np.ndarray, minor: np.ndarray, hops: np.ndarray, out_place: np.ndarray, out_minor: np.ndarray,
        out_payable: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """Pieces and payments of one amount at one place, the first with the first: (pieces, payments)."""
        supply = np.lexsort((np.arange(place.size), minor, place))
        out = np.lexsort((np.arange(out_place.size), out_minor, out_place))
        keys = np.stack(
            [
                np.concatenate([place[supply], out_place[out]]),
                np.concatenate([minor[supply], out_minor[out]]),
                np.concatenate(
                    [
                        rank_in_group(place[supply], minor[supply]),
                        rank_in_group(out_place[out], out_minor[out]),
                    ]
                ),
            ]
        )
        side = np.repeat([0, 1], [supply.size, out.size])
        order = np.lexsort((side, keys[2], keys[1], keys[0]))
        same = (keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0)
        first = np.flatnonzero(same)
        whole, out_whole = supply[order[first]], out[order[first + 1] - supply.size]
        # Not where the way would become too long.
        short = (
            hops[whole] + 1 + self.height[self.problem.creditor[out_payable[out_whole]]] <= self.problem.rules.max_hops
        )
        return whole[short], out_whole[short]
