"""Canonical documents in Parquet. Rules held here:

1. What is written is read again as it was: as a file, as lines, and as the graph that is built from it.
2. What is absent or null is the default; what no document has is refused, row by row.
3. A file that is broken, or unpacks without end, is refused, and the process that reads files goes on.
"""

import io
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from document_samples import BUYER, SELLER, TODAY, trade, warehouse_receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents import parquet
from chain.documents.draft import LARGEST_MINOR
from chain.documents.identity import canonical_digest
from chain.documents.lines import Lines
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
from chain.documents.reading import ReadingLimits, read_apart, read_file, read_path
from chain.documents.rules import FormatUnknown, ParquetUnreadable
from chain.graph.trade_graph import TradeGraph
from chain.identifiers import FIRST_DAY, LAST_DAY
from tests.effort import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = TEXTS.filter(bool)
DAYS = st.none() | st.integers(0, (LAST_DAY - FIRST_DAY).days).map(lambda days: FIRST_DAY + timedelta(days))
AMOUNTS = st.none() | st.integers(-LARGEST_MINOR, LARGEST_MINOR)
QUANTITIES = st.none() | st.decimals(-(10**30), 10**30, places=5, allow_nan=False, allow_infinity=False)
SEVERAL = {"max_size": 2}
PARTIES = st.builds(
    Party, TEXTS, st.lists(st.builds(PartyIdentifier, NUMBERS, NUMBERS), **SEVERAL).map(tuple), st.none() | TEXTS
)
REFERENCES = st.lists(st.builds(DocumentReference, TEXTS, DAYS, st.none() | TEXTS, AMOUNTS), **SEVERAL).map(tuple)
LINES = st.lists(
    st.builds(
        DocumentLine, TEXTS, TEXTS, st.none() | TEXTS, QUANTITIES, st.none() | TEXTS, AMOUNTS, AMOUNTS, st.none() | TEXTS,
        st.none() | TEXTS,
    ),
    **SEVERAL,
).map(tuple)  # fmt: skip
LISTED = st.lists(TEXTS, **SEVERAL).map(tuple)
DOCUMENTS = st.builds(
    TradeDocument, st.sampled_from(DocumentType), NUMBERS, PARTIES, st.just(Source("x")), DAYS, DAYS, DAYS,
    st.none() | PARTIES, st.none() | PARTIES, st.none() | TEXTS, AMOUNTS, AMOUNTS, AMOUNTS, LINES, REFERENCES, REFERENCES,
    REFERENCES, REFERENCES, LISTED, LISTED, st.booleans(), st.none() | st.sampled_from(Answer),
    st.none() | st.sampled_from(Movement), st.booleans(), st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
    LISTED, st.booleans(), TEXTS, st.none() | st.builds(Publicity, st.sampled_from(Means), st.integers(0, 2**33 - 1)),
    AMOUNTS, AMOUNTS,
)  # fmt: skip


def digests(documents) -> list[bytes]:
    return [canonical_digest(document) for document in documents]


def packed(**columns) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(columns).write_parquet(stream)
    return stream.getvalue()


def test_the_columns_are_the_fields_of_a_document():
    assert list(parquet.SCHEMA) == [field.name for field in fields(TradeDocument) if field.name != "source"]
    nested = {"seller": Party, "lines": DocumentLine, "orders": DocumentReference}
    for column, kind in nested.items():
        struct = parquet.SCHEMA[column]
        struct = struct.inner if isinstance(struct, pl.List) else struct
        assert [field.name for field in struct.fields] == [field.name for field in fields(kind)]


@settings(max_examples=examples(40), deadline=None)
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_what_is_written_is_what_is_in_the_rows_and_in_the_lines(tmp_path_factory, documents):
    folder = tmp_path_factory.mktemp("parquet")
    path, written = folder / "documents.parquet", folder / "lines"
    parquet.write_documents(documents, path)
    parquet.write_lines(path, written)
    lines = Lines(written, path)
    meant = [replace(document, source=Source(str(path))) for document in documents]
    assert [lines.document(number) for number in range(len(lines))] == meant
    rows = [row for _, row in parquet.rows(path.read_bytes())]
    assert [row["number"] for row in rows] == [document.number for document in documents]
    assert [row.get("payable_minor") for row in rows] == [document.payable_minor for document in documents]


def test_a_file_of_documents_is_read_like_any_other(tmp_path):
    documents = [*trade().values(), warehouse_receipt()]
    parquet.write_documents(documents, tmp_path / "a")
    outcome = read_path(str(tmp_path / "a"))
    assert outcome.container
    assert outcome.findings == ()
    assert digests(outcome.documents) == digests(documents)
    assert [inside.member for inside in outcome.contents] == [f"row {number}" for number in range(1, 6)]


def test_the_graph_of_a_parquet_file_is_that_of_its_lines(tmp_path):
    documents = [*trade().values(), warehouse_receipt()]
    parquet.write_documents(documents, tmp_path / "documents.parquet")
    graph, plain = TradeGraph.from_file(tmp_path / "documents.parquet", None, TODAY), TradeGraph(None, TODAY)
    plain.add(documents)
    assert graph.receivables.equals(plain.receivables)
    assert {finding.path for finding in graph.findings} <= {str(tmp_path / "documents.parquet")}
    assert graph.shelf.document(0) == replace(documents[0], source=Source(str(tmp_path / "documents.parquet")))
    graph.add([replace(documents[-1], number="WR-2")])
    assert len(graph.shelf) == 6


# ------------------------------------------------------------------------------------------ what others write


def party(code: str) -> dict:
    return {"name": None, "identifiers": [{"scheme": "USCC", "value": code}]}


OTHERS = {
    "type": ["invoice", "order"], "number": ["I-1", "PO-1"], "seller": [party(SELLER)] * 2, "buyer": [party(BUYER)] * 2,
    "currency": ["CNY", None], "payable_minor": [11_300, None], "issue_date": [date(2026, 5, 1), None],
    "lines": [[{"number": "1", "description": None, "quantity": "1.50", "net_minor": None}], None], "pledged": [None, None],
}  # fmt: skip


def test_what_is_absent_or_null_is_the_default(tmp_path):
    (invoice, order) = read_file("a", packed(**OTHERS)).documents
    assert (invoice.payable_minor, invoice.lines[0].quantity, invoice.lines[0].description) == (
        11_300,
        Decimal("1.5"),
        "",
    )
    assert (order.lines, order.pledged, order.end_to_end, order.seller.name) == ((), False, "", "")
    (tmp_path / "a").write_bytes(packed(**OTHERS))
    parquet.write_lines(tmp_path / "a", tmp_path / "b")
    lines = Lines(tmp_path / "b")
    assert digests(lines.document(number) for number in range(2)) == digests((invoice, order))


def test_what_no_document_has_is_refused_row_by_row():
    outcome = read_file("a", packed(**OTHERS, price=[1.5, None]))
    assert [inside.read for inside in outcome.contents] == [False, True]
    assert [finding.rule for finding in outcome.findings] == ["SchemaViolated"]
    assert (outcome.findings[0].member, outcome.findings[0].place) == ("row 1", "/price")
    amounts = read_file("a", packed(**OTHERS | {"payable_minor": ["11300", "1"]}))
    assert [inside.read for inside in amounts.contents] == [False, False]


def test_another_table_is_no_file_of_documents(tmp_path):
    (tmp_path / "a").write_bytes(packed(a=[1], b=["x"]))
    with pytest.raises(FormatUnknown):
        parquet.write_lines(tmp_path / "a", tmp_path / "b")
    (finding,) = read_path(str(tmp_path / "a")).findings
    assert (finding.rule, finding.text()) == (
        "FormatUnknown", "the content is no document format that this ledger knows: Parquet, a table with 'a', 'b'",
    )  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data):
    content = bytearray(packed(**OTHERS))
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(4, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        assert all(isinstance(row, dict) for _, row in parquet.rows(bytes(content)))
    except (ParquetUnreadable, FormatUnknown) as refused:
        assert refused.text()  # noqa: PT017


def test_read_in_a_process_of_its_own_it_is_the_same():
    content = packed(type=["invoice"], number=["1"], seller=[{"name": "a"}])
    assert read_apart("a", content, ReadingLimits(process_seconds=1)) == read_file("a", content)


def test_a_file_that_unpacks_without_end_is_refused_and_reading_goes_on():
    many = packed(type=["invoice"] * 300_000, number=["1"] * 300_000, seller=[{"name": "a"}] * 300_000)
    assert len(many) < 10_000
    assert [finding.rule for finding in read_file("a", many, ReadingLimits(parts=1_000)).findings] == [
        "TooManyDocuments"
    ]
    whole = packed(type=["invoice"], number=["1"], seller=[{"name": "a"}], lots=[["x"] * 8_000_000])
    assert len(whole) < 1_000_000
    outcome = read_file("a", whole, ReadingLimits(process_bytes=512 << 20))
    assert [finding.rule for finding in outcome.findings] == ["FileTooCostly"]
