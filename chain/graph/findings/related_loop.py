"""C5: goods go from one member of a group to an outsider, and on to another member, for about the same money."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chain.documents.model import Finding, Severity
from chain.documents.shelf import NONE, Touched
from chain.graph.findings.detector import Books, Detector, Sale


@dataclass(frozen=True, slots=True)
class RelatedLoopThresholds:
    """When an outsider between two members of a group is there for the paper."""

    days: int = 30
    """Between buying and selling: as long as a circle may take."""
    least_basis_points: int = 8_000
    """What is sold on, of what was bought: a loss of more is a real sale below cost, or other goods."""
    most_basis_points: int = 12_500
    """More is value added: the outsider worked on it."""


THRESHOLDS = RelatedLoopThresholds()


class RelatedLoops(Detector[int]):
    """By outsider (number of an enterprise)."""

    def subjects(self, books: Books) -> Iterable[int]:
        shelf = books.shelf
        members = [number for number, name in enumerate(shelf.enterprises) if name in books.groups]
        return {
            other for member in members for trade in shelf.trades_of.get(member, ()) for other in shelf.trades[trade]
        }

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[int]:
        shelf = books.shelf
        for place in touched.invoices:
            if shelf.trade[place] != NONE:
                seller, buyer = shelf.trades[shelf.trade[place]]
                if shelf.enterprises[seller] in books.groups:
                    yield buyer
                if shelf.enterprises[buyer] in books.groups:
                    yield seller

    def judge(self, books: Books, subject: int) -> Sequence[Finding]:
        own = books.groups.get(books.shelf.enterprises[subject])
        bought = self._of_groups(books, books.purchases(subject), 0, own)
        sold = self._of_groups(books, books.sales(subject), 1, own) if bought else []
        loops: dict[tuple[int, int], list[int]] = {}
        days = [sale.day for sale, _, _ in sold]
        for purchase, group, member in bought:
            begin = bisect_left(days, purchase.day - THRESHOLDS.days)
            end = bisect_left(days, purchase.day + THRESHOLDS.days + 1)
            for sale, other_group, other in sold[begin:end]:
                if group == other_group and member != other and _alike(purchase, sale):
                    loops.setdefault((member, other), []).extend((purchase.place, sale.place))
        return [self._finding(books, subject, *loop) for loop in loops.items()]

    def _of_groups(
        self, books: Books, sales: Sequence[Sale], side: int, own: str | None
    ) -> list[tuple[Sale, str, int]]:
        shelf, found = books.shelf, []
        for sale in sales:
            member = shelf.trades[sale.trade][side]
            group = books.groups.get(shelf.enterprises[member])
            if group is not None and group != own:
                found.append((sale, group, member))
        return found

    def _finding(self, books: Books, outsider: int, loop: tuple[int, int], places: list[int]) -> Finding:
        shelf = books.shelf
        way = " → ".join(shelf.enterprises[node] for node in (loop[0], outsider, loop[1]))
        return Finding(
            rule="RelatedPartyLoop",
            severity=Severity.FLAGGED,
            template="goods of one group pass an outsider and come back to the group within {days} days: {way}",
            values={"days": THRESHOLDS.days, "way": way},
            documents=tuple(shelf.keys[place] for place in sorted(set(places))),
            case="C5",
        )

    def order(self, books: Books, subject: int) -> tuple[str | int, ...]:
        return (books.shelf.enterprises[subject],)


def _alike(purchase: Sale, sale: Sale) -> bool:
    if purchase.currency != sale.currency or purchase.minor <= 0:
        return False
    share = sale.minor * 10_000 // purchase.minor
    return THRESHOLDS.least_basis_points <= share <= THRESHOLDS.most_basis_points
