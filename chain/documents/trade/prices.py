"""What an order pays for its goods, and what that makes of an amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from itertools import islice

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentLine, TradeDocument
from chain.documents.trade.stores import Heap, Place, Store, means, priced_as
from chain.documents.trade.thresholds import DEARER, HIGHEST_TAX_PERCENT, ROUNDING_MINOR
from chain.documents.units import measured, unit_code


class Prices:
    """What the lines of an order pay for one of a unit, without tax."""

    def __init__(self, order: TradeDocument, agreed: int) -> None:
        self._found: dict[tuple[str | None, ...], tuple[int, Decimal]] = {}
        listed = sum(line.net_minor or 0 for line in order.lines if line.quantity)
        for place, line in enumerate(order.lines):
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            if listed > 0 and quantity > 0 and (line.net_minor or 0) > 0:
                price = place, (line.net_minor or 0) / quantity
                _, item = means(line)
                # The lines of an order are known by their own numbers.
                for named in (("line", normalised_number(line.number), kind), ("item", item, kind), ("unit", kind)):
                    known = self._found.setdefault(named, price)
                    if item and named[0] == "item" and known[1] < price[1]:
                        self._found[named] = price  # of what was ordered at two prices, either may have come
        self.names = tuple(self._found)
        """What it has a price for, as `priced_as` names it."""
        self.any = bool(self._found)
        self.worth = Decimal(agreed) / listed if listed > 0 else Decimal(0)
        """By how much the order's amount, as it counts, is more than its lines say."""
        net, ordered = order.net_minor or order.payable_minor or 0, ordered_amount(order)
        charged = Decimal(net) / listed if listed > 0 else Decimal(1)
        self.most = max(Decimal(1), charged, charged * agreed / ordered if ordered else charged)
        """By how much its lines' prices may be more than they say: its charges, and what the buyer changed it to."""

    def asks(self, name: Place) -> Decimal:
        """The highest that it may ask for one of what it names so."""
        return self._found[name][1] * self.most

    def of(self, heap: Heap) -> Decimal:
        """The price of a heap's goods; 0 where the order has no line for them."""
        named = priced_as(heap.order_line, heap.item, heap.kind)
        return min((self._found[one] for one in named if one in self._found), default=(0, Decimal(0)))[1]


class PriceLists:
    """What the orders of one invoice pay, together; each price is looked at once, however many orders and lines there are."""

    def __init__(self, by_order: Mapping[str, Prices], naming: Callable[[Place], Mapping[Prices, None]]) -> None:
        """``naming``: what a price is for → all orders of the trade that have one for it."""
        self._by_order = by_order
        self._orders = dict.fromkeys(by_order.values())
        self._naming = naming
        self._of: dict[Store, PriceLists] = {}
        self._dearest: dict[Place, list[Prices]] = {}
        self._highest: dict[tuple[Place, ...], Decimal] = {}

    def __bool__(self) -> bool:
        return bool(self._orders)

    def highest(self, heap: Heap) -> Decimal:
        """The highest that may be asked for a heap's goods by one of the orders that they were received of, else by any; 0 where
        none has a line for them."""
        if heap.store not in self._of:
            its_own = {order: self._by_order[order] for order in heap.store.orders if order in self._by_order}
            self._of[heap.store] = PriceLists(its_own, self._naming)
        return self._of[heap.store]._highest_of_any(heap) or self._highest_of_any(heap)

    def _highest_of_any(self, heap: Heap) -> Decimal:
        if len(self._orders) < 2:
            return max((one.of(heap) * one.most for one in self._orders), default=Decimal(0))
        named = priced_as(heap.order_line, heap.item, heap.kind)
        if named not in self._highest:
            own = self._naming(named[0]).keys() & self._orders.keys()
            asked = [one.of(heap) * one.most for one in own]
            for other in named[1:]:  # an order that has the goods under both names asks what its first line says
                asked += islice((one.asks(other) for one in self._by_price(other) if one not in own), 1)
            self._highest[named] = max(asked, default=Decimal(0))
        return self._highest[named]

    def _by_price(self, name: Place) -> list[Prices]:
        if name not in self._dearest:
            having = self._naming(name).keys() & self._orders.keys()
            self._dearest[name] = sorted(having, key=lambda one: one.asks(name), reverse=True)
        return self._dearest[name]


def ordered_amount(order: TradeDocument) -> int:
    """An order's amount as it counts: with tax where it states tax, else without."""
    amount = order.payable_minor if order.tax_minor is not None else order.net_minor or order.payable_minor
    return max(0, amount or 0)


def amount_of_lines(order: TradeDocument, ordered: int, answered: Sequence[DocumentLine]) -> int | None:
    """An order's amount after its lines were given other quantities, at the order's prices; None where none were. What a
    line without a price is worth nobody knows, so an order with one has no room."""
    said = {
        normalised_number(line.order_line or line.number): line
        for line in answered
        if line.quantity is not None or line.net_minor is not None
    }
    if not said:
        return None
    gone = [line for line in said.values() if line.quantity is not None and line.quantity <= 0]
    if len(gone) == len(said) >= len(order.lines):
        return 0
    before, after = 0, Decimal(0)
    for line in order.lines:
        before += line.net_minor or 0
        worth = Decimal(line.net_minor or 0)
        if (new := said.get(normalised_number(line.number))) is not None:
            if not line.quantity or not line.net_minor or unit_code(new.unit or line.unit) != unit_code(line.unit):
                return 0
            if new.quantity is not None:
                worth = worth * max(new.quantity, Decimal(0)) / line.quantity
            if new.net_minor is not None:
                worth = min(worth, Decimal(new.net_minor))
        after += worth
    return max(0, int(ordered * after / before)) if before > 0 else 0


def at_most(fair: Decimal) -> Decimal:
    """What may be asked for what is worth so much at the agreed prices."""
    return fair * DEARER + ROUNDING_MINOR


def without_tax(minor: int) -> int:
    """The least that an amount with tax can be without it."""
    return max(0, -(-minor * 100 // (100 + HIGHEST_TAX_PERCENT)))


def rounded_up(value: Decimal) -> int:
    """To the next whole minor unit, but for what reckoning with decimals makes of a whole one."""
    return int(value.quantize(Decimal("0.000001")).to_integral_value(ROUND_CEILING))
