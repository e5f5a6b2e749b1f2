"""What a piece is worth before its maturity."""

from __future__ import annotations

DAYS_OF_A_YEAR = 360
"""The money market's year: interest is counted actual/360."""


def discounted_price(amount_minor: int, annual_rate_basis_points: int, days: int) -> int:
    """Cash for ``amount_minor`` due in ``days``, rounded down: amount × (1 − rate × days / 360), simple discount.

    The holder never gets more than the amount; a rate so high that nothing is left gives 0.
    """
    year = 10_000 * DAYS_OF_A_YEAR
    return max(0, amount_minor * (year - annual_rate_basis_points * days) // year)
