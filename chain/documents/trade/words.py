"""Figures as findings say them."""

from __future__ import annotations

from decimal import Decimal

from chain.documents.units import unit_code
from chain.money import Money


def money_in_words(minor: int | None, currency: str | None) -> str:
    """An amount with its currency."""
    return "no amount" if minor is None or currency is None else f"{Money(minor, currency).decimal:f} {currency}"


def quantity_in_words(value: Decimal | None, unit: str | None) -> str:
    """A quantity, to the thousandth, with its unit."""
    if value is None:
        return "–"
    return f"{f'{value:.3f}'.rstrip('0').rstrip('.')} {unit_code(unit) or ''}".rstrip()
