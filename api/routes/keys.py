"""Who asks, and keys: the operator makes and revokes them; it sees no secret but a new one, once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.desk import TheDesk, TheViewer
from api.models import Key, KeyBody, Me, NewKey
from api.routes.parts import READS, WRITES
from chain.commands.keys import ApiKey, keys_listed, make_key, revoke_key
from chain.commands.seen.viewer import Participant
from chain.commands.seen.vouchers import lines, moment
from chain.network import Role

router = APIRouter(prefix="/v1", tags=["keys"])

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@router.get("/me", responses=READS)
def who_am_i(desk: TheDesk, viewer: TheViewer) -> Me:
    """Whom the key acts for."""
    seen = lines(desk.workspace, desk.current, viewer)
    return Me(
        enterprise=Participant(id=viewer.enterprise, name=viewer.name),
        roles=tuple(sorted(role.value for role in viewer.roles)),
        sees_all=viewer.sees_all,
        currencies=tuple(sorted({line.limit.currency for line in seen})),
    )


@router.get("/keys", responses=READS)
def list_keys(desk: TheDesk, viewer: TheViewer) -> list[Key]:
    """All keys, without their secrets. For the operator."""
    viewer.must_be(Role.OPERATOR, "see the keys")
    return [_key(key) for key in keys_listed(desk.workspace)]


@router.post("/keys", status_code=201, responses=WRITES)
def create_key(body: KeyBody, desk: TheDesk, viewer: TheViewer) -> NewKey:
    """A new key for an enterprise. For the operator. The secret is in this answer and nowhere else."""
    viewer.must_be(Role.OPERATOR, "make keys")
    key, text = make_key(desk.workspace, body.enterprise, body.label, by=viewer.acting)
    return NewKey(**_key(key).model_dump(), key=text)


@router.delete("/keys/{id}", responses=WRITES)
def delete_key(id: KeyId, desk: TheDesk, viewer: TheViewer) -> Key:
    """Revoke a key at once. For the operator."""
    viewer.must_be(Role.OPERATOR, "revoke keys")
    return _key(revoke_key(desk.workspace, id, by=viewer.acting))


def _key(key: ApiKey) -> Key:
    return Key(
        id=key.id, enterprise=key.enterprise, label=key.label, created_at=moment(key.created_at), revoked=key.revoked
    )  # fmt: skip
