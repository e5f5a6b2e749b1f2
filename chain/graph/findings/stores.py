"""C8 and C9: lots in several receipts, receipts above what was measured, keepers of the owner's own group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chain.documents.model import Finding
from chain.documents.shelf import Touched
from chain.documents.warehouses import Lot
from chain.graph.findings.detector import Books, Detector


class DependentKeepers(Detector[int]):
    """By place of a warehouse receipt."""

    def subjects(self, books: Books) -> Iterable[int]:
        return books.shelf.stored

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[int]:
        return touched.stored

    def judge(self, books: Books, subject: int) -> Sequence[Finding]:
        stored = books.shelf.stored.get(subject)
        return () if stored is None else tuple(books.shelf.warehouses.findings_of(stored))

    def order(self, books: Books, subject: int) -> tuple[str | int, ...]:
        return (subject,)


class Stocks(Detector[Lot]):
    """By keeper and lot."""

    def subjects(self, books: Books) -> Iterable[Lot]:
        return {(one.keeper, lot) for one in books.shelf.stored.values() for _, lot in one.lots}

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[Lot]:
        return touched.lots

    def judge(self, books: Books, subject: Lot) -> Sequence[Finding]:
        return tuple(books.shelf.warehouses.findings_of_lot(subject))

    def order(self, books: Books, subject: Lot) -> tuple[str | int, ...]:
        return subject
