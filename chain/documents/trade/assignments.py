"""What the seller assigned, and so has no more."""

from __future__ import annotations

from chain.documents.claims import claims_on
from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, Severity
from chain.documents.rules import AssignmentWithoutInvoice, ReceivableAssigned
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Trade


def look_for_assigned(trade: Trade) -> None:
    """Flag assignments of what is no invoice of the trade, or in another currency: their claims are told, not summed."""
    for paper in trade.of.get(DocumentType.ASSIGNMENT, ()):
        for reference in paper.document.invoices:
            named = trade.keys(DocumentType.INVOICE, (normalised_number(reference.number),))
            if not named:
                error = AssignmentWithoutInvoice(document=paper.key, number=reference.number)
                trade.find(error, Severity.FLAGGED, paper.document, paper.key)
            elif not paper.document.reversal:
                trade.in_its_currency(paper, named)


def judge_claims(trade: Trade, case: Case) -> None:
    """What was assigned, and did not come back, is the assignee's; whose of several, `chain.graph.findings` says."""
    number = normalised_number(case.document.number)
    if not (assignments := trade.assigned.get(number)):
        return
    claims = claims_on(number, assignments, trade.today)
    case.assignments = tuple(key for claim in claims for key in claim.documents)
    for claim in claims:
        proof = claim.registration or claim.notice or "–"
        error = ReceivableAssigned(document=case.key, assignee=claim.assignee, proof=proof)
        trade.block(case, error, *claim.documents)
