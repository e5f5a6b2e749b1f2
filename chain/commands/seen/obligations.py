"""Obligations and what of them is overdue, as a viewer may see them.

An issuer, the line's bank and its backers, a guarantor, and whoever has or had a piece know that an obligation is there. What
it comes to in all is for issuer, banks and who reads everything; a guarantor sees the face that it answers for. A holder sees
its own pieces: the sums of other branches are none of its business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, true, union

from chain.books.portfolio import MOST_ID, all_pieces
from chain.commands.financing_requests import shown_to
from chain.commands.seen.named import Named
from chain.commands.seen.viewer import Participant, Viewer, stake
from chain.commands.seen.vouchers import day, moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId
from chain.money import Money
from chain.store.tables import backers, blocks, events, guarantees, lines, obligations, pieces

#: Kinds of obligations, in the contracts' numbers (`contracts/types/Instruments.sol`).
INSTRUMENTS = {1: "voucher", 2: "bill"}


class Guarantee(Frozen):
    """Who answers for which share of the face."""

    guarantor: Participant
    basis_points: int
    paid: Money | None = Field(description="What it paid to holders; seen by itself, issuer and banks.")


class Overdue(Frozen):
    """That an obligation was not paid in time."""

    since: date
    """The day on which the ledger was told."""
    cured: bool
    """It was paid since, or made good."""
    cured_at: datetime | None


class Sums(Frozen):
    """What became of the face: face = live + redeemed + voided + written_off."""

    live: Money
    redeemed: Money
    voided: Money
    written_off: Money


class Obligation(Frozen):
    """One issue of a core enterprise under a line."""

    id: str
    line: str
    issuer: Participant
    bank: Participant
    instrument: str
    issued_at: datetime
    maturity: date
    recourse: bool
    """Whether a holder that is not paid may go back along the way of its piece."""
    attested_only: bool
    """Whether it is paid off chain only."""
    rulebook_version: int
    face: Money | None = Field(description="For issuer, banks, guarantors, and who reads everything.")
    sums: Sums | None = Field(description="For issuer, banks, and who reads everything.")
    overdue: Overdue | None = Field(description="Null where it never was.")
    guarantees: tuple[Guarantee, ...]


class ObligationRead(Obligation):
    """An obligation with the pieces that the caller may see."""

    vouchers: tuple[str, ...]


class OverdueSeen(Frozen):
    """An obligation that was, or is, overdue."""

    obligation: str
    line: str
    issuer: Participant
    bank: Participant
    maturity: date
    overdue: Overdue
    outstanding: Money | None = Field(
        description="What is owed of it, to all holders; seen as an obligation's sums are."
    )
    held: Money
    """What is owed of it to the caller."""


def obligations_seen(
    home: Home, viewer: Viewer, *, after: ObligationId | None = None, most: int = 100
) -> tuple[tuple[Obligation, ...], str | None]:
    """The viewer's obligations in the order of their ids, behind ``after``; and the id to go on from, None at the end."""
    with home.store.read() as connection:
        rows = _rows(connection, viewer, after, most + 1, _visible(viewer))
        shown = _obligations(connection, home, viewer, rows[:most])
    return tuple(Obligation(**one) for one in shown), shown[-1]["id"] if len(rows) > most else None


def obligation_seen(home: Home, viewer: Viewer, wanted: ObligationId) -> ObligationRead:
    """One of them, or one of which a holder asks the viewer to finance a piece. Raises NotFound."""
    with home.store.read() as connection:
        asked = shown_to(connection, viewer, wanted)
        visible = true() if asked else _visible(viewer)
        rows = _rows(connection, viewer, None, 1, visible, obligations.c.id == min(wanted.chain, MOST_ID))
        if not rows:
            raise NotFound(what="obligation", id=wanted)
        (shown,) = _obligations(connection, home, viewer, rows)
        found = all_pieces(connection, obligation=wanted)
    own = (piece.piece for piece in found if stake(viewer, piece, asked).any)
    return ObligationRead(**shown, vouchers=tuple(map(str, own)))


def overdue_seen(
    home: Home, viewer: Viewer, *, cured: bool | None = None, after: ObligationId | None = None, most: int = 100
) -> tuple[tuple[OverdueSeen, ...], str | None]:
    """The viewer's obligations that were marked as overdue, those that are ``cured`` by now or those that are not, or both."""
    marked: ColumnElement[bool] = obligations.c.overdue_day.is_not(None)
    if cured is not None:
        marked &= obligations.c.overdue.is_not(cured)
    with home.store.read() as connection:
        rows = _rows(connection, viewer, after, most + 1, _visible(viewer), marked)
        shown = _obligations(connection, home, viewer, rows[:most])
        held = _held(connection, viewer, rows[:most])
    found = tuple(
        OverdueSeen(
            obligation=one["id"], line=one["line"], issuer=one["issuer"], bank=one["bank"], maturity=one["maturity"],
            overdue=one["overdue"], outstanding=one["sums"].live if one["sums"] else None,
            held=Money(held.get(row["id"], 0), row["currency"]),
        )
        for row, one in zip(rows[:most], shown, strict=True)
    )  # fmt: skip
    return found, found[-1].obligation if len(rows) > most else None


# --- which, and what of them ---------------------------------------------------------------------------------------


def _rows(
    connection: Connection, viewer: Viewer, after: ObligationId | None, most: int, *conditions: ColumnElement[bool]
) -> Sequence[RowMapping]:
    statement = (
        select(obligations, lines.c.bank, lines.c.currency)
        .join(lines, lines.c.id == obligations.c.line)
        .where(*conditions)
        .order_by(obligations.c.id)
        .limit(most)
    )
    if after is not None:
        statement = statement.where(obligations.c.id > min(after.chain, MOST_ID))
    return connection.execute(statement).mappings().all()


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    """Of the obligations that the viewer knows of; each part is found by an index."""
    if viewer.sees_all:
        return obligations.c.id > 0
    own = -1 if viewer.party is None else viewer.party
    granted = union(
        select(lines.c.id).where(lines.c.bank == own), select(backers.c.line).where(backers.c.bank == own)
    )  # fmt: skip
    return obligations.c.id.in_(
        union(
            select(obligations.c.id).where(obligations.c.issuer == own),
            select(obligations.c.id).where(obligations.c.line.in_(granted)),
            select(pieces.c.obligation).where(pieces.c.owner == own),
            select(guarantees.c.obligation).where(guarantees.c.guarantor == own),
        )
    )


def _obligations(
    connection: Connection, home: Home, viewer: Viewer, rows: Sequence[RowMapping]
) -> list[dict[str, Any]]:
    """The fields of `Obligation` for each."""
    ids, named = [row["id"] for row in rows], Named(home)
    ended, cures = _ended(connection, ids), _cures(connection, [row["id"] for row in rows if not row["overdue"]])
    answering: dict[int, list[RowMapping]] = defaultdict(list)
    for guarantee in connection.execute(select(guarantees).where(guarantees.c.obligation.in_(ids))).mappings():
        answering[guarantee["obligation"]].append(guarantee)
    shared = set(connection.scalars(select(backers.c.line).where(backers.c.bank == viewer.party)))
    found = []
    for row in rows:
        whole = viewer.sees_all or viewer.party in (row["issuer"], row["bank"]) or row["line"] in shared
        answers = viewer.party in {guarantee["guarantor"] for guarantee in answering[row["id"]]}
        found.append(
            {
                "id": str(ObligationId.from_chain(row["id"])), "line": str(LineId.from_chain(row["line"])),
                "issuer": named.party(row["issuer"]), "bank": named.party(row["bank"]),
                "instrument": INSTRUMENTS.get(row["instrument"], str(row["instrument"])),
                "issued_at": moment(row["issued_at"]), "maturity": day(row["maturity_day"]), "recourse": row["recourse"],
                "attested_only": row["attested_only"], "rulebook_version": row["rulebook_version"],
                "face": Money(row["face_minor"], row["currency"]) if whole or answers else None,
                "sums": _sums(row, ended.get(row["id"], {})) if whole else None,
                "overdue": _overdue(row, cures),
                "guarantees": tuple(_guarantee(viewer, named, row, one, whole) for one in answering[row["id"]]),
            }
        )  # fmt: skip
    return found


def _sums(row: RowMapping, ended: dict[str, int]) -> Sums:
    def money(minor: int) -> Money:
        return Money(minor, row["currency"])

    return Sums(
        live=money(row["live_minor"]), redeemed=money(ended.get("redeemed", 0)), voided=money(ended.get("voided", 0)),
        written_off=money(ended.get("written_off", 0)),
    )  # fmt: skip


def _overdue(row: RowMapping, cures: dict[int, int]) -> Overdue | None:
    if row["overdue_day"] is None:
        return None
    cured_at = cures.get(row["id"])
    return Overdue(
        since=day(row["overdue_day"]), cured=not row["overdue"],
        cured_at=moment(cured_at) if cured_at is not None else None,
    )  # fmt: skip


def _guarantee(viewer: Viewer, named: Named, row: RowMapping, guarantee: RowMapping, whole: bool) -> Guarantee:
    paid = whole or viewer.party == guarantee["guarantor"]
    return Guarantee(
        guarantor=named.party(guarantee["guarantor"]), basis_points=guarantee["basis_points"],
        paid=Money(guarantee["paid_minor"], row["currency"]) if paid else None,
    )  # fmt: skip


def _ended(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Obligation → state → minor units of its pieces that ended so."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    statement = (
        select(pieces.c.obligation, pieces.c.state, func.sum(pieces.c.amount_minor))
        .where(pieces.c.obligation.in_(ids), pieces.c.state.in_(("redeemed", "voided", "written_off")))
        .group_by(pieces.c.obligation, pieces.c.state)
    )
    for obligation, state, minor in connection.execute(statement):
        found[obligation][state] = int(minor)
    return found


def _cures(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Obligation → when it was cured last, unix seconds; only of those that were."""
    subjects = {one.to_bytes((one.bit_length() + 7) // 8, "big"): one for one in ids}
    statement = (
        select(events.c.subject, func.max(blocks.c.timestamp))
        .join(blocks, blocks.c.number == events.c.block_number)
        .where(events.c.name == "ObligationCured", events.c.subject.in_(subjects))
        .group_by(events.c.subject)
    )
    return {subjects[subject]: timestamp for subject, timestamp in connection.execute(statement)}


def _held(connection: Connection, viewer: Viewer, rows: Sequence[RowMapping]) -> dict[int, int]:
    """Obligation → what the viewer holds of it that is owed."""
    statement = (
        select(pieces.c.obligation, func.sum(pieces.c.amount_minor))
        .where(pieces.c.owner == viewer.party, pieces.c.state == "held")
        .where(pieces.c.obligation.in_([row["id"] for row in rows]))
        .group_by(pieces.c.obligation)
    )
    return {obligation: int(minor) for obligation, minor in connection.execute(statement)}
