"""Writes invoices and credit notes as China's fully digital e-invoice (数电票) XML.

Structure after the ministry of finance's data standard for electronic vouchers (财政部《电子凭证会计数据标准——全面数字化的
电子发票》). Papers that an invoice refers to, its due and its delivery day have no element there: they stand in its remark.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml import etree

from chain.documents.model import DocumentLine, DocumentReference, DocumentType, TradeDocument
from chain.world.catalogue import CITIES
from chain.world.paperwork import VAT_PERCENT
from chain.world.ubl import amount_text, quantity_text, unit_price_minor

_CITY_NAMES = dict(CITIES)


class EInvoiceWriter:
    """One invoice or credit note (a red-letter invoice, with negative figures) on its way into XML; always CNY."""

    def __init__(self, document: TradeDocument) -> None:
        self.document = document
        self.red = document.type is DocumentType.CREDIT_NOTE
        self.sign = -1 if self.red else 1

    def write(self, *, pretty: bool = True) -> bytes:
        """The document as UTF-8 bytes; ``pretty`` with line breaks."""
        root = etree.Element("EInvoice")
        self._header(_add(root, "Header"))
        data = _add(root, "EInvoiceData")
        for prefix, party in (("Seller", self.document.seller), ("Buyer", self.document.buyer)):
            assert party is not None, "an invoice has a buyer"
            information = _add(data, f"{prefix}Information")
            _add(information, f"{prefix}IdNum", party.identifiers[0].value)
            _add(information, f"{prefix}Name", party.name)
        self._totals(_add(data, "BasicInformation"))
        for line in self.document.lines:
            self._line(_add(data, "IssuItemInformation"), line)
        _add(data, "SpecificInformation")
        _add(_add(data, "AdditionalInformation"), "Remark", "；".join(self._remarks()))
        self._supervision(_add(root, "TaxSupervisionInfo"))
        written: bytes = etree.tostring(
            root, encoding="UTF-8", xml_declaration=True, standalone=True, pretty_print=pretty
        )
        return written

    def _header(self, header: etree._Element) -> None:
        _add(header, "EIid", self.document.number)
        _add(header, "EInvoiceTag", f"SWEI{self._division()[:2]}00")
        _add(header, "Version", "0.32")
        labels = _add(header, "InherentLabel")
        colour = ("N", "否") if self.red else ("Y", "是否蓝字发票标志")
        for name, (code, text) in (
            ("InIssuType", colour),
            ("EInvoiceType", ("01", "电子发票")),
            ("GeneralOrSpecialVAT", ("01", "增值税专用发票")),
            ("TaxpayerType", ("1", "一般纳税人")),
        ):
            label = _add(labels, name)
            _add(label, "LabelCode", code)
            _add(label, "LabelName", text)

    def _totals(self, basic: etree._Element) -> None:
        document = self.document
        _add(basic, "TotalAmWithoutTax", self._amount(document.net_minor))
        _add(basic, "TotalTaxAm", self._amount(document.tax_minor))
        _add(basic, "TotalTax-includedAmount", self._amount(document.payable_minor))
        words = amount_in_chinese(document.payable_minor or 0)
        _add(basic, "TotalTax-includedAmountInChinese", f"负{words}" if self.red else words)
        _add(basic, "Drawer", "开票员")
        _add(basic, "RequestTime", f"{document.issue_date} 09:30:00")

    def _line(self, element: etree._Element, line: DocumentLine) -> None:
        tax = (line.net_minor or 0) * VAT_PERCENT // 100
        _add(element, "ItemName", line.description)
        _add(element, "SpecMod", line.item or "")
        _add(element, "MeaUnits", line.unit or "")
        _add(element, "Quantity", quantity_text((line.quantity or Decimal(0)) * self.sign))
        _add(element, "UnPrice", amount_text(unit_price_minor(line), 2))
        _add(element, "Amount", self._amount(line.net_minor))
        _add(element, "TaxRate", f"{VAT_PERCENT / 100:.6f}")
        _add(element, "ComTaxAm", self._amount(tax))
        _add(element, "TotaltaxIncludedAmount", self._amount((line.net_minor or 0) + tax))

    def _remarks(self) -> list[str]:
        document = self.document
        remarks = [f"被红冲蓝字数电发票号码：{reference.number}" for reference in document.invoices]
        papers: tuple[tuple[str, tuple[DocumentReference, ...]], ...] = (
            ("订单号", document.orders),
            ("发货单号", document.despatches),
            ("仓单号" if not document.despatches else "收货单号", document.receipts),
        )
        remarks += [f"{word}：{reference.number}" for word, references in papers for reference in references]
        days: tuple[tuple[str, date | None], ...] = (
            ("到期日", document.due_date),
            ("交付日期", document.delivery_date),
        )
        return remarks + [f"{word}：{day}" for word, day in days if day]

    def _supervision(self, element: etree._Element) -> None:
        division = self._division()
        _add(element, "InvoiceNumber", self.document.number)
        _add(element, "IssueTime", f"{self.document.issue_date} 09:30:05")
        _add(element, "TaxBureauCode", f"1{division}0000")
        _add(element, "TaxBureauName", f"国家税务总局{_CITY_NAMES[division]}市税务局")

    def _division(self) -> str:
        """The administrative division in the seller's credit code."""
        return self.document.seller.identifiers[0].value[2:8]

    def _amount(self, minor: int | None) -> str:
        return amount_text((minor or 0) * self.sign, 2)


def amount_in_chinese(minor: int) -> str:
    """An amount of yuan in capital numerals (中文大写), as invoices spell it: 123456 fen is 壹仟贰佰叁拾肆圆伍角陆分.

    After the People's Bank's rules for filling in payment instruments (支付结算办法, annex 1); below 10^16 fen.
    """
    digits, places, groups = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "万亿")
    yuan, fen = divmod(minor, 100)
    text = ""
    gap = False
    for group in range(3, -1, -1):
        part = yuan // 10 ** (4 * group) % 10**4
        if not part:
            gap = bool(text)
            continue
        for place in range(3, -1, -1):
            digit = part // 10**place % 10
            if digit:
                text += ("零" if gap else "") + digits[digit] + places[place]
                gap = False
            elif text:
                gap = True
        text += groups[group]
        gap = gap and part % 10 == 0
    text = f"{text}圆" if text else ""
    jiao, rest = divmod(fen, 10)
    if not fen:
        return (text or "零圆") + "整"
    if jiao:
        text += ("零" if text and gap else "") + digits[jiao] + "角"
    elif text:
        text += "零"
    return text + (digits[rest] + "分" if rest else "整")


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = text or None
    return element
