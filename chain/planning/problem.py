"""What a planning input leaves to decide: lines, payables and needs by number, as columns.

Everything is sorted first, so that the order in which documents were read cannot matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from chain.planning.arrays import by_group, expand, integers, rank_in_group
from chain.planning.flow import AmountsTooLarge
from chain.planning.model import Line, PlanningRules
from chain.planning.pricing import Tariff
from chain.planning.screening import Refused, screen_lines, screen_payables, text_order, too_late
from chain.planning.table import PlanningTable

#: Σ of all open amounts stays below this, so that no sum of capacities leaves 64 bits.
LARGEST_SUM = 1 << 62
_EPOCH = date(1970, 1, 1)


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


@dataclass(frozen=True)
class Problem:
    """The decision by number: enterprises 0 to ``count`` - 1, lines, payables and buckets are positions in the columns
    (numpy, int64). A part of a problem is a problem, with numbers of its own."""

    rules: PlanningRules
    count: int
    lines: tuple[Line, ...]
    line_issuer: np.ndarray
    line_available: np.ndarray
    line_expiry: np.ndarray
    """Days from today."""
    financing_group: np.ndarray
    """Of each line: which (bank, issuer) limit it shares."""
    financing_limit: np.ndarray
    """Of each group."""
    needs: np.ndarray
    finances: np.ndarray
    """Of each enterprise: whether what it keeps uses the financing limit of the line's bank."""
    eligible_lines: dict[int, frozenset[int]]
    """Enterprise → lines whose paper it can finance; absent means any."""
    debtor: np.ndarray
    """Of each payable."""
    creditor: np.ndarray
    open_minor: np.ndarray
    tenor: np.ndarray
    """Of each payable: days to the maturity of an obligation whose first hop it is; 0 where no line can issue."""
    bucket_of: np.ndarray
    """Of each payable."""
    bucket_debtor: np.ndarray
    bucket_creditor: np.ndarray
    bucket_capacity: np.ndarray
    bucket_tenor: np.ndarray
    bucket_set: np.ndarray
    """Which entry of ``line_sets``; entry 0 is empty."""
    line_sets: tuple[tuple[int, ...], ...]
    bucket_starts: np.ndarray
    bucket_payables: np.ndarray
    """The payables of bucket b, largest first: ``bucket_payables[bucket_starts[b]:bucket_starts[b + 1]]``."""

    @cached_property
    def tariff(self) -> Tariff:
        """The lines' prices."""
        return Tariff(self.lines, self.rules.max_hops)

    @cached_property
    def first_hops(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(line, bucket, least basis points × days) of every line that can issue against a bucket, by bucket."""
        starts, members = self.line_set_columns
        chosen = np.flatnonzero(self.bucket_set)
        places, owner = expand(starts, self.bucket_set[chosen])
        line, bucket = members[places], chosen[owner]
        return line, bucket, self.tariff.least_cost(line, self.bucket_tenor[bucket])

    @cached_property
    def line_set_columns(self) -> tuple[np.ndarray, np.ndarray]:
        """``line_sets`` as columns: where each begins, and all members."""
        sizes = integers(len(entry) for entry in self.line_sets)
        members = integers(line for entry in self.line_sets for line in entry)
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), members

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """The buckets as objects, for the programmes, which are small."""
        starts, payables = self.bucket_starts.tolist(), self.bucket_payables.tolist()
        columns = (
            self.bucket_debtor, self.bucket_creditor, self.bucket_capacity, self.bucket_tenor, self.bucket_set
        )  # fmt: skip
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return tuple(
            Bucket(debtor, creditor, capacity, tenor, self.line_sets[entry],
                   tuple(payables[starts[number] : starts[number + 1]]))
            for number, (debtor, creditor, capacity, tenor, entry) in enumerate(rows)
        )  # fmt: skip

    @cached_property
    def _eligibility(self) -> tuple[np.ndarray, np.ndarray]:
        row = np.full(self.count, -1, dtype=np.int64)
        allowed = np.zeros((len(self.eligible_lines), len(self.lines)), dtype=bool)
        for number, (enterprise, lines) in enumerate(sorted(self.eligible_lines.items())):
            row[enterprise] = number
            allowed[number, sorted(lines)] = True
        return row, allowed

    def may_keep(self, enterprise: np.ndarray, line: np.ndarray) -> np.ndarray:
        """Whether paper of the line counts as need met at the enterprise; row by row."""
        row, allowed = self._eligibility
        found = np.ones(line.size, dtype=bool)
        bound = np.flatnonzero(row[enterprise] >= 0)
        found[bound] = allowed[row[enterprise[bound]], line[bound]]
        return found

    def part(self, enterprises: np.ndarray, buckets: np.ndarray) -> Part:
        """The problem of some enterprises and some buckets between them (sorted numbers). Whoever has lines is in it with
        all of them."""
        number = _chosen(self.count, enterprises)[1]
        lines, line_number = _chosen(len(self.lines), np.flatnonzero(number[self.line_issuer] >= 0))
        groups, group_of = np.unique(self.financing_group[lines], return_inverse=True)
        used_sets, set_number = _chosen(len(self.line_sets), np.append(self.bucket_set[buckets], 0))
        inside = self.bucket_payables[expand(self.bucket_starts, buckets)[0]]
        payables, payable_number = _chosen(self.debtor.size, inside)
        bucket_number = _chosen(self.bucket_debtor.size, buckets)[1]
        problem = Problem(
            rules=self.rules,
            count=enterprises.size,
            lines=tuple(self.lines[line] for line in lines.tolist()),
            line_issuer=number[self.line_issuer[lines]],
            line_available=self.line_available[lines],
            line_expiry=self.line_expiry[lines],
            financing_group=group_of.astype(np.int64),
            financing_limit=self.financing_limit[groups],
            needs=self.needs[enterprises],
            finances=self.finances[enterprises],
            eligible_lines={
                int(number[enterprise]): frozenset(line_number[sorted(allowed)].tolist()) - {-1}
                for enterprise, allowed in self.eligible_lines.items()
                if number[enterprise] >= 0
            },
            debtor=number[self.debtor[payables]],
            creditor=number[self.creditor[payables]],
            open_minor=self.open_minor[payables],
            tenor=self.tenor[payables],
            bucket_of=bucket_number[self.bucket_of[payables]],
            bucket_debtor=number[self.bucket_debtor[buckets]],
            bucket_creditor=number[self.bucket_creditor[buckets]],
            bucket_capacity=self.bucket_capacity[buckets],
            bucket_tenor=self.bucket_tenor[buckets],
            bucket_set=set_number[self.bucket_set[buckets]],
            line_sets=tuple(
                tuple(line_number[list(self.line_sets[entry])].tolist()) if entry else ()
                for entry in used_sets.tolist()
            ),
            bucket_starts=np.concatenate([[0], np.cumsum(np.diff(self.bucket_starts)[buckets])]),
            bucket_payables=payable_number[inside],
        )
        return Part(problem, enterprises, lines, payables, buckets)


def _chosen(count: int, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some of the numbers 0 to ``count`` - 1, sorted and each one time; and of every number its place among them, or -1."""
    inside = np.zeros(count, dtype=bool)
    inside[numbers] = True
    return np.flatnonzero(inside), np.where(inside, np.cumsum(inside) - 1, -1)


@dataclass(frozen=True, slots=True)
class Part:
    """A problem cut out of another, and what its numbers were there."""

    problem: Problem
    enterprises: np.ndarray
    lines: np.ndarray
    payables: np.ndarray
    buckets: np.ndarray


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers of the whole problem stand for."""

    enterprises: pl.Series
    """Sorted."""
    lines: tuple[Line, ...]
    payables: pl.DataFrame
    """As `screen_payables` gives them, by debtor, creditor and document; ``open_minor`` is net of consented nettings."""


def prepare(table: PlanningTable) -> tuple[Problem, Names, list[Refused]]:
    """Screen the input by the rules that bind one document or line, and number what is left. Raises AmountsTooLarge."""
    lines, refusals = screen_lines(table)
    payables, refused = screen_payables(table)
    refusals += refused
    total = payables.get_column("open_minor").cast(pl.Float64).sum()
    if total > LARGEST_SUM:
        raise AmountsTooLarge.of(int(total), LARGEST_SUM)
    needs = {enterprise: need for enterprise, need in table.needs.items() if need > 0}
    issuers = pl.Series([line.issuer for line in lines], dtype=pl.String)
    named = [payables.get_column("debtor"), payables.get_column("creditor"), issuers]
    named.append(pl.Series(list(needs), dtype=pl.String))
    enterprises, (debtor, creditor, line_issuer, needing) = _numbered(named)
    order = _by_pair(len(enterprises), debtor, creditor, payables.get_column("document"))
    payables, debtor, creditor = payables[order], debtor[order], creditor[order]
    expiry = integers((line.expiry - table.today).days for line in lines)
    due = payables.get_column("due").to_physical().to_numpy().astype(np.int64) - (table.today - _EPOCH).days
    tenor, entry, line_sets, late = _first_hops(table, lines, line_issuer, expiry, debtor, creditor, due)
    if late.any():
        refusals += too_late(table, payables.filter(late), last_expiry(lines))
        payables = payables.filter(~late)
        debtor, creditor, tenor, entry, due = (column[~late] for column in (debtor, creditor, tenor, entry, due))
    groups = sorted({(line.bank, line.issuer) for line in lines})
    group_number = {group: index for index, group in enumerate(groups)}
    limits: dict[tuple[str, str], int] = defaultdict(lambda: LARGEST_SUM)
    for line in lines:
        limits[line.bank, line.issuer] = min(limits[line.bank, line.issuer], max(0, line.financing_minor))
    wanting = np.zeros(len(enterprises), dtype=np.int64)
    wanting[needing] = integers(needs.values())
    finances = enterprises.is_in(list(table.finances or ())).to_numpy()
    problem = Problem(
        rules=table.rules,
        count=len(enterprises),
        lines=tuple(lines),
        line_issuer=line_issuer,
        line_available=integers(line.available_minor for line in lines),
        line_expiry=expiry,
        financing_group=integers(group_number[line.bank, line.issuer] for line in lines),
        financing_limit=integers(limits[group] for group in groups),
        needs=wanting,
        finances=finances,
        eligible_lines=_eligible_lines(table, lines, enterprises),
        line_sets=line_sets,
        **_fill_buckets(len(enterprises), payables, debtor, creditor, tenor, entry, due),
    )
    return problem, Names(enterprises, tuple(lines), payables), refusals


def _numbered(columns: Sequence[pl.Series]) -> tuple[pl.Series, list[np.ndarray]]:
    """All names of some columns, sorted, and each column by the names' places among them."""
    joined = pl.concat([column.alias("enterprise") for column in columns])
    # Categories of their own count from 0, by what is met first, so every name is hashed one time.
    codes = joined.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy().astype(np.int64)
    row = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    row[codes] = np.arange(codes.size)
    names = joined[row]
    order = names.arg_sort().to_numpy()
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    ends = np.cumsum([column.len() for column in columns])
    return names[order], np.split(place[codes], ends[:-1])


def _by_pair(count: int, debtor: np.ndarray, creditor: np.ndarray, documents: pl.Series) -> np.ndarray:
    """The rows by debtor, creditor and document. Texts are compared only where a pair has several."""
    order: np.ndarray = by_group(count, creditor)[0]
    order = order[by_group(count, debtor[order])[0]]
    pair = (debtor * count + creditor)[order]
    shared = _repeated(pair)
    some = order[shared]
    by_text = text_order(documents[some])
    number = np.cumsum(rank_in_group(pair[shared]) == 0) - 1
    order[shared] = some[by_text[by_group(shared.size, number[by_text])[0]]]
    return order


def _repeated(keys: np.ndarray) -> np.ndarray:
    """The rows whose key another row has too; equal keys stand together."""
    again = np.concatenate([[False], keys[1:] == keys[:-1]])
    return np.flatnonzero(again | np.append(again[1:], False))


def last_expiry(lines: Sequence[Line]) -> dict[str, date]:
    """Issuer → the day on which its last line expires."""
    last: dict[str, date] = {}
    for line in sorted(lines, key=lambda line: line.expiry):
        last[line.issuer] = line.expiry
    return last


def _eligible_lines(table: PlanningTable, lines: list[Line], enterprises: pl.Series) -> dict[int, frozenset[int]]:
    issuers, banks = table.eligible_issuers or {}, table.eligible_banks or {}
    if not issuers and not banks:
        return {}
    number = {name: place for place, name in enumerate(enterprises.to_list())}
    return {
        number[name]: frozenset(
            index
            for index, line in enumerate(lines)
            if (name not in issuers or line.issuer in issuers[name]) and (name not in banks or line.bank in banks[name])
        )
        for name in sorted(issuers.keys() | banks.keys())
        if name in number
    }


def _first_hops(
    table: PlanningTable, lines: list[Line], line_issuer: np.ndarray, expiry: np.ndarray,
    debtor: np.ndarray, creditor: np.ndarray, due: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, tuple[tuple[int, ...], ...], np.ndarray]:  # fmt: skip
    """Of each payable: tenor and set of lines that can issue against it; the sets; and which payables carry nothing
    since they fall due too late and their debtor gets no other paper to pass on.

    An obligation matures on the day the payable falls due, but not before the waves can be signed. It is never cut
    short: an issuer is not made to pay before its invoice falls due, so a payable that falls due later waits.
    """
    longest = table.rules.longest_tenor(table.today)
    size = int(max(debtor.max(initial=-1), creditor.max(initial=-1), line_issuer.max(initial=-1))) + 1
    issues = np.zeros(size, dtype=bool)
    issues[line_issuer] = True
    receives = np.zeros(size, dtype=bool)
    receives[creditor] = True
    own = np.flatnonzero(issues[debtor])
    tenor = np.zeros(debtor.size, dtype=np.int64)
    entry = np.zeros(debtor.size, dtype=np.int64)
    sets: list[tuple[int, ...]] = [()]
    if own.size:
        days = np.maximum(due[own], table.rules.min_tenor_days)
        # Of one issuer, those lines can issue that expire late enough: a step of its expiries names the set.
        steps = sorted({(int(issuer), int(day)) for issuer, day in zip(line_issuer, expiry, strict=True)})
        span = int(max(longest, expiry.max(), days.max())) + 2
        ends = integers(issuer * span + day for issuer, day in steps)
        step = np.searchsorted(ends, debtor[own] * span + days)
        stepped = np.append(integers(issuer for issuer, _ in steps), -1)
        fits = (stepped[step] == debtor[own]) & (days <= longest)
        for issuer, day in steps:
            sets.append(tuple(np.flatnonzero((line_issuer == issuer) & (expiry >= day)).tolist()))
        tenor[own] = np.where(fits, days, 0)
        entry[own] = np.where(fits, step + 1, 0)
    return tenor, entry, tuple(sets), issues[debtor] & (entry == 0) & ~receives[debtor]


def _fill_buckets(
    count: int, payables: pl.DataFrame, debtor: np.ndarray, creditor: np.ndarray, tenor: np.ndarray, entry: np.ndarray,
    due: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    open_minor = payables.get_column("open_minor").to_numpy().astype(np.int64)
    # Where a pair has several, by terms, the largest first.
    pair = debtor * count + creditor
    order = np.arange(pair.size)
    some = _repeated(pair)
    order[some] = some[np.lexsort((due[some], -open_minor[some], entry[some], tenor[some], pair[some]))]
    first = rank_in_group(pair, tenor[order], entry[order]) == 0
    bucket = np.cumsum(first) - 1
    bucket_of = np.empty(order.size, dtype=np.int64)
    bucket_of[order] = bucket
    begins = np.flatnonzero(first)
    heads = order[begins]
    return {
        "debtor": debtor,
        "creditor": creditor,
        "open_minor": open_minor,
        "tenor": tenor,
        "bucket_of": bucket_of,
        "bucket_debtor": debtor[heads],
        "bucket_creditor": creditor[heads],
        "bucket_capacity": np.add.reduceat(open_minor[order], begins) if begins.size else begins,
        "bucket_tenor": tenor[heads],
        "bucket_set": entry[heads],
        "bucket_starts": np.append(begins, order.size),
        "bucket_payables": order,
    }
