"""Reads together the rows that a range of events is about, before they are folded one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from chain.books.unit_of_work import UnitOfWork
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


def read_ahead(books: UnitOfWork, happened: Sequence[tuple[EventShape, dict[str, Any]]]) -> None:
    """Read what these events name, what that rests on, and what exposure is counted by. What else they need is read when it is
    needed."""
    wanted: dict[str, set[Any]] = defaultdict(set)
    made: set[Any] = set()
    pieces, evidence = wanted["pieces"], wanted["evidence"]
    for shape, arguments in happened:
        new = _MADE.get(shape.name)
        for name, table in _named(shape):
            value = arguments[name]
            if table == "pieces":
                value = value >> 16, value & 0xFFFF
            if name == new:
                made.add((table, value))
            elif (table, value) not in made:
                wanted[table].add(value)
        if "key" in arguments:
            wanted["keys"].add(arguments["key"])
        if shape.name == "PieceOffered":
            obligation = arguments["piece"] >> 16
            if arguments["parentIndex"] and ("pieces", (obligation, arguments["parentIndex"])) not in made:
                pieces.add((obligation, arguments["parentIndex"]))
            evidence.add(arguments["evidence"])
    evidence -= {value for table, value in made if table == "evidence"}
    books.pieces.read(pieces)
    read = [row for key in pieces if (row := books.pieces.find(key)) is not None]
    books.pieces.read({(row["obligation"], row["parent"]) for row in read if row["parent"]})
    evidence |= {row["evidence"] for row in read if row["evidence"]}
    obligations = {value for table, value in made if table == "obligations"}
    named = {key[0] for key in pieces} | {value[0] for table, value in made if table == "pieces"}
    wanted["obligations"] |= named - obligations
    obligations |= wanted["obligations"]
    lines = {obligation >> 24 for obligation in obligations}
    wanted["lines"] |= lines
    for table, keys in wanted.items():
        books.tables[table].read(keys)
    books.guarantees.read_groups(obligations)
    books.backers.read_groups(lines | wanted["lines"])


@lru_cache(maxsize=1_000)
def _named(shape: EventShape) -> tuple[tuple[str, str], ...]:
    return tuple((name, _TABLES[kind]) for name, kind in shape.named.items() if kind in _TABLES)
