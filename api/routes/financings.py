"""Financing: banks' offers for pieces, and the sales that came of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.desk import TheDesk, TheViewer
from api.models import Page, PieceText
from api.routes.parts import READS, Cursor, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.financings import Financing, Sale, financing_seen, financings_seen, sales_seen
from chain.identifiers import PieceId

router = Router("/v1", "financing")


@router.get("/financings", responses=READS)
def list_financings(desk: TheDesk, viewer: TheViewer, after: Cursor = None, limit: Limit = 100) -> Page[Financing]:
    """The offers that the caller made as a bank or was made as a holder, and what became of each."""
    viewer.must(Action.READ)
    found, end = financings_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/financings/{id}", responses=READS)
def read_financing(
    id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="A quote's id.")], desk: TheDesk, viewer: TheViewer
) -> Financing:
    """One offer, and what became of it."""
    viewer.must(Action.READ)
    return financing_seen(desk.workspace, viewer, id)


@router.get("/sales", responses=READS)
def list_sales(
    desk: TheDesk, viewer: TheViewer,
    locked: Annotated[bool | None, Query(description="Only what waits for the bank's cash, or what does not.")] = None,
    after: Annotated[PieceText | None, Query(description="`next` of the page before.")] = None, limit: Limit = 100,
) -> Page[Sale]:  # fmt: skip
    """The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere.

    A seller's account bank reads those that wait for its word that the cash came.
    """
    viewer.must(Action.READ)
    start = PieceId.parse(after) if after else None
    found, end = sales_seen(desk.workspace, viewer, locked=locked, after=start, most=limit)
    return Page(items=found, next=end)
