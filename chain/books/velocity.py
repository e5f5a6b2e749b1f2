"""The velocity alarm: an obligation that is cut into many pieces within a day is reported, not refused.

Notice 银发〔2025〕77号 wants abnormal splitting managed and reported. What an obligation may have at most (pieces, hops) the
contracts refuse; that it gets there in a day is no fault in itself, and a person should look (`docs/decisions/0016`).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import Connection, select

from chain.documents.model import Finding, Severity
from chain.identifiers import ObligationId
from chain.store.tables import lines, obligations, pieces

PIECES_A_DAY = 100
"""A fifth of the 500 that the rules let an obligation have in its whole life."""

_DAY_SECONDS, _QUARTER_HOUR_SECONDS = 86_400, 900


def abnormal_splitting(connection: Connection, most: int = PIECES_A_DAY) -> list[Finding]:
    """A finding for each obligation and day, of its line's time zone, on which more than ``most`` pieces were cut from others.

    Offers count whatever became of them; what was cut by a payment does not. In the order of obligations and days.
    """
    statement = (
        select(pieces.c.obligation, pieces.c.created_at, lines.c.utc_offset_quarter_hours)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .where(pieces.c.parent != 0, pieces.c.payment.is_(False))
    )
    cut: Counter[tuple[int, int]] = Counter()
    for obligation, second, quarter_hours in connection.execute(statement):
        cut[obligation, (second + quarter_hours * _QUARTER_HOUR_SECONDS) // _DAY_SECONDS] += 1
    return [_finding(obligation, day, count, most) for (obligation, day), count in sorted(cut.items()) if count > most]


def _finding(obligation: int, day: int, count: int, most: int) -> Finding:
    return Finding(
        rule="AbnormalSplitting",
        severity=Severity.FLAGGED,
        template="obligation {obligation}: {pieces} pieces were cut on {day}, more than {most} on one day",
        values={
            "obligation": str(ObligationId.from_chain(obligation)),
            "pieces": count,
            "day": (date(1970, 1, 1) + timedelta(days=day)).isoformat(),
            "most": most,
        },
    )
