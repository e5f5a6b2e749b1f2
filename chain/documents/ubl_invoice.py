"""UBL 2 Invoice and CreditNote (also SelfBilledInvoice and SelfBilledCreditNote).

Specification: OASIS UBL 2.1 Invoice-2 and CreditNote-2 in the shape of EN 16931-3-2; type codes of UNTDID 1001;
totals by EN 16931-1, BR-CO-10 to BR-CO-16; national profiles of Colombia (DIAN) and Peru (SUNAT) where they differ.

Amounts: a credit note's are positive. An Invoice whose total with tax is negative is what its sender means by a credit
note (Peppol's 'negative invoice'), so it is read as one, with the signs turned, and flagged. An Invoice with a positive
total that was overpaid in advance (prepaid > total) stays an invoice with a negative payable amount, which backs nothing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chain.documents import invoice, ubl
from chain.documents.draft import Draft, Parsed
from chain.documents.invoice import accounts_of, check_payee, kind_of, signed, turned, turned_about
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Source
from chain.documents.node import Node
from chain.documents.totals import Totals
from chain.money import PLAIN_DECIMAL, Money

DUE_DATES = (
    ("cbc:DueDate",),
    ("cac:PaymentMeans", "cbc:PaymentDueDate"),
    ("cac:PaymentTerms", "cbc:PaymentDueDate"),
)
TOTALS = ("cac:LegalMonetaryTotal", "cac:RequestedMonetaryTotal")


def parse(root: Node, source: Source) -> Parsed:
    """Read one Invoice or CreditNote element."""
    draft = Draft()
    number = ubl.number(root, draft)
    currency = ubl.currency(root, draft, ["cbc:PayableAmount", "cbc:TaxInclusiveAmount"])
    seller = ubl.accounting_party(ubl.child(root, "cac:AccountingSupplierParty"))
    buyer = ubl.accounting_party(ubl.child(root, "cac:AccountingCustomerParty"))
    draft.party(seller, "seller", ubl.child(root, "cac:AccountingSupplierParty") or root)
    draft.party(buyer, "buyer", ubl.child(root, "cac:AccountingCustomerParty") or root)
    monetary = monetary_total(root)
    payable = ubl.amount(monetary, "cbc:PayableAmount", currency, draft)
    if ubl.text(monetary, "cbc:PayableAmount") is None:
        ubl.missing_amount(monetary if monetary is not None else root, "cbc:PayableAmount", draft)
    net = None if _is_colombian(root) else ubl.amount(monetary, "cbc:TaxExclusiveAmount", currency, draft)
    prepaid = ubl.amount(monetary, "cbc:PrepaidAmount", currency, draft)
    rounding = ubl.amount(monetary, "cbc:PayableRoundingAmount", currency, draft)
    gross = ubl.amount(monetary, "cbc:TaxInclusiveAmount", currency, draft)
    tax = _tax(root, currency, draft)
    totals = None if currency is None else totals_of(root, currency)
    if net is None:
        net = ubl.amount(monetary, "cbc:LineExtensionAmount", currency, draft)
        if net is not None and totals is not None and currency is not None:
            net += Money.rounded(totals.on_top, currency).minor
    if totals is not None and currency is not None:
        check_totals(root, totals, currency, draft)
    kind, sign = turned_about(
        _kind(root, draft), payable, gross, "PayableAmount", ubl.text(monetary, "cbc:PayableAmount"), draft
    )
    payee = ubl.child(root, "cac:PayeeParty")
    check_payee(seller, ubl.party(payee), draft, payee)
    means = ubl.children(root, "cac:PaymentMeans")
    accounts = accounts_of((ubl.text(one, "cac:PayeeFinancialAccount", "cbc:ID") for one in means), ubl.party(payee))
    return draft.finish(
        source, type=kind, number=number, seller=seller, buyer=buyer, currency=currency,
        issue_date=draft.day(ubl.text(root, "cbc:IssueDate"), "IssueDate"),
        due_date=_due_date(root, draft), delivery_date=_delivery_date(root, draft),
        net_minor=signed(net, sign), tax_minor=signed(tax, sign), payable_minor=signed(payable, sign),
        prepaid_minor=signed(prepaid, sign), rounding_minor=signed(rounding, sign),
        payee_accounts=accounts if kind is DocumentType.INVOICE else (),
        lines=_lines(root, currency, sign, draft), orders=_orders(root),
        despatches=ubl.references(
            root, "cac:DespatchDocumentReference", "cac:InvoiceLine/cac:DespatchLineReference/cac:DocumentReference",
            "cac:CreditNoteLine/cac:DespatchLineReference/cac:DocumentReference",
        ),
        receipts=ubl.references(
            root, "cac:ReceiptDocumentReference", "cac:InvoiceLine/cac:ReceiptLineReference/cac:DocumentReference",
            "cac:CreditNoteLine/cac:ReceiptLineReference/cac:DocumentReference",
        ),
        invoices=ubl.references(
            root, "cac:BillingReference/cac:InvoiceDocumentReference",
            "cac:InvoiceLine/cac:BillingReference/cac:InvoiceDocumentReference",
            "cac:CreditNoteLine/cac:BillingReference/cac:InvoiceDocumentReference",
        ),
    )  # fmt: skip


def monetary_total(root: Node) -> Node | None:
    return next((found for name in TOTALS if (found := ubl.child(root, name)) is not None), None)


def _kind(root: Node, draft: Draft) -> DocumentType:
    """Invoice or credit note by root element and type code."""
    code = ubl.text(root, "cbc:InvoiceTypeCode") or ubl.text(root, "cbc:CreditNoteTypeCode")
    is_credit = root.name.endswith("CreditNote")
    return kind_of(code, draft, ubl.child(root, "cbc:InvoiceTypeCode"), credit=is_credit)


# ------------------------------------------------------------------------------------------------------------ totals


def check_totals(root: Node, totals: Totals, currency: str, draft: Draft) -> None:
    """Block a document whose totals contradict each other."""

    def where(name: str) -> tuple[str, Node]:
        return name, ubl.child(monetary_total(root), f"cbc:{name}") or root

    invoice.check_totals(totals, currency, draft, where)


def totals_of(root: Node, currency: str) -> Totals:
    """The figures of the document as exact decimals; what is no decimal counts as absent."""
    monetary = monetary_total(root)
    lines = _line_elements(root)
    taxes = _tax_totals(root, currency)
    subtotals = [subtotal for tax in taxes for subtotal in ubl.children(tax, "cac:TaxSubtotal")]
    allowances, charges = _allowances_and_charges(root)
    return Totals(
        lines=_sum(lines, "cbc:LineExtensionAmount") or Decimal(0), allowances=allowances, charges=charges,
        taxes=_sum(subtotals, "cbc:TaxAmount"), tax=_sum(taxes, "cbc:TaxAmount"),
        line_total=_decimal(monetary, "cbc:LineExtensionAmount"),
        allowance_total=None if _is_old_peruvian(root) else _decimal(monetary, "cbc:AllowanceTotalAmount"),
        charge_total=_decimal(monetary, "cbc:ChargeTotalAmount"),
        without_tax=_decimal(monetary, "cbc:TaxExclusiveAmount"),
        with_tax=_decimal(monetary, "cbc:TaxInclusiveAmount"),
        prepaid=_decimal(monetary, "cbc:PrepaidAmount"), rounding=_decimal(monetary, "cbc:PayableRoundingAmount"),
        payable=_decimal(monetary, "cbc:PayableAmount"), has_lines=bool(lines), tax_first=_is_colombian(root),
    )  # fmt: skip


def _is_colombian(root: Node) -> bool:
    """DIAN's profile, whose TaxExclusiveAmount is what was taxed (see `chain.documents.totals`)."""
    return (ubl.text(root, "cbc:ProfileID") or "").startswith("DIAN 2.")


def _is_old_peruvian(root: Node) -> bool:
    """SUNAT's profile of UBL 2.0, whose AllowanceTotalAmount repeats what the lines have left out already."""
    return ubl.text(root, "cbc:UBLVersionID") == "2.0" and any(
        namespace.startswith("urn:sunat:") for namespace in root.element.nsmap.values()
    )


def _tax(root: Node, currency: str | None, draft: Draft) -> int | None:
    """Total tax in the document's currency; another TaxTotal may repeat it in the tax authority's."""
    amounts = [ubl.amount(tax, "cbc:TaxAmount", currency, draft) for tax in _tax_totals(root, currency)]
    found = [amount for amount in amounts if amount is not None]
    return sum(found) if found else None


def _tax_totals(root: Node, currency: str | None) -> list[Node]:
    """Those in the document's currency, one a tax. Where some are broken down by category and others are not, the others
    only repeat the sum (BT-111, which may be in the same currency)."""
    taxes = [tax for tax in ubl.children(root, "cac:TaxTotal") if _currency_of(tax, currency) == currency]
    return [tax for tax in taxes if ubl.children(tax, "cac:TaxSubtotal")] or taxes


def _currency_of(tax: Node, otherwise: str | None) -> str | None:
    element = ubl.child(tax, "cbc:TaxAmount")
    return otherwise if element is None else element.attribute("currencyID", otherwise)


def _allowances_and_charges(root: Node) -> tuple[Decimal, Decimal]:
    sums = {"false": Decimal(0), "true": Decimal(0)}
    for element in ubl.children(root, "cac:AllowanceCharge"):
        indicator = {"1": "true", "0": "false"}.get(found := ubl.text(element, "cbc:ChargeIndicator") or "", found)
        if indicator in sums:
            sums[indicator] += _decimal(element, "cbc:Amount") or Decimal(0)
    return sums["false"], sums["true"]


def _sum(elements: list[Node], name: str) -> Decimal | None:
    found = [amount for element in elements if (amount := _decimal(element, name)) is not None]
    return sum(found, Decimal(0)) if found else None


def _decimal(element: Node | None, name: str) -> Decimal | None:
    written = ubl.text(element, name)
    return Decimal(written) if written and len(written) <= 60 and PLAIN_DECIMAL.fullmatch(written) else None


# ------------------------------------------------------------------------------------------------- lines, dates, links


def _line_elements(root: Node) -> list[Node]:
    return ubl.children(root, "cac:InvoiceLine") + ubl.children(root, "cac:CreditNoteLine")


def _lines(root: Node, currency: str | None, sign: int, draft: Draft) -> tuple[DocumentLine, ...]:
    result = []
    for position, line in enumerate(_line_elements(root), start=1):
        quantity_element = ubl.child(line, "cbc:InvoicedQuantity")
        if quantity_element is None:
            quantity_element = ubl.child(line, "cbc:CreditedQuantity")
        at = line
        quantity = draft.quantity(ubl.text(quantity_element), at)
        net = draft.line_money(ubl.text(line, "cbc:LineExtensionAmount"), currency, "LineExtensionAmount", at)
        tax = draft.line_money(ubl.text(line, "cac:TaxTotal", "cbc:TaxAmount"), currency, "TaxAmount", at)
        item = ubl.child(line, "cac:Item")
        result.append(
            DocumentLine(
                number=ubl.text(line, "cbc:ID") or str(position),
                description=item_description(item),
                item=item_code(item),
                quantity=turned(quantity, sign),
                unit=None if quantity_element is None else quantity_element.attribute("unitCode"),
                net_minor=signed(net, sign),
                tax_minor=signed(tax, sign),
                order_line=ubl.text(line, "cac:OrderLineReference", "cbc:LineID"),
            )
        )
    return tuple(result)


def item_description(item: Node | None) -> str:
    return ubl.text(item, "cbc:Name") or ubl.text(item, "cbc:Description") or ""


def item_code(item: Node | None) -> str | None:
    """The standard (GTIN), else the seller's, else the buyer's article number."""
    for kind in ("cac:StandardItemIdentification", "cac:SellersItemIdentification", "cac:BuyersItemIdentification"):
        if code := ubl.text(item, kind, "cbc:ID"):
            return code
    return None


def _orders(root: Node) -> tuple[DocumentReference, ...]:
    return ubl.references(
        root, "cac:OrderReference", "cac:InvoiceLine/cac:OrderLineReference/cac:OrderReference",
        "cac:CreditNoteLine/cac:OrderLineReference/cac:OrderReference",
    )  # fmt: skip


def _due_date(root: Node, draft: Draft) -> date | None:
    for names in DUE_DATES:
        if written := ubl.text(root, *names):
            return draft.day(written, "DueDate", ubl.child(root, *names))
    return None


def _delivery_date(root: Node, draft: Draft) -> date | None:
    """The latest actual delivery; goods of which a part is still to come are not delivered before it has come."""
    written = [ubl.text(delivery, "cbc:ActualDeliveryDate") for delivery in ubl.children(root, "cac:Delivery")]
    days = [day for text in written if (day := draft.day(text, "ActualDeliveryDate")) is not None]
    return max(days, default=None)
