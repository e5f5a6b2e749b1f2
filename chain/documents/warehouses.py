"""What keepers say: goods in store by owner and by lot, which of them back a loan, and whether they can be there at all.

A warehouse receipt belongs to no trade: it says whose the goods are, and any of the owner's trades may rest on it. So
trades ask here; and a new receipt says here whose trades must be looked at again.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from itertools import combinations

from chain.documents.identity import normalised_number
from chain.documents.model import (
    DocumentLine,
    DocumentReference,
    DocumentType,
    Finding,
    Movement,
    Severity,
    TradeDocument,
)
from chain.documents.rules import (
    KeeperNotIndependent,
    LotAtSeveralKeepers,
    LotInSeveralReceipts,
    ReceiptsAboveStock,
    StockNotComparable,
    found_in,
)
from chain.documents.units import measured

DIGITS = 100
"""To which quantities are reckoned; no paper writes that many."""

Lot = tuple[str, str]
"""Keeper and normalised number."""


#: Events that say how much of a lot there is, and those that say that some of it is there no longer.
MEASURING = frozenset({Movement.STORED, Movement.OBSERVED})
LEAVING = frozenset({Movement.RELEASED, Movement.TRANSFORMED})


@dataclass(frozen=True, slots=True)
class Above:
    """Receipts that say more of a lot than is there, or than can be told; quantities with their units, for people."""

    written: str
    measured: str
    comparable: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A warehouse receipt, or a logistics event that names no buyer, as trades ask for it."""

    place: int
    key: str
    owner: str
    consignee: str | None
    keeper: str
    number: str
    orders: tuple[str, ...]
    despatches: tuple[str, ...]
    invoices: tuple[str, ...]
    lots: tuple[tuple[str, str], ...]
    """As written, and normalised."""
    day: date | None
    pledged: bool
    lines: tuple[DocumentLine, ...]
    """Those with a quantity."""
    quantities: tuple[tuple[str | None, str | None, Decimal], ...]
    """Of each of them: normalised lot (None where the receipt does not say which), and unit and quantity as
    `chain.documents.units.measured` has them."""
    articles: tuple[tuple[str | None, str | None], ...]
    """Normalised lot and article that a line names; None: it does not say."""
    movement: Movement | None
    consumed: tuple[str, ...]
    """Normalised lots that ended."""
    broken: bool
    """Whether it breaks a rule by itself: it may take goods away (pledged, said twice), but proves and measures none."""
    path: str
    member: str | None

    @classmethod
    def of(
        cls, place: int, key: str, document: TradeDocument, owner: str, consignee: str | None, keeper: str
    ) -> Stored:  # fmt: skip
        """The receipt or event ``document``, its parties resolved."""
        lots = dict.fromkeys(document.lots or [line.lot for line in document.lines if line.lot])
        only = normalised_number(next(iter(lots))) if len(lots) == 1 else None
        lines = tuple(line for line in document.lines if line.quantity is not None)
        return cls(
            place=place, key=key, owner=owner, consignee=consignee, keeper=keeper,
            number=normalised_number(document.number), orders=numbers_of(document.orders),
            despatches=numbers_of(document.despatches), invoices=numbers_of(document.invoices),
            lots=tuple((lot, normalised_number(lot)) for lot in lots), day=document.delivery_date or document.issue_date,
            pledged=document.pledged, lines=lines,
            quantities=tuple(
                (normalised_number(line.lot) if line.lot else only, *measured(line.quantity or Decimal(0), line.unit))
                for line in lines
            ),
            articles=tuple(
                dict.fromkeys(
                    (normalised_number(line.lot) if line.lot else only, normalised_number(line.item) if line.item else None)
                    for line in document.lines
                )
            ),
            movement=document.movement, consumed=tuple(map(normalised_number, document.consumed_lots)),
            broken=bool(document.broken_rules),
            path=document.source.path, member=document.source.member,
        )  # fmt: skip

    def articles_of(self, lot: str) -> frozenset[str]:
        """The articles that it says to be in a lot (normalised); none where it does not say of all."""
        said = [item for at, item in self.articles if at in (None, lot)]
        return frozenset(item for item in said if item) if None not in said else frozenset()


@dataclass(slots=True)
class _Owner:
    """What one owner has in store, by the numbers that an invoice may be found by."""

    by_number: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    by_invoice: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    by_order: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Of receipts that name no invoice."""
    events: dict[tuple[str, str], list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """("order" or "despatch", its number) → events that name it."""
    by_lot: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot → receipts of it."""
    pledged: dict[tuple[str, str | None], list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot, and article that it is of (None: they do not say) → receipts by which it backs a loan."""
    pledged_lots: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot → the same of whatever article."""
    left: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot → events by which goods of it left, or ended."""


_Keepers = dict[str, tuple[Sequence[Stored], dict[str, tuple[str | None, Decimal] | None]]]


class Warehouses:
    """All receipts and unaddressed events. ``groups`` maps an enterprise to its group of related parties."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = groups
        self._owners: dict[str, _Owner] = {}
        self._lots: dict[Lot, list[Stored]] = defaultdict(list)
        self._measured: dict[Lot, list[Stored]] = defaultdict(list)
        self._above: dict[Lot, Above | None] = {}
        self.claims: Mapping[str, Sequence[str]] = {}
        """Enterprise → ids that it claims, and others, too."""
        self._keepers: dict[tuple[str, str], _Keepers] = {}
        """Owner and lot → what `_twice` says of it."""

    def add(self, stored: Stored) -> None:
        """Put a receipt or event where it is looked for."""
        for shelf in self._places(stored):
            shelf.append(stored)
            if len(shelf) > 1 and shelf[-2].place > stored.place:
                shelf.sort(key=lambda one: one.place)
        self._forget(stored)

    def remove(self, stored: Stored) -> None:
        """Take it out again: another document of the same key counts, or a party is called otherwise now."""
        for shelf in self._places(stored):
            shelf.remove(stored)
        self._forget(stored)

    def behind(
        self, seller: str, buyer: str, invoice: str, orders: Iterable[str], receipts: Iterable[str]
    ) -> list[Stored]:
        """Receipts behind an invoice (all numbers normalised): owned by its seller or buyer, held for nobody else, and
        it names them, or they name it, or, naming no invoice, its order; less what other keepers say to have of their lots.
        The seller's first."""
        found: dict[str, Stored] = {}
        for owner in dict.fromkeys((seller, buyer)):
            held = self._owners.get(owner)
            if held is None:
                continue
            ours = [one for number in receipts for one in held.by_number.get(number, ())]
            ours += held.by_invoice.get(invoice, ())
            ours += [one for number in orders for one in held.by_order.get(number, ())]
            for one in sorted(ours, key=lambda one: one.place):
                if one.consignee in (None, buyer):
                    found[one.key] = self._in_one_place(one)
        return list(found.values())

    def naming(self, owner: str, kind: str, number: str) -> Sequence[Stored]:
        """Receipts of an owner that have, or name, what invoices find them by: the number (normalised) of an "order", an
        "invoice" or a "receipt"."""
        if (held := self._owners.get(owner)) is None:
            return ()
        found = {"order": held.by_order, "invoice": held.by_invoice, "receipt": held.by_number}.get(kind, {})
        return found.get(number, ())

    def events(self, seller: str, orders: Iterable[str], despatches: Iterable[str]) -> list[Stored]:
        """Events of the seller's goods that name one of the orders or despatch advices."""
        held = self._owners.get(seller)
        if held is None or not held.events:
            return []
        named = [("order", number) for number in orders] + [("despatch", number) for number in despatches]
        return [one for place in named for one in held.events.get(place, ()) if not one.broken]

    def pledge(self, keeper: str, lot: str) -> str | None:
        """Key of the first receipt by which the lot backs a loan."""
        return next((one.key for one in self._lots.get((keeper, lot), ()) if one.pledged), None)

    def pledge_of_owner(self, owner: str, lot: str, articles: Iterable[str]) -> str | None:
        """The same at whatever keeper, also of an owner who is known by an id that this one and others claim: other keepers
        number other goods alike, so where the receipt says of which article its lot is, it must be one of ``articles``; none:
        that is not known."""
        asked = [(lot, article) for article in articles]
        found: list[Sequence[Stored]] = []
        for held in map(self._owners.get, (owner, *self.claims.get(owner, ()))):
            if held is not None:
                found += [held.pledged.get(one, ()) for one in (*asked, (lot, None)) if asked]
                found += [] if asked else [held.pledged_lots.get(lot, ())]
        return min(((one[0].place, one[0].key) for one in found if one), default=(0, None))[1]

    def pledges_of(self, owner: str) -> list[Stored]:
        """An owner's receipts that back loans."""
        held = self._owners.get(owner)
        return [] if held is None else [one for several in held.pledged_lots.values() for one in several]

    def proves(self, stored: Stored, *parties: str) -> bool:
        """Whether the receipt proves goods to ``parties``: nothing in it is broken, its keeper is independent, and the lot
        is as large as its receipts say and nowhere else. Whose trade it proves them to, `is_for` says."""
        if stored.broken or not self.independent(stored, *parties):
            return False
        return not any(
            self.above_stock((stored.keeper, lot)) or self._is_elsewhere(stored, lot) for _, lot in stored.lots
        )

    def _is_elsewhere(self, stored: Stored, lot: str) -> bool:
        """Whether others say to have all of a receipt's lot, or may do so."""
        twice, said = self.said_twice(stored, lot), _quantity_of(stored, lot)
        return twice is None or (said is not None and 0 < said[1] <= twice)

    @staticmethod
    def is_for(stored: Stored, buyer: str, invoice: str, orders: Iterable[str]) -> bool:
        """Whether the keeper says that the goods are those of the invoice, or its buyer's: no two trades can both rest on
        them. ``orders``: numbers of the buyer's orders behind the invoice, among the documents.

        The seller's goods must be held for the buyer, or for the one invoice that the receipt names; those that are the
        buyer's already must name its one order, since other sellers may number their invoices alike.
        """
        if stored.owner == buyer:
            return len(stored.orders) == 1 and stored.orders[0] in orders
        return stored.consignee == buyer or stored.invoices == (invoice,)

    def independent(self, stored: Stored, *parties: str) -> bool:
        """Whether the keeper belongs to another group than the owner, and than each of ``parties`` (seller and buyer)."""
        groups = self._groups
        keeper = groups.get(stored.keeper, stored.keeper)
        return all(groups.get(party, party) != keeper for party in (stored.owner, *parties))

    def said_twice(self, stored: Stored, lot: str) -> Decimal | None:
        """How much of a receipt's lot (normalised) other keepers say to have at the same time, in the unit in which it
        compares; None where that may be all of it. A lot is in one place: it left a keeper where that keeper says so, before
        it was stored by the other."""
        _, twice = self._twice(stored.owner, lot).get(stored.keeper, ((), {}))
        said = _quantity_of(stored, lot)
        if not twice:
            return Decimal(0)
        if said is None or any(quantity is None or quantity[0] != said[0] for quantity in twice.values()):
            return None
        return sum((quantity[1] for quantity in twice.values() if quantity), Decimal(0))

    def _twice(self, owner: str, lot: str) -> _Keepers:
        """Of an owner's lot, by keeper: its receipts, and how much of the lot is theirs and each other keeper's at once, with
        its unit (None: cannot be told). What is broken by itself contradicts nobody."""
        if (owner, lot) not in self._keepers:
            held = self._owners.get(owner, _Owner())
            at: dict[str, list[Stored]] = defaultdict(list)
            for one in sorted(held.by_lot.get(lot, ()), key=lambda one: (one.day or date.max, one.place)):
                if not one.broken:
                    at[one.keeper].append(one)
            left: dict[str, list[Stored]] = defaultdict(list)
            for event in sorted(held.left.get(lot, ()), key=lambda one: one.day or date.max) if len(at) > 1 else ():
                left[event.keeper].append(event)
            found: _Keepers = {keeper: (receipts, {}) for keeper, receipts in at.items()}
            with localcontext(prec=DIGITS):
                had = {keeper: _together(receipts, lot) for keeper, receipts in at.items()}
                for first, second in combinations(at, 2):  # in the order in which they had it
                    twice = _beyond(lot, at[first][0].day, left[first], at[second])
                    if twice and (most := had[first]) and most[0] == twice[0]:
                        twice = min(twice, most)
                    if twice is None or twice[1] > 0:
                        found[first][1][second] = found[second][1][first] = twice
            self._keepers[owner, lot] = found
        return self._keepers[owner, lot]

    def _in_one_place(self, stored: Stored) -> Stored:
        """The receipt less what other keepers say to have of its lots."""
        left = {lot: twice for _, lot in stored.lots if (twice := self.said_twice(stored, lot))}
        if not left:
            return stored
        lines = []
        with localcontext(prec=DIGITS, rounding=ROUND_DOWN):
            for line, (lot, _, quantity) in zip(stored.lines, stored.quantities, strict=True):
                taken = min(quantity, left.get(lot or "", Decimal(0)))
                if taken > 0 and lot and line.quantity is not None:
                    left[lot] -= taken
                    line = replace(line, quantity=line.quantity * (quantity - taken) / quantity)
                if line.quantity:
                    lines.append(line)
        return replace(stored, lines=tuple(lines))

    def above_stock(self, lot: Lot) -> Above | None:
        """What the lot's receipts say together and what was measured of it, where the first is more, or where the two cannot
        be compared (cases.md, C8).

        Measured is the largest count (an event that observed the lot), or all that was stored, less what was released or
        made into something else since. A lot that nobody measured is as large as its receipts say.
        """
        if lot not in self._above:
            with localcontext(prec=DIGITS):
                self._above[lot] = self._compare(lot)
        return self._above[lot]

    def findings_of(self, stored: Stored) -> Iterable[Finding]:
        """Of one receipt by itself."""
        if stored.movement is None and not self.independent(stored):
            yield found_in(stored, KeeperNotIndependent(document=stored.key), Severity.BLOCKED, stored.key)

    def findings_of_lot(self, lot: Lot) -> Iterable[Finding]:
        """Of all receipts of one lot."""
        receipts: Sequence[Stored] = self._lots.get(lot, ())
        keys = [one.key for one in receipts]
        if len(keys) > 1:
            error = LotInSeveralReceipts(lot=lot[1], keeper=lot[0], count=len(keys))
            yield found_in(receipts[0], error, Severity.FLAGGED, *keys)
        others: dict[str, Sequence[Stored]] = {}
        for owner in dict.fromkeys(one.owner for one in receipts):
            keepers = self._twice(owner, lot[1])
            others |= {keeper: keepers[keeper][0] for keeper in keepers.get(lot[0], ((), {}))[1]}
        if others and lot[0] < min(others):
            two = LotAtSeveralKeepers(lot=lot[1], keepers=", ".join((lot[0], *others)))
            elsewhere = [one.key for there in others.values() for one in there]
            yield found_in(receipts[0], two, Severity.BLOCKED, *keys, *elsewhere)
        if receipts and (above := self.above_stock(lot)):
            rule = ReceiptsAboveStock if above.comparable else StockNotComparable
            figures = rule(lot=lot[1], keeper=lot[0], written=above.written, measured=above.measured)
            keys += [event.key for event in (*self._measured.get(lot, ()), *self._gone(lot))]
            yield found_in(receipts[0], figures, Severity.BLOCKED, *keys)

    def lots_of(self, stored: Stored) -> set[Lot]:
        """The lots of which it says something."""
        lots = {(stored.keeper, lot) for _, lot in stored.lots}
        if stored.movement in LEAVING and (held := self._owners.get(stored.owner)):
            told = {lot for lot in (*stored.consumed, *(lot for _, lot in stored.lots)) if lot in held.by_lot}
            lots.update((one.keeper, lot) for lot in told for one in held.by_lot[lot] if _takes(stored, one))
        return lots

    def sharing(self, stored: Stored) -> list[Stored]:
        """Receipts of the same lots, at whatever keeper, itself among them: what it says may change what they prove."""
        lots = self.lots_of(stored)
        found = {one.key: one for lot in lots for one in self._lots.get(lot, ())}
        for owner in {stored.owner, *(one.owner for one in found.values())}:
            if held := self._owners.get(owner):
                found |= {one.key: one for _, lot in lots for one in held.by_lot.get(lot, ())}
        return list(found.values())

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _places(self, stored: Stored) -> Iterable[list[Stored]]:
        owner = self._owners.setdefault(stored.owner, _Owner())
        lots = dict.fromkeys((stored.keeper, lot) for _, lot in stored.lots)
        if stored.movement is not None:
            yield from (owner.events["order", number] for number in stored.orders)
            yield from (owner.events["despatch", number] for number in stored.despatches)
            if not stored.broken and stored.movement in MEASURING:
                yield from (self._measured[lot] for lot in lots)
            if not stored.broken and stored.movement in LEAVING:
                gone = stored.consumed if stored.movement is Movement.TRANSFORMED else (lot for _, lot in stored.lots)
                yield from (owner.left[lot] for lot in dict.fromkeys(gone))
            return
        yield owner.by_number[stored.number]
        yield from (owner.by_invoice[number] for number in stored.invoices)
        if not stored.invoices:
            yield from (owner.by_order[number] for number in stored.orders)
        yield from (self._lots[lot] for lot in lots)
        yield from (owner.by_lot[lot] for _, lot in lots)
        if stored.pledged:
            yield from (owner.pledged_lots[lot] for _, lot in lots)
            yield from (
                owner.pledged[lot, article] for _, lot in lots for article in stored.articles_of(lot) or (None,)
            )

    def _forget(self, stored: Stored) -> None:
        for lot in self.lots_of(stored):
            self._above.pop(lot, None)
        for told in (*stored.consumed, *(lot for _, lot in stored.lots)):
            self._keepers.pop((stored.owner, told), None)

    def _gone(self, lot: Lot) -> list[Stored]:
        """Events by which some of the lot left or ended, as its keeper says, or its owner against itself."""
        receipts = self._lots.get(lot, ())
        owners = dict.fromkeys(one.owner for one in receipts)
        events = [event for owner in owners for event in self._owners[owner].left.get(lot[1], ())]
        return [event for event in events if any(_takes(event, one) for one in receipts)]

    def _compare(self, lot: Lot) -> Above | None:
        receipts, events = self._lots.get(lot, ()), self._measured.get(lot, ())
        said = [_quantity_of(one, lot[1]) for one in receipts]
        seen = [(one, quantity) for one in events if (quantity := _quantity_of(one, lot[1])) is not None]
        gone = [(one, _quantity_of(one, lot[1])) for one in self._gone(lot)]
        if not seen and not gone:
            return None
        units = {None if quantity is None else quantity[0] for quantity in said}
        unit = next(iter(units), None)
        alike = [(one, quantity) for one, (in_unit, quantity) in seen if in_unit == unit]
        if None in said or len(units) != 1 or (seen and not alike):
            written = " + ".join("–" if one is None else _in_words(*one) for one in said)
            return Above(written, " + ".join(_in_words(*quantity) for _, quantity in seen) or "–", comparable=False)
        in_receipts = sum((quantity[1] for quantity in said if quantity is not None), Decimal(0))

        def left_since(day: date | None) -> Decimal | None:
            """All that left since the day; None where that may be all of it."""
            since = [quantity for one, quantity in gone if day is None or one.day is None or one.day >= day]
            if any(quantity is None or quantity[0] != unit for quantity in since):
                return None
            return sum((quantity[1] for quantity in since if quantity is not None), Decimal(0))

        stored = [quantity for one, quantity in alike if one.movement is Movement.STORED]
        counts = [(quantity, one.day) for one, quantity in alike if one.movement is Movement.OBSERVED]
        if stored or not counts:  # what nobody measured was as large as its receipts say
            counts.append((sum(stored, Decimal(0)) if stored else in_receipts, None))
        remains = [(quantity, left_since(day)) for quantity, day in counts]
        stock = max((quantity - left for quantity, left in remains if left is not None), default=Decimal(0))
        if in_receipts <= stock:
            return None
        return Above(_in_words(unit, in_receipts), _in_words(unit, max(stock, Decimal(0))), comparable=True)


def _beyond(
    lot: str, since: date | None, left: Sequence[Stored], receipts: Sequence[Stored]
) -> tuple[str | None, Decimal] | None:  # fmt: skip
    """How much more a keeper's ``receipts`` say of a lot than had left the keeper who had it ``since`` a day, by its events
    ``left``; at most, over all days; None where that cannot be told. What left and does not say how much, was all. All by
    day."""
    said = [_quantity_of(receipt, lot) for receipt in receipts]
    unit = said[0][0] if said[0] else None
    here = gone = most = Decimal(0)
    events = deque(event for event in left if since and event.day and since <= event.day)
    for receipt, quantity in zip(receipts, said, strict=True):
        while events and receipt.day and (event := events[0]).day and event.day <= receipt.day:
            went = _quantity_of(events.popleft(), lot)
            if went is None:
                gone = Decimal("Infinity")
            elif went[0] == unit:
                gone += went[1]
        if quantity is None or quantity[0] != unit:
            if not gone.is_infinite():
                return None
            continue
        here += quantity[1]
        most = max(most, here - gone)
    return unit, most


def _together(receipts: Iterable[Stored], lot: str) -> tuple[str | None, Decimal] | None:
    """How much of a lot receipts say there is; None where one does not say, or another unit."""
    said = [_quantity_of(receipt, lot) for receipt in receipts]
    units = {None if quantity is None else quantity[0] for quantity in said}
    if None in said or len(units) != 1:
        return None
    return units.pop(), sum((quantity[1] for quantity in said if quantity), Decimal(0))


def _takes(event: Stored, receipt: Stored) -> bool:
    """Whether the event may say that goods of the receipt are gone: as their keeper does, or their owner against itself."""
    return event.owner == receipt.owner and event.keeper in (receipt.keeper, receipt.owner)


def _quantity_of(stored: Stored, lot: str) -> tuple[str | None, Decimal] | None:
    """How much of a lot (normalised) a receipt or event says there is, or left; None where it does not say, or in several
    units."""
    if lot in stored.consumed:
        return None
    said = [(unit, quantity) for at, unit, quantity in stored.quantities if at == lot]
    if not said or any(at is None for at, _, _ in stored.quantities) or len({unit for unit, _ in said}) != 1:
        return None
    return said[0][0], sum((quantity for _, quantity in said), Decimal(0))


def _in_words(unit: str | None, quantity: Decimal) -> str:
    return f"{quantity.normalize():f} {unit or '–'}"


def numbers_of(references: Sequence[DocumentReference]) -> tuple[str, ...]:
    """The normalised numbers that references name, each once."""
    if not references:  # as of most papers' most kinds
        return ()
    return tuple(dict.fromkeys(normalised_number(reference.number) for reference in references))


def is_stored(document: TradeDocument) -> bool:
    """Whether the document belongs to no trade but to an owner's goods."""
    return document.type is DocumentType.WAREHOUSE_RECEIPT or (
        document.type is DocumentType.LOGISTICS_EVENT and document.buyer is None
    )
