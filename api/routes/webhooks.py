"""Webhooks: where the caller's events are sent. Each is seen by its own enterprise alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from api.desk import TheDesk, TheViewer
from api.errors import documented
from api.models import ReplayBody, Tested, WebhookBody, WebhookChange
from api.routes.parts import EDITS, READS, WRITES, IfMatch, Make, PerhapsIfMatch, etag, wanted_version
from api.routes.router import Router
from chain.commands.changes import change_id
from chain.commands.permissions import Action
from chain.commands.seen.events import Cursor
from chain.commands.webhooks import (
    NewWebhook,
    Webhook,
    WebhookMade,
    create_webhook,
    delete_webhook,
    edit_webhook,
    ping,
    replay,
    rotate_secret,
    webhook,
    webhooks_of,
)

router = Router("/v1/webhooks", "webhooks")

WebhookId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="A webhook's id.")]


@router.post("", status_code=201, responses=WRITES)
def make_webhook(body: WebhookBody, make: Make) -> WebhookMade:
    """Have the caller's events sent to an address, from now on. The secret that signs them is in this answer and nowhere
    else, also not in that of a repeated request."""
    home, viewer = make.desk.workspace, make.viewer
    once, known = make.before(Action.MANAGE_WEBHOOKS, "webhook.make", body)
    if known is not None:
        found, version = webhook(home, viewer, known)
        made = WebhookMade(**found.model_dump(), secret=None)
    else:
        new, version = create_webhook(home, viewer, body.url, body.events, once)
        made = WebhookMade(**new.model_dump())
    make.response.headers["ETag"] = etag(version)
    return made


@router.get("", responses=READS)
def list_webhooks(desk: TheDesk, viewer: TheViewer) -> list[Webhook]:
    """The caller's webhooks, the oldest first; there are ten at most."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    return webhooks_of(desk.workspace, viewer)


@router.get("/{id}", responses=READS)
def read_webhook(id: WebhookId, response: Response, desk: TheDesk, viewer: TheViewer) -> Webhook:
    """One webhook: how far it is, whether its receiver fails, and why nothing is sent any more where that is so."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    found, version = webhook(desk.workspace, viewer, id)
    response.headers["ETag"] = etag(version)
    return found


@router.put("/{id}", responses=EDITS)
def change_webhook(
    id: WebhookId, body: WebhookChange, response: Response, desk: TheDesk, viewer: TheViewer, if_match: IfMatch = None
) -> Webhook:
    """Change address, events, and whether anything is sent at all, of the version that `If-Match` names.

    One that was stopped and is set active goes on where it was stopped: nothing is left out.
    """
    viewer.must(Action.MANAGE_WEBHOOKS)
    changed, version = edit_webhook(
        desk.workspace, viewer, id, wanted_version(if_match), body.url, body.events, active=body.active
    )
    response.headers["ETag"] = etag(version)
    return changed


@router.delete("/{id}", responses=WRITES | documented(412))
def remove_webhook(id: WebhookId, desk: TheDesk, viewer: TheViewer, if_match: PerhapsIfMatch = None) -> Webhook:
    """Send nothing there any more, and forget it; with `If-Match` only the version that it names."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    return delete_webhook(desk.workspace, viewer, id, None if if_match is None else wanted_version(if_match))


@router.post("/{id}/replay", responses=WRITES)
def replay_webhook(
    id: WebhookId, body: ReplayBody, response: Response, desk: TheDesk, viewer: TheViewer
) -> Webhook:  # fmt: skip
    """Send all events behind a cursor again, in their order, each with the id that it had."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    changed, version = replay(desk.workspace, viewer, id, Cursor.parse(body.after))
    response.headers["ETag"] = etag(version)
    return changed


@router.post("/{id}/secret", responses=WRITES)
def make_secret(id: WebhookId, response: Response, desk: TheDesk, viewer: TheViewer) -> NewWebhook:
    """A new secret, in this answer and nowhere else. For a day the one before it signs too."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    changed, version = rotate_secret(desk.workspace, viewer, id)
    response.headers["ETag"] = etag(version)
    return changed


@router.post("/{id}/test", status_code=202, responses=WRITES)
def send_test(id: WebhookId, desk: TheDesk, viewer: TheViewer) -> Tested:
    """Send an event `WebhookTested` to this webhook alone, behind all that waits; a receiver that failed is tried at once."""
    viewer.must(Action.MANAGE_WEBHOOKS)
    return Tested(event=change_id(ping(desk.workspace, viewer, id)))
