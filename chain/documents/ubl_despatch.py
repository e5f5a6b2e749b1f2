"""UBL 2 DespatchAdvice: the seller says that goods left.

Specification: OASIS UBL 2.1 DespatchAdvice-2 in the shape of Peppol BIS Despatch Advice 3. The seller is
SellerSupplierParty, else DespatchSupplierParty; the buyer BuyerCustomerParty, else DeliveryCustomerParty.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from chain.documents import ubl
from chain.documents.draft import Draft, Parsed
from chain.documents.model import DocumentLine, DocumentType, Party, Source
from chain.documents.node import Node
from chain.documents.ubl_invoice import item_code, item_description


def parse(root: Node, source: Source) -> Parsed:
    """Read one DespatchAdvice element; ``delivery_date`` is the day on which the goods arrived or left, as written."""
    draft = Draft()
    number = ubl.number(root, draft)
    seller, buyer = goods_parties(root, draft)
    return draft.finish(
        source, type=DocumentType.DESPATCH_ADVICE, number=number, seller=seller, buyer=buyer,
        issue_date=draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate"),
        delivery_date=_moved(root, draft),
        lines=tuple(_lines(root, draft)),
        orders=ubl.references(
            root, "cac:OrderReference", "cac:DespatchLine/cac:OrderLineReference/cac:OrderReference"
        ),
        lots=_lots(root),
    )  # fmt: skip


def goods_parties(root: Node, draft: Draft) -> tuple[Party | None, Party | None]:
    """Seller and buyer of a document of goods; a role that is not written, or says nobody, falls back to who handled."""
    found = {
        role: next((party for name in names if _says_somebody(party := ubl.party(_party(root, name)))), None)
        for role, names in (
            ("seller", ("SellerSupplierParty", "DespatchSupplierParty")),
            ("buyer", ("BuyerCustomerParty", "DeliveryCustomerParty")),
        )
    }
    for role, party in found.items():
        draft.party(party, role, root)
    return found["seller"], found["buyer"]


def _party(root: Node, name: str) -> Node | None:
    return ubl.child(root, f"cac:{name}", "cac:Party")


def _says_somebody(party: Party | None) -> bool:
    return party is not None and bool(party.name or party.identifiers)


def _moved(root: Node, draft: Draft) -> date | None:
    for path in (("cbc:ActualDeliveryDate",), ("cac:Despatch", "cbc:ActualDespatchDate")):
        if written := ubl.text(root, "cac:Shipment", "cac:Delivery", *path):
            return draft.day(written, path[-1].removeprefix("cbc:"))
    return None


def _lines(root: Node, draft: Draft) -> Iterator[DocumentLine]:
    for position, line in enumerate(ubl.children(root, "cac:DespatchLine"), start=1):
        quantity = ubl.child(line, "cbc:DeliveredQuantity")
        item = ubl.child(line, "cac:Item")
        yield DocumentLine(
            number=ubl.text(line, "cbc:ID") or str(position), description=item_description(item), item=item_code(item),
            quantity=draft.quantity(ubl.text(quantity), line),
            unit=None if quantity is None else quantity.attribute("unitCode"),
            order_line=ubl.text(line, "cac:OrderLineReference", "cbc:LineID"),
        )  # fmt: skip


def _lots(root: Node) -> tuple[str, ...]:
    elements = root.below(f"{ubl.CBC}LotNumberID")
    return tuple(dict.fromkeys(lot for element in elements if (lot := ubl.text(element))))
