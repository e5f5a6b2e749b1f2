"""Invoices that run in a circle: buyer → seller → … → buyer, closed within so many days.

An invoice is on such a circle exactly when, among the invoices of some window of that many days, its two parties are in one
strongly connected component. Circles that share a window and a component are one *cluster*: what a person looks at
together. Both say the same whether invoices come at once (`fill`, window by window, on arrays) or one by one (`add`,
which looks only at what can be reached from the new invoice within the days around it).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Edge = int
"""Number of an invoice; a smaller one came earlier."""
Node = int
Hop = tuple[int, Edge]
"""Day and invoice."""


class Circles:
    """All invoices between different parties, and which of them are on a circle within ``days``."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._out: dict[Node, dict[Node, list[Hop]]] = {}
        self._in: dict[Node, set[Node]] = {}
        self._ends: dict[Edge, tuple[Node, Node, int]] = {}
        self._root: dict[Edge, Edge] = {}
        """Circular invoice → another of its cluster, or itself: the cluster's first that was found."""
        self._clusters: dict[Edge, set[Edge]] = {}

    def __contains__(self, edge: Edge) -> bool:
        """Whether the invoice is on a circle."""
        return edge in self._root

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._root)

    # ---- all at once ------------------------------------------------------------------------------------------------

    def fill(self, edges: np.ndarray, buyers: np.ndarray, sellers: np.ndarray, days: np.ndarray) -> None:
        """Take these invoices instead of what is here. Integer arrays of one length; ``days`` are ordinals."""
        self._out, self._in, self._ends, self._root, self._clusters = {}, {}, {}, {}, {}
        apart = buyers != sellers
        order = np.lexsort((edges[apart], days[apart]))
        edges, buyers, sellers, days = (column[apart][order] for column in (edges, buyers, sellers, days))
        for edge, buyer, seller, day in zip(
            edges.tolist(), buyers.tolist(), sellers.tolist(), days.tolist(), strict=True
        ):
            self._keep(edge, buyer, seller, day)
        inside, _ = _on_a_circle(buyers, sellers)
        edges, buyers, sellers, days = (column[inside] for column in (edges, buyers, sellers, days))
        pairs, last = [], 0
        for day in np.unique(days).tolist():
            begin, end = np.searchsorted(days, [day, day + self._days + 1])
            if end == last:
                continue  # the window before had all of these
            last = end
            circular, component = _on_a_circle(buyers[begin:end], sellers[begin:end])
            if circular.any():
                found = np.flatnonzero(circular) + begin
                _, first, member = np.unique(component[circular], return_index=True, return_inverse=True)
                pairs.append((found, found[first][member]))
        if not pairs:
            return
        left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
        _, label = connected_components(_matrix(left, right, len(edges)), directed=False)
        clusters: dict[int, set[Edge]] = defaultdict(set)
        for number in np.unique(left).tolist():
            clusters[label[number]].add(int(edges[number]))
        for members in clusters.values():
            root = min(members)
            self._clusters[root] = members
            self._root.update(dict.fromkeys(members, root))

    # ---- one by one -------------------------------------------------------------------------------------------------

    def keeps(self, edge: Edge) -> bool:
        """Whether it was given this invoice."""
        return edge in self._ends

    def cluster(self, edge: Edge) -> set[Edge]:
        """The invoices of the cluster in which this one is; none where it is on no circle."""
        return self._clusters[self._find(edge)] if edge in self._root else set()

    def drop(self, edge: Edge) -> None:
        """An invoice less; the others of its cluster may still be on circles."""
        rest = self.cluster(edge) - {edge}
        if edge in self._root:
            del self._clusters[self._find(edge)]
            for one in (edge, *rest):
                del self._root[one]
        buyer, seller, day = self._ends.pop(edge)
        hops = self._out[buyer][seller]
        hops.remove((day, edge))
        if not hops:
            del self._out[buyer][seller]
            self._in[seller].remove(buyer)
        for one in rest:
            self._close(*self._ends[one])

    def add(self, edge: Edge, buyer: Node, seller: Node, day: int) -> set[Edge]:
        """One more invoice. Returns the invoices of the cluster that it makes or changes; none where it is on no circle."""
        if buyer == seller:
            return set()
        self._keep(edge, buyer, seller, day)
        self._close(buyer, seller, day)
        return self.cluster(edge)

    def _close(self, buyer: Node, seller: Node, day: int) -> None:
        """Find the circles through an invoice of that day."""
        span = self._days
        if not self._joined(seller, buyer, day - span, day + span):
            return
        for begin in range(day - span, day + 1):
            down = self._reach(seller, begin, begin + span, self._buys)
            if buyer not in down:
                continue
            up = self._reach(buyer, begin, begin + span, self._sells)
            circle = [
                hop[1] for one in down for other in self._out.get(one, ()) if other in up
                for hop in self._between(one, other, begin, begin + span)
            ]  # fmt: skip
            self._join(circle)

    def _keep(self, edge: Edge, buyer: Node, seller: Node, day: int) -> None:
        self._ends[edge] = buyer, seller, day
        insort(self._out.setdefault(buyer, {}).setdefault(seller, []), (day, edge))
        self._in.setdefault(seller, set()).add(buyer)

    def _between(self, buyer: Node, seller: Node, begin: int, end: int) -> list[Hop]:
        """The invoices of two parties from day ``begin`` to ``end``."""
        hops = self._out[buyer][seller]
        return hops[bisect_left(hops, (begin, -1)) : bisect_left(hops, (end + 1, -1))]

    def _traded(self, buyer: Node, seller: Node, begin: int, end: int) -> bool:
        hops = self._out[buyer][seller]
        at = bisect_left(hops, (begin, -1))
        return at < len(hops) and hops[at][0] <= end

    def _buys(self, node: Node, begin: int, end: int) -> Iterable[Node]:
        return [other for other in self._out.get(node, ()) if self._traded(node, other, begin, end)]

    def _sells(self, node: Node, begin: int, end: int) -> Iterable[Node]:
        return [other for other in self._in.get(node, ()) if self._traded(other, node, begin, end)]

    def _reach(self, start: Node, begin: int, end: int, step: Callable[[Node, int, int], Iterable[Node]]) -> set[Node]:
        seen, waiting = {start}, [start]
        while waiting:
            for other in step(waiting.pop(), begin, end):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    def _joined(self, start: Node, goal: Node, begin: int, end: int) -> bool:
        """Whether trade of these days leads from ``start`` down to ``goal``: searched from both ends, the smaller first."""
        down, up = {start}, {goal}
        lower, upper = [start], [goal]
        while lower and upper:
            if len(lower) <= len(upper):
                lower = [other for node in lower for other in self._buys(node, begin, end) if other not in down]
                lower = list(dict.fromkeys(lower))
                down.update(lower)
                if not up.isdisjoint(lower):
                    return True
            else:
                upper = [other for node in upper for other in self._sells(node, begin, end) if other not in up]
                upper = list(dict.fromkeys(upper))
                up.update(upper)
                if not down.isdisjoint(upper):
                    return True
        return False

    def _find(self, edge: Edge) -> Edge:
        while self._root[edge] != edge:
            self._root[edge] = edge = self._root[self._root[edge]]
        return edge

    def _join(self, edges: list[Edge]) -> None:
        roots = {self._find(edge) for edge in edges if edge in self._root}
        members = {edge for edge in edges if edge not in self._root}
        root = max(roots, key=lambda one: len(self._clusters[one])) if roots else min(members)
        cluster = self._clusters.setdefault(root, set())
        for other in roots - {root}:
            cluster |= self._clusters.pop(other)
            self._root[other] = root
        cluster |= members
        self._root.update(dict.fromkeys(members, root))
        self._root[root] = root

    # ---- what they are ----------------------------------------------------------------------------------------------

    def clusters(self) -> Iterator[set[Edge]]:
        """All clusters."""
        return iter(self._clusters.values())

    def told(self, cluster: Iterable[Edge]) -> tuple[list[Edge], list[Edge]]:
        """A shortest circle through the cluster's earliest invoice, as its invoices are owed, and all others by day."""
        ordered = sorted(cluster, key=lambda edge: (self._ends[edge][2], edge))
        first = ordered[0]
        end = self._ends[first][2] + self._days
        way = self._way_back(first, [edge for edge in ordered if self._ends[edge][2] <= end])
        on_it = set(way)
        return way, [edge for edge in ordered if edge not in on_it]

    def ends(self, edge: Edge) -> tuple[Node, Node, int]:
        """Buyer, seller and day of an invoice."""
        return self._ends[edge]

    def _way_back(self, first: Edge, members: list[Edge]) -> list[Edge]:
        """Breadth-first from the first invoice's seller back to its buyer."""
        by_buyer: dict[Node, list[Edge]] = defaultdict(list)
        for edge in members:
            by_buyer[self._ends[edge][0]].append(edge)
        goal, start, _ = self._ends[first]
        came = {start: first}
        waiting = deque([start])
        while goal not in came:
            for edge in by_buyer[waiting.popleft()]:
                seller = self._ends[edge][1]
                if seller not in came:
                    came[seller] = edge
                    waiting.append(seller)
        way = [came[goal]]
        while way[-1] != first:
            way.append(came[self._ends[way[-1]][0]])
        return way[::-1]


def _on_a_circle(buyers: np.ndarray, sellers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which invoices are between parties of one strongly connected component, and the component of each buyer."""
    nodes, ends = np.unique(np.concatenate([buyers, sellers]), return_inverse=True)
    source, target = ends[: len(buyers)], ends[len(buyers) :]
    if not len(nodes):
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
    _, component = connected_components(_matrix(source, target, len(nodes)), directed=True, connection="strong")
    return component[source] == component[target], component[source]


def _matrix(rows: np.ndarray, columns: np.ndarray, size: int) -> coo_matrix:
    return coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
