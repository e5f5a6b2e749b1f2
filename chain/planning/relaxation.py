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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chain.planning.arrays import before_in_group, by_group, each_once, expand, integers, steps_from, sums
from chain.planning.flow import FlowNetwork, Objective, Throughput, cheapest, exact_product, minimise_in_order
from chain.planning.problem import Problem

#: Free arcs up to which cost and hops are minimised exactly; above, cost is bounded, and the gap is said.
MOST_COSTED_ARCS = 150_000


@dataclass(frozen=True, slots=True)
class Stream:
    """Paper that moves, of all lines mixed or of one line, as columns. No amount is nought."""

    first: tuple[np.ndarray, np.ndarray, np.ndarray]
    """(line, bucket, minor): issued."""
    passed: tuple[np.ndarray, np.ndarray]
    """(bucket, minor): passed on by a holder."""
    kept_direct: np.ndarray
    """Of each enterprise: need met at one hop."""
    kept_indirect: np.ndarray
    """Of each enterprise: need met at two hops or more."""

    @classmethod
    def of(
        cls, count: int, first: Sequence[tuple[int, int, int]], passed: Mapping[int, int],
        direct: Mapping[int, int], indirect: Mapping[int, int],
    ) -> Stream:  # fmt: skip
        """From small Python values: (line, bucket, minor), and bucket or enterprise → minor."""
        rows = np.asarray(sorted(first), dtype=np.int64).reshape(-1, 3)
        over = np.asarray(sorted(passed.items()), dtype=np.int64).reshape(-1, 2)
        kept = [np.zeros(count, dtype=np.int64) for _ in range(2)]
        for column, amounts in zip(kept, (direct, indirect), strict=True):
            column[list(amounts)] = list(amounts.values())
        return cls((rows[:, 0], rows[:, 1], rows[:, 2]), (over[:, 0], over[:, 1]), kept[0], kept[1])

    def by_bucket(self, buckets: int) -> np.ndarray:
        """Of each bucket: what goes over it."""
        return sums(buckets, self.first[1], self.first[2]) + sums(buckets, *self.passed)


@dataclass(frozen=True, slots=True)
class Room:
    """What is still free. The whole problem at first; what a plan leaves, when more is added to it."""

    available: np.ndarray
    capacity: np.ndarray
    """Of each bucket."""
    needs: np.ndarray
    financing: np.ndarray

    @classmethod
    def whole(cls, problem: Problem) -> Room:
        """Everything is free."""
        return cls(problem.line_available, problem.bucket_capacity, problem.needs, problem.financing_limit)


@dataclass(frozen=True, slots=True)
class Cut:
    """A minimum cut between lines and needs at tier ≥ 2, by what it cuts."""

    lines: np.ndarray
    buckets: np.ndarray
    needs: np.ndarray
    groups: np.ndarray
    """Financing limits of (bank, issuer)."""

    @classmethod
    def none(cls) -> Cut:
        """Nothing."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in range(4)))


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
    cut: Cut

    @property
    def proven(self) -> bool:
        """Flow and dual agree in every objective."""
        return (self.met_tier2, self.met, self.cost) == (self.bound_tier2, self.bound_met, self.bound_cost)


class Reach:
    """Which lines' paper can come to an enterprise, straight and over others, and how soon.

    Whether any paper comes is found for all lines at once; of which lines, as bit sets (rows of 64-bit words, one row an
    enterprise), only where a rule asks.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.words = max(1, -(-len(problem.lines) // 64))
        self.any_direct = np.zeros(problem.count, dtype=bool)
        """Of each enterprise: whether some line's paper can come straight."""
        self.any_direct[problem.bucket_creditor[problem.bucket_set > 0]] = True

    @cached_property
    def any_indirect(self) -> np.ndarray:
        """Of each enterprise: whether some line's paper can come over others."""
        # Only an issuer that others pay can tell lines apart: its own paper never comes back to it. It gets a bit of its
        # own, and all issuers that nobody pays share one.
        problem = self.problem
        issuer = np.zeros(problem.count, dtype=bool)
        issuer[problem.line_issuer] = True
        paid = np.unique(problem.bucket_creditor[issuer[problem.bucket_creditor]])
        bit = np.zeros(problem.count, dtype=np.int64)
        bit[paid] = np.arange(1, paid.size + 1)
        bits = _bits(np.arange(paid.size + 1), paid.size + 1)
        own = np.zeros((problem.count, bits.shape[1]), dtype=np.uint64)
        own[paid] = bits[1:]
        direct = np.zeros_like(own)
        first = np.flatnonzero(problem.bucket_set)
        np.bitwise_or.at(direct, problem.bucket_creditor[first], bits[bit[problem.bucket_debtor[first]]])
        return _over_others(problem, direct, own).any(axis=1)

    @cached_property
    def direct(self) -> np.ndarray:
        """Of each enterprise: the lines whose paper can come straight."""
        found = np.zeros((self.problem.count, self.words), dtype=np.uint64)
        line, bucket, _ = self.problem.first_hops
        np.bitwise_or.at(
            found, self.problem.bucket_creditor[bucket], self.bits(np.arange(len(self.problem.lines)))[line]
        )
        return found

    @cached_property
    def indirect(self) -> np.ndarray:
        """Of each enterprise: the lines whose paper can come over others."""
        own = np.zeros_like(self.direct)
        np.bitwise_or.at(own, self.problem.line_issuer, self.bits(np.arange(len(self.problem.lines))))
        return _over_others(self.problem, self.direct, own)

    @cached_property
    def hops(self) -> np.ndarray:
        """Fewest hops from a line to each enterprise; 0 where there is no way."""
        problem = self.problem
        first = np.flatnonzero(self.any_direct)
        return steps_from(problem.count, problem.bucket_debtor, problem.bucket_creditor, first) + 1

    def bits(self, lines: np.ndarray) -> np.ndarray:
        """One row a line, with the line's bit."""
        return _bits(lines, len(self.problem.lines))

    def mask(self, lines: Iterable[int]) -> np.ndarray:
        """The bit set of some lines."""
        return np.bitwise_or.reduce(self.bits(integers(lines)), axis=0, initial=np.uint64(0))

    def keeping(self, enterprises: np.ndarray) -> np.ndarray:
        """The lines whose paper each of them may keep: all, where it does not say."""
        rows = np.full((enterprises.size, self.words), ~np.uint64(0), dtype=np.uint64)
        for place, enterprise in enumerate(enterprises.tolist()) if self.problem.eligible_lines else ():
            if enterprise in self.problem.eligible_lines:
                rows[place] = self.mask(sorted(self.problem.eligible_lines[enterprise]))
        return rows

    def passes_on(self, debtors: np.ndarray, lines: np.ndarray | None = None) -> np.ndarray:
        """Whether paper of some of these lines (a bit set; None: of any) can come to each debtor and still go one hop
        further."""
        every = lines is None
        held = self.any_direct | self.any_indirect if every else ((self.direct | self.indirect) & lines).any(axis=1)
        return (held & (self.hops < self.problem.rules.max_hops))[debtors]


def _bits(numbers: np.ndarray, count: int) -> np.ndarray:
    """One row a number (0 to ``count`` - 1), with that bit set."""
    rows = np.zeros((numbers.size, max(1, -(-count // 64))), dtype=np.uint64)
    rows[np.arange(numbers.size), numbers // 64] = np.uint64(1) << (numbers % 64).astype(np.uint64)
    return rows


def _over_others(problem: Problem, direct: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The bits that come to each enterprise over others, from those that come ``direct``; none comes to whose ``own`` it
    is: that would be a round trip."""
    order, starts = by_group(problem.count, problem.bucket_debtor)
    heads = problem.bucket_creditor[order]
    found = np.zeros_like(direct, order="F")
    held = direct.copy(order="F")
    changed = np.flatnonzero(direct.any(axis=1))
    last = np.empty(problem.count, dtype=np.int64)
    while changed.size:
        rows, owner = expand(starts, changed)
        head = heads[rows]
        for word in range(direct.shape[1]):
            np.bitwise_or.at(found[:, word], head, held[changed, word][owner])
        touched = each_once(head, last)
        found[touched] &= ~own[touched]
        grown = held[touched] | found[touched]
        more = (grown != held[touched]).any(axis=1)
        changed = touched[more]
        held[changed] = grown[more]
    return found


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
    return _builder(problem, reach, room, lines, permitted, passing_beside_lines).solve()


def most_met(problem: Problem, reach: Reach) -> int:
    """No plan meets more in all, at whatever tiers."""
    builder = _builder(problem, reach, None, None, None, True)
    network, kind, *_ = builder.network()
    return -minimise_in_order(network, [builder.most_of_all(network, kind)]).bounds[0]


def _builder(
    problem: Problem, reach: Reach, room: Room | None, lines: Iterable[int] | None, permitted: np.ndarray | None,
    beside: bool,
) -> _Builder:  # fmt: skip
    every = range(len(problem.lines)) if lines is None else lines
    builder = _Builder(problem, reach, room or Room.whole(problem), every)
    return builder.build(permitted, beside)


_LINE, _FIRST, _PASS, _NEED, _FINANCE, _INNER = range(6)
"""What an arc stands for; inner arcs never bind."""


class _Builder:
    def __init__(self, problem: Problem, reach: Reach, room: Room, lines: Iterable[int]) -> None:
        self.problem, self.reach, self.room = problem, reach, room
        self.lines = integers(line for line in lines if room.available[line] > 0)
        self.line_mask = None if self.lines.size == len(problem.lines) else reach.mask(self.lines.tolist())
        """The lines as a bit set; None: all of them."""
        count = self.count = problem.count
        self.source, self.sink = 0, 1
        self.direct, self.indirect, self.out, self.kept = (2 + part * count for part in range(4))
        self.nodes = 2 + 4 * count
        self.parts: list[tuple[np.ndarray, ...]] = []
        self.supply = min(sum(room.available[self.lines].tolist()), sum(room.needs[room.needs > 0].tolist()))
        self.unbound = self.supply + 1  # so that an inner arc is never on a minimum cut

    def _add(self, kind: int, tail: object, head: object, capacity: object, cost: object, item: object) -> None:
        columns = np.broadcast_arrays(
            *(np.asarray(part, dtype=np.int64) for part in (tail, head, capacity, cost, item))
        )
        self.parts.append((np.full(columns[0].shape, kind, dtype=np.int8), *columns))

    def build(self, permitted: np.ndarray | None, passing_beside_lines: bool) -> _Builder:
        self._add(_INNER, [self.source], [self.sink], [self.supply], 0, -1)
        self._add_lines(permitted)
        passing = self._add_passes(permitted, passing_beside_lines)
        out = np.zeros(self.count, dtype=bool)
        out[self.problem.bucket_debtor[passing]] = True
        out = np.flatnonzero(out)
        self._add(_INNER, self.direct + out, self.out + out, self.unbound, 0, out)
        self._add(_INNER, self.indirect + out, self.out + out, self.unbound, 0, out)
        self._add_needs()
        return self

    def _add_lines(self, permitted: np.ndarray | None) -> None:
        problem = self.problem
        node_of_line = np.full(len(problem.lines), -1, dtype=np.int64)
        node_of_line[self.lines] = self.nodes + np.arange(self.lines.size)
        self.nodes += self.lines.size
        limits = np.minimum(self.room.available[self.lines], self.unbound)
        self._add(_LINE, self.source, node_of_line[self.lines], limits, 0, self.lines)
        line, bucket, cost = problem.first_hops
        wanted = node_of_line[line] >= 0
        if permitted is not None:
            wanted &= permitted[bucket]
        line, bucket, cost = line[wanted], bucket[wanted], cost[wanted]
        chosen, place = np.unique(bucket, return_inverse=True)
        self.first_node, self.first_buckets = self.nodes, chosen
        self._add(_INNER, node_of_line[line], self.nodes + place, self.unbound, cost, line)
        heads = problem.bucket_creditor[chosen] + self.direct
        capacity = np.minimum(self.room.capacity[chosen], self.unbound)
        self._add(_FIRST, self.nodes + np.arange(chosen.size), heads, capacity, 0, chosen)
        self.nodes += chosen.size

    def _add_passes(self, permitted: np.ndarray | None, beside: bool) -> np.ndarray:
        problem = self.problem
        usable = self.reach.passes_on(problem.bucket_debtor, self.line_mask)
        if not beside:
            usable &= problem.bucket_set == 0
        if permitted is not None:
            usable &= permitted
        chosen = np.flatnonzero(usable)
        tails = problem.bucket_debtor[chosen] + self.out
        heads = problem.bucket_creditor[chosen] + self.indirect
        self._add(_PASS, tails, heads, np.minimum(self.room.capacity[chosen], self.unbound), 0, chosen)
        return chosen

    def _add_needs(self) -> None:
        """Needs, and the financing limits as far as one flow can see them: enterprises that the same lines reach share
        the sum of those lines' limits. With one line in reach that is the rule itself."""
        problem = self.problem
        wanting = np.flatnonzero(self.room.needs > 0)
        finances = problem.finances[wanting]
        direct, indirect, lines = self._coming(wanting, finances)
        for origin, held in ((self.direct, direct), (self.indirect, indirect)):
            self._add(_INNER, origin + wanting[held], self.kept + wanting[held], self.unbound, 0, wanting[held])
        most = np.minimum(self.room.needs[wanting], self.unbound)
        self._add(_NEED, self.kept + wanting[~finances], self.sink, most[~finances], 0, wanting[~finances])
        through = np.flatnonzero(finances & (direct | indirect))
        sets, hub = np.unique(lines[through], axis=0, return_inverse=True)
        self._add(_NEED, self.kept + wanting[through], self.nodes + hub.reshape(-1), most[through], 0, wanting[through])
        shifts = np.arange(64, dtype=np.uint64)
        members = (sets[:, :, None] >> shifts & np.uint64(1)).reshape(sets.shape[0], 64 * self.reach.words)
        self.hub_groups = [
            np.unique(problem.financing_group[np.flatnonzero(row[: len(problem.lines)])]) for row in members
        ]
        limits = [min(sum(self.room.financing[groups].tolist()), self.unbound) for groups in self.hub_groups]
        hubs = np.arange(len(limits))
        self._add(_FINANCE, self.nodes + hubs, self.sink, limits, 0, hubs)
        self.nodes += hubs.size

    def _coming(self, wanting: np.ndarray, finances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each enterprise: whether paper that it may keep comes straight, and over others; and of which lines, for
        those that discount it."""
        reach = self.reach
        if self.line_mask is None and not self.problem.eligible_lines and not finances.any():
            nothing = np.zeros((wanting.size, reach.words), dtype=np.uint64)
            return reach.any_direct[wanting], reach.any_indirect[wanting], nothing
        eligible = reach.keeping(wanting)
        if self.line_mask is not None:
            eligible &= self.line_mask
        direct, indirect = reach.direct[wanting] & eligible, reach.indirect[wanting] & eligible
        return direct.any(axis=1), indirect.any(axis=1), direct | indirect

    def network(self) -> tuple[FlowNetwork, np.ndarray, np.ndarray, np.ndarray]:
        """The network, and its arcs' columns kind, cost and item."""
        kind, tail, head, capacity, cost, item = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        useful = capacity > 0
        useful[0] = True
        if not useful.all():
            kind, tail, head, capacity, cost, item = (
                column[useful] for column in (kind, tail, head, capacity, cost, item)
            )
        return FlowNetwork(self.nodes, self.source, self.sink, self.supply, tail, head, capacity), kind, cost, item

    def _into_kept(self, network: FlowNetwork, kind: np.ndarray) -> np.ndarray:
        return (network.head >= self.kept) & (network.head < self.kept + self.count) & (kind == _INNER)

    def _issuing(self, network: FlowNetwork) -> np.ndarray:
        """The arcs from lines to first hops."""
        return (network.tail >= self.kept + self.count) & (network.tail < self.first_node)

    def _throughput(self, arcs: np.ndarray) -> Throughput:
        beyond = np.zeros(self.nodes, dtype=bool)
        beyond[self.kept : self.kept + self.count] = True
        beyond[self.nodes - len(self.hub_groups) :] = True
        beyond[self.sink] = True
        return Throughput(arcs, beyond)

    def most_of_all(self, network: FlowNetwork, kind: np.ndarray) -> Objective:
        """As much need met as there can be."""
        everything = np.ones(kind.size, dtype=bool)
        return Objective(-self._into_kept(network, kind).astype(np.int64), self._throughput(everything))

    def solve(self) -> SharedFlow:
        """Flow, bounds and minimum cut."""
        network, kind, cost, item = self.network()
        tail, head = network.tail, network.head
        into_kept = self._into_kept(network, kind)
        from_direct = into_kept & (tail < self.indirect)
        from_indirect = into_kept & ~from_direct
        objectives = [
            Objective(-from_indirect.astype(np.int64), self._throughput(~from_direct)),
            self.most_of_all(network, kind),
        ]
        exact = kind.size <= MOST_COSTED_ARCS
        if exact:
            hops = (kind == _FIRST) | (kind == _PASS)
            objectives += [Objective(cost), Objective(hops.astype(np.int64))]
        result = minimise_in_order(network, objectives)
        flow = result.flow if exact else self._cheaper_issues(network, kind, cost, result.flow)
        used = flow > 0
        issued = np.flatnonzero(self._issuing(network) & used)
        passed = np.flatnonzero((kind == _PASS) & used)
        stream = Stream(
            first=(item[issued], self.first_buckets[head[issued] - self.first_node], flow[issued]),
            passed=(item[passed], flow[passed]),
            kept_direct=sums(self.count, item[from_direct], flow[from_direct]),
            kept_indirect=sums(self.count, item[from_indirect], flow[from_indirect]),
        )
        return SharedFlow(
            stream=stream,
            met_tier2=-result.costs[0],
            met=-result.costs[1],
            cost=result.costs[2] if exact else exact_product(cost, flow),
            bound_tier2=-result.bounds[0],
            bound_met=-result.bounds[1],
            bound_cost=result.bounds[2] if exact else self._cheapest_issue(network, cost, item, -result.bounds[1]),
            cut=self._cut(network, result.cuts[0], kind, item, from_direct),
        )

    def _cheaper_issues(self, network: FlowNetwork, kind: np.ndarray, cost: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """The flow with everything that suppliers get straight from lines issued again at the least cost; who gets how
        much stays. Only payables are looked at that the flow uses, or that are among the cheapest that would do."""
        issuing, first = np.flatnonzero(self._issuing(network)), np.flatnonzero(kind == _FIRST)
        supplier = network.head[first]
        least = np.full(self.nodes, cost.max(initial=0))
        np.minimum.at(least, network.head[issuing], cost[issuing])
        order = np.lexsort((least[network.tail[first]], supplier))
        first, supplier = first[order], supplier[order]
        wanted = sums(self.nodes, supplier, flow[first])[supplier]
        looked_at = (wanted > 0) & ((flow[first] > 0) | (before_in_group(supplier, network.capacity[first]) < wanted))
        node = np.zeros(self.nodes, dtype=bool)
        node[network.tail[first[looked_at]]] = True
        free = kind == _LINE
        free[first[looked_at]] = True
        free[issuing[node[network.head[issuing]]]] = True
        return cheapest(network, cost, free, flow)

    def _cheapest_issue(self, network: FlowNetwork, cost: np.ndarray, item: np.ndarray, minor: int) -> int:
        """No way of issuing ``minor`` costs less: the cheapest payables of each line first, wherever their paper can go."""
        arcs = np.flatnonzero(self._issuing(network))
        most = np.minimum(self.room.capacity[self.first_buckets[network.head[arcs] - self.first_node]], self.unbound)
        order = np.lexsort((cost[arcs], item[arcs]))
        arcs, most = arcs[order], most[order]
        left = self.room.available[item[arcs]] - before_in_group(item[arcs], most)
        most = np.clip(left, 0, most)
        order = np.argsort(cost[arcs], kind="stable")
        arcs, most = arcs[order], most[order]
        taken = np.clip(minor - (np.cumsum(most) - most), 0, most)
        return exact_product(cost[arcs], taken)

    def _cut(
        self, network: FlowNetwork, near: np.ndarray, kind: np.ndarray, item: np.ndarray, excluded: np.ndarray
    ) -> Cut:
        """What the minimum cut of the flow to tier ≥ 2 cuts."""
        across = near[network.tail] & ~near[network.head] & ~excluded
        across[0] = False  # the bypass
        lines, first, passing, needs, hubs = (
            np.unique(item[across & (kind == what)]) for what in (_LINE, _FIRST, _PASS, _NEED, _FINANCE)
        )
        groups = [self.hub_groups[hub] for hub in hubs.tolist()]
        return Cut(lines, np.union1d(first, passing), needs, np.unique(np.concatenate([[], *groups]).astype(np.int64)))
