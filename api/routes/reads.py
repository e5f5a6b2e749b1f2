"""What is known: health, summary, exposure, graph and picture."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response

from api.answers import written, written_at_once
from api.desk import TheDesk, TheLanguage, TheViewer
from api.errors import documented
from api.models import Currency, Health, Ready
from api.routes.parts import READS, Moment
from api.routes.router import Router
from api.telemetry import HttpFigures
from chain.commands.metrics import metrics
from chain.commands.permissions import Action
from chain.commands.seen.figures import ExposureCell, Summary, exposure_seen, ledger_clock, summary_seen
from chain.commands.seen.graph import Graph, graph_seen
from chain.commands.seen.picture import picture_seen
from chain.language import LANGUAGES
from chain.picture import draw

router = Router("/v1", "knowledge")
#: Where whoever watches services looks by itself.
watching = Router("", "service")

#: The text format of Prometheus, as it names itself.
METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"
#: A picture is shown alone or inside a page; in neither case does anything in it run.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@router.get("/health", responses=documented(421, 503), tags=["service"])
async def health(desk: TheDesk) -> Health:
    """Whether the service, its database and its node answer, and how far the books are behind. Needs no key, and tells
    nothing else. The node is asked once a second at most."""
    node_block, _ = await desk.newest()
    number, time_of_block = await run_sync(ledger_clock, desk.workspace)
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
@written
def read_summary(desk: TheDesk, viewer: TheViewer) -> Summary:
    """The caller's own figures, now."""
    viewer.must(Action.READ)
    return summary_seen(desk.workspace, desk.current, viewer)


@router.get("/exposure", responses=READS)
@written_at_once(lambda viewer, as_of, pieces, **_: as_of is None and not pieces and not viewer.sees_all)
def read_exposure(
    desk: TheDesk, viewer: TheViewer,
    as_of: Moment = None,
    pieces: Annotated[bool, Query(description="With the vouchers behind each amount of now.")] = False,
) -> list[ExposureCell]:  # fmt: skip
    """What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.
    """
    viewer.must(Action.READ_EXPOSURE)
    return exposure_seen(desk.workspace, desk.current, viewer, as_of, with_pieces=pieces)


@router.get("/graph", responses=READS)
@written
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
