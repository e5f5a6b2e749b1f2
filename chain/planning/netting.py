"""Multilateral netting (三角债): debts that run in circles cancel, before credit is issued over them.

The debts to be reduced are a circulation on the graph of open payables: what an enterprise owes less and what it is owed
less are equal, so everybody's net position stays, and no debt grows. A circulation of the largest sum (a minimum-cost
circulation with cost -1 an arc: Ahuja, Magnanti, Orlin: Network Flows, 1993, chapter 9) is decomposed into circles. Each
circle is a proposal, which counts only when everybody in it has consented.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chain.planning.arrays import expand, starts_of, steps_from, sums
from chain.planning.flow import SolverFailed
from chain.planning.model import NettedInvoice, Netting, PlanningInput
from chain.planning.problem import Names, Problem, prepare
from chain.planning.table import PlanningTable, as_table

#: Debts (pairs of debtor and creditor) on circles up to which the best netting of all is found. Where there are more,
#: only circles of two and three are looked for.
MOST_DEBTS = 40_000
#: Ways of two debts that are looked at to close a circle of three.
MOST_WAYS = 20_000_000


def propose(today: date, problem: Problem, names: Names) -> tuple[Netting, ...]:
    """Circles of debts, sorted by their parties. Only what the planner may use takes part (proven, not disputed, backing
    nothing yet, between strangers), and nothing that is overdue."""
    due = names.payables.get_column("due")
    current = np.flatnonzero((due >= today).to_numpy())
    tail, head, which = _debts(problem, current)
    circular = _circular(problem.count, tail, head)
    if circular.size > MOST_DEBTS:
        circular = circular[_short(problem.count, tail[circular], head[circular], problem.line_issuer)]
        circular = circular[_circular(problem.count, tail[circular], head[circular])]
    if not circular.size:
        return ()
    owed = sums(tail.size, which, problem.open_minor[current])
    minor = _largest_circulation(problem.count, tail[circular], head[circular], owed[circular])
    # The invoices of each debt, those that fall due first before the others.
    inside = np.flatnonzero(np.isin(which, circular[minor > 0]))
    order = inside[np.lexsort((current[inside], due.to_numpy()[current[inside]], which[inside]))]
    invoices: dict[tuple[int, int], deque[tuple[str, int, int]]] = {}
    rows = zip(
        tail[which[order]].tolist(), head[which[order]].tolist(), names.payables.get_column("document")[current[order]].to_list(),
        problem.open_minor[current[order]].tolist(), strict=True,
    )  # fmt: skip
    for payer, recipient, document, open_minor in rows:
        invoices.setdefault((payer, recipient), deque()).append((document, open_minor, open_minor))
    enterprises = names.enterprises.to_list()
    circles = list(_circles(tail[circular].tolist(), head[circular].tolist(), minor.tolist()))
    found = [_proposal(circle, amount, enterprises, invoices) for circle, amount in circles]
    used_up = {pair for pair, left in invoices.items() if not left}
    return tuple(
        sorted(
            (_bound(netting, circle, used_up) for netting, (circle, _) in zip(found, circles, strict=True)),
            key=lambda netting: netting.parties,
        )
    )


def proposals(inputs: PlanningInput) -> tuple[Netting, ...]:
    """What a plan of the input would propose, without the plan. Raises AmountsTooLarge."""
    return proposals_of(as_table(inputs))


def proposals_of(table: PlanningTable) -> tuple[Netting, ...]:
    """The same of a table. A netting needs consent and no key, so what enterprises owe that keep theirs takes part too."""
    problem, names, _ = prepare(replace(table, keys_elsewhere=frozenset()))
    return propose(table.today, problem, names)


def _debts(problem: Problem, payables: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who owes whom over some payables, sorted pairs as two columns; and of each payable, which pair."""
    debtor, creditor = problem.bucket_debtor, problem.bucket_creditor
    # Buckets are sorted by pair.
    begins = np.ones(debtor.size, dtype=bool)
    begins[1:] = (debtor[1:] != debtor[:-1]) | (creditor[1:] != creditor[:-1])
    pair = np.cumsum(begins) - 1
    of_payable = pair[problem.bucket_of[payables]]
    there = np.zeros(int(begins.sum()), dtype=bool)
    there[of_payable] = True
    chosen = np.flatnonzero(begins)[there]
    return debtor[chosen], creditor[chosen], (np.cumsum(there) - 1)[of_payable]


def _circular(count: int, tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    """The edges that are on a circle: inside a strongly connected component."""
    graph = coo_array((np.ones(tail.size, dtype=bool), (tail, head)), shape=(count, count))
    component = connected_components(graph, connection="strong")[1]
    return np.flatnonzero(component[tail] == component[head])


def _short(count: int, tail: np.ndarray, head: np.ndarray, issuers: np.ndarray) -> np.ndarray:
    """The edges on circles of two and three; the edges are sorted. Each circle has an edge that leads not further away
    from the issuers, and those are few, so only they are looked at."""
    keys = tail * count + head
    near = steps_from(count, tail, head, issuers)
    back = np.flatnonzero(near[head] <= near[tail])
    starts = starts_of(count, tail)
    ways = starts[head[back] + 1] - starts[head[back]]
    back = back[np.cumsum(ways) <= MOST_WAYS]
    second, owner = expand(starts, head[back])
    first = back[owner]
    closing = head[second] * count + tail[first]
    third = np.minimum(np.searchsorted(keys, closing), keys.size - 1)
    closes = keys[third] == closing
    two = head[second] == tail[first]
    return np.unique(np.concatenate([first[closes], second[closes], third[closes], first[two], second[two]]))


def _largest_circulation(count: int, tail: np.ndarray, head: np.ndarray, owed: np.ndarray) -> np.ndarray:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        tail.astype(np.int32), head.astype(np.int32), owed, np.full(tail.size, -1, dtype=np.int64)
    )
    solver.set_nodes_supplies(np.arange(count, dtype=np.int32), np.zeros(count, dtype=np.int64))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise SolverFailed(status=status.name)
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _circles(tail: list[int], head: list[int], minor: list[int]) -> Iterator[tuple[list[int], int]]:
    """A circulation as circles, each with its amount: from every enterprise the shortest first, so that few have to
    consent."""
    left: dict[int, dict[int, int]] = {}
    for payer, recipient, amount in zip(tail, head, minor, strict=True):
        if amount:
            left.setdefault(payer, {})[recipient] = amount
    for start in sorted(left):
        while left[start]:
            circle = _shortest(left, start)
            steps = list(zip(circle, [*circle[1:], start], strict=True))
            amount = min(left[payer][recipient] for payer, recipient in steps)
            for payer, recipient in steps:
                left[payer][recipient] -= amount
                if not left[payer][recipient]:
                    del left[payer][recipient]
            yield circle, amount


def _shortest(left: dict[int, dict[int, int]], start: int) -> list[int]:
    """Round from ``start`` over what is left; there is a way, since as much goes into everybody as comes out."""
    came: dict[int, int] = {}
    waiting = deque([start])
    while start not in came:
        payer = waiting.popleft()
        for recipient in left[payer]:
            if recipient not in came:
                came[recipient] = payer
                waiting.append(recipient)
    circle = [came[start]]
    while circle[-1] != start:
        circle.append(came[circle[-1]])
    return circle[::-1]


def _proposal(
    circle: list[int], amount: int, names: list[str], invoices: dict[tuple[int, int], deque[tuple[str, int, int]]]
) -> Netting:
    reduced = []
    parties = [names[number] for number in circle]
    for place, (payer, recipient) in enumerate(zip(circle, [*circle[1:], circle[0]], strict=True)):
        queue = invoices[payer, recipient]
        wanted = amount
        while wanted:
            document, left, open_minor = queue.popleft()
            part = min(wanted, left)
            owing, owed = parties[place], parties[(place + 1) % len(parties)]
            reduced.append(NettedInvoice(document, owing, owed, part, open_minor))
            wanted -= part
            if left > part:
                queue.appendleft((document, left - part, open_minor))
    return Netting(tuple(parties), amount, tuple(reduced))


def _bound(netting: Netting, circle: list[int], used_up: set[tuple[int, int]]) -> Netting:
    """With the debts round the circle of which the proposals together leave nothing."""
    last = {(invoice.debtor, invoice.creditor): invoice.document for invoice in netting.invoices}
    numbers = zip(circle, [*circle[1:], circle[0]], strict=True)
    names = zip(netting.parties, [*netting.parties[1:], netting.parties[0]], strict=True)
    ends = [last[name] for number, name in zip(numbers, names, strict=True) if number in used_up]
    return replace(netting, bound_by=tuple(f"document {document}" for document in ends))


def consented(nettings: Iterable[Netting]) -> dict[str, int]:
    """What nettings to which everybody consented take off each document."""
    taken: dict[str, int] = {}
    for proposal in nettings:
        for invoice in proposal.invoices:
            taken[invoice.document] = taken.get(invoice.document, 0) + invoice.minor
    return taken
