"""Answers of reads: what a route gives is checked and written where it was made, not handed to another thread for that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, get_type_hints

from anyio.to_thread import run_sync
from fastapi import Response
from pydantic import TypeAdapter

from api.desk import Desk

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def written(route: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The route with its answer as JSON. The framework still reads in its signature what it answers with, and describes that;
    by itself it would check the answer again, in a thread, and write it on the one that all requests share."""
    told: TypeAdapter[Any] = TypeAdapter(get_type_hints(route, include_extras=True)["return"])

    @wraps(route)
    def answer(*args: Asked.args, **kwargs: Asked.kwargs) -> Response:
        return Response(told.dump_json(route(*args, **kwargs), by_alias=True), media_type="application/json")

    return answer  # type: ignore[return-value]


def written_at_once(route: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The same of a route that looks at one thing: where all that it needs is at hand, it is not handed to a thread either, which
    takes longer than the look."""
    write = written(route)

    @wraps(route)
    async def answer(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        desk = kwargs["desk"]
        assert isinstance(desk, Desk)
        return write(*args, **kwargs) if desk.has_all_at_hand else await run_sync(partial(write, *args, **kwargs))

    return answer  # type: ignore[return-value]
