"""C7: the same cargo is sold, and comes back to who sold it, within days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import networkx as nx
import numpy as np

from chain.documents.model import Finding, Severity
from chain.documents.shelf import NONE, Touched
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
        for place in added:
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
        found: list[Finding] = []
        told: set[int] = set()
        places.sort(key=lambda place: (shelf.day[place], place))
        for first in places:
            window = [p for p in places if 0 <= shelf.day[p] - shelf.day[first] <= THRESHOLDS.days]
            sold = nx.DiGraph(shelf.trades[shelf.trade[place]] for place in window)
            seller, buyer = shelf.trades[shelf.trade[first]]
            if first in told or seller == buyer or not nx.has_path(sold, buyer, seller):
                continue
            way = nx.shortest_path(sold, buyer, seller)
            hops = set(zip([seller, *way], way, strict=False))
            on_it = [place for place in window if shelf.trades[shelf.trade[place]] in hops]
            told.update(on_it)
            found.append(
                Finding(
                    rule="LotRoundTrip",
                    severity=Severity.FLAGGED,
                    template="lot {lot} comes back to its seller within {days} days, from {begin} to {end}: {way}",
                    values={
                        "lot": subject, "days": THRESHOLDS.days,
                        "begin": date.fromordinal(shelf.day[first]).isoformat(),
                        "end": date.fromordinal(max(shelf.day[place] for place in on_it)).isoformat(),
                        "way": " → ".join(shelf.enterprises[node] for node in (seller, *way)),
                    },
                    documents=tuple(shelf.keys[place] for place in on_it),
                    case="C7",
                )
            )  # fmt: skip
        return found

    def order(self, books: Books, subject: str) -> tuple[str | int, ...]:
        return (subject,)
