"""A sheet becomes three files that hold the same; nothing that somebody wrote runs, breaks a page or loses a digit."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.commands.report_columns import MOMENT
from chain.commands.reports import DEFINITIONS, Format, write
from chain.language import translate
from chain.reporting.sheet import Column, Digest, Kind, Moment, Sheet
from chain.reporting.sheet_csv import guarded, unguarded
from chain.reporting.sheet_pdf import MOST_LINES, MOST_ROWS

AT = Moment(4711, datetime(2026, 3, 31, 8, 0, 12, tzinfo=UTC), date(2026, 3, 31))
KINDS = (
    ("name", Kind.TEXT, "holder"), ("state", Kind.CODE, "state"), ("currency", Kind.TEXT, "currency"),
    ("amount_minor", Kind.MONEY, "amount"), ("maturity", Kind.DATE, "maturity"), ("made", Kind.TIME, "made at"),
    ("tier", Kind.INTEGER, "tier"), ("overdue", Kind.FLAG, "overdue"), ("invoice", Kind.KEY, "invoice"),
    ("proofs", Kind.KEYS, "documents"),
)  # fmt: skip
COLUMNS = tuple(
    Column(name, kind, heading=heading, value=lambda _: None, printed=True, totalled=kind is Kind.MONEY)
    for name, kind, heading in KINDS
)
ROW = (
    "海西精密制造", "held", "CNY", 123_456_789, date(2026, 9, 1), datetime(2026, 3, 1, 16, 30, tzinfo=UTC), 2, True,
    "invoice|USCC:1|INV7", ("order|USCC:1|O1", "receipt_advice|USCC:1|R1"),
)  # fmt: skip


def sheet(rows, columns=COLUMNS, totals_by=("currency",)):
    return Sheet("portfolio", "Portfolio", "海峡 Bank", AT, columns, totals_by, iter(rows))


def row(**changed):
    return tuple(changed.get(name, value) for (name, _, _), value in zip(KINDS, ROW, strict=True))


def content(rows, form, language="en"):
    written = write(sheet(rows), form, language)
    with written.file as file:
        data = file.read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (written.size, written.sha256)
    return data


def cells(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def text_of(data):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


# --- CSV -----------------------------------------------------------------------------------------------------------


def test_csv_has_each_amount_as_minor_units_and_as_a_decimal():
    headings, one = cells(content([ROW], Format.CSV))
    assert headings[:5] == ["Holder", "State", "Currency", "Amount (minor units)", "Amount"]
    assert one[:5] == ["海西精密制造", "held", "CNY", "123456789", "1234567.89"]
    assert one[5:9] == ["2026-09-01", "2026-03-01T16:30:00Z", "2", "yes"]
    assert one[9:] == ["invoice|USCC:1|INV7", "order|USCC:1|O1; receipt_advice|USCC:1|R1"]


@pytest.mark.parametrize(("currency", "decimal"), [("CNY", "-0.07"), ("JPY", "-7"), ("KWD", "-0.007"), ("#200", "-7")])
def test_decimals_are_those_of_the_currency(currency, decimal):
    _, one = cells(content([row(currency=currency, amount_minor=-7)], Format.CSV))
    assert one[3:5] == ["-7", decimal]
    assert decimal in text_of(content([row(currency=currency, amount_minor=-7)], Format.PDF))


def test_headings_and_words_of_csv_are_chinese_for_who_reads_chinese():
    data = content([ROW], Format.CSV, "zh")
    assert data.startswith(b"\xef\xbb\xbf")
    headings, one = cells(data)
    assert headings[:5] == ["持有人", "状态", "币种", "金额（最小单位）", "金额"]
    assert (one[1], one[8]) == ("持有", "是")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " \t", " =1", "＝1+1", "'=1", "''+1", "=LINK()"]
LOSSES = ["7.1", "7.10", "1.2.3", "007", "25117000000000000001", "1e5", "2026-03-31", "12/5", "1,5", "'007"]
HARMLESS = ["7.1.3.2", "INV-7", "O'Neil", "'t Hooft", "海西", "123456", "a=b", "USCC:91350100M000100Y43", ""]


@pytest.mark.parametrize("text", [*FORMULAS, *LOSSES])
def test_no_text_is_read_by_a_spreadsheet_as_a_formula_a_number_or_a_day(text):
    _, one = cells(content([row(name=text, proofs=(text,))], Format.CSV))
    assert one[0] == one[-1] == f"'{text}"
    assert unguarded(one[0]) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == unguarded(text) == text


@given(st.text(max_size=30) | st.text("'=+-@ \t0123456789.eE", max_size=6))
def test_every_text_comes_back_from_its_guarded_cell(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_csv_gives_back_what_was_written_whatever_stands_in_it(texts):
    _, *rows = cells(content([row(name=text) for text in texts], Format.CSV))
    assert [unguarded(one[0]) for one in rows] == texts


# --- Parquet -------------------------------------------------------------------------------------------------------


def test_parquet_gives_back_the_rows_with_their_types():
    rows = [ROW, tuple(None for _ in ROW), row(name="=1+1", amount_minor=2**63 - 1, proofs=())]
    frame = pl.read_parquet(io.BytesIO(content(rows, Format.PARQUET, "zh")))
    assert [tuple(tuple(v) if isinstance(v, list) else v for v in r) for r in frame.rows()] == rows
    assert dict(frame.schema) == {
        "name": pl.String, "state": pl.String, "currency": pl.String, "amount_minor": pl.Int64, "maturity": pl.Date,
        "made": pl.Datetime("us", "UTC"), "tier": pl.Int64, "overdue": pl.Boolean, "invoice": pl.String,
        "proofs": pl.List(pl.String),
    }  # fmt: skip


def test_parquet_says_of_itself_what_it_is_and_when_also_where_it_has_no_rows():
    told = pl.read_parquet_metadata(io.BytesIO(content([], Format.PARQUET)))
    assert told["report"] == "portfolio"
    assert (told["as_of_day"], told["as_of_block"], told["as_of_time"]) == (
        "2026-03-31",
        "4711",
        "2026-03-31T08:00:12Z",
    )
    assert told["data_sha256"] == hashlib.sha256(b"").hexdigest()


def test_the_hash_of_the_data_can_be_made_from_the_parquet_file():
    data = content([ROW, row(tier=None)], Format.PARQUET)
    lines = [
        json.dumps(
            [v if not isinstance(v, date) else v.isoformat().replace("+00:00", "Z") for v in one],
            ensure_ascii=False, separators=(",", ":"),
        )
        for one in pl.read_parquet(io.BytesIO(data)).rows()
    ]  # fmt: skip
    digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert pl.read_parquet_metadata(io.BytesIO(data))["data_sha256"] == digest
    assert digest in text_of(content([ROW, row(tier=None)], Format.PDF, "zh"))


def test_the_hash_is_of_the_moment_and_not_of_how_it_is_written():
    digests = []
    for zone in (UTC, timezone(timedelta(hours=8))):
        digest = Digest()
        list(digest.seen([(datetime(2026, 3, 1, 8, tzinfo=UTC).astimezone(zone),)]))
        digests.append(digest.text())
    assert digests[0] == digests[1]


# --- PDF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Portfolio", "海峡 Bank", "as of 2026-03-31: block 4711, 2026-03-31T08:00:12Z", "Holder", "held", "page 1 of 1"]),
        ("zh", ["凭证明细", "海峡 Bank", "区块 4711", "持有人", "持有", "第 1 页，共 1 页"]),
    ],
)  # fmt: skip
def test_paper_tells_in_both_languages_what_it_is_whose_and_when(language, words):
    text = text_of(content([ROW], Format.PDF, language))
    for word in [*words, "海西精密制造", "1,234,567.89", "2026-09-01", "2026-03-01 16:30Z", "INV7"]:
        assert word in text


def test_long_reports_are_printed_in_part_and_say_so_and_their_totals_are_of_all():
    many = MOST_ROWS + 123
    reader = pypdf.PdfReader(io.BytesIO(content([row(amount_minor=100, name="Crane Works")] * many, Format.PDF)))
    pages = [page.extract_text() for page in reader.pages]
    assert f"the first {MOST_ROWS} of {many} rows are printed" in pages[0]
    assert f"{many}.00" in pages[0]
    assert sum(page.count("Crane Works") for page in pages) == MOST_ROWS
    for number, page in enumerate(pages, start=1):
        assert f"page {number} of {len(pages)}" in page
        assert "Holder" in page  # headings stand on every page
        assert "SHA-256 of the data: " in page


def test_totals_are_for_each_currency_and_never_added_over_two():
    rows = [
        row(currency="CNY", amount_minor=100),
        row(currency="JPY", amount_minor=100),
        row(currency="CNY", amount_minor=1),
    ]
    text = text_of(content(rows, Format.PDF))
    assert "1.01" in text
    assert "201" not in text


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000, "海" * 20_000, "a b " * 5_000, "<b>&lt;</b> & <font name='x'>", "</para>", "\x00\x07\x1b", "Łódź Żywiec ğ",
     "e\u0301", "\U0001f600 \U00020000", "مرحبا", "\n\n\n", "%s {0} \\u0041", "\u202e\u200b"],
)  # fmt: skip
def test_whatever_somebody_wrote_fits_on_a_page(text):
    data = content([row(name=text, proofs=(text,) * 50)] * 3, Format.PDF, "zh")
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) <= 3
    assert content([row(name=text)], Format.CSV)


def test_figures_and_days_are_never_broken_over_two_lines():
    names = "Long Name of a Company of Many Words and Letters " * 3
    text = text_of(content([row(name=names, amount_minor=2**63 - 1, proofs=("k|" + "9" * 200,))], Format.PDF))
    for whole in ("92,233,720,368,547,758.07", "2026-09-01", "2026-03-01 16:30Z"):
        assert whole in text
    assert MOST_LINES > 1


@pytest.mark.parametrize("form", Format)
def test_the_same_data_gives_the_same_file(form):
    assert content([ROW] * 3, form) == content([ROW] * 3, form)


def test_reports_that_are_written_at_once_are_as_if_written_one_after_the_other():
    def one(number):
        return content(
            [row(name=f"海西 {number} Łódź", amount_minor=number)] * 40, Format.PDF, ("en", "zh")[number % 2]
        )

    expected = [one(number) for number in range(6)]
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(one, range(6))) == expected


# --- all of them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Format)
def test_a_hundred_thousand_rows_need_little_memory(form):
    count = 100_000
    rows = ((f"Enterprise {number}", "held", "CNY", number) for number in range(count))
    tracemalloc.start()
    try:
        written = write(sheet(rows, COLUMNS[:4]), form, "en")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with written.file as file:
        if form is Format.CSV:
            assert sum(1 for _ in file) == count + 1
        elif form is Format.PARQUET:
            frame = pl.read_parquet(file)
            assert (len(frame), frame["amount_minor"].sum()) == (count, count * (count - 1) // 2)
        else:
            assert f"of {count:,} rows are printed" in text_of(file.read())
    assert peak < 60_000_000


def test_every_word_of_a_report_has_its_chinese():
    for one in DEFINITIONS.values():
        words = {one.title, one.about}
        for column in (*one.columns, *MOMENT):
            words |= {column.heading, *column.words.values()} | ({column.unit} if column.unit else set())
        assert [word for word in sorted(words) if translate(word, "zh") == word] == []


def test_every_column_of_a_report_has_a_name_of_its_own_and_money_has_its_currency():
    for one in DEFINITIONS.values():
        names = [column.name for column in (*one.columns, *MOMENT)]
        assert len(names) == len(set(names))
        assert "currency" in names or not any(column.kind is Kind.MONEY for column in one.columns)
        assert set(one.totals_by) <= set(names)
