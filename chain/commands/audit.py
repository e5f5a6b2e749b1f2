"""The audit log: who did what, for whom, and how it ended.

Entries are added and never changed; each holds the hash of the one before. How an entry is hashed docs/audit.md says
exactly, so that others check it (`docs/examples/check_audit.py`); that its head stands on chain is the matter of
`chain.commands.anchors`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select

from chain.commands.workspace import OPERATOR, Home
from chain.store.prepared import Prepared
from chain.store.tables import api_keys, audit, users

#: What stands in the first entry as the hash of the one before it.
NOTHING_BEFORE = "0" * 64
SALT_BYTES = 32
#: Entries that are read at once.
TOGETHER = 1_000

#: Made once: every command waits for them.
_ADD = Prepared(insert(audit), *audit.columns.keys())
_NEWEST = Prepared(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1))


class Outcome(StrEnum):
    """What became of what was asked."""

    ACCEPTED = "accepted"
    """It is taken on; where nothing has to follow, it is done."""
    APPROVED = "approved"
    """A second pair of eyes agreed to it."""
    SIGNED = "signed"
    """The enterprise's own wallet signed what it needs next."""
    DECLINED = "declined"
    """A person declined it, or whoever asked took it back."""
    REFUSED = "refused"
    """A rule refuses it; the entry names the rule."""
    DONE = "done"
    """What was accepted before has happened."""
    FAILED = "failed"
    """What was accepted before came to nothing; the entry names the rule."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who does something, and for whom.

    ``actor``: ``key:<id>``, ``user:<id>``, ``operator@cli`` or ``worker``; ``enterprise``: whom it acts for, ``operator``
    among them; ``request_id``: of the request that brought it, where there was one.
    """

    actor: str
    enterprise: str
    request_id: str | None = None


#: Whoever types commands on the machine of the service.
CONSOLE = Acting("operator@cli", OPERATOR)
#: The process that carries out what was accepted.
WORKER = Acting("worker", OPERATOR)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as it is kept. ``at``: unix milliseconds of the machine that wrote it; the last four are hexadecimal."""

    number: int
    at: int
    actor: str
    enterprise: str
    action: str
    subject: str
    outcome: str
    rule: str | None
    request_id: str | None
    salt: str
    digest: str
    previous: str
    hash: str

    def as_json(self) -> dict[str, Any]:
        """JSON-able, as others may have it: of the salt only its digest, since who has the salt can try amounts out."""
        told = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "salt"}
        return told | {"salt_digest": _sha256(bytes.fromhex(self.salt))}


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry."""

    number: int
    hash: str


def record(
    connection: Connection, by: Acting, action: str, subject: str, asked: Mapping[str, Any], *,
    outcome: Outcome = Outcome.ACCEPTED, rule: str | None = None,
) -> int:  # fmt: skip
    """Add an entry in the unit of work that does the thing, so that neither is there without the other. Returns its number.

    ``action``: what was asked for (``key.make``); ``subject``: the id of what it is about; ``asked``: all that was asked
    for, JSON-able, of which only a salted digest is kept; ``rule``: what refuses. Units of work that write take turns
    (`Store.begin`), so the newest entry is the newest until this one is committed.
    """
    assert connection.info["writes"], "an entry is added where something is done"
    last = _head(connection)
    salt = secrets.token_bytes(SALT_BYTES)
    values: dict[str, Any] = {
        "number": last.number + 1 if last else 1, "at": time.time_ns() // 1_000_000, "actor": by.actor,
        "enterprise": by.enterprise, "action": action, "subject": subject, "outcome": outcome.value, "rule": rule,
        "request_id": by.request_id, "digest": digest_of(salt, asked), "previous": last.hash if last else NOTHING_BEFORE,
    }  # fmt: skip
    hashed = _sha256(canonical(values | {"salt_digest": _sha256(salt)}))
    _ADD.rows(connection, values | {"salt": salt.hex(), "hash": hashed})
    return int(values["number"])


def digest_of(salt: bytes, asked: Mapping[str, Any]) -> str:
    """What an entry keeps of what was asked: without the salt nobody finds it by trying amounts out."""
    return _sha256(salt + canonical(asked))


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON as docs/audit.md has it: sorted names, no spaces, UTF-8, whole numbers in decimal, no others."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refused).encode()


def head(home: Home) -> Head | None:
    """The newest entry; None where there is none yet."""
    with home.store.read() as connection:
        return _head(connection)


def entries_after(home: Home, number: int, most: int, enterprise: str | None = None) -> list[Entry]:
    """The next ``most`` entries after ``number``; where ``enterprise`` is given only those for it, and what the operator did
    about its keys and its users.
    """
    statement = select(audit).where(audit.c.number > number).order_by(audit.c.number).limit(most)
    with home.store.read() as connection:
        if enterprise is None:
            return [Entry(**row) for row in connection.execute(statement).mappings()]
        own = [Entry(**row) for row in connection.execute(statement.where(audit.c.enterprise == enterprise)).mappings()]
        about = statement.where(audit.c.enterprise == OPERATOR, _about_access_of(enterprise))
        if len(own) == most:  # the page ends there: the operator's further entries belong to later ones
            about = about.where(audit.c.number < own[-1].number)
        own += [Entry(**row) for row in connection.execute(about).mappings()]
    return sorted(own, key=lambda entry: entry.number)[:most]


def _about_access_of(enterprise: str) -> ColumnElement[bool]:
    """Of a key or a user of the enterprise."""
    begins_so = (api_keys.c.hash >= audit.c.subject) & (api_keys.c.hash < audit.c.subject + "g")  # after every digit
    own_key = exists().where(begins_so, api_keys.c.enterprise == enterprise)
    own_user = exists().where(users.c.id == audit.c.subject, users.c.enterprise == enterprise)
    return (audit.c.action.startswith("key.") & own_key) | (audit.c.action.startswith("user.") & own_user)


def newest_entries(home: Home, most: int) -> list[Entry]:
    """The ``most`` newest entries, in their order."""
    statement = select(audit).order_by(audit.c.number.desc()).limit(most)
    with home.store.read() as connection:
        return [Entry(**row) for row in connection.execute(statement).mappings()][::-1]


def all_entries(home: Home) -> Iterator[Entry]:
    """All entries in their order, a few at a time, from one snapshot."""
    with home.store.read() as connection:
        statement = select(audit).order_by(audit.c.number).execution_options(yield_per=TOGETHER)
        for row in connection.execute(statement).mappings():
            yield Entry(**row)


def _head(connection: Connection) -> Head | None:
    row = _NEWEST.first(connection, {})
    return None if row is None else Head(row.number, row.hash)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refused(value: object) -> None:
    raise TypeError(f"{type(value).__name__} has no canonical form; make it JSON-able first")
