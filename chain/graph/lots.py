"""Which documents sell which lot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, TradeDocument

#: What passes goods from a seller to a buyer.
SELLING = frozenset({DocumentType.INVOICE, DocumentType.DESPATCH_ADVICE})


def lots_of(document: TradeDocument) -> list[str]:
    """The normalised lots that the document names, each once."""
    if not document.lots and not any(line.lot for line in document.lines):
        return []
    written = (*document.lots, *(line.lot for line in document.lines if line.lot))
    return list(dict.fromkeys(normalised_number(lot) for lot in written))


class Lots:
    """Lot → places of the documents that sell it. What comes at once is kept as two sorted columns, by the lot's hash;
    what comes later in a dictionary. A hash may stand for two lots: who asks sees the documents and finds out."""

    def __init__(self) -> None:
        self._hashes = np.empty(0, dtype=np.int64)
        self._places = np.empty(0, dtype=np.int64)
        self._later: dict[str, list[int]] = defaultdict(list)

    def fill(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Take many pairs of lot and place, instead of what is here."""
        listed = list(pairs)
        hashes = np.fromiter((hash(lot) for lot, _ in listed), dtype=np.int64, count=len(listed))
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._places = np.fromiter((place for _, place in listed), dtype=np.int64, count=len(listed))[order]
        self._later.clear()

    def add(self, lot: str, place: int) -> None:
        """One more, behind all that are here."""
        self._later[lot].append(place)

    def places(self, lot: str) -> list[int]:
        """Places of documents that may sell the lot, in order."""
        key = hash(lot)
        begin, end = (int(np.searchsorted(self._hashes, key, side)) for side in ("left", "right"))
        return sorted({*self._places[begin:end].tolist(), *self._later.get(lot, ())})

    def passed_on(self, trades: np.ndarray) -> list[int]:
        """Of all lots that several trades may sell: the place of one document of each. ``trades``: place → number of its
        trade."""
        later = [places[0] for places in self._later.values()]
        if not len(self._hashes):
            return later
        starts = np.flatnonzero(np.diff(self._hashes, prepend=self._hashes[0] - 1))
        own = trades[self._places]
        several = np.minimum.reduceat(own, starts) != np.maximum.reduceat(own, starts)
        earlier: list[int] = self._places[starts[several]].tolist()
        return earlier + later
