"""Requests for loans and banks' offers, as their two sides see them, and what is owed by a loan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from pydantic import Field
from sqlalchemy import Connection, RowMapping, case, exists, or_, select

from chain.commands import loans as lending
from chain.commands.financing_requests import Ended
from chain.commands.loan_requests import IS_FREE
from chain.commands.loans import KeptOffer
from chain.commands.seen.named import Named
from chain.commands.seen.pages import behind, cursor_at
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import day, moment
from chain.commands.seen.warehouse import loan_seen
from chain.commands.workspace import Home, Workspace
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.money import Money
from chain.store.tables import loan_offers, loan_requests, receipts


class LoanRequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    """The bank has not answered."""
    OFFERED = "offered"
    """The bank made an offer, or several."""
    DECLINED = Ended.DECLINED.value
    """The bank makes none."""
    WITHDRAWN = Ended.WITHDRAWN.value
    """The owner took it back."""
    LAPSED = "lapsed"
    """The goods are pledged, gone or another's, and the bank had not answered."""


class LoanRequest(Frozen):
    """An owner of goods in store asks a bank for a loan on its warehouse receipt."""

    id: str
    receipt: int
    borrower: Participant
    bank: Participant
    amount: Money
    """What the owner wants to borrow."""
    state: LoanRequestState
    asked_at: datetime
    ended_at: datetime | None
    """When it was declined or withdrawn."""
    reason: str | None
    """Why the bank declined, where it says so."""
    offers: tuple[str, ...] = Field(description="Ids of the offers that the bank made by it.")


class LoanOfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    """The borrower may take it."""
    TAKEN = "taken"
    """It is a loan."""
    EXPIRED = "expired"
    """Nobody took it in time."""


class LoanOfferSeen(Frozen):
    """A bank's signed offer of a loan on a warehouse receipt."""

    id: str
    request: str
    receipt: int
    borrower: Participant
    bank: Participant
    limit: Money
    """What may be drawn at a time."""
    annual_rate_micros: int
    """Parts per million a year, simple interest."""
    day_count_basis: int
    maturity: date
    twice_measured: bool
    """Two unrelated parties must have measured the goods, at the start and at every draw."""
    registration_number: str
    valid_until: datetime
    state: LoanOfferState
    loan: int | None
    """Number of the loan that came of it."""


class Debt(Frozen):
    """What is owed by a loan now, by the ledger's clock. A payment pays interest first."""

    loan: int
    principal: Money
    """Drawn and not repaid."""
    interest: Money
    """Up to today, rounded up."""
    total: Money


_OFFERED = loan_offers.c.request == loan_requests.c.id
_STATE = case(
    (loan_requests.c.ended.is_not(None), loan_requests.c.ended),
    (exists().where(_OFFERED), LoanRequestState.OFFERED.value),
    (exists(select(receipts.c.id).where(IS_FREE)), LoanRequestState.OPEN.value),
    else_=LoanRequestState.LAPSED.value,
)


def loan_requests_seen(
    home: Home, viewer: Viewer, *, state: LoanRequestState | None = None, after: str | None = None, most: int = 100
) -> tuple[tuple[LoanRequest, ...], str | None]:
    """The requests that the viewer made or was asked by, in the order they came, and the next page's cursor. Raises
    PageUnknown."""
    c = loan_requests.c
    statement = select(loan_requests, _STATE.label("state")).order_by(c.asked_at, c.id).limit(most + 1)
    if not viewer.sees_all:
        statement = statement.where(or_(c.bank == viewer.enterprise, c.borrower == viewer.enterprise))
    if state is not None:
        statement = statement.where(_STATE.in_([state.value]))
    if after is not None:
        statement = statement.where(behind(c.asked_at, c.id, after))
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
        shown = _requests(connection, home, rows[:most])
    last = rows[most - 1] if len(rows) > most else None
    return shown, cursor_at(last["asked_at"], last["id"]) if last else None


def loan_request_seen(home: Home, viewer: Viewer, name: str) -> LoanRequest:
    """One of them. Raises NotFound."""
    statement = select(loan_requests, _STATE.label("state")).where(loan_requests.c.id == name)
    with home.store.read() as connection:
        row = connection.execute(statement).mappings().first()
        if row is None or not (viewer.sees_all or viewer.enterprise in (row["bank"], row["borrower"])):
            raise NotFound(what="loan request", id=name)
        (shown,) = _requests(connection, home, [row])
    return shown


def loan_offers_seen(
    home: Home, viewer: Viewer, *, after: str | None = None, most: int = 100
) -> tuple[tuple[LoanOfferSeen, ...], str | None]:
    """The offers that the viewer made or was made, in the order they came, and the next page's cursor. Raises PageUnknown."""
    c = loan_offers.c
    conditions = [] if viewer.sees_all else [or_(c.bank == viewer.enterprise, c.borrower == viewer.enterprise)]
    if after is not None:
        conditions.append(behind(c.created_at, c.id, after))
    found = lending.offers(home, *conditions, most=most + 1)
    named = Named(home)
    last = found[most - 1] if len(found) > most else None
    shown = tuple(_offer(home, kept, named) for kept in found[:most])
    return shown, cursor_at(last.made_at, last.id) if last else None


def loan_offer_seen(home: Home, viewer: Viewer, name: str) -> LoanOfferSeen:
    """One of them. Raises NotFound."""
    for kept in lending.offers(home, loan_offers.c.id == name):
        if viewer.sees_all or viewer.enterprise in (kept.bank, kept.borrower):
            return _offer(home, kept, Named(home))
    raise NotFound(what="loan offer", id=name)


def debt_seen(workspace: Workspace, viewer: Viewer, number: int) -> Debt:
    """What is owed by a loan that the viewer took or made. Raises NotFound."""
    currency = loan_seen(workspace, viewer, number).principal.currency
    owed = lending.debt_of(workspace, number)
    principal, interest = Money(owed.principal_minor, currency), Money(owed.interest_minor, currency)
    total = Money(owed.principal_minor + owed.interest_minor, currency)
    return Debt(loan=number, principal=principal, interest=interest, total=total)


def _requests(connection: Connection, home: Home, rows: Sequence[RowMapping]) -> tuple[LoanRequest, ...]:
    made: dict[str, list[str]] = defaultdict(list)
    c = loan_offers.c
    answers = select(c.request, c.id).where(c.request.in_([row["id"] for row in rows])).order_by(c.created_at, c.id)
    for request, offer in connection.execute(answers):
        made[request].append(offer)
    named = Named(home)
    return tuple(
        LoanRequest(
            id=row["id"], receipt=row["receipt"], borrower=named.enterprise(row["borrower"]),
            bank=named.enterprise(row["bank"]), amount=Money(row["amount_minor"], row["currency"]),
            state=LoanRequestState(row["state"]), asked_at=moment(row["asked_at"]),
            ended_at=None if row["ended_at"] is None else moment(row["ended_at"]), reason=row["reason"],
            offers=tuple(made[row["id"]]),
        )
        for row in rows
    )  # fmt: skip


def _offer(home: Home, kept: KeptOffer, named: Named) -> LoanOfferSeen:
    terms = kept.offer
    state = LoanOfferState.OPEN if home.now() <= terms.valid_until else LoanOfferState.EXPIRED
    return LoanOfferSeen(
        id=kept.id, request=kept.request, receipt=kept.receipt, borrower=named.enterprise(kept.borrower),
        bank=named.enterprise(kept.bank), limit=kept.limit, annual_rate_micros=terms.annual_rate_micros,
        day_count_basis=terms.day_count_basis, maturity=day(terms.maturity_day), twice_measured=terms.twice_measured,
        registration_number=kept.registration_number, valid_until=moment(terms.valid_until),
        state=state if kept.loan is None else LoanOfferState.TAKEN, loan=kept.loan,
    )  # fmt: skip
