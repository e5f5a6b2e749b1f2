"""The indexer: reads the contracts' events block by block, keeps them raw, and folds them into the books.

Raw events are keyed by their block and log index; a block's hash stands once, with its number (`blocks`). Each range of
blocks is one database transaction together with its checkpoint, so a crash resumes where the last whole range ended; the next
range is fetched meanwhile (`chain.indexing.fetching`). When the checkpoint's block is no longer on the chain (a re-org, or a
node that forgot its newest blocks), what the blocks above the last common one changed is taken back. A re-org below what is final
stops the indexer, but for the embedded chain: the outbox makes that anew without its empty blocks, and the books then begin anew,
too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, insert, select

from chain.books import undo
from chain.books.fold import IRRELEVANT, handler
from chain.books.folding import Folding
from chain.books.reading import read_ahead
from chain.books.unit_of_work import UnitOfWork
from chain.errors import PearlError, Unavailable
from chain.garbage import garbage_left
from chain.indexing.endpoints import Endpoints
from chain.indexing.fetching import FIRST_BLOCKS, Fetched, Fetcher
from chain.indexing.fetching_process import FetchingProcess
from chain.issuance.contracts import Contracts
from chain.store.bulk import insert_rows
from chain.store.changes import add_turn
from chain.store.database import Store
from chain.store.tables import blocks, events

#: With ranges of so many events, the next ones are fetched by a process of its own.
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
            before, earlier = first, None
            books: UnitOfWork | None = None
            with garbage_left():
                for fetched in self._fetch_on(first):
                    # Where the chain turned, or another process was faster, it is looked at anew: these blocks may join on to
                    # what another reader kept, and not to the rows that are known here.
                    if earlier is not None and not earlier.is_followed_by(fetched):
                        break
                    joined, books = self._read_range(fetched, books)
                    if not joined:
                        break
                    earlier = fetched
                    if progress:
                        progress(fetched.last - start + 1, self._head - start + 1)
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
            process: FetchingProcess | None = None
            coming = thread.submit(self._fetcher.fetch, first, self._head)
            while True:
                fetched = coming.result()
                if fetched is None:
                    return
                more = fetched.last < self._head
                if more:
                    if process is None and len(fetched.rows) >= MANY_EVENTS:
                        process = stack.enter_context(closing(FetchingProcess(self._fetcher)))
                    fetch, head = self._fetcher.fetch, self._head
                    if process is not None and process.is_ready():
                        fetch = process.fetch
                    elif process is not None:  # Until then so few that what is fetched here takes little memory.
                        head = min(head, fetched.last + FIRST_BLOCKS)
                    coming = thread.submit(fetch, fetched.last + 1, head)
                yield fetched
                if not more:
                    return

    def _read_range(self, fetched: Fetched, earlier: UnitOfWork | None) -> tuple[bool, UnitOfWork | None]:
        """Keep what these blocks hold, and fold it in. Returns whether it joined on to what was read before, and the books
        as they know them now; ``earlier`` are those of the range before, read just now."""
        with self._store.begin(much=len(fetched.rows) >= MANY_EVENTS) as connection:
            checkpoint = _newest_below(connection, None)
            expected = (fetched.first - 1, fetched.headers[fetched.first - 1][0]) if fetched.first else None
            if (checkpoint and checkpoint[:2]) != expected:
                return False, None
            final = self._head - self._finality
            # The last block read is the checkpoint; an empty older one need not be kept.
            numbers = sorted(number for number in fetched.headers if number >= fetched.first)
            connection.execute(
                insert(blocks),
                [
                    {
                        "number": number, "hash": fetched.headers[number][0], "timestamp": fetched.headers[number][1],
                        "final": number <= final,
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
        read_ahead(folding.books, fetched.named)
        for number, happened in groupby(fetched.told, key=itemgetter(0)):
            folds = [
                (fold, arguments) for _, contract, name, arguments in happened if (fold := handler(contract, name))
            ]
            folding.block(number, fetched.headers[number][1], folds, final=number <= final)
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
                    # Who reads on behind a block that is gone would miss what stands below it now.
                    add_turn(connection, -1 if common is None else common[0])
        return -1 if common is None else common[0]


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
