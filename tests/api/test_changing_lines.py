"""A bank changes its lines over the API.

1. What it lets an issuer have outstanding, and what it buys itself, is the bank's to set; what is used stays.
2. Nothing is issued under a line that is suspended, until it is resumed.
3. Nobody else changes a line; for a stranger there is none.
4. The register says the same, and enrolling it again takes nothing back.
5. To promise more may need a second person, to promise less needs nobody; a bank that keeps its key signs it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.commands.enrol import enrol
from chain.commands.seen.refused import as_told
from chain.errors import ContractRefused
from tests.api.conftest import own_wallet_of

VERBS = {"limit": 1, "financing-limit": 1, "suspend": None, "resume": None}


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    service.send_papers("crane-gear")


@pytest.fixture
def line(service):
    return service.get("harbour", "/v1/lines")[0]["id"]


def limit(minor: int, currency: str = CURRENCY):
    return {"limit": {"minor": minor, "currency": currency}}


def issue(service, line: str, minor: int):
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    return {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", minor)]}


# --- 1, 4 ------------------------------------------------------------------------------------------------------------


def test_a_bank_sets_what_may_be_outstanding_and_never_below_what_is_used(service, line):
    service.post("crane", "/v1/vouchers", issue(service, line, 10_000_00))
    lowered = service.post("harbour", f"/v1/lines/{line}/limit", limit(10_500_00))
    assert lowered == service.get("harbour", "/v1/lines")[0]
    assert (lowered["limit"]["minor"], lowered["available"]["minor"]) == (10_500_00, 500_00)
    assert service.refused("crane", "/v1/vouchers", issue(service, line, 501_00)) == (422, "CreditLimitExceeded")
    assert service.post("harbour", f"/v1/lines/{line}/limit", limit(1_00))["limit"]["minor"] == 10_000_00
    raised = service.post("harbour", f"/v1/lines/{line}/limit", limit(90_000_00))
    assert raised["limit"]["minor"] == 90_000_00
    service.post("crane", "/v1/vouchers", issue(service, line, 501_00))


def test_a_bank_sets_what_it_buys_itself(service, line):
    seen = service.post("harbour", f"/v1/lines/{line}/financing-limit", limit(70_000_00))
    assert seen["financing_limit"]["minor"] == 70_000_00
    assert service.get("crane", "/v1/lines")[0]["financing_limit"] is None


def test_how_much_room_a_bank_has_left_is_told_to_itself_alone(service, line):
    piece = service.post("crane", "/v1/vouchers", issue(service, line, 5_000_00))["vouchers"][0]
    service.post("gear", f"/v1/vouchers/{piece}/accept", None)
    quote = service.post("harbour", f"/v1/vouchers/{piece}/quotes", {"registration_number": "0123-1"})["id"]
    service.post("harbour", f"/v1/lines/{line}/financing-limit", limit(123_45))
    told = service.ask("gear", "POST", f"/v1/vouchers/{piece}/finance", json={"quote": quote}).json()
    assert told["problem"]["contract_error"] == {"name": "FinancingLimitExceeded", "arguments": ""}
    assert "12345" not in str(told["problem"])
    assert told["problem"]["next_step"] == "sell less, or to another bank"
    error = ContractRefused(
        name="FinancingLimitExceeded", arguments=f"bank {service.workspace.party(service.world.id('harbour'))}, issuer 3",
        advice="sell less, or to another bank",
    )  # fmt: skip
    assert as_told(service.workspace, service.world.id("harbour"), error) is error
    assert as_told(service.workspace, service.world.id("valley"), error).values["arguments"] == ""


def test_the_register_says_what_the_bank_set(service, line):
    service.post("harbour", f"/v1/lines/{line}/limit", limit(80_000_00))
    service.post("harbour", f"/v1/lines/{line}/financing-limit", limit(60_000_00))
    (entry,) = [one for one in service.workspace.network().lines if one.bank == service.world.id("harbour")]
    assert (entry.limit_minor, entry.financing_limit_minor) == (80_000_00, 60_000_00)
    assert enrol(service.workspace, service.workspace.network()) == []
    assert service.get("harbour", "/v1/lines")[0]["limit"]["minor"] == 80_000_00


def test_a_limit_is_in_the_lines_currency(service, line):
    for verb in ("limit", "financing-limit"):
        refused = service.refused("harbour", f"/v1/lines/{line}/{verb}", limit(1_00, "USD"))
        assert refused == (422, "CurrencyMismatch")
        assert service.refused("harbour", f"/v1/lines/{line}/{verb}", limit(0))[1] == "RequestInvalid"


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_issued_under_a_suspended_line_until_it_is_resumed(service, line):
    assert service.refused("harbour", f"/v1/lines/{line}/resume", None) == (422, "LineNotSuspended")
    assert service.post("harbour", f"/v1/lines/{line}/suspend", None)["suspended"]
    assert service.refused("crane", "/v1/vouchers", issue(service, line, 1_00)) == (422, "LineNotOpen")
    assert service.get("crane", "/v1/lines")[0]["suspended"]
    assert not service.post("harbour", f"/v1/lines/{line}/resume", None)["suspended"]
    service.post("crane", "/v1/vouchers", issue(service, line, 1_00))


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_nobody_else_changes_a_line_and_for_a_stranger_there_is_none(service, line):
    before = service.get("harbour", "/v1/lines")
    for verb, minor in VERBS.items():
        address, body = f"/v1/lines/{line}/{verb}", None if minor is None else limit(minor)
        for who in ("crane", "gear", "operator", "regulator"):
            assert service.refused(who, address, body) == (403, "NotPermitted")
        assert service.refused("valley", address, body) == (404, "NotFound")
        assert service.refused("harbour", f"/v1/lines/200.1/{verb}", body) == (404, "NotFound")
    assert service.get("harbour", "/v1/lines") == before


# --- 5 ---------------------------------------------------------------------------------------------------------------


def test_a_bank_that_keeps_its_key_signs_its_lines_limit(service, line):
    with own_wallet_of(service, "harbour") as account:
        told = service.ask("harbour", "POST", f"/v1/lines/{line}/limit", json=limit(75_000_00)).json()
        assert told["to_sign"]["message"]["limitMinor"] == 75_000_00
        asked, told = service.signed("harbour", account, told)
    assert (asked, told["result"]["limit"]["minor"]) == (["SetLineLimit"], 75_000_00)


@pytest.mark.parametrize("verb", ["limit", "financing-limit"])
def test_two_persons_decide_to_promise_more_and_one_to_promise_less(service, line, verb):
    set_limit = {"json": {"above": {"minor": 1_000_00, "currency": CURRENCY}}, "headers": {"If-Match": "*"}}
    service.result(service.ask("harbour", "PUT", f"/v1/four-eyes/{CURRENCY}", **set_limit))
    more = service.ask("harbour", "POST", f"/v1/lines/{line}/{verb}", json=limit(150_000_00)).json()
    assert more["state"] == "awaiting_approval"
    less = service.ask("harbour", "POST", f"/v1/lines/{line}/{verb}", json=limit(50_000_00)).json()
    assert less["state"] == "succeeded"


def test_two_persons_let_a_line_be_used_again_and_one_stops_it(service, line):
    assert service.post("harbour", f"/v1/lines/{line}/suspend", None)["suspended"]
    again = service.ask("harbour", "POST", f"/v1/lines/{line}/resume").json()
    assert again["state"] == "awaiting_approval"
    (worth,) = again["worth"]
    assert worth == service.get("harbour", "/v1/lines")[0]["available"]
