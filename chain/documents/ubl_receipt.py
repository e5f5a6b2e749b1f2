"""UBL 2 ReceiptAdvice: the buyer says that goods arrived.

Specification: OASIS UBL 2.1 ReceiptAdvice-2. A line's quantity is what was received less what was rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from chain.documents import ubl
from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentLine, DocumentType, Source
from chain.documents.node import Node
from chain.documents.ubl_despatch import goods_parties
from chain.documents.ubl_invoice import item_code, item_description


def parse(root: Node, source: Source) -> Parsed:
    """Read one ReceiptAdvice element; ``delivery_date`` is the last day on which goods were received."""
    draft = Draft()
    number = ubl.number(root, draft)
    seller, buyer = goods_parties(root, draft)
    issued = draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate")
    return draft.finish(
        source, type=DocumentType.RECEIPT_ADVICE, number=number, seller=seller, buyer=buyer, issue_date=issued,
        delivery_date=_received(root, draft) or issued,
        lines=tuple(_lines(root, draft)),
        orders=ubl.references(root, "cac:OrderReference", "cac:ReceiptLine/cac:OrderLineReference/cac:OrderReference"),
        despatches=ubl.references(
            root, "cac:DespatchDocumentReference", "cac:ReceiptLine/cac:DespatchLineReference/cac:DocumentReference"
        ),
    )  # fmt: skip


def _received(root: Node, draft: Draft) -> date | None:
    written = [ubl.text(line, "cbc:ReceivedDate") for line in ubl.children(root, "cac:ReceiptLine")]
    written.append(ubl.text(root, "cac:Shipment", "cac:Delivery", "cbc:ActualDeliveryDate"))
    days = [day for text in written if (day := draft.day(text, "ReceivedDate")) is not None]
    return max(days, default=None)


def _lines(root: Node, draft: Draft) -> Iterator[DocumentLine]:
    for position, line in enumerate(ubl.children(root, "cac:ReceiptLine"), start=1):
        received = ubl.child(line, "cbc:ReceivedQuantity")
        at = line
        item = ubl.child(line, "cac:Item")
        quantity = draft.quantity(ubl.text(received), at)
        rejected = draft.quantity(ubl.text(line, "cbc:RejectedQuantity"), at)
        yield DocumentLine(
            number=ubl.text(line, "cbc:ID") or str(position), description=item_description(item), item=item_code(item),
            quantity=None if quantity is None else max(Decimal(0), quantity - (rejected or Decimal(0))),
            unit=None if received is None else received.attribute("unitCode"),
            order_line=ubl.text(line, "cac:OrderLineReference", "cbc:LineID"),
        )  # fmt: skip
