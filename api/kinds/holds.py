"""Commands about holds: disputes of a trade's sides, and courts' orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind, OfPiece, WithReason, acts, piece_of, sees_piece
from api.models import CourtOrderBody, ObligationText
from chain.commands import holds
from chain.commands.permissions import Action
from chain.commands.seen.obligations import obligation_seen
from chain.commands.workspace import Workspace
from chain.identifiers import ObligationId


class OrderOnPiece(CourtOrderBody, OfPiece):
    """A court's order on this piece."""


class OrderOnObligation(CourtOrderBody, BaseModel):
    """A court's order on this obligation."""

    obligation: ObligationText


def _sees_obligation(case: Case, asked: OrderOnObligation) -> None:
    obligation_seen(case.workspace, case.viewer, ObligationId.parse(asked.obligation))


def _orders_obligation(
    verb: Callable[[Workspace, str, str, ObligationId, str], None],
) -> Callable[[Case, OrderOnObligation], Any]:
    def do(case: Case, asked: OrderOnObligation) -> Any:
        obligation = ObligationId.parse(asked.obligation)
        verb(case.workspace, case.key, case.viewer.enterprise, obligation, asked.order)
        return {"obligation": str(obligation), "held_by_court": holds.is_held_by_court(case.workspace, obligation)}

    return do


DISPUTE = CommandKind(
    "dispute", WithReason, Action.DISPUTE, acts(holds.dispute, "reason"), sees_piece, subject=piece_of
)
END_DISPUTE = CommandKind("end-dispute", OfPiece, Action.DISPUTE, acts(holds.end_dispute), sees_piece, subject=piece_of)
HOLD_BY_COURT = CommandKind(
    "hold-by-court", OrderOnPiece, Action.HOLD_BY_COURT, acts(holds.hold_by_court, "order"), sees_piece,
    subject=piece_of,
)  # fmt: skip
RELEASE_BY_COURT = CommandKind(
    "release-by-court", OrderOnPiece, Action.HOLD_BY_COURT, acts(holds.release_by_court, "order"), sees_piece,
    subject=piece_of,
)  # fmt: skip
HOLD_OBLIGATION_BY_COURT = CommandKind(
    "hold-obligation-by-court", OrderOnObligation, Action.HOLD_BY_COURT,
    _orders_obligation(holds.hold_obligation_by_court), _sees_obligation, subject=lambda asked: asked.obligation,
)  # fmt: skip
RELEASE_OBLIGATION_BY_COURT = CommandKind(
    "release-obligation-by-court", OrderOnObligation, Action.HOLD_BY_COURT,
    _orders_obligation(holds.release_obligation_by_court), _sees_obligation, subject=lambda asked: asked.obligation,
)  # fmt: skip

KINDS = (
    DISPUTE, END_DISPUTE, HOLD_BY_COURT, RELEASE_BY_COURT, HOLD_OBLIGATION_BY_COURT, RELEASE_OBLIGATION_BY_COURT,
)  # fmt: skip
