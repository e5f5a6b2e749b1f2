"""Deposits: a bank credits an account in its own money, which financing and redemption are paid with."""

from __future__ import annotations

from api.models import Balance, DepositBody, Operation
from api.operations import DEPOSIT
from api.routes.parts import WRITES, Accept
from api.routes.router import Router

router = Router("/v1", "deposits")


@router.post("/deposits", status_code=202, responses=WRITES)
async def make_deposit(body: DepositBody, accept: Accept) -> Operation[Balance]:
    """Credit an account at the calling bank: a customer paid in, or the bank lends. Only a bank makes its money."""
    return await accept(DEPOSIT, body)
