"""The supply-chain graph: who is a node, what an edge carries, how deep it goes, and which trade runs in a circle.

1. Every document that counts is one edge; an order carries what is not invoiced yet, an invoice what may back credit.
2. A tier is the fewest steps along orders and invoices that may carry credit.
3. An invoice is circular exactly when a circle through it closes within 30 days (held against trying all circles).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.commands.trade import Trade, as_it_stands
from chain.documents.model import (
    DocumentReference,
    DocumentType,
    Party,
    PartyIdentifier,
    Source,
    TradeDocument,
)
from chain.graph.findings.circular_trade import CIRCLE_DAYS
from chain.graph.supply_chain import Relation, SupplyChainGraph
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role
from tests.effort import examples

TODAY = date(2026, 3, 2)
SOURCE = Source(path="x.json", format="json", sha256="0" * 64)


def party(name: str) -> Party:
    return Party(name=name, identifiers=(PartyIdentifier(scheme="NAME", value=name),))


def document(kind: DocumentType, number: str, seller: str, buyer: str | None, minor: int | None = None, **more: object):
    values = {"issue_date": TODAY - timedelta(days=20), "currency": None if minor is None else "CNY", **more}
    return TradeDocument(
        type=kind, number=number, seller=party(seller), buyer=party(buyer) if buyer else None, payable_minor=minor,
        net_minor=minor, tax_minor=None if minor is None else 0, source=SOURCE, **values,
    )  # fmt: skip


def refer(*numbers: str) -> tuple[DocumentReference, ...]:
    return tuple(DocumentReference(number=number) for number in numbers)


def delivered_trade(number: int, seller: str, buyer: str, ordered: int, invoiced: int) -> list[TradeDocument]:
    day = TODAY - timedelta(days=15)
    order, note, arrival = f"o{number}", f"d{number}", f"r{number}"
    return [
        document(DocumentType.ORDER, order, seller, buyer, ordered),
        document(DocumentType.DESPATCH_ADVICE, note, seller, buyer, orders=refer(order), delivery_date=day),
        document(
            DocumentType.RECEIPT_ADVICE, arrival, seller, buyer, orders=refer(order), despatches=refer(note),
            delivery_date=day,
        ),
        document(
            DocumentType.INVOICE, f"i{number}", seller, buyer, invoiced, orders=refer(order), despatches=refer(note),
            receipts=refer(arrival), delivery_date=day, due_date=TODAY + timedelta(days=60),
        ),
    ]  # fmt: skip


def network(*cores: str, others: tuple[str, ...] = ()) -> Network:
    return Network(
        name="test",
        enterprises=(
            *(Enterprise(id=f"NAME:{name}", name=name, roles=(Role.CORE_ENTERPRISE,)) for name in cores),
            *(Enterprise(id=f"NAME:{name}", name=name, roles=(Role.SUPPLIER,)) for name in others),
        ),
        lines=(),
    )


def graph_of(documents: list[TradeDocument], register: Network | None = None) -> SupplyChainGraph:
    return trade_of(documents, register).graph


def trade_of(documents: list[TradeDocument], register: Network | None = None) -> Trade:
    trades = TradeGraph(register, TODAY)
    trades.add(documents)
    return as_it_stands(trades, documents)


def node(built: SupplyChainGraph, name: str) -> str:
    return next(key for key, label in built.graph.nodes(data="name") if label == name)


def test_an_order_carries_what_is_not_invoiced_and_an_invoice_what_may_back_credit() -> None:
    built = graph_of(delivered_trade(1, "S", "C", 1000, 700), network("C"))
    edges = {edge["relation"]: edge for *_, edge in built.graph.edges(data=True)}
    assert edges[Relation.ORDERED]["open_minor"] == 300
    assert edges[Relation.INVOICED]["open_minor"] == 700
    assert edges[Relation.INVOICED]["currency"] == "CNY"
    assert edges[Relation.SHIPPED]["open_minor"] == 0
    assert built.graph.number_of_edges() == 4


def test_an_invoice_over_several_orders_fills_them_in_turn() -> None:
    documents = [
        document(DocumentType.ORDER, "a", "S", "C", 400),
        document(DocumentType.ORDER, "b", "S", "C", 400),
        document(DocumentType.INVOICE, "i", "S", "C", 500, orders=refer("a", "b")),
    ]
    built = graph_of(documents)
    opened = {
        e["document"].rpartition("|")[2]: e["open_minor"]
        for *_, e in built.graph.edges(data=True)
        if e["relation"] is Relation.ORDERED
    }
    assert sorted(opened.values()) == [0, 300]


def test_goods_in_store_are_an_edge_to_the_keeper_and_pledged_goods_are_blocked() -> None:
    receipt = document(DocumentType.WAREHOUSE_RECEIPT, "w", "S", None, keeper=party("K"), lots=("lot",), pledged=True)
    built = graph_of([receipt])
    ((owner, keeper, edge),) = built.graph.edges(data=True)
    assert (built.graph.nodes[owner]["name"], built.graph.nodes[keeper]["name"]) == ("S", "K")
    assert (edge["relation"], edge["blocked_by"]) == (Relation.STORED, "GoodsPledged")


def test_tiers_count_the_fewest_steps_from_each_core_enterprise() -> None:
    documents = [
        *delivered_trade(1, "S1", "C", 100, 100),
        *delivered_trade(2, "S2", "S1", 100, 100),
        *delivered_trade(3, "S3", "S2", 100, 100),
        *delivered_trade(4, "S3", "D", 100, 100),
        *delivered_trade(9, "S4", "S3", 50, 50),
        document(DocumentType.ORDER, "o8", "S5", "C", 50),  # nothing came of it
        document(DocumentType.INVOICE, "i7", "S6", "C", 50),  # without goods
        document(DocumentType.INVOICE, "i6", "S7", "C", 0),  # of nothing
    ]
    built = graph_of(documents, network("C", "D", "E"))
    names = dict(built.graph.nodes(data="name"))
    trades = TradeGraph(network("C", "D", "E"), TODAY)
    trades.add(documents)
    assert [(names[core], names[e], tier) for core, e, tier in trades.structure.tiers_by_core().rows()] == [
        ("C", "S1", 1), ("C", "S2", 2), ("C", "S3", 3), ("C", "S4", 4), ("D", "S3", 1), ("D", "S4", 2),
    ]  # fmt: skip
    assert {names[e]: tier for e, tier in built.tier_of_each().items()} == {
        "C": 0,
        "D": 0,
        "S1": 1,
        "S2": 2,
        "S3": 1,
        "S4": 2,
    }
    assert built.max_tier == 2


def test_without_a_register_there_are_nodes_but_no_tiers() -> None:
    built = graph_of(delivered_trade(1, "S", "C", 100, 100))
    assert (built.graph.number_of_nodes(), built.max_tier, built.cores) == (2, 0, ())


# --- circular trade ---------------------------------------------------------------------------------------------------


def received(number: int, seller: str, buyer: str, day: int, issued: int = 0) -> list[TradeDocument]:
    """A trade whose goods came on that day, before today; its invoice may be written on any."""
    papers = delivered_trade(number, seller, buyer, 100, 100)
    came = TODAY - timedelta(days=100 - day)
    papers[2] = replace(papers[2], delivery_date=came)
    papers[3] = replace(papers[3], issue_date=TODAY - timedelta(days=100 - issued))
    return papers


def circular_by_trying_all(trades: list[tuple[str, str, int]]) -> set[int]:
    """The places of those in a circle."""
    found: set[int] = set()
    for *_, first in trades:
        window = [(n, one) for n, one in enumerate(trades) if 0 <= one[2] - first <= CIRCLE_DAYS]
        for cycle in nx.simple_cycles(nx.DiGraph([(buyer, seller) for _, (seller, buyer, _) in window])):
            steps = set(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
            found |= {n for n, (seller, buyer, _) in window if (buyer, seller) in steps}
    return found


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.integers(0, 70)), max_size=14),
    st.integers(0, 90),
)
def test_an_invoice_is_circular_exactly_when_a_circle_through_it_closes_in_time(drawn, issued) -> None:
    trades = [one for one in drawn if one[0] != one[1]]
    documents = [paper for n, one in enumerate(trades) for paper in received(n, *one, issued=n * issued % 91)]
    trade = trade_of(documents)
    circular = {trade.matching.receivables[n].document for n in circular_by_trying_all(trades)}
    assert trade.circular == circular
    told = [finding for finding in trade.graph_findings if finding.rule == "CircularTrade"]
    assert {key for finding in told for key in finding.documents} == circular
    blocked = {
        edge["document"]: edge["blocked_by"] == "CircularTrade"
        for *_, edge in trade.graph.graph.edges(data=True)
        if edge["relation"] is Relation.INVOICED
    }
    assert {key for key, is_blocked in blocked.items() if is_blocked} == circular


def test_the_finding_shows_the_circle_and_blocks() -> None:
    trade = trade_of([*received(1, "B", "A", 0), *received(2, "C", "B", 10), *received(3, "A", "C", 29)])
    (finding,) = trade.graph_findings
    assert (finding.rule, finding.severity, finding.case) == ("CircularTrade", "blocked", "C5")
    assert finding.values["way"] == "NAME:A → NAME:B → NAME:C → NAME:A"
    assert len(finding.documents) == 3
    invoiced = [e for *_, e in trade.graph.graph.edges(data=True) if e["relation"] is Relation.INVOICED]
    assert [(edge["blocked_by"], edge["open_minor"]) for edge in invoiced] == [("CircularTrade", 0)] * 3


def test_a_circle_that_takes_longer_is_trade() -> None:
    trade = trade_of([*received(1, "B", "A", 0), *received(2, "A", "B", CIRCLE_DAYS + 1)])
    assert (trade.graph_findings, trade.circular) == ((), frozenset())
