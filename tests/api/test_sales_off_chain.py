"""A sale whose cash moves off chain, over the API.

1. The sold part is locked for the bank, and becomes the bank's when the seller says that its cash came.
2. The seller's account bank says so in its place; what the seller contests in time is not completed.
3. A deadline only unlocks; the bank gives a sale up at any time.
4. The account bank is told of a sale while its word is awaited; for others it does not exist.
5. Seller, bank and account bank sign themselves where they keep their keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from little_world import CURRENCY

from chain.issuance.node import advance_clock
from tests.api.conftest import own_wallet_of

AMOUNT = 1_000_00
WIRED = {"payment_reference": "FT26331-000174"}


@pytest.fixture(scope="module", autouse=True)
def gear_has_an_account_bank(service):
    """Valley Bank, which is no side of what Gear sells to Harbour Bank."""
    for deal in service.world.deals:
        service.send_papers(deal)
    workspace, gear = service.workspace, service.world.id("gear")
    bank, address = workspace.party(service.world.id("valley")), workspace.keyring.addresses()[gear]
    call = workspace.contracts.call("Participants", "proposeAccount", address, bank, 0, b"")
    workspace.send("gear announces its account bank", gear, call)
    hours_pass(service, 96)
    call = workspace.contracts.call("Participants", "applyAccountChange", workspace.party(gear))
    workspace.send("gear has an account bank", gear, call)


def hours_pass(service, hours: int) -> None:
    advance_clock(service.workspace.web3, service.workspace.now() + hours * 3_600)
    service.workspace.indexer.catch_up()


@pytest.fixture
def piece(service):
    """One that Gear holds."""
    body = {
        "line": service.get("crane", "/v1/lines")[0]["id"],
        "maturity": (service.workspace.date() + timedelta(days=90)).isoformat(),
        "payments": [service.payment("crane-gear", "gear", AMOUNT)],
    }
    (made,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
    service.post("gear", f"/v1/vouchers/{made}/accept", None)
    return made


def quoted(service, piece: str, **more):
    body = {"registration_number": f"R-{piece}", "cash_on_chain": False} | more
    made = service.post("harbour", f"/v1/vouchers/{piece}/quotes", body)
    assert made["cash_on_chain"] == body["cash_on_chain"]
    return made


def lock_of(service, quote: str, hours: int = 24):
    deadline = datetime.fromtimestamp(service.workspace.now() + hours * 3_600, UTC)
    return {"quote": quote, "deadline": deadline.isoformat()}


@pytest.fixture
def locked(service, piece):
    """The part of it that waits for Harbour Bank's cash: all of it."""
    body = lock_of(service, quoted(service, piece)["id"])
    (made,) = service.post("gear", f"/v1/vouchers/{piece}/lock", body)["vouchers"]
    return made


def state_of(service, who: str, piece: str) -> str:
    return service.get(who, f"/v1/vouchers/{piece}")["state"]


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_a_locked_piece_is_the_banks_once_the_seller_says_that_its_cash_came(service, piece):
    quote = quoted(service, piece)
    (made,) = service.post("gear", f"/v1/vouchers/{piece}/lock", lock_of(service, quote["id"]))["vouchers"]
    assert service.get("harbour", f"/v1/financings/{quote['id']}")["state"] == "locked"
    assert service.get("gear", f"/v1/vouchers/{piece}/quotes")[0]["taken"]
    assert service.refused("harbour", f"/v1/vouchers/{made}/confirm-receipt", None) == (403, "NotTheOwner")
    before = service.get("harbour", "/v1/exposure")
    assert service.post("gear", f"/v1/vouchers/{made}/confirm-receipt", None) == {"voucher": made, "state": "held"}
    assert service.get("harbour", f"/v1/financings/{quote['id']}")["state"] == "settled"
    assert service.get("harbour", f"/v1/vouchers/{made}")["owner"]["id"] == service.world.id("harbour")
    assert service.get("harbour", "/v1/exposure") != before


def test_how_the_cash_moves_is_the_quotes_to_say(service, piece):
    off, on = quoted(service, piece), quoted(service, piece, cash_on_chain=True)
    asked = {"quote": off["id"]}
    assert service.refused("gear", f"/v1/vouchers/{piece}/finance", asked) == (422, "CashMovesOffChain")
    asked = lock_of(service, on["id"])
    assert service.refused("gear", f"/v1/vouchers/{piece}/lock", asked) == (422, "CashMovesOnChain")
    assert state_of(service, "gear", piece) == "held"


def test_a_deadline_leaves_time_to_contest_before_the_maturity(service, piece):
    address, quote = f"/v1/vouchers/{piece}/lock", quoted(service, piece)["id"]
    # The maturity begins up to a day sooner than ninety days from now, as the hour of the day is.
    assert service.refused("gear", address, lock_of(service, quote, 90 * 24 - 25))[1] == "ContestBeyondMaturity"
    assert service.refused("gear", address, {"quote": quote, "deadline": "1969-12-31T00:00:00Z"})[1] == "RequestInvalid"
    assert service.refused("gear", address, {"quote": quote, "deadline": "2027-01-01T00:00:00"})[1] == "RequestInvalid"
    assert service.refused("gear", address, lock_of(service, "0" * 32)) == (404, "NotFound")
    (made,) = service.post("gear", address, lock_of(service, quote))["vouchers"]
    assert state_of(service, "gear", made) == "locked"


# --- 2, 4 ------------------------------------------------------------------------------------------------------------


def test_the_account_bank_attests_and_anybody_completes_what_is_not_contested(service, locked):
    (told,) = [one for one in service.get("valley", "/v1/sales")["items"] if one["voucher"] == locked]
    assert told == service.get("gear", "/v1/sales", params={"locked": True})["items"][-1]
    service.post("valley", f"/v1/vouchers/{locked}/attest-receipt", WIRED)
    (sale,) = [one for one in service.get("harbour", "/v1/sales")["items"] if one["voucher"] == locked]
    assert sale["attested_by"]["id"] == service.world.id("valley")
    assert service.refused("harbour", f"/v1/vouchers/{locked}/complete-sale", None) == (422, "ContestStillOpen")
    hours_pass(service, 73)
    done = service.post("harbour", f"/v1/vouchers/{locked}/complete-sale", None)
    assert done == {"voucher": locked, "state": "held"}
    assert locked not in [one["voucher"] for one in service.get("valley", "/v1/sales")["items"]]


def test_what_the_seller_contests_is_not_completed_until_it_says_itself_that_its_cash_came(service, locked):
    address = f"/v1/vouchers/{locked}"
    early = service.refused("gear", f"{address}/contest-receipt", {"reason": "nothing came"})
    assert early == (422, "CashNotAttested")
    attested = service.post("valley", f"{address}/attest-receipt", WIRED)
    assert attested == {"voucher": locked, "state": "locked"}
    service.post("gear", f"{address}/contest-receipt", {"reason": "nothing came"})
    hours_pass(service, 73)
    for verb in ("complete-sale", "unlock"):
        assert service.refused("harbour", f"{address}/{verb}", None) == (422, "AttestationInDispute")
    assert service.post("gear", f"{address}/confirm-receipt", None)["state"] == "held"


def test_for_others_a_sale_that_waits_does_not_exist(service, locked):
    for who, rule in (("pump", "NotPermitted"), ("harbour", "NotTheAccountBank")):
        assert service.refused(who, f"/v1/vouchers/{locked}/attest-receipt", WIRED) == (
            403 if who == "pump" else 422,
            rule,
        )
    for who in ("pump", "loom", "yarn"):
        for verb in ("confirm-receipt", "complete-sale", "unlock"):
            assert service.refused(who, f"/v1/vouchers/{locked}/{verb}", None) == (404, "NotFound")
        assert locked not in [one["voucher"] for one in service.get(who, "/v1/sales")["items"]]
    # The account bank sees that there is a sale, and nothing else of the piece.
    assert service.ask("valley", "GET", f"/v1/vouchers/{locked}").status_code == 404
    assert service.refused("valley", f"/v1/vouchers/{locked}/release-lock", None) == (404, "NotFound")
    service.post("harbour", f"/v1/vouchers/{locked}/release-lock", None)
    assert service.refused("valley", f"/v1/vouchers/{locked}/attest-receipt", WIRED) == (404, "NotFound")


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_after_its_deadline_what_nobody_attested_goes_back(service, piece, locked):
    assert service.refused("gear", f"/v1/vouchers/{locked}/unlock", None) == (409, "OfferStillOpen")
    hours_pass(service, 25)
    assert service.post("gear", f"/v1/vouchers/{locked}/unlock", None)["state"] == "expired"
    assert service.get("gear", f"/v1/vouchers/{piece}")["amount"] == {"minor": AMOUNT, "currency": CURRENCY}


def test_a_bank_gives_a_sale_up(service, piece, locked):
    assert service.refused("gear", f"/v1/vouchers/{locked}/release-lock", None) == (403, "NotPermitted")
    assert service.post("harbour", f"/v1/vouchers/{locked}/release-lock", None)["state"] == "rejected"
    assert service.get("gear", f"/v1/vouchers/{piece}")["amount"] == {"minor": AMOUNT, "currency": CURRENCY}


# --- 5, and four eyes ----------------------------------------------------------------------------------------------


def test_every_side_signs_itself_where_it_keeps_its_key(service, piece):
    body = lock_of(service, quoted(service, piece)["id"])
    with own_wallet_of(service, "gear") as account:
        told = service.ask("gear", "POST", f"/v1/vouchers/{piece}/lock", json=body).json()
        asked, told = service.signed("gear", account, told)
    assert (asked, told["state"]) == (["Lock"], "succeeded")
    (made,) = told["result"]["vouchers"]
    assert service.get("gear", f"/v1/vouchers/{piece}/quotes")[0]["taken"]
    with own_wallet_of(service, "valley") as account:
        told = service.ask("valley", "POST", f"/v1/vouchers/{made}/attest-receipt", json=WIRED).json()
        asked, told = service.signed("valley", account, told)
    assert (asked, told["state"]) == (["AttestReceipt"], "succeeded")
    with own_wallet_of(service, "harbour") as account:
        told = service.ask("harbour", "POST", f"/v1/vouchers/{made}/release-lock").json()
        asked, told = service.signed("harbour", account, told)
    assert (asked, told["result"]) == (["ReleaseLock"], {"voucher": made, "state": "rejected"})


def test_two_persons_decide_on_a_sale_off_chain_as_on_any_other(service, piece):
    limit = {"json": {"above": {"minor": AMOUNT - 1, "currency": CURRENCY}}, "headers": {"If-Match": "*"}}
    service.result(service.ask("gear", "PUT", f"/v1/four-eyes/{CURRENCY}", **limit))
    body = lock_of(service, quoted(service, piece)["id"])
    waits = service.ask("gear", "POST", f"/v1/vouchers/{piece}/lock", json=body).json()
    assert waits["state"] == "awaiting_approval"
    assert state_of(service, "gear", piece) == "held"
