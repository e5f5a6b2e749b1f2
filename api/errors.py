"""Domain errors as HTTP answers: one table, and RFC 9457 problem details that carry the broken rule."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from requests import RequestException
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send
from web3.exceptions import Web3Exception

from api.language import language_of
from api.telemetry import request_id
from chain.commands.callers import CallerUnknown
from chain.commands.workspace import NoNetwork
from chain.content import reason_of
from chain.errors import (
    Conflict,
    ContractRefused,
    DocumentRefused,
    NotFound,
    NotPermitted,
    PearlError,
    RuleBroken,
    Unavailable,
    VersionChanged,
)
from chain.language import LANGUAGES, fill, translate
from chain.store.database import DatabaseNewer, DatabaseOlder

log = logging.getLogger("pearl.api")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PROBLEM_JSON = "application/problem+json"


class CredentialsMissing(PearlError):
    message = "the request bears neither a key nor a token"
    next_step = "send the header 'Authorization: Bearer …' with your key, or with a token of your identity provider"


class VersionMissing(PearlError):
    message = "the request does not say which version it changes"
    next_step = "read the thing, and send its ETag as If-Match"


class HostUnknown(PearlError):
    message = "this service does not answer to the host name of the request"
    next_step = "use the address that it printed, or name the host in PEARL_API_ALLOWED_HOSTS"


class RouteUnknown(PearlError):
    message = "there is nothing at this address"
    next_step = "see /docs for what there is"


class MethodUnknown(PearlError):
    message = "this address does not take the method {method}"
    next_step = "see /docs for what it takes"


class BodyTooLarge(PearlError):
    message = "the body of the request is larger than this address takes"
    next_step = "send less at once"


class RequestInvalid(PearlError):
    message = "the request is not what this address takes"
    next_step = "correct what is listed under errors"


class ValueNotHeld(PearlError):
    message = "the request holds a number or a text that the database cannot hold"
    next_step = "send a smaller number, or the text without control characters"


class StreamsExhausted(PearlError):
    message = "too many streams of events are open"
    next_step = "close one, or ask again in a moment"


class TooManyRequests(PearlError):
    message = "more than {count} requests were made in a minute"
    next_step = "wait as long as the header Retry-After says"


class Unexpected(PearlError):
    message = "something went wrong on our side; nothing was lost"
    next_step = "ask again with the same Idempotency-Key; if it stays, tell the operator the request_id of this answer"


#: The one table. The nearest class up the tree counts.
STATUS: dict[type[PearlError], int] = {
    CredentialsMissing: 401,
    CallerUnknown: 401,
    NotPermitted: 403,
    NotFound: 404,
    RouteUnknown: 404,
    MethodUnknown: 405,
    Conflict: 409,
    NoNetwork: 409,
    VersionChanged: 412,
    BodyTooLarge: 413,
    HostUnknown: 421,
    DocumentRefused: 422,
    RuleBroken: 422,
    RequestInvalid: 422,
    PearlError: 422,
    VersionMissing: 428,
    StreamsExhausted: 429,
    TooManyRequests: 429,
    Unexpected: 500,
    Unavailable: 503,
    DatabaseNewer: 503,
    DatabaseOlder: 503,
}

#: A contract's refusals that say more by their status than that a rule is broken.
CONTRACT_STATUS: dict[str, int] = {
    "NotTheOwner": 403,
    "NotTheBank": 403,
    "NotTheIssuer": 403,
    "NotAParticipant": 403,
    "RoleMissing": 403,
    "ParticipantSuspended": 403,
    "ParticipantExpired": 403,
    "PieceUnknown": 404,
    "LineUnknown": 404,
    "PieceNotInState": 409,
    "OfferStale": 409,
    "OfferExpired": 409,
    "OfferStillOpen": 409,
    "AlreadyOverdue": 409,
}


class ContractError(BaseModel):
    """The contract's own error."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(examples=["CreditLimitExceeded"])
    arguments: str = Field(examples=["line 7.1, requestedMinor 500000, availableMinor 120000"])


class Place(BaseModel):
    """One thing that is wrong in a request."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(examples=["body.payments.0.amount.minor"])
    reason: str = Field(examples=["it should be more than 0"])


def _is_nothing(value: object) -> bool:
    return value is None


class Problem(BaseModel):
    """RFC 9457 problem details, with the broken rule and what to do next."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["urn:pearlchain:rule:CreditLimitExceeded"])
    title: str = Field(examples=["A rule refuses"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["the ledger refuses: CreditLimitExceeded(line 7.1, …)"])
    rule: str = Field(examples=["CreditLimitExceeded"])
    next_step: str = Field(examples=["issue less, or ask the bank to raise the limit"])
    request_id: str | None = Field(
        default=None, description="That of X-Request-ID; the operator finds the request by it.",
        examples=["5f1f1d9e-5a52-4c0e-9df5-3c8f8f0f6a0b"], exclude_if=_is_nothing,
    )  # fmt: skip
    contract_error: ContractError | None = Field(default=None, exclude_if=_is_nothing)
    errors: list[Place] | None = Field(default=None, exclude_if=_is_nothing)


class ProblemResponse(JSONResponse):
    """Problem details. Whoever tells of the request (`api.telemetry.Observed`) finds the rule in its state."""

    def __init__(self, body: Problem, headers: Mapping[str, str]) -> None:
        super().__init__(body.model_dump(), body.status, headers, PROBLEM_JSON)
        self._rule = body.rule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["rule"] = self._rule
        await super().__call__(scope, receive, send)


def status_of(error: PearlError) -> int:
    """The HTTP status of a domain error."""
    if isinstance(error, ContractRefused):
        return CONTRACT_STATUS.get(error.rule, STATUS[RuleBroken])
    return next(STATUS[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUS)


def problem_of(error: PearlError, language: str, errors: list[Place] | None = None) -> Problem:
    """The answer's body, in the reader's language."""
    status = status_of(error)
    contract = None
    if isinstance(error, ContractRefused):
        contract = ContractError(name=error.rule, arguments=str(error.values["arguments"]))
    return Problem(
        type=f"urn:pearlchain:rule:{error.rule}", title=_title(status, language), status=status,
        detail=error.sentence(language), rule=error.rule,
        next_step=error.next_step_text(language), request_id=request_id(), contract_error=contract,
        errors=errors and [Place(place=e.place, reason=translate(e.reason, language)) for e in errors],
    )  # fmt: skip


def problem_by_language(error: PearlError) -> dict[str, Any]:
    """What is kept of an error, for whoever will read it."""
    return {language: problem_of(error, language).model_dump() for language in LANGUAGES}


def problem_response(
    error: PearlError, accept_language: str | None, errors: list[Place] | None = None
) -> ProblemResponse:  # fmt: skip
    """The whole answer."""
    language = language_of(accept_language)
    body = problem_of(error, language, errors)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if body.status == 401:
        # RFC 6750, 3: who sent nothing is told of no error.
        sent_nothing = isinstance(error, CredentialsMissing)
        headers["WWW-Authenticate"] = "Bearer" if sent_nothing else 'Bearer error="invalid_token"'
    if body.status in (429, 503):
        headers["Retry-After"] = "5"
    return ProblemResponse(body, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Every error that is known leaves as problem details; what is not known, `api.guards.Failsafe` answers."""

    @app.exception_handler(PearlError)
    def refused(request: Request, error: PearlError) -> ProblemResponse:
        return problem_response(error, request.headers.get("accept-language"))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
        # What was sent is not repeated: it may hold what should not be in a log.
        accepted = request.headers.get("accept-language")
        places = [
            Place(place=".".join(map(str, entry["loc"])), reason=fill(*reason_of(entry), language_of(accepted)))
            for entry in _told(error.errors())[:50]
        ]
        return problem_response(RequestInvalid(), accepted, places)

    @app.exception_handler(HTTPException)
    def protocol(request: Request, error: HTTPException) -> ProblemResponse:
        answer = problem_response(_protocol_error(request, error), request.headers.get("accept-language"))
        if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(_methods(request))
        return answer

    @app.exception_handler(DataError)
    def not_held(request: Request, error: DataError) -> ProblemResponse:
        # What a route lets through although it should not. The statement, with what was sent, is not for the log.
        log.warning("the database cannot hold a value: %(error)s", {"error": type(error.orig).__name__})
        return problem_response(ValueNotHeld(), request.headers.get("accept-language"))

    @app.exception_handler(Web3Exception)
    @app.exception_handler(RequestException)
    def node_gone(request: Request, error: Exception) -> ProblemResponse:
        log.warning("the node did not answer: %(error)s", {"error": type(error).__name__})
        return problem_response(Unavailable(what="the node"), request.headers.get("accept-language"))


def _told(entries: Sequence[Any]) -> list[Any]:
    """Without those that say that a list is too short of which an entry is refused: it is not counted, so it is no news."""
    refused = {tuple(entry["loc"][:-more]) for entry in entries for more in range(1, len(entry["loc"]))}
    return [entry for entry in entries if entry["type"] != "too_short" or tuple(entry["loc"]) not in refused]


def _protocol_error(request: Request, error: HTTPException) -> PearlError:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return RouteUnknown()
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodUnknown(method=request.method)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return BodyTooLarge()
        case _:
            return RequestInvalid()


def _methods(request: Request) -> list[str]:
    """What the address takes (RFC 9110, 15.5.6); the framework names those of one route where several share an address."""
    wanted = ({**request.scope, "method": method} for method in METHODS)
    return [scope["method"] for scope in wanted if any(r.matches(scope)[0] is Match.FULL for r in request.app.routes)]


def _title(status: int, language: str) -> str:
    return translate(_TITLES[status], language)


_TITLES: Mapping[int, str] = {
    401: "Who asks is not known",
    403: "Not permitted",
    404: "Not found",
    405: "Method not taken",
    409: "Conflict with what is",
    412: "Changed meanwhile",
    413: "Too large",
    421: "Another host is meant",
    422: "A rule refuses",
    428: "The version is missing",
    429: "Too much at once",
    500: "Our fault",
    503: "Not reachable",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for OpenAPI."""
    return {status: {"model": Problem, "description": _TITLES[status]} for status in statuses}
