"""What is due, and what is overdue: unpaid after its grace, so that its issuer's new issues stop by themselves."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select

from chain.commands.findings import note
from chain.commands.workspace import OPERATOR, Home, Workspace
from chain.documents.model import Finding, Severity
from chain.errors import ContractRefused
from chain.identifiers import ObligationId, PieceId
from chain.store.tables import lines, obligations, pieces

log = logging.getLogger("pearl.due")


@dataclass(frozen=True)
class DuePiece:
    """A live piece whose obligation has matured."""

    piece: PieceId
    owner: int
    amount_minor: int
    state: str
    bank: int
    issuer: int
    currency: str
    maturity_day: int
    today: int
    """Day number in the line's time zone."""
    parent: PieceId | None
    """What it was cut from, and goes back to where it is on its way and ends; None: it was issued so."""


def due(home: Home, issuer: str | None = None) -> list[DuePiece]:
    """What is to be paid today or was to be paid before, by one issuer or by all of them: what is held, and what is still
    on its way, as an offer or locked for a bank, and goes back to its holder or to its buyer first."""
    statement = (
        select(
            pieces.c.obligation, pieces.c.index, pieces.c.parent, pieces.c.owner, pieces.c.amount_minor, pieces.c.state,
            lines.c.bank, lines.c.issuer, lines.c.currency, lines.c.utc_offset_quarter_hours,
            obligations.c.maturity_day,
        )
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .where(pieces.c.state.in_(("offered", "held", "locked")), pieces.c.amount_minor > 0)
        .order_by(obligations.c.maturity_day, pieces.c.obligation, pieces.c.index)
    )  # fmt: skip
    wanted = home.party(issuer) if issuer else None
    with home.store.read() as connection:
        rows = connection.execute(statement).all()
    found = [
        DuePiece(
            PieceId(ObligationId.from_chain(r.obligation), r._mapping["index"]), r.owner, r.amount_minor, r.state, r.bank,
            r.issuer, r.currency, r.maturity_day, home.today(r.utc_offset_quarter_hours * 15),
            PieceId(ObligationId.from_chain(r.obligation), r.parent) if r.parent else None,
        )
        for r in rows
        if wanted in (None, r.issuer)
    ]  # fmt: skip
    return [piece for piece in found if piece.maturity_day <= piece.today]


def mark_overdue(workspace: Workspace) -> list[ObligationId]:
    """Anyone may say it: every obligation unpaid after its grace is overdue, and its issuer's new issues stop.

    One that the contracts refuse to mark keeps no other from being marked.
    """
    with workspace.store.read() as connection:
        known = set(connection.execute(select(obligations.c.id).where(obligations.c.overdue)).scalars())
    # An offer that nobody accepted is no debt: it is given back, not paid.
    unpaid = {piece.piece.obligation: piece.today for piece in due(workspace) if piece.state != "offered"}
    marked: list[ObligationId] = []
    for obligation, today in unpaid.items():
        if obligation.chain in known:
            continue
        try:
            # The ledger itself says from which day on, by the line's calendar and the days of grace.
            if today < workspace.contracts.read("CreditLedger", "firstOverdueDay", obligation.chain):
                continue
            call = workspace.contracts.call("CreditLedger", "markOverdue", obligation.chain)
            # One obligation may fall overdue, be cured and be marked no second time: it has no life after its cure.
            workspace.send(workspace.outbox.retried(f"overdue:{obligation}"), OPERATOR, call)
        except ContractRefused as error:
            values = {"obligation": obligation, "rule": error.rule}
            log.warning("obligation %(obligation)s is not marked as overdue: %(rule)s", values)
            continue
        marked.append(obligation)
        late = Finding(
            rule="ObligationOverdue", severity=Severity.FLAGGED, place=str(obligation),
            template="it was unpaid after its grace, so its issuer's new issues stopped until it was paid",
        )  # fmt: skip
        note(workspace, [late])
    return marked
