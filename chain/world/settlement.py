"""What follows the papers of a trade: sellers answer orders, buyers answer invoices and pay them, at set rates.

It has a random stream of its own, so that trade is the same with it and without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from random import Random

from chain.documents.model import Answer
from chain.world.paperwork import Clerk, Invoice, Order
from chain.world.trades import Window

#: Days of the month on which buyers pay.
PAY_DAYS = (10, 25)
#: Invoices that one payment settles at most.
TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Habits:
    """How often, in per cent."""

    orders_accepted: int = 30
    """Of the orders, those that the seller accepts in writing; the others it just delivers."""
    orders_rejected: int = 2
    """Orders that the seller rejects, to a hundred that it delivers."""
    invoices_accepted: int = 30
    """Of the invoices, those that the buyer accepts in writing."""
    asked_first: int = 10
    """Of these, those that it contests first."""
    paid: int = 93
    """Of the invoices, those that are paid when they are due or soon after."""
    paid_late: int = 20
    """Of these, those that miss a pay day."""
    paid_in_parts: int = 12
    """Of these, those that are paid in two parts."""
    paid_early: int = 8
    """Of the invoices of the demo's story, none of which falls due in the batch that it comes in: those that are paid in part
    at once. The rest of them is what vouchers are issued for."""


HABITS = Habits()


class Settlement:
    """Answers and pays what the clerk wrote."""

    def __init__(self, clerk: Clerk, random: Random) -> None:
        self.clerk = clerk
        self.random = random
        self.papers = 0
        """Papers written so far."""
        self._answered_orders = self._answered_invoices = 0
        self._payable: list[tuple[date, int, Invoice, int]] = []
        """Pay day, serial number, invoice, minor units; a heap."""
        self._serial = 0

    def settle(self, window: Window, spoilt: Collection[str]) -> None:
        """Answer and pay what there is in the window, but for invoices whose paths are ``spoilt``."""
        before = len(self.clerk.files)
        orders, self._answered_orders = self.clerk.orders[self._answered_orders :], len(self.clerk.orders)
        for order in orders:
            self._answer_order(order, window)
        self._answered_orders = len(self.clerk.orders)
        invoices = self.clerk.invoices[self._answered_invoices :]
        self._answered_invoices = len(self.clerk.invoices)
        for invoice in invoices:
            if invoice.path not in spoilt:
                self._answer_invoice(invoice, window)
                self._plan_payment(invoice, window)
        for day, parts in self._due(window, spoilt):
            self.clerk.payment(parts, day)
        self.papers += len(self.clerk.files) - before

    # ---- answers -------------------------------------------------------------------------------------------------

    def _answer_order(self, order: Order, window: Window) -> None:
        placed = order.document.issue_date or window.start
        if self._chance(HABITS.orders_accepted):
            self.clerk.order_response(order, Answer.ACCEPTED, self._after(placed, 1, 2, window))
        if self._chance(HABITS.orders_rejected):
            day = self._after(placed, 2, 20, window)
            again = self.clerk.order(order.buyer, order.seller, order.goods, day)
            self.clerk.order_response(again, Answer.REJECTED, self._after(day, 1, 2, window))

    def _answer_invoice(self, invoice: Invoice, window: Window) -> None:
        if not self._chance(HABITS.invoices_accepted):
            return
        day = self._after(invoice.day, 1, 5, window)
        if self._chance(HABITS.asked_first):
            self.clerk.invoice_response(invoice, Answer.DISPUTED, day)
            day = self._after(day, 1, 4, window)
        self.clerk.invoice_response(invoice, Answer.ACCEPTED, day)

    def _after(self, day: date, least: int, most: int, window: Window) -> date:
        """So many days after, on a working day where the window has one."""
        return max(day, window.day(day + timedelta(days=self.random.randint(least, most))))

    # ---- payments ------------------------------------------------------------------------------------------------

    def _plan_payment(self, invoice: Invoice, window: Window) -> None:
        payable = invoice.payable_minor
        if not window.steady:
            if self._chance(HABITS.paid_early):
                part = payable * self.random.randint(10, 30) // 100
                self._pay(self._after(invoice.day, 2, 9, window), invoice, part)
            return
        if not self._chance(HABITS.paid):
            return
        day = pay_day(invoice.document.due_date or invoice.day)
        if self._chance(HABITS.paid_late):
            day = pay_day(day + timedelta(days=1))
        if self._chance(HABITS.paid_in_parts):
            part = payable * self.random.randint(30, 70) // 100
            self._pay(day, invoice, part)
            day, payable = pay_day(day + timedelta(days=20)), payable - part
        self._pay(day, invoice, payable)

    def _pay(self, day: date, invoice: Invoice, minor: int) -> None:
        self._serial += 1
        heappush(self._payable, (day, self._serial, invoice, minor))

    def _due(self, window: Window, spoilt: Collection[str]) -> Iterator[tuple[date, list[tuple[Invoice, int]]]]:
        """What is paid within the window: day by day, what one owes another together."""
        together: dict[tuple[date, str, str], list[tuple[Invoice, int]]] = defaultdict(list)
        while self._payable and self._payable[0][0] <= window.end:
            day, _, invoice, minor = heappop(self._payable)
            if invoice.path not in spoilt:
                order = invoice.order
                together[max(day, window.start), order.buyer.code, order.seller.code].append((invoice, minor))
        for (day, _, _), parts in together.items():
            for begin in range(0, len(parts), TOGETHER):
                yield day, parts[begin : begin + TOGETHER]

    def _chance(self, percent: int) -> bool:
        return self.random.random() * 100 < percent


def pay_day(due: date) -> date:
    """The first pay day on or after a day."""
    for day in PAY_DAYS:
        if due.day <= day:
            return due.replace(day=day)
    return (due.replace(day=1) + timedelta(days=32)).replace(day=PAY_DAYS[0])
