"""How much room its orders leave an invoice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentLine, DocumentType, Severity, TradeDocument
from chain.documents.rules import (
    MatchingRule,
    OrderInAnotherCurrency,
    OrdersDiffer,
    OrderWithoutAmount,
    OverInvoicedOrder,
    PriceAboveOrder,
)
from chain.documents.trade.answers import OrderAnswers
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Trade
from chain.documents.trade.prices import PriceLists, Prices, amount_of_lines, at_most, without_tax
from chain.documents.trade.remaining import Remaining
from chain.documents.trade.stores import Place
from chain.documents.trade.thresholds import ROUNDING_MINOR
from chain.documents.trade.words import money_in_words
from chain.documents.units import unit_code


@dataclass(slots=True, eq=False)
class _Several:
    """An invoice over several orders, and what it took of each."""

    owed: int
    claims: Mapping[str, int]
    """Order → what the invoice asks of it (`Orders.claim`)."""
    parts: dict[str, int]
    """Order → so much of the invoice."""
    left: dict[str, int]
    """That of all orders."""

    def move(self, order: str, other: str, most: int) -> int:
        """Take of another order what was taken of this one, to leave at most so much of it; returns how much that is."""
        at, to = self.claims[order], self.claims[other]
        part = min(self.parts[order], -(-most * self.owed // at), self.owed * self.left[other] // to)
        freed = self._used(order) - self._used(order, -part)
        self.left[order] += freed
        self.left[other] -= self._used(other, part) - self._used(other)
        self.parts[order] -= part
        self.parts[other] += part
        return freed

    def _used(self, order: str, more: int = 0) -> int:
        return -(-(self.parts[order] + more) * self.claims[order] // self.owed)


@dataclass(slots=True, eq=False)
class _Taken:
    """What such an invoice took of one of its orders."""

    of: _Several
    order: str

    @property
    def remains(self) -> bool:
        """Whether some of it may be moved; what is taken of the order later is another's."""
        return self.of.parts[self.order] > 0 and any(self.of.left[key] for key in self.of.claims)


class Orders:
    """What is left of each order, as the invoices take it one after the other."""

    def __init__(self, trade: Trade, answers: OrderAnswers) -> None:
        self.trade, self.answers = trade, answers
        self.left: dict[str, int] = {}
        """Order → what is left of it, with tax where the order states tax, else without."""
        self._kept: dict[tuple[str, str], int] = {}
        """Invoice and order → how much of the order the invoice's first writing took and the one that counts did not yet."""
        self._taken: dict[str, Remaining[_Taken]] = {}
        """Order → what invoices over several orders took of it."""
        self._prices: dict[str, Prices] = {}
        self._priced: dict[Place, dict[Prices, None]] = defaultdict(dict)
        self._lines: dict[str, tuple[dict[str, DocumentLine], dict[str, DocumentLine]]] = {}
        """Order → its lines by number, and by article where that was ordered once."""
        self._articles: dict[str, dict[str, str]] = {}

    def cap(self, case: Case) -> None:
        """All invoices of an order together back at most what was ordered: with tax where the order states it, else without.
        Where the invoice names other orders than the papers of its goods, both must have room."""
        claims = {key: self.claim(case, key) for key in dict.fromkeys((*case.orders, *case.goods_orders))}
        named = {frozenset(keys): keys for keys in (case.goods_orders, case.orders)}  # in whatever order
        groups = [
            group for keys in reversed(named.values()) if (group := [key for key in keys if claims[key] is not None])
        ]  # fmt: skip
        self._look_at_orders(case)
        if not groups or not case.owed:
            return
        case.capped_by = frozenset(key for group in groups for key in group)
        last = set(groups[-1])
        both = [key for key in groups[0] if key in last]
        rooms = [sum(self.room(case, key, claims[key] or 0) for key in group) for group in groups]
        if min(rooms) < case.owed and len(groups) == 1:
            self._make_room(case, {key: claim for key in groups[0] if (claim := claims[key])}, case.owed - rooms[0])
            rooms = [sum(self.room(case, key, claims[key] or 0) for key in groups[0])]
        backed = min(case.owed, *rooms)
        if backed < case.owed:
            tight = [key for key in groups[rooms.index(min(rooms))] if claims[key]]
            if not tight:  # all in another currency, which is said already
                case.cap = 0
                return
            if 0 < backed >= case.owed - ROUNDING_MINOR * len(tight):  # so much the taxes of parts make: no fault
                case.cap = min(backed, backed if case.cap is None else case.cap)
            else:
                error = OverInvoicedOrder(
                    document=case.key, order=self.trade.documents[tight[0]].number,
                    invoiced=money_in_words(case.owed, case.document.currency),
                    left=money_in_words(backed, case.document.currency),
                )  # fmt: skip
                self.trade.cap(case, backed, error, *tight)
        rests = [backed] * len(groups)
        parts: dict[str, int] = {}
        for key in both:
            parts[key] = self.take(case, key, claims[key] or 0, min(rests))
            rests = [rest - parts[key] for rest in rests]
        for place, group in enumerate(groups):
            for key in group:
                if key not in both:
                    rests[place] -= self.take(case, key, claims[key] or 0, rests[place])
        if len(both) > 1 and len(groups) == 1 and case.key not in self.trade.superseded:
            several = _Several(case.owed, {key: claim for key in both if (claim := claims[key])}, parts, self.left)
            for key in several.claims:
                self._taken.setdefault(key, Remaining()).append(_Taken(several, key))
        self._look_at_prices(case, groups[0])

    def _make_room(self, case: Case, claims: Mapping[str, int], wanted: int) -> None:
        """Move what earlier invoices over several orders took of these to others of theirs, as far as those have room: papers
        do not say how much of such an invoice is whose, and all of them together stay within what was ordered. ``wanted``:
        for so much of the invoice."""
        for key, claim in claims.items():
            for taken in self._taken.get(key, ()):
                several = taken.of
                for other in several.claims:
                    if wanted <= 0:
                        return
                    if other not in claims and self.left[other]:
                        freed = several.move(key, other, -(-wanted * claim // case.owed))
                        self._taken.setdefault(other, Remaining()).append(_Taken(several, other))
                        wanted -= freed * case.owed // claim

    def claim(self, case: Case, key: str) -> int | None:
        """What the invoice asks of an order, as the order counts; None where the order limits nothing. 0 where its currency
        is another: then it has no room."""
        order = self.trade.documents[key]
        if order.payable_minor is None or case.document.currency is None:
            return None
        if order.currency != case.document.currency:
            return 0
        if order.tax_minor is not None:
            return case.owed
        net = max(0, (case.document.net_minor or case.payable) - case.credited_net)
        return max(min(net, case.owed), without_tax(case.owed))

    def room(self, case: Case, key: str, claim: int) -> int:
        """How much of the invoice the order has room for, with tax."""
        if not claim:
            return 0
        if key not in self.left:
            self.left[key] = self._agreed(key)
        return min(case.owed, case.owed * (self.left[key] + self._kept.get((case.key, key), 0)) // claim)

    def take(self, case: Case, key: str, claim: int, minor: int) -> int:
        """Use the order's room up for so much of the invoice; returns how much of it that is."""
        part = min(minor, self.room(case, key, claim))
        used = -(-part * claim // case.owed)
        kept = self._kept.pop((case.key, key), 0)
        self.left[key] = max(0, self.left.get(key, 0) - max(0, used - kept))
        if case.superseded:
            self._kept[case.key, key] = used
        return part

    def _agreed(self, key: str) -> int:
        """The order's amount, as the buyer last changed it; or less where the seller accepted less. More than was ordered the
        buyer never agreed to."""
        order = self.trade.documents[key]
        with_tax = order.tax_minor is not None

        def amount(document: TradeDocument) -> int | None:
            if document.payable_minor is None or document.currency != order.currency:
                return None
            return document.payable_minor if with_tax else document.net_minor or document.payable_minor

        ordered = max(0, amount(order) or 0)

        def answered(document: TradeDocument) -> int | None:
            without = document.payable_minor is None
            return amount_of_lines(order, ordered, document.lines) if without else amount(document)

        if (change := self.answers.of_buyer.get(key)) and (changed := answered(change.document)) is not None:
            ordered = changed
        answer = self.answers.of_seller.get(key)
        accepted = None if answer is None else answered(answer.document)
        return ordered if accepted is None else min(ordered, accepted)

    def prices_of(self, case: Case) -> PriceLists:
        """Those of the orders of its goods, in its currency, that have any."""
        keys = [key for key in case.goods_orders or case.orders if self.claim(case, key)]
        return PriceLists({key: prices for key in keys if (prices := self.price_list(key)).any}, self._that_price)

    def _that_price(self, name: Place) -> Mapping[Prices, None]:
        """The orders of the trade that have a price for what is named so."""
        if not self._priced:
            for prices in map(self.price_list, self.trade.numbers[DocumentType.ORDER].values()):
                for one in prices.names:
                    self._priced[one][prices] = None
        return self._priced.get(name, {})

    def price_list(self, order: str) -> Prices:
        """What an order (its key) pays for its goods."""
        if order not in self._prices:
            self._prices[order] = Prices(self.trade.documents[order], self._agreed(order))
        return self._prices[order]

    def _lines_of(self, order: str) -> tuple[dict[str, DocumentLine], dict[str, DocumentLine]]:
        if order not in self._lines:
            agreed = {line.number: line for line in self.trade.documents[order].lines}
            items = Counter(line.item for line in agreed.values() if line.item)
            by_item = {line.item: line for line in agreed.values() if line.item and items[line.item] == 1}
            self._lines[order] = agreed, by_item
        return self._lines[order]

    def articles_of(self, order: str) -> dict[str, str]:
        """Article → the one line of an order (its key) that it was ordered in; both normalised."""
        if order not in self._articles:
            lines: dict[str, list[str]] = defaultdict(list)
            for line in self.trade.documents[order].lines:
                if line.item:
                    lines[normalised_number(line.item)].append(normalised_number(line.number))
            self._articles[order] = {item: numbers[0] for item, numbers in lines.items() if len(numbers) == 1}
        return self._articles[order]

    def _look_at_orders(self, case: Case) -> None:
        """Orders that cannot be compared, or are not those of the goods."""
        document = case.document
        for key in dict.fromkeys((*case.orders, *case.goods_orders)):
            order = self.trade.documents[key]
            if order.payable_minor is None or order.currency is None:
                error: MatchingRule = OrderWithoutAmount(document=case.key, order=order.number)
                self.trade.find(error, Severity.FLAGGED, document, case.key, key)
            elif document.currency is not None and order.currency != document.currency:
                error = OrderInAnotherCurrency(
                    document=case.key, currency=document.currency, order=order.number, expected=order.currency
                )
                self.trade.cap(case, case.owed, error, key)
        others = [key for key in case.goods_orders if key not in case.orders]
        if others and not set(case.orders) <= set(case.goods_orders):
            error = OrdersDiffer(
                document=case.key,
                order=self.trade.documents[case.orders[0]].number,
                other=self.trade.documents[others[0]].number,
            )
            self.trade.find(error, Severity.FLAGGED, document, case.key, case.orders[0], others[0])

    def _look_at_prices(self, case: Case, orders: Sequence[str]) -> None:
        """Flag a line whose price is above that of its order line: a higher price on fewer goods hides in the total."""
        if len(orders) != 1:
            return
        agreed, by_item = self._lines_of(orders[0])
        for line in case.document.lines:
            # An e-invoice has no place for the order's line; its article says which one, where it was ordered once.
            ordered = agreed.get(line.order_line) if line.order_line else by_item.get(line.item or "")
            if ordered is None or not (line.quantity and ordered.quantity):
                continue
            if unit_code(ordered.unit) != unit_code(line.unit):
                continue
            if line.net_minor is None or not ordered.net_minor or line.quantity <= 0 or ordered.quantity <= 0:
                continue
            fair = ordered.net_minor * line.quantity / ordered.quantity
            if line.net_minor > at_most(fair):
                error = PriceAboveOrder(
                    document=case.key, line=line.number, order=orders[0],
                    asked=money_in_words(int(line.net_minor / line.quantity), case.document.currency),
                    ordered=money_in_words(int(ordered.net_minor / ordered.quantity), case.document.currency),
                )  # fmt: skip
                self.trade.find(error, Severity.FLAGGED, case.document, case.key, orders[0])
                return
