"""The audit log as a viewer may see it: who reads everything all of it, an enterprise what concerns it."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from chain.commands.anchors import last_anchor
from chain.commands.audit import Entry, entries_after, head
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound


class AuditEntry(Frozen):
    """Who did what. How the hash is made docs/audit.md says; what was asked for and the salt together give the digest."""

    number: int
    at: datetime = Field(description="To the millisecond, which the hash is made of.")
    actor: str = Field(
        description="`key:<id>`, `user:<id>`, `operator@cli` or `worker`.", examples=["key:0f3a5c7e9b1d2f40"]
    )
    enterprise: Participant = Field(
        description="Whom it was done for; the operator among them, also where it made or ended another's key or user."
    )
    action: str = Field(examples=["key.make"])
    subject: str = Field(description="The id of what it is about.")
    outcome: str
    rule: str | None = Field(description="The rule that refuses.")
    request_id: str | None
    salt: str = Field(description="Keep it to yourself: who has it can try out what was asked for.")
    digest: str
    previous: str = Field(description="The hash of the entry before.")
    hash: str


class AuditAnchor(Frozen):
    """An entry's number and hash as they stand on chain."""

    number: int
    hash: str
    transaction: str
    block_number: int
    at: datetime


class AuditHead(Frozen):
    """The newest entry, and the newest that is anchored."""

    number: int
    hash: str
    anchor: AuditAnchor | None


def audit_seen(home: Home, viewer: Viewer, after: int, most: int) -> list[AuditEntry]:
    """The next entries after a number that the viewer may see."""
    names = home.names()
    found = entries_after(home, after, most, None if viewer.sees_all else viewer.enterprise)
    return [_entry(one, names) for one in found]


def head_seen(home: Home) -> AuditHead:
    """The log's head, which everybody may keep: a log that was written anew has another one. Raises NotFound (no entry yet)."""
    now, anchored = head(home), last_anchor(home)
    if now is None:
        raise NotFound(what="audit entry", id=1)
    anchor = None if anchored is None else AuditAnchor(
        number=anchored.number, hash=anchored.hash, transaction=anchored.transaction,
        block_number=anchored.block_number, at=moment(anchored.at),
    )  # fmt: skip
    return AuditHead(number=now.number, hash=now.hash, anchor=anchor)


def _entry(one: Entry, names: dict[str, str]) -> AuditEntry:
    return AuditEntry(
        number=one.number, at=datetime.fromtimestamp(one.at / 1_000, UTC), actor=one.actor,
        enterprise=Participant(id=one.enterprise, name=names.get(one.enterprise, one.enterprise)), action=one.action,
        subject=one.subject, outcome=one.outcome, rule=one.rule, request_id=one.request_id, salt=one.salt,
        digest=one.digest, previous=one.previous, hash=one.hash,
    )  # fmt: skip
