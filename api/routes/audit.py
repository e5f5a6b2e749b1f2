"""The audit log: who did what. Entries are read here; they are written where things are done."""

from __future__ import annotations

from api.desk import TheDesk, TheViewer
from api.models import Page
from api.routes.parts import READS, Limit, LongPlace
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.audit import AuditEntry, AuditHead, audit_seen, head_seen

router = Router("/v1", "audit")


@router.get("/audit", responses=READS)
def list_audit(desk: TheDesk, viewer: TheViewer, after: LongPlace = 0, limit: Limit = 100) -> Page[AuditEntry]:
    """Who did what, the oldest first. Operator and regulator read all entries, an enterprise's
    auditors those of what was done for it."""
    viewer.must(Action.READ_AUDIT_LOG)
    found = audit_seen(desk.workspace, viewer, after, limit + 1)
    more = len(found) > limit
    return Page(items=tuple(found[:limit]), next=str(found[limit - 1].number) if more else None)


@router.get("/audit/head", responses=READS)
def read_audit_head(desk: TheDesk, viewer: TheViewer) -> AuditHead:
    """The newest entry's number and hash, and where an entry was last anchored on chain. Keep it: a log that was changed
    afterwards does not lead to it any more."""
    viewer.must(Action.READ)
    return head_seen(desk.workspace)
