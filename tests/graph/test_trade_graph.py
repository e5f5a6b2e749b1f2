"""The graph of all trade, built at once and document by document. Rules held here:

1. Documents that come in any batches give what the same documents give at once: receivables, findings, circles, tiers.
2. A build on processes says what a build in this one says, and both say what matching in memory says.
3. Each detector finds its case, with the documents that prove it, and leaves ordinary trade alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json as msgspec_json
from stdnum.cn import uscc

from benchmarks.trades import write_documents
from chain.documents.canonical import dump
from chain.documents.directory import Directory
from chain.documents.lines import Lines
from chain.documents.matching import match
from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentReference,
    DocumentType,
    Movement,
    Party,
    PartyIdentifier,
    Source,
    TradeDocument,
)
from chain.graph import bulk, trade_graph
from chain.graph.trade_graph import TradeGraph
from chain.network import Enterprise, Network, Role

TODAY = date(2026, 6, 1)
SOURCE = Source(path="x.json", format="json", sha256="0" * 64)


def code(serial: int) -> str:
    """A valid unified social credit code."""
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


#: Enterprises by their letter; B has a second id, which some documents name alone.
USCC = {letter: PartyIdentifier("USCC", code(number)) for number, letter in enumerate("ABCDEFGHK", start=1)}
VAT = PartyIdentifier("VAT", "DE136695976")

NETWORK = Network(
    name="test",
    enterprises=(
        Enterprise(id=str(USCC["A"]), name="甲", roles=(Role.CORE_ENTERPRISE,)),
        Enterprise(id=str(USCC["C"]), name="丙", roles=(Role.SUPPLIER,), group="G"),
        Enterprise(id=str(USCC["D"]), name="丁", roles=(Role.SUPPLIER,), group="G"),
    ),
    lines=(),
)


def party(letter: str) -> Party:
    if letter == "b":  # the same enterprise as B, once a document says so
        return Party(name="乙", identifiers=(VAT,))
    if letter == "Bb":
        return Party(name="乙", identifiers=(USCC["B"], VAT))
    return Party(name=letter, identifiers=(USCC[letter],))


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


def added(documents: list[TradeDocument], *sizes: int, network: Network | None = NETWORK) -> TradeGraph:
    """The graph after the documents came in batches of these sizes, and then one by one."""
    graph, begin = TradeGraph(network, TODAY), 0
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
LOTS = st.sampled_from([(), (), ("L1",), ("L2",), ("L1", "L2")])


@st.composite
def papers(draw) -> TradeDocument:
    """Any document between few enterprises under few numbers, so that they meet in all ways."""
    kind = draw(st.sampled_from([*DocumentType, DocumentType.INVOICE, DocumentType.INVOICE]))
    references = {
        name: refer(*draw(st.lists(NUMBERS, max_size=2))) for name in ("orders", "despatches", "receipts", "invoices")
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
        facts["reversal"] = kind is DocumentType.PAYMENT and draw(st.integers(0, 3)) == 0
    else:
        facts["delivery_date"] = draw(st.one_of(st.none(), DAYS))
    quantity = Decimal(draw(st.integers(1, 9)))
    facts["lines"] = (
        DocumentLine("1", quantity=quantity, unit="KGM", net_minor=facts.get("net_minor"), order_line="1"),
    )
    if kind in (DocumentType.ORDER_RESPONSE, DocumentType.INVOICE_RESPONSE):
        facts["answer"] = draw(st.sampled_from(list(Answer)))
    if kind is DocumentType.LOGISTICS_EVENT:
        facts["movement"] = draw(st.sampled_from(list(Movement)))
    buyer: str | None = draw(LETTERS)
    if kind in (DocumentType.WAREHOUSE_RECEIPT, DocumentType.LOGISTICS_EVENT):
        facts |= {"keeper": party(draw(st.sampled_from(["K", "C", "b"]))), "pledged": draw(st.booleans())}
        buyer = draw(st.one_of(st.none(), LETTERS))
    return paper(kind, draw(NUMBERS), draw(LETTERS), buyer, **facts)


def said(graph: TradeGraph):
    """All that a graph says."""
    structure = graph.structure
    return {
        "receivables": graph.receivables.drop("trade").rows(named=True),
        "findings": graph.findings,
        "circular": graph.circular,
        "matching": graph.matching.receivables,
        "tiers": {core: structure.tiers_of(core) for core in structure.cores},
        "reach": structure.reach().rows(),
        "bottlenecks": structure.bottlenecks().rows(),
        "dependencies": structure.dependencies(5_000).rows(),
    }


@settings(max_examples=250, deadline=None)
@given(st.lists(papers(), max_size=24), st.lists(st.integers(0, 8), max_size=5))
def test_documents_in_any_batches_give_what_they_give_at_once(documents, sizes) -> None:
    assert said(added(documents, *sizes)) == said(added(documents, len(documents)))


@settings(max_examples=100, deadline=None)
@given(st.lists(papers(), max_size=24))
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
        assert set(finding.documents) <= set(matching.documents) or finding.rule == "IdentityConflict"
        assert finding.text("en")


def written(path: Path, documents: list[TradeDocument]) -> Path:
    path.write_bytes(b"".join(msgspec_json.encode(dump(document)) + b"\n" for document in documents))
    return path


@settings(max_examples=30, deadline=None)
@given(documents=st.lists(papers(), min_size=1, max_size=16))
def test_a_file_of_lines_gives_what_its_documents_give(tmp_path_factory, documents) -> None:
    path = written(tmp_path_factory.mktemp("lines") / "d.jsonl", documents)
    lines = Lines(path)
    assert [lines.document(n) for n in range(len(lines))] == [replace(d, source=Source(str(path))) for d in documents]
    graph = TradeGraph.from_lines(path, NETWORK, TODAY)
    assert said(graph) == said(added([lines.document(n) for n in range(len(lines))], len(lines)))


def test_processes_say_what_one_process_says(tmp_path, monkeypatch) -> None:
    path = tmp_path / "d.jsonl"
    write_documents(path, 3_000)
    alone = TradeGraph.from_lines(path, None, TODAY, workers=1)
    monkeypatch.setattr(trade_graph, "FEW_DOCUMENTS", 0)
    monkeypatch.setattr(bulk, "TASK_DOCUMENTS", 500)
    together = TradeGraph.from_lines(path, None, TODAY, workers=2)
    assert said(together) == said(alone)
    lines = Lines(path)
    more = [replace(lines.document(n), number=f"{lines.document(n).number}X") for n in range(0, 3_000, 100)]
    for document in more:
        together.add([document])
    alone.add(more)
    assert said(together) == said(alone)
