"""Ranges of blocks from the nodes, decoded and ready to be written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chain.books.named import Named, named_by
from chain.indexing.endpoints import Endpoints, Header, Log, RangeRefused
from chain.issuance.decoding import EventDecoder, EventShape, LogMalformed

#: Ranges grow and shrink to hold about so many events, and so memory does not.
EVENTS_A_RANGE = 40_000
FIRST_BLOCKS, MOST_BLOCKS = 64, 10_000

Told = tuple[int, str, str, dict[str, Any]]
"""An event that was decoded: the number of its block, its contract, its name, its arguments by name."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a node told of a range of blocks, ready to be written."""

    first: int
    last: int
    headers: dict[int, tuple[str, int]]
    """Hash and unix time of the last block, of the one before the first, and of all with events."""
    rows: list[tuple[Any, ...]]
    """The events of the contracts, as rows of ``events``."""
    told: list[Told]
    """Those that the books change by."""
    named: Named
    """What these are about."""

    def is_followed_by(self, later: Fetched) -> bool:
        """Whether the chain was the same when a later range was fetched."""
        return later.first == self.last + 1 and later.headers[self.last][0] == self.headers[self.last][0]


class Fetcher:
    """Fetches blocks of one chain from some nodes."""

    def __init__(
        self, endpoints: Endpoints, decoder: EventDecoder, addresses: Collection[str], irrelevant: Collection[str]
    ) -> None:  # fmt: skip
        """Of the contracts at ``addresses``; events with ``irrelevant`` names are only kept."""
        self.endpoints = endpoints
        self._decoder = decoder
        self._addresses = list(addresses)
        self._irrelevant = irrelevant
        self._blocks = FIRST_BLOCKS

    def fetch(self, first: int, head: int) -> Fetched | None:
        """So many blocks from ``first`` up to ``head`` as hold about `EVENTS_A_RANGE` events; None where the chain turned while
        it was asked. Raises Unavailable, ChainOther, LogMalformed."""
        while True:
            last = min(first + self._blocks - 1, head)
            try:
                logs, then = self.endpoints.logs(first, last, self._addresses)
            except RangeRefused:
                self._blocks = max(1, (last - first + 1) // 2)
                continue
            break
        asked = last - first + 1
        if len(logs) > EVENTS_A_RANGE:
            self._blocks = max(1, asked * EVENTS_A_RANGE // len(logs))
        elif len(logs) < EVENTS_A_RANGE // 2 and asked == self._blocks:
            self._blocks = min(MOST_BLOCKS, self._blocks * 2)
        with_logs = {log.block_number: log.block_hash for log in logs}
        wanted = {int(number, 16) for number in with_logs} | {last} | ({first - 1} if first else set())
        headers = self.endpoints.headers(wanted)
        # Only a block's own hash says that it is on the chain; and if the last one stayed, all before it did.
        if headers.keys() != wanted or then != headers[last]:
            return None
        if any(headers[int(number, 16)].hash != block_hash for number, block_hash in with_logs.items()):
            return None
        return Fetched(first, last, _plain(headers), *self._decoded(logs))

    def _decoded(self, logs: list[Log]) -> tuple[list[tuple[Any, ...]], list[Told], Named]:
        rows, told, shapes = [], [], []
        for log in logs:
            shape = self._decoder.shape(log.address, log.topics)
            if shape is None:
                if log.topics and not log.topics[0].islower():
                    raise LogMalformed(contract=log.address, event=log.topics[0])
                continue
            number = int(log.block_number, 16)
            try:
                rows.append(_raw(log, number, shape))
            except ValueError as error:
                raise LogMalformed(contract=shape.contract, event=shape.name) from error
            if shape.name not in self._irrelevant:
                told.append((number, shape.contract, shape.name, shape.arguments(log.topics, log.data)))
                shapes.append(shape)
        return rows, told, named_by(zip(shapes, (arguments for *_, arguments in told), strict=True))


def _plain(headers: Mapping[int, Header]) -> dict[int, tuple[str, int]]:
    return {number: (header.hash, int(header.timestamp, 16)) for number, header in headers.items()}


def _raw(log: Log, number: int, shape: EventShape) -> tuple[Any, ...]:
    """The log as a row of ``events``."""
    topics = bytes.fromhex("".join([topic[2:] for topic in log.topics[1:]]))
    return (
        number, int(log.log_index, 16), bytes.fromhex(log.transaction_hash[2:]), shape.contract, shape.name,
        topics[:32].lstrip(b"\0") if shape.is_of_a_thing else None, topics, bytes.fromhex(log.data[2:]),
    )  # fmt: skip
