"""Exposure by a look at every live piece, as domain.md says it: the reference for the sums that the books keep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, select

from chain.books.exposure import BUCKET_DAYS, ExposureKind, ExposureRow
from chain.books.fold import LIVE
from chain.issuance.roles import BANK
from chain.store.tables import backers, guarantees, lines, obligations, parties, pieces

WHOLE = 10_000
"""Basis points."""


def scan(connection: Connection, today: int, bank: int | None = None) -> list[ExposureRow]:
    """All cells that are not zero, of one bank or of every one. ``today`` is the day number of the latest block."""
    cells: Counter[tuple[int, int, str, ExposureKind, int, str]] = Counter()
    for row in (*_committed(connection), *_live(connection, today)):
        cells[row.bank, row.issuer, row.currency, row.kind, row.tier, row.bucket] += row.minor
    groups = dict(connection.execute(select(parties.c.id, parties.c.group)).all())
    return [
        ExposureRow(*cell, minor, groups.get(cell[1], 0))
        for cell, minor in sorted(cells.items())
        if minor and bank in (None, cell[0])
    ]


def _committed(connection: Connection) -> Iterable[ExposureRow]:
    backed = _backers(connection)
    statement = select(
        lines.c.id, lines.c.bank, lines.c.issuer, lines.c.currency, lines.c.limit_minor, lines.c.used_minor
    )
    for line, lead, issuer, currency, limit, used in connection.execute(statement):
        for bank, minor in _split(max(0, limit - used), lead, backed[line]):
            yield ExposureRow(bank, issuer, currency, ExposureKind.COMMITTED, 0, "", minor)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A live piece as it counts for exposure."""

    obligation: int
    line: int
    lead: int
    issuer: int
    currency: str
    minor: int
    tier: int
    bucket: str
    holder: int
    """Who has it, or still has it until its new owner consents or pays; 0 for an issuer's open offer."""
    of_bank: bool
    of_payment: bool


def _live(connection: Connection, today: int) -> Iterable[ExposureRow]:
    backed, guaranteed = _backers(connection), _guarantees(connection)
    found = _pieces(connection, today)
    carried = _carried(found, guaranteed)
    for piece in found:
        row = (piece.issuer, piece.currency)
        place = (piece.tier, piece.bucket)
        rest = piece.minor
        if not _is_claim(piece, guaranteed):
            for guarantor, (part, whole) in carried.get(piece.obligation, {}).items():
                if piece.of_bank and guarantor == piece.holder:
                    continue
                share = piece.minor * part // whole
                rest -= share
                yield ExposureRow(guarantor, *row, ExposureKind.CONTINGENT, *place, share)
        if piece.of_bank or _is_claim(piece, guaranteed):
            yield ExposureRow(piece.holder, *row, ExposureKind.FUNDED, *place, rest)
        else:
            for bank, share in _split(rest, piece.lead, backed[piece.line]):
                yield ExposureRow(bank, *row, ExposureKind.CONTINGENT, *place, share)


def _pieces(connection: Connection, today: int) -> list[_Piece]:
    left = obligations.c.maturity_day - today
    ladder = [(and_(left < 0), "overdue")]
    ladder += [(left <= days, _bucket_name(index)) for index, days in enumerate(BUCKET_DAYS)]
    giver, bank = pieces.alias(), parties.alias()
    waits = pieces.c.state.in_(("offered", "locked"))
    holder = case((waits, func.coalesce(giver.c.owner, 0)), else_=pieces.c.owner)
    payment = case((waits, func.coalesce(giver.c.payment, False)), else_=pieces.c.payment)
    statement = (
        select(
            obligations.c.id, lines.c.id, lines.c.bank, lines.c.issuer, lines.c.currency, pieces.c.amount_minor,
            pieces.c.tier, case(*ladder, else_=f">{BUCKET_DAYS[-1]}"), holder, bank.c.roles, payment,
        )
        .select_from(pieces)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .outerjoin(giver, and_(giver.c.obligation == pieces.c.obligation, giver.c.index == pieces.c.parent))
        .outerjoin(bank, bank.c.id == holder)
        .where(pieces.c.state.in_(LIVE), pieces.c.amount_minor > 0)
    )  # fmt: skip
    return [
        _Piece(*row[:9], of_bank=bool((row[9] or 0) & BANK), of_payment=bool(row[10]))
        for row in connection.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class _Guarantee:
    guarantor: int
    basis_points: int
    left_minor: int
    """Of its share of the face, what it has not paid yet."""


Shares = dict[int, list[tuple[int, int]]]
"""Line → (bank, basis points) of those who back a part of it."""
Guarantees = dict[int, list[_Guarantee]]
"""By obligation."""


def _is_claim(piece: _Piece, guaranteed: Guarantees) -> bool:
    """Whether it is the claim of a guarantor that paid, which is its own: no other guarantor covers it."""
    return piece.of_payment and any(one.guarantor == piece.holder for one in guaranteed.get(piece.obligation, ()))


def _carried(found: Iterable[_Piece], guaranteed: Guarantees) -> dict[int, dict[int, tuple[int, int]]]:
    """Obligation → guarantor → (what it carries, of how much that is live): its share, as far as it has not paid it."""
    live: Counter[int] = Counter()
    for piece in found:
        if piece.obligation in guaranteed and not _is_claim(piece, guaranteed):
            live[piece.obligation] += piece.minor
    return {
        obligation: {
            one.guarantor: (min(minor * one.basis_points // WHOLE, one.left_minor), minor)
            for one in guaranteed[obligation]
        }
        for obligation, minor in live.items()
    }


def _backers(connection: Connection) -> Shares:
    found: Shares = defaultdict(list)
    for row in connection.execute(select(backers)):
        found[row.line].append((row.bank, row.basis_points))
    return found


def _guarantees(connection: Connection) -> Guarantees:
    found: Guarantees = {}
    statement = select(guarantees, obligations.c.face_minor).join(
        obligations, obligations.c.id == guarantees.c.obligation
    )
    for row in connection.execute(statement):
        left = row.face_minor * row.basis_points // WHOLE - row.paid_minor
        found.setdefault(row.obligation, []).append(_Guarantee(row.guarantor, row.basis_points, left))
    return found


def _split(minor: int, lead: int, others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(party, its part), the others' rounded down, and first the lead's, which is the rest."""
    parts = [(party, minor * basis_points // WHOLE) for party, basis_points in others]
    return [(lead, minor - sum(part for _, part in parts)), *parts]


def _bucket_name(index: int) -> str:
    low = BUCKET_DAYS[index - 1] + 1 if index else 0
    return f"{low}-{BUCKET_DAYS[index]}"
