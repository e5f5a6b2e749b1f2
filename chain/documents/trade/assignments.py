"""What the seller assigned, and so has no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chain.documents.claims import claims_on
from chain.documents.identity import normalised_number
from chain.documents.model import DocumentReference, DocumentType, Severity, TradeDocument
from chain.documents.rules import AssignmentWithoutInvoice, ReceivableAssigned
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Trade

Assigned = Mapping[str, Sequence[tuple[str, TradeDocument]]]
"""Normalised number of an invoice → the assignments that name it: the key, and what it says of just that one."""


def look_for_assigned(trade: Trade) -> None:
    """Flag assignments of what is no invoice of the trade, or in another currency: their claims are told, not summed."""
    for paper in trade.taking(DocumentType.ASSIGNMENT):
        for reference in paper.document.invoices:
            named = trade.keys(DocumentType.INVOICE, (normalised_number(reference.number),))
            if not named:
                error = AssignmentWithoutInvoice(document=paper.key, number=reference.number)
                trade.find(error, Severity.FLAGGED, paper.document, paper.key)
            elif not paper.document.reversal:
                trade.in_its_currency(paper, named)


def by_invoice(assignment: TradeDocument) -> dict[str, TradeDocument]:
    """Normalised number of each invoice that an assignment names → the assignment as if it named that one alone."""
    named: dict[str, list[DocumentReference]] = defaultdict(list)
    for reference in assignment.invoices:
        named[normalised_number(reference.number)].append(reference)
    return {number: replace(assignment, invoices=tuple(references)) for number, references in named.items()}


def assigned_in(trade: Trade) -> Assigned:
    """The assignments of a trade."""
    found: dict[str, list[tuple[str, TradeDocument]]] = defaultdict(list)
    for paper in trade.taking(DocumentType.ASSIGNMENT):
        for number, of_one in by_invoice(paper.document).items():
            found[number].append((paper.key, of_one))
    return found


def judge_claims(trade: Trade, case: Case, assignments: Sequence[tuple[str, TradeDocument]]) -> None:
    """What was assigned, and did not come back, is the assignee's; whose of several, `chain.graph.findings` says.
    ``assignments`` are those of the invoice."""
    number = normalised_number(case.document.number)
    claims = claims_on(number, assignments, trade.today)
    case.assignments = tuple(key for claim in claims for key in claim.documents)
    for claim in claims:
        proof = claim.registration or claim.notice or "–"
        error = ReceivableAssigned(document=case.key, assignee=claim.assignee, proof=proof)
        trade.block(case, error, *claim.documents)
