"""Debts that run in circles cancel, and nobody is worse off.

1. Everybody's net position stays; no debt grows, none falls below nothing.
2. What is left has no circle of debts: no larger netting exists.
3. Overdue debts, and those that a rule keeps from credit, take no part.
4. A proposal changes no step; one that was consented to takes its amounts off before anything is planned.
5. The order of the input does not matter.
6. Each circle is bound by a debt of which nothing is left; other figures have another name.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checks import TODAY, line, payable, small_worlds, world

from chain.planning import netting
from chain.planning.model import PlanningInput
from chain.planning.netting import consented
from chain.planning.propagation import plan
from tests.effort import examples


@st.composite
def debts(draw: st.DrawFn) -> PlanningInput:
    names = ["A", "B", "C", "D", "E"]
    pairs = draw(st.lists(st.permutations(names).map(lambda names: names[:2]), max_size=14))
    payables = [
        payable(number, debtor, creditor, draw(st.integers(1, 9)), due=draw(st.sampled_from([60, 30, 0, -1])))
        for number, (debtor, creditor) in enumerate(pairs)
    ]
    return world([line("A", 5)], payables, {"C": 5}, groups=draw(st.sampled_from([{}, {"A": "g", "B": "g"}])))


def positions(payables):
    net = defaultdict(int)
    for item in payables:
        net[item.debtor] -= item.open_minor
        net[item.creditor] += item.open_minor
    return {name: minor for name, minor in net.items() if minor}


def reduced(inputs: PlanningInput):
    taken = consented(plan(inputs).netting)
    return [replace(item, open_minor=item.open_minor - taken.get(item.document, 0)) for item in inputs.payables], taken


@settings(max_examples=examples(100), deadline=None)
@given(debts())
def test_netting_keeps_net_positions_and_never_increases_a_debt(inputs):
    after, taken = reduced(inputs)
    assert positions(after) == positions(inputs.payables)
    assert all(0 <= new.open_minor <= old.open_minor for new, old in zip(after, inputs.payables, strict=True))
    overdue = {item.document for item in inputs.payables if item.due < TODAY}
    related = {i.document for i in inputs.payables if inputs.groups and {i.debtor, i.creditor} == {"A", "B"}}
    assert not taken.keys() & (overdue | related)


@settings(max_examples=examples(100), deadline=None)
@given(debts())
def test_after_netting_no_circle_of_debts_is_left(inputs):
    after, _ = reduced(inputs)
    open_debts = [
        (i.debtor, i.creditor)
        for i in after
        if i.open_minor and i.due >= TODAY and not (inputs.groups and {i.debtor, i.creditor} == {"A", "B"})
    ]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(open_debts))


@settings(max_examples=examples(50), deadline=None)
@given(debts())
def test_each_proposal_is_one_circle_in_which_everybody_owes_the_next_the_same(inputs):
    by_document = {item.document: item for item in inputs.payables}
    for proposal in plan(inputs).netting:
        assert len(set(proposal.parties)) == len(proposal.parties) >= 2
        for payer, recipient in zip(proposal.parties, proposal.parties[1:] + proposal.parties[:1], strict=True):
            parts = [item for item in proposal.invoices if (item.debtor, item.creditor) == (payer, recipient)]
            assert sum(item.minor for item in parts) == proposal.minor
            assert all(
                (by_document[i.document].debtor, by_document[i.document].creditor) == (payer, recipient) for i in parts
            )


@settings(max_examples=examples(30), deadline=None)
@given(small_worlds(circles=True), st.integers())
def test_a_proposal_changes_no_step_and_does_not_depend_on_the_order(inputs, seed):
    made = plan(inputs)
    payables = list(inputs.payables)
    random.Random(seed).shuffle(payables)
    assert plan(replace(inputs, payables=tuple(payables))).netting == made.netting
    after, taken = reduced(inputs)
    assert plan(replace(inputs, netted=taken)).steps == plan(replace(inputs, payables=tuple(after))).steps


def test_a_consented_netting_leaves_less_to_issue_over():
    inputs = world(
        [line("A", 100)],
        [payable(1, "A", "B", 100), payable(2, "B", "C", 80), payable(3, "C", "A", 50), payable(4, "B", "A", 20)],
        {"C": 80},
    )
    made = plan(inputs)
    assert [(proposal.parties, proposal.minor) for proposal in made.netting] == [
        (("A", "B"), 20),
        (("A", "B", "C"), 50),
    ]
    assert made.met == {"C": 80}
    assert plan(replace(inputs, netted=consented(made.netting))).met == {"C": 30}


def test_where_circles_are_too_many_those_of_two_and_three_are_still_found(monkeypatch):
    monkeypatch.setattr(netting, "MOST_DEBTS", 1)
    pairs = ["AB", "BA", "BC", "CD", "DB", "DE", "EF", "FG", "GD"]
    inputs = world(
        [line("A", 5)], [payable(n, debtor, creditor, 10) for n, (debtor, creditor) in enumerate(pairs)], {"C": 5}
    )
    assert [proposal.parties for proposal in plan(inputs).netting] == [("A", "B"), ("B", "C", "D")]


@settings(max_examples=examples(100), deadline=None)
@given(debts())
def test_every_circle_is_bound_by_a_debt_of_which_nothing_is_left(inputs):
    made = plan(inputs)
    taken = consented(made.netting)
    usable = {invoice.document for proposal in made.netting for invoice in proposal.invoices}
    left = defaultdict(int)
    for item in inputs.payables:
        related = inputs.groups and {item.debtor, item.creditor} == {"A", "B"}
        if item.due >= TODAY and not related:
            left[item.debtor, item.creditor] += item.open_minor - taken.get(item.document, 0)
    for proposal in made.netting:
        assert proposal.bound_by
        for name in proposal.bound_by:
            document = name.removeprefix("document ")
            assert document in usable
            (pair,) = {(i.debtor, i.creditor) for i in proposal.invoices if i.document == document}
            assert left[pair] == 0


@settings(max_examples=examples(50), deadline=None)
@given(debts(), st.data())
def test_other_figures_have_another_name(inputs, data):
    names = [proposal.id for proposal in plan(inputs).netting]
    assert len(set(names)) == len(names)
    for proposal in plan(inputs).netting:
        invoice = data.draw(st.sampled_from(proposal.invoices))
        for field in ("minor", "open_minor"):
            other = replace(invoice, **{field: getattr(invoice, field) + 1})
            changed = tuple(other if one is invoice else one for one in proposal.invoices)
            assert replace(proposal, invoices=changed).id != proposal.id
        assert replace(proposal, bound_by=()).id == proposal.id
