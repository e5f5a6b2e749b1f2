"""The supply-chain graph for people: figures, tiers, who hangs on whom, and files for other tools."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import networkx as nx
import polars as pl

from chain.commands.aliases import written_id
from chain.commands.picture import make_picture
from chain.commands.trade import load_graph, load_graph_and_trade, load_trade
from chain.commands.workspace import Home
from chain.documents import lines, parquet
from chain.documents.model import TradeDocument
from chain.errors import NotFound, RuleBroken
from chain.graph.supply_chain import neighbourhood
from chain.graph.trade_graph import TradeGraph
from chain.picture import draw

#: How the name of a file of canonical documents ends, which is no file of receivables.
DOCUMENTS = ".documents.parquet"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: how many of what."""

    path: str
    what: str
    """relations, documents, receivables, or enterprises of a picture."""
    count: int


class ExportUnknown(RuleBroken):
    message = "nothing is known of how to write {name}"
    next_step = "end the name with .graphml, .parquet, .svg, .jsonl or .documents.parquet"


def graph_summary(home: Home) -> dict[str, Any]:
    """Enterprises, relations with their open amounts, and how many suppliers each tier of each core enterprise has."""
    trades, trade = load_graph_and_trade(home)
    graph = trade.graph
    tiers: dict[str, dict[str, int]] = {core: {} for core in graph.cores}
    below = trades.structure.tiers_by_core().group_by("core", "tier").len().sort("core", "tier")
    for core, tier, count in below.iter_rows():
        tiers[core][str(tier)] = count
    edges: Counter[tuple[str, str]] = Counter()
    open_minor: dict[tuple[str, str], int] = defaultdict(int)
    for _, _, edge in graph.graph.edges(data=True):
        place = (str(edge["relation"]), edge["currency"] or "")
        edges[place] += 1
        open_minor[place] += edge["open_minor"]
    return {
        "totals": {
            "enterprises": graph.graph.number_of_nodes(), "edges": graph.graph.number_of_edges(),
            "max_tier": graph.max_tier,
        },
        "relations": [
            {"kind": kind, "currency": currency, "edges": count, "open_minor": open_minor[kind, currency]}
            for (kind, currency), count in sorted(edges.items())
        ],
        "tiers": [
            {"core": core, "name": graph.graph.nodes[core].get("name") or core, "enterprises": enterprises}
            for core, enterprises in tiers.items()
        ],
    }  # fmt: skip


def graph_structure(home: Home) -> dict[str, Any]:
    """How deep credit can reach, who hangs on one supplier, and through whom all ways lead; the longest first.

    ``reach``: by tier, how many suppliers, how many of them some way of evidence leads to, and the largest amount that one way
    carries, in minor units by currency. ``bottlenecks``: enterprises and
    how many suppliers no credit reaches without them. ``single_sources``: buyers of several documents with one seller alone.
    """
    structure = load_graph(home).structure
    names = home.names()
    ways = structure.reach()
    some = pl.col("currency").is_not_null()
    reach = ways.group_by("tier").agg(
        suppliers=pl.col("enterprise").n_unique(), with_evidence=pl.col("enterprise").filter(some).n_unique()
    )
    largest: dict[int, dict[str, int]] = defaultdict(dict)
    most_of_each = ways.filter(some).group_by("tier", "currency").agg(pl.col("evidence_minor").max())
    for tier, currency, minor in most_of_each.sort("tier", "currency").iter_rows():
        largest[tier][currency] = minor
    bottlenecks, sources = structure.bottlenecks(), structure.dependencies()
    return {
        "reach": [row | {"largest_minor": largest[row["tier"]]} for row in reach.sort("tier").rows(named=True)],
        "bottlenecks": [
            {"enterprise": enterprise, "name": names.get(enterprise) or enterprise, "cut_off": cut_off}
            for enterprise, cut_off in bottlenecks.rows()
        ],
        "single_sources": [
            {"buyer": buyer, "name": names.get(buyer) or buyer, "seller": seller, "seller_name": names.get(seller) or seller}
            for buyer, seller, *_ in sources.rows()
        ],
    }  # fmt: skip


def export_graph(home: Home, path: Path, around: str | None = None, hops: int = 1, language: str = "en") -> Exported:
    """Write the graph; the name's end says how. ``.graphml``: nodes with name, roles and group, edges with relation,
    document, amount and day. ``.parquet``: receivables, one row an
    invoice (`chain.graph.frame.SCHEMA`). ``.svg``: the picture, in the currency of the first line. ``.jsonl`` and
    ``.documents.parquet``: the documents that count, in the canonical form. With an enterprise ``around`` (any of its ids,
    or its registered name) only what it and those within ``hops`` of it have with each other is written.
    Raises ExportUnknown, and NotFound where no document names that enterprise."""
    graph = cache(partial(load_graph, home))
    if around:
        around = written_id(home, around)
        if graph().shelf.number_of(around) is None:
            raise NotFound(what="enterprise", id=around)
    match path.suffix.lower():
        case ".graphml":
            drawn = neighbourhood(graph(), around, hops) if around else load_trade(home).graph.graph
            nx.write_graphml(_plain(drawn), path)
            return Exported(str(path), "relations", drawn.number_of_edges())
        case ".jsonl":
            return Exported(str(path), "documents", lines.write_documents(_documents(graph(), around, hops), path))
        case ".parquet" if path.name.lower().endswith(DOCUMENTS):
            return Exported(str(path), "documents", parquet.write_documents(_documents(graph(), around, hops), path))
        case ".parquet":
            frame = graph().receivables
            if around:
                inside = list(graph().around(around, hops).enterprises)
                frame = frame.filter(pl.col("seller").is_in(inside) & pl.col("buyer").is_in(inside))
            frame.drop("place", "trade").write_parquet(path)
            return Exported(str(path), "receivables", frame.height)
        case ".svg":
            currency = next((line.currency for line in home.network().lines), "CNY")
            among = graph().around(around, hops).enterprises if around else None
            picture = make_picture(home, currency, language, among=among)
            path.write_text(draw(picture, language), "utf-8")
            return Exported(str(path), "enterprises", len(picture.nodes))
        case _:
            raise ExportUnknown(name=path.name)


def _documents(graph: TradeGraph, around: str | None, hops: int) -> Iterable[TradeDocument]:
    """Those that count, in the order in which they came."""
    if around:
        return graph.around(around, hops).documents.values()
    return (graph.shelf.document(place) for place, counts in enumerate(graph.shelf.counts) if counts)


def _plain(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The graph with attributes that GraphML has."""
    plain: nx.MultiDiGraph = nx.MultiDiGraph()
    for node, values in graph.nodes(data=True):
        plain.add_node(node, name=values["name"], roles=" ".join(values["roles"] or ()), group=values["group"] or "")
    for source, target, edge in graph.edges(data=True):
        plain.add_edge(
            source, target, relation=str(edge["relation"]), document=edge["document"],
            currency=edge["currency"] or "", open_minor=edge["open_minor"], blocked_by=edge["blocked_by"] or "",
            day=edge["day"].isoformat() if edge["day"] else "",
        )  # fmt: skip
    return plain
