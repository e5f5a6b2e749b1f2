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

from chain.planning.arrays import (
    before_in_group,
    by_group,
    each_once,
    expand,
    integers,
    largest_first,
    rank_in_group,
    steps_from,
    sums,
)
from chain.planning.flow import FlowNetwork, Objective, Throughput, cheapest, exact_product, minimise_in_order
from chain.planning.problem import Problem

#: Payables' arcs up to which cost and hops are minimised exactly; above, cost is bounded, and the gap is said.
MOST_COSTED_ARCS = 120_000


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
        over: np.ndarray = sums(buckets, self.first[1], self.first[2]) + sums(buckets, *self.passed)
        return over


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

    def within(self, problem: Problem, enterprises: np.ndarray) -> Reach:
        """The same of a part of the problem, by its enterprises here: the shortest way to any of them is in the part."""
        inside = Reach(problem)
        inside.hops = self.hops[enterprises]
        if not self.paid_issuers.size:  # else paper could come back to its issuer that in the part comes to nobody else
            inside.any_indirect = self.any_indirect[enterprises]
        return inside

    @cached_property
    def paid_issuers(self) -> np.ndarray:
        """The issuers that somebody pays."""
        problem = self.problem
        issuer = np.zeros(problem.count, dtype=bool)
        issuer[problem.line_issuer] = True
        paid = np.zeros(problem.count, dtype=bool)
        paid[problem.bucket_creditor] = True
        return np.flatnonzero(issuer & paid)

    @cached_property
    def any_indirect(self) -> np.ndarray:
        """Of each enterprise: whether some line's paper can come over others."""
        problem, paid = self.problem, self.paid_issuers
        if not paid.size:
            found = np.zeros(problem.count, dtype=bool)
            found[problem.bucket_creditor[self.hops[problem.bucket_debtor] > 0]] = True
            return found
        # Only an issuer that others pay can tell lines apart: its own paper never comes back to it. It gets a bit of its
        # own, and all issuers that nobody pays share one.
        bit = np.zeros(problem.count, dtype=np.int64)
        bit[paid] = np.arange(1, paid.size + 1)
        bits = _bits(np.arange(paid.size + 1), paid.size + 1)
        own = np.zeros((problem.count, bits.shape[1]), dtype=np.uint64)
        own[paid] = bits[1:]
        direct = np.zeros_like(own)
        first = np.flatnonzero(problem.bucket_set)
        np.bitwise_or.at(direct, problem.bucket_creditor[first], bits[bit[problem.bucket_debtor[first]]])
        indirect: np.ndarray = np.any(_over_others(problem, direct, own), axis=1)
        return indirect

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
        found: np.ndarray = np.bitwise_or.reduce(self.bits(integers(lines)), axis=0, initial=np.uint64(0))
        return found

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
        passing: np.ndarray = (held & (self.hops < self.problem.rules.max_hops))[debtors]
        return passing


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
    large_first: bool = True,
) -> SharedFlow:
    """The lexicographically best flow of ``lines`` (all by default) through the ``permitted`` buckets.

    ``passing_beside_lines`` lets an issuer pass on other issuers' paper over payables that its own line can also pay;
    the capacity they share is then only checked afterwards. Without it the flow is smaller, never too large.

    Of several best flows the solver mostly finds one that uses what comes first: ``large_first`` is for few pieces.
    """
    every = range(len(problem.lines)) if lines is None else lines
    builder = _Builder(problem, reach, room or Room.whole(problem), every)
    return builder.build(permitted, passing_beside_lines, large_first).solve()


def most_met(problem: Problem, reach: Reach) -> int:
    """No plan meets more in all, at whatever tiers."""
    builder = _Builder(problem, reach, Room.whole(problem), range(len(problem.lines)))
    network, kind, *_ = builder.build(None, True, costed=False).network()
    return -minimise_in_order(network, [builder.most_of_all(network, kind)]).bounds[0]


_LINE, _FIRST, _PASS, _NEED, _FINANCE, _INNER = range(6)
"""What an arc stands for; inner arcs never bind."""


class _Builder:
    """An enterprise has only those of its four nodes that tell something apart. Where costs are left out, lines that can issue
    against the same payables are one line, and payables between one pair that the same lines can issue against are one."""

    def __init__(self, problem: Problem, reach: Reach, room: Room, lines: Iterable[int]) -> None:
        self.problem, self.reach, self.room = problem, reach, room
        self.lines = integers(line for line in lines if room.available[line] > 0)
        self.line_mask = None if self.lines.size == len(problem.lines) else reach.mask(self.lines.tolist())
        """The lines as a bit set; None: all of them."""
        self.source, self.sink = 0, 1
        self.nodes = 2
        self.parts: list[tuple[np.ndarray, ...]] = []
        self.supply = min(sum(room.available[self.lines].tolist()), sum(room.needs[room.needs > 0].tolist()))
        self.unbound = self.supply + 1  # so that an inner arc is never on a minimum cut

    def _add(self, kind: int, tail: object, head: object, capacity: object, cost: object, item: object) -> None:
        ends = (np.asarray(end, dtype=np.int32) for end in (tail, head))
        columns = np.broadcast_arrays(*ends, *(np.asarray(part, dtype=np.int64) for part in (capacity, cost, item)))
        self.parts.append((np.full(columns[0].shape, kind, dtype=np.int8), *columns))

    def _number(self, enterprises: np.ndarray) -> np.ndarray:
        """A node for each of them: enterprise → node, -1 for all others."""
        node = np.full(self.problem.count, -1, dtype=np.int64)
        node[enterprises] = self.nodes + np.arange(enterprises.size)
        self.nodes += enterprises.size
        return node

    def build(
        self, permitted: np.ndarray | None, beside: bool, large_first: bool = True, costed: bool | None = None
    ) -> _Builder:
        """The arcs. ``costed``: whether they tell costs apart; None: where they are not too many."""
        problem = self.problem
        issued, passed = self._usable(permitted, beside)
        self.costed = self.ways[0].size + issued.size + passed.size <= MOST_COSTED_ARCS if costed is None else costed
        direct, indirect, out = (np.zeros(problem.count, dtype=bool) for _ in range(3))
        direct[problem.bucket_creditor[issued]] = True
        indirect[problem.bucket_creditor[passed]] = True
        out[problem.bucket_debtor[passed]] = True
        self.direct, self.indirect = (self._number(np.flatnonzero(those)) for those in (direct, indirect))
        # Who holds paper in one way only passes it on, and keeps it, from where it holds it.
        self.out = np.where(direct, self.direct, self.indirect)
        joined = np.flatnonzero(out & direct & indirect)
        self.out[joined] = self._number(joined)[joined]
        self._add(_INNER, [self.source], [self.sink], [self.supply], 0, -1)
        self._add_lines(issued)
        self._add_needs()
        for held in (self.direct, self.indirect):
            self._add(_INNER, held[joined], self.out[joined], self.unbound, 0, joined)
        passed = passed[self.out[problem.bucket_debtor[passed]] >= 0]
        if large_first:
            passed = passed[largest_first(self.room.capacity[passed])]
        self._add(
            _PASS, self.out[problem.bucket_debtor[passed]], self.indirect[problem.bucket_creditor[passed]],
            np.minimum(self.room.capacity[passed], self.unbound), 0, passed,
        )  # fmt: skip
        return self

    def _usable(self, permitted: np.ndarray | None, passing_beside_lines: bool) -> tuple[np.ndarray, np.ndarray]:
        """The buckets that can be a first hop, whose (line, bucket, cost) become ``ways``, and those that pass paper on."""
        problem = self.problem
        line, bucket, cost = problem.first_hops
        usable = np.zeros(len(problem.lines), dtype=bool)
        usable[self.lines] = True
        usable = usable[line]
        if permitted is not None:
            usable &= permitted[bucket]
        self.ways = (line, bucket, cost) if usable.all() else (line[usable], bucket[usable], cost[usable])
        issued = self.ways[1][rank_in_group(self.ways[1]) == 0]
        passes = self.reach.passes_on(problem.bucket_debtor, self.line_mask)
        if not passing_beside_lines:
            passes &= problem.bucket_set == 0
        if permitted is not None:
            passes &= permitted
        return issued, np.flatnonzero(passes)

    def _add_lines(self, issued: np.ndarray) -> None:
        """From the source over lines to whom they can issue to. A payable of one line alone needs no node of its own."""
        problem = self.problem
        line, bucket, cost = self.ways
        if self.costed:
            twin, place = np.arange(len(problem.lines)), np.arange(issued.size)
        else:
            twin = self._twins(issued)
            keys = problem.bucket_debtor, problem.bucket_creditor, problem.bucket_set
            place = np.cumsum(rank_in_group(*(key[issued] for key in keys)) == 0) - 1
        self.issued, self.place_of_issued, self.twin = issued, place, twin
        places = int(place.max(initial=-1)) + 1
        available = sums(
            len(problem.lines), twin[self.lines], np.minimum(self.room.available[self.lines], self.unbound)
        )
        leads = np.unique(twin[self.lines])
        node_of_line = np.full(len(problem.lines), -1, dtype=np.int64)
        node_of_line[leads] = self.nodes + np.arange(leads.size)
        self.first_line, self.leads = self.nodes, leads
        self.nodes += leads.size
        self._add(_LINE, self.source, node_of_line[leads], np.minimum(available[leads], self.unbound), 0, leads)
        # Of the ways into one place, the first bucket's, one of all twins.
        number = np.full(problem.bucket_debtor.size, -1, dtype=np.int64)
        heads = np.flatnonzero(np.diff(place, prepend=-1))
        number[issued[heads]] = np.arange(places)
        rows = np.flatnonzero((number[bucket] >= 0) & (twin[line] == line))
        line, cost, into = line[rows], cost[rows], number[bucket[rows]]
        capacity = np.minimum(sums(places, place, np.minimum(self.room.capacity[issued], self.unbound)), self.unbound)
        supplier = self.direct[problem.bucket_creditor[issued[heads]]]
        alone = np.bincount(into, minlength=places)[into] == 1
        # The cheapest first: of several best flows the solver mostly finds one that uses what comes first.
        cheap = np.flatnonzero(alone)
        cheap = cheap[np.argsort(cost[cheap], kind="stable")]
        one, several = into[cheap], into[~alone]
        self._add(_FIRST, node_of_line[line[cheap]], supplier[one], capacity[one], cost[cheap], one)
        shared = several[rank_in_group(several) == 0]
        node = np.full(places, -1, dtype=np.int64)
        node[shared] = self.nodes + np.arange(shared.size)
        self.nodes += shared.size
        # One more than can go on: never on a minimum cut, and cheaper to find than with no bound.
        self._add(_INNER, node_of_line[line[~alone]], node[several], capacity[several] + 1, cost[~alone], several)
        self._add(_FIRST, node[shared], supplier[shared], capacity[shared], 0, shared)

    def _twins(self, issued: np.ndarray) -> np.ndarray:
        """Of each line: the first of those that can issue against the same buckets."""
        sets: list[list[int]] = [[] for _ in self.problem.lines]
        for entry in np.unique(self.problem.bucket_set[issued]).tolist():
            for line in self.problem.line_sets[entry]:
                sets[line].append(entry)
        first: dict[tuple[int, ...], int] = {}
        twin = np.arange(len(sets))
        for line in self.lines.tolist():
            twin[line] = first.setdefault(tuple(sets[line]), line)
        return twin

    def _add_needs(self) -> None:
        """Needs, and the financing limits as far as one flow can see them: enterprises that the same lines reach share
        the sum of those lines' limits. With one line in reach that is the rule itself."""
        problem = self.problem
        wanting = np.flatnonzero((self.room.needs > 0) & ((self.direct >= 0) | (self.indirect >= 0)))
        finances = problem.finances[wanting]
        direct, indirect, lines = self._coming(wanting, finances)
        direct &= self.direct[wanting] >= 0
        indirect &= self.indirect[wanting] >= 0
        kept = np.where(direct, self.direct[wanting], self.indirect[wanting])
        joined = direct & indirect
        both = wanting[joined]
        self.first_kept = self.nodes
        kept[joined] = self._number(both)[both]
        self.first_hub = self.nodes
        for held in (self.direct, self.indirect):
            self._add(_INNER, held[both], self.first_kept + np.arange(both.size), self.unbound, 0, both)
        some = direct | indirect
        most = np.minimum(self.room.needs[wanting], self.unbound)
        straight = some & ~finances
        self._add(_NEED, kept[straight], self.sink, most[straight], 0, wanting[straight])
        through = np.flatnonzero(some & finances)
        sets, hub = np.unique(lines[through], axis=0, return_inverse=True)
        self._add(_NEED, kept[through], self.first_hub + hub.reshape(-1), most[through], 0, wanting[through])
        shifts = np.arange(64, dtype=np.uint64)
        members = (sets[:, :, None] >> shifts & np.uint64(1)).reshape(sets.shape[0], 64 * self.reach.words)
        self.hub_groups = [
            np.unique(problem.financing_group[np.flatnonzero(row[: len(problem.lines)])]) for row in members
        ]
        limits = [min(sum(self.room.financing[groups].tolist()), self.unbound) for groups in self.hub_groups]
        hubs = np.arange(len(limits))
        self._add(_FINANCE, self.first_hub + hubs, self.sink, limits, 0, hubs)
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

    def _keeping(self, network: FlowNetwork, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The arcs over which enterprises keep paper that came straight from lines, and over others."""
        tail, head = network.tail, network.head
        keeping = ((head >= self.first_kept) & (head < self.first_hub) & (kind == _INNER)) | (
            (kind == _NEED) & (tail < self.first_kept)
        )
        direct = tail < 2 + int((self.direct >= 0).sum())
        return keeping & direct, keeping & ~direct

    def _throughput(self, arcs: np.ndarray) -> Throughput:
        beyond = np.zeros(self.nodes, dtype=bool)
        beyond[self.first_kept :] = True
        beyond[self.sink] = True
        return Throughput(arcs, beyond)

    def most_of_all(self, network: FlowNetwork, kind: np.ndarray) -> Objective:
        """As much need met as there can be."""
        direct, indirect = self._keeping(network, kind)
        return Objective(-(direct | indirect).astype(np.int64), self._throughput(np.ones(kind.size, dtype=bool)))

    def solve(self) -> SharedFlow:
        """Flow, bounds and minimum cut."""
        network, kind, cost, item = self.network()
        tail = network.tail
        from_direct, from_indirect = self._keeping(network, kind)
        objectives = [
            Objective(-from_indirect.astype(np.int64), self._throughput(~from_direct)),
            self.most_of_all(network, kind),
        ]
        if self.costed:
            hops = (kind == _FIRST) | (kind == _PASS)
            objectives += [Objective(cost), Objective(hops.astype(np.int64))]
        result = minimise_in_order(network, objectives)
        flow = result.flow
        used = flow > 0
        if self.costed:
            issuing = np.flatnonzero(used & (tail >= self.first_line) & (tail < self.first_line + self.leads.size))
            first = self.leads[tail[issuing] - self.first_line], self.issued[item[issuing]], flow[issuing]
            least, bound = result.costs[2], result.bounds[2]
        else:
            issuing = np.flatnonzero(used & (kind == _FIRST))
            line, bucket, given, least = self._issue(
                sums(int(self.place_of_issued.max(initial=-1)) + 1, item[issuing], flow[issuing])
            )
            first = line, bucket, given
            bound = self._cheapest_issue(-result.bounds[1])
        passed = np.flatnonzero(used & (kind == _PASS))
        count = self.problem.count
        return SharedFlow(
            stream=Stream(
                first=first,
                passed=(item[passed], flow[passed]),
                kept_direct=sums(count, item[from_direct], flow[from_direct]),
                kept_indirect=sums(count, item[from_indirect], flow[from_indirect]),
            ),
            met_tier2=-result.costs[0],
            met=-result.costs[1],
            cost=least,
            bound_tier2=-result.bounds[0],
            bound_met=-result.bounds[1],
            bound_cost=bound,
            cut=self._cut(network, result.cuts[0], kind, item, from_direct),
        )

    def _issue(self, minor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """(line, bucket, minor) of least cost, and that cost, by which suppliers get straight from lines as much as
        ``minor`` (of each place) gives them. Only buckets are looked at that are the cheapest of a place that gives
        something, or among the cheapest of its supplier that would do."""
        line, bucket, cost = self.ways
        capacity = np.minimum(self.room.capacity[self.issued], self.unbound)
        supplier = self.problem.bucket_creditor[self.issued]
        ways = np.flatnonzero(rank_in_group(bucket) == 0)
        least = np.minimum.reduceat(cost, ways) if ways.size else cost
        wanted = sums(self.problem.count, supplier[np.flatnonzero(np.diff(self.place_of_issued, prepend=-1))], minor)
        looked_at = np.zeros(self.issued.size, dtype=bool)
        for group, most in ((self.place_of_issued, minor), (supplier, wanted)):
            some = np.flatnonzero(most[group])
            some = some[np.lexsort((least[some], group[some]))]
            enough = before_in_group(group[some], capacity[some]) < most[group[some]]
            looked_at[some[enough]] = True
        chosen = np.flatnonzero(looked_at)
        suppliers, which = np.unique(supplier[chosen], return_inverse=True)
        number = np.full(self.problem.bucket_debtor.size, -1, dtype=np.int64)
        number[self.issued[chosen]] = np.arange(chosen.size)
        rows = np.flatnonzero(number[bucket] >= 0)
        line, bucket, cost, into = line[rows], bucket[rows], cost[rows], number[bucket[rows]]
        shared = np.flatnonzero(np.bincount(into, minlength=chosen.size) > 1)
        node = which + 2 + len(self.problem.lines)
        of_bucket = node.copy()
        of_bucket[shared] = 2 + len(self.problem.lines) + suppliers.size + np.arange(shared.size)
        given = wanted[suppliers]
        unit, nothing = np.ones_like, np.zeros_like
        columns = (
            (
                nothing(self.lines),
                2 + self.lines,
                np.minimum(self.room.available[self.lines], self.unbound),
                nothing(self.lines),
            ),
            (2 + line, of_bucket[into], capacity[chosen][into], cost),
            (of_bucket[shared], node[shared], capacity[chosen[shared]], nothing(shared)),
            (2 + len(self.problem.lines) + np.arange(suppliers.size), unit(suppliers), given, nothing(suppliers)),
        )
        tail, head, most, price = (np.concatenate(column) for column in zip(*columns, strict=True))
        network = FlowNetwork(
            2 + len(self.problem.lines) + suppliers.size + shared.size, self.source, self.sink, int(given.sum()),
            tail.astype(np.int32), head.astype(np.int32), most,
        )  # fmt: skip
        free = np.ones(tail.size, dtype=bool)
        free[tail.size - suppliers.size :] = False
        fixed = np.where(free, 0, most)
        flow = cheapest(network, price, free, fixed)[self.lines.size : self.lines.size + line.size]
        used = np.flatnonzero(flow)
        return line[used], bucket[used], flow[used], exact_product(cost, flow)

    def _cheapest_issue(self, minor: int) -> int:
        """No way of issuing ``minor`` costs less: the cheapest payables of each line first, wherever their paper can go."""
        line, bucket, cost = self.ways
        order = np.lexsort((cost, line))
        line, cost = line[order], cost[order]
        most = np.minimum(self.room.capacity[bucket[order]], self.unbound)
        most = np.clip(self.room.available[line] - before_in_group(line, most), 0, most)
        order = np.argsort(cost, kind="stable")
        cost, most = cost[order], most[order]
        return exact_product(cost, np.clip(minor - (np.cumsum(most) - most), 0, most))

    def _cut(
        self, network: FlowNetwork, near: np.ndarray, kind: np.ndarray, item: np.ndarray, excluded: np.ndarray
    ) -> Cut:
        """What the minimum cut of the flow to tier ≥ 2 cuts."""
        across = near[network.tail] & ~near[network.head] & ~excluded
        across[0] = False  # the bypass
        lines, first, passing, needs, hubs = (
            np.unique(item[across & (kind == what)]) for what in (_LINE, _FIRST, _PASS, _NEED, _FINANCE)
        )
        lines = self.lines[np.isin(self.twin[self.lines], lines)]
        first = self.issued[np.isin(self.place_of_issued, first)]
        groups = [self.hub_groups[hub] for hub in hubs.tolist()]
        return Cut(lines, np.union1d(first, passing), needs, np.unique(np.concatenate([[], *groups]).astype(np.int64)))
