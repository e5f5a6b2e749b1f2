"""Deposits: a bank credits an account in its own money, which financing and redemption are paid with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.desk import IdempotencyKey, TheDesk, TheViewer
from api.models import Balance, DepositBody
from api.routes.parts import WRITES, tell_replay
from chain.commands.deposit import deposit
from chain.commands.permissions import Action

router = APIRouter(prefix="/v1", tags=["deposits"])


@router.post("/deposits", status_code=201, responses=WRITES)
def make_deposit(
    body: DepositBody, key: IdempotencyKey, response: Response, desk: TheDesk, viewer: TheViewer
) -> Balance:
    """Credit an account at the calling bank: a customer paid in, or the bank lends. Only a bank makes its money."""
    viewer.must(Action.DEPOSIT)

    def do(name: str) -> dict[str, Any]:
        after = deposit(
            desk.workspace, name, viewer.enterprise, body.enterprise, body.amount.currency, body.amount.minor
        )
        return {"enterprise": body.enterprise, "balance": {"minor": after, "currency": body.amount.currency}}

    reply = desk.act(viewer, key, "deposit", body.model_dump(mode="json"), do)
    tell_replay(response, reply)
    return Balance(**reply.body)
