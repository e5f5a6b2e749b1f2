"""Is what runs at the addresses what the sources say? Compiled again, run again, compared byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak

from chain.issuance.compilation import Artifacts, build
from chain.language import translate
from chain.verification.node import NodeReader, NodeRefused

#: Constructor arguments that leave no trace in the code, only in storage; any that the constructor takes will do.
_ANY_RULES = (1, 1, 1, 0)
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

    The sources are compiled anew (about a minute), unless ``artifacts`` are given. A constructor writes immutable values
    into the code; they are checked too, by running the creation code again at the contract's own address, in a call that
    changes nothing, with the arguments that the other addresses give.

    Raises Unavailable (the node), ContractsMissing and ContractsNotCompiled (the sources).
    """
    compiled = artifacts or recompile(project_root)
    with NodeReader(endpoint) as node:
        block = node.block_number()
        return [_compare(node, name, addresses, compiled, block) for name in addresses]


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
        creation = compiled.creation(*_arguments(node, name, addresses, block))
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


def _arguments(node: NodeReader, name: str, addresses: Mapping[str, str], block: int) -> tuple[Any, ...]:
    """What the constructor of the contract must have been given."""
    authority, ledger = addresses["Authority"], addresses["CreditLedger"]
    participants = addresses["Participants"]
    match name.partition(":")[0]:
        case "Authority":
            return (_NOBODY,)
        case "Participants":
            return (authority,)
        case "Rulebook":
            return (authority, _ANY_RULES, _ANY_RULES)
        case "TradeRegistry":
            return (participants, ledger)
        case "Settlement":
            return (authority, ledger)
        case "CreditLedger":
            return (participants, addresses["Rulebook"], addresses["TradeRegistry"], addresses["Settlement"])
        case "LedgerReader":
            return (ledger,)
        case "DepositToken":
            # Its name, its bank and its decimals are its own; that it works with these participants is not.
            views = (("name", "string"), ("symbol", "string"), ("decimals", "uint8"), ("bank", "uint32"))
            answers = node.calls([(addresses[name], keccak(text=f"{view}()")[:4]) for view, _ in views], block)
            title, symbol, decimals, bank = (
                abi_decode([kind], answer or b"")[0] for (_, kind), answer in zip(views, answers, strict=True)
            )
            return (title, symbol, decimals, participants, bank)
        case other:
            raise KeyError(other)
