"""The network that a world starts from: roles, related parties, needs, acceptance rules and banks' lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from chain.documents.model import DocumentType, TradeDocument
from chain.network import Acceptance, CreditLine, Enterprise, Need, Network, Role
from chain.world.enterprises import Firm
from chain.world.model import Batch

#: Lines and needs are agreed in round figures: 10,000 yuan.
ROUND_MINOR = 1_000_000


@dataclass(frozen=True, slots=True)
class LineTerms:
    """One bank's offer to one core enterprise, as shares of what it buys in its busiest batch."""

    limit_percent: int
    financing_percent: int
    rate_basis_points: int
    expiry_days: int
    """After the story's end."""


#: Core enterprises in turn: one with room, one whose banks finance little of its paper, one whose limits bind early.
LINE_TERMS: tuple[tuple[LineTerms, ...], ...] = (
    (LineTerms(45, 26, 310, 300), LineTerms(35, 16, 330, 240), LineTerms(25, 10, 355, 45)),
    (LineTerms(70, 10, 295, 300), LineTerms(45, 6, 340, 200)),
    (LineTerms(38, 22, 385, 300), LineTerms(22, 14, 420, 180)),
)


@dataclass(frozen=True, slots=True)
class Turnover:
    """Sales and purchases with tax in the busiest batch, and the largest invoice, by enterprise id."""

    sales: dict[str, int]
    purchases: dict[str, int]
    largest: dict[str, int]

    @classmethod
    def of(cls, batches: Iterable[Batch]) -> Turnover:
        """Added up from the invoices."""
        sales: dict[str, int] = defaultdict(int)
        purchases: dict[str, int] = defaultdict(int)
        largest: dict[str, int] = defaultdict(int)
        for batch in batches:
            sold: Counter[str] = Counter()
            bought: Counter[str] = Counter()
            for invoice in batch.documents:
                if invoice.type is DocumentType.INVOICE:
                    seller, buyer = _ids(invoice)
                    sold[seller] += invoice.payable_minor or 0
                    bought[buyer] += invoice.payable_minor or 0
                    largest[seller] = max(largest[seller], invoice.payable_minor or 0)
            for total, part in ((sales, sold), (purchases, bought)):
                for enterprise, minor in part.items():
                    total[enterprise] = max(total[enterprise], minor)
        return cls(dict(sales), dict(purchases), dict(largest))


def make_network(
    name: str,
    firms: Iterable[Firm],
    groups: dict[str, str],
    batches: tuple[Batch, ...],
    currency: str,
    today: date,
    random: Random,
) -> Network:
    """All enterprises with what they ask for and accept, and two or three banks' lines for each core enterprise."""
    firms = list(firms)
    turnover = Turnover.of(batches)
    picky = _picky(firms, turnover, random)
    enterprises = tuple(_enterprise(firm, groups, turnover, picky, currency, random) for firm in firms)
    banks = [firm for firm in firms if firm.role is Role.BANK]
    cores = [firm for firm in firms if firm.role is Role.CORE_ENTERPRISE]
    lines = []
    for number, core in enumerate(cores):
        for place, terms in enumerate(LINE_TERMS[number % len(LINE_TERMS)][: len(banks)]):
            bought = turnover.purchases.get(core.id, 0)
            lines.append(
                CreditLine(
                    bank=banks[(number + place) % len(banks)].id,
                    issuer=core.id,
                    currency=currency,
                    limit_minor=max(ROUND_MINOR, _rounded(bought * terms.limit_percent // 100)),
                    financing_limit_minor=_rounded(bought * terms.financing_percent // 100),
                    expiry=today + timedelta(days=terms.expiry_days),
                    annual_rate_basis_points=terms.rate_basis_points,
                )
            )
    return Network(name=name, enterprises=enterprises, lines=tuple(lines))


def _enterprise(
    firm: Firm, groups: dict[str, str], turnover: Turnover, picky: set[str], currency: str, random: Random
) -> Enterprise:
    need = None
    discounts = False
    acceptance = None
    if firm.role is Role.SUPPLIER:
        acceptance = Acceptance()
        if firm.id in picky:
            percent = 70 if firm.tier == 1 else 40
            acceptance = Acceptance(reject_above_minor=_rounded(turnover.largest[firm.id] * percent // 100))
        # The further from the market, the likelier a firm asks for cash and sells its paper at once.
        asked = turnover.sales.get(firm.id, 0) * random.randint(30, 70) // 100
        if random.random() < (0.2, 0.5, 0.55, 0.7)[firm.tier - 1] and asked >= ROUND_MINOR:
            need = Need(currency=currency, minor=_rounded(asked))
        discounts = random.random() < (0.15, 0.4, 0.45, 0.5)[firm.tier - 1]
    return Enterprise(
        id=firm.id,
        name=firm.name,
        roles=(firm.role,),
        group=groups.get(firm.id),
        need=need,
        discounts=discounts,
        acceptance=acceptance,
    )


def _picky(firms: list[Firm], turnover: Turnover, random: Random) -> set[str]:
    """A few suppliers that reject a large voucher, since they want no more of one name on their books: one next to the
    market, whose rejection voids an issue, and some of the lower tiers, whose rejection gives a transfer back."""
    large = [firm for firm in firms if turnover.largest.get(firm.id, 0) > ROUND_MINOR]
    by_size = sorted((firm for firm in large if firm.tier == 1), key=lambda firm: turnover.largest[firm.id])
    next_to_market = [firm.id for firm in by_size[: (len(by_size) + 1) // 2]]
    lower = [firm.id for firm in large if firm.tier in (2, 3)]
    chosen = random.sample(next_to_market, min(len(next_to_market), 1 + len(next_to_market) // 12))
    return {*chosen, *random.sample(lower, min(len(lower), max(1, len(lower) // 10)))}


def _rounded(minor: int) -> int:
    return minor // ROUND_MINOR * ROUND_MINOR


def _ids(document: TradeDocument) -> tuple[str, str]:
    assert document.buyer is not None
    return str(document.seller.identifiers[0]), str(document.buyer.identifiers[0])
