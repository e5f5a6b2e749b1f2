"""The books as one range of blocks changes them: rows are read once, changed in memory, and written together at the end.

`Rows` are those of one table by primary key: the value of a key of one column, a tuple of several. What a block changed is
known until it is closed, so that exposure is counted (`chain.books.cells`) and the block can be undone (`chain.books.undo`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select, tuple_

from chain.errors import PearlError
from chain.issuance.roles import BANK
from chain.store.bulk import MOST_VALUES, write_rows
from chain.store.tables import (
    allotments,
    backers,
    batches,
    claims,
    evidence,
    financing,
    guarantees,
    holds,
    keys,
    lines,
    loans,
    lots,
    obligations,
    parties,
    party_groups,
    payments,
    pieces,
    receipts,
    sales,
)

Row = dict[str, Any]
Key = Any
"""The value of a key of one column, or the tuple of several."""

#: Tables that events are folded into, and the column by which all rows of one thing are asked for.
FOLDED: dict[Table, str | None] = {
    parties: None, party_groups: None, keys: "party", lines: None, backers: "line", financing: None, allotments: None,
    evidence: None, batches: None, obligations: None, guarantees: "obligation", claims: None, payments: None,
    pieces: "obligation", sales: None, holds: None, lots: None, receipts: None, loans: None,
}  # fmt: skip

_UNREAD = object()


class BooksIncomplete(PearlError):
    message = "an event is about {table} {key}, which the books do not have"
    next_step = "use the version of this program that deployed the contracts, and a node that has all of their logs"


class Rows:
    """The rows of one table that a unit of work has looked at.

    ``earlier``: those of the unit of work before this one, if nothing was written since; what it knew is not read again.
    """

    def __init__(
        self, connection: Connection, table: Table, group: str | None, earlier: Rows | None = None
    ) -> None:  # fmt: skip
        self.table = table
        self._connection = connection
        self._columns = [str(column.name) for column in table.columns]
        self._primary = list(table.primary_key.columns)
        self._key = itemgetter(*(str(column.name) for column in self._primary))
        self._empty = dict.fromkeys(self._columns)
        self._rows: dict[Key, Row | None] = {}
        self._group = group or ""
        """Empty where no rows are asked for by a group."""
        self._groups: dict[Any, set[Key]] = defaultdict(set)
        self._read_groups: set[Any] = set()
        self._earlier_rows = earlier._rows if earlier else {}
        self._earlier_groups = {value: earlier._groups[value] for value in earlier._read_groups} if earlier else {}
        self._touched: set[Key] = set()
        self.before: dict[Key, Row | None] = {}
        """What the open block changed, as it was before the block; None where there was no such row."""

    def find(self, key: Key) -> Row | None:
        """The row, which is not to be changed; None where there is none."""
        row = self._rows.get(key, _UNREAD)
        if row is _UNREAD:
            self.read([key])
            row = self._rows[key]
        return row  # type: ignore[return-value]

    def __getitem__(self, key: Key) -> Row:
        """The row, which is not to be changed. Raises BooksIncomplete."""
        row = self._rows.get(key) or self.find(key)
        if row is None:
            raise BooksIncomplete(table=self.table.name, key=key)
        return row

    def open(self, key: Key) -> Row:
        """The row, to be changed. Raises BooksIncomplete."""
        row = self[key]
        if key not in self.before:
            self.before[key] = row.copy()
            self._touched.add(key)
        return row

    def add(self, **values: Any) -> None:
        """Make a row that was never there."""
        row = self._empty | values
        key = self._key(row)
        if self._rows.get(key) is not None:
            raise BooksIncomplete(table=self.table.name, key=key)
        self._set(key, None, row)

    def put(self, **values: Any) -> None:
        """Make a row in the place of one that may be there."""
        row = self._empty | values
        key = self._key(row)
        self._set(key, self.find(key), row)

    def drop(self, key: Key) -> None:
        """Forget a row, if it is there."""
        if (row := self.find(key)) is not None:
            self._set(key, row, None)

    def of(self, value: Any) -> list[Key]:
        """Keys of all rows of one thing: whose grouping column has the value."""
        if value not in self._read_groups:
            self.read_groups([value])
        found = ((key, self._rows[key]) for key in self._groups.get(value, ()))
        return sorted(key for key, row in found if row is not None and row[self._group] == value)

    def any_of(self, value: Any) -> bool:
        """Whether a thing has rows, of those that were read together; tables whose rows nothing deletes."""
        return value in self._groups

    def read(self, wanted: Iterable[Key]) -> None:
        """Look at many rows together."""
        unread = [key for key in wanted if key not in self._rows and not self._recall(key)]
        self._rows |= dict.fromkeys(unread)
        place = tuple_(*self._primary) if len(self._primary) > 1 else self._primary[0]
        for part in _parts(unread, MOST_VALUES // len(self._primary)):
            self._learn(place.in_(part))

    def read_groups(self, values: Collection[Any]) -> None:
        """Look at all rows of many things together."""
        unread = [value for value in values if value not in self._read_groups]
        self._read_groups |= set(unread)
        for value in self._earlier_groups.keys() & unread:
            for key in self._earlier_groups[value]:
                if key not in self._rows:
                    self._recall(key)
        unread = [value for value in unread if value not in self._earlier_groups]
        for part in _parts(unread, MOST_VALUES):
            self._learn(self.table.c[self._group].in_(part))

    def close_block(self) -> None:
        """What was changed until now is no longer of the open block."""
        self.before = {}

    def write(self) -> None:
        """Bring what was changed into the database."""
        values = itemgetter(*self._columns)
        # In the order of the key, which is that of its index: neighbours are found where the one before was.
        changed = [values(row) for key in sorted(self._touched) if (row := self._rows[key]) is not None]
        gone = [key for key in self._touched if self._rows[key] is None]
        write_rows(self._connection, self.table, changed)
        delete_rows(self._connection, self.table, gone)
        self._touched.clear()

    def _set(self, key: Key, before: Row | None, row: Row | None) -> None:
        if key not in self.before:
            self.before[key] = before
            self._touched.add(key)
        self._keep(key, row)

    def _recall(self, key: Key) -> bool:
        """Whether the unit of work before this one knew the row, as this one does then."""
        row = self._earlier_rows.pop(key, _UNREAD)
        if row is _UNREAD:
            return False
        self._keep(key, row)  # type: ignore[arg-type]
        return True

    def _keep(self, key: Key, row: Row | None) -> None:
        self._rows[key] = row
        if self._group and row is not None:
            self._groups[row[self._group]].add(key)

    def _learn(self, condition: Any) -> None:
        for values in self._connection.execute(select(self.table).where(condition)):
            row = dict(zip(self._columns, values, strict=True))
            key = self._key(row)
            if key not in self._touched:
                self._keep(key, row)


class UnitOfWork:
    """All tables of the books, over one transaction. Whoever opened it says where a block ends, and that all is written.

    ``earlier``: the one before it, where nothing was written to the books since that was; it is of no use any more.
    """

    parties: Rows
    party_groups: Rows
    keys: Rows
    lines: Rows
    backers: Rows
    financing: Rows
    allotments: Rows
    evidence: Rows
    batches: Rows
    obligations: Rows
    guarantees: Rows
    claims: Rows
    payments: Rows
    pieces: Rows
    sales: Rows
    holds: Rows
    lots: Rows
    receipts: Rows
    loans: Rows

    def __init__(self, connection: Connection, earlier: UnitOfWork | None = None) -> None:
        self.connection = connection
        self.block = 0
        """Number of the open block."""
        self.tables: dict[str, Rows] = {
            str(table.name): Rows(connection, table, group, earlier.tables[table.name] if earlier else None)
            for table, group in FOLDED.items()
        }
        for name, rows in self.tables.items():
            setattr(self, name, rows)
        self._banks: set[int] | None = earlier._banks if earlier else None

    @property
    def banks(self) -> set[int]:
        """Parties with the role of a bank, which nobody gains or loses after its registration; who registers one adds it."""
        if self._banks is None:
            is_bank = parties.c.roles.bitwise_and(BANK) != 0
            self._banks = set(self.connection.scalars(select(parties.c.id).where(is_bank)))
        return self._banks

    def close_block(self) -> None:
        """What was changed until now is no longer of the open block."""
        for rows in self.tables.values():
            rows.close_block()

    def write(self) -> None:
        """Bring all that was changed into the database; rows that were looked at are still good."""
        for rows in self.tables.values():
            rows.write()


def delete_rows(connection: Connection, table: Table, gone: list[Key]) -> None:
    """Delete the rows with these keys."""
    primary: list[Column[Any]] = list(table.primary_key.columns)
    place = tuple_(*primary) if len(primary) > 1 else primary[0]
    for part in _parts(gone, MOST_VALUES // len(primary)):
        connection.execute(delete(table).where(place.in_(part)))


def _parts(keys: list[Key], size: int) -> Iterator[list[Key]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
