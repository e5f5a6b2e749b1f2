"""Exposure and the summary as a viewer may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from chain.books.portfolio import PieceRow
from chain.commands.exposure import exposure_rows
from chain.commands.seen.answers import answer
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Participant, Stake, Viewer
from chain.commands.seen.vouchers import Books, live, moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.indexing.indexer import last_block
from chain.money import Money


@answer
class PieceShare:
    """What one piece adds to a cell."""

    voucher: str
    amount: Money


@answer
class ExposureCell:
    """One amount that a bank is exposed to. ``tier`` 0 and an empty bucket for the unused part of a line."""

    bank: Participant
    issuer: Participant
    kind: str
    """``committed``, ``contingent`` or ``funded``."""
    tier: int
    bucket: str
    """Days to maturity, such as ``31-60``."""
    amount: Money
    group: int
    """Number of the issuer's group of related parties; 0 where it has none."""
    pieces: tuple[PieceShare, ...] | None = None
    """What makes up the amount, where it was asked for."""


class Figures(Frozen):
    """One currency, over the pieces that the caller may see."""

    currency: str
    issued: Money
    """Made in the caller's name (in anybody's, for who reads everything)."""
    outstanding: Money
    """The live part of that."""
    held: Money
    """Live pieces in the caller's hands."""
    offered: Money
    """Waiting for the caller's answer."""
    received: Money
    """What issuers paid the caller at maturity."""
    sold: Money
    """Sold to banks by the caller, at face."""


class Summary(Frozen):
    """Who asks, when it is on the ledger, and the caller's figures."""

    enterprise: Participant
    roles: tuple[str, ...]
    ledger_time: datetime | None
    """Time of the last block, by which the ledger counts days and deadlines."""
    last_block: int
    vouchers_by_state: dict[str, int]
    figures: tuple[Figures, ...]


def ledger_clock(home: Home) -> tuple[int, datetime | None]:
    """The last block read and its time, which is the ledger's now; (−1, None) before the first."""
    with home.store.read() as connection:
        number, timestamp = last_block(connection)
    return number, moment(timestamp) if number >= 0 else None


def exposure_seen(
    home: Home, current: CurrentTrade, viewer: Viewer, as_of: str | None = None, *, with_pieces: bool = False
) -> list[ExposureCell]:
    """A bank's own cells; all of them for who reads everything; none for others. Now, or as of a block or a day.

    Raises MomentUnknown.
    """
    if not viewer.sees_all and viewer.party is None:
        return []
    bank = None if viewer.sees_all else viewer.party
    found = exposure_rows(home, bank, as_of, with_pieces=with_pieces and as_of is None)
    participants = current.participants()
    return [
        ExposureCell(
            bank=participants[row.bank], issuer=participants[row.issuer], kind=row.kind.value, tier=row.tier,
            bucket=row.bucket, amount=Money(row.minor, row.currency), group=row.group,
            pieces=None if behind is None else tuple(
                PieceShare(voucher=str(piece), amount=Money(minor, row.currency)) for piece, minor in behind.items()
            ),
        )
        for row, behind in found
    ]  # fmt: skip


def summary_seen(home: Home, current: CurrentTrade, viewer: Viewer) -> Summary:
    """The caller's own figures."""
    books = Books(home, current)
    seen = books.seen(viewer)
    number, time = ledger_clock(home)
    currencies = sorted({piece.currency for piece, _ in seen})
    return Summary(
        enterprise=Participant(id=viewer.enterprise, name=viewer.name),
        roles=tuple(sorted(role.value for role in viewer.roles)),
        ledger_time=time, last_block=number,
        vouchers_by_state=dict(sorted(Counter(books.state(piece, own) for piece, own in seen).items())),
        figures=tuple(_figures(viewer, c, [(p, s) for p, s in seen if p.currency == c]) for c in currencies),
    )  # fmt: skip


def _figures(viewer: Viewer, currency: str, seen: list[tuple[PieceRow, Stake]]) -> Figures:
    def total(amounts: Iterable[int]) -> Money:
        return Money(sum(amounts), currency)

    issued = [piece for piece, own in seen if own.issuer or viewer.sees_all]
    held = [piece for piece, own in seen if own.holder or viewer.sees_all]
    sold = [piece for piece, own in seen if piece.financed and (own.giver or viewer.sees_all)]
    return Figures(
        currency=currency,
        issued=total(piece.initial_minor for piece in issued if piece.parent is None),
        outstanding=total(piece.amount_minor for piece in issued if live(piece)),
        held=total(piece.amount_minor for piece in held if live(piece) and piece.state != "offered"),
        offered=total(piece.amount_minor for piece in held if piece.state == "offered"),
        received=total(piece.amount_minor for piece in held if piece.state == "redeemed"),
        sold=total(piece.initial_minor for piece in sold),
    )
