"""Users: persons, whom an identity provider knows. What each may do here, for which one enterprise, is said here alone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import RowMapping, insert, select, update

from chain.commands.accepted import Wanted
from chain.commands.audit import record
from chain.commands.changes import tell
from chain.commands.duties import Duty, duties_for
from chain.commands.keys import must_manage
from chain.commands.once import keep_made
from chain.commands.permissions import Action
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.errors import Conflict, NotFound, NotPermitted, RuleBroken, VersionChanged
from chain.store.tables import users

ID_BYTES = 8
#: What the audit log calls a new user, and a change of one.
ADDED, CHANGED = "user.add", "user.change"


class IdentityProviderUnset(RuleBroken):
    message = "no identity provider is set, so nobody could come as this user"
    next_step = "set PEARL_OIDC_ISSUER and PEARL_OIDC_AUDIENCE first"


class OwnDuties(NotPermitted):
    message = "nobody changes what it may do itself"
    next_step = "let another treasurer of your enterprise do it, or the operator"


@dataclass(frozen=True)
class User:
    """A person. ``issuer`` knows it as ``subject``; ``created_at`` is this machine's unix time; ``version`` counts changes."""

    id: str
    issuer: str
    subject: str
    enterprise: str
    duties: tuple[Duty, ...]
    label: str
    created_at: int
    disabled: bool
    version: int


def add_user(
    home: Home, viewer: Viewer, enterprise: str, subject: str, label: str, duties: Iterable[Duty],
    once: Wanted | None = None,
) -> User:  # fmt: skip
    """Let the person whom the identity provider knows as ``subject`` act for the enterprise, whatever it does for others.
    ``once``: the request that it is made for once.

    Raises NotPermitted, NotFound, DutyDoesNotFit, IdentityProviderUnset, Conflict (the person is a user of it already).
    """
    viewer.must(Action.MANAGE_ACCESS)
    must_manage(viewer, enterprise, "participant", enterprise)
    given = tuple(sorted(duties_for(home, enterprise, duties)))
    issuer = home.settings.oidc_issuer
    if issuer is None:
        raise IdentityProviderUnset()
    user = User(
        secrets.token_hex(ID_BYTES),
        issuer,
        subject,
        enterprise,
        given,
        label,
        int(time.time()),
        disabled=False,
        version=1,
    )
    same = (users.c.issuer == issuer) & (users.c.subject == subject) & (users.c.enterprise == enterprise)
    with home.store.begin() as connection:
        keep_made(connection, once, user.id)
        if connection.execute(select(users.c.id).where(same)).first() is not None:
            raise Conflict(what="a user with the subject {subject}", subject=subject)
        connection.execute(insert(users).values(**vars(user)))
        asked = {"enterprise": enterprise, "issuer": issuer, "subject": subject, "label": label, "duties": list(given)}
        record(connection, viewer.acting, ADDED, user.id, asked)
        tell(connection, enterprise, "UserAdded", "user", user.id)
    return user


def users_seen(home: Home, viewer: Viewer, *, after: str = "", most: int = 100) -> tuple[list[User], str | None]:
    """The users that the viewer manages, in the order of their ids, and where the next page begins. Raises NotPermitted."""
    viewer.must(Action.MANAGE_ACCESS)
    statement = select(users).where(users.c.id > after).order_by(users.c.id).limit(most + 1)
    if not viewer.operates:
        statement = statement.where(users.c.enterprise == viewer.enterprise)
    with home.store.read() as connection:
        found = [_user(row) for row in connection.execute(statement).mappings()]
    return found[:most], found[most - 1].id if len(found) > most else None


def user_seen(home: Home, viewer: Viewer, identifier: str) -> User:
    """One user that the viewer manages. Raises NotPermitted, NotFound."""
    viewer.must(Action.MANAGE_ACCESS)
    with home.store.read() as connection:
        row = connection.execute(select(users).where(users.c.id == identifier)).mappings().first()
    if row is None:
        raise NotFound(what="user", id=identifier)
    must_manage(viewer, row["enterprise"], "user", identifier)
    return _user(row)


def change_user(
    home: Home, viewer: Viewer, identifier: str, version: int | None, *, duties: Iterable[Duty], label: str,
    disabled: bool,
) -> User:  # fmt: skip
    """Give a user other duties or another label, disable or enable it. It counts from the user's next request on, and
    from the next one of each key that it made.

    ``version`` is the one that the caller has read; None: whatever it is. Raises NotPermitted, NotFound, OwnDuties,
    VersionChanged, DutyDoesNotFit.
    """
    before = user_seen(home, viewer, identifier)
    if viewer.eyes == f"user:{identifier}":
        raise OwnDuties()
    given = tuple(sorted(duties_for(home, before.enterprise, duties)))
    with home.store.begin() as connection:
        own = users.c.id == identifier
        now = _user(connection.execute(select(users).where(own)).mappings().one())
        if version not in (None, now.version):
            raise VersionChanged(what="user", id=identifier)
        after = replace(now, duties=given, label=label, disabled=disabled, version=now.version + 1)
        connection.execute(update(users).where(own).values(**vars(after)))
        asked = {"version": now.version, "duties": list(given), "label": label, "disabled": disabled}
        record(connection, viewer.acting, CHANGED, identifier, asked)
        tell(connection, now.enterprise, "UserChanged", "user", identifier)
    return after


def _user(row: RowMapping) -> User:
    return User(**(dict(row) | {"duties": tuple(map(Duty, row["duties"]))}))
