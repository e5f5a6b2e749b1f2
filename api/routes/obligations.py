"""Obligations, and what of them is overdue."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.desk import TheDesk, TheViewer
from api.models import ObligationText, Page
from api.routes.parts import READS, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.obligations import (
    Obligation,
    ObligationRead,
    OverdueSeen,
    obligation_seen,
    obligations_seen,
    overdue_seen,
)
from chain.identifiers import ObligationId

router = Router("/v1", "obligations")

After = Annotated[ObligationText | None, Query(description="`next` of the page before.")]


@router.get("/obligations", responses=READS)
def list_obligations(desk: TheDesk, viewer: TheViewer, after: After = None, limit: Limit = 100) -> Page[Obligation]:
    """The obligations of which the caller is issuer, bank, guarantor or holder, in the order of their ids.

    A holder is told the terms, and nothing of what others hold.
    """
    viewer.must(Action.READ)
    start = ObligationId.parse(after) if after else None
    found, end = obligations_seen(desk.workspace, viewer, after=start, most=limit)
    return Page(items=found, next=end)


@router.get("/obligations/{id}", responses=READS)
def read_obligation(
    id: Annotated[ObligationText, Path(examples=["7.1.3"])], desk: TheDesk, viewer: TheViewer
) -> ObligationRead:
    """One obligation, with the pieces of it that the caller may see."""
    viewer.must(Action.READ)
    return obligation_seen(desk.workspace, viewer, ObligationId.parse(id))


@router.get("/overdue", responses=READS)
def list_overdue(
    desk: TheDesk, viewer: TheViewer,
    cured: Annotated[bool | None, Query(description="Only what was paid since, or what was not.")] = None,
    after: After = None, limit: Limit = 100,
) -> Page[OverdueSeen]:  # fmt: skip
    """The caller's obligations that were not paid in time: since when, whether they are cured, and what is owed."""
    viewer.must(Action.READ)
    start = ObligationId.parse(after) if after else None
    found, end = overdue_seen(desk.workspace, viewer, cured=cured, after=start, most=limit)
    return Page(items=found, next=end)
