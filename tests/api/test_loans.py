"""Loans on goods in store over the API.

1. The owner of a receipt asks a bank, which sees the receipt by that and offers a loan; the owner takes it, draws and repays.
2. While a loan is on them the goods are not passed on, let go or pledged again; once it is repaid they are free.
3. Nobody draws more than the limit or the goods' value, takes what was offered to another, or twice, or what is over.
4. A loan and its offers are its two sides'; for everybody else there are none.
5. Two persons decide where it is worth so much; bank and borrower that keep their keys sign themselves.
6. What the ledger holds of all this verification finds as it was told.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY
from sqlalchemy import select

from api.command import Case
from api.kinds.loans import ASK_FOR_LOAN, OFFER_LOAN
from chain.commands.callers import Callers
from chain.commands.duties import Duty
from chain.commands.keys import make_key
from chain.commands.loans import repay
from chain.commands.seen.current import CurrentTrade
from chain.commands.verify import verify
from chain.issuance.node import advance_clock
from chain.store.tables import commands
from tests.api.conftest import own_wallet_of
from tests.api.stored_goods import enrol_keepers, measured, new_lot, sent

VALUE_MINOR = 8_800_00
NONE = "0" * 32


def money(minor: int, currency: str = CURRENCY):
    return {"minor": minor, "currency": currency}


@pytest.fixture(scope="module", autouse=True)
def keeper_and_money(service):
    """A keeper for Gear's goods; Gear has some money of its own with the bank, for interest."""
    service.send_papers("crane-gear")
    enrol_keepers(service, "store")
    line = service.get("crane", "/v1/lines")[0]["id"]
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", 1_00)]}
    service.post("crane", "/v1/vouchers", body)
    service.post("harbour", "/v1/deposits", {"enterprise": service.world.id("gear"), "amount": money(1_000_00)})


@pytest.fixture
def receipt(service):
    """Number of Gear's receipt for 60 of 100."""
    lot = new_lot()
    assert measured(service, lot)["state"] == "succeeded"
    return service.post("store", "/v1/receipts", {"document": sent(service, lot)})["id"]


def asked(service, receipt: int, bank: str = "harbour"):
    body = {"bank": service.world.id(bank), "amount": money(5_000_00)}
    return service.post("gear", f"/v1/receipts/{receipt}/financing-requests", body)


def terms(service, minor: int = 5_000_00, days: int = 60, **more):
    return {
        "limit": money(minor), "annual_rate_basis_points": 600, "registration_number": "R-1",
        "maturity": (service.workspace.date() + timedelta(days=days)).isoformat(),
    } | more  # fmt: skip


def offered(service, receipt: int, bank: str = "harbour", **more):
    return service.post(bank, f"/v1/receipts/{receipt}/loan-offers", terms(service, **more))


@pytest.fixture
def loan(service, receipt):
    """One of 5,000 on Gear's receipt, of which nothing is drawn."""
    asked(service, receipt)
    return service.post("gear", f"/v1/loan-offers/{offered(service, receipt)['id']}/take", None)


def days_pass(service, days: int) -> None:
    advance_clock(service.workspace.web3, service.workspace.now() + days * 86_400)
    service.workspace.indexer.catch_up()


# --- 1, 2 ------------------------------------------------------------------------------------------------------------


def test_the_owner_asks_takes_draws_and_repays_and_the_goods_are_free(service, receipt):
    address = f"/v1/receipts/{receipt}"
    assert service.refused("harbour", f"{address}/loan-offers", terms(service)) == (404, "NotFound")
    request = asked(service, receipt)
    assert (request["state"], request["receipt"], request["voucher"]) == ("open", receipt, None)
    shown = service.get("harbour", address)
    assert (shown["lot"]["measured"], shown["value"]) == (100, money(VALUE_MINOR))
    offer = offered(service, receipt)
    assert (offer["state"], offer["limit"], offer["annual_rate_micros"]) == ("open", money(5_000_00), 60_000)
    request = service.get("gear", f"/v1/financing-requests/{request['id']}")
    assert (request["state"], request["loan_offers"]) == ("quoted", [offer["id"]])
    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    assert (loan["state"], loan["principal"]["minor"], loan["receipt"]) == ("open", 0, receipt)
    taken = service.get("harbour", f"/v1/loan-offers/{offer['id']}")
    assert (taken["state"], taken["loan"]) == ("taken", loan["id"])
    assert service.get("gear", address)["lien"]["loan"] == loan["id"]
    pump = {"owner": service.world.id("pump")}
    for who, verb, body in (("gear", "transfer", pump), ("store", "withdraw", None)):
        assert service.refused(who, f"{address}/{verb}", body) == (422, "ReceiptIsPledged")
    again = {"bank": service.world.id("valley"), "amount": money(1_00)}
    assert service.refused("gear", f"{address}/financing-requests", again) == (422, "ReceiptNotFree")
    drawn = service.post("gear", f"/v1/loans/{loan['id']}/draw", {"amount": money(3_000_00)})
    assert drawn["principal"] == money(3_000_00)
    days_pass(service, 30)
    debt = {"principal": money(3_000_00), "interest": money(15_00), "total": money(3_015_00)}
    for who in ("gear", "harbour"):
        assert service.get(who, f"/v1/loans/{loan['id']}/debt") == {"loan": loan["id"]} | debt
    part = service.post("gear", f"/v1/loans/{loan['id']}/repay", {"amount": money(1_015_00)})
    assert (part["principal"], part["interest_paid"]) == (money(2_000_00), money(15_00))  # 3,000 × 6 % × 30 / 360
    repaid = service.post("gear", f"/v1/loans/{loan['id']}/repay", None)
    assert (repaid["state"], repaid["principal"]["minor"]) == ("closed", 0)
    assert service.get("gear", address)["lien"] is None
    assert service.ask("harbour", "GET", address).status_code == 404
    assert asked(service, receipt)["id"] != request["id"]
    service.post("gear", f"{address}/transfer", pump)
    assert service.ask("harbour", "GET", address).status_code == 404


@pytest.mark.parametrize("who", ["gear", "harbour"])
def test_a_loan_of_which_nothing_is_owed_is_closed_by_either_side(service, loan, who):
    address = f"/v1/loans/{loan['id']}"
    service.post("gear", f"{address}/draw", {"amount": money(1_00)})
    assert service.refused(who, f"{address}/close", None) == (422, "StillOwed")
    service.post("harbour", f"{address}/attest-repayment", {"amount": money(1_00), "payment_reference": "FT-2"})
    assert service.get(who, address)["state"] == "closed"
    assert service.refused(who, f"{address}/close", None) == (422, "LoanNotLive")


def test_a_loan_that_was_never_drawn_is_closed(service, loan):
    _, service.keys["officer"] = make_key(
        service.workspace, service.world.id("harbour"), "officer", [Duty.BANK_OFFICER]
    )
    assert service.post("officer", f"/v1/loans/{loan['id']}/close", None)["state"] == "closed"
    assert service.get("gear", f"/v1/receipts/{loan['receipt']}")["lien"] is None


def test_the_bank_says_that_it_was_repaid_ends_draws_and_gives_its_lien_up(service, loan):
    address = f"/v1/loans/{loan['id']}"
    service.post("gear", f"{address}/draw", {"amount": money(2_000_00)})
    assert service.post("harbour", f"{address}/end-draws", None)["limit"]["minor"] == 2_000_00
    assert service.refused("gear", f"{address}/draw", {"amount": money(1_00)}) == (422, "LoanLimitExceeded")
    paid = {"amount": money(500_00), "payment_reference": "FT-1"}
    assert service.post("harbour", f"{address}/attest-repayment", paid)["principal"]["minor"] == 1_500_00
    assert service.post("harbour", f"{address}/give-up-lien", None)["lien_given_up"]
    assert service.get("gear", f"/v1/receipts/{loan['receipt']}")["state"] == "live"
    assert service.refused("harbour", f"{address}/mark-default", None) == (422, "LoanNotMatured")
    days_pass(service, 62)
    assert service.post("harbour", f"{address}/mark-default", None)["state"] == "defaulted"


def test_a_repayment_of_all_that_is_carried_out_once_more_pays_nothing_twice(service, loan):
    """As after a worker that died before it had written down what came of it."""
    service.post("gear", f"/v1/loans/{loan['id']}/draw", {"amount": money(100_00)})
    for _ in range(2):
        repay(service.workspace, "the same command", service.world.id("gear"), loan["id"], None)
        assert service.get("gear", f"/v1/loans/{loan['id']}")["state"] == "closed"


def test_what_was_offered_and_asked_for_is_not_refused_after_its_worker_died(service, receipt):
    """Carried out once more, after the goods were pledged by it."""
    request = asked(service, receipt)
    offer = offered(service, receipt)
    service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    current = CurrentTrade(service.workspace)
    for who, kind, made in (("gear", ASK_FOR_LOAN, request), ("harbour", OFFER_LOAN, offer)):
        with service.workspace.store.read() as connection:
            rows = connection.execute(select(commands).where(commands.c.kind == kind.name)).all()
        row = next(row for row in rows if row.result and row.result["id"] == made["id"])
        viewer = Callers(service.workspace).of_key(service.keys[who])
        case = Case(service.workspace, current, viewer, f"api:{row.id}")
        again = kind.asked.model_validate(row.asked)
        kind.check(case, again)
        assert kind.do(case, again)["id"] == made["id"]


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_nobody_draws_more_than_the_limit_or_than_the_goods_are_worth(service, receipt):
    asked(service, receipt)
    offer = offered(service, receipt, minor=VALUE_MINOR + 100_00)
    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)["id"]
    address = f"/v1/loans/{loan}/draw"
    assert service.refused("gear", address, {"amount": money(VALUE_MINOR + 101_00)}) == (422, "LoanLimitExceeded")
    assert service.refused("gear", address, {"amount": money(VALUE_MINOR + 1)}) == (422, "EvidenceExhausted")
    assert service.refused("gear", address, {"amount": money(1, "USD")}) == (422, "CurrencyMismatch")
    assert service.post("gear", address, {"amount": money(VALUE_MINOR)})["principal"]["minor"] == VALUE_MINOR


def test_an_offer_is_taken_once_in_time_and_by_whom_it_was_made_to(service, receipt):
    asked(service, receipt)
    first, second = offered(service, receipt)["id"], offered(service, receipt, minor=4_000_00)["id"]
    for who, refusal in (("pump", (404, "NotFound")), ("harbour", (403, "NotPermitted"))):
        assert service.refused(who, f"/v1/loan-offers/{first}/take", None) == refusal
    service.post("gear", f"/v1/loan-offers/{first}/take", None)
    assert service.refused("gear", f"/v1/loan-offers/{first}/take", None) == (422, "OfferAlreadyTaken")
    assert service.refused("gear", f"/v1/loan-offers/{second}/take", None)[0] == 422
    days_pass(service, 2)
    assert service.get("gear", f"/v1/loan-offers/{second}")["state"] == "expired"
    assert service.refused("gear", f"/v1/loan-offers/{second}/take", None) == (409, "OfferExpired")


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"limit": money(1, "USD")}, "CurrencyMismatch"),
        ({"limit": money(0)}, "RequestInvalid"),
        ({"registration_number": ""}, "RequestInvalid"),
        ({"maturity": "2020-01-01"}, "MaturityNotAhead"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(service, receipt, more, rule):
    asked(service, receipt)
    refused = service.refused("harbour", f"/v1/receipts/{receipt}/loan-offers", terms(service) | more)
    assert refused == (422, rule)


# --- 4 ---------------------------------------------------------------------------------------------------------------


def test_a_loan_its_offer_and_the_receipt_are_its_sides(service, loan):
    (offer,) = [one for one in service.get("gear", "/v1/loan-offers")["items"] if one["loan"] == loan["id"]]
    for who in ("valley", "crane", "pump", "yarn"):
        for address in (f"/v1/loans/{loan['id']}", f"/v1/loan-offers/{offer['id']}", f"/v1/receipts/{loan['receipt']}"):
            assert service.ask(who, "GET", address).status_code == 404
        assert service.get(who, "/v1/loan-offers")["items"] == []
        body = {"amount": money(1)}
        for verb in ("draw", "repay"):
            assert service.refused(who, f"/v1/loans/{loan['id']}/{verb}", body)[0] in (403, 404)
    body = {"bank": service.world.id("harbour"), "amount": money(1_00)}
    for number in (loan["receipt"], 4_000_000):
        assert service.refused("pump", f"/v1/receipts/{number}/financing-requests", body) == (404, "NotFound")
    for who in ("gear", "harbour", "operator", "regulator"):
        assert service.get(who, f"/v1/loan-offers/{offer['id']}") == offer


def test_whose_request_is_declined_sees_the_receipt_no_more(service, receipt):
    request = asked(service, receipt, "valley")
    assert service.get("valley", f"/v1/receipts/{receipt}")["quantity"] == 60
    service.post("valley", f"/v1/financing-requests/{request['id']}/decline", {"reason": "no goods of that kind"})
    assert service.ask("valley", "GET", f"/v1/receipts/{receipt}").status_code == 404


def test_both_sides_are_told_what_becomes_of_a_loan(service, receipt):
    before = {
        who: service.get(who, "/v1/events", params={"limit": 500})["cursor"] for who in ("gear", "harbour", "valley")
    }
    asked(service, receipt)
    offer = offered(service, receipt)
    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)["id"]
    for who, is_side in (("gear", True), ("harbour", True), ("valley", False)):
        told = service.get(who, "/v1/events", params={"after": before[who], "limit": 500})["items"]
        own = [(one["name"], one["subject"]) for one in told if one["kind"] in ("loan", "loan_offer")]
        assert sorted(own) == ([("LoanOffered", offer["id"]), ("LoanOpened", str(loan))] if is_side else [])


# --- 5, 6 ------------------------------------------------------------------------------------------------------------


def test_bank_and_borrower_that_keep_their_keys_sign_offer_pledge_and_draw(service, receipt):
    asked(service, receipt)
    with own_wallet_of(service, "harbour") as account:
        told = service.ask("harbour", "POST", f"/v1/receipts/{receipt}/loan-offers", json=terms(service)).json()
        signed, told = service.signed("harbour", account, told)
    assert (signed, told["state"]) == (["LoanOffer"], "succeeded")
    with own_wallet_of(service, "gear") as account:
        offer = told["result"]["id"]
        told = service.ask("gear", "POST", f"/v1/loan-offers/{offer}/take").json()
        signed, told = service.signed("gear", account, told)
        assert (signed, told["state"]) == (["Open"], "succeeded")
        loan = told["result"]["id"]
        told = service.ask("gear", "POST", f"/v1/loans/{loan}/draw", json={"amount": money(1_00)}).json()
        signed, told = service.signed("gear", account, told)
    assert (signed, told["result"]["principal"]) == (["Draw"], money(1_00))


def test_two_persons_decide_about_what_is_worth_so_much(service, receipt):
    asked(service, receipt)
    offer = offered(service, receipt)["id"]
    _, service.keys["gear again"] = make_key(service.workspace, service.world.id("gear"), "a second person")
    limit = {"json": {"above": money(4_000_00)}, "headers": {"If-Match": "*"}}
    service.result(service.ask("gear", "PUT", f"/v1/four-eyes/{CURRENCY}", **limit))
    told = service.ask("gear", "POST", f"/v1/loan-offers/{offer}/take").json()
    assert (told["state"], told["worth"]) == ("awaiting_approval", [money(5_000_00)])
    said = service.get("gear", f"/v1/loan-offers/{offer}")
    assert told["asked"] == {
        "offer": offer, "bank": service.world.id("harbour"), "limit": said["limit"],
        "annual_rate_micros": said["annual_rate_micros"], "maturity": said["maturity"],
    }  # fmt: skip
    told = service.ask("gear again", "POST", f"/v1/operations/{told['id']}/approve").json()
    loan = told["result"]["id"]
    told = service.ask("gear", "POST", f"/v1/loans/{loan}/draw", json={"amount": money(4_000_00)}).json()
    assert told["state"] == "succeeded"
    days_pass(service, 10)
    told = service.ask("gear", "POST", f"/v1/loans/{loan}/repay").json()
    assert (told["state"], told["worth"]) == (
        "awaiting_approval",
        [money(4_006_67)],
    )  # 4,000 × 6 % × 10 / 360, rounded up


def test_what_the_ledger_holds_of_loans_is_as_it_was_told(service):
    report = verify(service.workspace)
    assert [check.name for check in report.checks if check.differences] == []
