"""Plants frauds and errors at set rates in worlds of any size, and what looks like them and is none.

Each takes a few enterprises and some days; whom and when is drawn from samples of fixed size, so that planting costs
the same however many papers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from statistics import median_low

from chain.documents.model import DocumentType, Means
from chain.world.catalogue import BY_CODE
from chain.world.enterprises import Firm
from chain.world.irregularities import Planter
from chain.world.model import FileFormat, Irregularity, Planted, WorldFile
from chain.world.paperwork import Goods, Invoice, Order
from chain.world.topology import Link
from chain.world.trades import Trader, Window

#: Invoices or links that one choice is made from.
SAMPLE = 400
#: Draws before a kind is left out where nobody fits, as in a world of too few papers.
TRIES = 200
#: Days of trade that make a seller known, and invoices in them.
KNOWN_DAYS, KNOWN_INVOICES = 100, 7


class Fraudster(Planter):
    """Plants in steady trade. ``keepers`` keep goods; ``shells`` are enterprises that do no other trade and stand in no
    register; ``today`` is the world's last day."""

    def __init__(
        self, trader: Trader, links: tuple[Link, ...], random: Random, banks: list[Firm], keepers: list[Firm],
        shells: list[Firm], today: date,
    ) -> None:  # fmt: skip
        super().__init__(trader, links, random, banks)
        self.shells = shells
        self.keepers = keepers
        self.today = today
        self.here = 0
        """Where the current batch's invoices begin."""
        self.partners = {(link.seller.code, link.buyer.code) for link in links}
        self.by_tier: dict[int, list[Firm]] = {}
        for firm in {firm.code: firm for link in links for firm in (link.seller, link.buyer)}.values():
            self.by_tier.setdefault(firm.tier, []).append(firm)
        self._lots = 0

    def fits(self, kind: Irregularity, window: Window) -> bool:
        """Whether the kind can happen in the window: some need a history, and new customers are new only lately."""
        if kind in (Irregularity.SUDDEN_EDGE, Irregularity.SMALL_NEW_CUSTOMER):
            return window.start >= self.today - timedelta(days=80)
        if kind in (Irregularity.VELOCITY, Irregularity.STRETCHED_TERMS, Irregularity.LONGER_TERMS,
                    Irregularity.BUSY_WEEK):  # fmt: skip
            invoices = self.clerk.invoices
            return bool(invoices) and (window.start - invoices[0].day).days >= KNOWN_DAYS
        return True

    def finish(self) -> tuple[Planted, ...]:
        """The truth, once all is written: a related keeper is known by its receipts for the owner, and what rests on them."""
        receipts: dict[tuple[str, str], list[WorldFile]] = {}
        for file in self.clerk.files:
            if file.document.type is DocumentType.WAREHOUSE_RECEIPT and file.document.keeper is not None:
                ends = file.document.keeper.identifiers[0].value, file.document.seller.identifiers[0].value
                receipts.setdefault(ends, []).append(file)
        return tuple(
            replace(planted, files=self._resting_on(receipts[planted.files[0], planted.files[1]], planted.files[1]))
            if planted.kind is Irregularity.RELATED_KEEPER
            else planted
            for planted in super().finish()
        )

    def _resting_on(self, receipts: Sequence[WorldFile], owner: str) -> tuple[str, ...]:
        """The owner's invoices that name one of the receipts, and the receipts."""
        numbers = {file.document.number for file in receipts}
        invoices = [
            sale.path
            for sale in self.clerk.sales.get(owner, ())
            if any(reference.number in numbers for reference in sale.document.receipts)
        ]
        return (*invoices, *(file.path for file in receipts))

    # ---- C4: one paper twice -----------------------------------------------------------------------------------

    def _other_format(self, window: Window) -> None:
        invoice = self._invoice(spare=False)
        number = invoice.document.number.replace("-", " ").lower()
        self.clerk.again(invoice, number=number, form=FileFormat.CANONICAL)
        self._record(Irregularity.OTHER_FORMAT, [invoice.path, self.clerk.last_path], "C4")

    def _retyped(self, window: Window) -> None:
        """One digit typed wrong, or two neighbours swapped."""
        invoice = self._invoice(spare=False)
        number = invoice.document.number
        at = self.random.randrange(len(number) - 4, len(number) - 1)
        one, two = number[at], number[at + 1]
        if one != two and self.random.random() < 0.5:
            slipped = number[:at] + two + one + number[at + 2 :]
        else:
            slipped = number[:at] + str((int(one) + self.random.randint(1, 9)) % 10) + number[at + 1 :]
        self.clerk.again(invoice, number=slipped)
        self._record(Irregularity.RETYPED, [invoice.path, self.clerk.last_path], "C4")

    def _price_above_order(self, window: Window) -> None:
        link = self._link(1)
        order, day = self._order(link, window)
        percent = self.random.randint(110, 150)
        goods = tuple(
            replace(
                line,
                price_minor=line.price_minor * percent // 100 // line.product.unit.price_step_minor
                * line.product.unit.price_step_minor,
                quantity=line.quantity * 6 // 10 // line.product.unit.quantity_step * line.product.unit.quantity_step,
            )
            for line in order.goods
        )  # fmt: skip
        goods = tuple(line for line in goods if line.quantity and line.price_minor > 0)
        if goods:
            path = self._delivered(link, order, goods, day, window)
            self._record(Irregularity.PRICE_ABOVE_ORDER, [path], "C4")

    # ---- C5: circles -------------------------------------------------------------------------------------------

    def _circular_trade(self, window: Window) -> None:
        """Three to five of one tier sell the same copper round, within the month."""
        circle = self._strangers(self.random.randint(3, 5))
        start = self._day(window)
        days = sorted(window.day(start + timedelta(days=self.random.randint(0, 25))) for _ in circle)
        self._record(Irregularity.CIRCULAR_TRADE, self._round(circle, days, window), "C5")

    def _slow_circle(self, window: Window) -> None:
        """The same over months: each sale is dated into an earlier one, or the window's end."""
        circle = self._strangers(3)
        days = [window.day(window.end - timedelta(days=back)) for back in (0, 0, 0)]
        first = window.start - timedelta(days=45)
        days[0] = first if first > self.clerk.invoices[0].day else window.start
        if (days[-1] - days[0]).days > 50:
            self._round(circle, days, Window(days[0] - timedelta(days=10), window.end, steady=True))

    def _related_loop(self, window: Window) -> None:
        """Two of a group with an outsider between them, who keeps a small margin."""
        member, outsider, other = self._strangers(3)
        taken = {member.id, outsider.id, other.id} & self.groups.keys()
        if taken:
            return
        self.groups |= {firm.id: f"{member.short}集团" for firm in (member, other)}
        start = self._day(window)
        days = [window.day(start), window.day(start + timedelta(days=self.random.randint(1, 12)))]
        files = self._round([member, outsider, other], days, window, step=self.random.randint(2_000, 30_000))
        self._record(Irregularity.RELATED_LOOP, files, "C5")

    def _round(
        self, firms: Sequence[Firm], days: Sequence[date], window: Window, *, step: int = -4_000, lot: str | None = None
    ) -> list[str]:  # fmt: skip
        """The firms sell copper on, each to the next, ``step`` minor units a tonne dearer; as many sales as days."""
        copper = BY_CODE["CCAT"]
        quantity = copper.unit.quantity_step * self.random.randint(60, 900)
        files = []
        for number, day in enumerate(days):
            seller, buyer = firms[number % len(firms)], firms[(number + 1) % len(firms)]
            goods = (Goods("1", copper, copper.models[0], copper.price_minor + step * number // 1000 * 1000, quantity),)
            order = self.clerk.order(buyer, seller, goods, window.day(day - timedelta(days=4)))
            files.append(self._delivered(Link(buyer, seller, 60, primary=False), order, goods, day, window, lot))
        return files

    # ---- C2, velocity, terms -----------------------------------------------------------------------------------

    def _sudden_edge(self, window: Window) -> None:
        """Invoices over four to nine times what the seller usually sells, to a customer that it never had: a real one, who
        knows nothing of it, or one made for the purpose, who signs whatever is wanted."""
        if (found := self._new_customer(window)) is None:
            return
        link, usual = found
        files = []
        if self.shells and self.random.random() < 0.4:
            link = replace(link, buyer=self.shells.pop())
            goods = self.trader.goods(link.seller, usual * self.random.randint(15, 60) // 10)
            day = window.day(self._day(window))
            order = self.clerk.order(link.buyer, link.seller, goods, window.day(day - timedelta(days=6)))
            files.append(self._delivered(link, order, goods, day, window))
            self._record(Irregularity.SUDDEN_EDGE, files, "C2")
            return
        for _ in range(self.random.randint(1, 2)):
            day = window.day(self._day(window))
            goods = self.trader.goods(link.seller, usual * self.random.randint(4, 9))
            order = self.clerk.order(link.buyer, link.seller, goods, window.day(day - timedelta(days=6)))
            self.clerk.invoice(order, goods, day, window.due(day, link.terms_days), delivered=None)
            files.append(self.clerk.last_path)
        self._record(Irregularity.SUDDEN_EDGE, files, "C2")

    def _small_new_customer(self, window: Window) -> None:
        if (found := self._new_customer(window)) is None:
            return
        link, usual = found
        goods = self.trader.goods(link.seller, usual * self.random.randint(30, 130) // 100)
        day = window.day(self._day(window))
        order = self.clerk.order(link.buyer, link.seller, goods, window.day(day - timedelta(days=6)))
        self._delivered(link, order, goods, day, window)

    def _new_customer(self, window: Window) -> tuple[Link, int] | None:
        """A known seller, a buyer a tier above that trades, but not with it, and the net amount of its usual sale."""
        for _ in range(TRIES):
            invoice = self.random.choice(self.clerk.invoices)
            seller = invoice.order.seller
            sales = self.clerk.sales[seller.code]
            if seller.tier < 1 or len(sales) < KNOWN_INVOICES or (window.start - sales[0].day).days < KNOWN_DAYS:
                continue
            buyer = self.random.choice(self.by_tier[seller.tier - 1])
            strangers = (seller.code, buyer.code) not in self.partners and buyer.code in self.clerk.customers
            if not strangers or self._grouped(seller, buyer):
                continue
            self.partners.add((seller.code, buyer.code))
            usual = median_low(sale.document.net_minor or 0 for sale in sales)
            return Link(buyer, seller, self.random.choice((60, 90)), primary=False), usual
        return None

    def _velocity(self, window: Window) -> None:
        """A dozen or more small invoices, all delivered, within five days."""
        self._burst(window, Irregularity.VELOCITY)

    def _busy_week(self, window: Window) -> None:
        """Twice the usual number at most, and never ten."""
        self._burst(window, None)

    def _burst(self, window: Window, kind: Irregularity | None) -> None:
        for _ in range(TRIES):
            known = self.random.choice(self.clerk.invoices)
            seller, buyer = known.order.seller, known.order.buyer
            start = window.start + timedelta(days=self.random.randint(0, max(0, window.span - 7)))
            sales = self.clerk.sales[seller.code]
            before = sum((start - sale.day).days <= 60 for sale in sales)
            if (start - min(sale.day for sale in sales)).days < 60 or before > 15 or self._grouped(seller, buyer):
                continue
            terms = (known.document.due_date - known.day).days if known.document.due_date else 60
            count = self.random.randint(14, 24) if kind else self.random.randint(3, 5)
            net = max(1, (known.document.net_minor or 0) // 4)
            files = []
            for _ in range(count):
                day = start + timedelta(days=self.random.randint(0, 4))
                goods = self.trader.goods(seller, net * self.random.randint(70, 130) // 100)
                order = self.clerk.order(buyer, seller, goods, window.day(day - timedelta(days=5)))
                files.append(self._delivered(Link(buyer, seller, terms, primary=False), order, goods, day, window))
            if kind:
                self._record(kind, files)
            return

    def _stretched_terms(self, window: Window) -> None:
        self._terms(window, Irregularity.STRETCHED_TERMS)

    def _longer_terms(self, window: Window) -> None:
        self._terms(window, None)

    def _terms(self, window: Window, kind: Irregularity | None) -> None:
        for _ in range(TRIES):
            link = self.random.choice(self._standing())
            own = [sale for sale in self.clerk.sales[link.seller.code] if sale.order.buyer.code == link.buyer.code]
            if len(own) < 4 or max(sale.day for sale in own) >= window.start or self._grouped(link.seller, link.buyer):
                continue
            order, day = self._order(link, window)
            days = link.terms_days * 4 // 3
            if kind:
                days = max(link.terms_days * self.random.randint(22, 35) // 10, self.random.randint(100, 200))
            path = self._delivered(replace(link, terms_days=days), order, order.goods, day, window)
            if kind:
                self._record(kind, [path], "C10")
            return

    def _equal_parts(self, window: Window) -> None:
        link = self._link(1)
        order, day = self._order(link, window)
        half = tuple(line.of_steps(line.steps // 2) for line in order.goods if line.steps > 1)
        for _ in range(2 if half else 0):
            self._delivered(link, order, half, day, window)

    # ---- C6 to C9: lots and keepers ----------------------------------------------------------------------------

    def _pledged_and_sold(self, window: Window) -> None:
        link = self._link(2)
        order, day = self._order(link, window)
        lot = self._lot(link.seller)
        stored = window.day(day - timedelta(days=self.random.randint(3, 9)))
        self.clerk.lot_receipt(self._keeper(link.seller), link.seller, lot, order.goods[:1], stored, pledged=True)
        files = [self.clerk.last_path, self._delivered(link, order, order.goods[:1], day, window, lot)]
        self._record(Irregularity.PLEDGED_AND_SOLD, files, "C6")

    def _lot_round_trip(self, window: Window) -> None:
        """Two or three sell one lot round within a few days, each for less."""
        firms = self._strangers(self.random.randint(2, 3))
        start = self._day(window)
        days = sorted(window.day(start + timedelta(days=self.random.randint(0, 4))) for _ in firms)
        files = self._round(firms, days, window, step=-self.random.randint(2_000, 40_000), lot=self._lot(firms[0]))
        self._record(Irregularity.LOT_ROUND_TRIP, files, "C7")

    def _resold_lot(self, window: Window) -> None:
        firms = self._strangers(3)
        start = self._day(window)
        days = [window.day(start), window.day(start + timedelta(days=3))]
        self._round(firms, days, window, step=6_000, lot=self._lot(firms[0]))

    def _receipts_above_stock(self, window: Window) -> None:
        files = self._stock(window, self.random.randint(120, 300))
        self._record(Irregularity.RECEIPTS_ABOVE_STOCK, files, "C8")

    def _stock_in_parts(self, window: Window) -> None:
        self._stock(window, 100)

    def _stock(self, window: Window, percent: int) -> list[str]:
        """A counted lot, and two or three receipts that together say ``percent`` of it."""
        owner = self._link(2).seller
        (line, *_) = self.trader.goods(owner, self.random.randint(400, 4_000) * 1_000_000)
        parts = self.random.randint(2, 3)
        whole = line.of_steps(max(1, line.steps // (100 * parts)) * 100 * parts)
        keeper, lot, day = self._keeper(owner), self._lot(owner), window.day(self._day(window))
        self.clerk.observation(keeper, owner, lot, (whole,), day)
        files = [self.clerk.last_path]
        for _ in range(parts):
            part = whole.of_steps(whole.steps // parts * percent // 100)
            self.clerk.lot_receipt(keeper, owner, lot, (part,), day)
            files.append(self.clerk.last_path)
        return files

    def _related_keeper(self, window: Window) -> None:
        free = [keeper for keeper in self.keepers if keeper.id not in self.groups]
        owner = self._link(2).seller
        if len(free) < 2 or owner.id in self.groups:  # one stays independent
            return
        keeper = self.random.choice(free)
        self.groups[keeper.id] = self.groups[owner.id] = f"{keeper.short}集团"
        goods = self.trader.goods(owner, self.random.randint(40, 400) * 1_000_000)
        self.clerk.lot_receipt(keeper, owner, self._lot(owner), goods[:1], window.day(self._day(window)))
        self._record(Irregularity.RELATED_KEEPER, [keeper.code, owner.code], "C9")

    # ---- C16: whose an invoice is ------------------------------------------------------------------------------

    def _refinanced_invoice(self, window: Window) -> None:
        """The first bank's registration is cancelled before the second one registers."""
        invoice = self._invoice()
        one, other = self.random.sample(self.banks, 2)
        moment = self._office_hour(invoice.day, window)
        for bank, releases in ((one, False), (one, True), (other, False)):
            self.clerk.assignment(
                invoice, bank, self._share(invoice, 65, 95), moment, Means.REGISTRATION, releases=releases
            )
            moment = self._office_hour(moment.date(), window, after=moment)
        self.spoilt.add(invoice.path)

    def _shared_invoice(self, window: Window) -> None:
        """Two banks for half of it each at most; the first one registers, and has the debtor told."""
        invoice = self._invoice()
        one, other = self.random.sample(self.banks, 2)
        moment = self._office_hour(invoice.day, window)
        financed = {bank.code: self._share(invoice, 30, 49) for bank in (one, other)}
        for bank, means in ((one, Means.REGISTRATION), (one, Means.NOTICE), (other, Means.REGISTRATION)):
            self.clerk.assignment(invoice, bank, financed[bank.code], moment, means)
            moment = self._office_hour(moment.date(), window, after=moment)
        self.spoilt.add(invoice.path)

    # ---- choosing ----------------------------------------------------------------------------------------------

    def _written(self) -> list[Invoice]:
        known = self.clerk.invoices
        span = len(known) - self.here
        places = [self.here + int(self.random.random() * span) for _ in range(SAMPLE if span else 0)]
        places += [int(self.random.random() * len(known)) for _ in range(SAMPLE)]
        return [known[place] for place in dict.fromkeys(places)]

    def _standing(self) -> Sequence[Link]:
        return self.links if len(self.links) <= SAMPLE else self.random.choices(self.links, k=SAMPLE)

    def _strangers(self, count: int) -> list[Firm]:
        """Firms of one tier: trade runs between tiers, so none of them sells to another but by fraud."""
        tier = self.random.choice((2, 3))
        for _ in range(TRIES):
            firms = self.random.sample(self.by_tier[tier], count)
            ends = [(one.code, other.code) for one in firms for other in firms if one is not other]
            if not any(pair in self.partners for pair in ends) and not any(firm.id in self.groups for firm in firms):
                break
        self.partners.update(ends)
        return firms

    def _keeper(self, owner: Firm) -> Firm:
        """A keeper that is independent of the owner."""
        return self.random.choice([k for k in self.keepers if not self._grouped(k, owner)] or self.keepers)

    def _grouped(self, one: Firm, other: Firm) -> bool:
        return one.id in self.groups and self.groups[one.id] == self.groups.get(other.id)

    def _day(self, window: Window) -> date:
        return window.start + timedelta(days=self.random.randint(0, window.span))

    def _lot(self, owner: Firm) -> str:
        self._lots += 1
        return f"L{owner.code[10:16]}-{self._lots:06d}"

    def _order(self, link: Link, window: Window) -> tuple[Order, date]:
        """As large as what the seller usually sells."""
        day = window.invoice_days(link.seller.tier, 1, self.random)[0]
        sales = self.clerk.sales[link.seller.code][-9:]
        usual = median_low(sale.document.net_minor or 0 for sale in sales) if sales else 60_000_000
        goods = self.trader.goods(link.seller, usual * self.random.randint(60, 140) // 100)
        return self.clerk.order(link.buyer, link.seller, goods, window.day(day - timedelta(days=9))), day
