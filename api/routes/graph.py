"""Parts of the supply-chain graph: whom somebody trades with, tiers, and what is open between pairs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.desk import TheDesk, TheViewer
from api.models import Currency, EnterpriseText, Page
from api.routes.parts import READS, Cursor, Limit
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.graph import Neighbourhood, Tier, TradeFlow, flows_seen, neighbourhood_seen, tiers_seen

router = Router("/v1/graph", "knowledge")

#: More would be the whole graph.
MOST_HOPS = 4


@router.get("/neighbourhood", responses=READS)
def read_neighbourhood(
    desk: TheDesk, viewer: TheViewer,
    enterprise: Annotated[EnterpriseText | None, Query(description="The caller itself where none is given.")] = None,
    hops: Annotated[int, Query(ge=1, le=MOST_HOPS)] = 1, after: Cursor = None, limit: Limit = 100,
) -> Neighbourhood:  # fmt: skip
    """The enterprises within so many hops of one, along trade either way, and what they have with each other.

    A party sees its own relations only, wherever it looks from.
    """
    viewer.must(Action.READ)
    around = enterprise or viewer.enterprise
    return neighbourhood_seen(desk.workspace, desk.current, viewer, around, hops, after=after, most=limit)


@router.get("/tiers", responses=READS)
def list_tiers(
    desk: TheDesk, viewer: TheViewer,
    core: Annotated[EnterpriseText | None, Query(description="Below this core enterprise; below the nearest if none.")] = None,
    after: Cursor = None, limit: Limit = 100,
) -> Page[Tier]:  # fmt: skip
    """How many steps below a core enterprise everybody is: to a party itself and whom it trades with."""
    viewer.must(Action.READ)
    found, end = tiers_seen(desk.workspace, desk.current, viewer, core, after=after, most=limit)
    return Page(items=found, next=end)


@router.get("/flows", responses=READS)
def list_flows(
    desk: TheDesk, viewer: TheViewer, currency: Annotated[Currency | None, Query()] = None, after: Cursor = None,
    limit: Limit = 100,
) -> Page[TradeFlow]:  # fmt: skip
    """What buyers owe sellers by open invoices, and how much of it is proven; a party's own."""
    viewer.must(Action.READ)
    found, end = flows_seen(desk.workspace, desk.current, viewer, currency, after=after, most=limit)
    return Page(items=found, next=end)
