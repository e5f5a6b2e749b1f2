"""Holds: disputes, returned goods, courts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.command import OfPiece, WithReason
from api.desk import TheDesk, TheViewer
from api.kinds.holds import (
    DISPUTE,
    END_DISPUTE,
    HOLD_BY_COURT,
    HOLD_OBLIGATION_BY_COURT,
    RELEASE_BY_COURT,
    RELEASE_OBLIGATION_BY_COURT,
    OrderOnObligation,
    OrderOnPiece,
)
from api.models import Changed, CourtHold, CourtOrderBody, ObligationText, Operation, PieceText, ReasonBody
from api.routes.parts import READS, WRITES, Accept
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.holds import Hold, holds_seen
from chain.identifiers import PieceId

router = Router("/v1", "vouchers")


Piece = Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])]
Obligation = Annotated[ObligationText, Path(examples=["7.1.3"])]


@router.get("/vouchers/{id}/holds", responses=READS)
def list_holds(id: Piece, desk: TheDesk, viewer: TheViewer) -> list[Hold]:
    """The holds that bind a piece: its own, those of what it was cut from, and the whole obligation's.

    A hold stops every movement, and no payment.
    """
    viewer.must(Action.READ)
    return holds_seen(desk.workspace, viewer, PieceId.parse(id))


@router.post("/vouchers/{id}/dispute", status_code=202, responses=WRITES)
async def dispute_voucher(id: Piece, body: ReasonBody, accept: Accept) -> Operation[Changed]:
    """One side of the trade that made a piece disputes it: it and what is cut from it are not moved until that ends."""
    return await accept(DISPUTE, WithReason(piece=id, **dict(body)))


@router.post("/vouchers/{id}/end-dispute", status_code=202, responses=WRITES)
async def end_dispute(id: Piece, accept: Accept) -> Operation[Changed]:
    """Who disputes a piece ends that; once the rules' days for disputes are over, whoever sees the piece may."""
    return await accept(END_DISPUTE, OfPiece(piece=id))


@router.post("/vouchers/{id}/hold-by-court", status_code=202, responses=WRITES)
async def hold_by_court(id: Piece, body: CourtOrderBody, accept: Accept) -> Operation[Changed]:
    """The regulator holds a piece by order of a court. What falls due meanwhile is paid to the court's account."""
    return await accept(HOLD_BY_COURT, OrderOnPiece(piece=id, **dict(body)))


@router.post("/vouchers/{id}/release-by-court", status_code=202, responses=WRITES)
async def release_by_court(id: Piece, body: CourtOrderBody, accept: Accept) -> Operation[Changed]:
    """The regulator releases a piece that it holds."""
    return await accept(RELEASE_BY_COURT, OrderOnPiece(piece=id, **dict(body)))


@router.post("/obligations/{id}/hold-by-court", status_code=202, responses=WRITES)
async def hold_obligation_by_court(id: Obligation, body: CourtOrderBody, accept: Accept) -> Operation[CourtHold]:
    """The regulator holds every piece of an obligation by order of a court."""
    return await accept(HOLD_OBLIGATION_BY_COURT, OrderOnObligation(obligation=id, **dict(body)))


@router.post("/obligations/{id}/release-by-court", status_code=202, responses=WRITES)
async def release_obligation_by_court(id: Obligation, body: CourtOrderBody, accept: Accept) -> Operation[CourtHold]:
    """The regulator releases an obligation that it holds."""
    return await accept(RELEASE_OBLIGATION_BY_COURT, OrderOnObligation(obligation=id, **dict(body)))
