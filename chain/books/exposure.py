"""What a bank is exposed to: committed, contingent and funded, per issuer, tier and maturity.

domain.md: committed = unused line, allotted or not; contingent = live under its line and held by no bank; funded = held by
it, however it came to it. Banks that back one line share its committed and contingent amounts; a guarantee moves its
share, as far as it is not paid yet, to the guarantor, which then stands here like a bank. Summed over all of them each piece
counts once. Shares are rounded down piece by piece, as the contract `LedgerReader` rounds them.

The sums by day of maturity are kept while events are folded (`chain.books.cells`); here they are only put into buckets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select

from chain.books.cells import COMMITTED, CONTINGENT, FUNDED, Book, changes_after, shares_now
from chain.books.unit_of_work import UnitOfWork
from chain.identifiers import FIRST_DAY, LAST_DAY, ObligationId, PieceId
from chain.store.database import Store
from chain.store.prepared import Prepared, Row
from chain.store.tables import exposures, lines, obligations, party_groups


class ExposureKind(StrEnum):
    COMMITTED = COMMITTED
    """The unused part of a line: credit that may still be issued."""
    CONTINGENT = CONTINGENT
    """Live pieces under the bank's line that no bank holds, also what waits for a bank's cash; and what a guarantor carries."""
    FUNDED = FUNDED
    """Live pieces that the bank holds, under whoever's line; and those that a guarantor paid for."""


#: Upper ends, in days to maturity, of the buckets; what is later falls into the last one.
BUCKET_DAYS = (30, 60, 90, 180)
BUCKETS = (
    "overdue",
    *(f"{low}-{high}" for low, high in zip((0, *(day + 1 for day in BUCKET_DAYS)), BUCKET_DAYS, strict=False)),
    f">{BUCKET_DAYS[-1]}",
)


class ExposureRow(NamedTuple):
    """One cell: amounts in minor units of ``currency``; ``tier`` 0 and no bucket for a committed amount.

    ``tier`` counts trade hops: a bank's own purchase does not move a piece down the chain. ``group`` is that of the issuer's
    related parties, 0 where it has none.
    """

    bank: int
    issuer: int
    currency: str
    kind: ExposureKind
    tier: int
    bucket: str
    minor: int
    group: int = 0


def exposure(
    connection: Connection, today: int, bank: int | None = None, block: int | None = None
) -> list[ExposureRow]:
    """All cells that are not zero, of one bank or of every one, now or as they were after ``block``.

    ``today`` is the day number by which maturities fall into buckets: that of the block.
    """
    question, values = _question(bank)
    stored = question.rows(connection, values)
    if block is None:
        return _cells(stored, today)
    books, pairs = _as_they_were(stored, changes_after(connection, block, bank))
    return _in_buckets(books, pairs, _groups(connection, {book[1] for book, _ in books}, block), today)


def exposure_now(store: Store, today: int, bank: int | None = None) -> list[ExposureRow]:
    """The same of this moment."""
    return _cells(store.ask(*_question(bank)), today)


def _cells(stored: Sequence[Row], today: int) -> list[ExposureRow]:
    return _in_buckets(*_kept(stored), {row.issuer: row.group for row in stored}, today)


def _in_buckets(
    books: list[tuple[Book, int]], pairs: NDArray[np.int64], groups: Mapping[int, int], today: int
) -> list[ExposureRow]:
    """``books``, ``pairs``: as of `_kept`; ``groups``: issuer → its group."""
    if not books:
        return []
    days = pairs[:, 0]
    bucket = np.searchsorted([today, *(today + day + 1 for day in BUCKET_DAYS)], days, side="right")
    owner = np.repeat(np.arange(len(books)), [count for _, count in books])
    # Days ascend within a book, and so do books: equal places stand together.
    place = owner * len(BUCKETS) + bucket
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    numbers, indexes = np.divmod(place[starts], len(BUCKETS))
    sums = np.add.reduceat(pairs[:, 1], starts)
    heads = [
        (
            (*book[:3], _KINDS[book[3]], book[4]),
            _NO_BUCKETS if book[3] == COMMITTED else BUCKETS,
            groups.get(book[1], 0),
        )
        for book, _ in books
    ]
    rows = []
    owners: list[int] = numbers.tolist()
    for number, index, minor in zip(owners, indexes.tolist(), sums.tolist(), strict=True):
        if minor:
            head, buckets, group = heads[number]
            rows.append(ExposureRow(*head, buckets[index], minor, group))
    return sorted(rows)


def pieces_behind(connection: Connection, today: int, cell: ExposureRow) -> dict[PieceId, int]:
    """The pieces whose shares make up a cell of today, with these shares in minor units; none behind a committed amount."""
    if cell.kind is ExposureKind.COMMITTED:
        return {}
    columns = obligations.c
    earliest, latest = _bucket_days(cell.bucket, today)
    statement = (
        select(columns.id)
        .join(lines, lines.c.id == columns.line)
        .where(columns.issuer == cell.issuer, lines.c.currency == cell.currency, columns.live_minor > 0)
        .where(columns.maturity_day.between(earliest, latest))
    )
    books = UnitOfWork(connection)
    concerned = list(connection.scalars(statement))
    books.obligations.read(concerned)
    books.lines.read({obligation >> 24 for obligation in concerned})
    books.backers.read_groups({obligation >> 24 for obligation in concerned})
    books.guarantees.read_groups(concerned)
    books.pieces.read_groups(concerned)
    wanted = (cell.bank, cell.issuer, cell.currency, cell.kind.value, cell.tier)
    found: dict[PieceId, int] = {}
    for obligation in concerned:
        for share in shares_now(books, obligation):
            if share.book == wanted and share.minor:
                piece = PieceId(ObligationId.from_chain(share.piece[0]), share.piece[1])
                found[piece] = found.get(piece, 0) + share.minor
    return found


def _bucket_days(bucket: str, today: int) -> tuple[int, int]:
    """First and last day of maturity of a bucket, as seen from ``today``."""
    ends = (-1, *BUCKET_DAYS)
    place = BUCKETS.index(bucket)
    first = today + ends[place - 1] + 1 if place else 0
    return first, today + ends[place] if place < len(ends) else (LAST_DAY - FIRST_DAY).days


def total(rows: Iterable[ExposureRow], kind: ExposureKind) -> int:
    """Sum of one kind in minor units; the rows are of one currency."""
    return sum(row.minor for row in rows if row.kind is kind)


_KINDS = {kind.value: kind for kind in ExposureKind}
_NO_BUCKETS = ("",) * len(BUCKETS)


def _question(bank: int | None) -> tuple[Prepared, dict[str, int]]:
    """What is kept of a bank, or of all of them: rows of `exposures`, each with the issuer's ``group``."""
    return (_ALL, {}) if bank is None else (_OF_BANK, {"bank": bank})


def _kept(stored: Sequence[Row]) -> tuple[list[tuple[Book, int]], NDArray[np.int64]]:
    """(book, how many pairs it has), and all their pairs of maturity day and minor units, in the order of books and days."""
    packed = np.frombuffer(b"".join([row.maturities for row in stored]), dtype="<i8").reshape(-1, 2)
    return [(tuple(row[:5]), len(row.maturities) // 16) for row in stored], packed


def _as_they_were(
    stored: Sequence[Row], changes: Mapping[tuple[Book, int], int]
) -> tuple[list[tuple[Book, int]], NDArray[np.int64]]:
    """The same before these changes: (book, day) → minor units."""
    books, packed = _kept(stored)
    if not changes:
        return books, packed
    sums: dict[tuple[Book, int], int] = {}
    start = 0
    for book, count in books:
        sums |= {(book, day): minor for day, minor in packed[start : start + count].tolist()}
        start += count
    for cell, minor in changes.items():
        sums[cell] = sums.get(cell, 0) - minor
    cells = sorted((book, day, minor) for (book, day), minor in sums.items() if minor)
    counts: dict[Book, int] = {}
    for book, _, _ in cells:
        counts[book] = counts.get(book, 0) + 1
    return list(counts.items()), np.array([(day, minor) for _, day, minor in cells], dtype=np.int64).reshape(-1, 2)


def _groups(connection: Connection, issuers: set[int], block: int) -> dict[int, int]:
    """Party → its group after ``block``."""
    # Of those of a party the last one counts.
    return dict(connection.execute(_GROUPS, {"issuers": sorted(issuers), "block": block}).all())


_GROUP_NOW = (
    select(party_groups.c.group)
    .where(party_groups.c.party == exposures.c.issuer)
    .order_by(party_groups.c.since_block.desc())
    .limit(1)
    .correlate(exposures)
    .scalar_subquery()
)
_KEPT = select(exposures, func.coalesce(_GROUP_NOW, 0).label("group"))
_ALL = Prepared(_KEPT)
_OF_BANK = Prepared(_KEPT.where(exposures.c.bank == bindparam("bank")))
_GROUPS = (
    select(party_groups.c.party, party_groups.c.group)
    .where(party_groups.c.party.in_(bindparam("issuers", expanding=True)))
    .where(party_groups.c.since_block <= bindparam("block"))
    .order_by(party_groups.c.party, party_groups.c.since_block)
)
