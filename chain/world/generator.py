"""A seeded world of trade: enterprises in four tiers, their papers over half a year, and what is wrong with some."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from chain.network import Role
from chain.world.catalogue import LAST_TIER, Industry
from chain.world.enterprises import Firm, Registrar, core_enterprises, services, suppliers
from chain.world.frauds import Fraudster
from chain.world.irregularities import Planter
from chain.world.model import Batch, Irregularity, World, WorldFile
from chain.world.paperwork import Clerk
from chain.world.rates import ERRORS, FRAUDS, LATE_WEIGHTS, LOOKALIKES, Rates
from chain.world.register import make_network
from chain.world.settlement import Settlement
from chain.world.steady import SteadyTrade
from chain.world.topology import Link, trade_links
from chain.world.trades import Trader, Window, season_percent

#: The smallest world that still has a supplier for every tier of every core enterprise.
SMALLEST_WORLD = 40

#: Purchases of a tier as per cent of its sales, from and to: the nearer to the mine, the more of the price is material.
PURCHASE_SHARES = {1: (54, 68), 2: (58, 72), 3: (68, 82)}

#: What goes wrong in the first batch and in the last one; worlds of one batch have both in it.
FIRST_BATCH = (
    Irregularity.PARTIAL_CREDIT_NOTE, Irregularity.FULL_CREDIT_NOTE, Irregularity.OVER_INVOICED_ORDER,
    Irregularity.CIRCULAR_TRADE, Irregularity.NO_GOODS, Irregularity.PLEDGED_LOT, Irregularity.TRUNCATED,
)  # fmt: skip
LAST_BATCH = (
    Irregularity.PARTIAL_CREDIT_NOTE, Irregularity.PARTIAL_CREDIT_NOTE, Irregularity.FULL_CREDIT_NOTE,
    Irregularity.DUPLICATE, Irregularity.ANOTHER_FACE, Irregularity.OVER_INVOICED_ORDER, Irregularity.RELATED_PARTIES,
    Irregularity.NO_GOODS, Irregularity.WRONG_TOTAL, Irregularity.UNKNOWN_CURRENCY, Irregularity.REJECTED_INVOICE,
    Irregularity.DISPUTED_INVOICE, Irregularity.COMPETING_ASSIGNMENT,
)  # fmt: skip


def make_world(
    seed: int,
    today: date,
    *,
    enterprises: int = 76,
    documents: int = 640,
    cores: int = 3,
    banks: int = 3,
    keepers: int = 2,
    currency: str = "CNY",
    batch_days_ago: tuple[int, ...] = (150, 30),
    start_days_ago: int = 200,
    rates: Rates | None = None,
) -> World:
    """The world of ``seed`` that ends ``today``; the same arguments give the same world on any machine.

    Without ``rates`` it tells the story of the demo, with one irregularity of each of its kinds. With them it is steady
    trade of any size, where things go wrong that often.

    ``enterprises`` counts all, banks and keepers too; ``documents`` is a minimum, and a trade is never cut short for
    it. ``batch_days_ago`` are the days before today on which papers have been handed in, earliest first.
    """
    if enterprises < SMALLEST_WORLD or cores < 1 or banks < 2 or keepers < 1:
        raise ValueError(f"a world has at least {SMALLEST_WORLD} enterprises, 1 core enterprise, 2 banks and 1 keeper")
    if sorted(set(batch_days_ago), reverse=True) != list(batch_days_ago) or start_days_ago < batch_days_ago[0] + 50:
        raise ValueError("batches come in the order of time, the first one 50 days after the start or later")
    random = Random(f"pearlchain world {seed}")
    registrar = Registrar(random)
    core_firms = core_enterprises(registrar, cores)
    service_firms = services(registrar, banks, keepers)
    supplier_firms = suppliers(registrar, core_firms, enterprises - len(core_firms) - len(service_firms), random)
    firms = [*core_firms, *supplier_firms, *service_firms]
    links = trade_links(core_firms, supplier_firms, random)
    clerk = Clerk(currency)
    trader = Trader(clerk, [firm for firm in service_firms if firm.role is Role.KEEPER], random)
    keeper_firms = [firm for firm in service_firms if firm.role is Role.KEEPER]
    bank_firms = [firm for firm in service_firms if firm.role is Role.BANK]
    planter = Planter(trader, links, random, bank_firms)
    if rates:
        shells = [registrar.firm(Role.SUPPLIER, "贸易有限公司") for _ in range(8 + int(documents * rates.frauds / 20))]
        planter = Fraudster(trader, links, random, bank_firms, keeper_firms, shells, today)
    steady = SteadyTrade(trader, links, random) if rates else None
    settlement = Settlement(clerk, Random(f"pearlchain settlement {seed}"))
    start = today - timedelta(days=start_days_ago)
    ends = [today - timedelta(days=days) for days in batch_days_ago]
    for number, end in enumerate(ends):
        clerk.batch = end.isoformat()
        window = Window(start if number == 0 else ends[number - 1] + timedelta(days=1), end, rates is not None)
        before = len(clerk.files)
        wanted = documents * (number + 1) // len(ends)
        if rates and steady and isinstance(planter, Fraudster):
            planter.here = len(clerk.invoices)
            steady.trade(window, wanted - before)
            planter.plant(_drawn(planter, rates, len(clerk.files) - before, window, random), window)
            settlement.settle(window, planter.spoilt)
            continue
        _trade(trader, links, core_firms, window, wanted + settlement.papers, random)
        kinds = (FIRST_BATCH if number == 0 else ()) + (LAST_BATCH if number == len(ends) - 1 else ())
        planter.plant([kind for kind in kinds for _ in range(max(1, (len(clerk.files) - before) // 1000))], window)
        settlement.settle(window, planter.spoilt)
    if steady:
        while len(clerk.files) < documents:
            steady.trade(window, documents - len(clerk.files) + 10)
    truth = planter.finish()
    batches = _batches(clerk, ends)
    network = make_network("明珠链", firms, planter.groups, batches, currency, today, random)
    tiers = {firm.id: firm.tier for firm in supplier_firms}
    return World(seed, today, start, currency, network, tiers, batches, truth)


def _drawn(
    planter: Fraudster, rates: Rates, papers: int, window: Window, random: Random
) -> list[Irregularity]:  # fmt: skip
    """What goes wrong in a window of so many papers; fractions of one by chance."""
    kinds: list[Irregularity] = []
    for rate, known in ((rates.errors, ERRORS), (rates.frauds, FRAUDS), (rates.lookalikes, LOOKALIKES)):
        fitting = [kind for kind in known if planter.fits(kind, window)]
        wanted = rate * papers
        weights = [LATE_WEIGHTS.get(kind, 1) for kind in fitting]
        kinds += random.choices(fitting, weights, k=int(wanted) + (random.random() < wanted % 1))
    return kinds


def _trade(
    trader: Trader, links: tuple[Link, ...], cores: list[Firm], window: Window, documents: int, random: Random
) -> None:
    """Trade down the tiers until there are ``documents`` papers in all: what a firm sells decides what it buys."""
    revenue = trader.deliver_backlog(window)
    orders = _orders(links, documents - len(trader.clerk.files), random)
    budgets: dict[Link, int] = {}
    size = {core.code: random.randint(85, 125) for core in cores}
    for tier in range(1, LAST_TIER + 1):
        active = [link for link in links if link.seller.tier == tier and orders[link]]
        weight = {link: random.randint(60, 140) for link in active}
        total: dict[str, int] = {}
        for link in active:
            total[link.buyer.code] = total.get(link.buyer.code, 0) + weight[link]
        for link in active:
            if tier == 1:
                season = season_percent(link.buyer.industry or Industry.VEHICLES, window)
                budget = random.randint(180, 420) * 1_000_000 * size[link.buyer.code] * season // 10_000
            else:
                spent = revenue.get(link.buyer.code, 0) * random.randint(*PURCHASE_SHARES[link.buyer.tier]) // 100
                budget = spent * weight[link] // total[link.buyer.code]
            budgets[link] = budget * 100 // 113 // orders[link]
            for _ in range(orders[link]):
                sold = trader.trade(link, budgets[link], window)
                revenue[link.seller.code] = revenue.get(link.seller.code, 0) + sold
    while len(trader.clerk.files) < documents:
        link = random.choice(list(budgets))
        trader.trade(link, budgets[link], window)


def _orders(links: tuple[Link, ...], documents: int, random: Random) -> dict[Link, int]:
    """How many orders each link places, for ``documents`` papers: primary links first, the rest as they come; more
    papers than links need are spread over the links, busy partners getting more."""
    papers_an_order = 4.7
    wanted = max(1, int(documents / papers_an_order))
    orders = {link: int(link.primary) for link in links}
    others = [link for link in links if not link.primary]
    random.shuffle(others)
    for link in others[: max(0, wanted - sum(orders.values()))]:
        orders[link] = 1
    spare = wanted - sum(orders.values())
    if spare > 0:
        degree: dict[str, int] = {}
        for link in links:
            for firm in (link.buyer, link.seller):
                degree[firm.code] = degree.get(firm.code, 0) + 1
        weights = [degree[link.buyer.code] + degree[link.seller.code] for link in links]
        for link in random.choices(links, weights, k=spare):
            orders[link] += 1
    return orders


def _batches(clerk: Clerk, ends: list[date]) -> tuple[Batch, ...]:
    files: dict[str, list[WorldFile]] = {end.isoformat(): [] for end in ends}
    for file in clerk.files:
        files[file.path.partition("/")[0]].append(file)
    return tuple(Batch(end, end.isoformat(), tuple(files[end.isoformat()])) for end in ends)
