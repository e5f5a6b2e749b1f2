"""C16: one receivable was assigned to several, in and outside the platform. Who comes first, and why the others do not.

Civil Code of the People's Republic of China, art. 768: registered assignments come before those that are not, the earlier
registration first; where none is registered, the one whose notice reached the debtor first; where there is neither,
each takes its part in proportion to what it financed. Claims of one moment share in proportion, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from chain.documents.model import Finding, Severity


class Ground(IntEnum):
    """On what a claim ranks; a smaller number comes first."""

    REGISTRATION = 0
    """It is registered."""
    NOTICE = 1
    """It is not, but the debtor was told."""
    NEITHER = 2
    """Nobody was told."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An assignment of a receivable. Times are seconds since 1970, UTC; amounts minor units of its currency."""

    assignee: str
    financed_minor: int
    registered_at: int | None = None
    registration: str = ""
    """Its number in the register, which proves the time."""
    noticed_at: int | None = None
    notice: str = ""
    """What proves that the debtor was told."""

    @property
    def ground(self) -> Ground:
        """On what it ranks."""
        if self.registered_at is not None:
            return Ground.REGISTRATION
        return Ground.NEITHER if self.noticed_at is None else Ground.NOTICE

    @property
    def _order(self) -> tuple[int, int]:
        moment = {Ground.REGISTRATION: self.registered_at, Ground.NOTICE: self.noticed_at}.get(self.ground)
        return self.ground, moment or 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands. ``share_minor`` is what it gets of the receivable."""

    claim: Claim
    rank: int
    """From 1; claims that share have one rank."""
    share_minor: int
    template: str
    """Why, as a sentence with ``values``."""
    values: dict[str, str | int]


_REASONS = {
    Ground.REGISTRATION: "{assignee} is registered ({registration}), and nobody was before it",
    Ground.NOTICE: "nobody is registered, and the debtor was told of {assignee} ({notice}) before any other",
    Ground.NEITHER: "nobody is registered or told of; {assignee} shares in proportion to what it financed",
}
_LOST = {
    Ground.REGISTRATION: "{assignee} is registered ({registration}) after {winner} ({winner_proof})",
    Ground.NOTICE: "{assignee} is not registered and comes after {winner} ({winner_proof})",
    Ground.NEITHER: "{assignee} is neither registered nor was the debtor told; it comes after {winner} ({winner_proof})",
}


def rank(open_minor: int, claims: Iterable[Claim]) -> tuple[Standing, ...]:
    """All claims in their order, each with its share of ``open_minor`` and the reason. The same claims in any order give
    the same answer; equal shares are told apart, to the last minor unit, by the assignee's name."""
    ordered = sorted(
        claims,
        key=lambda claim: (
            claim._order, claim.assignee, claim.financed_minor, claim.registration, claim.notice, claim.noticed_at or 0,
            claim.noticed_at is None,
        ),
    )  # fmt: skip
    standings: list[Standing] = []
    left = max(0, open_minor)
    first = ordered[0] if ordered else None
    for place, (_, group) in enumerate(groupby(ordered, key=lambda claim: claim._order), start=1):
        equals = list(group)
        for claim, share in zip(equals, _shares(left, equals), strict=True):
            values: dict[str, str | int] = {
                "assignee": claim.assignee, "registration": claim.registration or "–", "notice": claim.notice or "–",
            }  # fmt: skip
            reasons = _REASONS
            if place > 1 and first is not None:
                reasons = _LOST
                values |= {"winner": first.assignee, "winner_proof": first.registration or first.notice or "–"}
            standings.append(Standing(claim, place, share, reasons[claim.ground], values))
        left -= sum(standing.share_minor for standing in standings if standing.rank == place)
    return tuple(standings)


def competing_assignments(document: str, standings: Sequence[Standing]) -> tuple[Finding, ...]:
    """One finding for each claim on an invoice (its key) that gets less than it financed; it says why."""
    return tuple(
        Finding(
            rule="CompetingAssignment", severity=Severity.FLAGGED, template=standing.template, values=standing.values,
            documents=(document,), case="C16",
        )
        for standing in standings
        if standing.share_minor < standing.claim.financed_minor
    )  # fmt: skip


def _shares(left: int, claims: Sequence[Claim]) -> list[int]:
    """``left`` over claims of one rank, in proportion to what they financed and never more; what rounding leaves goes to
    the first ones."""
    financed = [max(0, claim.financed_minor) for claim in claims]
    total = sum(financed)
    given = min(left, total)
    shares = [part * given // total if total else 0 for part in financed]
    for place in range(given - sum(shares)):
        shares[place] += 1
    return shares
