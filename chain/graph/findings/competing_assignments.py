"""C16: one receivable was assigned to several, in and outside the platform. Who comes first, and why the others do not.

Civil Code of the People's Republic of China, art. 768: registered assignments come before those that are not, the earlier
registration first; where none is registered, the one whose notice reached the debtor first; where there is neither,
each takes its part in proportion to what it financed. Claims of one moment share in proportion, too.

What they share is the invoice less its credit notes: what the debtor paid meanwhile is no smaller claim of whoever it was due to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from chain.documents.claims import Claim, Ground, claims_on
from chain.documents.model import DocumentType, Finding, Severity
from chain.documents.receivable import Receivable
from chain.documents.shelf import Touched
from chain.documents.warehouses import numbers_of
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


class CompetingAssignments(Detector[int]):
    """By seller (number of an enterprise)."""

    def subjects(self, books: Books) -> Iterable[int]:
        return [seller for seller, places in books.shelf.assignments_of.items() if places]

    def touched(self, books: Books, touched: Touched, added: Sequence[int]) -> Iterable[int]:
        sellers = {books.shelf.trades[trade][0] for trade in touched.trades}
        return sellers & books.shelf.assignments_of.keys()

    def judge(self, books: Books, subject: int) -> Sequence[Finding]:
        shelf = books.shelf
        assignments: dict[str, list[int]] = defaultdict(list)
        for place in shelf.assignments_of.get(subject, ()):
            for number in numbers_of(shelf.document(place).invoices):
                assignments[number].append(place)
        return [
            finding
            for number, places in sorted(assignments.items())
            if len(places) > 1
            for finding in self._of_invoice(books, subject, number, places)
        ]

    def _of_invoice(self, books: Books, seller: int, number: str, places: Sequence[int]) -> Iterator[Finding]:
        shelf = books.shelf
        key = f"{DocumentType.INVOICE}|{shelf.enterprises[seller]}|{number}"
        receivable = self._receivable(books, key)
        claims = claims_on(number, [(shelf.keys[place], shelf.document(place)) for place in places], books.today)
        if receivable is None or len(claims) < 2:
            return
        alike = [claim for claim in claims if claim.currency == receivable.currency]
        yield from competing_assignments(key, rank(receivable.payable_minor - receivable.credited_minor, alike))

    def _receivable(self, books: Books, key: str) -> Receivable | None:
        place = books.shelf.first.get(key)
        if place is None or books.shelf.trade[place] < 0:
            return None
        return next(found for at, found in books.receivables_of(books.shelf.trade[place]) if at == place)

    def order(self, books: Books, subject: int) -> tuple[str | int, ...]:
        return (books.shelf.enterprises[subject],)


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
