"""What is told of a command's way, in the unit of work that changes it: to the audit log, and to whoever reads events."""

from __future__ import annotations

from sqlalchemy import Connection

from chain.commands.accepted import Command, CommandState
from chain.commands.audit import WORKER, Acting, Outcome, record
from chain.commands.changes import tell

#: What the audit log says of a state; the others are steps between.
_OUTCOMES = {
    CommandState.AWAITING_APPROVAL: Outcome.ACCEPTED,
    CommandState.ACCEPTED: Outcome.ACCEPTED,
    CommandState.SUCCEEDED: Outcome.DONE,
    CommandState.REFUSED: Outcome.REFUSED,
    CommandState.DECLINED: Outcome.REFUSED,
    CommandState.FAILED: Outcome.FAILED,
}


#: What its enterprise is told of a state.
_CHANGES = {
    CommandState.AWAITING_APPROVAL: "OperationAwaitingApproval",
    CommandState.AWAITING_SIGNATURE: "OperationAwaitingSignature",
    CommandState.ACCEPTED: "OperationAccepted",
    CommandState.SUCCEEDED: "OperationSucceeded",
    CommandState.REFUSED: "OperationRefused",
    CommandState.DECLINED: "OperationDeclined",
    CommandState.FAILED: "OperationFailed",
}


def told(connection: Connection, command: Command, actor: str) -> None:
    """Tell both."""
    _record(connection, command, actor)
    if command.state in _CHANGES:
        tell(connection, command.enterprise, _CHANGES[command.state], "operation", command.id)


def _record(connection: Connection, command: Command, actor: str) -> None:
    """Who asked, approved, signed or declined, and how it ended."""
    outcome = _OUTCOMES.get(command.state)
    if outcome is None:
        return
    if command.state is CommandState.ACCEPTED and command.decided_by is not None:
        outcome = Outcome.APPROVED
    acting = WORKER if actor == WORKER.actor else Acting(actor, command.enterprise, command.request_id)
    rule = command.problem["en"]["rule"] if command.problem else None
    record(connection, acting, command.kind, command.id, command.asked, outcome=outcome, rule=rule)
