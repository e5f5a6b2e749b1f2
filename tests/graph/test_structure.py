"""What the shape of the trade says, held against networkx and against trying it out. Rules held here:

1. Tiers are the fewest steps below each core enterprise, and below any.
2. A bottleneck cuts off exactly those that no core enterprise reaches without it.
3. Reach is the widest way: no way carries more on its weakest hop.
4. A single source is the only seller of a buyer; a share is of what the buyer owes.
"""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.graph import structure as of_structure
from chain.graph.structure import Structure

NAMES = "ABCDEFGH"
EDGES = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 50), max_size=20)
CORES = st.sets(st.sampled_from([*NAMES, "Z"]), max_size=3)


def structure(edges: dict[tuple[int, int], int], cores: set[str]) -> Structure:
    ends = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    return Structure(list(NAMES), sorted(cores), ends[:, 0], ends[:, 1], np.array(list(edges.values()), dtype=np.int64))


def graph_of(edges: dict[tuple[int, int], int]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    graph.add_weighted_edges_from((NAMES[buyer], NAMES[seller], minor) for (buyer, seller), minor in edges.items())
    return graph


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@settings(max_examples=200)
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


@settings(max_examples=200)
@given(EDGES, CORES)
def test_reach_is_the_widest_way(edges, cores) -> None:
    built, graph = structure(edges, cores), graph_of(edges)
    known = cores & set(NAMES)
    expected = {}
    for node in set(NAMES) - known:
        ways = [way for core in known for way in nx.all_simple_paths(graph, core, node)]
        if ways:
            expected[node] = max(min(graph.edges[hop]["weight"] for hop in pairwise(way)) for way in ways)
    assert {name: minor for name, _, minor in built.reach().rows()} == expected
    assert {name: tier for name, tier, _ in built.reach().rows()}.items() <= built.tier_of_each().items()


@given(EDGES, st.integers(1, 10_000))
def test_dependency_is_the_share_of_what_a_buyer_owes(edges, least) -> None:
    expected = set()
    for (buyer, seller), minor in edges.items():
        own = [m for (b, _), m in edges.items() if b == buyer]
        share = 10_000 if len(own) == 1 else minor * 10_000 // sum(own) if sum(own) else -1
        if share >= least:
            expected.add((NAMES[buyer], NAMES[seller], len(own), share))
    assert set(structure(edges, set()).dependencies(least).rows()) == expected
