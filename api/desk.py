"""What every route is given: the workspace, one lock for what changes the chain, and who is asking."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import StreamsExhausted
from api.language import language_of
from chain.commands.due import mark_overdue
from chain.commands.once import Reply, once
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Workspace
from chain.traces import span

log = logging.getLogger("pearl.api")

#: Streams of events that may be open: in all, and for one enterprise.
MOST_STREAMS = 100
MOST_STREAMS_EACH = 5
#: How far the clock of an embedded chain, on which nobody acts, may stay behind.
CLOCK_SECONDS = 300
#: How often, by the ledger's clock, it is looked for what is overdue: the days of all time zones begin at such a time.
MARK_SECONDS = 900


class Desk:
    """One open workspace, shared by all requests.

    Commands are synchronous and run in worker threads. What signs, sends or reads new blocks holds the lock, because
    nonces and the books' checkpoint are one sequence; everything else reads its own snapshot of the database meanwhile.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.current = CurrentTrade(workspace)
        self.chain_lock = threading.Lock()
        self._marked = 0
        self._streams: Counter[str] = Counter()
        #: Whether the service is about to end; streams end then, so that nobody waits for them.
        self.ending: Callable[[], bool] = lambda: False

    def act(
        self, viewer: Viewer, key: str, verb: str, asked: dict[str, Any], do: Callable[[str], dict[str, Any]]
    ) -> Reply:
        """Do a command of the viewer's one time for its idempotency key; ``do`` gets the key for the outbox."""
        content = json.dumps([verb, asked], sort_keys=True, default=str)
        with self.chain_lock, span("command"):
            return once(self.workspace, viewer.enterprise, key, content, do)

    def follow(self) -> None:
        """Read what is new on the chain and what other processes deployed, and keep an embedded chain's clock going.

        Now and then it says what is overdue, so that the issuers' new issues stop by themselves.
        """
        with self.chain_lock:
            self.workspace.refresh()
            self.workspace.keep_time(CLOCK_SECONDS)
            self.workspace.outbox.settle(self.workspace.keyring.signer_at)
            self.workspace.indexer.catch_up()
            now = self.workspace.now() // MARK_SECONDS
            if now != self._marked:
                mark_overdue(self.workspace)
                self._marked = now

    def resume(self) -> int:
        """Finish what a crash left open. Returns how many operations."""
        with self.chain_lock:
            finished = self.workspace.outbox.resume(self.workspace.keyring.signer_at)
            self.workspace.indexer.catch_up()
            return finished

    def open_stream(self, viewer: Viewer) -> None:
        """Count a stream in. Raises StreamsExhausted."""
        if self._streams.total() >= MOST_STREAMS or self._streams[viewer.enterprise] >= MOST_STREAMS_EACH:
            raise StreamsExhausted()
        self._streams[viewer.enterprise] += 1

    def close_stream(self, viewer: Viewer) -> None:
        """Count it out."""
        self._streams[viewer.enterprise] -= 1


_bearer = HTTPBearer(auto_error=False, description="An API key that the operator made for your enterprise.")


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _viewer(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None) -> Viewer:
    # The gate before the routes (`api.guards.KeyGate`) has let nobody in without a viewer.
    viewer: Viewer = request.state.viewer
    return viewer


def _language(
    accept_language: Annotated[
        str | None, Header(max_length=500, description="`zh` or `en`: the language of sentences in the answer.")
    ] = None,
) -> str:
    return language_of(accept_language)


async def _stream(
    desk: Annotated[Desk, Depends(_desk)], viewer: Annotated[Viewer, Depends(_viewer)]
) -> AsyncIterator[None]:
    desk.open_stream(viewer)
    try:
        yield
    finally:
        desk.close_stream(viewer)


TheDesk = Annotated[Desk, Depends(_desk)]
TheViewer = Annotated[Viewer, Depends(_viewer)]
TheLanguage = Annotated[str, Depends(_language)]
OpenStream = Depends(_stream)
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key", min_length=8, max_length=128, pattern=r"^[!-~]+$",
        description="A name of your own for this command, such as a UUID. The same key with the same content is done "
        "one time and answered the same; with other content it is refused.",
        examples=["5f1f1d9e-5a52-4c0e-9df5-3c8f8f0f6a0b"],
    ),
]  # fmt: skip
