"""A trade of many documents is matched in parts that have nothing to do with each other. Rules held here:

1. What the parts say is what the trade says as a whole.
2. A document more is matched with its own part, and gives what all give at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_trade_graph import NETWORK, TODAY, USCC, added, invoice, paper, papers, party, refer, said

from chain.documents.directory import Directory
from chain.documents.model import DocumentLine, DocumentType, TradeDocument
from chain.documents.shelf import Shelf
from chain.documents.trade import matching
from chain.documents.trade.matching import GrowingTrade, TradeMatch
from chain.graph import trade_graph
from chain.graph.trade_graph import TradeGraph
from tests.effort import examples

#: I and 1, O and 0 look alike in print; 0001 is 1.
NUMBERS = st.sampled_from(["1", "2", "3", "4", "5", "I", "O", "0", "0001"])
DOCUMENTS = st.lists(
    papers(sellers=st.sampled_from(["B", "B", "b", "Bb", "j"]), numbers=NUMBERS, own_numbers=NUMBERS), max_size=24
)


def ordered(match: TradeMatch) -> tuple[object, object]:
    """Findings in an order that does not tell parts apart."""
    return match.receivables, sorted(match.findings, key=repr)


def both(documents: list[TradeDocument]) -> Iterator[tuple[TradeMatch, TradeMatch]]:
    """Each trade as a whole, and in parts."""
    shelf = Shelf(Directory(NETWORK), {})
    shelf.accept(documents)
    for trade in shelf.in_order():
        facts = *shelf.parties(trade), shelf.warehouses, {}, TODAY
        whole, parts = GrowingTrade(*facts, in_parts=False), GrowingTrade(*facts)
        for growing in (whole, parts):
            growing.add(shelf.papers(trade))
        yield whole.match(), parts.match()


@settings(max_examples=examples(250), deadline=None)
@given(DOCUMENTS)
def test_parts_say_what_the_whole_trade_says(documents):
    for whole, parts in both(documents):
        assert ordered(parts) == ordered(whole)


def paid(number: str, bank: str, **facts) -> TradeDocument:
    facts = {"currency": "CNY", "payable_minor": 700, "keeper": party(bank)} | facts
    return paper(DocumentType.PAYMENT, number, "B", "A", **facts)


LINE = (DocumentLine("1", quantity=Decimal(9), unit="TNE"),)
DAY = date(2026, 5, 1)
SOLD = [
    invoice(f"I{n}A", "B", "A", orders=refer(f"O{n}A"), lines=(replace(LINE[0], net_minor=10_000),)) for n in (1, 2)
]
KEPT = paper(
    DocumentType.WAREHOUSE_RECEIPT, "W1", "B", "A", keeper=party("K"), lots=("L1",), lines=LINE, delivery_date=DAY
)
RECEIVED = paper(DocumentType.RECEIPT_ADVICE, "R1", "B", "A", despatches=refer("D1"), delivery_date=DAY)


@pytest.mark.parametrize(
    "documents",
    [
        [invoice("I1", "B", "A"), paid("1", "K", end_to_end="E1", invoices=refer("I1")), paid("2", "H", end_to_end="E1")],
        [invoice("I1", "B", "A"), paid("1", "K", invoices=refer("I1")), paid("1", "H")],
        [RECEIVED, paper(DocumentType.DESPATCH_ADVICE, "D1", "B", "A"),
         *(replace(one, orders=(), receipts=refer("R1")) for one in SOLD)],
        [replace(KEPT, orders=refer("O1A", "O2A")), *SOLD],
        [replace(KEPT, invoices=refer("I1A", "I2A")), *SOLD],
        [KEPT, *(replace(one, receipts=refer("W1")) for one in SOLD)],
    ],
    ids=["one payment by its end-to-end id", "one payment by its number", "one receipt", "a keeper's receipt of two orders",
         "a keeper's receipt of two invoices", "a keeper's receipt that two invoices name"],
)  # fmt: skip
def test_what_two_papers_share_makes_them_one_part(documents):
    """Apart, each would be paid or have the goods."""
    for order in (documents, documents[::-1]):
        ((whole, parts),) = both(order)
        assert ordered(parts) == ordered(whole)
        assert sum(one.evidence_minor for _, one in whole.receivables) <= 10_000
        assert sum(one.paid_minor for _, one in whole.receivables) in (0, 700)


@pytest.fixture
def _in_parts(monkeypatch):
    for module in (matching, trade_graph):
        monkeypatch.setattr(module, "MANY_PAPERS", 3)


@settings(max_examples=examples(150), deadline=None)
@given(DOCUMENTS, st.lists(st.integers(0, 6), max_size=4))
@pytest.mark.usefixtures("_in_parts")
def test_documents_that_come_one_by_one_to_a_large_trade_give_what_they_give_at_once(documents, sizes):
    assert said(added(documents, *sizes)) == said(added(documents, len(documents)))


def test_a_document_more_of_a_large_trade_is_matched_with_its_own_part(monkeypatch):
    monkeypatch.setattr(trade_graph, "MANY_PAPERS", 10)
    monkeypatch.setattr(matching, "MANY_PAPERS", 10)
    graph = TradeGraph(None, TODAY)
    for n in range(20):
        graph.add(
            [paper(DocumentType.ORDER, f"PO-{n}A", "B", "A"), invoice(f"I-{n}A", "B", "A", orders=refer(f"PO-{n}A"))]
        )
    matched: list[list[str]] = []
    known = matching.match_part
    monkeypatch.setattr(
        matching, "match_part", lambda trade, related: matched.append(sorted(trade.documents)) or known(trade, related)
    )
    graph.add([paper(DocumentType.CREDIT_NOTE, "CN-1", "B", "A", invoices=refer("I-7A"))])
    assert matched == [[f"credit_note|{USCC['B']}|CN1", f"invoice|{USCC['B']}|I7A", f"order|{USCC['A']}|PO7A"]]
    graph.add(
        [paper(DocumentType.BILL, "L-1", "B", "A", currency="CNY", payable_minor=7, invoices=refer("I-3A", "I-4A"))]
    )
    assert [len(part) for part in matched] == [3, 5], "what one paper names is one part from then on"
