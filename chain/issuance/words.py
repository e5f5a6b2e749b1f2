"""Storage words in events: the contracts tell a piece or an obligation as the word that they stored, taken apart here.

The packing is that of `contracts/libraries/*Words.sol`, lowest bits first; fields have the contracts' names.
"""

from __future__ import annotations

PACKINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "PieceWord": (
        ("amountMinor", 64), ("owner", 32), ("parentIndex", 16), ("evidence", 40), ("useIndex", 16), ("hops", 8),
        ("tier", 8), ("state", 4), ("flags", 4), ("deadline", 32), ("openOffers", 16), ("childCount", 16),
    ),
    "ObligationWord": (
        ("faceMinor", 64), ("liveMinor", 64), ("maturityDay", 16), ("pieceCount", 16), ("maxPieces", 16),
        ("maxHops", 8), ("graceDays", 8), ("rulebookVersion", 16), ("instrument", 8), ("flags", 8), ("heldCount", 16),
        ("currency", 8), ("utcOffsetQuarterHours", -8),
    ),
}  # fmt: skip
"""Type of the word in the contracts → (field, bits); bits below 0: a signed number of as many."""

#: States of a piece, in the contracts' numbers (`contracts/types/Movements.sol`).
STATES = (
    "none", "offered", "held", "locked", "on_hold", "redeemed", "rejected", "expired", "voided", "written_off",
)  # fmt: skip


def unpacked(kind: str, word: int) -> dict[str, int]:
    """The fields of a word of one of the `PACKINGS`."""
    fields = {}
    for name, bits in PACKINGS[kind]:
        width = abs(bits)
        value = word & (1 << width) - 1
        fields[name] = value - (1 << width) if bits < 0 and value >> width - 1 else value
        word >>= width
    return fields
