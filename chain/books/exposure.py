"""What a bank is exposed to: committed, contingent and funded, per issuer, tier and maturity.

domain.md: committed = unused line; contingent = live under its line and held by no bank; funded = held by it. Summed
over banks each piece counts at most once, because a piece that any bank holds is that bank's alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, case, func, select

from chain.books.fold import LIVE
from chain.issuance.roles import BANK
from chain.store.tables import lines, obligations, parties, pieces


class ExposureKind(StrEnum):
    COMMITTED = "committed"
    """The unused part of a line: credit that may still be issued."""
    CONTINGENT = "contingent"
    """Live pieces under the bank's line that no bank holds."""
    FUNDED = "funded"
    """Live pieces that the bank holds, under whoever's line."""


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
    rows = [*_committed(connection), *_live(connection, today)]
    wanted = (row for row in rows if row.minor and bank in (None, row.bank))
    return sorted(wanted, key=lambda row: (row.bank, row.issuer, row.currency, row.kind, row.tier, row.bucket))


def total(rows: Iterable[ExposureRow], kind: ExposureKind) -> int:
    """Sum of one kind in minor units; the rows are of one currency."""
    return sum(row.minor for row in rows if row.kind is kind)


def _committed(connection: Connection) -> Iterable[ExposureRow]:
    free = func.sum(case((lines.c.limit_minor > lines.c.used_minor, lines.c.limit_minor - lines.c.used_minor), else_=0))
    statement = select(lines.c.bank, lines.c.issuer, lines.c.currency, free).group_by(
        lines.c.bank, lines.c.issuer, lines.c.currency
    )
    for bank, issuer, currency, minor in connection.execute(statement):
        yield ExposureRow(bank, issuer, currency, ExposureKind.COMMITTED, 0, "", int(minor))


def _live(connection: Connection, today: int) -> Iterable[ExposureRow]:
    held_by_bank = parties.c.roles.op("&")(BANK) != 0
    bank = case((held_by_bank, pieces.c.owner), else_=lines.c.bank)
    kind = case((held_by_bank, ExposureKind.FUNDED.value), else_=ExposureKind.CONTINGENT.value)
    left = obligations.c.maturity_day - today
    ladder = [(and_(left < 0), "overdue")]
    ladder += [(left <= days, _bucket_name(index)) for index, days in enumerate(BUCKET_DAYS)]
    bucket = case(*ladder, else_=f">{BUCKET_DAYS[-1]}")
    columns = (bank, lines.c.issuer, lines.c.currency, kind, pieces.c.tier, bucket)
    statement = (
        select(*columns, func.sum(pieces.c.amount_minor))
        .select_from(pieces)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .join(parties, parties.c.id == pieces.c.owner)
        .where(pieces.c.state.in_(LIVE))
        .group_by(*columns)
    )
    for bank_id, issuer, currency, kind_name, tier, bucket_name, minor in connection.execute(statement):
        yield ExposureRow(bank_id, issuer, currency, ExposureKind(kind_name), tier, bucket_name, int(minor))


def _bucket_name(index: int) -> str:
    low = BUCKET_DAYS[index - 1] + 1 if index else 0
    return f"{low}-{BUCKET_DAYS[index]}"
