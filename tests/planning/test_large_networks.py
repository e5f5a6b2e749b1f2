"""What is done where a network is too large for minimum-cost flows and programmes, tried on networks that are not.

1. The plan keeps every rule, and meets as much as the exact plan wherever no rule tells one issuer's paper from another's.
2. Its bounds hold: none is below what the exact plan reaches, and no cost bound is above the exact cost.
3. A table of some thousand payables gives a plan that keeps every rule, whatever binds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from plan_checks import TODAY, check, line, small_worlds, world

from chain.planning import completion, decision, programme, relaxation
from chain.planning.model import Payable, PlanningInput, PlanningRules, PropagationPlan
from chain.planning.propagation import plan
from tests.effort import examples


def planned_as_if_large(inputs: PlanningInput) -> PropagationPlan:
    with (
        patch.object(relaxation, "MOST_COSTED_ARCS", 0),
        patch.object(decision, "MOST_LINEAR_VARIABLES", 0),
        patch.object(decision, "MOST_INTEGER_VARIABLES", 0),
        patch.object(programme.all_paths, "__defaults__", (0,)),
        patch.object(completion, "ADDITIONS_TIMES_BUCKETS", 0),
    ):
        return plan(inputs)


@settings(max_examples=examples(100), deadline=None)
@given(small_worlds(circles=False, amounts=50))
def test_as_much_is_met_and_the_bound_on_the_cost_holds(inputs: PlanningInput) -> None:
    issuers = {credit.issuer for credit in inputs.lines}
    inputs = replace(inputs, payables=tuple(p for p in inputs.payables if p.creditor not in issuers))
    large, exact = planned_as_if_large(inputs), plan(inputs)
    check(inputs, large)
    assert (large.met_tier2_minor, large.met_minor) == (exact.met_tier2_minor, exact.met_minor)
    assert large.bound_cost <= exact.cost <= large.cost


@settings(max_examples=examples(100), deadline=None)
@given(small_worlds(rules=True, amounts=50))
def test_rules_are_kept_and_no_bound_is_wrong(inputs: PlanningInput) -> None:
    large, exact = planned_as_if_large(inputs), plan(inputs)
    check(inputs, large)
    assert large.bound_tier2_minor >= exact.met_tier2_minor >= large.met_tier2_minor
    if exact.met_tier2_minor == large.bound_tier2_minor:
        assert large.bound_minor >= exact.met_minor
    assert not large.optimal or (large.met_tier2_minor, large.met_minor, large.cost) == (
        exact.met_tier2_minor,
        exact.met_minor,
        exact.cost,
    )


def chain_of_thousands() -> PlanningInput:
    random = np.random.default_rng(7)
    names = [f"E{number:03d}" for number in range(400)]
    payables = []
    for number in range(3_000):
        debtor = int(random.integers(0, 4) if number < 500 else random.integers(4, 300))
        creditor = int(random.integers(4, 60) if number < 500 else min(399, debtor + random.integers(-5, 120)))
        if creditor > 3 and creditor != debtor:
            payables.append(
                Payable(
                    f"invoice|{names[creditor]}|{number}", names[debtor], names[creditor], "CNY",
                    int(random.integers(1, 10**6)), TODAY, TODAY + timedelta(days=int(random.integers(-5, 170))),
                )
            )  # fmt: skip
    lines = [
        line(names[n], 10**7, bank=f"b{n % 2}", financing=10**7 // (n + 1), rate=300 + 10 * n) for n in range(4)
    ]  # fmt: skip
    return world(lines, payables, {name: int(random.integers(1, 10**6)) for name in names[4:]})


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"finances": frozenset(f"E{number:03d}" for number in range(0, 400, 2))},
        {"eligible_issuers": {f"E{number:03d}": frozenset({"E000", "E002"}) for number in range(0, 400, 3)}},
        {"rules": PlanningRules(min_ticket_minor=100_000)},
        {"rules": PlanningRules(max_pieces=9)},
        {"rules": PlanningRules(max_hops=3)},
    ],
    ids=["plain", "financing", "eligible", "ticket", "pieces", "hops"],
)
def test_some_thousand_payables_make_a_plan_that_keeps_every_rule(rules: dict[str, object]) -> None:
    inputs = replace(chain_of_thousands(), **rules)
    made = planned_as_if_large(inputs)
    check(inputs, made)
    assert made.met_tier2_minor >= 0.85 * made.bound_tier2_minor
    assert plan(replace(inputs, payables=inputs.payables[::-1])) == plan(inputs)
