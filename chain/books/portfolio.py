"""Pieces as people ask for them: a portfolio, a way from issuer to holder, the totals of the whole ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from chain.books.fold import LIVE
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId, PieceReference
from chain.store.tables import evidence, financing, holds, lines, obligations, pieces

#: Shown instead of ``held`` where all of a piece was passed on; the ledger has no such state, since some may come back.
PASSED_ON = "passed_on"
#: Pieces that are read at once.
PIECES_A_QUESTION = 500
#: The books have no ids above this one; the ledger's own may be twice as large.
MOST_ID = 2**63 - 1
#: Lines whose pieces are asked for together.
LINES_A_QUESTION = 32


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece with the terms of its obligation. Parties by number; amounts in minor units; days since 1970-01-01."""

    piece: PieceId
    parent: PieceId | None
    issuer: int
    owner: int
    giver: int
    """The owner of its parent, else its issuer."""
    bank: int
    """Who granted the line."""
    currency: str
    amount_minor: int
    """What it stands for now; 0 once all of it was passed on or given back."""
    initial_minor: int
    evidence: int
    identity: str | None
    """The blinded identity of the document behind it."""
    hops: int
    tier: int
    state: str
    """Its own, whatever holds rest on it."""
    maturity_day: int
    overdue: bool
    deadline: int
    price_minor: int | None
    created_at: int
    closed_at: int | None
    financed: bool
    """A bank bought it."""
    payment: bool
    """Cut from its parent by a payment: the part that was paid, or the claim of who paid in the issuer's place."""
    on_hold: bool
    """A hold rests on it, on what it was cut from, or on the whole obligation; it may be paid, but not moved."""

    @property
    def shown_state(self) -> str:
        """What people are told: ``passed_on`` where nothing is left in it, ``on_hold`` while a hold keeps it from being
        moved."""
        if self.state == "held" and self.amount_minor == 0:
            return PASSED_ON
        return "on_hold" if self.on_hold else self.state

    @property
    def live(self) -> bool:
        return self.state in LIVE and self.amount_minor > 0

    @property
    def reference(self) -> PieceReference:
        """How a command names it."""
        return PieceReference(self.piece, self.parent.index if self.parent else 0, self.evidence, self.maturity_day)


def all_pieces(
    connection: Connection, owner: int | None = None, obligation: ObligationId | None = None
) -> list[PieceRow]:
    """Every piece, or those of one owner or one obligation, in the order of their ids."""
    statement = _statement().order_by(pieces.c.obligation, pieces.c.index)
    if owner is not None:
        statement = statement.where(pieces.c.owner == owner)
    if obligation is not None:
        statement = statement.where(pieces.c.obligation == obligation.chain)
    held = on_hold(connection)
    return [_row(row, held) for row in connection.execute(statement)]


def pieces_of(
    connection: Connection,
    party: int | None,
    *,
    after: PieceId | None = None,
    most: int | None = None,
    state: str | None = None,
) -> list[PieceRow]:
    """The pieces that a party owns, gave, pays as their issuer, or granted the line of; every piece where none is given.

    In the order of their ids behind ``after``, at most so many. ``state`` leaves out those that are not shown in it to
    anybody; whether one is, depends on who looks. Each way to a piece is a range of an index, of which no more is read than
    what is asked for.
    """
    behind = (after.obligation.chain, after.index) if after else (0, 0)
    if behind[0] > MOST_ID:
        return []
    if party is None:
        places = [_places(behind, most, state)]
    else:
        places = [
            _places(behind, most, state, pieces.c.owner == party),
            _places(behind, most, state, pieces.c.giver == party),
            _places(behind, most, state, *_between(party << 32, (party + 1) << 32)),
        ]
    found = _rows_at(connection, places, most)
    if party is None:
        return found
    granted = select(lines.c.id).where(lines.c.bank == party, lines.c.id >= behind[0] >> 24).order_by(lines.c.id)
    own, together = list(connection.scalars(granted)), 1
    known = {row.piece for row in found}
    missing = most
    while own and (missing is None or missing > 0):
        some, own = own[:together], own[together:]
        together = min(2 * together, LINES_A_QUESTION)
        more = _rows_at(
            connection,
            [_places(behind, missing, state, *_between(line << 24, (line + 1) << 24)) for line in some],
            missing,
        )
        found += [row for row in more if row.piece not in known]
        missing = None if missing is None else missing - len(more)
    return sorted(found, key=lambda row: row.piece)[:most]


def _between(first: int, end: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return pieces.c.obligation >= first, pieces.c.obligation < end


def _places(behind: tuple[int, int], most: int | None, state: str | None, *which: ColumnElement[bool]) -> Select[Any]:
    """Keys of the first pieces behind a place that are so."""
    key = (pieces.c.obligation, pieces.c.index)
    statement = select(*key).where(*which, tuple_(*key) > tuple_(*(literal(part) for part in behind)))
    if state is not None:
        own = "held" if state == PASSED_ON else state
        statement = statement.where(pieces.c.state.in_(LIVE) if state == "on_hold" else pieces.c.state == own)
    return statement if most is None else statement.order_by(*key).limit(most)


def _rows_at(connection: Connection, places: list[Select[Any]], most: int | None) -> list[PieceRow]:
    """The first of these pieces together, in the order of their ids."""
    # SQLite takes a part with an order and a limit of its own only within a statement.
    wanted = union(*(select(one.subquery()) for one in places)).subquery()
    statement = _statement(wanted).order_by(wanted.c.obligation, wanted.c.index)
    rows = connection.execute(statement if most is None else statement.limit(most)).all()
    marked = {row.obligation for row in rows if row.marked}
    held = on_hold(connection, marked) if marked else set()
    return [_row(row, held) for row in rows]


def piece(connection: Connection, wanted: PieceId) -> PieceRow:
    """One piece. Raises NotFound."""
    return named(connection, [wanted])[0]


def named(connection: Connection, wanted: Iterable[PieceId]) -> list[PieceRow]:
    """These pieces, in this order. Raises NotFound."""
    keys = [(one.obligation.chain, one.index) for one in wanted]
    if beyond := next((PieceId.from_chain(key[0] << 16 | key[1]) for key in keys if key[0] > MOST_ID), None):
        raise NotFound(what="piece", id=beyond)
    found: dict[tuple[int, int], Row[Any]] = {}
    held: set[tuple[int, int]] = set()
    for at in range(0, len(keys), PIECES_A_QUESTION):
        some = keys[at : at + PIECES_A_QUESTION]
        indexes: dict[int, list[int]] = defaultdict(list)
        for obligation, index in some:
            indexes[obligation].append(index)
        # Pairs in a list SQLite would look for in all pieces.
        of = [(pieces.c.obligation == one) & pieces.c.index.in_(own) for one, own in indexes.items()]
        statement = _statement().where(or_(*of))
        found |= {row[:2]: row for row in connection.execute(statement)}
        held |= on_hold(connection, indexes.keys())
    for obligation, index in keys:
        if (obligation, index) not in found:
            raise NotFound(what="piece", id=PieceId(ObligationId.from_chain(obligation), index))
    return [_row(found[key], held) for key in keys]


def on_hold(connection: Connection, obligations: Collection[int] | None = None) -> set[tuple[int, int]]:
    """(obligation, index) of the live pieces on which a hold rests, their own or one of what they were cut from; all, or
    those of some obligations."""
    statement = select(holds.c.obligation, holds.c.index)
    if obligations is not None:
        statement = statement.where(holds.c.obligation.in_(obligations))
    marked = {(number, index) for number, index in connection.execute(statement)}
    if not marked:
        return set()
    bound: set[tuple[int, int]] = set()
    live: set[tuple[int, int]] = set()
    wanted = pieces.c.obligation.in_({number for number, _ in marked})
    columns = (pieces.c.obligation, pieces.c.index, pieces.c.parent, pieces.c.state, pieces.c.amount_minor)
    statement = select(*columns).where(wanted)
    for number, index, parent, state, minor in connection.execute(
        statement.order_by(pieces.c.obligation, pieces.c.index)
    ):
        # A parent comes before what was cut from it; place 0 is the obligation.
        if {(number, 0), (number, index)} & marked or (number, parent) in bound:
            bound.add((number, index))
            if state in LIVE and minor > 0:
                live.add((number, index))
    return live


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
    allotted_minor: int
    """Promised to suppliers in allotments, and not drawn."""
    calendar: int

    @property
    def taken_minor(self) -> int:
        """Used and allotted: below this no limit is set."""
        return self.used_minor + self.allotted_minor

    @property
    def available_minor(self) -> int:
        """What the issuer can still issue or allot."""
        return max(0, self.limit_minor - self.taken_minor)


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
            r["room"] or 0, r["financed_minor"] or 0, r["expiry_day"], r["suspended"], r["allotted_minor"], r["calendar"],
        )
        for r in connection.execute(statement).mappings()
    ]  # fmt: skip


def _statement(wanted: FromClause | None = None) -> Select[Any]:
    """What a `PieceRow` is made of, in its order, of the pieces whose keys are ``wanted``, or of all. ``marked``: whether any
    hold rests within the obligation."""
    c = pieces.c
    source: FromClause = pieces
    if wanted is not None:
        source = wanted.join(pieces, (c.obligation == wanted.c.obligation) & (c.index == wanted.c.index))
    source = source.join(obligations, obligations.c.id == c.obligation).join(lines, lines.c.id == obligations.c.line)
    source = source.outerjoin(evidence, evidence.c.id == c.evidence)
    return select(
        c.obligation, c.index, c.parent, obligations.c.issuer, c.owner, c.giver, lines.c.bank, lines.c.currency,
        c.amount_minor, c.initial_minor, c.evidence, evidence.c.identity, c.hops, c.tier, c.state,
        obligations.c.maturity_day, obligations.c.overdue, c.deadline, c.price_minor, c.created_at, c.closed_at, c.financed,
        c.payment, exists().where(holds.c.obligation == c.obligation).label("marked"),
    ).select_from(source)  # fmt: skip


def _row(row: Row[Any], held: set[tuple[int, int]]) -> PieceRow:
    number, index, parent, *others, _ = row
    obligation = ObligationId.from_chain(number)
    return PieceRow(
        PieceId(obligation, index), PieceId(obligation, parent) if parent else None, *others, (number, index) in held
    )
