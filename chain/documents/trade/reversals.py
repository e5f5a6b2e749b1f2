"""What reversals take back of the payments before them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from chain.documents.trade.papers import Paper, Trade
from chain.documents.trade.remaining import Remaining


def net_of_reversals(trade: Trade, paid: Sequence[Paper], reversals: Sequence[Paper]) -> dict[str, int]:
    """Key of each payment and reversal → minor units that are left of it, when each reversal is taken off the payments of
    the same invoices before it: of its end-to-end id first, then of its amount, then the last."""
    left = {paper.key: max(0, paper.document.payable_minor or 0) for paper in (*paid, *reversals)}
    groups: dict[tuple[object, ...], list[_Payment]] = defaultdict(list)
    back = [(paper, _invoices(trade, paper)) for paper in reversals]
    wanted = {(paper.document.currency, named) for paper, named in back if named}
    payments = []
    for paper in sorted(paid, key=lambda paper: (_day(paper), paper.place), reverse=True):
        group = paper.document.currency, _invoices(trade, paper)
        if group in wanted:
            payments.append(_Payment(paper, left[paper.key]))
            groups[group].append(payments[-1])
            if paper.document.end_to_end:
                groups[*group, paper.document.end_to_end].append(payments[-1])
    latest_first = {group: _LatestFirst(members) for group, members in groups.items()}
    for paper, named in back:
        group = paper.document.currency, named
        until = paper.document.issue_date or date.max
        for among in ((*group, paper.document.end_to_end), group):
            if among in latest_first and left[paper.key]:
                left[paper.key] = latest_first[among].take_back(
                    left[paper.key], until, max(0, paper.document.payable_minor or 0)
                )
    left.update((payment.paper.key, payment.left) for payment in payments)
    return left


@dataclass(slots=True, eq=False)
class _Payment:
    paper: Paper
    left: int
    stands: list[tuple[_LatestFirst, int]] = field(default_factory=list)
    """Where it stands among which others."""

    @property
    def remains(self) -> bool:
        """Whether some of it was not taken back."""
        return self.left > 0

    def take(self, minor: int) -> int:
        """Take back as much as is left, at most so much; returns how much that is."""
        part = min(self.left, minor)
        self.left -= part
        for among, place in self.stands if self.left else ():
            insort(among.of_amount[self.left], place)
        return part


class _LatestFirst:
    """Payments of the same invoices, the latest first."""

    def __init__(self, payments: Sequence[_Payment]) -> None:
        self._payments = payments
        self._days = [-_day(payment.paper).toordinal() for payment in payments]
        self._remaining = Remaining(payments)
        self.of_amount: dict[int, list[int]] = defaultdict(list)
        """Minor units → the places of those of which so much was left at some time."""
        for place, payment in enumerate(payments):
            self.of_amount[payment.left].append(place)
            payment.stands.append((self, place))

    def take_back(self, minor: int, until: date, amount: int) -> int:
        """Take back so much of those up to a day, of one of which just ``amount`` is left first; returns what is left to take
        back."""
        begin = bisect_left(self._days, -until.toordinal())
        alike = self.of_amount.get(amount, [])
        at = bisect_left(alike, begin)
        while at < len(alike):
            payment = self._payments[alike[at]]
            if payment.left == amount:
                return minor - payment.take(minor)
            del alike[at]
        for payment in self._remaining.since(begin):
            minor -= payment.take(minor)
            if not minor:
                break
        return minor


def _invoices(trade: Trade, paper: Paper) -> frozenset[str]:
    return frozenset(trade.invoices(paper.document))


def _day(paper: Paper) -> date:
    return paper.document.issue_date or date.min
