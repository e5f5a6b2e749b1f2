"""A world small enough to know by heart: ten enterprises, two branches that share nobody, papers written as UBL.

Harbour Bank ─ line ─ Crane Works ─ owes ─ Gear Maker ─ owes ─ Bolt Smith
                                  └ owes ─ Pump Maker ─ owes ─ Seal Caster (rejects large offers)
Valley Bank ── line ─ Loom Works ── owes ─ Yarn Spinner (no standing rule)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from chain.documents.identity import document_key
from chain.documents.model import TradeDocument
from chain.network import Acceptance, CreditLine, Enterprise, Need, Network, Role
from chain.world.catalogue import BY_CODE
from chain.world.enterprises import Firm, Registrar
from chain.world.paperwork import Clerk, Goods
from chain.world.ubl import UblWriter

CURRENCY = "CNY"
#: What the service of the tests takes at most for one document.
MAX_FILE_BYTES = 300_000
#: Every good costs what this price (before 13 per cent of tax) times its quantity says.
SEAT = BY_CODE["SEAT"]

NAMES = {
    "harbour": ("Harbour Bank", Role.BANK),
    "valley": ("Valley Bank", Role.BANK),
    "crane": ("Crane Works", Role.CORE_ENTERPRISE),
    "loom": ("Loom Works", Role.CORE_ENTERPRISE),
    "gear": ("Gear Maker", Role.SUPPLIER),
    "pump": ("Pump Maker", Role.SUPPLIER),
    "bolt": ("Bolt Smith", Role.SUPPLIER),
    "seal": ("Seal Caster", Role.SUPPLIER),
    "yarn": ("Yarn Spinner", Role.SUPPLIER),
    "regulator": ("Market Watch", Role.REGULATOR),
}
#: Offers above this are rejected by Seal Caster.
SEAL_LIMIT = 10_000_00


@dataclass(frozen=True)
class Deal:
    """An order and what followed: papers by kind, as (author, file name, bytes)."""

    invoice: TradeDocument
    files: dict[str, tuple[str, str, bytes]]

    @property
    def payable(self) -> int:
        return self.invoice.payable_minor or 0

    @property
    def key(self) -> str:
        return document_key(self.invoice)


class LittleWorld:
    """Everything as of ``today``; the goods of these deals were delivered three weeks ago."""

    def __init__(self, today: date) -> None:
        self.today = today
        registrar = Registrar(Random(11))
        self.firms: dict[str, Firm] = {}
        for short, (name, role) in NAMES.items():
            made = registrar.firm(role, "")
            self.firms[short] = Firm(code=made.code, name=name, short=name, role=role, gln=made.gln)
        self._clerk = Clerk(CURRENCY)
        self.deals = {
            "crane-gear": self.deal("crane", "gear", 40),
            "crane-pump": self.deal("crane", "pump", 20),
            "gear-bolt": self.deal("gear", "bolt", 12),
            "pump-seal": self.deal("pump", "seal", 8),
            "loom-yarn": self.deal("loom", "yarn", 10),
        }

    def id(self, short: str) -> str:
        """The enterprise's id."""
        return self.firms[short].id

    def markers(self, *short: str) -> list[str]:
        """Texts that name these enterprises, and only them."""
        return [text for name in short for text in (self.firms[name].code, self.firms[name].name)]

    def deal(self, buyer: str, seller: str, quantity: int, days_ago: int = 21) -> Deal:
        """Order, despatch, receipt and invoice of one delivery."""
        goods = (Goods("1", SEAT, SEAT.models[0], SEAT.price_minor, Decimal(quantity)),)
        delivered = self.today - timedelta(days=days_ago)
        order = self._clerk.order(self.firms[buyer], self.firms[seller], goods, delivered - timedelta(days=9))
        despatch = self._clerk.despatch(order, goods, delivered - timedelta(days=1))
        receipt = self._clerk.receipt(order, despatch, goods, delivered)
        invoice = self._clerk.invoice(
            order, goods, delivered + timedelta(days=1), self.today + timedelta(days=60), delivered=delivered,
            despatches=[despatch], receipts=[receipt],
        ).document  # fmt: skip
        papers = {"order": order.document, "despatch": despatch, "receipt": receipt, "invoice": invoice}
        authors = {"order": buyer, "despatch": seller, "receipt": buyer, "invoice": seller}
        return Deal(
            invoice,
            {
                kind: (authors[kind], f"{paper.number}.xml", UblWriter(paper, CURRENCY, 2).write())
                for kind, paper in papers.items()
            },
        )

    def network(self) -> Network:
        """The register."""
        rules = {
            "gear": Acceptance(),
            "pump": Acceptance(),
            "bolt": Acceptance(),
            "seal": Acceptance(reject_above_minor=SEAL_LIMIT),
        }
        needs = {"bolt": 20_000_00, "seal": 15_000_00, "gear": 30_000_00, "yarn": 5_000_00}
        return Network(
            name="Little world",
            enterprises=tuple(
                Enterprise(
                    id=firm.id, name=firm.name, roles=(firm.role,), acceptance=rules.get(short),
                    need=Need(currency=CURRENCY, minor=needs[short]) if short in needs else None,
                )
                for short, firm in self.firms.items()
            ),
            lines=(self._line("harbour", "crane"), self._line("valley", "loom")),
        )  # fmt: skip

    def _line(self, bank: str, issuer: str) -> CreditLine:
        return CreditLine(
            bank=self.id(bank), issuer=self.id(issuer), currency=CURRENCY, limit_minor=200_000_00,
            financing_limit_minor=100_000_00, expiry=self.today + timedelta(days=360),
        )  # fmt: skip
