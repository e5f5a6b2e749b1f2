"""Financing: holders' requests for banks' offers, those offers, and the sales that came of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.desk import TheDesk, TheViewer
from api.kinds.financing_requests import (
    ASK_FOR_QUOTE,
    DECLINE_REQUEST,
    WITHDRAW_REQUEST,
    AskForQuote,
    DeclineRequest,
    OfRequest,
)
from api.models import DeclineBody, FinancingRequestBody, Operation, Page, PieceText
from api.routes.parts import READS, WRITES, Accept, Cursor, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.financing_requests import (
    FinancingRequest,
    FinancingRequestState,
    financing_request_seen,
    financing_requests_seen,
)
from chain.commands.seen.financings import Financing, Sale, financing_seen, financings_seen, sales_seen
from chain.identifiers import PieceId

router = Router("/v1", "financing")

#: What is meant where no body comes.
NO_REASON = DeclineBody()

Piece = Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])]
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="A request's id.")]


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


@router.post("/vouchers/{id}/financing-requests", status_code=202, responses=WRITES)
async def ask_for_quote(id: Piece, body: FinancingRequestBody, accept: Accept) -> Operation[FinancingRequest]:
    """The holder asks a bank for an offer. From then on the bank sees the piece and its whole way, until it declines, the
    holder withdraws the request, or nothing of the piece is left with the holder.
    """
    return await accept(ASK_FOR_QUOTE, AskForQuote(piece=id, **dict(body)))


@router.get("/financing-requests", responses=READS)
def list_financing_requests(
    desk: TheDesk,
    viewer: TheViewer,
    state: FinancingRequestState | None = None,
    after: Cursor = None,
    limit: Limit = 100,
) -> Page[FinancingRequest]:
    """The requests that the caller made as a holder or was asked by as a bank, and what became of each."""
    viewer.must(Action.READ)
    found, end = financing_requests_seen(desk.workspace, viewer, state=state, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/financing-requests/{id}", responses=READS)
def read_financing_request(id: RequestId, desk: TheDesk, viewer: TheViewer) -> FinancingRequest:
    """One request, and what became of it."""
    viewer.must(Action.READ)
    return financing_request_seen(desk.workspace, viewer, id)


@router.post("/financing-requests/{id}/withdraw", status_code=202, responses=WRITES)
async def withdraw_financing_request(id: RequestId, accept: Accept) -> Operation[FinancingRequest]:
    """The holder takes its request back: the bank sees the piece no more. An offer that the bank made stands until it ends."""
    return await accept(WITHDRAW_REQUEST, OfRequest(request=id))


@router.post("/financing-requests/{id}/decline", status_code=202, responses=WRITES)
async def decline_financing_request(
    id: RequestId, accept: Accept, body: DeclineBody = NO_REASON
) -> Operation[FinancingRequest]:
    """The asked bank makes no offer (any more), and sees the piece no more."""
    return await accept(DECLINE_REQUEST, DeclineRequest(request=id, **dict(body)))


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
