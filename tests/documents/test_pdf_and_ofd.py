"""Invoices inside PDF and OFD. Rules held here:

1. The invoice inside is the same document as the invoice alone; its source names the member.
2. A file that holds no invoice, is encrypted, broken or hostile, is refused with a true reason; nothing is drawn.
3. Where a file says two things, none is believed.
"""

import io
import zipfile
import zlib

import pytest
from document_samples import (
    BUYER,
    NUMBER,
    OFD,
    OFD_DATA,
    OFD_TAGS,
    SELLER,
    archive,
    cii_invoice,
    einvoice,
    ofd_members,
    pdf,
    ubl_invoice,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.identity import canonical_digest
from chain.documents.reading import ReadingLimits, read_file
from tests.effort import examples


def rules(content: bytes, limits: ReadingLimits | None = None) -> list[str]:
    return [finding.rule for finding in read_file("a", content, limits).findings]


# ----------------------------------------------------------------------------------------------------------------- PDF


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "rechnung.xml"]
)
@pytest.mark.parametrize("xml", [cii_invoice(), ubl_invoice()])
def test_the_invoice_in_a_pdf_is_the_invoice(name, xml):
    outcome = read_file("a.pdf", pdf(("terms.xml", b"<terms/>"), (name, xml), ("a.txt", b"x")))
    (inside,), (alone,) = outcome.documents, read_file("a.xml", xml).documents
    assert canonical_digest(inside) == canonical_digest(alone)
    assert (inside.source.path, inside.source.member) == ("a.pdf", name)
    assert inside.source.sha256 == alone.source.sha256 != outcome.sha256


def test_a_pdf_in_a_zip_is_read():
    outcome = read_file("a.zip", archive({"1.pdf": pdf(("factur-x.xml", cii_invoice()))}))
    assert outcome.documents[0].source.member == "1.pdf!factur-x.xml"


def test_a_pdf_without_an_invoice_as_xml_is_refused_as_that():
    for content in (pdf(), pdf(("a.txt", b"x")), pdf(("order-x.xml", b"<order/>"), ("b.xml", b"no XML"))):
        (finding,) = read_file("a", content).refusals
        assert finding.rule == "FormatNotSupported"
        assert "without an invoice as XML" in finding.text()


def test_an_encrypted_pdf_is_refused_as_that():
    (finding,) = read_file("a", pdf(("factur-x.xml", cii_invoice()), password="secret")).refusals
    assert (finding.rule, finding.values["reason"]) == ("PdfUnreadable", "it is encrypted")


def test_several_invoices_in_one_pdf_are_refused_and_copies_are_one():
    one, other = ("factur-x.xml", cii_invoice()), ("ZUGFeRD-invoice.xml", cii_invoice(number="INV-2"))
    assert rules(pdf(one, other)) == ["SeveralInvoicesInside"]
    assert rules(pdf(one, ("factur-x.xml", cii_invoice(payable="1.00")))) == ["SeveralInvoicesInside"]
    assert rules(pdf(one, ("xrechnung.xml", cii_invoice()))) == []


def test_what_is_wrong_inside_a_pdf_names_the_member():
    for xml in (b"<a", cii_invoice(number=""), b'<?xml version="1.0"?><!DOCTYPE a><a/>'):
        finding = read_file("a.pdf", pdf(("factur-x.xml", xml))).refusals[0]
        assert (finding.path, finding.member) == ("a.pdf", "factur-x.xml")


def written(*parts: bytes) -> bytes:
    """A PDF of these objects; the first is its catalogue."""
    content, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + trailer


def stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Type /EmbeddedFile /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed)


NAMED = b"<< /Type /Catalog /Names << /EmbeddedFiles << /Names [(factur-x.xml) 2 0 R] >> >> >>"
FILE = b"<< /Type /Filespec /F (factur-x.xml) /EF << /F 3 0 R >> >>"


@pytest.mark.parametrize("catalogue", [NAMED, b"<< /Type /Catalog /AF [2 0 R] >>"])
def test_an_invoice_is_found_by_name_and_by_association(catalogue):
    assert read_file("a", written(catalogue, FILE, stream(cii_invoice()))).documents[0].source.member == "factur-x.xml"


def test_an_attachment_that_unpacks_to_more_than_the_limit_is_refused():
    (finding,) = read_file("a", written(NAMED, FILE, stream(b" " * 60_000_000))).refusals
    assert finding.rule == "PdfUnreadable"
    assert "asks for more than is given" in finding.text()


def test_an_attachment_that_is_listed_without_end_is_refused():
    (finding,) = read_file(
        "a", written(b"<< /Type /Catalog /AF [%s] >>" % (b"2 0 R " * 2_000), FILE, stream(b""))
    ).refusals
    assert (finding.rule, finding.values["most"]) == ("PdfUnreadable", 1_000)


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_a_damaged_pdf_is_read_or_refused_with_a_reason(data):
    content = bytearray(pdf(("factur-x.xml", cii_invoice())))
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(5, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)


# ----------------------------------------------------------------------------------------------------------------- OFD


def ofd(**parts) -> bytes:
    return archive(ofd_members(**parts))


@pytest.mark.parametrize("parts", [{"tags": OFD_TAGS}, {"data": OFD_DATA}, {"data": OFD_DATA, "tags": OFD_TAGS}])
def test_the_digest_fields_of_an_ofd_are_an_invoice(parts):
    outcome = read_file("a.ofd", ofd(**parts))
    assert not outcome.findings
    (document,) = outcome.documents
    assert (document.type, document.number, str(document.issue_date)) == ("invoice", NUMBER, "2026-05-01")
    assert (document.net_minor, document.tax_minor, document.payable_minor) == (100_000, 13_000, 113_000)
    assert [str(party.identifiers[0]) for party in (document.seller, document.buyer)] == [
        f"USCC:{SELLER}",
        f"USCC:{BUYER}",
    ]
    assert (document.currency, document.source.member) == ("CNY", "OFD.xml")


def test_the_xml_attached_to_an_ofd_is_the_invoice():
    xml = einvoice()
    outcome = read_file("a.ofd", ofd(attached=xml))
    (inside,), (alone,) = outcome.documents, read_file("a.xml", xml).documents
    assert canonical_digest(inside) == canonical_digest(alone)
    assert (inside.source.member, inside.source.sha256) == ("Doc_0/Attachs/original_invoice.xml", alone.source.sha256)


def test_an_ofd_in_a_zip_is_read_and_a_zip_in_a_zip_is_not():
    outcome = read_file("a.zip", archive({"1.ofd": ofd(data=OFD_DATA), "2.zip": archive({"a.xml": ubl_invoice()})}))
    assert [content.read for content in outcome.contents] == [True, False]
    assert outcome.documents[0].source.member == "1.ofd!OFD.xml"


def test_a_page_that_says_other_than_the_xml_blocks():
    (alone,) = read_file("a.xml", einvoice()).documents
    true = {"发票号码": alone.number, "合计金额": f"{alone.net_minor / 100:.2f}"}
    assert rules(ofd(attached=einvoice(), data=true)) == []
    for false in ({"发票号码": "1"}, {"合计金额": "1.00"}, {"销售方纳税人识别号": BUYER}):
        outcome = read_file("a", ofd(attached=einvoice(), data=true | false))
        assert [finding.rule for finding in outcome.findings] == ["CopiesContradict"]
        assert outcome.documents[0].broken_rules == ("CopiesContradict",)


def test_tags_that_say_other_than_the_custom_data_block():
    assert rules(
        ofd(data=OFD_DATA, tags=OFD_TAGS | {"TaxTotalAmount": "¥13.00", "TaxInclusiveTotalAmount": "¥1130.00"})
    ) == ["CopiesContradict"]


def test_digest_totals_that_do_not_add_up_block():
    assert rules(ofd(tags=OFD_TAGS | {"TaxInclusiveTotalAmount": "¥1131.00"})) == ["TotalsDoNotAddUp"]


def test_a_digest_with_negative_totals_is_a_credit_note():
    red = {"TaxExclusiveTotalAmount": "-1000.00", "TaxTotalAmount": "-130.00", "TaxInclusiveTotalAmount": "-1130.00"}
    (document,) = read_file("a", ofd(tags=OFD_TAGS | red)).documents
    assert (document.type, document.payable_minor) == ("credit_note", 113_000)


def test_an_older_invoice_is_numbered_by_code_and_number():
    older = (
        "<eInvoice><InvoiceCode>035001900111</InvoiceCode><InvoiceNo>00000001</InvoiceNo><IssueDate>2026年5月1日</IssueDate>"
        f"<Buyer><BuyerName>购方</BuyerName><BuyerTaxID>{BUYER}</BuyerTaxID></Buyer><Seller><SellerName>供方</SellerName>"
        f"<SellerTaxID>{SELLER}</SellerTaxID></Seller><TaxExclusiveTotalAmount>100.00</TaxExclusiveTotalAmount>"
        "<TaxTotalAmount>***</TaxTotalAmount><TaxInclusiveTotalAmount>100.00</TaxInclusiveTotalAmount></eInvoice>"
    )
    outcome = read_file("a", ofd(attached=older.encode()))
    (document,) = outcome.documents
    assert (document.number, document.tax_minor, outcome.findings) == ("03500190011100000001", 0, ())


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, "FormatNotSupported"),
        ({"OFD.xml": b"<a"}, "XmlMalformed"),
        ({"Doc_0/Document.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'}, "DoctypeForbidden"),
        ({"OFD.xml": f'<o:OFD xmlns:o="{OFD}"><o:DocBody/></o:OFD>'.encode()}, "SchemaViolated"),
        ({"OFD.xml": f'<o:OFD xmlns:o="{OFD}"><o:DocBody/><o:DocBody/></o:OFD>'.encode()}, "FormatNotSupported"),
        (
            {
                "OFD.xml": f'<o:O xmlns:o="{OFD}"><o:DocBody><o:DocRoot>../../x.xml</o:DocRoot></o:DocBody></o:O>'.encode()
            },
            "ArchiveUnsafe",
        ),
    ],
)
def test_a_package_that_holds_no_invoice_is_refused_with_a_true_reason(change, rule):
    assert rules(archive(ofd_members() | change)) == [rule]


def test_a_member_that_stands_twice_is_refused():
    written = io.BytesIO(ofd(data=OFD_DATA))
    with zipfile.ZipFile(written, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("OFD.xml", ofd_members(data=OFD_DATA | {"合计金额": "9.00"})["OFD.xml"])
    assert rules(written.getvalue()) == ["ArchiveUnsafe"]


def test_a_package_larger_than_the_limits_is_refused():
    assert rules(ofd(data=OFD_DATA), ReadingLimits(archive_bytes=100)) == ["ArchiveUnsafe"]


@settings(max_examples=examples(80), deadline=None)
@given(st.data())
def test_a_damaged_package_is_read_or_refused_with_a_reason(data):
    packed = ofd_members(data=OFD_DATA, tags=OFD_TAGS, attached=einvoice())
    name = data.draw(st.sampled_from(sorted(packed)))
    content = bytearray(packed[name])
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", archive(packed | {name: bytes(content)}))
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)
