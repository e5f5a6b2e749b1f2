"""What happens and concerns the caller: in pages, and as a stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from api.desk import AdmitAgain, OpenStream, TheDesk, TheViewer
from api.errors import documented
from api.models import Page
from api.routes.parts import READS, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.events import CURSOR, START, Cursor, Event, events_after, newest_event
from chain.errors import PearlError

router = Router("/v1", "events")

#: A stream ends after so many seconds, and the client opens the next one where it ended.
STREAM_SECONDS = 900
#: How often a stream looks for new events.
LOOK_SECONDS = 1.0
#: After so many looks it is asked again who reads, and whether it still may.
LOOKS_UNTIL_ASKED = 5


class EventPage(Page[Event]):
    """Events, and where the page ends."""

    cursor: str = Field(description="Where to read on later; also on the last page.", examples=["120.3.17"])


After = Annotated[
    str | None, Query(pattern=CURSOR, description="`cursor` of the last event that you got.", examples=["120.3.17"])
]


@router.get("/events", responses=READS)
def list_events(desk: TheDesk, viewer: TheViewer, after: After = None, limit: Limit = 100) -> EventPage:
    """What happened and concerns the caller, from the beginning or behind a cursor, in the order in which it is told.

    An event says which thing changed; read the thing for its figures. `next` is null where all is told for now: later ask
    again behind `cursor`, where the page ends, also where it has no event. A page may have few events, or none, and not be
    the last.
    """
    viewer.must(Action.READ)
    look = events_after(desk.workspace, desk.current, viewer, Cursor.parse(after) if after else START, limit)
    place = str(look.cursor)
    return EventPage(items=tuple(look.events), next=place if look.more else None, cursor=place)


@router.get(
    "/events/stream", responses=READS | documented(429), response_class=EventSourceResponse, dependencies=[OpenStream]
)
async def stream_events(
    desk: TheDesk, viewer: TheViewer, admit_again: AdmitAgain, after: After = None,
    last_event_id: Annotated[str | None, Header(pattern=CURSOR)] = None,
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """What happens and concerns the caller, as it happens; without a cursor, from now on.

    An event says which thing changed; read the thing for its figures. A stream ends after fifteen minutes: open it again
    with the id of the last event, which is its cursor. After a re-organisation of the chain, what stood in replaced blocks
    may come again, with another `id`. A stream ends too where the key is revoked or ends, or the user may read no more.
    """
    wanted = last_event_id or after
    cursor = Cursor.parse(wanted) if wanted else await run_sync(newest_event, desk.workspace)
    yield ServerSentEvent(event="ready", data={"cursor": str(cursor)}, id=str(cursor), retry=2000)
    ends = time.monotonic() + STREAM_SECONDS
    for looks in count(1):
        if time.monotonic() >= ends or desk.ending():
            return
        if looks % LOOKS_UNTIL_ASKED == 0:
            try:
                viewer = await admit_again()
                viewer.must(Action.READ)
            except PearlError:
                return  # who opens the next one is told why
        look = await run_sync(events_after, desk.workspace, desk.current, viewer, cursor)
        cursor = look.cursor
        for event in look.events:
            yield ServerSentEvent(event=event.name, data=event.model_dump(mode="json"), id=event.cursor)
        if not look.more:
            await anyio.sleep(LOOK_SECONDS)
