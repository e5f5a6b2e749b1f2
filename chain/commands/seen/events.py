"""What happened, as far as it concerns a viewer: which thing changed, and when; its figures are asked for.

Events come from two records, and each is told in its own order: the ledger's events in that of the chain, and what changes
beside the chain (`chain.commands.changes`) in that of its numbers. Where a reader is says a `Cursor`, its place in both. From
there on the two are one stream: of the next entries of both, the one with the earlier time comes first. So whoever reads on
from the same place is told the same, whatever he asks for at a time.

Where the chain turned, a change says so, and from which block on. Until a reader has come to it, he is told nothing of blocks
above that one; from it on he is told of the blocks that stand there now. Hence nothing is skipped, and an event is told again
only if it stood in a block that was replaced; its `Event.id` is another one then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import Field
from sqlalchemy import Connection, RowMapping, and_, func, or_, select

from chain.books import portfolio
from chain.books.happened import Happened, happened
from chain.commands.changes import CHANGES, change_id
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer, stake
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home, Workspace
from chain.documents.model import Frozen
from chain.errors import PearlError
from chain.identifiers import LineId, ObligationId, PieceId
from chain.store.changes import NOBODY, turns_after
from chain.store.tables import changes, events, lines, loans, obligations, pieces

#: Events of the ledger that change the books, and what each is about.
TOLD = {
    **dict.fromkeys(
        (
            "PieceOffered", "PieceAccepted", "PieceRejected", "PieceExpired",
            "PieceFinanced", "PieceLocked", "CashAttested", "AttestationContested", "SaleCompleted", "PieceUnlocked",
            "LockReleased",
            "PieceRedeemed", "PieceRedeemedEarly", "PartRedeemed", "PaymentAttested", "PaymentContested",
            "GuarantorPaid", "RecourseClaimed", "RecoursePaid", "PieceWrittenOff", "LossMadeGood",
            "PieceDisputed", "DisputeEnded", "PieceHeldForReturn", "ReturnHoldEnded", "CourtHeld", "CourtReleased",
        ),
        "voucher",
    ),
    **dict.fromkeys(("Issued", "ObligationOverdue", "ObligationCured", "ObligationGuaranteed"), "obligation"),
    **dict.fromkeys(("LineGranted", "LineLimitChanged", "LineSuspended", "LineResumed", "LineShared"), "line"),
    **dict.fromkeys(
        (
            "LoanOpened", "LoanDrawn", "LoanRepaid", "RepaymentAttested", "SaleAssigned", "SalePaid", "DrawsEnded",
            "LienGivenUp", "LoanDefaulted", "LoanClosed",
        ),
        "loan",
    ),
    "EvidenceRegistered": "evidence",
}  # fmt: skip
#: All that is told, by name.
NAMES = frozenset(TOLD) | frozenset(CHANGES)
#: Entries of both records that one look takes in at most.
MOST = 500
#: Numbers of a cursor: block, log index, change.
CURSOR = r"^[0-9]{1,12}\.[0-9]{1,9}\.[0-9]{1,9}$"
#: So much of a block's hash is part of an event's id.
HASH_DIGITS = 16


class CursorMalformed(PearlError):
    message = "'{text}' is no place in the stream of events"
    next_step = "send the cursor of the last event that you got"


class Cursor(NamedTuple):
    """A place in both records: block number and log index of the last event of the ledger, number of the last change."""

    block: int
    log: int
    change: int

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read ``120.3.17``. Raises CursorMalformed."""
        parts = text.split(".")
        digits = (12, 9, 9)
        if len(parts) != len(digits) or not all(
            part.isascii() and part.isdigit() and len(part) <= most for part, most in zip(parts, digits, strict=True)
        ):
            raise CursorMalformed(text=text[:40])
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.block}.{self.log}.{self.change}"

    @property
    def place(self) -> tuple[int, int]:
        """Where it is on the chain."""
        return self.block, self.log


#: Before everything.
START = Cursor(0, 0, 0)


class Event(Frozen):
    """One event. It says which thing changed; read the thing for its figures."""

    id: str = Field(
        description="The same wherever and however often the event is told.", examples=["8a1f0c2b3d4e5f60-3"]
    )
    cursor: str = Field(description="Where to read on behind it.", examples=["120.3.17"])
    name: str = Field(examples=["PieceAccepted"])
    time: datetime
    """By the ledger's clock for what stands on the chain, else by this service's."""
    kind: str = Field(description="What kind of thing changed.", examples=["voucher"])
    subject: str = Field(description="The thing's id.", examples=["7.1.3.2"])


class Look(NamedTuple):
    """What one look gave. ``more``: there may be more behind ``cursor`` already."""

    events: list[Event]
    cursor: Cursor
    more: bool


def newest_event(home: Home) -> Cursor:
    """Where the stream ends now."""
    with home.store.read() as connection:
        return _end(connection)


def events_after(
    workspace: Workspace, current: CurrentTrade, viewer: Viewer, cursor: Cursor, most: int = MOST
) -> Look:  # fmt: skip
    """At most ``most`` of the viewer's events behind ``cursor``, among the next `MOST` of all."""
    with workspace.store.read() as connection:
        if cursor == _end(connection):  # as nearly every look finds
            return Look([], cursor, False)
        entries, end = _entries(connection, workspace, viewer, cursor)
        on_chain = [entry.happened for entry in entries if entry.happened is not None]
        seen = _Seen(connection, viewer, on_chain)
        own = [entry for entry in entries if seen.concerns(entry)]
    if not viewer.sees_all and any(entry.kind == "document" for entry in own):
        # Rulings and the register may say by now that a document is another's.
        known = current.get()
        own = [e for e in own if e.kind != "document" or known.concerns(e.subject, viewer.enterprise)]
    told = [entry.event() for entry in own[:most]]
    if len(own) > most:
        return Look(told, own[most - 1].cursor, True)
    if end is not None:
        return Look(told, end, False)
    return Look(told, entries[-1].cursor, True)


@dataclass(frozen=True)
class _Entry:
    """One entry of either record, and where a reader is behind it."""

    cursor: Cursor
    happened: Happened | None
    change: RowMapping | None

    @cached_property
    def kind(self) -> str | None:
        """What it is about; None where it is not told."""
        if self.change is not None:
            return str(self.change["kind"])
        assert self.happened is not None
        about = TOLD.get(self.happened.name)
        # A court may hold a whole obligation, which is told as its piece 0.
        if about == "voucher" and PieceId.from_chain(self.happened.arguments["piece"]).index == 0:
            return "obligation"
        return about

    @cached_property
    def subject(self) -> str:
        if self.change is not None:
            return str(self.change["subject"])
        assert self.happened is not None
        arguments = self.happened.arguments
        match self.kind:
            case "voucher":
                return str(PieceId.from_chain(arguments["piece"]))
            case "obligation":
                return str(_obligation(arguments))
            case "line":
                return str(LineId.from_chain(arguments["line"]))
            case "loan":
                return str(arguments["loan"])
            case _:
                return str(arguments["evidence"])

    def event(self) -> Event:
        one = self.happened
        if one is not None:
            name, at, own = one.name, one.timestamp, f"{one.block_hash[2 : 2 + HASH_DIGITS]}-{one.log_index}"
        else:
            assert self.change is not None
            name, at, own = self.change["name"], self.change["at"], change_id(self.change["sequence"])
        return Event(
            id=own, cursor=str(self.cursor), name=name, time=moment(at), kind=str(self.kind), subject=self.subject
        )


def _entries(
    connection: Connection, workspace: Workspace, viewer: Viewer, cursor: Cursor
) -> tuple[list[_Entry], Cursor | None]:
    """The next `MOST` entries of both records behind ``cursor``, and where they end; None where there are more."""
    turns = turns_after(connection, cursor.change)
    found: list[_Entry] = []
    while True:
        # What is told before the next turn stands in blocks that neither it nor a later one replaced.
        last_block = min((common for _, common in turns), default=None)
        before = turns[0][0] if turns else None
        most = MOST - len(found)
        told = _changes(connection, viewer, cursor.change, before, most)
        for entry in _merged(_of_chain(connection, workspace, cursor, last_block, most), told, cursor):
            found.append(entry)
            cursor = entry.cursor
        if len(found) >= MOST:
            return found[:MOST], None
        if not turns:
            return found, _end(connection)
        number, common = turns.pop(0)
        block, log = cursor.place if cursor.block <= common else _place(connection, common)
        cursor = Cursor(block, log, number)


def _merged(chain: list[Happened], told: list[RowMapping], cursor: Cursor) -> Iterator[_Entry]:
    """Both in one order: of the next ones the earlier, and the chain's where they are of the same second."""
    at = 0
    for change in told:
        while at < len(chain) and chain[at].timestamp <= change["at"]:
            cursor = cursor._replace(block=chain[at].block_number, log=chain[at].log_index)
            yield _Entry(cursor, chain[at], None)
            at += 1
        cursor = cursor._replace(change=change["sequence"])
        yield _Entry(cursor, None, change)
    for one in chain[at:]:
        cursor = cursor._replace(block=one.block_number, log=one.log_index)
        yield _Entry(cursor, one, None)


def _of_chain(
    connection: Connection, workspace: Workspace, cursor: Cursor, last_block: int | None, most: int
) -> list[Happened]:  # fmt: skip
    behind = or_(
        events.c.block_number > cursor.block,
        and_(events.c.block_number == cursor.block, events.c.log_index > cursor.log),
    )
    bound = [] if last_block is None else [events.c.block_number <= last_block]
    return list(happened(connection, workspace.contracts.decoder, behind, *bound, most=most))


def _changes(
    connection: Connection, viewer: Viewer, after: int, before: int | None, most: int
) -> list[RowMapping]:  # fmt: skip
    """The viewer's own; who reads everything gets each change one time, whomever it concerns."""
    whose = (
        and_(changes.c.enterprise != NOBODY, ~changes.c.echo)
        if viewer.sees_all
        else changes.c.enterprise == viewer.enterprise
    )
    statement = select(changes).where(whose, changes.c.sequence > after).order_by(changes.c.sequence).limit(most)
    if before is not None:
        statement = statement.where(changes.c.sequence < before)
    return list(connection.execute(statement).mappings())


def _place(connection: Connection, block: int | None = None) -> tuple[int, int]:
    """The last event of the chain up to a block, or of all."""
    statement = select(events.c.block_number, events.c.log_index)
    if block is not None:
        statement = statement.where(events.c.block_number <= block)
    last = connection.execute(
        statement.order_by(events.c.block_number.desc(), events.c.log_index.desc()).limit(1)
    ).first()
    return START.place if last is None else (int(last.block_number), int(last.log_index))


def _end(connection: Connection) -> Cursor:
    """Behind all that can be seen. Whatever is added later to the changes has a larger number (`chain.store.changes`)."""
    change = connection.execute(select(func.max(changes.c.sequence))).scalar()
    return Cursor(*_place(connection), int(change or 0))


class _Seen:
    """Which of some events of the ledger concern a viewer. Only what these name is read of the books."""

    def __init__(self, connection: Connection, viewer: Viewer, found: list[Happened]) -> None:
        self._viewer = viewer
        self._connection = connection
        self._found = [] if viewer.sees_all else found

    def concerns(self, entry: _Entry) -> bool:
        """Whether the viewer is told of it."""
        if entry.kind is None:
            return False
        if entry.change is not None or self._viewer.sees_all:
            return True
        assert entry.happened is not None
        arguments = entry.happened.arguments
        match entry.kind:
            case "voucher":
                return PieceId.from_chain(arguments["piece"]) in self._pieces
            case "obligation":
                return _obligation(arguments).chain in self._obligations
            case "line":
                return arguments["line"] in self._lines
            case "loan":
                return arguments["loan"] in self._loans
            case _:
                return self._viewer.party in (arguments["buyer"], arguments["seller"])

    @cached_property
    def _pieces(self) -> set[PieceId]:
        """Those of the pieces that the viewer has to do with."""
        named = {PieceId.from_chain(one.arguments["piece"]) for one in self._found if TOLD.get(one.name) == "voucher"}
        return {
            piece for piece, row in portfolio.known(self._connection, named).items() if stake(self._viewer, row).any
        }

    @cached_property
    def _obligations(self) -> set[int]:
        """Those of the obligations of which the viewer sees a piece: its issuer and its line's bank see all of them, others
        those that they own and those that were cut from these."""
        named = {
            _obligation(one.arguments).chain
            for one in self._found
            if TOLD.get(one.name) in ("voucher", "obligation") and ("obligation" in one.arguments or _whole(one))
        }
        party = self._viewer.party
        if not named or party is None:
            return set()
        owned = select(pieces.c.obligation).where(pieces.c.obligation.in_(named), pieces.c.owner == party)
        answered = (
            select(obligations.c.id)
            .join(lines, lines.c.id == obligations.c.line)
            .where(obligations.c.id.in_(named), or_(obligations.c.issuer == party, lines.c.bank == party))
        )
        return {*self._connection.execute(owned).scalars(), *self._connection.execute(answered).scalars()}

    @cached_property
    def _lines(self) -> set[int]:
        """Those of the lines that the viewer granted or issues under."""
        named = {one.arguments["line"] for one in self._found if TOLD.get(one.name) == "line"}
        return {line for line, bank in self._banks(named).items() if self._viewer.party in (bank, line >> 8)}

    @cached_property
    def _loans(self) -> set[int]:
        """Those of the loans that the viewer took or made."""
        named = {one.arguments["loan"] for one in self._found if TOLD.get(one.name) == "loan"}
        sides = or_(loans.c.borrower == self._viewer.party, loans.c.bank == self._viewer.party)
        return set(self._connection.scalars(select(loans.c.id).where(loans.c.id.in_(named), sides))) if named else set()

    def _banks(self, named: set[int]) -> dict[int, int]:
        """Line → the bank that granted it."""
        statement = select(lines.c.id, lines.c.bank).where(lines.c.id.in_(named))
        return {row.id: row.bank for row in self._connection.execute(statement)} if named else {}


def _whole(event: Happened) -> bool:
    return "piece" in event.arguments and PieceId.from_chain(event.arguments["piece"]).index == 0


def _obligation(arguments: dict[str, Any]) -> ObligationId:
    return ObligationId.from_chain(arguments["obligation"] if "obligation" in arguments else arguments["piece"] >> 16)
