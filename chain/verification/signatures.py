"""Consent that was signed rather than sent: recovered from the transactions' own bytes and checked again.

The EIP-712 structs are laid out here a second time, from the contracts' interfaces, and not taken from the code that
makes the parties sign.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_keys import keys as secp256k1
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from chain.verification.history import Event, History
from chain.verification.ledger import LedgerState
from chain.verification.node import NodeReader

CONFIRMATION = (
    "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,"
    "uint32 seller,uint16 deliveryDay)"
)
ACCEPTANCE = (
    "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,uint40 evidence,"
    "uint24 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)"
)
FINANCE_OFFER = (
    "FinanceOffer(uint80 piece,uint80 parent,uint40 evidence,uint16 childCount,uint64 amountMinor,uint64 priceMinor,"
    "uint32 bank,address cashToken,uint40 validUntil,bytes32 registration)"
)
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
#: What a company contract answers when a signature is its own (ERC-1271).
_ERC1271_MAGIC = bytes.fromhex("1626ba7e")


def struct_hash(struct: str, *values: Any) -> bytes:
    """EIP-712 hashStruct of a struct of value types: keccak256(typeHash ‖ encoded values)."""
    types = [member.split(" ")[0] for member in struct[struct.index("(") + 1 : -1].split(",")]
    return keccak(keccak(text=struct) + abi_encode(types, values))


class SignedConsents:
    """Which keys signed for which piece or document, within the transaction that made it."""

    def __init__(
        self,
        node: NodeReader,
        history: History,
        state: LedgerState,
        addresses: Mapping[str, str],
        interfaces: Mapping[str, list[dict[str, Any]]],
        chain_id: int,
    ) -> None:
        self._node = node
        self._history = history
        self._state = state
        self._chain_id = chain_id
        self._addresses = {name: addresses[name].lower() for name in ("CreditLedger", "TradeRegistry")}
        self._functions = {
            (self._addresses[name], function_abi_to_4byte_selector(entry)): entry  # type: ignore[arg-type]
            for name in self._addresses
            for entry in interfaces[name]
            if entry["type"] == "function"
        }

    def of(self, event: Event) -> frozenset[str]:
        """The keys whose signature, valid for exactly this act, came along in its transaction; empty when none did.

        Known acts: PieceAccepted (the recipient), PieceFinanced (the bank), EvidenceRegistered (the buyer).
        """
        if event.name == "PieceAccepted":
            offer = self._offers.get(event["piece"])
            if offer is None or offer.transaction != event.transaction:
                return frozenset()
            found = self._acceptances[_acceptance_key(offer)]
            return self._valid("CreditLedger", self._acceptance_hash(offer), found, event.block)
        if event.name == "PieceFinanced":
            signers: set[str] = set()
            for offer_values, key, signature in self._offers_taken[_sale_key(event)]:
                hashed = struct_hash(FINANCE_OFFER, *offer_values)
                signers |= self._valid("CreditLedger", hashed, [(key, signature)], event.block)
            return frozenset(signers)
        if event.name == "EvidenceRegistered":
            found = self._confirmations[event.transaction, event["commitment"]]
            return self._valid("TradeRegistry", event["commitment"], found, event.block)
        return frozenset()

    # --- what was signed -------------------------------------------------------------------------------------------

    @cached_property
    def _offers(self) -> dict[int, Event]:
        return {event["piece"]: event for event in self._history.named("PieceOffered")}

    @cached_property
    def _use_counts(self) -> dict[int, int]:
        """Piece → times that its evidence was used before it: every offered piece uses its evidence once."""
        seen: Counter[int] = Counter()
        counts = {}
        for event in self._history.named("PieceOffered"):
            counts[event["piece"]] = seen[event["evidence"]]
            seen[event["evidence"]] += 1
        return counts

    def _acceptance_hash(self, offer: Event) -> bytes:
        obligation = self._state.obligations[offer["piece"] >> 16]
        return struct_hash(
            ACCEPTANCE,
            obligation.id,
            offer["parent"],
            obligation.maturity_day,
            obligation.instrument,
            offer["evidence"],
            self._use_counts[offer["piece"]],
            offer["amountMinor"],
            offer["recipient"],
            offer["deadline"],
        )

    # --- what stands in the transactions ---------------------------------------------------------------------------

    @cached_property
    def _acceptances(self) -> dict[tuple[Any, ...], list[tuple[str, bytes]]]:
        accepted = {event["piece"]: event.transaction for event in self._history.named("PieceAccepted")}
        made = [event for event in self._offers.values() if accepted.get(event["piece"]) == event.transaction]
        found: dict[tuple[Any, ...], list[tuple[str, bytes]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(event.transaction for event in made):
            if name in ("issueAccepted", "transferAccepted"):
                *_, legs, signatures = arguments
                for leg, signature in zip(legs, signatures, strict=False):
                    found[(transaction, *leg)].append(signature)
        return found

    @cached_property
    def _offers_taken(self) -> dict[tuple[Any, ...], list[tuple[tuple[Any, ...], str, bytes]]]:
        sales = self._history.named("PieceFinanced")
        found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], str, bytes]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(event.transaction for event in sales):
            if name == "finance":
                offer, (key, signature) = arguments
                piece, _, _, _, amount, price, bank, token, _, registration = offer
                found[transaction, piece, amount, price, bank, token.lower(), registration].append(
                    (offer, key, signature)
                )
        return found

    @cached_property
    def _confirmations(self) -> dict[tuple[str, bytes], list[tuple[str, bytes]]]:
        registered = self._history.named("EvidenceRegistered")
        found: dict[tuple[str, bytes], list[tuple[str, bytes]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(event.transaction for event in registered):
            if name == "register":
                for confirmation, signature in zip(*arguments, strict=False):
                    found[transaction, struct_hash(CONFIRMATION, *confirmation)].append(signature)
        return found

    def _calls(self, hashes: Iterable[str]) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        """(transaction, function, arguments) of every outside call to the ledger and the registry, in order."""
        for name, transaction in self._history.calldata(hashes).items():
            target = (transaction["to"] or "").lower()
            inputs = (
                [(target, transaction["input"])]
                if target in self._addresses.values()
                else self._inner(self._node.call_tree(name) or {})
            )
            for address, data in inputs:
                for function, arguments in self._decoded(address, bytes.fromhex(data[2:])):
                    yield name, function, arguments

    def _inner(self, call: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        target = (call.get("to") or "").lower()
        if target in self._addresses.values():
            yield target, call["input"]
            return
        for inner in call.get("calls", ()):
            yield from self._inner(inner)

    def _decoded(self, address: str, data: bytes) -> Iterator[tuple[str, tuple[Any, ...]]]:
        entry = self._functions.get((address, data[:4]))
        if entry is None:
            return
        arguments = abi_decode([collapse_if_tuple(item) for item in entry["inputs"]], data[4:])
        if entry["name"] == "multicall":
            for part in arguments[0]:
                yield from self._decoded(address, part)
        else:
            yield entry["name"], arguments

    # --- whether a signature is good -------------------------------------------------------------------------------

    def _valid(
        self, contract: str, hashed: bytes, signatures: Iterable[tuple[str, bytes]], block: int
    ) -> frozenset[str]:
        digest = keccak(b"\x19\x01" + self._domain(contract) + hashed)
        return frozenset(
            key.lower() for key, signature in signatures if self._is_signature_of(key, digest, signature, block)
        )

    def _domain(self, contract: str) -> bytes:
        return keccak(
            keccak(text=_DOMAIN)
            + abi_encode(
                ["bytes32", "bytes32", "uint256", "address"],
                [keccak(text=f"Pearlchain {contract}"), keccak(text="1"), self._chain_id, self._addresses[contract]],
            )
        )

    def _is_signature_of(self, key: str, digest: bytes, signature: bytes, block: int) -> bool:
        if recovered(digest, signature) == key.lower():
            return True
        if not self._node.code(key, block):
            return False
        question = keccak(text="isValidSignature(bytes32,bytes)")[:4] + abi_encode(
            ["bytes32", "bytes"], [digest, signature]
        )
        answer = self._node.calls([(key, question)], block)[0]
        return answer is not None and answer[:4] == _ERC1271_MAGIC


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The address that made an ECDSA signature; None when it is none."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    try:
        made = secp256k1.Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(made.recover_public_key_from_msg_hash(digest).to_address())
    except (BadSignature, ValidationError):
        return None


def _acceptance_key(offer: Event) -> tuple[Any, ...]:
    return offer.transaction, offer["recipient"], offer["amountMinor"], offer["evidence"], offer["deadline"]


def _sale_key(event: Event) -> tuple[Any, ...]:
    return (
        event.transaction, event["parent"], event["amountMinor"], event["priceMinor"], event["bank"],
        event["cashToken"].lower(), event["registration"],
    )  # fmt: skip
