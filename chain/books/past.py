"""The books as they were: which block a moment means, and all books folded up to it.

Exposure of the past needs no fold, since its changes are kept (`chain.books.exposure`); for everything else the kept events are
folded again, into a database in memory that is gone afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, create_engine, select

from chain.books.fold import handler
from chain.books.folding import Folding
from chain.books.happened import Happened, happened
from chain.books.named import named_by
from chain.books.reading import read_ahead
from chain.books.unit_of_work import UnitOfWork
from chain.errors import NotFound, PearlError
from chain.identifiers import FIRST_DAY
from chain.issuance.decoding import EventDecoder
from chain.store.tables import blocks, events, metadata

#: Events that are folded together, so that memory does not grow by more than the books themselves.
_MOST_EVENTS = 20_000


class MomentUnknown(NotFound):
    message = "the books do not reach '{text}'"
    next_step = "give a block that they have read (up to {last}), or a day from {first} to {today}"


class MomentMalformed(PearlError):
    message = "'{text}' is neither a block nor a day"
    next_step = "give a block by its number, or a day such as 2026-03-31"


class BooksEmpty(NotFound):
    message = "the books have read no block yet"
    next_step = "ask again once something has happened on the ledger"


class Moment(NamedTuple):
    """The end of a block, or of a day in a time zone."""

    block: int
    """The last block that counts."""
    today: int
    """The day number that maturities are counted from."""


def moment(connection: Connection, text: str, utc_offset_minutes: int) -> Moment:
    """Read ``1234``, a block, or ``2026-03-31``, the end of that day; of today, by the ledger's clock or this machine's: now.

    Raises MomentUnknown, MomentMalformed, BooksEmpty.
    """
    ends_of = select(blocks.c.number, blocks.c.timestamp).limit(1)
    newest = connection.execute(ends_of.order_by(blocks.c.number.desc())).first()
    oldest = connection.execute(ends_of.order_by(blocks.c.number)).first()
    if newest is None or oldest is None:
        raise BooksEmpty()
    first, today = (
        datetime.fromtimestamp(at + utc_offset_minutes * 60, UTC).date()
        for at in (oldest.timestamp, max(newest.timestamp, time.time()))
    )
    unknown = MomentUnknown(text=text[:20], last=newest.number, first=first, today=today)
    if text.isascii() and text.isdigit():
        block, day = int(text[:18]), None
        if block > newest.number:
            raise unknown
        at = select(blocks.c.timestamp).where(blocks.c.number <= block)
    else:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise MomentMalformed(text=text[:20]) from None
        if day > today:
            raise unknown
        ends = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, minutes=-utc_offset_minutes)
        at = select(blocks.c.timestamp).where(blocks.c.timestamp < int(ends.timestamp()))
    found = connection.execute(at.add_columns(blocks.c.number).order_by(blocks.c.number.desc()).limit(1)).first()
    if day is None:
        # Before the first event nothing matures.
        return Moment(block, (found[0] + utc_offset_minutes * 60) // 86_400 if found else 0)
    if found is None:
        raise unknown
    return Moment(found[1], (day - FIRST_DAY).days)


@contextmanager
def books_after(connection: Connection, decoder: EventDecoder, block: int) -> Iterator[Connection]:
    """All books as they were after ``block``, to be read like those of now."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as past:
            metadata.create_all(past)
            told = happened(connection, decoder, events.c.block_number <= block)
            waiting: list[list[Happened]] = []
            count = 0
            books: UnitOfWork | None = None
            for _, block_events in groupby(told, key=lambda event: event.block_number):
                waiting.append(list(block_events))
                count += len(waiting[-1])
                if count > _MOST_EVENTS:
                    books = _fold(past, decoder, waiting, books)
                    waiting, count = [], 0
            _fold(past, decoder, waiting, books)
            yield past
    finally:
        engine.dispose()


def _fold(
    past: Connection, decoder: EventDecoder, told: list[list[Happened]], earlier: UnitOfWork | None
) -> UnitOfWork:  # fmt: skip
    folding = Folding(past, earlier)
    happened = ((decoder.named(event.contract, event.name), event.arguments) for block in told for event in block)
    read_ahead(folding.books, named_by(happened))
    for block in told:
        folds = [(fold, event.arguments) for event in block if (fold := handler(event.contract, event.name))]
        folding.block(block[0].block_number, block[0].timestamp, folds)
    folding.write()
    return folding.books
