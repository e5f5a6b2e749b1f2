"""Webhooks: an enterprise names an address, and what happens and concerns it is sent there, signed with a secret of its own.

A webhook is a reader of the stream of events (`chain.commands.seen.events`) with a place in it; nothing is kept for it but
that place, so however long a receiver is away, what waits for it costs nothing. `chain.commands.deliveries` brings the events.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from pydantic import Field
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from chain.commands.accepted import Wanted
from chain.commands.audit import record
from chain.commands.changes import tell
from chain.commands.once import keep_made
from chain.commands.receivers import check_url
from chain.commands.seen.events import NAMES, Cursor, newest_event
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import Conflict, NotFound, PearlError, RuleBroken, VersionChanged
from chain.store.tables import webhooks

#: Of one enterprise.
MOST_EACH = 10
#: After a new secret was made, the one before it signs too for so long, so that the receiver can change over in peace.
OVERLAP_SECONDS = 24 * 3_600
#: As `Standard Webhooks <https://www.standardwebhooks.com>`_ writes them.
SECRET_PREFIX = "whsec_"  # noqa: S105 - what each begins with, not one
SECRET_BYTES = 32


class EventUnknown(PearlError):
    message = "there is no event {name}"
    next_step = "see docs/webhooks.md for the names of events, or name none and get all"


class WebhooksExhausted(RuleBroken):
    message = "an enterprise has {most} webhooks at most"
    next_step = "delete one that nobody reads, or let one receiver pass events on"


class WebhookIsStopped(Conflict):
    message = "the webhook {id} is stopped, so nothing is sent to it"
    next_step = "set it active first"


class Stopped(StrEnum):
    """Why nothing is sent any more."""

    BY_OWNER = "by_owner"
    """Its owner stopped it."""
    GONE = "gone"
    """The receiver answered 410."""
    UNDELIVERABLE = "undeliverable"
    """For three days an event did not get through."""
    NOT_ENROLLED = "not_enrolled"
    """Its owner is no longer in the register."""
    SECRET_LOST = "secret_lost"  # noqa: S105 - a state
    """Its secret does not open with the key that is here; a new one is needed."""


class Webhook(Frozen):
    """A receiver of the caller's events, without its secret."""

    id: str = Field(examples=["6f1d4c0a9be24d3c8e5f70a1b2c3d4e5"])
    url: str = Field(examples=["https://erp.example/hooks/pearl"])
    events: tuple[str, ...] | None = Field(description="Names of the events that are sent; null: all.")
    active: bool
    stopped: Stopped | None = Field(description="Why nothing is sent; null while it is active.")
    cursor: str = Field(description="All up to here was delivered.", examples=["120.3.17"])
    delivered_at: datetime | None
    failed_attempts: int = Field(description="How often in a row the next event did not get through.")
    last_failure: str | None = Field(
        description="A status, or why there was none.", examples=["503", "no answer in time"]
    )
    next_attempt_at: datetime | None = Field(description="Of an event that did not get through.")
    former_secret_until: datetime | None = Field(description="So long the secret before the last one signs too.")
    created_at: datetime


class NewWebhook(Webhook):
    """A webhook with its secret, which is shown this one time."""

    secret: str = Field(description="Check signatures with it: docs/webhooks.md.", examples=["whsec_…"])


class WebhookMade(Webhook):
    """A webhook that was made, with its secret, which is shown this one time."""

    secret: str | None = Field(
        description="Check signatures with it: docs/webhooks.md. Null where a request is repeated under its "
        "`Idempotency-Key`: it was shown before. Who lost it has another made.",
        examples=["whsec_…"],
    )


def create_webhook(
    home: Home, viewer: Viewer, url: str, names: Iterable[str] | None, once: Wanted | None = None
) -> tuple[NewWebhook, int]:
    """A webhook of the viewer's enterprise that is sent what happens from now on. Returns its version too.
    ``once``: the request that it is made for once.

    Raises ReceiverRefused, EventUnknown, WebhooksExhausted, Conflict.
    """
    check_url(url, private_networks=home.settings.webhook_private_networks)
    wanted = _known(names)
    name, secret, now = secrets.token_hex(16), _new_secret(), int(time.time())
    start = newest_event(home)
    with home.store.begin() as connection:
        own = select(func.count()).where(webhooks.c.enterprise == viewer.enterprise)
        if connection.execute(own).scalar_one() >= MOST_EACH:
            raise WebhooksExhausted(most=MOST_EACH)
        connection.execute(
            insert(webhooks).values(
                id=name, enterprise=viewer.enterprise, url=url, names=wanted, secret=_seal(home, secret), version=1,
                created_at=now, cursor=str(start), attempts=0, next_attempt_at=0, lease_until=0,
            )
        )  # fmt: skip
        record(connection, viewer.acting, "webhook.make", name, {"url": url, "events": wanted})
        keep_made(connection, once, name)
        row = _row(connection, viewer, name)
    return NewWebhook(**_seen(row).model_dump(), secret=secret), 1


def webhooks_of(home: Home, viewer: Viewer) -> list[Webhook]:
    """The viewer's webhooks, the oldest first."""
    own = select(webhooks).where(webhooks.c.enterprise == viewer.enterprise)
    with home.store.read() as connection:
        rows = connection.execute(own.order_by(webhooks.c.created_at, webhooks.c.id)).mappings().all()
    return [_seen(row) for row in rows]


def webhook(home: Home, viewer: Viewer, name: str) -> tuple[Webhook, int]:
    """One of the viewer's webhooks, and its version. Raises NotFound."""
    with home.store.read() as connection:
        row = _row(connection, viewer, name)
    return _seen(row), int(row["version"])


def edit_webhook(
    home: Home, viewer: Viewer, name: str, version: int | None,
    url: str, names: Iterable[str] | None, *, active: bool,
) -> tuple[Webhook, int]:  # fmt: skip
    """Change a webhook that has this ``version`` (None: whichever). Made active again, it goes on where it was stopped.

    Raises NotFound, VersionChanged, ReceiverRefused, EventUnknown; then nothing is changed.
    """
    with home.store.begin() as connection:
        row = _row(connection, viewer, name)
        if version not in (None, row["version"]):
            raise VersionChanged(what="webhook", id=name)
        check_url(url, private_networks=home.settings.webhook_private_networks)
        values: dict[str, Any] = {"url": url, "names": _known(names)}
        if not active:
            values["stopped"] = row["stopped"] or Stopped.BY_OWNER
        else:
            values |= {"stopped": None, **AT_ONCE}
        asked = {"version": row["version"], "url": url, "events": values["names"], "active": active}
        record(connection, viewer.acting, "webhook.change", name, asked)
        return _changed(connection, viewer, name, values)


def delete_webhook(home: Home, viewer: Viewer, name: str, version: int | None = None) -> Webhook:
    """Nothing is sent there any more, where it has this ``version`` (None: whichever). Raises NotFound, VersionChanged."""
    with home.store.begin() as connection:
        row = _row(connection, viewer, name)
        if version not in (None, row["version"]):
            raise VersionChanged(what="webhook", id=name)
        connection.execute(delete(webhooks).where(webhooks.c.id == name))
        record(connection, viewer.acting, "webhook.delete", name, {"webhook": name})
    return _seen(row)


def replay(home: Home, viewer: Viewer, name: str, after: Cursor) -> tuple[Webhook, int]:
    """Send all behind ``after`` again (or for the first time), each with the id that it has. Raises NotFound."""
    end = newest_event(home)
    start = Cursor(*min(after.place, end.place), min(after.change, end.change))
    with home.store.begin() as connection:
        _row(connection, viewer, name)
        record(connection, viewer.acting, "webhook.replay", name, {"after": str(after)})
        return _changed(connection, viewer, name, {"cursor": str(start), **AT_ONCE})


def rotate_secret(home: Home, viewer: Viewer, name: str) -> tuple[NewWebhook, int]:
    """A new secret; for a day the one before it signs too. Raises NotFound."""
    secret = _new_secret()
    with home.store.begin() as connection:
        row = _row(connection, viewer, name)
        values = {
            "secret": _seal(home, secret), "former_secret": row["secret"],
            "former_until": int(time.time()) + OVERLAP_SECONDS,
        }  # fmt: skip
        record(connection, viewer.acting, "webhook.secret", name, {"webhook": name})
        changed, version = _changed(connection, viewer, name, values)
    return NewWebhook(**changed.model_dump(), secret=secret), version


def ping(home: Home, viewer: Viewer, name: str) -> int:
    """Send an event ``WebhookTested`` there, and there alone, after all that waits. Returns the change's number.

    A receiver that failed before is tried again at once. Raises NotFound, WebhookIsStopped.
    """
    with home.store.begin() as connection:
        row = _row(connection, viewer, name)
        if row["stopped"] is not None:
            raise WebhookIsStopped(id=name)
        connection.execute(update(webhooks).where(webhooks.c.id == name).values(**AT_ONCE))
        return tell(connection, viewer.enterprise, "WebhookTested", "webhook", name)


#: Whatever failed before is forgotten, and the next event is sent now.
AT_ONCE: Mapping[str, Any] = {"attempts": 0, "failing_since": None, "next_attempt_at": 0}


def secrets_of(home: Home, row: RowMapping, now: float) -> list[str] | None:
    """The secrets that sign now, the newest first; None where they cannot be read with the key that is here."""
    sealed = [row["secret"]]
    if row["former_secret"] is not None and now < row["former_until"]:
        sealed.append(row["former_secret"])
    box = _box(home)
    try:
        return [box.decrypt(bytes(one)).decode() for one in sealed]
    except InvalidToken:
        return None


def webhook_figures(connection: Connection, now: int) -> tuple[dict[str, int], int]:
    """How many webhooks are active, failing (active, and the next event did not get through) and stopped; and how many
    deliveries are under way or to be tried again, of which each webhook has one at most."""
    stopped, failing = webhooks.c.stopped.is_not(None), webhooks.c.attempts > 0
    counted = func.count().filter
    total, ended, failed, pending = connection.execute(
        select(
            func.count(), counted(stopped), counted(~stopped, failing),
            counted(~stopped, failing | (webhooks.c.lease_until > now)),
        ).select_from(webhooks)
    ).one()  # fmt: skip
    return {"active": total - ended - failed, "failing": failed, "stopped": ended}, pending


def _row(connection: Connection, viewer: Viewer, name: str) -> RowMapping:
    own = select(webhooks).where(webhooks.c.id == name, webhooks.c.enterprise == viewer.enterprise)
    row = connection.execute(own).mappings().first()
    if row is None:
        raise NotFound(what="webhook", id=name)
    return row


def _changed(connection: Connection, viewer: Viewer, name: str, values: Mapping[str, Any]) -> tuple[Webhook, int]:
    """Whoever delivers at this moment sees by the version that its place in the stream counts no more."""
    statement = update(webhooks).where(webhooks.c.id == name)
    connection.execute(statement.values(**values, version=webhooks.c.version + 1, lease=None, lease_until=0))
    row = _row(connection, viewer, name)
    return _seen(row), int(row["version"])


def _seen(row: RowMapping) -> Webhook:
    def when(name: str) -> datetime | None:
        return moment(row[name]) if row[name] else None

    former = row["former_until"] if row["former_until"] and row["former_until"] > time.time() else None
    return Webhook(
        id=row["id"], url=row["url"], events=None if row["names"] is None else tuple(row["names"]),
        active=row["stopped"] is None, stopped=row["stopped"] and Stopped(row["stopped"]), cursor=row["cursor"],
        delivered_at=when("delivered_at"), failed_attempts=row["attempts"], last_failure=row["last_failure"],
        next_attempt_at=when("next_attempt_at") if row["stopped"] is None else None,
        former_secret_until=moment(former) if former else None, created_at=moment(row["created_at"]),
    )  # fmt: skip


def _known(names: Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in NAMES:
            raise EventUnknown(name=name)
    return wanted


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _seal(home: Home, secret: str) -> bytes:
    return _box(home).encrypt(secret.encode())


def _box(home: Home) -> Fernet:
    """The key file may hold any text of enough random bits; Fernet wants exactly 32 bytes."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(home.webhook_key).digest()))
