"""What several routes share: the problems that each may answer with, and pages of long lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.errors import documented
from chain.commands.once import Reply

READS = documented(401, 403, 404, 409, 421, 422, 500, 503)
WRITES = documented(401, 403, 404, 409, 413, 421, 422, 500, 503)

Limit = Annotated[int, Query(ge=1, le=500, description="How many entries at most.")]
Place = Annotated[int, Query(alias="after", ge=0, le=2**53, description="`next` of the page before.")]
Moment = Annotated[
    str | None,
    Query(pattern=r"^([0-9]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2})$", description="A block, or a day, whose end is meant."),
]

REPLAYED = "Idempotent-Replayed"


def tell_replay(response: Response, reply: Reply) -> None:
    """Say in a header that the command was done before and this is its answer again."""
    if reply.replayed:
        response.headers[REPLAYED] = "true"
