"""Bad input of the field, kind by kind; what is here was nowhere else. Where the other kinds stand:

| kind | tests |
|---|---|
| zip bombs, nested zips | `test_reading` (ratio, members, lying sizes, nested); here: bombs in what an archive holds |
| wrong encodings declared | `test_reading` (mis-encoded, unknown, hiding a document type); here: another one written |
| byte order marks | here |
| namespaces moved | `test_reading` (prefixes); here: declarations moved, elements of other namespaces |
| unknown document types | `test_reading` (types, formats) |
| mixed currencies in one chain | `test_flows` (payments); here: orders, credit notes, a second invoice |
| dates in impossible order | `test_flows` (goods, due day); here: orders after goods, credit notes before invoices |
| credit notes above the invoice, self-invoices | `test_matching` |
| cyclic references between documents | here |
| a million-line invoice | here |
| ids that differ by white space or look-alike letters | `test_identity`, `test_directory` |
| CSV with formulas | `test_tables` |
| values that only a fuzzer writes | `test_hostile_values` |
"""

import json
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import date, timedelta
from time import process_time

import pytest
from document_samples import (
    KEEPER,
    OFD_DATA,
    TODAY,
    archive,
    cii_invoice,
    document,
    ofd_members,
    party,
    to,
    trade,
    ubl_invoice,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chain.documents.directory import Directory
from chain.documents.identity import canonical_digest
from chain.documents.mapping import MappingBroken, load
from chain.documents.matching import Matching, match
from chain.documents.model import Answer, DocumentType, Means, Publicity, TradeDocument
from chain.documents.reading import ReadingLimits, read_file
from chain.graph.trade_graph import TradeGraph
from tests.effort import examples

FEW = ReadingLimits(archive_bytes=3_000_000, file_bytes=1_000_000)


def rules(content: bytes, limits: ReadingLimits | None = None) -> list[str]:
    return [finding.rule for finding in read_file("a", content, limits).findings]


def matched(*documents: TradeDocument) -> Matching:
    return match(documents, Directory.from_documents(documents), {}, TODAY)


def flagged(matching: Matching) -> list[str]:
    return [finding.rule for finding in matching.findings]


# ---------------------------------------------------------------------------------------- bombs in what an archive holds


def padded_pdf(kilobytes: int) -> bytes:
    """An attachment that packs a thousand times smaller than it is."""
    packed = zlib.compress(b"<a>" + b" " * (kilobytes << 10) + b"</a>", 9)
    parts = (
        b"<< /Type /Catalog /AF [2 0 R] >>", b"<< /Type /Filespec /F (a.xml) /EF << /F 3 0 R >> >>",
        b"<< /Type /EmbeddedFile /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
    )  # fmt: skip
    content = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % one for one in enumerate(parts, start=1))
    return content + b"trailer << /Size 4 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"


def test_what_the_members_of_an_archive_unpack_to_counts_together():
    small, large = ({f"{number}.pdf": padded_pdf(size) for number in range(6)} for size in (1, 900))
    assert rules(archive(small), FEW) == ["FormatNotSupported"] * 6
    assert rules(archive(large), FEW) == ["FormatNotSupported"] * 3 + ["PdfUnreadable"] + ["ArchiveUnsafe"] * 2
    package = archive(ofd_members(data=OFD_DATA) | {"pad.xml": b"<a>" + b" " * 900_000 + b"</a>"})
    packages = archive({f"{number}.ofd": package for number in range(5)})
    assert rules(packages, replace(FEW, archive_ratio=10_000)) == ["ArchiveUnsafe"] * 2


def cross_references(streams: int, entries: int, unpacked: int) -> bytes:
    """A PDF whose places of objects stand in so many streams that unpack to so much each."""
    packed = zlib.compress(zlib.compress(b"\x01\0\x09" * (unpacked // 3), 9), 9)
    content, before = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", b""
    for number in range(2, streams + 2):
        place = len(content)
        content += (
            b"%d 0 obj\n<< /Type /XRef /Root 1 0 R %s/W [1 1 1] /Index [0 %d] /Size %d /Filter [/FlateDecode /FlateDecode] "
            b"/Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, before, entries, entries, len(packed), packed)
        )
        before = b"/Prev %d " % place
    return content + b"startxref\n%d\n%%%%EOF\n" % place


@pytest.mark.parametrize(
    "content",
    [cross_references(200, 1, 18_000_000), cross_references(2, 1_900_000, 6_000_000)],
)
def test_a_pdf_whose_places_of_objects_are_a_bomb_is_refused_at_once(content):
    rules(content)  # what is imported once takes longer than that
    started = process_time()
    assert rules(content) == ["PdfUnreadable"]
    assert process_time() - started < 1


# ------------------------------------------------------------------------------------------------ encodings and marks


@pytest.mark.parametrize(
    ("declared", "written"),
    [("UTF-8", "gb18030"), ("GBK", "utf-8"), ("UTF-16", "utf-8"), ("US-ASCII", "utf-8"), ("windows-1252", "utf-8")],
)
def test_an_encoding_that_is_declared_and_not_written_is_refused(declared, written):
    text = ubl_invoice().decode().replace('encoding="UTF-8"', f'encoding="{declared}"')
    assert rules(text.encode(written)) == ["EncodingBroken"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content", [ubl_invoice(), cii_invoice()])
def test_a_byte_order_mark_changes_nothing(encoding, content):
    text = content.decode().partition("?>")[2].lstrip()
    mark = "" if encoding in ("utf-8-sig", "utf-16") else "\ufeff"
    (marked,), (plain,) = read_file("a", (mark + text).encode(encoding)).documents, read_file("a", content).documents
    assert canonical_digest(marked) == canonical_digest(plain)


def test_a_byte_order_mark_within_a_file_is_no_part_of_a_number():
    (found,) = read_file("a", ubl_invoice(number="\ufeffINV-1")).documents
    (plain,) = read_file("a", ubl_invoice()).documents
    assert (
        read_file("a", ubl_invoice(number="\ufeffINV-1")).contents[0].key
        == read_file("a", ubl_invoice()).contents[0].key
    )
    assert found.payable_minor == plain.payable_minor


@pytest.mark.parametrize("encoding", ["idna", "punycode", "utf-7", "unicode_escape", "undefined", "hex"])
def test_a_codec_that_is_no_character_set_is_none_of_a_table(encoding):
    text = f"""schema = "pearlchain/table-mapping/1"
encoding = "{encoding}"
[[documents]]
type = "invoice"
number = "No"
seller = {{}}
buyer = {{}}"""
    with pytest.raises(MappingBroken, match="no text encoding"):
        load(text.encode())
    assert load(text.replace(encoding, "gb18030").encode()).encoding == "gb18030"


@pytest.mark.parametrize(
    "line", ['dates = ["%Y%Y-%m-%d"]', 'dates = ["%d"]', 'delimiter = "\\""', 'delimiter = "\\n"', 'grouping = "."']
)
def test_a_mapping_that_cannot_be_applied_is_refused(line):
    text = f"""schema = "pearlchain/table-mapping/1"
{line}
[[documents]]
type = "invoice"
number = "No"
seller = {{}}
buyer = {{}}"""
    with pytest.raises(MappingBroken):
        load(text.encode())


# ----------------------------------------------------------------------------------------------------- namespaces moved


def moved(element: etree._Element, prefix: str) -> etree._Element:
    """A copy in which each element declares its namespace itself."""
    namespace = etree.QName(element).namespace
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={prefix: namespace})
    copy.text, copy.tail = element.text, element.tail
    copy.extend([moved(inner, prefix + "x") for inner in element])
    return copy


@pytest.mark.parametrize("content", [ubl_invoice(), cii_invoice()])
def test_namespaces_may_be_declared_anywhere(content):
    (plain,) = read_file("a", content).documents
    (other,) = read_file("a", etree.tostring(moved(etree.fromstring(content), "n"))).documents
    assert canonical_digest(other) == canonical_digest(plain)


def test_an_element_of_another_namespace_says_nothing():
    attacker = '<cbc:PayableAmount xmlns:cbc="urn:attacker" currencyID="CNY">1.00</cbc:PayableAmount>'
    (found,) = read_file("a", ubl_invoice(monetary=attacker)).documents
    assert found.payable_minor == 11_300
    assert rules(ubl_invoice().replace(b"schema:xsd:Invoice-2", b"schema:xsd:Invoice-3")) == ["FormatUnknown"]
    swapped = ubl_invoice().replace(b"xsd:CommonBasicComponents-2", b"xsd:CommonBasicComponents-1")
    assert "NumberMissing" in rules(swapped)


# ------------------------------------------------------------------------------------------------------ mixed currencies


@pytest.mark.parametrize(
    "other",
    [
        document(DocumentType.CREDIT_NOTE, "CN-1", currency="USD", invoices=to("INV-1")),
        document(DocumentType.PAYMENT, "P-1", currency="USD", payable_minor=11_300, invoices=to("INV-1")),
        document(DocumentType.BILL, "B-1", currency="USD", payable_minor=11_300, invoices=to("INV-1")),
    ],
)
def test_what_is_in_another_currency_is_never_added_or_compared(other):
    matching = matched(*(trade() | {other.type.value: other}).values())
    (receivable,) = matching.receivables
    assert (receivable.open_minor, receivable.evidence_minor) == (11_300, 11_300)
    assert flagged(matching) == ["CurrencyDiffers"]


def test_currencies_of_one_chain_stay_apart():
    found = trade()
    second = replace(found["invoice"], number="INV-2", currency="EUR")
    receivables = {one.currency: one for one in matched(*found.values(), second).receivables}
    assert receivables["CNY"].evidence_minor == 11_300
    assert receivables["EUR"].evidence_minor == 0  # its goods stand behind the other one


# ------------------------------------------------------------------------------------------------------------------ dates


def test_goods_that_leave_before_they_are_ordered_are_flagged():
    found = trade()
    late = replace(found["order"], issue_date=date(2026, 5, 20))
    matching = matched(*(found | {"order": late}).values())
    assert flagged(matching) == ["DatesOutOfOrder"]
    assert (
        matching.findings[0].text().endswith("despatch of 2026-05-01 comes before order of 2026-05-20, which cannot be")
    )
    # Another delivery's order may come later.
    both = replace(found["invoice"], orders=to("PO-1", "PO-2"))
    assert flagged(matched(*(found | {"invoice": both, "other": replace(late, number="PO-2")}).values())) == []


@pytest.mark.parametrize(("days", "told"), [(0, False), (1, False), (2, True), (300, True)])
def test_an_invoice_that_is_dated_after_today_is_flagged(days, told):
    """One day apart are the calendars of east and west."""
    found = trade()
    ahead = replace(found["invoice"], issue_date=TODAY + timedelta(days=days), due_date=TODAY + timedelta(days=400))
    matching = matched(*(found | {"invoice": ahead}).values())
    assert ("DatedAhead" in flagged(matching)) is told
    assert matching.receivables[0].evidence_minor == 11_300


NAMED = {"invoices": to("INV-1"), "issue_date": date(2026, 5, 4)}
NAMING = {
    "answer": document(DocumentType.INVOICE_RESPONSE, "AR-1", answer=Answer.RECEIVED, **NAMED),
    "payment": document(DocumentType.PAYMENT, "P-1", currency="CNY", payable_minor=1, keeper=party(KEEPER), **NAMED),
    "assignment": document(
        DocumentType.ASSIGNMENT, "R-1", currency="CNY", keeper=party(KEEPER), publicity=Publicity(Means.NOTICE, 1), **NAMED
    ),
}  # fmt: skip


@pytest.mark.parametrize("naming", NAMING)
@pytest.mark.parametrize(("day", "told"), [(4, False), (5, False), (6, True)])
def test_an_invoice_that_others_name_before_its_own_day_is_flagged(naming, day, told):
    found = trade()
    found["invoice"] = replace(found["invoice"], issue_date=date(2026, 5, day))
    matching = matched(*found.values(), NAMING[naming])
    texts = [finding.text() for finding in matching.findings if finding.rule == "DatesOutOfOrder"]
    assert [f"{naming} of 2026-05-04 comes before invoice of 2026-05-0{day}" in text for text in texts] == [True] * told
    broken = replace(NAMING[naming], broken_rules=("AnsweredByOther",))
    assert "DatesOutOfOrder" not in flagged(matched(*found.values(), broken))


def test_a_credit_note_from_before_its_invoice_is_flagged_and_counts():
    note = document(DocumentType.CREDIT_NOTE, "CN-1", issue_date=date(2026, 4, 1), invoices=to("INV-1"))
    matching = matched(*trade().values(), note)
    assert flagged(matching) == ["DatesOutOfOrder"]
    assert matching.receivables[0].open_minor == 0


# ----------------------------------------------------------------------------------------------------- cyclic references

NUMBERS = ("PO-1", "DN-1", "RA-1", "INV-1", "CN-1", "P-1", "OR-1", "IR-1", "B-1")
REFERENCES = st.lists(st.sampled_from(NUMBERS), max_size=3).map(lambda numbers: to(*numbers))


@st.composite
def entangled(draw) -> list[TradeDocument]:
    """Documents of one trade that name each other and themselves, in any way."""
    more = [
        document(DocumentType.CREDIT_NOTE, "CN-1", net_minor=100, tax_minor=13, payable_minor=113),
        document(DocumentType.PAYMENT, "P-1", currency="CNY", payable_minor=500),
        document(DocumentType.BILL, "B-1", currency="CNY", payable_minor=500),
    ]
    return [
        replace(
            one, orders=draw(REFERENCES), despatches=draw(REFERENCES), receipts=draw(REFERENCES), invoices=draw(REFERENCES)
        )
        for one in [*trade().values(), *more]
    ]  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(entangled())
def test_documents_that_name_each_other_in_circles_are_matched_like_others(documents):
    started = process_time()
    (receivable,) = matched(*documents).receivables
    assert 0 <= receivable.evidence_minor <= receivable.open_minor <= receivable.payable_minor
    graph = TradeGraph(None, TODAY)
    graph.add(documents)
    assert graph.receivables["evidence_minor"].to_list() == [receivable.evidence_minor]
    assert process_time() - started < 2


# ------------------------------------------------------------------------------------------------- a million-line invoice


def test_documents_of_more_lines_than_a_file_may_have_are_refused():
    line = ubl_invoice().decode().partition("<cac:InvoiceLine>")[2].partition("</cac:InvoiceLine>")[0]
    content = ubl_invoice().replace(
        b"</Invoice>", f"<cac:InvoiceLine>{line}</cac:InvoiceLine>".encode() * 20 + b"</Invoice>"
    )
    limits = ReadingLimits(lines=25, archive_ratio=1_000)
    assert read_file("a", content, limits).read
    assert rules(content, replace(limits, lines=20)) == ["DocumentsTooLong"]
    several = archive({f"{number}.xml": content for number in range(3)})
    assert rules(several, limits) == ["DocumentsTooLong"]
    assert len(read_file("a", several, replace(limits, lines=100)).documents) == 3


def test_a_name_that_stands_twice_is_found_in_time_that_grows_with_the_names():
    content = "{" + ",".join(f'"{number}": 0' for number in (*range(200_000), 199_999)) + "}"
    started = process_time()
    assert rules(content.encode()) == ["JsonMalformed"]
    assert process_time() - started < 10  # each name held against all others takes an hour


def test_columns_are_found_in_time_that_grows_with_them():
    names = [f"c{number}" for number in range(20_000)]
    document = {"type": "order", "number": "n", "seller": PARTY, "buyer": PARTY, "orders": names[:8]}
    mapping = load(json.dumps({"schema": "pearlchain/table-mapping/1", "documents": [document] * 10}).encode())
    started = process_time()
    found = read_file("a.csv", ",".join(["n", "s", *names, *names[:1]]).encode(), ReadingLimits(), mapping)
    assert [one.rule for one in found.refusals] == ["ColumnAmbiguous"]
    assert process_time() - started < 5


def test_a_party_has_no_more_ids_than_a_paper_writes():
    ids = [{"scheme": "USCC", "value": "n"}] * 21
    document = {"type": "order", "number": "n", "seller": PARTY | {"ids": ids}, "buyer": PARTY}
    with pytest.raises(MappingBroken):
        load(json.dumps({"schema": "pearlchain/table-mapping/1", "documents": [document]}).encode())


PARTY = {"name": "s"}
TEN = {"type": "order", "number": "n", "seller": PARTY, "buyer": PARTY}


@pytest.mark.parametrize("row", ["n,\n", "n\n", ",s\n"], ids=["of one document", "ragged", "without a number"])
def test_rows_of_a_table_count_once_for_every_document_that_they_are_mapped_to(row):
    """Also where no document comes of them: to look at each takes as long."""
    mapping = load(json.dumps({"schema": "pearlchain/table-mapping/1", "documents": [TEN] * 10}).encode())
    content = ("n,s\n" + row * 21).encode()

    def read(content, most):
        return {found.rule for found in read_file("a.csv", content, ReadingLimits(lines=most), mapping).refusals}

    assert read(content, 1_000) == set()
    assert read(content, 209) == {"DocumentsTooLong"}
    assert read(archive({f"{number}.csv": content for number in range(3)}), 209) == {"DocumentsTooLong"}


def test_rows_of_tables_in_an_archive_count_together_also_those_of_which_no_document_comes():
    mapping = load(json.dumps({"schema": "pearlchain/table-mapping/1", "documents": [TEN] * 10}).encode())
    three = archive({f"{number}.csv": b"n,s\n" + b"n,\n" * 21 for number in range(3)})
    for most, expected in ((1_000, set()), (629, {"DocumentsTooLong"})):
        found = read_file("a.zip", three, ReadingLimits(lines=most), mapping)
        assert {one.rule for one in found.refusals} == expected


def test_a_mapping_has_no_more_formats_of_days_than_are_kept_ready_and_no_long_ones():
    document = {"type": "order", "number": "n", "seller": PARTY, "buyer": PARTY}
    for formats in (["%Y-%m-%d"] * 6, ["%Y-%m-%d" + " " * 40]):
        with pytest.raises(MappingBroken):
            load(
                json.dumps({"schema": "pearlchain/table-mapping/1", "documents": [document], "dates": formats}).encode()
            )


READ = """
import json, resource, sys, time
from chain.documents.reading import ReadingLimits, read_file
content, limits = sys.stdin.buffer.read(), ReadingLimits(lines=int(sys.argv[1]))
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
outcome = read_file("a", content, limits)
more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([[finding.rule for finding in outcome.findings], time.process_time() - started, more * 1024]))
"""


def test_an_invoice_of_too_many_lines_is_refused_within_bounds_that_grow_with_its_lines():
    """A million would take ten times as much; docs/documents.md has the figures."""
    content = ubl_invoice().replace(b"</Invoice>", b"<cac:InvoiceLine/>" * 100_000 + b"</Invoice>")
    done = subprocess.run([sys.executable, "-c", READ, "100000"], input=content, capture_output=True, check=True)
    found, seconds, memory = json.loads(done.stdout)
    assert found[-1] == "DocumentsTooLong"
    assert seconds < 20
    assert memory < 150 << 20
