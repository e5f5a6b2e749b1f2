"""Some blocks folded into the books together: events, the exposure that they change, and how to take them back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from chain.books.cells import CellChanges, Cells
from chain.books.fold import Arguments, Fold
from chain.books.undo import Journal, JournalChanges
from chain.books.unit_of_work import Changed, UnitOfWork


@dataclass(frozen=True, slots=True)
class Changes:
    """What blocks that were folded change in the database; nobody else changes it any more."""

    tables: list[Changed]
    cells: CellChanges
    journal: JournalChanges

    def write(self, connection: Connection) -> None:
        """Bring all of it into the database, as it was when they were folded."""
        for part in (*self.tables, self.cells, self.journal):
            part.write(connection)


class Folding:
    """Blocks in the order of the chain, one after the other; nothing is in the database before their `changes` are written.

    ``earlier``: the books of the blocks just before, where nothing but their changes was written to the books since.
    """

    def __init__(self, connection: Connection, earlier: UnitOfWork | None = None) -> None:
        self.books = UnitOfWork(connection, earlier)
        self._cells = Cells(self.books)
        self._journal = Journal(self.books)

    def block(
        self, number: int, timestamp: int, happened: Iterable[tuple[Fold, Arguments]], *, final: bool = True
    ) -> None:  # fmt: skip
        """Fold one block's events in. Of a block that is not ``final`` it is written down how to take it back."""
        self.books.block = number
        for fold, arguments in happened:
            fold(self.books, arguments, timestamp)
        self.close_block(final=final)

    def close_block(self, *, final: bool = True) -> None:
        """What was changed since the last block is one."""
        self._cells.close_block()
        if not final:
            self._journal.close_block()
        self.books.close_block()

    def changes(self) -> Changes:
        """What the blocks since this was asked last change, to be written."""
        return Changes(self.books.changes(), self._cells.changes(), self._journal.changes())
