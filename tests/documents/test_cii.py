"""UN/CEFACT Cross Industry Invoice. Rules held here:

1. The same invoice in UBL and in CII is one document: same key, same digest.
2. EN 16931's totals rules hold, whatever the profile leaves out.
3. What the schema has once and decides what the invoice says may not stand twice.
"""

import re

import pytest
from document_samples import BUYER, OTHER, cii_day, cii_invoice, cii_party, ubl_invoice
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.identity import canonical_digest, document_key
from chain.documents.reading import read_file
from tests.effort import examples

AMOUNTS = st.integers(-10_000_000, 10_000_000).map(lambda minor: f"{minor / 100:.2f}")


def read(content: bytes):
    outcome = read_file("a.xml", content)
    (document,) = outcome.documents
    return document, [finding.rule for finding in outcome.findings]


def rules(content: bytes) -> list[str]:
    return [finding.rule for finding in read_file("a.xml", content).findings]


# ----------------------------------------------------------------------------------------------------- same as in UBL


@settings(max_examples=examples(60), deadline=None)
@given(
    number=st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True), net=AMOUNTS, tax=AMOUNTS, gross=AMOUNTS, payable=AMOUNTS
)
def test_the_same_invoice_in_ubl_and_cii_is_one_document(number, net, tax, gross, payable):
    facts = {"number": number, "net": net, "tax": tax, "gross": gross, "payable": payable}
    (one, found), (other, as_found) = read(ubl_invoice(**facts)), read(cii_invoice(**facts))
    assert document_key(one) == document_key(other)
    assert canonical_digest(one) == canonical_digest(other)
    assert found == as_found


@settings(max_examples=examples(120), deadline=None)
@given(st.data())
def test_a_damaged_invoice_is_read_or_refused_with_a_reason(data):
    content = bytearray(cii_invoice())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content))
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)


@pytest.mark.parametrize(
    ("xml", "identifier"),
    [
        ('<ram:GlobalID schemeID="0088">4000001123452</ram:GlobalID>', "ICD:0088:4000001123452"),
        (
            '<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>',
            "VAT:DE136695976",
        ),
        (
            '<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">201/113/40209</ram:ID></ram:SpecifiedTaxRegistration>',
            "TAX:DE-201/113/40209",
        ),
        (
            '<ram:URIUniversalCommunication><ram:URIID schemeID="0088">4000001123452</ram:URIID>'
            "</ram:URIUniversalCommunication>",
            "ICD:0088:4000001123452",
        ),
        (
            '<ram:SpecifiedLegalOrganization><ram:ID schemeID="0199">213800KUD8LAJWSQ9D15</ram:ID>'
            "</ram:SpecifiedLegalOrganization>",
            "LEI:213800KUD8LAJWSQ9D15",
        ),
    ],
)
def test_ids_have_the_schemes_that_they_have_in_ubl(xml, identifier):
    content = cii_invoice(seller=None).decode().replace("<ram:Name>供方</ram:Name>", f"<ram:Name>供方</ram:Name>{xml}")
    content = content.replace("<ram:CountryID>CN", "<ram:CountryID>DE", 1)
    document, _ = read(content.encode())
    assert list(map(str, document.seller.identifiers)) == [identifier]


def test_a_number_of_the_sender_s_own_list_tells_nobody_who_it_is():
    content = cii_invoice(seller=None).decode().replace("<ram:Name>供方", "<ram:ID>549910</ram:ID><ram:Name>供方", 1)
    assert rules(content.encode()) == ["PartyIdMissing"]


# ---------------------------------------------------------------------------------------------------------- the papers


def reference(element: str, number: str) -> str:
    day = cii_day("FormattedIssueDateTime", "20260401", "qdt")
    return f"<ram:{element}><ram:IssuerAssignedID>{number}</ram:IssuerAssignedID>{day}</ram:{element}>"


def test_papers_and_days_that_it_names_are_read():
    occurred = cii_day("OccurrenceDateTime", "20260503")
    document, found = read(
        cii_invoice(
            agreement=reference("BuyerOrderReferencedDocument", "PO-1"),
            delivery=f"<ram:ActualDeliverySupplyChainEvent>{occurred}</ram:ActualDeliverySupplyChainEvent>"
            + reference("DespatchAdviceReferencedDocument", "DN-1")
            + reference("ReceivingAdviceReferencedDocument", "RA-1"),
            settlement=reference("InvoiceReferencedDocument", "INV-0")
            + f"<ram:SpecifiedTradePaymentTerms>{cii_day('DueDateDateTime', '20260701')}</ram:SpecifiedTradePaymentTerms>",
        )
    )
    numbers = [
        [pointer.number for pointer in pointers]
        for pointers in (document.orders, document.despatches, document.receipts, document.invoices)
    ]
    assert (numbers, found) == ([["PO-1"], ["DN-1"], ["RA-1"], ["INV-0"]], [])
    days = (document.delivery_date, document.due_date, document.orders[0].issue_date)
    assert list(map(str, days)) == ["2026-05-03", "2026-07-01", "2026-04-01"]
    assert (document.lines[0].order_line, document.lines[0].unit) == ("1", "KGM")


def test_a_payee_who_is_not_the_seller_is_flagged():
    payee = cii_party("PayeeTradeParty", OTHER, "保理公司")
    assert rules(cii_invoice(settlement=payee)) == ["PayeeDiffers"]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"code": "325"}, "ProformaInvoice"),
        ({"code": "384"}, "CorrectedInvoice"),
        ({"code": "386"}, "Prepayment"),
        ({"code": "393"}, "FactoredInvoice"),
        ({"context": "<ram:TestIndicator><udt:Indicator>true</udt:Indicator></ram:TestIndicator>"}, "MarkedAsTest"),
    ],
)
def test_what_backs_no_credit_is_blocked(facts, rule):
    document, found = read(cii_invoice(**facts))
    assert found == [rule]
    assert document.broken_rules == (rule,)


@pytest.mark.parametrize("code", ["381", "261", "396"])
def test_a_code_that_takes_back_makes_a_credit_note(code):
    document, _ = read(cii_invoice(code=code))
    assert (document.type, document.payable_minor) == ("credit_note", 11_300)


# -------------------------------------------------------------------------------------------------------------- totals


def allowance(amount: str, charge: str) -> str:
    return (
        f"<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>{charge}</udt:Indicator>"
        f"</ram:ChargeIndicator><ram:ActualAmount>{amount}</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"
    )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"line_net": "99.99"}, "LineTotalAmount"),
        ({"gross": "113.01", "payable": "113.01"}, "GrandTotalAmount"),
        ({"payable": "113.01"}, "DuePayableAmount"),
        ({"monetary": "<ram:TotalPrepaidAmount>1</ram:TotalPrepaidAmount>"}, "DuePayableAmount"),
        ({"settlement": allowance("5.00", "false")}, "TaxBasisTotalAmount"),
        ({"settlement": allowance("5.00", "true")}, "TaxBasisTotalAmount"),
        (
            {
                "settlement": "<ram:ApplicableTradeTax><ram:CalculatedAmount>12</ram:CalculatedAmount>"
                "</ram:ApplicableTradeTax>"
            },
            "TaxTotalAmount",
        ),
    ],
)
def test_totals_that_contradict_their_parts_are_a_finding_with_both_figures(facts, field):
    outcome = read_file("a", cii_invoice(**facts))
    (finding,) = [f for f in outcome.findings if f.rule == "TotalsDoNotAddUp"]
    assert finding.values["field"] == field
    assert finding.values["written"] != finding.values["computed"]
    assert outcome.documents[0].broken_rules == ("TotalsDoNotAddUp",)


@pytest.mark.parametrize(("charge", "payable"), [("false", "95.00"), ("true", "105.00")])
def test_allowances_and_charges_count(charge, payable):
    content = cii_invoice(
        net="100.00", tax="0.00", gross=payable, payable=payable, settlement=allowance("5.00", charge)
    )
    content = content.replace(b"<ram:TaxBasisTotalAmount>100.00", f"<ram:TaxBasisTotalAmount>{payable}".encode())
    assert rules(content) == []


def minimum(payable: str) -> bytes:
    """The MINIMUM profile: no lines, and of the totals four."""
    content = cii_invoice(payable=payable).decode()
    content = re.sub(r"(?s)<ram:IncludedSupplyChain.*</ram:IncludedSupplyChainTradeLineItem>", "", content)
    return re.sub(r"(Summation>)<ram:LineTotalAmount>.*?</ram:LineTotalAmount>", r"\1", content).encode()


def test_the_minimum_profile_adds_up_without_lines_and_without_what_was_prepaid():
    assert rules(minimum("113.00")) == rules(minimum("13.00")) == []
    assert rules(minimum("113.01")) == ["TotalsDoNotAddUp"]


def test_a_line_that_groups_others_is_no_line():
    group = """<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>2</ram:LineID>
<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:LineTotalAmount>100.00</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"""
    document, found = read(cii_invoice(lines=group))
    assert (len(document.lines), found) == (1, [])


# ------------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"number": ""}, "NumberMissing"),
        ({"currency": None}, "CurrencyMissing"),
        ({"currency": "XYZ"}, "CurrencyUnknown"),
        ({"payable": None}, "AmountMissing"),
        ({"payable": "1,130.00"}, "AmountMalformed"),
        ({"payable": "113.001"}, "AmountNotRepresentable"),
        ({"payable": "113.00</ram:DuePayableAmount><ram:DuePayableAmount>5.00"}, "SchemaViolated"),
        ({"number": "INV-1</ram:ID><ram:ID>INV-2"}, "SchemaViolated"),
        ({"agreement": cii_party("BuyerTradeParty", BUYER, "购方")}, "SchemaViolated"),
        ({"code": "380</ram:TypeCode><ram:TypeCode>381"}, "SchemaViolated"),
        ({"payable": '113.00</ram:DuePayableAmount><ram:DuePayableAmount currencyID="EUR">1'}, "SchemaViolated"),
    ],
)
def test_what_cannot_be_told_is_refused_by_rule(facts, rule):
    assert not read_file("a", cii_invoice(**facts)).read
    assert rule in rules(cii_invoice(**facts))


def test_a_total_in_another_currency_is_refused():
    content = cii_invoice().replace(b"<ram:DuePayableAmount>", b'<ram:DuePayableAmount currencyID="EUR">')
    assert rules(content) == ["CurrencyInconsistent"]


def test_the_tax_total_may_be_said_again_in_the_tax_authority_s_currency():
    again = '<ram:TaxTotalAmount currencyID="EUR">1.70</ram:TaxTotalAmount>'
    document, found = read(cii_invoice(monetary=again))
    assert (document.tax_minor, found) == (1_300, [])


def test_elements_of_another_namespace_are_not_the_invoice_s():
    moved = cii_invoice().replace(b"BusinessInformationEntity:100", b"BusinessInformationEntity:99")
    assert not read_file("a", moved).read


# ----------------------------------------------------------------------------------------------------------- ZUGFeRD 1


def zugferd_1(payable: str | None = "113.00") -> bytes:
    """The same invoice under the names of ZUGFeRD 1."""
    text = cii_invoice(payable=payable).decode()
    for new, old in (
        ("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100", "urn:ferd:CrossIndustryDocument:invoice:1p0"),
        ("CrossIndustryInvoice", "CrossIndustryDocument"),
        ("Entity:100", "Entity:12"),
        ("DataType:100", "DataType:15"),
        ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("rsm:SupplyChainTrade", "rsm:SpecifiedSupplyChainTrade"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SettlementHeaderMonetary", "SettlementMonetary"),
        ("SettlementLineMonetary", "SettlementMonetary"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
    ):
        text = text.replace(new, old)
    return text.encode()


def test_zugferd_1_says_the_same_under_older_names():
    (one, found), (other, as_found) = read(cii_invoice()), read(zugferd_1())
    assert canonical_digest(one) == canonical_digest(other)
    assert found == as_found == []


def test_zugferd_1_may_leave_out_what_is_payable():
    document, found = read(zugferd_1(payable=None))
    assert (document.payable_minor, found) == (11_300, [])
