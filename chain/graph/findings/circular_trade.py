"""C5: parties sell goods in a circle to make invoices."""

from __future__ import annotations

from collections.abc import Sequence

from chain.documents.model import Finding, Severity

#: Invoices that close a circle within so many days are one circular trade: goods that are really used and made into others
#: take longer to come back, and a round that is paid monthly closes within a month.
CIRCLE_DAYS = 30


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
