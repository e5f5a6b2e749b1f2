"""Plans count on no key that the service has not.

1. A party with its own wallet issues and passes on nothing; what it owes is left out by the name of the rule, and who waits
   for it is not met. A what-if says the same.
2. It may get credit: what a run offers to it stays open until it answers itself.
3. A run of such a plan refuses nothing for a key.
"""

from __future__ import annotations

import pytest
from little_world import CURRENCY

from tests.api.conftest import own_wallet_of


@pytest.fixture(scope="module", autouse=True)
def own_wallets(service):
    """Pump and Yarn keep their keys; Pump is owed by Crane and owes Seal, Yarn is owed by Loom and owes nobody."""
    for deal in service.world.deals:
        service.send_papers(deal)
    with own_wallet_of(service, "pump"), own_wallet_of(service, "yarn"):
        yield


@pytest.fixture(scope="module")
def number(service):
    return service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]


def steps_of(plan):
    return [(step["payer"]["name"], step["recipient"]["name"]) for step in plan["steps"]]


def left_out_of(service, plan):
    """The rules by which what Pump owes is left out."""
    return [one["rule"] for one in plan["left_out"] if one["subject"] == service.world.deals["pump-seal"].key]


def test_what_its_wallet_would_have_to_sign_is_left_out_and_named(service, number):
    plan = service.get("operator", f"/v1/plans/{number}")
    assert set(steps_of(plan)) == {
        ("Crane Works", "Gear Maker"), ("Gear Maker", "Bolt Smith"), ("Loom Works", "Yarn Spinner")
    }  # fmt: skip
    assert left_out_of(service, plan) == ["KeyElsewhere"]
    (seal,) = (one for one in plan["outcomes"] if one["enterprise"]["name"] == "Seal Caster")
    assert seal["met"]["minor"] == 0
    assert seal["rule"] is not None


def test_a_what_if_leaves_it_out_too_and_offers_it_what_it_needs_itself(service):
    pump = service.world.id("pump")
    asked = {"currency": CURRENCY, "changes": [f"need:{pump}=500000"]}
    told = service.post("operator", "/v1/plans/what-if", asked)
    assert ("Crane Works", "Pump Maker") in steps_of(told["plan"])
    assert "Pump Maker" not in {payer for payer, _ in steps_of(told["plan"])}
    assert left_out_of(service, told["plan"]) == ["KeyElsewhere"]


def test_a_run_refuses_nothing_for_a_key_and_the_offer_waits_for_the_wallet(service, number):
    plan = service.get("operator", f"/v1/plans/{number}")
    outcome = service.post("operator", f"/v1/plans/{number}/run", None)
    assert not outcome["refused"]
    offered = [str(step["number"]) for step in plan["steps"] if step["recipient"]["name"] == "Yarn Spinner"]
    assert offered
    for step in offered:
        assert service.get("yarn", f"/v1/vouchers/{outcome['vouchers'][step]}")["state"] == "offered"
    assert service.get("pump", "/v1/vouchers")["items"] == []
