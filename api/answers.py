"""Answers of reads: what a route gives is checked and written where it was made, not handed to another thread for that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from anyio.to_thread import run_sync
from fastapi import Response
from msgspec.json import encode

from api.desk import Desk
from chain.store.kept import NotAtHand, at_once, one_moment

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_written: set[Callable[..., Any]] = set()


def is_written(route: Callable[..., Any] | None) -> bool:
    """Whether what the route gives is an answer already."""
    return route in _written


def written(route: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The route with its answer as JSON. The framework still reads in its signature what it answers with, and describes that;
    by itself it would check the answer again, in a thread, and write it on the one that all requests share."""

    @wraps(route)
    def answer(*args: Asked.args, **kwargs: Asked.kwargs) -> Response:
        with one_moment():
            found = route(*args, **kwargs)
        # A model is its fields; msgspec writes these, and the classes of `chain.commands.seen.answers`, many times as fast.
        return Response(encode(found, enc_hook=dict), media_type="application/json")

    _written.add(answer)
    return answer  # type: ignore[return-value]


def written_at_once(
    is_quick: Callable[..., bool] = lambda **_: True,
) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """The same of a route that looks at little: where all that it needs is at hand, it is not handed to a thread either, which
    takes longer than the look. ``is_quick`` says from what is asked whether it is so little."""

    def decorate(route: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        write = written(route)

        @wraps(route)
        async def answer(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
            desk = kwargs["desk"]
            assert isinstance(desk, Desk)
            if desk.reads_at_once and is_quick(**kwargs):
                with suppress(NotAtHand), at_once():
                    return write(*args, **kwargs)
            return await run_sync(partial(write, *args, **kwargs))

        _written.add(answer)
        return answer  # type: ignore[return-value]

    return decorate
