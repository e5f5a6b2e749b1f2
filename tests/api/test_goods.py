"""Goods in store over the API.

1. A keeper measures a lot, and signs receipts for it by its own papers, never for more than it measured.
2. Only a paper of the keeper's own that is sound, for one lot in whole units and with a value, becomes a receipt.
3. The owner passes a receipt on, the keeper lets the goods go; for strangers there is none.
4. What is confirmed is what the papers say: verification finds no difference.
5. A keeper that keeps its key signs confirmation and receipt itself.
"""

from __future__ import annotations

import pytest

from chain.commands.verify import verify
from tests.api.conftest import own_wallet_of
from tests.api.stored_goods import enrol_keepers, measured, new_lot, party, sent


@pytest.fixture(scope="module", autouse=True)
def two_keepers(service):
    """One that stores goods for Gear, and one that has nothing to do with it."""
    service.send_papers("crane-gear")
    enrol_keepers(service, "store", "depot")


@pytest.fixture
def lot():
    """A lot of its own for each test."""
    return new_lot()


@pytest.fixture
def receipt(service, lot):
    """Gear's, for 60 of 100."""
    assert measured(service, lot)["result"]["measured"] == 100
    return service.post("store", "/v1/receipts", {"document": sent(service, lot)})


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_a_keeper_signs_for_what_it_measured_and_never_for_more(service, lot, receipt):
    assert (receipt["state"], receipt["quantity"]) == ("live", 60)
    assert (receipt["owner"]["id"], receipt["lot"]["keeper"]["id"]) == (
        service.world.id("gear"),
        service.world.id("store"),
    )
    assert service.get("gear", f"/v1/receipts/{receipt['id']}")["quantity"] == 60
    more = {"document": sent(service, lot, "41")}
    assert service.refused("store", "/v1/receipts", more) == (422, "StockExceeded")
    assert measured(service, lot, 101)["result"]["measured"] == 101
    assert service.post("store", "/v1/receipts", more)["quantity"] == 41
    measured(service, lot, 200)
    assert service.refused("store", "/v1/receipts", more) == (422, "DocumentTaken")


def test_nobody_but_a_keeper_measures(service, lot):
    told = measured(service, lot, who="gear")
    assert (told["state"], told["problem"]["status"], told["problem"]["rule"]) == ("refused", 403, "RoleMissing")
    body = {"lot": lot, "depositor": "USCC:91350100M000100Y43", "quantity": 1}
    assert service.refused("store", "/v1/lots", body) == (404, "NotFound")


def test_two_keepers_lots_of_one_name_are_two(service, lot):
    one, other = measured(service, lot)["result"], measured(service, lot, who="depot")["result"]
    assert one["lot"] != other["lot"]


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_only_a_sound_paper_of_the_keepers_own_becomes_a_receipt(service, lot):
    measured(service, lot)
    two = [{"lot": one, "quantity": "1", "unit": "C62"} for one in (lot, f"{lot}-2")]
    pledge = {"creditor": party(service, "harbour"), "since": "2026-01-05"}
    for more, rule in (
        ({"quantity": "1.5"}, "QuantityNotWhole"), ({"lots": two}, "ReceiptOfSeveralLots"), ({"value": None}, "ValueMissing"),
        ({"pledge": pledge}, "GoodsPledged"), ({"storage_until": "2025-01-01"}, "ReceiptUnusable"),
    ):  # fmt: skip
        assert service.refused("store", "/v1/receipts", {"document": sent(service, lot, **more)}) == (422, rule)
    paper = {"document": sent(service, lot)}
    assert service.refused("gear", "/v1/receipts", paper) == (422, "NotYourReceipt")  # which it names as owner
    for who in ("depot", "crane", "yarn"):
        assert service.refused(who, "/v1/receipts", paper) == (404, "NotFound")
    assert (
        service.refused("gear", "/v1/receipts", {"document": service.world.deals["crane-gear"].key})[1]
        == "NotYourReceipt"
    )
    assert service.refused("store", "/v1/receipts", {"document": sent(service, f"{lot}-9")}) == (422, "LotUnknown")


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_the_owner_passes_a_receipt_on_and_the_keeper_lets_the_goods_go(service, receipt):
    address, pump = f"/v1/receipts/{receipt['id']}", {"owner": service.world.id("pump")}
    assert service.refused("store", f"{address}/transfer", pump) == (403, "NotTheOwner")
    assert service.post("gear", f"{address}/transfer", pump) == {"receipt": receipt["id"], "owner": pump["owner"]}
    assert service.ask("gear", "GET", address).status_code == 404
    assert service.refused("gear", f"{address}/transfer", pump) == (404, "NotFound")
    assert service.refused("pump", f"{address}/withdraw", None)[0] == 403
    assert service.post("store", f"{address}/withdraw", None)["state"] == "withdrawn"
    assert service.refused("pump", f"{address}/transfer", pump) == (422, "ReceiptNotLive")


def test_for_strangers_there_is_no_receipt(service, receipt):
    for number in (receipt["id"], 4_000_000):
        for who in ("depot", "crane", "harbour", "yarn"):
            body = {"owner": service.world.id(who)}
            assert service.refused(who, f"/v1/receipts/{number}/transfer", body)[0] in (403, 404)
        assert service.refused("depot", f"/v1/receipts/{number}/withdraw", None) == (404, "NotFound")
    assert service.get("gear", f"/v1/receipts/{receipt['id']}")["state"] == "live"


# --- 4, 5 ------------------------------------------------------------------------------------------------------------


def test_a_keeper_that_keeps_its_key_signs_confirmation_and_receipt(service, lot):
    measured(service, lot)
    paper = {"document": sent(service, lot)}
    with own_wallet_of(service, "store") as account:
        told = service.ask("store", "POST", "/v1/receipts", json=paper).json()
        asked, told = service.signed("store", account, told)
    assert (asked, told["state"]) == (["Confirmation", "IssueReceipt"], "succeeded")


def test_what_keepers_confirmed_is_what_their_papers_say(service, lot):
    """Also where the goods are held for somebody else than their owner."""
    measured(service, lot)
    service.post("store", "/v1/receipts", {"document": sent(service, lot, consignee=party(service, "pump"))})
    report = verify(service.workspace)
    assert [check.name for check in report.checks if check.differences] == []
