"""Holds: the sides of a trade dispute a piece, and a regulator holds by order of a court.

A hold stops every movement and no payment.
"""

from __future__ import annotations

from sqlalchemy import select

from chain.commands.workspace import Home, Workspace
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.issuance.messages import text_hash
from chain.store.tables import holds, obligations


def dispute(workspace: Workspace, key: str, side: str, piece: PieceId, reason: str) -> None:
    """Who passed the piece on by trade, or received it, disputes it. The reason goes as its hash."""
    call = workspace.contracts.call("CreditLedger", "dispute", _named(workspace, piece), text_hash(reason))
    workspace.send(key, side, call)


def end_dispute(workspace: Workspace, key: str, sender: str, piece: PieceId) -> None:
    """Who disputes the piece ends that at any time, anyone once its time is up."""
    workspace.send(key, sender, workspace.contracts.call("CreditLedger", "endDispute", _named(workspace, piece)))


def hold_by_court(workspace: Workspace, key: str, regulator: str, piece: PieceId, order: str) -> None:
    """The regulator holds the piece, and with it all that was cut from it. The order goes as its hash."""
    call = workspace.contracts.call("CreditLedger", "holdByCourt", _named(workspace, piece), text_hash(order))
    workspace.send(key, regulator, call)


def release_by_court(workspace: Workspace, key: str, regulator: str, piece: PieceId, order: str) -> None:
    """The regulator that holds the piece lets it go."""
    call = workspace.contracts.call("CreditLedger", "releaseByCourt", _named(workspace, piece), text_hash(order))
    workspace.send(key, regulator, call)


def hold_obligation_by_court(
    workspace: Workspace, key: str, regulator: str, obligation: ObligationId, order: str
) -> None:
    """The regulator holds every piece of the obligation. Raises NotFound."""
    maturity_day = maturity_day_of(workspace, obligation)
    call = workspace.contracts.call(
        "CreditLedger", "holdObligationByCourt", obligation.chain, maturity_day, text_hash(order)
    )
    workspace.send(key, regulator, call)


def release_obligation_by_court(
    workspace: Workspace, key: str, regulator: str, obligation: ObligationId, order: str
) -> None:
    """The regulator that holds the obligation lets it go."""
    call = workspace.contracts.call("CreditLedger", "releaseObligationByCourt", obligation.chain, text_hash(order))
    workspace.send(key, regulator, call)


def is_held_by_court(home: Home, obligation: ObligationId) -> bool:
    """Whether a court holds the whole obligation."""
    statement = select(holds.c.court).where(holds.c.obligation == obligation.chain, holds.c.index == 0)
    with home.store.read() as connection:
        return connection.execute(statement).scalar() is not None


def maturity_day_of(home: Home, obligation: ObligationId) -> int:
    """By which the ledger knows that this obligation is meant. Raises NotFound."""
    statement = select(obligations.c.maturity_day).where(obligations.c.id == obligation.chain)
    with home.store.read() as connection:
        found = connection.execute(statement).scalar()
    if found is None:
        raise NotFound(what="obligation", id=obligation)
    return int(found)


def _named(workspace: Workspace, piece: PieceId) -> list[int]:
    return [reference.chain for reference in workspace.references([piece])]
