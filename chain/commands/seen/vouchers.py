"""Pieces, lines and ways as a viewer may see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from chain.books.fold import LIVE
from chain.books.portfolio import PASSED_ON, LineRow, PieceRow, all_lines, all_pieces
from chain.commands.exposure import display_name
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Participant, Stake, Viewer, stake
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId
from chain.indexing.indexer import last_block
from chain.money import Money
from chain.network import CreditLine
from chain.prices import Price


class Voucher(Frozen):
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


class Books:
    """One snapshot of the books with names; everything a viewer sees of pieces comes from here.

    With ``only`` it holds that obligation's pieces alone, which is all that one piece and its way need.
    """

    def __init__(self, home: Home, current: CurrentTrade, only: ObligationId | None = None) -> None:
        self.home = home
        self.current = current
        self.numbers = home.parties()
        self.names = home.names()
        with home.store.read() as connection:
            self.pieces = {piece.piece: piece for piece in all_pieces(connection, obligation=only)}
            self.lines = {line.line: line for line in all_lines(connection)}
            #: The last block in the books, and its unix time: what the snapshot is of.
            self.block, self.timestamp = last_block(connection)

    @cached_property
    def terms(self) -> dict[tuple[str | None, str | None, str], CreditLine]:
        """(bank, issuer, currency) → the line by the register, which knows its prices."""
        network = self.home.network_or_none()
        return {(line.bank, line.issuer, line.currency): line for line in network.lines} if network else {}

    def participant(self, number: int) -> Participant:
        """A party by its number."""
        return Participant(id=self.numbers.get(number), name=display_name(number, self.numbers, self.names))

    def giver(self, piece: PieceRow) -> int:
        """The party that the piece came from."""
        return piece.issuer if piece.parent is None else self.pieces[piece.parent].owner

    def stake(self, viewer: Viewer, piece: PieceRow) -> Stake:
        """What the viewer has to do with a piece."""
        return stake(viewer, piece, self.giver(piece), self.lines[piece.piece.obligation.line].bank)

    def seen(self, viewer: Viewer) -> Iterable[tuple[PieceRow, Stake]]:
        """The pieces that the viewer may see, in the order of their ids."""
        for piece in self.pieces.values():
            own = self.stake(viewer, piece)
            if own.any:
                yield piece, own

    def seen_lines(self, viewer: Viewer) -> list[Line]:
        """The lines that the viewer granted or may issue under; all of them for who reads everything."""
        return [
            self.line(viewer, line)
            for line in self.lines.values()
            if viewer.sees_all or (viewer.party is not None and viewer.party in (line.bank, line.issuer))
        ]

    def piece(self, viewer: Viewer, wanted: PieceId) -> tuple[PieceRow, Stake]:
        """One piece. Raises NotFound, also where it exists and is not the viewer's to see."""
        piece = self.pieces.get(wanted)
        if piece is not None:
            own = self.stake(viewer, piece)
            if own.any:
                return piece, own
        raise NotFound(what="piece", id=wanted)

    def state(self, piece: PieceRow, own: Stake) -> str:
        """The piece's state as the viewer is told; who gave it away is not told that its recipient passed it on."""
        if piece.shown_state == PASSED_ON and not own.remainder:
            return "on_hold" if piece.on_hold else piece.state
        return piece.shown_state

    def voucher(self, viewer: Viewer, piece: PieceRow, own: Stake, documents: dict[int, str]) -> Voucher:
        """A piece in the words of the API."""
        document = documents.get(piece.evidence)
        return Voucher(
            id=str(piece.piece),
            parent=str(piece.parent) if piece.parent else None,
            obligation=str(piece.piece.obligation),
            line=str(piece.piece.obligation.line),
            issuer=self.participant(piece.issuer),
            owner=self.participant(piece.owner),
            given_by=self.participant(self.giver(piece)),
            amount=Money(piece.amount_minor, piece.currency) if own.remainder else None,
            initial=Money(piece.initial_minor, piece.currency),
            hops=piece.hops,
            tier=piece.tier,
            state=self.state(piece, own),
            financed=piece.financed,
            price=Money(piece.price_minor, piece.currency) if own.price and piece.price_minor is not None else None,
            maturity=day(piece.maturity_day),
            overdue=piece.overdue,
            offer_deadline=moment(piece.deadline) if piece.state == "offered" else None,
            document=document if document and (own.whole_way or self._backs(viewer, document)) else None,
            created_at=moment(piece.created_at),
            closed_at=None if piece.closed_at is None else moment(piece.closed_at),
        )

    def line(self, viewer: Viewer, line: LineRow) -> Line:
        """A line in the words of the API."""
        own = viewer.sees_all or viewer.party == line.bank
        terms = self.terms.get((self.numbers.get(line.bank), self.numbers.get(line.issuer), line.currency))
        return Line(
            id=str(line.line),
            bank=self.participant(line.bank),
            issuer=self.participant(line.issuer),
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

    def _backs(self, viewer: Viewer, document: str) -> bool:
        return self.current.get().backs(document, viewer.enterprise)


def vouchers(
    home: Home,
    current: CurrentTrade,
    viewer: Viewer,
    *,
    state: str | None = None,
    after: PieceId | None = None,
    most: int = 100,
) -> list[Voucher]:
    """The viewer's pieces in the order of their ids, from the one behind ``after`` on."""  # fmt: skip
    books = Books(home, current)
    documents = current.documents_of_evidence()
    found: list[Voucher] = []
    for piece, own in books.seen(viewer):
        if len(found) == most:
            break
        if (after is None or piece.piece > after) and state in (None, books.state(piece, own)):
            found.append(books.voucher(viewer, piece, own, documents))
    return found


def voucher(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId) -> Voucher:
    """One piece. Raises NotFound."""
    books = Books(home, current, wanted.obligation)
    piece, own = books.piece(viewer, wanted)
    return books.voucher(viewer, piece, own, current.documents_of_evidence())


def must_see(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId) -> PieceRow:
    """The piece, for a command that is about it. Raises NotFound, also where it is not the viewer's to see."""
    return Books(home, current, wanted.obligation).piece(viewer, wanted)[0]


def way(home: Home, current: CurrentTrade, viewer: Viewer, wanted: PieceId, steps: list[dict[str, Any]]) -> list[Step]:
    """The way of a piece (`chain.commands.path`) as the viewer may see it. Raises NotFound.

    Only who holds or is offered the piece, its issuer, the banks in it and who reads everything see its way. A giver
    asks for the way of the piece that it gave from.
    """
    books = Books(home, current, wanted.obligation)
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
    return Books(home, current).seen_lines(viewer)


def own_line(home: Home, current: CurrentTrade, viewer: Viewer, wanted: LineId) -> LineRow:
    """One line of the viewer's. Raises NotFound."""
    line = Books(home, current).lines.get(wanted)
    allowed = line is not None and (viewer.sees_all or viewer.party in (line.bank, line.issuer))
    if line is None or not allowed:
        raise NotFound(what="line", id=wanted)
    return line


def live(piece: PieceRow) -> bool:
    """Whether the piece still stands for something."""
    return piece.state in LIVE and piece.amount_minor > 0


def day(number: int) -> date:
    """The date of a day number (days since 1970-01-01)."""
    return date(1970, 1, 1) + timedelta(days=number)


def moment(timestamp: int) -> datetime:
    """The time of a unix time."""
    return datetime.fromtimestamp(timestamp, UTC)
