"""The contracts as Python sees them: calls encoded, events and errors decoded, EIP-712 messages laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector, get_abi_input_types
from web3 import Web3
from web3.exceptions import ContractLogicError

from chain.errors import ContractRefused
from chain.identifiers import FIRST_DAY, LineId, ObligationId, PieceId, PieceReference
from chain.issuance.advice import ADVICE
from chain.issuance.compilation import Artifacts
from chain.issuance.decoding import ChainEvent, EventDecoder
from chain.issuance.interfaces import interface, modules
from chain.issuance.outbox import Call, revert_data
from chain.issuance.words import STATES

_STANDARD_ERROR = bytes.fromhex("08c379a0")
_STANDARD_PANIC = bytes.fromhex("4e487b71")


class Contracts:
    """Deployed contracts by name (``CreditLedger``, ``TradeRegistry``, …); what a module of the ledger does is the ledger's."""

    def __init__(self, web3: Web3, artifacts: Artifacts, addresses: Mapping[str, str]) -> None:
        self.web3 = web3
        self.artifacts = artifacts
        self.addresses = {name: Web3.to_checksum_address(address) for name, address in addresses.items()}
        self._functions: dict[tuple[str, str], dict[str, Any]] = {}
        self.decoder = EventDecoder()
        self._errors: dict[bytes, dict[str, Any]] = {}
        self._domains: dict[str, tuple[Any, ...]] = {}
        parts = modules(artifacts)
        for name, address in self.addresses.items():
            if name not in parts:
                self._learn(name, address)

    def _learn(self, name: str, address: str) -> None:
        abi = interface(self.artifacts, name.partition(":")[0])
        for entry in abi:
            if entry["type"] == "function":
                self._functions[name, entry["name"]] = entry
            elif entry["type"] == "error":
                selector = function_abi_to_4byte_selector({**entry, "type": "function"})  # type: ignore[arg-type]
                self._errors[selector] = entry
        self.decoder.learn(name, address, [entry for entry in abi if entry["type"] == "event"])

    # --- calls -----------------------------------------------------------------------------------------------------

    def data(self, contract: str, function: str, *arguments: Any) -> bytes:
        """Call data of ``contract.function(arguments)``; structs are tuples in the order of their fields."""
        entry = self._functions[contract, function]
        return function_abi_to_4byte_selector(entry) + abi_encode(get_abi_input_types(entry), arguments)  # type: ignore[arg-type]

    def call(self, contract: str, function: str, *arguments: Any, asked: str | None = None) -> Call:
        """The same as an outbox call; ``asked`` as in `Call`."""
        data = self.data(contract, function, *arguments)
        return Call(f"{contract}.{function}", self.addresses[contract], data, asked)

    def together(self, contract: str, calls: list[bytes], kind: str) -> Call:
        """Several calls of one signer as one transaction: all of them happen, or none."""
        if len(calls) == 1:
            return Call(kind, self.addresses[contract], calls[0])
        return Call(kind, self.addresses[contract], self.data(contract, "multicall", calls))

    def read(self, contract: str, function: str, *arguments: Any, block: int | str = "latest") -> Any:
        """Result of a view: one value, or a tuple. Raises the decoded contract error."""
        entry = self._functions[contract, function]
        request = {"to": self.addresses[contract], "data": self.data(contract, function, *arguments)}
        try:
            raw = self.web3.eth.call(request, block)  # type: ignore[arg-type]
        except ContractLogicError as error:
            raise self.decode_error(revert_data(error)) from error
        values = abi_decode([collapse_if_tuple(o) for o in entry["outputs"]], bytes(raw))
        return values[0] if len(values) == 1 else values

    def output_names(self, contract: str, function: str) -> list[str]:
        """Names of a view's struct fields, or of its values."""
        outputs = self._functions[contract, function]["outputs"]
        return [field["name"] for field in (outputs[0].get("components") or outputs)]

    # --- events ----------------------------------------------------------------------------------------------------

    def decode_logs(self, logs: Iterable[Mapping[str, Any]]) -> list[ChainEvent]:
        """The logs that are events of these contracts, in their order. Raises LogMalformed."""
        decoded = []
        for log in logs:
            topics = [f"0x{bytes(topic).hex()}" for topic in log["topics"]]
            shape = self.decoder.shape(log["address"].lower(), topics)
            if shape is not None:
                arguments = shape.arguments(topics, f"0x{bytes(log['data']).hex()}")
                decoded.append(
                    ChainEvent(
                        shape.contract, shape.name, arguments, log["blockNumber"], log["blockHash"].to_0x_hex(),
                        log["logIndex"], log["transactionHash"].to_0x_hex(),
                    )
                )  # fmt: skip
        return decoded

    def events_of(self, transaction_hash: str, name: str) -> list[ChainEvent]:
        """The events ``name`` of one mined transaction, in their order."""
        receipt = self.web3.eth.get_transaction_receipt(transaction_hash)  # type: ignore[arg-type]
        return [event for event in self.decode_logs(receipt["logs"]) if event.name == name]

    # --- errors ----------------------------------------------------------------------------------------------------

    def decode_error(self, data: bytes) -> ContractRefused:
        """The contract's error as the product's: named by the rule, with its values."""
        selector, body = data[:4], data[4:]
        if entry := self._errors.get(selector):
            try:
                values = abi_decode(get_abi_input_types(entry), body)  # type: ignore[arg-type]
            except DecodingError:
                values = ()
            shown = ", ".join(
                f"{one['name']} {_shown(one, value)}" for one, value in zip(entry["inputs"], values, strict=False)
            )
            advice = ADVICE.get(entry["name"], "see the contract's documentation of this error")
            return ContractRefused(name=entry["name"], arguments=shown, advice=advice)
        name, shown = "Reverted", f"0x{data.hex()}"
        # Who is called writes what it likes, and what an order failed with is cut off where it is long.
        with suppress(DecodingError, UnicodeDecodeError):
            if selector == _STANDARD_ERROR:
                shown = abi_decode(["string"], body)[0]
            elif selector == _STANDARD_PANIC:
                name, shown = "ArithmeticImpossible", f"panic {abi_decode(['uint256'], body)[0]:#x}"
        return ContractRefused(name=name, arguments=shown, advice="check the amounts and ids of the command")

    # --- EIP-712 ---------------------------------------------------------------------------------------------------

    def typed_data(self, contract: str, primary_type: str, message: dict[str, Any]) -> dict[str, Any]:
        """A message for signing, bound to this chain and this contract (its EIP-5267 ``eip712Domain``)."""
        if contract not in self._domains:  # which never changes
            self._domains[contract] = self.read(contract, "eip712Domain")
        _, name, version, chain_id, verifying, _, _ = self._domains[contract]
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                **{
                    struct: [{"name": n, "type": t} for n, t in TYPED[struct]]
                    for struct in (primary_type, *(t for _, t in TYPED[primary_type] if t in TYPED))
                },
            },
            "domain": {
                "name": name,
                "version": version,
                "chainId": chain_id,
                "verifyingContract": Web3.to_checksum_address(verifying),
            },
            "primaryType": primary_type,
            "message": message,
        }


#: EIP-712 structs that parties sign, in the contracts' order of fields; one of them may stand in another.
TYPED: dict[str, tuple[tuple[str, str], ...]] = {
    "Confirmation": (
        ("identity", "bytes32"), ("digest", "bytes32"), ("kind", "uint8"), ("faceMinor", "uint64"),
        ("currency", "uint8"), ("buyer", "uint32"), ("seller", "uint32"), ("deliveryDay", "uint16"),
        ("lot", "bytes32"), ("order", "bytes32"), ("attestor", "uint32"),
    ),
    "Acceptance": (
        ("obligation", "uint64"), ("parent", "uint80"), ("maturityDay", "uint16"), ("instrument", "uint8"),
        ("recourse", "bool"), ("evidence", "uint40"), ("evidenceUseCount", "uint16"), ("amountMinor", "uint64"),
        ("recipient", "uint32"), ("deadline", "uint40"),
    ),
    "FinanceOffer": (
        ("piece", "uint80"), ("parentIndex", "uint16"), ("evidence", "uint40"), ("maturityDay", "uint16"),
        ("childCount", "uint16"), ("amountMinor", "uint64"), ("priceMinor", "uint64"), ("annualRateMicros", "uint32"),
        ("dayCountBasis", "uint16"), ("feePayer", "uint32"), ("bank", "uint32"), ("cashToken", "address"),
        ("validUntil", "uint40"), ("registrationNumber", "bytes32"), ("descriptionHash", "bytes32"),
    ),
    "EarlyRedemption": (
        ("piece", "uint80"), ("parentIndex", "uint16"), ("evidence", "uint40"), ("maturityDay", "uint16"),
        ("amountMinor", "uint64"), ("priceMinor", "uint64"), ("cashToken", "address"), ("childCount", "uint16"),
        ("validUntil", "uint40"),
    ),
    "CreditNote": (
        ("identity", "bytes32"), ("digest", "bytes32"), ("evidence", "uint40"), ("evidenceIdentity", "bytes32"),
        ("amountMinor", "uint64"), ("currency", "uint8"), ("buyer", "uint32"), ("seller", "uint32"),
    ),
    "BatchConfirmation": (
        ("root", "bytes32"), ("buyer", "uint32"), ("attestor", "uint32"), ("count", "uint32"), ("validUntil", "uint40"),
    ),
    "LoanOffer": (
        ("kind", "uint8"), ("receipt", "uint40"), ("evidence", "uint40"), ("evidenceIdentity", "bytes32"),
        ("borrower", "uint32"), ("bank", "uint32"), ("limitMinor", "uint64"), ("currency", "uint8"),
        ("cashToken", "address"), ("annualRateMicros", "uint32"), ("dayCountBasis", "uint16"), ("maturityDay", "uint16"),
        ("utcOffsetQuarterHours", "int8"), ("validUntil", "uint40"), ("twiceMeasured", "bool"),
        ("registrationNumber", "bytes32"), ("descriptionHash", "bytes32"), ("nonce", "uint64"),
    ),
    "SaleConsent": (
        ("loan", "uint40"), ("offerHash", "bytes32"), ("invoiceIdentity", "bytes32"), ("validUntil", "uint40"),
    ),
    "FeeAgreement": (("payer", "uint32"), ("offer", "FinanceOffer")),
    "AccountJoin": (("party", "uint32"), ("account", "address"), ("validUntil", "uint40")),
    "KeyJoin": (("party", "uint32"), ("key", "address"), ("epoch", "uint8"), ("keyChanges", "uint16")),
}  # fmt: skip


#: Names of the contracts' times in unix seconds.
MOMENTS = frozenset({"deadline", "latest", "contestableUntil", "validUntil", "effectiveAt"})


def _shown(parameter: Mapping[str, Any], value: Any) -> str:
    """Ids with dots, states by their words, days as dates and moments as times (RFC 3339), as people read them."""
    name = parameter["name"]
    if isinstance(value, int) and not isinstance(value, bool):
        if parameter.get("internalType") == "enum PieceState" and value < len(STATES):
            return STATES[value].replace("_", " ")
        if name in ("piece", "parent", "marked") and value >> 16:
            return str(PieceId.from_chain(value))
        if name in ("expected", "found") and value >> 80:
            piece, parent, evidence, maturity = PieceReference.from_chain(value)
            return f"{piece} (parent {parent}, evidence {evidence}, maturity {_date(maturity)})"
        if name == "obligation":
            return str(ObligationId.from_chain(value))
        if name == "line":
            return str(LineId.from_chain(value))
        if name == "today" or name.endswith("Day"):
            return _date(value)
        if name in MOMENTS:
            return _moment(value)
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _moment(seconds: int) -> str:
    """Unix seconds as their time; what lies beyond all times, as it is."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):
        return str(seconds)


def _date(number: int) -> str:
    """A day number as its date; what lies beyond all dates, as it is."""
    try:
        return (FIRST_DAY + timedelta(days=number)).isoformat()
    except OverflowError:
        return str(number)
