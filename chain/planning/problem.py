"""What a planning input leaves to decide: lines, payables and needs by number, and what was screened out, with the rule.

Everything is sorted first, so that the order in which documents were read cannot matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

import numpy as np

from chain.planning.model import Line, Payable, PlanningInput, PlanningRules, Refusal


@dataclass(frozen=True, slots=True)
class Bucket:
    """Payables between one debtor and one creditor that are interchangeable to the solver; they share one capacity."""

    debtor: int
    creditor: int
    capacity: int
    """Σ open amounts, minor units."""
    tenor: int
    """Days from today to the maturity of an obligation issued against it; 0 where no line can issue."""
    lines: tuple[int, ...]
    """Lines of the debtor that can issue against it: a first hop."""
    payables: tuple[int, ...]
    """Largest first, so that an amount is covered by the fewest documents."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The decision by number. Enterprises, lines and payables are positions in the sorted tuples."""

    today: date
    currency: str
    rules: PlanningRules
    enterprises: tuple[str, ...]
    lines: tuple[Line, ...]
    line_issuer: tuple[int, ...]
    line_available: tuple[int, ...]
    payables: tuple[Payable, ...]
    debtor_of: tuple[int, ...]
    """Of each payable: the enterprise that owes it."""
    creditor_of: tuple[int, ...]
    """Of each payable: the enterprise that it is owed to."""
    buckets: tuple[Bucket, ...]
    needs: tuple[int, ...]
    finances: frozenset[int]
    """Enterprises whose kept pieces use the financing limit of the line's bank."""
    financing_group: tuple[int, ...]
    """Of each line: which (bank, issuer) limit it shares."""
    financing_limit: tuple[int, ...]
    eligible_lines: dict[int, frozenset[int]]
    """Enterprise → lines whose paper it can finance; absent means any."""
    refusals: tuple[Refusal, ...]

    def tenor(self, payable: int) -> int:
        """Days to the maturity of an obligation whose first hop is this payable."""
        return first_hop_tenor(self.payables[payable], self.today, self.rules)

    def unit_cost(self, line: int, tenor: int) -> int:
        """Basis points × days: what one minor unit issued under the line costs."""
        return self.lines[line].annual_rate_basis_points * tenor

    def may_keep(self, enterprise: int, line: int) -> bool:
        """Whether paper of this line counts as need met there."""
        eligible = self.eligible_lines.get(enterprise)
        return eligible is None or line in eligible


def first_hop_tenor(payable: Payable, today: date, rules: PlanningRules) -> int:
    """Days until the obligation matures: the day the payable falls due, but not before the waves can be signed.

    It is never cut short: an issuer is not made to pay before its invoice falls due. So a payable that falls due
    after the longest tenor, or after the line's expiry, waits.
    """
    return max((payable.due - today).days, rules.min_tenor_days)


def prepare(inputs: PlanningInput) -> Problem:
    """Screen the input by the rules that bind one document or line, and number what is left."""
    today, rules = inputs.today, inputs.rules
    lines, refusals = _screen_lines(inputs)
    payables, refused = _screen_payables(inputs)
    refusals += refused
    needs = {enterprise: need for enterprise, need in inputs.needs.items() if need > 0}
    names = sorted(
        {line.issuer for line in lines}
        | {payable.debtor for payable in payables}
        | {payable.creditor for payable in payables}
        | needs.keys()
    )
    number = {name: index for index, name in enumerate(names)}
    buckets, refused = _fill_buckets(payables, lines, number, today, rules)
    refusals += refused
    groups = sorted({(line.bank, line.issuer) for line in lines})
    group_number = {group: index for index, group in enumerate(groups)}
    limits = [min(line.financing_minor for line in lines if (line.bank, line.issuer) == group) for group in groups]
    return Problem(
        today=today,
        currency=inputs.currency,
        rules=rules,
        enterprises=tuple(names),
        lines=tuple(lines),
        line_issuer=tuple(number[line.issuer] for line in lines),
        line_available=tuple(line.available_minor for line in lines),
        payables=tuple(payables),
        debtor_of=tuple(number[payable.debtor] for payable in payables),
        creditor_of=tuple(number[payable.creditor] for payable in payables),
        buckets=tuple(buckets),
        needs=tuple(needs.get(name, 0) for name in names),
        finances=frozenset(number[name] for name in (inputs.finances or ()) if name in number),
        financing_group=tuple(group_number[line.bank, line.issuer] for line in lines),
        financing_limit=tuple(max(0, limit) for limit in limits),
        eligible_lines={
            number[name]: frozenset(index for index, line in enumerate(lines) if line.issuer in issuers)
            for name, issuers in (inputs.eligible_issuers or {}).items()
            if name in number
        },
        refusals=tuple(refusals),
    )


def line_name(line: Line) -> str:
    """How refusals and the minimum cut name a line."""
    return f"{line.bank} → {line.issuer}"


def _screen_lines(inputs: PlanningInput) -> tuple[list[Line], list[Refusal]]:
    usable: list[Line] = []
    refusals: list[Refusal] = []
    earliest = inputs.today + timedelta(days=inputs.rules.min_tenor_days)
    for line in sorted(inputs.lines, key=lambda line: (line.bank, line.issuer, line.expiry, _rest(line))):
        if line.currency != inputs.currency:
            continue  # another currency's plan takes it
        if line.available_minor <= 0:
            refusals.append(
                Refusal(line_name(line), "LineExhausted", "the line {line} is used up", {"line": line_name(line)})
            )
        elif line.expiry < earliest:
            refusals.append(
                Refusal(
                    line_name(line),
                    "LineExpired",
                    "the line {line} expires on {expiry}, before the shortest tenor ends on {earliest}",
                    {"line": line_name(line), "expiry": line.expiry.isoformat(), "earliest": earliest.isoformat()},
                )
            )
        else:
            usable.append(line)
    return usable, refusals


def _rest(line: Line) -> tuple[int, int, int]:
    return line.annual_rate_basis_points, line.available_minor, line.financing_minor


def _screen_payables(inputs: PlanningInput) -> tuple[list[Payable], list[Refusal]]:
    kept: list[Payable] = []
    refusals: list[Refusal] = []
    groups = inputs.groups
    ticket = inputs.rules.min_ticket_minor
    last = None
    for payable in sorted(inputs.payables, key=_payable_order):
        if payable.currency != inputs.currency:
            continue  # another currency's plan takes it
        reason: tuple[str, str, dict[str, str | int]] | None = None
        if payable.document == last:
            reason = ("DocumentTwice", "{document} is listed twice", {})
        elif payable.open_minor <= 0:
            reason = ("EvidenceExhausted", "nothing of {document} is open", {})
        elif payable.delivery > inputs.today:
            reason = (
                "Prepayment",
                "{document} is for goods delivered only on {delivery}; credit never prepays",
                {"delivery": payable.delivery.isoformat()},
            )
        elif groups.get(payable.debtor, payable.debtor) == groups.get(payable.creditor, payable.creditor):
            reason = (
                "RelatedParties",
                "{document} is between related parties, {debtor} and {creditor}",
                {"debtor": payable.debtor, "creditor": payable.creditor},
            )
        elif payable.open_minor < ticket:
            reason = (
                "BelowMinimumTicket",
                "{document} has {open_minor} open, below the minimum ticket of {ticket_minor}",
                {"open_minor": payable.open_minor, "ticket_minor": ticket},
            )
        last = payable.document
        if reason is None:
            kept.append(payable)
        else:
            rule, template, values = reason
            refusals.append(Refusal(payable.document, rule, template, {"document": payable.document, **values}))
    return kept, refusals


_payable_order = attrgetter("document", "debtor", "creditor", "currency", "open_minor", "delivery", "due", "proofs")


def _fill_buckets(
    payables: list[Payable], lines: list[Line], number: dict[str, int], today: date, rules: PlanningRules
) -> tuple[list[Bucket], list[Refusal]]:
    lines_of: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        lines_of[line.issuer].append(index)
    receives = {payable.creditor for payable in payables}
    members: dict[tuple[int, int, int, tuple[int, ...]], list[int]] = defaultdict(list)
    refusals: list[Refusal] = []
    for index, payable in enumerate(payables):
        tenor = 0
        allowed: tuple[int, ...] = ()
        if payable.debtor in lines_of:
            tenor = first_hop_tenor(payable, today, rules)
            candidates = lines_of[payable.debtor]
            maturity = today + timedelta(days=tenor)
            if tenor <= rules.max_tenor_days:
                allowed = tuple(line for line in candidates if maturity <= lines[line].expiry)
            if not allowed:
                tenor = 0
                if payable.debtor not in receives:  # it cannot pass on another issuer's paper either
                    refusals.append(too_long(payable, [lines[line].expiry for line in candidates], today, rules))
                    continue
        members[number[payable.debtor], number[payable.creditor], tenor, allowed].append(index)
    buckets = []
    for (debtor, creditor, tenor, allowed), inside in sorted(members.items()):
        inside.sort(key=lambda index: (-payables[index].open_minor, payables[index].due, index))
        capacity = sum(payables[index].open_minor for index in inside)
        buckets.append(Bucket(debtor, creditor, capacity, tenor, allowed, tuple(inside)))
    return buckets, refusals


def too_long(payable: Payable, expiries: Iterable[date], today: date, rules: PlanningRules) -> Refusal:
    """Why no line of its debtor can issue against it: it falls due too late, for the rules or for the lines."""
    longest = today + timedelta(days=rules.max_tenor_days)
    values: dict[str, str | int] = {"document": payable.document, "due": payable.due.isoformat()}
    if payable.due > longest:
        values |= {"latest": longest.isoformat(), "days": rules.max_tenor_days}
        template = "{document} falls due on {due}, after {latest}: a voucher lives {days} days at most"
        return Refusal(payable.document, "TermTooLong", template, values)
    values |= {"expiry": max(expiries).isoformat()}
    template = "{document} falls due on {due}, after its issuer's last line expires on {expiry}"
    return Refusal(payable.document, "LineExpiresFirst", template, values)


def integers(values: Iterable[int]) -> np.ndarray:
    """An array of 64-bit integers; amounts never pass through a float."""
    return np.fromiter(values, dtype=np.int64)
