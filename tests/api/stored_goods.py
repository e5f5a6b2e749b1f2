"""Goods in store for the tests: keepers beside the little world, their papers, and receipts on the ledger."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from random import Random
from typing import Any

from little_world import CURRENCY

from chain.commands.enrol import enrol
from chain.commands.keys import make_key
from chain.network import Enterprise, Role
from chain.world.enterprises import Firm, Registrar

#: What the goods of a receipt are worth.
VALUE_MINOR = 8_800_00
VALUE = {"amount": "8800.00", "currency": CURRENCY}


def add_keepers(service, **seeds: int) -> None:
    """Enrol keepers by their short names, each with a key."""
    workspace, world = service.workspace, service.world
    network = workspace.network()
    for short, seed in seeds.items():
        made = Registrar(Random(seed)).firm(Role.KEEPER, "")
        world.firms[short] = Firm(code=made.code, name=f"{short} keeper", short=short, role=Role.KEEPER, gln=made.gln)
        entry = Enterprise(id=world.id(short), name=f"{short} keeper", roles=(Role.KEEPER,))
        network = network.model_copy(update={"enterprises": (*network.enterprises, entry)})
    enrol(workspace, network)
    for short in seeds:
        _, service.keys[short] = make_key(workspace, world.id(short), "test")


def party(service, who: str) -> dict[str, Any]:
    """Somebody as papers name it."""
    return {
        "name": service.world.firms[who].name,
        "identifiers": [{"scheme": "USCC", "value": service.world.firms[who].code}],
    }


def new_lot() -> str:
    """The name of a lot that there is no other of."""
    return f"L-{uuid.uuid4().hex[:12].upper()}"


def sent(service, lot: str, quantity: str = "60", owner: str = "gear", **more: Any) -> str:
    """Key of a warehouse receipt that the keeper sends."""
    number = uuid.uuid4().hex[:12].upper()
    paper = {
        "schema": "pearlchain/warehouse-receipt/1", "number": number, "issued": "2026-01-02", "stored": "2026-01-01",
        "keeper": party(service, "store"), "owner": party(service, owner), "value": VALUE,
        "lots": [{"lot": lot, "description": "pumps", "quantity": quantity, "unit": "C62"}],
    } | more  # fmt: skip
    files = [("files", (f"{number}.json", json.dumps({k: v for k, v in paper.items() if v is not None}).encode()))]
    (outcome,) = service.send("store", files)
    assert outcome["documents"], outcome
    return str(outcome["documents"][0])


def measured(service, lot: str, quantity: int = 100, who: str = "store", depositor: str = "gear") -> dict[str, Any]:
    """What came of a keeper's measurement."""
    body = {"lot": lot, "depositor": service.world.id(depositor), "quantity": quantity}
    told: dict[str, Any] = service.ask(who, "POST", "/v1/lots", json=body).json()
    return told


def receipted(service, owner: str = "gear") -> int:
    """Number of a receipt of the owner's, for all of a lot of its own."""
    lot = new_lot()
    assert measured(service, lot, 60, depositor=owner)["state"] == "succeeded"
    document = sent(service, lot, "60", owner)
    return int(service.post("store", "/v1/receipts", {"document": document})["id"])


def money(minor: int, currency: str = CURRENCY) -> dict[str, Any]:
    """An amount as the API has it."""
    return {"minor": minor, "currency": currency}


def asked_for_loan(service, receipt: int, owner: str = "gear", bank: str = "harbour", minor: int = 5_000_00):
    """The owner's request to a bank."""
    body = {"bank": service.world.id(bank), "amount": money(minor)}
    return service.post(owner, f"/v1/receipts/{receipt}/loan-requests", body)


def loan_terms(service, **more: Any) -> dict[str, Any]:
    """What a bank asks for a loan of ninety days."""
    maturity = (service.workspace.date() + timedelta(days=90)).isoformat()
    return {
        "limit": money(5_000_00), "annual_rate_micros": 43_500, "maturity": maturity, "registration_number": "R-1",
    } | more  # fmt: skip


def offered_loan(service, receipt: int, owner: str = "gear", bank: str = "harbour", **more: Any) -> dict[str, Any]:
    """A bank's offer on a receipt, which it is asked for."""
    asked_for_loan(service, receipt, owner, bank)
    made: dict[str, Any] = service.post(bank, f"/v1/receipts/{receipt}/loan-offers", loan_terms(service, **more))
    return made


def lent(service, receipt: int, owner: str = "gear", bank: str = "harbour", **more: Any) -> dict[str, Any]:
    """The loan that came of such an offer; nothing is drawn yet."""
    offer = offered_loan(service, receipt, owner, bank, **more)
    made: dict[str, Any] = service.post(owner, f"/v1/loan-offers/{offer['id']}/take", None)
    return made
