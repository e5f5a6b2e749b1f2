"""An invoice on its way to being a receivable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chain.documents.model import Answer, TradeDocument
from chain.documents.receivable import ReceivableState
from chain.documents.trade.prices import without_tax
from chain.documents.warehouses import Stored


@dataclass(slots=True)
class Case:
    """An invoice, what stands behind it, and what was found of it so far. Documents are named by their keys."""

    place: int
    key: str
    document: TradeDocument
    payable: int
    owed: int
    """payable less credit notes: what goods and orders must stand behind, paid or not."""
    superseded: bool = False
    """Whether it is only the first writing of the invoice, and another counts."""
    credited: int = 0
    credited_net: int = 0
    paid: int = 0
    billed: int = 0
    credit_notes: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)
    answer: Answer | None = None
    rules: list[str] = field(default_factory=list)
    blocked: bool = False
    cap: int | None = None
    delivered: date | None = None
    measured: bool = False
    """Whether its quantities were held against what was received."""
    capped_by: frozenset[str] = frozenset()
    """Orders whose amount limits it."""
    order_numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    goods_orders: tuple[str, ...] = ()
    """Those that the papers of its goods name: the receiver's and keeper's, or else the seller's."""
    despatches: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    stored: tuple[Stored, ...] = ()
    proving: tuple[Stored, ...] = ()
    """Those of ``stored`` that prove its goods."""
    events: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """What is left to pay."""
        return max(0, self.owed - self.paid - self.billed)

    @property
    def void(self) -> bool:
        """Whether it asks for nothing, by itself or by its buyer's word, so that it leaves goods and orders to others."""
        return bool(self.document.broken_rules) or self.answer is Answer.REJECTED

    @property
    def proofs(self) -> tuple[str, ...]:
        """Who received its goods says so in these: the buyer where there is a despatch too, else a keeper."""
        return self.receipts if self.receipts and self.despatches else tuple(one.key for one in self.proving)

    @property
    def net(self) -> int:
        """What it asks for without tax; no less than would be plausible of what is payable."""
        return max(self.document.net_minor or 0, without_tax(self.payable))


def state_of(case: Case) -> ReceivableState:
    """What became of the debt."""
    settled = case.paid + case.billed
    if not case.open and (case.credited or settled):
        return ReceivableState.PAID if settled else ReceivableState.CREDITED
    if case.answer in (Answer.DISPUTED, Answer.REJECTED, Answer.CHANGED):
        return ReceivableState.DISPUTED
    if settled:
        return ReceivableState.PARTLY_PAID
    if case.credited:
        return ReceivableState.PARTLY_CREDITED
    return ReceivableState.CONFIRMED if case.answer is Answer.ACCEPTED else ReceivableState.OPEN
