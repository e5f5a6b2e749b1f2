"""The report's rules.

1. report.json has the fields that others read, exactly so named, and reads back as the same report.
2. report.html is one file: no script, nothing from outside; a name from a document is text, never markup.
3. Every English sentence of the page has its Chinese; both stand in the file, one is shown, and no script chooses.
4. Its tables add up to the report's figures.
5. It is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lxml import html

from chain.documents.model import Finding, Severity
from chain.language import translate
from chain.network import Role
from chain.picture import Flow, FlowKind, Node, Picture
from chain.reporting import Report, write_report
from chain.reporting.model import CashEvent, CashKind, ExposureCell, ExposureKind, Notice, NoticeOrigin, Said
from chain.reporting.timeline import timeline
from chain.reporting.writing import SHOWN_NOTICES, WORDS, exposure_table, receivers, render
from tests.effort import examples

HOSTILE = "</td><script src='http://evil.example/x.js'></script><img src=x onerror=alert(1)>\u202e{{ 7*7 }}"

PICTURE = Picture(
    currency="CNY",
    nodes=(
        Node(id="B", name="银行", role=Role.BANK),
        Node(id="C", name="核心", role=Role.CORE_ENTERPRISE, tier=0),
        Node(id="S", name="供应商", role=Role.SUPPLIER, tier=1, held_minor=60_000),
    ),
    flows=(
        Flow(source="B", target="C", kind=FlowKind.LINE, amount_minor=100_000, limit_minor=500_000),
        Flow(source="C", target="S", kind=FlowKind.ISSUED, amount_minor=100_000),
        Flow(source="S", target="B", kind=FlowKind.FINANCED, amount_minor=40_000),
    ),
)


def cash_event(payee: str = "S", kind: CashKind = CashKind.FINANCED, amount: int = 39_000, day: int = 1) -> CashEvent:
    return CashEvent(
        day=date(2026, 5, day),
        kind=kind,
        payer="B" if kind is CashKind.FINANCED else "C",
        payee=payee,
        amount_minor=amount,
        face_minor=amount + 1000 if kind is CashKind.FINANCED else None,
        issuer="C",
        tier=1,
        piece="2.1.1.1",
    )


def sample(**changes: object) -> Report:
    values: dict[str, object] = {
        "title": "Network",
        "day": date(2026, 11, 23),
        "currency": "CNY",
        "names": {"B": "银行", "C": "核心", "S": "供应商"},
        "documents": {"found": 12, "read": 10, "refused": 2, "by_type": {"invoice": 7, "warehouse_receipt": 3}},
        "enterprises": 3,
        "max_tier": 1,
        "plan": {
            "obligations": 1,
            "steps": 1,
            "flow_minor": 100_000,
            "optimal": True,
            "met_tier2_minor": 0,
            "proof": "minimum cut, bound",
        },
        "pieces": {"issued": 1, "transferred": 0, "financed": 1, "redeemed": 0, "rejected": 0, "live": 2},
        "face_minor": 100_000,
        "live_minor": 100_000,
        "redeemed_minor": 0,
        "voided_minor": 0,
        "written_off_minor": 0,
        "financed_minor": 40_000,
        "lines": [{"bank": "B", "issuer": "C", "limit": 500_000, "used": 100_000, "financed": 40_000}],
        "gas": {"issue": 103_000},
        "chain": {
            "endpoint": "http://127.0.0.1:8545",
            "chain_id": 31337,
            "ledger_address": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
            "last_block": 77,
        },
        "verify": {
            "ok": True,
            "checks": [
                {"name": "invariant_1", "title": {"en": "It holds", "zh": "成立"}, "ok": True, "figures": {"n": 3}}
            ],
        },
        "seconds": 1.25,
        "notices": [
            Notice(
                origin=NoticeOrigin.DOCUMENTS,
                rule="DocumentDuplicate",
                severity=Severity.REFUSED,
                subject="a.xml",
                text=Said(en="seen before", zh="重复"),
            )
        ],
        "cash": [cash_event(), cash_event("B", CashKind.REDEEMED, 50_000, 20)],
        "exposure": [
            ExposureCell(bank="B", issuer="C", kind=ExposureKind.COMMITTED, minor=400_000),
            ExposureCell(bank="B", issuer="C", kind=ExposureKind.FUNDED, tier=1, bucket="0-30", minor=40_000),
            ExposureCell(bank="B", issuer="C", kind=ExposureKind.CONTINGENT, tier=1, bucket="91-180", minor=60_000),
        ],
    }
    return Report.model_validate(values | changes)


def page(report: Report, language: str = "en") -> html.HtmlElement:
    return html.document_fromstring(render(report, PICTURE, language))


def words_of(element: html.HtmlElement, language: str) -> str:
    """The text as a reader of ``language`` sees it."""
    other = "zh" if language == "en" else "en"
    copy = html.fromstring(html.tostring(element))
    for hidden in copy.xpath(f"//*[contains(concat(' ', @class, ' '), ' {other} ')] | //style | //title"):
        tail = hidden.tail or ""
        previous, parent = hidden.getprevious(), hidden.getparent()
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(hidden)
    return re.sub(r"\s+", " ", copy.text_content())


def test_report_json_has_the_fields_that_others_read(tmp_path: Path) -> None:
    json_path, _ = write_report(sample(), PICTURE, tmp_path)
    written = json.loads(json_path.read_text(encoding="utf-8"))
    assert json_path.name == "report.json"
    wanted = {
        "documents": {"found", "read", "refused", "by_type"},
        "plan": {"obligations", "steps", "flow_minor", "optimal", "met_tier2_minor"},
        "pieces": {"issued", "transferred", "financed", "redeemed", "rejected", "live"},
        "gas": {"issue", "transfer_1", "transfer_5", "accept", "finance", "redeem_5"},
        "chain": {"endpoint", "chain_id", "ledger_address", "last_block"},
        "verify": {"ok", "checks"},
    }
    for part, fields in wanted.items():
        assert fields <= set(written[part]), part
    single = {"enterprises", "max_tier", "face_minor", "live_minor", "redeemed_minor", "voided_minor"}
    assert single | {"written_off_minor", "financed_minor", "lines", "seconds"} <= set(written)
    assert set(written["lines"][0]) == {"bank", "issuer", "limit", "used", "financed"}
    assert Report.model_validate(written) == sample()


def test_the_page_is_one_file_without_script_or_anything_from_outside(tmp_path: Path) -> None:
    _, html_path = write_report(sample(), PICTURE, tmp_path)
    text = html_path.read_text(encoding="utf-8")
    document = html.document_fromstring(text)
    assert document.xpath("//script | //link | //img | //iframe | //object | //embed | //a[@href]") == []
    for attribute in ("src", "href", "xlink:href", "action", "srcset", "data"):
        assert document.xpath(f"//@*[name()='{attribute}']") == [], attribute
    styles = " ".join(document.xpath("//style/text()"))
    assert "url(" not in styles
    assert "@import" not in styles
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
    assert addresses == {"http://www.w3.org/2000/svg", "http://127.0.0.1:8545"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]


@settings(max_examples=15, deadline=None)
@given(some.one_of(some.just(HOSTILE), some.text(max_size=30)))
def test_what_documents_say_is_text_and_never_markup(text: str) -> None:
    notice = Notice(
        origin=NoticeOrigin.GRAPH,
        rule=text,
        severity=Severity.FLAGGED,
        subject=text,
        text=Said(en=text, zh=text + "。"),
    )
    report = sample(title=text, names={"B": text, "C": text, "S": text}, notices=[notice], cash=[cash_event()])
    picture = PICTURE.model_copy(
        update={"nodes": tuple(node.model_copy(update={"name": text}) for node in PICTURE.nodes)}
    )
    hostile, harmless = (
        html.document_fromstring(render(each, drawn)) for each, drawn in ((report, picture), (sample(), PICTURE))
    )
    assert hostile.xpath("//script | //img | //@onerror") == []
    assert {element.tag for element in hostile.iter() if isinstance(element.tag, str)} <= {
        element.tag for element in harmless.iter() if isinstance(element.tag, str)
    }


def test_every_sentence_of_the_page_has_its_chinese() -> None:
    source = files("chain.reporting").joinpath("templates/report.html").read_text(encoding="utf-8")
    sentences = set(re.findall(r'both\("([^"]+)"', source)) | set(WORDS.values()) | {"Tier {tier}", "Banks"}
    assert len(sentences) > 80
    missing = [
        sentence for sentence in sorted(sentences) if not re.search(r"[\u4e00-\u9fff]", translate(sentence, "zh"))
    ]
    assert missing == []
    for sentence in sentences:
        assert sorted(re.findall(r"{\w*}", sentence)) == sorted(re.findall(r"{\w*}", translate(sentence, "zh")))
    # Nothing stands in the template outside of it.
    bare = re.sub(r"{%.*?%}|{{.*?}}|<style>.*?</style>|<[^>]*>", " ", source, flags=re.S)
    assert set(re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", bare)) == {"English", "中文"}


def test_the_reader_sees_one_language_and_can_switch_without_script() -> None:
    for language in ("en", "zh"):
        document = page(sample(), language)
        (chosen,) = document.xpath("//input[@type='radio' and @checked]")
        assert chosen.get("id") == f"language-{language}"
        assert {label.get("for") for label in document.xpath("//label")} == {"language-en", "language-zh"}
    english, chinese = (words_of(page(sample()).body, language) for language in ("en", "zh"))
    assert not re.search(
        r"[\u4e00-\u9fff]", english.replace("中文", "").replace("银行", "").replace("核心", "").replace("供应商", "")
    )
    left = re.sub(r"English|CNY|DocumentDuplicate|a\.xml|Network|Gas|report\.json|http://\S+|0x\w+|\bn\b", "", chinese)
    assert re.findall(r"[A-Za-z]{2,}", left) == []


def test_exposure_adds_up_to_the_banks_total() -> None:
    (group,) = exposure_table(sample().exposure)
    assert (group.committed, group.contingent, group.funded) == (400_000, 60_000, 40_000)
    assert [tier.cells for tier in group.tiers] == [{"0-30": (0, 40_000), "91-180": (60_000, 0)}]
    text = words_of(page(sample()).body, "en")
    for figure in ("4,000.00", "600.00", "400.00"):
        assert figure in text


@settings(max_examples=examples(30), deadline=None)
@given(
    some.lists(
        some.builds(
            cash_event,
            some.sampled_from(["S", "T", "B"]),
            some.sampled_from(CashKind),
            some.integers(0, 10**9),
            some.integers(1, 28),
        ),
        max_size=20,
    )
)
def test_cash_by_party_and_in_the_timeline_adds_up_to_all_payments(events: list[CashEvent]) -> None:
    rows = receivers(events, frozenset({"B"}))
    total = sum(event.amount_minor for event in events)
    assert sum(row.financed_minor + row.redeemed_minor for row in rows) == total
    assert all(row.tier is None for row in rows if row.payee == "B")
    drawn = timeline(sample(cash=events))
    assert sum(map(int, re.findall(r'data-amount="(\d+)"', drawn))) == total


def test_all_findings_are_on_the_page_also_those_that_unfold() -> None:
    finding = Finding(
        rule="CircularTrade",
        severity=Severity.BLOCKED,
        template="'{text}' is no plain decimal amount",
        values={"text": "1e5"},
        path="a.zip",
        member="b.xml",
        place="/Invoice",
        case="C5",
    )
    notices = [Notice.of_finding(finding, NoticeOrigin.GRAPH)] * (SHOWN_NOTICES + 7)
    document = page(sample(notices=notices))
    assert len(document.xpath("//table[contains(@class, 'notices')]/tbody/tr")) == SHOWN_NOTICES + 7
    (sample_row, *_) = document.xpath("//table[contains(@class, 'notices')]/tbody/tr")
    assert "'1e5' is no plain decimal amount" in words_of(sample_row, "en")
    assert "a.zip › b.xml" in sample_row.text_content()


def test_the_folder_that_all_files_share_goes_without_saying() -> None:
    files_of = ("/somewhere/documents/2026-06/a.xml", "/somewhere/documents/2026-10/b.xml")
    notices = [
        Notice(
            origin=NoticeOrigin.DOCUMENTS, rule="R", severity=Severity.REFUSED, subject=path, text=Said(en="e", zh="中")
        )
        for path in (*files_of, "1.2.1")
    ]
    shown = [cell.text for cell in page(sample(notices=notices)).xpath("//td[@class='where']")]
    assert sorted(shown) == ["1.2.1", "2026-06/a.xml", "2026-10/b.xml"]


def test_what_was_ever_discounted_stands_apart_from_what_banks_hold_now() -> None:
    report = sample(financed_minor=10_000, cash=[cash_event(amount=39_000), cash_event(amount=59_000)])
    (tile,) = page(report).xpath("//div[contains(@class, 'tile financed')]")
    assert words_of(tile, "en").strip() == "Discounted at banks1K1 pieces; banks hold 100.00 of it now"


def test_a_failed_check_is_said_at_the_top_and_names_its_difference() -> None:
    check = {
        "name": "chain_is_books",
        "title": {"en": "Chain is books", "zh": "链账一致"},
        "ok": False,
        "differences": [{"en": "piece 7.1.3.2: other owner", "zh": "凭证 7.1.3.2：持有人不同"}],
    }
    document = page(sample(verify={"ok": False, "checks": [check]}))
    assert document.xpath("//span[contains(@class, 'verdict')]/@class") == ["verdict bad"]
    assert "piece 7.1.3.2: other owner" in words_of(document.body, "en")


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CNY"])
def test_amounts_have_the_decimals_of_their_currency(currency: str) -> None:
    picture = PICTURE.model_copy(update={"currency": currency})
    text = render(sample(currency=currency, face_minor=1_234_567), picture)
    assert {"JPY": "1,234,567<", "KWD": "1,234.567<", "CNY": "12,345.67<"}[currency] in text


def test_a_report_without_cash_findings_or_exposure_is_still_a_page() -> None:
    document = page(sample(cash=[], notices=[], exposure=[], lines=[]))
    assert document.xpath("//h1")


def test_an_interrupted_write_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(sample(), PICTURE, tmp_path)
    before = (tmp_path / "report.json").read_text(encoding="utf-8")

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_report(sample(title="Other"), PICTURE, tmp_path)
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == before
