"""Inputs to start from: what the world generator writes, the examples of docs/documents.md, and the samples of the tests."""

from __future__ import annotations

import io
import re
import sys
import tomllib
import zipfile
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from openpyxl import Workbook

from chain.documents import canonical
from chain.documents.model import Answer, DocumentType, Movement
from chain.world.generator import make_world
from chain.world.model import FileFormat
from chain.world.writing import file_bytes

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS / "documents"))
import document_samples as samples  # noqa: E402

DOCUMENTATION = (TESTS.parent / "docs" / "documents.md").read_text(encoding="utf-8")
TODAY = date(2026, 11, 23)
Parts = list[tuple[str, bytes]]


@cache
def _world(form: FileFormat) -> tuple[bytes, ...]:
    """The first file of each type that the world has in a form."""
    world = make_world(1, TODAY)
    found: dict[str, bytes] = {}
    for file in (file for batch in world.batches for file in batch.files if file.format is form):
        found.setdefault(str(file.document.type), file_bytes(file, world))
    return tuple(found.values())


def _examples(language: str) -> list[bytes]:
    return [example.encode() for example in re.findall(rf"```{language}\n(.*?)```", DOCUMENTATION, re.DOTALL)]


def ubl() -> list[bytes]:
    parties = (
        f"<cac:SellerSupplierParty>{samples.ubl_party(samples.SELLER)}</cac:SellerSupplierParty>"
        f"<cac:BuyerCustomerParty>{samples.ubl_party(samples.BUYER)}</cac:BuyerCustomerParty>"
    )
    answer = (
        "<cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-05-02</cbc:IssueDate><cbc:OrderResponseCode>AP</cbc:OrderResponseCode>"
        f"<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>{parties}"
    )
    sides = "".join(
        samples.ubl_party(code).replace("<cac:Party>", f"<cac:{side}Party>").replace("</cac:Party>", f"</cac:{side}Party>")
        for side, code in (("Sender", samples.BUYER), ("Receiver", samples.SELLER))
    )  # fmt: skip
    response = (
        f"<cbc:ID>A-1</cbc:ID><cbc:IssueDate>2026-05-09</cbc:IssueDate>{sides}<cac:DocumentResponse><cac:Response>"
        "<cbc:ResponseCode>AP</cbc:ResponseCode></cac:Response><cac:DocumentReference><cbc:ID>INV-1</cbc:ID>"
        "<cbc:DocumentTypeCode>380</cbc:DocumentTypeCode></cac:DocumentReference></cac:DocumentResponse>"
    )
    prepaid = (
        '<cbc:PrepaidAmount currencyID="CNY">13.00</cbc:PrepaidAmount>'
        '<cbc:PayableRoundingAmount currencyID="CNY">0.00</cbc:PayableRoundingAmount>'
    )
    rounded = '<cbc:PayableRoundingAmount currencyID="CNY">0.05</cbc:PayableRoundingAmount>'
    owed = '<cbc:PrepaidAmount currencyID="CNY">-13.00</cbc:PrepaidAmount>'
    on_top = '<cbc:ChargeTotalAmount currencyID="CNY">5.00</cbc:ChargeTotalAmount>'
    charge = (
        "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference><cac:AllowanceCharge><cbc:ChargeIndicator>true"
        '</cbc:ChargeIndicator><cbc:Amount currencyID="CNY">0</cbc:Amount></cac:AllowanceCharge>'
    )
    return [
        *_world(FileFormat.UBL), samples.ubl_invoice(), samples.ubl_invoice(root="CreditNote"),
        samples.ubl_invoice(payable="100.00", monetary=prepaid, extra=charge),
        samples.ubl_invoice(payable="113.05", monetary=rounded), samples.ubl_invoice(payable="126.00", monetary=owed),
        samples.ubl_invoice(payable="118.00", monetary=on_top, extra="<cbc:ProfileID>DIAN 2.1</cbc:ProfileID>"),
        samples.ubl_invoice(net="-100.00", tax="-13.00", gross="-113.00", payable="-113.00"),
        samples.ubl("ApplicationResponse", response), samples.ubl("OrderResponseSimple", answer),
        *(samples.ubl(root, answer) for root in ("OrderResponse", "OrderChange", "OrderCancellation")),
        samples.ubl("Catalogue", "<cbc:ID>1</cbc:ID>"),
        b'<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0"><test>'
        + samples.ubl_invoice().partition(b"\n")[2] + b"</test><test><a/></test></testSet>",
    ]  # fmt: skip


def cii() -> list[bytes]:
    terms = (
        f"<ram:SpecifiedTradePaymentTerms>{samples.cii_day('DueDateDateTime', '20260701')}</ram:SpecifiedTradePaymentTerms>"
        "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>INV-0</ram:IssuerAssignedID></ram:InvoiceReferencedDocument>"
    )
    prepaid = "<ram:TotalPrepaidAmount>13.00</ram:TotalPrepaidAmount><ram:RoundingAmount>0</ram:RoundingAmount>"
    delivered = (
        "<ram:ActualDeliverySupplyChainEvent>"
        + samples.cii_day("OccurrenceDateTime", "20260503")
        + "</ram:ActualDeliverySupplyChainEvent>"
    )
    old = samples.cii_invoice(payable=None).decode()
    for new, before in (
        (f"{samples.CII}:CrossIndustryInvoice:100", "urn:ferd:CrossIndustryDocument:invoice:1p0"),
        ("Entity:100", "Entity:12"),
        ("rsm:CrossIndustryInvoice", "rsm:CrossIndustryDocument"),
        ("rsm:ExchangedDocumentContext", "rsm:SpecifiedExchangedDocumentContext"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SpecifiedTradeSettlementHeaderMonetary", "SpecifiedTradeSettlementMonetary"),
        ("SpecifiedTradeSettlementLineMonetary", "SpecifiedTradeSettlementMonetary"),
        ("IssuerAssignedID", "ID"),
    ):
        old = old.replace(new, before)
    rounded = "<ram:TotalPrepaidAmount>-13.00</ram:TotalPrepaidAmount><ram:RoundingAmount>0.05</ram:RoundingAmount>"
    return [
        samples.cii_invoice(), samples.cii_invoice(payable="126.05", monetary=rounded),
        samples.cii_invoice(code="381"), old.encode(),
        samples.cii_invoice(payable="100.00", settlement=terms, monetary=prepaid, delivery=delivered),
    ]  # fmt: skip


def einvoice() -> list[bytes]:
    remark = "订单号：PO-1；发货单号:DN-1；仓单号：WR-1\n交付日期：2026-05-03 到期日：2026-08-01"
    red = f"被红冲蓝字数电发票号码：{samples.NUMBER}"
    return [
        *_world(FileFormat.EINVOICE), samples.einvoice(remark=remark),
        samples.einvoice("-100.00", "-13.00", "-113.00", "N", red),
    ]  # fmt: skip


def ofd() -> list[Parts]:
    return [
        list(samples.ofd_members(data=samples.OFD_DATA, tags=samples.OFD_TAGS).items()),
        list(samples.ofd_members(data=samples.OFD_DATA, attached=samples.einvoice("1000.00", "130.00", "1130.00")).items()),
    ]  # fmt: skip


def epcis() -> list[bytes]:
    transformed = {
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L-1", "quantity": 1, "uom": "KGM"}],
        "outputEPCList": ["https://id.gs1.org/01/04012345123456/21/S-1", "urn:epc:id:sscc:4012345.1234567890"],
    }
    return [
        samples.epcis_document(samples.epcis_event(), samples.epcis_event(eventID=None, bizStep="storing")),
        samples.epcis_document(samples.epcis_event(type="TransformationEvent", **transformed), kind="EPCISQueryDocument"),
        msgspec.json.encode(samples.epcis_event()), samples.EPCIS_XML.encode(),
    ]  # fmt: skip


def camt() -> list[bytes]:
    remittance = (
        "<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>INV-1</Nb><RltdDt>2026-03-01</RltdDt>"
        '</RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">60.00</RmtdAmt></RfrdDocAmt></Strd></RmtInf>'
    )
    batch = "".join(
        samples.camt_transaction(amount=f'<Amt Ccy="EUR">{part}</Amt>', more=remittance) for part in ("60.00", "40.00")
    )
    return [
        samples.camt_statement(samples.camt_entry(), samples.camt_entry(came=False, flags="<RvslInd>true</RvslInd>")),
        samples.camt_statement(samples.camt_entry(inside=batch)),
        samples.camt_statement(samples.camt_entry(2), version=2, kind="054"),
    ]


def _documents() -> list[bytes]:
    """Canonical documents of one trade, and what else happens to it."""
    of_invoice = {"invoices": samples.to("INV-1")}
    documents = [
        *samples.trade().values(),
        samples.warehouse_receipt(),
        samples.document(
            DocumentType.CREDIT_NOTE, "CN-1", net_minor=1_000, tax_minor=130, payable_minor=1_130, **of_invoice
        ),
        samples.document(DocumentType.PAYMENT, "PAY-1", currency="CNY", payable_minor=500, **of_invoice),
        samples.document(DocumentType.INVOICE_RESPONSE, "IR-1", answer=Answer.ACCEPTED, **of_invoice),
        samples.document(DocumentType.ORDER_RESPONSE, "OR-1", answer=Answer.CHANGED, orders=samples.to("PO-1")),
        samples.document(
            DocumentType.LOGISTICS_EVENT, "EV-1", movement=Movement.STORED, keeper=samples.party(samples.KEEPER),
            lots=("LOT-1",), lines=samples.lines(), delivery_date=date(2026, 5, 2),
        ),
        samples.document(
            DocumentType.BILL, "210229000001820260301000000017", currency="CNY", payable_minor=100, sub_range=(1, 100),
            due_date=date(2026, 8, 28), **of_invoice,
        ),
    ]  # fmt: skip
    return [msgspec.json.encode(canonical.dump(document)) for document in documents]


def json() -> list[bytes]:
    return [*_examples("json"), *_documents(), *_world(FileFormat.JSON), *_world(FileFormat.CANONICAL)]


def lines() -> list[bytes]:
    documents = _documents()
    return [b"\n".join(documents), b"\n".join(documents[:4]), b"\n".join(documents[3:7])]


def _mapping() -> bytes:
    """As JSON, whose values are changed one by one."""
    return msgspec.json.encode(tomllib.loads(_examples("toml")[0].decode()))


def csv() -> list[Parts]:
    header = "Invoice no,Date,PO,Supplier,VAT no,Vendor,Text,Net,VAT\n"
    rows = (
        'I-1,2026-05-01,PO-1,"Steel, Ltd",GB980780684,4711,steel,100.00,20.00\n'
        "I-1,2026-05-01,PO-1,\"Steel, Ltd\",GB980780684,4711,=1+1,(50.50),\n"
        "I-2,2026-05-02,PO-2,Müller,,4712,coke,\"1,000.00\",N/A\nI-3,2026-05-03\n"
    )  # fmt: skip
    return [
        [("mapping", mapping), ("table", (header + rows).encode())] for mapping in (_mapping(), _examples("toml")[0])
    ]


def xlsx() -> list[Parts]:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Invoice no", "Date", "PO", "Supplier", "VAT no", "Vendor", "Text", "Net", "VAT"])
    sheet.append(["I-1", date(2026, 5, 1), "PO-1", "Steel Ltd", "GB980780684", 4711, "steel", 100.25, 20])
    sheet.append(["I-1", date(2026, 5, 1), "PO-1", "Steel Ltd", "GB980780684", 4711, "=1+1", "=2+2", None])
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as archive:
        return [[("mapping", _mapping()), *((name, archive.read(name)) for name in archive.namelist())]]


def pdf() -> list[bytes]:
    return [
        samples.pdf(("factur-x.xml", samples.cii_invoice())),
        samples.pdf(("a.xml", samples.ubl_invoice()), ("b.txt", b"x")),
        samples.pdf(),
    ]


def zip_archives() -> list[bytes]:
    members = {"1.xml": samples.ubl_invoice(), "2.json": _documents()[3], "3.zip": samples.archive({"a": b"b"})}
    return [samples.archive(members), samples.archive({}), samples.archive({"OFD.xml": b"<a/>"})]


def anything() -> list[bytes]:
    return [
        b"", b"UNA:+.? 'UNB+UNOC:3", b"OFXHEADER:100\n<OFX>", b"a,b,c\n1,2,3\n", b'{"a": 1}', b"<a/>", b"\x89PNG\r\n",
        b"%PDF-1.7", b"PK\x03\x04", b"[1, 2]", b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"/>',
    ]  # fmt: skip
