"""Writes trade documents as OASIS UBL 2.1 XML, elements in the order of the schemas, in the manner of Peppol BIS 3."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from chain.documents.model import DocumentLine, DocumentType, Party, TradeDocument
from chain.world.paperwork import VAT_PERCENT

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
ROOTS = {
    DocumentType.ORDER: "Order",
    DocumentType.DESPATCH_ADVICE: "DespatchAdvice",
    DocumentType.RECEIPT_ADVICE: "ReceiptAdvice",
    DocumentType.INVOICE: "Invoice",
    DocumentType.CREDIT_NOTE: "CreditNote",
}
#: (customisation, profile) of Peppol's specifications; Peppol has none for receipt advices.
PROFILES = {
    DocumentType.ORDER: ("urn:fdc:peppol.eu:poacc:trns:order:3", "urn:fdc:peppol.eu:poacc:bis:ordering:3"),
    DocumentType.DESPATCH_ADVICE: (
        "urn:fdc:peppol.eu:poacc:trns:despatch_advice:3",
        "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3",
    ),
    DocumentType.INVOICE: (
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    ),
}
PROFILES[DocumentType.CREDIT_NOTE] = PROFILES[DocumentType.INVOICE]


class UblWriter:
    """One document on its way into XML. ``currency`` is the code that is written, ``digits`` its decimals."""

    def __init__(self, document: TradeDocument, currency: str, digits: int) -> None:
        self.document = document
        self.currency = currency
        self.digits = digits
        name = ROOTS[document.type]
        space = f"urn:oasis:names:specification:ubl:schema:xsd:{name}-2"
        self.root = etree.Element(f"{{{space}}}{name}", nsmap={None: space, "cac": CAC, "cbc": CBC})

    def write(self, *, pretty: bool = True) -> bytes:
        """The document as UTF-8 bytes; ``pretty`` with line breaks."""
        for name, text in zip(("CustomizationID", "ProfileID"), PROFILES.get(self.document.type, ()), strict=False):
            self._basic(self.root, name, text)
        self._basic(self.root, "ID", self.document.number)
        self._basic(self.root, "IssueDate", self.document.issue_date)
        match self.document.type:
            case DocumentType.ORDER:
                self._order()
            case DocumentType.DESPATCH_ADVICE:
                self._despatch_advice()
            case DocumentType.RECEIPT_ADVICE:
                self._receipt_advice()
            case _:
                self._invoice()
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True, pretty_print=pretty)

    # ---- documents -----------------------------------------------------------------------------------------------

    def _invoice(self) -> None:
        document, root = self.document, self.root
        credit = document.type is DocumentType.CREDIT_NOTE
        if credit:
            self._basic(root, "CreditNoteTypeCode", "381")
        else:
            self._basic(root, "DueDate", document.due_date)
            self._basic(root, "InvoiceTypeCode", "380")
        self._basic(root, "DocumentCurrencyCode", self.currency)
        self._references()
        self._party(self._aggregate(root, "AccountingSupplierParty"), document.seller)
        self._party(self._aggregate(root, "AccountingCustomerParty"), document.buyer)
        if document.delivery_date:
            self._basic(self._aggregate(root, "Delivery"), "ActualDeliveryDate", document.delivery_date)
        if document.due_date and document.issue_date:
            days = (document.due_date - document.issue_date).days
            self._basic(self._aggregate(root, "PaymentTerms"), "Note", f"开票后 {days} 天付款")
        self._tax_total()
        total = self._aggregate(root, "LegalMonetaryTotal")
        self._amount(total, "LineExtensionAmount", document.net_minor)
        self._amount(total, "TaxExclusiveAmount", document.net_minor)
        self._amount(total, "TaxInclusiveAmount", (document.net_minor or 0) + (document.tax_minor or 0))
        self._amount(total, "PayableAmount", document.payable_minor)
        for line in document.lines:
            element = self._aggregate(root, "CreditNoteLine" if credit else "InvoiceLine")
            self._basic(element, "ID", line.number)
            self._quantity(element, "CreditedQuantity" if credit else "InvoicedQuantity", line)
            self._amount(element, "LineExtensionAmount", line.net_minor)
            self._order_line(element, line)
            self._item(element, line, taxed=True)
            self._price(element, line)

    def _order(self) -> None:
        document, root = self.document, self.root
        self._basic(root, "DocumentCurrencyCode", self.currency)
        self._party(self._aggregate(root, "BuyerCustomerParty"), document.buyer)
        self._party(self._aggregate(root, "SellerSupplierParty"), document.seller)
        self._amount(self._aggregate(root, "TaxTotal"), "TaxAmount", document.tax_minor)
        total = self._aggregate(root, "AnticipatedMonetaryTotal")
        self._amount(total, "LineExtensionAmount", document.net_minor)
        self._amount(total, "TaxExclusiveAmount", document.net_minor)
        self._amount(total, "TaxInclusiveAmount", document.payable_minor)
        self._amount(total, "PayableAmount", document.payable_minor)
        for line in document.lines:
            element = self._aggregate(self._aggregate(root, "OrderLine"), "LineItem")
            self._basic(element, "ID", line.number)
            self._quantity(element, "Quantity", line)
            self._amount(element, "LineExtensionAmount", line.net_minor)
            self._amount(element, "TotalTaxAmount", line.tax_minor)
            self._price(element, line)
            self._item(element, line, taxed=True)

    def _despatch_advice(self) -> None:
        document, root = self.document, self.root
        self._references()
        self._party(self._aggregate(root, "DespatchSupplierParty"), document.seller)
        self._party(self._aggregate(root, "DeliveryCustomerParty"), document.buyer)
        shipment = self._aggregate(root, "Shipment")
        self._basic(shipment, "ID", "1")
        despatch = self._aggregate(self._aggregate(shipment, "Delivery"), "Despatch")
        self._basic(despatch, "ActualDespatchDate", document.delivery_date)
        for line in document.lines:
            element = self._aggregate(root, "DespatchLine")
            self._basic(element, "ID", line.number)
            self._quantity(element, "DeliveredQuantity", line)
            self._order_line(element, line)
            self._item(element, line)

    def _receipt_advice(self) -> None:
        document, root = self.document, self.root
        self._references()
        self._party(self._aggregate(root, "DeliveryCustomerParty"), document.buyer)
        self._party(self._aggregate(root, "DespatchSupplierParty"), document.seller)
        shipment = self._aggregate(root, "Shipment")
        self._basic(shipment, "ID", "1")
        self._basic(self._aggregate(shipment, "Delivery"), "ActualDeliveryDate", document.delivery_date)
        for line in document.lines:
            element = self._aggregate(root, "ReceiptLine")
            self._basic(element, "ID", line.number)
            self._quantity(element, "ReceivedQuantity", line)
            self._order_line(element, line)
            self._item(element, line)

    # ---- parts ---------------------------------------------------------------------------------------------------

    def _references(self) -> None:
        for reference in self.document.orders[:1]:  # the schemas of invoices and receipts allow one
            self._basic(self._aggregate(self.root, "OrderReference"), "ID", reference.number)
        for reference in self.document.invoices:
            inner = self._aggregate(self._aggregate(self.root, "BillingReference"), "InvoiceDocumentReference")
            self._basic(inner, "ID", reference.number)
        for reference in self.document.despatches:
            self._basic(self._aggregate(self.root, "DespatchDocumentReference"), "ID", reference.number)
        for reference in self.document.receipts:
            self._basic(self._aggregate(self.root, "ReceiptDocumentReference"), "ID", reference.number)

    def _party(self, parent: etree._Element, party: Party | None) -> None:
        if party is None:
            return
        element = self._aggregate(parent, "Party")
        code, *others = party.identifiers
        for other in others[:1]:
            self._basic(element, "EndpointID", other.value, schemeID=other.scheme.removeprefix("ICD:"))
        for other in others:
            scheme = other.scheme.removeprefix("ICD:")
            self._basic(self._aggregate(element, "PartyIdentification"), "ID", other.value, schemeID=scheme)
        self._basic(self._aggregate(element, "PartyName"), "Name", party.name)
        country = self._aggregate(self._aggregate(element, "PostalAddress"), "Country")
        self._basic(country, "IdentificationCode", party.country)
        legal = self._aggregate(element, "PartyLegalEntity")
        self._basic(legal, "RegistrationName", party.name)
        self._basic(legal, "CompanyID", code.value, schemeID=code.scheme)

    def _tax_total(self) -> None:
        total = self._aggregate(self.root, "TaxTotal")
        self._amount(total, "TaxAmount", self.document.tax_minor)
        part = self._aggregate(total, "TaxSubtotal")
        self._amount(part, "TaxableAmount", self.document.net_minor)
        self._amount(part, "TaxAmount", self.document.tax_minor)
        self._tax_category(part, "TaxCategory")

    def _tax_category(self, parent: etree._Element, name: str) -> None:
        category = self._aggregate(parent, name)
        self._basic(category, "ID", "S")
        self._basic(category, "Percent", VAT_PERCENT)
        self._basic(self._aggregate(category, "TaxScheme"), "ID", "VAT")

    def _order_line(self, parent: etree._Element, line: DocumentLine) -> None:
        if line.order_line:
            self._basic(self._aggregate(parent, "OrderLineReference"), "LineID", line.order_line)

    def _item(self, parent: etree._Element, line: DocumentLine, *, taxed: bool = False) -> None:
        element = self._aggregate(parent, "Item")
        self._basic(element, "Name", line.description)
        if line.item:
            self._basic(self._aggregate(element, "SellersItemIdentification"), "ID", line.item)
        if taxed:
            self._tax_category(element, "ClassifiedTaxCategory")

    def _price(self, parent: etree._Element, line: DocumentLine) -> None:
        element = self._aggregate(parent, "Price")
        self._amount(element, "PriceAmount", unit_price_minor(line))

    def _quantity(self, parent: etree._Element, name: str, line: DocumentLine) -> None:
        self._basic(parent, name, quantity_text(line.quantity), unitCode=line.unit or "C62")

    def _amount(self, parent: etree._Element, name: str, minor: int | None) -> None:
        self._basic(parent, name, amount_text(minor or 0, self.digits), currencyID=self.currency)

    def _aggregate(self, parent: etree._Element, name: str) -> etree._Element:
        return etree.SubElement(parent, f"{{{CAC}}}{name}")

    def _basic(self, parent: etree._Element, name: str, value: object, **attributes: str) -> None:
        etree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = str(value)


def amount_text(minor: int, digits: int) -> str:
    """Minor units as a plain decimal with all its decimals: 1234 with two is 12.34."""
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def quantity_text(quantity: Decimal | None) -> str:
    """A plain decimal without an exponent."""
    return f"{quantity or Decimal(0):f}"


def unit_price_minor(line: DocumentLine) -> int:
    """Price of one unit; exact, because the world's prices and quantities multiply exactly."""
    return int((line.net_minor or 0) / line.quantity) if line.quantity else 0
