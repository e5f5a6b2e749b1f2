"""Values that no honest sender writes, all found by fuzzing (`tests/fuzzing`). Rules held here:

1. What the ledger cannot hold (64 bits, days, digits, long ids) is refused or blocked, in whatever format it comes.
2. Nothing that a file says stops the batch, fills the memory or is read as another figure.
"""

import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import msgspec
import pytest
from document_samples import (
    BUYER,
    KEEPER,
    SELLER,
    TODAY,
    cii_invoice,
    document,
    einvoice,
    epcis_document,
    epcis_event,
    lines,
    trade,
    ubl_invoice,
    warehouse_receipt,
)
from openpyxl import Workbook

from chain.documents import canonical, mapping
from chain.documents.directory import Directory
from chain.documents.lines import Lines
from chain.documents.matching import match
from chain.documents.model import MOST_IDENTIFIERS, DocumentLine, DocumentType
from chain.documents.reading import PACK, UNPACK, read_file
from chain.documents.rules import JsonMalformed
from chain.money import Money

LARGEST = 2**63 - 1


def rules(content: bytes, **more) -> list[str]:
    return [finding.rule for finding in read_file("a", content, **more).findings]


def written(base: dict, **changes) -> bytes:
    return json.dumps(base | changes).encode()


def invoice(**changes) -> bytes:
    return written(json.loads(msgspec.json.encode(canonical.dump(trade()["invoice"]))), **changes)


def who(code: str) -> dict:
    return {"name": "某公司", "identifiers": [{"scheme": "USCC", "value": code}]}


def bill(**changes) -> bytes:
    whole = {
        "schema": "pearlchain/bill/1", "number": "210229000001820260301000000017", "sub_range": "1-100",
        "issued": "2026-03-01", "due": "2026-08-28", "drawer": who(BUYER), "acceptor": who(BUYER), "payee": who(SELLER),
        "holder": who(SELLER),
    }  # fmt: skip
    return written(whole, **changes)


def receipt(**changes) -> bytes:
    lot = {"lot": "LOT-1", "quantity": "1", "unit": "KGM"}
    whole = {
        "schema": "pearlchain/warehouse-receipt/1", "number": "WR-1", "issued": "2026-03-02", "keeper": who(KEEPER),
        "owner": who(SELLER), "lots": [lot],
    }  # fmt: skip
    return written(whole, **changes)


# -------------------------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [{"number": "1", "net_minor": LARGEST + 1}]},
        {"lines": [{"number": "1", "tax_minor": -LARGEST - 1}]},
        {"orders": [{"number": "PO-1", "amount_minor": 10**30}]},
        {"sub_range": [1, 10**30]},
        {"net_minor": -LARGEST - 1},
    ],
)
def test_an_amount_that_64_bits_cannot_hold_is_refused_wherever_it_stands(changes):
    assert "AmountTooLarge" in rules(invoice(**changes))


def test_a_sum_that_64_bits_cannot_hold_is_refused():
    largest = "92233720368547758.07"
    tax = '<cac:TaxTotal><cbc:TaxAmount currencyID="CNY">92233720368547758.07</cbc:TaxAmount></cac:TaxTotal>'
    assert "AmountTooLarge" in rules(ubl_invoice(tax=largest, extra=tax))


def test_a_finding_about_amounts_of_any_size_goes_from_process_to_process():
    outcome = read_file("a", invoice(net_minor=-LARGEST, tax_minor=-LARGEST, payable_minor=0))
    assert [finding.rule for finding in outcome.findings] == ["TotalsDoNotAddUp"]
    assert outcome.findings[0].values["computed"] == Money(-2 * LARGEST, "CNY").written
    assert UNPACK(PACK(outcome)) == outcome


@pytest.mark.parametrize(
    "content",
    [
        ubl_invoice(payable='1<cbc:Note xmlns:cbc="x">13.00</cbc:Note>'),
        cii_invoice(payable="1<ram:Note>13.00</ram:Note>"),
        einvoice(total="1<Note>13.00</Note>"),
        einvoice(total="113.00<Note>1.00</Note>"),
    ],
)
def test_an_amount_in_pieces_is_none(content):
    assert "AmountMalformed" in rules(content)


# ----------------------------------------------------------------------------------------------------------------- days


@pytest.mark.parametrize("day", ["1969-12-31", "2149-06-07", "9999-12-31"])
@pytest.mark.parametrize(
    "write",
    [
        lambda day: invoice(orders=[{"number": "PO-1", "issue_date": day}]),
        lambda day: bill(issued="1970-01-01", due=day),
        lambda day: bill(invoices=[{"number": "I-1", "issue_date": day}]),
        lambda day: receipt(orders=[{"number": "PO-1", "issue_date": day}]),
    ],
)
def test_a_day_that_the_ledger_cannot_count_is_refused_as_json(write, day):
    assert "DateMalformed" in rules(write(day))


@pytest.mark.parametrize(
    ("time", "offset"),
    [
        ("0001-01-01T00:00:00Z", "+00:00"),
        ("9999-12-31T23:00:00Z", "-00:00"),
        ("9999-12-31T23:00:00Z", "+14:00"),
        ("1970-01-01T01:00:00Z", "-02:00"),
    ],
)
def test_an_event_on_no_day_of_the_ledger_backs_nothing(time, offset):
    outcome = read_file("a", epcis_document(epcis_event(eventTime=time, eventTimeZoneOffset=offset)))
    assert [finding.rule for finding in outcome.findings] == ["DateMalformed"]
    assert (outcome.documents[0].delivery_date, outcome.documents[0].broken_rules) == (None, ("DateMalformed",))


TABLE = mapping.load(b"""schema = "pearlchain/table-mapping/1"
[[documents]]
type = "invoice"
number = "No"
issue_date = "Date"
payable = "Sum"
currency = { value = "CNY" }
seller = { ids = [{ scheme = "USCC", value = { value = "91350100M000100Y43" } }] }
buyer = { ids = [{ scheme = "LEI", value = { value = "213800KUD8LAJWSQ9D15" } }] }
""")


def test_a_row_on_no_day_of_the_ledger_backs_nothing():
    outcome = read_file("a", b"No,Date,Sum\nI-1,9999-12-31,1.00\n", mapping=TABLE)
    assert [finding.rule for finding in outcome.findings] == ["DateMalformed"]
    assert outcome.documents[0].issue_date is None


@pytest.mark.parametrize(("day", "rule"), [(b"-1e12", "TableMalformed"), (b"NaN", "DateMalformed")])
def test_a_workbook_with_a_day_that_cannot_be_stops_nothing(day, rule, capfd):
    book, stream, packed = Workbook(), BytesIO(), BytesIO()
    for row in (["No", "Date", "Sum"], ["I-1", date(2026, 5, 1), 1]):
        book.active.append(row)
    book.save(stream)
    with zipfile.ZipFile(stream) as archive, zipfile.ZipFile(packed, "w") as target:
        for name in archive.namelist():
            target.writestr(name, re.sub(rb"<v>46143</v>", b"<v>" + day + b"</v>", archive.read(name)))
    assert rules(packed.getvalue(), mapping=TABLE) == [rule]


# ------------------------------------------------------------------------------------------------- numbers, ids, digits


@pytest.mark.parametrize("quantity", ["1E+999999999", "1E-999999999", "1" * 41])
def test_a_quantity_that_nobody_can_write_down_is_refused(quantity, tmp_path):
    content = invoice(lines=[{"number": "1", "quantity": quantity}])
    assert rules(content) == ["SchemaViolated"]
    (tmp_path / "lines").write_bytes(content)
    with pytest.raises(JsonMalformed):
        Lines(tmp_path / "lines").document(0)
    event = epcis_event(quantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.L-1", "quantity": quantity}])
    assert rules(epcis_document(event)) == ["QuantityMalformed"]


@pytest.mark.parametrize("amount", ["9" * 30 + ".001", "-" + "1" * 27 + ".005"])
def test_an_amount_of_a_line_that_is_too_long_to_be_rounded_is_refused(amount):
    assert {"AmountNotRepresentable", "AmountTooLarge"} & set(rules(ubl_invoice(line_net=amount)))
    assert not read_file("a", ubl_invoice(line_net=amount)).read


@pytest.mark.parametrize("asked", ["9" * 40, "1" + "0" * 39, "0." + "0" * 38 + "1"])
@pytest.mark.parametrize("received", ["9" * 40, "1", "0." + "0" * 38 + "1"])
def test_quantities_of_any_length_are_matched(asked, received):
    found = trade()
    found["invoice"] = replace(found["invoice"], lines=lines(asked, net=10_000))
    found["receipt"] = replace(found["receipt"], lines=lines(received))
    found["order"] = replace(found["order"], lines=lines(received, net=10_000))
    documents = list(found.values())
    matching = match(documents, Directory.from_documents(documents), {}, TODAY)
    assert all(finding.text("zh") for finding in matching.findings)
    assert (matching.receivables[0].evidence_minor < 11_300) == (Decimal(asked) > Decimal(received))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_long_quantity_keeps_all_of_its_digits(sign):
    digits = "1234567890.123456789012345678901234567"
    content = ubl_invoice(net=f"{sign}100.00", tax=f"{sign}13.00", gross=f"{sign}113.00", payable=f"{sign}113.00")
    (read,) = read_file(
        "a", content.replace(b">10</cbc:InvoicedQuantity", f">{digits}</cbc:InvoicedQuantity".encode())
    ).documents
    assert read.lines[0].quantity == Decimal(f"{sign}{digits}")


def test_a_number_larger_than_any_is_refused_as_json():
    assert rules(b'{"a": 1e99999999999999999999}') == ["JsonMalformed"]


@pytest.mark.parametrize(
    "content",
    [
        b'<: xmlns="x"/>',
        b'<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0"><test><a xmlns="relative"/></test></testSet>',
    ],
)
def test_a_name_of_xml_that_the_parser_alone_lets_pass_is_refused(content):
    assert rules(content) == ["FormatUnknown"]


def test_a_number_and_an_id_that_grow_in_one_writing_are_refused():
    grown = "ﷺ" * 100  # 18 letters each in compatibility form
    assert rules(ubl_invoice(number=grown)) == ["NumberTooLong"]
    assert "SchemaViolated" in rules(invoice(seller={"name": "A", "identifiers": [{"scheme": "TAX", "value": grown}]}))


@pytest.mark.parametrize("place", ["name", "number", "lots"])
def test_half_of_a_character_is_refused_and_stops_nothing(place):
    half = {"name": {"seller": {"name": "\ud800", "identifiers": who(SELLER)["identifiers"]}}, "number": {"number": "\ud800"},
            "lots": {"lots": ["\udfff"]}}[place]  # fmt: skip
    assert rules(invoice(**half)) == ["JsonMalformed"]
    assert rules(invoice(buyer={"name": "\U0001f4b0", "identifiers": who(BUYER)["identifiers"]})) == []


def test_a_party_of_more_ids_than_anybody_has_is_refused():
    many = [{"scheme": "TAX", "value": f"CN-{number:06}"} for number in range(MOST_IDENTIFIERS + 1)]
    assert "SchemaViolated" in rules(invoice(seller={"name": "A", "identifiers": many}))
    assert "SchemaViolated" not in rules(invoice(seller={"name": "A", "identifiers": many[1:]}))


def test_a_name_that_calls_itself_an_id_is_a_name():
    named = {"name": "Acme", "identifiers": [{"scheme": "NAME", "value": "Acme"}]}
    assert "PartyIdMissing" in rules(invoice(seller=named))


def test_documents_of_the_samples_are_not_refused_by_any_of_this():
    for one in (
        *trade().values(),
        warehouse_receipt(),
        document(DocumentType.BILL, "B", currency="CNY", payable_minor=1),
    ):
        assert rules(msgspec.json.encode(canonical.dump(one))) == []
    assert DocumentLine("1", quantity=Decimal("0" * 40)).quantity == 0
