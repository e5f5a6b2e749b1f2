"""What happened on chain: the contracts' events, who called them, and the cash that moved in the same transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from eth_utils.crypto import keccak

from chain.verification.node import NodeReader
from chain.verification.words import OBLIGATION, PIECE, Packing, decode

#: The contract through which keys act by signed orders that anyone sends.
RELAY = "SignedOrders"
Moment = tuple[int, int]
"""Block and place in it."""

#: Arguments of events that are storage words → how they are packed.
_WORDS: dict[str, Packing] = {"PieceWord": PIECE, "ObligationWord": OBLIGATION}
_ERC20_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one of the ledger's contracts; addresses in lower case, bytes as bytes, words taken apart
    (`chain.verification.words`)."""

    contract: str
    name: str
    arguments: dict[str, Any]
    block: int
    log_index: int
    transaction: str

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]

    @property
    def moment(self) -> Moment:
        return self.block, self.log_index

    @property
    def parent(self) -> int:
        """The piece that the event's piece was cut from; 0 for one that the issuer made."""
        if "parent" in self.arguments:
            return int(self["parent"])
        return self["piece"] >> 16 << 16 | self["parent_index"] if self["parent_index"] else 0

    @property
    def amount(self) -> int:
        """What the event's piece was made with, or is about; minor units."""
        return int(self["amount_minor"] if "amount_minor" in self.arguments else self["amountMinor"])


@dataclass(frozen=True, slots=True)
class CashMovement:
    """One ERC-20 transfer inside a transaction."""

    token: str
    payer: str
    payee: str
    amount_minor: int


class EventDecoder:
    """Events by contract address and topic, from the compiled interfaces."""

    def __init__(self, contracts: Mapping[str, tuple[str, list[dict[str, Any]]]]) -> None:
        """``contracts``: name → (address, ABI)."""
        self._shapes = {
            (address.lower(), "0x" + event_abi_to_log_topic(entry).hex()): (name, entry)  # type: ignore[arg-type]
            for name, (address, abi) in contracts.items()
            for entry in abi
            if entry["type"] == "event"
        }

    def decode(self, log: Mapping[str, Any]) -> Event | None:
        """The event, or None when it is none that the interfaces declare."""
        topics = log["topics"]
        shape = self._shapes.get((log["address"].lower(), topics[0])) if topics else None
        if shape is None:
            return None
        contract, entry = shape
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        if len(topics) != len(indexed) + 1:
            return None
        arguments = {
            item["name"]: abi_decode([collapse_if_tuple(item)], bytes.fromhex(topic[2:]))[0]
            for item, topic in zip(indexed, topics[1:], strict=True)
        }
        values = abi_decode([collapse_if_tuple(item) for item in plain], bytes.fromhex(log["data"][2:]))
        arguments |= {item["name"]: value for item, value in zip(plain, values, strict=True)}
        for item in plain:
            if packing := _WORDS.get(item.get("internalType", "")):
                arguments |= decode(packing, arguments.pop(item["name"]))
        return Event(
            contract=contract,
            name=entry["name"],
            arguments=arguments,
            block=int(log["blockNumber"], 16),
            log_index=int(log["logIndex"], 16),
            transaction=log["transactionHash"],
        )


class History:
    """All events up to a block, with what their transactions say beside them."""

    def __init__(self, node: NodeReader, addresses: Mapping[str, str], events: Iterable[Event]) -> None:
        self._node = node
        self._addresses = {address.lower() for address in addresses.values()}
        self._relay = addresses.get(RELAY, "").lower()
        self.events = tuple(sorted(events, key=lambda event: (event.block, event.log_index)))

    @classmethod
    def read(
        cls,
        node: NodeReader,
        addresses: Mapping[str, str],
        interfaces: Mapping[str, list[dict[str, Any]]],
        block: int,
    ) -> History:
        """Read every event of the contracts up to ``block``. ``interfaces``: name → ABI."""
        decoder = EventDecoder({name: (address, interfaces[name]) for name, address in addresses.items()})
        logs = node.logs(list(addresses.values()), 0, block)
        return cls(node, addresses, (event for log in logs if (event := decoder.decode(log))))

    def named(self, *names: str) -> list[Event]:
        """The events with one of these names, in chain order."""
        return [event for event in self.events if event.name in names]

    @cached_property
    def times(self) -> dict[int, int]:
        """Block → unix seconds, of every block with an event."""
        return self._node.block_times(sorted({event.block for event in self.events}))

    def calldata(self, hashes: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Transaction hash → transaction."""
        names = sorted(set(hashes))
        return dict(zip(names, self._node.transactions(names), strict=True))

    def callers(self, hashes: Iterable[str]) -> dict[str, frozenset[str]]:
        """Transaction hash → the addresses that called one of the contracts from outside.

        For a transaction straight to a contract that is its sender. A company that is itself a contract calls in the
        middle of a transaction; then the node's call trace says who did. Where the node has none, it is taken to be the
        contract that the transaction went to. Who relays signed orders is no caller of what they order
        (`chain.verification.orders`).
        """
        found: dict[str, frozenset[str]] = {}
        for name, transaction in self.calldata(hashes).items():
            target = (transaction["to"] or "").lower()
            if target in self._addresses:
                found[name] = frozenset({transaction["from"].lower()} if target != self._relay else ())
            else:
                tree = self._node.call_tree(name)
                outside = [(target, "", "")] if tree is None else self._outside(tree)
                found[name] = frozenset(caller for caller, contract, _ in outside if contract != self._relay)
        return found

    def relayed(self, hashes: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
        """Transaction hash → (contract, call data) of the outside calls to the contract that takes signed orders."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, transaction in self.calldata(hashes).items():
            target = (transaction["to"] or "").lower()
            if target in self._addresses:
                calls = [(target, transaction["input"])]
            else:
                calls = [(contract, data) for _, contract, data in self._outside(self._node.call_tree(name) or {})]
            found[name] = [(contract, data) for contract, data in calls if contract == self._relay]
        return found

    def _outside(self, call: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """(caller, contract, call data) of the calls from outside; what a contract of ours calls further is its own doing."""
        target = (call.get("to") or "").lower()
        if target in self._addresses:
            yield call["from"].lower(), target, call["input"]
            return
        for inner in call.get("calls", ()):
            yield from self._outside(inner)

    def cash(self, hashes: Iterable[str]) -> dict[str, list[CashMovement]]:
        """Transaction hash → ERC-20 transfers that it made."""
        names = sorted(set(hashes))
        return {
            name: [
                CashMovement(
                    token=log["address"].lower(),
                    payer="0x" + log["topics"][1][-40:],
                    payee="0x" + log["topics"][2][-40:],
                    amount_minor=int(log["data"], 16),
                )
                for log in receipt["logs"]
                # ERC-721 shares the topic and has a fourth one
                if log["topics"] and log["topics"][0] == _ERC20_TRANSFER and len(log["topics"]) == 3
            ]
            for name, receipt in zip(names, self._node.receipts(names), strict=True)
        }


def local_day(unix_seconds: int, utc_offset_quarter_hours: int) -> int:
    """Days since 1970-01-01 in a time zone."""
    return (unix_seconds + utc_offset_quarter_hours * 900) // 86_400
