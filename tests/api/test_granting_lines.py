"""A bank grants a line over the API.

1. The issuer issues under it at once, holders sell that paper to the bank at its prices, and the register has the line.
2. Whom the register does not know as a core enterprise no line is granted; nobody grants a second one in the same currency.
3. To promise may need a second person; a bank that keeps its key signs.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.commands.deposit import deposit
from chain.commands.enrol import enrol
from chain.commands.keys import make_key
from chain.commands.reconcile import reconcile
from tests.api.conftest import own_wallet_of


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    for deal in service.world.deals:
        service.send_papers(deal)
    valley = service.world.id("valley")
    deposit(service.workspace, "Valley's own money", valley, valley, CURRENCY, 100_000_00)


def body(service, issuer: str = "crane", **more):
    return {
        "issuer": service.world.id(issuer) if issuer in service.world.firms else issuer,
        "limit": {"minor": 50_000_00, "currency": CURRENCY},
        "financing_limit": {"minor": 20_000_00, "currency": CURRENCY},
        "expiry": (service.world.today + timedelta(days=300)).isoformat(),
        "annual_rate_basis_points": 500,
        "prices": [{"annual_rate_basis_points": 400, "to_tier": 1}],
    } | more


IN_DOLLARS = {"minor": 1, "currency": "USD"}


@pytest.mark.parametrize(
    ("who", "more", "refusal"),
    [
        ("valley", {"issuer": "gear"}, (404, "NotFound")),
        ("valley", {"issuer": "USCC:91350100M000100Y43"}, (404, "NotFound")),
        ("valley", {"issuer": "loom"}, (422, "LineGrantedAlready")),
        ("valley", {"expiry": "2026-01-01"}, (422, "ExpiryNotAhead")),
        ("valley", {"limit": {"minor": 0, "currency": CURRENCY}}, (422, "RequestInvalid")),
        ("valley", {"financing_limit": IN_DOLLARS}, (422, "CurrencyMismatch")),
        ("valley", {"limit": IN_DOLLARS, "financing_limit": IN_DOLLARS}, (422, "NoDepositMoney")),
        ("valley", {"prices": [{"annual_rate_basis_points": rate} for rate in (1, 2)]}, (422, "PriceNeverCounts")),
        ("crane", {}, (403, "NotPermitted")),
        ("operator", {}, (403, "NotPermitted")),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_changes_nothing(service, who, more, refusal):
    before = service.workspace.network(), service.get("operator", "/v1/lines")
    assert service.refused(who, "/v1/lines", body(service, **more)) == refusal
    assert (service.workspace.network(), service.get("operator", "/v1/lines")) == before


def test_under_a_granted_line_paper_is_issued_and_sold_to_its_bank(service):
    made = service.post("valley", "/v1/lines", body(service), key="line-for-crane")
    assert made in service.get("valley", "/v1/lines")
    assert (made["limit"]["minor"], made["financing_limit"]["minor"]) == (50_000_00, 20_000_00)
    assert (made["annual_rate_basis_points"], made["prices"][0]["annual_rate_basis_points"]) == (500, 400)
    assert service.post("valley", "/v1/lines", body(service), key="line-for-crane") == made
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    issue = {"line": made["id"], "maturity": maturity, "payments": [service.payment("crane-gear", "gear", 5_000_00)]}
    (piece,) = service.post("crane", "/v1/vouchers", issue)["vouchers"]
    service.post("gear", f"/v1/vouchers/{piece}/accept", None)
    quote = service.post("valley", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-1"})
    assert quote["price"]["minor"] == round(5_000_00 * (1 - 0.04 * 90 / 360))
    (sold,) = service.post("gear", f"/v1/vouchers/{piece}/finance", {"quote": quote["id"]})["vouchers"]
    assert service.get("valley", f"/v1/vouchers/{sold}")["financed"]
    assert enrol(service.workspace, service.workspace.network()) == []
    assert reconcile(service.workspace).found == ()


def test_a_line_that_the_register_knows_no_more_is_not_granted_twice(service):
    """A file that was written before the line was granted puts the register back; the ledger has the line all the same."""
    enrol(service.workspace, service.world.network())
    before = service.get("valley", "/v1/lines")
    assert service.refused("valley", "/v1/lines", body(service)) == (422, "LineGrantedAlready")
    assert service.get("valley", "/v1/lines") == before


def test_a_bank_that_keeps_its_key_signs_the_line_that_two_of_it_decide_on(service):
    _, service.keys["harbour again"] = make_key(service.workspace, service.world.id("harbour"), "a second person")
    limit = {"json": {"above": {"minor": 1_00, "currency": CURRENCY}}, "headers": {"If-Match": "*"}}
    service.result(service.ask("harbour", "PUT", f"/v1/four-eyes/{CURRENCY}", **limit))
    with own_wallet_of(service, "harbour") as account:
        told = service.ask("harbour", "POST", "/v1/lines", json=body(service, "loom")).json()
        assert (told["state"], told["worth"][0]["minor"]) == ("awaiting_approval", 50_000_00)
        told = service.ask("harbour again", "POST", f"/v1/operations/{told['id']}/approve").json()
        asked, told = service.signed("harbour", account, told)
    assert (asked, told["state"]) == (["GrantLine", "SetFinancingLimit"], "succeeded")
    assert service.get("loom", "/v1/lines")[-1]["id"] == told["result"]["id"]
