"""Storage words of the contracts, taken apart: events tell a piece or an obligation as its word, and views a sale.

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
    "SaleWord": (
        ("proceedsMinor", 64), ("contestHours", 8), ("attestedAt", 40), ("contested", 1), ("accountBank", 32),
    ),
}  # fmt: skip
"""Type of the word in the contracts → (field, bits); bits below 0: a signed number of as many."""

#: States of a piece, in the contracts' numbers (`contracts/types/Movements.sol`).
STATES = (
    "none", "offered", "held", "locked", "on_hold", "redeemed", "rejected", "expired", "voided", "written_off",
)  # fmt: skip


#: Kind of word → (field, its lowest bit, mask) of all fields, and (field, its highest bit) of those with a sign.
_FIELDS = {
    kind: [
        (name, sum(abs(bits) for _, bits in packing[:place]), (1 << abs(width)) - 1)
        for place, (name, width) in enumerate(packing)
    ]
    for kind, packing in PACKINGS.items()
}
_SIGNED = {
    kind: [(name, 1 << -width - 1) for name, width in packing if width < 0] for kind, packing in PACKINGS.items()
}


def unpacked(kind: str, word: int) -> dict[str, int]:
    """The fields of a word of one of the `PACKINGS`."""
    fields = {name: word >> lowest & mask for name, lowest, mask in _FIELDS[kind]}
    for name, highest in _SIGNED[kind]:
        fields[name] -= 2 * (fields[name] & highest)
    return fields
