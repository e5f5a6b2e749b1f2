"""What was due and is not paid on chain, over the API.

1. Who is to be paid says that it was, all or a part; a court says so of what it holds.
2. The holder's account bank says so in its place; what the holder contests in time is not completed.
3. What is overdue its holder may write off; the issuer stays stopped until it makes that good.
4. The account bank sees, from the maturity on, that a piece is its customer's; for others there is none.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.commands.due import mark_overdue
from chain.issuance.node import advance_clock
from tests.api.conftest import own_wallet_of

WIRED = {"payment_reference": "FT26331-000174"}
REASON = {"reason": "the issuer is bankrupt"}
AMOUNT = 1_000_00


def days_pass(service, days: int) -> None:
    advance_clock(service.workspace.web3, service.workspace.now() + days * 86_400)
    service.workspace.indexer.catch_up()


@pytest.fixture(scope="module", autouse=True)
def gear_has_an_account_bank(service):
    """Valley Bank, which is not related to who pays Gear."""
    service.send_papers("crane-gear")
    service.send_papers("loom-yarn")
    workspace, gear = service.workspace, service.world.id("gear")
    bank, address = workspace.party(service.world.id("valley")), workspace.keyring.addresses()[gear]
    call = workspace.contracts.call("Participants", "proposeAccount", address, bank, 0, b"")
    workspace.send("gear announces its account bank", gear, call)
    days_pass(service, 4)
    call = workspace.contracts.call("Participants", "applyAccountChange", workspace.party(gear))
    workspace.send("gear has an account bank", gear, call)


def issued(service, days: int = 5, minor: int = AMOUNT, payer: str = "crane", to: str = "gear") -> str:
    body = {
        "line": service.get(payer, "/v1/lines")[0]["id"],
        "maturity": (service.workspace.date() + timedelta(days=days)).isoformat(),
        "payments": [service.payment(f"{payer}-{to}", to, minor)],
    }
    (made,) = service.post(payer, "/v1/vouchers", body)["vouchers"]
    service.post(to, f"/v1/vouchers/{made}/accept", None)
    return made


@pytest.fixture
def due(service):
    """A piece that Gear holds, on the day of its maturity."""
    piece = issued(service)
    days_pass(service, 5)
    yield piece
    if service.get("gear", f"/v1/vouchers/{piece}")["state"] == "held":  # else the next one could not be issued
        service.post("gear", f"/v1/vouchers/{piece}/confirm-payment", WIRED)


def money(minor: int):
    return {"minor": minor, "currency": CURRENCY}


def state_of(service, piece: str, who: str = "gear") -> str:
    return service.get(who, f"/v1/vouchers/{piece}")["state"]


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_a_holder_says_that_a_part_was_paid_and_then_the_rest(service, due):
    address = f"/v1/vouchers/{due}/confirm-payment"
    (part,) = service.post("gear", address, WIRED | {"amount": money(400_00)})["vouchers"]
    assert (part != due, state_of(service, part)) == (True, "redeemed")
    assert service.get("gear", f"/v1/vouchers/{due}")["amount"] == money(600_00)
    assert service.post("gear", address, WIRED) == {"vouchers": [due]}
    assert state_of(service, due) == "redeemed"


def test_nobody_says_it_for_the_holder_and_nobody_before_the_maturity(service, due):
    early = issued(service)
    assert service.refused("gear", f"/v1/vouchers/{early}/confirm-payment", WIRED) == (422, "NotMature")
    for who, refusal in (("crane", (422, "NotThePayee")), ("pump", (404, "NotFound")), ("yarn", (404, "NotFound"))):
        assert service.refused(who, f"/v1/vouchers/{due}/confirm-payment", WIRED) == refusal
    dollars = WIRED | {"amount": {"minor": 1_00, "currency": "USD"}}
    assert service.refused("gear", f"/v1/vouchers/{due}/confirm-payment", dollars) == (422, "CurrencyMismatch")
    days_pass(service, 5)
    service.post("gear", f"/v1/vouchers/{early}/confirm-payment", WIRED)


def test_of_what_a_court_holds_the_court_says_that_it_was_paid(service, due):
    service.post("regulator", f"/v1/vouchers/{due}/hold-by-court", {"order": "(2026) 02-118"})
    assert service.refused("gear", f"/v1/vouchers/{due}/confirm-payment", WIRED) == (422, "NotThePayee")
    assert service.post("regulator", f"/v1/vouchers/{due}/confirm-payment", WIRED) == {"vouchers": [due]}
    assert state_of(service, due) == "redeemed"


def test_who_keeps_its_key_signs_that_it_was_paid(service, due):
    with own_wallet_of(service, "gear") as account:
        told = service.ask("gear", "POST", f"/v1/vouchers/{due}/confirm-payment", json=WIRED).json()
        asked, told = service.signed("gear", account, told)
    assert (asked, told["result"]) == (["ConfirmPayment"], {"vouchers": [due]})


# --- 2, 4 ------------------------------------------------------------------------------------------------------------


def test_the_account_bank_attests_and_anybody_completes_what_is_not_contested(service, due):
    address, body = f"/v1/vouchers/{due}", WIRED | {"amount": money(AMOUNT)}
    assert service.post("valley", f"{address}/attest-payment", body) == {"voucher": due, "state": "held"}
    assert service.refused("crane", f"{address}/complete-payment", None) == (422, "ContestStillOpen")
    days_pass(service, 4)
    assert service.post("crane", f"{address}/complete-payment", None) == {"vouchers": [due]}
    assert state_of(service, due) == "redeemed"


def test_what_the_holder_contests_is_not_completed(service, due):
    address, body = f"/v1/vouchers/{due}", WIRED | {"amount": money(AMOUNT)}
    assert service.refused("gear", f"{address}/contest-payment", REASON) == (422, "PaymentNotAttested")
    service.post("valley", f"{address}/attest-payment", body)
    assert service.post("gear", f"{address}/contest-payment", REASON)["state"] == "held"
    days_pass(service, 4)
    assert service.refused("crane", f"{address}/complete-payment", None) == (422, "PaymentInDispute")
    assert service.refused("valley", f"{address}/attest-payment", body) == (422, "PaymentInDispute")


def test_before_the_maturity_the_account_bank_does_not_know_the_piece(service):
    piece, body = issued(service), WIRED | {"amount": money(AMOUNT)}
    assert service.refused("valley", f"/v1/vouchers/{piece}/attest-payment", body) == (404, "NotFound")
    days_pass(service, 5)
    assert service.refused("harbour", f"/v1/vouchers/{piece}/attest-payment", body)[1] == "NotTheAccountBank"
    assert service.refused("crane", f"/v1/vouchers/{piece}/attest-payment", body) == (403, "NotPermitted")
    for verb in ("confirm-payment", "complete-payment", "contest-payment"):
        asked = {"confirm-payment": WIRED, "contest-payment": REASON}.get(verb)
        assert service.refused("valley", f"/v1/vouchers/{piece}/{verb}", asked) == (404, "NotFound")
    service.post("valley", f"/v1/vouchers/{piece}/attest-payment", body)
    service.post("gear", f"/v1/vouchers/{piece}/confirm-payment", WIRED)


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_what_is_written_off_stops_its_issuer_until_it_is_made_good(service):
    paid, told = issued(service, minor=3_00), issued(service, minor=5_00)
    address = f"/v1/vouchers/{paid}"
    days_pass(service, 5)
    assert service.refused("gear", f"{address}/write-off", REASON) == (422, "NotOverdue")
    days_pass(service, 10)
    mark_overdue(service.workspace)
    assert service.refused("crane", f"{address}/write-off", REASON) == (403, "NotTheOwner")
    assert service.refused("yarn", f"{address}/write-off", REASON) == (404, "NotFound")
    for piece in (paid, told):
        assert service.post("gear", f"/v1/vouchers/{piece}/write-off", REASON)["state"] == "written_off"
    assert service.get("harbour", "/v1/lines")[0]["used"] == money(8_00)
    assert service.get("crane", "/v1/overdue", params={"cured": False})["items"] != []
    assert service.refused("gear", f"{address}/make-good", None)[0] == 403
    assert service.post("crane", f"{address}/make-good", None) == {"voucher": paid, "state": "redeemed"}
    assert service.get("crane", "/v1/overdue", params={"cured": False})["items"] != []
    made_good = service.post("gear", f"/v1/vouchers/{told}/confirm-made-good", WIRED)
    assert made_good == {"voucher": told, "state": "redeemed"}
    assert service.get("crane", "/v1/overdue", params={"cured": False})["items"] == []
    assert service.get("harbour", "/v1/lines")[0]["used"] == money(0)
    assert state_of(service, issued(service)) == "held"
