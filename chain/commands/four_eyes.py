"""Four eyes: above an amount that an enterprise sets itself, a second person of it approves what the first one asks for.

What one person asks for within a day is held against an amount of its own when it is written down (`chain.commands.accepted`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from chain.commands.workspace import Home
from chain.errors import VersionChanged
from chain.money import Money
from chain.store.prepared import Prepared
from chain.store.tables import four_eyes


@dataclass(frozen=True)
class Limit:
    """Above ``above_minor`` by one command, or ``day_above_minor`` within a day, two persons decide; None: never. ``version``
    counts its changes."""

    currency: str
    above_minor: int | None
    version: int
    day_above_minor: int | None = None

    def loosens(self, before: Limit) -> bool:
        """Whether a person decides about more alone than before."""
        pairs = (self.above_minor, before.above_minor), (self.day_above_minor, before.day_above_minor)
        return any(old is not None and (new is None or new > old) for new, old in pairs)


def limit_of(home: Home, enterprise: str, currency: str) -> Limit:
    """The enterprise's limit in a currency."""
    return next((one for one in limits_of(home, enterprise) if one.currency == currency), Limit(currency, None, 0))


def limits_of(home: Home, enterprise: str) -> list[Limit]:
    """All its limits, by currency."""
    found = home.store.ask(_LIMITS, {"of": enterprise})
    return [Limit(row.currency, row.above_minor, row.version, row.day_above_minor) for row in found]


_LIMITS = Prepared(select(four_eyes).where(four_eyes.c.enterprise == bindparam("of")).order_by(four_eyes.c.currency))


def worth_of(amounts: Iterable[Money]) -> dict[str, int]:
    """What four eyes count: the sum of each currency."""
    sums: Counter[str] = Counter()
    for amount in amounts:
        sums[amount.currency] += amount.minor
    return dict(sums)


def needs_approval(home: Home, enterprise: str, worth: Mapping[str, int]) -> bool:
    """Whether any sum of a currency is above the enterprise's limit."""
    limits = limits_of(home, enterprise) if worth else []
    return any(one.above_minor is not None and worth.get(one.currency, 0) > one.above_minor for one in limits)


def set_limit(home: Home, enterprise: str, limit: Limit) -> Limit:
    """Put a limit in force, where it still has the version before. Repeating it changes nothing. Raises VersionChanged."""
    key = (four_eyes.c.enterprise == enterprise) & (four_eyes.c.currency == limit.currency)
    with home.store.begin() as connection:
        row = connection.execute(select(four_eyes).where(key)).first()
        known = None if row is None else Limit(row.currency, row.above_minor, row.version, row.day_above_minor)
        if known == limit:
            return limit
        if (row.version if row is not None else 0) != limit.version - 1:
            raise VersionChanged(what="limit", id=limit.currency)
        connection.execute(delete(four_eyes).where(key))
        connection.execute(
            insert(four_eyes).values(
                enterprise=enterprise,
                currency=limit.currency,
                above_minor=limit.above_minor,
                version=limit.version,
                day_above_minor=limit.day_above_minor,
            )
        )
    return limit
