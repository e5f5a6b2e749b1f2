"""Plants what goes wrong in real files, and keeps the truth about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from chain.documents.model import Answer, Means
from chain.world.catalogue import BY_CODE
from chain.world.enterprises import Firm
from chain.world.model import Damage, FileFormat, Irregularity, Planted
from chain.world.paperwork import BEIJING, Clerk, Goods, Invoice, Order
from chain.world.topology import Link
from chain.world.trades import Trader, Window

#: Worth of a planted trade before tax, in 10,000 yuan, from and to.
WORTH = (40, 90)


class NoInvoice(Exception):
    """No invoice of the batch can be spoilt."""


class Planter:
    """Spoils papers of links that the chain does not rest on; no paper is spoilt twice."""

    def __init__(self, trader: Trader, links: tuple[Link, ...], random: Random, banks: Sequence[Firm]) -> None:
        self.trader = trader
        self.banks = banks
        self.clerk: Clerk = trader.clerk
        self.links = links
        self.random = random
        self.truth: list[Planted] = []
        self.groups: dict[str, str] = {}
        self._circled: set[str] = set()
        self.spoilt: set[str] = set()
        """Paths of what was planted."""
        self._spare = {(link.seller.code, link.buyer.code) for link in links if not link.primary}

    def plant(self, kinds: list[Irregularity], window: Window) -> None:
        """One irregularity of each kind in the list, in the clerk's current batch; each kind has the method of its name. A kind
        for which so small a batch has no invoice is left out."""
        for kind in kinds:
            with suppress(NoInvoice):
                getattr(self, f"_{kind}")(window)

    def finish(self) -> tuple[Planted, ...]:
        """The truth, once all batches are written: related parties are known by each invoice between them."""
        return tuple(
            replace(planted, files=self._between(planted.files))
            if planted.kind is Irregularity.RELATED_PARTIES
            else planted
            for planted in self.truth
        )

    # ---- credit notes ------------------------------------------------------------------------------------------

    def _partial_credit_note(self, window: Window) -> None:
        here = [i for i in self._written() if i.batch == self.clerk.batch and i.goods[0].steps > 1]
        invoice = self._invoice(spare=False, among=here)
        first = invoice.goods[0]
        back = first.of_steps(max(1, first.steps * self.random.randint(10, 30) // 100))
        self._credit(Irregularity.PARTIAL_CREDIT_NOTE, invoice, (back,), window)

    def _full_credit_note(self, window: Window) -> None:
        invoice = self._invoice()
        self._credit(Irregularity.FULL_CREDIT_NOTE, invoice, invoice.goods, window)

    def _credit(self, kind: Irregularity, invoice: Invoice, goods: tuple[Goods, ...], window: Window) -> None:
        day = window.day(invoice.day + timedelta(days=self.random.randint(2, 9)))
        self.clerk.credit_note(invoice, goods, max(day, invoice.day))
        self._record(kind, [invoice.path, self.clerk.last_path], "C12")

    # ---- the same invoice twice ----------------------------------------------------------------------------------

    def _duplicate(self, window: Window) -> None:
        earlier = [invoice for invoice in self._written() if invoice.batch != self.clerk.batch]
        invoice = self._invoice(spare=False, among=earlier or None)
        self.clerk.again(invoice)
        self._record(Irregularity.DUPLICATE, [invoice.path, self.clerk.last_path], "C4")

    def _another_face(self, window: Window) -> None:
        """The same number again, half as much more on the first line."""
        invoice = self._invoice()
        first, *rest = invoice.goods
        self.clerk.again(invoice, (first.of_steps(first.steps + (first.steps + 1) // 2), *rest))
        self._record(Irregularity.ANOTHER_FACE, [invoice.path, self.clerk.last_path], "C4")

    # ---- trades that should not be -----------------------------------------------------------------------------

    def _over_invoiced_order(self, window: Window) -> None:
        """All is delivered, and two fifths again, with papers for it; but only the first part was ordered."""
        link = self._link()
        order, day = self._order(link, window)
        files = [self.clerk.last_path]
        more = tuple(line.of_steps(max(1, line.steps * 2 // 5)) for line in order.goods)
        for goods, when in ((order.goods, day - timedelta(days=3)), (more, day)):
            files.append(self._delivered(link, order, goods, window.day(when), window))
        self._record(Irregularity.OVER_INVOICED_ORDER, files, "C4")

    def _circular_trade(self, window: Window) -> None:
        """Three suppliers of one tier, who have no other trade with one another, pass cathode copper round."""
        sellers = {link.seller.code: link.seller for link in self.links if link.seller.tier == 3}
        circle = self.random.sample([firm for code, firm in sellers.items() if code not in self._circled], 3)
        self._circled.update(firm.code for firm in circle)
        copper = BY_CODE["CCAT"]
        quantity = Decimal(self.random.randint(60, 120)) / 10
        start = window.end - timedelta(days=window.span // 2)
        files = []
        for step, (seller, buyer) in enumerate(zip(circle, [*circle[1:], circle[0]], strict=True)):
            goods = (Goods("1", copper, copper.models[0], copper.price_minor - 4000 * step, quantity),)
            day = window.day(start + timedelta(days=2 * step))
            order = self.clerk.order(buyer, seller, goods, window.day(day - timedelta(days=4)))
            files.append(self._delivered(Link(buyer, seller, 60, primary=False), order, goods, day, window))
        self._record(Irregularity.CIRCULAR_TRADE, files, "C5")

    def _related_parties(self, window: Window) -> None:
        """Buyer and seller of a link turn out to be one group; `finish` names their invoices."""
        taken = self._circled | set(self.groups)
        links = [
            link
            for link in self._standing()
            if not link.primary
            and link.buyer.tier
            and not {link.buyer.code, link.seller.code, link.buyer.id, link.seller.id} & taken
        ]
        link = self.random.choice(links)
        self.groups |= {link.buyer.id: f"{link.buyer.short}集团", link.seller.id: f"{link.buyer.short}集团"}
        order, day = self._order(link, window)
        self._delivered(link, order, order.goods, day, window)
        self._record(Irregularity.RELATED_PARTIES, [link.seller.code, link.buyer.code], "C5")

    def _between(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        seller, buyer = codes
        return tuple(invoice.path for invoice in self.clerk.sales[seller] if invoice.order.buyer.code == buyer)

    def _no_goods(self, window: Window) -> None:
        link = self._link()
        order, day = self._order(link, window)
        self.clerk.invoice(order, order.goods, day, window.due(day, link.terms_days), delivered=None)
        self._record(Irregularity.NO_GOODS, [self.clerk.last_path], "C2")

    def _pledged_lot(self, window: Window) -> None:
        link = self._link(3)
        order, day = self._order(link, window)
        stored = window.day(day - timedelta(days=3))
        keeper = self.random.choice(self.trader.keepers)
        receipt = self.clerk.warehouse_receipt(keeper, order, order.goods, stored, pledged=True)
        files = [self.clerk.last_path]
        due = window.due(day, link.terms_days)
        self.clerk.invoice(order, order.goods, day, due, delivered=stored, receipts=[receipt])
        self._record(Irregularity.PLEDGED_LOT, [*files, self.clerk.last_path], "C6")

    # ---- what the buyer says of an invoice ---------------------------------------------------------------------

    def _rejected_invoice(self, window: Window) -> None:
        self._answered(Irregularity.REJECTED_INVOICE, Answer.REJECTED, window, "C1")

    def _disputed_invoice(self, window: Window) -> None:
        self._answered(Irregularity.DISPUTED_INVOICE, Answer.DISPUTED, window)

    def _answered(self, kind: Irregularity, answer: Answer, window: Window, case: str | None = None) -> None:
        invoice = self._invoice()
        day = window.day(invoice.day + timedelta(days=self.random.randint(1, 6)))
        self.clerk.invoice_response(invoice, answer, max(day, invoice.day))
        self._record(kind, [invoice.path, self.clerk.last_path], case)

    # ---- whose an invoice is ------------------------------------------------------------------------------------

    def _competing_assignment(self, window: Window) -> None:
        """The second bank neither looked into the register nor asked the debtor, or the first one did not have it told."""
        invoice = self._invoice()
        files = [invoice.path]
        moment = self._office_hour(invoice.day, window)
        for bank in self.random.sample(self.banks, 2):
            means = Means.REGISTRATION if self.random.random() < 0.7 else Means.NOTICE
            self.clerk.assignment(invoice, bank, self._share(invoice, 65, 95), moment, means)
            files.append(self.clerk.last_path)
            moment = self._office_hour(moment.date(), window, after=moment)
        self._record(Irregularity.COMPETING_ASSIGNMENT, files, "C16")

    def _share(self, invoice: Invoice, least: int, most: int) -> int:
        return invoice.payable_minor * self.random.randint(least, most) // 100

    def _office_hour(self, day: date, window: Window, after: datetime | None = None) -> datetime:
        """A moment on that day or soon after, within the window; and after another one."""
        later = max(day, window.day(day + timedelta(days=self.random.randint(1, 6))))
        hour = datetime(later.year, later.month, later.day, 9, tzinfo=BEIJING)
        moment = hour + timedelta(minutes=self.random.randint(0, 480))
        return moment if after is None or moment > after else after + timedelta(seconds=self.random.randint(60, 600))

    # ---- damaged files -----------------------------------------------------------------------------------------

    def _wrong_total(self, window: Window) -> None:
        self._damage(Irregularity.WRONG_TOTAL, Damage.WRONG_TOTAL)

    def _truncated(self, window: Window) -> None:
        self._damage(Irregularity.TRUNCATED, Damage.TRUNCATED)

    def _unknown_currency(self, window: Window) -> None:
        self._damage(Irregularity.UNKNOWN_CURRENCY, Damage.UNKNOWN_CURRENCY)

    def _damage(self, kind: Irregularity, damage: Damage) -> None:
        here = [invoice for invoice in self._written() if invoice.batch == self.clerk.batch]
        among = {
            # An e-invoice names no currency, so it cannot name a wrong one.
            Damage.UNKNOWN_CURRENCY: [invoice for invoice in here if invoice.file.format is FileFormat.UBL],
            # A wrong total would eat into what is left of the order for its other invoices.
            Damage.WRONG_TOTAL: [invoice for invoice in here if invoice.goods == invoice.order.goods],
        }
        invoice = self._invoice(among=among.get(damage))
        self.clerk.damage(invoice.path, damage)
        self._record(kind, [invoice.path])

    # ---- choosing and recording --------------------------------------------------------------------------------

    def _written(self) -> list[Invoice]:
        """The invoices to choose from."""
        return self.clerk.invoices

    def _standing(self) -> Sequence[Link]:
        """The links to choose from."""
        return self.links

    def _invoice(self, *, spare: bool = True, among: list[Invoice] | None = None) -> Invoice:
        """An unspoilt invoice below tier 1, of the batch unless others are given; of a spare link if there is one."""
        if among is None:
            among = [invoice for invoice in self._written() if invoice.batch == self.clerk.batch]
        candidates = [
            invoice
            for invoice in among
            if invoice.path not in self.spoilt and invoice.order.seller.tier > 1 and not invoice.file.container
        ]
        if not candidates:
            raise NoInvoice
        spares = [i for i in candidates if (i.order.seller.code, i.order.buyer.code) in self._spare]
        return self.random.choice(spares if spare and spares else candidates)

    def _link(self, tier: int = 2) -> Link:
        """A link whose seller is of ``tier`` or deeper, and no member of a circle or group."""
        taken = self._circled | set(self.groups)
        links = [link for link in self._standing() if link.seller.tier >= tier]
        return self.random.choice([link for link in links if not {link.seller.code, link.seller.id} & taken])

    def _order(self, link: Link, window: Window) -> tuple[Order, date]:
        """A new order, and the day on which it is to be invoiced."""
        day = window.invoice_days(link.seller.tier, 1, self.random)[0]
        goods = self.trader.goods(link.seller, self.random.randint(*WORTH) * 1_000_000)
        return self.clerk.order(link.buyer, link.seller, goods, window.day(day - timedelta(days=9))), day

    def _delivered(
        self, link: Link, order: Order, goods: tuple[Goods, ...], day: date, window: Window, lot: str | None = None
    ) -> str:  # fmt: skip
        """Despatch, receipt and invoice, all in order. Gives the invoice's path."""
        received = window.day(day - timedelta(days=1))
        despatch = self.clerk.despatch(order, goods, window.day(day - timedelta(days=2)))
        receipt = self.clerk.receipt(order, despatch, goods, received)
        self.clerk.invoice(
            order, goods, day, window.due(day, link.terms_days), delivered=received, despatches=[despatch],
            receipts=[receipt], lot=lot,
        )  # fmt: skip
        self.spoilt.add(self.clerk.last_path)
        return self.clerk.last_path

    def _record(self, kind: Irregularity, files: list[str], case: str | None = None) -> None:
        self.spoilt.update(files)
        self.truth.append(Planted(kind, tuple(files), case))
