"""Four eyes: above which amount a second person of the caller's enterprise approves its commands."""

from __future__ import annotations

from fastapi import Response

from api.desk import TheDesk, TheViewer
from api.models import Currency, FourEyes, FourEyesBody, Operation
from api.operations import FOUR_EYES, SetFourEyes, limit_seen
from api.routes.parts import EDITS, READS, Accept, IfMatch, etag, wanted_version
from api.routes.router import Router
from chain.commands.four_eyes import limit_of, limits_of
from chain.commands.permissions import Action

router = Router("/v1/four-eyes", "four eyes")


@router.get("", responses=READS)
def list_limits(desk: TheDesk, viewer: TheViewer) -> list[FourEyes]:
    """The limits of the caller's enterprise, by currency."""
    viewer.must(Action.READ)
    return [limit_seen(limit) for limit in limits_of(desk.workspace, viewer.enterprise)]


@router.get("/{currency}", responses=READS)
def read_limit(currency: Currency, response: Response, desk: TheDesk, viewer: TheViewer) -> FourEyes:
    """The limit in one currency, with its ETag; null where one person decides alone."""
    viewer.must(Action.READ)
    limit = limit_of(desk.workspace, viewer.enterprise, currency)
    response.headers["ETag"] = etag(limit.version)
    return limit_seen(limit)


@router.put("/{currency}", status_code=202, responses=EDITS)
async def set_limit(
    currency: Currency, body: FourEyesBody, accept: Accept,
    if_match: IfMatch = None,
) -> Operation[FourEyes]:  # fmt: skip
    """Set the limit, or take it away with null. Who raises it or takes it away needs a second person for that, too."""
    accept.viewer.must(Action.SET_FOUR_EYES)
    return await accept(FOUR_EYES, SetFourEyes(currency=currency, version=wanted_version(if_match), **dict(body)))
