"""What events are about: the rows of the books that their arguments name, found without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from chain.issuance.decoding import EventShape

#: Type of an id in the contracts → the table of what it names.
_TABLES = {
    "PieceId": "pieces", "ObligationId": "obligations", "LineId": "lines", "EvidenceId": "evidence", "LoanId": "loans",
    "ReceiptId": "receipts", "AllotmentId": "allotments",
}  # fmt: skip
#: Events that make what one of their arguments names; there is nothing to read of it.
_MADE = {
    **dict.fromkeys(
        ("PieceOffered", "PieceFinanced", "PieceLocked", "PartRedeemed", "GuarantorPaid", "RecoursePaid"), "piece"
    ),
    "Issued": "obligation", "EvidenceRegistered": "evidence", "LineGranted": "line", "LoanOpened": "loan",
    "ReceiptIssued": "receipt", "Allotted": "allotment", "AllotmentPassed": "allotment",
}  # fmt: skip


class Named(NamedTuple):
    """Keys of rows, by table."""

    wanted: dict[str, set[Any]]
    """Of what was there before these events."""
    made: dict[str, set[Any]]
    """Of what they make."""


def named_by(happened: Iterable[tuple[EventShape, dict[str, Any]]]) -> Named:
    """What these events name, in their order; each with its arguments by name."""
    wanted: dict[str, set[Any]] = defaultdict(set)
    made: dict[str, set[Any]] = defaultdict(set)
    pieces, new_pieces, evidence, new_evidence = wanted["pieces"], made["pieces"], wanted["evidence"], made["evidence"]
    for shape, arguments in happened:
        new = _MADE.get(shape.name)
        for name, table in _tables(shape):
            value = arguments[name]
            if table == "pieces":
                value = value >> 16, value & 0xFFFF
            if name == new:
                made[table].add(value)
            elif value not in made[table]:
                wanted[table].add(value)
        if "key" in arguments:
            wanted["keys"].add(arguments["key"])
        if shape.name == "PieceOffered":
            parent = arguments["piece"] >> 16, arguments["parentIndex"]
            if parent[1] and parent not in new_pieces:
                pieces.add(parent)
            if arguments["evidence"] not in new_evidence:
                evidence.add(arguments["evidence"])
    return Named(dict(wanted), dict(made))


@lru_cache(maxsize=1_000)
def _tables(shape: EventShape) -> tuple[tuple[str, str], ...]:
    return tuple((name, _TABLES[kind]) for name, kind in shape.named.items() if kind in _TABLES)
