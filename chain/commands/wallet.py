"""An own wallet: an enterprise that keeps its key signs what a command of its needs itself, one signature after another.

While such a command is carried out, `Wallet` stands where the enterprise's signer would. What it has no signature of yet, it
asks for (`SignatureWanted`): the command waits, its owner signs the EIP-712 typed data, and the command is carried out again
from its start. What was done stays done under the same keys of the outbox, what was signed stays as it was signed. A
transaction is signed as an order, which the operator's key brings onto the chain and pays for (`chain.commands.relay`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.constants import SECPK1_N
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError

from chain.commands.relay import order_of, relay
from chain.commands.workspace import Workspace
from chain.errors import PearlError, RuleBroken
from chain.issuance.orders import Order, SignedOrder
from chain.issuance.outbox import Call
from chain.issuance.signers import KeyElsewhere

#: How long an order that was handed out can be executed, by the ledger's clock.
ORDER_SECONDS = 7 * 86_400
#: What a key signs; a wallet that is a contract may take longer ones (ERC-1271).
SIGNATURE_BYTES = 65
#: Integers that every reader of JSON keeps whole.
MOST_PLAIN_INTEGER = 2**53 - 1


class SignatureWrong(RuleBroken):
    message = "this is no signature of {address} under what is to be signed"
    next_step = "sign the operation's typed data as it is, with that key, and send its 65 bytes as 0x text"


class SignatureWanted(PearlError):
    """Whoever carries the command out writes down what is to be signed, and stops."""

    message = "{address} has to sign first"

    def __init__(self, signing: list[dict[str, Any]], address: str) -> None:
        self.signing = signing
        super().__init__(address=address)


@dataclass
class Wallet:
    """The signer of an enterprise whose key is its own. ``signing``: what was asked for, oldest first; the last one may
    have no signature yet."""

    workspace: Workspace
    enterprise: str
    address: str
    signing: list[dict[str, Any]] = field(default_factory=list)

    @property
    def began(self) -> int:
        """The ledger's time when the first signature was asked for, which what is signed counts from; now before that."""
        return int(self.signing[0]["at"]) if self.signing else self.workspace.now()

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Never: what it signs is an order. Raises KeyElsewhere."""
        raise KeyElsewhere(party=self.enterprise, address=self.address)

    def sign_typed_data(self, typed_data: dict[str, Any]) -> bytes:
        """What was signed under this message. Raises SignatureWanted."""
        told = as_json(typed_data)
        name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return bytes.fromhex(self._signed(name, lambda: {"typed_data": told})["signature"])

    def send(self, key: str, call: Call) -> str:
        """Bring a call onto the chain as an order, once for ``key``. Returns the transaction.

        Raises SignatureWanted, what the contracts refuse, Unavailable.
        """
        entry = self._signed(key, lambda: self._order(call))
        kept = entry["order"]
        order = Order(kept["key"], kept["target"], int(kept["nonce"]), kept["deadline"], bytes.fromhex(kept["call"]))
        (outcome,) = relay(self.workspace, key, [SignedOrder(order, bytes.fromhex(entry["signature"]))])
        if outcome.error is not None:
            raise outcome.error
        assert outcome.transaction is not None, "an order without an error was executed"
        return outcome.transaction

    def _order(self, call: Call) -> dict[str, Any]:
        """To be signed. What the contracts refuse now nobody is asked to sign: raises what they refuse."""
        assert call.target is not None, "no command over the API creates a contract"
        self.workspace.outbox.try_out(self.address, call)
        order, typed = order_of(self.workspace, self.address, call, self.workspace.now() + ORDER_SECONDS)
        kept = {
            "key": order.key, "target": order.target, "nonce": str(order.nonce), "deadline": order.deadline,
            "call": order.call.hex(),
        }  # fmt: skip
        return {"typed_data": as_json(typed), "order": kept}

    def _signed(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        known = next((entry for entry in self.signing if entry["name"] == name), None)
        if known is None:
            known = {"name": name, "signature": None, "at": self.workspace.now()} | make()
            self.signing = [*(entry for entry in self.signing if entry["signature"]), known]
        if known["signature"] is None:
            raise SignatureWanted(self.signing, self.address)
        return known


def wanted(signing: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The entry that has no signature yet."""
    return next((entry for entry in signing if entry["signature"] is None), None)


def signed(workspace: Workspace, address: str, signing: list[dict[str, Any]], signature: str) -> list[dict[str, Any]]:
    """The entries with ``signature`` (0x text) under the one that had none. Raises SignatureWrong."""
    content = _as_contracts_read(bytes.fromhex(signature.removeprefix("0x")))
    entry = wanted(signing)
    assert entry is not None, "the command waits for one"
    if not _is_of(workspace, address, entry["typed_data"], content):
        raise SignatureWrong(address=address)
    return [one if one is not entry else entry | {"signature": content.hex()} for one in signing]


def _as_contracts_read(signature: bytes) -> bytes:
    """The last byte as 27 or 28: some wallets write 0 or 1, which libraries take for the same and contracts do not."""
    is_short = len(signature) == SIGNATURE_BYTES and signature[-1] in (0, 1)
    return signature[:-1] + bytes([signature[-1] + 27]) if is_short else signature


def _is_of(workspace: Workspace, address: str, typed_data: dict[str, Any], signature: bytes) -> bool:
    try:
        recovered = Account.recover_message(encode_typed_data(full_message=typed_data), signature=signature)
    except (BadSignature, ValidationError, ValueError):
        recovered = None
    # Every signature has a twin that anybody can make of it; the contracts take the one with the smaller s (EIP-2).
    if int.from_bytes(signature[32:64]) > SECPK1_N // 2:
        recovered = None
    # Of a wallet that is a contract only the contract knows; the ledger asks it.
    return recovered == address or bool(workspace.web3.eth.get_code(to_checksum_address(address)))


def as_json(value: Any) -> Any:
    """Typed data as JSON carries it: bytes as 0x text, integers that some readers would round as decimal text."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST_PLAIN_INTEGER:
        return str(value)
    if isinstance(value, dict):
        return {name: as_json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return value
