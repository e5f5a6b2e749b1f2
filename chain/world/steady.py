"""Steady trade, month after month, for worlds of any size: each link orders about what it always orders.

Orders go to links as partners have links (a few hubs have very many), and follow the year: more of them when what
is made at the end of the chain is bought more.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random

from chain.world.catalogue import LAST_TIER, Industry
from chain.world.topology import Link
from chain.world.trades import Trader, Window, season_percent

#: Papers that an order, its deliveries, its invoices and what answers and pays them come to on average.
PAPERS_AN_ORDER = 6.3
#: What an order of a tier is worth of one of the tier that it supplies, per cent: parts are bought more often, for less.
ORDER_SHARE = (45, 75)
#: An order of tier 1 before tax, minor units, from and to.
FIRST_ORDER = (180_000_000, 420_000_000)


class SteadyTrade:
    """Who orders how often, and for how much."""

    def __init__(self, trader: Trader, links: tuple[Link, ...], random: Random) -> None:
        self.trader, self.links, self.random = trader, links, random
        degree: dict[str, int] = {}
        for link in links:
            for firm in (link.buyer, link.seller):
                degree[firm.code] = degree.get(firm.code, 0) + 1
        self._weights = list(accumulate(degree[link.buyer.code] + degree[link.seller.code] for link in links))
        self._industry: dict[str, Industry] = {}
        self._worth = self._usual_orders()

    def trade(self, window: Window, documents: int) -> None:
        """Orders and deliveries of one window, about ``documents`` papers until the season makes it more or less."""
        self.trader.deliver_backlog(window)
        seasons = {industry: season_percent(industry, window) for industry in Industry}
        wanted = max(0, int(documents / PAPERS_AN_ORDER))
        drawn = self.random.choices(range(len(self.links)), cum_weights=self._weights, k=wanted * 5 // 4)
        for place in drawn:
            link = self.links[place]
            if self.random.random() * 125 < seasons[self._industry[link.buyer.code]]:
                self.trader.trade(link, self._worth[place] * self.random.randint(60, 150) // 100, window)

    def _usual_orders(self) -> list[int]:
        """Link by link, the net amount of its usual order: from the market down, so that nobody buys more than it sells."""
        sells: dict[str, list[int]] = {}
        worth = [0] * len(self.links)
        places: dict[int, list[int]] = {tier: [] for tier in range(1, LAST_TIER + 1)}
        for place, link in enumerate(self.links):
            places[link.seller.tier].append(place)
        for tier, own in places.items():
            for place in own:
                buyer, seller = self.links[place].buyer, self.links[place].seller
                if tier == 1:
                    worth[place] = self.random.randint(*FIRST_ORDER)
                    self._industry[buyer.code] = buyer.industry or Industry.VEHICLES
                else:
                    sold = sells.get(buyer.code, [FIRST_ORDER[0]])
                    worth[place] = sum(sold) // len(sold) * self.random.randint(*ORDER_SHARE) // 100
                sells.setdefault(seller.code, []).append(worth[place])
                self._industry.setdefault(seller.code, self._industry[buyer.code])
        return worth


def months(days: int, count: int) -> tuple[int, ...]:
    """Ends of ``count`` windows of ``days`` each, as days before the last one's end."""
    return tuple(days * (count - number) for number in range(1, count + 1))
