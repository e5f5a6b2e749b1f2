"""Whole columns are sorted, grouped and searched as plain Python would do it row by row."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_checks import small_worlds

from chain.planning import screening
from chain.planning.arrays import by_group, largest_first, steps_from
from chain.planning.model import PlanningInput
from chain.planning.problem import prepare
from chain.planning.propagation import _parts
from chain.planning.relaxation import Reach
from chain.planning.screening import text_order
from chain.planning.table import as_table

texts = st.lists(st.text(alphabet="ab0|\0é三🙂", max_size=20), max_size=30)
edges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@pytest.mark.parametrize("longest", [128, 3], ids=["counted", "compared"])
@given(texts)
def test_texts_are_sorted_by_their_bytes_and_equal_ones_stay(longest: int, given_texts: list[str]) -> None:
    wanted = sorted(range(len(given_texts)), key=lambda row: given_texts[row].encode())
    with patch.object(screening, "LONGEST_COUNTED", longest):
        assert text_order(pl.Series(given_texts, dtype=pl.String)).tolist() == wanted


@given(st.lists(st.integers(0, 9), max_size=30))
def test_rows_by_group_keep_their_order_within_one(groups: list[int]) -> None:
    order, starts = by_group(10, np.asarray(groups, dtype=np.int64))
    assert order.tolist() == sorted(range(len(groups)), key=lambda row: groups[row])
    assert [order[starts[g] : starts[g + 1]].tolist() for g in range(10)] == [
        [row for row, group in enumerate(groups) if group == g] for g in range(10)
    ]


@given(edges, st.lists(st.integers(0, 9), max_size=3))
def test_the_fewest_steps_are_those_of_a_breadth_first_search(pairs: list[tuple[int, int]], origin: list[int]) -> None:
    wanted = dict.fromkeys(origin, 0)
    waiting = deque(wanted)
    while waiting:
        node = waiting.popleft()
        for tail, head in pairs:
            if tail == node and head not in wanted:
                wanted[head] = wanted[node] + 1
                waiting.append(head)
    columns = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    found = steps_from(10, columns[:, 0], columns[:, 1], np.asarray(origin, dtype=np.int64))
    assert found.tolist() == [wanted.get(node, -1) for node in range(10)]


@given(small_worlds(circles=True))
def test_whether_any_paper_comes_is_what_the_lines_say_one_by_one(inputs: PlanningInput) -> None:
    reach = Reach(prepare(as_table(inputs))[0])
    assert reach.any_direct.tolist() == reach.direct.any(axis=1).tolist()
    assert reach.any_indirect.tolist() == reach.indirect.any(axis=1).tolist()
    everybody = np.arange(reach.problem.count)
    every_line = reach.mask(range(len(reach.problem.lines)))
    assert reach.passes_on(everybody).tolist() == reach.passes_on(everybody, every_line).tolist()


@given(small_worlds(circles=True))
def test_what_comes_to_a_part_is_what_comes_to_it_in_the_whole(inputs: PlanningInput) -> None:
    problem, names, _ = prepare(as_table(inputs))
    reach = Reach(problem)
    for part in _parts(problem, reach, names):
        known, found = reach.within(part.problem, part.enterprises), Reach(part.problem)
        assert known.hops.tolist() == found.hops.tolist()
        assert known.any_indirect.tolist() == found.any_indirect.tolist()


@given(st.lists(st.integers(0, 2**62), max_size=30))
def test_the_largest_come_first_to_two_digits(amounts: list[int]) -> None:
    order = largest_first(np.asarray(amounts, dtype=np.int64))
    assert sorted(order.tolist()) == list(range(len(amounts)))
    assert all(amounts[before] >= 0.99 * amounts[after] for before, after in pairwise(order.tolist()))
