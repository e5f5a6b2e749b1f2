"""A holder asks a bank for a quote for a piece, or for a loan on a warehouse receipt, and shows it that so: nobody else shows
a piece to a bank whose line it is not under, or a receipt to any.

The bank answers with an offer (`chain.commands.offer`, `chain.commands.loans`) or declines; the holder takes a request back at
any time. What became of a request otherwise, offers and books say.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, exists, insert, select, update

from chain.books import portfolio
from chain.commands.changes import tell
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.errors import NotFound, RuleBroken
from chain.identifiers import ObligationId, PieceId
from chain.money import Money
from chain.network import Role
from chain.store.tables import financing_requests, loan_offers, loans, pieces, receipts

#: A request with the piece of which its holder still has something. After the chain turned, the same id may be another's.
IS_HELD = (
    (pieces.c.obligation == financing_requests.c.obligation)
    & (pieces.c.index == financing_requests.c.index)
    & (pieces.c.owner == financing_requests.c.owner)
    & (pieces.c.state == "held")
    & (pieces.c.amount_minor > 0)
)


_lent = loans.alias("lent")
#: A loan came of the request.
IS_LENT = exists().where(
    loan_offers.c.request == financing_requests.c.id, _lent.c.offer_hash == loan_offers.c.offer_hash
)

#: A request with the warehouse receipt that is still its owner's, and secures nothing.
IS_FREE = (
    (receipts.c.id == financing_requests.c.receipt)
    & (receipts.c.owner == financing_requests.c.owner)
    & receipts.c.loan.is_(None)
    & ~receipts.c.withdrawn
)


class PieceOfAnother(RuleBroken):
    message = "{enterprise} does not hold the piece {piece}, so it sells nothing of it"
    next_step = "ask for a piece that you hold"


class PieceNotHeld(RuleBroken):
    message = "the piece {piece} is not held, or nothing of it is left, so nothing of it is sold"
    next_step = "accept it first, or ask for one of which something is left"


class ReceiptOfAnother(RuleBroken):
    message = "{enterprise} does not own the warehouse receipt {receipt}, so it borrows nothing on it"
    next_step = "ask for a loan on a receipt that you own"


class ReceiptNotFree(RuleBroken):
    message = "the goods of the warehouse receipt {receipt} secure a loan, or have left"
    next_step = "repay that loan first, or ask for a loan on another receipt"


class BankAsked(RuleBroken):
    message = "{bank} was asked already, by the request {request}"
    next_step = "wait for its offer, or withdraw that request and ask anew"


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
    with home.store.begin() as connection:
        name, is_there = _named(connection, key)
        if not is_there:
            row = portfolio.piece(connection, piece)
            must_sell(home, holder, row)
            about = {"obligation": piece.obligation.chain, "index": piece.index, "owner": row.owner}
            _ask(connection, home, name, holder, bank, Money(amount_minor, row.currency), about)
    return name


def ask_on_receipt(home: Home, key: str, owner: str, receipt: int, bank: str, wanted: Money) -> str:
    """The owner of a warehouse receipt asks a bank for a loan on it; the same ``key`` asks once. Returns the request's id.

    Raises ReceiptOfAnother, ReceiptNotFree, NotFound (there is no such receipt or bank), BankAsked.
    """
    with home.store.begin() as connection:
        name, is_there = _named(connection, key)
        if not is_there:
            about = {"receipt": receipt, "owner": must_borrow_on(connection, home, owner, receipt)}
            _ask(connection, home, name, owner, bank, wanted, about)
    return name


def was_asked(home: Home, key: str) -> bool:
    """Whether a request was made under the key: what stands against it by now does so no more."""
    with home.store.read() as connection:
        return _named(connection, key)[1]


def _named(connection: Connection, key: str) -> tuple[str, bool]:
    """The id of the request that a key makes, and whether it was made."""
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    found = connection.execute(select(financing_requests.c.id).where(financing_requests.c.id == name)).first()
    return name, found is not None


def _ask(
    connection: Connection, home: Home, name: str, holder: str, bank: str, wanted: Money, about: dict[str, int]
) -> None:
    must_be_bank(home, holder, bank)
    same = and_(*(financing_requests.c[column] == value for column, value in about.items()))
    open_one = select(financing_requests.c.id).where(
        same, financing_requests.c.bank == bank, financing_requests.c.ended.is_(None), ~IS_LENT
    )
    before = connection.execute(open_one).scalar()
    if before is not None:
        raise BankAsked(bank=home.names().get(bank, bank), request=before)
    connection.execute(
        insert(financing_requests).values(
            id=name, holder=holder, bank=bank, currency=wanted.currency, amount_minor=wanted.minor, asked_at=home.now(),
            **about,
        )
    )  # fmt: skip
    tell(connection, holder, "FinancingRequested", "request", name, bank)


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


def must_borrow_on(connection: Connection, home: Home, owner: str, receipt: int) -> int:
    """The owner's number on the ledger, where it owns the receipt and the goods are free. Raises NotFound, ReceiptOfAnother,
    ReceiptNotFree."""
    row = connection.execute(select(receipts).where(receipts.c.id == receipt)).first()
    if row is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    if home.parties().get(row.owner) != owner:
        raise ReceiptOfAnother(enterprise=home.names().get(owner, owner), receipt=receipt)
    if row.loan is not None or row.withdrawn:
        raise ReceiptNotFree(receipt=receipt)
    return int(row.owner)


def must_be_bank(home: Home, holder: str, bank: str) -> None:
    """Whether the register has such a bank, another than who asks. Raises NotFound."""
    banks = {one.id for one in home.network().enterprises if Role.BANK in one.roles}
    if bank == holder or bank not in banks:
        raise NotFound(what="bank", id=bank)


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


def receipts_shown_to(bank: str) -> Select[int]:
    """Numbers of the warehouse receipts on which their owners ask a bank for a loan."""
    asked = select(financing_requests.c.receipt).join(receipts, IS_FREE).where(~IS_LENT)
    return asked.where(financing_requests.c.bank == bank, financing_requests.c.ended.is_(None)).correlate(None)


def request_on(connection: Connection, bank: str, receipt: int) -> str:
    """The request by which the owner of a receipt asks the bank for a loan on it now. Raises NotFound."""
    asked = select(financing_requests.c.id).join(receipts, IS_FREE).where(~IS_LENT)
    own = (financing_requests.c.bank == bank) & (financing_requests.c.receipt == receipt)
    found = connection.execute(asked.where(own, financing_requests.c.ended.is_(None))).scalar()
    if found is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    return str(found)


def sides_of(connection: Connection, enterprise: str) -> set[str]:
    """Whom an enterprise asked, and who asked it."""
    asked = select(financing_requests.c.bank).where(financing_requests.c.holder == enterprise)
    asking = select(financing_requests.c.holder).where(financing_requests.c.bank == enterprise)
    return set(connection.scalars(asked.union(asking)))
