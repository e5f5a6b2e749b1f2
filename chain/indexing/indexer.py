"""The indexer: reads the contracts' events block by block, keeps them raw, and folds them into the books.

Raw events are keyed by (block hash, log index). Each range of blocks is one database transaction together with its
checkpoint, so a crash resumes where the last whole range ended. When the checkpoint's block is no longer on the chain
(a re-org, or a node that forgot its last second), the events above the last common block are dropped and the books
are folded anew.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select
from web3.exceptions import BlockNotFound

from chain.books import fold
from chain.errors import PearlError
from chain.issuance.contracts import Contracts
from chain.issuance.decoding import ChainEvent
from chain.store.database import Store
from chain.store.tables import blocks, events

BLOCKS_A_RANGE = 1_000


class ChainUnknown(PearlError):
    message = "the node's chain has no block in common with the books"
    next_step = "connect the node that this home was made with"


class Indexer:
    """Follows one chain into one store."""

    def __init__(self, store: Store, contracts: Contracts) -> None:
        self._store = store
        self._contracts = contracts
        self._web3 = contracts.web3

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Read all blocks up to the head. Returns the last block read; ``progress(done, total)`` in blocks."""
        start = first = self._common_block() + 1
        head = self._web3.eth.block_number
        while first <= head:
            last = min(first + BLOCKS_A_RANGE - 1, head)
            self._read_range(first, last)
            if progress:
                progress(last - start + 1, head - start + 1)
            # Asked again and not counted on: another process may have read on, or the chain may have turned.
            first = self._common_block() + 1
            head = self._web3.eth.block_number
        return head

    def _read_range(self, first: int, last: int) -> None:
        """Keep what these blocks hold; nothing where another process was faster, or the chain turned meanwhile."""
        logs = self._web3.eth.get_logs(
            {"fromBlock": first, "toBlock": last, "address": list(self._contracts.addresses.values())}
        )
        decoded = self._contracts.decode_logs(logs)
        numbers = sorted({event.block_number for event in decoded} | {last})
        headers = {number: self._web3.eth.get_block(number) for number in numbers}
        hashes = {number: header["hash"].to_0x_hex() for number, header in headers.items()}
        if any(event.block_hash != hashes[event.block_number] for event in decoded):
            return
        with self._store.begin() as connection:
            if last_block(connection)[0] != first - 1:
                return
            # The last block read is the checkpoint; an empty older one need not be kept.
            connection.execute(
                insert(blocks),
                [{"number": n, "hash": hashes[n], "timestamp": h["timestamp"]} for n, h in headers.items()],
            )
            for event in decoded:
                self._keep(connection, event, headers[event.block_number]["timestamp"])

    @staticmethod
    def _keep(connection: Connection, event: ChainEvent, timestamp: int) -> None:
        connection.execute(
            insert(events).values(
                block_hash=event.block_hash, log_index=event.log_index, block_number=event.block_number,
                timestamp=timestamp, transaction_hash=event.transaction_hash, contract=event.contract,
                name=event.name, arguments=event.arguments,
            )
        )  # fmt: skip
        fold.apply(connection, event, timestamp)

    def _common_block(self) -> int:
        """The newest stored block that is still on the chain; above it, events and books are undone."""
        newest = common = self._stored_below(None)
        while common is not None and self._hash(common[0]) != common[1]:
            common = self._stored_below(common[0])
        if newest is None:
            return -1
        if common is None:
            raise ChainUnknown()
        if common != newest:
            with self._store.begin() as connection:
                connection.execute(delete(events).where(events.c.block_number > common[0]))
                connection.execute(delete(blocks).where(blocks.c.number > common[0]))
                fold.rebuild(connection)
        return common[0]

    def _stored_below(self, number: int | None) -> tuple[int, str] | None:
        """(number, hash) of the newest stored block below ``number``; of the newest of all for None."""
        statement = select(blocks.c.number, blocks.c.hash).order_by(blocks.c.number.desc()).limit(1)
        if number is not None:
            statement = statement.where(blocks.c.number < number)
        with self._store.read() as connection:
            row = connection.execute(statement).first()
        return (int(row[0]), str(row[1])) if row else None

    def _hash(self, number: int) -> str | None:
        try:
            return str(self._web3.eth.get_block(number)["hash"].to_0x_hex())
        except BlockNotFound:
            return None


def last_block(connection: Connection) -> tuple[int, int]:
    """(number, unix time) of the last block read; (−1, 0) before the first."""
    row = connection.execute(
        select(blocks.c.number, blocks.c.timestamp).order_by(blocks.c.number.desc()).limit(1)
    ).first()
    return (int(row[0]), int(row[1])) if row else (-1, 0)
