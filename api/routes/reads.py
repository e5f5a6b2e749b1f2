"""What is known: health, summary, exposure, graph, picture and the stream of events."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Annotated, Literal

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.desk import OpenStream, TheDesk, TheLanguage, TheViewer
from api.errors import documented
from api.models import Currency, Health, Ready
from api.routes.parts import READS
from api.telemetry import HttpFigures
from chain.commands.metrics import metrics
from chain.commands.permissions import Action
from chain.commands.seen.events import Cursor, events_after, newest_event
from chain.commands.seen.figures import ExposureCell, Summary, exposure_seen, ledger_clock, summary_seen
from chain.commands.seen.graph import Graph, graph_seen
from chain.commands.seen.picture import picture_seen
from chain.language import LANGUAGES
from chain.picture import draw

router = APIRouter(prefix="/v1", tags=["knowledge"])
#: Where whoever watches services looks by itself.
watching = APIRouter(tags=["service"])

#: A stream ends after so many seconds, and the client opens the next one where it ended.
STREAM_SECONDS = 900
#: How often a stream looks for new events.
LOOK_SECONDS = 1.0
#: The text format of Prometheus, as it names itself.
METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"
CURSOR = r"^[0-9]{1,12}\.[0-9]{1,12}$"
MOMENT = r"^([0-9]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2})$"
#: A picture is shown alone or inside a page; in neither case does anything in it run.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@router.get("/health", responses=documented(421, 503), tags=["service"])
def health(desk: TheDesk) -> Health:
    """Whether the service, its database and its node answer, and how far the books are behind. Needs no key, and tells
    nothing else."""
    node_block, _ = desk.workspace.indexer.newest()
    number, time_of_block = ledger_clock(desk.workspace)
    return Health(
        status="ok", last_block=number, node_block=node_block, blocks_behind=max(0, node_block - number),
        ledger_time=time_of_block, version=version("pearlchain"),
    )  # fmt: skip


@router.get("/ready", responses=documented(421, 503), tags=["service"])
def ready(desk: TheDesk) -> Ready:
    """Whether this process may be sent requests: its database answers and has the tables that it works with. Needs no key.
    A node that is away keeps nobody from reading, so it is not asked; see `/v1/health`."""
    desk.workspace.store.check()
    return Ready(status="ready")


@watching.get(
    "/metrics", responses=READS | documented(403) | {200: {"content": {"text/plain": {}}}}, response_class=Response
)
def read_metrics(request: Request, desk: TheDesk, viewer: TheViewer) -> Response:
    """Figures in the text format of Prometheus: how far the books are behind, what waits or is stuck, what the last
    reconciliation found, and this process's own requests. For operator and regulator."""
    viewer.must(Action.READ_METRICS)
    figures: HttpFigures = request.app.state.figures
    text = metrics(desk.workspace) + figures.text()
    return Response(text, headers={"Content-Type": METRICS_TYPE, "Cache-Control": "no-store"})


@router.get("/summary", responses=READS)
def read_summary(desk: TheDesk, viewer: TheViewer) -> Summary:
    """The caller's own figures, now."""
    viewer.must(Action.READ)
    return summary_seen(desk.workspace, desk.current, viewer)


@router.get("/exposure", responses=READS)
def read_exposure(
    desk: TheDesk, viewer: TheViewer,
    as_of: Annotated[str | None, Query(pattern=MOMENT, description="A block, or a day, whose end is meant.")] = None,
    pieces: Annotated[bool, Query(description="With the vouchers behind each amount of now.")] = False,
) -> list[ExposureCell]:  # fmt: skip
    """What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.
    """
    viewer.must(Action.READ_EXPOSURE)
    return exposure_seen(desk.workspace, viewer, as_of, with_pieces=pieces)


@router.get("/graph", responses=READS)
def read_graph(desk: TheDesk, viewer: TheViewer) -> Graph:
    """The supply-chain graph: enterprises, tiers and trade. A party sees its own trade and whom it trades with."""
    viewer.must(Action.READ)
    return graph_seen(desk.workspace, desk.current, viewer)


@router.get("/picture", responses=READS | {200: {"content": {"image/svg+xml": {}}}}, response_class=Response)
def read_picture(
    desk: TheDesk, viewer: TheViewer, asked: TheLanguage,
    currency: Annotated[Currency, Query()] = "CNY",
    language: Annotated[Literal[LANGUAGES] | None, Query(description="That of Accept-Language if none.")] = None,  # type: ignore[valid-type]
    format: Annotated[Literal["svg"], Query()] = "svg",
) -> Response:  # fmt: skip
    """The picture of the chain, as far as the caller may see it."""
    viewer.must(Action.READ)
    shown = language or asked
    text = draw(picture_seen(desk.workspace, desk.current, viewer, currency, shown), shown)
    headers = {"Content-Security-Policy": PICTURE_POLICY, "Content-Language": shown, "Vary": "Accept-Language"}
    return Response(text, media_type="image/svg+xml", headers=headers)


@router.get("/events/stream", responses=READS, response_class=EventSourceResponse, dependencies=[OpenStream])
async def stream_events(
    desk: TheDesk, viewer: TheViewer,
    after: Annotated[str | None, Query(pattern=CURSOR, description="Id of the last event that you got.")] = None,
    last_event_id: Annotated[str | None, Header(pattern=CURSOR)] = None,
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """What happens on the ledger and concerns the caller, as it happens; without a cursor, from now on.

    An event says which thing changed; read the thing for its figures. A stream ends after fifteen minutes: open it again
    with the id of the last event. After a re-organisation of the chain an event may come again with another id.
    """
    viewer.must(Action.READ)
    wanted = last_event_id or after
    cursor = Cursor.parse(wanted) if wanted else await run_sync(newest_event, desk.workspace)
    yield ServerSentEvent(event="ready", data={"cursor": str(cursor)}, id=str(cursor), retry=2000)
    ends = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < ends and not desk.ending():
        told, cursor = await run_sync(events_after, desk.workspace, desk.current, viewer, cursor)
        for event in told:
            yield ServerSentEvent(event=event.name, data=event.model_dump(mode="json", exclude_none=True), id=event.id)
        if not told:
            await anyio.sleep(LOOK_SECONDS)
