"""Consent that was signed rather than sent: recovered from the transactions' own bytes and checked again.

The EIP-712 structs are laid out here a second time, from the contracts' interfaces, and not taken from the code that
makes the parties sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_keys.exceptions import BadSignature
from eth_keys.main import lazy_key_api as secp256k1
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from chain.verification.history import Event, History, local_day
from chain.verification.keys import KeyRegister
from chain.verification.ledger import LedgerState
from chain.verification.node import NodeReader
from chain.verification.words import ObligationFlag

CONFIRMATION = (
    "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,"
    "uint32 seller,uint16 deliveryDay,bytes32 lot,bytes32 order,uint32 attestor)"
)
BATCH = "BatchConfirmation(bytes32 root,uint32 buyer,uint32 attestor,uint32 count,uint40 validUntil)"
ACCEPTANCE = (
    "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,bool recourse,uint40 evidence,"
    "uint16 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)"
)
FINANCE_OFFER = (
    "FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,"
    "uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,"
    "address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
)
FEE_AGREEMENT = f"FeeAgreement(uint32 payer,FinanceOffer offer){FINANCE_OFFER}"
CREDIT_NOTE = (
    "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,"
    "uint8 currency,uint32 buyer,uint32 seller)"
)
LOAN_OFFER = (
    "LoanOffer(uint8 kind,uint40 receipt,uint40 evidence,bytes32 evidenceIdentity,uint32 borrower,uint32 bank,"
    "uint64 limitMinor,uint8 currency,address cashToken,uint32 annualRateMicros,uint16 dayCountBasis,uint16 maturityDay,"
    "int8 utcOffsetQuarterHours,uint40 validUntil,bool twiceMeasured,bytes32 registrationNumber,bytes32 descriptionHash,"
    "uint64 nonce)"
)
SALE_CONSENT = "SaleConsent(uint40 loan,bytes32 offerHash,bytes32 invoiceIdentity,uint40 validUntil)"
EARLY_REDEMPTION = (
    "EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,"
    "uint64 priceMinor,address cashToken,uint16 childCount,uint40 validUntil)"
)
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
#: What a company contract answers when a signature is its own (ERC-1271).
_ERC1271_MAGIC = bytes.fromhex("1626ba7e")


def struct_hash(struct: str, *values: Any) -> bytes:
    """EIP-712 hashStruct of a struct of value types: keccak256(typeHash ‖ encoded values)."""
    types = [member.split(" ")[0] for member in struct[struct.index("(") + 1 : -1].split(",")]
    return keccak(keccak(text=struct) + abi_encode(types, values))


Signed = tuple[str, bytes]
"""A key and its signature."""


class SignedConsents:
    """Who signed for which piece or document, within the transaction that made it."""

    def __init__(
        self,
        node: NodeReader,
        history: History,
        state: LedgerState,
        addresses: Mapping[str, str],
        interfaces: Mapping[str, list[dict[str, Any]]],
        register: KeyRegister,
    ) -> None:
        self._node = node
        self._history = history
        self._state = state
        self._register = register
        self._chain_id = node.chain_id()
        self._addresses = {name: addresses[name].lower() for name in ("CreditLedger", "TradeRegistry", "Loans")}
        self._functions = {
            (self._addresses[name], function_abi_to_4byte_selector(entry)): entry  # type: ignore[arg-type]
            for name in self._addresses
            for entry in interfaces[name]
            if entry["type"] == "function"
        }

    def has(self, party: int, event: Event) -> bool:
        """Whether a key that was ``party``'s then signed for exactly this act, and its signature came along.

        Known acts: PieceAccepted (the recipient), PieceFinanced and PieceLocked (the bank, and who bears the fee),
        PieceRedeemedEarly (the holder), EvidenceRegistered (the buyer and the attestor; for a member of a batch, when the
        batch was registered), EvidenceCredited (both sides), LoanOpened and SaleAssigned (the bank).
        """
        match event.name:
            case "PieceAccepted":
                offer = self._offers.get(event["piece"])
                if offer is None or offer.transaction != event.transaction:
                    return False
                found = self._acceptances[_acceptance_key(offer)]
                return self._signed("CreditLedger", self._acceptance_hash(offer), found, party, event)
            case "PieceFinanced" | "PieceLocked":
                return any(
                    self._signed("CreditLedger", hashed, signatures, party, event)
                    for offer in self._offers_taken[_sale_key(event)]
                    if self._is_price(event, offer.values)
                    for hashed, signatures in offer.hashes(event["feePayer"])
                )
            case "PieceRedeemedEarly":
                return any(
                    self._signed("CreditLedger", struct_hash(EARLY_REDEMPTION, *agreement), [signature], party, event)
                    for agreement, signature in self._agreements[event.transaction, event["piece"]]
                    if (agreement[4], agreement[5]) == (event["amountMinor"], event["priceMinor"])
                )
            case "EvidenceRegistered":
                found = self._confirmations[event.transaction, event["commitment"]]
                return self._signed(
                    "TradeRegistry", event["commitment"], found, party, event
                ) or self._is_of_signed_batch(event, party)
            case "LoanOpened":
                found = self._loan_offers[event.transaction, event["offerHash"]]
                return self._signed("Loans", event["offerHash"], found, party, event)
            case "SaleAssigned":
                identity = self._identities.get(event["invoice"])
                return any(
                    self._signed("Loans", struct_hash(SALE_CONSENT, *consent), [signature], party, event)
                    for consent, signature in self._sale_consents[event.transaction, event["loan"]]
                    if consent[2] == identity
                )
            case "EvidenceCredited":
                found = self._credit_notes[event.transaction, event["commitment"]]
                return self._signed("TradeRegistry", event["commitment"], found, party, event)
        return False

    # --- what was signed -------------------------------------------------------------------------------------------

    @cached_property
    def _offers(self) -> dict[int, Event]:
        return {event["piece"]: event for event in self._history.named("PieceOffered")}

    def _acceptance_hash(self, offer: Event) -> bytes:
        obligation = self._state.obligations[offer["piece"] >> 16]
        return struct_hash(
            ACCEPTANCE,
            obligation.id,
            offer.parent,
            obligation.maturity_day,
            obligation.instrument,
            bool(obligation.flags & ObligationFlag.RECOURSE),
            offer["evidence"],
            offer["use_index"],
            offer["amount_minor"],
            offer["owner"],
            offer["deadline"],
        )

    def _is_price(self, event: Event, offer: Sequence[Any]) -> bool:
        """Whether the bank paid what its offer says: a price, or the amount less its rate to the day of maturity, rounded
        up in the bank's favour."""
        amount, price, rate, basis = offer[5:9]
        if not rate:
            return bool(event["priceMinor"] == price)
        obligation = self._state.obligations[event["piece"] >> 16]
        days = obligation.maturity_day - local_day(
            self._history.times[event.block], obligation.utc_offset_quarter_hours
        )  # fmt: skip
        discount = -(-amount * rate * days // (basis * 1_000_000)) if basis else 0
        return bool(event["priceMinor"] == amount - discount)

    def _is_of_signed_batch(self, event: Event, party: int) -> bool:
        """Whether a batch that the party signed has the document as a member, by the proof that came along."""
        admitted = self._admitted.get(event["evidence"])
        if admitted is None or admitted.transaction != event.transaction:
            return False
        root = admitted["root"]
        batch = self._batches.get((root, event["buyer"]))
        if batch is None or not any(
            merkle_root(event["commitment"], proof) == root
            for proof in self._proofs[event.transaction, event["commitment"]]
        ):
            return False
        hashed = struct_hash(
            BATCH, root, batch["buyer"], batch["attestor"], batch["count"], batch["validUntil"]
        )  # fmt: skip
        found = self._batch_signatures[batch.transaction, hashed]
        return self._signed("TradeRegistry", hashed, found, party, batch)

    @cached_property
    def _admitted(self) -> dict[int, Event]:
        return {event["evidence"]: event for event in self._history.named("BatchAdmitted")}

    @cached_property
    def _batches(self) -> dict[tuple[bytes, int], Event]:
        return {(event["root"], event["buyer"]): event for event in self._history.named("BatchRegistered")}

    # --- what stands in the transactions ---------------------------------------------------------------------------

    @cached_property
    def _acceptances(self) -> dict[tuple[Any, ...], list[Signed]]:
        accepted = {event["piece"]: event.transaction for event in self._history.named("PieceAccepted")}
        made = [event for event in self._offers.values() if accepted.get(event["piece"]) == event.transaction]
        found: dict[tuple[Any, ...], list[Signed]] = defaultdict(list)
        for transaction, name, arguments in self._calls(made):
            if name in ("issueAccepted", "transferAccepted"):
                *_, legs, signatures = arguments
                for leg, signature in zip(legs, signatures, strict=False):
                    found[(transaction, *leg)].append(signature)
            elif name == "drawAccepted":
                *_, leg, signature = arguments
                found[(transaction, *leg)].append(signature)
        return found

    @cached_property
    def _offers_taken(self) -> dict[tuple[Any, ...], list[_OfferTaken]]:
        sales = self._history.named("PieceFinanced", "PieceLocked")
        found: dict[tuple[Any, ...], list[_OfferTaken]] = defaultdict(list)
        for transaction, name, arguments in self._calls(sales):
            if name in ("finance", "lock"):
                named, *rest = arguments[0]
                taken = _OfferTaken((*_taken_apart(named), *rest), arguments[1], arguments[2])
                piece, amount, bank, registration = taken.values[0], rest[1], rest[6], rest[9:]
                found[transaction, piece, amount, bank, *registration].append(taken)
        return found

    @cached_property
    def _agreements(self) -> dict[tuple[str, int], list[tuple[tuple[Any, ...], Signed]]]:
        found: dict[tuple[str, int], list[tuple[tuple[Any, ...], Signed]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("PieceRedeemedEarly")):
            if name == "redeemEarly":
                (named, *rest), signature = arguments
                agreement = (*_taken_apart(named), *rest)
                found[transaction, agreement[0]].append((agreement, signature))
        return found

    @cached_property
    def _confirmations(self) -> dict[tuple[str, bytes], list[Signed]]:
        found: dict[tuple[str, bytes], list[Signed]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("EvidenceRegistered")):
            if name == "register":
                for confirmation, *signatures in zip(*arguments, strict=False):
                    found[transaction, struct_hash(CONFIRMATION, *confirmation)] += signatures
        return found

    @cached_property
    def _proofs(self) -> dict[tuple[str, bytes], list[Sequence[bytes]]]:
        found: dict[tuple[str, bytes], list[Sequence[bytes]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("BatchAdmitted")):
            if name == "admit":
                confirmations, _, proofs = arguments
                for confirmation, proof in zip(confirmations, proofs, strict=False):
                    found[transaction, struct_hash(CONFIRMATION, *confirmation)].append(proof)
        return found

    @cached_property
    def _batch_signatures(self) -> dict[tuple[str, bytes], list[Signed]]:
        found: dict[tuple[str, bytes], list[Signed]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("BatchRegistered")):
            if name == "registerBatch":
                batch, *signatures = arguments
                found[transaction, struct_hash(BATCH, *batch)] += signatures
        return found

    @cached_property
    def _credit_notes(self) -> dict[tuple[str, bytes], list[Signed]]:
        found: dict[tuple[str, bytes], list[Signed]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("EvidenceCredited")):
            if name == "credit":
                note, *signatures = arguments
                found[transaction, struct_hash(CREDIT_NOTE, *note)] += signatures
        return found

    @cached_property
    def _loan_offers(self) -> dict[tuple[str, bytes], list[Signed]]:
        found: dict[tuple[str, bytes], list[Signed]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("LoanOpened")):
            if name == "open":
                offer, signature = arguments
                found[transaction, struct_hash(LOAN_OFFER, *offer)].append(signature)
        return found

    @cached_property
    def _sale_consents(self) -> dict[tuple[str, int], list[tuple[tuple[Any, ...], Signed]]]:
        found: dict[tuple[str, int], list[tuple[tuple[Any, ...], Signed]]] = defaultdict(list)
        for transaction, name, arguments in self._calls(self._history.named("SaleAssigned")):
            if name == "assignSale":
                *consent, signature = arguments
                found[transaction, consent[0]].append((tuple(consent), signature))
        return found

    @cached_property
    def _identities(self) -> dict[int, bytes]:
        return {event["evidence"]: event["identity"] for event in self._history.named("EvidenceRegistered")}

    def _calls(self, events: Iterable[Event]) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        """(transaction, function, arguments) of every call to ledger, registry and loans in the events' transactions."""
        for name, transaction in self._history.calldata(event.transaction for event in events).items():
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

    def _signed(
        self, contract: str, hashed: bytes, signatures: Iterable[Signed], party: int, event: Event
    ) -> bool:  # fmt: skip
        digest = keccak(b"\x19\x01" + self._domain(contract) + hashed)
        return any(
            self._register.any_of([key], party, event)
            and is_signature_of(self._node, key, digest, signature, event.block)
            for key, signature in signatures
        )

    def _domain(self, contract: str) -> bytes:
        return keccak(
            keccak(text=_DOMAIN)
            + abi_encode(
                ["bytes32", "bytes32", "uint256", "address"],
                [keccak(text=f"Pearlchain {contract}"), keccak(text="1"), self._chain_id, self._addresses[contract]],
            )
        )


@dataclass(frozen=True, slots=True)
class _OfferTaken:
    """A bank's offer with its piece taken apart, as it is signed, and the two signatures that came along."""

    values: tuple[Any, ...]
    by_bank: Signed
    by_fee_payer: Signed

    def hashes(self, fee_payer: int) -> list[tuple[bytes, list[Signed]]]:
        """What was signed, and by whom: the offer, and where another party than the seller bears the fee, its agreement."""
        offer = struct_hash(FINANCE_OFFER, *self.values)
        agreement = keccak(keccak(text=FEE_AGREEMENT) + abi_encode(["uint32", "bytes32"], [fee_payer, offer]))
        return [(offer, [self.by_bank]), (agreement, [self.by_fee_payer])]


def is_signature_of(node: NodeReader, key: str, digest: bytes, signature: bytes, block: int) -> bool:
    """Whether a key, or a company contract as it was at the block, stands behind a signature."""
    if recovered(digest, signature) == key.lower():
        return True
    if not node.code(key, block):
        return False
    question = keccak(text="isValidSignature(bytes32,bytes)")[:4] + abi_encode(
        ["bytes32", "bytes"], [digest, signature]
    )
    answer = node.calls([(key, question)], block)[0]
    return answer is not None and answer[:4] == _ERC1271_MAGIC


def merkle_root(commitment: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a member's proof leads to: its commitment hashed twice, then pairs in the order of their values."""
    node = keccak(keccak(commitment))
    for other in proof:
        node = keccak(min(node, other) + max(node, other))
    return node


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The address that made an ECDSA signature; None when it is none."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    try:
        made = secp256k1.Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(made.recover_public_key_from_msg_hash(digest).to_address())
    except (BadSignature, ValidationError):
        return None


def _taken_apart(reference: int) -> tuple[int, int, int, int]:
    """Piece, parent's index, evidence and day of maturity of a packed reference."""
    return reference & (1 << 80) - 1, reference >> 80 & 0xFFFF, reference >> 96 & (1 << 40) - 1, reference >> 136


def _acceptance_key(offer: Event) -> tuple[Any, ...]:
    return offer.transaction, offer["owner"], offer["amount_minor"], offer["evidence"], offer["deadline"]


def _sale_key(event: Event) -> tuple[Any, ...]:
    return (
        event.transaction, event.parent, event["amountMinor"], event["bank"], event["registrationNumber"],
        event["descriptionHash"],
    )  # fmt: skip
