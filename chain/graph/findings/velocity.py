"""Velocity: a seller invoices far faster than it ever did (notice 银发〔2025〕77号: abnormal splitting is reported)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chain.documents.model import Finding, Severity
from chain.documents.shelf import Touched
from chain.graph.findings.detector import Books, Detector


@dataclass(frozen=True, slots=True)
class VelocityThresholds:
    """When many invoices are too many."""

    days: int = 7
    """The burst: a week, since most firms invoice on some day of the week."""
    history_days: int = 56
    """Its usual pace is that of the eight weeks before; a seller without them has none."""
    times_usual: int = 5
    """So many times the usual number in a week: month ends and seasons make two or three."""
    least: int = 10
    """Fewer invoices than this in the burst are chance."""


THRESHOLDS = VelocityThresholds()


class Velocity(Detector[int]):
    """By seller (number of an enterprise)."""

    def subjects(self, books: Books) -> Iterable[int]:
        return {seller for seller, _ in books.shelf.trades}

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[int]:
        return books.sellers_of(touched.invoices)

    def judge(self, books: Books, subject: int) -> Sequence[Finding]:
        sales = books.sales(subject)
        days = [sale.day for sale in sales]
        weeks = THRESHOLDS.history_days // THRESHOLDS.days
        found: list[Finding] = []
        until = 0
        for begin, day in enumerate(days):
            if begin < until or day - days[0] < THRESHOLDS.history_days:
                continue
            end = bisect_left(days, day + THRESHOLDS.days)
            before = begin - bisect_left(days, day - THRESHOLDS.history_days)
            if end - begin >= THRESHOLDS.least and (end - begin) * weeks >= THRESHOLDS.times_usual * before:
                found.append(self._finding(books, subject, [sale.place for sale in sales[begin:end]], day, before))
                until = end
        return found

    def _finding(self, books: Books, seller: int, places: list[int], day: int, before: int) -> Finding:
        shelf = books.shelf
        return Finding(
            rule="VelocitySurge",
            severity=Severity.FLAGGED,
            template="{seller} wrote {count} invoices in {days} days from {day}, after {before} in the {history} days before",
            values={
                "seller": shelf.enterprises[seller], "count": len(places), "days": THRESHOLDS.days,
                "day": date.fromordinal(day).isoformat(), "before": before, "history": THRESHOLDS.history_days,
            },
            documents=tuple(shelf.keys[place] for place in places),
        )  # fmt: skip

    def order(self, books: Books, subject: int) -> tuple[str | int, ...]:
        return (books.shelf.enterprises[subject],)
