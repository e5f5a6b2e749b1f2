"""Velocity: a seller invoices far faster than it ever did (notice 银发〔2025〕77号: abnormal splitting is reported)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from chain.documents.model import Finding, Severity
from chain.documents.shelf import NONE, Touched
from chain.graph.findings.detector import Books, Detector, Sale


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

    def judge(self, books: Books, subject: int) -> Iterable[Finding]:
        sales = books.sales(subject)
        return self._from(books, subject, sales, sales[0].day) if sales else ()

    def update(self, books: Books, touched: Touched, added: Sequence[int]) -> None:
        """What was found of the weeks before an invoice stands: only those that it is in, and what follows, are looked at."""
        shelf = books.shelf
        first: dict[int, int] = {}
        for place in touched.invoices:
            if shelf.trade[place] != NONE and (day := shelf.day[place]) != NONE:
                seller = shelf.trades[shelf.trade[place]][0]
                first[seller] = min(day, first.get(seller, day))
        for seller, day in first.items():
            sales = books.sales(seller)
            if not sales or day <= sales[0].day:
                self._judge(books, seller)
                continue
            begin = day - THRESHOLDS.days + 1
            kept = [finding for finding in self._found.pop(seller, ()) if _day(finding) < begin]
            begin = max([begin, *(_day(finding) + THRESHOLDS.days for finding in kept[-1:])])
            if found := [*kept, *self._from(books, seller, sales, begin)]:
                self._found[seller] = found

    def _from(self, books: Books, seller: int, sales: Sequence[Sale], day: int) -> Iterator[Finding]:
        """The bursts that begin on that day or later."""
        begin = bisect_left(sales, (max(day, sales[0].day + THRESHOLDS.history_days),))
        while begin < len(sales):
            end, before = self._week(sales, begin)
            if self._is_burst(end - begin, before):
                places = [sale.place for sale in sales[begin:end]]
                yield self._finding(books, seller, places, sales[begin].day, before)
                begin = end
            else:
                begin += 1

    def _week(self, sales: Sequence[Sale], begin: int) -> tuple[int, int]:
        """Where the week from this sale ends, and how many there were in the history before it."""
        day = sales[begin].day
        end = bisect_left(sales, (day + THRESHOLDS.days,))
        return end, begin - bisect_left(sales, (day - THRESHOLDS.history_days,))

    def _is_burst(self, count: int, before: int) -> bool:
        weeks = THRESHOLDS.history_days // THRESHOLDS.days
        return count >= THRESHOLDS.least and count * weeks >= THRESHOLDS.times_usual * before

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


def _day(finding: Finding) -> int:
    """On which day the burst begins."""
    return date.fromisoformat(str(finding.values["day"])).toordinal()
