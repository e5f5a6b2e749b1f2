"""Pieces as people ask for them: a portfolio, a way from issuer to holder, the totals of the whole ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
)

from chain.books.fold import LIVE
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId, PieceReference
from chain.store.database import Store
from chain.store.prepared import Prepared
from chain.store.tables import evidence, financing, holds, lines, obligations, pieces

#: Shown instead of ``held`` where all of a piece was passed on; the ledger has no such state, since some may come back.
PASSED_ON = "passed_on"
#: Pieces that are read at once.
PIECES_A_QUESTION = 500
#: The books have no ids above this one; the ledger's own may be twice as large.
MOST_ID = 2**63 - 1
#: Lines whose pieces are asked for together.
LINES_A_QUESTION = 32


class PieceRow(NamedTuple):
    """One piece with the terms of its obligation. Parties by number; amounts in minor units; days since 1970-01-01."""

    obligation: int
    """Its id on chain."""
    place: int
    """The piece's index there."""
    parent_place: int
    """That of the piece which it was cut from; 0: it was issued."""
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
    deadline: int
    price_minor: int | None
    created_at: int
    closed_at: int | None
    overdue: bool
    financed: bool
    """A bank bought it."""
    payment: bool
    """Cut from its parent by a payment: the part that was paid, or the claim of who paid in the issuer's place."""
    on_hold: bool
    """A hold rests on it, on what it was cut from, or on the whole obligation; it may be paid, but not moved."""

    @property
    def piece(self) -> PieceId:
        return PieceId(_obligation(self.obligation), self.place)

    @property
    def parent(self) -> PieceId | None:
        return PieceId(_obligation(self.obligation), self.parent_place) if self.parent_place else None

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
        return PieceReference(self.piece, self.parent_place, self.evidence, self.maturity_day)


Side = Literal["owner", "giver"]
"""What a party is to a piece."""


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


class Which(NamedTuple):
    """Of the pieces of a party: those behind ``after`` in the order of their ids, at most so many, and where it is given only
    those that the party is the ``side`` of. ``state`` leaves out those that are shown in it to nobody; to whom others are,
    depends on who looks."""

    after: PieceId | None = None
    most: int | None = None
    state: str | None = None
    side: Side | None = None

    @property
    def behind(self) -> tuple[int, int]:
        return (self.after.obligation.chain, self.after.index) if self.after else (0, 0)

    @property
    def limit(self) -> int:
        return MOST_ID if self.most is None else self.most


def pieces_of(connection: Connection, party: int | None, which: Which) -> list[PieceRow]:
    """The pieces that a party owns, gave, pays as their issuer, or granted the line of; every piece where none is given.

    Each way to a piece is a range of an index, of which no more is read than is asked for.
    """
    ways = _ways(party, which)
    if not ways:
        return []
    rows = _within(connection, *_asked(ways, which.limit, which.state, party))
    found = _rows(rows, _held(connection, rows))
    if _is_all(rows, party, which):
        return found
    own = list(connection.scalars(_GRANTED, {"bank": party, "line": which.behind[0] >> 24}))
    together, missing = 1, which.limit
    known = {row.piece for row in found}
    while own and missing > 0:
        some, own = own[:together], own[together:]
        together = min(2 * together, LINES_A_QUESTION)
        of_lines = [_Range.of(which.behind, line << 24, 24) for line in some]
        rows = _within(connection, *_asked(of_lines, missing, which.state))
        found += [row for row in _rows(rows, _held(connection, rows)) if row.piece not in known]
        missing -= len(rows)
    return sorted(found, key=lambda row: row.piece)[: which.most]


def pieces_now(store: Store, party: int | None, which: Which) -> list[PieceRow]:
    """The same of this moment: one statement, where that tells all, as of everybody but banks it does."""
    ways = _ways(party, which)
    if not ways:
        return []
    rows = _in_order(store.ask(*_asked(ways, which.limit, which.state, party)))
    if _is_all(rows, party, which) and not any(row[-2] for row in rows):
        return _rows(rows, set())
    with store.read() as connection:
        return pieces_of(connection, party, which)


def _is_all(rows: list[Any], party: int | None, which: Which) -> bool:
    """Whether the party has no further pieces under lines that it granted."""
    return party is None or which.side is not None or bool(rows and not rows[0][-1])


class _Range(NamedTuple):
    """Pieces behind a place and below an obligation, all of them or those that have the party in a column."""

    behind: tuple[int, int]
    below: int
    column: str | None = None

    @classmethod
    def of(cls, behind: tuple[int, int], first: int, bits: int) -> _Range:
        """Those whose obligations have ids that begin with the same bits as ``first``."""
        return cls(max(behind, (first, 0)), first + (1 << bits))


_KEY = (pieces.c.obligation, pieces.c.index)
_GRANTED = (
    select(lines.c.id).where(lines.c.bank == bindparam("bank"), lines.c.id >= bindparam("line")).order_by(lines.c.id)
)


def _ways(party: int | None, which: Which) -> list[_Range]:
    """The ways to a party's pieces that one statement goes: all but the lines that it granted. None where there is nothing."""
    behind = which.behind
    if behind[0] > MOST_ID:
        return []
    if party is None:
        return [_Range(behind, MOST_ID)]
    if which.side is not None:
        return [_Range(behind, MOST_ID, which.side)]
    return [_Range(behind, MOST_ID, "owner"), _Range(behind, MOST_ID, "giver"), _Range.of(behind, party << 32, 32)]


def _asked(
    ways: list[_Range], most: int, state: str | None, party: int | None = None
) -> tuple[Prepared, dict[str, Any]]:
    """What gives the first pieces of these ways together: rows of `_statement`, each with whether the party granted lines."""
    how = None if state is None else "live" if state == "on_hold" else "own"
    values: dict[str, Any] = {"most": most, "party": party, "state": "held" if state == PASSED_ON else state}
    for number, way in enumerate(ways):
        values |= {f"obligation{number}": way.behind[0], f"index{number}": way.behind[1], f"below{number}": way.below}
    return _first_of(tuple(way.column for way in ways), how), values


def _within(connection: Connection, question: Prepared, values: dict[str, Any]) -> list[Any]:
    return _in_order(question.rows(connection, values))


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """In that of their pieces' ids."""
    return sorted(rows, key=itemgetter(0, 1))


def _held(connection: Connection, rows: list[Any]) -> set[tuple[int, int]]:
    marked = {row[0] for row in rows if row[-2]}
    return on_hold(connection, marked) if marked else set()


def _rows(rows: list[Any], held: set[tuple[int, int]]) -> list[PieceRow]:
    return [_row(row, held) for row in rows]


@cache
def _first_of(columns: tuple[str | None, ...], how: str | None) -> Prepared:
    """The statement of `_asked`."""
    parts = []
    for number, column in enumerate(columns):
        behind = tuple_(bindparam(f"obligation{number}", type_=BigInteger), bindparam(f"index{number}", type_=Integer))
        part = select(*_KEY).where(tuple_(*_KEY) > behind, pieces.c.obligation < bindparam(f"below{number}"))
        if column is not None:
            part = part.where(pieces.c[column] == bindparam("party"))
        if how is not None:
            part = part.where(pieces.c.state.in_(LIVE) if how == "live" else pieces.c.state == bindparam("state"))
        # SQLite takes a part with an order and a limit of its own only within a statement.
        parts.append(select(part.order_by(*_KEY).limit(bindparam("most")).subquery()))
    # Where the whole has an order, SQLite merges the parts and need not collect them first.
    together = union(*parts) if len(parts) > 1 else parts[0]
    key = (together.selected_columns.obligation, together.selected_columns.index)
    wanted = together.order_by(*key).limit(bindparam("most")).subquery()
    source = wanted.join(pieces, (wanted.c.obligation == pieces.c.obligation) & (wanted.c.index == pieces.c.index))
    grants = exists().where(lines.c.bank == bindparam("party"))
    return Prepared(_statement(source).add_columns(grants), row=tuple)


def piece(connection: Connection, wanted: PieceId) -> PieceRow:
    """One piece. Raises NotFound."""
    row = _only([] if wanted.obligation.chain > MOST_ID else _one().rows(connection, _place(wanted)), wanted)
    return _row(row, on_hold(connection, [wanted.obligation.chain]) if row[-1] else set())


def piece_now(store: Store, wanted: PieceId) -> PieceRow:
    """One piece, of this moment. Raises NotFound."""
    row = _only([] if wanted.obligation.chain > MOST_ID else store.ask(_one(), _place(wanted)), wanted)
    if not row[-1]:
        return _row(row, set())
    with store.read() as connection:  # which holds rest on it, is a further question
        return piece(connection, wanted)


def _only(found: Sequence[Any], wanted: PieceId) -> Any:
    if not found:
        raise NotFound(what="piece", id=wanted)
    return found[0]


def _place(piece: PieceId) -> dict[str, int]:
    return {"obligation": piece.obligation.chain, "index": piece.index}


@cache
def _one() -> Prepared:
    key = (pieces.c.obligation == bindparam("obligation"), pieces.c.index == bindparam("index"))
    return Prepared(_statement(pieces).where(*key), row=tuple)


def named(connection: Connection, wanted: Iterable[PieceId]) -> list[PieceRow]:
    """These pieces, in this order. Raises NotFound."""
    asked = list(wanted)
    found = known(connection, asked)
    for one in asked:
        if one not in found:
            raise NotFound(what="piece", id=one)
    return [found[one] for one in asked]


def known(connection: Connection, wanted: Iterable[PieceId]) -> dict[PieceId, PieceRow]:
    """Those of these pieces that there are."""
    keys = [(one.obligation.chain, one.index) for one in wanted]
    found: dict[tuple[int, int], Row[*tuple[Any, ...]]] = {}
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
    rows = (_row(row, held) for row in found.values())
    return {row.piece: row for row in rows}


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
    of_pieces = select(*columns).where(wanted).order_by(pieces.c.obligation, pieces.c.index)
    for number, index, parent, state, minor in connection.execute(of_pieces):
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


def _amounts(connection: Connection, column: ColumnElement[str]) -> Iterable[tuple[str, str, int]]:
    statement = (
        select(lines.c.currency, column, func.sum(pieces.c.amount_minor))
        .select_from(pieces)
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .group_by(lines.c.currency, column)
    )
    return connection.execute(statement).all()


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


def _statement(source: FromClause = pieces) -> Select[*tuple[Any, ...]]:
    """What a `PieceRow` is made of, in its order, of the pieces in ``source``. The last: whether any hold rests within the
    obligation."""
    c = pieces.c
    joined = source.join(obligations, obligations.c.id == c.obligation).join(lines, lines.c.id == obligations.c.line)
    joined = joined.outerjoin(evidence, evidence.c.id == c.evidence)
    return select(
        c.obligation, c.index, c.parent, obligations.c.issuer, c.owner, c.giver, lines.c.bank, lines.c.currency,
        c.amount_minor, c.initial_minor, c.evidence, evidence.c.identity, c.hops, c.tier, c.state,
        obligations.c.maturity_day, c.deadline, c.price_minor, c.created_at, c.closed_at, obligations.c.overdue, c.financed,
        c.payment, exists().where(holds.c.obligation == c.obligation),
    ).select_from(joined)  # fmt: skip


def _row(row: Sequence[Any], held: set[tuple[int, int]]) -> PieceRow:
    """Of what the driver gives: of truths some databases keep numbers."""
    overdue, financed, payment, is_marked = row[20:24]
    on_hold = bool(is_marked) and row[:2] in held
    return PieceRow._make((*row[:20], bool(overdue), bool(financed), bool(payment), on_hold))


#: Pieces of one obligation come one after the other.
_obligation = lru_cache(maxsize=1_000)(ObligationId.from_chain)
