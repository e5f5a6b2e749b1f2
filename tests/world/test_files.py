"""The files of a world: real formats, readable by the product's own readers, with exactly what was meant.

1. What is read equals what was meant, document by document; only planted damage is refused, and by the right rule.
2. UBL elements stand in the order of the schemas.
3. An e-invoice's amount in capital numerals follows the rules for payment instruments.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chain.documents.model import Finding, Severity, Source
from chain.documents.reading import Batch, read_documents
from chain.world.einvoice import amount_in_chinese
from chain.world.generator import make_world
from chain.world.model import Damage, FileFormat, Irregularity, World
from chain.world.writing import WRONG_BY, file_bytes, member_name, write_world

TODAY = date(2026, 11, 23)
NOT_COMPARED = {"source": Source(""), "broken_rules": ()}

#: Elements of OASIS UBL 2.1 in schema order, as far as the world uses them, by parent.
ORDER_OF_ELEMENTS = {
    "Invoice": "CustomizationID ProfileID ID IssueDate DueDate InvoiceTypeCode Note DocumentCurrencyCode OrderReference "
    "BillingReference DespatchDocumentReference ReceiptDocumentReference AccountingSupplierParty "
    "AccountingCustomerParty Delivery PaymentMeans PaymentTerms TaxTotal LegalMonetaryTotal InvoiceLine",
    "CreditNote": "CustomizationID ProfileID ID IssueDate CreditNoteTypeCode Note DocumentCurrencyCode OrderReference "
    "BillingReference DespatchDocumentReference ReceiptDocumentReference AccountingSupplierParty "
    "AccountingCustomerParty Delivery PaymentTerms TaxTotal LegalMonetaryTotal CreditNoteLine",
    "Order": "CustomizationID ProfileID ID IssueDate Note DocumentCurrencyCode BuyerCustomerParty SellerSupplierParty "
    "Delivery PaymentTerms TaxTotal AnticipatedMonetaryTotal OrderLine",
    "DespatchAdvice": "CustomizationID ProfileID ID IssueDate Note OrderReference DespatchSupplierParty "
    "DeliveryCustomerParty Shipment DespatchLine",
    "ReceiptAdvice": "CustomizationID ProfileID ID IssueDate Note OrderReference DespatchDocumentReference "
    "DeliveryCustomerParty DespatchSupplierParty Shipment ReceiptLine",
    "InvoiceLine": "ID InvoicedQuantity LineExtensionAmount OrderLineReference TaxTotal Item Price",
    "CreditNoteLine": "ID CreditedQuantity LineExtensionAmount OrderLineReference TaxTotal Item Price",
    "LineItem": "ID Quantity LineExtensionAmount TotalTaxAmount Price Item",
    "DespatchLine": "ID DeliveredQuantity OrderLineReference Item",
    "ReceiptLine": "ID ReceivedQuantity OrderLineReference Item",
    "Party": "EndpointID PartyIdentification PartyName PostalAddress PartyTaxScheme PartyLegalEntity",
    "PartyLegalEntity": "RegistrationName CompanyID",
    "Item": "Name SellersItemIdentification ClassifiedTaxCategory",
    "TaxTotal": "TaxAmount TaxSubtotal",
    "TaxSubtotal": "TaxableAmount TaxAmount TaxCategory",
    "LegalMonetaryTotal": "LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount PayableAmount",
    "AnticipatedMonetaryTotal": "LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount PayableAmount",
}


def read_back(world: World, folder: Path) -> Batch:
    write_world(world, folder)
    return read_documents([folder / batch.name for batch in world.batches], processes=1)


def findings_of(batch: Batch, folder: Path, path: str) -> list[Finding]:
    return [finding for finding in batch.findings if finding.path == str(folder / path)]


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_what_is_read_equals_what_was_meant(seed: int) -> None:
    world = make_world(seed, TODAY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = read_back(world, folder)
        damaged = {file.path: file.damage for file in world.files if file.damage}
        read = {(document.source.path, document.source.member): document for document in batch.documents}
        for file in world.files:
            where = (str(folder / (file.archive or file.path)), member_name(file) if file.archive else None)
            if file.damage in (Damage.TRUNCATED, Damage.UNKNOWN_CURRENCY):
                assert where not in read, f"seed {seed}: {file.path} is {file.damage} and was read"
                continue
            meant = replace(file.document, **NOT_COMPARED)
            if file.damage is Damage.WRONG_TOTAL:
                meant = replace(meant, payable_minor=(meant.payable_minor or 0) + WRONG_BY)
            assert replace(read.pop(where), **NOT_COMPARED) == meant, f"seed {seed}: {file.path}"
        assert not read, f"seed {seed}: read, but never meant"
        assert {finding.path for finding in batch.findings} == {str(folder / path) for path in damaged}
        assert batch.counts.found == len({file.archive or file.path for file in world.files})
        assert batch.counts.refused == 2
        for kind, rule, severity in (
            (Irregularity.TRUNCATED, "XmlMalformed", Severity.REFUSED),
            (Irregularity.UNKNOWN_CURRENCY, "CurrencyUnknown", Severity.REFUSED),
            (Irregularity.WRONG_TOTAL, "TotalsDoNotAddUp", Severity.BLOCKED),
        ):
            for planted in world.planted(kind):
                (finding,) = findings_of(batch, folder, planted.files[-1])
                assert (finding.rule, finding.severity) == (rule, severity), f"seed {seed}: {planted}"


def test_ubl_elements_stand_in_the_order_of_the_schemas() -> None:
    seen = set()
    worlds = [make_world(seed, TODAY) for seed in range(3)]
    for world, file in ((made, file) for made in worlds for file in made.files):
        if file.format is not FileFormat.UBL or file.damage is Damage.TRUNCATED:
            continue
        root = etree.fromstring(file_bytes(file, world))
        assert (
            etree.QName(root).namespace
            == f"urn:oasis:names:specification:ubl:schema:xsd:{etree.QName(root).localname}-2"
        )
        for parent in root.iter(etree.Element):
            name = etree.QName(parent).localname
            if name not in ORDER_OF_ELEMENTS:
                continue
            seen.add(name)
            order = ORDER_OF_ELEMENTS[name].split()
            places = [order.index(etree.QName(child).localname) for child in parent]
            assert all(earlier <= later for earlier, later in pairwise(places)), f"{file.path}: {name}"
    assert seen == set(ORDER_OF_ELEMENTS)


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "零圆整"),
        (5, "伍分"),
        (50, "伍角整"),
        (105, "壹圆零伍分"),
        (123456, "壹仟贰佰叁拾肆圆伍角陆分"),
        (10050000, "壹拾万零伍佰圆整"),
        (10000500000, "壹亿零伍仟圆整"),
        (2000300, "贰万零叁圆整"),
        (100100000000, "壹拾亿零壹佰万圆整"),
        (100000000000001, "壹万亿圆零壹分"),
    ],
)
def test_an_amount_in_capital_numerals(minor: int, words: str) -> None:
    assert amount_in_chinese(minor) == words
