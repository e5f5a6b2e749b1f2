"""Holders' requests for quotes, as their two sides see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, case, exists, or_, select

from chain.commands.financing_requests import IS_FREE, IS_HELD, Ended
from chain.commands.seen.named import Named
from chain.commands.seen.pages import behind, cursor_at
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.money import Money
from chain.store.tables import financing_requests, loan_offers, quotes


class FinancingRequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    """The bank has not answered."""
    QUOTED = "quoted"
    """The bank made an offer, or several."""
    DECLINED = Ended.DECLINED.value
    """The bank makes none."""
    WITHDRAWN = Ended.WITHDRAWN.value
    """The holder took it back."""
    LAPSED = "lapsed"
    """Nothing of the piece is with the holder any more, or the receipt is not free any more, and the bank had not answered."""


class FinancingRequest(Frozen):
    """A holder asks a bank for an offer for a piece, or for part of it, or for a loan on a warehouse receipt."""

    id: str
    voucher: str | None
    receipt: int | None
    holder: Participant
    bank: Participant
    amount: Money
    """What the holder wants to sell of the piece, or to borrow."""
    state: FinancingRequestState
    asked_at: datetime
    ended_at: datetime | None
    """When it was declined or withdrawn."""
    reason: str | None
    """Why the bank declined, where it says so."""
    financings: tuple[str, ...] = Field(description="Ids of the offers for the piece that the bank made since.")
    loan_offers: tuple[str, ...] = Field(description="Ids of the offers of a loan that the bank made since.")


_OFFERED = (
    (quotes.c.obligation == financing_requests.c.obligation)
    & (quotes.c.index == financing_requests.c.index)
    & (quotes.c.holder == financing_requests.c.holder)
    & (quotes.c.bank == financing_requests.c.bank)
    & (quotes.c.created_at >= financing_requests.c.asked_at)
)
_LENT = loan_offers.c.request == financing_requests.c.id
_STATE = case(
    (financing_requests.c.ended.is_not(None), financing_requests.c.ended),
    (or_(exists().where(_OFFERED), exists().where(_LENT)), FinancingRequestState.QUOTED.value),
    (or_(exists().where(IS_HELD), exists().where(IS_FREE)), FinancingRequestState.OPEN.value),
    else_=FinancingRequestState.LAPSED.value,
)


def financing_requests_seen(
    home: Home, viewer: Viewer, *, state: FinancingRequestState | None = None, after: str | None = None, most: int = 100
) -> tuple[tuple[FinancingRequest, ...], str | None]:
    """The requests that the viewer made or was asked by, in the order they came, and the next page's cursor. Raises
    PageUnknown."""
    c = financing_requests.c
    statement = select(financing_requests, _STATE.label("state")).order_by(c.asked_at, c.id).limit(most + 1)
    if not viewer.sees_all:
        statement = statement.where(or_(c.bank == viewer.enterprise, c.holder == viewer.enterprise))
    if state is not None:
        statement = statement.where(_STATE.in_([state.value]))
    if after is not None:
        statement = statement.where(behind(c.asked_at, c.id, after))
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
        shown = _requests(connection, home, rows[:most])
    last = rows[most - 1] if len(rows) > most else None
    return shown, cursor_at(last["asked_at"], last["id"]) if last else None


def financing_request_seen(home: Home, viewer: Viewer, name: str) -> FinancingRequest:
    """One of them. Raises NotFound."""
    statement = select(financing_requests, _STATE.label("state")).where(financing_requests.c.id == name)
    with home.store.read() as connection:
        row = connection.execute(statement).mappings().first()
        if row is None or not (viewer.sees_all or viewer.enterprise in (row["bank"], row["holder"])):
            raise NotFound(what="financing request", id=name)
        (shown,) = _requests(connection, home, [row])
    return shown


def _requests(connection: Connection, home: Home, rows: Sequence[RowMapping]) -> tuple[FinancingRequest, ...]:
    within = financing_requests.c.id.in_([row["id"] for row in rows])
    quoted, lent = (
        _made(connection, table, is_answer, within) for table, is_answer in ((quotes, _OFFERED), (loan_offers, _LENT))
    )
    named = Named(home)
    return tuple(
        FinancingRequest(
            id=row["id"], receipt=row["receipt"],
            voucher=None if row["obligation"] is None
            else str(PieceId(ObligationId.from_chain(row["obligation"]), row["index"])),
            holder=named.enterprise(row["holder"]), bank=named.enterprise(row["bank"]),
            amount=Money(row["amount_minor"], row["currency"]), state=FinancingRequestState(row["state"]),
            asked_at=moment(row["asked_at"]), ended_at=None if row["ended_at"] is None else moment(row["ended_at"]),
            reason=row["reason"], financings=tuple(quoted[row["id"]]),
            loan_offers=tuple(lent[row["id"]]),
        )
        for row in rows
    )  # fmt: skip


def _made(
    connection: Connection, offers: Table, is_answer: ColumnElement[bool], within: ColumnElement[bool]
) -> dict[str, list[str]]:
    """Request → ids of the offers that answer it, in the order in which they were made."""
    statement = select(financing_requests.c.id, offers.c.id).join(offers, is_answer).where(within)
    found: dict[str, list[str]] = defaultdict(list)
    for request, offer in connection.execute(statement.order_by(offers.c.created_at, offers.c.id)):
        found[request].append(offer)
    return found
