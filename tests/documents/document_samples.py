"""Sample documents for these tests: files as text, and whole trades as canonical documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from stdnum.cn import uscc

from chain.documents.model import (
    DocumentLine,
    DocumentReference,
    DocumentType,
    Party,
    PartyIdentifier,
    Source,
    TradeDocument,
)

TODAY = date(2026, 6, 1)

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"


def code(serial: int) -> str:
    """A valid unified social credit code."""
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


SELLER, BUYER, KEEPER, OTHER = (code(serial) for serial in (1, 2, 3, 4))


def party(usc: str = SELLER, name: str = "示例公司") -> Party:
    return Party(name=name, identifiers=(PartyIdentifier(scheme="USCC", value=usc),), country="CN")


# ---------------------------------------------------------------------------------------------------------------- UBL


def ubl_party(usc: str | None, name: str = "示例公司") -> str:
    legal = f'<cbc:CompanyID schemeID="USCC">{usc}</cbc:CompanyID>' if usc else ""
    return (
        f"<cac:Party><cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>"
        "<cac:PostalAddress><cac:Country><cbc:IdentificationCode>CN</cbc:IdentificationCode></cac:Country>"
        f"</cac:PostalAddress><cac:PartyLegalEntity>{legal}</cac:PartyLegalEntity></cac:Party>"
    )


def ubl(root: str, inside: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
    text = f'{declaration}\n<{root} xmlns="{namespace}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">\n{inside}\n</{root}>\n'
    return text.encode()


def ubl_invoice(
    number: str = "INV-1",
    net: str = "100.00",
    tax: str = "13.00",
    gross: str = "113.00",
    payable: str = "113.00",
    currency: str | None = "CNY",
    seller: str | None = SELLER,
    buyer: str | None = BUYER,
    extra: str = "",
    monetary: str = "",
    root: str = "Invoice",
    line_net: str | None = None,
) -> bytes:
    """An invoice (or credit note) of one line; each figure can be made wrong by itself."""
    code_element = f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>" if currency else ""
    at = f' currencyID="{currency}"' if currency else ""
    line, quantity = (
        ("CreditNoteLine", "CreditedQuantity") if root == "CreditNote" else ("InvoiceLine", "InvoicedQuantity")
    )
    return ubl(
        root,
        f"""<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-05-01</cbc:IssueDate>{code_element}{extra}
<cac:AccountingSupplierParty>{ubl_party(seller, "供方")}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{ubl_party(buyer, "购方")}</cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount{at}>{tax}</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount{at}>{net}</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount{at}>{net}</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount{at}>{gross}</cbc:TaxInclusiveAmount>
{monetary}<cbc:PayableAmount{at}>{payable}</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:{line}><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode="KGM">10</cbc:{quantity}>
<cbc:LineExtensionAmount{at}>{line_net or net}</cbc:LineExtensionAmount>
<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>阴极铜</cbc:Name></cac:Item></cac:{line}>""",
    )


# ------------------------------------------------------------------------------------------------------------ 数电票

NUMBER = "26440000000000100001"


def einvoice(
    net: str = "100.00",
    tax: str = "13.00",
    total: str = "113.00",
    label: str = "Y",
    remark: str = "",
    seller: str = SELLER,
    buyer: str = BUYER,
    number: str = NUMBER,
    items: str | None = None,
) -> bytes:
    items = items or (
        f"<IssuItemInformation><ItemName>*有色金属*阴极铜</ItemName><MeaUnits>吨</MeaUnits><Quantity>2</Quantity>"
        f"<Amount>{net}</Amount><TaxRate>0.13</TaxRate><ComTaxAm>{tax}</ComTaxAm></IssuItemInformation>"
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><EInvoice><Header><EIid>{number}</EIid><InherentLabel><InIssuType>
<LabelCode>{label}</LabelCode></InIssuType></InherentLabel></Header><EInvoiceData>
<SellerInformation><SellerIdNum>{seller}</SellerIdNum><SellerName>供方有限公司</SellerName></SellerInformation>
<BuyerInformation><BuyerIdNum>{buyer}</BuyerIdNum><BuyerName>购方有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>{tax}</TotalTaxAm>
<TotalTax-includedAmount>{total}</TotalTax-includedAmount><RequestTime>2026-05-01</RequestTime></BasicInformation>{items}
<AdditionalInformation><Remark>{remark}</Remark></AdditionalInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber><IssueTime>2026-05-01 10:08:05</IssueTime></TaxSupervisionInfo>
</EInvoice>""".encode()


# ---------------------------------------------------------------------------------------------------------- canonical


def document(kind: DocumentType, number: str, **facts: Any) -> TradeDocument:
    """A canonical document between SELLER and BUYER; ``path`` names its file."""
    path = facts.pop("path", f"{kind}/{number}.xml")
    defaults: dict[str, Any] = {"seller": party(SELLER), "buyer": party(BUYER), "issue_date": date(2026, 5, 1)}
    if kind in (DocumentType.ORDER, DocumentType.INVOICE, DocumentType.CREDIT_NOTE):
        defaults |= {"currency": "CNY", "net_minor": 10_000, "tax_minor": 1_300, "payable_minor": 11_300}
    source = Source(path=path, format="test", sha256="0" * 64)
    return TradeDocument(type=kind, number=number, source=source, **(defaults | facts))


def to(*numbers: str) -> tuple[DocumentReference, ...]:
    return tuple(DocumentReference(number=number) for number in numbers)


def lines(quantity: int | str = 10, net: int | None = None) -> tuple[DocumentLine, ...]:
    return (DocumentLine(number="1", quantity=Decimal(quantity), unit="KGM", net_minor=net, order_line="1", item="CU"),)


def trade(payable: int = 11_300, ordered: int = 11_300) -> dict[str, TradeDocument]:
    """Order, despatch, receipt and invoice that agree."""
    net, ordered_net = payable * 100 // 113, ordered * 100 // 113
    return {
        "order": document(
            DocumentType.ORDER, "PO-1", net_minor=ordered_net, tax_minor=ordered - ordered_net, payable_minor=ordered,
            lines=lines(net=ordered_net),
        ),
        "despatch": document(DocumentType.DESPATCH_ADVICE, "DN-1", orders=to("PO-1"), lines=lines()),
        "receipt": document(
            DocumentType.RECEIPT_ADVICE, "RA-1", orders=to("PO-1"), despatches=to("DN-1"), lines=lines(),
            delivery_date=date(2026, 5, 3),
        ),
        "invoice": document(
            DocumentType.INVOICE, "INV-1", orders=to("PO-1"), despatches=to("DN-1"), receipts=to("RA-1"),
            net_minor=net, tax_minor=payable - net, payable_minor=payable, lines=lines(net=net),
        ),
    }  # fmt: skip


def warehouse_receipt(number: str = "WR-1", **facts: Any) -> TradeDocument:
    defaults = {"buyer": None, "keeper": party(KEEPER), "orders": to("PO-1"), "lots": ("LOT-1",),
                "delivery_date": date(2026, 5, 2), "lines": lines()}  # fmt: skip
    return document(DocumentType.WAREHOUSE_RECEIPT, number, **(defaults | facts))


# ---------------------------------------------------------------------------------------------------------------- CII

CII = "urn:un:unece:uncefact:data:standard"


def cii_party(element: str, usc: str | None, name: str) -> str:
    legal = f'<ram:SpecifiedLegalOrganization><ram:ID schemeID="USCC">{usc}</ram:ID></ram:SpecifiedLegalOrganization>'
    address = "<ram:PostalTradeAddress><ram:CountryID>CN</ram:CountryID></ram:PostalTradeAddress>"
    return f"<ram:{element}><ram:Name>{name}</ram:Name>{legal if usc else ''}{address}</ram:{element}>"


def cii_day(element: str, day: str, prefix: str = "udt") -> str:
    return f'<ram:{element}><{prefix}:DateTimeString format="102">{day}</{prefix}:DateTimeString></ram:{element}>'


def cii_invoice(
    number: str = "INV-1",
    net: str = "100.00",
    tax: str = "13.00",
    gross: str = "113.00",
    payable: str | None = "113.00",
    currency: str | None = "CNY",
    seller: str | None = SELLER,
    buyer: str | None = BUYER,
    code: str = "380",
    line_net: str | None = None,
    agreement: str = "",
    delivery: str = "",
    settlement: str = "",
    monetary: str = "",
    lines: str = "",
    context: str = "",
) -> bytes:
    """What `document_samples.ubl_invoice` says, in UN/CEFACT's syntax."""
    due = "" if payable is None else f"<ram:DuePayableAmount>{payable}</ram:DuePayableAmount>"
    in_currency = f"<ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode>" if currency else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="{CII}:CrossIndustryInvoice:100" xmlns:qdt="{CII}:QualifiedDataType:100"
 xmlns:ram="{CII}:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="{CII}:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext>{context}</rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
{cii_day("IssueDateTime", "20260501")}</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>阴极铜</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:BuyerOrderReferencedDocument><ram:LineID>1</ram:LineID>
</ram:BuyerOrderReferencedDocument></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="KGM">10</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:LineTotalAmount>{line_net or net}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>{lines}
<ram:ApplicableHeaderTradeAgreement>{cii_party("SellerTradeParty", seller, "供方")}
{cii_party("BuyerTradeParty", buyer, "购方")}{agreement}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery>{delivery}</ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement>{in_currency}{settlement}
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>{net}</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="{currency or "CNY"}">{tax}</ram:TaxTotalAmount>
<ram:GrandTotalAmount>{gross}</ram:GrandTotalAmount>{monetary}{due}
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>
""".encode()
