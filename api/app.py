"""The composition root: puts workspace, guards, routes, portal and documentation together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from api.bearer import Bearer
from api.desk import Desk
from api.docs import add_docs
from api.errors import PROBLEM_JSON, add_error_handlers
from api.guards import (
    ActorLimit,
    AddressLimit,
    BodyLimit,
    Failsafe,
    KeyGate,
    KnownHost,
    SecurityHeaders,
    allowed_hosts,
)
from api.oidc import provider_of
from api.portal import INDEX, STATIC
from api.recall import Recall
from api.routes import (
    audit,
    deposits,
    documents,
    enterprises,
    events,
    files,
    financings,
    four_eyes,
    graph,
    holds,
    keys,
    matching,
    obligations,
    operations,
    plans,
    reads,
    reports,
    users,
    vouchers,
    warehouse,
    webhooks,
)
from api.telemetry import HttpFigures, Observed, tracing
from chain.commands.callers import Callers
from chain.commands.workspace import Workspace
from chain.errors import PearlError
from chain.logs import fields_of

log = logging.getLogger("pearl.api")

#: Largest body of a request that is no upload.
COMMAND_BYTES = 256 * 1024
#: What a multipart form adds around the files in it.
FORM_BYTES = 256 * 1024
#: How often it is looked for what other processes deployed.
REFRESH_SECONDS = 1.0

DESCRIPTION = """
A core enterprise's bank credit, carried down its supplier tiers on chain.

Every call acts for the one enterprise that its key or its user belongs to, with the duties that it has there. It sees what
that enterprise may see; what it may not see answers 404, as if it did not exist. Money is `{"minor": 1250000, "currency":
"CNY"}` in integer minor units; ids are texts with dots: `7.1.3.2` is piece 2 of obligation 3 under line 1 of issuer 7.
Commands want an `Idempotency-Key`, and are answered 202 with an operation to follow, or, with `Prefer: wait=10`, to read at
once. Errors are problem details (RFC 9457) that carry the broken rule and what to do next, in the language of
`Accept-Language` (`en` or `zh`).
"""


def create_app(workspace: Workspace) -> FastAPI:
    """The whole service over an open workspace. Whoever opened it closes it after the service has ended."""
    settings = workspace.settings
    desk = Desk(workspace)
    bearer = Bearer(Callers(workspace), provider_of(settings))
    figures = HttpFigures()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(_refresh(desk, REFRESH_SECONDS))
        try:
            yield
        finally:
            refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await refreshing

    app = FastAPI(
        title="Pearlchain", summary="Supply-chain finance on chain", description=DESCRIPTION,
        version=version("pearlchain"), lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        form_limits={"max_files": documents.MOST_FILES + 1, "max_fields": 10},
        generate_unique_id_function=_operation_name, redirect_slashes=False,
        telemetry=tracing(settings),
        middleware=[
            Middleware(Observed, figures=figures),
            Middleware(SecurityHeaders),
            Middleware(Failsafe),
            Middleware(KnownHost, hosts=allowed_hosts(settings.api_host, settings.api_allowed_hosts)),
            Middleware(AddressLimit, per_minute=settings.unauthenticated_per_minute),
            Middleware(KeyGate, resolve=Recall(workspace.store, bearer.viewer_of).viewer_of),
            Middleware(ActorLimit, per_minute=settings.requests_per_minute),
            Middleware(
                BodyLimit, usual=COMMAND_BYTES, of_paths={"/v1/documents": settings.max_file_bytes + FORM_BYTES}
            ),
        ],
    )  # fmt: skip
    app.state.desk = desk
    app.state.figures = figures
    add_error_handlers(app)
    for module in (vouchers, keys, users, documents, plans, deposits, four_eyes, operations, audit, reads, reports):
        app.include_router(module.router)
    for module in (enterprises, files, matching, graph, obligations, financings, holds, warehouse, events, webhooks):
        app.include_router(module.router)
    app.include_router(reads.watching)
    add_docs(app)

    @app.get("/", include_in_schema=False)
    def portal() -> FileResponse:
        return FileResponse(INDEX, media_type="text/html", headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _describe_problems(app)
    return app


async def _refresh(desk: Desk, seconds: float) -> None:
    """Learn what other processes deployed until the service ends."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await run_sync(desk.workspace.refresh)
        except PearlError as error:
            log.warning("what others deployed could not be read (%(rule)s); trying again", fields_of(error))


def _operation_name(route: APIRoute) -> str:
    """Names in OpenAPI, and so in generated clients, are those of the functions."""
    return route.name


def _describe_problems(app: FastAPI) -> None:
    """In OpenAPI too, errors have the media type of problem details."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            for path in schema["paths"].values():
                for operation in path.values():
                    _use_problem_type(operation["responses"])
            schema["components"]["schemas"].pop("HTTPValidationError", None)
            schema["components"]["schemas"].pop("ValidationError", None)
        return dict(app.openapi_schema or {})

    app.openapi = openapi  # type: ignore[method-assign]


def _use_problem_type(responses: Mapping[str, dict[str, Any]]) -> None:
    for status, response in responses.items():
        for media_type, content in list(response.get("content", {}).items()):
            if status >= "400":
                response["content"] = {PROBLEM_JSON: content}
            elif "itemSchema" in content:  # a word of OpenAPI 3.2; this document is 3.1
                response["content"] = {media_type: {"schema": {"type": "string"}}}
