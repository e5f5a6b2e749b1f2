"""What was received and is not invoiced yet, found by what a line may mean it by."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentLine
from chain.documents.units import measured


@dataclass(slots=True)
class Heap:
    """So much of one thing was received and is not invoiced yet. ``kind``: what it is measured in."""

    order_line: str | None
    item: str | None
    kind: str | None
    left: Decimal = Decimal(0)


class Store:
    """What one side's receipts say was received, found by what a line may mean it by: the line of the order, else the
    article, else the unit alone."""

    def __init__(self, lines: Iterable[DocumentLine], ordered_as: Mapping[str, str]) -> None:
        """``ordered_as``: article → the one line of the order that it was ordered in."""
        self.heaps: dict[tuple[str | None, str | None, str | None], Heap] = {}
        self._found: dict[tuple[str | None, ...], deque[Heap]] = defaultdict(deque)
        self.silent = False
        """Whether none of its receipts says how much."""
        self.others: dict[Store, None] = {}
        """What the other side's receipts say of the same goods."""
        for line in lines:
            order_line, item = means(line)
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            heap = self.heaps.setdefault((order_line, item, kind), Heap(order_line, item, kind))
            heap.left += quantity
        for (order_line, item, kind), heap in self.heaps.items():
            self._found["exactly", order_line, item, kind].append(heap)
            self._found["line", order_line, kind].append(heap)
            self._found["item", item, kind].append(heap)
            self._found["unit", kind].append(heap)
            if order_line is None and item in ordered_as:
                self._found["line", ordered_as[item], kind].append(heap)
        for heap in self.heaps.values():
            if heap.left < 0:  # what went back, off whatever it may be of
                back, heap.left = -heap.left, Decimal(0)
                self._lose(places_of(heap.order_line, heap.item, heap.kind), back)

    def take(self, heap: Heap, part: Decimal) -> None:
        """Use so much of a heap up, and as much of what the other side says of it."""
        heap.left -= part
        places = (*places_of(heap.order_line, heap.item, heap.kind), ("unit", heap.kind))
        for other in self.others:
            part = other._lose(places, part)

    def _lose(self, places: Iterable[tuple[str | None, ...]], quantity: Decimal) -> Decimal:
        for heap in self._at(places):
            if quantity <= 0:
                break
            part = min(heap.left, quantity)
            heap.left -= part
            quantity -= part
        return quantity

    def _at(self, places: Iterable[tuple[str | None, ...]]) -> Iterator[Heap]:
        """What is left at the places, in order."""
        for place in places:
            heaps = self._found.get(place)
            while heaps and heaps[0].left <= 0:  # once: what is used up comes to the front, as lines draw in order
                heaps.popleft()
            yield from (heap for heap in heaps or () if heap.left > 0)

    def draw(
        self, line: DocumentLine, kind: str | None, wanted: Decimal, dearer: Callable[[Heap], Decimal]
    ) -> tuple[Decimal, list[tuple[Heap, Decimal]]]:
        """Take so much of what the line may mean, times how much ``dearer`` the line is than a heap: what was not there,
        and the heaps with what was taken of each."""
        taken: list[tuple[Heap, Decimal]] = []
        for heap in self._at(places_of(*means(line), kind)):
            if wanted <= 0:
                break
            times = dearer(heap)
            part = min(heap.left, wanted * times)
            wanted = Decimal(0) if part == wanted * times else wanted - part / times
            self.take(heap, part)
            taken.append((heap, part))
        return wanted, taken


def means(line: DocumentLine) -> tuple[str | None, str | None]:
    """The line of the order and the article that a line of goods names."""
    return (
        normalised_number(line.order_line) if line.order_line else None,
        normalised_number(line.item) if line.item else None,
    )


def places_of(order_line: str | None, item: str | None, kind: str | None) -> tuple[tuple[str | None, ...], ...]:
    """Where a store keeps what a line may mean, the most fitting first."""
    if kind is None:
        return ()
    if order_line and item:
        exactly = (("exactly", order_line, item, kind), ("exactly", None, item, kind))
        return *exactly, ("line", order_line, kind), ("exactly", None, None, kind)
    if order_line:
        return ("line", order_line, kind), ("line", None, kind)
    return (("item", item, kind), ("item", None, kind)) if item else (("unit", kind),)
