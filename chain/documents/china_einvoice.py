"""数电票: China's fully digitalised e-invoice in XML (root ``EInvoice``, no namespace).

Specification: State Taxation Administration, 《全面数字化的电子发票》 XML delivery format (Header, EInvoiceData,
TaxSupervisionInfo), versions 0.2 to 0.35 as published with the Ministry of Finance's 电子凭证会计数据标准. Currency is
always CNY. A red-letter invoice (红字发票; InIssuType N, or negative totals) is a credit note, its amounts made positive;
the invoice that it takes back stands in its remark, in the tax bureau's own wording.

The format has no elements for order, despatch, receipt, delivery or due date. Sellers write them into the remark; read
is ``key：value``, keys as in `REMARKS`, parted by line ends, semicolons or spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Context, Decimal, localcontext

from lxml import etree

from chain.documents.checks import is_unified_social_credit_code
from chain.documents.draft import Draft, Parsed
from chain.documents.invoice import turned
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Party, PartyIdentifier, Source
from chain.documents.node import Node
from chain.documents.rules import AmountMissing, AmountNegative, NumberMissing, TotalsDoNotAddUp
from chain.money import PLAIN_DECIMAL

ROOT = "EInvoice"
CURRENCY = "CNY"
CENT = Decimal("0.01")

#: How the remark calls what the format has no element for.
REMARKS = {
    "orders": ("订单号", "采购订单号", "订单编号"),
    "despatches": ("发货单号", "送货单号"),
    "receipts": ("收货单号", "入库单号", "仓单号"),
    "delivery_date": ("交付日期", "交货日期"),
    "due_date": ("到期日", "付款到期日"),
    "invoices": ("被红冲蓝字数电发票号码", "被红冲蓝字数电票号码", "被红冲蓝字发票号码", "对应蓝字发票号码"),
}

#: Written in the place of a tax that is not charged (免税、不征税、差额).
NO_TAX = frozenset({"*", "**", "***"})


def parse(root: etree._Element, source: Source) -> Parsed:
    """Read one EInvoice element."""
    draft = Draft()
    number = _first(root, "TaxSupervisionInfo/InvoiceNumber", "Header/EIid")
    if number is None:
        draft.refuse(NumberMissing(), _place(root))
    seller = _party(root, "Seller")
    buyer = _party(root, "Buyer")
    draft.party(seller, "seller", _place(root.find("EInvoiceData/SellerInformation")) or _place(root))
    draft.party(buyer, "buyer", _place(root.find("EInvoiceData/BuyerInformation")) or _place(root))
    basic = root.find("EInvoiceData/BasicInformation")
    net = _total(basic, "TotalAmWithoutTax", draft)
    tax = _total(basic, "TotalTaxAm", draft)
    payable = _total(basic, "TotalTax-includedAmount", draft)
    if payable is None and not draft.refused:
        draft.refuse(AmountMissing(field="TotalTax-includedAmount"), _place(basic) or _place(root))
    _check_totals(root, basic, draft)
    is_red = _first(root, "Header/InherentLabel/InIssuType/LabelCode") == "N"
    turned = payable is not None and payable < 0
    if turned and not is_red and _first(root, "Header/InherentLabel/InIssuType/LabelCode") == "Y":
        draft.block(AmountNegative(field="TotalTax-includedAmount", amount=_first(basic, "TotalTax-includedAmount")))
    sign = -1 if turned else 1
    remarks = _remarks(root)
    day = {name: next(iter(remarks[name]), None) for name in ("delivery_date", "due_date")}
    issued = _first(root, "TaxSupervisionInfo/IssueTime", "EInvoiceData/BasicInformation/RequestTime")
    return draft.finish(
        source, type=DocumentType.CREDIT_NOTE if is_red or turned else DocumentType.INVOICE,
        number=number, seller=seller, buyer=buyer, currency=CURRENCY, issue_date=draft.day(issued, "IssueTime"),
        due_date=draft.day(day["due_date"], "到期日"), delivery_date=draft.day(day["delivery_date"], "交付日期"),
        net_minor=None if net is None else net * sign, tax_minor=None if tax is None else tax * sign,
        payable_minor=None if payable is None else payable * sign,
        lines=tuple(_lines(root, sign, draft)),
        **{name: tuple(map(_reference, remarks[name])) for name in ("orders", "despatches", "receipts", "invoices")},
    )  # fmt: skip


def _party(root: etree._Element, role: str) -> Party:
    code = _first(root, f"EInvoiceData/{role}Information/{role}IdNum")
    return party(code, _first(root, f"EInvoiceData/{role}Information/{role}Name") or "")


def party(code: str | None, name: str) -> Party:
    """A Chinese party by its tax number and name."""
    identifiers: tuple[PartyIdentifier, ...] = ()
    if code:
        compact = code.upper().replace(" ", "").replace("-", "")
        # Anything of 18 characters claims to be a unified social credit code, so that a wrong one is said to be wrong.
        is_code = len(compact) >= 18 or is_unified_social_credit_code(compact)
        identifiers = (PartyIdentifier(scheme="USCC" if is_code else "TAX", value=compact[:200]),)
    return Party(name=name, identifiers=identifiers, country="CN")


def _total(basic: etree._Element | None, name: str, draft: Draft) -> int | None:
    written = _first(basic, name)
    return draft.money("0" if written in NO_TAX else written, CURRENCY, name, _place(basic))


def _check_totals(root: etree._Element, basic: etree._Element | None, draft: Draft) -> None:
    """Σ lines = net and Σ line taxes = tax, each line up to a fen off (lines are written to six decimals, and each is
    rounded by itself); net + tax = total, exactly."""
    items = list(_items(root))
    totals = {name: _decimal(basic, name) for name in ("TotalAmWithoutTax", "TotalTaxAm", "TotalTax-includedAmount")}
    net, tax, total = totals.values()
    with localcontext(Context(prec=100)):
        if net is not None and total is not None and net + (tax or 0) != total:
            _mismatch(draft, basic, "TotalTax-includedAmount", total, net + (tax or 0))
        for name, written, tags in (
            ("TotalAmWithoutTax", net, ("Amount",)),
            ("TotalTaxAm", tax, ("ComTaxAm", "TaxAm")),
        ):
            parts = [part for item in items if (part := _decimal(item, *tags)) is not None]
            if written is not None and parts and abs(written - sum(parts)) > CENT * len(parts):
                _mismatch(draft, basic, name, written, sum(parts, Decimal(0)))


def _mismatch(draft: Draft, basic: etree._Element | None, name: str, written: Decimal, computed: Decimal) -> None:
    draft.block(
        TotalsDoNotAddUp(field=name, written=f"{written:f}", computed=f"{computed:f}", source="数电票"), _place(basic)
    )


def _lines(root: etree._Element, sign: int, draft: Draft) -> Iterator[DocumentLine]:
    for position, item in enumerate(_items(root), start=1):
        place = _place(item)
        quantity = draft.quantity(_first(item, "Quantity"), place)
        net = draft.line_money(_first(item, "Amount"), CURRENCY, "Amount", place)
        tax = draft.money(_rounded(_decimal(item, "ComTaxAm", "TaxAm")), CURRENCY, "ComTaxAm", place)
        yield DocumentLine(
            number=str(position), description=_first(item, "ItemName") or "", item=_first(item, "SpecMod"),
            quantity=turned(quantity, sign), unit=_first(item, "MeaUnits"),
            net_minor=None if net is None else net * sign, tax_minor=None if tax is None else tax * sign,
        )  # fmt: skip


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """A line is an IssuItemInformation, or an ItemDetail in the only one."""
    for element in root.iterfind("EInvoiceData/IssuItemInformation"):
        details = element.findall("ItemDetail")
        yield from details or ([element] if len(element) else [])


def _remarks(root: etree._Element) -> dict[str, list[str]]:
    remark = "\n".join("".join(element.itertext()) for element in root.iterfind("EInvoiceData//Remark"))
    found: dict[str, list[str]] = {}
    for name, keys in REMARKS.items():
        pattern = "(?:" + "|".join(map(re.escape, keys)) + r")\s*[:：]\s*([^\s;；,，。]{1,80})"
        found[name] = list(dict.fromkeys(re.findall(pattern, remark)))
    return found


def _reference(number: str) -> DocumentReference:
    return DocumentReference(number=number)


def _first(element: etree._Element | None, *paths: str) -> str | None:
    if element is None:
        return None
    return next(
        (text for path in paths if (found := element.find(path)) is not None and (text := Node(found).text)), None
    )


def _decimal(element: etree._Element | None, *names: str) -> Decimal | None:
    written = _first(element, *names)
    return Decimal(written) if written and len(written) <= 60 and PLAIN_DECIMAL.fullmatch(written) else None


def _rounded(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(CENT, "ROUND_HALF_UP", Context(prec=100)))


def _place(element: etree._Element | None) -> str | None:
    return None if element is None else f"line {element.sourceline}, {element.tag}"
