"""Why something is left out, and what each enterprise gets: one rule a payable that carries nothing and an enterprise
that lacks something, and for the latter what binds it.

The rules are checked in the order in which somebody could do something about them: first whether credit can come at all,
then whether it is worth its cost, then what is used up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from chain.planning.arrays import by_group, each_once, expand, steps_from, sums
from chain.planning.paths import Pieces, remaining
from chain.planning.problem import Names, Problem, last_expiry
from chain.planning.relaxation import Cut, Reach
from chain.planning.screening import Refused, line_name, lines_used_up, too_late
from chain.planning.table import PlanningTable

#: How many documents are named for one thing that binds.
MOST_NAMED = 3

_PAYABLE_RULES = (
    ("NoPathFromIssuer", "no issuer's credit can reach {debtor}, which owes {document}"),
    ("HopsExceeded", "{document} is more than {hops} hops from every issuer"),
    ("NoNeedBehind", "nobody from {creditor} on lacks anything that {document} could carry"),
    ("LineExhausted", "the lines of {debtor}, which owes {document}, are used up"),
    ("LineExhausted", "the lines of every issuer above {debtor}, which owes {document}, are used up"),
    ("NotChosen", "credit reaches more, or costs less, on other ways than {document}"),
    ("PayablesExhausted", "what others owe {debtor} is used up, so nothing is left for {document}"),
)
_ENTERPRISE_RULES = (
    ("NoPathFromIssuer", "no issuer's credit can reach {enterprise}"),
    ("IssuerNotEligible", "{enterprise} can finance the paper of no issuer that reaches it"),
    ("HopsExceeded", "{enterprise} is more than {hops} hops from every issuer"),
    ("FinancingLimitExceeded", "the banks above {enterprise} finance no more of this paper"),
    ("BelowMinimumTicket", "{enterprise} lacks less than the minimum ticket of {ticket_minor}"),
    ("NotChosen", "more need is met, or more of it deep in the chain, by leaving {enterprise} short"),
    ("LineExhausted", "the lines above {enterprise} are used up"),
    ("PayablesExhausted", "all that is owed on the ways to {enterprise} is used up"),
)
_FINANCING = 3
"""Place of FinancingLimitExceeded among the rules of enterprises."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All refusals, and one row an enterprise that needs, gets or passes on something."""

    refused: list[Refused]
    outcomes: pl.DataFrame
    """Columns as the fields of `Outcome`, sorted by enterprise."""


def explain(
    table: PlanningTable, problem: Problem, reach: Reach, names: Names, pieces: Pieces, cut: Cut
) -> Explanation:
    """Refusals of lines that are used up, payables and enterprises left out; outcomes. Linear in payables and pieces."""
    view = _View(problem, reach, pieces)
    used_up = lines_used_up([problem.lines[line] for line in np.flatnonzero(view.room.available == 0).tolist()])
    payables, late = _payables(view)
    refused = [used_up, *_refused_payables(problem, names, payables)]
    if late.size:
        refused += too_late(table, names.payables[late], last_expiry(problem.lines))
    rules = _enterprises(view)
    lacking = np.flatnonzero(rules >= 0)
    for number, (rule, template) in enumerate(_ENTERPRISE_RULES):
        rows = lacking[rules[lacking] == number]
        if rows.size:
            subjects = names.enterprises[rows]
            values = pl.DataFrame({"enterprise": subjects, "lacking_minor": view.room.needs[rows]}).with_columns(
                hops=pl.lit(problem.rules.max_hops), ticket_minor=pl.lit(problem.rules.min_ticket_minor)
            )
            refused.append(Refused(rule, template, subjects, values))
    return Explanation(refused, _outcomes(view, names, pieces, rules, _bound_by(view, names, rules, cut)))


class _View:
    """The finished plan as the explanations look at it. Built once, in time linear in payables times hops."""

    def __init__(self, problem: Problem, reach: Reach, pieces: Pieces) -> None:
        self.problem, self.reach = problem, reach
        self.amount = pieces.amounts()
        self.in_use = np.zeros(problem.debtor.size, dtype=bool)
        self.in_use[pieces.payable] = True
        room = self.room = remaining(problem, pieces)
        debtor, creditor = problem.bucket_debtor, problem.bucket_creditor
        self.receives = reach.any_direct | reach.any_indirect
        self.near = (reach.hops > 0) & (reach.hops <= problem.rules.max_hops)
        """Enterprises within the most hops of a line."""
        self.wanting = steps_from(problem.count, creditor, debtor, np.flatnonzero(room.needs > 0)) >= 0
        """Enterprises below which somebody still lacks something, themselves included."""
        starts, members = problem.line_set_columns
        left = np.concatenate([[0], np.cumsum(room.available[members] > 0)])
        self.set_has_room = left[starts[1:]] > left[starts[:-1]]
        """Of each set of lines: whether one of them has something left."""
        spare = self.spare = room.capacity > 0
        first = spare & (problem.bucket_set > 0)
        has_room = self.set_has_room[problem.bucket_set]
        self.below_free_lines, self.below_used_lines = (
            steps_from(problem.count, debtor[spare], creditor[spare], creditor[first & those]) >= 0
            for those in (has_room, ~has_room)
        )
        """Enterprises that a line with something left (or one that is used up) reaches over payables with something open."""


def _payables(view: _View) -> tuple[np.ndarray, np.ndarray]:
    """Of each payable the number of its rule, -1 where it is in use; and those that fall due too late."""
    problem = view.problem
    debtor, creditor = problem.debtor, problem.creditor
    entry = problem.bucket_set[problem.bucket_of]
    own = entry > 0
    issues = np.zeros(problem.count, dtype=bool)
    issues[problem.line_issuer] = True
    receives = view.receives[debtor]
    free = view.below_free_lines[debtor]
    rule = np.select(
        [
            view.in_use | (~own & issues[debtor]),
            ~own & ~receives,
            ~view.near[creditor],
            ~view.wanting[creditor],
            own & ~view.set_has_room[entry] & ~receives,
            view.below_used_lines[debtor] & ~free,
            own | free,
        ],
        [-1, 0, 1, 2, 3, 4, 5],
        6,
    )
    return rule, np.flatnonzero(~own & issues[debtor] & ~view.in_use)


def _refused_payables(problem: Problem, names: Names, rules: np.ndarray) -> list[Refused]:
    frame = names.payables.select("document", "debtor", "creditor").with_columns(
        rule=pl.Series(rules, dtype=pl.Int8), hops=pl.lit(problem.rules.max_hops)
    )
    found = []
    for number, (rule, template) in enumerate(_PAYABLE_RULES):
        rows = frame.filter(pl.col("rule") == number)
        if rows.height:
            found.append(Refused(rule, template, rows.get_column("document"), rows))
    return found


def _enterprises(view: _View) -> np.ndarray:
    """Of each enterprise the number of its rule; -1 where it lacks nothing."""
    problem, reach, room = view.problem, view.reach, view.room
    rules = np.full(problem.count, -1, dtype=np.int64)
    who = np.flatnonzero(room.needs > 0)
    receives = may_keep = financed = view.receives[who]
    if problem.eligible_lines or problem.finances[who].any():
        allowed = (reach.direct[who] | reach.indirect[who]) & reach.keeping(who)
        may_keep = allowed.any(axis=1)
        financing = reach.mask(np.flatnonzero(room.financing[problem.financing_group] > 0).tolist())
        financed = ~problem.finances[who] | (allowed & financing).any(axis=1)
    rules[who] = np.select(
        [
            ~receives,
            ~may_keep,
            ~view.near[who],
            ~financed,
            room.needs[who] < problem.rules.min_ticket_minor,
            view.below_free_lines[who],
            view.below_used_lines[who],
        ],
        [0, 1, 2, 3, 4, 5, 6],
        7,
    )
    return rules


def _bound_by(view: _View, names: Names, rules: np.ndarray, cut: Cut) -> tuple[pl.Series, np.ndarray]:
    """Of each enterprise that lacks something: the nearest thing above it that is used up, a thing on the minimum cut
    before others; as lists of names, and which of them is each enterprise's.

    What is used up marks whom it pays; the mark goes down over payables with something open, one step at a time.
    """
    problem = view.problem
    count, buckets = problem.count, problem.bucket_debtor.size
    mark = np.full(count, -1, dtype=np.int64)  # a bucket, or `buckets` + a line
    on_cut = np.zeros(buckets, dtype=bool)
    on_cut[cut.buckets] = True
    full = ~view.spare & (view.receives[problem.bucket_debtor] | (problem.bucket_set > 0))
    for seeds in (np.flatnonzero(full & ~on_cut), np.flatnonzero(full & on_cut)):
        mark[problem.bucket_creditor[seeds]] = seeds
    line, bucket, _ = problem.first_hops
    used_up = np.flatnonzero((view.room.available[line] == 0) & view.spare[bucket])
    mark[problem.bucket_creditor[bucket[used_up]]] = buckets + line[used_up]
    spare = np.flatnonzero(view.spare)
    order, starts = by_group(count, problem.bucket_debtor[spare])
    spare = spare[order]
    frontier = np.flatnonzero(mark >= 0)
    last = np.empty(count, dtype=np.int64)
    while frontier.size:
        rows, owner = expand(starts, frontier)
        head = problem.bucket_creditor[spare[rows]]
        unmarked = np.flatnonzero(mark[head] < 0)
        head = head[unmarked]
        mark[head] = mark[frontier[owner[unmarked]]]
        frontier = each_once(head, last)
    wanted = np.flatnonzero((rules > 2) & (mark >= 0) & (rules != _FINANCING) & (rules != 4))
    marks, which = np.unique(mark[wanted], return_inverse=True)
    inside = marks[marks < buckets]
    length = np.minimum(problem.bucket_starts[inside + 1] - problem.bucket_starts[inside], MOST_NAMED)
    first = np.cumsum(length) - length
    rows = np.repeat(problem.bucket_starts[inside] - first, length) + np.arange(int(length.sum()))
    documents = "document " + names.payables.get_column("document")[problem.bucket_payables[rows]]
    of_mark = pl.DataFrame({"mark": np.repeat(np.arange(inside.size), length), "name": documents})
    of_buckets = of_mark.group_by("mark", maintain_order=True).agg("name").get_column("name")
    named = [[f"line {line_name(problem.lines[what - buckets])}"] for what in marks[inside.size :].tolist()]
    named.append([])
    nothing = marks.size
    found = np.full(count, nothing)
    found[wanted] = which
    limited = np.flatnonzero(rules == _FINANCING)
    sets = np.zeros((0, view.reach.words), dtype=np.uint64)
    if limited.size:
        held = (view.reach.direct[limited] | view.reach.indirect[limited]) & view.reach.keeping(limited)
        sets, which = np.unique(held, axis=0, return_inverse=True)
        found[limited] = nothing + 1 + which.reshape(-1)
    for row in sets:
        lines = [number for number in range(len(problem.lines)) if int(row[number // 64]) >> (number % 64) & 1]
        named.append(sorted({f"financing limit {line_name(problem.lines[number])}" for number in lines}))
    return pl.concat([of_buckets, pl.Series("name", named, dtype=pl.List(pl.String))]), found


def _outcomes(
    view: _View, names: Names, pieces: Pieces, rules: np.ndarray, bound_by: tuple[pl.Series, np.ndarray]
) -> pl.DataFrame:
    things, which = bound_by
    problem = view.problem
    holder = problem.creditor[pieces.payable]
    deep = pieces.hops > 1
    met = sums(problem.count, holder, pieces.kept)
    received = sums(problem.count, holder, view.amount)
    who = np.flatnonzero((problem.needs > 0) | (received > 0))
    named = pl.Series([None, *(rule for rule, _ in _ENTERPRISE_RULES)], dtype=pl.String)
    return pl.DataFrame(
        {
            "enterprise": names.enterprises[who],
            "need_minor": problem.needs[who],
            "met_minor": met[who],
            "met_tier2_minor": sums(problem.count, holder[deep], pieces.kept[deep])[who],
            "received_minor": received[who],
            "passed_minor": (received - met)[who],
            "rule": named[rules[who] + 1],
            "bound_by": things[which[who]],
        }
    )
