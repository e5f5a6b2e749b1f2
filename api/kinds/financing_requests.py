"""Commands about holders' requests for quotes (`chain.commands.financing_requests`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind, piece_of
from api.kinds.sales import PartOfPiece, as_part, is_part
from api.models import DeclineBody, FinancingRequestBody
from chain.commands.financing_requests import Ended, ask, end, must_be_bank, must_sell, was_asked
from chain.commands.permissions import Action
from chain.commands.seen.financing_requests import financing_request_seen
from chain.commands.seen.vouchers import must_see
from chain.identifiers import PieceId


class AskForQuote(FinancingRequestBody, PartOfPiece):
    """For this piece."""


class OfRequest(BaseModel):
    """A command about one request."""

    request: str


class DeclineRequest(DeclineBody, OfRequest):
    """This request."""


def _request_of(asked: OfRequest) -> str:
    return asked.request


def _may_ask(case: Case, asked: AskForQuote) -> None:
    own, workspace = case.viewer.enterprise, case.workspace
    if was_asked(workspace, case.key):
        return
    must_sell(workspace, own, must_see(workspace, case.current, case.viewer, PieceId.parse(asked.piece)))
    must_be_bank(workspace, own, asked.bank)
    is_part(case, asked)


def _sees_request(case: Case, asked: OfRequest) -> None:
    financing_request_seen(case.workspace, case.viewer, asked.request)


def _shown(case: Case, name: str) -> Any:
    return financing_request_seen(case.workspace, case.viewer, name).model_dump(mode="json")


def _ask(case: Case, asked: AskForQuote) -> Any:
    assert asked.amount is not None, "it was settled when it was accepted"
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    return _shown(case, ask(case.workspace, case.key, own, piece, asked.bank, asked.amount.minor))


def _withdraw(case: Case, asked: OfRequest) -> Any:
    end(case.workspace, case.viewer.enterprise, asked.request, Ended.WITHDRAWN)
    return _shown(case, asked.request)


def _decline(case: Case, asked: DeclineRequest) -> Any:
    end(case.workspace, case.viewer.enterprise, asked.request, Ended.DECLINED, asked.reason)
    return _shown(case, asked.request)


ASK_FOR_QUOTE = CommandKind(
    "ask-for-quote", AskForQuote, Action.FINANCE, _ask, _may_ask, settle=as_part, subject=piece_of
)
WITHDRAW_REQUEST = CommandKind(
    "withdraw-request", OfRequest, Action.FINANCE, _withdraw, _sees_request, subject=_request_of
)
DECLINE_REQUEST = CommandKind(
    "decline-request", DeclineRequest, Action.QUOTE, _decline, _sees_request, subject=_request_of
)

KINDS = (ASK_FOR_QUOTE, WITHDRAW_REQUEST, DECLINE_REQUEST)
