"""The composition root: puts workspace, guards, routes, portal and documentation together, and follows the chain."""

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

from api.desk import Desk
from api.docs import add_docs
from api.errors import PROBLEM_JSON, add_error_handlers
from api.guards import BodyLimit, Failsafe, KeyGate, KnownHost, SecurityHeaders, allowed_hosts
from api.portal import INDEX, STATIC
from api.routes import deposits, documents, events, keys, plans, reads, vouchers, webhooks
from chain.commands.keys import holder_of_key
from chain.commands.seen.viewer import Viewer, viewer_of
from chain.commands.workspace import Workspace
from chain.errors import PearlError
from chain.indexing.heads import new_heads

log = logging.getLogger("pearl.api")

#: Largest body of a request that is no upload.
COMMAND_BYTES = 256 * 1024
#: What a multipart form adds around the files in it.
FORM_BYTES = 256 * 1024
#: How often the chain is asked for new blocks.
FOLLOW_SECONDS = 1.0
#: How long a node that announces no blocks is left in peace.
LISTEN_AGAIN_SECONDS = 30

DESCRIPTION = """
A core enterprise's bank credit, carried down its supplier tiers on chain.

Every call acts for the one enterprise that its key belongs to, and sees what that enterprise may see; what it may not
see answers 404, as if it did not exist. Money is `{"minor": 1250000, "currency": "CNY"}` in integer minor units; ids
are texts with dots: `7.1.3.2` is piece 2 of obligation 3 under line 1 of issuer 7. Commands that reach the chain want an
`Idempotency-Key`. Errors are problem details (RFC 9457) that carry the broken rule and what to do next, in the language
of `Accept-Language` (`en` or `zh`).
"""


def create_app(workspace: Workspace, *, follow_seconds: float = FOLLOW_SECONDS) -> FastAPI:
    """The whole service over an open workspace. Whoever opened it closes it after the service has ended."""
    settings = workspace.settings
    desk = Desk(workspace)

    def resolve(key: str) -> Viewer:
        return viewer_of(workspace, holder_of_key(workspace, key))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        follower = asyncio.create_task(_follow(desk, follow_seconds))
        try:
            yield
        finally:
            follower.cancel()
            with suppress(asyncio.CancelledError):
                await follower

    app = FastAPI(
        title="Pearlchain", summary="Supply-chain finance on chain", description=DESCRIPTION,
        version=version("pearlchain"), lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        form_limits={"max_files": documents.MOST_FILES + 1, "max_fields": 10},
        generate_unique_id_function=_operation_name, redirect_slashes=False,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Failsafe),
            Middleware(KnownHost, hosts=allowed_hosts(settings.api_host, settings.api_allowed_hosts)),
            Middleware(KeyGate, resolve=resolve),
            Middleware(
                BodyLimit, usual=COMMAND_BYTES, of_paths={"/v1/documents": settings.max_file_bytes + FORM_BYTES}
            ),
        ],
    )  # fmt: skip
    app.state.desk = desk
    add_error_handlers(app)
    for module in (keys, documents, plans, vouchers, deposits, reads, events, webhooks):
        app.include_router(module.router)
    app.include_router(reads.watching)
    add_docs(app)

    @app.get("/", include_in_schema=False)
    def portal() -> FileResponse:
        return FileResponse(INDEX, media_type="text/html", headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _describe_problems(app)
    return app


async def _follow(desk: Desk, seconds: float) -> None:
    """Resume what a crash left, then read the chain until the service ends; a node that is away is asked again."""
    resumed = False
    announced = asyncio.Event()
    listener = asyncio.create_task(_listen(desk.workspace.websocket, announced))
    try:
        while True:
            announced.clear()
            try:
                if not resumed:
                    finished = await run_sync(desk.resume)
                    resumed = True
                    if finished:
                        log.info("%d operations that an earlier run left open are finished", finished)
                await run_sync(desk.follow)
            except Exception as error:  # whatever it is, the next turn starts from the books' checkpoint
                log.warning("the chain could not be read (%s); trying again", _said(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(announced.wait(), seconds)
    finally:
        listener.cancel()


async def _listen(url: str | None, announced: asyncio.Event) -> None:
    """Say when the node announces a block. Where it cannot, it is asked every now and then all the same (`_follow`)."""
    while url is not None:
        try:
            async for _ in new_heads(url):
                announced.set()
        except Exception as error:
            log.info("the node announces no blocks at %s (%s)", url, type(error).__name__)
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)


def _said(error: Exception) -> str:
    """What stops the books is told whole; of what passes by itself the name is enough."""
    return error.text() if isinstance(error, PearlError) else type(error).__name__


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
