"""Who buys from whom: four layers of suppliers with a few hubs that many buyers share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from chain.world.catalogue import LAST_TIER, PRODUCTS, Industry
from chain.world.enterprises import Firm


@dataclass(frozen=True, slots=True)
class Link:
    """A standing trade: ``buyer`` buys ``seller``'s product on terms of so many days."""

    buyer: Firm
    seller: Firm
    terms_days: int
    primary: bool
    """Without it, the chain would end at one of the two."""


#: Draws before a firm is looked for that has no partner of the kind wanted.
TRIES = 60


class _Pool:
    """Firms of one kind, each as often as it has partners: who is drawn with equal chances has many partners."""

    def __init__(self, firms: list[Firm]) -> None:
        self.firms = firms
        self.tickets = list(firms)

    def draw(self, random: Random, fits: Callable[[Firm], bool]) -> Firm | None:
        """One that fits, likelier the more partners it has; None where none was found."""
        for _ in range(TRIES if self.firms else 0):
            firm = random.choice(self.tickets)
            if fits(firm):
                return firm
        return None


class _Builder:
    """Preferential attachment: who has many partners gets more (Barabási and Albert, Science 286, 1999)."""

    def __init__(self, cores: list[Firm], suppliers: list[Firm], random: Random) -> None:
        self.random = random
        self.layers = [cores, *([firm for firm in suppliers if firm.tier == tier] for tier in range(1, LAST_TIER + 1))]
        self.industries: dict[str, frozenset[Industry]] = {
            core.code: frozenset({core.industry}) for core in cores if core.industry
        }
        self.pairs: dict[tuple[str, str], Link] = {}
        self.of_buyer: dict[str, list[tuple[str, str]]] = {}
        buyers: dict[tuple[int, str], list[Firm]] = defaultdict(list)
        sellers: dict[tuple[int, str], list[Firm]] = defaultdict(list)
        for firm in (firm for layer in self.layers for firm in layer):
            for code in self.buys(firm):
                buyers[firm.tier, code].append(firm)
            if firm.product:
                sellers[firm.tier, firm.product.code].append(firm)
        self.buyers, self.sellers = ({kind: _Pool(found) for kind, found in all.items()} for all in (buyers, sellers))

    def buys(self, firm: Firm) -> tuple[str, ...]:
        """Codes of the products that it has a use for."""
        if firm.product is None:
            return tuple(product.code for product in PRODUCTS if firm.industry in product.industries)
        return firm.product.inputs

    def connect(self, buyer: Firm, seller: Firm, *, primary: bool) -> None:
        """Add a link, unless there is one."""
        if (buyer.code, seller.code) in self.pairs:
            return
        # Who is nearer to the market pays later: large buyers impose their terms.
        terms = self.random.choice(((60, 90, 90, 120), (45, 60, 90, 120), (30, 60, 60, 90), (30, 45, 60))[buyer.tier])
        self.pairs[buyer.code, seller.code] = Link(buyer, seller, terms, primary)
        self.of_buyer.setdefault(buyer.code, []).append((buyer.code, seller.code))
        for firm in (buyer, seller):
            for code in self.buys(firm):
                self.buyers[firm.tier, code].tickets.append(firm)
            if firm.product:
                self.sellers[firm.tier, firm.product.code].tickets.append(firm)
        known = self.industries.get(seller.code, frozenset())
        self.industries[seller.code] = known | self.industries.get(buyer.code, frozenset())

    def customers_of(self, seller: Firm) -> None:
        """Give the seller its customers: one at least, the second in another industry when one is met."""
        pool = self.buyers.get((seller.tier - 1, seller.makes.code))
        if pool is None:
            return
        wanted = 1 + min(int(self.random.paretovariate(1.6)) - (seller.tier == 1), 12)
        for number in range(min(wanted, len(pool.firms))):
            found = pool.draw(self.random, self._elsewhere(seller)) if number == 1 else None
            found = found or pool.draw(self.random, lambda buyer: (buyer.code, seller.code) not in self.pairs)
            if found is None:
                return
            self.connect(found, seller, primary=number == 0)

    def _elsewhere(self, seller: Firm) -> Callable[[Firm], bool]:
        """Whether a buyer is in an industry that the seller does not supply yet."""
        seen = self.industries.get(seller.code, frozenset())
        return lambda buyer: not self.industries.get(buyer.code, frozenset()) <= seen

    def supplier_of(self, buyer: Firm) -> None:
        """Make sure that the chain goes on below the buyer: one of its links is primary, or it gets one."""
        links = [self.pairs[pair] for pair in self.of_buyer.get(buyer.code, ())]
        if any(link.primary for link in links):
            return
        if links:
            self.pairs[buyer.code, links[0].seller.code] = replace(links[0], primary=True)
            return
        pools = [pool for code in self.buys(buyer) if (pool := self.sellers.get((buyer.tier + 1, code)))]
        if pools:
            pool = self.random.choices(pools, [len(pool.tickets) for pool in pools])[0]
            self.connect(buyer, self.random.choice(pool.tickets), primary=True)


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
