"""Taking blocks back: what rows of the books were before each block that is not final, and their return to it."""

from __future__ import annotations

from typing import Any

from msgspec import json
from sqlalchemy import Connection, delete, select, update

from chain.books import cells
from chain.books.unit_of_work import FOLDED, Key, Row, UnitOfWork, delete_rows
from chain.store.bulk import insert_rows, write_rows
from chain.store.tables import blocks, events, exposure_changes, exposures, undo


class Journal:
    """What the open unit of work writes down of blocks that may be taken back."""

    def __init__(self, books: UnitOfWork) -> None:
        self._books = books
        self._rows: list[tuple[int, str]] = []

    def close_block(self) -> None:
        """Write down what the rows that the open block changed were before it."""
        changed = [
            (name, key, before) for name, rows in self._books.tables.items() for key, before in rows.before.items()
        ]
        if changed:
            self._rows.append((self._books.block, json.encode(changed).decode()))

    def write(self) -> None:
        """Bring it into the database."""
        insert_rows(self._books.connection, undo, self._rows)
        self._rows = []


def take_back(connection: Connection, block: int) -> None:
    """Bring the books to where they were after ``block``, of which all later ones must be written down here."""
    tables = {table.name: table for table in FOLDED}
    oldest: dict[tuple[str, Key], Row | None] = {}
    statement = select(undo.c.rows).where(undo.c.block_number > block).order_by(undo.c.block_number.desc())
    for text in connection.scalars(statement):
        for name, key, before in json.decode(text):
            oldest[name, tuple(key) if isinstance(key, list) else key] = before
    back: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables}
    gone: dict[str, list[Key]] = {name: [] for name in tables}
    for (name, key), before in oldest.items():
        if before is None:
            gone[name].append(key)
        else:
            back[name].append(tuple(before[column.name] for column in tables[name].columns))
    for name, table in tables.items():
        # What a block made goes first: what it took away may have been as unique.
        delete_rows(connection, table, gone[name])
        write_rows(connection, table, back[name])
    cells.undo_after(connection, block)
    for table, number in ((events, events.c.block_number), (undo, undo.c.block_number), (blocks, blocks.c.number)):
        connection.execute(delete(table).where(number > block))


def begin_anew(connection: Connection) -> None:
    """Empty the books: nothing of them is of the chain."""
    for table in (*FOLDED, exposures, exposure_changes, undo, events, blocks):
        connection.execute(delete(table))


def finalise(connection: Connection, block: int) -> None:
    """Nothing up to ``block`` will be taken back: forget how."""
    connection.execute(delete(undo).where(undo.c.block_number <= block))
    # Looked for from the newest on, of which only so many are not final; the chain may be long.
    newest = select(blocks.c.number).where(blocks.c.final).order_by(blocks.c.number.desc()).limit(1)
    final = connection.scalar(newest)
    since = -1 if final is None else final
    connection.execute(update(blocks).where(blocks.c.number > since, blocks.c.number <= block).values(final=True))
