"""What the books say of a piece, down to where it comes from: its events on chain, and the documents behind it."""

from __future__ import annotations

from typing import Any

from chain.books.happened import Happened, about, happened
from chain.books.portfolio import PieceRow, path
from chain.commands.exposure import time_text
from chain.commands.path import documents_by_evidence
from chain.commands.workspace import Home, event_decoder
from chain.identifiers import PieceId
from chain.issuance.decoding import EventDecoder
from chain.store.tables import events


def history_of(home: Home, piece: PieceId, documents: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """The events of a piece and of what it was cut from, with those of the documents that they rest on, in the chain's order.

    Each says its block, its place there, its transaction, and the key of the document that is behind it, where that is
    stored here. ``documents`` is what `documents_by_evidence` gives. Raises NotFound.
    """
    decoder = event_decoder(home)
    found: list[tuple[Happened, PieceRow]] = []
    with home.store.read() as connection:
        for row in path(connection, piece):
            found += [(event, row) for event in happened(connection, decoder, about(row.piece.chain))]
            if row.evidence:
                registry = events.c.contract == "TradeRegistry"
                found += [(event, row) for event in happened(connection, decoder, about(row.evidence), registry)]
    if documents is None:
        documents = documents_by_evidence(home)
    found.sort(key=lambda one: (one[0].block_number, one[0].log_index))
    return [_event_as_json(event, row, documents) for event, row in found if _is_about(decoder, event, row)]


def _is_about(decoder: EventDecoder, event: Happened, row: PieceRow) -> bool:
    """Numbers of different kinds of things may be the same; the first argument's type tells which it is."""
    kind = next(iter(decoder.named(event.contract, event.name).named.items()))
    return kind in (("piece", "PieceId"), ("evidence", "EvidenceId"))


def _event_as_json(event: Happened, row: PieceRow, documents: dict[int, str]) -> dict[str, Any]:
    return {
        "event": event.name, "piece": str(row.piece), "contract": event.contract, "block": event.block_number,
        "block_hash": event.block_hash, "log_index": event.log_index, "transaction": event.transaction_hash,
        "time": time_text(event.timestamp), "arguments": event.arguments, "document": documents.get(row.evidence),
    }  # fmt: skip
