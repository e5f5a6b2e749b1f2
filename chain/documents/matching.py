"""Three-flow matching: orders and invoices (商流), goods (物流) and what is left to pay (资金流) must agree.

The answer is one `Receivable` an invoice, with the amount of it that may back credit. Rules, in the order in which they
are applied (docs/documents.md says why each is as it is):

1. A document counts once; the first of its key is kept (DocumentTwice, IdentityWithAnotherFace).
2. Credit notes reduce their invoices (CreditNoteAboveInvoice, CreditNoteWithoutInvoice).
3. An invoice backs credit only if it is sound in itself, between independent parties, and its goods are proven: despatch
   and receipt, or the receipt of an independent warehouse, on or before today, of goods that no loan rests on.
4. What was not received backs nothing (MoreInvoicedThanReceived), and all invoices of an order together back at most
   what was ordered (OverInvoicedOrder); what came first, first. Where neither can be compared, the same goods stand
   behind one invoice only (GoodsInvoicedTwice).

Pure: no clock (today is an argument), no database, no chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from chain.documents.directory import Directory
from chain.documents.identity import canonical_digest, normalised_number
from chain.documents.model import DocumentReference, DocumentType, Finding, Severity, TradeDocument
from chain.documents.rules import (
    CorrectedInvoice,
    CreditNoteAboveInvoice,
    CreditNoteWithoutInvoice,
    CurrencyMissing,
    DocumentTwice,
    GoodsInvoicedTwice,
    GoodsPledged,
    IdentityWithAnotherFace,
    InvoiceCorrected,
    KeeperNotIndependent,
    LotInSeveralReceipts,
    MatchingRule,
    MoreInvoicedThanReceived,
    NoGoodsBehindMoney,
    OrderNotFound,
    OrderWithoutAmount,
    OverInvoicedOrder,
    Prepayment,
    RelatedParties,
    SelfInvoice,
    finding_of,
)
from chain.errors import PearlError
from chain.money import Money

#: State Council order 802: the legal norm for what a large firm owes a small one; stands in where no due date is written.
USUAL_TERM_DAYS = 60

#: What rounding of quantities and taxes can make of a line, in minor units.
ROUNDING_MINOR = 2

MONEY_DOCUMENTS = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE})


class ReceivableState(StrEnum):
    """What credit notes have left of an invoice."""

    OPEN = "open"
    """All of it is owed."""
    PARTLY_CREDITED = "partly_credited"
    """A credit note took part of it back."""
    CREDITED = "credited"
    """Nothing is left."""


@dataclass(frozen=True, slots=True)
class Receivable:
    """An invoice with all that stands behind it. Amounts are minor units of ``currency``."""

    document: str
    """The invoice's key."""
    number: str
    seller: str
    buyer: str
    currency: str
    payable_minor: int
    credited_minor: int
    open_minor: int
    """payable - credited, never below zero."""
    evidence_minor: int
    """How much of it may back credit: 0 when blocked, less than open when capped."""
    blocked_by: str | None
    """The rule because of which it backs nothing; None when it backs something, or nothing is owed."""
    rules: tuple[str, ...]
    """All rules that block or cap it."""
    state: ReceivableState
    issue_date: date | None
    delivery_date: date | None
    """When the goods were received, as the proof says; else as the invoice says."""
    due_date: date
    """As written, else delivery (or issue) + 60 days."""
    orders: tuple[str, ...]
    despatches: tuple[str, ...]
    receipts: tuple[str, ...]
    warehouse_receipts: tuple[str, ...]
    credit_notes: tuple[str, ...]

    @property
    def proofs(self) -> tuple[str, ...]:
        """Keys of the documents behind it."""
        return self.orders + self.despatches + self.receipts + self.warehouse_receipts


@dataclass(frozen=True, slots=True)
class Matching:
    """What the documents say together."""

    receivables: tuple[Receivable, ...]
    """One an invoice, in the documents' order."""
    findings: tuple[Finding, ...]
    documents: Mapping[str, TradeDocument]
    """The documents that count, by key."""


def match(documents: Iterable[TradeDocument], directory: Directory, groups: Mapping[str, str], today: date) -> Matching:
    """Hold all documents against each other as of ``today``. ``groups`` maps an enterprise to its group of related
    parties; absent means its own."""
    matcher = _Matcher(directory, groups, today)
    matcher.accept(documents)
    matcher.look_at_warehouses()
    matcher.credit()
    invoices = list(matcher.cases.values())
    for case in invoices:
        matcher.judge(case)
    for case in invoices:  # in the order they came: a later one with an earlier date takes nothing from those before it
        matcher.cap_by_goods(case)
        matcher.cap_by_orders(case)
        matcher.once_per_goods(case)
    return Matching(tuple(map(matcher.receivable, invoices)), tuple(matcher.findings), matcher.documents)


@dataclass(slots=True)
class _Case:
    """An invoice on its way to being a receivable."""

    key: str
    document: TradeDocument
    seller: str
    buyer: str
    credited: int = 0
    credited_net: int = 0
    credit_notes: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    blocked: bool = False
    cap: int | None = None
    delivered: date | None = None
    compared: bool = False
    """Whether an order's amount or a receipt's quantities limit it."""
    order_numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    despatches: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    warehouse: tuple[str, ...] = ()

    @property
    def payable(self) -> int:
        return self.document.payable_minor or 0

    @property
    def open(self) -> int:
        return max(0, self.payable - self.credited)


@dataclass(slots=True)
class _Trade:
    """The documents between one seller and one buyer, by normalised number."""

    numbers: dict[DocumentType, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def keys(self, kind: DocumentType, numbers: Iterable[str]) -> tuple[str, ...]:
        known = self.numbers.get(kind, {})
        return tuple(dict.fromkeys(known[number] for number in numbers if number in known))


class _Matcher:
    def __init__(self, directory: Directory, groups: Mapping[str, str], today: date) -> None:
        self.directory, self.groups, self.today = directory, groups, today
        self.documents: dict[str, TradeDocument] = {}
        self.findings: list[Finding] = []
        self.cases: dict[str, _Case] = {}
        self.trades: dict[tuple[str, str], _Trade] = defaultdict(_Trade)
        self.warehouse: dict[str, list[tuple[str, TradeDocument, str | None]]] = defaultdict(list)
        """Owner → key, receipt, consignee."""
        self.dependent: set[str] = set()
        self.pledged_lots: dict[tuple[str, str], str] = {}
        self.ordered_left: dict[str, int] = {}
        self.taken: dict[str, str] = {}
        """Proof of goods → the invoice that it stands behind, where nothing else limits."""
        self.received: dict[tuple[str, str, str], dict[tuple[str | None, str | None], Decimal]] = {}
        self.received_left: dict[tuple[str, str, str | None, str | None], Decimal] = {}

    # ---- 1. every document once ------------------------------------------------------------------------------------

    def accept(self, documents: Iterable[TradeDocument]) -> None:
        """Keep the first document of each key; say why a later one is not taken."""
        for document in documents:
            key = self.directory.key(document)
            kept = self.documents.get(key)
            if kept is None:
                self.documents[key] = document
                self._index(key, document)
            elif self._face(kept) == self._face(document):
                self._find(DocumentTwice(document=key, copy=_where(document)), Severity.FLAGGED, document, key)
            else:
                error = IdentityWithAnotherFace(document=key, kept=self._says(kept), other=self._says(document))
                self._find(error, Severity.BLOCKED, document, key)

    def _index(self, key: str, document: TradeDocument) -> None:
        seller = self.directory.resolve(document.seller)
        buyer = None if document.buyer is None else self.directory.resolve(document.buyer)
        if document.type is DocumentType.WAREHOUSE_RECEIPT:
            self.warehouse[seller].append((key, document, buyer))
        elif buyer is not None:
            self.trades[seller, buyer].numbers[document.type][normalised_number(document.number)] = key
            if document.type is DocumentType.INVOICE:
                self.cases[key] = _Case(key, document, seller, buyer)

    def _face(self, document: TradeDocument) -> tuple[object, ...]:
        """What may not differ between two writings of one document: of money the buyer and the amount, of goods all."""
        if document.type in MONEY_DOCUMENTS and document.buyer is not None:
            return self.directory.resolve(document.buyer), document.currency, document.payable_minor
        return (canonical_digest(document),)

    def _says(self, document: TradeDocument) -> str:
        buyer = "" if document.buyer is None else f"{self.directory.resolve(document.buyer)}, "
        return f"{_money(document.payable_minor, document.currency, '–')}, {buyer}{_where(document)}"

    # ---- warehouses ------------------------------------------------------------------------------------------------

    def look_at_warehouses(self) -> None:
        """Which receipts prove nothing, and which lots already back a loan."""
        lots: dict[tuple[str, str], list[str]] = defaultdict(list)
        for owner, key, receipt in (
            (o, key, receipt) for o, held in self.warehouse.items() for key, receipt, _ in held
        ):
            keeper = self.directory.resolve(receipt.keeper or receipt.seller)
            if self._group(keeper) == self._group(owner):
                self.dependent.add(key)
                self._find(KeeperNotIndependent(document=key), Severity.BLOCKED, receipt, key)
            for lot in receipt.lots:
                lots[keeper, normalised_number(lot)].append(key)
                if receipt.pledged:
                    self.pledged_lots.setdefault((keeper, normalised_number(lot)), key)
        for (keeper, lot), keys in lots.items():
            if len(keys) > 1:
                error = LotInSeveralReceipts(lot=lot, keeper=keeper, count=len(keys))
                self._find(error, Severity.FLAGGED, self.documents[keys[0]], *keys)

    # ---- 2. credit notes -------------------------------------------------------------------------------------------

    def credit(self) -> None:
        """Take credit notes off the invoices that they name, in the order in which they name them."""
        for key, note in self.documents.items():
            if note.type is not DocumentType.CREDIT_NOTE or note.buyer is None:
                continue
            trade = self.trades[self.directory.resolve(note.seller), self.directory.resolve(note.buyer)]
            named = trade.keys(DocumentType.INVOICE, (normalised_number(item.number) for item in note.invoices))
            cases = [self.cases[k] for k in named if self.cases[k].document.currency == note.currency]
            if not cases:
                self._find(CreditNoteWithoutInvoice(document=key), Severity.FLAGGED, note, key)
                continue
            left = max(0, note.payable_minor or 0)
            for case in cases:
                part = min(left, case.open)
                case.credited += part
                case.credited_net += _share(note.net_minor, part, note.payable_minor)
                case.credit_notes.append(key)
                left -= part
            if left:
                error = CreditNoteAboveInvoice(document=key, excess=_money(left, note.currency))
                self._find(error, Severity.FLAGGED, note, key, *named)

    # ---- 3. is the invoice sound, and where are its goods ------------------------------------------------------------

    def judge(self, case: _Case) -> None:
        """Block what can back nothing, whatever its amount."""
        document = case.document
        case.rules.extend(document.broken_rules)
        case.blocked = case.blocked or bool(document.broken_rules)
        self._link(case)
        if document.currency is None:
            self._block(case, CurrencyMissing())
        if case.seller == case.buyer:
            self._block(case, SelfInvoice(document=case.key))
        elif self._group(case.seller) == self._group(case.buyer):
            self._block(case, RelatedParties(document=case.key, seller=case.seller, buyer=case.buyer))
        self._judge_goods(case)
        if CorrectedInvoice.__name__ in document.broken_rules:
            trade = self.trades[case.seller, case.buyer]
            for key in trade.keys(DocumentType.INVOICE, (normalised_number(r.number) for r in document.invoices)):
                if key != case.key:
                    self._block(self.cases[key], InvoiceCorrected(document=key, correction=case.key), case.key)

    def _judge_goods(self, case: _Case) -> None:
        proving = [key for key in case.warehouse if key not in self.dependent]
        for key in case.warehouse:
            receipt = self.documents[key]
            keeper = self.directory.resolve(receipt.keeper or receipt.seller)
            for lot in receipt.lots:
                if pledge := self.pledged_lots.get((keeper, normalised_number(lot))):
                    self._block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
        promised = case.document.delivery_date
        if (case.despatches and case.receipts) or proving:
            # The buyer's receipts decide; a keeper's where there are none. Goods of which a part is still to come
            # are not delivered.
            days = [self.documents[key].delivery_date for key in (case.receipts if case.despatches else ()) or proving]
            case.delivered = max((day for day in days if day is not None), default=promised)
            if case.delivered is None or case.delivered > self.today:
                reason = "delivery {day}" if case.delivered else "no day of delivery"
                self._block(case, Prepayment(reason=reason, day=str(case.delivered)))
        elif promised is not None and promised > self.today:
            case.delivered = promised
            self._block(case, Prepayment(reason="delivery {day}", day=promised.isoformat()))
        else:
            case.delivered = promised
            missing = [name for name, keys in (("despatch", case.despatches), ("receipt", case.receipts)) if not keys]
            self._block(case, NoGoodsBehindMoney(document=case.key, missing=" + ".join(missing)))

    def _link(self, case: _Case) -> None:
        """Find the documents behind the invoice. What it names by number is what counts; an order's other deliveries stand
        in only where it names none, since otherwise one delivery would prove every invoice of its order."""
        trade, document = self.trades[case.seller, case.buyer], case.document
        orders, despatches, receipts = (
            _numbers(refs) for refs in (document.orders, document.despatches, document.receipts)
        )
        case.warehouse = tuple(self._warehouse_receipts(case, orders, receipts))
        case.despatches = trade.keys(DocumentType.DESPATCH_ADVICE, despatches)
        named = trade.keys(DocumentType.RECEIPT_ADVICE, receipts)
        if not named and not receipts:
            known = trade.numbers[DocumentType.RECEIPT_ADVICE].values()
            named = tuple(key for key in known if self._receives(key, despatches, orders))
        case.receipts = named
        if not despatches:
            from_receipts = [number for key in named for number in _numbers(self.documents[key].despatches)]
            known = trade.numbers[DocumentType.DESPATCH_ADVICE].values()
            case.despatches = trade.keys(DocumentType.DESPATCH_ADVICE, from_receipts) or tuple(
                key for key in known if set(_numbers(self.documents[key].orders)) & set(orders)
            )
        # An invoice cannot escape its order by not naming it: the papers of its goods do.
        papers = (*case.receipts, *case.despatches, *case.warehouse)
        case.order_numbers = tuple(
            orders or dict.fromkeys(n for k in papers for n in _numbers(self.documents[k].orders))
        )
        case.orders = trade.keys(DocumentType.ORDER, case.order_numbers)
        for number in orders:
            if not trade.keys(DocumentType.ORDER, [number]):
                self._find(OrderNotFound(document=case.key, order=number), Severity.FLAGGED, document, case.key)

    def _receives(self, key: str, despatches: Sequence[str], orders: Sequence[str]) -> bool:
        receipt = self.documents[key]
        if despatches:
            return bool(set(_numbers(receipt.despatches)) & set(despatches))
        return bool(set(_numbers(receipt.orders)) & set(orders))

    def _warehouse_receipts(self, case: _Case, orders: Sequence[str], receipts: Sequence[str]) -> Iterable[str]:
        number = normalised_number(case.document.number)
        owned = [*self.warehouse.get(case.seller, ()), *self.warehouse.get(case.buyer, ())]
        for key, receipt, consignee in owned:
            ours = consignee in (None, case.buyer)
            named = normalised_number(receipt.number) in receipts or number in _numbers(receipt.invoices)
            if ours and (named or (not receipt.invoices and set(_numbers(receipt.orders)) & set(orders))):
                yield key

    # ---- 4. how much of it -----------------------------------------------------------------------------------------

    def cap_by_goods(self, case: _Case) -> None:
        """Take off the lines that ask for more than was received of them and not invoiced before (order line and unit
        must be written on both sides; else there is nothing to compare). What was credited is not asked for any more."""
        document = case.document
        stored = any(key not in self.dependent for key in case.warehouse)
        if not case.receipts or stored or len(case.order_numbers) != 1 or case.seller == case.buyer:
            return
        (order,) = case.order_numbers
        pool = self._received(case, order)
        excess_minor, measured_minor, worst = 0, 0, None
        for line in document.lines:
            at = (line.order_line, line.unit)
            if at not in pool or line.quantity is None or line.quantity <= 0 or case.payable <= 0:
                continue
            measured_minor += line.net_minor or 0
            asked = line.quantity * case.open / case.payable
            place = (f"{case.seller}|{case.buyer}", order, *at)
            left = self.received_left.setdefault(place, pool[at])
            self.received_left[place] = max(Decimal(0), left - asked)
            gross = (line.net_minor or 0) + (
                line.tax_minor or _share(document.tax_minor, line.net_minor, document.net_minor)
            )
            part = Decimal(gross) * (asked - left) / line.quantity
            if part > ROUNDING_MINOR:
                excess_minor += int(part.to_integral_value(ROUND_CEILING))
                worst = worst or (line.number, asked, left)
        # One line that is measured says nothing of the others: all that is asked for must be.
        rounding = ROUNDING_MINOR * len(document.lines)
        case.compared = 0 < measured_minor >= (document.net_minor or case.payable) - rounding
        if worst:
            error = MoreInvoicedThanReceived(
                document=case.key, line=worst[0], invoiced=_quantity(worst[1]), received=_quantity(worst[2])
            )
            self._cap(case, case.open - excess_minor, error, *case.receipts)

    def _received(self, case: _Case, order: str) -> dict[tuple[str | None, str | None], Decimal]:
        """All that was ever received of the order, by order line and unit."""
        if (case.seller, case.buyer, order) in self.received:
            return self.received[case.seller, case.buyer, order]
        pool = self.received[case.seller, case.buyer, order] = defaultdict(Decimal)
        for key in self.trades[case.seller, case.buyer].numbers[DocumentType.RECEIPT_ADVICE].values():
            receipt = self.documents[key]
            if _numbers(receipt.orders) == [order]:
                for line in receipt.lines:
                    if line.order_line and line.quantity is not None:
                        pool[line.order_line, line.unit] += line.quantity
        return pool

    def cap_by_orders(self, case: _Case) -> None:
        """All invoices of an order together back at most what was ordered, with tax where the order states it, else
        without."""
        capped = [key for key in case.orders if self._has_amount(case, key)]
        if not capped or case.document.currency is None:
            return
        case.compared = True
        with_tax = all(self.documents[key].tax_minor is not None for key in capped)
        net = max(0, (case.document.net_minor or case.payable) - case.credited_net)
        claimed = case.open if with_tax else min(net, case.open)
        for key in capped:
            order = self.documents[key]
            amount = order.payable_minor if with_tax else order.net_minor or order.payable_minor
            self.ordered_left.setdefault(key, amount or 0)
        left = sum(self.ordered_left[key] for key in capped)
        if claimed > left:
            currency = case.document.currency
            error = OverInvoicedOrder(
                document=case.key, order=self.documents[capped[0]].number, invoiced=_money(claimed, currency),
                left=_money(left, currency),
            )  # fmt: skip
            self._cap(case, _share(case.open, left, claimed), error, *capped)
        for key in capped:
            taken = min(claimed, self.ordered_left[key])
            self.ordered_left[key] -= taken
            claimed -= taken

    def once_per_goods(self, case: _Case) -> None:
        """Where neither an order nor quantities limit them, the same goods stand behind one invoice only."""
        if case.compared or not case.open:
            return
        for proof in (*case.receipts, *case.warehouse):
            other = self.taken.setdefault(proof, case.key)
            if other != case.key:
                self._block(case, GoodsInvoicedTwice(document=case.key, proof=proof, other=other), proof, other)
                return

    def _has_amount(self, case: _Case, key: str) -> bool:
        order = self.documents[key]
        if order.payable_minor is not None and order.currency == case.document.currency:
            return True
        error = OrderWithoutAmount(document=case.key, order=order.number)
        self._find(error, Severity.FLAGGED, case.document, case.key, key)
        return False

    # ---- the answer ------------------------------------------------------------------------------------------------

    def receivable(self, case: _Case) -> Receivable:
        """The case as it stands."""
        document = case.document
        evidence = 0 if case.blocked else case.open if case.cap is None else max(0, min(case.open, case.cap))
        state = ReceivableState.OPEN
        if case.credited:
            state = ReceivableState.PARTLY_CREDITED if case.open else ReceivableState.CREDITED
        begins = case.delivered or document.issue_date or self.today
        return Receivable(
            document=case.key, number=document.number, seller=case.seller, buyer=case.buyer,
            currency=document.currency or "", payable_minor=case.payable, credited_minor=case.credited,
            open_minor=case.open, evidence_minor=evidence,
            blocked_by=case.rules[0] if case.rules and not evidence and case.open else None,
            rules=tuple(dict.fromkeys(case.rules)), state=state, issue_date=document.issue_date,
            delivery_date=case.delivered, due_date=document.due_date or begins + timedelta(days=USUAL_TERM_DAYS),
            orders=case.orders, despatches=case.despatches, receipts=case.receipts,
            warehouse_receipts=case.warehouse, credit_notes=tuple(dict.fromkeys(case.credit_notes)),
        )  # fmt: skip

    def _block(self, case: _Case, error: PearlError, *others: str) -> None:
        case.blocked = True
        case.rules.append(error.rule)
        self._find(error, Severity.BLOCKED, case.document, case.key, *others)

    def _cap(self, case: _Case, cap: int, error: MatchingRule, *others: str) -> None:
        case.cap = max(0, cap if case.cap is None else min(case.cap, cap))
        case.rules.append(error.rule)
        self._find(error, Severity.BLOCKED, case.document, case.key, *others)

    def _find(self, error: PearlError, severity: Severity, document: TradeDocument, *keys: str) -> None:
        finding = finding_of(error, severity, documents=tuple(dict.fromkeys(keys)))
        update = {"path": document.source.path, "member": document.source.member}
        self.findings.append(replace(finding, **update))

    def _group(self, enterprise: str) -> str:
        return self.groups.get(enterprise, enterprise)


def _numbers(references: Iterable[DocumentReference]) -> list[str]:
    return list(dict.fromkeys(normalised_number(reference.number) for reference in references))


def _share(whole: int | None, part: int | None, of: int | None) -> int:
    """whole x part / of, rounded down; 0 where one is unknown."""
    return (whole or 0) * (part or 0) // of if of else 0


def _money(minor: int | None, currency: str | None, otherwise: str = "no amount") -> str:
    return otherwise if minor is None or currency is None else f"{Money(minor, currency).decimal:f} {currency}"


def _quantity(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.001')).normalize():f}"


def _where(document: TradeDocument) -> str:
    source = document.source
    return f"{source.path}!{source.member}" if source.member else source.path
