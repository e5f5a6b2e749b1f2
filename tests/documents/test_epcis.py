"""GS1 EPCIS events. Rules held here:

1. The same event in JSON and XML says the same; identifiers as URN and as Digital Link are one.
2. Each event of a document is a document of its own, with its own outcome.
3. An event that names no owner, or is declared wrong, backs no credit.
"""

import json
from dataclasses import replace

import pytest
import stdnum.ean
from document_samples import EPCIS_BUYER as BUYER
from document_samples import EPCIS_SELLER as SELLER
from document_samples import EPCIS_XML as XML
from document_samples import epcis_document as document
from document_samples import epcis_event as event
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents import gs1
from chain.documents.reading import read_file
from tests.effort import examples

DIGITS = st.text("0123456789", min_size=6, max_size=6)


def read(content: bytes):
    (outcome,) = read_file("a", content).contents
    return outcome.document, [finding.rule for finding in outcome.findings]


def test_an_event_in_a_list_in_a_list_is_one_event():
    inner = XML.partition("<EventList>")[2].rpartition("</EventList>")[0]
    nested = XML.replace(inner, "<EventList>" * 30 + inner + "</EventList>" * 30)
    assert [one.key for one in read_file("a", nested.encode()).contents] == [
        "logistics_event|ICD:0088:4012345000016|URNUUID1"
    ]


def test_an_event_says_who_what_when_and_why():
    found, rules = read(document(event()))
    assert rules == []
    assert (found.type, found.movement, found.number) == ("logistics_event", "shipped", "urn:uuid:1")
    assert str(found.seller.identifiers[0]) == "ICD:0088:4012345000016"
    assert str(found.buyer.identifiers[0]) == "ICD:0088:0614141007776"
    assert str(found.delivery_date) == "2026-03-02"  # by the clock of the place
    (line,) = found.lines
    assert (line.item, str(line.quantity), line.unit) == ("04012345123456", "12.5", "KGM")
    assert found.lots == (line.lot,) == ("(01)04012345123456(10)L-1",)
    assert [[one.number for one in references] for references in (found.orders, found.despatches, found.invoices)] == [
        ["PO-1"], ["DN-1"], ["INV-1"],
    ]  # fmt: skip


def test_the_same_event_in_xml_and_json_is_one_document():
    (in_json, _), (in_xml, _) = read(document(event())), read(XML.encode())
    assert replace(in_xml, source=in_json.source) == in_json


@pytest.mark.parametrize("kind", ["EPCISDocument", "EPCISQueryDocument"])
def test_each_event_is_a_document_with_its_own_outcome(kind):
    outcome = read_file("a", document(event(), event(eventID="urn:uuid:2"), event(eventTime=None), kind=kind))
    assert outcome.container
    assert [inside.read for inside in outcome.contents] == [True, True, False]
    assert len({inside.member for inside in outcome.contents}) == 3


def test_events_come_alone_too_and_line_by_line():
    assert read_file("a", json.dumps(event()).encode()).contents[0].read
    lines = b"\n".join(json.dumps(event(eventID=f"urn:uuid:{n}")).encode() for n in range(3))
    assert [inside.read for inside in read_file("a", lines).contents] == [True] * 3


def test_a_list_of_events_is_as_many_documents_each_with_its_own_outcome():
    listed = json.dumps([event(), event(eventID="urn:uuid:2"), event(eventTime=None), "no event"]).encode()
    outcome = read_file("a", listed)
    assert [(inside.member, inside.read) for inside in outcome.contents] == [
        ("/0", True), ("/1", True), ("/2", False), ("/3", False),
    ]  # fmt: skip
    assert [one.number for one in outcome.documents] == ["urn:uuid:1", "urn:uuid:2"]


@pytest.mark.parametrize(
    ("step", "movement"),
    [
        ("receiving", "received"), ("https://ref.gs1.org/cbv/BizStep-receiving", "received"), ("cbv:BizStep-storing", "stored"),
        ("urn:epcglobal:cbv:bizstep:picking", "released"), ("inspecting", "observed"), ("void_shipping", "observed"),
        ("https://else.example/shipping", "observed"), (None, "observed"),
    ],
)  # fmt: skip
def test_a_business_step_is_a_movement(step, movement):
    assert read(document(event(bizStep=step)))[0].movement == movement


def test_a_transformation_ends_its_input_lots():
    found, _ = read(
        document(
            event(
                type="TransformationEvent",
                quantityList=None,
                inputQuantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.RAW", "quantity": 3, "uom": "TNE"}],
                outputEPCList=["urn:epc:id:sgtin:4012345.077889.25", "urn:epc:id:sgtin:4012345.077889.26"],
            )
        )
    )
    assert found.movement == "transformed"
    assert found.consumed_lots == ("(01)04012345123456(10)RAW",)
    assert [(line.item, int(line.quantity), line.unit) for line in found.lines] == [("04012345778892", 2, "EA")]
    assert len(found.lots) == 2


def test_who_possesses_stored_goods_keeps_them():
    ends = [{"type": "owning_party", "destination": SELLER}, {"type": "possessing_party", "destination": BUYER}]
    found, rules = read(document(event(bizStep="storing", destinationList=ends)))
    assert str(found.keeper.identifiers[0]) == "ICD:0088:0614141007776"
    assert found.buyer is None
    assert rules == []


def test_without_an_owner_the_place_stands_in_and_backs_no_credit():
    found, rules = read(document(event(sourceList=None, destinationList=None)))
    assert rules == ["OwnerNotNamed"] == list(found.broken_rules)
    assert str(found.seller.identifiers[0]) == "ICD:0088:4012345000023"
    assert read(document(event(sourceList=None, destinationList=None, readPoint=None))) == (None, ["PartyMissing"])


def test_an_event_declared_wrong_backs_no_credit():
    assert read(document(event(errorDeclaration={"declarationTime": "2026-03-03T00:00:00Z"})))[1] == ["DeclaredWrong"]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "PartyEvent"}, {"eventTimeZoneOffset": "Beijing"}, {"quantityList": [{"quantity": 3}]},
        {"quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L", "quantity": "NaN"}]}, {"epcList": "urn:x"},
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_its_place(changes):
    outcome = read_file("a", document(event(**changes)))
    assert {finding.rule for finding in outcome.findings} == {"SchemaViolated"}
    assert all(finding.place for finding in outcome.findings)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (document(), "HoldsNoDocument"),
        (b'{"type": "EPCISDocument", "epcisBody": {"eventList": 3}}', "SchemaViolated"),
        (b'<e:EPCISMasterDataDocument xmlns:e="urn:epcglobal:epcis-masterdata:xsd:1"/>', "NoTradeDocument"),
    ],
)
def test_a_document_without_events_is_refused(content, rule):
    assert [finding.rule for finding in read_file("a", content).refusals] == [rule]


@given(DIGITS, DIGITS, st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True))
def test_a_lot_is_the_same_by_urn_and_by_digital_link(prefix, item, lot):
    stem = item[0] + prefix + item[1:] + "0"
    of_urn = gs1.goods(f"urn:epc:class:lgtin:{prefix}0.{item[0]}{item[1:]}.{lot}")
    digits = item[0] + prefix + "0" + item[1:]
    assert len(stem) == len(digits) == 13
    gtin = digits + stdnum.ean.calc_check_digit(digits)
    assert of_urn == gs1.goods(f"https://id.gs1.org/01/{gtin}/10/{lot}")
    assert of_urn.item == gtin


@given(st.text(max_size=60))
def test_any_text_is_an_identifier_or_none(text):
    for uri in (text, f"urn:epc:id:sgtin:{text}", f"https://id.gs1.org/01/{text}", f"urn:epc:id:sgln:{text}"):
        gs1.goods(uri)
        found = gs1.location(uri)
        assert found is None or stdnum.ean.is_valid(found.value)


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_a_damaged_document_is_read_or_refused_with_a_reason(data):
    content = bytearray(data.draw(st.sampled_from([XML.encode(), document(event(), event())])))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)
