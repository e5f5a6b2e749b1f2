"""Propagation plans and nettings: the operator makes plans and carries them out for the network; each party reads its own
part, and consents for itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.desk import TheDesk, TheLanguage, TheViewer
from api.models import Operation, Page, PlanBody, PlanMade, RunOutcome, WhatIfBody
from api.operations import CONSENT, PLAN, RUN, WITHDRAW, OfNetting, OfPlan
from api.routes.parts import READS, WRITES, Accept, Limit, Place
from api.routes.router import Router
from chain.commands.permissions import Action
from chain.commands.seen.nettings import Netting, nettings_seen
from chain.commands.seen.plans import ListedPlan, Plan, WhatIf, plan_seen, plans_seen, what_if_seen

router = Router("/v1", "plans")

Number = Annotated[int, Path(ge=1, lt=2**31)]
NettingName = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="A netting's id.")]


@router.post("/plans", status_code=202, responses=WRITES)
async def create_plan(body: PlanBody, accept: Accept) -> Operation[PlanMade]:
    """Decide how credit flows down the tiers, from all that is known now. The same knowledge gives the same plan.

    For the operator: a plan weighs everybody's documents and needs. Nothing moves by it.
    """
    return await accept(PLAN, body)


@router.post("/plans/what-if", responses=WRITES)
def plan_what_if(body: WhatIfBody, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> WhatIf:
    """What would be planned now if a line were larger, an invoice missing, a rule another: that plan, read as a plan is, and
    what differs from today's. Nothing is written.

    For the operator, as plans are.
    """
    viewer.must(Action.PLAN)
    with desk.deciding:
        return what_if_seen(desk.workspace, desk.current, viewer, body.currency, body.changes, language)


@router.get("/plans", responses=READS)
def list_plans(desk: TheDesk, viewer: TheViewer, after: Place = 0, limit: Limit = 100) -> Page[ListedPlan]:
    """The plans, the newest first: a party gets those with a step that it is in, operator and regulator all."""
    viewer.must(Action.READ)
    found, end = plans_seen(desk.workspace, viewer, before=after or None, most=limit)
    return Page(items=tuple(found), next=None if end is None else str(end))


@router.get("/plans/{number:int}", responses=READS)
def read_plan(number: Number, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> Plan:
    """One plan; a party gets the steps that it is in, what the plan does for it, and its legs of the nettings proposed."""
    viewer.must(Action.READ)
    return plan_seen(desk.workspace, desk.current, viewer, number, language)


@router.post("/plans/{number}/run", status_code=202, responses=WRITES)
async def run_plan(number: Number, accept: Accept) -> Operation[RunOutcome]:
    """Carry a plan out, wave by wave. Repeating it resumes and makes nothing twice.

    The operator starts it and signs none of it: every invoice is confirmed, every piece issued, passed on, accepted or
    rejected with the key of the party whose act it is. That works only for parties that left their key in the service's
    custody, and a recipient answers only by its own standing rule; one without a rule answers itself. Where what the plan
    issues is above the operator's limit of four eyes, another one of the operator approves it first.
    """
    return await accept(RUN, OfPlan(plan=number))


@router.get("/nettings", responses=READS)
def list_nettings(desk: TheDesk, viewer: TheViewer) -> list[Netting]:
    """Debts in circles that cancel once everybody in the circle consents: what the newest plans propose, and whatever somebody
    consented to. A party gets those that it is in, and of these the legs in which it owes or is owed."""
    viewer.must(Action.READ)
    return nettings_seen(desk.workspace, desk.current, viewer)


@router.post("/nettings/{id}/consent", status_code=202, responses=WRITES)
async def consent_to_netting(id: NettingName, accept: Accept) -> Operation[Netting]:
    """The caller consents to exactly these figures; silence is never consent, and nobody consents for another.

    Once everybody has, the debts are cancelled. Consenting again changes nothing.
    """
    return await accept(CONSENT, OfNetting(netting=id))


@router.post("/nettings/{id}/withdraw", status_code=202, responses=WRITES)
async def withdraw_from_netting(id: NettingName, accept: Accept) -> Operation[Netting]:
    """The caller takes its consent back, as long as somebody else has not consented yet."""
    return await accept(WITHDRAW, OfNetting(netting=id))
