"""C5: parties sell goods in a circle to make invoices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from chain.documents.model import Finding, Severity
from chain.documents.receivable import Receivable, ReceivableState, Stage

#: Invoices that close a circle within so many days are one circular trade: goods that are really used and made into others
#: take longer to come back, and a round that is paid monthly closes within a month.
CIRCLE_DAYS = 30

#: What somebody else than its seller says of an invoice: who is invoiced, and said nothing, takes part in no round. Else
#: anybody could take another's credit away with an invoice that nobody asked for.
HEARD = frozenset({Stage.ORDERED, Stage.RECEIVED, Stage.CONFIRMED, Stage.PARTLY_PAID, Stage.PAID})
#: There is no such debt.
VOID = frozenset({ReceivableState.DISPUTED, ReceivableState.CREDITED})

#: `closes`, over the columns of `chain.graph.frame.SCHEMA`.
CLOSING = (pl.col("stages").list.set_intersection(sorted(map(str, HEARD))).list.len() > 0) & ~pl.col("state").is_in(
    sorted(map(str, VOID))
)


def closes(stages: Iterable[Stage], state: ReceivableState) -> bool:
    """Whether an invoice can close a circle: its buyer ordered, received, accepted or paid, or a keeper has the goods, and
    it was not rejected, or credited to nothing."""
    return state not in VOID and not HEARD.isdisjoint(stages)


#: `received_on`, over the same columns.
RECEIVED_ON = pl.when(pl.col("stages").list.contains(str(Stage.RECEIVED))).then(
    pl.col("delivery_date").to_physical() + date(1970, 1, 1).toordinal()
)


def received_on(receivable: Receivable) -> int | None:
    """Ordinal of the day on which the goods came, as their receiver or keeper says; None where neither does. The seller's
    own days move no debt whose goods somebody received."""
    day = receivable.delivery_date if Stage.RECEIVED in receivable.stages else None
    return None if day is None else day.toordinal()


def circular_trade(way: Sequence[str], documents: Sequence[str]) -> Finding:
    """The finding of one cluster: the enterprises of a shortest circle, each owing the next, and all invoices."""
    return Finding(
        rule="CircularTrade",
        severity=Severity.BLOCKED,
        template="a circle of invoices within {days} days: {way}",
        values={"days": CIRCLE_DAYS, "way": " → ".join([*way, way[0]])},
        documents=tuple(documents),
        case="C5",
    )
