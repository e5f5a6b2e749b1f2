"""What the shape of the trade says: tiers, dependency, bottlenecks, and how deep credit can reach. On arrays.

Nodes are enterprises, edges run as credit does: buyer → seller, one a pair of them. Core enterprises are the sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush

import numpy as np
import polars as pl
import rustworkx as rx
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

UNREACHED = -1

#: Core enterprises whose distances to all others stand in memory together.
CORES_AT_ONCE = 64


class Structure:
    """``enterprises``: names, by number. ``cores``: names; those without trade stand alone. ``buyers``, ``sellers``: the two
    ends of each edge; ``evidence``: what of its invoices may back credit, in minor units over all currencies together
    (they compare edges of one enterprise, and are no amount that anybody owes)."""

    def __init__(
        self, enterprises: Sequence[str], cores: Sequence[str], buyers: np.ndarray, sellers: np.ndarray, evidence: np.ndarray
    ) -> None:  # fmt: skip
        self.enterprises = enterprises
        self.cores = tuple(cores)
        self.buyers, self.sellers, self.evidence = buyers, sellers, evidence
        number = {name: place for place, name in enumerate(enterprises)} if len(cores) else {}
        self._sources = [number[core] for core in cores if core in number]

    @cached_property
    def _matrix(self) -> csr_matrix:
        size = len(self.enterprises)
        ones = np.ones(len(self.buyers))
        matrix = csr_matrix((ones, (self.buyers, self.sellers)), shape=(size, size))
        matrix.data[:] = 1.0
        return matrix

    # ---- tiers -------------------------------------------------------------------------------------------------------

    @cached_property
    def tiers(self) -> np.ndarray:
        """Fewest steps of each enterprise below any core enterprise; UNREACHED where no chain reaches it."""
        if not self._sources:
            return np.full(len(self.enterprises), UNREACHED)
        steps = dijkstra(self._matrix, indices=self._sources, unweighted=True, min_only=True)
        return np.where(np.isinf(steps), UNREACHED, steps).astype(np.int64)

    def tier_of_each(self) -> dict[str, int]:
        """The same by name, without those that no chain reaches."""
        reached = np.flatnonzero(self.tiers != UNREACHED).tolist()
        return {self.enterprises[place]: int(self.tiers[place]) for place in reached}

    def tiers_by_core(self) -> pl.DataFrame:
        """The tiers of every core enterprise: ``core``, ``enterprise``, ``tier`` (fewest steps below that core enterprise, from
        1), of each that its chain reaches, by core, tier and enterprise."""
        names = pl.Series("enterprise", self.enterprises, dtype=pl.String)
        found = [pl.DataFrame(schema={"core": pl.String, "enterprise": pl.String, "tier": pl.Int64})]
        for begin in range(0, len(self._sources), CORES_AT_ONCE):
            sources = np.array(self._sources[begin : begin + CORES_AT_ONCE])
            steps = dijkstra(self._matrix, indices=sources, unweighted=True)
            cores, reached = np.nonzero(np.isfinite(steps) & (steps > 0))
            tiers = pl.Series("tier", steps[cores, reached].astype(np.int64), dtype=pl.Int64)
            found.append(pl.DataFrame({"core": names[sources[cores]], "enterprise": names[reached], "tier": tiers}))
        return pl.concat(found).sort("core", "tier", "enterprise")

    # ---- who hangs on whom -------------------------------------------------------------------------------------------

    def dependencies(self, share_basis_points: int = 10_000) -> pl.DataFrame:
        """Buyers that get at least so much of what they owe from one seller: ``buyer``, ``seller``, ``sellers`` (how many it
        has in all), ``share_basis_points``. With 10,000: those with a single source."""
        edges = pl.LazyFrame({"buyer": self.buyers, "seller": self.sellers, "evidence": self.evidence})
        share = pl.when(pl.len() == 1).then(10_000).otherwise(pl.col("evidence") * 10_000 // pl.col("evidence").sum())
        found = (
            edges.with_columns(sellers=pl.len().over("buyer"), share_basis_points=share.over("buyer").cast(pl.Int64))
            .filter(pl.col("share_basis_points") >= share_basis_points)
            .collect()
        )
        named = {side: [self.enterprises[node] for node in found[side].to_list()] for side in ("buyer", "seller")}
        return (
            found.with_columns(**{side: pl.Series(side, names, dtype=pl.String) for side, names in named.items()})
            .select("buyer", "seller", pl.col("sellers").cast(pl.Int64), "share_basis_points")
            .sort("buyer", "seller")
        )

    @cached_property
    def _reached(self) -> tuple[rx.PyDiGraph, int]:
        """The edges with one more node in front of all core enterprises, and its number."""
        graph = rx.PyDiGraph()
        root = len(self.enterprises)
        graph.add_nodes_from(range(root + 1))
        graph.add_edges_from_no_data(list(zip(self.buyers.tolist(), self.sellers.tolist(), strict=True)))
        graph.add_edges_from_no_data([(root, source) for source in self._sources])
        return graph, root

    def bottlenecks(self) -> pl.DataFrame:
        """Enterprises through which all ways from every core enterprise to others lead: ``enterprise``, ``cut_off`` (how many
        suppliers no credit reaches without it), most first. These are the dominators of the graph from its sources:
        the smallest cuts of credit's reach that are one enterprise."""
        graph, root = self._reached
        above = rx.immediate_dominators(graph, root)
        cut = dict.fromkeys(above, 0)
        depth: dict[int, int] = {root: 0}
        for node in above:
            way = []
            while node not in depth:
                way.append(node)
                node = above[node]
            for one in reversed(way):
                depth[one] = depth[above[one]] + 1
        for node in sorted((node for node in above if node != root), key=lambda node: -depth[node]):
            cut[above[node]] += cut[node] + 1
        rows = sorted(
            ((self.enterprises[node], count) for node, count in cut.items() if count and node != root),
            key=lambda row: (-row[1], row[0]),
        )
        return pl.DataFrame(rows, schema={"enterprise": pl.String, "cut_off": pl.Int64}, orient="row")

    # ---- how deep ----------------------------------------------------------------------------------------------------

    def reach(self) -> pl.DataFrame:
        """How deep credit can reach: ``enterprise``, ``tier``, and ``evidence_minor``, the largest amount that one way from a
        core enterprise carries to it, each hop on evidence of its own (a widest path; 0 where only orders lead there)."""
        widest = {source: np.iinfo(np.int64).max for source in self._sources}
        heap = [(-width, node) for node, width in widest.items()]
        heapify(heap)
        begins, order = self._by_buyer
        done: set[int] = set()
        while heap:
            negative, node = heappop(heap)
            if node in done:
                continue
            done.add(node)
            for edge in order[begins[node] : begins[node + 1]].tolist():
                seller, width = int(self.sellers[edge]), min(-negative, int(self.evidence[edge]))
                if width > widest.get(seller, -1):
                    widest[seller] = width
                    heappush(heap, (-width, seller))
        sources = set(self._sources)
        rows = sorted(
            (int(self.tiers[node]), self.enterprises[node], width)
            for node, width in widest.items()
            if node not in sources
        )
        frame = pl.DataFrame(
            rows, schema={"tier": pl.Int64, "enterprise": pl.String, "evidence_minor": pl.Int64}, orient="row"
        )
        return frame.select("enterprise", "tier", "evidence_minor")

    @cached_property
    def _by_buyer(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each buyer's edges begin in the second array, which has the edges by buyer."""
        order = np.argsort(self.buyers, kind="stable")
        return np.searchsorted(self.buyers[order], np.arange(len(self.enterprises) + 1)), order
