"""Answers of reads: what a route gives is checked and written where it was made, not handed to another thread for that."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, get_type_hints

from fastapi import Response
from pydantic import TypeAdapter

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
