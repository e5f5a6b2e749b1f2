"""What the other side answered to invoices and orders.

The last answer to each counts: by its date, then as they came. A bare 'received' is none, and one that breaks a rule takes
away only: it confirms nothing, and changes no order.
"""

from __future__ import annotations

from chain.documents.model import Answer, DocumentType
from chain.documents.trade.papers import Paper, Trade
from chain.documents.warehouses import numbers_of


def take_answers(trade: Trade) -> None:
    """The buyer's last answer to each invoice."""
    for paper in trade.dated(trade.taking(DocumentType.INVOICE_RESPONSE)):
        broken = not paper.proves and paper.document.answer is Answer.ACCEPTED
        if not broken and paper.document.answer not in (None, Answer.RECEIVED):
            for case in trade.writings(paper.document):
                case.responses.append(paper.key)
                case.answer = paper.document.answer


class OrderAnswers:
    """The last answers to each order."""

    def __init__(self, trade: Trade) -> None:
        self.of_seller: dict[str, Paper] = {}
        """Order → the seller's last answer to it."""
        self.of_buyer: dict[str, Paper] = {}
        """Order → the buyer's last change or withdrawal of it."""
        for paper in trade.dated(trade.of.get(DocumentType.ORDER_RESPONSE, ())):
            for key in trade.keys(DocumentType.ORDER, numbers_of(paper.document.orders)):
                broken = not paper.proves and paper.document.answer is not Answer.REJECTED
                if not broken and paper.document.answer not in (None, Answer.RECEIVED):
                    (self.of_buyer if paper.document.by_buyer else self.of_seller)[key] = paper

    def rejections(self, order: str) -> list[Paper]:
        """By which it was rejected or withdrawn, if that is what was last said."""
        last = (self.of_seller.get(order), self.of_buyer.get(order))
        return [paper for paper in last if paper is not None and paper.document.answer is Answer.REJECTED]
