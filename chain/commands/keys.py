"""API keys: for machines. A key acts for one enterprise, or for the operator, with its duties; only its hash is kept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from chain.commands.accepted import Wanted
from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.callers import (
    ID_LETTERS,
    MAKER_DUTIES,
    AccessWithdrawn,
    KeyUnknown,
    UserUnknown,
    hash_of,
    maker_counts,
)
from chain.commands.changes import tell
from chain.commands.duties import Duty, duties_for
from chain.commands.once import keep_made
from chain.commands.permissions import PERMISSIONS, Action
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import OPERATOR, Home
from chain.errors import NotFound, RuleBroken
from chain.store.tables import api_keys, audit, users

#: Says what it is, so that a scanner finds one that slipped into a file.
PREFIX = "pearl_"
KEY_BYTES = 32
#: When a key ends at the latest; behind it the year has five digits in some time zone.
LAST_EXPIRY = datetime(9999, 12, 30, tzinfo=UTC)
#: What the audit log calls the making and the end of a key.
MADE, REVOKED = "key.make", "key.revoke"


class ExpiryPassed(RuleBroken):
    message = "the moment at which the key should end has passed already"
    next_step = "name one that is still to come, or none"


class LastKey(RuleBroken):
    message = (
        "it is the last key of the operator, and without an identity provider nobody could act as the operator then"
    )
    next_step = "make another key of the operator first"


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. ``id`` names it; times are this machine's unix time; ``expires_at`` None: it does not end."""

    id: str
    enterprise: str
    label: str
    created_at: int
    revoked: bool
    duties: tuple[Duty, ...]
    expires_at: int | None


def make_key(
    home: Home, enterprise: str, label: str, duties: Iterable[Duty] | None = None, *, expires_at: int | None = None,
    made_by: str | None = None, by: Acting = CONSOLE, once: Wanted | None = None,
) -> tuple[ApiKey, str]:  # fmt: skip
    """A new key for an enterprise of the register, or for ``operator``. The text is returned once and kept nowhere.

    ``duties`` None: the acting ones of the enterprise's roles; ``once``: the request that it is made for once.
    Raises NotFound, DutyDoesNotFit, ExpiryPassed, Conflict; CallerUnknown, AccessWithdrawn where who makes it was revoked or
    disabled meanwhile, or may not manage access any more.
    """
    given = tuple(sorted(duties_for(home, enterprise, duties)))
    now = int(time.time())
    if expires_at is not None and expires_at <= now:
        raise ExpiryPassed()
    text = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    made = ApiKey(hash_of(text)[:ID_LETTERS], enterprise, label, now, False, given, expires_at)
    with home.store.begin() as connection:
        _must_count(connection, by)
        connection.execute(
            insert(api_keys).values(
                hash=hash_of(text), enterprise=enterprise, label=label, created_at=now, revoked=False, duties=given,
                expires_at=expires_at, made_by=made_by,
            )
        )  # fmt: skip
        record(
            connection, by, MADE, made.id,
            {"enterprise": enterprise, "label": label, "duties": list(given), "expires_at": expires_at},
        )  # fmt: skip
        keep_made(connection, once, made.id)
        tell(connection, enterprise, "KeyMade", "key", made.id)
    return made, text


def give_key(
    home: Home, viewer: Viewer, enterprise: str, label: str, duties: Iterable[Duty] | None, expires_at: int | None,
    once: Wanted | None = None,
) -> tuple[ApiKey, str]:  # fmt: skip
    """A key that the viewer makes: a treasurer for its own enterprise, the operator for anybody. One that a key of an
    enterprise makes ends no later than that one.

    Raises NotPermitted, NotFound, DutyDoesNotFit, ExpiryPassed, Conflict, CallerUnknown, AccessWithdrawn.
    """
    viewer.must(Action.MANAGE_ACCESS)
    must_manage(viewer, enterprise, "participant", enterprise)
    made_by = viewer.eyes if enterprise == viewer.enterprise else None
    if not viewer.operates:
        expires_at = min(filter(None, (expires_at, _end_of(home, viewer.actor))), default=None)
    return make_key(
        home, enterprise, label, duties, expires_at=expires_at, made_by=made_by, by=viewer.acting, once=once
    )


def any_key(home: Home) -> bool:
    """Whether somebody can ask at all."""
    with home.store.read() as connection:
        return bool(connection.execute(select(func.count()).where(~api_keys.c.revoked)).scalar())


def keys_seen(home: Home, viewer: Viewer, *, after: str = "", most: int = 100) -> tuple[list[ApiKey], str | None]:
    """The keys ever made that the viewer manages, in the order of their ids, and where the next page begins.

    Raises NotPermitted.
    """
    viewer.must(Action.MANAGE_ACCESS)
    statement = select(api_keys).order_by(api_keys.c.hash).limit(most + 1)
    if after:
        statement = statement.where(api_keys.c.hash > after + "g")  # after every hash that begins so
    if not viewer.operates:
        statement = statement.where(api_keys.c.enterprise == viewer.enterprise)
    with home.store.read() as connection:
        found = [_key(row) for row in connection.execute(statement).mappings()]
    return found[:most], found[most - 1].id if len(found) > most else None


def key_seen(home: Home, viewer: Viewer, identifier: str) -> ApiKey:
    """One key that the viewer manages, revoked or not. Raises NotPermitted, NotFound."""
    viewer.must(Action.MANAGE_ACCESS)
    with home.store.read() as connection:
        return _key(_managed(connection, viewer, identifier))


def revoke_key(home: Home, viewer: Viewer, identifier: str) -> ApiKey:
    """From now on the key is unknown, and so are those that it made for its own enterprise, and those that these made. The
    operator's stand on their own: it has no other way to renew its first one. Repeating it changes nothing.

    Raises NotPermitted, NotFound, LastKey.
    """
    viewer.must(Action.MANAGE_ACCESS)
    own = _named(identifier)
    with home.store.begin() as connection:
        row = _managed(connection, viewer, identifier)
        if row["enterprise"] == OPERATOR and home.settings.oidc_issuer is None:
            _must_leave_one(connection, own)
        for one in (identifier, *_made_with(connection, row["enterprise"], identifier)):
            in_force = _named(one) & ~api_keys.c.revoked
            if connection.execute(update(api_keys).where(in_force).values(revoked=True)).rowcount:
                record(connection, viewer.acting, REVOKED, one, {"key": one})
                tell(connection, row["enterprise"], "KeyRevoked", "key", one)
        return _key(connection.execute(select(api_keys).where(own)).mappings().one())


def _managed(connection: Connection, viewer: Viewer, identifier: str) -> RowMapping:
    """Raises NotFound where there is no such key, or the viewer does not manage it."""
    row = connection.execute(select(api_keys).where(_named(identifier))).mappings().first()
    if row is None:
        raise NotFound(what="key", id=identifier)
    must_manage(viewer, row["enterprise"], "key", identifier)
    return row


def must_manage(viewer: Viewer, enterprise: str, what: str, identifier: str) -> None:
    """Raises NotFound, as of a thing that does not exist, unless the viewer manages the access of this enterprise."""
    if not (viewer.operates or enterprise == viewer.enterprise):
        raise NotFound(what=what, id=identifier)


def _named(identifier: str) -> ColumnElement[bool]:
    return api_keys.c.hash.startswith(identifier, autoescape=True)


def _must_count(connection: Connection, by: Acting) -> None:
    """Raises KeyUnknown, UserUnknown where the actor was revoked or disabled since its request was let in, AccessWithdrawn
    where it may not manage access any more.
    """
    kind, _, name = by.actor.partition(":")
    if kind == "key":
        own = select(api_keys.c.revoked, api_keys.c.made_by, MAKER_DUTIES).where(_named(name))
        key = connection.execute(own).first()
        if key is not None and (key.revoked or not maker_counts(key)):
            raise KeyUnknown()
    if kind == "user":
        person = connection.execute(select(users.c.disabled, users.c.duties).where(users.c.id == name)).first()
        if person is not None and person.disabled:
            raise UserUnknown()
        if person is not None and PERMISSIONS[Action.MANAGE_ACCESS].duties.isdisjoint(map(Duty, person.duties)):
            raise AccessWithdrawn(actor=by.actor, enterprise=by.enterprise)


def _end_of(home: Home, actor: str) -> int | None:
    """When the actor ends by itself: a key may."""
    kind, _, name = actor.partition(":")
    if kind != "key":
        return None
    with home.store.read() as connection:
        return connection.execute(select(api_keys.c.expires_at).where(_named(name))).scalar()


def _must_leave_one(connection: Connection, gone: ColumnElement[bool]) -> None:
    """Raises LastKey where the operator would have no key any more that counts."""
    found = select(api_keys.c.made_by, api_keys.c.expires_at, MAKER_DUTIES, gone.label("gone")).where(
        api_keys.c.enterprise == OPERATOR, ~api_keys.c.revoked
    )
    rows, now = connection.execute(found).all(), time.time()
    others = (row for row in rows if not row.gone and (row.expires_at is None or row.expires_at > now))
    if any(row.gone for row in rows) and not any(maker_counts(row) for row in others):
        raise LastKey()


def _made_with(connection: Connection, enterprise: str, identifier: str) -> list[str]:
    """The keys that a key of an enterprise made, and those that these made, as the audit log tells."""
    found: list[str] = []
    makers = [] if enterprise == OPERATOR else [identifier]
    while makers:
        by = (audit.c.enterprise == enterprise) & (audit.c.actor == f"key:{makers.pop()}")
        made = connection.execute(select(audit.c.subject).where(by, audit.c.action == MADE)).scalars().all()
        found += made
        makers += made
    return found


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        row["hash"][:ID_LETTERS], row["enterprise"], row["label"], row["created_at"], row["revoked"],
        tuple(map(Duty, row["duties"])), row["expires_at"] and min(row["expires_at"], int(LAST_EXPIRY.timestamp())),
    )  # fmt: skip
