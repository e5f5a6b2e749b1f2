"""The supply-chain graph as a viewer may see it: a party its own trade, the whole to who reads everything."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import Field

from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.money import Money


class GraphNode(Frozen):
    """An enterprise in the trade."""

    id: str
    name: str
    roles: tuple[str, ...]
    tier: int | None = Field(description="Fewest steps below a core enterprise; null where no chain reaches.")


class GraphEdge(Frozen):
    """All documents of one relation between two enterprises, in one currency."""

    source: str
    target: str
    relation: str = Field(
        description="`ordered` and `invoiced` run buyer → seller, `shipped` back, `stored` to a keeper."
    )
    documents: int
    open: Money | None
    """What is open and may back credit; null for goods, which have no amount."""
    blocked_by: tuple[str, ...]
    """Rules that keep some of them from backing credit."""


class Graph(Frozen):
    """Enterprises and their trade."""

    enterprises: tuple[GraphNode, ...]
    relations: tuple[GraphEdge, ...]
    max_tier: int | None = Field(description="Null for a party: how deep the network is, is not its own.")


def graph_seen(home: Home, current: CurrentTrade, viewer: Viewer) -> Graph:
    """Enterprises and relations that the viewer may see."""
    known = current.get()
    built = known.trade.graph
    names = home.names()
    grouped: dict[tuple[str, str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for source, target, edge in built.graph.edges(data=True):
        own = viewer.enterprise in (source, target) and known.concerns(edge["document"], viewer.enterprise)
        if viewer.sees_all or own:
            grouped[source, target, edge["relation"].value, edge["currency"] or ""].append(edge)
    shown = {end for source, target, _, _ in grouped for end in (source, target)}
    shown |= set(built.graph.nodes) if viewer.sees_all else {viewer.enterprise} & set(built.graph.nodes)
    tiers = built.tier_of_each()
    return Graph(
        enterprises=tuple(
            GraphNode(
                id=node, name=names.get(node) or built.graph.nodes[node].get("name") or node,
                roles=tuple(role.value for role in built.graph.nodes[node].get("roles") or ()), tier=tiers.get(node),
            )
            for node in sorted(shown)
        ),
        relations=tuple(_edge(place, edges) for place, edges in sorted(grouped.items())),
        max_tier=built.max_tier if viewer.sees_all else None,
    )  # fmt: skip


def _edge(place: tuple[str, str, str, str], edges: list[dict[str, Any]]) -> GraphEdge:
    source, target, relation, currency = place
    return GraphEdge(
        source=source, target=target, relation=relation, documents=len(edges),
        open=Money(sum(edge["open_minor"] for edge in edges), currency) if currency else None,
        blocked_by=tuple(sorted({edge["blocked_by"] for edge in edges if edge["blocked_by"]})),
    )  # fmt: skip
