"""All trade that the store knows, held against itself: documents → three flows → supply-chain graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from msgspec import convert
from sqlalchemy import select

from chain.commands.aliases import rulings
from chain.commands.workspace import Home
from chain.documents.aliases import Ruling
from chain.documents.directory import Directory
from chain.documents.matching import Matching, match
from chain.documents.model import TradeDocument
from chain.errors import NotFound
from chain.graph.supply_chain import SupplyChainGraph, build
from chain.network import Network
from chain.store.tables import documents as document_table


@dataclass(frozen=True)
class Trade:
    """The documents in the order they came, and what follows from them on one day."""

    documents: tuple[TradeDocument, ...]
    directory: Directory
    matching: Matching
    graph: SupplyChainGraph
    network: Network | None

    def document(self, key: str) -> TradeDocument:
        """The document behind a key. Raises NotFound."""
        if key not in self.matching.documents:
            raise NotFound(what="document", id=key)
        return self.matching.documents[key]


def load_trade(home: Home) -> Trade:
    """Match and build from all stored documents, as of the ledger's clock."""
    with home.store.read() as connection:
        bodies = connection.execute(select(document_table.c.body).order_by(document_table.c.sequence)).scalars().all()
    documents = convert(bodies, list[TradeDocument])
    return hold_against_each_other(documents, home.network_or_none(), home.date(), rulings(home))


def hold_against_each_other(
    documents: list[TradeDocument], network: Network | None, today: date, rulings: Iterable[Ruling] = ()
) -> Trade:
    """The pure part: documents → directory → three flows → graph."""
    directory = Directory.from_documents(documents, network, rulings)
    groups = {e.id: e.group for e in network.enterprises if e.group} if network else {}
    matching = match(documents, directory, groups, today)
    graph = build(documents, directory, matching, network)
    return Trade(tuple(documents), directory, matching, graph, network)
