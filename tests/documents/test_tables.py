"""CSV and XLSX with a mapping. Rules held here:

1. What the mapping says is what is read, the same from CSV and XLSX; rows of one number are its lines.
2. A formula is text; nothing is evaluated.
3. A ragged row, a missing column, a wrong encoding is a finding with its line.
4. Without a mapping a table is refused.
"""

import csv
import io
import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from chain.documents import mapping
from chain.documents.ledger import _decimal
from chain.documents.reading import read_documents, read_file
from tests.effort import examples

HEADER = ["No", "Date", "Supplier", "Code", "PO", "Text", "Net", "Tax"]
DATA = Path(__file__).parents[2].parent / "shared" / "data"
DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "documents.md").read_text()

MAPPING = """
schema = "pearlchain/table-mapping/1"
nothing = ["N/A"]
{more}
[[documents]]
type = "{type}"
number = "No"
issue_date = "Date"
currency = {{ value = "GBP" }}
orders = "PO"
seller = {{ name = "Supplier", ids = [{{ scheme = "TAX", value = "Code", prefix = "GB-A-" }}] }}
buyer = {{ name = {{ value = "Acme" }}, ids = [{{ scheme = "LEI", value = {{ value = "213800KUD8LAJWSQ9D15" }} }}] }}
lines = {{ description = "Text", net = "Net", tax = "Tax" }}
"""


def mapped(kind: str = "invoice", more: str = "") -> mapping.TableMapping:
    return mapping.load(MAPPING.format(type=kind, more=more).encode())


def row(
    number="I-1", day="2026-05-01", supplier="Müller", code="1234", po="PO-1", text="steel", net="100.00", tax="20.00"
):
    return [number, day, supplier, code, po, text, net, tax]


def as_csv(*rows: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([HEADER, *rows])
    return stream.getvalue().encode(encoding)


def as_xlsx(*rows: list, sheets: tuple[str, ...] = ("Ledger",)) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for one in [HEADER, *rows]:
            sheet.append(one)
    book.save(stream)
    return stream.getvalue()


def read(content: bytes, with_mapping: mapping.TableMapping | None = None):
    outcome = read_file("a", content, mapping=with_mapping or mapped())
    return outcome.documents, [(finding.rule, finding.place) for finding in outcome.findings]


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_no_part_of_the_first_columns_name(encoding):
    text = "\ufeff" + as_csv(row()).decode()
    marked = text[encoding == "utf-16" :].encode(encoding or "utf-8")
    (one,), findings = read(marked, mapped(more=f'encoding = "{encoding}"' if encoding else ""))
    assert (one.number, findings) == ("I-1", [])


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_rows_of_one_number_are_the_lines_of_one_document(write):
    rows = [row(), row("I-2", net="1,000.00", tax="N/A"), row(po="PO-2", text="coke", net="50.50", tax="0")]
    (one, other), findings = read(write(*rows))
    assert findings == []
    assert (one.type, one.number, one.currency, str(one.issue_date)) == ("invoice", "I-1", "GBP", "2026-05-01")
    assert (one.net_minor, one.tax_minor, one.payable_minor) == (150_50, 20_00, 170_50)
    assert [line.description for line in one.lines] == ["steel", "coke"]
    assert [order.number for order in one.orders] == ["PO-1", "PO-2"]
    assert (str(one.seller.identifiers[0]), one.seller.name, one.buyer.name) == ("TAX:GB-A-1234", "Müller", "Acme")
    assert (other.payable_minor, other.tax_minor) == (1_000_00, None)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 10**9)), min_size=1, max_size=12))
def test_every_row_counts_once_and_sums_are_exact(rows):
    written = [row(f"I-{number}", net=f"{minor / 100:.2f}", tax="") for number, minor in rows]
    documents, _ = read(as_csv(*written))
    expected = {f"I-{number}": sum(minor for other, minor in rows if other == number) for number, _ in rows}
    assert {one.number: one.payable_minor for one in documents} == expected


def test_numbers_and_days_of_a_workbook_are_read_as_they_are_shown():
    (one,), findings = read(as_xlsx(row(net=0.1 + 0.2, tax=18_300_000)))
    assert (one.net_minor, one.tax_minor, findings) == (30, 18_300_000_00, [])


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3"])
def test_a_formula_is_text_and_flagged(text):
    # A workbook would store the first as a formula of its own kind, see below.
    for write in (as_csv, as_xlsx) if text[0] != "=" else (as_csv,):
        (one,), findings = read(write(row(text=text)))
        assert one.lines[0].description == text
        assert findings == [("FormulaInCell", "line 2, Text")]
        assert one.broken_rules == ()


def test_a_formula_of_a_workbook_is_flagged_and_its_stored_value_taken():
    content = as_xlsx(row(net="=40+2"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb"<f>40\+2</f><v\s*/>|<f>40\+2</f><v></v>", b"<f>40+2</f><v>42</v>", parts[sheet])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    (one,), findings = read(stream.getvalue())
    assert (one.net_minor, findings) == (42_00, [("FormulaInCell", "line 2, Net")])


def test_what_a_formula_without_a_stored_value_says_is_not_known():
    (one,), findings = read(as_xlsx(row(tax="=G2*0.2")))
    assert (one.tax_minor, findings) == (None, [("FormulaWithoutValue", "line 2, Tax")])
    assert one.broken_rules == ("FormulaWithoutValue",)


def test_a_sheet_that_is_not_there_is_named():
    assert read(as_xlsx(row()), mapped(more='sheet = "2026"')) == ((), [("SheetMissing", None)])


def test_a_ragged_row_is_refused_by_itself_with_its_line():
    (one,), findings = read(as_csv(row(), row("I-2")[:-1], [*row("I-3"), "more"]))
    assert one.number == "I-1"
    assert findings == [("RowRagged", "line 3"), ("RowRagged", "line 4")]


@pytest.mark.parametrize(
    ("content", "rule", "place"),
    [
        (as_csv(row()).replace(b"Net", b"Nett"), "ColumnMissing", "line 1"),
        (as_csv(row()).replace(b"Net", b"Tax"), "ColumnMissing", "line 1"),
        (as_csv(row()).replace(b"Text", b"Net"), "ColumnMissing", "line 1"),
        (as_csv(row(), row("I-2"), encoding="latin-1"), "EncodingBroken", "line 2"),
        (as_csv(row()) + b'I-2,2026-05-01,"open', "TableMalformed", "line 3"),
        (as_csv(), "HoldsNoDocument", None),
        (as_xlsx(row(), sheets=("A", "B")), "SheetNotNamed", None),
        (as_xlsx(row())[:-30], "ArchiveUnsafe", None),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(content, rule, place):
    assert read(content) == ((), [(rule, place)])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (as_csv(row()) + b'I-2,2026-05-01,"open', "表格格式有误：引号未在其单元格末尾闭合"),
        (as_csv(row()) + b'I-2,"2026"-05-01', "表格格式有误：引号未在其单元格末尾闭合"),
        (as_csv(row(text="x" * 200_000)), "表格格式有误：单元格过长"),
        (as_csv(row(), encoding="latin-1"), "文本无法按 utf-8 解码：第 55 字节处不是该编码的字符"),
    ],
)
def test_why_a_table_cannot_be_read_is_said_in_the_readers_language(content, why):
    (finding,) = read_file("a", content, mapping=mapped()).findings
    assert finding.text("zh") == why


def test_a_column_that_stands_twice_is_not_guessed():
    twice = as_csv([*row(), "x"]).replace(b"Net,Tax", b"Net,Tax,Net")
    assert read(twice) == ((), [("ColumnAmbiguous", "line 1")])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": ""}, "NumberMissing"), ({"net": "ten"}, "AmountMalformed"), ({"net": "1,00"}, "AmountMalformed"),
        ({"supplier": "", "code": ""}, "PartyMissing"), ({"net": "", "tax": ""}, "AmountMissing"),
    ],
)  # fmt: skip
def test_a_row_that_says_too_little_is_refused(changes, rule):
    documents, findings = read(as_csv(row(**changes)))
    assert documents == ()
    assert [found for found, _ in findings] == [rule]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([row(), row(day="2026-05-02")], "CopiesContradict"), ([row(day="01.05.2026")], "DateMalformed"),
        ([row(code="")], "PartyIdMissing"), ([row(net="-100.00", tax="")], "AmountNegative"),
    ],
)  # fmt: skip
def test_rows_that_contradict_back_no_credit(rows, rule):
    (one,), _ = read(as_csv(*rows))
    assert one.broken_rules == (rule,)


def test_findings_write_amounts_as_ledgers_do():
    (finding,) = read_file("a", as_csv(row(net="-100.00", tax="")), mapping=mapped()).findings
    assert finding.values["amount"] == "-100.00 GBP"


def test_a_negative_payment_takes_one_back():
    (one,), findings = read(as_csv(row(net="(1,234.50)", tax="")), mapped("payment"))
    assert (one.type, one.reversal, one.payable_minor, findings) == ("payment", True, 1_234_50, [])


def test_delimiter_encoding_and_formats_are_the_mappings():
    more = 'encoding = "gb18030"\ndelimiter = ";"\ndates = ["%d.%m.%Y"]\ndecimal = ","\ngrouping = "."'
    content = as_csv(
        row(supplier="某公司", day="01.05.2026", net="1.234,50", tax=""), delimiter=";", encoding="gb18030"
    )
    (one,), findings = read(content, mapped(more=more))
    assert (one.seller.name, str(one.issue_date), one.net_minor, findings) == ("某公司", "2026-05-01", 1_234_50, [])


@given(st.integers(-(10**15), 10**15))
def test_a_grouped_number_is_the_number(minor):
    text = f"{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
    plain = text.replace(",", "")
    assert _decimal(text, mapped()) == plain
    assert (
        _decimal(f"({text})", mapped())
        == _decimal(f"{text}-", mapped())
        == _decimal(f"-{text}", mapped())
        == f"-{plain}"
    )


def test_without_a_mapping_a_table_is_refused():
    titled = b"Ledger of May\n\n" + as_csv(row(), delimiter=";")
    for content in (as_csv(row()), as_xlsx(row()), as_csv(row(), encoding="utf-16"), titled, b"no;net\nI-1;100\n"):
        (finding,) = read_file("a", content).refusals
        assert finding.rule == "FormatNotSupported"
        assert "--mapping" in finding.text()


def test_a_sheet_that_claims_to_be_endless_is_not_opened():
    content = as_xlsx(row())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'r="H2"', b'r="XFD1048576"')
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert [rule for rule, _ in read(stream.getvalue())[1]] == ["TableMalformed"]


@pytest.mark.parametrize(
    ("more", "english", "chinese"),
    [
        ('delimiter = ";;"', "/delimiter: its length should be at most 1", "/delimiter：长度应不大于 1"),
        ('encoding = "rot13"', "/encoding: no text encoding that is known", "/encoding：不是已知的文本编码"),
        ('dates = ["%m"]', "/dates: '%m' does not tell the day", "/dates：“%m”不能确定日期"),
        ('decimal = ","', "/: decimal and grouping are the same", "/：小数点与分组符相同"),
        ("sheet = 3", "/sheet: it should be text", "/sheet：应为文本"),
        ("x = 1", "/x: there is no such field", "/x：不允许有此字段"),
        ("[", "/: this is no TOML from line 4, column 2 on", "/：自第 4 行第 2 列起不是 TOML"),
    ],
)
def test_a_mapping_that_is_wrong_says_where_and_what_is_expected(more, english, chinese):
    with pytest.raises(mapping.MappingBroken) as refused:
        mapped(more=more)
    assert refused.value.sentence() == f"the mapping is not usable: {english}"
    assert refused.value.sentence("zh") == f"映射不可用：{chinese}"


@pytest.mark.parametrize(
    "dotted",
    [
        ".".join(["a"] * 32_000) + " = 1", " . ".join(["a"] * 16_000) + " = 1", "[" + ".".join(["a"] * 32_000) + "]",
        ".".join(['"\\""'] * 12_000) + " = 1", ".".join(["''"] * 20_000) + " = 1", "a = {" + ".".join(["a"] * 32_000) + " = 1}",
        "x = '''\n" + "a" * 9_000 + "'''\n" + ".".join(["a"] * 27_000) + " = 1",
    ],
)  # fmt: skip
def test_a_key_of_very_many_parts_is_refused_before_it_is_read(dotted, monkeypatch):
    """The library takes twenty seconds and gigabytes for one of 64 kB."""
    monkeypatch.setattr(mapping.tomllib, "loads", lambda text: pytest.fail("it was read"))
    with pytest.raises(mapping.MappingBroken, match="it is nested too deeply"):
        mapping.load(dotted.encode())


@pytest.mark.parametrize(
    "text", ["a" * 65_000, '"\\' * 32_000, '"' * 65_000, "a " * 32_000, ".".join(['"' + "x" * 81 + '"'] * 770) + " = 1"]
)
def test_whether_a_mapping_may_be_read_is_found_in_little_time(text):
    began = time.monotonic()
    with pytest.raises(mapping.MappingBroken):
        mapping.load(text.encode())
    assert time.monotonic() - began < 5


def test_dots_in_a_text_of_a_mapping_are_text():
    assert mapped(more='sheet = "1.2.3.4.5.6.7.8.9.10.11.12"').sheet == "1.2.3.4.5.6.7.8.9.10.11.12"


@pytest.mark.parametrize("kind", ['"bill"', '"invoce"', "3", "[]"])
def test_a_type_that_no_table_can_say_is_refused_with_those_that_one_can(kind):
    with pytest.raises(mapping.MappingBroken, match=f"/documents/0/type: it is none of {', '.join(mapping.TYPES)};"):
        mapping.load(
            f"""schema = "{mapping.SCHEMA}"
documents = [{{type = {kind}, number = "No", seller = {{}}, buyer = {{}}}}]""".encode()
        )


@pytest.mark.parametrize("cell", ["3", "[]", '["a", 3]', '{valu = "x"}', "{value = 3}"])
def test_a_cell_that_is_none_says_what_a_cell_may_be(cell):
    text = f"""schema = "{mapping.SCHEMA}"
documents = [{{type = "invoice", number = {cell}, seller = {{}}, buyer = {{}}}}]"""
    with pytest.raises(mapping.MappingBroken) as refused:
        mapping.load(text.encode())
    assert refused.value.values == {"field": "/documents/0/number", "reason": mapping.CELL}
    assert '{value = "…"}' in refused.value.sentence("zh")


def test_the_documented_mapping_is_one():
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENTATION, re.DOTALL)
    assert mapping.load(example.encode()).documents[0].type == "invoice"


#: Written once, since a workbook holds the time at which it was written.
WHOLE = [as_csv(row(), row("I-2")), as_xlsx(row())]


@settings(max_examples=examples(80), deadline=None)
@given(st.data())
def test_a_damaged_table_is_read_or_refused_with_a_reason(data):
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome = read_file("a", bytes(content), mapping=mapped())
    assert outcome.read != bool(outcome.refusals)
    assert all(finding.text("en") and finding.text("zh") for finding in outcome.findings)


PARTIES = """buyer = {{ name = {buyer}, ids = [{{ scheme = "TAX", value = {buyer}, prefix = "GB-" }}] }}
seller = {{ name = "{seller}", ids = [{{ scheme = "TAX", value = "{code}", prefix = "GB-" }}] }}"""

#: Spend ledgers as public bodies export them: number, day, amount, description, buyer, seller, the seller's code.
SPEND = {
    "london": ("Document No", "Clearing Date", "Amount", "Expenditure Account Code Description", '{ value = "GLA" }',
               "Vendor Name", "Vendor ID"),
    "tfl": ("Document Number", "Clearing Date", "Amount", "Expenditure Account", '"Entity"', "Vendor Name", "Vendor Name"),
    "cabinetoffice": ("Transaction number", "Date", "Amount", "Expense Type", '"Entity"', "Supplier", "Supplier"),
    "manchester": ("Transaction Number", "Invoice Payment Date", "Net Amount", "Expenses Type", '"Body Name"',
                   "Supplier Name", "Supplier Name"),
    "calderdale": ("Internal Ref Number", "Date", "Net Amount", "Expense Area", '"Organisation Name"',
                   "Supplier(Beneficiary) Name", "Supplier ID"),
}  # fmt: skip


def amounts_of(path: Path, column: str) -> int:
    total = 0
    with path.open(encoding="utf-8", newline="") as stream:
        for one in csv.DictReader(stream):
            text = one[column].replace(",", "")
            total += round(float(text.strip("()")) * 100) * (-1 if text.startswith("(") else 1)
    return total


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared sample data is not on this machine")
@pytest.mark.parametrize("folder", SPEND)
def test_real_spend_ledgers_are_payments_and_nothing_is_lost(folder):
    number, day, amount, text, buyer, seller, code = SPEND[folder]
    spend = mapping.load(
        f"""schema = "pearlchain/table-mapping/1"
nothing = ["N/A"]
[[documents]]
type = "payment"
number = "{number}"
issue_date = "{day}"
currency = {{ value = "GBP" }}
lines = {{ description = "{text}", net = "{amount}" }}
{PARTIES.format(buyer=buyer, seller=seller, code=code)}
""".encode()
    )
    for outcome in read_documents([DATA / "uk-public-spend" / folder], mapping=spend).outcomes:
        refused = [finding.rule for inside in outcome.contents if not inside.read for finding in inside.findings]
        assert (outcome.container, refused) == (True, []), outcome.path
        signed = sum((one.payable_minor or 0) * (-1 if one.reversal else 1) for one in outcome.documents)
        assert signed == amounts_of(Path(outcome.path), amount), outcome.path


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared sample data is not on this machine")
def test_one_real_table_holds_orders_and_receipts():
    """Of 6,885 order lines."""
    deliveries = mapping.load(
        b"""schema = "pearlchain/table-mapping/1"
dates = ["%d-%b-%y"]
nothing = ["Date Not Captured", "N/A - From RDC"]
[[documents]]
type = "order"
number = "PO / SO #"
issue_date = "PO Sent to Vendor Date"
currency = { value = "USD" }
seller = { name = "Vendor", ids = [{ scheme = "TAX", value = "Vendor", prefix = "US-SCMS-" }] }
buyer = { name = "Country", ids = [{ scheme = "TAX", value = "Country", prefix = "US-SCMS-" }] }
lines = { number = "ID", description = "Item Description", quantity = "Line Item Quantity", net = "Line Item Value" }
[[documents]]
type = "receipt_advice"
number = "ASN/DN #"
delivery_date = "Delivered to Client Date"
orders = "PO / SO #"
seller = { name = "Vendor", ids = [{ scheme = "TAX", value = "Vendor", prefix = "US-SCMS-" }] }
buyer = { name = "Country", ids = [{ scheme = "TAX", value = "Country", prefix = "US-SCMS-" }] }
lines = { number = "ID", quantity = "Line Item Quantity", order_line = "ID" }
"""
    )
    path = DATA / "scms-usaid" / "scms_delivery_history.csv"
    (outcome,) = read_documents([path], mapping=deliveries).outcomes
    orders = [one for one in outcome.documents if one.type == "order"]
    receipts = [one for one in outcome.documents if one.type == "receipt_advice"]
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(inside.read for inside in outcome.contents)
    assert sum(len(one.lines) for one in orders) == sum(len(one.lines) for one in receipts) == len(rows)
    assert {one.number for one in orders} == {one["PO / SO #"] for one in rows}
    assert sum(one.payable_minor or 0 for one in orders) == sum(
        round(float(one["Line Item Value"]) * 100) for one in rows
    )
