"""All trade that the store knows, held against itself: documents → three flows → supply-chain graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from sqlalchemy import select

from chain.commands.workspace import Workspace
from chain.documents.identity import document_key
from chain.documents.directory import Directory
from chain.documents.matching import Matching, match
from chain.documents.model import TradeDocument
from chain.errors import NotFound
from chain.graph.supply_chain import SupplyChainGraph, build
from chain.network import Network
from chain.store.tables import documents as document_table
from chain.store.tables import networks


@dataclass(frozen=True)
class Trade:
    """The documents in the order they came, and what follows from them on one day."""

    documents: tuple[TradeDocument, ...]
    directory: Directory
    matching: Matching
    graph: SupplyChainGraph
    network: Network | None

    @cached_property
    def _by_key(self) -> dict[str, TradeDocument]:
        # The first of a key counts; matching names the later ones.
        return {document_key(document): document for document in reversed(self.documents)}

    def document(self, key: str) -> TradeDocument:
        """The document behind a key. Raises NotFound."""
        if key not in self._by_key:
            raise NotFound(what="document", id=key)
        return self._by_key[key]


def load_trade(workspace: Workspace) -> Trade:
    """Match and build from all stored documents, as of the ledger's clock."""
    with workspace.store.read() as connection:
        bodies = connection.execute(select(document_table.c.body).order_by(document_table.c.sequence)).scalars().all()
        network_body = connection.execute(select(networks.c.body)).scalar()
    network = Network.model_validate(network_body) if network_body else None
    return hold_against_each_other([TradeDocument.model_validate(body) for body in bodies], network, ledger_day(workspace))


def hold_against_each_other(documents: list[TradeDocument], network: Network | None, today: date) -> Trade:
    """The pure part: documents → directory → three flows → graph."""
    directory = Directory.from_documents(documents, network)
    groups = {e.id: e.group for e in network.enterprises if e.group} if network else {}
    matching = match(documents, directory, groups, today)
    graph = build(documents, directory, matching, network)
    return Trade(tuple(documents), directory, matching, graph, network)


def ledger_day(workspace: Workspace) -> date:
    """Today by the ledger's clock, in UTC+8."""
    return datetime.fromtimestamp(workspace.today() * 86_400, UTC).date()
