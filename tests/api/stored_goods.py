"""Goods in store at keepers of the little world, which has none by itself."""

from __future__ import annotations

import json
import uuid
from random import Random

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


def sent(service, lot: str, quantity: str = "60", **more) -> str:
    """Key of a warehouse receipt that the keeper sends."""
    number = uuid.uuid4().hex[:12].upper()
    paper = {
        "schema": "pearlchain/warehouse-receipt/1", "number": number, "issued": "2026-01-02", "stored": "2026-01-01",
        "keeper": party(service, "store"), "owner": party(service, "gear"), "value": VALUE,
        "lots": [{"lot": lot, "description": "pumps", "quantity": quantity, "unit": "C62"}],
    } | more  # fmt: skip
    files = [("files", (f"{number}.json", json.dumps({k: v for k, v in paper.items() if v is not None}).encode()))]
    (outcome,) = service.send("store", files)
    assert outcome["documents"], outcome
    return str(outcome["documents"][0])


def measured(service, lot: str, quantity: int = 100, who: str = "store"):
    """The operation by which a keeper says what it finds of Gear's lot."""
    return service.ask(
        who, "POST", "/v1/lots", json={"lot": lot, "depositor": service.world.id("gear"), "quantity": quantity}
    ).json()
