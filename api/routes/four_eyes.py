"""Four eyes: above which amount a second person of the caller's enterprise approves its commands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.desk import TheDesk, TheViewer
from api.errors import IfMatchMissing, VersionOther, documented
from api.models import Currency, FourEyes, FourEyesBody, Operation
from api.operations import FOUR_EYES, SetFourEyes
from api.routes.parts import READS, WRITES, Accept
from chain.commands.four_eyes import Limit, limit_of, limits_of

router = APIRouter(prefix="/v1/four-eyes", tags=["four eyes"])


@router.get("", responses=READS)
def list_limits(desk: TheDesk, viewer: TheViewer) -> list[FourEyes]:
    """The limits of the caller's enterprise, by currency."""
    return [_seen(limit) for limit in limits_of(desk.workspace, viewer.enterprise)]


@router.get("/{currency}", responses=READS)
def read_limit(currency: Currency, response: Response, desk: TheDesk, viewer: TheViewer) -> FourEyes:
    """The limit in one currency, with its ETag; null where one person decides alone."""
    limit = limit_of(desk.workspace, viewer.enterprise, currency)
    response.headers["ETag"] = f'"{limit.version}"'
    return _seen(limit)


@router.put("/{currency}", status_code=202, responses=WRITES | documented(412, 428))
async def set_limit(
    currency: Currency, body: FourEyesBody, accept: Accept,
    if_match: Annotated[str | None, Header(max_length=40, description="The ETag of the limit as it was read.")] = None,
) -> Operation[FourEyes]:  # fmt: skip
    """Set the limit, or take it away with null. Who raises it or takes it away needs a second person for that, too."""
    if if_match is None:
        raise IfMatchMissing()
    version = if_match.strip('"')
    if not version.isdecimal() or len(version) > 9:
        raise VersionOther()
    return await accept(FOUR_EYES, SetFourEyes(currency=currency, version=int(version), above=body.above))


def _seen(limit: Limit) -> FourEyes:
    return FourEyes(currency=limit.currency, above=limit.above_minor, version=limit.version)
