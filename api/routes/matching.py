"""Matching: the three flows of an invoice, and how far they agree."""

from __future__ import annotations

from api.desk import TheDesk, TheViewer
from api.routes.documents import DocumentId
from api.routes.parts import READS
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.matching import MatchedInvoice, matched_seen

router = Router("/v1", "documents")


@router.get("/matching/{id}", responses=READS)
def read_matching(id: DocumentId, desk: TheDesk, viewer: TheViewer) -> MatchedInvoice:
    """Which orders, despatches, receipts and payments belong to an invoice, what they prove, and what is missing.

    Seller and buyer see the papers that name them; a bank in a piece that rests on the invoice sees how far it is proven.
    """
    viewer.must(Action.READ)
    return matched_seen(desk.workspace, desk.current, viewer, id)
