"""Loans on goods in store over the API.

1. By being asked a bank sees the receipt and offers; the borrower takes the offer, draws and repays, and the goods are free.
2. While they are pledged, the goods neither leave nor change hands, and secure one loan.
3. Only an asked bank offers, once for all; for everybody but the two sides there is neither request, offer nor loan.
4. Nothing beyond limit, value and debt is drawn, lent or repaid.
5. Above the limit of four eyes a second person decides; who keeps its key signs offer, taking, draw and repayment itself.
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from random import Random

import pytest
from little_world import CURRENCY

from chain.commands.deposit import balance
from chain.commands.duties import Duty
from chain.commands.enrol import enrol
from chain.commands.keys import make_key
from chain.commands.verify import verify
from chain.network import Enterprise, Role
from chain.world.enterprises import Firm, Registrar
from tests.api.conftest import own_wallet_of

VALUE = 8_800_00
LIMIT = 5_000_00
NONE = "0" * 32


def money(minor: int, currency: str = CURRENCY):
    return {"minor": minor, "currency": currency}


@pytest.fixture(scope="module", autouse=True)
def keeper(service):
    """One that stores goods for Gear."""
    workspace, world = service.workspace, service.world
    made = Registrar(Random(12)).firm(Role.KEEPER, "")
    world.firms["store"] = Firm(code=made.code, name="store keeper", short="store", role=Role.KEEPER, gln=made.gln)
    entry = Enterprise(id=world.id("store"), name="store keeper", roles=(Role.KEEPER,))
    network = workspace.network()
    enrol(workspace, network.model_copy(update={"enterprises": (*network.enterprises, entry)}))
    _, service.keys["store"] = make_key(workspace, world.id("store"), "test")


def party(service, who: str):
    firm = service.world.firms[who]
    return {"name": firm.name, "identifiers": [{"scheme": "USCC", "value": firm.code}]}


@pytest.fixture
def receipt(service):
    """Gear's, of a lot of its own."""
    lot, number = (f"{kind}-{uuid.uuid4().hex[:12].upper()}" for kind in ("L", "WR"))
    measured = {"lot": lot, "depositor": service.world.id("gear"), "quantity": 60}
    service.post("store", "/v1/lots", measured)
    paper = {
        "schema": "pearlchain/warehouse-receipt/1", "number": number, "issued": "2026-01-02", "stored": "2026-01-01",
        "keeper": party(service, "store"), "owner": party(service, "gear"),
        "value": {"amount": f"{VALUE // 100}.00", "currency": CURRENCY},
        "lots": [{"lot": lot, "description": "pumps", "quantity": "60", "unit": "C62"}],
    }  # fmt: skip
    (outcome,) = service.send("store", [("files", (f"{number}.json", json.dumps(paper).encode()))])
    return service.post("store", "/v1/receipts", {"document": outcome["documents"][0]})["id"]


def asked(service, receipt: int, bank: str = "harbour", minor: int = LIMIT):
    body = {"bank": service.world.id(bank), "amount": money(minor)}
    return service.post("gear", f"/v1/receipts/{receipt}/loan-requests", body)


def terms(service, **more):
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    return {
        "limit": money(LIMIT), "annual_rate_micros": 43_500, "maturity": maturity, "registration_number": "R-1",
    } | more  # fmt: skip


def offered(service, receipt: int, **more):
    asked(service, receipt)
    return service.post("harbour", f"/v1/receipts/{receipt}/loan-offers", terms(service, **more))


def taken(service, receipt: int, **more):
    return service.post("gear", f"/v1/loan-offers/{offered(service, receipt, **more)['id']}/take", None)


def cash(service, who: str) -> int:
    return balance(service.workspace, service.world.id("harbour"), service.world.id(who), CURRENCY)


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_an_asked_bank_lends_on_a_receipt_and_the_goods_are_free_once_it_is_repaid(service, receipt):
    address = f"/v1/receipts/{receipt}"
    assert service.ask("harbour", "GET", address).status_code == 404
    request = asked(service, receipt)
    assert (request["state"], request["receipt"], request["offers"]) == ("open", receipt, [])
    assert service.get("harbour", "/v1/loan-requests", params={"state": "open"})["items"][-1] == request
    shown = service.get("harbour", address)
    assert (shown["value"], shown["lot"]["measured"], shown["lien"]) == (money(VALUE), 60, None)

    offer = service.post("harbour", f"{address}/loan-offers", terms(service))
    assert (offer["state"], offer["limit"], offer["loan"]) == ("open", money(LIMIT), None)
    assert service.get("gear", f"/v1/loan-offers/{offer['id']}") == offer
    request = service.get("gear", f"/v1/loan-requests/{request['id']}")
    assert (request["state"], request["offers"]) == ("offered", [offer["id"]])

    loan = service.post("gear", f"/v1/loan-offers/{offer['id']}/take", None)
    assert (loan["state"], loan["principal"], loan["receipt"]) == ("open", money(0), receipt)
    offer = service.get("harbour", f"/v1/loan-offers/{offer['id']}")
    assert (offer["state"], offer["loan"]) == ("taken", loan["id"])
    assert service.get("gear", address)["lien"] == {
        "loan": loan["id"], "bank": loan["bank"], "owed": money(0),
    }  # fmt: skip

    before = cash(service, "gear"), cash(service, "harbour")
    path = f"/v1/loans/{loan['id']}"
    assert service.post("gear", f"{path}/draw", {"amount": money(3_000_00)})["principal"] == money(3_000_00)
    assert (cash(service, "gear"), cash(service, "harbour")) == (before[0] + 3_000_00, before[1] - 3_000_00)
    debt = service.get("gear", f"{path}/debt")
    assert debt == {"loan": loan["id"], "principal": money(3_000_00), "interest": money(0), "total": money(3_000_00)}
    assert service.post("gear", f"{path}/repay", {"amount": money(1_000_00)})["principal"] == money(2_000_00)
    closed = service.post("gear", f"{path}/repay", {"amount": money(2_000_00)})
    assert (closed["state"], closed["principal"]) == ("closed", money(0))
    assert (cash(service, "gear"), cash(service, "harbour")) == before
    freed = service.get("gear", address)
    assert (freed["state"], freed["lien"]) == ("live", None)


def test_what_was_lent_stands_in_verification_without_a_difference(service, receipt):
    loan = taken(service, receipt)
    service.post("gear", f"/v1/loans/{loan['id']}/draw", {"amount": money(1_000_00)})
    report = verify(service.workspace)
    assert [check.name for check in report.checks if check.differences] == []


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_pledged_goods_neither_leave_nor_change_hands_and_secure_one_loan(service, receipt):
    first = offered(service, receipt)
    second = service.post("harbour", f"/v1/receipts/{receipt}/loan-offers", terms(service))
    loan = service.post("gear", f"/v1/loan-offers/{first['id']}/take", None)
    assert service.get("gear", f"/v1/receipts/{receipt}")["state"] == "pledged"
    to_pump = {"owner": service.world.id("pump")}
    assert service.refused("gear", f"/v1/receipts/{receipt}/transfer", to_pump) == (422, "ReceiptIsPledged")
    assert service.refused("store", f"/v1/receipts/{receipt}/withdraw", None) == (422, "ReceiptIsPledged")
    assert service.refused("gear", f"/v1/loan-offers/{second['id']}/take", None) == (422, "ReceiptIsPledged")
    again = {"bank": service.world.id("valley"), "amount": money(1)}
    assert service.refused("gear", f"/v1/receipts/{receipt}/loan-requests", again) == (422, "ReceiptNotFree")
    assert service.post("gear", f"/v1/loan-offers/{first['id']}/take", None)["id"] == loan["id"]
    service.post("harbour", f"/v1/loans/{loan['id']}/close", None)
    assert service.post("gear", f"/v1/receipts/{receipt}/transfer", to_pump)["owner"] == to_pump["owner"]
