"""What a bank takes for paper, as its line says in the register: read by plans and by quotes alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from chain.documents.model import STRICT

#: Basis points a year; the register takes no higher rate.
HIGHEST_RATE = 100_000


@dataclass(frozen=True, slots=True)
class Price:
    """One row of a line's pricing table: what the bank takes for paper that came up to ``to_tier`` hops from the issuer
    and lives up to ``to_days`` days; None is without end."""

    __pydantic_config__ = STRICT

    annual_rate_basis_points: Annotated[int, Field(ge=0, le=HIGHEST_RATE)]
    """Simple discount, actual/360."""
    to_tier: Annotated[int, Field(ge=1, le=255)] | None = None
    to_days: Annotated[int, Field(ge=1, le=3_650)] | None = None

    def covers(self, other: Price) -> bool:
        """Whether it fits all paper that the other fits."""
        return (self.to_tier is None or (other.to_tier is not None and other.to_tier <= self.to_tier)) and (
            self.to_days is None or (other.to_days is not None and other.to_days <= self.to_days)
        )
