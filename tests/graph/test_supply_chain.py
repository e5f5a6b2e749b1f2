"""The supply-chain graph: who is a node, what an edge carries, how deep it goes, and which trade runs in a circle.

1. Every document that counts is one edge; an order carries what is not invoiced yet, an invoice what may back credit.
2. A tier is the fewest steps along orders and invoices that may carry credit.
3. An invoice is circular exactly when a circle through it closes within 30 days (held against trying all circles).
"""

from __future__ import annotations

import time
from datetime import date, timedelta

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.directory import Directory
from chain.documents.matching import Matching, Receivable, ReceivableState, match
from chain.documents.model import (
    DocumentReference,
    DocumentType,
    Party,
    PartyIdentifier,
    Source,
    TradeDocument,
)
from chain.graph.findings.circular_trade import CIRCLE_DAYS
from chain.graph.supply_chain import Relation, SupplyChainGraph, build
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role

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
    directory = Directory.from_documents(documents, register)
    return build(documents, directory, match(documents, directory, {}, TODAY), register)


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


def receivable(number: int, seller: str, buyer: str, day: int) -> Receivable:
    return Receivable(
        document=f"invoice|{seller}|{number}", number=str(number), seller=seller, buyer=buyer, currency="CNY",
        payable_minor=100, credited_minor=0, open_minor=100, evidence_minor=100, blocked_by=None, rules=(),
        state=ReceivableState.OPEN, issue_date=TODAY + timedelta(days=day), delivery_date=TODAY, due_date=TODAY,
        orders=(), despatches=(), receipts=("receipt",), warehouse_receipts=(), credit_notes=(),
    )  # fmt: skip


def graph_of_receivables(receivables: list[Receivable]) -> SupplyChainGraph:
    return build([], Directory.from_documents([], None), Matching(tuple(receivables), (), {}), None)


def circular_by_trying_all(receivables: list[Receivable]) -> set[str]:
    found: set[str] = set()
    for first in receivables:
        window = [r for r in receivables if 0 <= (r.issue_date - first.issue_date).days <= CIRCLE_DAYS]
        for cycle in nx.simple_cycles(nx.DiGraph([(r.buyer, r.seller) for r in window])):
            steps = set(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
            found |= {r.document for r in window if (r.buyer, r.seller) in steps}
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.integers(0, 70)), max_size=14))
def test_an_invoice_is_circular_exactly_when_a_circle_through_it_closes_in_time(trades) -> None:
    receivables = [
        receivable(n, seller, buyer, day) for n, (seller, buyer, day) in enumerate(trades) if seller != buyer
    ]
    built = graph_of_receivables(receivables)
    assert built.circular == circular_by_trying_all(receivables)
    assert {key for finding in built.findings for key in finding.documents} == built.circular
    for *_, edge in built.graph.edges(data=True):
        assert (edge["open_minor"] == 0) == (edge["document"] in built.circular)


def test_the_finding_shows_the_circle_and_blocks() -> None:
    built = graph_of_receivables([receivable(1, "B", "A", 0), receivable(2, "C", "B", 10), receivable(3, "A", "C", 29)])
    (finding,) = built.findings
    assert (finding.rule, finding.severity, finding.case) == ("CircularTrade", "blocked", "C5")
    assert finding.values["way"] == "A → B → C → A"
    assert len(finding.documents) == 3
    assert all(edge["blocked_by"] == "CircularTrade" for *_, edge in built.graph.edges(data=True))


def test_a_circle_that_takes_longer_is_trade() -> None:
    built = graph_of_receivables([receivable(1, "B", "A", 0), receivable(2, "A", "B", CIRCLE_DAYS + 1)])
    assert (built.findings, built.circular) == ((), frozenset())


def test_a_circle_through_thousands_of_invoices_is_found_without_looking_at_each_pair() -> None:
    count = 4000
    trades = [receivable(n, f"E{(n * 7 + 1) % 500}", f"E{n % 500}", n % 300) for n in range(count)]
    started = time.process_time()
    built = graph_of_receivables(trades)
    assert time.process_time() - started < 10
    assert built.graph.number_of_edges() == count
