"""National profiles of UBL whose totals are summed up in another order. Rules held here:

1. What adds up by the country's own rule is no finding, and what does not is one with both figures.
2. Naming a country is no way out: the payable amount is held against the lines everywhere.
"""

import pytest
from document_samples import ubl_invoice

from chain.documents.reading import read_file

COLOMBIA = "<cbc:ProfileID>DIAN 2.1</cbc:ProfileID>"
PERU = "<cbc:UBLVersionID>2.0</cbc:UBLVersionID>"


def contradictions(content: bytes) -> list[tuple[str, str]]:
    findings = read_file("a", content).findings
    return [(f.values["field"], f.values["source"]) for f in findings if f.rule == "TotalsDoNotAddUp"]


def colombian(taxed: str, gross: str = "113.00", payable: str = "113.00", monetary: str = "") -> bytes:
    content = ubl_invoice(extra=COLOMBIA, gross=gross, payable=payable, monetary=monetary).decode()
    return content.replace(
        'TaxExclusiveAmount currencyID="CNY">100.00', f'TaxExclusiveAmount currencyID="CNY">{taxed}'
    ).encode()


def peruvian(payable: str, code: str = PERU) -> bytes:
    monetary = '<cbc:AllowanceTotalAmount currencyID="CNY">30.00</cbc:AllowanceTotalAmount>'
    content = ubl_invoice(extra=code, payable=payable, monetary=monetary).decode()
    return content.replace("<Invoice ", '<Invoice xmlns:sac="urn:sunat:names:specification:ubl:peru:x" ').encode()


@pytest.mark.parametrize("taxed", ["100.00", "0.00", "187.50"])
def test_colombia_s_total_with_tax_is_lines_and_tax_whatever_was_taxed(taxed):
    assert contradictions(colombian(taxed)) == []
    (document,) = read_file("a", colombian(taxed)).documents
    assert (document.net_minor, document.tax_minor, document.payable_minor) == (10_000, 1_300, 11_300)


def test_colombia_takes_prepayment_off_last():
    prepaid = '<cbc:PrepaidAmount currencyID="CNY">13.00</cbc:PrepaidAmount>'
    assert contradictions(colombian("90.00", payable="100.00", monetary=prepaid)) == []
    assert contradictions(colombian("90.00", monetary=prepaid)) == [("PayableAmount", "DIAN FAU14")]
    assert contradictions(colombian("90.00", gross="103.00", payable="103.00")) == [
        ("TaxInclusiveAmount", "DIAN FAU06")
    ]


def test_peru_s_allowance_total_of_ubl_2_0_is_not_taken_off_again():
    assert contradictions(peruvian("113.00")) == []
    assert contradictions(peruvian("83.00")) == [("PayableAmount", "EN 16931 BR-CO-16")]
    assert contradictions(peruvian("113.00", code="")) != []


def test_what_comes_on_top_of_the_lines_in_colombia_is_part_of_the_net():
    charge = (
        '<cbc:AllowanceTotalAmount currencyID="CNY">2.00</cbc:AllowanceTotalAmount>'
        '<cbc:ChargeTotalAmount currencyID="CNY">7.00</cbc:ChargeTotalAmount>'
    )
    parts = "".join(
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{charge}</cbc:ChargeIndicator>"
        f'<cbc:Amount currencyID="CNY">{amount}</cbc:Amount></cac:AllowanceCharge>'
        for charge, amount in (("false", "2.00"), ("true", "7.00"))
    )
    content = ubl_invoice(extra=COLOMBIA + parts, payable="118.00", monetary=charge)
    assert contradictions(content) == []
    (document,) = read_file("a", content).documents
    assert (document.net_minor, document.tax_minor, document.payable_minor) == (10_500, 1_300, 11_800)
