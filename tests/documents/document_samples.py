"""Sample documents for these tests: files as text, and whole trades as canonical documents."""

from __future__ import annotations

import io
import json
import zipfile
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
    """Of the seller's goods, held for the buyer."""
    defaults = {"keeper": party(KEEPER), "orders": to("PO-1"), "lots": ("LOT-1",),
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


# ---------------------------------------------------------------------------------------------------------------- EPCIS

EPCIS_SELLER, EPCIS_BUYER = "urn:epc:id:pgln:4012345.00001", "urn:epc:id:pgln:0614141.00777"


def epcis_event(**changes) -> dict:
    whole = {
        "type": "ObjectEvent", "eventID": "urn:uuid:1", "eventTime": "2026-03-01T23:30:00Z",
        "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "bizStep": "shipping",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00002.7"},
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L-1", "quantity": 12.5, "uom": "KGM"}],
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141007776:PO-1"},
            {"type": "desadv", "bizTransaction": "https://seller.example/desadv/DN-1"},
            {"type": "urn:epcglobal:cbv:btt:inv", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000016:INV-1"},
            {"type": "pedigree", "bizTransaction": "urn:uuid:2"},
        ],
        "sourceList": [{"type": "owning_party", "source": EPCIS_SELLER}],
        "destinationList": [{"type": "owning_party", "destination": EPCIS_BUYER}],
    }  # fmt: skip
    return {name: value for name, value in (whole | changes).items() if value is not None}


def epcis_document(*events: dict, kind: str = "EPCISDocument") -> bytes:
    context = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
    body = {"eventList": list(events)}
    if kind == "EPCISQueryDocument":
        body = {"queryResults": {"resultsBody": body}}
    return json.dumps({"@context": [context], "type": kind, "epcisBody": body}).encode()


EPCIS_XML = """<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"><EPCISBody><EventList><ObjectEvent>
<eventTime>2026-03-01T23:30:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
<baseExtension><eventID>urn:uuid:1</eventID></baseExtension><epcList/><action>OBSERVE</action>
<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><readPoint><id>urn:epc:id:sgln:4012345.00002.7</id></readPoint>
<bizTransactionList><bizTransaction type="urn:epcglobal:cbv:btt:po">urn:epcglobal:cbv:bt:0614141007776:PO-1</bizTransaction>
<bizTransaction type="urn:epcglobal:cbv:btt:desadv">https://seller.example/desadv/DN-1</bizTransaction>
<bizTransaction type="urn:epcglobal:cbv:btt:inv">urn:epcglobal:cbv:bt:4012345000016:INV-1</bizTransaction></bizTransactionList>
<extension><quantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.012345.L-1</epcClass>
<quantity>12.5</quantity><uom>KGM</uom></quantityElement></quantityList>
<sourceList><source type="urn:epcglobal:cbv:sdt:owning_party">urn:epc:id:pgln:4012345.00001</source></sourceList>
<destinationList><destination type="urn:epcglobal:cbv:sdt:owning_party">urn:epc:id:pgln:0614141.00777</destination>
</destinationList></extension></ObjectEvent></EventList></EPCISBody></e:EPCISDocument>"""


# ------------------------------------------------------------------------------------------------------ bank statements

CAMT_OWN, CAMT_OTHER = "NL26VAYB8060476890", "CH4112345003131313131"


def camt_party(name: str, version: int, inside: str = "") -> str:
    body = f"<Nm>{name}</Nm>{inside}"
    return f"<Pty>{body}</Pty>" if version >= 8 else body


def camt_transaction(
    version: int = 8, came: bool = True, amount: str = "", more: str = "", lei: str = "", refs: str = ""
) -> str:
    ours, theirs = ("Cdtr", "Dbtr") if came else ("Dbtr", "Cdtr")
    ids = f"<Id><OrgId><LEI>{lei}</LEI></OrgId></Id>" if lei else ""
    return (
        f"<TxDtls><Refs>{refs}<EndToEndId>E2E-1</EndToEndId></Refs>{amount}<RltdPties>"
        f"<{theirs}>{camt_party('Other GmbH', version, ids)}</{theirs}>"
        f"<{theirs}Acct><Id><IBAN>{CAMT_OTHER}</IBAN></Id></{theirs}Acct>"
        f"<{ours}>{camt_party('Own AG', version)}</{ours}></RltdPties>{more}</TxDtls>"
    )


def camt_entry(
    version: int = 8, came: bool = True, amount: str = "100.00", status: str = "BOOK", inside: str | None = None,
    reference: str = "B-1", flags: str = "",
) -> str:  # fmt: skip
    state = f"<Cd>{status}</Cd>" if version >= 7 else status
    details = camt_transaction(version, came) if inside is None else inside
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{"CRDT" if came else "DBIT"}</CdtDbtInd>{flags}<Sts>{state}</Sts>'
        f"<BookgDt><Dt>2026-04-01</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt_statement(*entries: str, version: int = 8, kind: str = "053") -> bytes:
    message, part = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[kind]
    bic = "BICFI" if version >= 4 else "BIC"
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version:02d}"><{message}><{part}><Id>S-1</Id>'
        f"<Acct><Id><IBAN>{CAMT_OWN}</IBAN></Id><Ownr><Nm>Own AG</Nm></Ownr>"
        f"<Svcr><FinInstnId><{bic}>DABAIE2D</{bic}></FinInstnId></Svcr></Acct>"
        f"{''.join(entries)}</{part}></{message}></Document>"
    ).encode()


# ----------------------------------------------------------------------------------------------------------- containers


def archive(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return written.getvalue()


def pdf(*attachments: tuple[str, bytes], password: str | None = None) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    for name, content in attachments:
        writer.add_attachment(name, content)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


OFD = "http://www.ofdspec.org/2016"
OFD_DATA = {
    "发票号码": NUMBER, "开票日期": "2026年05月01日", "合计金额": "1000.00", "合计税额": "130.00",
    "购买方纳税人识别号": BUYER, "销售方纳税人识别号": SELLER,
}  # fmt: skip
OFD_TAGS = {
    "InvoiceNo": NUMBER, "IssueDate": "2026年05月01日", "BuyerName": "购方", "BuyerTaxID": BUYER, "SellerName": "供方",
    "SellerTaxID": SELLER, "TaxExclusiveTotalAmount": "¥1000.00", "TaxTotalAmount": "¥130.00",
    "TaxInclusiveTotalAmount": "¥1130.00",
}  # fmt: skip


def ofd_members(
    data: dict[str, str] | None = None, tags: dict[str, str] | None = None, attached: bytes | None = None
) -> dict[str, bytes]:
    """A package as the tax bureau's invoices are made: an index, a page of texts, tags that point to them."""
    custom = "".join(f'<ofd:CustomData Name="{name}">{text}</ofd:CustomData>' for name, text in (data or {}).items())
    pointers, texts = "", ""
    for number, (name, text) in enumerate((tags or {}).items(), start=100):
        pointers += f'<ofd:{name}><ofd:ObjectRef PageRef="1">{number}</ofd:ObjectRef></ofd:{name}>'
        texts += f'<ofd:TextObject ID="{number}"><ofd:TextCode X="0" Y="3">{text}</ofd:TextCode></ofd:TextObject>'
    lists = "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>" if tags else ""
    lists += "<ofd:Attachments>/Doc_0/Attachs/Attachments.xml</ofd:Attachments>" if attached is not None else ""
    files = {
        "OFD.xml": f"<ofd:DocBody><ofd:DocInfo><ofd:CustomDatas>{custom}</ofd:CustomDatas></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>",
        "Doc_0/Document.xml": '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>' + lists,
        "Doc_0/Pages/Page_0/Content.xml": f"<ofd:Content><ofd:Layer>{texts}</ofd:Layer></ofd:Content>",
    }
    if tags:
        entry = '<ofd:CustomTag TypeID="0"><ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag>'
        files |= {"Doc_0/Tags/CustomTags.xml": entry, "Doc_0/Tags/CustomTag.xml": pointers}
    if attached is not None:
        entry = '<ofd:Attachment ID="8" Name="original_invoice"><ofd:FileLoc>original_invoice.xml</ofd:FileLoc>'
        files["Doc_0/Attachs/Attachments.xml"] = f"{entry}</ofd:Attachment>"
    packed = {name: f'<ofd:Part xmlns:ofd="{OFD}">{inside}</ofd:Part>'.encode() for name, inside in files.items()}
    if attached is not None:
        packed["Doc_0/Attachs/original_invoice.xml"] = attached
    return packed
