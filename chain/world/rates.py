"""How often things go wrong in a world, and which things."""

from __future__ import annotations

from dataclasses import dataclass

from chain.world.model import Irregularity

#: Mistakes of honest people and of machines.
ERRORS = (
    Irregularity.PARTIAL_CREDIT_NOTE, Irregularity.FULL_CREDIT_NOTE, Irregularity.DUPLICATE, Irregularity.WRONG_TOTAL,
    Irregularity.TRUNCATED, Irregularity.UNKNOWN_CURRENCY, Irregularity.REJECTED_INVOICE, Irregularity.DISPUTED_INVOICE,
)  # fmt: skip

#: What is done to get money that is not due.
FRAUDS = (
    Irregularity.ANOTHER_FACE, Irregularity.OTHER_FORMAT, Irregularity.RETYPED, Irregularity.PRICE_ABOVE_ORDER,
    Irregularity.OVER_INVOICED_ORDER, Irregularity.CIRCULAR_TRADE, Irregularity.RELATED_PARTIES,
    Irregularity.RELATED_LOOP, Irregularity.NO_GOODS, Irregularity.PLEDGED_LOT, Irregularity.PLEDGED_AND_SOLD,
    Irregularity.SUDDEN_EDGE, Irregularity.LOT_ROUND_TRIP, Irregularity.RECEIPTS_ABOVE_STOCK,
    Irregularity.RELATED_KEEPER, Irregularity.STRETCHED_TERMS, Irregularity.VELOCITY, Irregularity.COMPETING_ASSIGNMENT,
)  # fmt: skip

#: What looks like fraud and is none: a detector that finds it is wrong.
LOOKALIKES = (
    Irregularity.SMALL_NEW_CUSTOMER, Irregularity.SLOW_CIRCLE, Irregularity.RESOLD_LOT, Irregularity.STOCK_IN_PARTS,
    Irregularity.EQUAL_PARTS, Irregularity.BUSY_WEEK, Irregularity.LONGER_TERMS, Irregularity.REFINANCED_INVOICE,
    Irregularity.SHARED_INVOICE,
)  # fmt: skip

#: What can happen only in some windows happens there so many times as often.
LATE_WEIGHTS = {
    Irregularity.SUDDEN_EDGE: 5, Irregularity.SMALL_NEW_CUSTOMER: 5, Irregularity.VELOCITY: 2,
    Irregularity.STRETCHED_TERMS: 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the documents' number: 0.002 plants two in a thousand documents, each kind about as often as another."""

    errors: float = 0.001
    frauds: float = 0.001
    lookalikes: float = 0.002

    def __post_init__(self) -> None:
        if not all(0 <= rate <= 0.05 for rate in (self.errors, self.frauds, self.lookalikes)):
            raise ValueError("a rate is between 0 and 0.05: what is planted takes papers of its own")
