"""A what-if changes an input in the form that it is written in, says what differs, and refuses what it does not understand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plan_checks import line, payable, world

from chain.planning.netting import consented
from chain.planning.propagation import plan
from chain.planning.what_if import ChangeNotUnderstood, change, differences
from chain.prices import Price

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
    "text", ["", "line", "line:b/X=+1", "line:b/I", "line:b/I=+x", "line:b/I=-51", "without:nobody",
             "rule:colour=1", "rule:max_hops=0", "rule:max_pieces=0",
             "need:nobody=5", "line:b/I=" + "9" * 40, "rule:min_tenor_days=" + "9" * 18, "rate:b/I=" + "9" * 18]
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


TABLE = (Price(310, to_tier=1), Price(330))
PRICED = replace(INPUTS, lines=(replace(INPUTS.lines[0], prices=TABLE), *INPUTS.lines[1:]))


@pytest.mark.parametrize(
    ("text", "rate", "prices"),
    [
        ("rate:b/I=250", 250, ()),
        ("rate:b/I=-10", 290, (Price(300, to_tier=1), Price(320))),
        ("price:b/I/2/90=200", 300, (Price(200, 2, 90), *TABLE)),
        ("price:b/I/*/30=200", 300, (Price(200, None, 30), *TABLE)),
        ("price:Bank/Issuer/1/*=200", 300, (Price(200, 1), *TABLE)),
    ],
)
def test_prices_of_a_line_are_changed_and_no_others(text: str, rate: int, prices: tuple[Price, ...]) -> None:
    after = change(PRICED, [text], {"Bank": "b", "Issuer": "I"})
    assert (after.lines[0].annual_rate_basis_points, after.lines[0].prices) == (rate, prices)
    assert replace(after, lines=PRICED.lines) == PRICED
    assert after.lines[1:] == PRICED.lines[1:]


def test_a_dearer_tier_makes_the_plan_dearer_and_meets_as_much() -> None:
    found = {d.what: d for d in differences(plan(PRICED), plan(change(PRICED, ["price:b/I/*/*=430"])))}
    assert found["cost"].after - found["cost"].before == 50 * 60 * 100
    assert "met" not in found


@pytest.mark.parametrize(
    "text",
    ["price:b/I=1", "price:b/I/0/9=1", "price:b/I/1/9=+1", "price:b/X/1/9=1", "price:b/I/1/9=100001", "rate:b/I=-999"],
)
def test_a_price_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ChangeNotUnderstood):
        change(PRICED, [text])


CIRCLES = world(
    [line("A", 100)],
    [payable(1, "A", "B", 100), payable(2, "B", "C", 80), payable(3, "C", "A", 50), payable(4, "B", "A", 20)],
    {"C": 80},
)


def test_nettings_are_planned_as_if_everybody_consented_all_of_them_or_one() -> None:
    proposed = plan(CIRCLES).netting
    assert change(CIRCLES, ["net:all"]).netted == consented(proposed)
    for netting in proposed:
        one = change(CIRCLES, [f"net:{netting.id[:12]}"])
        assert one.netted == consented([netting])
        assert change(one, ["net:all"]).netted == consented(proposed)
    found = {d.what: d for d in differences(plan(CIRCLES), plan(change(CIRCLES, ["net:all"])))}
    assert (found["netting_minor"].before, found["netting_minor"].after) == (190, 0)
    assert (found["met_minor"].before, found["met_minor"].after) == (80, 30)


@pytest.mark.parametrize("text", ["net:", "net:nobody"])
def test_a_netting_that_is_not_proposed_is_refused(text: str) -> None:
    with pytest.raises(ChangeNotUnderstood):
        change(CIRCLES, [text])
    with pytest.raises(ChangeNotUnderstood):
        change(change(CIRCLES, ["net:all"]), ["net:all"])


def test_a_document_is_left_out_by_the_number_on_the_paper() -> None:
    keyed = replace(
        INPUTS, payables=tuple(replace(p, document=p.document.replace("|002", "|INV2")) for p in INPUTS.payables)
    )
    for written in ("INV-0002", "inv 2", "INV2"):
        assert change(keyed, [f"without:{written}"]) == change(keyed, ["without:invoice|T|INV2"])
