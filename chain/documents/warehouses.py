"""What keepers say: goods in store by owner and by lot, which of them back a loan, and whether they can be there at all.

A warehouse receipt belongs to no trade: it says whose the goods are, and any of the owner's trades may rest on it. So
trades ask here; and a new receipt says here whose trades must be looked at again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentReference, DocumentType, Finding, Movement, Severity, TradeDocument
from chain.documents.rules import (
    KeeperNotIndependent,
    LotAtSeveralKeepers,
    LotInSeveralReceipts,
    ReceiptsAboveStock,
    found_in,
)

DIGITS = 100
"""To which quantities are reckoned; no paper writes that many."""

Lot = tuple[str, str]
"""Keeper and normalised number."""


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
    quantities: tuple[tuple[str, str | None, Decimal], ...]
    """Normalised lot, unit and quantity, line by line."""
    movement: Movement | None
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
        quantities = (
            (normalised_number(line.lot) if line.lot else only, line.unit, line.quantity)
            for line in document.lines
            if line.quantity is not None
        )
        return cls(
            place=place, key=key, owner=owner, consignee=consignee, keeper=keeper,
            number=normalised_number(document.number), orders=numbers_of(document.orders),
            despatches=numbers_of(document.despatches), invoices=numbers_of(document.invoices),
            lots=tuple((lot, normalised_number(lot)) for lot in lots), day=document.delivery_date,
            pledged=document.pledged,
            quantities=tuple((lot, unit, quantity) for lot, unit, quantity in quantities if lot is not None),
            movement=document.movement, broken=bool(document.broken_rules),
            path=document.source.path, member=document.source.member,
        )  # fmt: skip


@dataclass(slots=True)
class _Owner:
    """What one owner has in store, by the numbers that an invoice may be found by."""

    by_number: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    by_invoice: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    by_order: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Of receipts that name no invoice."""
    events: dict[tuple[str, str], list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """("order" or "despatch", its number) → events that name it."""
    pledged: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot → receipts by which it backs a loan."""
    lots: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Normalised lot → its receipts, of whatever keeper."""


class Warehouses:
    """All receipts and unaddressed events. ``groups`` maps an enterprise to its group of related parties."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = groups
        self._owners: dict[str, _Owner] = {}
        self._lots: dict[Lot, list[Stored]] = defaultdict(list)
        self._measured: dict[Lot, list[Stored]] = defaultdict(list)
        self._released: dict[Lot, list[Stored]] = defaultdict(list)
        self._above: dict[Lot, tuple[Decimal, Decimal] | None] = {}

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
        it names them, or they name it, or, naming no invoice, its order. The seller's first."""
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
                    found[one.key] = one
        return list(found.values())

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

    def pledge_of_owner(self, owner: str, lot: str) -> str | None:
        """The same of a lot that a paper names without its keeper."""
        held = self._owners.get(owner)
        return next((one.key for one in held.pledged.get(lot, ())), None) if held else None

    def proves(self, stored: Stored, *parties: str) -> bool:
        """Whether the receipt proves goods to ``parties``: nothing in it is broken, its keeper is independent, and the lot
        is as large as its receipts say and nowhere else."""
        if stored.broken or not self.independent(stored, *parties):
            return False
        return not any(self.above_stock((stored.keeper, lot)) or self.elsewhere(stored, lot) for _, lot in stored.lots)

    def independent(self, stored: Stored, *parties: str) -> bool:
        """Whether the keeper belongs to another group than the owner, and than each of ``parties`` (seller and buyer)."""
        groups = self._groups
        keeper = groups.get(stored.keeper, stored.keeper)
        return all(groups.get(party, party) != keeper for party in (stored.owner, *parties))

    def elsewhere(self, stored: Stored, lot: str) -> list[Stored]:
        """Receipts of other keepers for the same lot of the same owner, at a time when it was still here, or here when it was
        still there: a lot is in one place. It left a keeper where an event says that it was released, before it was stored
        by the other."""
        held = self._owners.get(stored.owner)
        receipts = held.lots.get(lot, ()) if held else ()
        return [one for one in receipts if one.keeper != stored.keeper and self._at_once(stored, one, lot)]

    def _at_once(self, one: Stored, other: Stored, lot: str) -> bool:
        first, second = sorted((one, other), key=lambda receipt: (receipt.day or date.max, receipt.place))
        left = self._released.get((first.keeper, lot), ())
        return not any(
            second.day and event.day and (first.day or date.max) <= event.day <= second.day for event in left
        )

    def above_stock(self, lot: Lot) -> tuple[Decimal, Decimal] | None:
        """What the lot's receipts say together and what was measured of it, where the first is more (cases.md, C8).

        Measured is the most that ever was there: the largest count (an event that observed the lot), or all that was
        stored. What was released since makes no receipt untrue. Only one unit can be compared; a lot that nobody
        measured is as large as its receipts say.
        """
        if lot not in self._measured:
            return None
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
        receipts = self._lots.get(lot, ())
        keys = [one.key for one in receipts]
        if len(keys) > 1:
            error = LotInSeveralReceipts(lot=lot[1], keeper=lot[0], count=len(keys))
            yield found_in(receipts[0], error, Severity.FLAGGED, *keys)
        elsewhere = [other for one in receipts for other in self.elsewhere(one, lot[1])]
        if elsewhere and lot[0] < min(one.keeper for one in elsewhere):
            keepers = ", ".join(dict.fromkeys((lot[0], *(one.keeper for one in elsewhere))))
            two = LotAtSeveralKeepers(lot=lot[1], keepers=keepers)
            yield found_in(receipts[0], two, Severity.BLOCKED, *keys, *(one.key for one in elsewhere))
        if receipts and (figures := self.above_stock(lot)):
            written, measured = figures
            above = ReceiptsAboveStock(lot=lot[1], keeper=lot[0], written=f"{written:f}", measured=f"{measured:f}")
            keys += [event.key for event in self._measured[lot]]
            yield found_in(receipts[0], above, Severity.BLOCKED, *keys)

    def sharing(self, stored: Stored) -> list[Stored]:
        """Receipts of the same lots, itself among them: what it says may change what they prove."""
        found = {one.key: one for lot in stored.lots for one in self._lots.get((stored.keeper, lot[1]), ())}
        for owner in {stored.owner, *(one.owner for one in found.values())}:
            held = self._owners.get(owner)
            found |= {one.key: one for _, lot in stored.lots if held for one in held.lots.get(lot, ())}
        return list(found.values())

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _places(self, stored: Stored) -> Iterable[list[Stored]]:
        owner = self._owners.setdefault(stored.owner, _Owner())
        lots = dict.fromkeys((stored.keeper, lot) for _, lot in stored.lots)
        if stored.movement is not None:
            yield from (owner.events["order", number] for number in stored.orders)
            yield from (owner.events["despatch", number] for number in stored.despatches)
            if not stored.broken and stored.movement in (Movement.STORED, Movement.OBSERVED):
                yield from (self._measured[lot] for lot in lots)
            elif not stored.broken and stored.movement is Movement.RELEASED:
                yield from (self._released[lot] for lot in lots)
            return
        yield owner.by_number[stored.number]
        yield from (owner.by_invoice[number] for number in stored.invoices)
        if not stored.invoices:
            yield from (owner.by_order[number] for number in stored.orders)
        yield from (self._lots[lot] for lot in lots)
        yield from (owner.lots[lot] for _, lot in lots)
        if stored.pledged:
            yield from (owner.pledged[lot] for _, lot in lots)

    def _forget(self, stored: Stored) -> None:
        for _, lot in stored.lots:
            self._above.pop((stored.keeper, lot), None)

    def _compare(self, lot: Lot) -> tuple[Decimal, Decimal] | None:
        said = [
            (unit, quantity) for one in self._lots.get(lot, ()) for at, unit, quantity in one.quantities if at == lot[1]
        ]
        seen = [
            (one.movement, unit, quantity)
            for one in self._measured[lot]
            for at, unit, quantity in one.quantities
            if at == lot[1]
        ]
        if len({unit for unit, _ in said} | {unit for _, unit, _ in seen}) != 1:
            return None
        stored = sum((quantity for movement, _, quantity in seen if movement is Movement.STORED), Decimal(0))
        stock = max([stored, *(quantity for movement, _, quantity in seen if movement is Movement.OBSERVED)])
        written = sum((quantity for _, quantity in said), Decimal(0))
        return (written, stock) if written > stock else None


def numbers_of(references: Iterable[DocumentReference]) -> tuple[str, ...]:
    """The normalised numbers that references name, each once."""
    return tuple(dict.fromkeys(normalised_number(reference.number) for reference in references))


def is_stored(document: TradeDocument) -> bool:
    """Whether the document belongs to no trade but to an owner's goods."""
    return document.type is DocumentType.WAREHOUSE_RECEIPT or (
        document.type is DocumentType.LOGISTICS_EVENT and document.buyer is None
    )
