"""Credit lines: what banks let issuers issue, and what of it is used."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.answers import written
from api.desk import TheDesk, TheViewer
from api.kinds.lines import (
    FINANCING_LIMIT,
    GRANT_LINE,
    LINE_LIMIT,
    RESUME_LINE,
    SUSPEND_LINE,
    GrantLine,
    OfLine,
    SetLimit,
)
from api.models import LimitBody, LineBody, LineText, Operation
from api.routes.parts import READS, WRITES, Accept
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.vouchers import Line, lines

router = Router("/v1", "vouchers")

LineId = Annotated[LineText, Path(description="A line's id.", examples=["7.1"])]


@router.get("/lines", responses=READS)
@written
def list_lines(desk: TheDesk, viewer: TheViewer) -> list[Line]:
    """The lines that the caller granted or may issue under."""
    viewer.must(Action.READ)
    return lines(desk.workspace, desk.current, viewer)


@router.post("/lines", status_code=202, responses=WRITES)
async def grant_line(body: LineBody, accept: Accept) -> Operation[Line]:
    """A bank lets a core enterprise issue up to a limit, and says what it holds of its paper at most and at which price."""
    return await accept(GRANT_LINE, GrantLine(**dict(body)))


@router.post("/lines/{id}/limit", status_code=202, responses=WRITES)
async def set_line_limit(id: LineId, body: LimitBody, accept: Accept) -> Operation[Line]:
    """The line's bank says what may be outstanding under it; below what is used and allotted it stays there."""
    return await accept(LINE_LIMIT, SetLimit(line=id, **dict(body)))


@router.post("/lines/{id}/financing-limit", status_code=202, responses=WRITES)
async def set_financing_limit(id: LineId, body: LimitBody, accept: Accept) -> Operation[Line]:
    """The line's bank says what it holds of the issuer's paper at most, whoever's line it is under."""
    return await accept(FINANCING_LIMIT, SetLimit(line=id, **dict(body)))


@router.post("/lines/{id}/suspend", status_code=202, responses=WRITES)
async def suspend_line(id: LineId, accept: Accept) -> Operation[Line]:
    """The line's bank stops issues and draws under it; what is outstanding stays as it is."""
    return await accept(SUSPEND_LINE, OfLine(line=id))


@router.post("/lines/{id}/resume", status_code=202, responses=WRITES)
async def resume_line(id: LineId, accept: Accept) -> Operation[Line]:
    """The line's bank lets it be used again."""
    return await accept(RESUME_LINE, OfLine(line=id))
