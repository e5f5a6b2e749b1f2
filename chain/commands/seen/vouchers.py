"""Pieces, lines and ways as a viewer may see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Any

from chain.books.fold import LIVE
from chain.books.portfolio import (
    PASSED_ON,
    LineRow,
    PieceRow,
    Side,
    Which,
    all_lines,
    all_pieces,
    piece_now,
    pieces_now,
    pieces_of,
)
from chain.commands.financing_requests import shown_to
from chain.commands.seen.answers import listed
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.named import Participants
from chain.commands.seen.viewer import Participant, Stake, Viewer, stake
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId
from chain.indexing.indexer import last_block
from chain.money import Money
from chain.network import CreditLine, Role
from chain.prices import Price


@listed
class Voucher:
    """A piece of an obligation, as far as the caller may see it; what it may not see is null."""

    id: str
    parent: str | None
    obligation: str
    line: str
    issuer: Participant
    owner: Participant
    """Its holder, or whom it is offered to."""
    given_by: Participant
    amount: Money | None
    """What it stands for now. Null for who gave the piece away: what the recipient did with it is not its to see."""
    initial: Money
    """What it was made with."""
    hops: int
    tier: int
    state: str
    financed: bool
    """A bank bought it."""
    price: Money | None
    """What the bank paid; only the two sides of the sale see it."""
    maturity: date
    overdue: bool
    offer_deadline: datetime | None
    document: str | None
    """Key of the invoice behind it; null on a cash hop, and for who is no party to the invoice."""
    created_at: datetime
    closed_at: datetime | None


class Step(Frozen):
    """One hop of a piece's way from its issuer. Amounts and documents of hops between others are null."""

    piece: str
    giver: Participant
    recipient: Participant
    amount: Money | None
    tier: int
    state: str
    document: str | None
    cash: bool
    """A bank bought the piece; no document is behind this hop."""


class Line(Frozen):
    """A bank's line for an issuer, and what of it is used. The financing figures are the bank's own: null for others."""

    id: str
    bank: Participant
    issuer: Participant
    limit: Money
    used: Money
    available: Money
    financing_limit: Money | None
    financed: Money | None
    expiry: date
    suspended: bool
    annual_rate_basis_points: int | None
    """Simple discount, actual/360, where no row of ``prices`` fits; null where the register knows the line no more."""
    prices: tuple[Price, ...]
    """By tier and tenor; the first row that fits a piece counts."""


Clock = tuple[int, int]
"""Number and unix time of the last block in the books."""


class Books:
    """The books with names; everything a viewer sees of pieces comes from here. What is asked for is read, and no more."""

    def __init__(self, home: Home, current: CurrentTrade) -> None:
        self.home = home
        self.current = current

    @cached_property
    def participants(self) -> Participants:
        """Party number → who that is."""
        return self.current.participants()

    @cached_property
    def numbers(self) -> dict[int, str]:
        """Party number → enterprise."""
        return self.home.parties()

    @cached_property
    def pieces(self) -> dict[PieceId, PieceRow]:
        """Every piece of the ledger."""
        with self.home.store.read() as connection:
            return {piece.piece: piece for piece in all_pieces(connection)}

    @cached_property
    def lines(self) -> dict[LineId, LineRow]:
        """Every line."""
        with self.home.store.read() as connection:
            return {line.line: line for line in all_lines(connection)}

    @cached_property
    def known(self) -> Known:
        """The trade that the documents behind pieces are looked up in."""
        return self.current.get()

    @cached_property
    def terms(self) -> dict[tuple[str | None, str | None, str], CreditLine]:
        """(bank, issuer, currency) → the line by the register, which knows its prices."""
        network = self.home.network_or_none()
        return {(line.bank, line.issuer, line.currency): line for line in network.lines} if network else {}

    def seen(
        self, viewer: Viewer, *, after: PieceId | None = None, most: int | None = None, state: str | None = None,
        side: Side | None = None,
    ) -> list[tuple[PieceRow, Stake]]:  # fmt: skip
        """The pieces that the viewer may see, in the order of their ids; the first ``most`` behind ``after`` that it is shown in
        ``state`` and is the ``side`` of, where these are given."""
        return self._seen(partial(pieces_now, self.home.store), viewer, after, most, state, side)

    def all_seen(self, viewer: Viewer) -> tuple[Clock, list[tuple[PieceRow, Stake]]]:
        """All of them, and when that was."""
        with self.home.store.read() as connection:
            return last_block(connection), self._seen(partial(pieces_of, connection), viewer)

    def _seen(
        self, read: Callable[..., list[PieceRow]], viewer: Viewer, after: PieceId | None = None, most: int | None = None,
        state: str | None = None, side: Side | None = None,
    ) -> list[tuple[PieceRow, Stake]]:  # fmt: skip
        if viewer.party is None and (side is not None or not viewer.sees_all):
            return []
        party = None if viewer.sees_all and side is None else viewer.party
        found: list[tuple[PieceRow, Stake]] = []
        while most is None or len(found) < most:
            rows = read(party, Which(after, most, state, side))
            for row in rows:
                own = stake(viewer, row)
                if own.any and (state is None or state == self.state(row, own)):
                    found.append((row, own))
            if most is None or len(rows) < most:
                break
            after = rows[-1].piece
        return found[:most]

    def seen_lines(self, viewer: Viewer) -> tuple[Clock, list[Line]]:
        """The lines that the viewer granted or may issue under, all of them for who reads everything; and when that was."""
        with self.home.store.read() as connection:
            clock, rows = last_block(connection), all_lines(connection)
        return clock, [
            self.line(viewer, line)
            for line in rows
            if viewer.sees_all or (viewer.party is not None and viewer.party in (line.bank, line.issuer))
        ]

    def piece(self, viewer: Viewer, wanted: PieceId) -> tuple[PieceRow, Stake]:
        """One piece. Raises NotFound, also where it exists and is not the viewer's to see."""
        row = piece_now(self.home.store, wanted)
        own = stake(viewer, row)
        if not own.bank and Role.BANK in viewer.roles:
            with self.home.store.read() as connection:
                own = stake(viewer, row, shown_to(connection, viewer, wanted.obligation))
        if not own.any:
            raise NotFound(what="piece", id=wanted)
        return row, own

    def state(self, piece: PieceRow, own: Stake) -> str:
        """The piece's state as the viewer is told; who gave it away is not told that its recipient passed it on."""
        shown = piece.shown_state
        if shown == PASSED_ON and not own.remainder:
            return "on_hold" if piece.on_hold else piece.state
        return shown

    def document(self, viewer: Viewer, piece: PieceRow, own: Stake) -> str | None:
        """Key of the document behind a piece, where it is stored here and the viewer may know it."""
        if piece.identity is None:
            return None
        known = self.known
        document = known.keys_by_identity.get(piece.identity)
        return document if document and (own.whole_way or known.backs(document, viewer.enterprise)) else None

    def voucher(self, viewer: Viewer, piece: PieceRow, own: Stake) -> Voucher:
        """A piece in the words of the API."""
        participants = self.participants
        obligation, line = _texts(piece.obligation)
        initial = Money(piece.initial_minor, piece.currency)
        left = initial if piece.amount_minor == piece.initial_minor else Money(piece.amount_minor, piece.currency)
        return Voucher(  # in the order of its fields
            f"{obligation}.{piece.place}", f"{obligation}.{piece.parent_place}" if piece.parent_place else None,
            obligation, line, participants[piece.issuer], participants[piece.owner], participants[piece.giver],
            left if own.remainder else None, initial, piece.hops, piece.tier, self.state(piece, own), piece.financed,
            Money(piece.price_minor, piece.currency) if own.price and piece.price_minor is not None else None,
            day(piece.maturity_day), piece.overdue, moment(piece.deadline) if piece.state == "offered" else None,
            self.document(viewer, piece, own), moment(piece.created_at),
            None if piece.closed_at is None else moment(piece.closed_at),
        )  # fmt: skip

    def line(self, viewer: Viewer, line: LineRow) -> Line:
        """A line in the words of the API."""
        own = viewer.sees_all or viewer.party == line.bank
        terms = self.terms.get((self.numbers.get(line.bank), self.numbers.get(line.issuer), line.currency))
        return Line(
            id=str(line.line),
            bank=self.participants[line.bank],
            issuer=self.participants[line.issuer],
            limit=Money(line.limit_minor, line.currency),
            used=Money(line.used_minor, line.currency),
            available=Money(line.available_minor, line.currency),
            financing_limit=Money(line.financing_limit_minor, line.currency) if own else None,
            financed=Money(line.financed_minor, line.currency) if own else None,
            expiry=day(line.expiry_day),
            suspended=line.suspended,
            annual_rate_basis_points=terms.annual_rate_basis_points if terms else None,
            prices=terms.prices if terms else (),
        )


def vouchers(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    *,
    state: str | None = None,
    side: Side | None = None,
    after: PieceId | None = None,
    most: int = 100,
) -> list[Voucher]:
    """The viewer's pieces in the order of their ids, from the one behind ``after`` on."""
    books = Books(home, current)
    seen = books.seen(viewer, after=after, most=most, state=state, side=side)
    return [books.voucher(viewer, row, own) for row, own in seen]


def voucher(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId) -> Voucher:
    """One piece. Raises NotFound."""
    books = Books(home, current)
    return books.voucher(viewer, *books.piece(viewer, wanted))


def must_see(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId) -> PieceRow:
    """The piece, for a command that is about it. Raises NotFound, also where it is not the viewer's to see."""
    return Books(home, current).piece(viewer, wanted)[0]


def way(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId, steps: list[dict[str, Any]]) -> list[Step]:
    """The way of a piece (`chain.commands.path`) as the viewer may see it. Raises NotFound.

    Only who holds or is offered the piece, its issuer, the banks in it and who reads everything see its way. A giver
    asks for the way of the piece that it gave from.
    """
    books = Books(home, current)
    _, own = books.piece(viewer, wanted)
    if not (own.holder or own.issuer or own.bank or own.observer):
        raise NotFound(what="piece", id=wanted)
    return [_step(books, viewer, own, step) for step in steps]


def _step(books: Books, viewer: Viewer, own: Stake, step: dict[str, Any]) -> Step:
    between_others = viewer.enterprise not in (step["from"], step["to"])
    # The issuer sees what was issued in its name and passed on (amounts), but invoices between others are theirs.
    amount = own.whole_way or own.issuer or not between_others
    document = own.whole_way or not between_others
    # That a holder on the way passed all of its piece on is its own to know, as what is left in it is.
    told = own.whole_way or own.issuer or viewer.enterprise == step["to"]
    return Step(
        piece=step["piece"],
        giver=Participant(id=step["from"], name=step["from_name"]),
        recipient=Participant(id=step["to"], name=step["to_name"]),
        amount=Money(step["amount_minor"], step["currency"]) if amount else None,
        tier=step["tier"],
        state=step["state"] if told or step["state"] != PASSED_ON else "held",
        document=step["document"] if document else None,
        cash=step["cash"],
    )


def lines(home: Home, current: CurrentTrade, viewer: Viewer) -> list[Line]:
    """The lines that the viewer granted or may issue under; all of them for who reads everything."""
    return Books(home, current).seen_lines(viewer)[1]


def own_line(home: Home, current: CurrentTrade, viewer: Viewer, wanted: LineId) -> LineRow:
    """One line of the viewer's. Raises NotFound."""
    line = Books(home, current).lines.get(wanted)
    allowed = line is not None and (viewer.sees_all or viewer.party in (line.bank, line.issuer))
    if line is None or not allowed:
        raise NotFound(what="line", id=wanted)
    return line


def line_seen(home: Home, current: CurrentTrade, viewer: Viewer, wanted: LineId) -> Line:
    """The same in the words of the API. Raises NotFound."""
    books = Books(home, current)
    return books.line(viewer, own_line(home, current, viewer, wanted))


def live(piece: PieceRow) -> bool:
    """Whether the piece still stands for something."""
    return piece.state in LIVE and piece.amount_minor > 0


@lru_cache(maxsize=1_000)
def _texts(number: int) -> tuple[str, str]:
    """An obligation and its line as people read them; many pieces are of the same."""
    obligation = ObligationId.from_chain(number)
    return str(obligation), str(obligation.line)


@lru_cache(maxsize=1_000)
def day(number: int) -> date:
    """The date of a day number (days since 1970-01-01)."""
    return date(1970, 1, 1) + timedelta(days=number)


@lru_cache(maxsize=1_000)
def moment(timestamp: int) -> datetime:
    """The time of a unix time."""
    return datetime.fromtimestamp(timestamp, UTC)
