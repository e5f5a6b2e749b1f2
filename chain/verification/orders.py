"""Orders that were signed off chain: which keys truly ordered something in a transaction that somebody else sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from chain.verification.history import RELAY, History
from chain.verification.node import NodeReader
from chain.verification.signatures import is_signature_of

#: key, target, nonce, deadline, call
_ORDER = "(address,address,uint256,uint40,bytes)"
_EXECUTE, _ATTEMPT, _EXECUTE_BATCH, _DIGEST_OF = (
    keccak(text=f"{name}({arguments})")[:4]
    for name, arguments in (
        ("execute", f"{_ORDER},bytes"),
        ("attempt", f"{_ORDER},bytes"),
        ("executeBatch", f"{_ORDER}[],bytes[]"),
        ("digestOf", _ORDER),
    )
)
Order = tuple[str, str, int, int, bytes]


class RelayedOrders:
    """Executed orders, each with its signature checked again here.

    What an order's digest is, the contract's own view says as of ``block``: its code is compared with the sources apart
    (`chain.verification.bytecode`), and how it reads a function never changes. What it said in the block of the order itself, a
    node may know no more.
    """

    def __init__(self, node: NodeReader, history: History, addresses: Mapping[str, str], block: int) -> None:
        self._node = node
        self._history = history
        self._address = addresses[RELAY]
        self._block = block

    def keys(self) -> dict[str, frozenset[str]]:
        """Transaction hash → the keys whose order was executed in it, and that signed it."""
        executed: dict[str, set[tuple[str, int]]] = {}
        blocks = {}
        for event in self._history.named("OrderExecuted"):
            executed.setdefault(event.transaction, set()).add((event["key"].lower(), event["nonce"]))
            blocks[event.transaction] = event.block
        found = {}
        for transaction, calls in self._history.relayed(executed).items():
            orders = [
                (order, signature)
                for _, data in calls
                for order, signature in _orders(bytes.fromhex(data[2:]))
                if (order[0].lower(), order[2]) in executed[transaction]
            ]
            found[transaction] = frozenset(self._signed(orders, blocks[transaction]))
        return found

    def _signed(self, orders: Iterable[tuple[Order, bytes]], block: int) -> Iterator[str]:
        listed = list(orders)
        questions = [(self._address, _DIGEST_OF + abi_encode([_ORDER], [order])) for order, _ in listed]
        for (order, signature), digest in zip(listed, self._node.calls(questions, self._block), strict=True):
            if digest is not None and is_signature_of(self._node, order[0], digest, signature, block):
                yield order[0].lower()


def _orders(data: bytes) -> list[tuple[Any, bytes]]:
    """The orders in a call, with their signatures."""
    if data[:4] in (_EXECUTE, _ATTEMPT):
        return [abi_decode([_ORDER, "bytes"], data[4:])]
    if data[:4] == _EXECUTE_BATCH:
        orders, signatures = abi_decode([f"{_ORDER}[]", "bytes[]"], data[4:])
        return list(zip(orders, signatures, strict=False))
    return []
