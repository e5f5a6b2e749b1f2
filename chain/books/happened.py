"""The events that the books were folded from, as they are kept: read again, by what they are about, or in the chain's order."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, and_, literal_column, or_, select

from chain.issuance.decoding import ChainEvent, EventDecoder
from chain.store.tables import SOUGHT_BY_NAME, blocks, events


class Happened(ChainEvent, frozen=True, gc=False):
    """One event with its time, unix seconds of the chain's clock."""

    timestamp: int


def happened(
    connection: Connection, decoder: EventDecoder, *conditions: ColumnElement[bool], most: int | None = None
) -> Iterator[Happened]:
    """The events that fulfil all ``conditions`` on ``events``, in the chain's order."""
    statement = select(events, blocks.c.timestamp, blocks.c.hash).join(blocks, blocks.c.number == events.c.block_number)
    statement = statement.where(*conditions).order_by(events.c.block_number, events.c.log_index).limit(most)
    for row in connection.execute(statement.execution_options(yield_per=5_000)):
        shape = decoder.named(row.contract, row.name)
        topics = ["", *(f"0x{row.topics[at : at + 32].hex()}" for at in range(0, len(row.topics), 32))]
        yield Happened(
            row.contract, row.name, shape.arguments(topics, f"0x{row.data.hex()}"), row.block_number,
            row.hash, row.log_index, f"0x{row.transaction_hash.hex()}", row.timestamp,
        )  # fmt: skip


def called(*names: str) -> ColumnElement[bool]:
    """Of these names, which are all in `SOUGHT_BY_NAME`. The index's condition is said again, so that the database sees that."""
    assert set(names) <= set(SOUGHT_BY_NAME), "no index would find them"
    of_the_index = or_(*(events.c.name == literal_column(f"'{name}'") for name in SOUGHT_BY_NAME))
    return and_(of_the_index, events.c.name.in_(names))


def about(identifier: int) -> ColumnElement[bool]:
    """Of what has this number: a piece, an obligation, a line, a document (by the first argument that the event is found by).

    Numbers of different kinds of things may be the same; the events' names tell them apart.
    """
    subject = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return events.c.subject == subject
