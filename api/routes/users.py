"""Persons: a treasurer manages its own enterprise's, the operator all. Who they are, the identity provider says."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from api.desk import TheDesk, TheViewer
from api.models import Page, User, UserBody, UserChange
from api.routes.keys import NAME, After
from api.routes.parts import EDITS, READS, WRITES, IfMatch, Limit, Make, etag, wanted_version
from api.routes.router import Router
from chain.commands import users
from chain.commands.permissions import Action
from chain.commands.seen.vouchers import moment

router = Router("/v1", "access")

UserId = Annotated[str, Path(pattern=NAME, description="A user's id.", examples=["5f1f1d9e5a524c0e"])]


@router.get("/users", responses=READS)
def list_users(desk: TheDesk, viewer: TheViewer, after: After = "", limit: Limit = 100) -> Page[User]:
    """The users of the caller's enterprise; for the operator, everybody's."""
    found, end = users.users_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=tuple(map(_user, found)), next=end)


@router.post("/users", status_code=201, responses=WRITES)
def create_user(body: UserBody, make: Make) -> User:
    """Let a person act for an enterprise. Who comes with a token of that subject is this user from then on."""
    home, viewer = make.desk.workspace, make.viewer
    once, known = make.before(Action.MANAGE_ACCESS, "user.add", body)
    if known is not None:
        made = users.user_seen(home, viewer, known)
    else:
        made = users.add_user(home, viewer, body.enterprise, body.subject, body.label, body.duties, once)
    make.response.headers["ETag"] = etag(made.version)
    return _user(made)


@router.get("/users/{id}", responses=READS)
def read_user(id: UserId, response: Response, desk: TheDesk, viewer: TheViewer) -> User:
    """One user, and with it, as `ETag`, the version that a change names."""
    found = users.user_seen(desk.workspace, viewer, id)
    response.headers["ETag"] = etag(found.version)
    return _user(found)


@router.put("/users/{id}", responses=EDITS)
def update_user(
    id: UserId, body: UserChange, response: Response, desk: TheDesk, viewer: TheViewer, if_match: IfMatch = None
) -> User:
    """Give a user other duties, disable or enable it; it counts from the user's next request on. Nobody changes itself."""
    changed = users.change_user(
        desk.workspace, viewer, id, wanted_version(if_match), duties=body.duties, label=body.label,
        disabled=body.disabled,
    )  # fmt: skip
    response.headers["ETag"] = etag(changed.version)
    return _user(changed)


def _user(user: users.User) -> User:
    return User(
        id=user.id, issuer=user.issuer, subject=user.subject, enterprise=user.enterprise, label=user.label,
        duties=user.duties, created_at=moment(user.created_at), disabled=user.disabled,
    )  # fmt: skip
