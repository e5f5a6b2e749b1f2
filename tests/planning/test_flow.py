"""Flows are proven by bounds that the solver has no part in.

1. On every network each objective's value equals its bound from potentials.
2. No flow is better in order (held against weights that put one objective before the other).
3. A flow that is not the best is noticed.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from chain.planning import flow
from chain.planning.flow import FlowNetwork, Objective, SolverFailed, minimise_in_order
from tests.effort import examples


@st.composite
def networks(draw: st.DrawFn) -> tuple[FlowNetwork, list[np.ndarray]]:
    nodes = draw(st.integers(2, 6))
    arcs = draw(
        st.lists(
            st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.integers(0, 9)).filter(
                lambda a: a[0] != a[1]
            ),
            max_size=14,
        )
    )
    supply = draw(st.integers(0, 12))
    columns = np.asarray([(0, 1, supply), *arcs], dtype=np.int64)
    costs = [
        np.asarray(draw(st.lists(st.integers(-3, 5), min_size=len(columns), max_size=len(columns)))) for _ in range(3)
    ]
    return FlowNetwork(nodes, 0, 1, supply, columns[:, 0], columns[:, 1], columns[:, 2]), costs


@settings(max_examples=examples(150), deadline=None)
@given(networks())
def test_value_and_bound_agree_and_no_order_is_better(case: tuple[FlowNetwork, list[np.ndarray]]) -> None:
    network, costs = case
    result = minimise_in_order(network, [Objective(cost) for cost in costs])
    assert result.costs == result.bounds
    assert tuple(int((cost * result.flow).sum()) for cost in costs) == result.costs
    weighted = costs[0] * 10**8 + costs[1] * 10**4 + costs[2]
    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, weighted)
    solver.set_node_supply(network.source, network.supply)
    solver.set_node_supply(network.sink, -network.supply)
    assert solver.solve() == solver.OPTIMAL
    assert solver.optimal_cost() == result.costs[0] * 10**8 + result.costs[1] * 10**4 + result.costs[2]


def test_a_solver_that_gives_less_than_the_best_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    network = FlowNetwork(2, 0, 1, 5, np.array([0, 0]), np.array([1, 1]), np.array([5, 5]))
    objective = Objective(np.array([3, 1]))
    monkeypatch.setattr(flow, "cheapest", lambda network, cost, free, fixed: np.array([5, 0]))
    with pytest.raises(SolverFailed):
        minimise_in_order(network, [objective])
