"""C7: the same cargo is sold, and comes back to who sold it, within days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chain.documents.model import Finding, Severity
from chain.documents.shelf import NONE, Touched
from chain.graph.circles import Circles
from chain.graph.findings.detector import Books, Detector
from chain.graph.lots import SELLING, lots_of


@dataclass(frozen=True, slots=True)
class LotRoundTripThresholds:
    """When a lot's way back is no trade."""

    days: int = 30
    """From the first sale to the last of the round. Who buys back the same lot within a month moved money, not goods; goods
    that were worked on have another lot."""


THRESHOLDS = LotRoundTripThresholds()


class LotRoundTrips(Detector[str]):
    """By normalised lot."""

    def subjects(self, books: Books) -> Iterable[str]:
        shelf = books.shelf
        for place in books.lots.passed_on(np.array(shelf.trade)):
            yield from lots_of(shelf.document(place))

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[str]:
        for place in touched.papers:
            document = books.shelf.document(place)
            if document.type in SELLING:
                yield from lots_of(document)

    def judge(self, books: Books, subject: str) -> Sequence[Finding]:
        shelf = books.shelf
        places = [
            place for place in books.lots.places(subject) if shelf.trade[place] != NONE and shelf.day[place] != NONE
        ]
        if len({shelf.trade[place] for place in places}) < 2:
            return ()
        places = [place for place in places if subject in lots_of(shelf.document(place))]
        rows = [(place, *shelf.trades[shelf.trade[place]][::-1], shelf.day[place]) for place in places]
        circles = Circles(THRESHOLDS.days)
        circles.fill(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)
        return [self._finding(books, subject, circles, cluster) for cluster in sorted(circles.clusters(), key=min)]

    def _finding(self, books: Books, lot: str, circles: Circles, cluster: set[int]) -> Finding:
        shelf = books.shelf
        way, others = circles.told(cluster)
        # The circle runs as money does; goods go the other way, from the first one's seller.
        sellers = [shelf.enterprises[circles.ends(place)[1]] for place in (way[0], *way[:0:-1])]
        days = [shelf.day[place] for place in way]
        return Finding(
            rule="LotRoundTrip",
            severity=Severity.FLAGGED,
            template="lot {lot} comes back to its seller within {days} days, from {begin} to {end}: {way}",
            values={
                "lot": lot, "days": THRESHOLDS.days, "begin": date.fromordinal(min(days)).isoformat(),
                "end": date.fromordinal(max(days)).isoformat(), "way": " → ".join([*sellers, sellers[0]]),
            },
            documents=tuple(shelf.keys[place] for place in (*way, *others)),
            case="C7",
        )  # fmt: skip

    def order(self, books: Books, subject: str) -> tuple[str | int, ...]:
        return (subject,)
