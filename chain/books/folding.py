"""Some blocks folded into the books within one transaction: events, the exposure that they change, and how to take them back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from chain.books.cells import Cells
from chain.books.fold import Arguments, Fold
from chain.books.undo import Journal
from chain.books.unit_of_work import UnitOfWork


class Folding:
    """Blocks in the order of the chain, one after the other; nothing is in the database before `write`.

    ``earlier``: the books of the blocks just before, where nothing was written to the books since.
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

    def write(self) -> None:
        """Bring all of it into the database."""
        for part in (self.books, self._cells, self._journal):
            part.write()
