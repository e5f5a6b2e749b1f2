"""How routes are called, and that nothing is asked of them that they do not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import is_written

#: Bodies that ask for nothing.
NOTHING = (b"", b"{}")

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class _Route(APIRoute):
    """Refuses what the route does not have: a filter that is misspelled would let all through, and a condition in a body that
    nobody reads would not be kept."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if _only_reads(self.dependant):
            self.app = _answering(self.get_route_handler())

    def get_route_handler(self) -> Handle:
        handle = _reads(self.dependant) if _only_reads(self.dependant) else super().get_route_handler()
        if HTTPStatus.UNPROCESSABLE_ENTITY not in self.responses:  # what watches the service may add what it wants
            return handle
        known = {param.alias for param in get_flat_params(self.dependant) if isinstance(param.field_info, Query)}
        takes_no_body = self.body_field is None and "GET" not in (self.methods or ())

        async def handle_known(request: Request) -> Response:
            if request.scope["query_string"]:
                given = Counter(name for name, _ in request.query_params.multi_items())
                wrong = [(name, "extra_forbidden") for name in given if name not in known]
                wrong += [(name, "repeated") for name, times in given.items() if times > 1 and name in known]
                if wrong:
                    raise RequestValidationError([{"loc": ("query", name), "type": what} for name, what in wrong])
            if takes_no_body and (await request.body()).strip() not in NOTHING:
                raise RequestValidationError([{"loc": ("body",), "type": "body_forbidden"}])
            return await handle(request)

        return handle_known


def _only_reads(route: Dependant) -> bool:
    """Whether its answer is written already, and made of what stands in the address, of each name one value, and of what the
    request bears."""
    beside = (
        route.header_params, route.cookie_params, route.body_params, route.request_param_name, route.response_param_name,
        *(get_flat_params(one) or one.dependencies or not one.request_param_name for one in route.dependencies),
    )  # fmt: skip
    return is_written(route.call) and not any(beside)


def _reads(route: Dependant) -> Handle:
    """Takes the values, has them checked, and asks the route, as the framework does: that finds out anew for each request which
    kinds of values a route takes, which takes longer than to look up a piece."""
    call: Any = route.call if iscoroutinefunction(route.call) else partial(_in_a_thread, route.call)
    borne: list[tuple[Any, ...]] = [(one.name, one.request_param_name, one.call) for one in route.dependencies]
    from_path = [(field, field.alias, ("path", field.alias)) for field in route.path_params]
    from_query = [(field, field.alias, ("query", field.alias)) for field in route.query_params]

    async def read(request: Request) -> Response:
        values: dict[str, Any] = {name: await give(**{taken: request}) for name, taken, give in borne}
        wrong: list[Any] = []
        query = request.query_params if request.scope["query_string"] else {}
        for given, fields in ((request.path_params, from_path), (query, from_query)):
            for field, name, place in fields:
                if name in given:
                    values[field.name], errors = field.validate(given[name], loc=place)
                    wrong += errors
                elif field.field_info.is_required():
                    wrong.append({"loc": place, "type": "missing"})
                else:
                    values[field.name] = field.default
        if wrong:
            raise RequestValidationError(wrong)
        answer: Response = await call(**values)
        return answer

    return read


def _answering(handle: Handle) -> ASGIApp:
    """Nothing that a read is given has to be ended after it, and what it raises is answered where the application's is."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await handle(Request(scope, receive, send))
        await answer(scope, receive, send)

    return app


async def _in_a_thread(call: Any, **values: Any) -> Any:
    return await run_sync(partial(call, **values))


class Router(APIRouter):
    """Routes that bear the names of their functions in the document, and so in generated clients. They are the application's
    own as they stand (`api.app.described_app`), so their names are said here."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(
            prefix=prefix, tags=[tag], route_class=_Route, generate_unique_id_function=lambda route: route.name
        )
