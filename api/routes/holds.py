"""Holds on a voucher: disputes, returned goods, courts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.desk import TheDesk, TheViewer
from api.models import PieceText
from api.routes.parts import READS
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.holds import Hold, holds_seen
from chain.identifiers import PieceId

router = Router("/v1", "vouchers")


@router.get("/vouchers/{id}/holds", responses=READS)
def list_holds(
    id: Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])], desk: TheDesk, viewer: TheViewer
) -> list[Hold]:
    """The holds that bind a piece: its own, those of what it was cut from, and the whole obligation's.

    A hold stops every movement, and no payment.
    """
    viewer.must(Action.READ)
    return holds_seen(desk.workspace, viewer, PieceId.parse(id))
