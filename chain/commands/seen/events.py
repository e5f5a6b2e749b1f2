"""What happened on the ledger, as far as it concerns a viewer: which thing changed, and when; its figures are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select

from chain.books.happened import Happened, happened
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer, stake
from chain.commands.seen.vouchers import Books, moment
from chain.commands.workspace import Home, Workspace
from chain.documents.model import Frozen
from chain.errors import PearlError
from chain.identifiers import LineId, ObligationId, PieceId
from chain.store.tables import events

#: Events that change the books, and what each is about.
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
        "piece",
    ),
    **dict.fromkeys(("Issued", "ObligationOverdue", "ObligationCured", "ObligationGuaranteed"), "obligation"),
    **dict.fromkeys(("LineGranted", "LineLimitChanged", "LineSuspended", "LineResumed", "LineShared"), "line"),
    "EvidenceRegistered": "evidence",
}  # fmt: skip
#: Rows read at a time.
MOST = 500


class CursorMalformed(PearlError):
    message = "'{text}' is no place in the stream of events"
    next_step = "send the id of the last event that you got"


class Cursor(NamedTuple):
    """A place in the ledger's order of events: block number and log index."""

    block: int
    log: int

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read ``120.3``. Raises CursorMalformed."""
        parts = text.split(".")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 12 for part in parts):
            raise CursorMalformed(text=text[:40])
        return cls(int(parts[0]), int(parts[1]))

    def __str__(self) -> str:
        return f"{self.block}.{self.log}"


class Event(Frozen):
    """One event. Exactly one of ``voucher``, ``obligation`` and ``line`` names what it is about, or none."""

    id: str
    name: str
    time: datetime
    voucher: str | None = None
    obligation: str | None = None
    line: str | None = None


def newest_event(home: Home) -> Cursor:
    """Where the stream ends now."""
    with home.store.read() as connection:
        block = connection.execute(select(func.max(events.c.block_number))).scalar()
        if block is None:
            return Cursor(0, 0)
        log = connection.execute(select(func.max(events.c.log_index)).where(events.c.block_number == block)).scalar()
        return Cursor(int(block), int(log or 0))


def events_after(
    workspace: Workspace, current: CurrentTrade, viewer: Viewer, cursor: Cursor
) -> tuple[list[Event], Cursor]:
    """The viewer's events behind ``cursor`` (among the next `MOST` of the ledger), and the cursor to go on from."""
    behind = or_(
        events.c.block_number > cursor.block,
        and_(events.c.block_number == cursor.block, events.c.log_index > cursor.log),
    )
    with workspace.store.read() as connection:
        found = list(happened(connection, workspace.contracts.decoder, behind, most=MOST))
    if not found:
        return [], cursor
    books = Books(workspace, current)
    told = [_event(one) for one in found if one.name in TOLD and _concerns(books, viewer, one)]
    return told, Cursor(found[-1].block_number, found[-1].log_index)


def _concerns(books: Books, viewer: Viewer, event: Happened) -> bool:
    if viewer.sees_all:
        return True
    arguments = event.arguments
    match _about(event):
        case "piece":
            piece = books.pieces.get(PieceId.from_chain(arguments["piece"]))
            return piece is not None and stake(viewer, piece).any
        case "obligation":
            obligation = _obligation(arguments)
            return any(piece.piece.obligation == obligation for piece, _ in books.seen(viewer))
        case "line":
            line = books.lines.get(LineId.from_chain(arguments["line"]))
            return line is not None and viewer.party in (line.bank, line.issuer)
        case _:
            return viewer.party in (arguments["buyer"], arguments["seller"])


def _about(event: Happened) -> str:
    about = TOLD[event.name]
    # A court may hold a whole obligation, which is told as its piece 0.
    return "obligation" if about == "piece" and PieceId.from_chain(event.arguments["piece"]).index == 0 else about


def _obligation(arguments: dict[str, Any]) -> ObligationId:
    return ObligationId.from_chain(arguments["obligation"] if "obligation" in arguments else arguments["piece"] >> 16)


def _event(event: Happened) -> Event:
    arguments, about = event.arguments, _about(event)
    return Event(
        id=f"{event.block_number}.{event.log_index}",
        name=event.name,
        time=moment(event.timestamp),
        voucher=str(PieceId.from_chain(arguments["piece"])) if about == "piece" else None,
        obligation=str(_obligation(arguments)) if about == "obligation" else None,
        line=str(LineId.from_chain(arguments["line"])) if about == "line" else None,
    )
