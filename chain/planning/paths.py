"""From a flow to pieces: every unit kept gets its way from a line, document by document.

A `Paths` maps a way, (line, first payable, next payable, …) by number, to the amount kept at its end. Everything else
follows from it: a piece is a prefix, its amount the sum of what is kept at it and below it, its hops the number of
payables in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from chain.planning.problem import Problem
from chain.planning.relaxation import Room, Stream

Paths = dict[tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a set of paths reaches, in the order of the objective. More tier ≥ 2, more in all, less cost, fewer pieces."""

    met_tier2: int
    met: int
    cost: int
    pieces: int

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Sorts from worst to best."""
        return self.met_tier2, self.met, -self.cost, -self.pieces


def standing(problem: Problem, paths: Paths) -> Standing:
    """The objective's figures of a plan."""
    return Standing(
        met_tier2=sum(kept for path, kept in paths.items() if len(path) > 2),
        met=sum(paths.values()),
        cost=sum(kept * problem.unit_cost(path[0], problem.tenor(path[1])) for path, kept in paths.items()),
        pieces=len(pieces(paths)),
    )


def pieces(paths: Paths) -> Paths:
    """Every piece with its amount."""
    amounts: Paths = defaultdict(int)
    for path, kept in paths.items():
        for length in range(2, len(path) + 1):
            amounts[path[:length]] += kept
    return dict(amounts)


def holder(problem: Problem, path: tuple[int, ...]) -> int:
    """Who keeps what is at the end of the path."""
    return problem.creditor_of[path[-1]]


def broken_rules(problem: Problem, paths: Paths) -> set[str]:
    """Names of the rules that the paths break: every rule of a plan, each checked from the paths alone."""
    broken: set[str] = set()
    amounts = pieces(paths)
    used: dict[int, int] = defaultdict(int)
    issued: dict[int, int] = defaultdict(int)
    for path, minor in amounts.items():
        used[path[-1]] += minor
        if len(path) == 2:
            issued[path[0]] += minor
        payer = problem.line_issuer[path[0]] if len(path) == 2 else problem.creditor_of[path[-2]]
        if payer != problem.debtor_of[path[-1]]:
            broken.add("NoPathFromIssuer")
        if len(path) - 1 > problem.rules.max_hops:
            broken.add("HopsExceeded")
        if minor < max(1, problem.rules.min_ticket_minor):
            broken.add("BelowMinimumTicket")
    met: dict[int, int] = defaultdict(int)
    financed: dict[int, int] = defaultdict(int)
    for path, kept in paths.items():
        enterprise = holder(problem, path)
        met[enterprise] += kept
        if enterprise in problem.finances:
            financed[problem.financing_group[path[0]]] += kept
        if not problem.may_keep(enterprise, path[0]):
            broken.add("IssuerNotEligible")
    if any(minor > problem.payables[payable].open_minor for payable, minor in used.items()):
        broken.add("EvidenceExhausted")
    if any(minor > problem.line_available[line] for line, minor in issued.items()):
        broken.add("LineExhausted")
    if any(minor > problem.needs[enterprise] for enterprise, minor in met.items()):
        broken.add("NeedExceeded")
    if any(minor > problem.financing_limit[group] for group, minor in financed.items()):
        broken.add("FinancingLimitExceeded")
    edges = {(problem.debtor_of[payable], problem.creditor_of[payable]) for payable in used}
    if payer_first(edges) is None:
        broken.add("CircularCredit")
    return broken


def payer_first(edges: Iterable[tuple[int, int]]) -> list[int] | None:
    """The enterprises of (payer, recipient) edges, each after all that pay it; None when credit runs in a circle."""
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for payer, recipient in sorted(set(edges)):
        sorter.add(recipient, payer)
    try:
        return list(sorter.static_order())
    except CycleError:
        return None


def remaining(problem: Problem, paths: Paths) -> Room:
    """What a plan leaves free, by bucket."""
    used: dict[int, int] = defaultdict(int)
    available, needs, financing = (
        list(problem.line_available),
        list(problem.needs),
        list(problem.financing_limit),
    )
    for path, minor in pieces(paths).items():
        used[path[-1]] += minor
        if len(path) == 2:
            available[path[0]] -= minor
    for path, kept in paths.items():
        enterprise = holder(problem, path)
        needs[enterprise] -= kept
        if enterprise in problem.finances:
            financing[problem.financing_group[path[0]]] -= kept
    capacity = tuple(
        bucket.capacity - sum(used.get(payable, 0) for payable in bucket.payables) for bucket in problem.buckets
    )
    return Room(tuple(available), capacity, tuple(needs), tuple(financing))


@dataclass(slots=True)
class _Stop:
    """What one stream does at one enterprise: pieces with their amounts, and what it pays on."""

    direct: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    indirect: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    outs: list[tuple[int, int]] = field(default_factory=list)
    """(payable, minor)"""


def trace(problem: Problem, streams: Sequence[Stream], used: dict[int, int] | None = None) -> Paths | None:
    """Decompose acyclic streams into paths; None when they run in a circle or ask more of a payable than is open.

    ``used``: payable → minor units that another part of the plan takes already.
    Enterprises are visited so that all they receive is known before they pass it on. Pieces with few hops go where the
    way is still long; what an enterprise must not keep is passed on first; equal amounts are matched whole.
    """
    buckets = problem.buckets
    flowing = {bucket for stream in streams for _, bucket, _ in stream.first}.union(*(s.passed for s in streams))
    edges = {(buckets[bucket].debtor, buckets[bucket].creditor) for bucket in flowing}
    order = payer_first(edges)
    if order is None:
        return None
    height = dict.fromkeys(order, 0)
    creditors: dict[int, list[int]] = defaultdict(list)
    for payer, recipient in edges:
        creditors[payer].append(recipient)
    for enterprise in reversed(order):
        height[enterprise] = max((1 + height[other] for other in creditors[enterprise]), default=0)
    stops: dict[tuple[int, int], _Stop] = defaultdict(_Stop)
    if not _spread_over_documents(problem, streams, used or {}, stops):
        return None
    paths: Paths = defaultdict(int)
    financing = list(problem.financing_limit)
    for enterprise in order:
        for number, stream in enumerate(streams):
            stop = stops.pop((enterprise, number), None)
            if stop is None:
                continue
            for path, payable, minor in _serve(problem, enterprise, stream, stop, height, financing, paths):
                stops[problem.creditor_of[payable], number].indirect.append(((*path, payable), minor))
    return dict(paths)


def _spread_over_documents(
    problem: Problem, streams: Sequence[Stream], used: dict[int, int], stops: dict[tuple[int, int], _Stop]
) -> bool:
    """Cover each bucket's flow by its documents, largest first. False when they do not suffice."""
    uses: dict[int, list[tuple[int, int | None, int]]] = defaultdict(list)
    for number, stream in enumerate(streams):
        for line, bucket, minor in stream.first:
            uses[bucket].append((number, line, minor))
    for number, stream in enumerate(streams):
        for bucket, minor in stream.passed.items():
            uses[bucket].append((number, None, minor))
    for bucket, entries in sorted(uses.items()):
        documents = iter(problem.buckets[bucket].payables)
        left = 0
        payable = -1
        for number, issuing_line, wanted in entries:
            minor = wanted
            while minor:
                while not left:
                    payable = next(documents, -1)
                    if payable < 0:
                        return False
                    left = problem.payables[payable].open_minor - used.get(payable, 0)
                part = min(left, minor)
                left -= part
                minor -= part
                if issuing_line is None:
                    stops[problem.debtor_of[payable], number].outs.append((payable, part))
                else:
                    stops[problem.creditor_of[payable], number].direct.append(((issuing_line, payable), part))
    return True


def _serve(
    problem: Problem,
    enterprise: int,
    stream: Stream,
    stop: _Stop,
    height: dict[int, int],
    financing: list[int],
    paths: Paths,
) -> list[tuple[tuple[int, ...], int, int]]:
    """What the enterprise keeps goes into ``paths``; what it passes on is returned as (parent, payable, minor)."""
    supplies: list[tuple[tuple[int, ...], int]] = []
    finances = enterprise in problem.finances
    for held, keep in (
        (stop.direct, stream.kept_direct.get(enterprise, 0)),
        (stop.indirect, stream.kept_indirect.get(enterprise, 0)),
    ):
        # Sorted so that what should be passed on comes first: paper that it may not keep, paper whose bank has little
        # left to finance it with, then the shortest ways and the largest amounts.
        ranked = sorted(
            held,
            key=lambda piece: (
                problem.may_keep(enterprise, piece[0][0]),
                financing[problem.financing_group[piece[0][0]]] if finances else 0,
                len(piece[0]),
                -piece[1],
                piece[0],
            ),
        )
        passing: list[tuple[tuple[int, ...], int]] = []
        for path, minor in reversed(ranked):
            kept = min(keep, minor)
            if finances:
                kept = min(kept, max(0, financing[problem.financing_group[path[0]]]))
            keep -= kept
            _keep(problem, enterprise, path, kept, financing, paths)
            if minor > kept:
                passing.append((path, minor - kept))
        while keep:  # no way to keep it all within the limits: the check of the rules will say so
            path, minor = passing.pop()
            _keep(problem, enterprise, path, min(keep, minor), financing, paths)
            if minor > keep:
                passing.append((path, minor - keep))
            keep -= min(keep, minor)
        supplies += passing
    outs = sorted(stop.outs, key=lambda out: (-height[problem.creditor_of[out[0]]], -out[1], out[0]))
    supplies.sort(key=lambda piece: (len(piece[0]), -piece[1], piece[0]))
    return _match(supplies, outs, height, problem)


def _keep(
    problem: Problem, enterprise: int, path: tuple[int, ...], kept: int, financing: list[int], paths: Paths
) -> None:
    if kept:
        paths[path] += kept
        if enterprise in problem.finances:
            financing[problem.financing_group[path[0]]] -= kept


def _match(
    supplies: list[tuple[tuple[int, ...], int]],
    outs: list[tuple[int, int]],
    height: dict[int, int],
    problem: Problem,
) -> list[tuple[tuple[int, ...], int, int]]:
    moves = []
    whole: dict[int, list[int]] = defaultdict(list)
    for index in range(len(supplies) - 1, -1, -1):
        whole[supplies[index][1]].append(index)
    taken: set[int] = set()
    rest = []
    for payable, minor in outs:
        fitting = whole.get(minor)
        reach = problem.rules.max_hops - height[problem.creditor_of[payable]]
        if fitting and len(supplies[fitting[-1]][0]) <= reach:
            index = fitting.pop()
            taken.add(index)
            moves.append((supplies[index][0], payable, minor))
        else:
            rest.append((payable, minor))
    pool = iter([piece for index, piece in enumerate(supplies) if index not in taken])
    path: tuple[int, ...] = ()
    left = 0
    for payable, wanted in rest:
        minor = wanted
        while minor:
            if not left:
                path, left = next(pool)
            part = min(left, minor)
            moves.append((path, payable, part))
            left -= part
            minor -= part
    return moves
