"""Keys, users and webhooks are made at once and answered with themselves: each is made once for its idempotency key.

What is kept is the id of what was made, and never a secret: whoever repeats the request is shown the thing as it is now.
These idempotency keys are apart from those of commands (`chain.commands.accepted`), which are answered by an operation.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select

from chain.commands.accepted import Wanted
from chain.commands.workspace import Home
from chain.errors import Conflict
from chain.store.tables import made_once

_OF_ID = select(made_once.c.input_hash, made_once.c.made).where(made_once.c.id == bindparam("of"))


def made_before(home: Home, once: Wanted) -> str | None:
    """The id of what was made under this key; None: nothing was. Raises Conflict (other content)."""
    with home.store.read() as connection:
        row = connection.execute(_OF_ID, {"of": once.id}).first()
    if row is not None and row.input_hash != once.input_hash:
        raise _conflict(once)
    return None if row is None else str(row.made)


def keep_made(connection: Connection, once: Wanted | None, made: str) -> None:
    """Write down, in the unit of work that makes it, what was made under this key.

    Raises Conflict where the same key made something meanwhile; then nothing is made here, and a repetition finds it.
    """
    if once is None:
        return
    if connection.execute(_OF_ID, {"of": once.id}).first() is not None:
        raise _conflict(once)
    connection.execute(insert(made_once).values(id=once.id, input_hash=once.input_hash, made=made))


def _conflict(once: Wanted) -> Conflict:
    return Conflict(what="something that was made with the key {key}", key=once.key)
