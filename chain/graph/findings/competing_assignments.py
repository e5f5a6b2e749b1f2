"""C16: one receivable was assigned to several, in and outside the platform. Who comes first, and why the others do not.

Civil Code of the People's Republic of China, art. 768: registered assignments come before those that are not, the earlier
registration first; where none is registered, the one whose notice reached the debtor first; where there is neither,
each takes its part in proportion to what it financed. Claims of one moment share in proportion, too.

What they share is the invoice less its credit notes: what the debtor paid meanwhile is no smaller claim of whoever it was due to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from chain.documents.claims import Claim, Ground, claims_on
from chain.documents.model import DocumentType, Finding, Severity, TradeDocument
from chain.documents.shelf import KINDS, NONE, Touched
from chain.documents.trade.assignments import by_invoice
from chain.graph.findings.detector import Books, Detector


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands. ``share_minor`` is what it gets of the receivable."""

    claim: Claim
    rank: int
    """From 1; claims that share have one rank."""
    share_minor: int
    template: str
    """Why, as a sentence with ``values``."""
    values: dict[str, str | int]


_REASONS = {
    Ground.REGISTRATION: "{assignee} is registered ({registration}), and nobody was before it",
    Ground.NOTICE: "nobody is registered, and the debtor was told of {assignee} ({notice}) before any other",
    Ground.NEITHER: "nobody is registered or told of; {assignee} shares in proportion to what it financed",
}
_LOST = {
    Ground.REGISTRATION: "{assignee} is registered ({registration}) after {winner} ({winner_proof})",
    Ground.NOTICE: "{assignee} is not registered and comes after {winner} ({winner_proof})",
    Ground.NEITHER: "{assignee} is neither registered nor was the debtor told; it comes after {winner} ({winner_proof})",
}


def rank(open_minor: int, claims: Iterable[Claim]) -> tuple[Standing, ...]:
    """All claims in their order, each with its share of ``open_minor`` and the reason. The same claims in any order give
    the same answer; equal shares are told apart, to the last minor unit, by the assignee's name."""
    ordered = sorted(
        claims,
        key=lambda claim: (
            claim.order, claim.assignee, claim.financed_minor, claim.registration, claim.notice, claim.noticed_at or 0,
            claim.noticed_at is None,
        ),
    )  # fmt: skip
    standings: list[Standing] = []
    left = max(0, open_minor)
    first = ordered[0] if ordered else None
    for place, (_, group) in enumerate(groupby(ordered, key=lambda claim: claim.order), start=1):
        equals = list(group)
        for claim, share in zip(equals, _shares(left, equals), strict=True):
            values: dict[str, str | int] = {
                "assignee": claim.assignee, "registration": claim.registration or "–", "notice": claim.notice or "–",
            }  # fmt: skip
            reasons = _REASONS
            if place > 1 and first is not None:
                reasons = _LOST
                values |= {"winner": first.assignee, "winner_proof": first.registration or first.notice or "–"}
            standings.append(Standing(claim, place, share, reasons[claim.ground], values))
        left -= sum(standing.share_minor for standing in standings if standing.rank == place)
    return tuple(standings)


class CompetingAssignments(Detector[tuple[int, str]]):
    """By seller (number of an enterprise) and invoice (its normalised number)."""

    def __init__(self) -> None:
        super().__init__()
        self._assigned: dict[tuple[int, str], dict[int, TradeDocument]] = defaultdict(dict)
        """Seller and invoice → by their places, the assignments that name it, as if they named it alone."""
        self._sellers: set[int] = set()

    def fill(self, books: Books) -> None:
        """See `Detector.fill`."""
        self._assigned.clear()
        self._sellers.clear()
        for seller, places in books.shelf.assignments_of.items():
            for place in places:
                self._put(books, seller, place)
        super().fill(books)

    def subjects(self, books: Books) -> Iterable[tuple[int, str]]:
        return [subject for subject, assignments in self._assigned.items() if len(assignments) > 1]

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[tuple[int, str]]:
        shelf = books.shelf
        for place in touched.papers:
            if KINDS[shelf.kind[place]] is DocumentType.ASSIGNMENT:
                yield from self._put(books, shelf.enterprise_of[shelf.seller[place]], place)
        for trade in touched.trades:
            seller = shelf.trades[trade][0]
            if seller in self._sellers:
                known = len(f"{DocumentType.INVOICE}|{shelf.enterprises[seller]}|")
                for place in shelf.invoices_of[trade]:
                    subject = seller, shelf.keys[place][known:]
                    if len(self._assigned.get(subject, ())) > 1:
                        yield subject

    def _put(self, books: Books, seller: int, place: int) -> list[tuple[int, str]]:
        """Keep an assignment where it is looked for, or forget it if it does not count; returns the invoices that it names."""
        shelf = books.shelf
        counts = shelf.counts[place] and shelf.trade[place] != NONE
        named = by_invoice(shelf.document(place))
        for number, of_one in named.items():
            if counts:
                self._sellers.add(seller)
                self._assigned[seller, number][place] = of_one
            else:
                self._assigned[seller, number].pop(place, None)
        return [(seller, number) for number in named]

    def judge(self, books: Books, subject: tuple[int, str]) -> Sequence[Finding]:
        assignments = self._assigned.get(subject, {})
        seller, number = subject
        key = f"{DocumentType.INVOICE}|{books.shelf.enterprises[seller]}|{number}"
        receivable = books.receivable(key) if len(assignments) > 1 else None
        if receivable is None:
            return ()
        told = [(books.shelf.keys[place], of_one) for place, of_one in sorted(assignments.items())]
        claims = claims_on(number, told, books.today)
        if len(claims) < 2:
            return ()
        alike = [claim for claim in claims if claim.currency == receivable.currency]
        return competing_assignments(key, rank(receivable.payable_minor - receivable.credited_minor, alike))

    def order(self, books: Books, subject: tuple[int, str]) -> tuple[str | int, ...]:
        seller, number = subject
        return books.shelf.enterprises[seller], number


def competing_assignments(document: str, standings: Sequence[Standing]) -> tuple[Finding, ...]:
    """One finding for each claim on an invoice (its key) that gets less than it financed; it says why."""
    return tuple(
        Finding(
            rule="CompetingAssignment", severity=Severity.FLAGGED, template=standing.template, values=standing.values,
            documents=tuple(dict.fromkeys((document, *standing.claim.documents, *standings[0].claim.documents))), case="C16",
        )
        for standing in standings
        if standing.share_minor < standing.claim.financed_minor
    )  # fmt: skip


def _shares(left: int, claims: Sequence[Claim]) -> list[int]:
    """``left`` over claims of one rank, in proportion to what they financed and never more; what rounding leaves goes to
    the first of those that it took something from."""
    financed = [max(0, claim.financed_minor) for claim in claims]
    total = sum(financed)
    given = min(left, total)
    shares = [part * given // total if total else 0 for part in financed]
    rounded = (place for place, part in enumerate(financed) if total and part * given % total)
    for place in islice(rounded, given - sum(shares)):
        shares[place] += 1
    return shares
