"""What is told of a command's way: the audit log, in the unit of work that changes the command."""

from __future__ import annotations

from sqlalchemy import Connection

from chain.commands.accepted import Command, CommandState
from chain.commands.audit import WORKER, Acting, Outcome, record

#: What the audit log says of a state; the others are steps between.
_OUTCOMES = {
    CommandState.AWAITING_APPROVAL: Outcome.ACCEPTED,
    CommandState.ACCEPTED: Outcome.ACCEPTED,
    CommandState.SUCCEEDED: Outcome.DONE,
    CommandState.REFUSED: Outcome.REFUSED,
    CommandState.DECLINED: Outcome.REFUSED,
    CommandState.FAILED: Outcome.FAILED,
}


def to_the_audit_log(connection: Connection, command: Command, actor: str) -> None:
    """Who asked, approved, signed or declined, and how it ended."""
    outcome = _OUTCOMES.get(command.state)
    if outcome is None:
        return
    if command.state is CommandState.ACCEPTED and command.decided_by is not None:
        outcome = Outcome.APPROVED
    acting = WORKER if actor == WORKER.actor else Acting(actor, command.enterprise, command.request_id)
    rule = command.problem["en"]["rule"] if command.problem else None
    record(connection, acting, command.kind, command.id, command.asked, outcome=outcome, rule=rule)
