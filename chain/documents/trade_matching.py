"""One trade, all documents between one seller and one buyer, held against itself: the unit of matching.

Everything in here is a pure function of the trade's documents, of what its two parties have in warehouses, and of the day.
So many trades are matched side by side, and a new document is matched by running its trade again.
docs/documents.md says why each rule is as it is; they are applied in the order of the methods of `_Match`.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext

from rapidfuzz.distance import DamerauLevenshtein

from chain.documents.claims import claims_on
from chain.documents.identity import normalised_identifier, normalised_number
from chain.documents.lookalikes import skeleton
from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentReference,
    DocumentType,
    Finding,
    Movement,
    Party,
    Severity,
    TradeDocument,
)
from chain.documents.receivable import Receivable, ReceivableState
from chain.documents.rules import (
    AssignmentWithoutInvoice,
    CorrectedInvoice,
    CreditNoteAboveInvoice,
    CreditNoteWithoutInvoice,
    CurrencyDiffers,
    CurrencyMissing,
    DatesOutOfOrder,
    GoodsHeldForNobody,
    GoodsInvoicedTwice,
    GoodsPledged,
    IdentityWithAnotherFace,
    InvoiceCorrected,
    InvoiceDisputed,
    InvoiceRejected,
    InvoiceWithoutDate,
    KeeperNotIndependent,
    KnownByAliasAlone,
    LooksLikeAnother,
    MatchingRule,
    MoreInvoicedThanReceived,
    NoGoodsBehindMoney,
    NumberLooksAlike,
    OrderInAnotherCurrency,
    OrderNotFound,
    OrderRejected,
    OrdersDiffer,
    OrderWithoutAmount,
    OverInvoicedOrder,
    PayeeAccountChanged,
    PaymentAboveInvoices,
    PaymentProposed,
    PaymentWithoutInvoice,
    Prepayment,
    PriceAboveOrder,
    ReceivableAssigned,
    ReceivedWorthLess,
    RelatedParties,
    ReversalWithoutPayment,
    SaidToBePaid,
    SelfInvoice,
    TermsStretched,
    found_in,
)
from chain.documents.units import measured, unit_code
from chain.documents.warehouses import DIGITS, Stored, Warehouses, numbers_of
from chain.errors import PearlError
from chain.money import Money

#: State Council order 802: the legal norm for what a large firm owes a small one; stands in where no due date is written.
USUAL_TERM_DAYS = 60

#: Days between the bookings of one payment at its payer's and its payee's bank.
STATEMENT_DAYS = 3

#: The highest standard rate of VAT or GST in use, per cent: Hungary's, since 2012 (Council Directive 2006/112/EC sets no
#: highest one). What an invoice asks above it on its net amount is no tax.
HIGHEST_TAX_PERCENT = 27

#: What rounding of quantities and taxes can make of a line, in minor units.
ROUNDING_MINOR = 2


#: Papers that prove goods, or corroborate them; broken they do neither.
GOODS = frozenset({DocumentType.DESPATCH_ADVICE, DocumentType.RECEIPT_ADVICE, DocumentType.LOGISTICS_EVENT})


@dataclass(frozen=True, slots=True)
class Suspicions:
    """From where on something in a trade is flagged. None blocks, so each may be wrong now and then; what a person would
    look at decides, not what a data set has."""

    retyped_edits: int = 2
    """Letters or digits by which the numbers of one invoice written twice differ: one slip, or two digits changed."""
    retyped_days: int = 10
    """Days between them; monthly rates of one amount are further apart."""
    retyped_digits: int = 4
    """Numbers shorter than this differ by one edit all the time."""
    retyped_most: int = 20
    """The last so many invoices for the same goods are compared; a file with more of them shows it anyway."""
    price_basis_points: int = 200
    """Above the agreed price: more than rounding of a unit price, less than any margin worth a fraud."""
    term_days: int = 180
    """Tenor cap of notice 银发〔2025〕77号: what is paid later than that is no trade credit."""
    term_growth: int = 2
    """A term that is so many times the trade's own median before it was stretched (and above the legal norm)."""
    term_history: int = 3
    """Invoices that make a median."""


SUSPICIONS = Suspicions()

#: A price is another than the agreed one from so many times it on.
DEARER = 1 + Decimal(SUSPICIONS.price_basis_points) / 10_000


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that counts: where it stands among all documents, and its key."""

    place: int
    key: str
    document: TradeDocument
    by_alias: bool = False
    """Whether only documents say which enterprise of the register a party in it is (`Directory.by_alias_alone`)."""

    contradicted: bool = False
    """Whether another writing says something else, and this one is not known to be its author's (`Shelf.contradicted`)."""

    @property
    def proves(self) -> bool:
        """Whether it may prove or confirm anything."""
        return not (self.document.broken_rules or self.by_alias or self.contradicted)


@dataclass(frozen=True, slots=True)
class TradeMatch:
    """What one trade's documents say together."""

    receivables: tuple[tuple[int, Receivable], ...]
    """(the invoice's place among all documents, its receivable), in the order in which the invoices came."""
    findings: tuple[Finding, ...]


def match_trade(
    seller: str, buyer: str, papers: Sequence[Paper], warehouses: Warehouses, groups: Mapping[str, str], today: date
) -> TradeMatch:
    """Hold the documents of one trade, in the order in which they came, against each other as of ``today``. ``groups``
    maps an enterprise to its group of related parties; absent means its own."""
    with localcontext(prec=DIGITS):
        return _match(_Match(seller, buyer, papers, warehouses, today), groups)


def _match(match: _Match, groups: Mapping[str, str]) -> TradeMatch:
    seller, buyer = match.seller, match.buyer
    related = groups.get(seller, seller) == groups.get(buyer, buyer)
    match.answers()
    match.credit()
    match.settle()
    match.look_for_assigned()
    cases = list(match.cases.values())
    for case in cases:
        match.judge(case, related)
    match.block_look_alikes(cases)
    match.gather(cases)
    for case in cases:  # in the order they came: a later one with an earlier date takes nothing from those before it
        if not case.void:
            match.cap_by_goods(case)
            match.cap_by_orders(case)
            match.once_per_goods(case)
    if len(cases) > 1:
        match.look_for_retyped(cases)
    match.look_at_terms(cases)
    match.look_at_accounts(cases)
    return TradeMatch(tuple((case.place, match.receivable(case)) for case in cases), tuple(match.findings))


@dataclass(slots=True)
class _Case:
    """An invoice on its way to being a receivable."""

    place: int
    key: str
    document: TradeDocument
    payable: int
    owed: int
    """payable less credit notes: what goods and orders must stand behind, paid or not."""
    credited: int = 0
    credited_net: int = 0
    paid: int = 0
    billed: int = 0
    credit_notes: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)
    answer: Answer | None = None
    rules: list[str] = field(default_factory=list)
    blocked: bool = False
    cap: int | None = None
    delivered: date | None = None
    measured: bool = False
    """Whether its quantities were held against what was received."""
    capped_by: frozenset[str] = frozenset()
    """Orders whose amount limits it."""
    order_numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    goods_orders: tuple[str, ...] = ()
    """Those that the papers of its goods name: the receiver's and keeper's, or else the seller's."""
    despatches: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    stored: tuple[Stored, ...] = ()
    proving: tuple[Stored, ...] = ()
    """Those of ``stored`` that prove its goods."""
    events: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        return max(0, self.owed - self.paid - self.billed)

    @property
    def void(self) -> bool:
        """Whether it asks for nothing, by itself or by its buyer's word, so that it leaves goods and orders to others."""
        return bool(self.document.broken_rules) or self.answer is Answer.REJECTED

    @property
    def proofs(self) -> tuple[str, ...]:
        """Who received its goods says so in these: the buyer where there is a despatch too, else a keeper."""
        return self.receipts if self.receipts and self.despatches else tuple(one.key for one in self.proving)

    @property
    def net(self) -> int:
        """What it asks for without tax; no less than would be plausible of what is payable."""
        return max(self.document.net_minor or 0, without_tax(self.payable))


@dataclass(slots=True)
class _Heap:
    """So much of one thing was received and is not invoiced yet. ``kind``: what it is measured in."""

    order_line: str | None
    item: str | None
    kind: str | None
    left: Decimal = Decimal(0)


class _Store:
    """What one side's receipts say was received, found by what a line may mean it by: the line of the order, else the
    article, else the unit alone."""

    def __init__(self, lines: Iterable[DocumentLine], ordered_as: Mapping[str, str]) -> None:
        """``ordered_as``: article → the one line of the order that it was ordered in."""
        self.heaps: dict[tuple[str | None, str | None, str | None], _Heap] = {}
        self._found: dict[tuple[str | None, ...], deque[_Heap]] = defaultdict(deque)
        self._priced: dict[str, deque[tuple[_Heap, Decimal]]] = {}
        self.silent = False
        """Whether none of its receipts says how much."""
        self.others: dict[_Store, None] = {}
        """What the other side's receipts say of the same goods."""
        for line in lines:
            order_line, item = _means(line)
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            heap = self.heaps.setdefault((order_line, item, kind), _Heap(order_line, item, kind))
            heap.left += quantity
        for (order_line, item, kind), heap in self.heaps.items():
            self._found["exactly", order_line, item, kind].append(heap)
            self._found["line", order_line, kind].append(heap)
            self._found["item", item, kind].append(heap)
            self._found["unit", kind].append(heap)
            if order_line is None and item in ordered_as:
                self._found["line", ordered_as[item], kind].append(heap)
        for heap in self.heaps.values():
            if heap.left < 0:  # what went back, off whatever it may be of
                back, heap.left = -heap.left, Decimal(0)
                self._lose(_places(heap.order_line, heap.item, heap.kind), back)

    def take(self, heap: _Heap, part: Decimal) -> None:
        """Use so much of a heap up, and as much of what the other side says of it."""
        heap.left -= part
        places = (*_places(heap.order_line, heap.item, heap.kind), ("unit", heap.kind))
        for other in self.others:
            part = other._lose(places, part)

    def _lose(self, places: Iterable[tuple[str | None, ...]], quantity: Decimal) -> Decimal:
        for heap in self._at(places):
            if quantity <= 0:
                break
            part = min(heap.left, quantity)
            heap.left -= part
            quantity -= part
        return quantity

    def _at(self, places: Iterable[tuple[str | None, ...]]) -> Iterator[_Heap]:
        """What is left at the places, in order."""
        for place in places:
            heaps = self._found.get(place)
            while heaps and heaps[0].left <= 0:  # once: what is used up comes to the front, as lines draw in order
                heaps.popleft()
            yield from (heap for heap in heaps or () if heap.left > 0)

    def draw(
        self, line: DocumentLine, kind: str | None, wanted: Decimal, dearer: Callable[[_Heap], Decimal]
    ) -> tuple[Decimal, list[tuple[_Heap, Decimal]]]:
        """Take so much of what the line may mean, times how much ``dearer`` the line is than a heap: what was not there,
        and the heaps with what was taken of each."""
        taken: list[tuple[_Heap, Decimal]] = []
        for heap in self._at(_places(*_means(line), kind)):
            if wanted <= 0:
                break
            times = dearer(heap)
            part = min(heap.left, wanted * times)
            wanted = Decimal(0) if part == wanted * times else wanted - part / times
            self.take(heap, part)
            taken.append((heap, part))
        return wanted, taken

    def priced(self, order: str, prices: _Prices) -> deque[tuple[_Heap, Decimal]]:
        """What an order has a price for, with that price as the order counts; at least the last of it, if used up."""
        if order not in self._priced:
            found = ((heap, prices.of(heap) * prices.worth) for heap in self.heaps.values())
            self._priced[order] = deque((heap, price) for heap, price in found if price)
        heaps = self._priced[order]
        while len(heaps) > 1 and not heaps[0][0].left:
            heaps.popleft()
        return heaps


class _Prices:
    """What the lines of an order pay for one of a unit, without tax."""

    def __init__(self, order: TradeDocument, agreed: int) -> None:
        self._found: dict[tuple[str | None, ...], tuple[int, Decimal]] = {}
        listed = sum(line.net_minor or 0 for line in order.lines if line.quantity)
        for place, line in enumerate(order.lines):
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            if listed > 0 and quantity > 0 and (line.net_minor or 0) > 0:
                price = place, (line.net_minor or 0) / quantity
                _, item = _means(line)
                # The lines of an order are known by their own numbers.
                for named in (("line", normalised_number(line.number), kind), ("item", item, kind), ("unit", kind)):
                    self._found.setdefault(named, price)
        self.any = bool(self._found)
        self.worth = Decimal(agreed) / listed if listed > 0 else Decimal(0)
        """By how much the order's amount, as it counts, is more than its lines say."""
        net, ordered = order.net_minor or order.payable_minor or 0, _ordered(order)
        charged = Decimal(net) / listed if listed > 0 else Decimal(1)
        self.most = max(Decimal(1), charged, charged * agreed / ordered if ordered else charged)
        """By how much its lines' prices may be more than they say: its charges, and what the buyer changed it to."""

    def of(self, heap: _Heap) -> Decimal:
        """The price of a heap's goods; 0 where the order has no line for them."""
        if heap.order_line:
            named: tuple[tuple[str | None, ...], ...] = (("line", heap.order_line, heap.kind),)
        elif heap.item:
            named = (("item", heap.item, heap.kind), ("item", None, heap.kind))
        else:
            named = (("unit", heap.kind),)
        return min((self._found[one] for one in named if one in self._found), default=(0, Decimal(0)))[1]


class _Match:
    def __init__(
        self, seller: str, buyer: str, papers: Sequence[Paper], warehouses: Warehouses, today: date
    ) -> None:  # fmt: skip
        self.seller, self.buyer, self.warehouses, self.today = seller, buyer, warehouses, today
        self.documents: dict[str, TradeDocument] = {}
        self.places: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.cases: dict[str, _Case] = {}
        self.of: dict[DocumentType, list[Paper]] = defaultdict(list)
        self.numbers: dict[DocumentType, dict[str, str]] = defaultdict(dict)
        self.by_order: dict[DocumentType, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        """Despatch and receipt advices by the orders that they name."""
        self.by_despatch: dict[str, list[str]] = defaultdict(list)
        """Receipt advices by the despatch advices that they name."""
        self.events: dict[str, list[Paper]] = defaultdict(list)
        """Events by the orders and despatch advices that they name."""
        self.assigned: dict[str, list[tuple[str, TradeDocument]]] = defaultdict(list)
        """Assignments by the invoices that they name, with what they say of just that one."""
        self.ordered_left: dict[str, int] = {}
        """Order → what is left of it, with tax where the order states tax, else without."""
        self.order_answers: dict[str, Paper] = {}
        """Order → the seller's last answer to it."""
        self.order_changes: dict[str, Paper] = {}
        """Order → the buyer's last change or withdrawal of it."""
        self.taken: dict[str, str] = {}
        """Proof of goods → the first invoice that it stands behind."""
        self.stored: dict[str, Stored] = {}
        """Keepers' receipts behind the invoices, by key."""
        self.store: dict[str, _Store] = {}
        """Receipt behind an invoice → what it says was received, with the others that its side has for the same orders."""
        self.prices: dict[str, _Prices] = {}
        self.contradicted = {paper.key for paper in papers if paper.contradicted}
        for paper in papers:
            self._index(paper)

    def _index(self, paper: Paper) -> None:
        document = paper.document
        self.documents[paper.key] = document
        self.places[paper.key] = paper.place
        if not paper.proves and document.type in GOODS:
            return
        self.of[document.type].append(paper)
        self.numbers[document.type][normalised_number(document.number)] = paper.key
        match document.type:
            case DocumentType.INVOICE:
                payable = document.payable_minor or 0
                case = self.cases[paper.key] = _Case(paper.place, paper.key, document, payable, max(0, payable))
                if paper.by_alias:
                    self._block(case, KnownByAliasAlone(document=paper.key, seller=self.seller, buyer=self.buyer))
                if paper.contradicted:
                    self._contradicted(case)
            case DocumentType.DESPATCH_ADVICE:
                for number in numbers_of(document.orders):
                    self.by_order[document.type][number].append(paper.key)
            case DocumentType.RECEIPT_ADVICE:
                for number in numbers_of(document.orders):
                    self.by_order[document.type][number].append(paper.key)
                for number in numbers_of(document.despatches):
                    self.by_despatch[number].append(paper.key)
            case DocumentType.ASSIGNMENT:
                named: dict[str, list[DocumentReference]] = defaultdict(list)
                for reference in document.invoices:
                    named[normalised_number(reference.number)].append(reference)
                for number, references in named.items():
                    self.assigned[number].append((paper.key, replace(document, invoices=tuple(references))))
            case DocumentType.LOGISTICS_EVENT if document.movement is not None:
                for number in {*numbers_of(document.orders), *numbers_of(document.despatches)}:
                    self.events[number].append(paper)

    def _keys(self, kind: DocumentType, numbers: Iterable[str]) -> tuple[str, ...]:
        known = self.numbers.get(kind)
        return () if not known else tuple(dict.fromkeys(known[number] for number in numbers if number in known))

    def _invoices(self, document: TradeDocument) -> tuple[str, ...]:
        return self._keys(DocumentType.INVOICE, numbers_of(document.invoices))

    # ---- 1. what the other side answered ---------------------------------------------------------------------------

    def answers(self) -> None:
        """The last answer to each invoice and order counts: by its date, then as they came. A bare 'received' is none,
        and one that breaks a rule takes away only: it confirms nothing, and changes no order."""
        for paper in self._dated(DocumentType.INVOICE_RESPONSE):
            for key in self._invoices(paper.document):
                broken = not paper.proves and paper.document.answer is Answer.ACCEPTED
                if not broken and paper.document.answer not in (None, Answer.RECEIVED):
                    self.cases[key].responses.append(paper.key)
                    self.cases[key].answer = paper.document.answer
        for paper in self._dated(DocumentType.ORDER_RESPONSE):
            for key in self._keys(DocumentType.ORDER, numbers_of(paper.document.orders)):
                broken = not paper.proves and paper.document.answer is not Answer.REJECTED
                if not broken and paper.document.answer not in (None, Answer.RECEIVED):
                    (self.order_changes if paper.document.by_buyer else self.order_answers)[key] = paper

    def _dated(self, kind: DocumentType) -> list[Paper]:
        return sorted(self.of.get(kind, ()), key=lambda paper: (paper.document.issue_date or date.min, paper.place))

    # ---- 2. credit notes, payments, bills --------------------------------------------------------------------------

    def credit(self) -> None:
        """Take credit notes off the invoices that they name, in the order in which they name them."""
        for paper in self.of.get(DocumentType.CREDIT_NOTE, ()):
            key, note = paper.key, paper.document
            named = self._invoices(note)
            cases = self._in_its_currency(paper, named)
            if not named:
                self._find(CreditNoteWithoutInvoice(document=key), Severity.FLAGGED, note, key)
            left = max(0, note.payable_minor or 0)
            for case in cases:
                issued = case.document.issue_date
                if note.issue_date and issued and note.issue_date < issued:
                    self._out_of_order(key, note, "credit note", note.issue_date, "invoice", issued, case.key)
                part = min(left, case.owed)
                case.owed -= part
                case.credited += part
                in_proportion = _share(case.document.net_minor, part, case.payable)
                case.credited_net += min(in_proportion, _share(note.net_minor, part, note.payable_minor))
                case.credit_notes.append(key)
                left -= part
            if left and cases:
                error = CreditNoteAboveInvoice(document=key, excess=_money(left, note.currency))
                self._find(error, Severity.FLAGGED, note, key, *named)

    def _in_its_currency(self, paper: Paper, named: Iterable[str]) -> list[_Case]:
        """The invoices of ``named`` in the paper's own currency; another one is flagged, and nothing is converted."""
        same = []
        for key in named:
            if self.cases[key].document.currency == paper.document.currency:
                same.append(self.cases[key])
            else:
                error = CurrencyDiffers(
                    document=paper.key, currency=paper.document.currency or "–", other=key,
                    expected=self.cases[key].document.currency or "–",
                )  # fmt: skip
                self._find(error, Severity.FLAGGED, paper.document, paper.key, key)
        return same

    def settle(self) -> None:
        """Take payments, less what reversals took back of them, and bills off the invoices that they name; then give back
        what the other reversals took back."""
        payments = self._payments()
        reversals = [paper for paper in payments if paper.document.reversal]
        paid = [paper for paper in payments if not paper.document.reversal]
        left = {paper.key: max(0, paper.document.payable_minor or 0) for paper in payments}
        for paper in reversals:
            self._net(paper, paid, left)
        unnamed: list[Paper] = []
        for paper in paid:
            if named := self._invoices(paper.document):
                self._pay(paper, self._in_its_currency(paper, named), left[paper.key])
            else:
                unnamed.append(paper)
        for paper in self.of.get(DocumentType.BILL, ()):
            if named := self._invoices(paper.document):
                amount = max(0, paper.document.payable_minor or 0)
                self._pay(paper, self._in_its_currency(paper, named), amount, bill=True)
        for paper in reversals:
            self._take_back(paper, left[paper.key])
        if unnamed:
            self._propose(unnamed)

    def _payments(self) -> list[Paper]:
        """Payments and reversals, each once: one stands on the statements of payer and payee. The same number, amount and
        day are one, unless their payers gave them two ids; so are the same end-to-end id and amount at two banks within days.
        That which names invoices counts.
        """
        twice: dict[tuple[object, ...], dict[str, list[Paper]]] = defaultdict(dict)
        for paper in sorted(self.of.get(DocumentType.PAYMENT, ()), key=_by_id_and_day):
            document = paper.document
            money = document.payable_minor, document.currency, document.reversal
            ids = twice[(normalised_number(document.number), document.issue_date, *money)]
            same = None if document.end_to_end else next(iter(ids.values()), None)
            (same if same is not None else ids.setdefault(document.end_to_end, [])).append(paper)
        groups = _of_both_sides([group for ids in twice.values() for group in ids.values()])
        counted = [min(group, key=lambda paper: (not self._invoices(paper.document), paper.place)) for group in groups]
        return sorted(counted, key=lambda paper: paper.place)

    def _net(self, reversal: Paper, paid: Sequence[Paper], left: dict[str, int]) -> None:
        """Take the reversal off the payments of the same invoices before it: of its end-to-end id first, then of its
        amount, then the last."""
        taken, named = reversal.document, self._invoices(reversal.document)
        if not named:
            return

        def likeness(paper: Paper) -> tuple[bool, bool, date, int]:
            document = paper.document
            same = bool(taken.end_to_end) and document.end_to_end == taken.end_to_end
            return same, left[paper.key] == left[reversal.key], document.issue_date or date.min, paper.place

        before = [
            paper for paper in paid
            if paper.document.currency == taken.currency and set(self._invoices(paper.document)) == set(named)
            and (paper.document.issue_date or date.min) <= (taken.issue_date or date.max)
        ]  # fmt: skip
        for paper in sorted(before, key=likeness, reverse=True):
            part = min(left[paper.key], left[reversal.key])
            left[paper.key] -= part
            left[reversal.key] -= part

    def _pay(self, paper: Paper, cases: Sequence[_Case], left: int, bill: bool = False) -> None:
        stated = {
            normalised_number(reference.number): reference.amount_minor
            for reference in paper.document.invoices
            if reference.amount_minor is not None
        }
        for case in cases:
            most = stated.get(normalised_number(case.document.number), left)
            part = max(0, min(left, most, case.open))
            left -= part
            if bill:
                case.billed += part
            else:
                case.paid += part
            case.payments.append(paper.key)
        if left and cases and not stated:
            error = PaymentAboveInvoices(document=paper.key, excess=_money(left, paper.document.currency))
            self._find(error, Severity.FLAGGED, paper.document, paper.key, *(case.key for case in cases))

    def _take_back(self, paper: Paper, left: int) -> None:
        """A reversal gives back at most what was paid of the invoices that it names; it never makes more of them."""
        cases = self._in_its_currency(paper, self._invoices(paper.document))
        for case in cases:
            part = min(left, case.paid)
            case.paid -= part
            left -= part
            case.payments.append(paper.key)
        if left:
            error = ReversalWithoutPayment(document=paper.key)
            self._find(error, Severity.FLAGGED, paper.document, paper.key, *(case.key for case in cases))

    def _propose(self, unnamed: Sequence[Paper]) -> None:
        """A payment that names nothing settles nothing; the first invoice of exactly its amount is proposed."""
        first: dict[tuple[str | None, int], str] = {}
        for case in self.cases.values():
            if case.open:
                first.setdefault((case.document.currency, case.open), case.key)
        for paper in unnamed:
            document = paper.document
            invoice = first.get((document.currency, document.payable_minor or 0))
            if invoice is not None:
                error: MatchingRule = PaymentProposed(document=paper.key, invoice=invoice)
                self._find(error, Severity.FLAGGED, document, paper.key, invoice)
            else:
                self._find(PaymentWithoutInvoice(document=paper.key), Severity.FLAGGED, document, paper.key)

    def look_for_assigned(self) -> None:
        """Flag assignments of what is no invoice of the trade, or in another currency: their claims are told, not summed."""
        for paper in self.of.get(DocumentType.ASSIGNMENT, ()):
            for reference in paper.document.invoices:
                named = self._keys(DocumentType.INVOICE, (normalised_number(reference.number),))
                if not named:
                    error = AssignmentWithoutInvoice(document=paper.key, number=reference.number)
                    self._find(error, Severity.FLAGGED, paper.document, paper.key)
                elif not paper.document.reversal:
                    self._in_its_currency(paper, named)

    # ---- 3. is the invoice sound, and where are its goods ------------------------------------------------------------

    def judge(self, case: _Case, related: bool) -> None:
        """Block what can back nothing, whatever its amount."""
        document = case.document
        case.rules.extend(document.broken_rules)
        case.blocked = case.blocked or bool(document.broken_rules)
        self._link(case)
        if any(key in self.contradicted for key in (*case.orders, *case.goods_orders)):
            self._contradicted(case)
        if document.issue_date is None:
            self._block(case, InvoiceWithoutDate(document=case.key))
        if document.currency is None:
            self._block(case, CurrencyMissing())
        if self.seller == self.buyer:
            self._block(case, SelfInvoice(document=case.key))
        elif related:
            self._block(case, RelatedParties(document=case.key, seller=self.seller, buyer=self.buyer))
        self._judge_claims(case)
        self._judge_goods(case)
        self._judge_answers(case)
        self._judge_dates(case)
        if CorrectedInvoice.__name__ in document.broken_rules:
            for key in self._invoices(document):
                if key != case.key:
                    self._block(self.cases[key], InvoiceCorrected(document=key, correction=case.key), case.key)

    def block_look_alikes(self, cases: Sequence[_Case]) -> None:
        """Of invoices whose numbers nobody tells apart in print (O and 0, I and 1) only the first may back credit."""
        first: dict[str, str] = {}
        for case in cases:
            other = first.setdefault(skeleton(normalised_number(case.document.number)), case.key)
            if other != case.key:
                self._block(case, NumberLooksAlike(document=case.key, other=other), other)

    def _contradicted(self, case: _Case) -> None:
        """The finding is that of the copies (`Shelf.findings_of_key`)."""
        case.blocked = True
        case.rules.append(IdentityWithAnotherFace.__name__)

    def _judge_claims(self, case: _Case) -> None:
        """What was assigned, and did not come back, is the assignee's; whose of several, `chain.graph.findings` says."""
        number = normalised_number(case.document.number)
        if not (assignments := self.assigned.get(number)):
            return
        claims = claims_on(number, assignments, self.today)
        case.assignments = tuple(key for claim in claims for key in claim.documents)
        for claim in claims:
            proof = claim.registration or claim.notice or "–"
            error = ReceivableAssigned(document=case.key, assignee=claim.assignee, proof=proof)
            self._block(case, error, *claim.documents)

    def _judge_goods(self, case: _Case) -> None:
        for one in case.stored:
            if self.warehouses.independent(one) and not self.warehouses.independent(one, self.seller, self.buyer):
                error = KeeperNotIndependent(document=one.key)
                self._find(error, Severity.BLOCKED, case.document, one.key, case.key)
            for lot, normalised in one.lots:
                pledge = self.warehouses.pledge(one.keeper, normalised)
                if pledge := pledge or self.warehouses.pledge_of_owner(one.owner, normalised):
                    self._block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
        linked = {lot for one in case.stored for _, lot in one.lots}
        papers = (case.document, *(self.documents[key] for key in (*case.despatches, *case.receipts)))
        named = [lot for one in papers for lot in (*one.lots, *(line.lot for line in one.lines if line.lot))]
        for lot in dict.fromkeys(named):
            normalised = normalised_number(lot)
            if normalised not in linked and (pledge := self.warehouses.pledge_of_owner(self.seller, normalised)):
                self._block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
        promised = case.document.delivery_date
        if case.proofs:
            # The receiver's or the keeper's day, never the seller's. Goods of which a part is still to come are not
            # delivered.
            days = [self._received_on(key) for key in (case.receipts if case.despatches else ())]
            days = days or [one.day for one in case.proving]
            case.delivered = max((day for day in days if day is not None), default=None)
            if case.delivered is None or case.delivered > self.today:
                reason = "delivery {day}" if case.delivered else "no day of delivery"
                self._block(case, Prepayment(reason=reason, day=str(case.delivered)))
        elif promised is not None and promised > self.today:
            case.delivered = promised
            self._block(case, Prepayment(reason="delivery {day}", day=promised.isoformat()))
        else:
            case.delivered = promised
            for one in case.stored:
                if self.warehouses.proves(one, self.seller, self.buyer):
                    held = GoodsHeldForNobody(document=case.key, receipt=one.key, buyer=self.buyer)
                    self._block(case, held, one.key)
            missing = [name for name, keys in (("despatch", case.despatches), ("receipt", case.receipts)) if not keys]
            self._block(case, NoGoodsBehindMoney(document=case.key, missing=" + ".join(missing)))

    def _received_on(self, key: str) -> date | None:
        """The day that the buyer received the goods, as its receipt says; a receipt is written no earlier."""
        return self.documents[key].delivery_date or self.documents[key].issue_date

    def _judge_answers(self, case: _Case) -> None:
        response = case.responses[-1] if case.responses else ""
        match case.answer:
            case Answer.REJECTED:
                self._block(case, InvoiceRejected(document=case.key, response=response), response)
            case Answer.DISPUTED | Answer.CHANGED:  # what it would be changed to is a new invoice's to say
                self._block(case, InvoiceDisputed(document=case.key, response=response), response)
            case Answer.PAID if case.open:
                self._block(case, SaidToBePaid(document=case.key, response=response), response)
        for key in dict.fromkeys((*case.orders, *case.goods_orders)):
            for answer in (self.order_answers.get(key), self.order_changes.get(key)):
                if answer is not None and answer.document.answer is Answer.REJECTED:
                    self._block(case, OrderRejected(document=case.key, response=answer.key), key, answer.key)

    def _judge_dates(self, case: _Case) -> None:
        """Goods arrive after they left, are ordered before they leave, and are due no earlier than they are invoiced."""
        document = case.document
        issued, due = document.issue_date, document.due_date
        if issued and due and due < issued:
            self._out_of_order(case.key, document, "due date", due, "invoice", issued, case.key)
        first: dict[str, tuple[date, str]] = {}  # order → when the first of its goods left, and by which paper
        left: date | None = None
        for despatch in case.despatches:
            one = self.documents[despatch]
            if day := one.delivery_date or one.issue_date:
                left = min(day, left or day)
                for number in numbers_of(one.orders):
                    if number not in first or day < first[number][0]:
                        first[number] = day, despatch
        for key in case.orders:
            ordered, found = self.documents[key].issue_date, first.get(normalised_number(self.documents[key].number))
            if ordered and found and found[0] < ordered:
                day, despatch = found
                self._out_of_order(case.key, document, "despatch", day, "order", ordered, despatch, key)
                return
        for key in case.receipts if left else ():
            arrived = self.documents[key].delivery_date
            if arrived and left and arrived < left:
                self._out_of_order(case.key, document, "receipt", arrived, "despatch", left, key, *case.despatches[:1])
                return

    def _out_of_order(
        self, key: str, document: TradeDocument, earlier: str, early: date, later: str, late: date, *keys: str
    ) -> None:
        error = DatesOutOfOrder(
            document=key, earlier=earlier, early_day=early.isoformat(), later=later, late_day=late.isoformat()
        )
        self._find(error, Severity.FLAGGED, document, key, *keys)

    def _link(self, case: _Case) -> None:
        """Find the documents behind the invoice. What it names by number is what counts; an order's other deliveries stand
        in only where it names none, since otherwise one delivery would prove every invoice of its order."""
        document = case.document
        orders, despatches, receipts = map(numbers_of, (document.orders, document.despatches, document.receipts))
        number = normalised_number(document.number)
        case.stored = tuple(self.warehouses.behind(self.seller, self.buyer, number, orders, receipts))
        case.despatches = self._keys(DocumentType.DESPATCH_ADVICE, despatches)
        case.receipts = self._keys(DocumentType.RECEIPT_ADVICE, receipts)
        if not receipts:
            known, named = (
                (self.by_despatch, despatches) if despatches else (self.by_order[DocumentType.RECEIPT_ADVICE], orders)
            )
            case.receipts = self._that_name(known, named)
        case.receipts = tuple(key for key in case.receipts if not _nothing_came(self.documents[key]))
        if not despatches:
            shipped = [n for key in case.receipts for n in numbers_of(self.documents[key].despatches)]
            case.despatches = self._keys(DocumentType.DESPATCH_ADVICE, shipped) or self._that_name(
                self.by_order[DocumentType.DESPATCH_ADVICE], orders
            )
        ordered = self.numbers.get(DocumentType.ORDER, {})
        case.proving = tuple(
            one for one in case.stored
            if self.warehouses.is_for(one, self.buyer, number, ordered)
            and self.warehouses.proves(one, self.seller, self.buyer)
        )  # fmt: skip
        self.stored.update((one.key, one) for one in case.stored)
        # An invoice cannot escape its order by not naming it, or by naming one that is not there, or another: the papers
        # of its goods name it. They make no more room beside one that is there: then both must have room.
        goods = self._orders_of(case)
        case.goods_orders = self._keys(DocumentType.ORDER, goods)
        case.order_numbers = (
            orders if self._keys(DocumentType.ORDER, orders) else tuple(dict.fromkeys((*orders, *goods)))
        )
        case.orders = self._keys(DocumentType.ORDER, case.order_numbers)
        for number in numbers_of(document.orders):
            if number not in self.numbers[DocumentType.ORDER]:
                self._find(OrderNotFound(document=case.key, order=number), Severity.FLAGGED, document, case.key)
        case.events = self._events(case)

    def _orders_of(self, case: _Case) -> tuple[str, ...]:
        """Numbers of the orders that the papers of the goods name: those that the buyer and the keepers wrote, else those
        that the seller wrote."""
        theirs = [n for key in case.receipts for n in numbers_of(self.documents[key].orders)]
        theirs += [n for one in case.proving for n in one.orders]
        theirs = theirs or [n for key in case.despatches for n in numbers_of(self.documents[key].orders)]
        return tuple(dict.fromkeys(theirs))

    def _that_name(self, known: Mapping[str, list[str]], numbers: Iterable[str]) -> tuple[str, ...]:
        """The documents that name one of the numbers, in the order in which they came."""
        found = {key for number in numbers for key in known.get(number, ())}
        return tuple(found) if len(found) < 2 else tuple(sorted(found, key=self.places.__getitem__))

    def _events(self, case: _Case) -> tuple[str, ...]:
        """One event that saw the goods leave and one that saw them arrive, where they name the same order or despatch."""
        shipped = [normalised_number(self.documents[key].number) for key in case.despatches]
        seen: dict[Movement, str] = {}
        if self.events:
            named = {*case.order_numbers, *shipped}
            papers = {paper.place: paper for number in named for paper in self.events.get(number, ())}
            for _, paper in sorted(papers.items()):
                assert paper.document.movement is not None
                seen.setdefault(paper.document.movement, paper.key)
        for one in self.warehouses.events(self.seller, case.order_numbers, shipped):
            if one.movement is not None:
                seen.setdefault(one.movement, one.key)
        return tuple(seen[kind] for kind in (Movement.SHIPPED, Movement.RECEIVED) if kind in seen)

    # ---- 4. how much of it -----------------------------------------------------------------------------------------

    def cap_by_goods(self, case: _Case) -> None:
        """Take off what was not received, or was invoiced before. Where receipts and invoice write quantities, line by line;
        where only receipts do, by what the order pays for so much. What no line of a receipt answers was not received; what
        was credited is not asked for any more."""
        stores = self._stores(case)
        if not case.owed or not stores or self.seller == self.buyer:
            return
        if any(line.quantity is not None for line in case.document.lines):
            self._cap_by_quantities(case, stores)
        else:
            self._cap_by_worth(case, stores)

    def gather(self, cases: Sequence[_Case]) -> None:
        """Put together what was received: an order's receipts of one side are one store, whichever of them an invoice names;
        and what buyer and keeper say of an order's goods are the same goods."""
        pools: dict[tuple[tuple[str, ...] | None, tuple[str, ...]], list[str]] = defaultdict(list)
        for paper in self.of.get(DocumentType.RECEIPT_ADVICE, ()):
            pools[None, tuple(sorted(self._numbers_named(paper.key))) or (paper.key,)].append(paper.key)
        kept: dict[str, dict[str, None]] = defaultdict(dict)
        for case in cases:
            for one in case.proving:
                kept[one.key].update(dict.fromkeys(one.orders or case.order_numbers))
        for key, orders in kept.items():
            pools[self.stored[key].invoices, tuple(sorted(orders)) or (key,)].append(key)
        sides: dict[str, tuple[list[_Store], list[_Store]]] = defaultdict(lambda: ([], []))
        for (invoices, orders), keys in pools.items():
            known = self._keys(DocumentType.ORDER, orders)
            articles = self._ordered_as(known[0]) if len(known) == 1 else {}
            store = _Store((line for key in keys if self._came(key) for line in self._lines(key)), articles)
            store.silent = not any(_says_how_much(self._lines(key)) for key in keys)
            self.store.update(dict.fromkeys(keys, store))
            for number in orders:
                sides[number][invoices is not None].append(store)
        for received, stored in sides.values():
            for store in received if stored else ():
                store.others.update(dict.fromkeys(stored))
            for store in stored if received else ():
                store.others.update(dict.fromkeys(received))

    def _ordered_as(self, order: str) -> dict[str, str]:
        lines: dict[str, list[str]] = defaultdict(list)
        for line in self.documents[order].lines:
            if line.item:
                lines[normalised_number(line.item)].append(normalised_number(line.number))
        return {item: numbers[0] for item, numbers in lines.items() if len(numbers) == 1}

    def _came(self, key: str) -> bool:
        day = self._received_on(key) if key in self.documents else self.stored[key].day
        return (day or self.today) <= self.today

    def _stores(self, case: _Case) -> list[_Store]:
        """What was received and is not invoiced yet, of the goods of the invoice, where its receipts say how much."""
        return [store for store in dict.fromkeys(self.store[proof] for proof in case.proofs) if not store.silent]

    def _beside(self, case: _Case) -> int:
        """How much of the invoice stands on its receipts that do not say how much: once, as much as is left of the orders
        that such a one and the invoice name."""
        orders = [
            key for proof in case.proofs
            if self.store[proof].silent and self.taken.setdefault(proof, case.key) == case.key
            for key in self._orders_named(proof) if key in case.orders
        ]  # fmt: skip
        return sum(self._room(case, key, self._claim(case, key) or 0) for key in dict.fromkeys(orders))

    def _lines(self, proof: str) -> tuple[DocumentLine, ...]:
        document = self.documents.get(proof)
        return self.stored[proof].lines if document is None else document.lines

    def _cap_by_quantities(self, case: _Case, stores: Sequence[_Store]) -> None:
        """A line is backed by the less of its own quantity and of what its amount buys at the order's prices."""
        lines = [line for line in case.document.lines if line.net_minor is None or line.net_minor > 0]
        priced = sum(line.net_minor or 0 for line in lines)
        whole = max(case.net, priced)
        prices = self._prices_of(case)
        missing, unpriced, worth = Decimal(0), Decimal(0), Decimal(0)
        worst: tuple[str, str, str] | None = None
        for line in sorted(lines, key=lambda line: (not line.order_line, not line.item)):
            share, received, bought = self._draw(case, line, stores, prices)
            if line.net_minor is None:
                unpriced = max(unpriced, share)
                worth += bought
            elif share < 1 and line.net_minor * share <= ROUNDING_MINOR:
                continue
            else:
                missing += line.net_minor * share
            if share:
                worst = worst or (line.number, _quantity(line.quantity, line.unit), received)
        # What the lines do not say stands on those without a price; where all have one, no goods are behind it.
        free = any(line.net_minor is None for line in lines)
        case.measured = bool(prices) or not free
        rest = Decimal(whole - priced)
        lacks = rest * (unpriced if free else 1)
        if free and prices:
            lacks = max(lacks, rest - _at_most(worth * case.payable / case.owed))
        missing += lacks if lacks > ROUNDING_MINOR * (1 + len(lines)) else 0
        backed = case.owed - _up(case.owed * missing / whole) if missing else case.owed
        if missing and (backed := backed + self._beside(case)) < case.owed:
            currency = case.document.currency
            number, asked, received = worst or ("–", _money(int(rest), currency), _money(int(rest - lacks), currency))
            error = MoreInvoicedThanReceived(document=case.key, line=number, invoiced=asked, received=received)
            self._cap(case, backed, error, *case.proofs)

    def _draw(
        self, case: _Case, line: DocumentLine, stores: Sequence[_Store], prices: Sequence[_Prices]
    ) -> tuple[Decimal, str, Decimal]:
        """Take a line's goods from what was received: the share of it that was not there, how much was, and what that is
        worth at the order's prices."""
        if line.quantity is None or line.quantity <= 0:
            return Decimal(1), "–", Decimal(0)
        kind, quantity = measured(line.quantity, line.unit)

        def dearer(heap: _Heap) -> Decimal:
            fair = quantity * _price(heap, prices)
            asked = (line.net_minor or 0) - ROUNDING_MINOR  # once a line: it does not grow with what is drawn
            return max(Decimal(1), asked / (fair * DEARER)) if fair else Decimal(1)

        wanted = left = quantity * case.owed / case.payable
        worth = Decimal(0)
        for store in stores:
            left, taken = store.draw(line, kind, left, dearer)
            worth += sum(part * _price(heap, prices) for heap, part in taken)
        received = _quantity((wanted - left) * line.quantity / quantity, line.unit)
        return left / wanted, received, worth

    def _prices_of(self, case: _Case) -> list[_Prices]:
        """Those of the orders of its goods, in its currency, that have any."""
        keys = [key for key in case.goods_orders or case.orders if self._claim(case, key)]
        return [prices for prices in map(self._price_list, keys) if prices.any]

    def _price_list(self, order: str) -> _Prices:
        if order not in self.prices:
            self.prices[order] = _Prices(self.documents[order], self._agreed(order))
        return self.prices[order]

    def _cap_by_worth(self, case: _Case, stores: Sequence[_Store]) -> None:
        """An invoice that says no quantities asks for what was received at the prices of its goods' orders."""
        need, named = Decimal(1), ""  # the share of the invoice that nothing is there for yet
        for key in case.goods_orders or case.orders:
            prices, claim = self._price_list(key), self._claim(case, key)
            if not claim or not prices.any:
                continue
            for store, (heap, price) in ((one, found) for one in stores for found in one.priced(key, prices)):
                named = named or self.documents[key].number
                if need <= 0:
                    break
                wanted = need * claim / price
                part = min(heap.left, wanted)
                need = Decimal(0) if part == wanted else need - part * price / claim
                store.take(heap, part)
        case.measured = bool(named)
        if not named or need * case.owed <= ROUNDING_MINOR:
            return
        if (backed := case.owed - _up(case.owed * need) + self._beside(case)) < case.owed:
            error = ReceivedWorthLess(
                document=case.key, order=named, invoiced=_money(case.owed, case.document.currency),
                received=_money(backed, case.document.currency),
            )  # fmt: skip
            self._cap(case, backed, error, *case.proofs)

    def cap_by_orders(self, case: _Case) -> None:
        """All invoices of an order together back at most what was ordered: with tax where the order states it, else without.
        Where the invoice names other orders than the papers of its goods, both must have room."""
        claims = {key: self._claim(case, key) for key in dict.fromkeys((*case.orders, *case.goods_orders))}
        groups = [
            group for keys in dict.fromkeys((case.orders, case.goods_orders))
            if (group := [key for key in keys if claims[key] is not None])
        ]  # fmt: skip
        self._look_at_orders(case)
        if not groups or not case.owed:
            return
        case.capped_by = frozenset(key for group in groups for key in group)
        both = [key for key in groups[0] if key in groups[-1]]
        rooms = [sum(self._room(case, key, claims[key] or 0) for key in group) for group in groups]
        backed = min(case.owed, *rooms)
        if backed < case.owed:
            tight = [key for key in groups[rooms.index(min(rooms))] if claims[key]]
            if not tight:  # all in another currency, which is said already
                case.cap = 0
                return
            error = OverInvoicedOrder(
                document=case.key, order=self.documents[tight[0]].number, invoiced=_money(case.owed, case.document.currency),
                left=_money(backed, case.document.currency),
            )  # fmt: skip
            self._cap(case, backed, error, *tight)
        rests = [backed] * len(groups)
        for key in both:
            taken = self._take_of_order(case, key, claims[key] or 0, min(rests))
            rests = [rest - taken for rest in rests]
        for place, group in enumerate(groups):
            for key in group:
                if key not in both:
                    rests[place] -= self._take_of_order(case, key, claims[key] or 0, rests[place])
        self._look_at_prices(case, groups[0])

    def _claim(self, case: _Case, key: str) -> int | None:
        """What the invoice asks of an order, as the order counts; None where the order limits nothing. 0 where its currency
        is another: then it has no room."""
        order = self.documents[key]
        if order.payable_minor is None or case.document.currency is None:
            return None
        if order.currency != case.document.currency:
            return 0
        if order.tax_minor is not None:
            return case.owed
        net = max(0, (case.document.net_minor or case.payable) - case.credited_net)
        return max(min(net, case.owed), without_tax(case.owed))

    def _room(self, case: _Case, key: str, claim: int) -> int:
        """How much of the invoice the order has room for, with tax."""
        if not claim:
            return 0
        if key not in self.ordered_left:
            self.ordered_left[key] = self._agreed(key)
        return min(case.owed, case.owed * self.ordered_left[key] // claim)

    def _take_of_order(self, case: _Case, key: str, claim: int, minor: int) -> int:
        """Use the order's room up for so much of the invoice; returns how much of it that is."""
        part = min(minor, self._room(case, key, claim))
        self.ordered_left[key] = max(0, self.ordered_left.get(key, 0) - -(-part * claim // case.owed))
        return part

    def _agreed(self, key: str) -> int:
        """The order's amount, as the buyer last changed it; or less where the seller accepted less. More than was ordered the
        buyer never agreed to."""
        order = self.documents[key]
        with_tax = order.tax_minor is not None

        def amount(document: TradeDocument) -> int | None:
            if document.payable_minor is None or document.currency != order.currency:
                return None
            return document.payable_minor if with_tax else document.net_minor or document.payable_minor

        ordered = max(0, amount(order) or 0)

        def answered(document: TradeDocument) -> int | None:
            without = document.payable_minor is None
            return _of_lines(order, ordered, document.lines) if without else amount(document)

        if (change := self.order_changes.get(key)) and (changed := answered(change.document)) is not None:
            ordered = changed
        answer = self.order_answers.get(key)
        accepted = None if answer is None else answered(answer.document)
        return ordered if accepted is None else min(ordered, accepted)

    def _look_at_orders(self, case: _Case) -> None:
        """Orders that cannot be compared, or are not those of the goods."""
        document = case.document
        for key in dict.fromkeys((*case.orders, *case.goods_orders)):
            order = self.documents[key]
            if order.payable_minor is None or order.currency is None:
                error: MatchingRule = OrderWithoutAmount(document=case.key, order=order.number)
                self._find(error, Severity.FLAGGED, document, case.key, key)
            elif document.currency is not None and order.currency != document.currency:
                error = OrderInAnotherCurrency(
                    document=case.key, currency=document.currency, order=order.number, expected=order.currency
                )
                self._cap(case, case.owed, error, key)
        others = [key for key in case.goods_orders if key not in case.orders]
        if others and not set(case.orders) <= set(case.goods_orders):
            error = OrdersDiffer(
                document=case.key, order=self.documents[case.orders[0]].number, other=self.documents[others[0]].number
            )
            self._find(error, Severity.FLAGGED, document, case.key, case.orders[0], others[0])

    def _look_at_prices(self, case: _Case, orders: Sequence[str]) -> None:
        """Flag a line whose price is above that of its order line: a higher price on fewer goods hides in the total."""
        if len(orders) != 1:
            return
        agreed = {line.number: line for line in self.documents[orders[0]].lines}
        items = Counter(line.item for line in agreed.values() if line.item)
        # An e-invoice has no place for the order's line; its article says which one, where it was ordered once.
        by_item = {line.item: line for line in agreed.values() if line.item and items[line.item] == 1}
        for line in case.document.lines:
            ordered = agreed.get(line.order_line) if line.order_line else by_item.get(line.item)
            if ordered is None or not (line.quantity and ordered.quantity):
                continue
            if unit_code(ordered.unit) != unit_code(line.unit):
                continue
            if line.net_minor is None or not ordered.net_minor or line.quantity <= 0 or ordered.quantity <= 0:
                continue
            fair = ordered.net_minor * line.quantity / ordered.quantity
            if line.net_minor > _at_most(fair):
                error = PriceAboveOrder(
                    document=case.key, line=line.number, order=orders[0],
                    asked=_money(int(line.net_minor / line.quantity), case.document.currency),
                    ordered=_money(int(ordered.net_minor / ordered.quantity), case.document.currency),
                )  # fmt: skip
                self._find(error, Severity.FLAGGED, case.document, case.key, orders[0])
                return

    def once_per_goods(self, case: _Case) -> None:
        """Where neither quantities nor the amount of an order that it names limit what a receipt stands behind, it stands
        behind one invoice only."""
        if not case.owed:
            return
        for proof in case.proofs:
            if not case.measured and not case.capped_by.isdisjoint(self._orders_named(proof)):
                continue
            other = self.taken.setdefault(proof, case.key)
            if case.measured:
                continue
            if other != case.key:
                self._block(case, GoodsInvoicedTwice(document=case.key, proof=proof, other=other), proof, other)
                return
            self._use_up(proof)

    def _orders_named(self, proof: str) -> tuple[str, ...]:
        """Keys of the orders that a receipt names, or its despatch advices."""
        return self._keys(DocumentType.ORDER, self._numbers_named(proof))

    def _numbers_named(self, proof: str) -> tuple[str, ...]:
        document = self.documents.get(proof)
        if document is None:
            return self.stored[proof].orders
        shipped = self._keys(DocumentType.DESPATCH_ADVICE, numbers_of(document.despatches))
        through = (number for key in shipped for number in numbers_of(self.documents[key].orders))
        return numbers_of(document.orders) or tuple(dict.fromkeys(through))

    def _use_up(self, proof: str) -> None:
        """All that the receipt says was received stands behind one invoice now."""
        store = self.store[proof]
        for line in self._lines(proof):
            kind, quantity = measured(line.quantity or Decimal(0), line.unit)
            store.draw(line, kind, quantity, lambda _: Decimal(1))

    # ---- 5. what a person should look at ---------------------------------------------------------------------------

    def look_for_retyped(self, cases: Sequence[_Case]) -> None:
        """Invoices of one amount, within days, for the same goods, whose numbers are a slip apart (cases.md, C4)."""
        same: dict[tuple[object, ...], list[_Case]] = defaultdict(list)
        for case in cases:
            if case.owed and (goods := _goods(case)):
                same[case.document.currency, case.payable, goods].append(case)
        for alike in same.values():
            for at, case in enumerate(alike[1:], start=1):
                before = alike[max(0, at - SUSPICIONS.retyped_most) : at]
                other = next((one for one in before if _retyped(one, case)), None)
                if other is not None:
                    error = LooksLikeAnother(document=case.key, other=other.key)
                    self._find(error, Severity.FLAGGED, case.document, case.key, other.key)

    def look_at_terms(self, cases: Sequence[_Case]) -> None:
        """Effective terms (due day less day of delivery) above the tenor cap, or stretched within the trade (C10)."""
        terms: list[int] = []  # sorted
        dated = [case for case in cases if case.document.due_date and (case.delivered or case.document.issue_date)]
        for case in sorted(dated, key=lambda case: (case.document.issue_date or date.min, case.place)):
            begins = case.delivered or case.document.issue_date
            assert begins is not None
            assert case.document.due_date is not None
            days = (case.document.due_date - begins).days
            usual = terms[len(terms) // 2] if len(terms) >= SUSPICIONS.term_history else None
            stretched = usual is not None and days > USUAL_TERM_DAYS and days >= SUSPICIONS.term_growth * max(1, usual)
            if days > SUSPICIONS.term_days or stretched:
                reason = "before, it was {before} days" if stretched else "more than {before} days is no trade credit"
                error = TermsStretched(
                    document=case.key, days=days, reason=reason, before=usual if stretched else SUSPICIONS.term_days
                )
                self._find(error, Severity.FLAGGED, case.document, case.key)
            else:
                insort(terms, days)

    def look_at_accounts(self, cases: Sequence[_Case]) -> None:
        """Flag an invoice that names only accounts that no earlier one of the trade named (C13)."""
        before: dict[str, None] = {}
        named = [case for case in cases if case.document.payee_accounts]
        for case in sorted(named, key=lambda case: (case.document.issue_date or date.min, case.place)):
            accounts = [str(normalised_identifier(account)) for account in case.document.payee_accounts]
            if before and before.keys().isdisjoint(accounts):
                error = PayeeAccountChanged(document=case.key, account=accounts[0], before=", ".join([*before][-3:]))
                self._find(error, Severity.FLAGGED, case.document, case.key)
            before.update(dict.fromkeys(accounts))

    # ---- the answer ------------------------------------------------------------------------------------------------

    def receivable(self, case: _Case) -> Receivable:
        """The case as it stands. What was settled is taken off what is proven first: only the rest may back credit."""
        document = case.document
        left = case.open
        proven = case.owed if case.cap is None else max(0, min(case.owed, case.cap))
        evidence = 0 if case.blocked else max(0, min(left, proven - case.paid - case.billed))
        begins = case.delivered or document.issue_date or self.today
        return Receivable(
            document=case.key, number=document.number, seller=self.seller, buyer=self.buyer,
            currency=document.currency or "", payable_minor=case.payable, credited_minor=case.credited,
            open_minor=left, evidence_minor=evidence,
            blocked_by=case.rules[0] if case.rules and not evidence and left else None,
            rules=tuple(dict.fromkeys(case.rules)), state=_state(case), issue_date=document.issue_date,
            delivery_date=case.delivered, due_date=document.due_date or begins + timedelta(days=USUAL_TERM_DAYS),
            orders=case.orders, despatches=case.despatches, receipts=case.receipts,
            warehouse_receipts=tuple(one.key for one in case.proving),
            credit_notes=tuple(dict.fromkeys(case.credit_notes)), paid_minor=case.paid, billed_minor=case.billed,
            payments=tuple(dict.fromkeys(case.payments)), events=case.events, responses=tuple(case.responses),
            answer=case.answer, assignments=case.assignments,
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
        self.findings.append(found_in(document.source, error, severity, *keys))


def _state(case: _Case) -> ReceivableState:
    settled = case.paid + case.billed
    if not case.open and (case.credited or settled):
        return ReceivableState.PAID if settled else ReceivableState.CREDITED
    if case.answer in (Answer.DISPUTED, Answer.REJECTED, Answer.CHANGED):
        return ReceivableState.DISPUTED
    if settled:
        return ReceivableState.PARTLY_PAID
    if case.credited:
        return ReceivableState.PARTLY_CREDITED
    return ReceivableState.CONFIRMED if case.answer is Answer.ACCEPTED else ReceivableState.OPEN


def _retyped(one: _Case, other: _Case) -> bool:
    """Whether two invoices of one amount are probably one, its number typed with a slip."""
    left, right = normalised_number(one.document.number), normalised_number(other.document.number)
    days = (one.document.issue_date, other.document.issue_date)
    if days[0] is None or days[1] is None or abs((days[0] - days[1]).days) > SUSPICIONS.retyped_days:
        return False
    if min(len(left), len(right)) < SUSPICIONS.retyped_digits:
        return False
    return DamerauLevenshtein.distance(left, right, score_cutoff=SUSPICIONS.retyped_edits) <= SUSPICIONS.retyped_edits


def _by_id_and_day(paper: Paper) -> tuple[bool, date, str, str, int]:
    """Payments with their payer's id first, each then in the order of their days, one number after another."""
    document = paper.document
    number = normalised_number(document.number)
    return not document.end_to_end, document.issue_date or date.max, number, document.end_to_end, paper.place


def _of_both_sides(payments: Sequence[list[Paper]]) -> list[list[Paper]]:
    """Writings of one payment each, in the order of their days; those that one bank reported are put to the first with the
    same end-to-end id and amount that just one other bank reported, within days."""
    groups: list[list[Paper]] = []
    alone: dict[tuple[object, ...], list[tuple[date, set[Party | None], list[Paper]]]] = defaultdict(list)
    after: dict[tuple[object, ...], int] = defaultdict(int)
    for writings in payments:
        one = writings[0].document
        banks = {paper.document.keeper for paper in writings}
        if len(banks) == 1 and one.keeper and one.end_to_end and one.issue_date:
            payment = one.end_to_end, one.payable_minor, one.currency, one.reversal
            bank, others = (*payment, one.keeper), alone[payment]
            while after[bank] < len(
                others
            ):  # what is passed by is the bank's own, has both sides, or is too old from now on
                day, said_by, other = others[after[bank]]
                after[bank] += 1
                if len(said_by) == 1 and not said_by & banks and (one.issue_date - day).days <= STATEMENT_DAYS:
                    said_by |= banks
                    other.extend(writings)
                    break
            else:
                others.append((one.issue_date, banks, writings))
                groups.append(writings)
        else:
            groups.append(writings)
    return groups


def _nothing_came(receipt: TradeDocument) -> bool:
    """Whether every line of a receipt advice says that nothing was received."""
    return bool(receipt.lines) and all(line.quantity is not None and line.quantity <= 0 for line in receipt.lines)


def _goods(case: _Case) -> tuple[str, ...]:
    """The deliveries that the invoice itself names; two equal parts of one order are two invoices with one name each."""
    return numbers_of(case.document.despatches) + numbers_of(case.document.receipts)


def _share(whole: int | None, part: int | None, of: int | None) -> int:
    """whole x part / of, rounded down; 0 where one is unknown."""
    return (whole or 0) * (part or 0) // of if of else 0


def _money(minor: int | None, currency: str | None) -> str:
    return "no amount" if minor is None or currency is None else f"{Money(minor, currency).decimal:f} {currency}"


def _quantity(value: Decimal | None, unit: str | None) -> str:
    if value is None:
        return "–"
    return f"{f'{value:.3f}'.rstrip('0').rstrip('.')} {unit_code(unit) or ''}".rstrip()


def _up(value: Decimal) -> int:
    """To the next whole minor unit, but for what reckoning with decimals makes of a whole one."""
    return int(value.quantize(Decimal("0.000001")).to_integral_value(ROUND_CEILING))


def without_tax(minor: int) -> int:
    """The least that an amount with tax can be without it."""
    return max(0, -(-minor * 100 // (100 + HIGHEST_TAX_PERCENT)))


def _says_how_much(lines: Sequence[DocumentLine]) -> bool:
    return any(line.quantity is not None for line in lines)


def _means(line: DocumentLine) -> tuple[str | None, str | None]:
    """The line of the order and the article that a line of goods names."""
    return (
        normalised_number(line.order_line) if line.order_line else None,
        normalised_number(line.item) if line.item else None,
    )


def _places(order_line: str | None, item: str | None, kind: str | None) -> tuple[tuple[str | None, ...], ...]:
    """Where a store keeps what a line may mean, the most fitting first."""
    if kind is None:
        return ()
    if order_line and item:
        exactly = (("exactly", order_line, item, kind), ("exactly", None, item, kind))
        return *exactly, ("line", order_line, kind), ("exactly", None, None, kind)
    if order_line:
        return ("line", order_line, kind), ("line", None, kind)
    return (("item", item, kind), ("item", None, kind)) if item else (("unit", kind),)


def _price(heap: _Heap, prices: Sequence[_Prices]) -> Decimal:
    """The highest that one of the orders may ask for a heap's goods; 0 where none has a line for them."""
    return max((one.of(heap) * one.most for one in prices), default=Decimal(0))


def _at_most(fair: Decimal) -> Decimal:
    """What may be asked for what is worth so much at the agreed prices."""
    return fair * DEARER + ROUNDING_MINOR


def _ordered(order: TradeDocument) -> int:
    """An order's amount as it counts: with tax where it states tax, else without."""
    amount = order.payable_minor if order.tax_minor is not None else order.net_minor or order.payable_minor
    return max(0, amount or 0)


def _of_lines(order: TradeDocument, ordered: int, answered: Sequence[DocumentLine]) -> int | None:
    """An order's amount after its lines were given other quantities, at the order's prices; None where none were. What a
    line without a price is worth nobody knows, so an order with one has no room."""
    said = {
        normalised_number(line.order_line or line.number): line
        for line in answered
        if line.quantity is not None or line.net_minor is not None
    }
    if not said:
        return None
    gone = [line for line in said.values() if line.quantity is not None and line.quantity <= 0]
    if len(gone) == len(said) >= len(order.lines):
        return 0
    before, after = 0, Decimal(0)
    for line in order.lines:
        before += line.net_minor or 0
        worth = Decimal(line.net_minor or 0)
        if (new := said.get(normalised_number(line.number))) is not None:
            if not line.quantity or not line.net_minor or unit_code(new.unit or line.unit) != unit_code(line.unit):
                return 0
            if new.quantity is not None:
                worth = worth * max(new.quantity, Decimal(0)) / line.quantity
            if new.net_minor is not None:
                worth = min(worth, Decimal(new.net_minor))
        after += worth
    return max(0, int(ordered * after / before)) if before > 0 else 0
