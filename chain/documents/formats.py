"""What a content is, told by the content alone: root element and namespace, JSON shape, first bytes."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from lxml import etree

from chain.documents import (
    assignment,
    bill,
    camt,
    canonical,
    china_einvoice,
    china_ofd,
    cii,
    epcis,
    epcis_xml,
    ledger,
    parquet,
    table,
    ubl,
    ubl_despatch,
    ubl_invoice,
    ubl_invoice_response,
    ubl_order,
    ubl_order_response,
    ubl_receipt,
    warehouse_receipt,
)
from chain.documents.draft import Parsed
from chain.documents.mapping import TableMapping
from chain.documents.model import Source
from chain.documents.node import Node, local_name, namespace
from chain.documents.rules import (
    DocumentRule,
    EncodingBroken,
    FormatNotSupported,
    FormatUnknown,
    JsonMalformed,
    NoTradeDocument,
)

TEST_SET_NAMESPACE = "http://difi.no/xsd/vefa/validator/1.0"
ENVELOPE_NAMESPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


@dataclass(frozen=True, slots=True)
class Format:
    """A recognised format: how to read it, or why not."""

    name: str
    parse: Callable[[Any, Source], Parsed] | None = None
    refusal: DocumentRule | None = None
    split: Callable[[Any], Iterable[tuple[str, Any]]] | None = None
    """Of what holds several documents: each part that `parse` reads, with its place. May raise a DocumentRule."""


def _of_node(parse: Callable[[Node, Source], Parsed]) -> Callable[[Any, Source], Parsed]:
    """A parser of the view that `chain.documents.node` gives of a root element."""
    return lambda root, source: parse(Node(root), source)


UBL_PARSERS: dict[str, Callable[[Node, Source], Parsed]] = {
    "Invoice": ubl_invoice.parse,
    "CreditNote": ubl_invoice.parse,
    "SelfBilledInvoice": ubl_invoice.parse,
    "SelfBilledCreditNote": ubl_invoice.parse,
    "Order": ubl_order.parse,
    "OrderResponse": ubl_order_response.parse,
    "OrderResponseSimple": ubl_order_response.parse_simple,
    "OrderChange": ubl_order_response.parse_change,
    "OrderCancellation": ubl_order_response.parse_cancellation,
    "DespatchAdvice": ubl_despatch.parse,
    "ReceiptAdvice": ubl_receipt.parse,
    "ApplicationResponse": ubl_invoice_response.parse,
}

#: UBL documents that do say something about goods or money between two parties, but have no reader yet.
UBL_NOT_YET = frozenset(
    {
        "BillOfLading", "DebitNote", "FreightInvoice", "FulfilmentCancellation", "GoodsCertificate",
        "GoodsItemPassport", "InstructionForReturns", "InventoryReport", "InvoiceResponse", "PackingList",
        "PurchaseReceipt", "Reminder", "RemittanceAdvice", "Statement", "TransportationStatus", "Waybill", "WeightStatement",
    }
)  # fmt: skip

#: Documents of other XML formats, by namespace and root element.
XML_PARSERS = {
    ("", china_einvoice.ROOT): Format("数电票", china_einvoice.parse),
    (cii.CII, "CrossIndustryInvoice"): Format("CII", _of_node(cii.parse)),
    (cii.FERD, "CrossIndustryDocument"): Format("ZUGFeRD 1", _of_node(cii.parse_zugferd_1)),
}

EPCIS_XML = Format("EPCIS", epcis_xml.parse, split=lambda root: epcis_xml.events(Node(root)))
EPCIS_JSON = Format("EPCIS", epcis.parse, split=epcis.events)
XML_PARSERS |= {(namespace, "EPCISDocument"): EPCIS_XML for namespace in epcis_xml.NAMESPACES}
XML_PARSERS |= {(namespace, "EPCISQueryDocument"): EPCIS_XML for namespace in epcis_xml.QUERY_NAMESPACES}

#: Statements of banks, alone or in an envelope.
CAMT = Format("ISO 20022 bank statement", camt.parse, split=camt.bookings)

#: A package of a Chinese e-invoice (`chain.documents.ofd`).
OFD = Format("OFD", china_ofd.parse)

#: Rows of canonical documents.
PARQUET = Format("Parquet", canonical.parse, split=parquet.rows)

#: An escape for one half of a character; without the other half nothing can write it down.
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")

#: So much of a file is looked at to tell whether it is JSON lines.
JSON_LINES_BYTES = 1 << 20

#: Everything of EPCIS; what is no events is master data, or a message between systems.
EPC = "urn:epcglobal:"

ISO_20022 = "urn:iso:std:iso:20022:tech:xsd:"

#: Namespace beginnings of formats that are known but have no reader yet.
NAMESPACES_NOT_YET = (
    ("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:", "another version of UN/CEFACT CII than D16B"),
    ("urn:ferd:CrossIndustryDocument:", "a draft of ZUGFeRD 1"),
    ("urn:un:unece:uncefact:data:standard:", "UN/CEFACT message"),
    (ISO_20022, "ISO 20022 message"),
    ("http://ivaservizi.agenziaentrate.gov.it/", "FatturaPA"),
    ("http://www.fatturapa.gov.it/", "FatturaPA"),
    ("http://www.xbrl.org/2003/instance", "XBRL accounting entries (a booking of an e-invoice, not the invoice)"),
    ("urn:swift:xsd:", "SWIFT message"),
    ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-1.", "UBL 1"),
    ("urn:oasis:names:specification:ubl:schema:xsd:Order-1.", "UBL 1"),
    ("urn:sunat:names:specification:ubl:peru:", "national UBL of Peru (summaries, voidings, retentions)"),
)

#: First bytes of formats that are no text.
SIGNATURES = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!", "RAR"), (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"II*\0", "a TIFF image"), (b"MM\0*", "a TIFF image"), (b"GIF8", "a GIF image"),
)  # fmt: skip


#: What a table is refused with.
WITHOUT_MAPPING = (
    "a table without a mapping that tells what its columns mean (pearl ingest --mapping, mapping of an upload)"
)

#: What `of_other` calls text that may be a table; with a mapping it is held to be one.
MAYBE_TABLES = ("CSV", "text", "binary")


def of_csv(mapping: TableMapping, most: int) -> Format:
    """A CSV file of at most so many rows, its columns as mapped."""
    return Format(
        "CSV", ledger.parse, split=lambda content: ledger.documents(table.csv_rows(content, mapping), mapping, most)
    )


def of_workbook(mapping: TableMapping, parts: Mapping[str, bytes], most: int) -> Format:
    """An XLSX workbook of these XML parts, with a sheet of at most so many rows."""
    return Format(
        "XLSX", ledger.parse,
        split=lambda content: ledger.documents(table.sheet_rows(content, parts, mapping), mapping, most),
    )  # fmt: skip


def of_xml(root: etree._Element) -> Format:
    """The format of an XML document by its root element."""
    name, space = local_name(root), namespace(root)
    if space == f"{ubl.NAMESPACE}{name}-2":
        return _of_ubl(name)
    if parser := XML_PARSERS.get((space, name)):
        return parser
    if space.startswith(EPC):
        return Format("EPCIS", refusal=NoTradeDocument(what="a {document}", document=name[:80]))
    if camt.messages(root):
        return CAMT
    for beginning, what in NAMESPACES_NOT_YET:
        if space.startswith(beginning):
            detail = space.removeprefix(beginning) if what.startswith("ISO") else name
            refusal = FormatNotSupported(what="{format}, {detail}", format=what, detail=detail)
            return Format(what.partition(" (")[0], refusal=refusal)
    if name.startswith("M_") and not space:
        return Format("EDIFACT", refusal=FormatNotSupported(what="UN/EDIFACT in XML, {name}", name=name))
    if any(namespace(inner).startswith(ISO_20022) for inner in root.iter(etree.Element)):
        refusal = FormatNotSupported(what="ISO 20022 message in the envelope {name}", name=name)
        return Format("ISO 20022 message", refusal=refusal)
    what = "XML with the root {root} of {namespace}" if space else "XML with the root {root}"
    return Format("XML", refusal=FormatUnknown(what=what, root=name[:80], namespace=space[:120]))


def _of_ubl(name: str) -> Format:
    label = f"UBL {name}"
    if name in UBL_PARSERS:
        return Format(label, _of_node(UBL_PARSERS[name]))
    if name in UBL_NOT_YET:
        return Format(label, refusal=FormatNotSupported(what=label))
    return Format(label, refusal=NoTradeDocument(what="a {document}", document=label))


def unwrapped(root: etree._Element) -> etree._Element:
    """What stands in an envelope of the UN/CEFACT Standard Business Document Header 1.3, in which Peppol's access points send
    documents; the root itself where it is none, or holds no document or several."""
    if (namespace(root), local_name(root)) != (ENVELOPE_NAMESPACE, "StandardBusinessDocument"):
        return root
    inside = [one for one in root.iterchildren(etree.Element) if namespace(one) != ENVELOPE_NAMESPACE]
    return inside[0] if len(inside) == 1 else root


def is_test_set(root: etree._Element) -> bool:
    """A rule test set of the Nordic 'vefa' validator: many small documents in one file."""
    return (namespace(root), local_name(root)) == (TEST_SET_NAMESPACE, "testSet")


# --------------------------------------------------------------------------------------------------------------- JSON


def load_json(content: bytes) -> Any:
    """Decode strictly: UTF-8/16/32, no name twice in an object, no NaN, decimals exact. Raises EncodingBroken,
    JsonMalformed."""
    encoding = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        refusal = EncodingBroken(
            encoding=encoding, reason="at byte {byte} stands no character of that encoding", byte=error.start
        )
        raise refusal from error
    try:
        loaded = json.loads(text, object_pairs_hook=_once, parse_float=Decimal, parse_constant=_no_constant)
        if HALF_CHARACTER.search(text):
            json.dumps(loaded, ensure_ascii=False, default=str).encode()
        return loaded
    except json.JSONDecodeError as error:
        malformed = JsonMalformed(reason=error.msg)
        malformed.place = f"line {error.lineno}, column {error.colno}"
        raise malformed from error
    except RecursionError as error:
        raise JsonMalformed(reason="it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise JsonMalformed(reason="half of a character stands alone") from error
    except (ValueError, InvalidOperation) as error:  # a whole number of thousands of digits, or a great exponent
        raise JsonMalformed(reason="a number is larger than any") from error


def is_json_lines(content: bytes) -> bool:
    """Whether the lines that are not blank are objects, and there are several (UTF-8 only). Each looks like one; or half of
    them are, and the rest is broken: of the lines of one JSON document less than half are objects by themselves, since
    what stands between two of these is none."""
    lines = content[:JSON_LINES_BYTES].removeprefix(codecs.BOM_UTF8).split(b"\n")
    whole = [line.strip() for line in (lines if len(content) <= JSON_LINES_BYTES else lines[:-1])]
    filled = [line for line in whole if line]
    alike = sum(line.startswith(b"{") and line.endswith(b"}") for line in filled)
    if len(filled) < 2 or 2 * alike < len(filled):
        return False
    return alike == len(filled) or 2 * sum(map(_is_object, filled)) >= len(filled)


def _is_object(line: bytes) -> bool:
    try:
        return line.startswith(b"{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        raise JsonMalformed(reason="the name '{name}' stands twice", name=twice[:60])
    return found


def _no_constant(constant: str) -> Any:
    raise JsonMalformed(reason="{constant} is no JSON number", constant=constant)


def of_json(content: Any) -> Format:
    """The format of a JSON document by its shape."""
    if isinstance(content, dict):
        match content.get("schema"):
            case warehouse_receipt.SCHEMA:
                return Format("warehouse receipt JSON", warehouse_receipt.parse)
            case bill.SCHEMA:
                return Format("bill JSON", bill.parse)
            case assignment.SCHEMA:
                return Format("assignment JSON", assignment.parse)
            case canonical.SCHEMA:
                return Format("canonical JSON", canonical.parse)
        if content.get("type") in epcis.DOCUMENTS or epcis.is_event(content):
            return EPCIS_JSON
        if known := _known_json(content):
            return Format(known, refusal=FormatNotSupported(what=known))
    elif isinstance(content, list) and any(map(epcis.is_event, content)):
        return EPCIS_JSON
    names = _names(content)
    what = "JSON, an object with {names}" if names else "JSON, a list" if isinstance(content, list) else "JSON"
    return Format("JSON", refusal=FormatUnknown(what=what, names=names))


def _known_json(content: dict[str, Any]) -> str | None:
    context = json.dumps(content.get("@context"), default=str)
    if str(content.get("$schema", "")).startswith("https://gobl.org/"):
        return "GOBL"
    if "epcis" in context.lower():
        return "EPCIS, no events"
    if "credentials" in context:
        return "W3C verifiable credential"
    return None


def _names(content: Any) -> str:
    names = sorted(content)[:4] if isinstance(content, dict) else []
    return ", ".join(f"'{name[:30]}'" for name in names)


# --------------------------------------------------------------------------------------------------------- other text


def of_other(content: bytes) -> Format:
    """The format of what is neither XML nor JSON; always refused, since a table says nothing without a mapping."""
    for signature, what in SIGNATURES:
        if content.startswith(signature):
            return Format(what, refusal=FormatNotSupported(what=what))
    head = content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"UNA", b"UNB+")):
        return Format("EDIFACT", refusal=FormatNotSupported(what="UN/EDIFACT interchange"))
    if head.upper().startswith((b"OFXHEADER", b"<OFX>")):
        return Format("OFX", refusal=FormatNotSupported(what="OFX bank statement"))
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not marked and b"\0" in head:
        return Format("binary", refusal=FormatUnknown(what="binary data"))
    text = content[:4000].decode("utf-16", "replace") if marked else head.decode("utf-8", "replace")
    if _looks_like_a_table([line for line in text.splitlines() if line.strip()][:10]):
        return Format("CSV", refusal=FormatNotSupported(what=WITHOUT_MAPPING))
    return Format("text", refusal=FormatUnknown(what="plain text"))


def _looks_like_a_table(lines: list[str]) -> bool:
    """Whether a mark parts the first line into three cells, or two lines one after the other into as many cells; a single
    comma stands in any sentence."""
    least = {",": 2, ";": 1, "\t": 1}
    if lines and any(lines[0].count(mark) >= 2 for mark in least):
        return True
    return any(one.count(mark) == other.count(mark) >= least[mark] for one, other in pairwise(lines) for mark in least)
