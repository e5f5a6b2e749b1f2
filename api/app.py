"""The composition root: puts workspace, guards, routes, portal and documentation together, and follows the chain."""

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
from fastapi.staticfiles import StaticFiles

from api.description import ABOUT, describe
from api.desk import Desk
from api.docs import add_docs
from api.errors import add_error_handlers
from api.guards import BodyLimit, Failsafe, KeyGate, KnownHost, SecurityHeaders, allowed_hosts
from api.portal import INDEX, STATIC
from api.routes import deposits, documents, keys, plans, reads, vouchers
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

    app = described_app(
        lifespan=lifespan, form_limits={"max_files": documents.MOST_FILES + 1, "max_fields": 10},
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
    for module in (keys, documents, plans, vouchers, deposits, reads):
        app.include_router(module.router)
    app.include_router(reads.watching)
    describe(app)
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
