"""Holds that bind a piece, as a viewer may see them: disputes, returned goods, courts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field
from sqlalchemy import select

from chain.books.portfolio import path
from chain.commands.financing_requests import shown_to
from chain.commands.seen.named import Named
from chain.commands.seen.viewer import Participant, Viewer, stake
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import PieceId
from chain.store.tables import holds


class HoldKind(StrEnum):
    """Why a piece is not moved."""

    DISPUTE = "dispute"
    """One side of the trade that made it disputes it."""
    RETURN = "return"
    """Its document was credited or cancelled, and backs it no more."""
    COURT = "court"
    """A court's order."""


class Hold(Frozen):
    """A hold on the piece, or on what it was cut from; it stops every movement and no payment."""

    kind: HoldKind
    voucher: str | None = Field(description="The piece that it rests on; null: the whole obligation.")
    inherited: bool
    """It rests on what the piece was cut from, or on the whole obligation."""
    by: Participant | None = Field(description="Who disputes, or the court; null for a return, and on others' pieces.")
    since: datetime | None = Field(description="Of a dispute.")


def holds_seen(home: Home, viewer: Viewer, wanted: PieceId) -> list[Hold]:
    """The holds that bind a piece, the obligation's first, then down its way. Raises NotFound.

    Who gave the piece away sees who disputes it, being a side of that trade, and of other holds only that they are there.
    """
    with home.store.read() as connection:
        way = path(connection, wanted)
        places = [0, *(row.piece.index for row in way)]
        rows = connection.execute(
            select(holds)
            .where(holds.c.obligation == wanted.obligation.chain, holds.c.index.in_(places))
            .order_by(holds.c.index)
        ).mappings().all()  # fmt: skip
        own = stake(viewer, way[-1], shown_to(connection, viewer, wanted.obligation))
    if not own.any:
        raise NotFound(what="piece", id=wanted)
    named, found = Named(home), []
    for row in sorted(rows, key=lambda row: places.index(row["index"])):
        voucher = str(PieceId(wanted.obligation, row["index"])) if row["index"] else None
        inherited = row["index"] != wanted.index
        by = {HoldKind.DISPUTE: row["disputant"], HoldKind.COURT: row["court"]}
        there = [kind for kind in HoldKind if (row["returned"] if kind is HoldKind.RETURN else by[kind] is not None)]
        for kind in there:
            told = own.remainder or (kind is HoldKind.DISPUTE and not inherited)
            party = by.get(kind)
            found.append(
                Hold(
                    kind=kind, voucher=voucher, inherited=inherited,
                    by=named.party(party) if party is not None and told else None,
                    since=moment(row["disputed_at"]) if kind is HoldKind.DISPUTE else None,
                )
            )  # fmt: skip
    return found
