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
        alias="If-Match", max_length=200, description="The `ETag` of the version that is changed; required.",
        examples=['"3"'],
    ),
]  # fmt: skip
#: What a change may answer with besides: it was changed meanwhile, or does not say which version it changes.
EDITS = WRITES | documented(412, 428)
NO_VERSION = -1

REPLAYED = "Idempotent-Replayed"


def tell_replay(response: Response, reply: Reply) -> None:
    """Say in a header that the command was done before and this is its answer again."""
    if reply.replayed:
        response.headers[REPLAYED] = "true"


def etag(version: int) -> str:
    """The header that names a thing's version (RFC 9110, 8.8.3)."""
    return f'"{version}"'


def wanted_version(if_match: str | None) -> int | None:
    """The version that ``If-Match`` names; None for ``*``, whatever it is. Raises VersionMissing where there is none.

    What is no ETag of ours is of no version, and so are weak ones and lists (RFC 9110, 13.1.1).
    """
    if if_match is None:
        raise VersionMissing()
    if if_match.strip() == "*":
        return None
    named = re.fullmatch(r'"([0-9]{1,9})"', if_match.strip())
    return int(named[1]) if named else NO_VERSION
