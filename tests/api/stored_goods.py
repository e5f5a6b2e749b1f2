"""Goods in store at keepers of the little world, which has none by itself."""

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

VALUE = {"amount": "8800.00", "currency": CURRENCY}


def enrol_keepers(service, *shorts: str) -> None:
    """Keepers by these names, with a key each."""
    workspace, world = service.workspace, service.world
    network = workspace.network()
    for seed, short in enumerate(shorts, 12):
        made = Registrar(Random(seed)).firm(Role.KEEPER, "")
        world.firms[short] = Firm(code=made.code, name=f"{short} keeper", short=short, role=Role.KEEPER, gln=made.gln)
        entry = Enterprise(id=world.id(short), name=f"{short} keeper", roles=(Role.KEEPER,))
        network = network.model_copy(update={"enterprises": (*network.enterprises, entry)})
    enrol(workspace, network)
    for short in shorts:
        _, service.keys[short] = make_key(workspace, world.id(short), "test")


def new_lot() -> str:
    """A name that no other lot has."""
    return f"L-{uuid.uuid4().hex[:12].upper()}"


def party(service, who: str):
    return {
        "name": service.world.firms[who].name,
        "identifiers": [{"scheme": "USCC", "value": service.world.firms[who].code}],
    }


def sent(service, lot: str, quantity: str = "60", owner: str = "gear", **more) -> str:
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


def measured(service, lot: str, quantity: int = 100, who: str = "store", depositor: str = "gear"):
    """The operation by which a keeper says what it finds of a lot."""
    return service.ask(
        who, "POST", "/v1/lots", json={"lot": lot, "depositor": service.world.id(depositor), "quantity": quantity}
    ).json()


def receipted(service, owner: str = "gear") -> int:
    """Number of a receipt of the owner's, for all of a lot of its own."""
    lot = new_lot()
    assert measured(service, lot, 60, depositor=owner)["state"] == "succeeded"
    return int(service.post("store", "/v1/receipts", {"document": sent(service, lot, "60", owner)})["id"])


def offered_loan(service, receipt: int, owner: str = "gear", bank: str = "harbour") -> dict[str, Any]:
    """A bank's offer of a loan of ninety days on a receipt, for which the owner asks it."""
    amount = {"minor": 1_000_00, "currency": CURRENCY}
    service.post(
        owner, f"/v1/receipts/{receipt}/financing-requests", {"bank": service.world.id(bank), "amount": amount}
    )
    terms = {
        "limit": amount, "annual_rate_basis_points": 600, "registration_number": "R-3",
        "maturity": (service.workspace.date() + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    made: dict[str, Any] = service.post(bank, f"/v1/receipts/{receipt}/loan-offers", terms)
    return made


def lent(service, receipt: int, owner: str = "gear", bank: str = "harbour") -> dict[str, Any]:
    """The loan that came of such an offer; nothing is drawn yet."""
    offer = offered_loan(service, receipt, owner, bank)
    made: dict[str, Any] = service.post(owner, f"/v1/loan-offers/{offer['id']}/take", None)
    return made
