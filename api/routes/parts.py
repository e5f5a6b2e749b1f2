"""What several routes share: the problems that each may answer with, and pages of long lists."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Query, Response

from api.errors import VersionMissing, documented
from chain.commands.once import Reply

READS = documented(401, 403, 404, 409, 421, 422, 500, 503)
WRITES = documented(401, 403, 404, 409, 413, 421, 422, 500, 503)

Limit = Annotated[int, Query(ge=1, le=500, description="How many entries at most.")]
Place = Annotated[int, Query(alias="after", ge=0, le=2**53, description="`next` of the page before.")]

IfMatch = Annotated[
    str | None,
    Header(
        max_length=200, description="The ETag that the thing had when it was read; `*`: whichever.", examples=['"3"']
    ),
]

REPLAYED = "Idempotent-Replayed"


def tell_replay(response: Response, reply: Reply) -> None:
    """Say in a header that the command was done before and this is its answer again."""
    if reply.replayed:
        response.headers[REPLAYED] = "true"


def tell_version(response: Response, version: int) -> None:
    """Say in a header which version of the thing this is (RFC 9110, 8.8.3)."""
    response.headers["ETag"] = f'"{version}"'


def versions_of(if_match: str | None) -> set[int] | None:
    """The versions that a change may be to (RFC 9110, 13.1.1); None: whichever. Raises VersionMissing."""
    if if_match is None or not if_match.strip():
        raise VersionMissing()
    if if_match.strip() == "*":
        return None
    tags = (tag.strip() for tag in if_match.split(","))
    # A tag that is none of ours is one that the thing does not have.
    return {int(tag[1:-1]) for tag in tags if re.fullmatch(r'"[0-9]{1,9}"', tag)}
