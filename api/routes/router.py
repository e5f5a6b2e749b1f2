"""How routes are called, and that nothing is asked of them that they do not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute

#: Bodies that ask for nothing.
NOTHING = (b"", b"{}")


class _Route(APIRoute):
    """Refuses what the route does not have: a filter that is misspelled would let all through, and a condition in a body that
    nobody reads would not be kept."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
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


class Router(APIRouter):
    """Routes that bear the names of their functions in the document, and so in generated clients. They are the application's
    own as they stand (`api.app.described_app`), so their names are said here."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(
            prefix=prefix, tags=[tag], route_class=_Route, generate_unique_id_function=lambda route: route.name
        )
