"""Read the books with names: exposure and pieces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chain.books.exposure import ExposureRow, exposure, exposure_now, pieces_behind
from chain.books.past import books_after, moment
from chain.books.portfolio import PieceRow, all_pieces
from chain.commands.workspace import UTC_OFFSET_MINUTES, Home, event_decoder
from chain.errors import NotFound, PearlError
from chain.identifiers import PieceId
from chain.network import Role


class NameAmbiguous(PearlError):
    message = "{count} participants are called {name}"
    next_step = "give the id of the one that is meant"


Behind = dict[PieceId, int]
"""Pieces that make up a cell, with their shares in minor units."""


def exposure_rows(
    home: Home, bank: int | None = None, as_of: str | None = None, *, with_pieces: bool = False
) -> list[tuple[ExposureRow, Behind | None]]:
    """Exposure of one party, or of all; now, or as of a block or a day.

    ``with_pieces``: with the pieces behind each cell of now. Raises MomentUnknown.
    """
    if as_of is None and not with_pieces:
        return [(row, None) for row in exposure_now(home.store, home.today(), bank)]
    with home.store.read() as connection:
        if as_of is not None:
            then = moment(connection, as_of, UTC_OFFSET_MINUTES)
            return [(row, None) for row in exposure(connection, then.today, bank, then.block)]
        today = home.today()
        return [(row, pieces_behind(connection, today, row)) for row in exposure(connection, today, bank)]


def exposure_cells(
    home: Home, bank: int | None = None, as_of: str | None = None, *, with_pieces: bool = False
) -> list[dict[str, Any]]:
    """The same as JSON-able cells. Raises MomentUnknown."""
    found = exposure_rows(home, bank, as_of, with_pieces=with_pieces)
    numbers, names = home.parties(), home.names()
    return [_cell_as_json(row, behind, numbers, names) for row, behind in found]


def _cell_as_json(
    row: ExposureRow, behind: Behind | None, numbers: dict[int, str], names: dict[str, str]
) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "bank": numbers.get(row.bank), "bank_name": display_name(row.bank, numbers, names),
        "issuer": numbers.get(row.issuer), "issuer_name": display_name(row.issuer, numbers, names), "group": row.group,
        "currency": row.currency, "kind": row.kind.value, "tier": row.tier, "bucket": row.bucket, "minor": row.minor,
    }  # fmt: skip
    if behind is not None:
        cell["pieces"] = [{"piece": str(piece), "minor": minor} for piece, minor in behind.items()]
    return cell


def pieces_listed(home: Home, owner: str | None = None, as_of: str | None = None) -> list[dict[str, Any]]:
    """Pieces of one holder (enterprise id or name) or of all, as JSON-able rows; now, or as of a block or a day.

    Raises NotFound, MomentUnknown.
    """
    wanted = None if owner is None else party_named(home, owner)
    with home.store.read() as connection:
        if as_of is None:
            rows = all_pieces(connection, wanted)
        else:
            then = moment(connection, as_of, UTC_OFFSET_MINUTES)
            with books_after(connection, event_decoder(home), then.block) as past:
                rows = all_pieces(past, wanted)
    numbers, names = home.parties(), home.names()
    return [piece_as_json(row, numbers, names) for row in rows]


def piece_as_json(row: PieceRow, numbers: dict[int, str], names: dict[str, str]) -> dict[str, Any]:
    """One piece with names; ids as people read them."""
    return {
        "piece": str(row.piece), "parent": str(row.parent) if row.parent else None,
        "issuer": numbers.get(row.issuer), "issuer_name": display_name(row.issuer, numbers, names),
        "owner": numbers.get(row.owner), "owner_name": display_name(row.owner, numbers, names),
        "currency": row.currency, "amount_minor": row.amount_minor, "initial_minor": row.initial_minor,
        "hops": row.hops, "tier": row.tier, "state": row.shown_state, "financed": row.financed,
        "maturity": day_text(row.maturity_day), "overdue": row.overdue, "price_minor": row.price_minor,
        "offer_deadline": time_text(row.deadline) if row.state == "offered" else None,
    }  # fmt: skip


def party_named(home: Home, text: str, role: Role | None = None) -> int:
    """Party number of an enterprise given by id or by name; one in that role, where one is asked for.

    Raises NotFound, NameAmbiguous.
    """
    names, network = home.names(), home.network_or_none()
    fits = {e.id for e in network.enterprises if role in (None, *e.roles)} if network else set()
    known = {enterprise: n for n, enterprise in home.parties().items() if role is None or enterprise in fits}
    if text in known:
        return known[text]
    named = [number for enterprise, number in known.items() if names.get(enterprise) == text]
    if not named:
        raise NotFound(what="participant" if role is None else role.value, id=text)
    if len(named) > 1:
        raise NameAmbiguous(name=text, count=len(named))
    return named[0]


def enterprise_named(home: Home, text: str) -> str:
    """Id of an enterprise given by id or by name. Raises NotFound, NameAmbiguous."""
    return home.parties()[party_named(home, text)]


def registered_named(home: Home, text: str) -> str:
    """The same of the register, whoever has its key. Raises NotFound, NameAmbiguous."""
    names = home.names()
    named = [text] if text in names else [enterprise for enterprise, name in names.items() if name == text]
    if not named:
        raise NotFound(what="enterprise", id=text)
    if len(named) > 1:
        raise NameAmbiguous(name=text, count=len(named))
    return named[0]


def day_text(day: int) -> str:
    """ISO date of a day number."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def time_text(timestamp: int) -> str:
    """RFC 3339 time of a unix time."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat().replace("+00:00", "Z")


def display_name(number: int, numbers: dict[int, str], names: dict[str, str]) -> str:
    """The name of party ``number``; its id, or its number, where no name is known."""
    enterprise = numbers.get(number)
    return names.get(enterprise, enterprise) if enterprise else f"#{number}"
