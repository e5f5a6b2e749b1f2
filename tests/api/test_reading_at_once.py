"""A read whose answer is written already is given, and refused, what the framework gives and refuses.

1. The values of its address and the errors in them are those of the framework's own way, whatever is sent.
2. What needs more than its address goes that way.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import httpx
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from api.answers import is_written, written
from api.app import described_app
from api.models import PieceText
from api.routes.parts import Limit
from api.routes.router import Router, _only_reads

NAMES = ("limit", "state", "whole", "side", "behind")
TEXTS = (
    "",
    "0",
    "1",
    "500",
    "501",
    "-1",
    "1.5",
    "true",
    "no",
    "held",
    "HELD",
    "owner",
    "7.1.3.2",
    "7.1.3",
    "null",
    "文",
)


async def _who(request: Request) -> str:
    return request.headers.get("x-who", "nobody")


Who = Annotated[str, Depends(_who)]


@written
def read(
    id: Annotated[PieceText, Path()],
    who: Who,
    limit: Limit,
    state: Annotated[str | None, Query(pattern="^[a-z]+$")] = None,
    whole: bool = False,
    side: Literal["owner", "giver"] | None = None,
    after: Annotated[PieceText | None, Query(alias="behind")] = None,
) -> list[str]:
    return [repr(one) for one in (id, who, limit, state, whole, side, after)]


def _asked(router: APIRouter):
    app = FastAPI()
    router.get("/{id}")(read)
    app.router.routes.extend(router.routes)

    @app.exception_handler(RequestValidationError)
    async def refused(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse([[*one["loc"], one["type"]] for one in error.errors()], 422)

    return app


OURS, THE_FRAMEWORKS = _asked(Router("", "reads")), _asked(APIRouter())


async def _answers(path: str, query: dict[str, str]) -> list[tuple[int, str]]:
    found = []
    for app in (OURS, THE_FRAMEWORKS):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reads") as client:
            answer = await client.get(f"/{path}", params=query, headers={"x-who": "somebody"})
            found.append((answer.status_code, answer.text))
    return found


@given(st.sampled_from(("7.1.3.2", "7.1.3", "x")), st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS)))
def test_a_read_is_given_and_refused_what_the_framework_gives_and_refuses(path, query):
    ours, frameworks = asyncio.run(_answers(path, query))
    assert ours == frameworks


def test_what_needs_more_than_its_address_goes_the_frameworks_way():
    @written
    def with_a_header(wanted: Annotated[str | None, Header()] = None) -> str | None:
        return wanted

    @written
    def with_the_request(request: Request) -> str:
        return request.method

    def not_written() -> str:
        return ""

    router = Router("", "others")
    for route in (with_a_header, with_the_request, not_written):
        router.get(f"/{route.__name__}")(route)
    assert not any(_only_reads(route.dependant) for route in router.routes)


def test_the_reads_that_are_asked_most_are_read_so():
    routes = [route for route in described_app().router.routes if isinstance(route, APIRoute)]
    reads = {route.path for route in routes if _only_reads(route.dependant)}
    assert {"/v1/vouchers", "/v1/vouchers/{id}", "/v1/exposure"} <= reads
    assert all(is_written(route.endpoint) for route in routes if route.path in reads and "GET" in route.methods)


def test_a_read_that_is_looked_for_first_takes_no_other_s_address():
    routes = [route for route in described_app().router.routes if isinstance(route, APIRoute)]
    for read in (route for route in routes if is_written(route.endpoint)):
        others = [route for route in routes if route is not read and route.methods & read.methods]
        assert not any(read.path_regex.match(other.path_format) for other in others), read.path
