"""Turns a delivery into papers that agree: orders, advices, invoices, credit notes, warehouse receipts, and what follows:
answers, payments, assignments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentReference,
    DocumentType,
    Means,
    Movement,
    Party,
    PartyIdentifier,
    Publicity,
    Source,
    TradeDocument,
)
from chain.world.catalogue import BY_CODE, Product
from chain.world.enterprises import Firm
from chain.world.model import Damage, FileFormat, WorldFile
from chain.world.offices import account_identifier, office_of

#: VAT on goods in China since 2019, per cent.
VAT_PERCENT = 13

#: China has one time.
BEIJING = timezone(timedelta(hours=8))
#: How long an assignment is registered for.
REGISTERED_FOR = timedelta(days=365)

FOLDERS = {
    DocumentType.ORDER: "orders",
    DocumentType.DESPATCH_ADVICE: "despatch-advices",
    DocumentType.RECEIPT_ADVICE: "receipt-advices",
    DocumentType.INVOICE: "invoices",
    DocumentType.CREDIT_NOTE: "credit-notes",
    DocumentType.WAREHOUSE_RECEIPT: "warehouse-receipts",
    DocumentType.LOGISTICS_EVENT: "events",
    DocumentType.ORDER_RESPONSE: "order-responses",
    DocumentType.INVOICE_RESPONSE: "invoice-responses",
    DocumentType.PAYMENT: "bank-statements",
    DocumentType.ASSIGNMENT: "assignments",
}


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of a trade: so much of a model of a product. Price and quantity multiply to a whole yuan."""

    line: str
    """The order's line number."""
    product: Product
    model: str
    price_minor: int
    quantity: Decimal

    @property
    def item(self) -> str:
        """The seller's article number."""
        return f"{self.product.code}-{self.product.models.index(self.model) + 1:02d}"

    @property
    def net_minor(self) -> int:
        """Price times quantity, exactly."""
        return int(self.price_minor * self.quantity)

    @property
    def tax_minor(self) -> int:
        """VAT, exactly."""
        return self.net_minor * VAT_PERCENT // 100

    @property
    def steps(self) -> int:
        """The quantity in the unit's smallest steps."""
        return int(self.quantity / self.product.unit.quantity_step)

    def of_steps(self, steps: int) -> Goods:
        """The same goods in so many of the unit's smallest steps."""
        return self.of(steps * self.product.unit.quantity_step)

    def of(self, quantity: Decimal) -> Goods:
        """The same goods in another quantity."""
        return Goods(self.line, self.product, self.model, self.price_minor, quantity)


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was placed."""

    document: TradeDocument
    buyer: Firm
    seller: Firm
    goods: tuple[Goods, ...]


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice that was written."""

    document: TradeDocument
    order: Order
    goods: tuple[Goods, ...]
    day: date
    batch: str
    file: WorldFile

    @property
    def payable_minor(self) -> int:
        """With tax."""
        return self.document.payable_minor or 0

    @property
    def path(self) -> str:
        """Of its file."""
        return self.file.path


class Clerk:
    """Writes papers for everybody in the batch ``batch``; numbers never repeat."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.batch = ""
        self.files: list[WorldFile] = []
        self.orders: list[Order] = []
        self.invoices: list[Invoice] = []
        self.sales: dict[str, list[Invoice]] = defaultdict(list)
        """Credit code of the seller → its invoices, as they were written."""
        self.customers: set[str] = set()
        """Credit codes of those who were sold anything."""
        self._places: dict[str, int] = {}
        self._numbers: Counter[str] = Counter()

    @property
    def last_path(self) -> str:
        """Path of the paper written last."""
        return self.files[-1].path

    def order(self, buyer: Firm, seller: Firm, goods: tuple[Goods, ...], day: date) -> Order:
        """The buyer's order."""
        document = self._file(
            buyer, type=DocumentType.ORDER, number=self._number("PO", buyer, day), issue_date=day,
            seller=seller.party, buyer=buyer.party, **self._amounts(goods, ordered=True),
        )  # fmt: skip
        self.orders.append(Order(document, buyer, seller, goods))
        return self.orders[-1]

    def order_response(self, order: Order, answer: Answer, day: date) -> TradeDocument:
        """The seller accepts or rejects an order as it stands."""
        return self._file(
            order.seller, type=DocumentType.ORDER_RESPONSE, number=self._number("OR", order.seller, day), issue_date=day,
            seller=order.seller.party, buyer=order.buyer.party, currency=self.currency, answer=answer,
            orders=references([order.document]),
        )  # fmt: skip

    def despatch(self, order: Order, goods: tuple[Goods, ...], day: date) -> TradeDocument:
        """The seller's advice that goods left on ``day``."""
        return self._file(
            order.seller, type=DocumentType.DESPATCH_ADVICE, number=self._number("DN", order.seller, day),
            issue_date=day, delivery_date=day, seller=order.seller.party, buyer=order.buyer.party,
            orders=references([order.document]), lines=_lines(goods),
        )  # fmt: skip

    def receipt(self, order: Order, despatch: TradeDocument, goods: tuple[Goods, ...], day: date) -> TradeDocument:
        """The buyer's advice that goods arrived on ``day``."""
        return self._file(
            order.buyer, type=DocumentType.RECEIPT_ADVICE, number=self._number("GR", order.buyer, day),
            issue_date=day, delivery_date=day, seller=order.seller.party, buyer=order.buyer.party,
            orders=references([order.document]), despatches=references([despatch]), lines=_lines(goods),
        )  # fmt: skip

    def invoice(
        self,
        order: Order,
        goods: tuple[Goods, ...],
        day: date,
        due: date,
        *,
        delivered: date | None,
        despatches: Iterable[TradeDocument] = (),
        receipts: Iterable[TradeDocument] = (),
        lot: str | None = None,
    ) -> Invoice:
        """The seller's invoice; ``receipts`` may be receipt advices or warehouse receipts. One that names the ``lot`` that
        it sells comes in the canonical form."""
        form = None if lot is None else FileFormat.CANONICAL
        document = self._file(
            order.seller, form, type=DocumentType.INVOICE, lots=() if lot is None else (lot,),
            number=self._invoice_number(order.seller, day), issue_date=day,
            due_date=due, delivery_date=delivered, seller=order.seller.party, buyer=order.buyer.party,
            orders=references([order.document]), despatches=references(despatches), receipts=references(receipts),
            **self._amounts(goods),
        )  # fmt: skip
        invoice = Invoice(document, order, goods, day, self.batch, self.files[-1])
        self.invoices.append(invoice)
        self.sales[order.seller.code].append(invoice)
        self.customers.add(order.buyer.code)
        return invoice

    def credit_note(self, invoice: Invoice, goods: tuple[Goods, ...], day: date) -> TradeDocument:
        """The seller takes back ``goods`` of an invoice."""
        seller = invoice.order.seller
        return self._file(
            seller, type=DocumentType.CREDIT_NOTE, number=self._invoice_number(seller, day, "CN"), issue_date=day,
            seller=seller.party, buyer=invoice.order.buyer.party, orders=invoice.document.orders,
            invoices=references([invoice.document]), **self._amounts(goods),
        )  # fmt: skip

    def invoice_response(self, invoice: Invoice, answer: Answer, day: date) -> TradeDocument:
        """The buyer accepts, contests or rejects an invoice."""
        buyer = invoice.order.buyer
        answered = DocumentReference(invoice.document.number, issue_date=invoice.document.issue_date)
        return self._file(
            buyer, type=DocumentType.INVOICE_RESPONSE, number=self._number("IR", buyer, day), issue_date=day,
            seller=invoice.order.seller.party, buyer=buyer.party, answer=answer, invoices=(answered,),
        )  # fmt: skip

    def payment(self, parts: Sequence[tuple[Invoice, int]], day: date) -> None:
        """One transfer from a buyer to a seller, for invoices and so many minor units of each. The payee hands in its bank's
        notification; a payer that sends all papers of a batch together also has it on its account's statement."""
        payer, payee = parts[0][0].order.buyer, parts[0][0].order.seller
        self._numbers[f"{day:%Y%m%d}"] += 1
        paid = tuple(
            DocumentReference(invoice.document.number, issue_date=invoice.document.issue_date, amount_minor=minor)
            for invoice, minor in parts
        )
        facts = {
            "type": DocumentType.PAYMENT, "number": f"{day:%Y%m%d}{self._numbers[f'{day:%Y%m%d}']:08d}",
            "issue_date": day, "currency": self.currency, "payable_minor": sum(minor for _, minor in parts),
            "lines": (DocumentLine("1", f"货款 {'、'.join(one.number for one in paid)}"),), "invoices": paid,
            "end_to_end": self._number("PAY", payer, day),
        }  # fmt: skip
        self._booking(payee, payer, facts, f"{payee.code}-{facts['number']}", came=True)
        banks = {office_of(firm.code).account.bank for firm in (payer, payee)}
        if payer.archives and len(banks) == 2:  # within one bank both messages would be one document, with one number
            self._booking(payer, payee, facts, f"{payer.code}-statement", came=False)

    def assignment(
        self, invoice: Invoice, assignee: Firm, financed_minor: int, at: datetime, means: Means, *, releases: bool = False
    ) -> TradeDocument:  # fmt: skip
        """The assignee has the invoice registered, or tells the debtor that it is its own; or gives it back."""
        day = at.date()
        self._numbers["register"] += means is Means.REGISTRATION
        registered = means is Means.REGISTRATION
        reference = DocumentReference(
            invoice.document.number, invoice.document.issue_date, amount_minor=None if releases else financed_minor
        )
        return self._file(
            assignee, FileFormat.JSON, type=DocumentType.ASSIGNMENT, issue_date=day,
            number=f"{day:%Y%m%d}{self._numbers['register']:012d}" if registered else self._number("NT", assignee, day),
            due_date=day + REGISTERED_FOR if registered else None, seller=invoice.order.seller.party,
            buyer=invoice.order.buyer.party, keeper=assignee.party, currency=self.currency,
            payable_minor=None if releases else financed_minor, invoices=(reference,),
            publicity=Publicity(means, int(at.timestamp())), reversal=releases,
        )  # fmt: skip

    def _booking(self, owner: Firm, other: Firm, facts: dict[str, Any], name: str, *, came: bool) -> None:
        """A payment as the owner's bank writes it: its own customer's account it knows as its own."""
        own, others = (
            Party(firm.name, (firm.party.identifiers[0], _account(firm, told_by_its_bank=told)), "CN")
            for firm, told in ((owner, True), (other, False))
        )
        bank = office_of(owner.code).account
        self._file(
            owner, FileFormat.CAMT, container=f"{self.batch}/{FOLDERS[DocumentType.PAYMENT]}/{name}.xml",
            seller=own if came else others, buyer=others if came else own,
            keeper=Party(bank.bank, (PartyIdentifier("LEI", bank.bank_lei),), "CN"), **facts,
        )  # fmt: skip

    def warehouse_receipt(
        self, keeper: Firm, order: Order, goods: tuple[Goods, ...], day: date, *, pledged: bool = False
    ) -> TradeDocument:
        """The keeper's receipt for the seller's goods, held for the buyer."""
        number = self._number("WR", keeper, day)
        lots = tuple(f"LOT-{number[3:]}-{position}" for position in range(1, len(goods) + 1))
        return self._file(
            keeper, type=DocumentType.WAREHOUSE_RECEIPT, number=number, issue_date=day, delivery_date=day,
            seller=order.seller.party, buyer=order.buyer.party, keeper=keeper.party, pledged=pledged,
            orders=references([order.document]), lots=lots, **self._value(goods),
            lines=tuple(replace(line, lot=lot) for line, lot in zip(_lines(goods), lots, strict=True)),
        )  # fmt: skip

    def lot_receipt(
        self, keeper: Firm, owner: Firm, lot: str, goods: tuple[Goods, ...], day: date, *, pledged: bool = False
    ) -> TradeDocument:
        """The keeper's receipt for a lot of the owner, held for nobody else."""
        return self._file(
            keeper, type=DocumentType.WAREHOUSE_RECEIPT, number=self._number("WR", keeper, day), issue_date=day,
            delivery_date=day, seller=owner.party, keeper=keeper.party, pledged=pledged, lots=(lot,), **self._value(goods),
            lines=tuple(replace(line, order_line=None, lot=lot) for line in _lines(goods)),
        )  # fmt: skip

    def again(
        self,
        invoice: Invoice,
        goods: tuple[Goods, ...] | None = None,
        *,
        number: str | None = None,
        form: FileFormat | None = None,
    ) -> TradeDocument:
        """The invoice in another file of the current batch; with other ``goods``, ``number`` or ``form`` if given."""
        document = invoice.document
        facts = {field.name: getattr(document, field.name) for field in fields(document)}
        facts |= self._amounts(goods) if goods else {}
        facts["number"] = number or document.number
        return self._file(invoice.order.seller, form, suffix="-copy", **facts)

    def observation(
        self, keeper: Firm, owner: Firm, lot: str, goods: tuple[Goods, ...], day: date, orders: Iterable[TradeDocument] = ()
    ) -> TradeDocument:  # fmt: skip
        """The keeper counted what it has of a lot."""
        return self._file(
            keeper, FileFormat.CANONICAL, type=DocumentType.LOGISTICS_EVENT, number=self._number("EV", keeper, day),
            issue_date=day, delivery_date=day, seller=owner.party, keeper=keeper.party, movement=Movement.OBSERVED,
            orders=references(orders), lots=(lot,), lines=tuple(replace(line, lot=lot) for line in _lines(goods)),
        )  # fmt: skip

    def damage(self, path: str, damage: Damage) -> None:
        """Break the file at ``path``."""
        file = self.files[self._places[path]]
        self.files[self._places[path]] = WorldFile(file.path, file.format, file.document, None, damage)

    def _file(
        self, sender: Firm, form: FileFormat | None = None, suffix: str = "", container: str | None = None, **facts: Any
    ) -> TradeDocument:  # fmt: skip
        kind: DocumentType = facts["type"]
        if form is None:
            form = self._usual_form(sender, kind)
        if form is FileFormat.CAMT:
            self._numbers[f"{container}"] += 1
            path = f"{container}!entry {self._numbers[f'{container}']}"
        else:
            ending = "xml" if form in (FileFormat.UBL, FileFormat.EINVOICE) else "json"
            stem = f"{self.batch}/{FOLDERS[kind]}/{facts['number']}{suffix}"
            path = f"{stem}.{ending}"
            if path in self._places:  # the same number was written twice before
                path = f"{stem}-{len(self.files)}.{ending}"
            container = f"{self.batch}/{sender.code}.zip" if sender.archives and not suffix else None
        facts["source"] = Source(path=path, format=form.value, sha256="")
        document = TradeDocument(**facts)
        if form is FileFormat.EINVOICE:
            document = _as_einvoice(document)
        self._places[path] = len(self.files)
        self.files.append(WorldFile(path, form, document, container, retyped=bool(suffix)))
        return document

    def _usual_form(self, sender: Firm, kind: DocumentType) -> FileFormat:
        if kind is DocumentType.WAREHOUSE_RECEIPT:
            return FileFormat.JSON
        if kind in (DocumentType.INVOICE, DocumentType.CREDIT_NOTE):
            return self._invoice_format(sender)
        return FileFormat.UBL

    def _invoice_format(self, seller: Firm) -> FileFormat:
        """An e-invoice is in CNY, always."""
        return seller.format if self.currency == "CNY" else FileFormat.UBL

    def _number(self, prefix: str, firm: Firm, day: date) -> str:
        key = f"{prefix}-{firm.code[10:16]}-{day:%y}"
        self._numbers[key] += 1
        return f"{key}{self._numbers[key]:04d}"

    def _invoice_number(self, seller: Firm, day: date, prefix: str = "INV") -> str:
        """An e-invoice has 20 digits: year, province, channel, serial; another form has the seller's own number."""
        if self._invoice_format(seller) is not FileFormat.EINVOICE:
            return self._number(prefix, seller, day)
        key = f"{day:%y}{seller.code[2:4]}2"
        self._numbers[key] += 1
        return f"{key}{self._numbers[key]:015d}"

    def _value(self, goods: tuple[Goods, ...]) -> dict[str, Any]:
        """What a keeper says that goods are worth: their price without tax."""
        return {"currency": self.currency, "payable_minor": sum(line.net_minor for line in goods)}

    def _amounts(self, goods: tuple[Goods, ...], *, ordered: bool = False) -> dict[str, Any]:
        """Amounts and priced lines; an order's lines state their tax, an invoice's refer to the order's."""
        net = sum(line.net_minor for line in goods)
        tax = net * VAT_PERCENT // 100
        lines = tuple(
            replace(
                line,
                net_minor=part.net_minor,
                tax_minor=part.tax_minor if ordered else None,
                order_line=None if ordered else part.line,
            )
            for line, part in zip(_lines(goods), goods, strict=True)
        )
        return {
            "currency": self.currency,
            "net_minor": net,
            "tax_minor": tax,
            "payable_minor": net + tax,
            "lines": lines,
        }


def _as_einvoice(document: TradeDocument) -> TradeDocument:
    """What an e-invoice can say: credit codes as the only ids, units in Chinese, the tax of each line, no order lines."""

    def line_of(line: DocumentLine) -> DocumentLine:
        product = BY_CODE[(line.item or "").partition("-")[0]]
        return replace(
            line,
            description=f"*{product.tax_class}*{product.name} {line.description.rpartition(' ')[2]}",
            unit=product.unit.name,
            tax_minor=(line.net_minor or 0) * VAT_PERCENT // 100,
            order_line=None,
        )

    def party_of(party: Party) -> Party:
        return replace(party, identifiers=party.identifiers[:1])

    return replace(
        document,
        lines=tuple(map(line_of, document.lines)),
        seller=party_of(document.seller),
        buyer=document.buyer and party_of(document.buyer),
    )


def _account(firm: Firm, *, told_by_its_bank: bool) -> PartyIdentifier:
    return account_identifier(office_of(firm.code).account, told_by_its_bank=told_by_its_bank)


def references(documents: Iterable[TradeDocument]) -> tuple[DocumentReference, ...]:
    """Pointers to documents by their number."""
    return tuple(DocumentReference(number=document.number) for document in documents)


def _lines(goods: tuple[Goods, ...]) -> tuple[DocumentLine, ...]:
    return tuple(
        DocumentLine(
            number=str(position),
            description=f"{line.product.name} {line.model}",
            item=line.item,
            quantity=line.quantity,
            unit=line.product.unit.code,
            order_line=line.line,
        )
        for position, line in enumerate(goods, 1)
    )
