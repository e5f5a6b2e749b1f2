"""Relay: orders that parties signed themselves go to the chain, several in one transaction, and each has an outcome of its own.

Nobody here has the parties' keys, or needs them: what an order does is between its signer and the contracts. The operator
signs the transaction around them and pays for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import select

from chain.commands.workspace import OPERATOR, Workspace
from chain.content import ContentMalformed
from chain.documents.model import Frozen
from chain.errors import ContractRefused, NotFound, RuleBroken, SystemRefused
from chain.issuance.deployment import order_table
from chain.issuance.orders import Order, OrderTable, SignedOrder, order_domain
from chain.issuance.outbox import Call
from chain.store.tables import operations

RELAYER = "SignedOrders"
#: Of a transaction, which a block of 30 million gas has room for.
MOST_GAS = 25_000_000
#: What a batch keeps of an order's share for itself, and a byte of it more (`SignedOrders.KEPT_GAS`).
KEPT_GAS, KEPT_GAS_A_BYTE = 40_000, 4
#: A call gets at most 63 parts of 64 of its caller's gas (EIP-150); an order in a batch is one call deeper.
DEEPER = 64 / 63
#: What the transaction takes for itself, and for a byte of its call data (EIP-2028).
TRANSACTION_GAS, GAS_A_BYTE = 21_000, 16
#: Call data of a transaction; nodes take none of more than 128 KiB.
MOST_BYTES = 100_000
#: What an order and its signature take of it beside their own bytes: lengths, places and what fills their last words up.
ORDER_BYTES = 500
#: Any number is a nonce; one of so many bits never meets another.
NONCE_BITS = 64


class OrderTooLarge(RuleBroken):
    message = "the order has {bytes} bytes with its signature, and a transaction at most {most}"
    next_step = "do with several orders what it does"


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What became of one order: done in ``transaction``, or not done because of ``error``."""

    order: Order
    transaction: str | None = None
    error: RuleBroken | None = None

    @property
    def is_done(self) -> bool:
        return self.error is None

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """JSON-able."""
        told = {"rule": self.error.rule, "error": self.error.text(language)} if self.error else {}
        return {
            "key": self.order.key, "nonce": str(self.order.nonce), "done": self.is_done, "transaction": self.transaction,
        } | told  # fmt: skip


class _Written(Frozen):
    """A signed order in a file; numbers may be text, bytes are 0x text."""

    key: str = Field(pattern=r"^0x[0-9a-fA-F]{40}$")
    target: str = Field(pattern=r"^0x[0-9a-fA-F]{40}$")
    nonce: int = Field(ge=0, lt=2**256)
    deadline: int = Field(ge=0, lt=2**40)
    call: str = Field(pattern=r"^0x([0-9a-fA-F]{2})+$")
    signature: str = Field(pattern=r"^0x([0-9a-fA-F]{2})*$")


def order_as_json(order: Order) -> dict[str, Any]:
    """An order as a file has it, without its signature."""
    return {
        "key": order.key, "target": order.target, "nonce": str(order.nonce), "deadline": order.deadline,
        "call": f"0x{order.call.hex()}",
    }  # fmt: skip


def read_orders(path: Path) -> list[SignedOrder]:
    """The signed orders of a JSON file. Raises SystemRefused, ContentMalformed."""
    try:
        written = TypeAdapter(list[_Written]).validate_json(path.read_bytes())
    except OSError as error:
        raise SystemRefused(what=str(path), reason=error.strerror or str(error)) from error
    except ValidationError as error:
        raise ContentMalformed(str(path), error) from error
    return [
        SignedOrder(
            Order(one.key, one.target, one.nonce, one.deadline, bytes.fromhex(one.call[2:])),
            bytes.fromhex(one.signature[2:]),
        )
        for one in written
    ]  # fmt: skip


def order_to_sign(
    workspace: Workspace, enterprise: str, contract: str, function: str, arguments: Sequence[Any], deadline: int,
    nonce: int | None = None,
) -> tuple[Order, dict[str, Any]]:  # fmt: skip
    """An order of the enterprise's key to call ``contract.function``, and the EIP-712 typed data that the key signs.

    ``arguments`` as JSON has them; ``deadline`` in unix seconds. Raises NotFound, FunctionNotOrderable, ArgumentsMalformed.
    """
    key = workspace.keyring.addresses().get(enterprise)
    if key is None:
        raise NotFound(what="participant", id=enterprise)
    target = workspace.contracts.addresses.get(contract)
    if target is None:
        raise NotFound(what="contract", id=contract)
    table = _table(workspace)
    values = table.form(target, function).arguments_of_json(arguments)
    number = secrets.randbits(NONCE_BITS) if nonce is None else nonce
    order = table.order(key, target, function, values, number, deadline)
    domain = order_domain(workspace.web3.eth.chain_id, workspace.contracts.addresses[RELAYER])
    return order, table.typed_data(domain, order)


def order_of(workspace: Workspace, key: str, call: Call, deadline: int) -> tuple[Order, dict[str, Any]]:
    """An order of the address ``key`` for a call that is made already, and the typed data that it signs."""
    assert call.target is not None, "an order calls a contract that is there"
    table = _table(workspace)
    order = Order(key, call.target, secrets.randbits(NONCE_BITS), deadline, call.data)
    return order, table.typed_data(
        order_domain(workspace.web3.eth.chain_id, workspace.contracts.addresses[RELAYER]), order
    )


def relay(workspace: Workspace, key: str, signed: Sequence[SignedOrder]) -> list[OrderOutcome]:
    """Bring the orders onto the chain, once for ``key``; they must not need one another. An outcome each, in their order.

    An order that the contracts refuse is told so at once and not sent; it may be sent again with the same key. One that
    fails beside the others is told with its own error, and takes none of them down.
    Raises Conflict (same key, other orders), Unavailable.
    """
    outcomes: dict[int, OrderOutcome] = {}
    for places in _sent(workspace, key):
        outcomes |= _send(workspace, key, places, signed, None)
    gas: dict[int, int] = {}
    for place, one in enumerate(signed):
        if place not in outcomes:
            try:
                gas[place] = _share(workspace, one)
            except (ContractRefused, OrderTooLarge) as error:
                outcomes[place] = OrderOutcome(one.order, error=error)
    for places in _packed(gas, signed):
        outcomes |= _send(workspace, key, places, signed, max(gas[place] for place in places))
    return [outcomes[place] for place in range(len(signed))]


def _share(workspace: Workspace, signed: SignedOrder) -> int:
    """The gas that an order needs as its share of a batch. Raises OrderTooLarge, and what the contracts refuse it with."""
    if _bytes(signed) > MOST_BYTES:
        raise OrderTooLarge(bytes=_bytes(signed), most=MOST_BYTES)
    alone = workspace.contracts.call(RELAYER, "execute", signed.order.values(), signed.signature)
    operator = workspace.keyring.addresses()[OPERATOR]
    needed = int(workspace.outbox.try_out(operator, alone) * DEEPER)
    return needed + KEPT_GAS + (KEPT_GAS_A_BYTE + GAS_A_BYTE) * (len(signed.order.call) + len(signed.signature))


def _bytes(signed: SignedOrder) -> int:
    return len(signed.order.call) + len(signed.signature) + ORDER_BYTES


def _packed(gas: dict[int, int], signed: Sequence[SignedOrder]) -> Iterator[list[int]]:
    """Places in order, as many together as a transaction has gas and room for; all shares are as large as the largest."""
    batch: list[int] = []
    for place in gas:
        more = [*batch, place]
        is_too_dear = len(more) * max(gas[one] for one in more) > MOST_GAS
        if batch and (is_too_dear or sum(_bytes(signed[one]) for one in more) > MOST_BYTES):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _send(
    workspace: Workspace, key: str, places: Sequence[int], signed: Sequence[SignedOrder], share: int | None
) -> dict[int, OrderOutcome]:
    """One transaction. ``share``: gas of each; None where it was sent before."""
    orders = [signed[place] for place in places if place < len(signed)]
    data = workspace.contracts.data(
        RELAYER, "executeBatch", [one.order.values() for one in orders], [one.signature for one in orders]
    )
    gas = None if share is None else TRANSACTION_GAS + GAS_A_BYTE * len(data) + share * len(orders)
    last = max((one.order.deadline for one in orders), default=0)
    call = Call("relay", workspace.contracts.addresses[RELAYER], data, deadline=last, gas=gas)
    try:
        transaction = workspace.send(f"{key}:{'.'.join(map(str, places))}", OPERATOR, call)
    except RuleBroken as error:  # the transaction came to nothing, and so did all in it
        return {place: OrderOutcome(signed[place].order, error=error) for place in places}
    receipt = workspace.web3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
    told = [e for e in workspace.contracts.decode_logs(receipt["logs"]) if e.name in ("OrderExecuted", "OrderFailed")]
    outcomes = {}
    for place, event in zip(places, told, strict=True):
        refused = None
        if event.name == "OrderFailed":
            refused = workspace.contracts.decode_error(bytes.fromhex(event.arguments["reason"][2:]))
        outcomes[place] = OrderOutcome(signed[place].order, transaction, refused)
    return outcomes


def _sent(workspace: Workspace, key: str) -> list[list[int]]:
    """Which orders went together under this key before."""
    own = operations.c.key.startswith(f"{key}:", autoescape=True)
    with workspace.store.read() as connection:
        keys = connection.execute(select(operations.c.key).where(own).order_by(operations.c.id)).scalars().all()
    written = [one.removeprefix(f"{key}:").split(".") for one in keys]
    return [[int(place) for place in places] for places in written if all(map(str.isdecimal, places))]


def _table(workspace: Workspace) -> OrderTable:
    return order_table(workspace.contracts.artifacts, workspace.contracts.addresses)
