"""What the planner takes, with its payables as columns: the surface for a million of them.

`PlanningInput` is the same as Python objects; both go through `PlanningTable`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from chain.planning.flow import LARGEST_TOTAL, AmountsTooLarge
from chain.planning.model import Line, PlanningInput, PlanningRules

PAYABLES: dict[str, Any] = {
    "document": pl.String,
    "debtor": pl.String,
    "creditor": pl.String,
    "currency": pl.String,
    "open_minor": pl.Int64,
    "delivery": pl.Date,
    "due": pl.Date,
    "proofs": pl.List(pl.String),
}
"""Columns of a table's payables; a row means what a `Payable` means."""


@dataclass(frozen=True, slots=True)
class PlanningTable:
    """One currency's world on one day. As `PlanningInput`, field by field, but for ``payables``."""

    today: date
    currency: str
    lines: tuple[Line, ...]
    payables: pl.DataFrame
    """Columns: `PAYABLES`."""
    needs: dict[str, int]
    groups: dict[str, str]
    rules: PlanningRules = field(default_factory=PlanningRules)
    eligible_issuers: dict[str, frozenset[str]] | None = None
    finances: frozenset[str] | None = None
    eligible_banks: dict[str, frozenset[str]] | None = None
    netted: dict[str, int] = field(default_factory=dict)
    keys_elsewhere: frozenset[str] = frozenset()


def as_table(inputs: PlanningInput) -> PlanningTable:
    """The input with its payables as columns. Raises AmountsTooLarge."""
    largest = max((payable.open_minor for payable in inputs.payables), default=0)
    if largest > LARGEST_TOTAL:
        raise AmountsTooLarge.of(largest, LARGEST_TOTAL)
    columns = {name: [getattr(payable, name) for payable in inputs.payables] for name in PAYABLES if name != "proofs"}
    columns["proofs"] = [list(payable.proofs) for payable in inputs.payables]
    return PlanningTable(
        inputs.today, inputs.currency, inputs.lines, pl.DataFrame(columns, schema=PAYABLES), inputs.needs,
        inputs.groups, inputs.rules, inputs.eligible_issuers, inputs.finances, inputs.eligible_banks, inputs.netted,
        inputs.keys_elsewhere,
    )  # fmt: skip
