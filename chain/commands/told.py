"""What is told of a command's way, in the unit of work that changes it: to the audit log, and to whoever reads events."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from chain.commands.accepted import Command, CommandState, Step
from chain.commands.audit import Acting, Outcome, record
from chain.commands.changes import tell

#: What the audit log says of what persons do.
_OF_STEPS = {
    Step.ASKED: Outcome.ACCEPTED,
    Step.APPROVED: Outcome.APPROVED,
    Step.SIGNED: Outcome.SIGNED,
    Step.DECLINED: Outcome.DECLINED,
}
#: What it says of how a worker ended a command; all else that workers do are steps between.
_OF_ENDS = {
    CommandState.SUCCEEDED: Outcome.DONE,
    CommandState.REFUSED: Outcome.REFUSED,
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


def told(connection: Connection, command: Command, step: Step, by: Acting) -> None:
    """Tell both."""
    if step is Step.CARRIED:
        outcome, by = _OF_ENDS.get(command.state), replace(by, enterprise=command.enterprise)
    else:
        outcome = _OF_STEPS[step]
    if outcome is not None:
        rule = command.problem["en"]["rule"] if command.problem else None
        record(connection, by, command.kind, command.id, command.asked, outcome=outcome, rule=rule)
    # What a worker had in its hands already is accepted for good: a signature or a further approval carries it on.
    is_carried_on = command.state is CommandState.ACCEPTED and command.attempts > 0
    if command.state in _CHANGES and not is_carried_on:
        tell(connection, command.enterprise, _CHANGES[command.state], "operation", command.id)
