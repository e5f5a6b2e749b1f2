"""A Chinese e-invoice as OFD: the 数电票 XML attached to it where there is one, else the digest fields.

Specification: GB/T 33190-2016 for the container (`chain.documents.ofd`). The digest fields are what the tax bureau's
invoices carry: custom data of OFD.xml (发票号码, 合计金额 …), custom tags and older attachments (``eInvoice``) under the
names InvoiceNo, TaxExclusiveTotalAmount … A digest has no lines. Invoices before 数电票 are numbered by code and number.

All of these stand in one file and say the same; where they do not, the file was tampered with (`CopiesContradict`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from chain.documents import china_einvoice, ofd, safe_xml
from chain.documents.china_einvoice import CURRENCY, NO_TAX
from chain.documents.draft import Draft, Parsed, distinct
from chain.documents.model import DocumentType, Severity, Source, TradeDocument, plain
from chain.documents.node import local_name
from chain.documents.rules import (
    AmountMissing,
    CopiesContradict,
    DocumentRule,
    FormatNotSupported,
    NumberMissing,
    TotalsDoNotAddUp,
    finding_of,
)
from chain.money import PLAIN_DECIMAL, Money

#: Field → its names in tags and older XML, and in the custom data.
FIELDS = {
    "code": ("InvoiceCode", "发票代码"),
    "number": ("InvoiceNo", "发票号码"),
    "issued": ("IssueDate", "开票日期"),
    "seller": ("SellerName", "销售方名称"),
    "seller_id": ("SellerTaxID", "销售方纳税人识别号"),
    "buyer": ("BuyerName", "购买方名称"),
    "buyer_id": ("BuyerTaxID", "购买方纳税人识别号"),
    "net": ("TaxExclusiveTotalAmount", "合计金额"),
    "tax": ("TaxTotalAmount", "合计税额"),
    "total": ("TaxInclusiveTotalAmount", "价税合计"),
}
NAMES = {name: field for field, names in FIELDS.items() for name in names}
AMOUNTS = ("net", "tax", "total")
CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


def attached_invoice(package: ofd.Package) -> tuple[str, bytes] | None:
    """The attached XML that is an invoice, if any."""
    for name, content in package.attachments():
        root = _parsed(content)
        if root is not None and root.tag == china_einvoice.ROOT:
            return name, content
    return None


def parse(package: ofd.Package, source: Source) -> Parsed:
    """Read the invoice of a package; ``source`` names the member that `attached_invoice` gave."""
    digest, contradictions = _digest(package)
    attached = attached_invoice(package)
    if attached is None:
        return _of_digest(digest, contradictions, source)
    parsed = china_einvoice.parse(safe_xml.parse(attached[1]), source)
    if parsed.document is None:
        return parsed
    for name, value in _said(parsed.document).items():
        if name in digest and digest[name].lstrip("-") != value:
            contradictions.append((name, value, digest[name]))
    return _blocked(parsed, contradictions)


def _of_digest(digest: dict[str, str], contradictions: list[tuple[str, str, str]], source: Source) -> Parsed:
    if not digest.keys() & {"number", *AMOUNTS}:
        raise FormatNotSupported(what="OFD (a page image; ask for the XML of the same invoice)")
    draft = Draft()
    number = digest.get("number")
    if number is None:
        draft.refuse(NumberMissing())
    seller, buyer = (
        china_einvoice.party(digest.get(f"{role}_id"), digest.get(role, "")) for role in ("seller", "buyer")
    )
    draft.party(seller, "seller")
    draft.party(buyer, "buyer")
    net, tax, total = (draft.money(digest.get(name), CURRENCY, FIELDS[name][1]) for name in AMOUNTS)
    if total is None and net is not None and tax is not None:
        total = net + tax
    elif total is not None and net is not None and net + (tax or 0) != total:
        error = TotalsDoNotAddUp(
            field=FIELDS["total"][1], written=_yuan(total), computed=_yuan(net + (tax or 0)), source="数电票"
        )
        draft.block(error)
    if total is None and not draft.refused:
        draft.refuse(AmountMissing(field=FIELDS["total"][1]))
    red = total is not None and total < 0
    net, tax, total = (minor if minor is None or not red else -minor for minor in (net, tax, total))
    parsed = draft.finish(
        source, type=DocumentType.CREDIT_NOTE if red else DocumentType.INVOICE, number=number or "", seller=seller,
        buyer=buyer, currency=CURRENCY, issue_date=draft.day(digest.get("issued"), FIELDS["issued"][1]),
        net_minor=net, tax_minor=tax, payable_minor=total,
    )  # fmt: skip
    return _blocked(parsed, contradictions)


# ---------------------------------------------------------------------------------------------------------------- digest


def _digest(package: ofd.Package) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The fields, each in one writing, and those that the package says in two ways: (field, one, other)."""
    found: dict[str, str] = {}
    contradictions = []
    for source in (package.custom_data().items(), package.tags(), _older_attachment(package)):
        fields: dict[str, str] = {}
        for name, text in source:
            if (field := NAMES.get(name)) and (value := _plain(field, text)):
                fields.setdefault(field, value)
        if code := fields.pop("code", None):
            fields["number"] = code + fields.get("number", "")
        for field, value in fields.items():
            if found.setdefault(field, value) != value and field not in ("seller", "buyer"):
                contradictions.append((field, found[field], value))
    return found, contradictions


def _older_attachment(package: ofd.Package) -> Iterator[tuple[str, str]]:
    for _, content in package.attachments():
        root = _parsed(content)
        if root is not None and local_name(root) == "eInvoice":
            yield from ((local_name(element), ofd.written(element)) for element in root.iter(etree.Element))


def _parsed(content: bytes) -> etree._Element | None:
    try:
        return safe_xml.parse(content)
    except DocumentRule:
        return None  # attached, and no XML: a seal, a picture


def _plain(field: str, text: str) -> str:
    """One writing for what is printed in several: ``¥ 1.00``, ``2025年01月06日``, ids with spaces."""
    if field in AMOUNTS:
        amount = re.sub(r"[¥￥\s]", "", text)
        if amount in NO_TAX:
            return "0"
        return f"{plain(Decimal(amount))}" if len(amount) <= 60 and PLAIN_DECIMAL.fullmatch(amount) else amount
    if field == "issued":
        return CHINESE_DAY.sub(lambda day: f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}", text.replace(" ", ""))[:10]
    if field in ("seller_id", "buyer_id", "code", "number"):
        return re.sub(r"[\s-]", "", text).upper()
    return text.strip()


# ------------------------------------------------------------------------------------------------ held against the XML


def _said(document: TradeDocument) -> dict[str, str]:
    """What the attached XML says, in the writing of the digest, without signs (a red letter's are turned). Names are
    left out, since pages cut them."""
    amounts = (document.net_minor, document.tax_minor, document.payable_minor)
    said = {name: _yuan(abs(minor)) for name, minor in zip(AMOUNTS, amounts, strict=True) if minor is not None}
    said["number"] = _plain("number", document.number)
    for name, party in (("seller_id", document.seller), ("buyer_id", document.buyer)):
        if party is not None and party.identifiers:
            said[name] = party.identifiers[0].value
    return said


def _blocked(parsed: Parsed, contradictions: list[tuple[str, str, str]]) -> Parsed:
    """The document, which backs no credit where its file contradicts itself."""
    if parsed.document is None or not contradictions:
        return parsed
    errors = (
        CopiesContradict(field=FIELDS[name][1], one=one[:60], other=other[:60]) for name, one, other in contradictions
    )
    findings = tuple(finding_of(error, Severity.BLOCKED) for error in errors)
    broken = distinct((*parsed.document.broken_rules, *(finding.rule for finding in findings)))
    return Parsed(replace(parsed.document, broken_rules=broken), parsed.findings + findings)


def _yuan(minor: int) -> str:
    return f"{plain(Money(minor, CURRENCY).decimal)}"
