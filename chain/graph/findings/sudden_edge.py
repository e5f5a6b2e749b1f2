"""C2: large sales to a customer that is new, just before they are to be financed."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, Finding, Severity
from chain.documents.shelf import KINDS, NONE, Touched
from chain.documents.warehouses import numbers_of
from chain.graph.findings.detector import Books, Detector, Sale

RECEIPT = KINDS.index(DocumentType.RECEIPT_ADVICE)


@dataclass(frozen=True, slots=True)
class SuddenEdgeThresholds:
    """When a new customer is a sudden one."""

    recent_days: int = 90
    """The first invoice is no older, as of today: what is older was paid, or is overdue, by now."""
    history_days: int = 90
    """The seller sold for so long before; of a seller that is itself new, everything is new."""
    history_invoices: int = 5
    """And so often: fewer make no usual amount."""
    opening_days: int = 30
    """What is sold to the new customer in its first days counts together."""
    times_usual: int = 3
    """The seller's usual sale (its median invoice before) so many times: new customers begin small."""
    times_usual_unknown: int = 1
    """The same where the customer has no other trade at all."""


THRESHOLDS = SuddenEdgeThresholds()


class SuddenEdges(Detector[int]):
    """By seller (number of an enterprise)."""

    def subjects(self, books: Books) -> Iterable[int]:
        return {seller for seller, _ in books.shelf.trades}

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[int]:
        shelf = books.shelf
        sellers = books.sellers_of(touched.invoices)
        # Where goods are received, the customer is a customer.
        receipts = [place for place in touched.papers if shelf.kind[place] == RECEIPT]
        received = {shelf.trade[place] for place in receipts if shelf.counts[place]} - {NONE}
        if touched.stored or not all(shelf.counts[place] for place in receipts):
            received |= touched.trades
        sellers |= {shelf.trades[trade][0] for trade in received}
        # A customer's first other trade makes it a known one for all who sell to it. However many came with it, one at most
        # was there before.
        for customer in {end for trade in touched.trades for end in shelf.trades[trade]}:
            own = shelf.trades_of[customer]
            before = list(islice((one for one in own if one not in touched.trades and shelf.papers_of[one]), 2))
            if len(before) < 2:
                came = (trade for trade in own if trade in touched.trades)
                sellers |= {shelf.trades[trade][0] for trade in (*before, *came)}
        return sellers

    def judge(self, books: Books, subject: int) -> Sequence[Finding]:
        sales = books.sales(subject)
        if len(sales) <= THRESHOLDS.history_invoices:
            return ()
        since = books.today.toordinal() - THRESHOLDS.recent_days
        first_sale = sales[0].day
        trades: dict[int, list[Sale]] = defaultdict(list)
        for sale in islice(sales, bisect_left(sales, (since,)), None):
            trades[sale.trade].append(sale)
        for trade in [trade for trade in trades if self._older(books, trade, since)]:
            del trades[trade]
        if not trades:
            return ()
        found: list[Finding] = []
        before: dict[int, list[int]] = defaultdict(list)  # currency → amounts of the sales before, sorted
        passed = 0
        for own in sorted(trades.values()):  # by the day that they opened
            opened = own[0].day
            if opened - first_sale < THRESHOLDS.history_days:
                continue
            while sales[passed].day < opened:
                insort(before[sales[passed].currency], sales[passed].minor)
                passed += 1
            usual = {
                currency: minors[len(minors) // 2]
                for currency, minors in before.items()
                if len(minors) >= THRESHOLDS.history_invoices
            }
            found += self._judge_opening(books, own, usual)
        return found

    def _older(self, books: Books, trade: int, since: int) -> bool:
        """Whether the trade began before that day; nearly always its first invoice says so."""
        return any(NONE != books.shelf.day[place] < since for place in books.shelf.invoices_of[trade])

    def _judge_opening(self, books: Books, own: list[Sale], usual: Mapping[int, int]) -> Iterable[Finding]:
        """``usual``: currency → the usual sale in it; where the seller has none, there is nothing to compare with."""
        shelf = books.shelf
        seller, buyer = shelf.trades[own[0].trade]
        known = len(list(islice((trade for trade in shelf.trades_of[buyer] if shelf.papers_of[trade]), 2))) > 1
        times = THRESHOLDS.times_usual if known else THRESHOLDS.times_usual_unknown
        if known and self._received(books, own):
            return  # it exists, and says that it bought
        largest: dict[int, int] = {}
        for sale in (opening := [sale for sale in own if sale.day <= own[0].day + THRESHOLDS.opening_days]):
            largest[sale.currency] = max(sale.minor, largest.get(sale.currency, 0))
        # One order in parts, or a steady customer, is not sudden; an amount out of all proportion is.
        if any(0 < times * usual.get(currency, 0) <= minor for currency, minor in largest.items()):
            yield Finding(
                rule="SuddenEdge",
                severity=Severity.FLAGGED,
                template="{seller} never sold to {buyer} before {day}, and now {times} times its usual amount or more",
                values={
                    "seller": shelf.enterprises[seller], "buyer": shelf.enterprises[buyer],
                    "day": date.fromordinal(own[0].day).isoformat(), "times": times,
                },
                documents=tuple(shelf.keys[sale.place] for sale in opening),
                case="C2",
            )  # fmt: skip

    def _received(self, books: Books, own: list[Sale]) -> bool:
        """Whether the customer says that goods came, or a keeper holds them for it."""
        shelf = books.shelf
        if any(shelf.kind[place] == RECEIPT for place in shelf.papers_of[own[0].trade]):
            return True
        seller, buyer = shelf.parties(own[0].trade)
        for sale in own:
            invoice = shelf.document(sale.place)
            number, orders, receipts = (
                normalised_number(invoice.number), numbers_of(invoice.orders), numbers_of(invoice.receipts)
            )  # fmt: skip
            stored = shelf.warehouses.behind(seller, buyer, number, orders, receipts)
            if any(shelf.warehouses.proves(one, seller, buyer) for one in stored):
                return True
        return False

    def order(self, books: Books, subject: int) -> tuple[str | int, ...]:
        return (books.shelf.enterprises[subject],)
