"""Anchors of the audit log: once a day its head is put on chain, where nobody takes it away again (docs/decisions/0025).

An anchor is a transaction of the operator to itself that moves nothing; its data are a word, the newest entry's number and its
hash. It goes through the outbox like every other, under the key ``audit:<day>``, so there is one for a day, however many
processes ask and whoever dies meanwhile. What was anchored is derived from the outbox; whether it is so, the chain says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from chain.commands.audit import Head, all_entries, head
from chain.commands.workspace import OPERATOR, Home, Workspace
from chain.errors import NotFound
from chain.issuance.outbox import DONE_STATES, Call
from chain.store.tables import operations, transactions
from chain.verification.audit import AuditEntry, AuditLog, Claim, Sent, log_is_what_was_anchored
from chain.verification.node import NodeReader
from chain.verification.report import Check

#: What an anchor's data begin with; the number follows in 8 bytes, the hash in 32.
PREFIX = b"pearl-audit"
NUMBER_BYTES, HASH_BYTES = 8, 32
#: How the keys of anchors in the outbox begin.
KEY = "audit:"
#: What `export` writes.
FORMAT = "pearlchain/audit/1"
#: Rows that are read at once.
TOGETHER = 1_000


class NothingToAnchor(NotFound):
    message = "the audit log has no entry yet"
    next_step = "enrol a network first: that is its first entry"


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry that stands on chain. ``at``: unix time of the block, ``name``: the operation's key."""

    name: str
    number: int
    hash: str
    transaction: str
    block_number: int
    at: int


def anchor_due(workspace: Workspace) -> Anchor | None:
    """Anchor the head, where none of this day of the ledger's clock was anchored. None where nothing was to do.

    For the process that follows the chain, as often as it likes. Raises Unavailable, and what a node refuses.
    """
    now = head(workspace)
    key = workspace.outbox.retried(f"{KEY}{workspace.date().isoformat()}")
    if now is None or workspace.outbox.knows(key):
        return None
    # Another process may ask at the same moment with a newer head: the question is the day, and the first answer counts.
    return _send(workspace, key, now, asked=key)


def anchor_now(workspace: Workspace) -> Anchor:
    """Anchor the head, unless it is anchored already. Raises NothingToAnchor, Unavailable."""
    now = head(workspace)
    if now is None:
        raise NothingToAnchor()
    known = next((anchor for anchor in anchors(workspace) if anchor.number == now.number), None)
    return known or _send(workspace, workspace.outbox.retried(f"{KEY}head:{now.number}"), now)


def anchors(home: Home) -> list[Anchor]:
    """What was anchored, by the outbox, in the order in which it was asked for."""
    statement = select(operations).where(_is_anchor(), operations.c.state.in_(DONE_STATES)).order_by(operations.c.id)
    with home.store.read() as connection:
        return [_anchor(row) for row in connection.execute(statement).mappings()]


def last_anchor(home: Home) -> Anchor | None:
    """The newest one."""
    statement = select(operations).where(_is_anchor(), operations.c.state.in_(DONE_STATES))
    with home.store.read() as connection:
        row = connection.execute(statement.order_by(operations.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _anchor(row)


def check(workspace: Workspace) -> Check:
    """The whole log made anew and held against the chain; names the first entry that is wrong or missing. Raises Unavailable."""
    with NodeReader(workspace.endpoint) as node:
        return log_is_what_was_anchored(node, audit_log(workspace))


def audit_log(home: Home) -> AuditLog:
    """The log and the operator's transactions as plain figures, for verification."""
    operator = home.keyring.addresses()[OPERATOR]
    return AuditLog(
        operator,
        lambda: [Claim(one.name, one.transaction, one.number, one.hash) for one in anchors(home)],
        lambda: _sent(home, operator),
        lambda: (AuditEntry(**asdict(entry)) for entry in all_entries(home)),
    )


def export(home: Home, target: Path) -> int:
    """Write the log for others: a line that says whose it is and what was anchored, then a line for each entry.

    Salts are not in it. Returns how many entries. Raises SystemRefused's cause (OSError), where the file exists.
    """
    with target.open("x", encoding="utf-8") as file:
        first = {"format": FORMAT, "operator": home.keyring.addresses()[OPERATOR]}
        _write(file, first | {"anchors": [asdict(anchor) for anchor in anchors(home)]})
        count = 0
        for entry in all_entries(home):
            _write(file, entry.as_json())
            count += 1
    return count


def _write(file: Any, content: dict[str, Any]) -> None:
    file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n")


def _send(workspace: Workspace, key: str, now: Head, asked: str | None = None) -> Anchor:
    own = workspace.signer(OPERATOR).address
    data = PREFIX + now.number.to_bytes(NUMBER_BYTES, "big") + bytes.fromhex(now.hash)
    workspace.send(key, OPERATOR, Call("anchor", own, data, asked=asked))
    with workspace.store.read() as connection:
        return _anchor(connection.execute(select(operations).where(operations.c.key == key)).mappings().one())


def _is_anchor() -> Any:
    return operations.c.key.startswith(KEY, autoescape=True)


def _anchor(row: Any) -> Anchor:
    data = bytes(row["call_data"])
    return Anchor(
        row["key"], int.from_bytes(data[len(PREFIX) : -HASH_BYTES], "big"), data[-HASH_BYTES:].hex(),
        row["transaction_hash"], row["block_number"], row["block_timestamp"],
    )  # fmt: skip


def _sent(home: Home, address: str) -> Iterator[Sent]:
    """Every version of every transaction that was signed with the key of ``address``, by their numbers."""
    own = operations.c.signer == address
    with home.store.read() as connection:
        newest = connection.execute(select(func.max(operations.c.nonce)).where(own)).scalar()
    # No unit of work is open while the node is asked.
    for start in range(0, 0 if newest is None else newest + 1, TOGETHER):
        statement = (
            select(operations.c.nonce, transactions.c.hash)
            .join(transactions, transactions.c.operation == operations.c.id)
            .where(own, operations.c.nonce.between(start, start + TOGETHER - 1))
            .order_by(operations.c.nonce, transactions.c.hash)
        )
        with home.store.read() as connection:
            rows = connection.execute(statement).all()
        yield from (Sent(nonce, name) for nonce, name in rows)
