"""Propagation plans and nettings: the operator makes plans and carries them out for the network; each party reads its own
part, and consents for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.desk import Desk, IdempotencyKey, TheDesk, TheLanguage, TheViewer
from api.models import PlanBody, RunOutcome
from api.routes.parts import READS, WRITES, tell_replay
from chain.commands.netting import KnownNetting, consent, withdraw
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.seen.nettings import Netting, must_see_netting, netting_seen, nettings_seen
from chain.commands.seen.plans import Plan, plan_seen
from chain.commands.seen.viewer import Viewer
from chain.network import Role

router = APIRouter(prefix="/v1", tags=["plans"])

Number = Annotated[int, Path(ge=1, le=2**31)]
NettingName = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="A netting's id.")]


@router.post("/plans", status_code=201, responses=WRITES)
def create_plan(body: PlanBody, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> Plan:
    """Decide how credit flows down the tiers, from all that is known now. The same knowledge gives the same plan.

    For the operator: a plan weighs everybody's documents and needs. Nothing moves by it.
    """
    viewer.must_be(Role.OPERATOR, "make a plan for the network")
    with desk.chain_lock:  # what it plans with must not move meanwhile
        number, _ = make_plan(desk.workspace, body.currency, by=viewer.acting)
    return plan_seen(desk.workspace, desk.current, viewer, number, language)


@router.get("/plans/{number}", responses=READS)
def read_plan(number: Number, desk: TheDesk, viewer: TheViewer, language: TheLanguage) -> Plan:
    """A plan; a party gets the steps that it is in, what the plan does for it, and its legs of the nettings proposed."""
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


@router.get("/nettings", responses=READS)
def list_nettings(desk: TheDesk, viewer: TheViewer) -> list[Netting]:
    """Debts in circles that cancel once everybody in the circle consents: what the newest plans propose, and whatever somebody
    consented to. A party gets those that it is in, and of these the legs in which it owes or is owed."""
    return nettings_seen(desk.workspace, desk.current, viewer)


@router.post("/nettings/{id}/consent", responses=WRITES)
def consent_to_netting(id: NettingName, desk: TheDesk, viewer: TheViewer) -> Netting:
    """The caller consents to exactly these figures; silence is never consent, and nobody consents for another.

    Once everybody has, the debts are cancelled. Repeating it changes nothing.
    """
    viewer.must_move("consent to a netting")
    return _say(desk, viewer, id, consent)


@router.post("/nettings/{id}/withdraw", responses=WRITES)
def withdraw_from_netting(id: NettingName, desk: TheDesk, viewer: TheViewer) -> Netting:
    """The caller takes its consent back, as long as somebody else has not consented yet."""
    viewer.must_move("withdraw from a netting")
    return _say(desk, viewer, id, withdraw)


def _say(desk: Desk, viewer: Viewer, name: str, verb: Callable[..., KnownNetting]) -> Netting:
    with desk.chain_lock:  # what backs pieces already must not move meanwhile
        must_see_netting(desk.workspace, desk.current, viewer, name)
        known = verb(desk.workspace, name, viewer.enterprise, viewer.enterprise, by=viewer.acting)
    return netting_seen(desk.workspace, viewer, known)
