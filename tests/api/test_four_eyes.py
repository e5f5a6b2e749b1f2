"""Four eyes see what they approve, and what they approved is what is done.

1. Who may see an operation reads what was asked for: amounts, recipients, documents, maturity, a new limit.
2. What falls due after a redemption was asked for is not paid by it; nothing is asked for where nothing is due.
3. What is worth more when it is carried out than what was counted waits for a second person (again).
4. A quote for a whole piece is for what the piece was when the bank asked for it.
5. A sum in parts is the same sum: what one person asks for within a day counts together, where the enterprise says so.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chain.commands.keys import make_key
from chain.issuance.node import advance_clock
from tests.api.little_world import CURRENCY


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    for deal in service.world.deals:
        service.send_papers(deal)
    for short in ("crane", "harbour"):
        _, service.keys[f"{short} again"] = make_key(service.workspace, service.world.id(short), "a second person")


def set_limit(service, who: str, above: int | None):
    """The limit, in force after it."""
    body, headers = {"above": None if above is None else money(above)[0]}, {"If-Match": "*"}
    told = service.ask(who, "PUT", f"/v1/four-eyes/{CURRENCY}", json=body, headers=headers).json()
    return told if told["state"] == "succeeded" else approved(service, f"{who} again", told)


def approved(service, who: str, told):
    """The operation after its approval."""
    assert told["state"] == "awaiting_approval"
    return service.ask(who, "POST", f"/v1/operations/{told['id']}/approve").json()


def issued(service, minor: int, days: int) -> str:
    """A piece that gear holds."""
    maturity = (service.workspace.date() + timedelta(days=days)).isoformat()
    line = service.get("crane", "/v1/lines")[0]["id"]
    body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", minor)]}
    (piece,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
    service.post("gear", f"/v1/vouchers/{piece}/accept", None)
    return piece


def passed_on(service, piece: str, minor: int) -> str:
    """A part of gear's piece that is offered to bolt."""
    body = {"payments": [service.payment("gear-bolt", "bolt", minor)]}
    (offered,) = service.post("gear", f"/v1/vouchers/{piece}/transfer", body)["vouchers"]
    return offered


def days_pass(service, days: int) -> None:
    advance_clock(service.workspace.web3, service.workspace.now() + days * 86_400)
    service.workspace.indexer.catch_up()


def money(minor: int):
    return [{"minor": minor, "currency": CURRENCY}]


def test_a_limit_is_in_a_currency_that_there_is(service):
    """Whoever writes RMB for CNY would believe that two people decide."""
    for currency in ("RMB", "ZZZ"):
        body = {"above": {"minor": 1, "currency": currency}}
        answer = service.ask("crane", "PUT", f"/v1/four-eyes/{currency}", json=body, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["rule"]) == (422, "CurrencyUnknown")
    body = {"above": {"minor": 1, "currency": "USD"}}
    answer = service.ask("crane", "PUT", f"/v1/four-eyes/{CURRENCY}", json=body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["rule"]) == (422, "CurrencyMismatch")
    assert service.get("crane", "/v1/four-eyes") == []


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_the_checker_reads_what_it_is_to_approve(service):
    set_limit(service, "crane", 1_00)
    payment = service.payment("crane-gear", "gear", 7_00)
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    line = service.get("crane", "/v1/lines")[0]["id"]
    body = {"line": line, "maturity": maturity, "payments": [payment, payment]}
    waits = service.ask("crane", "POST", "/v1/vouchers", json=body).json()
    read = service.get("crane again", f"/v1/operations/{waits['id']}")
    assert (read["asked"], read["worth"]) == (body, money(14_00))
    listed = service.get("crane again", "/v1/operations", params={"state": "awaiting_approval"})["items"]
    assert [one["asked"] for one in listed] == [body]
    service.ask("crane", "POST", f"/v1/operations/{waits['id']}/decline")
    raised = service.ask(
        "crane", "PUT", f"/v1/four-eyes/{CURRENCY}", json={"above": money(2_00)[0]}, headers={"If-Match": "*"}
    ).json()
    asked = service.get("crane again", f"/v1/operations/{raised['id']}")["asked"]
    assert asked == {"currency": CURRENCY, "above": money(2_00)[0], "above_in_a_day": None, "version": 1}
    service.ask("crane", "POST", f"/v1/operations/{raised['id']}/decline")
    set_limit(service, "crane", None)


def test_the_operation_of_a_sale_says_what_the_quote_says(service):
    piece = issued(service, 10_00, 90)
    quote = service.post("harbour", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-1"})
    sold = service.ask("gear", "POST", f"/v1/vouchers/{piece}/finance", json={"quote": quote["id"]}).json()
    assert sold["state"] == "succeeded"
    asked = {"piece": piece, "quote": quote["id"], "bank": service.world.id("harbour")}
    assert sold["asked"] == asked | {"amount": quote["amount"], "price": quote["price"]}
    assert sold["worth"] == money(10_00)


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_what_falls_due_after_it_was_asked_for_is_not_paid_by_an_approval(service):
    assert service.refused("crane", "/v1/redemptions", {}) == (422, "NothingDue")
    first, second = issued(service, 3_00, 10), issued(service, 4_00, 20)
    days_pass(service, 11)
    set_limit(service, "crane", 1_00)
    waits = service.ask("crane", "POST", "/v1/redemptions", json={}).json()
    obligation = first.rpartition(".")[0]
    assert waits["asked"].pop("after_block") > 0
    assert waits["asked"] == {"vouchers": None, "obligations": [obligation]}
    assert waits["worth"] == money(3_00)
    days_pass(service, 10)
    done = approved(service, "crane again", waits)
    assert done["result"] == {"vouchers": [first], "left": {}}
    assert service.get("gear", f"/v1/vouchers/{second}")["state"] == "held"
    later = service.ask("crane", "POST", "/v1/redemptions", json={}).json()
    assert later["worth"] == money(4_00)
    assert approved(service, "crane again", later)["result"]["vouchers"] == [second]


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_what_has_grown_since_it_was_approved_is_approved_again(service):
    set_limit(service, "crane", None)
    piece = issued(service, 10_00, 20)
    passed_on(service, piece, 9_00)
    set_limit(service, "crane", 50)
    waits = service.ask("crane", "POST", "/v1/redemptions", json={"vouchers": [piece]}).json()
    assert waits["worth"] == money(1_00)
    days_pass(service, 21)
    # The offer that nobody answered goes back to the piece before it is paid.
    grown = approved(service, "crane again", waits)
    assert (grown["state"], grown["worth"], grown["decided_by"]) == ("awaiting_approval", money(10_00), None)
    assert service.get("gear", f"/v1/vouchers/{piece}")["state"] == "held"
    done = approved(service, "crane again", grown)
    assert done["state"] == "succeeded", done["problem"]
    assert done["result"]["vouchers"] == [piece]
    events = service.get("crane", "/v1/events", params={"limit": 500})["items"]
    assert [one["name"] for one in events if one["subject"] == waits["id"]] == [
        "OperationAwaitingApproval", "OperationAccepted", "OperationAwaitingApproval", "OperationSucceeded",
    ]  # fmt: skip


def test_what_comes_back_to_a_piece_before_it_is_paid_is_counted_with_it(service):
    set_limit(service, "crane", None)
    piece = issued(service, 10_00, 20)
    passed_on(service, piece, 9_00)
    days_pass(service, 21)
    set_limit(service, "crane", 5_00)
    waits = service.ask("crane", "POST", "/v1/redemptions", json={"vouchers": [piece]}).json()
    assert (waits["state"], waits["worth"]) == ("awaiting_approval", money(10_00))
    assert approved(service, "crane again", waits)["result"]["vouchers"] == [piece]
    set_limit(service, "crane", None)


# --- 4 ---------------------------------------------------------------------------------------------------------------


def test_a_quote_for_a_whole_piece_is_for_what_the_piece_was_when_it_was_asked_for(service):
    piece = issued(service, 10_00, 90)
    offered = passed_on(service, piece, 9_00)
    set_limit(service, "harbour", 50)
    body = {"registration_number": "R-2"}
    waits = service.ask("harbour", "POST", f"/v1/vouchers/{piece}/quotes", json=body).json()
    assert waits["asked"]["amount"] == money(1_00)[0]
    service.post("bolt", f"/v1/vouchers/{offered}/reject", {})
    assert service.get("gear", f"/v1/vouchers/{piece}")["amount"]["minor"] == 10_00
    done = approved(service, "harbour again", waits)
    assert done["result"]["amount"] == money(1_00)[0]


# --- 5 ---------------------------------------------------------------------------------------------------------------


def test_what_one_person_asks_for_within_a_day_counts_together(service):
    """Also where it asks for all at once; what was refused, or a second person decided about, does not count."""
    _, service.keys["crane a third"] = make_key(service.workspace, service.world.id("crane"), "a third person")
    limit = {"above": None, "above_in_a_day": money(1_000_00)[0]}
    set_to = {"json": limit, "headers": {"If-Match": "*"}}
    told = service.result(service.ask("crane a third", "PUT", f"/v1/four-eyes/{CURRENCY}", **set_to))
    assert told["above_in_a_day"] == limit["above_in_a_day"]
    assert service.get("crane", f"/v1/four-eyes/{CURRENCY}") == told

    def issue(who: str, minor: int, **more):
        maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
        line = service.get("crane", "/v1/lines")[0]["id"]
        body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", minor)]} | more
        return service.ask(who, "POST", "/v1/vouchers", json=body).json()

    assert issue("crane a third", 900_00, maturity="2148-01-01")["state"] == "refused"
    with ThreadPoolExecutor(4) as pool:
        states = [one["state"] for one in pool.map(lambda _: issue("crane a third", 400_00), range(4))]
    assert sorted(states) == ["awaiting_approval"] * 2 + ["succeeded"] * 2
    (waits, _) = service.get("crane", "/v1/operations", params={"state": "awaiting_approval"})["items"]
    assert approved(service, "crane again", waits)["state"] == "succeeded"
    assert issue("crane a third", 200_00)["state"] == "succeeded"
    assert issue("crane a third", 1)["state"] == "awaiting_approval"
    assert issue("crane again", 400_00)["state"] == "succeeded"  # another person
    lifts = {"json": {"above": None}, "headers": {"If-Match": "*"}}
    assert (
        service.ask("crane a third", "PUT", f"/v1/four-eyes/{CURRENCY}", **lifts).json()["state"] == "awaiting_approval"
    )
