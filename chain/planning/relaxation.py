"""All lines' paper as one flow: exact wherever no rule tells one issuer's paper from another's, a bound elsewhere.

The network (docs/planning.md draws it) splits every enterprise in three, so that the tier is exact without layers:

    source → line → first-hop payables → direct(v) ─→ kept(v) → sink        kept from direct(v): hops = 1
                                              └────→ out(v)
             out(u) → payables of u →    indirect(v) ─→ kept(v) → sink      kept from indirect(v): hops ≥ 2
                                              └────→ out(v)

What an enterprise holds straight from an issuer's line enters at ``direct``; whatever another supplier passed on, at
``indirect``. Both share the payables of the enterprise and its need.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from chain.planning.flow import FlowNetwork, Objective, minimise_in_order
from chain.planning.problem import Problem, integers, line_name


@dataclass(slots=True)
class Stream:
    """Paper that moves: of all lines mixed, or (from the integer programme) of one line."""

    first: list[tuple[int, int, int]] = field(default_factory=list)
    """(line, bucket, minor): issued."""
    passed: dict[int, int] = field(default_factory=dict)
    """Bucket → minor: passed on by a holder."""
    kept_direct: dict[int, int] = field(default_factory=dict)
    """Enterprise → minor: need met at one hop."""
    kept_indirect: dict[int, int] = field(default_factory=dict)
    """Enterprise → minor: need met at two hops or more."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is still free. The whole problem at first; what a plan leaves, when more is added to it."""

    available: tuple[int, ...]
    capacity: tuple[int, ...]
    """Of each bucket."""
    needs: tuple[int, ...]
    financing: tuple[int, ...]

    @classmethod
    def whole(cls, problem: Problem) -> Room:
        """Everything is free."""
        return cls(
            available=problem.line_available,
            capacity=tuple(bucket.capacity for bucket in problem.buckets),
            needs=problem.needs,
            financing=problem.financing_limit,
        )


@dataclass(frozen=True, slots=True)
class SharedFlow:
    """The best flow, and what no flow exceeds."""

    stream: Stream
    met_tier2: int
    met: int
    cost: int
    bound_tier2: int
    bound_met: int
    bound_cost: int
    cut: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Flow and dual agree in every objective."""
        return (self.met_tier2, self.met, self.cost) == (self.bound_tier2, self.bound_met, self.bound_cost)


class Reach:
    """Which lines' paper can come to an enterprise, straight and over others, as bit sets of lines; and how soon."""

    def __init__(self, problem: Problem) -> None:
        count = len(problem.enterprises)
        self.direct = [0] * count
        self.indirect = [0] * count
        own = [0] * count
        for line, issuer in enumerate(problem.line_issuer):
            own[issuer] |= 1 << line
        creditors: dict[int, set[int]] = defaultdict(set)
        for bucket in problem.buckets:
            creditors[bucket.debtor].add(bucket.creditor)
            for line in bucket.lines:
                self.direct[bucket.creditor] |= 1 << line
        waiting = deque(index for index in range(count) if self.direct[index])
        while waiting:
            debtor = waiting.popleft()
            held = self.direct[debtor] | self.indirect[debtor]
            for creditor in creditors[debtor]:
                # An issuer's own paper never comes back to it: that would be a round trip.
                grown = self.indirect[creditor] | (held & ~own[creditor])
                if grown != self.indirect[creditor]:
                    self.indirect[creditor] = grown
                    waiting.append(creditor)
        self.hops: dict[int, int] = {}
        """Fewest hops from a line to the enterprise; absent where there is no way."""
        frontier = {enterprise for enterprise in range(count) if self.direct[enterprise]}
        depth = 1
        while frontier:
            self.hops |= dict.fromkeys(frontier, depth)
            frontier = {creditor for debtor in frontier for creditor in creditors[debtor]} - self.hops.keys()
            depth += 1
        self.most_hops = problem.rules.max_hops

    def passes_on(self, debtor: int, lines: int) -> bool:
        """Whether paper of some of these lines (a bit set) can come to the debtor and still go one hop further."""
        held = (self.direct[debtor] | self.indirect[debtor]) & lines
        return bool(held) and self.hops[debtor] < self.most_hops


def shared_flow(
    problem: Problem,
    reach: Reach,
    room: Room | None = None,
    lines: Iterable[int] | None = None,
    permitted: np.ndarray | None = None,
    passing_beside_lines: bool = True,
) -> SharedFlow:
    """The lexicographically best flow of ``lines`` (all by default) through the ``permitted`` buckets.

    ``passing_beside_lines`` lets an issuer pass on other issuers' paper over payables that its own line can also pay;
    the capacity they share is then only checked afterwards. Without it the flow is smaller, never too large.
    """
    builder = _Builder(
        problem, reach, room or Room.whole(problem), range(len(problem.lines)) if lines is None else lines
    )
    return builder.build(permitted, passing_beside_lines).solve()


def most_met(problem: Problem, reach: Reach) -> int:
    """No plan meets more in all, at whatever tiers."""
    builder = _Builder(problem, reach, Room.whole(problem), range(len(problem.lines)))
    network, into_kept = builder.build(None, True).network()[:2]
    return -minimise_in_order(
        network, [Objective(-into_kept.astype(np.int64), throughput=np.ones(len(into_kept), dtype=bool))]
    ).bounds[0]


_LINE, _FIRST, _PASS, _NEED, _FINANCE, _INNER = range(6)
"""What an arc stands for; inner arcs never bind."""


class _Builder:
    def __init__(self, problem: Problem, reach: Reach, room: Room, lines: Iterable[int]) -> None:
        self.problem, self.reach, self.room = problem, reach, room
        self.lines = [line for line in lines if room.available[line] > 0]
        self.line_mask = sum(1 << line for line in self.lines)
        count = len(problem.enterprises)
        self.count = count
        self.source, self.sink = 0, 1
        self.direct, self.indirect, self.out, self.kept = (2 + part * count for part in range(4))
        self.nodes = 2 + 4 * count
        self.parts: list[tuple[np.ndarray, ...]] = []
        supply = sum(room.available[line] for line in self.lines)
        self.supply = min(supply, sum(room.needs))
        self.unbound = self.supply + 1  # so that an inner arc is never on a minimum cut

    def _add(self, kind: int, tail: object, head: object, capacity: object, cost: object, item: object) -> None:
        columns = np.broadcast_arrays(
            *(np.asarray(part, dtype=np.int64) for part in (tail, head, capacity, cost, item))
        )
        self.parts.append((np.full(columns[0].shape, kind, dtype=np.int64), *columns))

    def build(self, permitted: np.ndarray | None, passing_beside_lines: bool) -> _Builder:
        self._add(_INNER, [self.source], [self.sink], [self.supply], 0, -1)
        self._add_lines(permitted)
        self._add_passes(permitted, passing_beside_lines)
        everyone = np.arange(self.count)
        self._add(_INNER, self.direct + everyone, self.out + everyone, self.unbound, 0, everyone)
        self._add(_INNER, self.indirect + everyone, self.out + everyone, self.unbound, 0, everyone)
        self._add_needs()
        return self

    def _add_lines(self, permitted: np.ndarray | None) -> None:
        problem, wanted = self.problem, set(self.lines)
        node_of_line = {line: self.nodes + index for index, line in enumerate(self.lines)}
        self.nodes += len(self.lines)
        limits = [min(self.room.available[line], self.unbound) for line in self.lines]
        self._add(_LINE, self.source, list(node_of_line.values()), limits, 0, self.lines)
        chosen = [
            index
            for index, bucket in enumerate(problem.buckets)
            if not wanted.isdisjoint(bucket.lines) and (permitted is None or permitted[index])
        ]
        arcs = []
        for offset, index in enumerate(chosen):
            bucket = problem.buckets[index]
            for line in bucket.lines:
                if line in wanted:
                    cost = problem.unit_cost(line, bucket.tenor)
                    arcs.append((node_of_line[line], self.nodes + offset, cost, line))
        columns = np.asarray(arcs, dtype=np.int64).reshape(-1, 4)
        self._add(_INNER, columns[:, 0], columns[:, 1], self.unbound, columns[:, 2], columns[:, 3])
        heads = integers(problem.buckets[index].creditor for index in chosen) + self.direct
        capacity = integers(min(self.room.capacity[index], self.unbound) for index in chosen)
        self._add(_FIRST, self.nodes + np.arange(len(chosen)), heads, capacity, 0, chosen)
        self.nodes += len(chosen)

    def _add_passes(self, permitted: np.ndarray | None, beside: bool) -> None:
        buckets, reach, mask = self.problem.buckets, self.reach, self.line_mask
        chosen = [
            index
            for index, bucket in enumerate(buckets)
            if reach.passes_on(bucket.debtor, mask)
            and (beside or not bucket.lines)
            and (permitted is None or permitted[index])
        ]
        tails = integers(buckets[index].debtor for index in chosen) + self.out
        heads = integers(buckets[index].creditor for index in chosen) + self.indirect
        capacity = integers(min(self.room.capacity[index], self.unbound) for index in chosen)
        self._add(_PASS, tails, heads, capacity, 0, chosen)

    def _add_needs(self) -> None:
        """Needs, and the financing limits as far as one flow can see them: enterprises that the same lines reach share
        the sum of those lines' limits. With one line in reach that is the rule itself."""
        problem, reach = self.problem, self.reach
        hubs: dict[frozenset[int], int] = {}
        to_kept, straight, through = [], [], []
        for enterprise, need in enumerate(self.room.needs):
            if need <= 0:
                continue
            eligible = self.line_mask
            if enterprise in problem.eligible_lines:
                eligible &= sum(1 << line for line in problem.eligible_lines[enterprise])
            direct, indirect = reach.direct[enterprise] & eligible, reach.indirect[enterprise] & eligible
            if direct:
                to_kept.append((self.direct + enterprise, enterprise))
            if indirect:
                to_kept.append((self.indirect + enterprise, enterprise))
            if enterprise not in problem.finances:
                straight.append((enterprise, min(need, self.unbound)))
            elif direct | indirect:
                groups = frozenset(
                    group for line, group in enumerate(problem.financing_group) if (direct | indirect) >> line & 1
                )
                hub = hubs.setdefault(groups, len(hubs))
                through.append((enterprise, min(need, self.unbound), self.nodes + hub))
        columns = np.asarray(to_kept, dtype=np.int64).reshape(-1, 2)
        self._add(_INNER, columns[:, 0], self.kept + columns[:, 1], self.unbound, 0, columns[:, 1])
        columns = np.asarray(straight, dtype=np.int64).reshape(-1, 2)
        self._add(_NEED, self.kept + columns[:, 0], self.sink, columns[:, 1], 0, columns[:, 0])
        columns = np.asarray(through, dtype=np.int64).reshape(-1, 3)
        self._add(_NEED, self.kept + columns[:, 0], columns[:, 2], columns[:, 1], 0, columns[:, 0])
        self.hub_groups = list(hubs)
        limits = [min(sum(self.room.financing[group] for group in groups), self.unbound) for groups in hubs]
        self._add(_FINANCE, self.nodes + np.arange(len(hubs)), self.sink, limits, 0, np.arange(len(hubs)))
        self.nodes += len(hubs)

    def network(self) -> tuple[FlowNetwork, np.ndarray, tuple[np.ndarray, ...]]:
        """The network, which of its arcs mean that something is kept, and the columns kind, cost and item."""
        kind, tail, head, capacity, cost, item = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        useful = capacity > 0
        useful[0] = True
        kind, tail, head, capacity, cost, item = (column[useful] for column in (kind, tail, head, capacity, cost, item))
        network = FlowNetwork(self.nodes, self.source, self.sink, self.supply, tail, head, capacity)
        into_kept = (head >= self.kept) & (head < self.kept + self.count) & (kind == _INNER)
        return network, into_kept, (kind, cost, item)

    def solve(self) -> SharedFlow:
        """Flow, bounds and minimum cut."""
        network, into_kept, (kind, cost, item) = self.network()
        tail, head = network.tail, network.head
        from_direct = into_kept & (tail < self.indirect)
        from_indirect = into_kept & ~from_direct
        hops = ((kind == _FIRST) | (kind == _PASS)).astype(np.int64)
        everything = np.ones(len(tail), dtype=bool)
        result = minimise_in_order(
            network,
            [
                Objective(-from_indirect.astype(np.int64), throughput=~from_direct),
                Objective(-into_kept.astype(np.int64), throughput=everything),
                Objective(cost),
                Objective(hops),
            ],
        )
        flow = result.flow
        cut_value, cut = self._minimum_cut(network, kind, item, from_direct)
        tier2 = -result.costs[0]
        stream = Stream(
            first=_issued(kind, tail, head, flow, item),
            passed=_by_item(item, flow, kind == _PASS),
            kept_direct=_by_item(item, flow, from_direct),
            kept_indirect=_by_item(item, flow, from_indirect),
        )
        return SharedFlow(
            stream=stream,
            met_tier2=tier2,
            met=-result.costs[1],
            cost=result.costs[2],
            bound_tier2=min(-result.bounds[0], cut_value),
            bound_met=-result.bounds[1],
            bound_cost=result.bounds[2],
            cut=cut,
        )

    def _minimum_cut(
        self, network: FlowNetwork, kind: np.ndarray, item: np.ndarray, excluded: np.ndarray
    ) -> tuple[int, tuple[str, ...]]:
        """The minimum cut between lines and needs at tier ≥ 2, by another algorithm than the flow's (push-relabel
        maximum flow); its value is added up here, from the capacities alone."""
        from ortools.graph.python.max_flow import SimpleMaxFlow

        arcs = np.flatnonzero(~excluded)[1:]  # without the bypass
        solver = SimpleMaxFlow()
        solver.add_arcs_with_capacity(
            network.tail[arcs].astype(np.int32), network.head[arcs].astype(np.int32), network.capacity[arcs]
        )
        if not arcs.size or not (network.tail[arcs] == self.source).any():
            return 0, ()
        solver.solve(self.source, self.sink)
        near = np.zeros(network.nodes, dtype=bool)
        near[self.source] = True
        near[np.asarray(solver.get_source_side_min_cut(), dtype=np.int64)] = True
        near[self.sink] = False
        across = arcs[near[network.tail[arcs]] & ~near[network.head[arcs]]]
        value = sum(network.capacity[across].tolist())
        return value, tuple(sorted({name for arc in across for name in self._names(int(kind[arc]), int(item[arc]))}))

    def _names(self, kind: int, item: int) -> list[str]:
        problem = self.problem
        if kind == _LINE:
            return [f"line {line_name(problem.lines[item])}"]
        if kind in (_FIRST, _PASS):
            return [f"document {problem.payables[index].document}" for index in problem.buckets[item].payables]
        if kind == _NEED:
            return [f"need {problem.enterprises[item]}"]
        groups = self.hub_groups[item]
        lines = [line for line, group in enumerate(problem.financing_group) if group in groups]
        return [f"financing limit {line_name(problem.lines[line])}" for line in lines]


def _issued(
    kind: np.ndarray, tail: np.ndarray, head: np.ndarray, flow: np.ndarray, item: np.ndarray
) -> list[tuple[int, int, int]]:
    """(line, bucket, minor). The arc line → payable names the line; the one arc that leaves its head, the bucket."""
    first = kind == _FIRST
    bucket_of = dict(zip(tail[first].tolist(), item[first].tolist(), strict=True))
    used = np.flatnonzero((kind == _INNER) & (flow > 0))
    rows = zip(head[used].tolist(), item[used].tolist(), flow[used].tolist(), strict=True)
    return sorted((line, bucket_of[node], minor) for node, line, minor in rows if node in bucket_of)


def _by_item(item: np.ndarray, flow: np.ndarray, mask: np.ndarray) -> dict[int, int]:
    used = np.flatnonzero(mask & (flow > 0))
    return dict(zip(item[used].tolist(), flow[used].tolist(), strict=True))
