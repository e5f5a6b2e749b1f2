"""Who buys from whom: four layers of suppliers with a few hubs that many buyers share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from chain.world.catalogue import LAST_TIER, Industry
from chain.world.enterprises import Firm


@dataclass(frozen=True, slots=True)
class Link:
    """A standing trade: ``buyer`` buys ``seller``'s product on terms of so many days."""

    buyer: Firm
    seller: Firm
    terms_days: int
    primary: bool
    """Without it, the chain would end at one of the two."""


class _Builder:
    """Preferential attachment: who has many partners gets more (Barabási and Albert, Science 286, 1999)."""

    def __init__(self, cores: list[Firm], suppliers: list[Firm], random: Random) -> None:
        self.random = random
        self.layers = [cores, *([firm for firm in suppliers if firm.tier == tier] for tier in range(1, LAST_TIER + 1))]
        self.degree: dict[str, int] = {firm.code: 1 for layer in self.layers for firm in layer}
        self.industries: dict[str, frozenset[Industry]] = {
            core.code: frozenset({core.industry}) for core in cores if core.industry
        }
        self.pairs: dict[tuple[str, str], Link] = {}
        self.of_buyer: dict[str, list[tuple[str, str]]] = {}

    def buys(self, buyer: Firm, seller: Firm) -> bool:
        """Whether the buyer has a use for the seller's product."""
        if buyer.product is None:
            return buyer.industry in seller.makes.industries
        return seller.makes.code in buyer.product.inputs

    def connect(self, buyer: Firm, seller: Firm, *, primary: bool) -> None:
        """Add a link, unless there is one."""
        if (buyer.code, seller.code) in self.pairs:
            return
        # Who is nearer to the market pays later: large buyers impose their terms.
        terms = self.random.choice(((60, 90, 90, 120), (45, 60, 90, 120), (30, 60, 60, 90), (30, 45, 60))[buyer.tier])
        self.pairs[buyer.code, seller.code] = Link(buyer, seller, terms, primary)
        self.of_buyer.setdefault(buyer.code, []).append((buyer.code, seller.code))
        self.degree[buyer.code] += 1
        self.degree[seller.code] += 1
        known = self.industries.get(seller.code, frozenset())
        self.industries[seller.code] = known | self.industries.get(buyer.code, frozenset())

    def draw(self, firms: list[Firm]) -> Firm:
        """One of ``firms``, likelier the more partners it has."""
        return self.random.choices(firms, [self.degree[firm.code] for firm in firms])[0]

    def customers_of(self, seller: Firm) -> None:
        """Give the seller its customers: one at least, the second in another industry when there is one."""
        open_to = [buyer for buyer in self.layers[seller.tier - 1] if self.buys(buyer, seller)]
        wanted = 1 + min(int(self.random.paretovariate(1.6)) - (seller.tier == 1), 12)
        for number in range(wanted):
            candidates = [buyer for buyer in open_to if (buyer.code, seller.code) not in self.pairs]
            if number == 1:
                seen = self.industries.get(seller.code, frozenset())
                elsewhere = [buyer for buyer in candidates if not self.industries[buyer.code] <= seen]
                candidates = elsewhere or candidates
            if not candidates:
                return
            self.connect(self.draw(candidates), seller, primary=number == 0)

    def supplier_of(self, buyer: Firm) -> None:
        """Make sure that the chain goes on below the buyer: one of its links is primary, or it gets one."""
        links = [self.pairs[pair] for pair in self.of_buyer.get(buyer.code, ())]
        if any(link.primary for link in links):
            return
        if links:
            self.pairs[buyer.code, links[0].seller.code] = replace(links[0], primary=True)
            return
        sellers = [seller for seller in self.layers[buyer.tier + 1] if self.buys(buyer, seller)]
        if sellers:
            self.connect(buyer, self.draw(sellers), primary=True)


def trade_links(cores: list[Firm], suppliers: list[Firm], random: Random) -> tuple[Link, ...]:
    """The links from the core enterprises down, in a fixed order: by the seller's tier, then as drawn."""
    builder = _Builder(cores, suppliers, random)
    for tier in range(1, LAST_TIER + 1):
        for seller in builder.layers[tier]:
            builder.customers_of(seller)
        if tier > 1:
            for buyer in builder.layers[tier - 1]:
                builder.supplier_of(buyer)
    return tuple(sorted(builder.pairs.values(), key=lambda link: link.seller.tier))
