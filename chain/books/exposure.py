"""What a bank is exposed to: committed, contingent and funded, per issuer, tier and maturity.

domain.md: committed = unused line; contingent = live under its line and held by no bank; funded = held by it. Banks that
back one line share its committed and contingent amounts; a guarantee moves its share to the guarantor, which then stands
here like a bank. Summed over all of them each piece counts at most once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, case, func, select

from chain.books.fold import LIVE
from chain.issuance.roles import BANK
from chain.store.tables import backers, guarantees, lines, obligations, parties, pieces


class ExposureKind(StrEnum):
    COMMITTED = "committed"
    """The unused part of a line: credit that may still be issued."""
    CONTINGENT = "contingent"
    """Live pieces under the bank's line that no bank holds, also those that wait for a bank's cash; and what one guarantees."""
    FUNDED = "funded"
    """Live pieces that the bank holds, under whoever's line; and those that a guarantor paid for."""


#: Upper ends, in days to maturity, of the buckets; what is later falls into the last one.
BUCKET_DAYS = (30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One cell: amounts in minor units of ``currency``; ``tier`` 0 and no bucket for a committed amount.

    ``tier`` counts trade hops: a bank's own purchase does not move a piece down the chain.
    """

    bank: int
    issuer: int
    currency: str
    kind: ExposureKind
    tier: int
    bucket: str
    minor: int


def exposure(connection: Connection, today: int, bank: int | None = None) -> list[ExposureRow]:
    """All cells that are not zero, of one bank or of every one. ``today`` is the day number of the latest block."""
    cells: Counter[tuple[int, int, str, ExposureKind, int, str]] = Counter()
    for row in (*_committed(connection), *_live(connection, today)):
        cells[row.bank, row.issuer, row.currency, row.kind, row.tier, row.bucket] += row.minor
    return [ExposureRow(*cell, minor) for cell, minor in sorted(cells.items()) if minor and bank in (None, cell[0])]


def total(rows: Iterable[ExposureRow], kind: ExposureKind) -> int:
    """Sum of one kind in minor units; the rows are of one currency."""
    return sum(row.minor for row in rows if row.kind is kind)


def _committed(connection: Connection) -> Iterable[ExposureRow]:
    backed = _shares(connection)
    statement = select(
        lines.c.id, lines.c.bank, lines.c.issuer, lines.c.currency, lines.c.limit_minor, lines.c.used_minor
    )
    for line, lead, issuer, currency, limit, used in connection.execute(statement):
        for bank, minor in _split(max(0, limit - used), lead, backed[line]):
            yield ExposureRow(bank, issuer, currency, ExposureKind.COMMITTED, 0, "", minor)


def _live(connection: Connection, today: int) -> Iterable[ExposureRow]:
    backed, guaranteed = _shares(connection), _guarantees(connection)
    left = obligations.c.maturity_day - today
    ladder = [(and_(left < 0), "overdue")]
    ladder += [(left <= days, _bucket_name(index)) for index, days in enumerate(BUCKET_DAYS)]
    bucket = case(*ladder, else_=f">{BUCKET_DAYS[-1]}")
    # Where a bank still has to pay off chain, the piece is not its yet.
    held_by_bank = and_(parties.c.roles.op("&")(BANK) != 0, pieces.c.state != "locked")
    columns = (
        obligations.c.id, lines.c.id, lines.c.bank, lines.c.issuer, lines.c.currency, pieces.c.owner, pieces.c.payment,
        held_by_bank, pieces.c.tier, bucket,
    )  # fmt: skip
    statement = (
        select(*columns, func.sum(pieces.c.amount_minor))
        .select_from(pieces)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .join(parties, parties.c.id == pieces.c.owner)
        .where(pieces.c.state.in_(LIVE))
        .group_by(*columns)
    )
    for row in connection.execute(statement):
        obligation, line, lead, issuer, currency, owner, payment, by_bank, tier, place, minor = row
        guarantors = guaranteed[obligation]
        if payment and owner in dict(guarantors):
            bearers = [(owner, ExposureKind.FUNDED, minor)]
        else:
            (_, rest), *moved = _split(minor, lead, guarantors)
            bearers = [(guarantor, ExposureKind.CONTINGENT, share) for guarantor, share in moved]
            if by_bank:
                bearers.append((owner, ExposureKind.FUNDED, rest))
            else:
                bearers += [(bank, ExposureKind.CONTINGENT, share) for bank, share in _split(rest, lead, backed[line])]
        for bearer, kind, share in bearers:
            yield ExposureRow(bearer, issuer, currency, kind, tier, place, share)


Shares = dict[int, list[tuple[int, int]]]
"""Line or obligation → (party, basis points) of those who carry a part of it."""


def _shares(connection: Connection) -> Shares:
    found: Shares = defaultdict(list)
    for row in connection.execute(select(backers)):
        found[row.line].append((row.bank, row.basis_points))
    return found


def _guarantees(connection: Connection) -> Shares:
    found: Shares = defaultdict(list)
    for row in connection.execute(select(guarantees)):
        found[row.obligation].append((row.guarantor, row.basis_points))
    return found


def _split(minor: int, lead: int, others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(party, its part), the others' rounded down, and first the lead's, which is the rest."""
    parts = [(party, minor * basis_points // 10_000) for party, basis_points in others]
    return [(lead, minor - sum(part for _, part in parts)), *parts]


def _bucket_name(index: int) -> str:
    low = BUCKET_DAYS[index - 1] + 1 if index else 0
    return f"{low}-{BUCKET_DAYS[index]}"
