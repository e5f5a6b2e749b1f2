"""A holder asks a bank for a quote, and shows it the piece by that: nobody else shows it to a bank whose line it is not under.

The bank answers with a quote (`chain.commands.offer`) or declines; the holder takes a request back at any time. What became of
a request otherwise, quotes and pieces say.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from chain.books import portfolio
from chain.commands.changes import tell
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.errors import NotFound, RuleBroken
from chain.identifiers import ObligationId, PieceId
from chain.network import Role
from chain.store.tables import financing_requests, pieces

#: A request with the piece of which its holder still has something. After the chain turned, the same id may be another's.
IS_HELD = (
    (pieces.c.obligation == financing_requests.c.obligation)
    & (pieces.c.index == financing_requests.c.index)
    & (pieces.c.owner == financing_requests.c.owner)
    & (pieces.c.state == "held")
    & (pieces.c.amount_minor > 0)
)


class PieceOfAnother(RuleBroken):
    message = "{enterprise} does not hold the piece {piece}, so it sells nothing of it"
    next_step = "ask for a piece that you hold"


class PieceNotHeld(RuleBroken):
    message = "the piece {piece} is not held, or nothing of it is left, so nothing of it is sold"
    next_step = "accept it first, or ask for one of which something is left"


class BankAsked(RuleBroken):
    message = "{bank} was asked for the piece {piece} already, by the request {request}"
    next_step = "wait for its quote, or withdraw that request and ask anew"


class RequestEnded(RuleBroken):
    message = "the request {request} has ended already"
    next_step = "read what became of it; the holder may ask anew"


class Ended(StrEnum):
    """How a side ends a request."""

    DECLINED = "declined"
    """The bank does not quote."""
    WITHDRAWN = "withdrawn"
    """The holder takes it back."""


def ask(home: Home, key: str, holder: str, piece: PieceId, bank: str, amount_minor: int) -> str:
    """The holder asks a bank to quote for so much of a piece; the same ``key`` asks once. Returns the request's id.

    Raises PieceOfAnother, PieceNotHeld, NotFound (there is no such bank), BankAsked.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    with home.store.begin() as connection:
        if connection.execute(select(financing_requests.c.id).where(financing_requests.c.id == name)).first():
            return name
        row = portfolio.piece(connection, piece)
        must_sell(home, holder, row)
        must_be_bank(home, holder, bank)
        own = (financing_requests.c.obligation == piece.obligation.chain) & (financing_requests.c.index == piece.index)
        own &= (financing_requests.c.owner == row.owner) & (financing_requests.c.bank == bank)
        open_one = select(financing_requests.c.id).where(own, financing_requests.c.ended.is_(None))
        before = connection.execute(open_one).scalar()
        if before is not None:
            raise BankAsked(bank=home.names().get(bank, bank), piece=piece, request=before)
        connection.execute(
            insert(financing_requests).values(
                id=name, obligation=piece.obligation.chain, index=piece.index, owner=row.owner, holder=holder, bank=bank,
                currency=row.currency, amount_minor=amount_minor, asked_at=home.now(),
            )
        )  # fmt: skip
        tell(connection, holder, "FinancingRequested", "request", name, bank)
    return name


def end(home: Home, side: str, name: str, ended: Ended, reason: str | None = None) -> None:
    """The holder withdraws its request, or the bank declines it. Repeating it changes nothing.

    Raises NotFound (the request is not ``side``'s to end so), RequestEnded.
    """
    with home.store.begin() as connection:
        row = must_be_asked(connection, name)
        if row["holder" if ended is Ended.WITHDRAWN else "bank"] != side:
            raise NotFound(what="financing request", id=name)
        if row["ended"] == ended:
            return
        if row["ended"] is not None:
            raise RequestEnded(request=name)
        values: dict[str, Any] = {"ended": ended, "ended_at": home.now(), "reason": reason}
        connection.execute(update(financing_requests).where(financing_requests.c.id == name).values(values))
        other = row["bank"] if side == row["holder"] else row["holder"]
        told = "FinancingRequestWithdrawn" if ended is Ended.WITHDRAWN else "FinancingRequestDeclined"
        tell(connection, side, told, "request", name, other)


def must_be_asked(connection: Connection, name: str) -> RowMapping:
    """The request as it was asked. Raises NotFound."""
    row = connection.execute(select(financing_requests).where(financing_requests.c.id == name)).mappings().first()
    if row is None:
        raise NotFound(what="financing request", id=name)
    return row


def must_sell(home: Home, holder: str, row: portfolio.PieceRow) -> None:
    """Whether the holder has something of the piece to sell. Raises PieceOfAnother, PieceNotHeld."""
    if home.parties().get(row.owner) != holder:
        raise PieceOfAnother(enterprise=home.names().get(holder, holder), piece=row.piece)
    if row.state != "held" or not row.amount_minor:
        raise PieceNotHeld(piece=row.piece)


def must_be_bank(home: Home, holder: str, bank: str) -> None:
    """Whether the register has such a bank, another than who asks. Raises NotFound."""
    banks = {one.id for one in home.network().enterprises if Role.BANK in one.roles}
    if bank == holder or bank not in banks:
        raise NotFound(what="bank", id=bank)


#: A request with the piece of which its holder still has something. After the chain turned, the same id may be another's.
IS_HELD = (
    (pieces.c.obligation == financing_requests.c.obligation)
    & (pieces.c.index == financing_requests.c.index)
    & (pieces.c.owner == financing_requests.c.owner)
    & (pieces.c.state == "held")
    & (pieces.c.amount_minor > 0)
)


def shown_to(connection: Connection, viewer: Viewer, obligation: ObligationId) -> frozenset[int]:
    """Indexes of an obligation's pieces that a bank sees because their holders ask it for a quote."""
    if Role.BANK not in viewer.roles or obligation.chain > portfolio.MOST_ID:
        return frozenset()
    within = financing_requests.c.obligation == obligation.chain
    return frozenset(index for _, index in connection.execute(pieces_shown_to(viewer.enterprise).where(within)))


def pieces_shown_to(bank: str) -> Select[int, int]:
    """Obligation and index of all such pieces."""
    asked = select(financing_requests.c.obligation, financing_requests.c.index).join(pieces, IS_HELD)
    return asked.where(financing_requests.c.bank == bank, financing_requests.c.ended.is_(None)).correlate(None)


def sides_of(connection: Connection, enterprise: str) -> set[str]:
    """Whom an enterprise asked, and who asked it."""
    asked = select(financing_requests.c.bank).where(financing_requests.c.holder == enterprise)
    asking = select(financing_requests.c.holder).where(financing_requests.c.bank == enterprise)
    return set(connection.scalars(asked.union(asking)))
