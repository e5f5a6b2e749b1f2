"""数电票, warehouse receipts and canonical JSON. Rules held here:

1. What is written is what is read; a red-letter invoice is a credit note of the invoice that its remark names.
2. Totals that do not add up, and ids that fail their check, block; what is missing refuses, with its place.
3. The canonical form survives writing and reading, with the same digest.
"""

import json
from dataclasses import replace
from datetime import date

import pytest
from document_samples import (
    KEEPER,
    NUMBER,
    SELLER,
    cii_invoice,
    document,
    einvoice,
    trade,
    ubl_invoice,
    warehouse_receipt,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents import canonical
from chain.documents.identity import canonical_digest
from chain.documents.model import DocumentType
from chain.documents.reading import read_file
from tests.effort import examples

CNY = ' currencyID="CNY"'


def rules(outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings]


def test_a_chinese_invoice_is_read_with_what_its_remark_refers_to():
    remark = "订单号：PO-1；发货单号:DN-1；仓单号：WR-1\n交付日期：2026-05-03 到期日：2026-08-01"
    outcome = read_file("a", einvoice(remark=remark))
    (found,) = outcome.documents
    assert outcome.findings == ()
    assert (found.type, found.number, found.currency) == (DocumentType.INVOICE, NUMBER, "CNY")
    assert (found.net_minor, found.tax_minor, found.payable_minor) == (10_000, 1_300, 11_300)
    assert (found.issue_date, found.delivery_date, found.due_date) == (
        date(2026, 5, 1),
        date(2026, 5, 3),
        date(2026, 8, 1),
    )
    assert [reference.number for reference in found.orders + found.despatches + found.receipts] == [
        "PO-1",
        "DN-1",
        "WR-1",
    ]
    assert (found.lines[0].unit, found.lines[0].net_minor, found.lines[0].tax_minor) == ("吨", 10_000, 1_300)


@pytest.mark.parametrize("wording", ["被红冲蓝字数电发票号码：", "被红冲蓝字数电票号码:", "对应蓝字发票号码："])
def test_a_red_letter_invoice_is_a_credit_note_of_the_blue_one(wording):
    outcome = read_file(
        "a", einvoice("-100.00", "-13.00", "-113.00", "N", f"{wording}{NUMBER} 红字发票信息确认单编号：44")
    )
    (found,) = outcome.documents
    assert found.type is DocumentType.CREDIT_NOTE
    assert (found.payable_minor, found.tax_minor, found.lines[0].quantity) == (11_300, 1_300, -2)
    assert [reference.number for reference in found.invoices] == [NUMBER]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"total": "113.01"}, "TotalsDoNotAddUp"),
        (
            {"items": "<IssuItemInformation><Amount>1.00</Amount><ComTaxAm>13</ComTaxAm></IssuItemInformation>"},
            "TotalsDoNotAddUp",
        ),
        ({"seller": SELLER[:-1] + "#"}, "PartyIdInvalid"),
        ({"buyer": ""}, "PartyIdMissing"),
        ({"net": "-100.00", "tax": "-13.00", "total": "-113.00"}, "AmountNegative"),
    ],
)
def test_an_unsound_chinese_invoice_is_read_but_backs_no_credit(changes, rule):
    outcome = read_file("a", einvoice(**changes))
    assert outcome.documents[0].broken_rules == (rule,)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [({"number": ""}, "NumberMissing"), ({"total": ""}, "AmountMissing"), ({"total": "壹佰"}, "AmountMalformed")],
)
def test_a_chinese_invoice_that_says_too_little_is_refused(changes, rule):
    outcome = read_file("a", einvoice(**changes))
    assert not outcome.read
    assert rule in rules(outcome)


def test_tax_that_is_not_charged_and_rounding_of_lines_are_no_mismatch():
    exempt = "<IssuItemInformation><Amount>100.00</Amount><TaxRate>免税</TaxRate><ComTaxAm>***</ComTaxAm></IssuItemInformation>"
    assert rules(read_file("a", einvoice(tax="***", total="100.00", items=exempt))) == []
    lines = "".join(
        f"<ItemDetail><Amount>{amount}</Amount><TaxAm>4.333333</TaxAm></ItemDetail>"
        for amount in ("33.33", "33.33", "33.34")
    )
    assert rules(read_file("a", einvoice(items=f"<IssuItemInformation>{lines}</IssuItemInformation>"))) == []


# ------------------------------------------------------------------------------------------------ warehouse receipts


def receipt(**changes) -> dict:
    def who(usc: str) -> dict:
        return {"name": "某公司", "identifiers": [{"scheme": "USCC", "value": usc}]}

    content = {
        "schema": "pearlchain/warehouse-receipt/1", "number": "WR-1", "issued": "2026-05-02", "keeper": who(KEEPER),
        "owner": who(SELLER), "lots": [{"lot": "LOT-1", "quantity": "12.500", "unit": "TNE"}],
        "orders": [{"number": "PO-1"}],
    }  # fmt: skip
    return {name: value for name, value in (content | changes).items() if value is not None}


def read_json(content: object):
    return read_file("a.json", json.dumps(content).encode())


def test_a_warehouse_receipt_is_read():
    pledge = {"creditor": {"name": "某银行"}, "since": "2026-05-05"}
    (found,) = read_json(receipt(pledge=pledge, stored="2026-05-01")).documents
    assert (found.type, found.pledged, found.lots) == (DocumentType.WAREHOUSE_RECEIPT, True, ("LOT-1",))
    assert (found.delivery_date, found.buyer, str(found.lines[0].quantity)) == (date(2026, 5, 1), None, "12.5")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"number": None}, "/number"),
        ({"keeper": None}, "/keeper"),
        ({"lots": []}, "/lots"),
        ({"lots": [{"lot": "L", "quantity": "-1", "unit": "TNE"}]}, "/lots/0/quantity"),
        ({"lots": [{"lot": "L", "quantity": "NaN", "unit": "TNE"}]}, "/lots/0/quantity"),
        ({"issued": "yesterday"}, "/issued"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_a_warehouse_receipt_out_of_schema_is_refused_with_its_place(changes, place):
    outcome = read_json(receipt(**changes))
    assert {(finding.rule, finding.place) for finding in outcome.refusals} == {("SchemaViolated", place)}


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({"number": None}, "/number: it is missing", "/number：缺失"),
        ({"surprise": 1}, "/surprise: there is no such field", "/surprise：不允许有此字段"),
        ({"issued": "yesterday"}, "/issued: it should be a day, such as 2026-03-01", "/issued：应为日期，例如 2026-03-01"),
        ({"lots": []}, "/lots: its length should be at least 1", "/lots：长度应不小于 1"),
        ({"lots": {}}, "/lots: it should be a list", "/lots：应为列表"),
        ({"keeper": "K"}, "/keeper: it should be an object with fields", "/keeper：应为含字段的对象"),
        ({"lots": [{"lot": 3, "quantity": "1", "unit": "TNE"}]}, "/lots/0/lot: it should be text", "/lots/0/lot：应为文本"),
    ],
)  # fmt: skip
def test_what_a_schema_expects_is_said_in_the_readers_language_and_not_in_the_librarys(changes, english, chinese):
    (refusal,) = read_json(receipt(**changes)).refusals
    assert (refusal.text(), refusal.text("zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("currency", "written", "computed", "negative"),
    [("CNY", "114.00 CNY", "113.00 CNY", "-0.05 CNY"), ("JPY", "11400 JPY", "11300 JPY", "-5 JPY"),
     ("KWD", "11.400 KWD", "11.300 KWD", "-0.005 KWD")],
)  # fmt: skip
def test_amounts_of_the_canonical_form_are_said_as_papers_write_them(currency, written, computed, negative):
    invoice = canonical.dump(trade()["invoice"]) | {"currency": currency}
    (finding,) = read_json(invoice | {"payable_minor": 11_400}).findings
    assert finding.rule == "TotalsDoNotAddUp"
    assert (finding.values["written"], finding.values["computed"]) == (written, computed)
    (below,) = (one for one in read_json(invoice | {"payable_minor": -5}).findings if one.rule == "AmountNegative")
    assert below.values["amount"] == negative


def test_a_quantity_too_long_to_be_one_says_how_long_it_may_be():
    content = canonical.dump(trade()["receipt"])
    content["lines"][0]["quantity"] = "9" * 41
    (refusal,) = read_json(content).refusals
    assert refusal.text("zh") == "/lines/0：数量最多 40 位数字"


@pytest.mark.parametrize("name", ["issued", "stored"])
def test_a_warehouse_receipt_of_a_day_that_the_ledger_cannot_count_is_refused(name):
    (refusal,) = read_json(receipt(**{name: "1969-12-31"})).refusals
    assert (refusal.rule, refusal.place) == ("DateMalformed", f"/{name}")


def test_a_warehouse_receipt_of_a_keeper_without_id_backs_no_credit():
    (found,) = read_json(receipt(keeper={"name": "某仓库"})).documents
    assert found.broken_rules == ("PartyIdMissing",)


# ---------------------------------------------------------------------------------------------------- canonical JSON


@settings(max_examples=examples(40), deadline=None)
@given(
    st.sampled_from([*trade().values(), warehouse_receipt(), warehouse_receipt(pledged=True)]), st.integers(0, 10**15)
)
def test_the_canonical_form_survives_writing_and_reading(found, payable):
    if found.currency:
        found = replace(found, net_minor=payable, tax_minor=0, payable_minor=payable)
    outcome = read_json(canonical.dump(found))
    assert outcome.findings == ()
    assert canonical_digest(outcome.documents[0]) == canonical_digest(found)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"payable_minor": None}, "AmountMissing"),
        ({"payable_minor": 2**63}, "AmountTooLarge"),
        ({"delivery_date": "1969-12-31"}, "DateMalformed"),
        ({"issue_date": "9999-12-31"}, "DateMalformed"),
        ({"due_date": "2149-06-07"}, "DateMalformed"),
        ({"payable_minor": "1.5"}, "SchemaViolated"),
        ({"currency": None}, "CurrencyMissing"),
        ({"currency": "XYZ"}, "CurrencyUnknown"),
        ({"buyer": None}, "PartyMissing"),
        ({"type": "catalogue"}, "SchemaViolated"),
        ({"source": {}}, "SchemaViolated"),
    ],
)
def test_a_canonical_document_that_cannot_be_is_refused(changes, rule):
    content = {n: v for n, v in (canonical.dump(trade()["invoice"]) | changes).items() if v is not None}
    outcome = read_json(content)
    assert not outcome.read
    assert rules(outcome)[0] == rule


@pytest.mark.parametrize(("payable", "rule"), [(-1, "AmountNegative"), (11_301, "TotalsDoNotAddUp")])
def test_a_canonical_document_that_is_unsound_backs_no_credit(payable, rule):
    (found,) = read_json(canonical.dump(document(DocumentType.INVOICE, "1", payable_minor=payable))).documents
    assert found.broken_rules == (rule,)


@pytest.mark.parametrize(
    ("payable", "facts", "sound"),
    [
        (11_305, {"rounding_minor": 5}, True),
        (10_300, {"prepaid_minor": 1_000}, True),
        (12_297, {"prepaid_minor": -1_000, "rounding_minor": -3}, True),
        (11_300, {"prepaid_minor": 0}, True),
        (10_000, {}, True),  # nothing says why
        (11_304, {"rounding_minor": 5}, False),
        (11_300, {"prepaid_minor": 1_000}, False),
        (11_301, {"prepaid_minor": 0}, False),
    ],
)
def test_what_is_payable_is_net_and_tax_less_what_was_prepaid_and_rounded(payable, facts, sound):
    (found,) = read_json(canonical.dump(document(DocumentType.INVOICE, "1", payable_minor=payable, **facts))).documents
    assert found.broken_rules == (() if sound else ("TotalsDoNotAddUp",))


@pytest.mark.parametrize(
    "content",
    [
        ubl_invoice(payable="113.05", monetary=f"<cbc:PayableRoundingAmount{CNY}>0.05</cbc:PayableRoundingAmount>"),
        ubl_invoice(payable="126.00", monetary=f"<cbc:PrepaidAmount{CNY}>-13.00</cbc:PrepaidAmount>"),
        cii_invoice(
            payable="126.05",
            monetary="<ram:TotalPrepaidAmount>-13.00</ram:TotalPrepaidAmount><ram:RoundingAmount>0.05</ram:RoundingAmount>",
        ),
    ],
)
def test_an_invoice_above_its_total_survives_writing_and_reading_too(content):
    """Rounded up, or with an earlier debt that is asked for once more."""
    (found,) = read_file("a", content).documents
    assert found.broken_rules == ()
    assert canonical_digest(read_json(canonical.dump(found)).documents[0]) == canonical_digest(found)


def test_what_an_earlier_reader_found_broken_stays_broken():
    content = canonical.dump(document(DocumentType.INVOICE, "1", broken_rules=("FactoredInvoice",)))
    assert read_json(content).documents[0].broken_rules == ("FactoredInvoice",)
