"""Who has an invoice after all that was assigned and released: one claim an assignee, whatever papers it has for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from chain.documents.identity import normalised_number
from chain.documents.model import Means, TradeDocument


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
    documents: tuple[str, ...] = ()
    """Keys of the assignments that say so."""
    currency: str | None = None

    @property
    def ground(self) -> Ground:
        """On what it ranks."""
        if self.registered_at is not None:
            return Ground.REGISTRATION
        return Ground.NEITHER if self.noticed_at is None else Ground.NOTICE

    @property
    def order(self) -> tuple[int, int]:
        """Ground and moment: what comes first ranks first."""
        moment = {Ground.REGISTRATION: self.registered_at, Ground.NOTICE: self.noticed_at}.get(self.ground)
        return self.ground, moment or 0


def claims_on(invoice: str, assignments: Iterable[tuple[str, TradeDocument]], today: date) -> tuple[Claim, ...]:
    """The claims on an invoice of one seller (its normalised number) as of ``today``, by assignee.

    ``assignments``: key and document of those of the seller. An assignee's papers make one claim, of the earliest
    registration that has not run out and the earliest notice; a release ends what it had until then.
    """
    dated = ((_at(document), key, document) for key, document in assignments)
    claims: dict[str, Claim] = {}
    for moment, key, document in sorted(dated, key=lambda one: one[:2]):
        financed = [one.amount_minor or 0 for one in document.invoices if normalised_number(one.number) == invoice]
        if not financed:
            continue
        assignee = key.split("|")[1]
        if document.reversal:
            claims.pop(assignee, None)
            continue
        claim = claims.get(assignee, Claim(assignee, 0, currency=document.currency))
        claim = replace(
            claim, financed_minor=max(claim.financed_minor, *financed), documents=(*claim.documents, key)
        )  # fmt: skip
        means = document.publicity and document.publicity.by
        run_out = document.due_date is not None and document.due_date < today
        if means is Means.REGISTRATION and claim.registered_at is None and not run_out:
            claim = replace(claim, registered_at=moment, registration=document.number)
        if means is Means.NOTICE and claim.noticed_at is None:
            claim = replace(claim, noticed_at=moment, notice=document.number)
        claims[assignee] = claim
    return tuple(claims[assignee] for assignee in sorted(claims))


def _at(document: TradeDocument) -> int:
    return document.publicity.at if document.publicity else 0
