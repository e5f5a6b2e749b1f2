"""UN/CEFACT Cross Industry Invoice: EN 16931 CII (XRechnung), ZUGFeRD 2 and Factur-X in every profile, and ZUGFeRD 1.

Specification: UN/CEFACT CrossIndustryInvoice D16B in the shape of EN 16931-3-3 and Factur-X 1.0 (MINIMUM to EXTENDED);
ZUGFeRD 1.0 (``urn:ferd:CrossIndustryDocument:invoice:1p0``), which says the same under older names (`ZUGFERD_1`). Type
codes of UNTDID 1001, tax registrations of UNTDID 1153 (VA: VAT; FC: a local tax number), totals by EN 16931-1.

Signs are read as in UBL (`chain.documents.invoice`). A line that only groups or explains others (EXTENDED:
``LineStatusReasonCode`` GROUP, INFORMATION), or that has neither quantity nor amount, is a text and no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from chain.documents import invoice
from chain.documents.draft import Draft, Parsed, distinct
from chain.documents.invoice import signed, turned
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Party, PartyIdentifier, Source
from chain.documents.node import Node
from chain.documents.rules import (
    AmountMissing,
    CurrencyInconsistent,
    CurrencyMissing,
    MarkedAsTest,
    NumberMissing,
    SchemaViolated,
)
from chain.documents.schemes import NOTHING_MEANT, identifier
from chain.documents.totals import Totals
from chain.errors import CurrencyUnknown
from chain.money import PLAIN_DECIMAL, exponent

CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
FERD = "urn:ferd:CrossIndustryDocument:invoice:1p0"

#: The names of totals in UBL, as the totals rules call them, and here.
TOTAL_NAMES = {
    "LineExtensionAmount": "LineTotalAmount", "TaxExclusiveAmount": "TaxBasisTotalAmount", "TaxAmount": "TaxTotalAmount",
    "TaxInclusiveAmount": "GrandTotalAmount", "PayableAmount": "DuePayableAmount",
}  # fmt: skip

#: Lines of the EXTENDED profile whose amounts stand in other lines too.
TEXT_LINES = frozenset({"GROUP", "INFORMATION"})


class Names(dict[str, str]):
    """Local name → Clark notation, each worked out once."""

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self._namespace = namespace

    def __missing__(self, name: str) -> str:
        self[name] = written = f"{{{self._namespace}}}{name}"
        return written


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How one version calls the elements that carry an invoice."""

    root: Names
    ram: Names
    context: str = "ExchangedDocumentContext"
    document: str = "ExchangedDocument"
    transaction: str = "SupplyChainTradeTransaction"
    agreement: str = "ApplicableHeaderTradeAgreement"
    delivery: str = "ApplicableHeaderTradeDelivery"
    settlement: str = "ApplicableHeaderTradeSettlement"
    summation: str = "SpecifiedTradeSettlementHeaderMonetarySummation"
    line_agreement: str = "SpecifiedLineTradeAgreement"
    line_delivery: str = "SpecifiedLineTradeDelivery"
    line_settlement: str = "SpecifiedLineTradeSettlement"
    line_summation: str = "SpecifiedTradeSettlementLineMonetarySummation"
    number: str = "IssuerAssignedID"
    """Of a document that is referred to."""


RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity"
CII_D16B = Vocabulary(Names(CII), Names(f"{RAM}:100"))
ZUGFERD_1 = Vocabulary(
    Names(FERD), Names(f"{RAM}:12"),
    context="SpecifiedExchangedDocumentContext", document="HeaderExchangedDocument",
    transaction="SpecifiedSupplyChainTradeTransaction", agreement="ApplicableSupplyChainTradeAgreement",
    delivery="ApplicableSupplyChainTradeDelivery", settlement="ApplicableSupplyChainTradeSettlement",
    summation="SpecifiedTradeSettlementMonetarySummation", line_agreement="SpecifiedSupplyChainTradeAgreement",
    line_delivery="SpecifiedSupplyChainTradeDelivery", line_settlement="SpecifiedSupplyChainTradeSettlement",
    line_summation="SpecifiedTradeSettlementMonetarySummation", number="ID",
)  # fmt: skip


def parse(root: Node, source: Source, words: Vocabulary = CII_D16B) -> Parsed:
    """Read one CrossIndustryInvoice element."""
    return Reading(words).invoice(root, source)


parse_zugferd_1 = partial(parse, words=ZUGFERD_1)


@dataclass(slots=True)
class Reading:
    """One invoice while it is read."""

    words: Vocabulary
    draft: Draft = field(default_factory=Draft)
    currency: str | None = None

    def invoice(self, root: Node, source: Source) -> Parsed:
        words, draft = self.words, self.draft
        context, document, transaction = (
            self.once(root, words.root[name]) for name in (words.context, words.document, words.transaction)
        )
        agreement, delivery, settlement = (
            self.once(transaction, words.ram[name]) for name in (words.agreement, words.delivery, words.settlement)
        )
        number = self.said_once(document, "ID")
        if number is None:
            draft.refuse(NumberMissing(), document or root)
        self.currency = self._currency(settlement, root)
        if _boolean(self.child(context, "TestIndicator")) == "true":
            draft.block(MarkedAsTest(), context)
        seller, buyer = (self._role(agreement, root, name, role) for name, role in ROLES)
        summation = self.once(settlement, words.ram[words.summation])
        net, gross, payable, prepaid, rounding = (self._total(summation, name) for name in TOTALS)
        tax = self._tax(summation)
        if payable is None and words is ZUGFERD_1:
            payable = self._payable_of_old(summation)
        if payable is None and not self.text(summation, "DuePayableAmount"):
            draft.refuse(AmountMissing(field="DuePayableAmount"), summation or settlement or root)
        lines = [line for line in self.all(transaction, "IncludedSupplyChainTradeLineItem") if self._is_line(line)]
        if self.currency is not None:
            totals = self._totals(settlement, summation, lines)
            invoice.check_totals(totals, self.currency, draft, partial(self._where, summation or root))
        code = self.said_once(document, "TypeCode")
        kind, sign = invoice.turned_about(
            invoice.kind_of(code, draft, document or root), payable, gross, "DuePayableAmount",
            self.text(summation, "DuePayableAmount"), draft,
        )  # fmt: skip
        payee = self.child(settlement, "PayeeTradeParty")
        invoice.check_payee(seller, self._party(payee), draft, payee)
        means = self.all(settlement, "SpecifiedTradeSettlementPaymentMeans")
        accounts = invoice.accounts_of(
            (self.text(one, "PayeePartyCreditorFinancialAccount", "IBANID") for one in means), self._party(payee)
        )
        occurred = self.child(delivery, "ActualDeliverySupplyChainEvent", "OccurrenceDateTime")
        return draft.finish(
            source, type=kind, number=number or "", seller=seller, buyer=buyer, currency=self.currency,
            issue_date=self._day(self.once(document, words.ram["IssueDateTime"]), "IssueDateTime"),
            due_date=self._due(settlement), delivery_date=self._day(occurred, "OccurrenceDateTime"),
            net_minor=signed(net, sign), tax_minor=signed(tax, sign), payable_minor=signed(payable, sign),
            prepaid_minor=signed(prepaid, sign), rounding_minor=signed(rounding, sign),
            payee_accounts=accounts if kind is DocumentType.INVOICE else (),
            lines=tuple(self._line(line, position, sign) for position, line in enumerate(lines, start=1)),
            orders=self._references(
                (agreement, "BuyerOrderReferencedDocument"),
                *((self.child(line, words.line_agreement), "BuyerOrderReferencedDocument") for line in lines),
            ),
            despatches=self._references(
                (delivery, "DespatchAdviceReferencedDocument"), (delivery, "DeliveryNoteReferencedDocument"),
                *((self.child(line, words.line_delivery), "DespatchAdviceReferencedDocument") for line in lines),
                *((self.child(line, words.line_delivery), "DeliveryNoteReferencedDocument") for line in lines),
            ),
            receipts=self._references(
                (delivery, "ReceivingAdviceReferencedDocument"),
                *((self.child(line, words.line_delivery), "ReceivingAdviceReferencedDocument") for line in lines),
            ),
            invoices=self._references(
                (settlement, "InvoiceReferencedDocument"),
                *((self.child(line, words.line_settlement), "InvoiceReferencedDocument") for line in lines),
            ),
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------- elements

    def child(self, node: Node | None, *names: str) -> Node | None:
        return None if node is None else node.down(map(self.words.ram.__getitem__, names))

    def all(self, node: Node | None, name: str) -> list[Node]:
        return [] if node is None else node.all(self.words.ram[name])

    def text(self, node: Node | None, *names: str) -> str | None:
        found = self.child(node, *names)
        return None if found is None else found.text

    def once(self, node: Node | None, name: str) -> Node | None:
        """The only child of that name; what stands twice is refused, since another reader may take the other one."""
        found = [] if node is None else node.all(name)
        if len(found) > 1:
            self.draft.refuse(SchemaViolated(field=found[0].name, reason="it stands more than once"), found[1])
        return found[0] if found else None

    def said_once(self, node: Node | None, name: str) -> str | None:
        found = self.once(node, self.words.ram[name])
        return None if found is None else found.text

    # -------------------------------------------------------------------------------------------------------- parties

    def _role(self, agreement: Node | None, root: Node, name: str, role: str) -> Party | None:
        node = self.once(agreement, self.words.ram[name])
        party = self._party(node)
        self.draft.party(party, role, node or agreement or root)
        return party

    def _party(self, node: Node | None) -> Party | None:
        """A trade party with all ids that tell who it is, in the order legal, global, tax, electronic address."""
        if node is None:
            return None
        country = self.text(node, "PostalTradeAddress", "CountryID")
        country = country.upper() if country and len(country) == 2 else None
        name = self.text(node, "Name") or self.text(node, "SpecifiedLegalOrganization", "TradingBusinessName") or ""
        return Party(name=name, identifiers=distinct(self._identifiers(node, country)), country=country)

    def _identifiers(self, node: Node, country: str | None) -> Iterator[PartyIdentifier]:
        legal = self.child(node, "SpecifiedLegalOrganization", "ID")
        if legal is not None:
            yield from identifier(legal.text, legal.attribute("schemeID"), country, "TAX")
        for found in self.all(node, "GlobalID"):
            yield from identifier(found.text, found.attribute("schemeID"), country, None)
        for registration in self.all(node, "SpecifiedTaxRegistration"):
            number = self.child(registration, "ID")
            if number is not None and (value := number.text):
                is_vat = number.attribute("schemeID") != "FC" and value[:2].isalpha() and value[:2].isascii()
                yield from identifier(value, None, country, "VAT" if is_vat else "TAX", tax=True)
        address = self.child(node, "URIUniversalCommunication", "URIID")
        if address is not None:
            yield from identifier(address.text, address.attribute("schemeID"), country, None)

    # -------------------------------------------------------------------------------------------------------- amounts

    def _currency(self, settlement: Node | None, root: Node) -> str | None:
        summation = self.child(settlement, self.words.summation)
        totals = (self.child(summation, name) for name in ("DuePayableAmount", "GrandTotalAmount"))
        found = self.said_once(settlement, "InvoiceCurrencyCode") or next(
            (code for node in totals if node is not None and (code := node.attribute("currencyID"))), None
        )
        if found is None:
            self.draft.refuse(CurrencyMissing(), settlement or root)
            return None
        try:
            exponent(found)
        except CurrencyUnknown as error:
            self.draft.refuse(error, self.child(settlement, "InvoiceCurrencyCode") or settlement)
            return None
        return found

    def _total(self, summation: Node | None, name: str) -> int | None:
        """A total in minor units; must stand once, in the invoice's currency."""
        node = self.once(summation, self.words.ram[name])
        if node is None:
            return None
        written = node.attribute("currencyID")
        if written is not None and self.currency is not None and written != self.currency:
            error = CurrencyInconsistent(field=name, currency=written[:10], expected=self.currency)
            self.draft.refuse(error, node)
        return self.draft.money(node.text, self.currency, name, node)

    def _tax(self, summation: Node | None) -> int | None:
        """Total tax in the invoice's currency; another TaxTotalAmount may repeat it in the tax authority's (BT-111)."""
        node = self._tax_node(summation)
        return None if node is None else self.draft.money(node.text, self.currency, "TaxTotalAmount", node)

    def _tax_node(self, summation: Node | None) -> Node | None:
        found = self.all(summation, "TaxTotalAmount")
        return next((node for node in found if node.attribute("currencyID", self.currency) == self.currency), None)

    def _payable_of_old(self, summation: Node | None) -> int | None:
        """In ZUGFeRD 1 the payable amount may be left out: it is the grand total less what was paid already."""
        gross, prepaid = (self._total(summation, name) for name in ("GrandTotalAmount", "TotalPrepaidAmount"))
        return None if gross is None else gross - (prepaid or 0)

    def _totals(self, settlement: Node | None, summation: Node | None, lines: list[Node]) -> Totals:
        """The figures of the document as exact decimals; what is no decimal counts as absent."""
        written = {name: self._decimal(summation, name) for name in WRITTEN}
        parts = {"false": Decimal(0), "true": Decimal(0)}
        for node in self.all(settlement, "SpecifiedTradeAllowanceCharge"):
            if (indicator := _boolean(self.child(node, "ChargeIndicator"))) in parts:
                parts[indicator] += self._decimal(node, "ActualAmount") or Decimal(0)
        for node in self.all(settlement, "SpecifiedLogisticsServiceCharge"):
            parts["true"] += self._decimal(node, "AppliedAmount") or Decimal(0)
        words = self.words
        nets = [self._decimal(line, words.line_settlement, words.line_summation, "LineTotalAmount") for line in lines]
        known_nets = [net for net in nets if net is not None]
        taxes = [self._decimal(node, "CalculatedAmount") for node in self.all(settlement, "ApplicableTradeTax")]
        if not lines and written["LineTotalAmount"] is None:
            written["TotalPrepaidAmount"] = self._left_out(written)
        known_taxes = [tax for tax in taxes if tax is not None]
        return Totals(
            lines=sum(known_nets, Decimal(0)), has_lines=bool(known_nets),
            allowances=parts["false"], charges=parts["true"],
            taxes=sum(known_taxes, Decimal(0)) if known_taxes else None, tax=_decimal(self._tax_node(summation)),
            line_total=written["LineTotalAmount"], allowance_total=written["AllowanceTotalAmount"],
            charge_total=written["ChargeTotalAmount"], without_tax=written["TaxBasisTotalAmount"],
            with_tax=written["GrandTotalAmount"], prepaid=written["TotalPrepaidAmount"],
            rounding=written["RoundingAmount"], payable=written["DuePayableAmount"],
        )  # fmt: skip

    @staticmethod
    def _left_out(written: dict[str, Decimal | None]) -> Decimal | None:
        """The MINIMUM profile has no element for what was prepaid, so a payable amount below the total says it."""
        gross, payable, prepaid = (
            written[name] for name in ("GrandTotalAmount", "DuePayableAmount", "TotalPrepaidAmount")
        )
        if prepaid is not None or gross is None or payable is None:
            return prepaid
        return max(gross - payable, Decimal(0))

    def _decimal(self, node: Node | None, *names: str) -> Decimal | None:
        return _decimal(self.child(node, *names))

    def _where(self, summation: Node, name: str) -> tuple[str, Node]:
        name = TOTAL_NAMES.get(name, name)
        return name, self.child(summation, name) or summation

    # ---------------------------------------------------------------------------------------------- lines, dates, links

    def _is_line(self, line: Node) -> bool:
        if self.text(line, "AssociatedDocumentLineDocument", "LineStatusReasonCode") in TEXT_LINES:
            return False
        words = self.words
        return (
            self.child(line, words.line_settlement, words.line_summation, "LineTotalAmount") is not None
            or self.child(line, words.line_delivery, "BilledQuantity") is not None
        )

    def _line(self, line: Node, position: int, sign: int) -> DocumentLine:
        words, draft = self.words, self.draft
        billed = self.child(line, words.line_delivery, "BilledQuantity")
        quantity = None if billed is None else draft.quantity(billed.text, line)
        net = self.text(line, words.line_settlement, words.line_summation, "LineTotalAmount")
        product = self.child(line, "SpecifiedTradeProduct")
        codes = (self.text(product, name) for name in ("GlobalID", "SellerAssignedID", "BuyerAssignedID"))
        return DocumentLine(
            number=self.text(line, "AssociatedDocumentLineDocument", "LineID") or str(position),
            description=self.text(product, "Name") or self.text(product, "Description") or "",
            item=next(filter(None, codes), None),
            quantity=turned(quantity, sign),
            unit=None if billed is None else billed.attribute("unitCode"),
            net_minor=signed(draft.line_money(net, self.currency, "LineTotalAmount", line), sign),
            order_line=self.text(line, words.line_agreement, "BuyerOrderReferencedDocument", "LineID"),
            lot=self.text(product, "IndividualTradeProductInstance", "BatchID"),
        )

    def _due(self, settlement: Node | None) -> date | None:
        """The last day to pay: of several terms (instalments, discounts) the latest."""
        terms = self.all(settlement, "SpecifiedTradePaymentTerms")
        days = (self._day(self.child(term, "DueDateDateTime"), "DueDateDateTime") for term in terms)
        return max((day for day in days if day is not None), default=None)

    def _day(self, node: Node | None, name: str) -> date | None:
        """A DateTimeString (102 is CCYYMMDD, 203 has a time after it), or a DateTime written out."""
        if node is None or (text := node.text) is None:
            return None
        day = text[:8] if text.isdigit() and len(text) in (12, 14) else text
        return self.draft.day(day, name, node)

    def _references(self, *groups: tuple[Node | None, str]) -> tuple[DocumentReference, ...]:
        """All references, each number once, in document order."""
        found: dict[str, DocumentReference] = {}
        for node in (node for parent, name in groups for node in self.all(parent, name)):
            number = self.text(node, self.words.number)
            if number and number.upper() not in NOTHING_MEANT and number not in found:
                issued = self.child(node, "FormattedIssueDateTime") or self.child(node, "IssueDateTime")
                day = Reading(self.words)._day(issued, "IssueDateTime")  # of somebody else's paper: no finding
                found[number] = DocumentReference(number=number, issue_date=day)
        return tuple(found.values())


ROLES = (("SellerTradeParty", "seller"), ("BuyerTradeParty", "buyer"))
TOTALS = ("TaxBasisTotalAmount", "GrandTotalAmount", "DuePayableAmount", "TotalPrepaidAmount", "RoundingAmount")
WRITTEN: Iterable[str] = (
    "LineTotalAmount", "AllowanceTotalAmount", "ChargeTotalAmount", "TaxBasisTotalAmount", "GrandTotalAmount",
    "TotalPrepaidAmount", "RoundingAmount", "DuePayableAmount",
)  # fmt: skip


def _decimal(node: Node | None) -> Decimal | None:
    written = None if node is None else node.text
    return Decimal(written) if written and len(written) <= 60 and PLAIN_DECIMAL.fullmatch(written) else None


def _boolean(node: Node | None) -> str | None:
    """``true`` or ``false`` as xsd:boolean writes them."""
    written = None if node is None else node.text
    return {"1": "true", "0": "false"}.get(written, written) if written else None
