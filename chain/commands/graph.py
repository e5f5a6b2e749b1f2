"""The supply-chain graph for people: figures, tiers, and a file for other tools."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import networkx as nx

from chain.commands.trade import load_trade
from chain.commands.workspace import Home


def graph_summary(home: Home) -> dict[str, Any]:
    """Enterprises, relations with their open amounts, and how many suppliers each tier of each core enterprise has."""
    graph = load_trade(home).graph
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
            {"core": core, "name": graph.graph.nodes[core].get("name") or core,
             "enterprises": {str(tier): count for tier, count in sorted(Counter(graph.tiers(core).values()).items()) if tier}}
            for core in graph.cores
        ],
    }  # fmt: skip


def export_graph(home: Home, path: Path) -> None:
    """Write the graph as GraphML: nodes with name, roles and group, edges with relation, document, amount and day."""
    graph = load_trade(home).graph.graph
    plain: nx.MultiDiGraph = nx.MultiDiGraph()
    for node, values in graph.nodes(data=True):
        plain.add_node(node, name=values["name"], roles=" ".join(values["roles"] or ()), group=values["group"] or "")
    for source, target, edge in graph.edges(data=True):
        plain.add_edge(
            source, target, relation=str(edge["relation"]), document=edge["document"],
            currency=edge["currency"] or "", open_minor=edge["open_minor"], blocked_by=edge["blocked_by"] or "",
            day=edge["day"].isoformat() if edge["day"] else "",
        )  # fmt: skip
    nx.write_graphml(plain, path)
