"""Three-flow matching: orders and invoices (商流), goods (物流) and what is left to pay (资金流) must agree.

The answer is one `Receivable` an invoice, with the amount of it that may back credit. A document counts once
(`chain.documents.shelf`); what one seller and one buyer have with each other is held against itself
(`chain.documents.trade`), and against what keepers say (`chain.documents.warehouses`).

Pure: no clock (today is an argument), no database, no chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chain.documents.directory import Directory
from chain.documents.model import Finding, TradeDocument
from chain.documents.receivable import Receivable, ReceivableState
from chain.documents.shelf import Shelf
from chain.documents.trade.matching import match_trade
from chain.documents.trade.thresholds import USUAL_TERM_DAYS

__all__ = ["USUAL_TERM_DAYS", "Matching", "Receivable", "ReceivableState", "match"]


@dataclass(frozen=True, slots=True)
class Matching:
    """What the documents say together."""

    receivables: tuple[Receivable, ...]
    """One an invoice, in the documents' order."""
    findings: tuple[Finding, ...]
    """Of papers that came twice, of warehouses, then trade by trade."""
    documents: Mapping[str, TradeDocument]
    """The documents that count, by key."""


class Counted(Mapping[str, TradeDocument]):
    """The documents of a shelf that count, by key, in the order in which they came."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def __getitem__(self, key: str) -> TradeDocument:
        return self._shelf.document(self._shelf.first[key])

    def __iter__(self) -> Iterator[str]:
        return (self._shelf.keys[place] for place, counts in enumerate(self._shelf.counts) if counts)

    def __len__(self) -> int:
        return len(self._shelf.first)


def match(documents: Iterable[TradeDocument], directory: Directory, groups: Mapping[str, str], today: date) -> Matching:
    """Hold all documents against each other as of ``today``. ``groups`` maps an enterprise to its group of related
    parties; absent means its own."""
    shelf = Shelf(directory, groups)
    touched = shelf.accept(documents)
    twice = sorted(shelf.copies, key=lambda key: shelf.copies[key][1])
    findings = [finding for key in twice for _, finding in shelf.findings_of_key(key)]
    for _, stored in sorted(shelf.stored.items()):
        findings += shelf.warehouses.findings_of(stored)
    for lot in sorted(touched.lots):
        findings += shelf.warehouses.findings_of_lot(lot)
    receivables: list[tuple[int, Receivable]] = []
    for trade in shelf.in_order():
        matched = match_trade(*shelf.parties(trade), shelf.papers(trade), shelf.warehouses, groups, today)
        receivables += matched.receivables
        findings += matched.findings
    receivables.sort(key=lambda entry: entry[0])
    return Matching(tuple(receivable for _, receivable in receivables), tuple(findings), Counted(shelf))
