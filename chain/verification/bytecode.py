"""Is what runs at the addresses what the sources say? Compiled again, run again, compared byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.crypto import keccak

from chain.issuance.compilation import Artifacts, build
from chain.issuance.deployment import order_table
from chain.issuance.interfaces import modules
from chain.language import translate
from chain.verification.node import NodeReader, NodeRefused

#: Constructor arguments that leave no trace in the code, only in storage; any that the constructor takes will do.
_ANY_RULES = (1, 1, 1, 1, 0, 0, 1, False)
#: No chain was there in 1973, and none counts seconds of the year 5138.
_FIRST_MILLISECONDS = 100_000_000_000
_NOBODY = "0x" + "11" * 20


@dataclass(frozen=True, slots=True)
class BytecodeResult:
    """What was found at one contract's address."""

    contract: str
    address: str
    ok: bool
    template: str
    """English sentence over ``values``, translated on display."""
    values: dict[str, str | int]

    @property
    def detail(self) -> str:
        """The finding in English."""
        return self.text()

    def text(self, language: str = "en") -> str:
        """The finding in the reader's language."""
        return translate(self.template, language).format(**self.values)

    def as_json(self) -> dict[str, Any]:
        return {"contract": self.contract, "address": self.address, "ok": self.ok, "detail": self.detail}


def verify_bytecode(
    *, endpoint: str, addresses: Mapping[str, str], project_root: Path, artifacts: Artifacts | None = None
) -> list[BytecodeResult]:
    """Compare the code at ``addresses`` (contract name → address) with the sources of ``project_root``.

    The sources are compiled anew (some minutes), unless ``artifacts`` are given. A constructor writes immutable values
    into the code; they are checked too, by running the creation code again at the contract's own address, in a call that
    changes nothing, with the arguments that the other addresses give. What the ledger and the orders look up in a table is
    asked of them.

    Raises Unavailable (the node), ContractsMissing and ContractsNotCompiled (the sources).
    """
    compiled = artifacts or recompile(project_root)
    with NodeReader(endpoint) as node:
        block = node.block_number()
        results = [_compare(node, name, addresses, compiled, block) for name in addresses]
        return [*results, *_compare_tables(node, addresses, compiled, block)]


def recompile(project_root: Path) -> Artifacts:
    """Compile from the sources, whatever earlier builds have kept."""
    with TemporaryDirectory(prefix="recompiled-") as folder:
        return build(project_root, Path(folder))


def _compare(
    node: NodeReader, name: str, addresses: Mapping[str, str], artifacts: Artifacts, block: int
) -> BytecodeResult:
    address = addresses[name]

    def found(ok: bool, template: str, **values: str | int) -> BytecodeResult:
        return BytecodeResult(name, address, ok, template, values)

    compiled = artifacts[name.partition(":")[0]]
    code = node.code(address, block)
    if not code:
        return found(False, "there is no contract at this address")
    if not compiled.is_deployed_as(code):
        place = next((at for at, (one, other) in enumerate(zip(code, compiled.deployed_bytecode, strict=False))
                      if one != other and not _in_immutable(at, compiled.immutable_references)), len(code))  # fmt: skip
        return found(False, "the code differs from the compiled sources at byte {place}", place=place)
    if not compiled.immutable_references:
        return found(True, "{bytes} bytes are those of the sources", bytes=len(code))
    try:
        creation = compiled.creation(*_arguments(node, name, addresses, artifacts, block))
        expected = node.code_created_at(address, creation, block)
    except (NodeRefused, DecodingError) as error:
        return found(False, "the values in its code could not be checked: {reason}", reason=str(error))
    if code != expected:
        return found(False, "its code holds other values (addresses it works with) than it should")
    places = len(compiled.immutable_references)
    return found(True, "{bytes} bytes are those of the sources, {places} values in them checked",
                 bytes=len(code), places=places)  # fmt: skip


def _in_immutable(place: int, references: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= place < start + length for start, length in references)


def _arguments(
    node: NodeReader, name: str, addresses: Mapping[str, str], artifacts: Artifacts, block: int
) -> tuple[Any, ...]:
    """What the constructor of the contract must have been given."""
    authority, ledger, loans = addresses["Authority"], addresses["CreditLedger"], addresses["Loans"]
    participants, rulebook, registry = addresses["Participants"], addresses["Rulebook"], addresses["TradeRegistry"]
    warehouse, settlement, forwarder = addresses["Warehouse"], addresses["Settlement"], addresses["SignedOrders"]
    ticks = _ticks_a_second(node, block)
    wiring = (participants, rulebook, registry, settlement, forwarder, ticks)
    match name.partition(":")[0]:
        case "Authority":
            return (_NOBODY,)
        case "Participants":
            return (authority, ledger, ticks, forwarder)
        case "Rulebook":
            return (authority, ledger, ticks, _ANY_RULES, _ANY_RULES, forwarder)
        case "TradeRegistry":
            return (participants, ledger, loans, warehouse, ticks, forwarder)
        case "Warehouse":
            return (participants, registry, loans, forwarder)
        case "Loans":
            return (participants, registry, warehouse, settlement, ticks, forwarder)
        case "Settlement":
            return (authority, ledger, loans, ticks)
        case "SignedOrders":
            return (ticks, *order_table(artifacts, addresses).creation_arguments())
        case "CreditLedger":
            # Which module has which function is in storage (`_compare_tables`).
            return (wiring, [])
        case "LedgerReader":
            return (ledger, participants)
        case "DepositToken":
            # Its name, its bank and its decimals are its own; that it works with these participants is not.
            views = (("name", "string"), ("symbol", "string"), ("decimals", "uint8"), ("bank", "uint32"))
            answers = node.calls([(addresses[name], keccak(text=f"{view}()")[:4]) for view, _ in views], block)
            title, symbol, decimals, bank = (
                abi_decode([kind], answer or b"")[0] for (_, kind), answer in zip(views, answers, strict=True)
            )
            return (title, symbol, decimals, participants, bank)
        case _:  # a module of the ledger
            return (wiring,)


def _struct_type(node: NodeReader, address: str, number: int, block: int) -> bytes:
    question = keccak(text="structType(uint256)")[:4] + abi_encode(["uint256"], [number])
    return node.calls([(address, question)], block)[0] or b""


def _ticks_a_second(node: NodeReader, block: int) -> int:
    """1 where the chain's blocks count seconds, 1,000 where they count milliseconds: those have three digits more."""
    return 1_000 if node.block_times([block])[block] > _FIRST_MILLISECONDS else 1


def _compare_tables(
    node: NodeReader, addresses: Mapping[str, str], artifacts: Artifacts, block: int
) -> Iterator[BytecodeResult]:
    """Tables that the code reads from storage: the ledger's of modules, and the orders' of functions."""
    parts = modules(artifacts)
    asked = [
        (part, function_abi_to_4byte_selector(entry))  # type: ignore[arg-type]
        for part in parts
        for entry in artifacts[f"I{part}"].abi
        if entry["type"] == "function"
    ]
    module_of = keccak(text="moduleOf(bytes4)")[:4]
    answers = node.calls(
        [(addresses["CreditLedger"], module_of + selector.ljust(32, b"\0")) for _, selector in asked], block
    )  # fmt: skip
    wrong = [
        part
        for (part, _), answer in zip(asked, answers, strict=True)
        if answer is None or answer[12:].hex() != addresses[part][2:].lower()
    ]
    yield BytecodeResult(
        "CreditLedger.moduleOf", addresses["CreditLedger"], not wrong,
        "its table gives a function of {module} to another address" if wrong else "its table has {count} functions of modules",
        {"module": wrong[0]} if wrong else {"count": len(asked)},
    )  # fmt: skip
    table = order_table(artifacts, addresses)
    forms = list(table.forms.items())
    questions = [
        (addresses["SignedOrders"], keccak(text="form(address,bytes4)")[:4] + abi_encode(["address", "bytes4"], key))
        for key, _ in forms
    ]
    found = node.calls(questions, block)
    differs = [
        form.function["name"]
        for (_, form), answer in zip(forms, found, strict=True)
        if answer != form.type_hash + form.shape(table.structs)
    ]
    structs = [_struct_type(node, addresses["SignedOrders"], n + 1, block) for n in range(len(table.structs))]
    ok = not differs and structs == [keccak(text=text) for text in table.structs]
    yield BytecodeResult(
        "SignedOrders.form", addresses["SignedOrders"], ok,
        "its table has {count} functions that can be ordered" if ok else "its table reads orders of {function} otherwise",
        {"count": len(forms)} if ok else {"function": differs[0] if differs else "?"},
    )  # fmt: skip
