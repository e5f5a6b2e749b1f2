"""What paper costs: by line, tier and tenor, actual/360; and what the rulebook lets it live."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_checks import TODAY, best_by_trying_all, check, line, payable, small_worlds, world

from chain.planning.model import Line, PlanningInput, PlanningRules, TenorCap
from chain.planning.pricing import Tariff, annual_rate
from chain.planning.propagation import plan
from chain.prices import Price
from tests.effort import examples

TABLE = (Price(250, to_tier=1, to_days=90), Price(300, to_tier=1), Price(350, to_tier=3))


@pytest.mark.parametrize(
    ("tier", "days", "rate"), [(1, 90, 250), (1, 91, 300), (2, 30, 350), (3, 180, 350), (4, 30, 420)]
)
def test_the_first_row_of_the_table_that_fits_counts_else_the_lines_own_rate(tier: int, days: int, rate: int) -> None:
    tariff = Tariff([replace(line("I", 1, rate=420), prices=TABLE), line("J", 1, rate=420)], 16)
    one = np.array([tier])
    assert tariff.rate(np.array([0]), one, np.array([days])).tolist() == [rate]
    assert tariff.rate(np.array([1]), one, np.array([days])).tolist() == [420]
    assert tariff.cost(np.array([0]), one, np.array([days])).tolist() == [rate * days]


prices = st.builds(
    Price, st.integers(100, 110), st.none() | st.integers(1, 3), st.none() | st.sampled_from([7, 30, 60])
)


@given(st.lists(prices, max_size=4).map(tuple), st.integers(1, 6), st.integers(7, 180), st.integers(1, 16))
def test_nothing_costs_less_than_the_least_cost(table: tuple[Price, ...], tier: int, days: int, most: int) -> None:
    tariff = Tariff([replace(line("I", 1), prices=table)], most)
    zero, tenor = np.array([0]), np.array([days])
    costs = [tariff.cost(zero, np.array([hops]), tenor)[0] for hops in range(1, most + 1)]
    assert tariff.least_cost(zero, tenor)[0] == min(costs)


@settings(max_examples=examples(60), deadline=None)
@given(small_worlds(rules=True), st.data())
def test_with_prices_by_tier_and_tenor_no_plan_is_better(inputs: PlanningInput, data: st.DataObject) -> None:
    tables = data.draw(st.lists(st.lists(prices, max_size=3).map(tuple), min_size=2, max_size=2))
    priced = [replace(credit, prices=table) for credit, table in zip(inputs.lines, tables, strict=False)]
    inputs = replace(inputs, lines=tuple(priced))
    best = best_by_trying_all(inputs)
    assume(best is not None)
    made = plan(inputs)
    check(inputs, made)
    assert (made.met_tier2_minor, made.met_minor, -made.cost) == best
    assert made.optimal


def test_the_cheaper_bank_for_the_tier_is_taken() -> None:
    near: Line = replace(line("I", 10, bank="near", rate=500), prices=(Price(200, to_tier=1),))
    far: Line = replace(line("I", 10, bank="far", rate=300), prices=())
    inputs = world([near, far], [payable(1, "I", "S", 20), payable(2, "S", "T", 10)], {"S": 10, "T": 10})
    made = plan(inputs)
    check(inputs, made)
    assert made.cost == (10 * 200 + 10 * 300) * 60
    assert made.optimal


@pytest.mark.parametrize(("effective", "planned"), [(-1, False), (0, False), (1, True)])
def test_a_tenor_cap_binds_from_the_day_on_which_it_comes_into_force(effective: int, planned: bool) -> None:
    cap = TenorCap(TODAY + timedelta(days=effective), 90)
    rules = PlanningRules(tenor_caps=(TenorCap(TODAY - timedelta(days=99), 180), cap))
    made = plan(world([line("I", 10)], [payable(1, "I", "S", 10, due=120)], {"S": 10}, rules=rules))
    assert bool(made.steps) is planned
    assert planned or "TermTooLong" in {refusal.rule for refusal in made.refusals}


@given(st.lists(prices, max_size=4).map(tuple), st.integers(1, 6), st.integers(1, 90))
def test_one_piece_costs_what_many_cost(table: tuple[Price, ...], tier: int, days: int) -> None:
    """The first row that fits, read row by row."""
    credit = replace(line("I", 1, rate=420), prices=table)
    fits = (p for p in table if tier <= (p.to_tier or tier) and days <= (p.to_days or days))
    wanted = next((p.annual_rate_basis_points for p in fits), 420)
    assert annual_rate(credit, tier, days) == wanted
    many = Tariff([line("J", 1), credit], 16).rate(np.array([1, 1]), np.array([tier, tier]), np.array([days, days]))
    assert many.tolist() == [wanted, wanted]


@given(prices, prices)
def test_a_row_covers_another_where_it_fits_all_that_the_other_fits(one: Price, other: Price) -> None:
    def fits(price: Price) -> set[tuple[int, int]]:
        tiers = range(1, (price.to_tier or 5) + 1)
        return {(tier, days) for tier in tiers for days in (1, 7, 8, 30, 31, 60, 61) if days <= (price.to_days or 99)}

    assert one.covers(other) == (fits(other) <= fits(one))
