"""The indexer: reads the contracts' events block by block, keeps them raw, and folds them into the books.

Raw events are keyed by their block and log index; a block's hash stands once, with its number (`blocks`). Each range of
blocks is one database transaction together with its checkpoint, so a crash resumes where the last whole range ended. The next
range is fetched while one is folded (`chain.indexing.fetching`), and folded while it is kept. When the checkpoint's block is no
longer on the chain (a re-org, or a node that forgot its newest blocks), what the blocks above the last common one changed is
taken back. A re-org below what is final stops the indexer, but for the embedded chain: the outbox makes that anew without its
empty blocks, and the books then begin anew, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, insert, select

from chain.books import undo
from chain.books.fold import IRRELEVANT, handler
from chain.books.folding import Changes, Folding
from chain.books.reading import read_ahead
from chain.books.unit_of_work import UnitOfWork
from chain.errors import PearlError, Unavailable
from chain.indexing.endpoints import Endpoints
from chain.indexing.fetching import Fetched, Fetcher
from chain.indexing.fetching_process import FetchingProcess
from chain.interpreter import garbage_left, short_turns
from chain.issuance.contracts import Contracts
from chain.store.bulk import insert_rows
from chain.store.changes import add_turn
from chain.store.database import Store
from chain.store.tables import blocks, events

#: With ranges of so many events, the next ones are fetched by a process of its own, and one is kept while the next is folded.
MANY_EVENTS = 10_000
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
class _Folded:
    """A range of blocks, and what it changes in the books."""

    fetched: Fetched
    final: int
    """The last block that is never taken back."""
    books: UnitOfWork
    """As they are after it; the range that follows takes over what they know."""
    changes: Changes


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
        self._fetcher = Fetcher(self._endpoints, contracts.decoder, contracts.addresses.values(), IRRELEVANT)
        self._finality = finality_blocks
        self._embedded = embedded
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
            before = first
            for last in self._read_on(first):
                if progress:
                    progress(last - start + 1, self._head - start + 1)
            self._head = self._endpoints.head()
            first = self._common_block() + 1
            tries = 0 if first > before else tries + 1
            if tries:
                self._endpoints.doubt()
        return self._head

    def newest(self) -> tuple[int, int]:
        """Number and unix time of the newest block that a node knows. Raises Unavailable, ChainOther."""
        head = self._endpoints.head()
        header = self._endpoints.headers([head]).get(head)
        if header is None:
            raise ChainUnsteady(first=head)
        return head, int(header.timestamp, 16)

    def _fetch_on(self, first: int) -> Iterator[Fetched]:
        """The ranges from ``first`` up to the head, each fetched while the one before is read; where there are many, by a process
        of its own."""
        with ExitStack() as stack:
            thread = stack.enter_context(ThreadPoolExecutor(1, "pearl-fetch"))
            fetch = self._fetcher.fetch
            coming = thread.submit(fetch, first, self._head)
            while True:
                fetched = coming.result()
                if fetched is None:
                    return
                more = fetched.last < self._head
                if more:
                    if len(fetched.rows) >= MANY_EVENTS and fetch == self._fetcher.fetch:
                        fetch = stack.enter_context(closing(FetchingProcess(self._fetcher))).fetch
                    coming = thread.submit(fetch, fetched.last + 1, self._head)
                yield fetched
                if not more:
                    return

    def _read_on(self, first: int) -> Iterator[int]:
        """Read range after range from ``first`` up to the head; the last block of each, once it is kept. Ends early where another
        process was faster, or the chain turned meanwhile; then it is to be looked at anew."""
        with ExitStack() as stack, ThreadPoolExecutor(1, "pearl-keep") as thread:
            folded: _Folded | None = None
            keeping: Future[bool] | None = None
            for fetched in self._fetch_on(first):
                following = self._fold(fetched, folded)
                if folded and keeping:
                    if not keeping.result():
                        return
                    yield folded.fetched.last
                    keeping = None
                if following is None:
                    return
                folded = following
                if len(fetched.rows) >= MANY_EVENTS:
                    stack.enter_context(short_turns())
                    # Whatever was folded from is closed now, and nothing of it stands in the way.
                    self._store.settle()
                    keeping = thread.submit(self._keep, folded)
                elif self._keep(folded):
                    yield fetched.last
                else:
                    return
            if folded and keeping and keeping.result():
                yield folded.fetched.last

    def _fold(self, fetched: Fetched, earlier: _Folded | None) -> _Folded | None:
        """What these blocks change, nothing of it kept; None where they do not join on to what was read before. ``earlier``: the
        range before, which may still be on its way into the database."""
        if earlier and not earlier.fetched.is_followed_by(fetched):  # the chain turned between the two
            return None
        final = self._head - self._finality
        with garbage_left(), self._store.read() as connection:
            if not (_joins(connection, fetched) or (earlier and _joins(connection, earlier.fetched))):
                return None
            folding = Folding(connection, earlier.books if earlier else None)
            read_ahead(folding.books, fetched.named)
            for number, happened in groupby(fetched.told, key=itemgetter(0)):
                folds = [
                    (fold, arguments) for _, contract, name, arguments in happened if (fold := handler(contract, name))
                ]
                folding.block(number, fetched.headers[number][1], folds, final=number <= final)
            return _Folded(fetched, final, folding.books, folding.changes())

    def _keep(self, folded: _Folded) -> bool:
        """Write a range's events and what they change; whether it joined on to what is there."""
        fetched = folded.fetched
        with garbage_left(), self._store.begin() as connection:
            if not _joins(connection, fetched):
                return False
            # The last block read is the checkpoint; an empty older one need not be kept.
            numbers = sorted(number for number in fetched.headers if number >= fetched.first)
            connection.execute(
                insert(blocks),
                [
                    {
                        "number": number, "hash": fetched.headers[number][0], "timestamp": fetched.headers[number][1],
                        "final": number <= folded.final,
                    }
                    for number in numbers
                ],
            )  # fmt: skip
            insert_rows(connection, events, fetched.rows)
            folded.changes.write(connection)
            undo.finalise(connection, folded.final)
        return True

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
                    # Who reads on behind a block that is gone would miss what stands below it now.
                    add_turn(connection, -1 if common is None else common[0])
        return -1 if common is None else common[0]


def _joins(connection: Connection, fetched: Fetched) -> bool:
    """Whether the block before the first of these is the newest that is stored."""
    checkpoint = _newest_below(connection, None)
    expected = (fetched.first - 1, fetched.headers[fetched.first - 1][0]) if fetched.first else None
    return (checkpoint and checkpoint[:2]) == expected


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
