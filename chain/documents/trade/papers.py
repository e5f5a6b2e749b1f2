"""The papers of one trade, by what they are and what they name, and what was found of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, Finding, Severity, TradeDocument
from chain.documents.rules import (
    CurrencyDiffers,
    DatesOutOfOrder,
    IdentityWithAnotherFace,
    KnownByAliasAlone,
    MatchingRule,
    found_in,
)
from chain.documents.trade.case import Case
from chain.documents.warehouses import Stored, Warehouses, numbers_of
from chain.errors import PearlError

#: Papers that prove goods, or corroborate them; broken they do neither.
GOODS = frozenset({DocumentType.DESPATCH_ADVICE, DocumentType.RECEIPT_ADVICE, DocumentType.LOGISTICS_EVENT})


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that counts, or did: where it stands among all documents, and its key."""

    place: int
    key: str
    document: TradeDocument
    by_alias: bool = False
    """Whether only documents say which enterprise of the register a party in it is (`Directory.by_alias_alone`)."""

    contradicted: bool = False
    """Whether another writing says something else, and this one is not known to be its author's (`Shelf.contradicted`)."""

    superseded: bool = False
    """Whether it is a writing that does not count, since another does, and still takes what it took (`Shelf.superseded_of`)."""

    of_nobody: bool = False
    """Whether seller or buyer is known in it only by an id that several enterprises claim (`Shelf.papers`): it takes from what
    it names, and confirms nothing."""

    @property
    def proves(self) -> bool:
        """Whether it may prove or confirm anything."""
        return not (self.document.broken_rules or self.by_alias or self.contradicted or self.of_nobody)


class Trade:
    """What one seller and one buyer have with each other. A paper that breaks a rule proves no goods, so it is not
    among ``of`` where it would."""

    def __init__(
        self, seller: str, buyer: str, papers: Sequence[Paper], warehouses: Warehouses, today: date
    ) -> None:  # fmt: skip
        self.seller, self.buyer, self.warehouses, self.today = seller, buyer, warehouses, today
        self.documents: dict[str, TradeDocument] = {}
        self.places: dict[str, int] = {}
        """Where each document stands among all."""
        self.findings: list[Finding] = []
        self.cases: dict[str, Case] = {}
        """The invoices, by key, in the order in which they came."""
        self.superseded: dict[str, Case] = {}
        """Invoices as they were written first, where their authors wrote them otherwise since: they take goods and orders,
        and back nothing."""
        self._of_nobody: dict[DocumentType, list[Paper]] = defaultdict(list)
        """Papers of somebody known by an id that seller or buyer claims, and others, too."""
        self.of: dict[DocumentType, list[Paper]] = defaultdict(list)
        self.numbers: dict[DocumentType, dict[str, str]] = defaultdict(dict)
        self.by_order: dict[DocumentType, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        """Despatch and receipt advices by the orders that they name."""
        self.by_despatch: dict[str, list[str]] = defaultdict(list)
        """Receipt advices by the despatch advices that they name."""
        self.events: dict[str, list[Paper]] = defaultdict(list)
        """Events by the orders and despatch advices that they name."""
        self.stored: dict[str, Stored] = {}
        """Keepers' receipts behind the invoices, by key."""
        self._superseded: dict[str, Case] = {}
        """The same by number."""
        self._received: dict[str, Set[str]] = {}
        """Order → the receipt advices of its goods."""
        self._lots: dict[str, tuple[str, ...]] = {}
        self.contradicted = {paper.key for paper in papers if paper.contradicted}
        for paper in papers:
            self._index(paper)

    def _index(self, paper: Paper) -> None:
        document = paper.document
        if paper.superseded and document.type is not DocumentType.INVOICE:
            self.of[document.type].append(paper)
            return
        if paper.superseded:
            payable = max(0, document.payable_minor or 0)
            self.superseded[paper.key] = Case(paper.place, paper.key, document, payable, payable, superseded=True)
            self._superseded[normalised_number(document.number)] = self.superseded[paper.key]
            return
        if paper.of_nobody:
            self._of_nobody[document.type].append(paper)
            return
        self.documents[paper.key] = document
        self.places[paper.key] = paper.place
        if not paper.proves and document.type in GOODS:
            return
        self.of[document.type].append(paper)
        self.numbers[document.type][normalised_number(document.number)] = paper.key
        match document.type:
            case DocumentType.INVOICE:
                payable = document.payable_minor or 0
                case = self.cases[paper.key] = Case(paper.place, paper.key, document, payable, max(0, payable))
                if paper.by_alias:
                    self.block(case, KnownByAliasAlone(document=paper.key, seller=self.seller, buyer=self.buyer))
                if paper.contradicted:
                    self.block_contradicted(case)
            case DocumentType.DESPATCH_ADVICE:
                for number in numbers_of(document.orders):
                    self.by_order[document.type][number].append(paper.key)
            case DocumentType.RECEIPT_ADVICE:
                for number in numbers_of(document.orders):
                    self.by_order[document.type][number].append(paper.key)
                for number in numbers_of(document.despatches):
                    self.by_despatch[number].append(paper.key)
            case DocumentType.LOGISTICS_EVENT if document.movement is not None:
                for number in {*numbers_of(document.orders), *numbers_of(document.despatches)}:
                    self.events[number].append(paper)

    def keys(self, kind: DocumentType, numbers: Iterable[str]) -> tuple[str, ...]:
        """Keys of the documents of a kind that have one of the (normalised) numbers, in the order of the numbers."""
        known = self.numbers.get(kind)
        return () if not known else tuple(dict.fromkeys(known[number] for number in numbers if number in known))

    def invoices(self, document: TradeDocument) -> tuple[str, ...]:
        """Keys of the invoices that a document names."""
        return self.keys(DocumentType.INVOICE, numbers_of(document.invoices))

    def taking(self, kind: DocumentType) -> list[Paper]:
        """The papers of a kind that take from invoices, in order. Those of an id that several claim take from what they name
        of each of them: so who claims another's id leaves nothing open that was settled."""
        nobodys = [paper for paper in self._of_nobody.get(kind, ()) if self.invoices(paper.document)]
        own = self.of.get(kind, [])
        return sorted((*own, *nobodys), key=lambda paper: paper.place) if nobodys else own

    def writings(self, document: TradeDocument) -> list[Case]:
        """All writings of the invoices that a document names, those that count first."""
        named = [self.cases[key] for key in self.invoices(document)]
        return named + [self._superseded[one] for one in numbers_of(document.invoices) if one in self._superseded]

    @staticmethod
    def dated(papers: Iterable[Paper]) -> list[Paper]:
        """The papers by their dates, then as they came."""
        return sorted(papers, key=lambda paper: (paper.document.issue_date or date.min, paper.place))

    def that_name(self, known: Mapping[str, list[str]], numbers: Iterable[str]) -> tuple[str, ...]:
        """The documents that name one of the numbers, in the order in which they came."""
        return self._in_order({key for number in numbers for key in known.get(number, ())})

    def receipts_of(self, orders: Iterable[str]) -> tuple[str, ...]:
        """The receipt advices of the orders, in the order in which they came: those that name one, or that name none and a
        despatch advice that does."""
        found: set[str] = set()
        for order in orders:
            if order not in self._received:
                shipped = self.by_order[DocumentType.DESPATCH_ADVICE].get(order, ())
                through = {
                    key for one in shipped for key in self.by_despatch.get(normalised_number(self.documents[one].number), ())
                    if not self.documents[key].orders
                }  # fmt: skip
                self._received[order] = through.union(self.by_order[DocumentType.RECEIPT_ADVICE].get(order, ()))
            found |= self._received[order]
        return self._in_order(found)

    def _in_order(self, keys: Set[str]) -> tuple[str, ...]:
        return tuple(keys) if len(keys) < 2 else tuple(sorted(keys, key=self.places.__getitem__))

    def orders_behind(self, receipt: str) -> tuple[str, ...]:
        """Numbers of the orders that a receipt advice names, else its despatch advices."""
        document = self.documents[receipt]
        shipped = self.keys(DocumentType.DESPATCH_ADVICE, numbers_of(document.despatches))
        through = (number for key in shipped for number in numbers_of(self.documents[key].orders))
        return numbers_of(document.orders) or tuple(dict.fromkeys(through))

    def lots_named(self, key: str) -> tuple[str, ...]:
        """The lots that a document names, as written, each once."""
        if key not in self._lots:
            document = self.documents[key]
            named = (*document.lots, *(line.lot for line in document.lines if line.lot))
            self._lots[key] = tuple(dict.fromkeys(named))
        return self._lots[key]

    def received_on(self, key: str) -> date | None:
        """The day that the buyer received the goods, as its receipt says; a receipt is written no earlier."""
        return self.documents[key].delivery_date or self.documents[key].issue_date

    def in_its_currency(self, paper: Paper, named: Iterable[str]) -> list[Case]:
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
                self.find(error, Severity.FLAGGED, paper.document, paper.key, key)
        return same

    def block(self, case: Case, error: PearlError, *others: str) -> None:
        """The invoice backs nothing, and a finding says why; ``others`` are the documents that prove it."""
        case.blocked = True
        case.rules.append(error.rule)
        self.find(error, Severity.BLOCKED, case.document, case.key, *others)

    def block_contradicted(self, case: Case) -> None:
        """The invoice backs nothing; the finding is that of the copies (`Shelf.findings_of_key`)."""
        case.blocked = True
        case.rules.append(IdentityWithAnotherFace.__name__)

    def cap(self, case: Case, cap: int, error: MatchingRule, *others: str) -> None:
        """The invoice backs at most so many minor units, and a finding says why."""
        case.cap = max(0, cap if case.cap is None else min(case.cap, cap))
        case.rules.append(error.rule)
        self.find(error, Severity.BLOCKED, case.document, case.key, *others)

    def find(self, error: PearlError, severity: Severity, document: TradeDocument, *keys: str) -> None:
        """A finding in the document's file; ``keys`` are those of the documents that prove it."""
        self.findings.append(found_in(document.source, error, severity, *keys))

    def out_of_order(
        self, key: str, document: TradeDocument, earlier: str, early: date, later: str, late: date, *keys: str
    ) -> None:
        """Flag two days that are in an order that cannot be."""
        error = DatesOutOfOrder(
            document=key, earlier=earlier, early_day=early.isoformat(), later=later, late_day=late.isoformat()
        )
        self.find(error, Severity.FLAGGED, document, key, *keys)
