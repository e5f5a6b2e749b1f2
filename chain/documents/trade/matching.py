"""One trade, all documents between one seller and one buyer, held against itself: the unit of matching.

Everything in here is a pure function of the trade's documents, of what its two parties have in warehouses, and of the day.
So many trades are matched side by side, and a new document is matched by running its trade again; of a trade of many
documents, that part of it that the new one has to do with. docs/documents.md says why each rule is as it is; they are
applied in the order of `match_part`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import localcontext

from chain.documents.identity import normalised_number
from chain.documents.lookalikes import skeleton
from chain.documents.model import DocumentType, Finding
from chain.documents.receivable import Receivable
from chain.documents.trade.papers import Paper, Trade
from chain.documents.trade.part import PartMatch, match_part
from chain.documents.trade.settlement import propose
from chain.documents.trade.suspicions import look_at_accounts, look_at_terms
from chain.documents.warehouses import DIGITS, Stored, Warehouses, numbers_of

#: A trade of so many documents is matched in parts; below, telling them apart costs what it saves.
MANY_PAPERS = 500

Token = tuple[str, str]
"""What documents of one part have in common: a number that one has or both name, with its kind."""


@dataclass(frozen=True, slots=True)
class TradeMatch:
    """What one trade's documents say together."""

    receivables: tuple[tuple[int, Receivable], ...]
    """(the invoice's place among all documents, its receivable), in the order in which the invoices came."""
    findings: tuple[Finding, ...]
    """Part by part, then of all invoices together."""


def match_trade(
    seller: str, buyer: str, papers: Sequence[Paper], warehouses: Warehouses, groups: Mapping[str, str], today: date
) -> TradeMatch:
    """Hold the documents of one trade, in the order in which they came, against each other as of ``today``. ``groups``
    maps an enterprise to its group of related parties; absent means its own."""
    trade = GrowingTrade(seller, buyer, warehouses, groups, today, in_parts=len(papers) >= MANY_PAPERS)
    trade.add(papers)
    return trade.match()


class GrowingTrade:
    """A trade that documents are added to. Those that come together or one by one give the same match, as long as what keepers
    say stays as it was."""

    def __init__(
        self, seller: str, buyer: str, warehouses: Warehouses, groups: Mapping[str, str], today: date,
        in_parts: bool = True,
    ) -> None:  # fmt: skip
        self._seller, self._buyer, self._warehouses, self._today = seller, buyer, warehouses, today
        self._related = groups.get(seller, seller) == groups.get(buyer, buyer)
        self._in_parts = in_parts
        self._part_of: dict[Token, int] = {}
        self._joined: list[int] = []
        """Part → itself, or one that it was joined to."""
        self._papers: dict[int, list[Paper]] = {}
        self._matched: dict[int, PartMatch] = {}
        self._stored: set[str] = set()
        """Keepers' receipts that joined what they name."""

    def add(self, papers: Iterable[Paper]) -> None:
        """Put documents into the parts that they have to do with; they came after those that are here."""
        for paper in papers:
            tokens = _tokens(paper) if self._in_parts else [("trade", "")]
            part = self._part(tokens[0])
            for token in tokens[1:]:
                part = self._join(part, self._part(token))
            part = self._find(part)
            self._papers.setdefault(part, []).append(paper)
            self._matched.pop(part, None)

    def match(self) -> TradeMatch:
        """What all say together; only parts that changed are held against themselves again."""
        with localcontext(prec=DIGITS):
            for part, papers in self._papers.items():
                if part not in self._matched:
                    papers.sort(key=lambda paper: paper.place)
                    trade = Trade(self._seller, self._buyer, papers, self._warehouses, self._today)
                    self._matched[part] = match_part(trade, self._related)
        parts = [self._matched[part] for part in sorted(self._papers, key=lambda part: self._papers[part][0].place)]
        rows = [row for part in parts for row in zip(part.cases, part.receivables, strict=True)]
        if len(parts) > 1:
            rows.sort(key=lambda row: row[0].place)
        cases = [case for case, _ in rows]
        whole = Trade(self._seller, self._buyer, (), self._warehouses, self._today)
        if unnamed := [paper for part in parts for paper in part.unnamed]:
            propose(whole, cases, sorted(unnamed, key=lambda paper: paper.place))
        look_at_terms(whole, cases)
        look_at_accounts(whole, cases)
        found = (finding for part in parts for finding in part.findings)
        return TradeMatch(tuple((case.place, one) for case, one in rows), (*found, *whole.findings))

    def _part(self, token: Token) -> int:
        """The part of a token; a new one is in the part of what keepers name together with it."""
        together: list[tuple[Token, Token]] = []
        new = [token]
        while new:
            one = new.pop()
            if one in self._part_of:
                continue
            self._part_of[one] = len(self._joined)
            self._joined.append(len(self._joined))
            for owner in {self._seller, self._buyer} if self._in_parts else ():
                for stored in self._warehouses.naming(owner, *one):
                    if stored.key not in self._stored and stored.consignee in (None, self._buyer):
                        self._stored.add(stored.key)
                        together += ((one, other) for other in _named_by(stored))
                        new += _named_by(stored)
        for one, other in together:
            self._join(self._part_of[one], self._part_of[other])
        return self._find(self._part_of[token])

    def _join(self, one: int, other: int) -> int:
        one, other = self._find(one), self._find(other)
        if one == other:
            return one
        if len(self._papers.get(one, ())) < len(self._papers.get(other, ())):
            one, other = other, one
        self._joined[other] = one
        if papers := self._papers.pop(other, None):
            self._papers.setdefault(one, []).extend(papers)
        self._matched.pop(one, None)
        self._matched.pop(other, None)
        return one

    def _find(self, part: int) -> int:
        while self._joined[part] != part:
            self._joined[part] = part = self._joined[self._joined[part]]
        return part


def _tokens(paper: Paper) -> list[Token]:
    """All by which a document may have to do with another; at least one."""
    document, own = paper.document, normalised_number(paper.document.number)
    named = (
        ("order", document.orders), ("despatch", document.despatches), ("receipt", document.receipts),
        ("invoice", document.invoices),
    )  # fmt: skip
    tokens = [(kind, number) for kind, references in named for number in numbers_of(references)]
    match document.type:
        case DocumentType.INVOICE:
            tokens += [("invoice", own), ("looks", skeleton(own))]
        case DocumentType.ORDER:
            tokens.append(("order", own))
        case DocumentType.DESPATCH_ADVICE:
            tokens.append(("despatch", own))
        case DocumentType.RECEIPT_ADVICE:
            tokens.append(("receipt", own))
        case DocumentType.PAYMENT:
            tokens.append(("payment", own))
            if document.end_to_end:
                tokens.append(("end to end", document.end_to_end))
        case DocumentType.LOGISTICS_EVENT:  # what it names may be an order's number or a despatch advice's
            numbers = numbers_of((*document.orders, *document.despatches))
            tokens += [(kind, number) for kind in ("order", "despatch") for number in numbers]
    return tokens or [("document", paper.key)]


def _named_by(stored: Stored) -> list[Token]:
    """By what invoices find a keeper's receipt, and what it says they have to do with each other."""
    orders, invoices = (
        (("order", number) for number in stored.orders),
        (("invoice", number) for number in stored.invoices),
    )
    return [("receipt", stored.number), *orders, *invoices]
