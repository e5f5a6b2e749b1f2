"""The composition root: puts workspace, guards, routes, portal and documentation together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from api.answers import is_written
from api.bearer import Bearer
from api.description import ABOUT, describe
from api.desk import Desk
from api.docs import add_docs
from api.errors import add_error_handlers
from api.guards import (
    ActorLimit,
    AddressLimit,
    BodyLimit,
    Failsafe,
    FormsInUtf8,
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
    lines,
    matching,
    obligations,
    operations,
    payments,
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


#: Those that are asked all the time stand first, where they are found soonest.
ROUTES = (
    vouchers, reads, keys, users, documents, files, matching, plans, lines, payments, holds, obligations, financings,
    deposits, four_eyes, operations, enterprises, graph, warehouse, events, webhooks, audit, reports,
)  # fmt: skip


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

    app = described_app(
        lifespan=lifespan, form_limits={"max_files": documents.MOST_FILES + 1, "max_fields": 10},
        telemetry=tracing(settings),
        middleware=[
            Middleware(Observed, figures=figures),
            Middleware(SecurityHeaders),
            Middleware(Failsafe),
            Middleware(KnownHost, hosts=allowed_hosts(settings.api_host, settings.api_allowed_hosts)),
            Middleware(AddressLimit, per_minute=settings.unauthenticated_per_minute),
            Middleware(KeyGate, resolve=Recall(workspace.store, bearer.viewer_of).viewer_of),
            Middleware(ActorLimit, per_minute=settings.requests_per_minute),
            Middleware(FormsInUtf8),
            Middleware(
                BodyLimit, usual=COMMAND_BYTES, of_paths={"/v1/documents": settings.max_file_bytes + FORM_BYTES}
            ),
        ],
    )  # fmt: skip
    # Each route is held against an address until one fits: reads are asked most.
    app.router.routes.sort(key=lambda route: not (isinstance(route, APIRoute) and is_written(route.endpoint)))
    app.state.desk = desk
    app.state.figures = figures
    add_docs(app)

    @app.get("/", include_in_schema=False)
    def portal() -> FileResponse:
        return FileResponse(INDEX, media_type="text/html", headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def described_app(**more: Any) -> FastAPI:
    """The routes, their errors and their description, with nothing behind them yet: what the OpenAPI document is made of."""
    app = FastAPI(**ABOUT, **more, docs_url=None, redoc_url=None, openapi_url="/openapi.json", redirect_slashes=False)
    add_error_handlers(app)
    for router in (*(module.router for module in ROUTES), reads.watching):
        # Not `include_router`: it asks every router which of its routes takes a request, and the one that has it once more.
        app.router.routes.extend(router.routes)
    describe(app)
    return app


async def _refresh(desk: Desk, seconds: float) -> None:
    """Learn what other processes deployed until the service ends."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await run_sync(desk.workspace.refresh)
        except PearlError as error:
            log.warning("what others deployed could not be read (%(rule)s); trying again", fields_of(error))
