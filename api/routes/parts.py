"""What several routes share: the problems that each may answer with, and pages of long lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.errors import documented
from chain.commands.once import Reply

READS = documented(401, 403, 404, 409, 421, 422, 500, 503)
WRITES = documented(401, 403, 404, 409, 413, 421, 422, 500, 503)

Limit = Annotated[int, Query(ge=1, le=500, description="How many entries at most.")]
Cursor = Annotated[
    str | None,
    Query(
        alias="after",
        min_length=1,
        max_length=2_000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the page before.",
    ),
]
Place = Annotated[int, Query(alias="after", ge=0, le=2**53, description="`next` of the page before.")]

REPLAYED = "Idempotent-Replayed"


def tell_replay(response: Response, reply: Reply) -> None:
    """Say in a header that the command was done before and this is its answer again."""
    if reply.replayed:
        response.headers[REPLAYED] = "true"
