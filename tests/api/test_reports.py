"""Reports are what their reader may read anyway, as a file.

1. Nothing of another enterprise stands in anybody's report, whichever report and whichever format.
2. A report's rows are those of the reads that it is made of; all formats hold the same.
3. It says of itself when it is of; the exposure of the past is that of the exposure's read.
4. Prices stand only where the two sides of the sale read them.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from email.message import Message

import polars as pl
import pypdf
import pytest
from little_world import CURRENCY

from chain.cli import main
from chain.commands.duties import Duty
from chain.commands.keys import make_key
from chain.commands.reports import DEFINITIONS, Format, ReportName
from chain.commands.workspace import OPERATOR
from chain.reporting.sheet import Kind
from chain.reporting.sheet_csv import unguarded

#: Whom each may meet in answers; nobody else.
MAY_MEET = {
    "crane": {"crane", "gear", "bolt", "harbour"},
    "gear": {"gear", "crane", "bolt", "harbour"},
    "bolt": {"bolt", "gear", "crane", "harbour"},
    "harbour": {"harbour", "crane", "gear", "bolt"},
    "loom": {"loom", "yarn", "valley"},
    "yarn": {"yarn", "loom", "valley"},
    "valley": {"valley", "loom", "yarn"},
    "pump": {"pump", "crane"},
}
EVERYBODY = [*sorted(MAY_MEET), "regulator", OPERATOR]


@pytest.fixture(scope="module", autouse=True)
def story(service):
    """A piece given on and sold in one branch, one waiting for its answer in the other, and a finding."""
    for deal in ("crane-gear", "gear-bolt", "loom-yarn"):
        service.send_papers(deal)
    service.send("pump", [("files", ("torn.xml", b"<Invoice", "application/xml"))])
    maturity = (service.world.today + timedelta(days=90)).isoformat()

    def issue(issuer, deal, recipient, minor):
        line = service.get(issuer, "/v1/lines")[0]["id"]
        body = {"line": line, "maturity": maturity, "payments": [service.payment(deal, recipient, minor)]}
        return service.post(issuer, "/v1/vouchers", body)["vouchers"][0]

    issue("loom", "loom-yarn", "yarn", 10_000_00)
    held = issue("crane", "crane-gear", "gear", 50_000_00)
    service.post("gear", f"/v1/vouchers/{held}/accept", None)
    body = {"payments": [service.payment("gear-bolt", "bolt", 9_000_00)]}
    made = service.post("gear", f"/v1/vouchers/{held}/transfer", body)["vouchers"][0]
    service.post("bolt", f"/v1/vouchers/{made}/accept", None)
    quote = service.post("harbour", f"/v1/vouchers/{made}/quotes", {"registration_number": "0123-4567"})
    service.post("bolt", f"/v1/vouchers/{made}/finance", {"quote": quote["id"]})
    return made


def report(service, who, name, form, **params):
    answer = service.ask(who, "GET", f"/v1/reports/{name}", params={"format": form} | params)
    assert answer.status_code == 200, answer.text
    return answer


def csv_rows(answer):
    """Headings and rows, as a spreadsheet reads them."""
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def parquet(answer):
    return pl.read_parquet(io.BytesIO(answer.content))


def pdf_text(answer):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def told(answer, form):
    """Everything that a file tells, as one text, however it is packed."""
    match form:
        case Format.CSV:
            return answer.text
        case Format.PARQUET:
            metadata = pl.read_parquet_metadata(io.BytesIO(answer.content))
            return json.dumps([parquet(answer).to_dicts(), metadata], default=str, ensure_ascii=False)
        case _:
            # Lines of a cell are broken where the cell ends, so names are looked for without spaces.
            return pdf_text(answer).replace("\n", "").replace(" ", "")


# --- 1: nobody else's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", sorted(MAY_MEET))
@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("name", ReportName)
def test_no_report_in_any_format_names_another_branch(service, who, name, form):
    answer = report(service, who, name, form)
    text = told(answer, form)
    strangers = service.world.markers(*(set(service.world.firms) - MAY_MEET[who]))
    assert [marker for marker in strangers if marker in text or marker.replace(" ", "") in text] == []
    headers = str(answer.headers)
    assert [marker for marker in strangers if marker in headers] == []


@pytest.mark.parametrize("form", Format)
def test_who_reads_everything_finds_both_branches_in_every_format(service, form):
    for who in ("regulator", OPERATOR):
        text = told(report(service, who, "portfolio", form), form)
        for name in ("Crane Works", "Yarn Spinner", "Harbour Bank"):
            assert name in text or name.replace(" ", "") in text


@pytest.mark.parametrize("name", ReportName)
def test_a_report_needs_a_key(service, name):
    assert service.client.get(f"/v1/reports/{name}").status_code == 401
    assert service.client.get("/v1/reports").status_code == 401


def test_the_exposure_report_is_for_those_who_may_read_exposure(service):
    for duty, status in ((Duty.CHECKER, 403), (Duty.RISK, 200)):
        _, service.keys["one duty"] = make_key(service.workspace, service.world.id("harbour"), "one", [duty])
        for form in Format:
            params = {"format": form.value}
            answer = service.ask("one duty", "GET", "/v1/reports/exposure", params=params)
            assert answer.status_code == status
            assert service.ask("one duty", "GET", "/v1/reports/portfolio", params=params).status_code == 200


# --- 2: what the reads give ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_portfolio_is_the_list_of_vouchers(service, who):
    vouchers = service.get(who, "/v1/vouchers", params={"limit": 500})["items"]
    rows = parquet(report(service, who, "portfolio", "parquet")).to_dicts()
    assert [row["voucher"] for row in rows] == [voucher["id"] for voucher in vouchers]
    for row, voucher in zip(rows, vouchers, strict=True):
        assert row["holder_id"] == voucher["owner"]["id"]
        assert row["amount_minor"] == (voucher["amount"] and voucher["amount"]["minor"])
        assert row["price_minor"] == (voucher["price"] and voucher["price"]["minor"])
        assert (row["state"], row["document"]) == (voucher["state"], voucher["document"])
        assert row["maturity"].isoformat() == voucher["maturity"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_documents_and_findings_are_those_of_their_lists(service, who):
    listed = service.get(who, "/v1/documents", params={"limit": 500})["items"]
    rows = parquet(report(service, who, "documents", "parquet")).to_dicts()
    assert [row["document"] for row in rows] == [document["key"] for document in listed]
    assert [row["proven_minor"] for row in rows] == [d["backing"] and d["backing"]["proven"]["minor"] for d in listed]
    found = service.get(who, "/v1/findings", params={"limit": 500})["items"]
    rows = parquet(report(service, who, "findings", "parquet")).to_dicts()
    assert [(row["rule"], row["text"]) for row in rows] == [(one["rule"], one["text"]) for one in found]


@pytest.mark.parametrize("who", EVERYBODY)
def test_lines_are_those_of_their_list(service, who):
    lines = service.get(who, "/v1/lines")
    rows = parquet(report(service, who, "lines", "parquet")).to_dicts()
    assert [(r["line"], r["used_minor"], r["available_minor"]) for r in rows] == [
        (line["id"], line["used"]["minor"], line["available"]["minor"]) for line in lines
    ]
    assert [r["financed_minor"] for r in rows] == [line["financed"] and line["financed"]["minor"] for line in lines]


def test_what_falls_due_adds_up_to_what_is_live(service):
    (row,) = parquet(report(service, "gear", "maturities", "parquet")).to_dicts()
    assert (row["amount_minor"], row["receive_minor"], row["pay_minor"]) == (41_000_00, 41_000_00, 0)
    (row,) = parquet(report(service, "crane", "maturities", "parquet")).to_dicts()
    assert (row["amount_minor"], row["receive_minor"], row["pay_minor"]) == (50_000_00, 0, 50_000_00)
    assert row["maturity"] - row["as_of_day"] == timedelta(days=row["days"])
    (row,) = parquet(report(service, "yarn", "maturities", "parquet")).to_dicts()
    assert (row["amount_minor"], row["receive_minor"]) == (10_000_00, 0)  # it has not accepted yet


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", ReportName)
def test_csv_and_parquet_of_a_report_hold_the_same(service, who, name):
    headings, *rows = csv_rows(report(service, who, name, "csv"))
    frame = parquet(report(service, who, name, "parquet"))
    columns = service.get(who, "/v1/reports")
    listed = next(one for one in columns if one["name"] == name)["columns"]
    assert [column["name"] for column in listed] == frame.columns
    assert len(headings) == len(listed) + sum(column["type"] == Kind.MONEY for column in listed)
    assert len(rows) == len(frame)
    for row, typed in zip(rows, frame.iter_rows(named=True), strict=True):
        cells = iter(row)
        for column in listed:
            cell, value = next(cells), typed[column["name"]]
            if column["type"] == "money":
                decimal = next(cells)
                assert (value is None) == (cell == "") == (decimal == "")
                assert value is None or (int(cell) == value and decimal == f"{value / 100:.2f}")
            elif column["type"] in ("text", "key"):
                assert unguarded(cell) == (value or "")
            elif column["type"] in ("date", "integer"):
                assert cell == ("" if value is None else str(value))


# --- 3: when it is of ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["harbour", "valley", "regulator", "gear"])
def test_the_exposure_of_a_moment_is_that_of_the_read(service, who):
    last = service.get(who, "/v1/summary")["last_block"]
    for as_of in (str(last), str(last - 4), service.world.today.isoformat()):
        cells = service.get(who, "/v1/exposure", params={"as_of": as_of})
        rows = parquet(report(service, who, "exposure", "parquet", as_of=as_of)).to_dicts()
        assert [(r["bank_id"], r["kind"], r["tier"], r["bucket"] or "", r["amount_minor"]) for r in rows] == [
            (c["bank"]["id"], c["kind"], c["tier"], c["bucket"], c["amount"]["minor"]) for c in cells
        ]
        assert all(str(row["as_of_block"]) == as_of for row in rows if as_of.isdigit())
        assert all(row["as_of_day"].isoformat() == as_of for row in rows if not as_of.isdigit())


def test_the_exposure_of_now_is_that_of_the_read(service):
    cells = service.get("harbour", "/v1/exposure")
    rows = parquet(report(service, "harbour", "exposure", "parquet")).to_dicts()
    assert [row["amount_minor"] for row in rows] == [cell["amount"]["minor"] for cell in cells]
    assert sum(row["amount_minor"] for row in rows) > 0


@pytest.mark.parametrize("name", ReportName)
def test_every_report_says_when_it_is_of(service, name):
    summary = service.get("harbour", "/v1/summary")
    answer = report(service, "harbour", name, "parquet")
    metadata = pl.read_parquet_metadata(io.BytesIO(answer.content))
    assert int(metadata["as_of_block"]) >= summary["last_block"]
    assert date.fromisoformat(metadata["as_of_day"])
    assert f"block-{metadata['as_of_block']}" in answer.headers["content-disposition"]
    text = pdf_text(report(service, "harbour", name, "pdf"))
    assert "by the ledger's clock" in text
    assert "as of 20" in text


@pytest.mark.parametrize("name", [name for name in ReportName if not DEFINITIONS[name].past])
def test_a_report_of_now_alone_refuses_the_past(service, name):
    answer = service.ask("harbour", "GET", f"/v1/reports/{name}", params={"as_of": "1"})
    assert (answer.status_code, answer.json()["rule"]) == (422, "NoPastOfReport")
    assert DEFINITIONS[name].title in answer.json()["detail"]


@pytest.mark.parametrize("params", [{"as_of": "999999999"}, {"as_of": "1999-01-01"}])
def test_a_moment_that_the_books_do_not_reach_is_not_found(service, params):
    answer = service.ask("harbour", "GET", "/v1/reports/exposure", params=params)
    assert (answer.status_code, answer.json()["rule"]) == (404, "MomentUnknown")


@pytest.mark.parametrize(
    "path", ["/v1/reports/secrets", "/v1/reports/lines?format=docx", "/v1/reports/lines?language=fr"]
)
def test_what_is_no_report_is_refused(service, path):
    assert service.ask("harbour", "GET", path).status_code == 422


# --- 4: prices -----------------------------------------------------------------------------------------------------


def test_prices_stand_only_for_the_two_sides_of_the_sale(service, story):
    for who, side, shown in (
        ("bolt", "sold", True), ("harbour", "bought", True), ("crane", "between_others", False),
        ("regulator", "between_others", True),
    ):  # fmt: skip
        (row,) = parquet(report(service, who, "financings", "parquet")).to_dicts()
        assert (row["side"], row["face_minor"]) == (side, 9_000_00)
        assert (row["price_minor"] is not None) == (row["discount_minor"] is not None) == shown
        if shown:
            assert row["price_minor"] + row["discount_minor"] == row["face_minor"]
    for who in ("yarn", "pump", "loom"):
        assert parquet(report(service, who, "financings", "parquet")).is_empty()


# --- files, languages, hashes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("name", ReportName)
def test_an_empty_report_is_a_whole_file(service, name, form):
    answer = report(service, "seal", name, form)
    if form is Format.CSV:
        assert len(csv_rows(answer)) == 1
    elif form is Format.PARQUET:
        frame = parquet(answer)
        assert frame.is_empty()
        assert frame.width == len(DEFINITIONS[name].columns) + 3
    else:
        assert "nothing to report" in pdf_text(answer)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("name", ReportName)
def test_files_have_their_media_type_and_a_name_in_ascii_and_in_chinese(service, name, form):
    answer = report(service, "harbour", name, form, language="zh")
    assert answer.headers["content-type"] == form.media_type
    assert answer.headers["content-language"] == "zh"
    assert int(answer.headers["content-length"]) == len(answer.content)
    header = Message()
    header["content-disposition"] = answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].isascii()
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "filename*=UTF-8''%" in answer.headers["content-disposition"]
    assert header.get_filename().endswith(f".{form.value}")


def test_headings_and_words_are_in_the_language_that_is_asked_for(service):
    english = csv_rows(report(service, "gear", "portfolio", "csv"))
    chinese = csv_rows(report(service, "gear", "portfolio", "csv", language="zh"))
    by_header = service.ask("gear", "GET", "/v1/reports/portfolio", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert english[0][0] == "Voucher"
    assert "Amount (minor units)" in english[0]
    assert chinese[0][0] == "电子凭证"
    assert csv_rows(by_header) == chinese
    assert "held" in english[1]
    assert "持有" in chinese[1]
    text = pdf_text(report(service, "gear", "portfolio", "pdf", language="zh"))
    for word in ("凭证明细", "核心企业", "账本时间", "持有", "第 1 页"):
        assert word in text
    titles = {one["name"]: one["title"] for one in service.get("gear", "/v1/reports", params={"language": "zh"})}
    assert titles["exposure"] == "敞口"


def test_names_and_codes_of_parquet_are_the_same_in_every_language(service):
    answers = [report(service, "gear", "portfolio", "parquet", language=language) for language in ("en", "zh")]
    assert parquet(answers[0]).equals(parquet(answers[1]))


@pytest.mark.parametrize("form", Format)
def test_who_has_the_file_already_is_told_so(service, form):
    path, last = "/v1/reports/exposure", service.get("harbour", "/v1/summary")["last_block"]
    params = {"format": form.value, "as_of": str(last - 1)}
    etag = report(service, "harbour", "exposure", form, as_of=str(last - 1)).headers["etag"]
    headers = {"Authorization": f"Bearer {service.keys['harbour']}"}
    for tag, status in ((etag, 304), (f'"x", W/{etag}', 304), ("*", 304), ('"x"', 200)):
        answer = service.client.get(path, params=params, headers=headers | {"If-None-Match": tag})
        assert answer.status_code == status
        assert answer.headers["etag"] == etag
        assert (answer.content == b"") == (status == 304)
    assert "304" in service.openapi["paths"]["/v1/reports/{name}"]["get"]["responses"]
    valley = report(service, "valley", "exposure", form, as_of=str(last - 1))
    assert valley.headers["etag"] != etag


def test_the_paper_has_the_hash_of_the_data_that_the_parquet_file_has(service):
    last = service.get("harbour", "/v1/summary")["last_block"]
    machine = report(service, "harbour", "exposure", "parquet", as_of=str(last))
    paper = report(service, "harbour", "exposure", "pdf", as_of=str(last))
    digest = pl.read_parquet_metadata(io.BytesIO(machine.content))["data_sha256"]
    assert f"SHA-256 of the data: {digest}" in pdf_text(paper)


def test_paper_has_totals_for_each_currency(service):
    text = pdf_text(report(service, "crane", "lines", "pdf"))
    assert "200,000.00" in text
    assert "150,000.00" in text
    assert CURRENCY in text


# --- on the command line -------------------------------------------------------------------------------------------


def export(service, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["--home", str(service.workspace.settings.home), "--lang", "zh", "export", *arguments])
    return int(str(end.value.code))


@pytest.mark.parametrize("form", Format)
def test_the_command_line_writes_the_same_file(service, tmp_path, capsys, form):
    last = str(service.get("harbour", "/v1/summary")["last_block"])
    file = tmp_path / "exposure"
    arguments = ["exposure", "--format", form.value, "--as", "Harbour Bank", "--as-of", last, "--to", str(file)]
    assert export(service, *arguments) == 0
    served = report(service, "harbour", "exposure", form, as_of=last, language="zh")
    assert file.read_bytes() == served.content
    assert served.headers["etag"].strip('"') in capsys.readouterr().out.replace("\n", "")
    assert export(service, *arguments) == 1  # what is there already stays
    assert "[SystemRefused]" in capsys.readouterr().err
    assert file.read_bytes() == served.content


def test_the_command_line_names_the_file_after_the_report_and_its_moment(service, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export(service, "portfolio", "--as", service.world.id("yarn")) == 0
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("凭证明细-20")
    assert file.name.endswith(".csv")
    assert not any(marker in file.read_text() for marker in service.world.markers("crane", "gear", "harbour"))
    assert export(service, "secrets") == 2
    assert export(service, "lines", "--format", "docx") == 2
    assert export(service, "lines", "--as", "Nobody") == 1
    capsys.readouterr()
