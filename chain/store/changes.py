"""The record of what changes beside the chain: rows are only added, and in the order in which they become visible."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select

from chain.store.prepared import Prepared
from chain.store.tables import changes

#: In whose name it is written down that blocks were replaced: that concerns readers' places, and is told to nobody.
NOBODY = ""
BLOCK = "block"


def add_change(connection: Connection, enterprises: Iterable[str], name: str, kind: str, subject: str) -> int:
    """Add one change, with a row for each enterprise that it concerns. Returns its number: that of the first row.

    A reader goes on behind the last number that it saw, so no smaller one may become visible after it. PostgreSQL gives
    numbers out before transactions end, in whatever order these do; hence only in a unit of work of `Store.begin`, of which
    one begins after the other has ended.
    """
    first, *others = _rows(enterprises, name, kind, subject)
    (added,) = _ADD_ONE.rows(connection, first)
    if others:
        connection.execute(_ADD, others)
    return int(added.sequence)


def add_changes(connection: Connection, found: Iterable[tuple[Iterable[str], str, str, str]]) -> None:
    """The same of many changes together, in their order: (enterprises, name, kind, subject) of each."""
    rows = [row for change in found for row in _rows(*change)]
    if rows:
        connection.execute(_ADD, rows)


def _rows(enterprises: Iterable[str], name: str, kind: str, subject: str) -> list[dict[str, Any]]:
    row = {"at": int(time.time()), "name": name, "kind": kind, "subject": subject}
    return [row | {"enterprise": one, "echo": place > 0} for place, one in enumerate(dict.fromkeys(enterprises))]


_ADD = insert(changes)
_ADD_ONE = Prepared(_ADD.returning(changes.c.sequence), "at", "enterprise", "name", "kind", "subject", "echo")


def add_turn(connection: Connection, common: int) -> None:
    """Write down that the chain turned: the blocks above ``common`` are others from now on; −1: all are."""
    add_change(connection, [NOBODY], "ChainTurned", BLOCK, str(common))


def turns_after(connection: Connection, sequence: int) -> list[tuple[int, int]]:
    """(number of the change, last block that stayed) of each turn of the chain behind a place in the record."""
    found = select(changes.c.sequence, changes.c.subject).where(
        changes.c.enterprise == NOBODY, changes.c.sequence > sequence
    )
    return [(row.sequence, int(row.subject)) for row in connection.execute(found.order_by(changes.c.sequence))]
