"""Who got cash when, at a glance: time from left to right, a row a tier, a bubble's area the cash of its days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import sqrt
from xml.sax.saxutils import escape

from chain.language import LANGUAGES, translate
from chain.money import Money
from chain.picture.drawing import compact_amount
from chain.reporting.model import CashEvent, CashKind, Report

WIDTH, ROW, LEFT, RIGHT, TOP = 1400, 58, 150, 40, 14
SLOTS = 48
"""The time is cut into so many stretches at most; what falls into one is one bubble."""
LARGEST, SMALLEST = 25.0, 2.5
LABEL = 44.0
"""Room that an amount needs."""
MONTH = 60.0
"""Room that the name of a month needs."""

BANKS = 1000
"""The row below all tiers: banks that were paid at maturity for what they had bought."""


def banks_of(report: Report) -> frozenset[str]:
    """Who is a bank, as far as the report tells: it grants a line or buys pieces."""
    buyers = {event.payer for event in report.cash if event.kind is CashKind.FINANCED}
    return frozenset(buyers | {line.bank for line in report.lines})


def timeline(report: Report) -> str:
    """An SVG with both languages inside (classes ``en`` and ``zh``); empty without cash."""
    if not report.cash:
        return ""
    first, last = min(event.day for event in report.cash), max(event.day for event in report.cash)
    step = max(1, -(-((last - first).days + 1) // SLOTS))
    banks = banks_of(report)
    row_of = {id(event): BANKS if event.payee in banks or event.tier is None else event.tier for event in report.cash}
    bubbles: dict[tuple[int, int, CashKind], list[CashEvent]] = defaultdict(list)
    tiers = sorted(set(row_of.values()))
    for event in report.cash:
        bubbles[tiers.index(row_of[id(event)]), (event.day - first).days // step, event.kind].append(event)
    sums = {key: sum(event.amount_minor for event in events) for key, events in bubbles.items()}
    largest = max(sums.values()) or 1
    height = TOP + ROW * len(tiers) + 30
    slots = (last - first).days // step + 1
    width = (WIDTH - LEFT - RIGHT) / max(slots, 1)

    def centre(slot: int) -> float:
        return LEFT + width * (slot + 0.5)

    parts = [f'<svg class="timeline" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="group">']
    for row, tier in enumerate(tiers):
        y = TOP + ROW * row + ROW / 2
        parts.append(f'<path class="grid" d="M{LEFT} {y:g}H{WIDTH - RIGHT}"/>')
        parts.append(_both("Tier {tier}" if tier < BANKS else "Banks", 12, y + 4, "label", tier=tier))
    parts.extend(_months(first, last, step, width, height))
    labelled: dict[int, list[float]] = defaultdict(list)
    # Large bubbles first, so that small ones lie on top, and their labels, so that no label meets another.
    for (row, slot, kind), events in sorted(bubbles.items(), key=lambda entry: (-sums[entry[0]], entry[0])):
        total = sums[row, slot, kind]
        radius = max(SMALLEST, LARGEST * sqrt(total / largest))
        x, y = centre(slot), TOP + ROW * row + ROW / 2
        parts.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:g}" r="{radius:.2f}" data-amount="{total}">'
            f"<title>{escape(_title(events, total, report))}</title></circle>"
        )
        if radius > 18 and all(abs(x - other) > LABEL for other in labelled[row]):
            labelled[row].append(x)
            for language in LANGUAGES:
                text = compact_amount(total, report.currency, language)
                parts.append(
                    f'<text class="{language} inside" text-anchor="middle" x="{x:.1f}" y="{y + 4:g}">{text}</text>'
                )
    parts.append("</svg>")
    return "".join(parts)


def _title(events: list[CashEvent], total: int, report: Report) -> str:
    days = sorted({event.day for event in events})
    span = days[0].isoformat() if len(days) == 1 else f"{days[0].isoformat()} – {days[-1].isoformat()}"
    by_payee: dict[str, int] = defaultdict(int)
    for event in events:
        by_payee[event.payee] += event.amount_minor
    lines = [f"{span}: {Money(total, report.currency).text()}"]
    ranked = sorted(by_payee.items(), key=lambda entry: (-entry[1], entry[0]))
    for payee, minor in ranked[:12]:
        lines.append(f"{report.names.get(payee) or payee}: {Money(minor, report.currency).text()}")
    if len(ranked) > 12:
        lines.append(f"… +{len(ranked) - 12}")
    return "\n".join(lines)


def _months(first: date, last: date, step: int, width: float, height: int) -> list[str]:
    """A line at the first day of each month, with its name while there is room."""
    starts = [date(first.year, first.month, 1)]
    while (following := (starts[-1] + timedelta(days=32)).replace(day=1)) <= last:
        starts.append(following)

    def place(day: date) -> float:
        return LEFT + width * max((day - first).days, 0) / step

    if len(starts) > 1 and place(starts[1]) - LEFT < MONTH:  # a month of a few days gives way to the next
        del starts[0]
    parts, labelled = [], -MONTH
    for day in starts:
        x = place(day)
        if day >= first:
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{height - 22}"/>')
        if x - labelled >= MONTH:
            parts.append(f'<text class="label" x="{x:.1f}" y="{height - 6}">{day:%Y-%m}</text>')
            labelled = x
    return parts


def _both(template: str, x: float, y: float, kind: str, **values: object) -> str:
    return "".join(
        f'<text class="{language} {kind}" x="{x:g}" y="{y:g}">'
        f"{escape(translate(template, language).format(**values))}</text>"
        for language in LANGUAGES
    )
