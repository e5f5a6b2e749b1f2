"""What every detector is: a pure judgement of one *subject* (a seller, a lot, a key …) by all that is known of it.

A document touches few subjects, and a subject's findings follow from its own documents alone. So judging the touched ones
again after a document gives what judging all would give.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from chain.documents.model import Finding
from chain.documents.receivable import Receivable
from chain.documents.shelf import NONE, Shelf, Touched
from chain.graph.lots import Lots


@dataclass(frozen=True, slots=True)
class Books:
    """What detectors look at."""

    shelf: Shelf
    lots: Lots
    groups: Mapping[str, str]
    """Enterprise → its group of related parties."""
    today: date
    receivables_of: Callable[[int], Sequence[tuple[int, Receivable]]]
    """Place and receivable of each invoice of a trade."""
    dated: Dated
    _receivables: dict[int, dict[int, Receivable]] = field(default_factory=dict)
    """By trade and place, of the trades that were asked for."""

    def receivable(self, invoice: str) -> Receivable | None:
        """That of an invoice (its key) between two parties, if it is there."""
        place = self.shelf.first.get(invoice)
        if place is None or (trade := self.shelf.trade[place]) == NONE:
            return None
        if trade not in self._receivables:
            self._receivables[trade] = dict(self.receivables_of(trade))
        return self._receivables[trade][place]

    def sales(self, seller: int) -> Sequence[Sale]:
        """The dated invoices of a seller that count, by day and then as they came."""
        return self.dated.of(seller, 0)

    def purchases(self, buyer: int) -> Sequence[Sale]:
        """The same of a buyer."""
        return self.dated.of(buyer, 1)

    def sellers_of(self, invoices: Iterable[int]) -> set[int]:
        """Who wrote the invoices at these places."""
        shelf = self.shelf
        return {shelf.trades[shelf.trade[place]][0] for place in invoices if shelf.trade[place] != NONE}


class Sale(NamedTuple):
    """One invoice: ordinal of its day, place, trade, minor units, number of its currency."""

    day: int
    place: int
    trade: int
    minor: int
    currency: int


class Dated:
    """The dated invoices of each enterprise between two parties, by day and then as they came. Once somebody asked for those
    of an enterprise they are kept, so that one more costs a place among them; after a build nothing is kept yet."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._kept: dict[tuple[int, int], list[Sale]] | None = None

    def forget(self) -> None:
        """Documents moved, or all are looked at: keep nothing until `keep`."""
        self._kept = None

    def keep(self, invoices: Iterable[int]) -> None:
        """Keep from now on. ``invoices``: places of those that came."""
        if self._kept is None:
            self._kept = {}
            return
        shelf = self._shelf
        for place in invoices:
            if shelf.trade[place] != NONE and shelf.day[place] != NONE:
                ends = shelf.trades[shelf.trade[place]]
                for side, enterprise in enumerate(ends):
                    if (kept := self._kept.get((enterprise, side))) is not None and ends[0] != ends[1]:
                        insort(kept, self._sale(place))

    def of(self, enterprise: int, side: int) -> Sequence[Sale]:
        """Those in which it is the seller (0) or the buyer (1)."""
        kept = None if self._kept is None else self._kept.get((enterprise, side))
        if kept is None:
            kept = self._collect(enterprise, side)
            if self._kept is not None:
                self._kept[enterprise, side] = kept
        return kept

    def _collect(self, enterprise: int, side: int) -> list[Sale]:
        shelf = self._shelf
        return sorted(
            self._sale(place)
            for trade in shelf.trades_of.get(enterprise, ())
            if shelf.trades[trade][side] == enterprise and shelf.trades[trade][0] != shelf.trades[trade][1]
            for place in shelf.invoices_of[trade]
            if shelf.day[place] != NONE
        )

    def _sale(self, place: int) -> Sale:
        shelf = self._shelf
        return Sale(shelf.day[place], place, shelf.trade[place], shelf.payable[place], shelf.currency[place])


Subject = TypeVar("Subject", bound=Hashable)


class Detector(ABC, Generic[Subject]):
    """Findings by subject."""

    def __init__(self) -> None:
        self._found: dict[Subject, list[Finding]] = {}

    @abstractmethod
    def subjects(self, books: Books) -> Iterable[Subject]:
        """All subjects of which something may be found: at least those of which something is."""

    @abstractmethod
    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[Subject]:
        """The subjects of which something else may be found now. ``added``: places of the new documents."""

    @abstractmethod
    def judge(self, books: Books, subject: Subject) -> Iterable[Finding]:
        """What is found of a subject."""

    @abstractmethod
    def order(self, books: Books, subject: Subject) -> tuple[str | int, ...]:
        """Where the subject stands among the others, whenever it came."""

    def fill(self, books: Books) -> None:
        """Judge all subjects, instead of what was found before."""
        self._found.clear()
        for subject in self.subjects(books):
            self._judge(books, subject)

    def update(self, books: Books, touched: Touched, added: Sequence[int]) -> None:
        """Judge the touched subjects again."""
        for subject in set(self.touched(books, touched, added)):
            self._judge(books, subject)

    def findings(self, books: Books) -> Iterator[Finding]:
        """All that is found, subject by subject."""
        for subject in sorted(self._found, key=lambda subject: self.order(books, subject)):
            yield from self._found[subject]

    def _judge(self, books: Books, subject: Subject) -> None:
        found = list(self.judge(books, subject))
        if found:
            self._found[subject] = found
        else:
            self._found.pop(subject, None)
