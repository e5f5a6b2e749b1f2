"""Circles of invoices: one by one in any order gives what all at once gives, and what trying all circles gives."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.graph.circles import Circles
from tests.effort import examples
from tests.work import steps_of

DAYS = 30
EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 100)), max_size=25)


def filled(edges) -> Circles:
    circles = Circles(DAYS)
    rows = [(number, *edge) for number, edge in enumerate(edges)]
    circles.fill(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)
    return circles


def clusters(circles: Circles) -> set[frozenset[int]]:
    return {frozenset(cluster) for cluster in circles.clusters()}


@settings(max_examples=examples(300), deadline=None)
@given(EDGES, st.randoms(), st.integers(0, 25))
def test_one_by_one_in_any_order_gives_what_all_at_once_gives(edges, shuffle, first) -> None:
    """Also where the first ones came at once."""
    together = filled(edges)
    circles = filled(edges[:first])
    rest = list(enumerate(edges))[first:]
    shuffle.shuffle(rest)
    for number, edge in rest:
        changed = circles.add(number, *edge)
        assert changed == next((cluster for cluster in circles.clusters() if number in cluster), set())
    assert clusters(circles) == clusters(together)
    assert set(circles) == set(together)


@settings(max_examples=examples(200), deadline=None)
@given(EDGES, st.lists(st.integers(0, 24), max_size=6))
def test_what_is_dropped_was_never_there(edges, dropped) -> None:
    circles = filled(edges)
    gone = {number for number in dropped if circles.keeps(number)}
    for number in gone:
        circles.drop(number)
    left = Circles(DAYS)
    for number, edge in enumerate(edges):
        if number not in gone:
            left.add(number, *edge)
    assert clusters(circles) == clusters(left)
    for number, edge in enumerate(edges):
        if number in gone:
            circles.add(number, *edge)
    assert clusters(circles) == clusters(filled(edges))


@settings(max_examples=examples(200), deadline=None)
@given(EDGES)
def test_what_is_told_is_a_shortest_circle_through_the_earliest_invoice(edges) -> None:
    circles = filled(edges)
    for cluster in circles.clusters():
        way, others = circles.told(cluster)
        assert sorted([*way, *others]) == sorted(cluster)
        ends = [circles.ends(edge) for edge in way]
        assert all(one[1] == other[0] for one, other in pairwise([*ends, ends[0]]))
        earliest = min(cluster, key=lambda edge: (edges[edge][2], edge))
        assert way[0] == earliest
        days = [day for _, _, day in ends]
        assert max(days) - min(days) <= DAYS
        begin = edges[earliest][2]
        window = nx.DiGraph(edge[:2] for edge in edges if begin <= edge[2] <= begin + DAYS)
        buyer, seller, _ = edges[earliest]
        assert len(way) == nx.shortest_path_length(window, seller, buyer) + 1


def test_a_circle_through_thousands_of_invoices_is_found_without_looking_at_each_pair() -> None:
    edges = [(n % 500, (n * 7 + 1) % 500, n % 300) for n in range(4_000)]
    work = steps_of(lambda: list(filled(edges[:2_000]).clusters()))
    assert steps_of(lambda: list(filled(edges).clusters())) <= 3 * work
