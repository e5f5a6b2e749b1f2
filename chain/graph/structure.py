"""What the shape of the trade says: tiers, dependency, bottlenecks, and how deep credit can reach. On arrays.

Nodes are enterprises, edges run as credit does: buyer → seller, one a pair of them. Core enterprises are the sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from heapq import heappop, heappush
from math import inf

import numpy as np
import polars as pl
import rustworkx as rx
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

UNREACHED = -1

#: Core enterprises whose distances to all others stand in memory together.
CORES_AT_ONCE = 64

#: ``edge``: its number among the edges; ``minor``: minor units of ``currency``, of so many ``invoices`` together, which
#: 64 bits may not hold though they hold that of each.
EVIDENCE = {"edge": pl.Int64, "currency": pl.String, "minor": pl.Int128, "invoices": pl.Int64}


class Structure:
    """``enterprises``: names, by number. ``cores``: names; those without trade stand alone. ``buyers``, ``sellers``: the two
    ends of each edge; ``evidence``: what of its invoices may back credit (`EVIDENCE`), one row an edge and currency.
    Amounts of two currencies are never added or compared."""

    def __init__(
        self, enterprises: Sequence[str], cores: Sequence[str], buyers: np.ndarray, sellers: np.ndarray, evidence: pl.DataFrame
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
        has in all), ``share_basis_points``. With 10,000: those with a single source. The share is of the evidence; where a
        buyer owes in several currencies, which have no common measure, it is of the number of invoices."""
        edges = pl.DataFrame({"edge": np.arange(len(self.buyers)), "buyer": self.buyers, "seller": self.sellers})
        owed = self.evidence.filter(pl.col("minor") > 0).join(edges, on="edge")
        currencies = owed.group_by("buyer").agg(currencies=pl.col("currency").n_unique())
        sums = owed.group_by("edge").agg(pl.col("minor").sum(), pl.col("invoices").sum())
        mixed = pl.col("currencies") > 1
        weight = pl.when(mixed).then(pl.col("invoices").cast(pl.Int128)).otherwise(pl.col("minor")).fill_null(0)
        whole = pl.col("weight").sum().over("buyer")
        part = pl.when(whole > 0).then(pl.col("weight") * 10_000 // whole)
        found = (
            edges.join(sums, on="edge", how="left")
            .join(currencies, on="buyer", how="left")
            .with_columns(weight=weight, sellers=pl.len().over("buyer").cast(pl.Int64))
            .with_columns(
                share_basis_points=pl.when(pl.col("sellers") == 1).then(10_000).otherwise(part).cast(pl.Int64)
            )
            .filter(pl.col("share_basis_points") >= share_basis_points)
        )
        named = {side: [self.enterprises[node] for node in found[side].to_list()] for side in ("buyer", "seller")}
        return (
            found.with_columns(**{side: pl.Series(side, names, dtype=pl.String) for side, names in named.items()})
            .select("buyer", "seller", "sellers", "share_basis_points")
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
        """How deep credit can reach: ``enterprise``, ``tier``, ``currency`` and ``evidence_minor``, the largest amount that one
        way from a core enterprise carries to it, each hop on evidence of its own in that currency (a widest path). Where
        only settled invoices lead, there is no currency, and 0."""
        reached = np.flatnonzero(self.tiers > 0).tolist()
        rows: list[tuple[int, str, str | None, int]] = []
        found: set[int] = set()
        for (currency,), part in self.evidence.filter(pl.col("minor") > 0).group_by("currency"):
            widest = self._widest(dict(part.select("edge", "minor").iter_rows()))
            rows += ((int(self.tiers[node]), self.enterprises[node], str(currency), minor) for node, minor in widest)
            found.update(node for node, _ in widest)
        rows += ((int(self.tiers[node]), self.enterprises[node], None, 0) for node in reached if node not in found)
        schema = {"tier": pl.Int64, "enterprise": pl.String, "currency": pl.String, "evidence_minor": pl.Int128}
        frame = pl.DataFrame(rows, schema=schema, orient="row").sort("tier", "enterprise", "currency")
        return frame.select("enterprise", "tier", "currency", "evidence_minor")

    def _widest(self, evidence: dict[int, int]) -> list[tuple[int, int]]:
        """Each enterprise below the core enterprises that the edges of ``evidence`` lead to, and what its widest way carries."""
        widest: dict[int, int] = {}
        heap: list[tuple[float, int]] = [(-inf, source) for source in self._sources]
        begins, order = self._by_buyer
        done: set[int] = set()
        while heap:
            negative, node = heappop(heap)
            if node in done:
                continue
            done.add(node)
            for edge in order[begins[node] : begins[node + 1]].tolist():
                if edge not in evidence:
                    continue
                seller, width = int(self.sellers[edge]), int(min(-negative, evidence[edge]))
                if width > widest.get(seller, 0):
                    widest[seller] = width
                    heappush(heap, (-width, seller))
        sources = set(self._sources)
        return [(node, width) for node, width in widest.items() if node not in sources]

    @cached_property
    def _by_buyer(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each buyer's edges begin in the second array, which has the edges by buyer."""
        order = np.argsort(self.buyers, kind="stable")
        return np.searchsorted(self.buyers[order], np.arange(len(self.enterprises) + 1)), order
