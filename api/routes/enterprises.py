"""Enterprises, their aliases, and what the ledger knows of each as a participant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.desk import TheDesk, TheLanguage, TheViewer
from api.kinds.aliases import RULE_ALIAS
from api.models import AliasBody, AliasRuling, EnterpriseText, Operation, Page
from api.routes.parts import READS, WRITES, Accept, Cursor, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.aliases import AliasSeen, aliases_seen
from chain.commands.seen.enterprises import EnterpriseSeen, enterprise_seen, enterprises_seen
from chain.commands.seen.parties import LedgerParty, party_seen

router = Router("/v1", "enterprises")


@router.get("/enterprises", responses=READS)
def list_enterprises(
    desk: TheDesk, viewer: TheViewer, after: Cursor = None, limit: Limit = 100
) -> Page[EnterpriseSeen]:
    """Whom the caller may know of: those it trades with, and those it shares a line, a piece, a guarantee or a loan with."""
    viewer.must(Action.READ)
    found, end = enterprises_seen(desk.workspace, desk.current, viewer, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/enterprises/{id}", responses=READS)
def read_enterprise(
    id: Annotated[EnterpriseText, Path(examples=["USCC:91350100M000100Y43"])], desk: TheDesk, viewer: TheViewer
) -> EnterpriseSeen:
    """One enterprise."""
    viewer.must(Action.READ)
    return enterprise_seen(desk.workspace, desk.current, viewer, id)


@router.get("/aliases", responses=READS)
def list_aliases(
    desk: TheDesk, viewer: TheViewer, language: TheLanguage,
    enterprise: Annotated[EnterpriseText | None, Query(description="Any of its ids, or its registered name.")] = None,
    after: Cursor = None, limit: Limit = 100,
) -> Page[AliasSeen]:  # fmt: skip
    """Which ids and names count for whom, and why. An enterprise reads its own; operator and regulator all."""
    viewer.must(Action.READ)
    found, end = aliases_seen(
        desk.workspace, desk.current, viewer, language, enterprise=enterprise, after=after, most=limit
    )
    return Page(items=found, next=end)


@router.post("/aliases", status_code=202, responses=WRITES)
async def rule_alias(body: AliasBody, accept: Accept) -> Operation[AliasRuling]:
    """Decide that an id belongs to an enterprise, or that it does not; the newest decision counts. For the operator."""
    return await accept(RULE_ALIAS, body)


@router.get("/participants/{number}", responses=READS)
def read_participant(
    number: Annotated[int, Path(ge=1, lt=2**32, description="Its number on the ledger.")],
    desk: TheDesk,
    viewer: TheViewer,
) -> LedgerParty:
    """A participant of the ledger, from the books: keys, account, roles, and whether it may act. A party reads those that it
    met on the ledger, by a line, a piece, a guarantee or a loan."""
    viewer.must(Action.READ)
    return party_seen(desk.workspace, viewer, number)
