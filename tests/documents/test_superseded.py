"""An invoice that its author writes anew after others brought it. Rules held here:

1. Goods and order room stay taken by the larger of both writings, whoever the new one is sent to.
2. The writing that counts stands on what the first one took; no other invoice does.
3. What the buyer rejects or the seller credits is free, of both.
4. However the documents come, they say what they say at once.
5. No writing of a credit note or bill takes back what another one took.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from document_samples import BUYER, OTHER, SELLER, TODAY, document, lines, party, to, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.model import Answer, DocumentType, TradeDocument
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role
from tests.effort import examples

NETWORK = Network(
    name="n",
    enterprises=tuple(
        Enterprise(id=f"USCC:{one}", name=one, roles=(role,))
        for one, role in ((SELLER, Role.SUPPLIER), (BUYER, Role.CORE_ENTERPRISE), (OTHER, Role.CORE_ENTERPRISE))
    ),
    lines=(),
)
FOUND = trade()
PAPERS = (FOUND["order"], FOUND["despatch"], FOUND["receipt"])
FIRST = FOUND["invoice"]


def own(document: TradeDocument) -> TradeDocument:
    """The same, sent by the seller itself."""
    return replace(document, source=replace(document.source, path=f"USCC:{SELLER}/{document.number}.xml"))


def of(minor: int, number: str = "INV-1", kilograms: int | str = 10, **facts) -> TradeDocument:
    """An invoice over so much with tax."""
    net = minor * 100 // 113
    money = {"net_minor": net, "tax_minor": minor - net, "payable_minor": minor, "lines": lines(kilograms, net)}
    return replace(FIRST, number=number, **(money | facts))


def evidence(*documents: TradeDocument) -> dict[str, int]:
    graph = TradeGraph(NETWORK, TODAY)
    graph.add(documents)
    return {one.number: one.evidence_minor for one in graph.matching.receivables}


WRITINGS = st.builds(
    lambda minor, kilograms, facts: of(minor, kilograms=kilograms, **facts),
    st.integers(1, 12_000), st.integers(1, 10),
    st.sampled_from([{}, {"buyer": party(OTHER)}, {"lines": ()}, {"receipts": to("WR-1"), "despatches": ()}, {"orders": ()},
                     {"receipts": (), "despatches": ()}, {"receipts": to("RA-9")}]),
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(
    first=WRITINGS,
    again=WRITINGS,
    others=st.lists(WRITINGS, min_size=1, max_size=2),
    kept=st.booleans(),
    late=st.booleans(),
)
def test_what_an_invoices_first_writing_took_backs_no_other_invoice_whatever_its_author_writes_later(
    first, again, others, kept, late
):
    """Ten kilograms, 113.00 with tax; the first writing may be confirmed on chain, and credit rest on it."""
    goods = (*PAPERS, *([warehouse_receipt()] if kept else []))
    others = [replace(one, number=f"INV-{n}") for n, one in enumerate(others, start=2)]
    before = evidence(*goods, first)["INV-1"]
    papers = (
        [*goods, first, own(again), *map(own, others)] if not late else [*goods, first, *map(own, others), own(again)]
    )
    after = evidence(*papers)
    assert before + sum(after[one.number] for one in others) <= 11_300 + 6
    assert sum(after.values()) <= 11_300 + 6


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("lines_of", [FIRST.lines, (*lines(4, 4_000), replace(lines(6, 6_000)[0], number="2")), ()])
def test_the_authors_own_writing_stands_on_what_the_first_one_took(between, lines_of):
    again, other = own(replace(FIRST, lines=lines_of)), own(of(11_300, "INV-2"))
    papers = (FIRST, other, again) if between else (FIRST, again, other)
    assert evidence(*PAPERS, *papers) == {"INV-1": 11_300, "INV-2": 0}


def test_what_a_first_writing_took_of_an_order_does_not_move_to_another_of_its_orders():
    second = replace(FOUND["order"], number="PO-2")
    goods = [
        replace(one, number=f"{one.number}{n}", despatches=to(f"DN-1{n}") if one is FOUND["receipt"] else (), lines=(),
                orders=to("PO-1", "PO-2") if n == "A" else to("PO-1"))
        for n in "AB" for one in PAPERS[1:]
    ]  # fmt: skip
    first = of(11_300, lines=(), orders=to("PO-1", "PO-2"), despatches=to("DN-1A"), receipts=())
    between = of(11_300, "INV-2", lines=(), orders=to("PO-1"), despatches=to("DN-1B"), receipts=())
    again = own(replace(first, orders=to("PO-1"), payable_minor=11_000, net_minor=9_700, tax_minor=1_300))
    found = evidence(FOUND["order"], second, *goods, first, between, again)
    assert (found["INV-1"], found["INV-2"]) == (11_000, 0)


def test_a_larger_writing_takes_more_and_a_smaller_one_gives_nothing_back():
    assert evidence(*PAPERS, of(4_520, kilograms=4), own(of(9_040, kilograms=8)), own(of(11_300, "INV-2"))) == {
        "INV-1": 9_040, "INV-2": 2_260,
    }  # fmt: skip
    assert evidence(*PAPERS, of(9_040, kilograms=8), own(of(4_520, kilograms=4)), own(of(11_300, "INV-2"))) == {
        "INV-1": 4_520, "INV-2": 2_260,
    }  # fmt: skip


def test_order_room_that_the_first_writing_took_stays_taken_where_receipts_do_not_say_how_much():
    silent = [FOUND["order"], FOUND["despatch"], replace(FOUND["receipt"], lines=())]
    sent = own(of(100, kilograms=1, buyer=party(OTHER)))
    assert evidence(*silent, of(9_040, lines=()), sent, own(of(11_300, "INV-2", lines=())))["INV-2"] == 2_260


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("way", ["rejected", "credited", "broken"])
def test_what_its_buyer_rejected_or_its_seller_credited_or_that_broke_a_rule_holds_nothing(way, elsewhere):
    again = own(replace(of(100), buyer=party(OTHER)) if elsewhere else of(100, kilograms="0.001"))
    more = {
        "rejected": [document(DocumentType.INVOICE_RESPONSE, "AR-1", invoices=to("INV-1"), answer=Answer.REJECTED)],
        "credited": [own(document(DocumentType.CREDIT_NOTE, "CN-1", invoices=to("INV-1")))],
        "broken": [],
    }[way]
    first = replace(FIRST, broken_rules=("TotalsDoNotAddUp",)) if way == "broken" else FIRST
    assert evidence(*PAPERS, first, again, *more, own(of(11_300, "INV-2")))["INV-2"] >= 11_200


def test_a_credit_note_frees_the_same_of_the_first_writing_as_of_the_one_that_counts():
    note = document(
        DocumentType.CREDIT_NOTE, "CN-1", net_minor=4_425, tax_minor=575, payable_minor=5_000, invoices=to("INV-1")
    )
    again, other = own(of(11_200, lines=())), of(5_000, "INV-2", lines=())
    assert evidence(*PAPERS, FIRST, again, note, other) == {"INV-1": 6_200, "INV-2": 5_000}


def test_one_credit_note_frees_no_more_than_it_says_of_all_invoices_that_it_names():
    halves = [of(5_650, f"INV-{n}", 5) for n in (1, 2)]
    sent = [own(replace(one, buyer=party(OTHER), payable_minor=1, net_minor=1, tax_minor=0)) for one in halves]
    note = own(of(5_650, "CN-1", type=DocumentType.CREDIT_NOTE, invoices=to("INV-1", "INV-2")))
    assert evidence(*PAPERS, *halves, *sent, note, own(of(11_300, "INV-3")))["INV-3"] == 5_650


NOTE = document(DocumentType.CREDIT_NOTE, "CN-1", payable_minor=1_130, net_minor=1_000, invoices=to("INV-1"))
NOTES = st.builds(
    lambda facts, sender: sender(replace(NOTE, **facts)),
    st.fixed_dictionaries({
        "payable_minor": st.integers(1, 12_000), "invoices": st.sampled_from([to("INV-1"), to("INV-2"), to("INV-9"), ()]),
        "buyer": st.sampled_from([party(BUYER), party(BUYER), party(OTHER), None]),
    }),
    st.sampled_from([own, lambda same: same]),
)  # fmt: skip


@pytest.mark.parametrize("kind", [DocumentType.CREDIT_NOTE, DocumentType.BILL])
@settings(max_examples=examples(60), deadline=None)
@given(notes=st.lists(NOTES, max_size=4), shuffle=st.randoms())
def test_no_writing_of_a_credit_note_or_bill_takes_back_what_another_one_took(kind, notes, shuffle):
    papers = [replace(one, type=kind) for one in (*notes, NOTE)]
    if kind is DocumentType.BILL:  # its drawee writes it
        papers = [
            replace(one, source=replace(one.source, path=one.source.path.replace(SELLER, BUYER))) for one in papers
        ]
    alone = [evidence(*PAPERS, FIRST, one)["INV-1"] for one in papers]
    shuffle.shuffle(papers)
    assert evidence(*PAPERS, FIRST, *papers)["INV-1"] == min(alone)


@settings(max_examples=examples(80), deadline=None)
@given(
    st.lists(
        st.tuples(WRITINGS, st.sampled_from(["INV-1", "INV-2"]), st.booleans()).map(
            lambda one: (own if one[2] else lambda same: same)(replace(one[0], number=one[1]))
        ),
        min_size=2, max_size=6,
    ),
    st.lists(NOTES, max_size=3), st.lists(st.integers(0, 3), max_size=3), st.randoms(),
)  # fmt: skip
def test_writings_in_any_batches_say_what_they_say_at_once(writings, notes, sizes, shuffle):
    bills = [replace(one, type=DocumentType.BILL) for one in notes]
    papers = [*PAPERS, warehouse_receipt(lines=lines(Decimal(3))), NOTE, *notes, *bills, *writings]
    shuffle.shuffle(papers)
    at_once, graph = TradeGraph(NETWORK, TODAY), TradeGraph(NETWORK, TODAY)
    at_once.add(papers)
    begin = 0
    for size in (*sizes, *([1] * len(papers))):
        graph.add(papers[begin : begin + size])
        begin += size
    assert graph.matching.receivables == at_once.matching.receivables
    assert graph.findings == at_once.findings
