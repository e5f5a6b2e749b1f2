"""Where a contract keeps a variable: slots of plain variables and of mappings, from the compiler's storage layout.

Rules of the layout: Solidity documentation, 'Layout of State Variables in Storage and Transient Storage'.
"""

from __future__ import annotations

from typing import Any

from eth_utils import keccak

from chain.errors import PearlError


class VariableMissing(PearlError):
    """The compiled contract has no state variable of that name: this program and the contracts do not fit."""

    message = "the compiled contract keeps no variable '{name}'"
    next_step = "verify with the version of this program that deployed the contracts"


class StorageLayout:
    """The layout of one contract, as the compiler wrote it (``storageLayout`` of its output)."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self._variables = {entry["label"]: entry for entry in layout["storage"]}
        self._types: dict[str, Any] = layout["types"] or {}

    def slot(self, name: str) -> int:
        """The slot of a state variable; of a mapping, the slot that its keys are hashed with. Raises VariableMissing."""
        return int(self._entry(name)["slot"])

    def value(self, name: str, word: int) -> int:
        """The variable's own bits in its slot's word: several small variables share one. Raises VariableMissing."""
        entry = self._entry(name)
        width = int(self._types[entry["type"]]["numberOfBytes"]) * 8
        return word >> (8 * int(entry["offset"])) & ((1 << width) - 1)

    def members(self, name: str) -> dict[str, tuple[int, int, int]]:
        """Of a mapping to a struct: member → (slot within the struct, offset in bits, width in bits)."""
        kind = self._types[self._entry(name)["type"]]
        while "value" in kind:
            kind = self._types[kind["value"]]
        return {
            member["label"]: (
                int(member["slot"]),
                8 * int(member["offset"]),
                8 * int(self._types[member["type"]]["numberOfBytes"]),
            )
            for member in kind.get("members", ())
        }

    def _entry(self, name: str) -> dict[str, Any]:
        try:
            entry: dict[str, Any] = self._variables[name]
        except KeyError:
            raise VariableMissing(name=name) from None
        return entry


def mapping_slot(slot: int, *keys: int) -> int:
    """The slot of ``mapping[key]…``, for keys of value types: keccak256(key ‖ slot), once for each key.

    >>> hex(mapping_slot(0, 0))[:10]
    '0xad3228b6'
    """
    for key in keys:
        slot = int.from_bytes(keccak(key.to_bytes(32, "big") + slot.to_bytes(32, "big")), "big")
    return slot
