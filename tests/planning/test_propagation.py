"""The propagation plan keeps its rules and is the best there is.

1. A supplier passes on at most what it received; nobody keeps more than its need.
2. Per document: Σ steps ≤ what is open. Per line: Σ issues ≤ what is available.
3. No circles; waves are hops; a parent comes before its pieces; hops ≤ the limit.
4. No plan meets more at tier ≥ 2; of those none meets more in all; of those none costs less (held against trying all).
5. The order of lines and documents does not matter.
6. Who keeps its key itself pays nobody, and may get credit; nettings are the same.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_checks import best_by_trying_all, check, line, payable, small_worlds, world

from chain.planning.flow import LARGEST_TOTAL, AmountsTooLarge
from chain.planning.model import PlanningInput, PlanningRules
from chain.planning.propagation import plan
from tests.effort import examples


def assert_best(inputs: PlanningInput) -> None:
    best = best_by_trying_all(inputs)
    assume(best is not None)
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_tier2_minor, made.met_minor, -made.cost) == best
    assert made.optimal
    assert (made.bound_tier2_minor, made.bound_minor, -made.bound_cost) == best


@settings(max_examples=examples(150), deadline=None)
@given(small_worlds(circles=False))
def test_without_rules_on_issuers_no_plan_is_better(inputs: PlanningInput) -> None:
    assert_best(inputs)


@settings(max_examples=examples(60), deadline=None)
@given(small_worlds(circles=True))
def test_with_payables_in_circles_no_plan_is_better(inputs: PlanningInput) -> None:
    assert_best(inputs)


@settings(max_examples=examples(100), deadline=None)
@given(small_worlds(rules=True))
def test_with_rules_on_issuers_no_plan_is_better(inputs: PlanningInput) -> None:
    assert_best(inputs)


@settings(max_examples=examples(40), deadline=None)
@given(small_worlds(rules=True, amounts=10**9))
def test_a_plan_keeps_every_rule(inputs: PlanningInput) -> None:
    made = plan(inputs)
    check(inputs, made)
    figures = (made.met_tier2_minor, made.met_minor, made.cost)
    assert made.optimal == (figures == (made.bound_tier2_minor, made.bound_minor, made.bound_cost))


@settings(max_examples=examples(30), deadline=None)
@given(small_worlds(rules=True), st.integers())
def test_the_order_of_the_input_does_not_matter(inputs: PlanningInput, seed: int) -> None:
    shuffle = random.Random(seed)
    lines, payables, needs = list(inputs.lines), list(inputs.payables), list(inputs.needs.items())
    for items in (lines, payables, needs):
        shuffle.shuffle(items)
    again = replace(inputs, lines=tuple(lines), payables=tuple(payables), needs=dict(needs))
    assert plan(again) == plan(inputs)


def test_every_need_that_is_not_met_and_every_unused_payable_is_refused_by_a_named_rule() -> None:
    inputs = world(
        [line("I", 50)],
        [
            payable(1, "I", "S", 100),
            payable(2, "S", "T", 100),
            payable(3, "X", "Y", 10),
            payable(4, "I", "U", 5, due=200),
        ],
        {"S": 20, "T": 80, "Y": 10, "U": 5},
    )
    made = plan(inputs)
    check(inputs, made)
    rules = {refusal.subject: refusal.rule for refusal in made.refusals}
    assert rules["invoice|Y|003"] == "NoPathFromIssuer"
    assert rules["invoice|U|004"] == "TermTooLong"
    assert rules["T"] == "LineExhausted"
    assert rules["Y"] == "NoPathFromIssuer"
    assert rules["bank → I"] == "LineExhausted"
    for refusal in made.refusals:
        assert refusal.template.format(**refusal.values)


# --- named small cases ------------------------------------------------------------------------------------------------


def test_plain_maximum_flow_would_stop_at_tier_one() -> None:
    # The line covers one need of two. Maximum flow is content with the near one; the plan goes to the far one.
    inputs = world([line("I", 10)], [payable(1, "I", "S", 10), payable(2, "S", "T", 10)], {"S": 10, "T": 10})
    made = plan(inputs)
    check(inputs, made)
    assert made.met == {"T": 10}
    assert (made.met_tier2_minor, made.met_minor, made.optimal, made.proof) == (10, 10, True, "minimum cut")
    assert made.minimum_cut


def test_plain_maximum_flow_would_break_a_financing_limit() -> None:
    # Both issuers reach T; the first one's bank will finance 3 only. One flow of all paper takes 10 of the cheap line.
    inputs = world(
        [line("I1", 10, bank="b1", financing=3, rate=200), line("I2", 10, bank="b2", financing=10, rate=300)],
        [payable(1, "I1", "S", 10), payable(2, "I2", "S", 10), payable(3, "S", "T", 10)],
        {"T": 10},
        finances=frozenset({"T"}),
    )
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_minor, made.optimal) == (10, True)
    assert made.cost == 3 * 200 * 60 + 7 * 300 * 60
    free = plan(replace(inputs, finances=None))
    assert free.cost == 10 * 200 * 60


def test_need_at_tier_two_comes_before_need_in_all() -> None:
    # S2's paper can meet S2's own need, or go on to S1, which S1's issuer could also pay: less in all, but deeper.
    inputs = world(
        [line("I1", 5, bank="b1"), line("I2", 5, bank="b2")],
        [payable(1, "I1", "S1", 5), payable(2, "I2", "S2", 5), payable(3, "S2", "S1", 5)],
        {"S1": 5, "S2": 5},
    )
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_tier2_minor, made.met_minor, made.optimal) == (5, 5, True)


def test_circles_do_not_make_tier_two() -> None:
    # S1 and S2 owe each other; sent round, each one's paper would count at two hops.
    inputs = world(
        [line("I", 20)],
        [payable(1, "I", "S1", 10), payable(2, "I", "S2", 10), payable(3, "S1", "S2", 10), payable(4, "S2", "S1", 10)],
        {"S1": 10, "S2": 10},
    )
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_tier2_minor, made.met_minor) == (10, 10)
    assert (made.optimal, made.proof) == (True, "integer programme")
    assert best_by_trying_all(inputs, 99) is not None


def test_related_parties_and_prepayments_carry_no_credit() -> None:
    later = replace(payable(2, "S", "T", 5), delivery=payable(2, "S", "T", 5).due)
    inputs = world(
        [line("I", 20)], [payable(1, "I", "S", 10), later, payable(3, "S", "U", 5)], {"T": 5, "U": 5},
        groups={"S": "house", "U": "house"},
    )  # fmt: skip
    made = plan(inputs)
    assert made.steps == ()
    assert {r.subject: r.rule for r in made.refusals if "|" in r.subject} == {
        "invoice|S|001": "NoNeedBehind",
        "invoice|T|002": "Prepayment",
        "invoice|U|003": "RelatedParties",
    }


def test_one_piece_has_one_document() -> None:
    inputs = world([line("I", 30)], [payable(n, "I", "S", 10) for n in range(3)], {"S": 25})
    made = plan(inputs)
    check(inputs, made)
    assert sorted(step.amount_minor for step in made.steps) == [5, 10, 10]
    assert len({step.obligation for step in made.steps}) == 1


def test_obligations_have_at_most_their_number_of_pieces() -> None:
    suppliers = [f"T{n}" for n in range(9)]
    inputs = world(
        [line("I", 1000)],
        [payable(0, "I", "S", 900), *(payable(n + 1, "S", name, 100) for n, name in enumerate(suppliers))],
        dict.fromkeys(suppliers, 100),
        rules=PlanningRules(max_pieces=4),
    )
    made = plan(inputs)
    check(inputs, made)
    assert made.met_minor == 900
    assert len({step.obligation for step in made.steps}) == 3


def test_maturity_is_the_issuers_due_date_and_never_before_the_waves_can_be_signed() -> None:
    inputs = world(
        [line("I", 20)], [payable(1, "I", "S", 10, due=45), payable(2, "I", "T", 10, due=-30)], {"S": 10, "T": 10}
    )
    made = plan(inputs)
    assert {step.recipient: (step.maturity - inputs.today).days for step in made.steps} == {"S": 45, "T": 7}


def test_a_line_that_expires_first_is_not_stretched() -> None:
    inputs = world([line("I", 20, expiry=40)], [payable(1, "I", "S", 10, due=45)], {"S": 10})
    made = plan(inputs)
    assert made.steps == ()
    assert "LineExpiresFirst" in {refusal.rule for refusal in made.refusals}


def test_an_issuer_passes_on_anothers_paper_over_the_payable_that_its_own_line_pays_too() -> None:
    # I2 owes S 10: 6 of it by its own line, 4 with I1's paper. Together never more than the invoice.
    inputs = world(
        [line("I1", 10, bank="b1"), line("I2", 6, bank="b2")],
        [payable(1, "I1", "I2", 10), payable(2, "I2", "S", 10), payable(3, "S", "T", 10)],
        {"T": 20},
    )
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_tier2_minor, made.optimal) == (10, True)


def test_no_line_no_plan() -> None:
    made = plan(world([], [payable(1, "I", "S", 10)], {"S": 10}))
    assert (made.steps, made.optimal, made.met_minor) == ((), True, 0)
    assert {refusal.rule for refusal in made.refusals} == {"NoPathFromIssuer"}


def test_amounts_beyond_the_solvers_integers_are_refused() -> None:
    huge = LARGEST_TOTAL + 1
    with pytest.raises(AmountsTooLarge, match="add up to 2 times what can be planned at once"):
        plan(world([line("I", huge)], [payable(1, "I", "S", huge)], {"S": huge}))


KEEPERS = st.frozensets(st.sampled_from(["I1", "I2", "S1", "S2", "S3", "S4"]))


@settings(max_examples=60, deadline=None)
@given(small_worlds(rules=True), KEEPERS)
def test_what_keepers_of_keys_owe_carries_nothing_and_everything_else_is_planned_as_without_it(
    inputs: PlanningInput, keepers: frozenset[str]
) -> None:
    made = plan(replace(inputs, keys_elsewhere=keepers))
    check(replace(inputs, keys_elsewhere=keepers), made)
    others = plan(replace(inputs, payables=tuple(item for item in inputs.payables if item.debtor not in keepers)))
    assert replace(made, refusals=(), netting=()) == replace(others, refusals=(), netting=())
    owed = {item.document for item in inputs.payables if item.debtor in keepers}
    left_out = {refusal.subject: refusal.rule for refusal in made.refusals if refusal.subject in owed}
    assert left_out.keys() == owed
    assert {refusal.subject for refusal in made.refusals if refusal.rule == "KeyElsewhere"} <= owed
    assert made.netting == plan(inputs).netting


@settings(max_examples=60, deadline=None)
@given(small_worlds(circles=False), KEEPERS)
def test_with_keys_elsewhere_no_plan_is_better(inputs: PlanningInput, keepers: frozenset[str]) -> None:
    assert_best(replace(inputs, keys_elsewhere=keepers))


def test_who_keeps_its_key_gets_credit_and_passes_none_on() -> None:
    inputs = world(
        [line("I", 20)], [payable(1, "I", "S", 15), payable(2, "S", "T", 5)], {"S": 5, "T": 5},
        keys_elsewhere=frozenset({"S"}),
    )  # fmt: skip
    made = plan(inputs)
    check(inputs, made)
    assert [(step.payer, step.recipient, step.amount_minor) for step in made.steps] == [("I", "S", 5)]
    assert {refusal.subject: refusal.rule for refusal in made.refusals} == {
        "T": "NoPathFromIssuer", "invoice|T|002": "KeyElsewhere"
    }  # fmt: skip
