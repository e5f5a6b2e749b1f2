"""The real contracts in this process, and what they say: refusals by name, words by table and key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from pyrevm import EVM, BlockEnv

from chain.issuance.compilation import Artifacts, build
from chain.issuance.deployment import BILL_RULES, Rules, deployment_plan
from chain.issuance.interfaces import interface
from tests.model.state import Key, Signed
from tests.model.words import TABLES

ROOT = Path(__file__).parents[2]
DEPLOYER = 0xA1
START = 1_800_000_000
CHAIN_ID = 1
Encoder = tuple[bool, int, Callable[[Any], bytes]]
"""Whether the type is dynamic, how many bytes it takes in the head, and what a value becomes."""

TYPES = {
    "Acceptance": (
        "CreditLedger",
        "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,bool recourse,uint40 evidence,"
        "uint16 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)",
    ),
    "FinanceOffer": (
        "CreditLedger",
        "FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,"
        "uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,"
        "address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)",
    ),
    "EarlyRedemption": (
        "CreditLedger",
        "EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,"
        "uint64 priceMinor,address cashToken,uint16 childCount,uint40 validUntil)",
    ),
    "Confirmation": (
        "TradeRegistry",
        "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,"
        "uint32 seller,uint16 deliveryDay,bytes32 lot,bytes32 order,uint32 attestor)",
    ),
    "CreditNote": (
        "TradeRegistry",
        "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,"
        "uint8 currency,uint32 buyer,uint32 seller)",
    ),
    "AccountJoin": ("Participants", "AccountJoin(uint32 party,address account,uint40 validUntil)"),
    "KeyJoin": ("Participants", "KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)"),
}
TYPES["FeeAgreement"] = (
    "CreditLedger",
    "FeeAgreement(uint32 payer,FinanceOffer offer)" + TYPES["FinanceOffer"][1],
)
TYPE_HASHES = {name: keccak(text.encode()) for name, (_, text) in TYPES.items()}


class Difference(AssertionError):
    """Model and contracts do not agree."""


def word(value: int) -> bytes:
    return (value % (1 << 256)).to_bytes(32, "big")


def address_text(address: int) -> str:
    return f"0x{address:040x}"


def private_key(number: int) -> PrivateKey:
    return PrivateKey(keccak(b"pearlchain model key %d" % number))


def address_of(key: PrivateKey) -> int:
    return int.from_bytes(keccak(key.public_key.format(compressed=False)[1:])[12:], "big")


def struct_hash(type_name: str, values: tuple[Any, ...]) -> bytes:
    if type_name == "FeeAgreement":
        payer, offer = values
        return keccak(TYPE_HASHES[type_name] + word(payer) + struct_hash("FinanceOffer", offer))
    return keccak(TYPE_HASHES[type_name] + b"".join(map(word, values)))


class Chain:
    """One deployment, its clock, and the private keys of all who sign."""

    def __init__(self, artifacts: Artifacts | None = None) -> None:
        self.artifacts = artifacts or build(ROOT)
        self.evm = EVM(gas_limit=10**9)
        self.now = START
        self.steps = 0
        self._set_time()
        plan = deployment_plan(self.artifacts, address_text(DEPLOYER), 0)
        for step in plan.steps:
            if step.target is None:
                self.evm.deploy(address_text(DEPLOYER), step.data)
            else:
                self.evm.message_call(address_text(DEPLOYER), step.target, step.data)
        self.addresses = {name: address.lower() for name, address in plan.addresses.items()}
        self._abis = {
            name: interface(self.artifacts, name)
            for name in (*self.addresses, "DepositToken")
            if name in self.artifacts
        }
        self._encoders: dict[tuple[str, str], tuple[bytes, Encoder]] = {}
        self._errors = self._read_errors()
        self._domains = {name: self._domain(name) for name in ("CreditLedger", "TradeRegistry", "Participants")}
        self._places = self._read_places()
        self._slots: dict[tuple[str, Key], int] = {}
        self.signers: dict[int, PrivateKey] = {}
        self._signatures: dict[Signed, bytes] = {}
        self._at_start: dict[str, dict[int, int]] = {}
        self.reverted = b""
        """What the last refused call answered: selector and arguments of its error."""

    def _read_errors(self) -> dict[bytes, str]:
        errors = {bytes.fromhex("4e487b71"): "Panic"}
        for contract in self.artifacts.values():
            for entry in contract.abi:
                if entry["type"] == "error":
                    text = f"{entry['name']}({','.join(collapse_if_tuple(one) for one in entry['inputs'])})"
                    errors[keccak(text.encode())[:4]] = entry["name"]
        return errors

    def _domain(self, name: str) -> bytes:
        type_text = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        parts = [keccak(type_text), keccak(b"Pearlchain " + name.encode()), keccak(b"1"), word(CHAIN_ID)]
        return keccak(b"".join(parts) + word(int(self.addresses[name], 16)))

    def _read_places(self) -> dict[str, int]:
        """Table → the slot that its mapping is numbered by."""
        places = {}
        for name, table in TABLES.items():
            storage = self.artifacts[table.contract].storage_layout["storage"]
            places[name] = next(int(one["slot"]) for one in storage if one["label"] == table.variable)
        return places

    def _set_time(self) -> None:
        self.evm.set_block_env(BlockEnv(number=1 + self.steps, timestamp=self.now))

    # --- calls

    def deploy_token(self, name: str, bank: int) -> int:
        creation = self.artifacts["DepositToken"].creation(name, name, 2, self.addresses["Participants"], bank)
        address = self.evm.deploy(address_text(DEPLOYER), creation).lower()
        self.addresses[name] = address
        self._abis[name] = self._abis["DepositToken"]
        return int(address, 16)

    def call_data(self, contract: str, function: str, arguments: tuple[Any, ...]) -> bytes:
        """Raises OverflowError for a number that its type cannot have."""
        key = contract, function
        if key not in self._encoders:
            entry = next(e for e in self._abis[contract] if e["type"] == "function" and e["name"] == function)
            self._encoders[key] = function_abi_to_4byte_selector(entry), self._sequence(entry["inputs"])
        selector, (_, _, encode) = self._encoders[key]
        return selector + encode(arguments)

    def call(self, wait: int, sender: int, contract: str, data: bytes) -> tuple[str, int]:
        """A transaction ``wait`` seconds later: (name of the refusal or "", first word of the answer)."""
        self.now += wait
        self.steps += 1
        self._set_time()
        checkpoint = self.evm.snapshot()
        try:
            answer = bytes(self.evm.message_call(address_text(sender), self.addresses[contract], data))
        except RuntimeError as refusal:
            self.evm.revert(checkpoint)
            self.reverted = self.what_reverted(refusal)
            if "output: 0x" not in str(refusal):
                return f"Halt: {refusal}", 0
            selector = self.reverted[:4]
            return self._errors.get(selector, f"0x{selector.hex()}"), 0
        self.evm.commit()
        return "", int.from_bytes(answer[:32], "big")

    @staticmethod
    def what_reverted(refusal: RuntimeError) -> bytes:
        """What the contracts answered with a refusal; nothing where the machine itself stopped."""
        found = re.search(r"output: 0x([0-9a-f]*)", str(refusal))
        return bytes.fromhex(found[1]) if found else b""

    # --- words

    def slot(self, table: str, key: Key) -> int:
        found = self._slots.get((table, key))
        if found is None:
            found = self._slots[table, key] = self._new_slot(table, key)
        return found

    def _new_slot(self, table: str, key: Key) -> int:
        kind = TABLES[table].place
        place = self._places[table]
        last = None
        if kind == "array":
            key, last = key[:-1], key[-1]
        if table == "balance":
            key = key[1:]
        for part in key:
            place = int.from_bytes(keccak(word(part) + word(place)), "big")
        if last is not None:
            place = int.from_bytes(keccak(word(place)), "big") + last
        return place

    def address(self, table: str, key: Key) -> str:
        return address_text(key[0]) if table == "balance" else self.addresses[TABLES[table].contract]

    def word(self, table: str, key: Key) -> int:
        return self.evm.storage(self.address(table, key), self.slot(table, key))

    def remember_start(self) -> None:
        """What stands in storage before the first action stays as it is unless the model says otherwise."""
        self._at_start = self.storage()

    def storage(self) -> dict[str, dict[int, int]]:
        """All words that are not zero: contract's name → slot → word."""
        text = self.evm.journal_str
        found = {}
        for name in ("CreditLedger", "TradeRegistry", "Participants", "Rulebook"):
            begin = text.index("storage: {", text.index(f"{self.addresses[name]}: Account {{")) + 10
            end = text.index("}, status:", begin)
            slots = _SLOT.findall(text, begin, end)
            found[name] = {int(slot): int(value) for slot, value in slots if value != "0"}
        return found

    def unexplained(self, explained: dict[str, set[int]]) -> dict[str, dict[int, int]]:
        """Words that neither stood there at the start nor are in any of the model's tables."""
        left = {}
        for name, words in self.storage().items():
            start = self._at_start[name]
            others = {s: w for s, w in words.items() if s not in explained[name] and start.get(s) != w}
            if others:
                left[name] = others
        return left

    # --- signatures

    def signature(self, signed: Signed) -> bytes:
        if not signed.type_name:
            return b""
        found = self._signatures.get(signed)
        if found is None:
            contract = TYPES[signed.type_name][0]
            digest = keccak(b"\x19\x01" + self._domains[contract] + struct_hash(signed.type_name, signed.fields))
            made = self.signers[signed.signer].sign_recoverable(digest, hasher=None)
            found = made[:64] + bytes([27 + made[64]])
            if len(self._signatures) > 64:
                self._signatures.clear()
            self._signatures[signed] = found
        return found

    # --- ABI, for what the contracts take

    def _sequence(self, entries: list[dict[str, Any]]) -> Encoder:
        parts = [self._encoder(entry) for entry in entries]
        head_size = sum(size for _, size, _ in parts)

        def encode(values: Any) -> bytes:
            values = self._as_tuple(values)
            heads, tails, offset = [], [], head_size
            for (dynamic, _, one), value in zip(parts, values, strict=True):
                data = one(value)
                if dynamic:
                    heads.append(word(offset))
                    tails.append(data)
                    offset += len(data)
                else:
                    heads.append(data)
            return b"".join(heads) + b"".join(tails)

        dynamic = any(one for one, _, _ in parts)
        return dynamic, 32 if dynamic else head_size, encode

    def _as_tuple(self, value: Any) -> Any:
        if isinstance(value, Signed):
            return value.key, self.signature(value)
        if is_dataclass(value):
            return tuple(getattr(value, field.name) for field in fields_of(value))
        return value

    def _encoder(self, entry: dict[str, Any]) -> Encoder:
        kind = entry["type"]
        if kind.endswith("[]"):
            dynamic, _, one = self._encoder({**entry, "type": kind[:-2]})
            return True, 32, lambda values: word(len(values)) + _listed(dynamic, [one(value) for value in values])
        if kind == "tuple":
            return self._sequence(entry["components"])
        if kind == "bytes":
            return True, 32, self._bytes
        signed = kind.startswith("int")
        bits = (
            256
            if kind == "bytes32"
            else 160
            if kind == "address"
            else 1
            if kind == "bool"
            else int(kind.lstrip("uint"))
        )
        low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

        def encode(value: int) -> bytes:
            if not low <= value < high:
                raise OverflowError(f"{value} is no {kind}")
            return word(value)

        return False, 32, encode

    def _bytes(self, value: Signed | bytes) -> bytes:
        data = self.signature(value) if isinstance(value, Signed) else value
        return word(len(data)) + data.ljust(-(-len(data) // 32) * 32, b"\0")


def _listed(dynamic: bool, items: list[bytes]) -> bytes:
    if not dynamic:
        return b"".join(items)
    heads, offset = [], 32 * len(items)
    for item in items:
        heads.append(word(offset))
        offset += len(item)
    return b"".join(heads) + b"".join(items)


_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: (\d+)")

RULES = {1: Rules(), 2: BILL_RULES}
"""Rules of voucher and bill that the deployment enacts."""
