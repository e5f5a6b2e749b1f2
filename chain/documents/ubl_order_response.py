"""UBL 2 OrderResponse and OrderResponseSimple (the seller answers an order), OrderChange and OrderCancellation (the buyer
changes or withdraws its own: ``by_buyer``).

Specification: OASIS UBL 2.1 in the shape of Peppol BIS Ordering 3, Advanced Ordering 3 and Order Agreement 3; answer
codes of UNCL 4343, line status codes of UNCL 1229 and of UBL 2.0. An answer writes amounts and lines only where it
changes them, so none is summed up here; a line that is not accepted, or deleted, has the quantity 0.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from chain.documents import ubl, ubl_order
from chain.documents.draft import Draft, Parsed
from chain.documents.model import Answer, DocumentLine, DocumentType, Source
from chain.documents.node import Node
from chain.documents.rules import AnswerUnknown
from chain.documents.ubl_despatch import goods_parties

#: OrderResponseCode (UNCL 4343; before Peppol BIS 3, UNCL 1225).
ANSWERS = {
    "AB": Answer.RECEIVED, "AP": Answer.ACCEPTED, "CA": Answer.CHANGED, "RE": Answer.REJECTED,
    "29": Answer.ACCEPTED, "30": Answer.CHANGED, "27": Answer.REJECTED,
}  # fmt: skip

#: LineStatusCode (UNCL 1229, in words UBL 2.0) → what it makes of the line.
LINES = {
    "1": Answer.CHANGED, "2": Answer.REJECTED, "3": Answer.CHANGED, "5": Answer.ACCEPTED, "7": Answer.REJECTED,
    "Added": Answer.CHANGED, "Revised": Answer.CHANGED, "Cancelled": Answer.REJECTED, "Disputed": Answer.DISPUTED,
}  # fmt: skip


def parse(root: Node, source: Source) -> Parsed:
    """Read one OrderResponse element."""
    draft = Draft()
    said = ubl_order.facts(root, draft)
    lines = [_Line(*elements) for elements in ubl_order.order_items(root)]
    said["lines"] = tuple(line.answered(written) for line, written in zip(lines, said["lines"], strict=True))
    code = ubl.child(root, "cbc:OrderResponseCode")
    answer = ANSWERS.get(ubl.text(code) or "")
    if answer is None and ubl.text(code) is not None:
        draft.flag(AnswerUnknown(code=(ubl.text(code) or "")[:40]), code)
        answer = Answer.RECEIVED
    elif answer is None:
        agreement = ":order_agreement:" in (ubl.text(root, "cbc:CustomizationID") or "")
        answer = Answer.ACCEPTED if agreement else of_lines([line.answer for line in lines])
    return _answer(root, source, draft, answer, **said)


def parse_simple(root: Node, source: Source) -> Parsed:
    """Read one OrderResponseSimple element: the whole order is accepted or rejected."""
    draft = Draft()
    accepted = ubl.child(root, "cbc:AcceptedIndicator")
    answer = {"true": Answer.ACCEPTED, "1": Answer.ACCEPTED, "false": Answer.REJECTED, "0": Answer.REJECTED}.get(
        ubl.text(accepted) or ""
    )
    if answer is None:
        draft.flag(AnswerUnknown(code=(ubl.text(accepted) or "")[:40]), accepted or root)
    return _answer(root, source, draft, answer or Answer.RECEIVED, **_without_lines(root, draft))


def parse_change(root: Node, source: Source) -> Parsed:
    """Read one OrderChange element. Its lines keep the numbers that they have in the order."""
    draft = Draft()
    said = ubl_order.facts(root, draft)
    lines = [_Line(*elements) for elements in ubl_order.order_items(root)]
    said["lines"] = tuple(
        replace(line.answered(written), order_line=line.order_line or written.number)
        for line, written in zip(lines, said["lines"], strict=True)
    )
    return _answer(root, source, draft, Answer.CHANGED, by_buyer=True, **said)


def parse_cancellation(root: Node, source: Source) -> Parsed:
    """Read one OrderCancellation element."""
    draft = Draft()
    return _answer(root, source, draft, Answer.REJECTED, by_buyer=True, **_without_lines(root, draft))


def of_lines(answers: list[Answer | None]) -> Answer:
    """The answer of a response that has no code of its own: what its lines agree on; else what is the matter with any."""
    said = {answer for answer in answers if answer is not None}
    if len(said) == 1 and None not in answers:
        return said.pop()
    if Answer.DISPUTED in said:
        return Answer.DISPUTED
    return Answer.CHANGED if said & {Answer.CHANGED, Answer.REJECTED} else Answer.RECEIVED


class _Line:
    """What an OrderLine says of the order's line."""

    __slots__ = ("answer", "order_line")

    def __init__(self, line: Node, item: Node) -> None:
        self.answer = LINES.get(ubl.text(item, "cbc:LineStatusCode") or "")
        self.order_line = ubl.text(line, "cac:OrderLineReference", "cbc:LineID")

    def answered(self, written: DocumentLine) -> DocumentLine:
        quantity = Decimal(0) if self.answer is Answer.REJECTED else written.quantity
        return replace(written, quantity=quantity, order_line=self.order_line)


def _without_lines(root: Node, draft: Draft) -> dict[str, Any]:
    seller, buyer = goods_parties(root, draft)
    return {
        "number": ubl.number(root, draft), "seller": seller, "buyer": buyer,
        "issue_date": draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate"),
    }  # fmt: skip


def _answer(root: Node, source: Source, draft: Draft, answer: Answer, *, by_buyer: bool = False, **said: Any) -> Parsed:
    orders = ubl.references(root, "cac:OrderReference", "cac:OrderLine/cac:OrderLineReference/cac:OrderReference")
    return draft.finish(
        source, type=DocumentType.ORDER_RESPONSE, answer=answer, by_buyer=by_buyer, orders=orders, **said
    )
