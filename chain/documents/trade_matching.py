"""One trade, all documents between one seller and one buyer, held against itself: the unit of matching.

Everything in here is a pure function of the trade's documents, of what its two parties have in warehouses, and of the day.
So many trades are matched side by side, and a new document is matched by running its trade again.
docs/documents.md says why each rule is as it is; they are applied in the order of the methods of `_Match`.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext

from rapidfuzz.distance import DamerauLevenshtein

from chain.documents.claims import claims_on
from chain.documents.identity import normalised_identifier, normalised_number
from chain.documents.lookalikes import skeleton
from chain.documents.model import Answer, DocumentType, Finding, Movement, Severity, TradeDocument
from chain.documents.receivable import Receivable, ReceivableState
from chain.documents.rules import (
    AssignmentWithoutInvoice,
    CorrectedInvoice,
    CreditNoteAboveInvoice,
    CreditNoteWithoutInvoice,
    CurrencyDiffers,
    CurrencyMissing,
    DatesOutOfOrder,
    GoodsInvoicedTwice,
    GoodsPledged,
    IdentityWithAnotherFace,
    InvoiceCorrected,
    InvoiceDisputed,
    InvoiceRejected,
    InvoiceUndated,
    KeeperNotIndependent,
    KnownByAliasAlone,
    LooksLikeAnother,
    MatchingRule,
    MoreInvoicedThanReceived,
    NoGoodsBehindMoney,
    NumberLooksAlike,
    OrderNotFound,
    OrderRejected,
    OrderWithoutAmount,
    OverInvoicedOrder,
    PayeeAccountChanged,
    PaymentAboveInvoices,
    PaymentProposed,
    PaymentWithoutInvoice,
    Prepayment,
    PriceAboveOrder,
    ReceivableAssigned,
    RelatedParties,
    ReversalWithoutPayment,
    SaidToBePaid,
    SelfInvoice,
    TermsStretched,
    found_in,
)
from chain.documents.units import unit_code
from chain.documents.warehouses import DIGITS, Stored, Warehouses, numbers_of
from chain.errors import PearlError
from chain.money import Money

#: State Council order 802: the legal norm for what a large firm owes a small one; stands in where no due date is written.
USUAL_TERM_DAYS = 60

#: Days between the bookings of one payment at its payer's and its payee's bank.
STATEMENT_DAYS = 3

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
    for case in cases:  # in the order they came: a later one with an earlier date takes nothing from those before it
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
    compared: bool = False
    """Whether an order's amount or a receipt's quantities limit it."""
    order_numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    despatches: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    stored: tuple[Stored, ...] = ()
    events: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        return max(0, self.owed - self.paid - self.billed)


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
        self.assigned: dict[str, list[Paper]] = defaultdict(list)
        """Assignments by the invoices that they name."""
        self.ordered_left: dict[str, int] = {}
        self.order_answers: dict[str, Paper] = {}
        """Order → the seller's last answer to it."""
        self.order_changes: dict[str, Paper] = {}
        """Order → the buyer's last change or withdrawal of it."""
        self.taken: dict[str, str] = {}
        """Proof of goods → the invoice that it stands behind, where nothing else limits."""
        self.contradicted = {paper.key for paper in papers if paper.contradicted}
        self.received: dict[str, dict[tuple[str | None, str | None], Decimal]] = {}
        self.received_left: dict[tuple[str, str | None, str | None], Decimal] = {}
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
                for number in numbers_of(document.invoices):
                    self.assigned[number].append(paper)
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
                case.credited_net += _share(note.net_minor, part, note.payable_minor)
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
        seen: dict[tuple[object, ...], set[str]] = defaultdict(set)
        written: dict[tuple[object, ...], list[list[Paper]]] = defaultdict(list)
        for paper in self.of.get(DocumentType.PAYMENT, ()):
            document = paper.document
            money = document.payable_minor, document.currency, document.reversal
            facts = (normalised_number(document.number), document.issue_date, *money)
            ids = seen[facts]
            if ids and (not document.end_to_end or not ids.isdisjoint({document.end_to_end, ""})):
                continue
            ids.add(document.end_to_end)
            same = written[(document.end_to_end or paper.key, *money)]
            one = next((group for group in same if all(_other_side(document, each.document) for each in group)), None)
            if one is None:
                same.append([paper])
            else:
                one.append(paper)
        groups = [group for same in written.values() for group in same]
        counted = [next((paper for paper in group if self._invoices(paper.document)), group[0]) for group in groups]
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
        if any(key in self.contradicted for key in case.orders):
            self._contradicted(case)
        if document.currency is None:
            self._block(case, CurrencyMissing())
        if not (document.issue_date or document.delivery_date or document.due_date):
            self._block(case, InvoiceUndated(document=case.key))
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
        claims = claims_on(number, ((paper.key, paper.document) for paper in assignments), self.today)
        case.assignments = tuple(key for claim in claims for key in claim.documents)
        for claim in claims:
            proof = claim.registration or claim.notice or "–"
            error = ReceivableAssigned(document=case.key, assignee=claim.assignee, proof=proof)
            self._block(case, error, *claim.documents)

    def _judge_goods(self, case: _Case) -> None:
        proving = [one for one in case.stored if self.warehouses.proves(one, self.seller, self.buyer)]
        for one in case.stored:
            if self.warehouses.independent(one) and not self.warehouses.independent(one, self.seller, self.buyer):
                error = KeeperNotIndependent(document=one.key)
                self._find(error, Severity.BLOCKED, case.document, one.key, case.key)
            for lot, normalised in one.lots:
                pledge = self.warehouses.pledge(one.keeper, normalised)
                if pledge := pledge or self.warehouses.pledge_of_owner(one.owner, normalised):
                    self._block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
        linked = {lot for one in case.stored for _, lot in one.lots}
        for lot in dict.fromkeys((*case.document.lots, *(line.lot for line in case.document.lines if line.lot))):
            normalised = normalised_number(lot)
            if normalised not in linked and (pledge := self.warehouses.pledge_of_owner(self.seller, normalised)):
                self._block(case, GoodsPledged(document=case.key, lot=lot, receipt=pledge), pledge)
        promised = case.document.delivery_date
        if (case.despatches and case.receipts) or proving:
            # The buyer's receipts decide; a keeper's where there are none. Goods of which a part is still to come
            # are not delivered.
            days = [self.documents[key].delivery_date for key in (case.receipts if case.despatches else ())]
            days = days or [one.day for one in proving]
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

    def _judge_answers(self, case: _Case) -> None:
        response = case.responses[-1] if case.responses else ""
        match case.answer:
            case Answer.REJECTED:
                self._block(case, InvoiceRejected(document=case.key, response=response), response)
            case Answer.DISPUTED | Answer.CHANGED:  # what it would be changed to is a new invoice's to say
                self._block(case, InvoiceDisputed(document=case.key, response=response), response)
            case Answer.PAID if case.open:
                self._block(case, SaidToBePaid(document=case.key, response=response), response)
        for key in case.orders:
            for answer in (self.order_answers.get(key), self.order_changes.get(key)):
                if answer is not None and answer.document.answer is Answer.REJECTED:
                    self._block(case, OrderRejected(document=case.key, response=answer.key), key, answer.key)

    def _judge_dates(self, case: _Case) -> None:
        """Goods arrive after they left, are ordered before they leave, and are due no earlier than they are invoiced."""
        document = case.document
        issued, due = document.issue_date, document.due_date
        if issued and due and due < issued:
            self._out_of_order(case.key, document, "due date", due, "invoice", issued, case.key)
        shipped = [self.documents[key] for key in case.despatches]
        for key in case.orders:
            number, ordered = normalised_number(self.documents[key].number), self.documents[key].issue_date
            for despatch, one in zip(case.despatches, shipped, strict=True):
                day = one.delivery_date or one.issue_date
                if ordered and day and day < ordered and number in numbers_of(one.orders):
                    self._out_of_order(case.key, document, "despatch", day, "order", ordered, despatch, key)
                    return
        left = min((day for one in shipped if (day := one.delivery_date or one.issue_date)), default=None)
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
        # An invoice cannot escape its order by not naming it, or by naming one that is not there: the papers of its goods
        # do. They add none to one that is there: each order more makes room for more.
        if not self._keys(DocumentType.ORDER, orders):
            goods = [n for key in (*case.receipts, *case.despatches) for n in numbers_of(self.documents[key].orders)]
            orders = tuple(dict.fromkeys([*orders, *goods, *(n for one in case.stored for n in one.orders)]))
        case.order_numbers = orders
        case.orders = self._keys(DocumentType.ORDER, case.order_numbers)
        for number in numbers_of(document.orders):
            if number not in self.numbers[DocumentType.ORDER]:
                self._find(OrderNotFound(document=case.key, order=number), Severity.FLAGGED, document, case.key)
        case.events = self._events(case)

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
        """Take off the lines that ask for more than was received of them and not invoiced before (order line and unit
        must be written on both sides; else there is nothing to compare). What was credited is not asked for any more."""
        document = case.document
        stored = any(
            not one.broken and self.warehouses.independent(one, self.seller, self.buyer) for one in case.stored
        )
        if not case.receipts or stored or self.seller == self.buyer:
            return
        numbers = case.order_numbers
        if len(numbers) > 1 and not self._keys(DocumentType.ORDER, numbers_of(document.orders)):
            # The invoice names none that is there, so the buyer's word decides.
            numbers = tuple({n for key in case.receipts for n in numbers_of(self.documents[key].orders)})
        if len(numbers) != 1:
            return
        (order,) = numbers
        pool = self._received(order)
        excess_minor, measured_minor, worst = 0, 0, None
        for line in document.lines:
            at = (line.order_line, line.unit)
            if at not in pool or line.quantity is None or line.quantity <= 0 or case.payable <= 0:
                continue
            measured_minor += line.net_minor or 0
            asked = line.quantity if case.owed == case.payable else line.quantity * case.owed / case.payable
            place = (order, *at)
            left = self.received_left.get(place, pool[at])
            self.received_left[place] = max(Decimal(0), left - asked)
            if asked <= left:
                continue
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
            self._cap(case, case.owed - excess_minor, error, *case.receipts)

    def _received(self, order: str) -> dict[tuple[str | None, str | None], Decimal]:
        """All that was ever received of the order, by order line and unit."""
        if order in self.received:
            return self.received[order]
        pool = self.received[order] = defaultdict(Decimal)
        for key in self.by_order[DocumentType.RECEIPT_ADVICE].get(order, ()):
            receipt = self.documents[key]
            if len(numbers_of(receipt.orders)) == 1:
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
        claimed = case.owed if with_tax else min(net, case.owed)
        for key in capped:
            if key not in self.ordered_left:
                self.ordered_left[key] = self._agreed(key, with_tax)
        left = sum(self.ordered_left[key] for key in capped)
        if claimed > left:
            currency = case.document.currency
            error = OverInvoicedOrder(
                document=case.key, order=self.documents[capped[0]].number, invoiced=_money(claimed, currency),
                left=_money(left, currency),
            )  # fmt: skip
            self._cap(case, _share(case.owed, left, claimed), error, *capped)
        for key in capped:
            taken = min(claimed, self.ordered_left[key])
            self.ordered_left[key] -= taken
            claimed -= taken
        self._look_at_prices(case, capped)

    def _agreed(self, key: str, with_tax: bool) -> int:
        """The order's amount, as the buyer last changed it; or less where the seller accepted less. More than was ordered the
        buyer never agreed to."""
        order = self.documents[key]

        def amount(document: TradeDocument) -> int | None:
            same = document.currency == order.currency
            return (
                (document.payable_minor if with_tax else document.net_minor or document.payable_minor) if same else None
            )

        ordered = amount(order) or 0
        if (change := self.order_changes.get(key)) and (changed := amount(change.document)) is not None:
            ordered = changed
        answer = self.order_answers.get(key)
        accepted = None if answer is None else amount(answer.document)
        return ordered if accepted is None else min(ordered, accepted)

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
            if line.net_minor > fair + fair * SUSPICIONS.price_basis_points / 10_000 + ROUNDING_MINOR:
                error = PriceAboveOrder(
                    document=case.key, line=line.number, order=orders[0],
                    asked=_money(int(line.net_minor / line.quantity), case.document.currency),
                    ordered=_money(int(ordered.net_minor / ordered.quantity), case.document.currency),
                )  # fmt: skip
                self._find(error, Severity.FLAGGED, case.document, case.key, orders[0])
                return

    def once_per_goods(self, case: _Case) -> None:
        """Where neither an order nor quantities limit them, the same goods stand behind one invoice only."""
        if case.compared or not case.owed:
            return
        for proof in (*case.receipts, *(one.key for one in case.stored if not one.broken)):
            other = self.taken.setdefault(proof, case.key)
            if other != case.key:
                self._block(case, GoodsInvoicedTwice(document=case.key, proof=proof, other=other), proof, other)
                return

    def _has_amount(self, case: _Case, key: str) -> bool:
        order = self.documents[key]
        if order.payable_minor is not None and order.currency == case.document.currency:
            return True
        error: MatchingRule = OrderWithoutAmount(document=case.key, order=order.number)
        if order.payable_minor is not None and order.currency is not None and case.document.currency is not None:
            error = CurrencyDiffers(
                document=case.key, currency=case.document.currency, other=key, expected=order.currency
            )
        self._find(error, Severity.FLAGGED, case.document, case.key, key)
        return False

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
            warehouse_receipts=tuple(one.key for one in case.stored if not one.broken),
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


def _other_side(one: TradeDocument, other: TradeDocument) -> bool:
    """Whether two writings of a payment may be those of its payer's and its payee's bank."""
    if one.keeper is None or other.keeper is None or one.keeper == other.keeper:
        return False
    days = one.issue_date, other.issue_date
    return days[0] is not None and days[1] is not None and abs((days[0] - days[1]).days) <= STATEMENT_DAYS


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


def _quantity(value: Decimal) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
