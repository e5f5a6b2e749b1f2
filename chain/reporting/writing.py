"""Write the report: JSON for machines, and one HTML file that needs no script, no network and no server."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chain.documents.model import DocumentType, place_text
from chain.language import LANGUAGES, translate
from chain.money import Money, exponent
from chain.picture import Picture, draw
from chain.picture.drawing import compact_amount
from chain.picture.style import DARK, FONTS, LIGHT
from chain.reporting.model import CashEvent, CashKind, ExposureCell, ExposureKind, NoticeOrigin, Report, Said
from chain.reporting.timeline import banks_of, timeline
from chain.verification.report import figure_label

SHOWN_NOTICES = 30
"""So many findings stand on the page; the others unfold."""

BUCKETS = ("overdue", "0-30", "31-60", "61-90", "91-180", ">180")

#: Words that stand in the data as codes, as people say them.
WORDS = {
    "order": "orders",
    "despatch_advice": "despatch advices",
    "receipt_advice": "receipt advices",
    "order_response": "order responses",
    "logistics_event": "logistics events",
    "invoice_response": "invoice responses",
    "payment": "payments",
    "bill": "bills",
    "invoice": "invoices",
    "credit_note": "credit notes",
    "warehouse_receipt": "warehouse receipts",
    "assignment": "assignments",
    "refused": "refused",
    "blocked": "blocked",
    "flagged": "flagged",
    NoticeOrigin.DOCUMENTS.value: "documents",
    NoticeOrigin.GRAPH.value: "supply chain",
    NoticeOrigin.PLANNING.value: "plan",
    NoticeOrigin.LEDGER.value: "ledger",
    CashKind.FINANCED.value: "discounted",
    CashKind.REDEEMED.value: "redeemed",
    "overdue": "overdue",
    "minimum cut": "minimum cut",
    "integer programme": "integer programme",
    "bound": "bound",
}


def write_report(
    report: Report,
    picture: Picture | Mapping[str, Picture],
    folder: Path,
    name: str = "report",
    language: str = "en",
) -> tuple[Path, Path]:
    """Write ``name``.json and ``name``.html into ``folder``; returns both paths.

    The page holds both languages and opens in ``language``; ``picture`` is one for both, or one for each where reasons
    in it are translated. A world of several currencies writes one report for each,
    under different names. Each file appears whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    json_path, html_path = folder / f"{name}.json", folder / f"{name}.html"
    _write(json_path, report.model_dump_json(indent=2) + "\n")
    _write(html_path, render(report, picture, language))
    return json_path, html_path


def render(report: Report, picture: Picture | Mapping[str, Picture], language: str = "en") -> str:
    """The page as text."""
    pictures = picture if isinstance(picture, Mapping) else dict.fromkeys(LANGUAGES, picture)
    template = _environment().get_template("report.html")
    return template.render(
        report=report,
        language=language,
        pictures={each: Markup(draw(pictures[each], each)) for each in LANGUAGES},  # noqa: S704 - draw escapes every text
        timeline=Markup(timeline(report)),  # noqa: S704 - and so does this
        light=LIGHT,
        dark=DARK,
        fonts=Markup(FONTS),  # noqa: S704 - a constant
        discounted_minor=sum(
            event.face_minor or event.amount_minor for event in report.cash if event.kind is CashKind.FINANCED
        ),
        receivers=receivers(report.cash, banks_of(report)),
        exposure=exposure_table(report.exposure),
        buckets=_buckets(report.exposure),
        notices=sorted(
            report.notices,
            key=lambda notice: (SEVERITIES.index(notice.severity.value), notice.origin, notice.rule, notice.subject),
        ),
        notice_counts=[
            (severity, sum(1 for notice in report.notices if notice.severity.value == severity))
            for severity in SEVERITIES
        ],
        shown_notices=SHOWN_NOTICES,
        **_words(report),
    )


SEVERITIES = ("refused", "blocked", "flagged")


@dataclass(frozen=True, slots=True)
class Receiver:
    """What one party got in cash, and when."""

    payee: str
    tier: int | None
    first: date
    last: date
    financed_minor: int
    redeemed_minor: int
    cost_minor: int
    """What it gave up for being paid before maturity."""


def receivers(events: Iterable[CashEvent], banks: frozenset[str]) -> list[Receiver]:
    """One row a party, by tier and then by amount; a bank has no tier."""
    by_payee: dict[str, list[CashEvent]] = defaultdict(list)
    for event in events:
        by_payee[event.payee].append(event)
    rows = []
    for payee, own in by_payee.items():
        financed = [event for event in own if event.kind is CashKind.FINANCED]
        tiers = [event.tier for event in own if event.tier is not None and payee not in banks]
        rows.append(
            Receiver(
                payee=payee,
                tier=min(tiers) if tiers else None,
                first=min(event.day for event in own),
                last=max(event.day for event in own),
                financed_minor=sum(event.amount_minor for event in financed),
                redeemed_minor=sum(event.amount_minor for event in own if event.kind is CashKind.REDEEMED),
                cost_minor=sum((event.face_minor or event.amount_minor) - event.amount_minor for event in financed),
            )
        )
    return sorted(
        rows, key=lambda row: (row.tier is None, row.tier or 0, -row.financed_minor - row.redeemed_minor, row.payee)
    )


@dataclass(frozen=True, slots=True)
class ExposureTier:
    """One tier of a bank's exposure to an issuer: bucket → (contingent, funded)."""

    tier: int
    cells: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ExposureGroup:
    """A bank's exposure to one issuer."""

    bank: str
    issuer: str
    committed: int
    contingent: int
    funded: int
    tiers: tuple[ExposureTier, ...]


def exposure_table(cells: Iterable[ExposureCell]) -> list[ExposureGroup]:
    """The cells by bank and issuer, tiers in order."""
    groups: dict[tuple[str, str], list[ExposureCell]] = defaultdict(list)
    for cell in cells:
        groups[cell.bank, cell.issuer].append(cell)

    def total(own: list[ExposureCell], kind: ExposureKind) -> int:
        return sum(cell.minor for cell in own if cell.kind is kind)

    table = []
    for (bank, issuer), own in sorted(groups.items()):
        live = [cell for cell in own if cell.kind is not ExposureKind.COMMITTED]
        tiers = []
        for tier in sorted({cell.tier for cell in live}):
            here = [cell for cell in live if cell.tier == tier]
            split = {
                bucket: (
                    total([cell for cell in here if cell.bucket == bucket], ExposureKind.CONTINGENT),
                    total([cell for cell in here if cell.bucket == bucket], ExposureKind.FUNDED),
                )
                for bucket in {cell.bucket for cell in here}
            }
            tiers.append(ExposureTier(tier, split))
        committed, contingent, funded = (total(own, kind) for kind in ExposureKind)
        table.append(ExposureGroup(bank, issuer, committed, contingent, funded, tuple(tiers)))
    return table


def _buckets(cells: Iterable[ExposureCell]) -> list[str]:
    """Those that occur, by time to maturity; one that is not known comes last."""
    known = {bucket: index for index, bucket in enumerate(BUCKETS)}
    found = {cell.bucket for cell in cells if cell.kind is not ExposureKind.COMMITTED}
    return sorted(found, key=lambda bucket: (known.get(bucket, len(BUCKETS)), bucket))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("chain.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _words(report: Report) -> dict[str, Any]:
    """What the template says and counts with."""

    def both(template: str, **values: object) -> Markup:
        """The sentence in both languages; the page shows one of them."""
        return spoken(Said(**{each: translate(template, each).format(**values) for each in LANGUAGES}))

    def spoken(said: Said) -> Markup:
        if said.en == said.zh:
            return Markup("{}").format(said.en)
        return Markup('<span class="en" lang="en">{}</span><span class="zh" lang="zh-Hans">{}</span>').format(
            said.en, said.zh
        )

    def word(code: str) -> Markup:
        parts = [both(WORDS[part]) if part in WORDS else Markup("{}").format(part) for part in code.split(", ")]
        return Markup(", ").join(parts)

    def figure(name: str) -> Markup:
        return spoken(Said(**{each: figure_label(name, each) for each in LANGUAGES}))

    def place(written: str) -> Markup:
        return spoken(Said(**{each: place_text(written, each) for each in LANGUAGES}))

    def amount(minor: int) -> str:
        digits = exponent(report.currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(Money(minor, report.currency).decimal, format=pattern, locale="en_US")

    def short(minor: int) -> Markup:
        return spoken(Said(**{each: compact_amount(minor, report.currency, each) for each in LANGUAGES}))

    def number(value: int) -> str:
        return format_decimal(value, format="#,##0", locale="en_US")

    def name(identifier: str) -> str:
        return report.names.get(identifier) or identifier

    folder = _common_folder(notice.subject for notice in report.notices)

    def where(subject: str) -> str:
        """A file without the folder that goes without saying; a document with its issuer's name; an enterprise's name."""
        if subject.startswith("/"):
            return subject.removeprefix(folder)
        return ", ".join(_named(part, report.names) for part in subject.split(", "))

    def rule(name: str) -> Markup:
        chinese = translate(name, "zh")
        return spoken(Said(en=name, zh=name if chinese == name else f"{chinese} {name}"))

    return {
        "where": where,
        "rule": rule,
        "both": both,
        "spoken": spoken,
        "word": word,
        "figure": figure,
        "place": place,
        "amount": amount,
        "short": short,
        "number": number,
        "name": name,
    }


def _named(subject: str, names: Mapping[str, str]) -> str:
    """A document's key as its issuer and number; an enterprise, or a bank and its issuer, by name."""
    kind, _, rest = subject.partition("|")
    issuer, _, number = rest.partition("|")
    if number and kind in set(DocumentType):
        return f"{names.get(issuer, issuer)} · {number}"
    return " → ".join(names.get(part, part) for part in subject.split(" → "))


def _common_folder(subjects: Iterable[str]) -> str:
    """The folder, with its last slash, that all files among the subjects lie in: it goes without saying on the page."""
    folders = [subject.rpartition("/")[0] for subject in subjects if subject.startswith("/")]
    common = os.path.commonpath(folders) if folders else "/"
    return "" if common == "/" else f"{common}/"


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a reader never sees half a file."""
    partial = path.with_name(path.name + ".partial")
    # A name in the data may hold half a surrogate pair, which no file can.
    partial.write_text(text.encode("utf-8", "replace").decode(), encoding="utf-8", newline="\n")
    os.replace(partial, path)
