"""Reads together the rows that a range of events is about, before they are folded one by one."""

from __future__ import annotations

from chain.books.named import Named
from chain.books.unit_of_work import UnitOfWork


def read_ahead(books: UnitOfWork, named: Named) -> None:
    """Read what events name, what that rests on, and what exposure is counted by. What else they need is read when it is
    needed."""
    wanted, made = named
    pieces, evidence = wanted["pieces"], set(wanted["evidence"])
    books.pieces.read(pieces)
    read = [row for key in pieces if (row := books.pieces.find(key)) is not None]
    books.pieces.read({(row["obligation"], row["parent"]) for row in read if row["parent"]})
    evidence |= {row["evidence"] for row in read if row["evidence"]}
    new_obligations = made.get("obligations", set())
    of_pieces = {obligation for obligation, _ in (*pieces, *made["pieces"])} - new_obligations
    obligations = wanted.get("obligations", set()) | of_pieces
    lines = wanted.get("lines", set()) | {obligation >> 24 for obligation in obligations | new_obligations}
    for table, keys in (wanted | {"evidence": evidence, "obligations": obligations, "lines": lines}).items():
        books.tables[table].read(keys)
    books.guarantees.read_groups(obligations | new_obligations)
    books.backers.read_groups(lines)
