"""What every route is given: the workspace, where commands are written down, and who is asking."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Annotated, Any, Generic, TypeVar

from anyio.to_thread import run_sync
from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import HTTPBearer

from api.command import Asked, Case, CommandKind
from api.errors import StreamsExhausted
from api.language import language_of
from api.telemetry import request_id
from chain.commands.accepted import Command, Wanted, accept, accepted_before
from chain.commands.four_eyes import worth_of
from chain.commands.permissions import Action
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.told import told
from chain.commands.workspace import Workspace
from chain.traces import current_traceparent

Answer = TypeVar("Answer")

#: Streams of events that may be open: in all, and for one enterprise.
MOST_STREAMS = 100
MOST_STREAMS_EACH = 5
#: Requests that may wait for the end of an operation: in all, and for operations of one enterprise.
MOST_WAITS = 400
MOST_WAITS_EACH = 200
#: Uploads whose files are in memory at once, to be written down.
UPLOADS_AT_ONCE = 3
#: So long a request waits at most for the end of its operation.
LONGEST_WAIT_SECONDS = 30
#: So long what a node said counts as what it says.
KEPT_SECONDS = 1.0
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,4})\"?\s*(?:$|[,;])")


class KeptAnswer(Generic[Answer]):
    """What somebody else has to be asked for: asked for anew at most once a second, in one thread, however many want it."""

    def __init__(self, ask: Callable[[], Answer], seconds: float = KEPT_SECONDS) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked = float("-inf")
        self._asking: asyncio.Task[Answer] | None = None

    async def __call__(self) -> Answer:
        """What was answered, or raised, a moment ago."""
        now = time.monotonic()
        if self._asking is None or (self._asking.done() and now - self._asked >= self._seconds):
            self._asked, self._asking = now, asyncio.create_task(run_sync(self._ask))
        return await asyncio.shield(self._asking)  # who hangs up meanwhile stops it for nobody else


class Desk:
    """One open workspace, shared by all requests of this process.

    A request reads its own snapshot of the database, or writes a command down. Nothing here signs, sends or reads blocks: the
    workers do (`api.worker`), in other processes.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.current = CurrentTrade(workspace)
        self.told = told
        #: What is decided while a request waits takes turns: it takes a core for as long as it takes.
        self.deciding = Lock()
        #: The newest block that a node knows, and its time; whoever asks for it, the node is not asked more often for that.
        self.newest = KeptAnswer(workspace.indexer.newest)
        self.uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._streams: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        #: Whether the service is about to end; streams end then, so that nobody waits for them.
        self.ending: Callable[[], bool] = lambda: False

    def accept(
        self, viewer: Viewer, key: str, kind: CommandKind[Asked], asked: Asked, files: tuple[bytes, ...] = ()
    ) -> tuple[Command, bool]:
        """Write a command of the viewer's down, once for its idempotency key. Gives it, and whether it was there before.

        Raises NotPermitted, NotFound, Conflict, and what else stands against it at once.
        """
        viewer.must(kind.action)
        wanted = Wanted(
            viewer.enterprise,
            viewer.actor,
            viewer.eyes,
            key,
            kind.name,
            asked.model_dump(mode="json", exclude=set(kind.beside)),
            kind.subject(asked),
            files,
        )
        known = accepted_before(self.workspace, wanted)
        if known is not None:
            return known, True
        case = Case(self.workspace, self.current, viewer)
        kind.check(case, asked)
        settled = kind.settle(case, asked)
        worth = worth_of(kind.worth(case, settled))
        wanted = replace(
            wanted,
            settled=settled.model_dump(mode="json"),
            worth=worth,
            needs_approval=kind.needs_approval(case, settled, worth),
            traceparent=current_traceparent(),
            request_id=request_id(),
        )
        return accept(self.workspace, wanted, self.told)

    @property
    def reads_at_once(self) -> bool:
        """Whether to read one thing waits for no network."""
        return self.workspace.store.tells_version_at_once

    @contextmanager
    def waits(self, enterprise: str) -> Iterator[bool]:
        """Whether one more request may wait for the end of an operation of the enterprise; it is counted as long as it does. Each
        keeps a connection, of which there are so many (`api.server.MOST_CONNECTIONS`)."""
        if self._waiting.total() >= MOST_WAITS or self._waiting[enterprise] >= MOST_WAITS_EACH:
            yield False
            return
        self._waiting[enterprise] += 1
        try:
            yield True
        finally:
            self._waiting[enterprise] -= 1

    def open_stream(self, viewer: Viewer) -> None:
        """Count a stream in. Raises StreamsExhausted."""
        if self._streams.total() >= MOST_STREAMS or self._streams[viewer.enterprise] >= MOST_STREAMS_EACH:
            raise StreamsExhausted()
        self._streams[viewer.enterprise] += 1

    def close_stream(self, viewer: Viewer) -> None:
        """Count it out."""
        self._streams[viewer.enterprise] -= 1


class _Caller(HTTPBearer):
    """Describes in OpenAPI how callers say who they are, and gives the viewer; the gate before the routes
    (`api.guards.KeyGate`) has let nobody in without one."""

    async def __call__(self, request: Request) -> Viewer:  # type: ignore[override]
        viewer: Viewer = request.state.viewer
        return viewer if request.method == "GET" else replace(viewer, request_id=request_id())  # for the audit log


_caller = _Caller(
    scheme_name="HTTPBearer",
    description="An API key that was made for your enterprise, or an access token of your identity provider. A person that is a "
    "user of several enterprises names one of them, by its id, in the header `Pearl-Enterprise`.",
)


# These take no time, so they are no plain functions, each of which the framework would call in a thread.
async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AcceptLanguage = Annotated[
    str | None, Header(max_length=500, description="`zh` or `en`: the language of sentences in the answer.")
]


async def _language(accept_language: AcceptLanguage = None) -> str:
    return language_of(accept_language)


async def _stream(
    desk: Annotated[Desk, Depends(_desk)], viewer: Annotated[Viewer, Security(_caller)]
) -> AsyncIterator[None]:
    viewer.must(Action.READ)  # before the answer begins, since a stream is broken off by what is raised in it
    desk.open_stream(viewer)
    try:
        yield
    finally:
        desk.close_stream(viewer)


async def _again(request: Request) -> Callable[[], Awaitable[Viewer]]:
    again: Callable[[], Awaitable[Viewer]] = request.state.admit_again
    return again


Prefer = Annotated[
    str | None,
    Header(
        max_length=200,
        description="`wait=10` (RFC 7240): answer once the operation has ended, at the latest after so many seconds "
        f"(at most {LONGEST_WAIT_SECONDS}).",
        examples=["wait=10"],
    ),
]


def waited(response: Response, prefer: str | None) -> float | None:
    """So many seconds the caller waits for the end of its operation; the answer says so."""
    found = _WAIT.search(prefer or "")
    if found is None:
        return None
    seconds = min(int(found[1]), LONGEST_WAIT_SECONDS)
    response.headers["Preference-Applied"] = f"wait={seconds}"
    return float(seconds)


async def _wait(response: Response, prefer: Prefer = None) -> float | None:
    return waited(response, prefer)


TheDesk = Annotated[Desk, Depends(_desk)]
TheViewer = Annotated[Viewer, Security(_caller)]
#: Who asks, asked anew: raises what the gate before the routes does.
AdmitAgain = Annotated[Callable[[], Awaitable[Viewer]], Depends(_again)]
TheLanguage = Annotated[str, Depends(_language)]
Wait = Annotated[float | None, Depends(_wait)]
OpenStream = Depends(_stream)


def _idempotency_key(description: str) -> Any:
    return Header(
        alias="Idempotency-Key", min_length=8, max_length=128, pattern=r"^[!-~]+$", description=description,
        examples=["5f1f1d9e-5a52-4c0e-9df5-3c8f8f0f6a0b"],
    )  # fmt: skip


IdempotencyKey = Annotated[
    str,
    _idempotency_key(
        "A name of your own for this command, such as a UUID. The same key with the same content is done "
        "one time and answered the same; with other content it is refused."
    ),
]
PerhapsIdempotencyKey = Annotated[
    str | None,
    _idempotency_key(
        "A name of your own for this request, such as a UUID, apart from those of commands. The same key with the same "
        "content makes one thing, and a repetition is answered with it as it is then, without its secret; with other "
        "content it is refused. Without the header each request makes another."
    ),
]
