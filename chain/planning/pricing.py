"""What a piece is worth before its maturity, and what it costs by line, tier and tenor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from chain.prices import Price

DAYS_OF_A_YEAR = 360
"""The money market's year: interest is counted actual/360."""


COST_OF_ONE_MINOR = 10_000 * DAYS_OF_A_YEAR
"""Costs are kept in minor units × basis points × days, which are whole numbers; so many are one minor unit."""


def discounted_price(amount_minor: int, annual_rate_basis_points: int, days: int) -> int:
    """Cash for ``amount_minor`` due in ``days``, rounded down: amount × (1 − rate × days / 360), simple discount.

    The holder never gets more than the amount; a rate so high that nothing is left gives 0.
    """
    return max(0, amount_minor * (COST_OF_ONE_MINOR - annual_rate_basis_points * days) // COST_OF_ONE_MINOR)


class Priced(Protocol):
    """A line with what its paper costs: the planner's, or the register's."""

    @property
    def annual_rate_basis_points(self) -> int: ...

    @property
    def prices(self) -> tuple[Price, ...]: ...


def annual_rate(line: Priced, tier: int, days: int) -> int:
    """Basis points, of a piece under ``line`` with ``tier`` hops that lives ``days``."""
    return int(Tariff([line], tier).rate(np.zeros(1, dtype=np.int64), tier, days)[0])


class Tariff:
    """The lines' prices as columns, for many pieces at once. The first row of a line's table that fits counts."""

    def __init__(self, lines: Sequence[Priced], most_hops: int) -> None:
        rows = max((len(line.prices) for line in lines), default=0)
        shape = (len(lines), rows)
        self._flat = np.asarray([line.annual_rate_basis_points for line in lines], dtype=np.int64)
        self._tier, self._days, self._rate = (np.full(shape, -1, dtype=np.int64) for _ in range(3))
        tiers = {1, most_hops}
        for number, line in enumerate(lines):
            for row, price in enumerate(line.prices):
                self._tier[number, row] = most_hops if price.to_tier is None else price.to_tier
                self._days[number, row] = np.iinfo(np.int64).max if price.to_days is None else price.to_days
                self._rate[number, row] = price.annual_rate_basis_points
                tiers |= {int(self._tier[number, row]), int(self._tier[number, row]) + 1}
        self._tiers = sorted(tier for tier in tiers if 1 <= tier <= most_hops)

    def rate(self, line: np.ndarray, tier: np.ndarray | int, days: np.ndarray | int) -> np.ndarray:
        """Annual rate, basis points, of a piece under ``line`` with ``tier`` hops that lives ``days``."""
        found: np.ndarray = self._flat[line]
        for row in range(self._rate.shape[1] - 1, -1, -1):
            fits = (tier <= self._tier[line, row]) & (days <= self._days[line, row])
            found = np.where(fits, self._rate[line, row], found)
        return found

    def cost(self, line: np.ndarray, tier: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Basis points × days: what one minor unit costs that is kept at ``tier``."""
        cost: np.ndarray = self.rate(line, tier, days) * days
        return cost

    def least_cost(self, line: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The same at the cheapest tier: no piece costs less, wherever it ends. Exact where a line has one price a tenor."""
        if self._rate.shape[1]:
            found = self.rate(line, self._tiers[0], days)
            for tier in self._tiers[1:]:
                found = np.minimum(found, self.rate(line, tier, days))
        else:
            found = self._flat[line]
        cost: np.ndarray = found * days
        return cost
