"""The graph of all trade, built at once and document by document. Rules held here:

1. Documents that come in any batches give what the same documents give at once: receivables, findings, circles, tiers.
2. A build on processes says what a build in this one says, and both say what matching in memory says.
3. Each detector finds its case, with the documents that prove it, and leaves ordinary trade alone.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import json as msgspec_json
from stdnum.cn import uscc

from benchmarks.trades import write_documents
from chain.documents import warehouses
from chain.documents.aliases import Ruling
from chain.documents.canonical import dump
from chain.documents.directory import Directory
from chain.documents.lines import Lines
from chain.documents.matching import match
from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentReference,
    DocumentType,
    Means,
    Movement,
    Party,
    PartyIdentifier,
    Publicity,
    Source,
    TradeDocument,
)
from chain.documents.shelf import Shelf
from chain.graph import bulk, trade_graph
from chain.graph.findings import competing_assignments
from chain.graph.findings.competing_assignments import CompetingAssignments
from chain.graph.findings.detector import Dated
from chain.graph.findings.sudden_edge import SuddenEdges
from chain.graph.findings.velocity import Velocity
from chain.graph.frame import ACCEPTED
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role
from tests.effort import examples
from tests.work import steps_of

TODAY = date(2026, 6, 1)
SOURCE = Source(path="x.json", format="json", sha256="0" * 64)


def code(serial: int) -> str:
    """A valid unified social credit code."""
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


#: Enterprises by their letter; B has a second id, which some documents name alone.
USCC = {letter: PartyIdentifier("USCC", code(number)) for number, letter in enumerate("ABCDEFGHK", start=1)}
VAT = PartyIdentifier("VAT", "DE136695976")
LEI = PartyIdentifier("LEI", "213800KUD8LAJWSQ9D15")
GLN = PartyIdentifier("ICD:0088", "7300010000001")
IBANS = tuple(PartyIdentifier("IBAN", number) for number in ("DE89370400440532013000", "GB29NWBK60161331926819"))

NETWORK = Network(
    name="test",
    enterprises=(
        Enterprise(id=str(USCC["A"]), name="甲", roles=(Role.CORE_ENTERPRISE,)),
        Enterprise(id=str(USCC["C"]), name="丙", roles=(Role.SUPPLIER,), group="G"),
        Enterprise(id=str(USCC["D"]), name="丁", roles=(Role.SUPPLIER,), group="G"),
    ),
    lines=(),
)

REGISTER = Network(
    name="test",
    enterprises=tuple(
        Enterprise(id=str(USCC[letter]), name=letter, roles=(role,))
        for letter, role in (("A", Role.CORE_ENTERPRISE), ("B", Role.SUPPLIER), ("K", Role.KEEPER))
    ),
    lines=(),
)

SMALL = {"b": VAT, "l": LEI, "g": GLN, "k": PartyIdentifier("VAT", "FR61954506077"), "i": IBANS[0], "j": IBANS[1]}


def party(letters: str) -> Party:
    """One with the ids of these letters: "b" is the same enterprise as B, once a document says so ("Bb")."""
    identifiers = tuple(SMALL.get(letter) or USCC[letter] for letter in letters)
    return Party(name="乙" if "b" in letters else letters, identifiers=identifiers)


def refer(*numbers: str) -> tuple[DocumentReference, ...]:
    return tuple(DocumentReference(number=number) for number in numbers)


def paper(kind: DocumentType, number: str, seller: str, buyer: str | None, **facts) -> TradeDocument:
    facts = {"issue_date": date(2026, 5, 1)} | facts
    return TradeDocument(
        type=kind, number=number, seller=party(seller), buyer=party(buyer) if buyer else None, source=SOURCE, **facts
    )


def invoice(
    number: str, seller: str, buyer: str, day: date = date(2026, 5, 1), minor: int = 10_000, **facts
) -> TradeDocument:
    return paper(
        DocumentType.INVOICE, number, seller, buyer, issue_date=day, currency="CNY", net_minor=minor, tax_minor=0,
        payable_minor=minor, **facts,
    )  # fmt: skip


def own(document: TradeDocument, letter: str) -> TradeDocument:
    """The same, sent by the enterprise of this letter."""
    return replace(document, source=replace(SOURCE, path=f"{USCC[letter]}/x.json"))


def added(
    documents: list[TradeDocument], *sizes: int, network: Network | None = NETWORK, rulings: tuple[Ruling, ...] = ()
) -> TradeGraph:
    """The graph after the documents came in batches of these sizes, and then one by one."""
    graph, begin = TradeGraph(network, TODAY, rulings), 0
    for size in sizes:
        graph.add(documents[begin : begin + size])
        begin += size
    for document in documents[begin:]:
        graph.add([document])
    return graph


def rules(graph: TradeGraph) -> list[str]:
    return [finding.rule for finding in graph.findings]


# ------------------------------------------------------------------------------------------------ batches and rebuilds

LETTERS = st.sampled_from(["A", "B", "b", "Bb", "C", "D", "E"])
NUMBERS = st.sampled_from(["1", "2", "3", "0001"])
DAYS = st.integers(0, 70).map(lambda days: date(2026, 3, 25) + timedelta(days=days))
AMOUNTS = st.sampled_from([100, 5_000, 10_000, 90_000])
UNITS = st.sampled_from(["KGM", "KGM", "GRM", "C62", None])
ARTICLES = st.sampled_from([None, None, "CU", "AL"])
LOTS = st.sampled_from([(), (), ("L1",), ("L2",), ("L1", "L2")])


@st.composite
def papers(
    draw, kinds=(*DocumentType, DocumentType.INVOICE, DocumentType.INVOICE), sellers=LETTERS, numbers=NUMBERS,
    own_numbers=NUMBERS,
) -> TradeDocument:  # fmt: skip
    """Any document between few enterprises under few numbers, so that they meet in all ways."""
    kind = draw(st.sampled_from(kinds))
    references = {
        name: refer(*draw(st.lists(numbers, max_size=2))) for name in ("orders", "despatches", "receipts", "invoices")
    }
    facts = {"issue_date": draw(st.one_of(st.none(), DAYS)), "lots": draw(LOTS), **references}
    if kind in (
        DocumentType.ORDER,
        DocumentType.INVOICE,
        DocumentType.CREDIT_NOTE,
        DocumentType.PAYMENT,
        DocumentType.BILL,
    ):
        minor = draw(AMOUNTS)
        facts |= {"currency": draw(st.sampled_from(["CNY", "CNY", "EUR"])), "payable_minor": minor, "net_minor": minor}
        facts["sub_range"] = draw(st.sampled_from([None, (1, 9)])) if kind is DocumentType.BILL else None
        facts["reversal"] = kind is DocumentType.PAYMENT and draw(st.integers(0, 3)) == 0
    else:
        facts["delivery_date"] = draw(st.one_of(st.none(), DAYS))
    if kind is DocumentType.INVOICE:
        facts["payee_accounts"] = draw(st.sampled_from([(), (), IBANS[:1], IBANS[1:], IBANS]))
    if kind is DocumentType.ASSIGNMENT:
        minor = draw(AMOUNTS)
        financed = (DocumentReference(draw(numbers), amount_minor=minor),)
        facts |= {
            "keeper": party(draw(st.sampled_from(["K", "H", "b"]))), "invoices": financed, "payable_minor": minor,
            "currency": draw(st.sampled_from(["CNY", "CNY", "EUR"])), "reversal": draw(st.integers(0, 4)) == 0,
            "publicity": Publicity(draw(st.sampled_from(Means)), draw(st.integers(0, 5))),
            "due_date": draw(st.one_of(st.none(), DAYS)),
        }  # fmt: skip
    quantity = Decimal(draw(st.integers(1, 9)))
    facts["lines"] = (
        DocumentLine(
            "1",
            quantity=quantity,
            unit=draw(UNITS),
            net_minor=facts.get("net_minor"),
            order_line="1",
            item=draw(ARTICLES),
        ),
    )
    if kind in (DocumentType.ORDER_RESPONSE, DocumentType.INVOICE_RESPONSE):
        facts["answer"] = draw(st.sampled_from(list(Answer)))
        facts["by_buyer"] = kind is DocumentType.ORDER_RESPONSE and draw(st.booleans())
    if kind is DocumentType.LOGISTICS_EVENT:
        facts |= {"movement": draw(st.sampled_from(list(Movement))), "consumed_lots": draw(LOTS)}
    buyer: str | None = draw(LETTERS)
    if kind in (DocumentType.WAREHOUSE_RECEIPT, DocumentType.LOGISTICS_EVENT):
        facts |= {"keeper": party(draw(st.sampled_from(["K", "C", "b"]))), "pledged": draw(st.booleans())}
        buyer = draw(st.one_of(st.none(), LETTERS))
    if kind is DocumentType.PAYMENT:
        sellers = st.one_of(sellers, st.sampled_from("ij"))
        bank = draw(st.sampled_from(["", "K", "H"]))
        facts |= {"end_to_end": draw(st.sampled_from(["", "E1"])), "keeper": party(bank) if bank else None}
    written = paper(kind, draw(own_numbers), draw(sellers), buyer, **facts)
    return own(written, sender) if (sender := draw(st.sampled_from(["", "", *"ABCK"]))) else written


def said(graph: TradeGraph):
    """All that a graph says."""
    structure = graph.structure
    return {
        "receivables": graph.receivables.drop("trade").rows(named=True),
        "findings": graph.findings,
        "circular": graph.circular,
        "matching": graph.matching.receivables,
        "tiers": structure.tiers_by_core().rows(),
        "reach": structure.reach().rows(),
        "bottlenecks": structure.bottlenecks().rows(),
        "dependencies": structure.dependencies(5_000).rows(),
    }


@settings(max_examples=examples(50))
@given(st.lists(papers(), max_size=32))
def test_a_row_is_accepted_where_its_receivable_is(documents) -> None:
    graph = added(documents, len(documents))
    accepted = graph.receivables.select("document", accepted=ACCEPTED).rows()
    assert accepted == [(one.document, one.accepted) for one in graph.matching.receivables]


@settings(max_examples=examples(250), deadline=None)
@given(st.lists(papers(), max_size=32), st.lists(st.integers(0, 8), max_size=5))
def test_documents_in_any_batches_give_what_they_give_at_once(documents, sizes) -> None:
    assert said(added(documents, *sizes)) == said(added(documents, len(documents)))


WRITTEN = st.sampled_from(["A", "B", "Bb", "Bg", "Bgl", "Abg", "lg", "bg", "g", "l"])
RULINGS = st.lists(
    st.builds(
        Ruling, st.sampled_from([str(one) for one in (VAT, LEI, GLN)]),
        st.sampled_from([str(one) for one in (USCC["A"], USCC["B"], LEI)]), st.booleans(), st.just("known"),
    ),
    max_size=3,
).map(tuple)  # fmt: skip


@settings(max_examples=examples(250), deadline=None)
@given(st.lists(papers(sellers=WRITTEN), max_size=10), st.lists(st.integers(0, 4), max_size=3), RULINGS)
@example(
    [paper(DocumentType.DESPATCH_ADVICE, "1", "Bgl", "A"), paper(DocumentType.DESPATCH_ADVICE, "1", "Abg", "A")], [],
    (Ruling(str(GLN), str(USCC["B"]), False, "known"),),
)  # fmt: skip
def test_what_persons_ruled_holds_in_any_batches_as_at_once(documents, sizes, rulings) -> None:
    at_once = added(documents, len(documents), network=REGISTER, rulings=rulings)
    assert said(added(documents, *sizes, network=REGISTER, rulings=rulings)) == said(at_once)


TWO = [
    paper(kind, "1", "A", "B", currency="CNY", payable_minor=100) for kind in (DocumentType.ORDER, DocumentType.INVOICE)
]

CLAIMED = papers(
    (DocumentType.INVOICE, DocumentType.CREDIT_NOTE, DocumentType.ASSIGNMENT, DocumentType.ASSIGNMENT),
    st.sampled_from(["B", "b", "Bb"]), st.sampled_from(["1", "0001"]),
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(CLAIMED, max_size=20), st.lists(st.integers(0, 8), max_size=3))
def test_assignments_in_any_batches_give_what_they_give_at_once(documents, sizes) -> None:
    assert said(added(documents, *sizes)) == said(added(documents, len(documents)))


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(papers(), max_size=24))
@example(TWO * 3)  # copies of several, in turn
def test_the_graph_and_matching_in_memory_say_the_same(documents) -> None:
    graph = added(documents)
    matching = match(documents, Directory.from_documents(documents, NETWORK), graph.groups, TODAY)
    assert graph.matching.receivables == matching.receivables
    assert graph.matching_findings == matching.findings
    assert dict(graph.matching.documents) == dict(matching.documents)
    for receivable in matching.receivables:
        assert 0 <= receivable.evidence_minor <= receivable.open_minor
        settled = receivable.credited_minor + receivable.paid_minor + receivable.billed_minor
        assert receivable.open_minor == max(0, receivable.payable_minor - settled)
        assert (receivable.blocked_by is None) == (receivable.evidence_minor > 0 or receivable.open_minor == 0)
        assert receivable.confidence == min(10_000, sum(reason.basis_points for reason in receivable.reasons))
        assert all(reason.document in matching.documents for reason in receivable.reasons)
    for finding in graph.findings:
        assert set(finding.documents) <= set(matching.documents) or finding.rule in (
            "IdentityConflict",
            "IdentityContested",
        )
        assert finding.text("en")


def written(path: Path, documents: list[TradeDocument]) -> Path:
    path.write_bytes(b"".join(msgspec_json.encode(dump(document)) + b"\n" for document in documents))
    return path


@settings(max_examples=examples(30), deadline=None)
@given(documents=st.lists(papers(), min_size=1, max_size=16))
def test_a_file_of_lines_gives_what_its_documents_give(tmp_path_factory, documents) -> None:
    path = written(tmp_path_factory.mktemp("lines") / "d.jsonl", documents)
    lines = Lines(path)
    assert [lines.document(n) for n in range(len(lines))] == [replace(d, source=Source(str(path))) for d in documents]
    graph = TradeGraph.from_file(path, NETWORK, TODAY)
    assert said(graph) == said(added([lines.document(n) for n in range(len(lines))], len(lines)))


def test_processes_say_what_one_process_says(tmp_path, monkeypatch) -> None:
    path = tmp_path / "d.jsonl"
    write_documents(path, 3_000)
    alone = TradeGraph.from_file(path, None, TODAY, workers=1)
    monkeypatch.setattr(trade_graph, "FEW_DOCUMENTS", 0)
    monkeypatch.setattr(bulk, "TASK_DOCUMENTS", 500)
    together = TradeGraph.from_file(path, None, TODAY, workers=2)
    assert said(together) == said(alone)
    owed = alone.receivables.filter(pl.col("open_minor") > 0)["document"].to_list()
    alone.netted = together.netted = dict.fromkeys(owed[:3], 1)
    assert said(together) == said(alone)
    assert together.receivables["netted_minor"].sum() == 3
    lines = Lines(path)
    more = [replace(lines.document(n), number=f"{lines.document(n).number}X") for n in range(0, 3_000, 100)]
    for document in more:
        together.add([document])
    alone.add(more)
    assert said(together) == said(alone)


def test_processes_hold_what_was_paid_to_accounts_of_several_against_each(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(trade_graph, "FEW_DOCUMENTS", 0)
    documents = [
        invoice("1", "B", "A", payee_accounts=IBANS[:1]), invoice("2", "C", "A", payee_accounts=IBANS[:1]),
        paper(DocumentType.PAYMENT, "P", "i", "A", currency="CNY", payable_minor=700, invoices=refer("1", "2")),
    ]  # fmt: skip
    path = written(tmp_path / "d.jsonl", documents)
    alone, together = (TradeGraph.from_file(path, NETWORK, TODAY, workers) for workers in (1, 2))
    assert said(together) == said(alone)
    assert [one.paid_minor for one in together.matching.receivables] == [700, 700]


# ----------------------------------------------------------------------------------------------------------- detectors


def steady(
    seller: str, buyer: str, weeks: int = 20, last: date = date(2026, 5, 20), minor: int = 10_000
) -> list[TradeDocument]:
    """An invoice a week for so many weeks, the last one on a day."""
    return [
        invoice(f"{seller}{buyer}{week:03d}", seller, buyer, last - timedelta(weeks=week), minor)
        for week in reversed(range(weeks))
    ]


def graph_rules(graph: TradeGraph) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.case) for finding in graph.graph_findings]


def test_ordinary_trade_raises_no_suspicion() -> None:
    graph = added([*steady("B", "A"), *steady("C", "B"), *steady("E", "C", last=date(2026, 4, 1))], 30)
    assert graph_rules(graph) == []


def asked(number: str, seller: str, buyer: str) -> TradeDocument:
    return paper(DocumentType.ORDER, f"O{number}", seller, buyer)


ASKED = [asked("1", "B", "A"), asked("2", "C", "B"), asked("3", "A", "C")]
"""Orders for a round of three invoices."""


def sold(number: str, seller: str, buyer: str, day: date = date(2026, 5, 1), **facts) -> TradeDocument:
    return invoice(number, seller, buyer, day, orders=refer(f"O{number}"), **facts)


def test_a_circle_is_found_as_its_last_invoice_comes() -> None:
    graph = added([*ASKED, sold("1", "B", "A"), sold("2", "C", "B", date(2026, 5, 10))])
    assert graph.circular == frozenset()
    graph.add([sold("3", "A", "C", date(2026, 5, 31))])
    (finding,) = graph.graph_findings
    assert (finding.rule, finding.case, len(finding.documents)) == ("CircularTrade", "C5", 3)
    assert graph.circular == set(finding.documents)
    assert graph.receivables["circular"].all()


@pytest.mark.parametrize(
    "last",
    [
        {"issue_date": None, "delivery_date": date(2026, 5, 20)}, {"issue_date": None, "due_date": date(2026, 7, 19)},
        {"issue_date": date(2026, 3, 1), "delivery_date": date(2026, 5, 20)},
    ],
    ids=["no date", "a due date alone", "backdated"],
)  # fmt: skip
def test_an_invoice_does_not_escape_a_circle_by_its_date(last) -> None:
    papers = [*ASKED, sold("1", "B", "A"), sold("2", "C", "B", date(2026, 5, 10)), replace(sold("3", "A", "C"), **last)]
    for graph in (added(papers), added(papers, 6)):
        assert len(graph.circular) == 3


@pytest.mark.parametrize("claimed", [date(2026, 5, 30), date(2026, 7, 15)], ids=["past", "to come"])
def test_the_sellers_own_day_of_delivery_takes_no_received_invoice_out_of_its_circle(claimed) -> None:
    came = {"delivery_date": date(2026, 4, 28), "issue_date": date(2026, 4, 28)}
    papers = [sold(number, *ends, date(2026, 4, 28)) for number, ends in (("1", "BA"), ("2", "CB"), ("3", "AC"))]
    papers[2] = replace(papers[2], delivery_date=claimed, despatches=refer("D"))
    papers += [*ASKED, paper(DocumentType.DESPATCH_ADVICE, "D", "A", "C", orders=refer("O3"))]
    assert not added(papers).circular
    papers.append(paper(DocumentType.RECEIPT_ADVICE, "R", "A", "C", despatches=refer("D"), **came))
    for graph in (added(papers), added(papers, len(papers))):
        assert len(graph.circular) == 3


REJECTED = paper(DocumentType.INVOICE_RESPONSE, "R", "A", "C", invoices=refer("3"), answer=Answer.REJECTED)


@pytest.mark.parametrize(
    ("heard", "void"),
    [
        (asked("3", "A", "C"), REJECTED),
        (paper(DocumentType.RECEIPT_ADVICE, "R3", "A", "C", orders=refer("O3")), REJECTED),
        (replace(REJECTED, number="R1", issue_date=date(2026, 4, 30), answer=Answer.ACCEPTED), REJECTED),
        (paper(DocumentType.PAYMENT, "P", "A", "C", currency="CNY", payable_minor=1, invoices=refer("3")), REJECTED),
        (
            asked("3", "A", "C"),
            replace(invoice("CN", "A", "C", invoices=refer("3")), type=DocumentType.CREDIT_NOTE),
        ),
    ],
    ids=["order", "receipt", "acceptance", "payment", "credited"],
)  # fmt: skip
def test_an_invoice_closes_a_circle_as_soon_as_its_buyer_says_something_and_until_it_is_void(heard, void) -> None:
    """Else anybody could take another's credit away with an invoice that nobody asked for."""
    papers = [*ASKED[:2], sold("1", "B", "A"), sold("2", "C", "B"), sold("3", "A", "C")]
    graph = added(papers)
    for document, circular in ((heard, 3), (void, 0)):
        assert said(graph) == said(added(papers, len(papers)))
        graph.add([document])
        papers.append(document)
        assert len(graph.circular) == circular
    assert said(graph) == said(added(papers, len(papers)))


def test_a_lot_that_comes_back_to_its_seller_is_a_round_trip() -> None:
    """C7: the cargo is sold on the same day and bought back, with an outsider between."""
    day = date(2026, 5, 1)
    graph = added([
        invoice("1", "B", "E", day, lots=("LOT-7",)), invoice("2", "E", "F", day, 9_900, lots=("lot 7",)),
        invoice("3", "F", "B", day + timedelta(days=1), 9_800, lots=("LOT-0007",)),
    ])  # fmt: skip
    found = [finding for finding in graph.graph_findings if finding.rule == "LotRoundTrip"]
    at_once = added(list(map(graph.shelf.document, range(3))), 3)
    assert at_once.graph_findings == graph.graph_findings
    assert [(finding.case, len(finding.documents)) for finding in found] == [("C7", 3)]
    assert found[0].values["way"] == " → ".join(str(USCC[letter]) for letter in "BEFB")


def test_what_its_author_wrote_of_a_paper_replaces_its_lots_and_its_seller_for_the_findings_too() -> None:
    """A writing that others sent no longer counts: the round trip ends, and the first seller's customer has said nothing."""
    sent = paper(DocumentType.DESPATCH_ADVICE, "D", "E", "F", lots=("L7",))
    trips = [*steady("B", "A"), sent, invoice("2", "F", "E", lots=("L7",)), own(replace(sent, lots=("L8",)), "E")]
    assert "LotRoundTrip" in rules(added(trips[:-1]))
    received = paper(DocumentType.RECEIPT_ADVICE, "R", "B", "E", delivery_date=date(2026, 5, 20))
    others = [invoice(letter, letter, "E", date(2026, 1, 1)) for letter in "HF"]
    sale = invoice("N1", "B", "E", date(2026, 5, 20), 40_000)
    sudden = [*(one for buyer in "ACDGH" for one in steady("B", buyer)), *others, sale, received]
    assert "SuddenEdge" not in rules(added(sudden))
    sudden.append(own(replace(received, seller=party("F")), "E"))
    for papers, found in ((trips, []), (sudden, ["SuddenEdge"])):
        graph = added(papers)
        assert [finding.rule for finding in graph.graph_findings] == found
        assert said(graph) == said(added(papers, len(papers)))


@pytest.mark.parametrize(
    "documents",
    [
        [invoice("1", "B", "E", lots=("L",)), invoice("2", "E", "F", date(2026, 5, 2), lots=("L",))],
        [invoice("1", "B", "E", lots=("L",)), invoice("2", "E", "B", date(2026, 7, 2), lots=("L",))],
        [invoice("1", "B", "E", lots=("L1",)), invoice("2", "E", "B", lots=("L2",))],
    ],
    ids=["passed on", "after months", "another lot"],
)
def test_a_lot_that_does_not_come_back_soon_is_trade(documents) -> None:
    assert "LotRoundTrip" not in rules(added(documents))


def test_an_outsider_between_two_members_of_a_group_is_a_loop() -> None:
    graph = added([invoice("1", "C", "E", minor=10_000), invoice("2", "E", "D", date(2026, 5, 9), 10_200)])
    (finding,) = [finding for finding in graph.graph_findings if finding.rule == "RelatedPartyLoop"]
    assert (finding.case, len(finding.documents)) == ("C5", 2)


@pytest.mark.parametrize(
    "second",
    [
        invoice("2", "E", "A", date(2026, 5, 9), 10_200), invoice("2", "E", "C", date(2026, 5, 9), 10_200),
        invoice("2", "E", "D", date(2026, 5, 9), 30_000), invoice("2", "E", "D", date(2026, 7, 9), 10_200),
    ],
    ids=["to a stranger", "back to the member itself", "for much more", "much later"],
)  # fmt: skip
def test_other_trade_of_a_group_is_no_loop(second) -> None:
    assert "RelatedPartyLoop" not in rules(added([invoice("1", "C", "E", minor=10_000), second]))


def test_a_large_sale_to_a_new_customer_is_sudden() -> None:
    graph = added([*steady("B", "A"), *steady("F", "E"), invoice("N1", "B", "E", date(2026, 5, 20), 40_000)], 20)
    (finding,) = graph.graph_findings
    assert (finding.rule, finding.case, len(finding.documents)) == ("SuddenEdge", "C2", 1)


@pytest.mark.parametrize(
    ("day", "minor"), [(date(2026, 5, 20), 9_000), (date(2026, 2, 1), 40_000)], ids=["small", "long ago"]
)
def test_other_new_customers_are_not_sudden(day, minor) -> None:
    assert graph_rules(added([*steady("B", "A"), invoice("N1", "B", "E", day, minor)], 20)) == []


CUSTOMERS = st.sampled_from("AEFGH")
NEW = st.builds(
    lambda sent, number, kind, seller, buyer, day, minor, currency: sent(paper(
        kind, f"N{number}", seller, buyer, issue_date=day, delivery_date=day, payable_minor=minor, net_minor=minor,
        currency=currency, orders=refer("N1"),
    ), buyer),
    st.sampled_from([own, lambda one, _: one]), st.integers(0, 6),
    st.sampled_from([DocumentType.INVOICE, DocumentType.INVOICE, DocumentType.RECEIPT_ADVICE]),
    st.sampled_from(["B", "B", "E"]), CUSTOMERS, DAYS, st.sampled_from([5_000, 40_000]), st.sampled_from(["CNY", "CNY", "EUR"]),
)  # fmt: skip


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(NEW, max_size=14), st.lists(st.integers(0, 6), max_size=4))
@example([invoice("N1", "B", "H", minor=15_000), invoice("N2", "E", "H"), invoice("N3", "F", "H")], [1, 2])
def test_new_customers_in_any_batches_are_as_sudden_as_at_once(documents, sizes) -> None:
    before = [one for buyer in "ACD" for one in steady("B", buyer)]
    at_once = added([*before, *documents], len(before) + len(documents))
    assert added([*before, *documents], len(before), *sizes).findings == at_once.findings


def test_a_sale_is_held_against_sales_in_its_currency() -> None:
    """What is small in yuan is large in dinars: amounts of two currencies are never compared."""
    new = invoice("N1", "B", "E", date(2026, 5, 20), 40_000)
    assert graph_rules(added([*steady("B", "A"), replace(new, currency="EUR")], 20)) == []
    euros = [replace(one, number=f"E{one.number}", currency="EUR", payable_minor=90_000) for one in steady("B", "A")]
    mixed = [*steady("B", "A"), *euros, invoice("N0", "B", "E", date(2026, 5, 20), 100), replace(new, currency="EUR")]
    assert graph_rules(added(mixed, 40)) == [], "40,000 is four times the usual sale in yuan, but it is in euros"
    assert graph_rules(added([*mixed[:-2], replace(mixed[-2], currency="EUR"), new], 40)) == [("SuddenEdge", "C2")]


def test_a_burst_of_invoices_after_a_steady_pace_is_a_surge() -> None:
    burst = [invoice(f"X{n}", "B", "A", date(2026, 5, 25) + timedelta(days=n % 3)) for n in range(12)]
    graph = added([*steady("B", "A"), *burst], 20)
    assert [finding.rule for finding in graph.graph_findings] == ["VelocitySurge"]
    assert graph_rules(added([*steady("B", "A"), *burst[:7]], 20)) == []


def assignment(number: str, assignee: str, at: int, minor: int, *, debtor: str = "A", **facts) -> TradeDocument:
    facts = {"publicity": Publicity(Means.REGISTRATION, at), "payable_minor": minor} | facts
    return paper(
        DocumentType.ASSIGNMENT, number, "B", debtor, keeper=party(assignee), currency="CNY",
        invoices=(DocumentReference("1", amount_minor=minor),), **facts,
    )  # fmt: skip


def test_an_invoice_that_was_assigned_twice_is_found_and_the_loser_is_told_why() -> None:
    """C16: two funders financed most of one invoice; the second of them names another debtor."""
    papers = [invoice("1", "B", "A"), assignment("R1", "K", 5, 9_000), assignment("R2", "H", 4, 8_000, debtor="E")]
    graph = added(papers)
    (finding,) = graph.graph_findings
    assert (finding.rule, finding.case) == ("CompetingAssignment", "C16")
    assert finding.values["assignee"] == str(USCC["K"])
    assert finding.values["winner_proof"] == "R2"
    assert set(finding.documents) == set(graph.shelf.keys)
    graph.add([invoice("2", "B", "A"), paper(DocumentType.CREDIT_NOTE, "C", "B", "A", currency="CNY",
                                             payable_minor=3_000, net_minor=3_000, invoices=refer("1"))])  # fmt: skip
    assert len(graph.graph_findings) == 2, "now the first one gets less than it financed, too"


@pytest.mark.parametrize(
    "more",
    [
        assignment("R2", "H", 6, 1_000), assignment("R2", "K", 6, 9_000),
        assignment("R2", "K", 6, 9_000, publicity=Publicity(Means.NOTICE, 6)),
        [assignment("X", "K", 6, 0, reversal=True), assignment("R2", "H", 7, 9_000)],
    ],
    ids=["enough for both", "the same again", "the same with notice", "after a release"],
)  # fmt: skip
def test_other_assignments_do_not_compete(more) -> None:
    papers = [invoice("1", "B", "A"), assignment("R1", "K", 5, 9_000), *(more if isinstance(more, list) else [more])]
    assert "CompetingAssignment" not in rules(added(papers))


def twice_assigned(count: int) -> list[TradeDocument]:
    """So many invoices, and two papers that assign all of them."""
    sold = [invoice(f"I{number}", "B", "A") for number in range(count)]
    named = tuple(DocumentReference(one.number, amount_minor=9_000) for one in sold)
    return [*sold, *(replace(assignment(f"R{keeper}", keeper, ord(keeper), 9_000), invoices=named) for keeper in "KH")]


def test_a_paper_more_of_a_seller_judges_the_assignments_of_its_own_invoice_alone(monkeypatch) -> None:
    graph = added(twice_assigned(30), 32)
    assert rules(graph).count("CompetingAssignment") == 30
    judged: list[str] = []
    claims_on = competing_assignments.claims_on
    monkeypatch.setattr(
        competing_assignments, "claims_on", lambda number, *more: judged.append(number) or claims_on(number, *more)
    )
    graph.add([invoice("X1", "B", "E")])
    assert judged == []
    third = assignment("R3", "C", 4, 1_000, debtor="E")
    graph.add([replace(third, invoices=(DocumentReference("I7", amount_minor=1_000),))])
    assert judged == ["I7"]


def test_the_work_of_judging_assignments_grows_with_what_they_name_no_faster() -> None:
    def work(count: int) -> int:
        graph = added(twice_assigned(count), count + 2)
        return steps_of(lambda: CompetingAssignments().fill(graph.books))

    work(10)
    assert work(80) <= 2.2 * work(40)


def test_receipts_above_what_was_measured_prove_nothing() -> None:
    """C8: three receipts of 100 each on a lot of which 100 were stored."""
    day = date(2026, 5, 1)
    line = (DocumentLine("1", quantity=Decimal(100), unit="TNE", lot="L1"),)
    stored = paper(
        DocumentType.LOGISTICS_EVENT, "E1", "B", None, keeper=party("K"), movement=Movement.STORED, lots=("L1",), lines=line,
        delivery_date=day,
    )  # fmt: skip
    receipts = [
        paper(
            DocumentType.WAREHOUSE_RECEIPT, f"W{n}", "B", None, keeper=party("K"), lots=("L1",), lines=line,
            delivery_date=day, invoices=refer(str(n)),
        )
        for n in range(3)
    ]  # fmt: skip
    sold = [invoice(str(n), "B", "A") for n in range(3)]
    honest = added([stored, receipts[0], sold[0]])
    assert honest.receivables["evidence_minor"].to_list() == [10_000]
    graph = added([stored, *receipts, *sold])
    assert graph.receivables["evidence_minor"].to_list() == [0, 0, 0]
    assert {("ReceiptsAboveStock", "C8"), ("LotInSeveralReceipts", "C8")} <= {(f.rule, f.case) for f in graph.findings}


def stored_at(keeper: str, number: str, lot: str = "LOT-1", day: date = date(2026, 5, 1), **facts) -> TradeDocument:
    line = (DocumentLine("1", quantity=Decimal(9), unit="TNE", lot=lot),)
    return paper(
        DocumentType.WAREHOUSE_RECEIPT, number, "B", None, keeper=party(keeper), lots=(lot,), lines=line, delivery_date=day,
        **facts,
    )  # fmt: skip


@pytest.mark.parametrize("lot", ["LOT-1", "lot 001", "LОT-1"])  # the last with a Cyrillic O
def test_a_lot_that_two_keepers_have_at_once_proves_nothing(lot) -> None:
    """C8, C6: goods pledged at one keeper come up again at another one."""
    first = stored_at("K", "W1", invoices=refer("1"))
    papers = [invoice("1", "B", "A"), first, stored_at("H", "W2", lot, invoices=refer("2")), invoice("2", "B", "A")]
    assert added(papers[:2]).receivables["evidence_minor"].to_list() == [10_000]
    for order in (papers, papers[::-1]):
        graph = added(order)
        assert graph.receivables["evidence_minor"].to_list() == [0, 0]
        (finding,) = [finding for finding in graph.findings if finding.rule == "LotAtSeveralKeepers"]
        assert (finding.case, len(finding.documents)) == ("C8", 2)
    pledged = [stored_at("H", "W2", lot, pledged=True), *papers[:2]]
    assert "GoodsPledged" in added(pledged).receivables["rules"].to_list()[0]


def weighed(document: TradeDocument, tonnes: str) -> TradeDocument:
    (line,) = document.lines
    return replace(document, lines=(replace(line, quantity=Decimal(tonnes)),))


@pytest.mark.parametrize(
    ("other", "released", "evidence"),
    [
        ({}, "0", 0), ({"tonnes": "2"}, "0", 7_000), ({"tonnes": "0.009"}, "0", 8_991), ({"broken": True}, "0", 9_000),
        ({"tonnes": "2"}, "2", 9_000), ({"tonnes": "3"}, "2", 8_000), ({}, "0.000001", 0),
    ],
    ids=["all of it", "a share", "a little", "broken", "what left", "more than left", "a little left"],
)  # fmt: skip
def test_of_a_lot_at_two_keepers_only_what_both_have_at_once_proves_nothing(other, released, evidence) -> None:
    """Neither does a kilogram elsewhere take a lot away, nor a gram that left make two lots of one."""
    goods = (DocumentLine("1", quantity=Decimal(9), unit="TNE", net_minor=9_000),)
    first, second = stored_at("K", "W1", invoices=refer("1")), stored_at("H", "W2", day=date(2026, 5, 11))
    broken_rules = ("EndorsementNotConfirmed",) if other.get("broken") else ()
    second = replace(weighed(second, other.get("tonnes", "9")), broken_rules=broken_rules)
    measured = replace(
        weighed(first, str(9 + Decimal(released))), type=DocumentType.LOGISTICS_EVENT, number="E0", invoices=(),
        movement=Movement.STORED,
    )  # fmt: skip
    out = replace(measured, number="E1", movement=Movement.RELEASED, delivery_date=date(2026, 5, 10))
    papers = [first, second, measured, invoice("1", "B", "A", minor=9_000, lines=goods)]
    papers += [weighed(out, released)] if Decimal(released) else []
    for order in (papers, papers[::-1]):
        graph = added(order)
        assert graph.receivables["evidence_minor"].to_list() == [evidence]
        assert ("LotAtSeveralKeepers" in rules(graph)) == (evidence < 9_000)
        assert said(graph) == said(added(order, len(order)))


def test_a_gram_at_another_keeper_takes_a_gram_whichever_of_them_had_the_lot_first() -> None:
    goods = (DocumentLine("1", quantity=Decimal(9), unit="TNE", net_minor=9_000),)
    first = stored_at("K", "W1", invoices=refer("1"))
    for day in (date(2026, 4, 1), date(2026, 5, 1), date(2026, 5, 20)):
        papers = [
            weighed(stored_at("H", "W2", day=day), "0.009"),
            first,
            invoice("1", "B", "A", minor=9_000, lines=goods),
        ]
        for order in (papers, papers[::-1]):
            assert added(order).receivables["evidence_minor"].to_list() == [8_991]


def test_receipts_of_a_lot_are_held_against_each_other_keeper_by_keeper(monkeypatch) -> None:
    """Not each against each: a receipt more costs one look at the others."""
    receipts = [stored_at("KH"[number % 2], f"W{number}", invoices=refer("1")) for number in range(60)]
    graph = added([invoice("1", "B", "A"), *receipts], 61)
    looked: list[str] = []
    known = warehouses._quantity_of
    monkeypatch.setattr(warehouses, "_quantity_of", lambda one, lot: looked.append(one.key) or known(one, lot))
    graph.add([stored_at("K", "W99")])
    assert len(looked) <= 10 * 61


def test_a_lot_that_was_released_by_one_keeper_before_another_stored_it_is_in_one_place() -> None:
    out = paper(
        DocumentType.LOGISTICS_EVENT, "E1", "B", None, keeper=party("K"), movement=Movement.RELEASED, lots=("LOT-1",),
        delivery_date=date(2026, 5, 10),
    )  # fmt: skip
    papers = [
        invoice("1", "B", "A"), stored_at("K", "W1"), out,
        stored_at("H", "W2", day=date(2026, 5, 11), invoices=refer("1")),
    ]  # fmt: skip
    for order in (papers, papers[::-1]):
        assert added(order).receivables["evidence_minor"].to_list() == [10_000]
        assert "LotAtSeveralKeepers" not in rules(added(order))
    late = replace(out, delivery_date=date(2026, 5, 12))
    assert "LotAtSeveralKeepers" in rules(added([late if one is out else one for one in papers]))


def test_an_id_that_turns_out_to_be_anothers_moves_its_documents() -> None:
    """B's invoice under its VAT number alone is B's, and the same as the one under its USCC, once a paper says so."""
    graph = added([invoice("1", "b", "A"), invoice("1", "B", "A")])
    assert len(graph.receivables) == 2
    graph.add([paper(DocumentType.ORDER, "o", "Bb", "A")])
    assert len(graph.receivables) == 2, "what a buyer says of its seller's ids joins nothing"
    graph.add([paper(DocumentType.DESPATCH_ADVICE, "d", "Bb", "A")])
    assert graph.receivables["seller"].to_list() == [str(USCC["B"])]
    assert "DocumentTwice" in rules(graph)


@pytest.mark.parametrize("written", ["owner", "keeper"])
def test_stored_goods_that_only_documents_give_to_an_enterprise_prove_nothing_whenever_they_say_so(written) -> None:
    goods = stored_at("K", "W1", invoices=refer("1"))
    goods = replace(goods, seller=party("b")) if written == "owner" else replace(goods, keeper=party("k"))
    teaching = paper(DocumentType.DESPATCH_ADVICE, "d", "Bb" if written == "owner" else "Kk", "A")
    papers = [goods, invoice("1", "B", "A"), teaching]
    for graph in (added(papers, network=REGISTER), added(papers, 3, network=REGISTER)):
        assert graph.receivables["evidence_minor"].to_list() == [0]
    assert added([replace(goods, seller=party("B"), keeper=party("K")), papers[1]]).receivables["evidence_minor"].sum()


def test_effective_terms_are_published_by_buyer() -> None:
    delivered = date(2026, 5, 1)
    sold = [
        invoice(f"T{days}", "B", "A", delivered, delivery_date=delivered, due_date=delivered + timedelta(days=days))
        for days in range(10, 110, 10)
    ]
    undelivered = invoice("X", "B", "E")
    assert added([*sold, undelivered]).terms.rows() == [(str(USCC["A"]), 10, 60, 90)]


def test_every_rule_across_trades_is_documented_with_its_case() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "graph.md").read_text()
    found = [source.read_text() for source in (root / "chain" / "graph" / "findings").glob("*.py")]
    rules = {name for source in found for name in re.findall(r'rule="(\w+)"', source)}
    assert len(rules) == 6
    assert all(re.search(rf"\| `{rule}` \|", text) for rule in rules)


def test_a_hub_of_thousands_of_papers_is_no_square_of_them() -> None:
    """One trade, one order, one lot, one amount, no references in the payments: nothing may look at each pair."""
    count, day = 1_500, date(2026, 5, 1)
    line = (DocumentLine("1", quantity=Decimal(1), unit="KGM", net_minor=100, order_line="1", lot="L"),)
    documents = [paper(DocumentType.ORDER, "O", "B", "A", currency="CNY", payable_minor=100 * count, lines=line)]
    for n in range(count):
        documents += [
            paper(DocumentType.DESPATCH_ADVICE, f"D{n}", "B", "A", orders=refer("O"), lots=("L",), delivery_date=day),
            paper(DocumentType.RECEIPT_ADVICE, f"R{n}", "B", "A", orders=refer("O"), delivery_date=day, lines=line),
            paper(
                DocumentType.LOGISTICS_EVENT, f"E{n}", "B", "A", despatches=refer(f"D{n}"), movement=Movement.SHIPPED
            ),
            paper(DocumentType.WAREHOUSE_RECEIPT, f"W{n}", "B", None, keeper=party("K"), lots=("L",), lines=line),
            paper(DocumentType.PAYMENT, f"P{n}", "B", "A", currency="CNY", payable_minor=77),
            invoice(f"I{n}", "B", "A", day, 100, despatches=refer("D1"), receipts=refer("R1"), lots=("L",), lines=line),
        ]
    started = time.process_time()
    graph = TradeGraph(NETWORK, TODAY)
    graph.add(documents)
    assert time.process_time() - started < 20
    assert len(graph.receivables) == count


def test_a_copy_more_is_held_against_the_first_alone(monkeypatch) -> None:
    """However many copies there are: what a document costs does not grow with those before it."""
    graph = added([invoice("1", "B", "A", minor=100 + number % 2) for number in range(40)], 40)
    compared = []
    face = Shelf._face
    monkeypatch.setattr(Shelf, "_face", lambda shelf, place, one: compared.append(place) or face(shelf, place, one))
    graph.add([invoice("1", "B", "A", minor=100)])
    assert compared == [0, 40] * 2  # whether it says more, and whether it says the same
    said = [rule for rule in rules(graph) if rule in ("DocumentTwice", "IdentityWithAnotherFace")]
    assert said == ["DocumentTwice" if number % 2 == 0 else "IdentityWithAnotherFace" for number in range(1, 41)]


@pytest.mark.parametrize("kind", [DocumentType.INVOICE, DocumentType.DESPATCH_ADVICE, DocumentType.WAREHOUSE_RECEIPT])
def test_copies_cost_the_same_each_however_many_come_or_move(monkeypatch, kind) -> None:
    """They come at once, and then an id of their author turns out to be another enterprise's."""
    looked_at = []
    document = Shelf.document
    monkeypatch.setattr(Shelf, "document", lambda shelf, place: looked_at.append(place) or document(shelf, place))

    def work(count: int) -> int:
        looked_at.clear()
        written = paper(kind, "1", "b", "A", keeper=party("K"), lots=("L1",), currency="CNY", payable_minor=100)
        graph = added([written] * count, count)
        graph.add([paper(DocumentType.DESPATCH_ADVICE, "D", "Bb", "A")])
        assert rules(graph).count("DocumentTwice") == count - 1
        return len(looked_at)

    assert work(400) - work(200) == 2 * (work(200) - work(100))


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 14)), min_size=1, max_size=8), st.randoms(),
    st.lists(st.integers(0, 30), max_size=3),
)  # fmt: skip
def test_bursts_in_any_order_and_batches_are_found_as_at_once(bursts, shuffle, sizes) -> None:
    days = [date(2026, 2, 20) + timedelta(days=day) for day, count in bursts for _ in range(count)]
    documents = [invoice(f"X{number}", "B", "A", day) for number, day in enumerate(days)]
    shuffle.shuffle(documents)
    before = steady("B", "A", weeks=30)
    at_once = added([*before, *documents], len(before) + len(documents))
    assert added([*before, *documents], len(before), *sizes).findings == at_once.findings


def test_a_sale_more_of_a_hub_looks_at_its_week_and_not_at_all_its_sales(monkeypatch) -> None:
    """Its sales are put in order once, and no more of them are looked at when there are ten times as many."""
    looked_at = {}
    for weeks in (100, 1_000):
        graph = added(steady("B", "A", weeks=weeks), weeks)
        graph.add([invoice("N0", "B", "A", date(2026, 5, 20))])
        work: list[str] = []
        monkeypatch.setattr(Dated, "_collect", lambda *_: pytest.fail("they are in order already"))
        for kind, name in ((Velocity, "_week"), (SuddenEdges, "_older")):
            original = getattr(kind, name)
            monkeypatch.setattr(kind, name, lambda *facts, o=original, w=work: w.append("") or o(*facts))
        graph.add([invoice("N1", "B", "A", date(2026, 5, 21))])
        monkeypatch.undo()
        looked_at[weeks] = len(work)
    assert looked_at[100] == looked_at[1_000] <= 10
