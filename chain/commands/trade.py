"""All trade that the store knows, held against itself: documents → three flows → supply-chain graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from msgspec import convert
from sqlalchemy import Text, cast, select

from chain.commands.aliases import rulings
from chain.commands.consents import netted_minor
from chain.commands.workspace import Home
from chain.documents.directory import Directory
from chain.documents.matching import Matching
from chain.documents.model import Finding, TradeDocument
from chain.errors import NotFound
from chain.graph.frame import frame_with_circles
from chain.graph.supply_chain import SupplyChainGraph, to_networkx
from chain.graph.trade_graph import TradeGraph
from chain.network import Network
from chain.store.tables import documents as document_table


@dataclass(frozen=True)
class Trade:
    """The documents in the order they came, and what follows from them on one day. What comes later changes nothing here."""

    documents: tuple[TradeDocument, ...]
    directory: Directory
    matching: Matching
    circular: frozenset[str]
    """Keys of the invoices that are part of a circular trade; they back no credit."""
    graph_findings: tuple[Finding, ...]
    """Of several trades together."""
    network: Network | None

    @cached_property
    def graph(self) -> SupplyChainGraph:
        """The graph for people to explore, made when somebody asks for it."""
        return SupplyChainGraph(to_networkx(self.documents, self.directory, self.matching, self.circular, self.network))

    @cached_property
    def receivables(self) -> pl.DataFrame:
        """As `TradeGraph.receivables`, without the numbers of the trades."""
        return frame_with_circles(self.matching.receivables, self.circular)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the documents together show."""
        return (*self.directory.findings, *self.matching.findings, *self.graph_findings)

    def document(self, key: str) -> TradeDocument:
        """The document behind a key. Raises NotFound."""
        if key not in self.matching.documents:
            raise NotFound(what="document", id=key)
        return self.matching.documents[key]


def load_trade(home: Home) -> Trade:
    """What is matched and built from all stored documents, as of the ledger's clock; where the process keeps it, that."""
    if home.trade_at_hand is not None:
        trade: Trade = home.trade_at_hand()
        return trade
    return load_graph_and_trade(home)[1]


def load_documents(home: Home, after: int = 0) -> tuple[list[TradeDocument], int]:
    """The stored documents behind number ``after``, in the order they came, and the number of the last."""
    columns = document_table.c
    with home.store.read() as connection:
        rows = connection.execute(
            select(columns.sequence, columns.body).where(columns.sequence > after).order_by(columns.sequence)
        ).all()
    return convert([row.body for row in rows], list[TradeDocument]), rows[-1].sequence if rows else after


def load_graph(home: Home, workers: int = 2) -> TradeGraph:
    """The graph of all stored documents, as of the ledger's clock, built as a file of them is (`TradeGraph.from_file`): on
    so many processes where there are many."""
    network, today, ruled, netted = home.network_or_none(), home.date(), rulings(home), netted_minor(home)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "documents.jsonl"
        if _write_stored(home, path):
            return TradeGraph.from_file(path, network, today, workers, ruled, netted)
    return TradeGraph(network, today, ruled, netted)


def load_graph_and_trade(home: Home) -> tuple[TradeGraph, Trade]:
    """Both, of the same documents matched once: in this process, since all that is matched is wanted as objects here."""
    graph = load_graph(home, workers=1)
    return graph, as_it_stands(graph, [graph.shelf.document(place) for place in range(len(graph.shelf))])


def _write_stored(home: Home, path: Path) -> int:
    """Write the stored documents as lines, in the order they came; returns how many. The store has them as JSON already."""
    columns = document_table.c
    count = 0
    query = select(cast(columns.body, Text)).order_by(columns.sequence)
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file, home.store.read() as connection:
        for body in connection.execution_options(yield_per=10_000).execute(query).scalars():
            file.write(f"{body}\n")
            count += 1
    return count


def as_it_stands(graph: TradeGraph, documents: Sequence[TradeDocument]) -> Trade:
    """What a graph says now of its ``documents``, kept apart from what it says later."""
    matching = graph.matching
    return Trade(
        tuple(documents), graph.shelf.directory, replace(matching, documents=dict(matching.documents)), graph.circular,
        graph.graph_findings, graph.network,
    )  # fmt: skip
