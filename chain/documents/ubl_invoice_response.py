"""UBL 2 ApplicationResponse that answers an invoice: the buyer accepts, queries, rejects or has paid it.

Specification: OASIS UBL 2.1 ApplicationResponse-2 in the shape of Peppol BIS Invoice Response 3; response codes of
UNCL 4343 (Peppol's subset), or in the words of OIOUBL 2 (Denmark). The seller is IssuerParty of the invoice, else
ReceiverParty; the buyer RecipientParty of the invoice, else SenderParty. Responses to messages (MLR) and catalogues are
no trade documents.
"""

from __future__ import annotations

from chain.documents import ubl
from chain.documents.draft import Draft, Parsed, Place
from chain.documents.invoice import CREDIT_CODES
from chain.documents.model import Answer, DocumentType, Party, Source
from chain.documents.node import Node
from chain.documents.rules import AnsweredByOther, AnswerUnknown, NoTradeDocument, ReferenceMissing, SchemaViolated

#: ResponseCode. CA: accepted on the conditions that are written down. IP and AB: nothing is decided.
ANSWERS = {
    "AB": Answer.RECEIVED, "IP": Answer.RECEIVED, "UQ": Answer.DISPUTED, "CA": Answer.CHANGED,
    "RE": Answer.REJECTED, "AP": Answer.ACCEPTED, "PD": Answer.PAID,
    "TechnicalAccept": Answer.RECEIVED, "ProfileAccept": Answer.RECEIVED, "BusinessAccept": Answer.ACCEPTED,
    "TechnicalReject": Answer.REJECTED, "ProfileReject": Answer.REJECTED, "BusinessReject": Answer.REJECTED,
}  # fmt: skip

#: StatusReasonCode of PD that says that only a part was paid; how much, the response does not say.
PARTLY_PAID = "PPD"

#: UNTDID 1001 codes of invoices (EN 16931's list), and OIOUBL's words.
INVOICE_CODES = frozenset((
    "71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295", "325", "326", "331", "380",
    "382", "383", "384", "385", "386", "387", "388", "389", "390", "393", "394", "395", "456", "457", "527", "553",
    "575", "623", "633", "751", "780", "817", "870", "875", "876", "877", "935", "Invoice", "CreditNote",
)) | CREDIT_CODES  # fmt: skip


def parse(root: Node, source: Source) -> Parsed:
    """Read one ApplicationResponse element."""
    draft = Draft()
    responses = ubl.children(root, "cac:DocumentResponse")
    if not _answers_invoice(root, responses):
        draft.refuse(NoTradeDocument(what="an ApplicationResponse that does not say that it answers an invoice"), root)
        return Parsed(None, tuple(draft.findings))
    first = responses[0] if responses else None
    sender = ubl.party(ubl.child(root, "cac:SenderParty"))
    buyer = ubl.party(ubl.child(first, "cac:RecipientParty")) or sender
    seller = ubl.party(ubl.child(first, "cac:IssuerParty")) or ubl.party(ubl.child(root, "cac:ReceiverParty"))
    draft.party(buyer, "buyer", ubl.child(root, "cac:SenderParty") or root)
    draft.party(seller, "seller", ubl.child(root, "cac:ReceiverParty") or root)
    _check_sender(sender, buyer, draft, ubl.child(root, "cac:SenderParty"))
    answers = {_answer(response, draft) for response in responses}
    if len(answers) > 1:
        draft.refuse(SchemaViolated(field="ResponseCode", reason="it says several things"), responses[1])
    invoices = ubl.references(root, "cac:DocumentResponse/cac:DocumentReference")
    if not invoices:
        draft.refuse(ReferenceMissing(), first or root)
    return draft.finish(
        source, type=DocumentType.INVOICE_RESPONSE, number=ubl.number(root, draft), seller=seller, buyer=buyer,
        issue_date=draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate"),
        answer=next(iter(answers), Answer.RECEIVED), invoices=invoices,
    )  # fmt: skip


def _answers_invoice(root: Node, responses: list[Node]) -> bool:
    if ":invoice_response:" in (ubl.text(root, "cbc:CustomizationID") or ""):
        return True
    codes = {ubl.text(response, "cac:DocumentReference", "cbc:DocumentTypeCode") for response in responses}
    return bool(codes) and codes <= INVOICE_CODES


def _answer(response: Node, draft: Draft) -> Answer:
    code = ubl.child(response, "cac:Response", "cbc:ResponseCode")
    answer = ANSWERS.get(ubl.text(code) or "")
    if answer is None:
        draft.flag(AnswerUnknown(code=(ubl.text(code) or "")[:40]), code or response)
        return Answer.RECEIVED
    reasons = ubl.children(ubl.child(response, "cac:Response"), "cac:Status")
    if answer is Answer.PAID and any(ubl.text(reason, "cbc:StatusReasonCode") == PARTLY_PAID for reason in reasons):
        return Answer.RECEIVED
    return answer


def _check_sender(sender: Party | None, buyer: Party | None, draft: Draft, place: Place) -> None:
    """Whoever answers for the buyer is not the buyer, so its yes is not the buyer's."""
    if sender and buyer and not set(sender.identifiers) & set(buyer.identifiers) and sender != buyer:
        draft.block(AnsweredByOther(sender=sender.name[:80], buyer=buyer.name[:80]), place)
