"""Where a contract keeps a variable: slots of plain variables and of mappings, from the compiler's storage layout.

Rules of the layout: Solidity documentation, 'Layout of State Variables in Storage and Transient Storage'.
"""

from __future__ import annotations

from typing import Any

from eth_utils.crypto import keccak

from chain.errors import PearlError


class VariableMissing(PearlError):
    """The compiled contract has no such state variable: this program and the contracts do not fit."""

    message = "the compiled contract keeps no variable '{name}'"
    next_step = "verify with the version of this program that deployed the contracts"


class StorageLayout:
    """The layout of one contract, as the compiler wrote it (``storageLayout`` of its output)."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self._variables: list[dict[str, Any]] = layout["storage"]
        self._types: dict[str, Any] = layout["types"] or {}

    def variable(self, name: str) -> tuple[int, int, int]:
        """(slot, offset in bits, width in bits) of a plain variable; small ones share a slot. Raises VariableMissing."""
        for entry in self._variables:
            if entry["label"] == name:
                width = 8 * int(self._types[entry["type"]]["numberOfBytes"])
                return int(entry["slot"]), 8 * int(entry["offset"]), width
        raise VariableMissing(name=name)

    def mapping(self, *types: str, variable: str = "") -> int:
        """The slot that a mapping's keys are hashed with, by the types of its keys and value.

        Ids and words are types of their own in the contracts, so the types name the mapping, whatever its variable is
        called; where several have the same types, ``variable`` says which. Raises VariableMissing when none, or more than
        one, fits.
        """
        label = types[-1]
        for key in reversed(types[:-1]):
            label = f"mapping({key} => {label})"
        slots = [
            int(entry["slot"])
            for entry in self._variables
            if self._types[entry["type"]]["label"] == label and variable in ("", entry["label"])
        ]
        if len(slots) != 1:
            raise VariableMissing(name=f"{label} {variable}".strip())
        return slots[0]


def array_slot(slot: int, index: int) -> int:
    """The slot of ``array[index]`` of a dynamic array of whole words, whose length is at ``slot``."""
    return int.from_bytes(keccak(slot.to_bytes(32, "big")), "big") + index


def mapping_slot(slot: int, *keys: int) -> int:
    """The slot of ``mapping[key]…``, for keys of value types: keccak256(key ‖ slot), once for each key.

    >>> hex(mapping_slot(0, 0))[:10]
    '0xad3228b6'
    """
    for key in keys:
        slot = int.from_bytes(keccak(key.to_bytes(32, "big") + slot.to_bytes(32, "big")), "big")
    return slot
