"""Writes trade documents as OASIS UBL 2.1 XML, elements in the order of the schemas, in the manner of Peppol BIS 3.

What a sender writes beside the facts that a document is about (addresses, contacts, accounts, contracts, articles) follows
from the parties' credit codes and the goods (`chain.world.offices`, `chain.world.catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from chain.documents.model import Answer, DocumentLine, DocumentReference, DocumentType, Party, TradeDocument
from chain.world.catalogue import BY_CODE, Product
from chain.world.offices import Address, Person, buyers_item, contract_number, office_of
from chain.world.paperwork import VAT_PERCENT

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
ROOTS = {
    DocumentType.ORDER: "Order",
    DocumentType.DESPATCH_ADVICE: "DespatchAdvice",
    DocumentType.RECEIPT_ADVICE: "ReceiptAdvice",
    DocumentType.INVOICE: "Invoice",
    DocumentType.CREDIT_NOTE: "CreditNote",
    DocumentType.ORDER_RESPONSE: "OrderResponse",
    DocumentType.INVOICE_RESPONSE: "ApplicationResponse",
}
#: (customisation, profile) of Peppol's specifications; Peppol has none for receipt advices.
PROFILES = {
    DocumentType.ORDER: ("urn:fdc:peppol.eu:poacc:trns:order:3", "urn:fdc:peppol.eu:poacc:bis:ordering:3"),
    DocumentType.DESPATCH_ADVICE: (
        "urn:fdc:peppol.eu:poacc:trns:despatch_advice:3",
        "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3",
    ),
    DocumentType.ORDER_RESPONSE: (
        "urn:fdc:peppol.eu:poacc:trns:order_response:3",
        "urn:fdc:peppol.eu:poacc:bis:ordering:3",
    ),
    DocumentType.INVOICE_RESPONSE: (
        "urn:fdc:peppol.eu:poacc:trns:invoice_response:3",
        "urn:fdc:peppol.eu:poacc:bis:invoice_response:3",
    ),
    DocumentType.INVOICE: (
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    ),
}
PROFILES[DocumentType.CREDIT_NOTE] = PROFILES[DocumentType.INVOICE]

#: Codes of answers (UNCL 4343), and what is said with them.
ANSWERS = {
    Answer.ACCEPTED: ("AP", "同意付款", "NON", "无异议"),
    Answer.DISPUTED: ("UQ", "数量待核实，请补充交货凭证", "QUE", "数量有异议"),
    Answer.REJECTED: ("RE", "本公司未收到该发票所列货物", "UNR", "无对应交易"),
}
ORDER_ANSWERS = {Answer.ACCEPTED: ("AP", "按订单交货"), Answer.REJECTED: ("RE", "产能不足，无法接受订单")}

#: Days after an order between which its goods are wanted.
WANTED_DAYS = (5, 30)
LEGAL_FORMS = ("股份有限公司", "有限公司")
#: Kilograms in a unit of measure, where goods are weighed.
WEIGHTS = {"KGM": Decimal(1), "TNE": Decimal(1000)}


class UblWriter:
    """One document on its way into XML. ``currency`` is the code that is written, ``digits`` its decimals."""

    def __init__(self, document: TradeDocument, currency: str, digits: int) -> None:
        self.document = document
        self.currency = currency
        self.digits = digits
        name = ROOTS[document.type]
        space = f"urn:oasis:names:specification:ubl:schema:xsd:{name}-2"
        self.root = etree.Element(f"{{{space}}}{name}", nsmap={None: space, "cac": CAC, "cbc": CBC})
        assert document.buyer is not None, "a document in UBL has a buyer"
        self.buyer = document.buyer
        self.seller_code, self.buyer_code = (_code(party) for party in (document.seller, document.buyer))
        self.seller_office, self.buyer_office = map(office_of, (self.seller_code, self.buyer_code))
        self.day = document.issue_date or date.min

    def write(self, *, pretty: bool = True) -> bytes:
        """The document as UTF-8 bytes; ``pretty`` with line breaks."""
        for name, text in zip(("CustomizationID", "ProfileID"), PROFILES.get(self.document.type, ()), strict=False):
            _basic(self.root, name, text)
        _basic(self.root, "ID", self.document.number)
        _basic(self.root, "IssueDate", self.document.issue_date)
        match self.document.type:
            case DocumentType.ORDER:
                self._order()
            case DocumentType.DESPATCH_ADVICE:
                self._despatch_advice()
            case DocumentType.RECEIPT_ADVICE:
                self._receipt_advice()
            case DocumentType.ORDER_RESPONSE:
                self._order_response()
            case DocumentType.INVOICE_RESPONSE:
                self._invoice_response()
            case _:
                self._invoice()
        written: bytes = etree.tostring(self.root, encoding="UTF-8", xml_declaration=True, pretty_print=pretty)
        return written

    # ---- documents -----------------------------------------------------------------------------------------------

    def _invoice(self) -> None:
        document, root = self.document, self.root
        credit = document.type is DocumentType.CREDIT_NOTE
        if credit:
            _basic(root, "CreditNoteTypeCode", "381")
            _basic(root, "Note", f"退货冲红，原发票 {_numbers(document.invoices)}")
        else:
            _basic(root, "DueDate", document.due_date)
            _basic(root, "InvoiceTypeCode", "380")
            _basic(root, "Note", "货款请汇至本发票所列账户，并在附言中注明发票号码")
        _basic(root, "DocumentCurrencyCode", self.currency)
        _basic(root, "AccountingCost", f"{self.day:%Y%m}-{self.buyer_code[10:14]}")
        _basic(root, "BuyerReference", self.buyer_office.department)
        self._invoice_period(root)
        self._references(sales_order=True)
        _basic(_aggregate(root, "ContractDocumentReference"), "ID", self._contract())
        self._party("AccountingSupplierParty", document.seller, self.seller_office.seller)
        self._party("AccountingCustomerParty", self.buyer, self.buyer_office.buyer)
        delivery = _aggregate(root, "Delivery")
        if document.delivery_date:
            _basic(delivery, "ActualDeliveryDate", document.delivery_date)
        self._delivery_place(delivery)
        self._payment(credit=credit)
        self._tax_total()
        total = _aggregate(root, "LegalMonetaryTotal")
        self._amount(total, "LineExtensionAmount", document.net_minor)
        self._amount(total, "TaxExclusiveAmount", document.net_minor)
        self._amount(total, "TaxInclusiveAmount", (document.net_minor or 0) + (document.tax_minor or 0))
        self._amount(total, "PayableAmount", document.payable_minor)
        for line in document.lines:
            element = _aggregate(root, "CreditNoteLine" if credit else "InvoiceLine")
            _basic(element, "ID", line.number)
            if credit:
                _basic(element, "Note", "质量不符，退货")
            _quantity(element, "CreditedQuantity" if credit else "InvoicedQuantity", line)
            self._amount(element, "LineExtensionAmount", line.net_minor)
            _basic(element, "AccountingCost", f"{self.day:%Y%m}-{line.number}")
            self._invoice_period(element)
            self._order_line(element, line)
            self._item(element, line, taxed=True)
            self._price(element, line)

    def _order(self) -> None:
        document, root = self.document, self.root
        _basic(root, "IssueTime", self._time())
        _basic(root, "OrderTypeCode", "220")
        _basic(root, "Note", f"按年度供货合同 {self._contract()} 执行，随货附质量证明书和装箱单")
        _basic(root, "DocumentCurrencyCode", self.currency)
        _basic(root, "CustomerReference", self.buyer_office.department)
        _basic(root, "AccountingCost", f"{self.day:%Y%m}-{self.buyer_code[10:14]}")
        wanted = [self.day + timedelta(days=days) for days in WANTED_DAYS]
        _basic(_aggregate(root, "ValidityPeriod"), "EndDate", wanted[-1])
        _basic(_aggregate(root, "Contract"), "ID", self._contract())
        self._party("BuyerCustomerParty", self.buyer, self.buyer_office.buyer)
        self._party("SellerSupplierParty", document.seller, self.seller_office.seller)
        delivery = _aggregate(root, "Delivery")
        self._delivery_place(delivery, party=False)
        self._wanted(delivery, wanted)
        self._delivery_party(delivery)
        terms = _aggregate(root, "DeliveryTerms")
        _basic(terms, "ID", "DAP")
        _basic(terms, "SpecialTerms", "送货至买方仓库，卸货由买方负责")
        _basic(_aggregate(root, "PaymentTerms"), "Note", "货到验收合格、收到发票后按合同约定账期付款")
        self._amount(_aggregate(root, "TaxTotal"), "TaxAmount", document.tax_minor)
        total = _aggregate(root, "AnticipatedMonetaryTotal")
        self._amount(total, "LineExtensionAmount", document.net_minor)
        self._amount(total, "TaxExclusiveAmount", document.net_minor)
        self._amount(total, "TaxInclusiveAmount", document.payable_minor)
        self._amount(total, "PayableAmount", document.payable_minor)
        for line in document.lines:
            element = _aggregate(_aggregate(root, "OrderLine"), "LineItem")
            _basic(element, "ID", line.number)
            _basic(element, "Note", "允许分批交货")
            _quantity(element, "Quantity", line)
            self._amount(element, "LineExtensionAmount", line.net_minor)
            self._amount(element, "TotalTaxAmount", line.tax_minor)
            _basic(element, "PartialDeliveryIndicator", "true")
            _basic(element, "AccountingCost", f"{self.day:%Y%m}-{line.number}")
            self._wanted(_aggregate(element, "Delivery"), wanted)
            self._price(element, line)
            self._item(element, line, taxed=True)

    def _despatch_advice(self) -> None:
        document, root = self.document, self.root
        _basic(root, "IssueTime", self._time())
        _basic(root, "Note", f"收货联系人 {self.buyer_office.buyer.name}，电话 {self.buyer_office.buyer.telephone}")
        self._references()
        self._party("DespatchSupplierParty", document.seller, self.seller_office.seller)
        self._party("DeliveryCustomerParty", self.buyer, self.buyer_office.buyer)
        shipment = self._shipment("公路运输，厢式货车")
        delivery = _aggregate(shipment, "Delivery")
        _address(_aggregate(delivery, "DeliveryAddress"), self.buyer_office.store)
        despatch = _aggregate(delivery, "Despatch")
        _basic(despatch, "ActualDespatchDate", document.delivery_date)
        _basic(despatch, "ActualDespatchTime", self._time())
        _address(_aggregate(despatch, "DespatchAddress"), self.seller_office.store)
        for line in document.lines:
            element = _aggregate(root, "DespatchLine")
            _basic(element, "ID", line.number)
            _basic(element, "Note", "随货附质量证明书")
            _quantity(element, "DeliveredQuantity", line)
            self._order_line(element, line)
            self._item(element, line)

    def _receipt_advice(self) -> None:
        document, root = self.document, self.root
        _basic(root, "IssueTime", self._time())
        _basic(root, "Note", f"外观和数量验收合格，验收人 {self.buyer_office.buyer.name}")
        self._references()
        self._party("DeliveryCustomerParty", self.buyer, self.buyer_office.buyer)
        self._party("DespatchSupplierParty", document.seller, self.seller_office.seller)
        delivery = _aggregate(self._shipment("包装完好，铅封完整"), "Delivery")
        _basic(delivery, "ActualDeliveryDate", document.delivery_date)
        _address(_aggregate(delivery, "DeliveryAddress"), self.buyer_office.store)
        for line in document.lines:
            element = _aggregate(root, "ReceiptLine")
            _basic(element, "ID", line.number)
            _basic(element, "Note", "验收合格入库")
            _quantity(element, "ReceivedQuantity", line)
            _basic(element, "ReceivedDate", document.delivery_date)
            self._order_line(element, line)
            for reference in document.despatches:
                despatched = _aggregate(element, "DespatchLineReference")
                _basic(despatched, "LineID", line.number)
                _basic(_aggregate(despatched, "DocumentReference"), "ID", reference.number)
            self._item(element, line)

    def _order_response(self) -> None:
        document, root = self.document, self.root
        assert document.answer is not None, "a response answers"
        code, said = ORDER_ANSWERS[document.answer]
        _basic(root, "IssueTime", self._time())
        _basic(root, "OrderResponseCode", code)
        _basic(root, "Note", said)
        _basic(root, "DocumentCurrencyCode", self.currency)
        _basic(root, "CustomerReference", self.buyer_office.department)
        self._references(sales_order=document.answer is Answer.ACCEPTED)
        _basic(_aggregate(root, "Contract"), "ID", self._contract())
        self._party("SellerSupplierParty", document.seller, self.seller_office.seller)
        self._party("BuyerCustomerParty", self.buyer, self.buyer_office.buyer)

    def _invoice_response(self) -> None:
        document, root = self.document, self.root
        assert document.answer is not None, "a response answers"
        code, said, reason_code, reason = ANSWERS[document.answer]
        _basic(root, "IssueTime", self._time())
        _basic(root, "Note", said)
        parties = {
            "Sender": (self.buyer, self.buyer_office.buyer), "Receiver": (document.seller, self.seller_office.seller),
        }  # fmt: skip
        for role, (party, contact) in parties.items():
            _append(root, f"{role}Party", _party_element(party, contact))
        answer = _aggregate(root, "DocumentResponse")
        response = _aggregate(answer, "Response")
        _basic(response, "ResponseCode", code, listID="UNCL4343OpSubset")
        _basic(response, "Description", said)
        _basic(response, "EffectiveDate", document.issue_date)
        status = _aggregate(response, "Status")
        _basic(status, "StatusReasonCode", reason_code, listID="OPStatusReason")
        _basic(status, "StatusReason", reason)
        for reference in document.invoices:
            answered = _aggregate(answer, "DocumentReference")
            _basic(answered, "ID", reference.number)
            _basic(answered, "IssueDate", reference.issue_date)
            _basic(answered, "DocumentTypeCode", "380", listID="UNCL1001")
        _append(answer, "IssuerParty", _party_element(*parties["Receiver"]))
        _append(answer, "RecipientParty", _party_element(*parties["Sender"]))

    # ---- parts ---------------------------------------------------------------------------------------------------

    def _references(self, *, sales_order: bool = False) -> None:
        for reference in self.document.orders[:1]:  # the schemas of invoices and receipts allow one
            order = _aggregate(self.root, "OrderReference")
            _basic(order, "ID", reference.number)
            if sales_order:
                _basic(order, "SalesOrderID", f"SO{reference.number.removeprefix('PO')}")
        for reference in self.document.invoices:
            inner = _aggregate(_aggregate(self.root, "BillingReference"), "InvoiceDocumentReference")
            _basic(inner, "ID", reference.number)
        for reference in self.document.despatches:
            _basic(_aggregate(self.root, "DespatchDocumentReference"), "ID", reference.number)
        for reference in self.document.receipts:
            _basic(_aggregate(self.root, "ReceiptDocumentReference"), "ID", reference.number)

    def _contract(self) -> str:
        return contract_number(self.seller_code, self.buyer_code, self.day.year)

    def _time(self) -> str:
        """An hour of the working day that follows from the number."""
        serial = int("".join(filter(str.isdigit, self.document.number))[-4:] or 0)
        return f"{8 + serial % 9:02d}:{serial * 7 % 60:02d}:00"

    def _invoice_period(self, parent: etree._Element) -> None:
        """From the day of delivery to that of the invoice."""
        delivered = self.document.delivery_date
        if delivered and delivered <= self.day:
            period = _aggregate(parent, "InvoicePeriod")
            _basic(period, "StartDate", delivered)
            _basic(period, "EndDate", self.day)

    def _party(self, role: str, party: Party, contact: Person) -> None:
        _aggregate(self.root, role).append(deepcopy(_party_element(party, contact)))

    def _delivery_place(self, delivery: etree._Element, *, party: bool = True) -> None:
        place = _aggregate(delivery, "DeliveryLocation")
        for other in self.buyer.identifiers[1:2]:
            _basic(place, "ID", other.value, schemeID=other.scheme.removeprefix("ICD:"))
        _address(_aggregate(place, "Address"), self.buyer_office.store)
        if party:
            self._delivery_party(delivery)

    def _delivery_party(self, delivery: etree._Element) -> None:
        _basic(_aggregate(_aggregate(delivery, "DeliveryParty"), "PartyName"), "Name", f"{self.buyer.name}仓储部")

    def _wanted(self, delivery: etree._Element, days: list[date]) -> None:
        period = _aggregate(delivery, "RequestedDeliveryPeriod")
        for name, day in zip(("StartDate", "EndDate"), days, strict=True):
            _basic(period, name, day)

    def _payment(self, *, credit: bool) -> None:
        document, office = self.document, self.seller_office
        means = _aggregate(self.root, "PaymentMeans")
        _basic(means, "PaymentMeansCode", "30", name="Credit transfer")
        _basic(means, "PaymentID", document.number)
        account = _aggregate(means, "PayeeFinancialAccount")
        _basic(account, "ID", office.account.number)
        _basic(account, "Name", document.seller.name)
        branch = _aggregate(account, "FinancialInstitutionBranch")
        _basic(branch, "ID", office.account.branch_code)
        _basic(branch, "Name", office.account.branch)
        if document.due_date and document.issue_date and not credit:
            days = (document.due_date - document.issue_date).days
            _basic(_aggregate(self.root, "PaymentTerms"), "Note", f"开票后 {days} 天付款")

    def _shipment(self, information: str) -> etree._Element:
        lines = self.document.lines
        shipment = _aggregate(self.root, "Shipment")
        _basic(shipment, "ID", "1")
        _basic(shipment, "Information", information)
        weights = [line.quantity * WEIGHTS[line.unit] for line in lines if line.quantity and line.unit in WEIGHTS]
        if len(weights) == len(lines):
            _basic(shipment, "NetWeightMeasure", quantity_text(sum(weights, Decimal(0))), unitCode="KGM")
        _basic(shipment, "TotalGoodsItemQuantity", len(lines), unitCode="C62")
        return shipment

    def _tax_total(self) -> None:
        total = _aggregate(self.root, "TaxTotal")
        self._amount(total, "TaxAmount", self.document.tax_minor)
        part = _aggregate(total, "TaxSubtotal")
        self._amount(part, "TaxableAmount", self.document.net_minor)
        self._amount(part, "TaxAmount", self.document.tax_minor)
        _tax_category(part, "TaxCategory")

    def _order_line(self, parent: etree._Element, line: DocumentLine) -> None:
        if line.order_line:
            _basic(_aggregate(parent, "OrderLineReference"), "LineID", line.order_line)

    def _item(self, parent: etree._Element, line: DocumentLine, *, taxed: bool = False) -> None:
        element = deepcopy(_item_element(line.description, line.item, taxed))
        if line.item:
            identification = element.find(f"{{{CAC}}}BuyersItemIdentification/{{{CBC}}}ID")
            assert identification is not None
            identification.text = buyers_item(self.buyer_code, line.item)
        parent.append(element)

    def _price(self, parent: etree._Element, line: DocumentLine) -> None:
        element = _aggregate(parent, "Price")
        self._amount(element, "PriceAmount", unit_price_minor(line))
        _basic(element, "BaseQuantity", 1, unitCode=line.unit or "C62")

    def _amount(self, parent: etree._Element, name: str, minor: int | None) -> None:
        _basic(parent, name, amount_text(minor or 0, self.digits), currencyID=self.currency)


@lru_cache(maxsize=20_000)
def _party_element(party: Party, contact: Person) -> etree._Element:
    """A cac:Party as all its papers write it, with whom to ask."""
    code, *others = party.identifiers
    element = _fragment("Party")
    for other in others[:1]:
        _basic(element, "EndpointID", other.value, schemeID=other.scheme.removeprefix("ICD:"))
    for other in others:
        scheme = other.scheme.removeprefix("ICD:")
        _basic(_aggregate(element, "PartyIdentification"), "ID", other.value, schemeID=scheme)
    _basic(_aggregate(element, "PartyName"), "Name", party.name)
    _address(_aggregate(element, "PostalAddress"), office_of(code.value).seat, party.country)
    tax = _aggregate(element, "PartyTaxScheme")
    _basic(tax, "CompanyID", code.value)
    _basic(_aggregate(tax, "TaxScheme"), "ID", "VAT")
    legal = _aggregate(element, "PartyLegalEntity")
    _basic(legal, "RegistrationName", party.name)
    _basic(legal, "CompanyID", code.value, schemeID=code.scheme)
    form = next((form for form in LEGAL_FORMS if party.name.endswith(form)), None)
    if form:
        _basic(legal, "CompanyLegalForm", form)
    person = _aggregate(element, "Contact")
    _basic(person, "Name", contact.name)
    _basic(person, "Telephone", contact.telephone)
    _basic(person, "ElectronicMail", contact.mail)
    return element


@lru_cache(maxsize=20_000)
def _item_element(description: str, item: str | None, taxed: bool) -> etree._Element:
    """A cac:Item as its seller describes it; what the buyer calls it is left to be filled in."""
    product = BY_CODE.get((item or "").partition("-")[0])
    element = _fragment("Item")
    if product:
        _basic(element, "Description", f"{product.name}（{product.trade}），{_model(description)}，出厂检验合格")
    _basic(element, "Name", description)
    if item:
        _basic(_aggregate(element, "BuyersItemIdentification"), "ID", "")
        _basic(_aggregate(element, "SellersItemIdentification"), "ID", item)
    _basic(_aggregate(element, "OriginCountry"), "IdentificationCode", "CN")
    if product:
        classification = _aggregate(element, "CommodityClassification")
        _basic(classification, "ItemClassificationCode", product.commodity, listID="HS")
    if taxed:
        _tax_category(element, "ClassifiedTaxCategory")
    for name, value in _properties(product, description):
        own = _aggregate(element, "AdditionalItemProperty")
        _basic(own, "Name", name)
        _basic(own, "Value", value)
    return element


def _properties(product: Product | None, description: str) -> Iterator[tuple[str, str]]:
    yield "规格型号", _model(description)
    if product:
        yield "税收分类", product.tax_class
        yield "计量单位", product.unit.name


def _model(description: str) -> str:
    return description.rpartition(" ")[2]


def _address(element: etree._Element, address: Address, country: str | None = "CN") -> None:
    _basic(element, "StreetName", address.street)
    _basic(element, "AdditionalStreetName", address.building)
    _basic(element, "CityName", address.city)
    _basic(element, "PostalZone", address.postal_zone)
    _basic(element, "CountrySubentity", address.province)
    _basic(_aggregate(element, "Country"), "IdentificationCode", country)


def _tax_category(parent: etree._Element, name: str) -> None:
    category = _aggregate(parent, name)
    _basic(category, "ID", "S")
    _basic(category, "Percent", VAT_PERCENT)
    _basic(_aggregate(category, "TaxScheme"), "ID", "VAT")


def _fragment(name: str) -> etree._Element:
    return etree.Element(f"{{{CAC}}}{name}", nsmap={"cac": CAC, "cbc": CBC})


def _aggregate(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def _append(parent: etree._Element, name: str, element: etree._Element) -> None:
    """A copy of the element, under another name."""
    copy = deepcopy(element)
    copy.tag = f"{{{CAC}}}{name}"
    parent.append(copy)


def _basic(parent: etree._Element, name: str, value: object, /, **attributes: str) -> None:
    etree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = str(value)


def _quantity(parent: etree._Element, name: str, line: DocumentLine) -> None:
    _basic(parent, name, quantity_text(line.quantity), unitCode=line.unit or "C62")


def _code(party: Party) -> str:
    """The credit code, which the world's parties name first."""
    return party.identifiers[0].value


def _numbers(references: tuple[DocumentReference, ...]) -> str:
    return "、".join(reference.number for reference in references)


def amount_text(minor: int, digits: int) -> str:
    """Minor units as a plain decimal with all its decimals: 1234 with two is 12.34."""
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def quantity_text(quantity: Decimal | None) -> str:
    """A plain decimal without an exponent."""
    return f"{quantity or Decimal(0):f}"


def unit_price_minor(line: DocumentLine) -> int:
    """Price of one unit; exact, because the world's prices and quantities multiply exactly."""
    return int((line.net_minor or 0) / line.quantity) if line.quantity else 0
