"""C4: the same paper twice, in another file, format or writing of its number; or the same number with another face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chain.documents.model import Finding
from chain.documents.shelf import Touched
from chain.graph.findings.detector import Books, Detector


class Copies(Detector[str]):
    """By key: the first document counts, of each other one it is said what it is."""

    def subjects(self, books: Books) -> Iterable[str]:
        return books.shelf.copies

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[str]:
        return touched.keys

    def judge(self, books: Books, subject: str) -> Sequence[Finding]:
        return [finding for _, finding in books.shelf.findings_of_key(subject)]

    def update(self, books: Books, touched: Touched, added: Sequence[int]) -> None:
        """A copy more is held against the first alone: what was said of the others stands. (Where the first is another one
        since ids joined, all subjects are judged anew.)"""
        for key in touched.keys:
            found = self._found.setdefault(key, [])
            found.extend(finding for _, finding in books.shelf.findings_of_key(key, after=len(found)))

    def order(self, books: Books, subject: str) -> tuple[str | int, ...]:
        return (books.shelf.copies[subject][1],)
