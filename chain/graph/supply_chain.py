"""The supply-chain graph: who orders from, ships to, stores for and owes whom, and how deep each core enterprise's chain is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

import networkx as nx

from chain.documents.directory import Directory
from chain.documents.matching import Matching
from chain.documents.model import DocumentType, TradeDocument
from chain.graph.trade_graph import TradeGraph
from chain.network import Network, Role


class Relation(StrEnum):
    """Kind of an edge. The first two run as goods are asked and paid for: buyer → seller."""

    ORDERED = "ordered"
    """Open order: what was ordered and is not invoiced yet."""
    INVOICED = "invoiced"
    """Open invoice: what of it may back credit."""
    SHIPPED = "shipped"
    """Seller → buyer: goods on their way or arrived."""
    STORED = "stored"
    """Owner → keeper: goods in a warehouse."""


@dataclass(frozen=True)
class SupplyChainGraph:
    """``graph`` is for people to explore: nodes are enterprise ids (attributes ``name``, ``roles``, ``group``), edges
    carry ``relation``, ``document``, ``currency``, ``open_minor`` (minor units), ``blocked_by``, ``day`` and ``accepted``
    (of an invoice: whether it backs credit, or did until it was settled)."""

    graph: nx.MultiDiGraph

    def tier_of_each(self) -> dict[str, int]:
        """Enterprise → its fewest steps below any core enterprise; those that no chain reaches are left out."""
        cores = [core for core in self.cores if core in self._suppliers]
        return dict(nx.multi_source_dijkstra_path_length(self._suppliers, cores, weight=None)) if cores else {}

    def tiers_below(self, core: str) -> dict[str, int]:
        """Enterprise → its fewest steps below that core enterprise, which is 0 itself; those that its chain does not reach are
        left out."""
        if core not in self._suppliers:
            return {}
        return dict(nx.single_source_shortest_path_length(self._suppliers, core))

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """The core enterprises of the register, sorted."""
        return tuple(
            sorted(node for node, roles in self.graph.nodes(data="roles") if Role.CORE_ENTERPRISE in (roles or ()))
        )

    @property
    def max_tier(self) -> int:
        """Tiers below the core enterprises; 0 without any supplier."""
        return max(self.tier_of_each().values(), default=0)

    @cached_property
    def _suppliers(self) -> nx.DiGraph:
        """Buyer → seller, one edge a pair, of the trade that makes tiers: of which an invoice is accepted. Orders, and
        invoices that back nothing, make none."""
        simple: nx.DiGraph = nx.DiGraph()
        for buyer, seller, edge in self.graph.edges(data=True):
            if edge["accepted"]:
                simple.add_edge(buyer, seller)
        return simple


def to_networkx(
    documents: Iterable[TradeDocument], directory: Directory, matching: Matching, circular: Container[str],
    network: Network | None,
) -> nx.MultiDiGraph:  # fmt: skip
    """What `SupplyChainGraph.graph` is, of all documents, each counted once (``matching.documents``). ``circular``: keys of the
    invoices that are part of a circular trade. Cost grows with the documents alone."""
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for enterprise in network.enterprises if network else ():
        graph.add_node(enterprise.id, name=enterprise.name, roles=enterprise.roles, group=enterprise.group)
    invoiced = _invoiced_by_order(matching)
    for key, document in matching.documents.items():
        _add(graph, directory, key, document, invoiced)
    for receivable in matching.receivables:
        blocked_by = "CircularTrade" if receivable.document in circular else receivable.blocked_by
        open_minor = 0 if blocked_by else receivable.evidence_minor
        _edge(graph, receivable.buyer, receivable.seller, Relation.INVOICED, receivable.document, receivable.currency,
              open_minor, receivable.delivery_date, blocked_by,
              accepted=receivable.accepted and receivable.document not in circular)  # fmt: skip
    for document in documents:
        for party in (document.seller, document.buyer, document.keeper):
            if party is not None:
                node = graph.nodes.get(directory.resolve(party))
                if node is not None and not node.get("name"):
                    node["name"] = party.name
    return graph


def neighbourhood(trades: TradeGraph, around: str, hops: int = 1) -> nx.MultiDiGraph:
    """The trade of the enterprises within so many hops of one, either way, as `SupplyChainGraph.graph` has it: for people
    to explore, where all of it would be too much. Empty where nobody knows the enterprise."""
    part = trades.around(around, hops)
    register = trades.network
    if register is not None:
        enterprises = tuple(e for e in register.enterprises if e.id in part.enterprises)
        register = register.model_copy(update={"enterprises": enterprises})
    matching = Matching(part.receivables, (), part.documents)
    return to_networkx(part.documents.values(), trades.shelf.directory, matching, trades.circular, register)


# --- edges ---------------------------------------------------------------------------------------------------------


def _add(
    graph: nx.MultiDiGraph, directory: Directory, key: str, document: TradeDocument, invoiced: Mapping[str, int]
) -> None:
    seller = directory.resolve(document.seller)
    buyer = directory.resolve(document.buyer) if document.buyer else None
    match document.type:
        case DocumentType.ORDER if buyer:
            open_minor = max(0, (document.payable_minor or 0) - invoiced.get(key, 0))
            _edge(graph, buyer, seller, Relation.ORDERED, key, document.currency, open_minor, document.issue_date)
        case DocumentType.DESPATCH_ADVICE | DocumentType.RECEIPT_ADVICE if buyer:
            day = document.delivery_date or document.issue_date
            _edge(graph, seller, buyer, Relation.SHIPPED, key, None, 0, day)
        case DocumentType.WAREHOUSE_RECEIPT if document.keeper:
            keeper = directory.resolve(document.keeper)
            blocked_by = "GoodsPledged" if document.pledged else None
            _edge(graph, seller, keeper, Relation.STORED, key, None, 0, document.delivery_date, blocked_by)
        case _:
            pass  # invoices come with their receivable; a credit note changes one


def _edge(
    graph: nx.MultiDiGraph, source: str, target: str, relation: Relation, document: str, currency: str | None,
    open_minor: int, day: date | None, blocked_by: str | None = None, *, accepted: bool = False,
) -> None:  # fmt: skip
    for node in (source, target):
        if node not in graph:
            graph.add_node(node, name="", roles=(), group=None)
    graph.add_edge(
        source, target, key=(relation, document), relation=relation, document=document, currency=currency,
        open_minor=open_minor, day=day, blocked_by=blocked_by, accepted=accepted,
    )  # fmt: skip


def _invoiced_by_order(matching: Matching) -> dict[str, int]:
    """Order key → what invoices that name it have taken of it (payable less credit notes). An invoice over several
    orders fills them in the order in which it names them; what is above them all stays with the last."""
    sums: dict[str, int] = defaultdict(int)
    for receivable in matching.receivables:
        left = max(0, receivable.payable_minor - receivable.credited_minor)  # paid or not
        for key in receivable.orders:
            order = matching.documents[key]
            last = key == receivable.orders[-1]
            if order.currency == receivable.currency:
                part = left if last else min(left, max(0, (order.payable_minor or 0) - sums[key]))
                sums[key] += part
                left -= part
    return sums
