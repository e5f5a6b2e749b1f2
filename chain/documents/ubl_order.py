"""UBL 2 Order.

Specification: OASIS UBL 2.1 Order-2 in the shape of Peppol BIS Ordering 3. The amount of an order is the anticipated
payable amount, else the sum of its lines (then without tax, and ``tax_minor`` is None).
"""

from __future__ import annotations

from typing import Any

from chain.documents import ubl
from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentLine, DocumentType, Source
from chain.documents.node import Node
from chain.documents.rules import AmountNegative
from chain.documents.ubl_invoice import item_code, item_description
from chain.money import Money


def parse(root: Node, source: Source) -> Parsed:
    """Read one Order element."""
    draft = Draft()
    said = facts(root, draft)
    net, tax = said["net_minor"], said["tax_minor"]
    amounts = [line.net_minor for line in said["lines"]]
    if net is None and amounts and None not in amounts:
        said["net_minor"] = net = sum(amounts)
    if said["payable_minor"] is None and net is not None:
        said["payable_minor"] = net + (tax or 0)
        _refuse_negative(said["payable_minor"], said["currency"], draft)
    return draft.finish(
        source, type=DocumentType.ORDER, orders=ubl.references(root, "cac:OrderDocumentReference"), **said
    )


def facts(root: Node, draft: Draft) -> dict[str, Any]:
    """What an order and its answers say in the same words: number, parties, day, amounts as written, lines."""
    number = ubl.number(root, draft)
    monetary = ubl.child(root, "cac:AnticipatedMonetaryTotal")
    items = [item for _, item in order_items(root)]
    has_amounts = monetary is not None or any(ubl.text(item, "cbc:LineExtensionAmount") for item in items)
    currency = ubl.currency(root, draft, ["cbc:PayableAmount", "cbc:LineExtensionAmount"], required=has_amounts)
    buyer = ubl.party(ubl.child(root, "cac:BuyerCustomerParty", "cac:Party"))
    seller = ubl.party(ubl.child(root, "cac:SellerSupplierParty", "cac:Party"))
    draft.party(buyer, "buyer", ubl.child(root, "cac:BuyerCustomerParty") or root)
    draft.party(seller, "seller", ubl.child(root, "cac:SellerSupplierParty") or root)
    lines = tuple(_line(item, position, currency, draft) for position, item in enumerate(items, start=1))
    taxes = [ubl.amount(tax, "cbc:TaxAmount", currency, draft) for tax in ubl.children(root, "cac:TaxTotal")]
    known = [amount for amount in taxes if amount is not None]
    net = ubl.amount(monetary, "cbc:TaxExclusiveAmount", currency, draft)
    if net is None:
        net = ubl.amount(monetary, "cbc:LineExtensionAmount", currency, draft)
    payable = ubl.amount(monetary, "cbc:PayableAmount", currency, draft)
    if payable is None:
        payable = ubl.amount(monetary, "cbc:TaxInclusiveAmount", currency, draft)
    _refuse_negative(payable, currency, draft)
    return {
        "number": number, "seller": seller, "buyer": buyer, "currency": currency,
        "issue_date": draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate"),
        "net_minor": net, "tax_minor": sum(known) if known else None, "payable_minor": payable, "lines": lines,
    }  # fmt: skip


def order_items(root: Node) -> list[tuple[Node, Node]]:
    """Each LineItem with the OrderLine that it stands in."""
    return [(line, item) for line in ubl.children(root, "cac:OrderLine") for item in ubl.children(line, "cac:LineItem")]


def _refuse_negative(payable: int | None, currency: str | None, draft: Draft) -> None:
    if payable is not None and currency is not None and payable < 0:
        draft.refuse(AmountNegative(field="PayableAmount", amount=Money(payable, currency).written))


def _line(item: Node, position: int, currency: str | None, draft: Draft) -> DocumentLine:
    quantity = ubl.child(item, "cbc:Quantity")
    at = item
    goods = ubl.child(item, "cac:Item")
    return DocumentLine(
        number=ubl.text(item, "cbc:ID") or str(position), description=item_description(goods), item=item_code(goods),
        quantity=draft.quantity(ubl.text(quantity), at),
        unit=None if quantity is None else quantity.attribute("unitCode"),
        net_minor=draft.line_money(ubl.text(item, "cbc:LineExtensionAmount"), currency, "LineExtensionAmount", at),
        tax_minor=draft.line_money(ubl.text(item, "cbc:TotalTaxAmount"), currency, "TotalTaxAmount", at),
    )  # fmt: skip
