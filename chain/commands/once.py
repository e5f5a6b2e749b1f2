"""Once: a command that comes with the caller's idempotency key is done one time, and answered the same every time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from chain.commands.workspace import Home
from chain.errors import Conflict, PearlError
from chain.store.tables import operations, requests


@dataclass(frozen=True)
class Reply:
    """What the command gave. ``replayed``: it was done before, and nothing was done now."""

    body: dict[str, Any]
    replayed: bool


def once(home: Home, enterprise: str, key: str, asked: str, act: Callable[[str], dict[str, Any]]) -> Reply:
    """Do ``act`` one time for the enterprise's ``key``; ``asked`` says all that was asked for.

    ``act`` is given a key of its own for the outbox, and gives a JSON-able reply. Where a crash came between the two,
    the next call with the same key asks again with the same outbox key, and nothing is made twice. What the ledger
    refuses, the outbox refuses again to the same key; what was refused before it reached the outbox leaves the key free,
    so that the caller may correct its request. Raises Conflict (same key, other content).

    Calls with one key must not overlap; the caller holds a lock.
    """
    scoped = hashlib.sha256(f"{len(enterprise)}:{enterprise}{key}".encode()).hexdigest()
    digest = hashlib.sha256(asked.encode()).hexdigest()
    with home.store.begin() as connection:
        known = connection.execute(select(requests).where(requests.c.key == scoped)).mappings().first()
        if known is None:
            connection.execute(
                insert(requests).values(
                    key=scoped, enterprise=enterprise, input_hash=digest, recorded_at=int(time.time())
                )
            )
    if known is not None and known["input_hash"] != digest:
        raise Conflict(what="a command with the key {key}", key=key)
    if known is not None and known["reply"] is not None:
        return Reply(dict(known["reply"]), True)
    try:
        body = act(f"api:{scoped}")
    except PearlError:
        _free_unless_sent(home, scoped)
        raise
    with home.store.begin() as connection:
        connection.execute(update(requests).where(requests.c.key == scoped).values(reply=body))
    return Reply(body, False)


def _free_unless_sent(home: Home, scoped: str) -> None:
    """Forget a request that left nothing in the outbox."""
    own = or_(operations.c.key == f"api:{scoped}", operations.c.key.startswith(f"api:{scoped}:"))
    with home.store.begin() as connection:
        if connection.execute(select(operations.c.id).where(own).limit(1)).first() is None:
            connection.execute(delete(requests).where(requests.c.key == scoped))
