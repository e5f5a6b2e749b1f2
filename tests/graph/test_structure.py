"""What the shape of the trade says, held against networkx and against trying it out. Rules held here:

1. Tiers are the fewest steps below each core enterprise, and below any.
2. A bottleneck cuts off exactly those that no core enterprise reaches without it.
3. Reach is the widest way: no way carries more on its weakest hop.
4. A single source is the only seller of a buyer; a share is of what the buyer owes.
5. Amounts of several currencies are never added or compared, and no sum is too large.
"""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.graph import structure as of_structure
from chain.graph.structure import EVIDENCE, Structure
from tests.effort import examples

NAMES = "ABCDEFGH"
EDGES = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 50), max_size=20)
CORES = st.sets(st.sampled_from([*NAMES, "Z"]), max_size=3)


def structure(edges: dict[tuple[int, int], int], cores: set[str]) -> Structure:
    ends = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    rows = [(edge, "CNY", minor, 1) for edge, minor in enumerate(edges.values())]
    return Structure(list(NAMES), sorted(cores), ends[:, 0], ends[:, 1], pl.DataFrame(rows, EVIDENCE, orient="row"))


def graph_of(edges: dict[tuple[int, int], int]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    graph.add_weighted_edges_from((NAMES[buyer], NAMES[seller], minor) for (buyer, seller), minor in edges.items())
    return graph


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, cores=CORES)
def test_tiers_are_the_fewest_steps(edges, cores, monkeypatch) -> None:
    built, graph = structure(edges, cores), graph_of(edges)
    known = sorted(cores & set(NAMES))
    below = {
        (core, enterprise, tier)
        for core in known
        for enterprise, tier in nx.single_source_shortest_path_length(graph, core).items()
        if tier
    }
    for at_once in (1, 2, 64):
        monkeypatch.setattr(of_structure, "CORES_AT_ONCE", at_once)
        found = built.tiers_by_core().rows()
        assert set(found) == below
        assert found == sorted(found, key=lambda row: (row[0], row[2], row[1]))
    expected = nx.multi_source_dijkstra_path_length(graph, known, weight=None) if known else {}
    assert built.tier_of_each() == expected


@settings(max_examples=examples(200))
@given(EDGES, CORES)
def test_a_bottleneck_cuts_off_those_that_nothing_else_reaches(edges, cores) -> None:
    built, graph = structure(edges, cores), graph_of(edges)
    known = cores & set(NAMES)

    def reached(without: str | None) -> set[str]:
        left = graph.subgraph(set(NAMES) - {without})
        sources = [core for core in known if core != without]
        return set().union(*(nx.descendants(left, source) | {source} for source in sources)) if sources else set()

    expected = {name: len(reached(None) - reached(name)) - 1 for name in reached(None)}
    found = dict(built.bottlenecks().rows())
    assert found == {name: count for name, count in expected.items() if count > 0}


@settings(max_examples=examples(200))
@given(EDGES, CORES)
def test_reach_is_the_widest_way(edges, cores) -> None:
    built, graph = structure(edges, cores), graph_of(edges)
    known = cores & set(NAMES)
    expected = {}
    for node in set(NAMES) - known:
        ways = [way for core in known for way in nx.all_simple_paths(graph, core, node)]
        if ways:
            expected[node] = max(min(graph.edges[hop]["weight"] for hop in pairwise(way)) for way in ways)
    assert {name: minor for name, _, _, minor in built.reach().rows()} == expected
    assert {name: tier for name, tier, _, _ in built.reach().rows()}.items() <= built.tier_of_each().items()


@given(EDGES, st.integers(1, 10_000))
def test_dependency_is_the_share_of_what_a_buyer_owes(edges, least) -> None:
    expected = set()
    for (buyer, seller), minor in edges.items():
        own = [m for (b, _), m in edges.items() if b == buyer]
        share = 10_000 if len(own) == 1 else minor * 10_000 // sum(own) if sum(own) else -1
        if share >= least:
            expected.add((NAMES[buyer], NAMES[seller], len(own), share))
    assert set(structure(edges, set()).dependencies(least).rows()) == expected


BY_CURRENCY = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)),
    st.dictionaries(st.sampled_from(["CNY", "EUR", "JPY"]), st.integers(0, 2**64) | st.just(2**63 - 1)), max_size=16,
)  # fmt: skip


@settings(max_examples=examples(200))
@given(BY_CURRENCY, CORES)
def test_currencies_are_kept_apart_however_large_the_amounts(edges, cores) -> None:
    def of(currencies: set[str]) -> Structure:
        ends = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
        rows = [
            (edge, currency, minor, 1)
            for edge, owed in enumerate(edges.values())
            for currency, minor in owed.items()
            if currency in currencies
        ]
        return Structure(list(NAMES), sorted(cores), ends[:, 0], ends[:, 1], pl.DataFrame(rows, EVIDENCE, orient="row"))

    together = of({"CNY", "EUR", "JPY"})
    apart = {row for currency in ("CNY", "EUR", "JPY") for row in of({currency}).reach().rows() if row[2]}
    assert {row for row in together.reach().rows() if row[2]} == apart
    shares = {(buyer, seller): share for buyer, seller, _, share in together.dependencies(0).rows()}
    for (buyer, seller), owed in edges.items():
        own = [other for (of_buyer, _), other in edges.items() if of_buyer == buyer]
        used = {currency for other in own for currency, minor in other.items() if minor}
        if len(own) == 1:
            share = 10_000
        elif len(used) > 1:
            share = sum(map(bool, owed.values())) * 10_000 // sum(bool(m) for other in own for m in other.values())
        else:
            share = (
                sum(owed.values()) * 10_000 // total if (total := sum(sum(other.values()) for other in own)) else None
            )
        assert shares.get((NAMES[buyer], NAMES[seller])) == share
