"""The indexer: reads the contracts' events block by block, keeps them raw, and folds them into the books.

Raw events are keyed by their block and log index; a block's hash stands once, with its number (`blocks`). Each range of
blocks is one database transaction together with its checkpoint, so a crash resumes where the last whole range ended; the next
range is fetched meanwhile. When the checkpoint's block is no longer on the chain (a re-org, or a node that forgot its newest
blocks), what the blocks above the last common one changed is taken back. A re-org below what is final stops the indexer, but
for the embedded chain: the outbox makes that anew without its empty blocks, and the books then begin anew, too.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, insert, select

from chain.books import undo
from chain.books.fold import Fold, handler
from chain.books.folding import Folding
from chain.books.reading import read_ahead
from chain.books.unit_of_work import UnitOfWork
from chain.errors import PearlError, Unavailable
from chain.indexing.endpoints import Endpoints, Header, Log, RangeRefused
from chain.issuance.contracts import Contracts
from chain.issuance.decoding import EventShape, LogMalformed
from chain.store.bulk import insert_rows
from chain.store.database import Store
from chain.store.tables import blocks, events

#: Ranges grow and shrink to hold about so many events, and so memory does not.
EVENTS_A_RANGE = 40_000
FIRST_BLOCKS, MOST_BLOCKS = 64, 10_000
#: How many of the newest blocks a re-org may replace, where a chain says nothing else.
FINALITY_BLOCKS = 1_024
#: How often it is asked again, of all nodes together, where what is told does not fit together.
MOST_TRIES = 20


class ChainUnknown(PearlError):
    message = "the node's chain has no block in common with the books"
    next_step = "connect the node that this home was made with"


class ReorganisationTooDeep(PearlError):
    message = "the node's chain differs from the books in block {block}, which was final"
    next_step = (
        "compare the node with others of its chain; if the chain was truly turned back so far, "
        "raise PEARL_FINALITY_BLOCKS and read it anew into a new home"
    )


class ChainUnsteady(Unavailable):
    message = "the nodes tell of the blocks from {first} on what does not fit together"
    next_step = "ask another node; nothing was lost, and the books stay at the block before"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a node told of a range of blocks, ready to be written."""

    first: int
    last: int
    headers: dict[int, Header]
    """Of the last block, of the one before the first, and of all with logs."""
    rows: list[tuple[Any, ...]]
    """The events of the contracts, as rows of ``events``."""
    told: list[tuple[int, Fold, EventShape, Log]]
    """Those that the books change by, with the numbers of their blocks."""


class Indexer:
    """Follows one chain into one store."""

    def __init__(
        self, store: Store, contracts: Contracts, fallback_urls: Sequence[str] = (),
        finality_blocks: int = FINALITY_BLOCKS, *, embedded: bool = False,
    ) -> None:  # fmt: skip
        """``embedded``: the node is one's own alone, whose chain the outbox makes anew when it is lost."""
        self._store = store
        self._contracts = contracts
        self._endpoints = Endpoints([str(contracts.web3.provider.endpoint_uri), *fallback_urls])  # type: ignore[attr-defined]
        self._finality = finality_blocks
        self._embedded = embedded
        self._blocks = FIRST_BLOCKS
        self._head = -1

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Read all blocks up to the head. Returns the last block read; ``progress(done, total)`` in blocks.

        Raises Unavailable (ChainUnsteady), ChainOther, ChainUnknown, ReorganisationTooDeep, LogMalformed.
        """
        self._head = self._endpoints.head()
        start = first = self._common_block() + 1
        tries = 0
        while first <= self._head:
            if tries == MOST_TRIES:
                raise ChainUnsteady(first=first)
            before, books = first, None
            for fetched in self._fetch_on(first):
                with _garbage_left():
                    joined, books = self._read_range(fetched, books)
                # Not so where another process was faster, or the chain turned meanwhile; then it is looked at anew.
                if not joined:
                    break
                if progress:
                    progress(fetched.last - start + 1, self._head - start + 1)
            self._head = self._endpoints.head()
            first = self._common_block() + 1
            tries = 0 if first > before else tries + 1
            if tries:
                self._endpoints.doubt()
        return self._head

    def newest_block(self) -> int:
        """The newest block that a node knows. Raises Unavailable, ChainOther."""
        return self._endpoints.head()

    def _fetch_on(self, first: int) -> Iterator[Fetched]:
        """The ranges from ``first`` up to the head, each fetched while the one before is read."""
        with ThreadPoolExecutor(1, "pearl-fetch") as fetcher:
            coming = fetcher.submit(self._fetch, first)
            while True:
                fetched = coming.result()
                more = fetched is not None and fetched.last < self._head
                if more:
                    coming = fetcher.submit(self._fetch, fetched.last + 1)  # type: ignore[union-attr]
                if fetched is None:
                    return
                yield fetched
                if not more:
                    return

    def _fetch(self, first: int) -> Fetched | None:
        """So many blocks as hold about `EVENTS_A_RANGE` events; None where the chain turned while it was asked."""
        addresses = list(self._contracts.addresses.values())
        while True:
            last = min(first + self._blocks - 1, self._head)
            try:
                logs, then = self._endpoints.logs(first, last, addresses)
            except RangeRefused:
                self._blocks = max(1, (last - first + 1) // 2)
                continue
            break
        if len(logs) > EVENTS_A_RANGE:
            self._blocks = max(1, self._blocks * EVENTS_A_RANGE // len(logs))
        elif len(logs) < EVENTS_A_RANGE // 2:
            self._blocks = min(MOST_BLOCKS, self._blocks * 2)
        with_logs = {log.block_number: log.block_hash for log in logs}
        wanted = {int(number, 16) for number in with_logs} | {last} | ({first - 1} if first else set())
        headers = self._endpoints.headers(wanted)
        # Only a block's own hash says that it is on the chain; and if the last one stayed, all before it did.
        if headers.keys() != wanted or then != headers[last]:
            return None
        if any(headers[int(number, 16)].hash != block_hash for number, block_hash in with_logs.items()):
            return None
        return Fetched(first, last, headers, *self._sorted(logs))

    def _sorted(
        self, logs: Iterable[Log]
    ) -> tuple[list[tuple[Any, ...]], list[tuple[int, Fold, EventShape, Log]]]:  # fmt: skip
        rows, told = [], []
        for log in logs:
            shape = self._contracts.decoder.shape(log.address, log.topics)
            if shape is None:
                if log.topics and not log.topics[0].islower():
                    raise LogMalformed(contract=log.address, event=log.topics[0])
                continue
            number = int(log.block_number, 16)
            try:
                rows.append(_raw(log, number, shape))
            except ValueError as error:
                raise LogMalformed(contract=shape.contract, event=shape.name) from error
            fold = handler(shape.contract, shape.name)
            if fold is not None:
                told.append((number, fold, shape, log))
        return rows, told

    def _read_range(self, fetched: Fetched, earlier: UnitOfWork | None) -> tuple[bool, UnitOfWork | None]:
        """Keep what these blocks hold, and fold it in. Returns whether it joined on to what was read before, and the books
        as they know them now; ``earlier`` are those of the range before, read just now."""
        with self._store.begin() as connection:
            checkpoint = _newest_below(connection, None)
            expected = (fetched.first - 1, fetched.headers[fetched.first - 1].hash) if fetched.first else None
            if (checkpoint and checkpoint[:2]) != expected:
                return False, None
            final = self._head - self._finality
            # The last block read is the checkpoint; an empty older one need not be kept.
            numbers = sorted(number for number in fetched.headers if number >= fetched.first)
            connection.execute(
                insert(blocks),
                [
                    {
                        "number": number, "hash": fetched.headers[number].hash,
                        "timestamp": int(fetched.headers[number].timestamp, 16), "final": number <= final,
                    }
                    for number in numbers
                ],
            )  # fmt: skip
            insert_rows(connection, events, fetched.rows)
            books = self._fold(connection, fetched, final, earlier)
            undo.finalise(connection, final)
        return True, books

    def _fold(
        self, connection: Connection, fetched: Fetched, final: int, earlier: UnitOfWork | None
    ) -> UnitOfWork | None:  # fmt: skip
        # If these blocks join on to the range before, nobody has written to the books since.
        folding = Folding(connection, earlier)
        decoded = [
            (number, fold, shape, shape.arguments(log.topics, log.data)) for number, fold, shape, log in fetched.told
        ]
        read_ahead(folding.books, [(shape, arguments) for _, _, shape, arguments in decoded])
        for number, happened in groupby(decoded, key=itemgetter(0)):
            timestamp = int(fetched.headers[number].timestamp, 16)
            folds = [(fold, arguments) for _, fold, _, arguments in happened]
            folding.block(number, timestamp, folds, final=number <= final)
        folding.write()
        return folding.books

    def _common_block(self) -> int:
        """The newest stored block that is still on the chain; what later ones changed is taken back."""
        with self._store.read() as connection:
            newest = common = _newest_below(connection, None)
        while common is not None:
            header = self._endpoints.headers([common[0]]).get(common[0])
            if header is not None and header.hash == common[1]:
                break
            if common[2]:
                if self._embedded:
                    common = None
                    break
                raise ReorganisationTooDeep(block=common[0])
            with self._store.read() as connection:
                common = _newest_below(connection, common[0])
        if newest is None:
            return -1
        if common is None and not self._embedded:
            raise ChainUnknown()
        if common != newest:
            with self._store.begin() as connection:
                # Another process may have been faster, also in reading the chain as it is now.
                if _newest_below(connection, None) == newest:
                    if common is None:
                        undo.begin_anew(connection)
                    else:
                        undo.take_back(connection, common[0])
        return -1 if common is None else common[0]


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Rows are no garbage, and looking through hundreds of thousands of them for some takes as long as making them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _raw(log: Log, number: int, shape: EventShape) -> tuple[Any, ...]:
    """The log as a row of ``events``."""
    topics = bytes.fromhex("".join([topic[2:] for topic in log.topics[1:]]))
    return (
        number, int(log.log_index, 16), bytes.fromhex(log.transaction_hash[2:]), shape.contract, shape.name,
        topics[:32].lstrip(b"\0") if shape.is_of_a_thing else None, topics, bytes.fromhex(log.data[2:]),
    )  # fmt: skip


def _newest_below(connection: Connection, number: int | None) -> tuple[int, str, bool] | None:
    """(number, hash, final) of the newest stored block below ``number``; of the newest of all for None."""
    statement = select(blocks.c.number, blocks.c.hash, blocks.c.final).order_by(blocks.c.number.desc()).limit(1)
    if number is not None:
        statement = statement.where(blocks.c.number < number)
    row = connection.execute(statement).first()
    return (int(row[0]), str(row[1]), bool(row[2])) if row else None


def last_block(connection: Connection) -> tuple[int, int]:
    """(number, unix time) of the last block read; (−1, 0) before the first."""
    row = connection.execute(
        select(blocks.c.number, blocks.c.timestamp).order_by(blocks.c.number.desc()).limit(1)
    ).first()
    return (int(row[0]), int(row[1])) if row else (-1, 0)
