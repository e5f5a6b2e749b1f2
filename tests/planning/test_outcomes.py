"""Every enterprise is told what it gets and what binds it, and the plan's figures are those of plain maximum flow.

1. At tier ≥ 2 as much is met as networkx finds on the network drawn in docs/planning.md.
2. Amounts conserve: received = kept + passed on; Σ kept = met.
3. What binds an enterprise has to grow before it gets more: a line, an invoice or a financing limit, named.
4. Several banks and issuers: no limit of (bank, issuer) is exceeded, and who a bank does not serve keeps none of its paper.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checks import TODAY, check, first_hop_tenor, line, payable, small_worlds, world

from chain.planning.model import PlanningInput
from chain.planning.propagation import plan
from tests.effort import examples


def most_below_tier_one(inputs: PlanningInput) -> int:
    """Maximum flow from lines to needs over at least two payables, by networkx alone."""
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for number, credit in enumerate(inputs.lines):
        graph.add_edge("source", ("line", number), capacity=credit.available_minor)
    for item in inputs.payables:
        first = ("first", item.document)
        for number, credit in enumerate(inputs.lines):
            days = first_hop_tenor(inputs, item)
            if credit.issuer == item.debtor and days <= 180 and TODAY + timedelta(days=days) <= credit.expiry:
                graph.add_edge(("line", number), first)
        graph.add_edge(first, ("out", item.creditor), capacity=item.open_minor)
        further = ("pass", item.document)
        graph.add_edge(("out", item.debtor), further, capacity=item.open_minor)
        graph.add_edge(further, ("indirect", item.creditor))
        graph.add_edge(("indirect", item.creditor), ("out", item.creditor))
        graph.add_edge(("indirect", item.creditor), "sink", capacity=inputs.needs.get(item.creditor, 0))
    return int(nx.maximum_flow_value(graph, "source", "sink"))


@settings(max_examples=examples(100), deadline=None)
@given(small_worlds(circles=False, amounts=50))
def test_as_much_is_met_below_tier_one_as_networkx_finds(inputs: PlanningInput) -> None:
    issuers = {credit.issuer for credit in inputs.lines}
    inputs = replace(inputs, payables=tuple(p for p in inputs.payables if p.creditor not in issuers))
    assert plan(inputs).met_tier2_minor == most_below_tier_one(inputs)


@settings(max_examples=examples(60), deadline=None)
@given(small_worlds(rules=True, amounts=50))
def test_outcomes_conserve_amounts_and_name_what_binds(inputs: PlanningInput) -> None:
    made = plan(inputs)
    received, passed = defaultdict(int), defaultdict(int)
    for step in made.steps:
        received[step.recipient] += step.amount_minor
        if step.parent is not None:
            passed[step.payer] += step.amount_minor
    assert [outcome.enterprise for outcome in made.outcomes] == sorted(outcome.enterprise for outcome in made.outcomes)
    refused = {refusal.subject: refusal.rule for refusal in made.refusals}
    for outcome in made.outcomes:
        name = outcome.enterprise
        assert outcome.received_minor == received[name] == outcome.met_minor + outcome.passed_minor
        assert outcome.passed_minor == passed[name]
        assert outcome.met_minor == made.met.get(name, 0) <= outcome.need_minor
        assert (outcome.rule is None) == (outcome.met_minor == outcome.need_minor)
        assert outcome.rule is None or refused[name] == outcome.rule
        assert outcome.rule is not None or not outcome.bound_by
    assert sum(outcome.met_tier2_minor for outcome in made.outcomes) == made.met_tier2_minor


def test_what_binds_is_the_next_thing_above_that_is_used_up() -> None:
    inputs = world(
        [line("I", 100, bank="b"), line("J", 5, bank="c", financing=3)],
        [payable(1, "I", "S", 60), payable(2, "S", "T", 30), payable(3, "T", "U", 50), payable(4, "J", "V", 50)],
        {"T": 10, "U": 50, "V": 50},
        finances=frozenset({"V"}),
    )
    made = plan(inputs)
    bound = {outcome.enterprise: (outcome.rule, outcome.bound_by) for outcome in made.outcomes}
    assert bound["U"] == ("PayablesExhausted", ("document invoice|T|002",))
    assert bound["V"] == ("FinancingLimitExceeded", ("financing limit c → J",))
    more = plan(replace(inputs, lines=(inputs.lines[0], replace(inputs.lines[1], financing_minor=99))))
    bound = {outcome.enterprise: (outcome.rule, outcome.bound_by) for outcome in more.outcomes}
    assert bound["V"] == ("LineExhausted", ("line c → J",))


@settings(max_examples=examples(60), deadline=None)
@given(small_worlds(rules=True, amounts=9), st.data())
def test_a_bank_that_does_not_serve_an_enterprise_does_not_finance_it(
    inputs: PlanningInput, data: st.DataObject
) -> None:
    banks = st.frozensets(st.sampled_from(["bank0", "bank1"]))
    served = data.draw(st.dictionaries(st.sampled_from(["S1", "S2", "S3", "S4"]), banks, max_size=3))
    made = plan(replace(inputs, eligible_banks=served))
    check(inputs, made)
    left = {step.number: step.amount_minor for step in made.steps}
    for step in made.steps:
        if step.parent is not None:
            left[step.parent] -= step.amount_minor
    for step in made.steps:
        if left[step.number] and step.recipient in served:
            assert step.bank in served[step.recipient]
