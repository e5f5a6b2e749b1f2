"""Figures for whoever watches the service, in the text format of Prometheus: how far behind, what waits, what differs."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from chain.commands.accepted import CommandState
from chain.commands.reconcile import STUCK_SECONDS, differences_by_rule, last_reconciliation, stuck
from chain.commands.webhooks import webhook_figures
from chain.commands.workspace import Workspace
from chain.errors import Unavailable
from chain.indexing.indexer import last_block
from chain.issuance.outbox import TRANSITIONS
from chain.store.tables import commands, operations


def metrics(workspace: Workspace) -> bytes:
    """All figures now. Where no node answers, that is one of them, and how far it is ahead is none."""
    registry = CollectorRegistry()

    def gauge(name: str, says: str, value: float) -> None:
        Gauge(f"pearl_{name}", says, registry=registry).set(value)

    now = time.time()
    with workspace.store.read() as connection:
        number, timestamp = last_block(connection)
        by_state = select(operations.c.state, func.count()).group_by(operations.c.state)
        counts: dict[str, int] = dict(connection.execute(by_state).all())
        by_state = select(commands.c.state, func.count()).group_by(commands.c.state)
        commands_by_state: dict[str, int] = dict(connection.execute(by_state).all())
        waiting = commands.c.state == CommandState.ACCEPTED.value
        oldest = connection.execute(select(func.min(commands.c.recorded_at)).where(waiting)).scalar()
        held_up = len(stuck(connection, int(now)))
        webhooks_by_state, pending = webhook_figures(connection, int(now))
    gauge("books_block", "Last block that the books have", number)
    try:
        head, moment = workspace.indexer.newest()
    except Unavailable:
        gauge("node_up", "Whether a node answers", 0)
    else:
        gauge("node_up", "Whether a node answers", 1)
        gauge("node_block", "Last block that a node has", head)
        gauge("lag_blocks", "Blocks that the books are behind the node", max(0, head - number))
        gauge("lag_seconds", "Seconds of the ledger's clock that the books are behind", max(0, moment - timestamp))
    states = Gauge("pearl_operations", "Operations of the outbox by state", ("state",), registry=registry)
    for state in TRANSITIONS:
        states.labels(state).set(counts.get(state, 0))
    gauge("operations_stuck", f"Operations that have been open for more than {STUCK_SECONDS} seconds", held_up)
    asked = Gauge("pearl_commands", "Commands by state", ("state",), registry=registry)
    for command_state in CommandState:
        asked.labels(command_state.value).set(commands_by_state.get(command_state.value, 0))
    waits = 0.0 if oldest is None else max(0.0, now - oldest / 1_000)
    gauge("commands_oldest_seconds", "How long the oldest command has waited that no worker carries out", waits)
    hooks = Gauge("pearl_webhooks", "Webhooks by state", ("state",), registry=registry)
    for state, count in webhooks_by_state.items():
        hooks.labels(state).set(count)
    gauge("webhook_deliveries_pending", "Deliveries under way or to be tried again", pending)
    last = last_reconciliation(workspace)
    if last is not None:
        gauge("reconciliation_timestamp_seconds", "When the last reconciliation ended", last["made_at"])
        gauge("reconciliation_seconds", "How long it took", last["milliseconds"] / 1_000)
        differing = Gauge("pearl_differences", "What it found, by rule", ("rule",), registry=registry)
        for rule, count in differences_by_rule(last["found"]).items():
            differing.labels(rule).set(count)
    return generate_latest(registry)
