"""Reading. Rules held here:

1. Every file found is read or refused, whatever bytes it has; found = read + refused, also inside containers.
2. What is refused says file, place and rule; the rest of the batch goes on.
3. Hostile XML is refused before it does anything: no entity is expanded, no address fetched.
4. The order of outcomes is that of the sorted names, in one process or several.
"""

import json
import os
import re
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from document_samples import BUYER, SELLER, archive, pdf, ubl, ubl_invoice
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents import canonical, reading
from chain.documents.model import DocumentType, Severity
from chain.documents.reading import ReadingLimits, find_files, read_apart, read_documents, read_file, read_path
from chain.errors import NotFound
from tests.effort import examples


def rules(outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


# -------------------------------------------------------------------------------------------------- whatever bytes


@settings(max_examples=examples(150), deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused_with_a_reason(content):
    outcome = read_file("a", content)
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)


HEADER = (
    b'<b:StandardBusinessDocument xmlns:b="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
    b"<b:StandardBusinessDocumentHeader><b:HeaderVersion>1.0</b:HeaderVersion></b:StandardBusinessDocumentHeader>"
)


def enveloped(*documents: bytes) -> bytes:
    return HEADER + b"".join(one.partition(b"?>")[2] or one for one in documents) + b"</b:StandardBusinessDocument>"


def test_a_document_in_the_envelope_of_an_access_point_is_read_as_without():
    (document,) = read_file("a.xml", enveloped(ubl_invoice())).documents
    (bare,) = read_file("a.xml", ubl_invoice()).documents
    assert replace(document, source=bare.source) == bare


@pytest.mark.parametrize("content", [enveloped(), enveloped(ubl_invoice(), ubl_invoice()), enveloped(b"<a/>")])
def test_an_envelope_without_one_known_document_is_refused(content):
    assert rules(read_file("a.xml", content)) == ["FormatUnknown"]


@settings(max_examples=examples(120), deadline=None)
@given(st.data())
def test_a_damaged_invoice_is_read_or_refused_with_a_reason(data):
    content = bytearray(ubl_invoice())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(1, len(ubl_invoice()) - 2))
def test_a_truncated_invoice_is_refused_with_its_place(length):
    outcome = read_file("cut.xml", ubl_invoice()[:length])
    assert not outcome.read
    assert set(rules(outcome)) <= {"XmlMalformed", "EncodingBroken", "FormatUnknown"}
    assert outcome.refusals[0].path == "cut.xml"
    if outcome.refusals[0].rule == "XmlMalformed":
        assert outcome.refusals[0].place.startswith("line ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<a><b>", "it ends before all"), (b"<a><b></a>", "closed by another name"), (b"<a/><b/>", "behind the end"),
        (b"<a>&x;</a>", "an entity"), (b"<a x='1' x='2'/>", "twice"), (b"<a x/>", "quotation marks"),
        (b"<a>1 & 2</a>", "&amp;"), (b"<a:b/>", "no namespace"), (b"<a>\x01</a>", "does not allow"),
        (b" <?xml version='1.0'?><a/>", "very beginning"), (b"<a>\xff</a>", "no character"), (b"<a>" * 300, "too deeply"),
        (b"<?xml encoding='UTF-8'?><a/>", "breaks a rule"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_xml_is_said_in_both_languages(content, said):
    (refusal,) = read_file("a", content).refusals
    assert said in refusal.text("en")
    assert refusal.values["detail"] not in refusal.text("en"), "the library's own words are a detail"
    chinese = refusal.text("zh").replace("&lt;", "").replace("&amp;", "")
    assert not re.search("[a-z]{3}", chinese), chinese
    assert re.fullmatch(r"line \d+, column \d+", refusal.place)


@settings(max_examples=examples(80), deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | (
    st.dictionaries(st.sampled_from(["schema", "type", "number", "seller", "lots", "keeper", "payable_minor", "x"]), inner)
), max_leaves=12), st.sampled_from(["pearlchain/warehouse-receipt/1", canonical.SCHEMA]))  # fmt: skip
def test_any_json_is_read_or_refused_with_a_reason(content, schema):
    if isinstance(content, dict):
        content["schema"] = schema
    outcome = read_file("a.json", json.dumps(content).encode())
    assert outcome.read != bool(outcome.refusals)


# ------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("content", [b"", b"  \n\t "])
def test_an_empty_file_is_refused(content):
    assert rules(read_file("a", content)) == ["FileEmpty"]


def test_a_mis_encoded_file_is_refused_with_its_place():
    content = ubl_invoice().replace("供方".encode(), "供方".encode("gb18030"))
    outcome = read_file("a", content)
    assert rules(outcome) == ["EncodingBroken"]
    assert outcome.refusals[0].place.startswith("line ")


def test_an_encoding_that_nobody_knows_is_refused():
    assert rules(read_file("a", b'<?xml version="1.0" encoding="UTF-8-W/O-BOM"?><a/>')) == ["EncodingBroken"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "gbk"])
def test_a_declared_encoding_is_read(encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = ubl_invoice().decode().replace('encoding="UTF-8"', f'encoding="{declared}"')
    outcome = read_file("a", text.encode(encoding))
    assert outcome.documents[0].seller.name == "供方"


def test_a_gigantic_file_is_refused_unread(tmp_path):
    big = tmp_path / "big.xml"
    with big.open("wb") as target:
        target.truncate(21 * 1024 * 1024)
    (tmp_path / "good.xml").write_bytes(ubl_invoice())
    batch = read_documents([tmp_path])
    assert [outcome.read for outcome in batch.outcomes] == [False, True]
    assert rules(batch.outcomes[0]) == ["FileTooLarge"]
    assert rules(read_file("a", b"x" * 101, ReadingLimits(file_bytes=100))) == ["FileTooLarge"]


BOMB = "<!DOCTYPE a [" + '<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE a SYSTEM "http://localhost/a.dtd">',
        '<!-- a --> <?b c?> <!DOCTYPE Invoice PUBLIC "-//x" "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        "<!DOCTYPE Invoice>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_or_entity_is_refused_by_rule(doctype, encoding):
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    content = ubl_invoice(extra="").decode().split("\n", 1)[1]
    started = time.monotonic()
    outcome = read_file("a", f"{declaration}{doctype}{content}".encode(encoding))
    assert rules(outcome) == ["DoctypeForbidden"]
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp037"])
def test_an_encoding_that_could_hide_a_document_type_is_refused(encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a><a/>'.encode(encoding)
    assert rules(read_file("a", content))[0] in {"EncodingBroken", "FormatUnknown", "FormatNotSupported"}


def test_an_external_entity_is_never_fetched():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    body = ubl_invoice(number="&x;").decode().split("\n", 1)[1]
    attempts = [
        f'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "{address}/entity">]>{body}',
        f'<!DOCTYPE Invoice SYSTEM "{address}/dtd">{body.replace("&x;", "1")}',
        f'<?xml-stylesheet href="{address}/style"?>{body.replace("&x;", "1")}',
        body.replace("&x;", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}/include"/>'),
    ]
    for attempt in attempts:
        read_file("a", attempt.encode())
    server.shutdown()
    assert asked == []


def test_an_undeclared_entity_is_refused():
    assert rules(read_file("a", ubl_invoice(number="&x;"))) == ["XmlMalformed"]


def test_xml_of_absurd_depth_is_refused():
    assert rules(read_file("a", b"<a>" * 100_000)) == ["XmlMalformed"]
    assert rules(read_file("a", b'{"a":' * 100_000)) == ["JsonMalformed"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"a": NaN}', "JSON 残缺或格式错误：NaN 不是 JSON 数字"),
        (b'{"a": 1, "a": 2}', "JSON 残缺或格式错误：字段名“a”出现两次"),
        (b'{"a": ' + b"9" * 5000 + b"}", "JSON 残缺或格式错误：有一个数字大得无法表示"),
        ('{"a": "仓"}'.encode("gbk"), "文本无法按 utf-8 解码：第 7 字节处不是该编码的字符"),
    ],
)
def test_why_json_is_refused_is_said_in_the_readers_language(content, why):
    (finding,) = read_file("a", content).findings
    assert finding.text("zh") == why


@pytest.mark.parametrize(
    "content", [b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": ', b"[1, 2", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_json_that_two_readers_could_read_differently_is_refused(content):
    assert rules(read_file("a", content)) == ["JsonMalformed"]


# ----------------------------------------------------------------------------------- the content of a supported type


def test_a_good_invoice_is_read_whole():
    outcome = read_file("inv.xml", ubl_invoice(extra="<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"))
    (found,) = outcome.documents
    assert outcome.findings == ()
    assert (found.type, found.number, found.currency) == (DocumentType.INVOICE, "INV-1", "CNY")
    assert (found.net_minor, found.tax_minor, found.payable_minor) == (10_000, 1_300, 11_300)
    assert str(found.seller.identifiers[0]) == f"USCC:{SELLER}"
    assert found.orders[0].number == "PO-1"
    assert (found.lines[0].order_line, str(found.lines[0].quantity), found.lines[0].unit) == ("1", "10", "KGM")
    assert found.source.path == "inv.xml"
    assert found.source.format == "UBL Invoice"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"payable": "113.01"}, "TotalsDoNotAddUp"),
        ({"net": "99.00"}, "TotalsDoNotAddUp"),
        ({"tax": "12.00"}, "TotalsDoNotAddUp"),
        ({"line_net": "1000.00"}, "TotalsDoNotAddUp"),
        ({"seller": None}, "PartyIdMissing"),
        ({"buyer": None}, "PartyIdMissing"),
        ({"seller": SELLER[:-1] + "I"}, "PartyIdInvalid"),
        ({"extra": "<cbc:InvoiceTypeCode>325</cbc:InvoiceTypeCode>"}, "ProformaInvoice"),
        ({"extra": "<cbc:InvoiceTypeCode>386</cbc:InvoiceTypeCode>"}, "Prepayment"),
        ({"extra": "<cbc:InvoiceTypeCode>393</cbc:InvoiceTypeCode>"}, "FactoredInvoice"),
        ({"extra": "<cbc:InvoiceTypeCode>384</cbc:InvoiceTypeCode>"}, "CorrectedInvoice"),
        ({"extra": "<cbc:DueDate>31.12.2026</cbc:DueDate>"}, "DateMalformed"),
        ({"extra": "<cbc:DueDate>2026-02-31</cbc:DueDate>"}, "DateMalformed"),
        ({"extra": "<cbc:DueDate>9999-12-31</cbc:DueDate>"}, "DateMalformed"),
        ({"extra": "<cbc:DueDate>2149-06-07</cbc:DueDate>"}, "DateMalformed"),
        ({"extra": "<cbc:DueDate>1969-12-31</cbc:DueDate>"}, "DateMalformed"),
        ({"payable": "-87.00", "monetary": '<cbc:PrepaidAmount currencyID="CNY">200.00</cbc:PrepaidAmount>'}, "AmountNegative"),
    ],
)  # fmt: skip
def test_what_is_unsound_is_read_but_backs_no_credit(changes, rule):
    outcome = read_file("a", ubl_invoice(**changes))
    assert outcome.read
    assert outcome.documents[0].broken_rules == (rule,)
    assert {finding.severity for finding in outcome.findings} == {Severity.BLOCKED}
    assert outcome.findings[0].documents


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": ""}, "NumberMissing"),
        ({"currency": None}, "CurrencyMissing"),
        ({"currency": "XYZ"}, "CurrencyUnknown"),
        ({"currency": "XAU"}, "CurrencyUnknown"),
        ({"payable": ""}, "AmountMissing"),
        ({"payable": "1,130.00"}, "AmountMalformed"),
        ({"payable": "1_130"}, "AmountMalformed"),
        ({"payable": "NaN"}, "AmountMalformed"),
        ({"payable": "113.001"}, "AmountNotRepresentable"),
        ({"payable": "1" + "0" * 20, "gross": "1" + "0" * 20}, "AmountTooLarge"),
        ({"payable": '113.00</cbc:PayableAmount><cbc:PayableAmount currencyID="CNY">5.00'}, "SchemaViolated"),
        ({"extra": "<cbc:ID>INV-2</cbc:ID>"}, "SchemaViolated"),
        ({"number": "1" * 201}, "NumberTooLong"),
    ],
)
def test_what_cannot_be_told_is_refused_by_rule(changes, rule):
    outcome = read_file("a", ubl_invoice(**changes))
    assert not outcome.read
    assert rule in rules(outcome)
    assert all(finding.path == "a" for finding in outcome.findings)


def test_everything_that_is_wrong_is_said_at_once():
    outcome = read_file("a", ubl("Invoice", ""))
    assert set(rules(outcome)) == {"NumberMissing", "PartyMissing", "CurrencyMissing", "AmountMissing"}
    assert rules(outcome).count("PartyMissing") == 2


def test_an_amount_in_another_currency_than_the_document_is_refused():
    content = ubl_invoice().replace(b'PayableAmount currencyID="CNY"', b'PayableAmount currencyID="EUR"')
    assert rules(read_file("a", content)) == ["CurrencyInconsistent"]


def test_currencies_without_and_with_three_decimals_are_exact():
    yen = read_file("a", ubl_invoice(net="100", tax="10", gross="110", payable="110", currency="JPY"))
    dinar = read_file("a", ubl_invoice(net="1.000", tax="0.101", gross="1.101", payable="1.101", currency="KWD"))
    assert (yen.documents[0].payable_minor, dinar.documents[0].payable_minor) == (110, 1101)
    assert "AmountNotRepresentable" in rules(read_file("a", ubl_invoice(payable="113.10", currency="JPY")))


@pytest.mark.parametrize(
    "content",
    [
        ubl_invoice(root="CreditNote"),
        ubl_invoice(extra="<cbc:InvoiceTypeCode>381</cbc:InvoiceTypeCode>"),
        ubl_invoice(net="-100.00", tax="-13.00", gross="-113.00", payable="-113.00"),
    ],
)
def test_a_credit_note_in_any_clothing_is_a_credit_note_of_a_positive_amount(content):
    (found,) = read_file("a", content).documents
    assert (found.type, found.payable_minor, found.net_minor) == (DocumentType.CREDIT_NOTE, 11_300, 10_000)


def test_an_unsupported_type_is_refused_with_a_true_reason():
    catalogue = read_file("a", ubl("Catalogue", "<cbc:ID>1</cbc:ID>"))
    waybill = read_file("a", ubl("Waybill", "<cbc:ID>1</cbc:ID>"))
    assert catalogue.refusals[0].text() == (
        "a UBL Catalogue is no document that moves goods or money between a seller and a buyer"
    )
    assert waybill.refusals[0].text() == "not supported yet: UBL Waybill"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"%PDF-1.7", "PdfUnreadable"),
        (b"date,payer,amount\n1,2,3\n", "FormatNotSupported"),
        (b"OFXHEADER:100\n<OFX>", "FormatNotSupported"),
        (b"<OFX><BANKMSGSRSV1>", "FormatNotSupported"),
        (b"UNA:+.? 'UNB+UNOC:3", "FormatNotSupported"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "HoldsNoDocument"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"/>', "FormatNotSupported"),
        (b"<foo/>", "FormatUnknown"),
        (b'{"a": 1}', "FormatUnknown"),
        (b"hello", "FormatUnknown"),
        (b"\x7fELF\0\0", "FormatUnknown"),
    ],
)
def test_the_format_is_told_by_the_content(content, rule):
    assert rules(read_file("invoice.xml", content)) == [rule]


# ------------------------------------------------------------------------------------------------------ containers


def test_documents_in_a_rule_test_set_are_counted_apart():
    inner = ubl_invoice().decode().split("\n", 1)[1]
    broken = ubl("Order", "").decode().split("\n", 1)[1]
    content = (
        '<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0"><assert/><test><assert/>'
        f"{inner}</test><test>{broken}</test></testSet>"
    )
    outcome = read_file("set.xml", content.encode())
    assert outcome.read
    assert outcome.container
    assert [(inside.member, inside.read) for inside in outcome.contents] == [
        ("test[1]/Invoice", True),
        ("test[2]/Order", False),
    ]
    assert outcome.documents[0].source.member == "test[1]/Invoice"
    assert {finding.member for finding in outcome.findings} == {"test[2]/Order"}


def test_members_of_an_archive_are_counted_apart():
    outcome = read_file("a.zip", archive({"b/1.xml": ubl_invoice(), "2.txt": b"hello", "3.xml": b"<broken", "4": b""}))
    assert outcome.read
    assert [(inside.member, inside.read) for inside in outcome.contents] == [
        ("b/1.xml", True), ("2.txt", False), ("3.xml", False), ("4", False),
    ]  # fmt: skip
    assert {finding.path for finding in outcome.findings} == {"a.zip"}
    assert (outcome.documents[0].source.path, outcome.documents[0].source.member) == ("a.zip", "b/1.xml")


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (archive({"a": b"0" * 3_000_000}), ReadingLimits()),
        (archive({str(n): b"1" for n in range(11)}), ReadingLimits(archive_members=10)),
        (archive({"a": os.urandom(2000)}), ReadingLimits(archive_bytes=1000)),
        (archive({"a": ubl_invoice()})[:-30], ReadingLimits()),
    ],
)
def test_an_archive_that_is_a_bomb_or_broken_is_refused(content, limits):
    assert rules(read_file("a.zip", content, limits)) == ["ArchiveUnsafe"]


def test_a_member_without_a_name_stops_nothing():
    outcome = read_file("b", archive({"NAME": ubl_invoice()}).replace(b"NAME", b"\0AME"))
    assert outcome.findings or outcome.documents


def test_an_archive_in_an_archive_and_a_large_member_are_refused_and_the_rest_is_read():
    inner = archive({"x": b"y"})
    outcome = read_file(
        "a.zip",
        archive({"1.zip": inner, "2.xml": os.urandom(5000), "3.xml": ubl_invoice()}),
        ReadingLimits(file_bytes=4500),
    )
    assert [inside.read for inside in outcome.contents] == [False, False, True] or rules(outcome) == ["FileTooLarge"]
    outcome = read_file("a.zip", archive({"1.zip": inner, "3.xml": ubl_invoice()}))
    assert [inside.read for inside in outcome.contents] == [False, True]
    assert rules(outcome) == ["ArchiveUnsafe"]


def test_a_member_that_lies_about_its_size_is_not_believed():
    content = bytearray(archive({"a": b"0" * 100_000}))
    for position in (content.index(b"PK\x03\x04") + 22, content.index(b"PK\x01\x02") + 24):
        content[position : position + 4] = (10).to_bytes(4, "little")
    outcome = read_file("a.zip", bytes(content))
    assert not any(inside.read for inside in outcome.contents)


def test_an_office_document_is_no_archive_of_documents():
    assert rules(read_file("a", archive({"[Content_Types].xml": b"<a/>"}))) == ["FormatNotSupported"]


# --------------------------------------------------------------------------------------------------------- folders


def test_files_found_are_files_read_and_refused_in_sorted_order(tmp_path):
    contents = {
        "b/2.xml": ubl_invoice("INV-2"), "b/1.xml": b"<x", "a.json": b"{}", "c.xml": ubl_invoice("INV-3"),
        "z.zip": archive({"i": ubl_invoice("Z")}),
    }  # fmt: skip
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    seen = []
    batch = read_documents([tmp_path], progress=lambda done, found: seen.append((done, found)))
    counts = batch.counts
    assert (counts.found, counts.read, counts.refused) == (7, 3, 4)
    assert counts.found == counts.read + counts.refused
    assert (counts.inside_found, counts.inside_read, counts.inside_refused) == (1, 1, 0)
    assert sum(counts.by_rule.values()) == counts.refused + counts.inside_refused
    assert counts.by_type == {"invoice": 3}
    assert [document.number for document in batch.documents] == ["INV-3", "Z", "INV-2"]
    assert seen[-1] == (7, 7)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no file here is longer than it says")
def test_a_file_that_is_longer_than_it_says_is_refused_not_cut_off():
    outcome = read_path("/proc/self/status")
    assert [finding.rule for finding in outcome.refusals] == ["FileUnreadable"]
    assert outcome.refusals[0].values["reason"] == "its size changed while it was read"


def test_a_file_named_twice_is_found_once_and_a_missing_one_is_an_error(tmp_path):
    (tmp_path / "a.xml").write_bytes(ubl_invoice())
    assert len(list(find_files([tmp_path, tmp_path / "a.xml"]))) == 1
    with pytest.raises(NotFound):
        read_documents([tmp_path / "b.xml"])


def test_several_processes_give_the_same_as_one(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.xml").write_bytes(ubl_invoice(f"INV-{number}") if number % 7 else b"<broken")
    assert read_documents([tmp_path], processes=2) == read_documents([tmp_path], processes=1)


@settings(max_examples=examples(25), deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [ubl_invoice(), b"", b"<a", b"{}", ubl("Catalogue", ""), archive({"a": b"", "b": ubl_invoice()})]
        )
    )
)
def test_counts_always_add_up(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("files")
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
    counts = read_documents([folder]).counts
    assert counts.found == len(contents) == counts.read + counts.refused
    assert counts.inside_found == counts.inside_read + counts.inside_refused


def test_the_buyer_is_who_the_customer_party_is():
    (found,) = read_file("a", ubl_invoice()).documents
    assert found.buyer is not None
    assert str(found.buyer.identifiers[0]) == f"USCC:{BUYER}"


def test_prefixes_may_be_of_any_letters():
    content = ubl_invoice().decode().replace("cac:", "组:").replace(":cac=", ":组=")
    (document,) = read_file("a", content.encode()).documents
    assert document.seller.name == "供方"


def test_json_lines_have_as_many_documents_as_any_file():
    line = json.dumps({"schema": "unknown"}).encode() + b"\n"
    limits = ReadingLimits(inside_documents=1, parts=4)
    assert len(read_file("a", line * 4, limits).contents) == 4
    assert rules(read_file("a", line * 5, limits)) == ["TooManyDocuments"]


def test_what_alone_holds_more_than_a_file_may_ends_the_reading_of_what_it_is_in(monkeypatch):
    """Else an archive of many such members, or a file of many such lines, is read in vain to its end."""
    line, limits, read = json.dumps({"schema": "unknown"}).encode() + b"\n", ReadingLimits(parts=4), []
    outcome = reading._outcome
    monkeypatch.setattr(reading, "_outcome", lambda *found: read.append(found) or outcome(*found))
    content = archive({str(number): line * 5 for number in range(20)})
    assert rules(read_file("z", content, limits)) == ["TooManyDocuments"]
    assert len(read) <= 2 * limits.parts
    together = replace(limits, parallel_from=2)
    assert read_file("z", content, together, processes=2) == read_file("z", content, limits)


def test_an_archive_read_by_processes_says_what_one_process_says(monkeypatch):
    """In the order of the archive, whatever is in it; what unpacks further takes of the archive's room in that order."""
    members = {f"{number:02}.xml": ubl_invoice(f"I-{number}") for number in range(40)}
    members |= {"a.pdf": pdf(("x.xml", b"<a")), "b.zip": archive({"i": b"1"}), "c": b"", "d.xml": b"<a", "e": b"{}"}
    content = archive(members | {f"{number}.xml": ubl_invoice(f"J-{number}") for number in range(40, 60)})
    monkeypatch.setattr(reading, "TASK_MEMBERS", 7)
    limits, submitted = ReadingLimits(parallel_from=2), []

    class Counted(reading.ProcessPoolExecutor):
        def submit(self, *task):
            submitted.append(task)
            return super().submit(*task)

    monkeypatch.setattr(reading, "ProcessPoolExecutor", Counted)
    assert read_file("z", content, limits, processes=2) == read_file("z", content, limits)
    assert len(submitted) == 6 + 1 + 3, "seven at a time before the PDF, what is between, and what is behind"
    few = replace(limits, archive_bytes=sum(map(len, members.values())) // 2)
    assert read_file("z", content, few, processes=2) == read_file("z", content, few)


def test_a_process_of_its_own_reads_the_same_and_is_ended_where_it_takes_too_much():
    (document,) = read_file("a.xml", ubl_invoice()).documents
    few, many = (b"\n".join([json.dumps(canonical.dump(document)).encode()] * count) for count in (3, 30_000))
    assert read_apart("a.jsonl", few, ReadingLimits()) == read_file("a.jsonl", few)
    for limits in (ReadingLimits(process_bytes=1 << 20), ReadingLimits(process_seconds=0)):
        assert rules(read_apart("a.jsonl", many, limits)) == ["FileTooCostly"]


def test_an_archive_is_read_to_its_end_when_a_process_is_killed(monkeypatch):
    content = archive({f"{number}.xml": ubl_invoice(f"I-{number}") for number in range(6)})

    class Broken(reading.ProcessPoolExecutor):
        def submit(self, *_):
            raise BrokenProcessPool

    alone = read_file("z", content)
    monkeypatch.setattr(reading, "ProcessPoolExecutor", Broken)
    assert read_file("z", content, ReadingLimits(parallel_from=2), processes=2) == alone
