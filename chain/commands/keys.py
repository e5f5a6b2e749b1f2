"""Who may ask: API keys. A key acts for one enterprise, or for the operator; only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.workspace import OPERATOR, Home
from chain.errors import NotFound, PearlError
from chain.store.tables import api_keys

#: Says what it is, so that a scanner finds one that slipped into a file.
PREFIX = "pearl_"
#: 256 random bits need no slow hash: guessing them is hopeless at any speed.
KEY_BYTES = 32
#: So many first letters of a key's hash name it.
ID_LETTERS = 16


class KeyUnknown(PearlError):
    message = "the request has no key, or one that is unknown or revoked"
    next_step = "send the header 'Authorization: Bearer KEY' with a key that the operator made for you"


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. ``id`` names it; ``created_at`` is this machine's unix time."""

    id: str
    enterprise: str
    label: str
    created_at: int
    revoked: bool


def make_key(home: Home, enterprise: str, label: str, *, by: Acting = CONSOLE) -> tuple[ApiKey, str]:
    """A new key for an enterprise of the register, or for ``operator``. The text is returned once and kept nowhere.

    Raises NotFound.
    """
    if enterprise != OPERATOR and enterprise not in home.names():
        raise NotFound(what="participant", id=enterprise)
    text = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    made = ApiKey(key_id(text), enterprise, label, int(time.time()), False)
    with home.store.begin() as connection:
        connection.execute(
            insert(api_keys).values(
                hash=_hash(text), enterprise=enterprise, label=label, created_at=made.created_at, revoked=False
            )
        )
        record(connection, by, "key.make", made.id, {"enterprise": enterprise, "label": label})
    return made, text


def holder_of_key(home: Home, text: str) -> str:
    """The enterprise (or ``operator``) that a key acts for. Raises KeyUnknown.

    The look-up is by hash: how long it takes says nothing about any key that exists.
    """
    with home.store.read() as connection:
        holder = connection.execute(
            select(api_keys.c.enterprise).where(api_keys.c.hash == _hash(text), ~api_keys.c.revoked)
        ).scalar()
    if holder is None:
        raise KeyUnknown()
    return str(holder)


def key_id(text: str) -> str:
    """What names a key, of its text: the first letters of its hash."""
    return _hash(text)[:ID_LETTERS]


def any_key(home: Home) -> bool:
    """Whether somebody can ask at all."""
    with home.store.read() as connection:
        return bool(connection.execute(select(func.count()).where(~api_keys.c.revoked)).scalar())


def keys_listed(home: Home) -> list[ApiKey]:
    """All keys ever made, the newest first."""
    with home.store.read() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.hash)).mappings()
        return [_key(row) for row in rows]


def revoke_key(home: Home, identifier: str, *, by: Acting = CONSOLE) -> ApiKey:
    """From now on the key is unknown. Repeating it changes nothing. Raises NotFound."""
    found = next((key for key in keys_listed(home) if key.id == identifier), None)
    if found is None:
        raise NotFound(what="key", id=identifier)
    with home.store.begin() as connection:
        live = api_keys.c.hash.startswith(identifier) & ~api_keys.c.revoked
        if connection.execute(update(api_keys).where(live).values(revoked=True)).rowcount:
            record(connection, by, "key.revoke", identifier, {"key": identifier})
    return ApiKey(found.id, found.enterprise, found.label, found.created_at, True)


def _key(row) -> ApiKey:  # type: ignore[no-untyped-def]
    return ApiKey(row["hash"][:ID_LETTERS], row["enterprise"], row["label"], row["created_at"], row["revoked"])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
