"""The supply-chain graph as a viewer may see it: a party its own trade, the whole to who reads everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import polars as pl
from pydantic import Field

from chain.commands.seen.acquaintance import Acquaintance, Edge
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.named import Named
from chain.commands.seen.pages import page
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.money import Money


class GraphNode(Frozen):
    """An enterprise in the trade."""

    id: str
    name: str
    roles: tuple[str, ...]
    """None are told of one that the caller has not met on the ledger."""
    tier: int | None = Field(
        description="Fewest steps below a core enterprise; null where no chain reaches, and of one that the caller "
        "neither met on the ledger nor trades with by papers of both sides."
    )


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


class Neighbourhood(Frozen):
    """A page of the relations among the enterprises around one, and the enterprises at the ends of these."""

    around: str
    hops: int
    enterprises: tuple[GraphNode, ...]
    relations: tuple[GraphEdge, ...]
    next: str | None


class Tier(Frozen):
    """How far below a core enterprise somebody is."""

    enterprise: Participant
    tier: int = Field(description="Fewest steps of accepted invoices; a core enterprise itself is 0.")


class TradeFlow(Frozen):
    """What one enterprise owes another by invoices, in one currency."""

    buyer: Participant
    seller: Participant
    invoices: int
    """How many of them are open."""
    owed: Money
    proven: Money
    """How much of it may back credit."""


def graph_seen(home: Home, current: CurrentTrade, viewer: Viewer) -> Graph:
    """Enterprises and relations that the viewer may see."""
    known = current.get()
    built = known.trade.graph
    acquaintance = Acquaintance(home, known, viewer)
    edges = built.graph.edges(data=True) if viewer.sees_all else acquaintance.relations()
    grouped: dict[tuple[str, str, str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for source, target, edge in edges:
        grouped[source, target, edge["relation"].value, edge["currency"] or ""][edge["document"]] = edge
    shown = {end for source, target, _, _ in grouped for end in (source, target)}
    shown |= set(built.graph.nodes) if viewer.sees_all else {viewer.enterprise} & set(built.graph.nodes)
    return Graph(
        enterprises=_nodes(home, known, acquaintance, shown),
        relations=tuple(_edge(place, grouped[place].values()) for place in sorted(grouped)),
        max_tier=built.max_tier if viewer.sees_all else None,
    )


def neighbourhood_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    around: str,
    hops: int,
    *,
    after: str | None = None,
    most: int = 100,
) -> Neighbourhood:
    """What those within so many hops of an enterprise have with each other, as far as the viewer may see that: a party sees
    its own relations only, wherever it looks from.

    Raises NotFound where it may not know of the enterprise, PageUnknown.
    """  # fmt: skip
    known = current.get()
    acquaintance = Acquaintance(home, known, viewer)
    relations = _relations(known, viewer, acquaintance)
    there = viewer.sees_all and around in known.trade.graph.graph
    if around != viewer.enterprise and not there and not any(relations(around)):
        raise NotFound(what="enterprise", id=around)
    inside = edge = {around}
    for _ in range(hops):
        met = {end for one in edge for s, t, _ in relations(one) for end in (s, t)}
        edge, inside = met - inside, inside | met
    grouped: dict[tuple[str, str, str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for one in inside:
        for source, target, data in relations(one):
            if source in inside and target in inside:  # which is met from either end
                place = source, target, data["relation"].value, data["currency"] or ""
                grouped[place][data["document"]] = data
    some, cursor = page(sorted(grouped), lambda place: place, after, most)
    ends = {end for source, target, _, _ in some for end in (source, target)}
    return Neighbourhood(
        around=around, hops=hops, enterprises=_nodes(home, known, acquaintance, ends),
        relations=tuple(_edge(place, grouped[place].values()) for place in some), next=cursor,
    )  # fmt: skip


def tiers_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    core: str | None = None,
    *,
    after: str | None = None,
    most: int = 100,
) -> tuple[tuple[Tier, ...], str | None]:
    """Tiers below one core enterprise, by default below the nearest, in the order of the enterprises' ids. A party is told its
    own and those of whom it trades with and knows (`Acquaintance`), and asks of no chain but its own. Raises NotFound,
    PageUnknown."""  # fmt: skip
    known, named = current.get(), Named(home)
    built = known.trade.graph
    if core is not None and (core not in built.cores or not (viewer.sees_all or core == viewer.enterprise)):
        raise NotFound(what="enterprise", id=core)
    tiers = built.tier_of_each() if core is None else built.tiers_below(core)
    shown = set(tiers)
    if not viewer.sees_all:
        acquaintance = Acquaintance(home, known, viewer)
        ends = {end for s, t, _ in acquaintance.relations() for end in (s, t)} | {viewer.enterprise}
        shown = {one for one in shown & ends if acquaintance.knows(one)}
    some, cursor = page(sorted(shown), lambda one: (one,), after, most)
    nodes = built.graph.nodes
    return tuple(
        Tier(enterprise=named.enterprise(one, nodes[one].get("name")), tier=tiers[one]) for one in some
    ), cursor


def flows_seen(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    currency: str | None = None,
    *,
    after: str | None = None,
    most: int = 100,
) -> tuple[tuple[TradeFlow, ...], str | None]:
    """What is open between buyers and sellers, in the order of buyer, seller and currency; a party's own. Raises PageUnknown."""
    known, named = current.get(), Named(home)
    frame = known.trade.receivables.filter(pl.col("open_minor") > 0)
    if currency is not None:
        frame = frame.filter(pl.col("currency") == currency)
    acquaintance = Acquaintance(home, known, viewer)
    if not viewer.sees_all:
        own = frame.filter((pl.col("buyer") == viewer.enterprise) | (pl.col("seller") == viewer.enterprise))
        frame = own.filter(
            pl.Series([known.backs(key, viewer.enterprise) for key in own["document"]], dtype=pl.Boolean)
        )
        frame = frame.with_columns(
            pl.Series(side, map(acquaintance.end, frame[side], frame["document"]), dtype=pl.String)
            for side in ("buyer", "seller")
        )
    proven = pl.when("circular").then(0).otherwise("evidence_minor").cast(pl.Int128)
    pairs = (
        frame.group_by("buyer", "seller", "currency")
        .agg(invoices=pl.len(), owed=pl.col("open_minor").cast(pl.Int128).sum(), proven=proven.sum())
        .sort("buyer", "seller", "currency")
        .rows()
    )
    some, cursor = page(pairs, lambda row: row[:3], after, most)
    nodes = known.trade.graph.graph.nodes

    def participant(one: str) -> Participant:
        return named.enterprise(one, nodes[one].get("name") if one in nodes else acquaintance.names.get(one))

    return tuple(
        TradeFlow(
            buyer=participant(buyer), seller=participant(seller), invoices=invoices,
            owed=Money(int(owed), unit), proven=Money(int(sure), unit),
        )
        for buyer, seller, unit, invoices, owed, sure in some
    ), cursor  # fmt: skip


def _relations(known: Known, viewer: Viewer, acquaintance: Acquaintance) -> Callable[[str], Iterable[Edge]]:
    """What gives the edges of an enterprise, either way, that the viewer may see."""
    graph = known.trade.graph.graph
    if viewer.sees_all:
        return lambda one: (
            chain(graph.in_edges(one, data=True), graph.out_edges(one, data=True)) if one in graph else ()
        )
    own: dict[str, list[Edge]] = defaultdict(list)
    for edge in acquaintance.relations():
        for end in {edge[0], edge[1]}:
            own[end].append(edge)
    return lambda one: own.get(one, ())


def _nodes(home: Home, known: Known, acquaintance: Acquaintance, enterprises: set[str]) -> tuple[GraphNode, ...]:
    built, names = known.trade.graph, home.names()
    tiers, nodes = built.tier_of_each(), built.graph.nodes

    def node(one: str) -> GraphNode:
        there = nodes.get(one, {})
        return GraphNode(
            id=one, name=names.get(one) or there.get("name") or acquaintance.names.get(one) or one,
            roles=tuple(role.value for role in there.get("roles") or ()) if acquaintance.met(one) else (),
            tier=tiers.get(one) if acquaintance.knows(one) else None,
        )  # fmt: skip

    return tuple(node(one) for one in sorted(enterprises))


def _edge(place: tuple[str, str, str, str], found: Iterable[dict[str, Any]]) -> GraphEdge:
    edges = list(found)
    source, target, relation, currency = place
    return GraphEdge(
        source=source, target=target, relation=relation, documents=len(edges),
        open=Money(sum(edge["open_minor"] for edge in edges), currency) if currency else None,
        blocked_by=tuple(sorted({edge["blocked_by"] for edge in edges if edge["blocked_by"]})),
    )  # fmt: skip
