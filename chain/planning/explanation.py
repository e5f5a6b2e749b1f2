"""Why something is left out: for each payable that carries nothing and each enterprise that lacks something, one rule.

The rules are checked in the order in which somebody could do something about them: first whether credit can come at all,
then whether it is worth its cost, then what is used up.
"""

from __future__ import annotations

from collections import defaultdict

from chain.planning.model import Refusal
from chain.planning.paths import Paths, pieces, remaining
from chain.planning.problem import Problem, line_name, too_long
from chain.planning.relaxation import Reach, Room


def explain(problem: Problem, reach: Reach, paths: Paths) -> tuple[Refusal, ...]:
    """All refusals, sorted: those of the screening, lines that are used up, payables and enterprises left out."""
    view = _View(problem, reach, paths)
    refusals = list(problem.refusals)
    for line, left in enumerate(view.room.available):
        if left == 0:
            name = line_name(problem.lines[line])
            refusals.append(Refusal(name, "LineExhausted", "the line {line} is used up", {"line": name}))
    for payable in range(len(problem.payables)):
        if payable not in view.in_use and payable in view.lines_over:
            refusals.append(view.payable(payable))
    for enterprise, lacking in enumerate(view.room.needs):
        if lacking > 0:
            refusals.append(view.enterprise(enterprise, lacking))
    return tuple(sorted(refusals, key=lambda refusal: (refusal.subject, refusal.rule)))


class _View:
    """The finished plan as the explanations look at it. Built once, in time linear in payables times hops."""

    def __init__(self, problem: Problem, reach: Reach, paths: Paths) -> None:
        self.problem, self.reach = problem, reach
        self.lines_of: dict[int, list[int]] = defaultdict(list)
        for line, issuer in enumerate(problem.line_issuer):
            self.lines_of[issuer].append(line)
        amounts = pieces(paths)
        self.in_use = {path[-1] for path in amounts}
        self.lines_over = {payable: bucket.lines for bucket in problem.buckets for payable in bucket.payables}
        """Of each payable that the screening left: the lines that can issue against it."""
        self.room: Room = remaining(problem, paths)
        self.debtors: dict[int, set[int]] = defaultdict(set)
        self.spare: dict[int, set[int]] = defaultdict(set)
        """Debtor → creditors to whom it still owes something open, where credit can pass."""
        for bucket, left in zip(problem.buckets, self.room.capacity, strict=True):
            self.debtors[bucket.creditor].add(bucket.debtor)
            if left > 0:
                self.spare[bucket.debtor].add(bucket.creditor)
        self.hops = reach.hops
        self.wanting = self._spread(self.debtors, {e for e, lacking in enumerate(self.room.needs) if lacking > 0})
        """Enterprises below which somebody still lacks something, themselves included."""
        exhausted: set[int] = set()
        free: set[int] = set()
        for bucket, left in zip(problem.buckets, self.room.capacity, strict=True):
            if bucket.lines and left > 0:
                something_left = any(self.room.available[line] for line in bucket.lines)
                (free if something_left else exhausted).add(bucket.creditor)
        self.below_free_lines = self._spread(self.spare, free)
        """Enterprises that a line with something left still reaches over payables with something open."""
        self.below_used_lines = self._spread(self.spare, exhausted)

    def payable(self, number: int) -> Refusal:
        """Why this payable carries nothing."""
        problem = self.problem
        payable = problem.payables[number]
        debtor, creditor = problem.debtor_of[number], problem.creditor_of[number]
        values: dict[str, str | int] = {
            "document": payable.document,
            "debtor": payable.debtor,
            "creditor": payable.creditor,
        }
        own = self.lines_over[number]
        if not own and debtor in self.lines_of:
            expiries = [problem.lines[line].expiry for line in self.lines_of[debtor]]
            return too_long(payable, expiries, problem.today, problem.rules)
        if not own and not self._receives(debtor):
            rule, template = "NoPathFromIssuer", "no issuer's credit can reach {debtor}, which owes {document}"
        elif self.hops.get(creditor, problem.rules.max_hops + 1) > problem.rules.max_hops:
            values["hops"] = problem.rules.max_hops
            rule, template = "HopsExceeded", "{document} is more than {hops} hops from every issuer"
        elif creditor not in self.wanting:
            rule, template = "NoNeedBehind", "nobody from {creditor} on lacks anything that {document} could carry"
        elif own and not any(self.room.available[line] for line in own) and not self._receives(debtor):
            rule, template = "LineExhausted", "the lines of {debtor}, which owes {document}, are used up"
        elif debtor in self.below_used_lines and debtor not in self.below_free_lines:
            rule, template = (
                "LineExhausted",
                "the lines of every issuer above {debtor}, which owes {document}, are used up",
            )
        elif own or debtor in self.below_free_lines:
            rule, template = "NotChosen", "credit reaches more, or costs less, on other ways than {document}"
        else:
            rule, template = (
                "PayablesExhausted",
                "what others owe {debtor} is used up, so nothing is left for {document}",
            )
        return Refusal(payable.document, rule, template, values)

    def enterprise(self, number: int, lacking: int) -> Refusal:
        """Why this enterprise does not get all it asked for."""
        problem = self.problem
        name = problem.enterprises[number]
        values: dict[str, str | int] = {"enterprise": name, "lacking_minor": lacking}
        lines = self.reach.direct[number] | self.reach.indirect[number]
        allowed = [line for line in range(len(problem.lines)) if lines >> line & 1 and problem.may_keep(number, line)]
        limits = {problem.financing_group[line] for line in allowed}
        ticket = problem.rules.min_ticket_minor
        if not lines:
            rule, template = "NoPathFromIssuer", "no issuer's credit can reach {enterprise}"
        elif not allowed:
            rule, template = "IssuerNotEligible", "{enterprise} can finance the paper of no issuer that reaches it"
        elif self.hops.get(number, problem.rules.max_hops + 1) > problem.rules.max_hops:
            values["hops"] = problem.rules.max_hops
            rule, template = "HopsExceeded", "{enterprise} is more than {hops} hops from every issuer"
        elif number in problem.finances and not any(self.room.financing[group] for group in limits):
            rule, template = "FinancingLimitExceeded", "the banks above {enterprise} finance no more of this paper"
        elif lacking < ticket:
            values["ticket_minor"] = ticket
            rule, template = "BelowMinimumTicket", "{enterprise} lacks less than the minimum ticket of {ticket_minor}"
        elif number in self.below_free_lines:
            rule, template = (
                "NotChosen",
                "more need is met, or more of it deep in the chain, by leaving {enterprise} short",
            )
        elif number in self.below_used_lines:
            rule, template = "LineExhausted", "the lines above {enterprise} are used up"
        else:
            rule, template = "PayablesExhausted", "all that is owed on the ways to {enterprise} is used up"
        return Refusal(name, rule, template, values)

    def _receives(self, enterprise: int) -> bool:
        return bool(self.reach.direct[enterprise] | self.reach.indirect[enterprise])

    @staticmethod
    def _spread(neighbours: dict[int, set[int]], start: set[int]) -> set[int]:
        reached = set(start)
        frontier = set(start)
        while frontier:
            frontier = {other for enterprise in frontier for other in neighbours.get(enterprise, ())} - reached
            reached |= frontier
        return reached
