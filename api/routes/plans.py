"""Propagation plans: the operator makes and carries them out for the network; each party reads its own part."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.desk import IdempotencyKey, TheDesk, TheLanguage, TheViewer
from api.models import PlanBody, RunOutcome
from api.routes.parts import READS, WRITES, tell_replay
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.seen.plans import Plan, plan_seen
from chain.network import Role

router = APIRouter(prefix="/v1", tags=["plans"])

Number = Annotated[int, Path(ge=1, le=2**31)]


@router.post("/plans", status_code=201, responses=WRITES)
def create_plan(body: PlanBody, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> Plan:
    """Decide how credit flows down the tiers, from all that is known now. The same knowledge gives the same plan.

    For the operator: a plan weighs everybody's documents and needs. Nothing moves by it.
    """
    viewer.must_be(Role.OPERATOR, "make a plan for the network")
    with desk.chain_lock:  # what it plans with must not move meanwhile
        number, _ = make_plan(desk.workspace, body.currency)
    return plan_seen(desk.workspace, desk.current, viewer, number, language)


@router.get("/plans/{number}", responses=READS)
def read_plan(number: Number, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> Plan:
    """A plan; a party gets the steps that it is in."""
    return plan_seen(desk.workspace, desk.current, viewer, number, language)


@router.post("/plans/{number}/run", responses=WRITES)
def run_plan(number: Number, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer) -> RunOutcome:
    """Carry a plan out, wave by wave. Repeating it resumes and makes nothing twice.

    The operator starts it and signs none of it: every invoice is confirmed, every piece issued, passed on, accepted or
    rejected with the key of the party whose act it is. That works only for parties that left their key in the service's
    custody, and a recipient answers only by its own standing rule; one without a rule answers itself.
    """
    viewer.must_be(Role.OPERATOR, "carry out a plan for the network")
    load_plan(desk.workspace, number)

    def do(_: str) -> dict[str, Any]:
        result = run(desk.workspace, number)
        return {
            "plan": number,
            "vouchers": {str(step): str(piece) for step, piece in sorted(result.pieces.items())},
            "accepted": sorted(result.accepted), "rejected": sorted(result.rejected),
            "refused": {str(step): rule for step, rule in sorted(result.refused.items())},
        }  # fmt: skip

    reply = desk.act(viewer, key, "run", {"plan": number}, do)
    tell_replay(response, reply)
    return RunOutcome(**reply.body)
