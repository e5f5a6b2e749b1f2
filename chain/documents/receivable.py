"""A receivable: an invoice with all that stands behind it, how far its trade has come, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chain.documents.model import Answer


class ReceivableState(StrEnum):
    """What has become of the debt."""

    OPEN = "open"
    """All of it is owed."""
    CONFIRMED = "confirmed"
    """All of it is owed, and the buyer said so."""
    PARTLY_CREDITED = "partly_credited"
    """A credit note took part of it back."""
    PARTLY_PAID = "partly_paid"
    """A payment, a bill or a netting settled part of it."""
    DISPUTED = "disputed"
    """The buyer contests or rejects it; it backs nothing."""
    PAID = "paid"
    """Payments, bills and nettings settled what was left of it."""
    CREDITED = "credited"
    """Credit notes left nothing."""


class Stage(StrEnum):
    """What the papers show of the trade; a receivable may have reached any of them."""

    ORDERED = "ordered"
    """An order asks for it."""
    SHIPPED = "shipped"
    """A despatch advice, or an event, saw the goods leave."""
    RECEIVED = "received"
    """The buyer's receipt advice, or an independent keeper's receipt, has the goods."""
    INVOICED = "invoiced"
    """The seller asks for payment."""
    CONFIRMED = "confirmed"
    """The buyer accepted the invoice."""
    DISPUTED = "disputed"
    """The buyer contests or rejects the invoice."""
    CREDITED = "credited"
    """A credit note took part of it, or all, back."""
    PARTLY_PAID = "partly_paid"
    """Payments, bills and nettings settled part of it."""
    PAID = "paid"
    """Nothing is left to pay."""


@dataclass(frozen=True, slots=True)
class ConfidenceWeights:
    """Basis points that one kind of proof adds; their sum is cut at 10,000. Only who bears the loss if it is untrue makes
    the difference: the buyer's own papers weigh most, then those of third parties, then the seller's."""

    invoice: int = 1_000
    """The seller's word alone."""
    order: int = 1_500
    """The buyer's, before there was anything to pay."""
    despatch: int = 1_000
    """The seller's again, on a paper that a carrier goes by."""
    receipt: int = 3_000
    """The buyer's: it has the goods, and will have to pay for them."""
    warehouse_receipt: int = 2_500
    """An independent keeper's, who is liable for the goods."""
    event: int = 500
    """Somebody saw goods move; once for leaving and once for arriving."""
    response: int = 3_000
    """The buyer accepts the invoice itself."""
    payment: int = 1_000
    """A bank says that the buyer paid part of it."""


WEIGHTS = ConfidenceWeights()
FULL_CONFIDENCE = 10_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a receivable is believed: what was seen, in which document, and what that adds."""

    what: str
    """A field's name of `ConfidenceWeights`."""
    document: str
    """The document's key."""
    basis_points: int


@dataclass(frozen=True, slots=True)
class Receivable:
    """An invoice with all that stands behind it. Amounts are minor units of ``currency``."""

    document: str
    """The invoice's key."""
    number: str
    seller: str
    buyer: str
    currency: str
    payable_minor: int
    credited_minor: int
    open_minor: int
    """payable - credited - settled (paid, billed and netted), never below zero."""
    evidence_minor: int
    """How much of it may back credit: 0 when blocked, less than open when capped."""
    blocked_by: str | None
    """The rule because of which it backs nothing; None when it backs something, or nothing is owed."""
    rules: tuple[str, ...]
    """All rules that block or cap it."""
    state: ReceivableState
    issue_date: date | None
    delivery_date: date | None
    """When the goods were received, as the proof says; else as the invoice says."""
    due_date: date
    """As written, else delivery (or issue) + 60 days."""
    orders: tuple[str, ...]
    despatches: tuple[str, ...]
    receipts: tuple[str, ...]
    warehouse_receipts: tuple[str, ...]
    credit_notes: tuple[str, ...]
    paid_minor: int = 0
    """What banks' statements say was paid of it."""
    billed_minor: int = 0
    """What bills settle of it."""
    payments: tuple[str, ...] = ()
    """Payments and bills that name it."""
    events: tuple[str, ...] = ()
    """Logistics events that saw its goods: one that saw them leave, one that saw them arrive."""
    responses: tuple[str, ...] = ()
    """The buyer's answers to it."""
    answer: Answer | None = None
    """The last of them."""
    assignments: tuple[str, ...] = ()
    """Assignments by which others have it now; it backs nothing."""
    netted_minor: int = 0
    """What nettings cancelled of it, to which everybody in the circle consented."""

    def less_netted(self, minor: int) -> Receivable:
        """With so much of it cancelled by nettings; no more than is open. What is settled is taken off what is proven first:
        only the rest may back credit."""
        minor = min(minor, self.open_minor)
        if not minor:
            return self
        left, evidence = self.open_minor - minor, max(0, self.evidence_minor - minor)
        state = self.state
        if not left:
            state = ReceivableState.PAID
        elif state is not ReceivableState.DISPUTED:
            state = ReceivableState.PARTLY_PAID
        return replace(
            self, open_minor=left, evidence_minor=evidence, netted_minor=self.netted_minor + minor, state=state,
            blocked_by=self.rules[0] if self.rules and not evidence and left else None,
        )  # fmt: skip

    @property
    def accepted(self) -> bool:
        """Whether it backs credit, or nothing kept it from doing so until it was settled."""
        return self.evidence_minor > 0 or (
            not self.rules and self.paid_minor + self.billed_minor + self.netted_minor > 0
        )

    @property
    def proofs(self) -> tuple[str, ...]:
        """Keys of the documents behind it."""
        return self.orders + self.despatches + self.receipts + self.warehouse_receipts

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is believed, one a document and kind; none for a receivable that may back nothing."""
        if self.blocked_by is not None:
            return ()
        told = [
            ("invoice", (self.document,), WEIGHTS.invoice), ("order", self.orders[:1], WEIGHTS.order),
            ("despatch", self.despatches[:1], WEIGHTS.despatch), ("receipt", self.receipts[:1], WEIGHTS.receipt),
            ("warehouse_receipt", self.warehouse_receipts[:1], WEIGHTS.warehouse_receipt),
            ("event", self.events, WEIGHTS.event),
            ("response", self.responses[-1:] if self.answer is Answer.ACCEPTED else (), WEIGHTS.response),
            ("payment", self.payments[:1], WEIGHTS.payment),
        ]  # fmt: skip
        return tuple(Reason(what, key, points) for what, keys, points in told for key in keys)

    @property
    def confidence(self) -> int:
        """Basis points: the sum of its reasons, at most 10,000."""
        if self.blocked_by is not None:
            return 0
        points = WEIGHTS.invoice + WEIGHTS.event * len(self.events)
        if self.orders:
            points += WEIGHTS.order
        if self.despatches:
            points += WEIGHTS.despatch
        if self.receipts:
            points += WEIGHTS.receipt
        if self.warehouse_receipts:
            points += WEIGHTS.warehouse_receipt
        if self.answer is Answer.ACCEPTED:
            points += WEIGHTS.response
        if self.payments:
            points += WEIGHTS.payment
        return min(points, FULL_CONFIDENCE)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages that the papers show, in the order in which a trade goes through them."""
        reached = (
            (Stage.ORDERED, bool(self.orders)), (Stage.SHIPPED, bool(self.despatches)),
            (Stage.RECEIVED, bool(self.receipts or self.warehouse_receipts)), (Stage.INVOICED, True),
            (Stage.CONFIRMED, self.answer is Answer.ACCEPTED), (Stage.DISPUTED, self.state is ReceivableState.DISPUTED),
            (Stage.CREDITED, self.credited_minor > 0),
            (Stage.PARTLY_PAID, self.state is ReceivableState.PARTLY_PAID),
            (Stage.PAID, self.state is ReceivableState.PAID),
        )  # fmt: skip
        return tuple(stage for stage, shown in reached if shown)
