"""C4: the same paper twice, in another file, format or writing of its number; or the same number with another face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chain.documents.model import Finding
from chain.documents.shelf import NONE, Touched
from chain.graph.findings.detector import Books, Detector


class Copies(Detector[str]):
    """By key: one document counts, of each other one it is said what it is."""

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[str, int] = {}
        """Key → the writing that counted when its copies were judged."""

    def subjects(self, books: Books) -> Iterable[str]:
        return books.shelf.copies

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[str]:
        return touched.keys

    def judge(self, books: Books, subject: str) -> Sequence[Finding]:
        self._of[subject] = books.shelf.first.get(subject, NONE)
        return [finding for _, finding in books.shelf.findings_of_key(subject)]

    def update(self, books: Books, touched: Touched, added: Sequence[int]) -> None:
        """A copy more is held against the one that counts alone: what was said of the others stands. (Where ids joined, all
        subjects are judged anew.)"""
        for key in touched.keys:
            if self._of.get(key) != books.shelf.first.get(key):
                self._judge(books, key)
            else:
                found = self._found.setdefault(key, [])
                found.extend(finding for _, finding in books.shelf.findings_of_key(key, after=len(found)))

    def order(self, books: Books, subject: str) -> tuple[str | int, ...]:
        return (books.shelf.copies[subject][1],)
