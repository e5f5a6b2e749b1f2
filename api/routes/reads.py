"""What is known: health, summary, exposure, graph and picture."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.desk import TheDesk, TheLanguage, TheViewer
from api.errors import documented
from api.models import Currency, Health
from api.routes.parts import READS
from chain.commands.metrics import metrics
from chain.commands.seen.figures import ExposureCell, Summary, exposure_seen, ledger_clock, summary_seen
from chain.commands.seen.graph import Graph, graph_seen
from chain.commands.seen.picture import picture_seen
from chain.errors import NotPermitted
from chain.language import LANGUAGES
from chain.picture import draw

router = APIRouter(prefix="/v1", tags=["knowledge"])
#: Where whoever watches services looks by itself.
watching = APIRouter(tags=["service"])

#: The text format of Prometheus, as it names itself.
METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"
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


@watching.get(
    "/metrics", responses=READS | documented(403) | {200: {"content": {"text/plain": {}}}}, response_class=Response
)
def read_metrics(desk: TheDesk, viewer: TheViewer) -> Response:
    """Figures in the text format of Prometheus: how far the books are behind, what waits or is stuck, what the last
    reconciliation found. For operator and regulator."""
    if not viewer.sees_all:
        raise NotPermitted(actor=viewer.name, action="read the service's figures", role="operator")
    return Response(metrics(desk.workspace), headers={"Content-Type": METRICS_TYPE, "Cache-Control": "no-store"})


@router.get("/summary", responses=READS)
def read_summary(desk: TheDesk, viewer: TheViewer) -> Summary:
    """The caller's own figures, now."""
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
    return exposure_seen(desk.workspace, viewer, as_of, with_pieces=pieces)


@router.get("/graph", responses=READS)
def read_graph(desk: TheDesk, viewer: TheViewer) -> Graph:
    """The supply-chain graph: enterprises, tiers and trade. A party sees its own trade and whom it trades with."""
    return graph_seen(desk.workspace, desk.current, viewer)


@router.get("/picture", responses=READS | {200: {"content": {"image/svg+xml": {}}}}, response_class=Response)
def read_picture(
    desk: TheDesk, viewer: TheViewer, asked: TheLanguage,
    currency: Annotated[Currency, Query()] = "CNY",
    language: Annotated[Literal[LANGUAGES] | None, Query(description="That of Accept-Language if none.")] = None,  # type: ignore[valid-type]
    format: Annotated[Literal["svg"], Query()] = "svg",
) -> Response:  # fmt: skip
    """The picture of the chain, as far as the caller may see it."""
    shown = language or asked
    text = draw(picture_seen(desk.workspace, desk.current, viewer, currency, shown), shown)
    headers = {"Content-Security-Policy": PICTURE_POLICY, "Content-Language": shown, "Vary": "Accept-Language"}
    return Response(text, media_type="image/svg+xml", headers=headers)
