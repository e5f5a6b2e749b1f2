"""What is paid off chain at maturity, what is written off, and what is made good after all."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from api.command import OfPiece, WithReason
from api.kinds.payments import (
    ATTEST_PAYMENT,
    COMPLETE_PAYMENT,
    CONFIRM_MADE_GOOD,
    CONFIRM_PAYMENT,
    CONTEST_PAYMENT,
    MAKE_GOOD,
    WRITE_OFF,
    AttestPayment,
    ConfirmMadeGood,
    ConfirmPayment,
)
from api.models import AttestBody, Changed, Made, Operation, PaymentAttested, PaymentConfirmed, PieceText, ReasonBody
from api.routes.parts import WRITES, Accept
from api.routes.router import Router

router = Router("/v1", "vouchers")

Piece = Annotated[PieceText, Path(description="A piece's id.", examples=["7.1.3.2"])]


@router.post("/vouchers/{id}/confirm-payment", status_code=202, responses=WRITES)
async def confirm_payment(id: Piece, body: PaymentConfirmed, accept: Accept) -> Operation[Made]:
    """Who is to be paid (the holder, or the court that holds the piece) says that it was paid off chain, all or a part of it.

    Gives the redeemed piece: this one, or the part that was paid, which is cut off as a piece of its own.
    """
    return await accept(CONFIRM_PAYMENT, ConfirmPayment(piece=id, **dict(body)))


@router.post("/vouchers/{id}/attest-payment", status_code=202, responses=WRITES)
async def attest_payment(id: Piece, body: PaymentAttested, accept: Accept) -> Operation[Changed]:
    """The holder's account bank says that the holder was paid; the holder has some hours to contest that."""
    return await accept(ATTEST_PAYMENT, AttestPayment(piece=id, **dict(body)))


@router.post("/vouchers/{id}/contest-payment", status_code=202, responses=WRITES)
async def contest_payment(id: Piece, body: ReasonBody, accept: Accept) -> Operation[Changed]:
    """The holder says that the payment which its account bank attested did not come."""
    return await accept(CONTEST_PAYMENT, WithReason(piece=id, **dict(body)))


@router.post("/vouchers/{id}/complete-payment", status_code=202, responses=WRITES)
async def complete_payment(id: Piece, accept: Accept) -> Operation[Made]:
    """Complete a payment that was attested and not contested in time; whoever sees the piece may. Gives the redeemed piece."""
    return await accept(COMPLETE_PAYMENT, OfPiece(piece=id))


@router.post("/vouchers/{id}/write-off", status_code=202, responses=WRITES)
async def write_off_voucher(id: Piece, body: ReasonBody, accept: Accept) -> Operation[Changed]:
    """The holder gives an overdue piece up for lost. The line stays used, and its issuer stopped, until it is made good."""
    return await accept(WRITE_OFF, WithReason(piece=id, **dict(body)))


@router.post("/vouchers/{id}/make-good", status_code=202, responses=WRITES)
async def make_good(id: Piece, accept: Accept) -> Operation[Changed]:
    """The issuer pays a written-off piece after all, in deposits of its line's bank."""
    return await accept(MAKE_GOOD, OfPiece(piece=id))


@router.post("/vouchers/{id}/confirm-made-good", status_code=202, responses=WRITES)
async def confirm_made_good(id: Piece, body: AttestBody, accept: Accept) -> Operation[Changed]:
    """Who lost a written-off piece says that it was paid off chain after all, in full."""
    return await accept(CONFIRM_MADE_GOOD, ConfirmMadeGood(piece=id, **dict(body)))
