"""Banks' offers for pieces and the sales that came of them, as the two sides of each may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, RowMapping, Select, and_, or_, select, tuple_, union

from chain.books.portfolio import MOST_ID
from chain.commands.seen.named import Named
from chain.commands.seen.pages import behind, cursor_at
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.money import Money
from chain.store.tables import lines, obligations, parties, pieces, quotes, sales


class FinancingState(StrEnum):
    """What became of a bank's offer."""

    OPEN = "open"
    """The holder may take it."""
    EXPIRED = "expired"
    """Its time is over, and nobody took it."""
    LOCKED = "locked"
    """It is taken: the piece waits for the bank's cash, which moves off chain."""
    SETTLED = "settled"
    """It is taken: the bank has the piece, and the seller its price."""
    UNDONE = "undone"
    """It was taken, and the cash did not come; the amount went back to the seller's piece."""


class Sale(Frozen):
    """A bank's purchase of a piece, or of part of it."""

    voucher: str
    """The bank's piece."""
    sold: str
    """The piece that it was cut from."""
    seller: Participant
    bank: Participant
    state: FinancingState
    amount: Money
    price: Money
    cash_on_chain: bool
    """Piece and cash changed hands in one transaction; else somebody says that the cash came."""
    fee_payer: Participant | None = Field(description="Who bears the discount, where that is neither side.")
    made_at: datetime
    unlocks_at: datetime | None = Field(description="While the cash is awaited: from when on the amount may go back.")
    attested_by: Participant | None
    """Who said that the cash came, in the seller's place."""
    contestable_until: datetime | None
    contested: bool


class Financing(Frozen):
    """A bank's signed offer, and what became of it."""

    id: str
    voucher: str
    bank: Participant
    holder: Participant
    amount: Money
    price: Money
    """What the bank pays for the amount."""
    state: FinancingState
    offered_at: datetime
    valid_until: datetime
    registration_number: str
    sale: Sale | None


def financings_seen(
    home: Home, viewer: Viewer, *, after: str | None = None, most: int = 100
) -> tuple[tuple[Financing, ...], str | None]:
    """The offers that the viewer made or was made, in the order they came, and the next page's cursor. Raises PageUnknown."""
    statement = select(quotes).order_by(quotes.c.created_at, quotes.c.id).limit(most + 1)
    if not viewer.sees_all:
        statement = statement.where(or_(quotes.c.bank == viewer.enterprise, quotes.c.holder == viewer.enterprise))
    if after is not None:
        statement = statement.where(behind(quotes.c.created_at, quotes.c.id, after))
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
        shown = _financings(connection, home, rows[:most])
    last = rows[most - 1] if len(rows) > most else None
    return shown, cursor_at(last["created_at"], last["id"]) if last else None


def financing_seen(home: Home, viewer: Viewer, name: str) -> Financing:
    """One of them. Raises NotFound."""
    with home.store.read() as connection:
        row = connection.execute(select(quotes).where(quotes.c.id == name)).mappings().first()
        if row is None or not (viewer.sees_all or viewer.enterprise in (row["bank"], row["holder"])):
            raise NotFound(what="quote", id=name)
        (shown,) = _financings(connection, home, [row])
    return shown


def sales_seen(
    home: Home, viewer: Viewer, *, locked: bool | None = None, after: PieceId | None = None, most: int = 100
) -> tuple[tuple[Sale, ...], str | None]:
    """The sales of which the viewer is a side, or the account bank of a seller that waits for its cash, in the order of the
    banks' pieces, behind ``after``; and the piece to go on from, None at the end. ``locked``: only those that wait for
    cash, or those that do not."""
    place = tuple_(sales.c.obligation, sales.c.index)
    statement = _sales().order_by(sales.c.obligation, sales.c.index).limit(most + 1)
    if not viewer.sees_all:
        own = -1 if viewer.party is None else viewer.party
        sold = pieces.alias("sold_by")
        cut = (pieces.c.obligation == sold.c.obligation) & (pieces.c.parent == sold.c.index)
        bought = select(pieces.c.obligation, pieces.c.index).where(pieces.c.owner == own)
        given = select(pieces.c.obligation, pieces.c.index).join(sold, cut).where(sold.c.owner == own)
        # Whose account bank the viewer is, and may have to say of it that its cash came.
        ours = select(parties.c.id).where(parties.c.account_bank == own)
        attested = select(pieces.c.obligation, pieces.c.index).join(sold, cut)
        attested = attested.where(sold.c.owner.in_(ours), pieces.c.state == "locked")
        statement = statement.where(place.in_(union(bought, given, attested)))
    if locked is not None:
        statement = statement.where((pieces.c.state == "locked").is_(locked))
    if after is not None:
        obligation = min(after.obligation.chain, MOST_ID)
        later = and_(sales.c.obligation == obligation, sales.c.index > after.index)
        statement = statement.where(or_(sales.c.obligation > obligation, later))
    with home.store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    named = Named(home)
    shown = tuple(_sale(row, named) for row in rows[:most])
    return shown, shown[-1].voucher if len(rows) > most else None


def _sales() -> Select[*tuple[Any, ...]]:
    """Sales with the bank's piece, the seller and the currency."""
    sold = pieces.alias("sold")
    return (
        select(
            sales, pieces.c.owner.label("bank"), pieces.c.parent, pieces.c.state, pieces.c.initial_minor,
            pieces.c.price_minor, pieces.c.created_at, pieces.c.deadline, sold.c.owner.label("seller"), lines.c.currency,
        )
        .join(pieces, (pieces.c.obligation == sales.c.obligation) & (pieces.c.index == sales.c.index))
        .join(sold, (sold.c.obligation == pieces.c.obligation) & (sold.c.index == pieces.c.parent))
        .join(obligations, obligations.c.id == sales.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
    )  # fmt: skip


def _sale(row: RowMapping, named: Named) -> Sale:
    obligation, waits = ObligationId.from_chain(row["obligation"]), row["state"] == "locked"
    state = FinancingState.LOCKED if waits else FinancingState.SETTLED
    if row["state"] in ("expired", "rejected"):
        state = FinancingState.UNDONE
    payer = row["fee_payer"] if row["fee_payer"] not in (0, row["seller"], row["bank"]) else None
    until = row["contestable_until"]
    return Sale(
        voucher=str(PieceId(obligation, row["index"])), sold=str(PieceId(obligation, row["parent"])),
        seller=named.party(row["seller"]), bank=named.party(row["bank"]), state=state,
        amount=Money(row["initial_minor"], row["currency"]), price=Money(row["price_minor"] or 0, row["currency"]),
        cash_on_chain=row["cash_token"] is not None, fee_payer=named.party(payer) if payer else None,
        made_at=moment(row["created_at"]), unlocks_at=moment(row["deadline"]) if waits else None,
        attested_by=named.party(row["attestor"]) if row["attestor"] else None,
        contestable_until=moment(until) if until else None, contested=row["contested"],
    )  # fmt: skip


def _financings(connection: Connection, home: Home, rows: Sequence[RowMapping]) -> tuple[Financing, ...]:
    """Each with its sale, which bears the hash that the bank signed."""
    hashes = {f"0x{row['order']['description_hash']}" for row in rows}
    within = sales.c.obligation.in_({row["obligation"] for row in rows}) & sales.c.description_hash.in_(hashes)
    sold = {
        (sale["obligation"], sale["parent"], sale["description_hash"]): sale
        for sale in connection.execute(_sales().where(within)).mappings()
    }
    named, now = Named(home), home.now()
    return tuple(
        _financing(
            row, sold.get((row["obligation"], row["index"], f"0x{row['order']['description_hash']}")), named, now
        )
        for row in rows
    )


def _financing(row: RowMapping, sold: RowMapping | None, named: Named, now: int) -> Financing:
    sale = None if sold is None else _sale(sold, named)
    waiting = FinancingState.OPEN if row["valid_until"] >= now else FinancingState.EXPIRED
    return Financing(
        id=row["id"], voucher=str(PieceId(ObligationId.from_chain(row["obligation"]), row["index"])),
        bank=named.enterprise(row["bank"]), holder=named.enterprise(row["holder"]),
        amount=Money(row["amount_minor"], row["currency"]), price=Money(row["price_minor"], row["currency"]),
        state=waiting if sale is None else sale.state, offered_at=moment(row["created_at"]),
        valid_until=moment(row["valid_until"]), registration_number=row["registration_number"], sale=sale,
    )  # fmt: skip
