"""A what-if changes an input in the form that it is written in, says what differs, and refuses what it does not understand."""

from __future__ import annotations

import pytest
from plan_checks import line, payable, world

from chain.planning.propagation import plan
from chain.planning.what_if import ChangeNotUnderstood, change, differences

INPUTS = world(
    [line("I", 50, bank="b"), line("J", 5, bank="b")],
    [payable(1, "I", "S", 100), payable(2, "S", "T", 100)],
    {"S": 20, "T": 80},
)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("line:b/I=+30", 80),
        ("line:b/I=-20", 30),
        ("line:b/I=1000", 100),
        ("without:invoice|T|002", 20),
        ("without:T", 20),
        ("without:b", 0),
        ("need:T=10", 30),
        ("rule:max_hops=1", 20),
        ("rate:b/I=100", 50),
    ],
)
def test_a_change_gives_the_plan_of_the_changed_input(text: str, met: int) -> None:
    assert plan(change(INPUTS, [text])).met_minor == met
    assert plan(INPUTS).met_minor == 50


@pytest.mark.parametrize(
    "text", ["", "line", "line:b/X=+1", "line:b/I", "line:b/I=+x", "line:b/I=-51", "without:nobody", "rule:colour=1",
             "need:nobody=5", "line:b/I=" + "9" * 40]
)  # fmt: skip
def test_a_change_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ChangeNotUnderstood):
        change(INPUTS, [text])


def test_enterprises_may_be_called_by_name_and_invoices_by_number() -> None:
    ids = {"Bank/1": "b", "B": "b", "Issuer & Co": "I", "Seller": "S"}
    assert change(INPUTS, ["line:B/Issuer & Co=7"], ids) == change(INPUTS, ["line:b/I=7"])
    assert change(INPUTS, ["need:Seller=7"], ids) == change(INPUTS, ["need:S=7"])
    assert change(INPUTS, ["without:Seller"], ids) == change(INPUTS, ["without:S"])
    assert change(INPUTS, ["without:002"]) == change(INPUTS, ["without:invoice|T|002"])
    twice = world([], [payable(1, "I", "S", 100), payable(1, "I", "T", 100)], {})
    with pytest.raises(ChangeNotUnderstood):
        change(twice, ["without:001"])


def test_differences_are_figures_first_then_what_changes() -> None:
    found = differences(plan(INPUTS), plan(change(INPUTS, ["line:b/I=+30"])))
    assert [(d.what, d.name, d.before, d.after) for d in found if d.what != "cost"] == [
        ("met_tier2_minor", "", 50, 80),
        ("met_minor", "", 50, 80),
        ("steps", "", 2, 2),
        ("netting_minor", "", 0, 0),
        ("met", "T", 50, 80),
        ("line", "b → I", 50, 80),
        ("document", "invoice|S|001", 50, 80),
        ("document", "invoice|T|002", 50, 80),
    ]
