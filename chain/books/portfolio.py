"""Pieces as people ask for them: a portfolio, a way from issuer to holder, the totals of the whole ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, select

from chain.books.fold import LIVE
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId
from chain.store.tables import financing, lines, obligations, pieces


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece with the terms of its obligation. Parties by number; amounts in minor units; days since 1970-01-01."""

    piece: PieceId
    parent: PieceId | None
    issuer: int
    owner: int
    currency: str
    amount_minor: int
    """What it stands for now; 0 once all of it was passed on or given back."""
    initial_minor: int
    evidence: int
    hops: int
    tier: int
    state: str
    maturity_day: int
    overdue: bool
    deadline: int
    price_minor: int | None
    created_at: int
    closed_at: int | None

    @property
    def live(self) -> bool:
        return self.state in LIVE and self.amount_minor > 0

    @property
    def financed(self) -> bool:
        """A bank bought it: a cash hop has no evidence."""
        return self.evidence == 0


def all_pieces(
    connection: Connection, owner: int | None = None, obligation: ObligationId | None = None
) -> list[PieceRow]:
    """Every piece, or those of one owner or one obligation, in the order of their ids."""
    statement = _statement().order_by(pieces.c.obligation, pieces.c.index)
    if owner is not None:
        statement = statement.where(pieces.c.owner == owner)
    if obligation is not None:
        statement = statement.where(pieces.c.obligation == obligation.chain)
    return [_row(row) for row in connection.execute(statement).mappings()]


def piece(connection: Connection, wanted: PieceId) -> PieceRow:
    """One piece. Raises NotFound."""
    statement = _statement().where(pieces.c.obligation == wanted.obligation.chain, pieces.c.index == wanted.index)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(what="piece", id=wanted)
    return _row(row)


def path(connection: Connection, wanted: PieceId) -> list[PieceRow]:
    """The way of a piece, from the one that the issuer issued to itself. Raises NotFound."""
    way = [piece(connection, wanted)]
    while way[-1].parent is not None:
        way.append(piece(connection, way[-1].parent))
    return way[::-1]


@dataclass(frozen=True, slots=True)
class Totals:
    """One currency's ledger in figures, minor units; face = live + redeemed + voided + written off (invariant 1)."""

    currency: str
    face_minor: int
    live_minor: int
    redeemed_minor: int
    voided_minor: int
    written_off_minor: int
    financed_minor: int
    """Held by banks now."""


def totals(connection: Connection) -> list[Totals]:
    """The totals of every currency that has been issued."""
    by_state: dict[str, dict[str, int]] = {}
    for row in _amounts(connection, pieces.c.state):
        by_state.setdefault(row[0], {})[row[1]] = int(row[2])
    face = dict(
        connection.execute(
            select(lines.c.currency, func.sum(obligations.c.face_minor))
            .join(lines, lines.c.id == obligations.c.line)
            .group_by(lines.c.currency)
        ).all()
    )
    financed = dict(
        connection.execute(
            select(financing.c.currency, func.sum(financing.c.financed_minor)).group_by(financing.c.currency)
        ).all()
    )
    return [
        Totals(
            currency, int(face[currency]), sum(states.get(state, 0) for state in LIVE), states.get("redeemed", 0),
            states.get("voided", 0), states.get("written_off", 0), int(financed.get(currency, 0)),
        )
        for currency, states in sorted(by_state.items())
    ]  # fmt: skip


def _amounts(connection: Connection, column) -> Iterable[tuple[str, str, int]]:  # type: ignore[no-untyped-def]
    statement = (
        select(lines.c.currency, column, func.sum(pieces.c.amount_minor))
        .select_from(pieces)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .group_by(lines.c.currency, column)
    )
    return connection.execute(statement).all()  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class LineRow:
    """A credit line with its use; ``financed_minor`` and its limit are those of (bank, issuer, currency)."""

    line: LineId
    bank: int
    issuer: int
    currency: str
    limit_minor: int
    used_minor: int
    financing_limit_minor: int
    financed_minor: int
    expiry_day: int
    suspended: bool


def all_lines(connection: Connection) -> list[LineRow]:
    """Every line, in the order of its id."""
    statement = (
        select(lines, financing.c.limit_minor.label("room"), financing.c.financed_minor)
        .outerjoin(
            financing,
            (financing.c.bank == lines.c.bank)
            & (financing.c.issuer == lines.c.issuer)
            & (financing.c.currency == lines.c.currency),
        )
        .order_by(lines.c.id)
    )
    return [
        LineRow(
            LineId.from_chain(r["id"]), r["bank"], r["issuer"], r["currency"], r["limit_minor"], r["used_minor"],
            r["room"] or 0, r["financed_minor"] or 0, r["expiry_day"], r["suspended"],
        )
        for r in connection.execute(statement).mappings()
    ]  # fmt: skip


def _statement():  # type: ignore[no-untyped-def]
    return (
        select(
            pieces, obligations.c.issuer, obligations.c.maturity_day, obligations.c.overdue, lines.c.currency
        )
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
    )  # fmt: skip


def _row(row: RowMapping) -> PieceRow:
    obligation = ObligationId.from_chain(row["obligation"])
    parent = PieceId(obligation, row["parent"]) if row["parent"] else None
    return PieceRow(
        PieceId(obligation, row["index"]), parent, row["issuer"], row["owner"], row["currency"], row["amount_minor"],
        row["initial_minor"], row["evidence"], row["hops"], row["tier"], row["state"], row["maturity_day"],
        row["overdue"], row["deadline"], row["price_minor"], row["created_at"], row["closed_at"],
    )  # fmt: skip
