"""Banks' offers of loans, as their two sides see them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select, true

from chain.commands.loans import KeptOffer, offers
from chain.commands.seen.named import Named
from chain.commands.seen.pages import behind, cursor_at
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import day, moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.money import Money
from chain.store.tables import loan_offers


class LoanOfferState(StrEnum):
    """What became of an offer of a loan."""

    OPEN = "open"
    """The borrower may take it."""
    EXPIRED = "expired"
    """Its time is over, and nobody took it."""
    TAKEN = "taken"
    """It is a loan."""


class LoanOfferSeen(Frozen):
    """A bank's signed offer of a loan on a warehouse receipt."""

    id: str
    receipt: int
    borrower: Participant
    bank: Participant
    limit: Money
    """What may be drawn at a time."""
    annual_rate_micros: int
    """Parts per million a year, simple interest."""
    day_count_basis: int
    maturity: date
    """The last day to repay, and the first on which nothing is drawn."""
    twice_measured: bool
    """Two unrelated parties must have measured the goods, at the start and at every draw."""
    registration_number: str
    offered_at: datetime
    valid_until: datetime
    state: LoanOfferState
    loan: int | None
    """The loan that it became."""


def loan_offers_seen(
    home: Home, viewer: Viewer, *, after: str | None = None, most: int = 100
) -> tuple[tuple[LoanOfferSeen, ...], str | None]:
    """The offers that the viewer made or was made, in the order they came, and the next page's cursor. Raises PageUnknown."""
    c = loan_offers.c
    own = true() if viewer.sees_all else or_(c.bank == viewer.enterprise, c.borrower == viewer.enterprise)
    later = true() if after is None else behind(c.created_at, c.id, after)
    page = select(c.id).where(own, later).order_by(c.created_at, c.id).limit(most + 1)
    found = offers(home, c.id.in_(page))
    last = found[most - 1] if len(found) > most else None
    named = Named(home)
    shown = tuple(_seen(home, named, one) for one in found[:most])
    return shown, cursor_at(last.created_at, last.id) if last else None


def loan_offer_seen(home: Home, viewer: Viewer, name: str) -> LoanOfferSeen:
    """One of them. Raises NotFound."""
    return _seen(home, Named(home), must_see_loan_offer(home, viewer, name))


def must_see_loan_offer(home: Home, viewer: Viewer, name: str) -> KeptOffer:
    """The same for a command. Raises NotFound."""
    for kept in offers(home, loan_offers.c.id == name):
        if viewer.sees_all or viewer.enterprise in (kept.bank, kept.borrower):
            return kept
    raise NotFound(what="loan offer", id=name)


def _seen(home: Home, named: Named, kept: KeptOffer) -> LoanOfferSeen:
    offer = kept.offer
    waiting = LoanOfferState.OPEN if offer.valid_until >= home.now() else LoanOfferState.EXPIRED
    return LoanOfferSeen(
        id=kept.id, receipt=offer.receipt, borrower=named.enterprise(kept.borrower), bank=named.enterprise(kept.bank),
        limit=Money(offer.limit_minor, kept.currency), annual_rate_micros=offer.annual_rate_micros,
        day_count_basis=offer.day_count_basis, maturity=day(offer.maturity_day), twice_measured=offer.twice_measured,
        registration_number=kept.registration_number, offered_at=moment(kept.created_at),
        valid_until=moment(offer.valid_until), state=waiting if kept.loan is None else LoanOfferState.TAKEN,
        loan=kept.loan,
    )  # fmt: skip
