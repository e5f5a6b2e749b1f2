"""Who asks, and machines' keys: a treasurer manages its own enterprise's, the operator all; a secret is seen once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from api.desk import TheDesk, TheViewer
from api.models import Key, KeyBody, Me, NewKey, Page
from api.routes.parts import READS, WRITES, Limit, Make
from api.routes.router import Router
from chain.commands.keys import ApiKey, give_key, key_seen, keys_seen, revoke_key
from chain.commands.permissions import Action
from chain.commands.seen.viewer import Participant
from chain.commands.seen.vouchers import lines, moment

router = Router("/v1", "access")

NAME = r"^[0-9a-f]{16}$"
KeyId = Annotated[str, Path(pattern=NAME, description="A key's id.", examples=["5f1f1d9e5a524c0e"])]
After = Annotated[str, Query(pattern=r"^([0-9a-f]{16})?$", description="`next` of the page before.")]


@router.get("/me", responses=READS)
def who_am_i(desk: TheDesk, viewer: TheViewer) -> Me:
    """Who the caller is, whom it acts for, and with which duties."""
    viewer.must(Action.READ)
    seen = lines(desk.workspace, desk.current, viewer)
    return Me(
        actor=viewer.actor,
        duties=tuple(sorted(viewer.duties)),
        enterprise=Participant(id=viewer.enterprise, name=viewer.name),
        roles=tuple(sorted(role.value for role in viewer.roles)),
        sees_all=viewer.sees_all,
        currencies=tuple(sorted({line.limit.currency for line in seen})),
    )


@router.get("/keys", responses=READS)
def list_keys(desk: TheDesk, viewer: TheViewer, after: After = "", limit: Limit = 100) -> Page[Key]:
    """The keys of the caller's enterprise, without their secrets; for the operator, everybody's."""
    found, end = keys_seen(desk.workspace, viewer, after=after, most=limit)
    return Page(items=tuple(map(_key, found)), next=end)


@router.post("/keys", status_code=201, responses=WRITES)
def create_key(body: KeyBody, make: Make) -> NewKey:
    """A new key for a machine. The secret is in this answer and nowhere else, also not in that of a repeated request."""
    home, viewer = make.desk.workspace, make.viewer
    once, known = make.before(Action.MANAGE_ACCESS, "key.make", body)
    if known is not None:
        return NewKey(**_key(key_seen(home, viewer, known)).model_dump(), key=None)
    expires_at = None if body.expires_at is None else int(body.expires_at.timestamp())
    key, text = give_key(home, viewer, body.enterprise, body.label, body.duties, expires_at, once)
    return NewKey(**_key(key).model_dump(), key=text)


@router.delete("/keys/{id}", responses=WRITES)
def delete_key(id: KeyId, desk: TheDesk, viewer: TheViewer) -> Key:
    """Revoke a key at once."""
    return _key(revoke_key(desk.workspace, viewer, id))


def _key(key: ApiKey) -> Key:
    return Key(
        id=key.id, enterprise=key.enterprise, label=key.label, created_at=moment(key.created_at), revoked=key.revoked,
        duties=key.duties, expires_at=None if key.expires_at is None else moment(key.expires_at),
    )  # fmt: skip
