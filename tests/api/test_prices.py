"""Prices by tier and tenor in the register: what the bank quotes, what a plan counts with, and who is told.

1. The first row that fits the piece's tier and the days that it still lives counts; else the line's own rate.
2. The planner is given the same table.
3. The bank and the issuer of a line read its prices; others have no such line.
4. A table with a row that never counts is refused, and the register stays as it was.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.commands.enrol import PriceNeverCounts, enrol
from chain.commands.plan import plan_input
from chain.planning.pricing import discounted_price
from chain.prices import Price

TABLE = (Price(250, to_tier=1, to_days=30), Price(300, to_tier=1), Price(420, to_tier=2, to_days=60))
FLAT = 360


def priced(service, table):
    network = service.workspace.network()
    lines = tuple(
        line.model_copy(update={"prices": table if line.bank == service.world.id("harbour") else ()})
        for line in network.lines
    )
    return network.model_copy(update={"lines": lines})


@pytest.fixture(scope="module", autouse=True)
def story(service):
    """Pieces of two obligations, one short and one long, at tier 1 and at tier 2."""
    assert enrol(service.workspace, priced(service, TABLE)) == []
    for deal in service.world.deals:
        service.send_papers(deal)
    line = service.get("crane", "/v1/lines")[0]["id"]
    found = {}
    for days in (30, 60, 90):
        maturity = (service.world.today + timedelta(days=days)).isoformat()
        body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", 9_000_00)]}
        (piece,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
        service.post("gear", f"/v1/vouchers/{piece}/accept", None)
        body = {"payments": [service.payment("gear-bolt", "bolt", 4_000_00)]}
        (part,) = service.post("gear", f"/v1/vouchers/{piece}/transfer", body)["vouchers"]
        service.post("bolt", f"/v1/vouchers/{part}/accept", None)
        found[days] = {1: piece, 2: part}
    return found


@pytest.mark.parametrize(
    ("tier", "days", "rate"), [(1, 30, 250), (1, 60, 300), (1, 90, 300), (2, 30, 420), (2, 60, 420), (2, 90, FLAT)]
)
def test_a_quote_is_at_the_price_of_the_pieces_tier_and_tenor(service, story, tier, days, rate):
    body = {"registration_number": "R", "amount": {"minor": 3_000_00, "currency": CURRENCY}}
    quote = service.post("harbour", f"/v1/vouchers/{story[days][tier]}/quotes", body)
    assert quote["price"]["minor"] == discounted_price(3_000_00, rate, days)


def test_the_planner_is_given_the_same_prices(service):
    bank = service.world.id("harbour")
    assert {line.bank: line.prices for line in plan_input(service.workspace, CURRENCY).lines} == {
        bank: TABLE, service.world.id("valley"): (),
    }  # fmt: skip


def test_bank_and_issuer_of_a_line_read_its_prices(service):
    for who in ("harbour", "crane"):
        (line,) = service.get(who, "/v1/lines")
        assert line["annual_rate_basis_points"] == FLAT
        assert line["prices"][0] == {"annual_rate_basis_points": 250, "to_tier": 1, "to_days": 30}
        assert len(line["prices"]) == 3
    (line,) = service.get("valley", "/v1/lines")
    assert (line["annual_rate_basis_points"], line["prices"]) == (FLAT, [])
    assert service.get("gear", "/v1/lines") == []


def test_a_row_that_never_counts_is_refused_and_the_register_stays(service):
    before = service.workspace.network()
    for table in ((Price(300), Price(250, 1)), (Price(1, 2, 90), Price(2, 3), Price(3, 2, 30)), (Price(1), Price(1))):
        with pytest.raises(PriceNeverCounts):
            enrol(service.workspace, priced(service, table))
    assert service.workspace.network() == before
