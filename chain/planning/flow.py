"""Exact integer flows: several objectives in order, each with a bound computed apart from the solver.

The solver (OR-Tools, 64-bit integers) is not trusted. After each objective the potentials of the residual network are
computed here, and with them the value of the dual: no feasible flow costs less than it (weak duality, exact integers).
Where flow and dual agree, the flow is proven to be optimal. Complementary slackness then tells which arcs are the same
in *every* optimal flow: those are fixed, and the next objective is solved on what remains, so the order is exact and no
large weights are needed. (Ahuja, Magnanti, Orlin: Network Flows, 1993, chapter 9.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chain.errors import PearlError
from chain.planning.arrays import steps_from

#: Sums of amounts stay below this, so that neither capacities nor potentials can leave 64 bits.
LARGEST_TOTAL = 1 << 53


class AmountsTooLarge(PearlError):
    """The amounts of one plan do not fit the solver's integers."""

    message = "the amounts of this plan add up to {times} times what can be planned at once"
    next_step = "plan fewer lines or documents at a time"

    @classmethod
    def of(cls, total: int, largest: int) -> AmountsTooLarge:
        """Of amounts in minor units, of which so many can be planned."""
        return cls(times=-(-total // largest))


class SolverFailed(PearlError):
    """The solver gave no flow for a network that always has one."""

    message = "the flow solver stopped with {status}"
    next_step = "report it with the documents that were planned"


@dataclass(frozen=True, slots=True)
class FlowNetwork:
    """Arcs as arrays: ends as the solver takes them (int32), capacities (int64). ``supply`` leaves at ``source`` and
    arrives at ``sink``; where there are several objectives, arc 0 bypasses everything, so that a flow of that value always
    exists."""

    nodes: int
    source: int
    sink: int
    supply: int
    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray


@dataclass(frozen=True, slots=True)
class Objective:
    """To be minimised: ``cost`` × flow."""

    cost: np.ndarray
    throughput: Throughput | None = None
    """Where the objective means as much as possible from source to sink: maximum flow finds it faster."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """As much as possible over some arcs (a mask). Of these, each way from source to sink uses exactly one of cost -1, all
    others cost 0; ``beyond`` (a mask of nodes) is where that one has been passed."""

    arcs: np.ndarray
    beyond: np.ndarray


@dataclass(frozen=True, slots=True)
class OrderedFlow:
    """A flow that minimises each cost in turn. ``bounds[k]``: no flow that is best in all before k costs less in k."""

    flow: np.ndarray
    costs: tuple[int, ...]
    bounds: tuple[int, ...]
    cuts: tuple[np.ndarray, ...]
    """For each throughput: the nodes on the source's side of a minimum cut."""


def minimise_in_order(network: FlowNetwork, objectives: Sequence[Objective]) -> OrderedFlow:
    """Minimise the first objective, then the second among the flows that are best in the first, and so on."""
    if network.supply > LARGEST_TOTAL:
        raise AmountsTooLarge.of(network.supply, LARGEST_TOTAL)
    free = np.ones(len(network.tail), dtype=bool)
    flow = np.zeros(len(network.tail), dtype=np.int64)
    flow[0] = network.supply
    values: list[int] = []
    bounds: list[int] = []
    cuts: list[np.ndarray] = []
    for objective in objectives:
        cost = objective.cost
        if objective.throughput is None:
            flow = cheapest(network, cost, free, flow)
            potential = _potentials(network, cost, free, flow)
        else:
            flow, near = _most(network, free & objective.throughput.arcs, flow)
            cuts.append(near)
            # The cut is a dual solution: a unit that crosses it, or comes back over it, changes the flow by one.
            potential = (~near).astype(np.int64) - objective.throughput.beyond
        reduced = cost + potential[network.tail] - potential[network.head]
        values.append(exact_product(cost, flow))
        at_best = np.where(free, np.where(reduced < 0, network.capacity, 0), flow)
        through = network.supply * (int(potential[network.source]) - int(potential[network.sink]))
        bounds.append(exact_product(reduced, at_best) - through)
        if objective is objectives[-1]:
            break
        # Complementary slackness: an arc with a reduced cost carries in every optimal flow what it carries in this one.
        free &= reduced == 0
    return OrderedFlow(flow, tuple(values), tuple(bounds), tuple(cuts))


def exact_product(left: np.ndarray, right: np.ndarray) -> int:
    """Σ left × right in unbounded integers: a cost of a whole plan does not fit 64 bits."""
    used = np.flatnonzero(left)
    used = used[right[used] != 0]
    left, right = left[used], right[used]
    # Summed, not multiplied as vectors: that would wake threads which then wait on a processor of their own.
    if float(np.abs(left.astype(np.float64) * right).sum()) < 2.0**62:
        return int(left @ right)
    return sum(a * b for a, b in zip(left.tolist(), right.tolist(), strict=True))


def _most(network: FlowNetwork, open_arcs: np.ndarray, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move as much as possible from the bypass to the open arcs: maximum flow in their residual network. Returns the flow,
    and which nodes are on the source's side of the minimum cut."""
    from ortools.graph.python.max_flow import SimpleMaxFlow

    forward = np.flatnonzero(open_arcs & (flow < network.capacity))
    forward = forward[forward > 0]
    backward = np.flatnonzero(open_arcs & (flow > 0))
    backward = backward[backward > 0]
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    solver = SimpleMaxFlow()
    numbers = solver.add_arcs_with_capacity(
        tail, head, np.concatenate([network.capacity[forward] - flow[forward], flow[backward]])
    )
    near = np.zeros(network.nodes, dtype=bool)
    near[network.source] = True
    if not (tail == network.source).any() or not (head == network.sink).any():
        # With no arc into the sink, what is reached is one side of a cut.
        return flow, steps_from(network.nodes, tail, head, np.flatnonzero(near)) >= 0
    status = solver.solve(network.source, network.sink)
    if status != solver.OPTIMAL:
        raise SolverFailed(status=status.name)
    near[np.asarray(solver.get_source_side_min_cut(), dtype=np.int64)] = True
    added = np.asarray(solver.flows(numbers), dtype=np.int64)
    flow = flow.copy()
    flow[forward] += added[: forward.size]
    flow[backward] -= added[forward.size :]
    flow[0] -= solver.optimal_flow()
    return flow, near


def cheapest(network: FlowNetwork, cost: np.ndarray, free: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """The flow of least cost among those that agree with ``fixed`` on all arcs that are not ``free``."""
    # Imported here: loading the solver takes longer than everything else a short command does.
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    supplies = np.zeros(network.nodes, dtype=np.int64)
    supplies[network.source] += network.supply
    supplies[network.sink] -= network.supply
    kept = ~free & (fixed > 0)
    np.subtract.at(supplies, network.tail[kept], fixed[kept])
    np.add.at(supplies, network.head[kept], fixed[kept])
    arcs = np.flatnonzero(free)
    solver = SimpleMinCostFlow()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(
        network.tail[arcs], network.head[arcs], network.capacity[arcs], cost[arcs]
    )
    solver.set_nodes_supplies(np.arange(network.nodes, dtype=np.int32), supplies)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise SolverFailed(status=status.name)
    flow = np.where(free, 0, fixed)
    flow[arcs] = solver.flows(numbers)
    return flow


def _potentials(network: FlowNetwork, cost: np.ndarray, free: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Shortest distances in the residual network of the free arcs, from everywhere at once (Bellman-Ford)."""
    forward = np.flatnonzero(free & (flow < network.capacity))
    backward = np.flatnonzero(free & (flow > 0))
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    length = np.concatenate([cost[forward], -cost[backward]])
    order = np.argsort(head, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    distance = np.zeros(network.nodes, dtype=np.int64)
    if not head.size:
        return distance
    starts = np.flatnonzero(np.concatenate([[True], head[1:] != head[:-1]]))
    ends = head[starts]
    for _ in range(network.nodes + 1):
        best = np.minimum(np.minimum.reduceat(distance[tail] + length, starts), distance[ends])
        if np.array_equal(best, distance[ends]):
            return distance
        distance[ends] = best
    raise SolverFailed(status="NOT_OPTIMAL")  # a negative cycle in the residual network: the flow was not the best
