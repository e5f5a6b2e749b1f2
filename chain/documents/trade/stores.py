"""What was received and is not invoiced yet, found by what a line may mean it by.

A line means goods by the line of the order, else by the article, else by the unit alone. What is used up is passed once: to
draw costs what is drawn, however many lines and receipts there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentLine
from chain.documents.trade.remaining import Remaining
from chain.documents.units import measured

Place = tuple[str | None, ...]
"""Where what a line may mean is found."""


@dataclass(slots=True, eq=False)
class Heap:
    """So much of one thing was received and is not invoiced yet. ``kind``: what it is measured in."""

    store: Store
    order_line: str | None
    item: str | None
    kind: str | None
    left: Decimal = Decimal(0)

    @property
    def remains(self) -> bool:
        """Whether something of it is left."""
        return self.left > 0

    def take(self, part: Decimal) -> None:
        """Use so much of it up, and as much of what the other side says of it."""
        self.left -= part
        if self.store.others is not None:
            self.store.others.lose((*places_of(self.order_line, self.item, self.kind), ("unit", self.kind)), part)


class Store:
    """What one side's receipts say was received."""

    def __init__(
        self, lines: Mapping[str, Sequence[DocumentLine]] | None = None, orders: Sequence[str] = (),
        ordered_as: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """``lines``: of each receipt, by its key. ``ordered_as``: article → the one line of the order that it was ordered in."""
        self.orders = tuple(orders)
        """Keys of the orders that its receipts are of."""
        self.heaps: list[Heap] = []
        self._heaps_of: dict[str, list[Heap]] = {}
        """By receipt."""
        self.rows: dict[Place, Remaining[Heap]] = defaultdict(Remaining)
        """By what a line may mean it."""
        self.silent = False
        """Whether none of its receipts says how much."""
        self.others: Supply | None = None
        """What the other side's receipts say of the same goods."""
        self._ordered_as = ordered_as or {}
        self._by_price = False
        self._said: dict[Place, dict[str | None, Decimal]] = {}
        self._lines = [line for of_one in (lines or {}).values() for line in of_one]
        for key, of_one in (lines or {}).items():
            known: dict[Place, Heap] = {}
            for line in of_one:
                kind, quantity = measured(line.quantity or Decimal(0), line.unit)
                order_line, item = means(line)
                heap = known.get((order_line, item, kind))
                if heap is None:
                    heap = known[order_line, item, kind] = Heap(self, order_line, item, kind)
                    self.put(heap)
                heap.left += quantity
            self._heaps_of[key] = [*known.values()]
        for heap in self.heaps:
            if heap.left < 0:  # what went back, off whatever it may be of
                back, heap.left = -heap.left, Decimal(0)
                Supply([self]).lose(places_of(heap.order_line, heap.item, heap.kind), back)

    @property
    def receipts(self) -> int:
        """How many there are."""
        return len(self._heaps_of)

    def put(self, heap: Heap) -> None:
        """A heap more, where lines may mean it."""
        order_line, item, kind = heap.order_line, heap.item, heap.kind
        self.heaps.append(heap)
        self.rows["exactly", order_line, item, kind].append(heap)
        self.rows["line", order_line, kind].append(heap)
        self.rows["item", item, kind].append(heap)
        self.rows["unit", kind].append(heap)
        ordered_as = heap.store._ordered_as
        if order_line is None and item is not None and item in ordered_as:
            self.rows["line", ordered_as[item], kind].append(heap)

    def index_by_price(self) -> None:
        """Find its heaps by what an order's price may be for them, too (`priced_as`)."""
        if not self._by_price:
            self._by_price = True
            for heap in self.heaps:
                for name in priced_as(heap.order_line, heap.item, heap.kind):
                    self.rows["priced", *name].append(heap)

    def kept(self, parts: Iterable[tuple[Heap, Decimal]]) -> Store:
        """So much of its heaps that was taken, as a store of its own."""
        store = Store(None, self.orders, self._ordered_as)
        for heap, part in parts:
            store.put(Heap(store, heap.order_line, heap.item, heap.kind, part))
        return store

    def part(self, receipts: Iterable[str]) -> Store:
        """What some of its receipts say, as a store; what is used up of either is used up of both."""
        store = Store(None, self.orders)
        for key in receipts:
            for heap in self._heaps_of[key]:
                store.put(heap)
        return store

    def said_of(self, line: DocumentLine) -> dict[str | None, Decimal]:
        """How much its receipts say was received of what a line may mean, by what it is measured in."""
        if not self._said:
            for one in (line for line in self._lines if line.quantity):
                kind, quantity = measured(one.quantity or Decimal(0), one.unit)
                for named in (*(_names(one) or [("nameless",)]), ("any",)):
                    kinds = self._said.setdefault(named, {})
                    kinds[kind] = kinds.get(kind, Decimal(0)) + quantity
        meant = [*names, ("nameless",)] if (names := _names(line)) else [("any",)]
        return next((self._said[one] for one in meant if one in self._said), {})


Everywhere = Mapping[Place, Mapping[Store, Remaining[Heap]]]
"""Of all stores of a trade: place → which of them have something there."""


class Supply:
    """What stores have together, those of the first one first at each place."""

    def __init__(
        self, stores: Iterable[Store], everywhere: Everywhere | None = None, kept: Sequence[Store] = ()
    ) -> None:  # fmt: skip
        """``everywhere`` spares looking at each of many stores for what few of them have; it does not know those that are
        ``kept``, which come first."""
        self.stores = {store: number for number, store in enumerate(dict.fromkeys(stores))}
        self._kept = where(kept) if kept else {}
        self._everywhere = everywhere
        self._rows: dict[Place, Remaining[Remaining[Heap]]] = {}

    def draw(
        self, line: DocumentLine, kind: str | None, wanted: Decimal, dearer: Callable[[Heap], Decimal]
    ) -> tuple[Decimal, list[tuple[Heap, Decimal]]]:
        """Take so much of what the line may mean, times how much ``dearer`` the line is than a heap: what was not there,
        and the heaps with what was taken of each."""
        taken: list[tuple[Heap, Decimal]] = []
        for heap in self.at(places_of(*means(line), kind)):
            if wanted <= 0:
                break
            times = dearer(heap)
            part = min(heap.left, wanted * times)
            wanted = Decimal(0) if part == wanted * times else wanted - part / times
            heap.take(part)
            taken.append((heap, part))
        return wanted, taken

    def lose(self, places: Iterable[Place], quantity: Decimal) -> None:
        """Take so much of what is at the places, as far as there is any."""
        for heap in self.at(places):
            if quantity <= 0:
                return
            part = min(heap.left, quantity)
            heap.left -= part
            quantity -= part

    def said_of(self, line: DocumentLine) -> dict[str | None, Decimal]:
        """What the first store says was received of what a line names, that says anything of it."""
        return next((said for store in self.stores if (said := store.said_of(line))), {})

    def at(self, places: Iterable[Place]) -> Iterator[Heap]:
        """What is left at the places, in order."""
        for place in places:
            for row in self._row(place):
                yield from row

    def had(self, places: Iterable[Place]) -> bool:
        """Whether there is, or was, something at one of the places."""
        return any(map(self._row, places))

    def _row(self, place: Place) -> Remaining[Remaining[Heap]]:
        if place not in self._rows:
            self._rows[place] = Remaining(self._rows_at(place))
        return self._rows[place]

    def _rows_at(self, place: Place) -> list[Remaining[Heap]]:
        known = {} if self._everywhere is None else self._everywhere.get(place, {})
        kept = [*self._kept[place].values()] if place in self._kept else []
        if self._everywhere is None or len(self.stores) <= len(known):
            return kept + [store.rows[place] for store in self.stores if place in store.rows]
        return kept + [known[store] for store in sorted(known.keys() & self.stores.keys(), key=self.stores.__getitem__)]


def where(stores: Iterable[Store]) -> Everywhere:
    """Where each of the stores has something."""
    found: dict[Place, dict[Store, Remaining[Heap]]] = defaultdict(dict)
    for store in stores:
        for place, row in store.rows.items():
            found[place][store] = row
    return found


def means(line: DocumentLine) -> tuple[str | None, str | None]:
    """The line of the order and the article that a line of goods names."""
    return (
        normalised_number(line.order_line) if line.order_line else None,
        normalised_number(line.item) if line.item else None,
    )


def places_of(order_line: str | None, item: str | None, kind: str | None) -> tuple[Place, ...]:
    """Where a store keeps what a line may mean, the most fitting first."""
    if kind is None:
        return ()
    if order_line and item:
        exactly = (("exactly", order_line, item, kind), ("exactly", None, item, kind))
        return *exactly, ("line", order_line, kind), ("exactly", None, None, kind)
    if order_line:
        return ("line", order_line, kind), ("line", None, kind)
    return (("item", item, kind), ("item", None, kind)) if item else (("unit", kind),)


def priced_as(order_line: str | None, item: str | None, kind: str | None) -> tuple[Place, ...]:
    """What an order's price for the goods is for: the line of the order, else the article or none, else the unit alone."""
    if order_line:
        return (("line", order_line, kind),)
    return (("item", item, kind), ("item", None, kind)) if item else (("unit", kind),)


def _names(line: DocumentLine) -> list[Place]:
    """By what a line names goods, whatever they are measured in."""
    order_line, item = means(line)
    return [(kind, name) for kind, name in (("line", order_line), ("item", item)) if name]
