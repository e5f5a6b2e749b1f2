"""How much of an invoice its goods stand behind: what is drawn of what was received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from chain.documents.model import DocumentLine, DocumentType
from chain.documents.rules import (
    GoodsInvoicedTwice,
    MatchingRule,
    MoreInvoicedThanReceived,
    QuantitiesNotComparable,
    ReceivedWorthLess,
)
from chain.documents.trade.case import Case
from chain.documents.trade.orders import Orders
from chain.documents.trade.papers import Trade
from chain.documents.trade.prices import PriceLists, at_most, rounded_up
from chain.documents.trade.stores import Everywhere, Heap, Store, Supply, where
from chain.documents.trade.thresholds import DEARER, ROUNDING_MINOR
from chain.documents.trade.words import money_in_words, quantity_in_words
from chain.documents.units import measured


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a line drew of what was received."""

    line: DocumentLine
    lacks: Decimal
    """The share of it that was not there."""
    quantity: Decimal
    """How much was, as `chain.documents.units.measured` has it."""
    worth: Decimal
    """What that is worth at the order's prices."""


class Goods:
    """What was received, as the invoices use it up one after the other."""

    def __init__(self, trade: Trade, orders: Orders, cases: Sequence[Case]) -> None:
        self.trade, self.orders = trade, orders
        self.taken: dict[str, str] = {}
        """Proof of goods → the first invoice that it stands behind."""
        self.store: dict[str, Store] = {}
        """Receipt behind an invoice → what it says was received, with the others that its side has for the same orders."""
        self._everywhere: Everywhere | None = None
        self._indexed = False
        """Whether what was received is found by price, too."""
        self._drawn: list[tuple[Heap, Decimal]] = []
        """What the last invoice drew."""
        self._kept: dict[str, list[tuple[Heap, Decimal]]] = {}
        """Invoice → what its first writing drew and the one that counts may stand on."""
        self._gather(cases)

    def cap(self, case: Case) -> None:
        """Take off what was not received, or was invoiced before. Where receipts and invoice write quantities, line by line;
        where only receipts do, by what the order pays for so much. What no line of a receipt answers was not received; what
        was credited is not asked for any more."""
        self._drawn = []
        stores = self._stores(case)
        if not case.owed or not stores or self.trade.seller == self.trade.buyer:
            return
        kept = [*self._kept_for(case, stores), *self._named(case, stores)]
        if any(line.quantity is not None for line in case.document.lines):
            self._cap_by_quantities(case, self._supply(stores, kept))
        else:
            self._cap_by_worth(case, kept, stores)

    def keep(self, case: Case) -> None:
        """What an invoice's first writing drew stays taken, for the one that counts to stand on."""
        self._kept[case.key] = self._drawn

    def _kept_for(self, case: Case, stores: Sequence[Store]) -> list[Store]:
        parts: dict[Store, list[tuple[Heap, Decimal]]] = {store: [] for store in stores}
        for heap, part in self._kept.pop(case.key, ()):
            if heap.store in parts:
                parts[heap.store].append((heap, part))
        return [store.kept(taken) for store, taken in parts.items() if taken]

    def _named(self, case: Case, stores: Sequence[Store]) -> list[Store]:
        """What the receipts say that the invoice itself names, which it draws first: a collective invoice leaves to others what
        was received of the same orders at other times. None where it names all."""
        if not (case.document.receipts or case.document.despatches):
            return []
        named: dict[Store, list[str]] = {store: [] for store in stores}
        for proof in case.proofs:
            if (store := self.store[proof]) in named:
                named[store].append(proof)
        if all(len(receipts) == store.receipts for store, receipts in named.items()):
            return []
        return [store.part(receipts) for store, receipts in named.items()]

    def _gather(self, cases: Sequence[Case]) -> None:
        """Put together what was received: an order's receipts of one side are one store, whichever of them an invoice names;
        and what buyer and keeper say of an order's goods are the same goods."""
        pools: dict[tuple[tuple[str, ...] | None, tuple[str, ...]], list[str]] = defaultdict(list)
        for paper in self.trade.of.get(DocumentType.RECEIPT_ADVICE, ()):
            pools[None, tuple(sorted(self.trade.orders_behind(paper.key))) or (paper.key,)].append(paper.key)
        kept: dict[str, dict[str, None]] = defaultdict(dict)
        for case in cases:
            for one in case.proving:
                kept[one.key].update(dict.fromkeys(one.orders or case.order_numbers))
        for key, numbers in kept.items():
            pools[self.trade.stored[key].invoices, tuple(sorted(numbers)) or (key,)].append(key)
        sides: dict[str, tuple[list[Store], list[Store]]] = defaultdict(lambda: ([], []))
        for (invoices, orders), keys in pools.items():
            known = self.trade.keys(DocumentType.ORDER, orders)
            articles = self.orders.articles_of(known[0]) if len(known) == 1 else {}
            store = Store({key: self._lines(key) if self._came(key) else () for key in keys}, known, articles)
            store.silent = not any(_says_how_much(self._lines(key)) for key in keys)
            self.store.update(dict.fromkeys(keys, store))
            for number in orders:
                sides[number][invoices is not None].append(store)
        opposite: dict[Store, dict[Store, None]] = defaultdict(dict)
        for received, stored in sides.values():
            for store in received if stored else ():
                opposite[store].update(dict.fromkeys(stored))
            for store in stored if received else ():
                opposite[store].update(dict.fromkeys(received))
        for store, others in opposite.items():
            store.others = self._supply(others)

    def _supply(self, stores: Collection[Store], kept: Sequence[Store] = ()) -> Supply:
        if len(stores) > 1 and self._everywhere is None:
            self._everywhere = where(self.store.values())
        return Supply(stores, self._everywhere if len(stores) > 1 else None, kept)

    def _index_by_price(self, kept: Sequence[Store]) -> None:
        """Have what was received found by price, too."""
        if not self._indexed:
            self._indexed, self._everywhere = True, None
            for store in self.store.values():
                store.index_by_price()
        for store in kept:
            store.index_by_price()

    def _came(self, key: str) -> bool:
        day = self.trade.received_on(key) if key in self.trade.documents else self.trade.stored[key].day
        return (day or self.trade.today) <= self.trade.today

    def _stores(self, case: Case) -> list[Store]:
        """What was received and is not invoiced yet, of the goods of the invoice, where its receipts say how much."""
        return [store for store in dict.fromkeys(self.store[proof] for proof in case.proofs) if not store.silent]

    def _beside(self, case: Case) -> int:
        """How much of the invoice stands on its receipts that do not say how much: once, as much as is left of the orders
        that such a one and the invoice name."""
        orders = [
            key for proof in case.proofs
            if self.store[proof].silent and self.taken.setdefault(proof, case.key) == case.key
            for key in self._orders_named(proof) if key in case.orders
        ]  # fmt: skip
        return sum(self.orders.room(case, key, self.orders.claim(case, key) or 0) for key in dict.fromkeys(orders))

    def _lines(self, proof: str) -> tuple[DocumentLine, ...]:
        document = self.trade.documents.get(proof)
        return self.trade.stored[proof].lines if document is None else document.lines

    def _cap_by_quantities(self, case: Case, supply: Supply) -> None:
        """A line is backed by the less of its own quantity and of what its amount buys at the order's prices."""
        lines = [line for line in case.document.lines if line.net_minor is None or line.net_minor > 0]
        priced = sum(line.net_minor or 0 for line in lines)
        whole = max(case.net, priced)
        prices = self.orders.prices_of(case)
        missing, unpriced, worth = Decimal(0), Decimal(0), Decimal(0)
        drawn: list[_Drawn] = []
        worst: _Drawn | None = None
        for line in sorted(lines, key=lambda line: (not line.order_line, not line.item)):
            one = self._draw(case, line, supply, prices)
            if line.net_minor is None:
                unpriced = max(unpriced, one.lacks)
                worth += one.worth
            elif one.lacks < 1 and line.net_minor * one.lacks <= ROUNDING_MINOR:
                drawn.append(one)
                continue
            else:
                missing += line.net_minor * one.lacks
            if one.lacks:
                worst = worst or one
        missing = self._draw_for_credited(case, drawn, missing, supply, prices)
        # What the lines do not say stands on those without a price; where all have one, no goods are behind it.
        free = any(line.net_minor is None for line in lines)
        case.measured = bool(prices) or not free
        rest = Decimal(whole - priced)
        lacks = rest * (unpriced if free else 1)
        if free and prices:
            lacks = max(lacks, rest - at_most(worth * case.payable / case.owed))
        missing += lacks if lacks > ROUNDING_MINOR * (1 + len(lines)) else 0
        backed = case.owed - rounded_up(case.owed * missing / whole) if missing else case.owed
        if missing and (backed := backed + self._beside(case)) < case.owed:
            if worst is None:
                asked, received = (money_in_words(int(one), case.document.currency) for one in (rest, rest - lacks))
                error: MatchingRule = MoreInvoicedThanReceived(
                    document=case.key, line="–", invoiced=asked, received=received
                )
            else:
                error = self._too_much(case, worst, supply)
            self.trade.cap(case, backed, error, *case.proofs)

    def _draw(self, case: Case, line: DocumentLine, supply: Supply, prices: PriceLists) -> _Drawn:
        """Take a line's goods from what was received, less the share of the invoice that was credited."""
        if line.quantity is None or line.quantity <= 0:
            return _Drawn(line, Decimal(1), Decimal(0), Decimal(0))
        _, quantity = measured(line.quantity, line.unit)
        return self._draw_so_much(line, quantity * case.owed / case.payable, supply, prices)

    def _draw_so_much(self, line: DocumentLine, wanted: Decimal, supply: Supply, prices: PriceLists) -> _Drawn:
        kind, quantity = measured(line.quantity or Decimal(0), line.unit)

        def dearer(heap: Heap) -> Decimal:
            fair = quantity * prices.highest(heap)
            asked = (line.net_minor or 0) - ROUNDING_MINOR  # once a line: it does not grow with what is drawn
            return max(Decimal(1), asked / (fair * DEARER)) if fair else Decimal(1)

        left, taken = supply.draw(line, kind, wanted, dearer)
        self._drawn += taken
        worth = sum((part * prices.highest(heap) for heap, part in taken), Decimal(0))
        return _Drawn(line, left / wanted, wanted - left, worth)

    def _draw_for_credited(
        self, case: Case, drawn: Sequence[_Drawn], missing: Decimal, supply: Supply, prices: PriceLists
    ) -> Decimal:
        """What is still missing after goods are taken for the lines that have them in full, since what was credited may be
        what never came."""
        if not missing or case.owed == case.payable:
            return missing
        kept = Decimal(case.owed) / case.payable
        for one in drawn:
            if missing <= 0:
                break
            net = one.line.net_minor or 0
            _, quantity = measured(one.line.quantity or Decimal(0), one.line.unit)
            wanted = quantity * min(1 - kept, missing * kept / net)
            more = self._draw_so_much(one.line, wanted, supply, prices)
            missing -= net * more.quantity / quantity / kept
        return max(missing, Decimal(0))

    @staticmethod
    def _too_much(case: Case, drawn: _Drawn, supply: Supply) -> MatchingRule:
        """Why a line is not backed in full."""
        line = drawn.line
        asked, received = quantity_in_words(line.quantity, line.unit), "–"
        if line.quantity is not None and line.quantity > 0:
            kind, quantity = measured(line.quantity, line.unit)
            received = quantity_in_words(drawn.quantity * line.quantity / quantity, line.unit)
            said = supply.said_of(line)
            if said and kind not in said:
                others = " + ".join(quantity_in_words(much, unit) for unit, much in said.items())
                return QuantitiesNotComparable(document=case.key, line=line.number, invoiced=asked, received=others)
        return MoreInvoicedThanReceived(document=case.key, line=line.number, invoiced=asked, received=received)

    def _cap_by_worth(self, case: Case, kept: Sequence[Store], stores: Sequence[Store]) -> None:
        """An invoice that says no quantities asks for what was received at the price of the order that it was received of, else
        at those of its goods' orders."""
        self._index_by_price(kept)
        need, named = Decimal(1), ""  # the share of the invoice that nothing is there for yet
        orders = dict.fromkeys(case.goods_orders or case.orders)
        nobodys: tuple[list[Store], list[Store]] = [], []
        for several, of_no_order in zip((kept, stores), nobodys, strict=True):
            for store in several:
                its_own = [order for order in store.orders if order in orders]
                if its_own:
                    need, named = self._take_worth(case, its_own, [Supply([store])], need, named)
                else:
                    of_no_order.append(store)
        if any(nobodys):
            supplies = [Supply((), kept=nobodys[0]), self._supply(nobodys[1])]
            need, named = self._take_worth(case, orders, supplies, need, named)
        case.measured = bool(named)
        if not named or need * case.owed <= ROUNDING_MINOR:
            return
        if (backed := case.owed - rounded_up(case.owed * need) + self._beside(case)) < case.owed:
            error = ReceivedWorthLess(
                document=case.key, order=named, invoiced=money_in_words(case.owed, case.document.currency),
                received=money_in_words(backed, case.document.currency),
            )  # fmt: skip
            self.trade.cap(case, backed, error, *case.proofs)

    def _take_worth(
        self, case: Case, orders: Iterable[str], supplies: Sequence[Supply], need: Decimal, named: str
    ) -> tuple[Decimal, str]:
        """Take what the orders have a price for; the share of the invoice that nothing is there for after it, and the number of
        the first order that prices anything."""
        for key in orders:
            prices, claim = self.orders.price_list(key), self.orders.claim(case, key)
            if not claim or not prices.worth:
                continue
            places = [("priced", *name) for name in prices.names]
            if any(supply.had(places) for supply in supplies):
                named = named or self.trade.documents[key].number
            for heap in chain.from_iterable(supply.at(places) for supply in supplies):
                if need <= 0:
                    break
                price = prices.of(heap) * prices.worth
                wanted = need * claim / price
                part = min(heap.left, wanted)
                need = Decimal(0) if part == wanted else need - part * price / claim
                heap.take(part)
                self._drawn.append((heap, part))
        return need, named

    def once(self, case: Case) -> None:
        """Where neither quantities nor the amount of an order that it names limit what a receipt stands behind, it stands
        behind one invoice only."""
        if not case.owed:
            return
        for proof in case.proofs:
            if not case.measured and not case.capped_by.isdisjoint(self._orders_named(proof)):
                continue
            other = self.taken.setdefault(proof, case.key)
            if case.measured:
                continue
            if other != case.key:
                self.trade.block(case, GoodsInvoicedTwice(document=case.key, proof=proof, other=other), proof, other)
                return
            self._use_up(proof)

    def _orders_named(self, proof: str) -> tuple[str, ...]:
        """Keys of the orders that a receipt names, or its despatch advices."""
        if proof in self.trade.documents:
            return self.store[proof].orders
        return self.trade.keys(DocumentType.ORDER, self.trade.stored[proof].orders)

    def _use_up(self, proof: str) -> None:
        """All that the receipt says was received stands behind one invoice now."""
        supply = Supply([self.store[proof]])
        for line in self._lines(proof):
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            _, taken = supply.draw(line, kind, quantity, lambda _: Decimal(1))
            self._drawn += taken


def _says_how_much(lines: Sequence[DocumentLine]) -> bool:
    return any(line.quantity is not None for line in lines)
