"""Loans on goods in store over the API.

1. By being asked a bank sees the receipt and offers; the borrower takes the offer, draws and repays, and the goods are free.
2. While they are pledged, the goods neither leave nor change hands, and secure one loan.
3. Only an asked bank offers; for everybody but the two sides there is neither request, offer nor loan.
4. Nothing beyond limit, value and debt is lent, drawn or repaid, and no offer is taken that has expired.
5. The bank ends draws, says that it was repaid elsewhere, and gives its lien up; either side closes what is not owed.
6. Above the limit of four eyes a second person decides; who keeps its key signs offer, taking, draw and repayment itself.
"""

from __future__ import annotations

import pytest
from little_world import CURRENCY

from chain.commands.deposit import balance
from chain.commands.duties import Duty
from chain.commands.finance import QUOTE_SECONDS
from chain.commands.four_eyes import Limit, limit_of, set_limit
from chain.commands.keys import make_key
from chain.commands.verify import verify
from chain.issuance.node import advance_clock
from tests.api.conftest import own_wallet_of
from tests.api.stored_goods import (
    VALUE_MINOR,
    add_keepers,
    asked_for_loan,
    lent,
    loan_terms,
    money,
    offered_loan,
    receipted,
)

LIMIT = 5_000_00
NONE = "0" * 32


@pytest.fixture(scope="module", autouse=True)
def keeper(service):
    """One that stores goods for Gear."""
    add_keepers(service, store=12)


@pytest.fixture
def receipt(service):
    """Gear's, of a lot of its own."""
    return receipted(service)


@pytest.fixture
def loan(service, receipt):
    """Harbour Bank's to Gear, of which nothing is drawn yet."""
    return lent(service, receipt)


def cash(service, who: str) -> int:
    return balance(service.workspace, service.world.id("harbour"), service.world.id(who), CURRENCY)


def draw(service, loan, minor: int):
    return service.post("gear", f"/v1/loans/{loan['id']}/draw", {"amount": money(minor)})


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_an_asked_bank_lends_on_a_receipt_and_the_goods_are_free_once_it_is_repaid(service, receipt):
    address = f"/v1/receipts/{receipt}"
    assert service.ask("harbour", "GET", address).status_code == 404
    request = asked_for_loan(service, receipt)
    assert (request["state"], request["receipt"], request["offers"]) == ("open", receipt, [])
    assert service.get("harbour", "/v1/loan-requests", params={"state": "open"})["items"][-1] == request
    shown = service.get("harbour", address)
    assert (shown["value"], shown["lot"]["measured"], shown["lien"]) == (money(VALUE_MINOR), 60, None)

    offer = service.post("harbour", f"{address}/loan-offers", loan_terms(service))
    assert (offer["state"], offer["limit"], offer["loan"]) == ("open", money(LIMIT), None)
    assert service.get("gear", f"/v1/loan-offers/{offer['id']}") == offer
    request = service.get("gear", f"/v1/loan-requests/{request['id']}")
    assert (request["state"], request["offers"]) == ("offered", [offer["id"]])

    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    assert (loan["state"], loan["principal"], loan["receipt"]) == ("open", money(0), receipt)
    offer = service.get("harbour", f"/v1/loan-offers/{offer['id']}")
    assert (offer["state"], offer["loan"]) == ("taken", loan["id"])
    lien = {"loan": loan["id"], "bank": loan["bank"]}
    assert service.get("gear", address)["lien"] == lien | {"owed": money(0)}
    assert service.get("store", address)["lien"] == lien | {"owed": None}

    before = cash(service, "gear"), cash(service, "harbour")
    path = f"/v1/loans/{loan['id']}"
    assert draw(service, loan, 3_000_00)["principal"] == money(3_000_00)
    assert (cash(service, "gear"), cash(service, "harbour")) == (before[0] + 3_000_00, before[1] - 3_000_00)
    debt = {"loan": loan["id"], "principal": money(3_000_00), "interest": money(0), "total": money(3_000_00)}
    assert service.get("gear", f"{path}/debt") == service.get("harbour", f"{path}/debt") == debt
    assert service.post("gear", f"{path}/repay", {"amount": money(1_000_00)})["principal"] == money(2_000_00)
    closed = service.post("gear", f"{path}/repay", {"amount": money(2_000_00)})
    assert (closed["state"], closed["principal"]) == ("closed", money(0))
    assert (cash(service, "gear"), cash(service, "harbour")) == before
    freed = service.get("gear", address)
    assert (freed["state"], freed["lien"]) == ("live", None)


def test_both_sides_are_told_of_request_offer_and_loan_and_nobody_else(service, receipt):
    def told(who: str):
        found = service.get(who, "/v1/events", params={"after": before[who], "limit": 500})["items"]
        return [(e["name"], e["kind"], e["subject"]) for e in found if e["kind"].startswith("loan")]

    sides = ("gear", "harbour", "crane", "store")
    before = {who: service.get(who, "/v1/events", params={"limit": 500})["cursor"] for who in sides}
    offer = offered_loan(service, receipt)
    number = str(service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)["id"])
    draw(service, {"id": number}, 1_00)
    service.post("gear", f"/v1/loans/{number}/repay", {"amount": money(1_00)})
    names = ("LoanOpened", "LoanDrawn", "LoanRepaid", "LoanClosed")
    beside = [("LoanRequested", "loan_request", offer["request"]), ("LoanOffered", "loan_offer", offer["id"])]
    wanted = beside + [(name, "loan", number) for name in names]
    assert sorted(told("gear")) == sorted(told("harbour")) == sorted(wanted)
    assert told("crane") == told("store") == []


def test_what_was_lent_stands_in_verification_without_a_difference(service, loan):
    draw(service, loan, 1_000_00)
    report = verify(service.workspace)
    assert [check.name for check in report.checks if check.differences] == []


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_pledged_goods_neither_leave_nor_change_hands_and_secure_one_loan(service, receipt):
    first = offered_loan(service, receipt)
    second = service.post("harbour", f"/v1/receipts/{receipt}/loan-offers", loan_terms(service))
    loan = service.post("gear", f"/v1/loan-offers/{first['id']}/take", None)
    assert service.get("gear", f"/v1/receipts/{receipt}")["state"] == "pledged"
    to_pump = {"owner": service.world.id("pump")}
    assert service.refused("gear", f"/v1/receipts/{receipt}/transfer", to_pump) == (422, "ReceiptIsPledged")
    assert service.refused("store", f"/v1/receipts/{receipt}/withdraw", None) == (422, "ReceiptIsPledged")
    assert service.refused("gear", f"/v1/loan-offers/{second['id']}/take", None) == (422, "ReceiptIsPledged")
    again = {"bank": service.world.id("valley"), "amount": money(1)}
    assert service.refused("gear", f"/v1/receipts/{receipt}/loan-requests", again) == (422, "ReceiptNotFree")
    third = service.refused("harbour", f"/v1/receipts/{receipt}/loan-offers", loan_terms(service))
    assert third == (422, "ReceiptNotFree")
    assert service.post("gear", f"/v1/loan-offers/{first['id']}/take", None)["id"] == loan["id"]
    assert service.post("harbour", f"/v1/loans/{loan['id']}/close", None)["state"] == "closed"
    assert service.post("gear", f"/v1/receipts/{receipt}/transfer", to_pump)["owner"] == to_pump["owner"]


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_a_bank_that_was_not_asked_offers_nothing_and_finds_no_receipt(service, receipt):
    asked_for_loan(service, receipt)
    for number in (receipt, 4_000_000):
        body = loan_terms(service)
        assert service.refused("valley", f"/v1/receipts/{number}/loan-offers", body) == (404, "NotFound")
        assert service.ask("valley", "GET", f"/v1/receipts/{number}").status_code == 404
    assert service.refused("gear", f"/v1/receipts/{receipt}/loan-offers", loan_terms(service)) == (403, "NotPermitted")


def test_another_bank_that_was_asked_sees_the_receipt_no_more_once_it_is_pledged(service, receipt):
    asked_for_loan(service, receipt, bank="valley")
    assert service.get("valley", f"/v1/receipts/{receipt}")["lot"]["measured"] == 60
    lent(service, receipt)
    assert service.ask("valley", "GET", f"/v1/receipts/{receipt}").status_code == 404
    assert service.get("valley", "/v1/loan-requests")["items"][-1]["state"] == "lapsed"
    body = loan_terms(service)
    assert service.refused("valley", f"/v1/receipts/{receipt}/loan-offers", body) == (404, "NotFound")


def test_what_is_declined_or_withdrawn_is_seen_no_more_and_may_be_asked_anew(service, receipt):
    for ending, who, body, state in (
        ("decline", "harbour", {"reason": "no such goods"}, "declined"),
        ("withdraw", "gear", None, "withdrawn"),
    ):
        request = asked_for_loan(service, receipt)
        ended = service.post(who, f"/v1/loan-requests/{request['id']}/{ending}", body)
        assert (ended["state"], ended["reason"]) == (state, body and body["reason"])
        assert service.ask("harbour", "GET", f"/v1/receipts/{receipt}").status_code == 404
        offer = service.refused("harbour", f"/v1/receipts/{receipt}/loan-offers", loan_terms(service))
        assert offer == (404, "NotFound")
        assert service.post(who, f"/v1/loan-requests/{request['id']}/{ending}", body) == ended
    other = service.refused("harbour", f"/v1/loan-requests/{request['id']}/decline", None)
    assert other == (422, "RequestEnded")


def test_for_everybody_else_there_is_neither_request_nor_offer_nor_loan(service, receipt):
    offer = offered_loan(service, receipt)
    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    things = {"loan-requests": offer["request"], "loan-offers": offer["id"], "loans": loan["id"]}
    for kind, name in things.items():
        missing = 4_000_000 if kind == "loans" else NONE
        for who in ("pump", "crane", "valley", "store"):
            answer, none = (service.ask(who, "GET", f"/v1/{kind}/{one}") for one in (name, missing))
            assert (answer.status_code, answer.text.replace(str(name), str(missing))) == (404, none.text)
            assert name not in {one["id"] for one in service.get(who, f"/v1/{kind}")["items"]}
        for who in ("gear", "harbour", "operator", "regulator"):
            assert service.get(who, f"/v1/{kind}/{name}")["id"] == name
    assert service.refused("pump", f"/v1/loan-offers/{offer['id']}/take", None) == (404, "NotFound")
    assert service.ask("pump", "GET", f"/v1/loans/{loan['id']}/debt").status_code == 404
    for who, verb in (("pump", "draw"), ("pump", "repay")):
        body = {"amount": money(1)}
        assert service.refused(who, f"/v1/loans/{loan['id']}/{verb}", body) == (404, "NotFound")
    for verb in ("end-draws", "give-up-lien", "close"):
        assert service.refused("valley", f"/v1/loans/{loan['id']}/{verb}", None) == (404, "NotFound")
    paid = {"amount": money(1), "payment_reference": "FT-1"}
    assert service.refused("valley", f"/v1/loans/{loan['id']}/attest-repayment", paid) == (404, "NotFound")


def test_who_asked_and_who_was_asked_know_one_another(service, receipt):
    asked_for_loan(service, receipt, bank="valley")
    for who, other in (("valley", "gear"), ("gear", "valley")):
        assert service.get(who, f"/v1/enterprises/{service.world.id(other)}")["roles"]


# --- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "bank", "amount", "refusal"),
    [
        ("gear", "harbour", money(VALUE_MINOR + 1), (422, "AmountExceedsValue")),
        ("gear", "harbour", money(1, "USD"), (422, "CurrencyMismatch")),
        ("gear", "pump", money(1), (404, "NotFound")),
        ("store", "harbour", money(1), (422, "ReceiptOfAnother")),
        ("pump", "harbour", money(1), (404, "NotFound")),
        ("harbour", "valley", money(1), (404, "NotFound")),
        ("operator", "harbour", money(1), (403, "NotPermitted")),
    ],
)
def test_only_the_owner_asks_a_bank_for_at_most_what_the_goods_are_worth(
    service, receipt, who, bank, amount, refusal
):  # fmt: skip
    body = {"bank": service.world.id(bank), "amount": amount}
    assert service.refused(who, f"/v1/receipts/{receipt}/loan-requests", body) == refusal


def test_a_bank_is_asked_once_at_a_time(service, receipt):
    asked_for_loan(service, receipt)
    again = {"bank": service.world.id("harbour"), "amount": money(1)}
    assert service.refused("gear", f"/v1/receipts/{receipt}/loan-requests", again) == (422, "LenderAsked")
    assert asked_for_loan(service, receipt, bank="valley")["state"] == "open"


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"limit": money(VALUE_MINOR + 1)}, "AmountExceedsValue"), ({"limit": money(1, "USD")}, "CurrencyMismatch"),
        ({"maturity": "2020-01-01"}, "MaturityNotAhead"), ({"day_count_basis": 364}, "RequestInvalid"),
        ({"annual_rate_micros": -1}, "RequestInvalid"),
    ],
)  # fmt: skip
def test_an_offer_is_for_at_most_what_the_goods_are_worth_and_ends_after_today(service, receipt, more, rule):
    asked_for_loan(service, receipt)
    body = loan_terms(service, **more)
    assert service.refused("harbour", f"/v1/receipts/{receipt}/loan-offers", body) == (422, rule)
    assert service.get("gear", "/v1/loan-requests", params={"state": "open"})["items"][-1]["offers"] == []


def test_nothing_beyond_limit_and_debt_is_drawn_or_repaid(service, loan):
    path = f"/v1/loans/{loan['id']}"
    assert service.refused("gear", f"{path}/draw", {"amount": money(LIMIT + 1)}) == (422, "LoanLimitExceeded")
    assert service.refused("gear", f"{path}/draw", {"amount": money(1, "USD")}) == (422, "CurrencyMismatch")
    draw(service, loan, LIMIT)
    assert service.refused("gear", f"{path}/draw", {"amount": money(1)}) == (422, "LoanLimitExceeded")
    assert service.refused("gear", f"{path}/repay", {"amount": money(LIMIT + 1)}) == (422, "AmountExceedsDebt")
    assert service.refused("gear", f"{path}/close", None) == (422, "StillOwed")
    assert service.get("gear", path)["principal"] == money(LIMIT)


def test_goods_that_are_not_measured_twice_back_no_loan_that_asks_for_it(service, receipt):
    offer = offered_loan(service, receipt, twice_measured=True)
    assert offer["twice_measured"]
    assert service.refused("gear", f"/v1/loan-offers/{offer['id']}/take", None) == (422, "NotTwiceMeasured")


# --- 5 ---------------------------------------------------------------------------------------------------------------


def test_the_bank_ends_draws_and_says_that_it_was_repaid_elsewhere(service, loan):
    path = f"/v1/loans/{loan['id']}"
    draw(service, loan, 2_000_00)
    before = cash(service, "gear")
    assert service.post("harbour", f"{path}/end-draws", None)["limit"] == money(2_000_00)
    assert service.refused("gear", f"{path}/draw", {"amount": money(1)}) == (422, "LoanLimitExceeded")
    paid = {"amount": money(2_000_00), "payment_reference": "FT26331-000174"}
    assert service.refused("gear", f"{path}/attest-repayment", paid) == (403, "NotPermitted")
    assert service.post("harbour", f"{path}/attest-repayment", paid)["state"] == "closed"
    assert cash(service, "gear") == before
    assert service.get("gear", f"/v1/receipts/{loan['receipt']}")["state"] == "live"


def test_a_lien_that_is_given_up_frees_the_goods_and_leaves_the_debt(service, loan):
    path = f"/v1/loans/{loan['id']}"
    draw(service, loan, 1_000_00)
    given_up = service.post("harbour", f"{path}/give-up-lien", None)
    assert (given_up["lien_given_up"], given_up["state"], given_up["principal"]) == (True, "open", money(1_000_00))
    assert service.get("gear", f"/v1/receipts/{loan['receipt']}")["state"] == "live"
    assert service.refused("gear", f"{path}/draw", {"amount": money(1)}) == (422, "NotSecured")
    assert service.post("gear", f"{path}/repay", {"amount": money(1_000_00)})["state"] == "closed"


# --- 6 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def four_eyes(service):
    """Above a thousand two persons of Gear and of Harbour Bank decide, each with an approver of its own."""
    for who, duty in (("gear", Duty.CHECKER), ("harbour", Duty.BANK_OFFICER)):
        _, service.keys[f"{who}'s second"] = make_key(service.workspace, service.world.id(who), "second", [duty])
        limited(service, who, 1_000_00)
    yield
    for who in ("gear", "harbour"):
        limited(service, who, None)


def limited(service, who: str, above: int | None) -> None:
    enterprise = service.world.id(who)
    version = limit_of(service.workspace, enterprise, CURRENCY).version
    set_limit(service.workspace, enterprise, Limit(CURRENCY, above, version + 1))


def approved(service, who: str, told):
    """A command that a second person had to approve, once one has."""
    assert told["state"] == "awaiting_approval", told
    done = service.ask(f"{who}'s second", "POST", f"/v1/operations/{told['id']}/approve").json()
    assert done["state"] == "succeeded", done
    return done


def test_above_the_limit_two_persons_offer_take_draw_and_repay(service, four_eyes, receipt):
    asked_for_loan(service, receipt)

    def done(who: str, path: str, body):
        return approved(service, who, service.ask(who, "POST", path, json=body).json())

    offer = done("harbour", f"/v1/receipts/{receipt}/loan-offers", loan_terms(service))["result"]
    taken = done("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    said = {name: taken["asked"][name] for name in ("bank", "limit", "annual_rate_micros", "maturity")}
    assert said == {"bank": service.world.id("harbour")} | {name: offer[name] for name in list(said)[1:]}
    loan = taken["result"]["id"]
    assert service.post("gear", f"/v1/loans/{loan}/draw", {"amount": money(1_000_00)})["state"] == "open"
    done("gear", f"/v1/loans/{loan}/draw", {"amount": money(1_000_01)})
    done("gear", f"/v1/loans/{loan}/repay", {"amount": money(1_000_01)})
    paid = {"amount": money(1_000_00), "payment_reference": "FT-1"}
    assert service.post("harbour", f"/v1/loans/{loan}/attest-repayment", paid)["state"] == "closed"


def test_who_keeps_its_key_signs_offer_taking_draw_and_repayment_itself(service, receipt):
    request = asked_for_loan(service, receipt)
    with own_wallet_of(service, "harbour") as account:
        body = loan_terms(service)
        told = service.ask("harbour", "POST", f"/v1/receipts/{receipt}/loan-offers", json=body).json()
        asked, told = service.signed("harbour", account, told)
    assert (asked, told["state"]) == (["LoanOffer"], "succeeded")
    offer = told["result"]
    assert offer["request"] == request["id"]
    with own_wallet_of(service, "gear") as account:

        def done(path: str, body, *wanted: str):
            told = service.ask("gear", "POST", path, json=body).json()
            asked, told = service.signed("gear", account, told)
            assert (tuple(asked), told["state"]) == (wanted, "succeeded"), told
            return told["result"]

        loan = done(f"/v1/loan-offers/{offer['id']}/take", None, "Open")
        path = f"/v1/loans/{loan['id']}"
        done(f"{path}/draw", {"amount": money(2_000_00)}, "Draw")
        assert done(f"{path}/repay", {"amount": money(2_000_00)}, "Repay")["state"] == "closed"


def test_an_offer_that_nobody_took_in_time_has_expired(service, receipt):
    offer = offered_loan(service, receipt)
    workspace = service.workspace
    advance_clock(workspace.web3, workspace.now() + QUOTE_SECONDS + 1)
    workspace.indexer.catch_up()
    assert service.refused("gear", f"/v1/loan-offers/{offer['id']}/take", None) == (409, "OfferExpired")
    assert service.get("gear", f"/v1/loan-offers/{offer['id']}")["state"] == "expired"


def test_interest_is_owed_by_the_day_and_paid_first(service, receipt):
    loan = lent(service, receipt, annual_rate_micros=36_000)
    draw(service, loan, 1_000_00)
    workspace = service.workspace
    advance_clock(workspace.web3, workspace.now() + 10 * 86_400)
    workspace.indexer.catch_up()
    path = f"/v1/loans/{loan['id']}"
    debt = service.get("gear", f"{path}/debt")
    assert (debt["interest"], debt["total"]) == (money(1_00), money(1_001_00))
    after = service.post("gear", f"{path}/repay", {"amount": money(50)})
    assert (after["principal"], after["interest_paid"]) == (money(1_000_00), money(50))
    closed = service.post("gear", f"{path}/repay", {"amount": money(1_000_50)})
    assert (closed["state"], closed["interest_paid"]) == ("closed", money(1_00))
