"""What happens between two partners in one batch: orders, partial deliveries, and the invoices that follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from chain.documents.model import TradeDocument
from chain.world.catalogue import SEASONS, Industry
from chain.world.enterprises import Firm
from chain.world.paperwork import Clerk, Goods, Order
from chain.world.topology import Link

#: When a tier invoices, as shares of the batch's span counted back from its end: the deepest tier delivers first.
INVOICE_WINDOWS = {1: (0.0, 0.2), 2: (0.18, 0.4), 3: (0.34, 0.58), 4: (0.5, 0.72)}
#: No invoice is older than this at its batch's end; with terms of 150 days at most it is due 30 days later or more.
MAX_SPAN_DAYS = 75
MIN_DAYS_TO_DUE, MAX_DAYS_TO_DUE = 30, 150
TERMS_DAYS = (30, 45, 60, 75, 90, 120, 150)


@dataclass(frozen=True, slots=True)
class Window:
    """The days of one batch."""

    start: date
    """No paper is dated earlier."""
    end: date
    """The batch's date; no paper is dated later."""
    steady: bool = False
    """Whether every tier invoices on all days, and is paid on the terms agreed; else tier after tier within the batch."""

    @property
    def span(self) -> int:
        """Days over which invoices are spread."""
        return min((self.end - self.start).days, MAX_SPAN_DAYS)

    def day(self, day: date) -> date:
        """``day``, or the Friday before when it is a weekend, within the window."""
        return min(max(day - timedelta(days=max(0, day.weekday() - 4)), self.start), self.end)

    def invoice_days(self, tier: int, count: int, random: Random) -> list[date]:
        """Days on which a supplier of ``tier`` invoices, earliest first."""
        first, last = (int(share * self.span) for share in ((0.0, 1.0) if self.steady else INVOICE_WINDOWS[tier]))
        return sorted(
            self.day(self.end - timedelta(days=random.randint(first, max(first, last)))) for _ in range(count)
        )

    def due(self, invoiced: date, terms_days: int) -> date:
        """Due day on the agreed terms, or the nearest usual terms that fall 30 to 150 days after the batch."""
        if self.steady:
            return invoiced + timedelta(days=terms_days)
        age = (self.end - invoiced).days
        usual = [days for days in TERMS_DAYS if MIN_DAYS_TO_DUE <= days - age <= MAX_DAYS_TO_DUE]
        return invoiced + timedelta(days=min(usual, key=lambda days: (abs(days - terms_days), days)))


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """What is ordered and not delivered yet."""

    link: Link
    order: Order
    goods: tuple[Goods, ...]


class Trader:
    """Lets linked firms trade, and has the clerk write it down."""

    def __init__(self, clerk: Clerk, keepers: list[Firm], random: Random) -> None:
        self.clerk = clerk
        self.keepers = keepers
        self.random = random
        self.backlog: list[OpenOrder] = []

    def trade(self, link: Link, budget_minor: int, window: Window) -> int:
        """One order worth about ``budget_minor`` before tax, and its deliveries. Gives its invoices' sum."""
        goods = self.goods(link.seller, budget_minor)
        stored = link.seller.tier >= 3 and self.random.random() < 0.2
        parts = [goods] if stored else self._parts(goods)
        days = window.invoice_days(link.seller.tier, len(parts), self.random)
        lead = timedelta(days=self.random.randint(5, 8))
        order = self.clerk.order(link.buyer, link.seller, goods, window.day(days[0] - lead - timedelta(days=5)))
        if stored:
            return self._deliver_in_warehouse(link, order, goods, days[0], window)
        if len(parts) > 1 and self.random.random() < 0.25:
            self.backlog.append(OpenOrder(link, order, parts.pop()))
            days.pop()
        return self._deliver(link, order, parts, days, window)

    def deliver_backlog(self, window: Window) -> dict[str, int]:
        """Deliver what an earlier batch left open. Gives the invoices' sums by seller."""
        sums: dict[str, int] = {}
        for rest in self.backlog:
            days = window.invoice_days(rest.link.seller.tier, 1, self.random)
            minor = self._deliver(rest.link, rest.order, [rest.goods], days, window)
            sums[rest.link.seller.code] = sums.get(rest.link.seller.code, 0) + minor
        self.backlog = []
        return sums

    def goods(self, seller: Firm, budget_minor: int) -> tuple[Goods, ...]:
        """One to three models of the seller's product for about the budget, one step of quantity at least."""
        product = seller.makes
        models = list(product.models)
        self.random.shuffle(models)
        models = sorted(models[: self.random.randint(1, len(models))], key=product.models.index)
        lines = []
        for position, model in enumerate(models, 1):
            step = product.unit.price_step_minor
            factor = self.random.randint(92, 108) + 4 * product.models.index(model)
            price = max(1, product.price_minor * factor // 100 // step) * step
            steps = max(1, budget_minor // len(models) // int(price * product.unit.quantity_step))
            lines.append(Goods(str(position), product, model, price, steps * product.unit.quantity_step))
        return tuple(lines)

    def _parts(self, goods: tuple[Goods, ...]) -> list[tuple[Goods, ...]]:
        """The order in one to three deliveries that add up to it."""
        wanted = self.random.choices((1, 2, 3), (72, 22, 6))[0]
        parts: list[tuple[Goods, ...]] = []
        rest = {line.line: line.steps for line in goods}
        for number in range(wanted, 0, -1):
            part = []
            for line in goods:
                steps = rest[line.line]
                taken = steps if number == 1 else steps * self.random.randint(35, 65) // 100
                rest[line.line] -= taken
                if taken:
                    part.append(line.of_steps(taken))
            if part:
                parts.append(tuple(part))
        return parts

    def _deliver(
        self,
        link: Link,
        order: Order,
        parts: list[tuple[Goods, ...]],
        days: list[date],
        window: Window,
    ) -> int:
        """Despatch, receipt and invoice of each part; two parts sometimes share an invoice."""
        together = len(parts) == 2 and self.random.random() < 0.3
        minor = 0
        waiting: list[tuple[tuple[Goods, ...], TradeDocument, TradeDocument]] = []
        for position, (part, invoiced) in enumerate(zip(parts, days, strict=True)):
            received = window.day(invoiced - timedelta(days=self.random.randint(0, 2)))
            left = window.day(received - timedelta(days=self.random.randint(1, 3)))
            despatch = self.clerk.despatch(order, part, left)
            waiting.append((part, despatch, self.clerk.receipt(order, despatch, part, received)))
            if together and position == 0:
                continue
            invoice = self.clerk.invoice(
                order,
                _merged([part for part, _, _ in waiting]),
                invoiced,
                window.due(invoiced, link.terms_days),
                delivered=received,
                despatches=[despatch for _, despatch, _ in waiting],
                receipts=[receipt for _, _, receipt in waiting],
            )
            waiting = []
            minor += invoice.payable_minor
        return minor

    def _deliver_in_warehouse(
        self, link: Link, order: Order, goods: tuple[Goods, ...], day: date, window: Window
    ) -> int:
        """The goods change hands in the keeper's warehouse: its receipt stands for despatch and receipt."""
        stored = window.day(day - timedelta(days=self.random.randint(1, 3)))
        keeper = self.random.choice(self.keepers)
        receipt = self.clerk.warehouse_receipt(keeper, order, goods, stored)
        due = window.due(day, link.terms_days)
        return self.clerk.invoice(order, goods, day, due, delivered=stored, receipts=[receipt]).payable_minor


def season_percent(industry: Industry, window: Window) -> int:
    """Purchases of an industry in the batch's last weeks, relative to the year's mean, per cent."""
    days = [window.end - timedelta(days=back) for back in range(window.span)]
    return sum(SEASONS[industry][day.month - 1] for day in days) // len(days)


def _merged(parts: list[tuple[Goods, ...]]) -> tuple[Goods, ...]:
    """Several deliveries as one list of lines, quantities of a line added."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        for line in part:
            sums[line.line] = sums.get(line.line, Decimal(0)) + line.quantity
    known = {line.line: line for part in parts for line in part}
    return tuple(known[number].of(sums[number]) for number in sorted(sums))
