"""What stands before every route, outermost first: security headers, the host's name, how often an address may guess, the
key, how often its holder may ask, the body's charset and size."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus

from anyio import BrokenResourceError
from fastapi.responses import JSONResponse
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import (
    BodyTooLarge,
    CredentialsMissing,
    HostUnknown,
    Place,
    RequestInvalid,
    TooManyRequests,
    Unexpected,
    problem_response,
)
from api.limits import Quota, caller_at
from chain.commands.callers import EnterpriseOfAnother
from chain.commands.seen.viewer import Viewer
from chain.errors import PearlError

log = logging.getLogger("pearl.api")

#: Pages take scripts, styles and pictures from this service alone; nothing inline, no frame, no form elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

Resolve = Callable[[str, str | None], Awaitable[Viewer]]
"""Key or token → viewer. Raises CallerUnknown, Unavailable."""


#: As they are sent.
_OF_PAGES = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_OF_THE_API = [*_OF_PAGES, (b"cache-control", b"no-store")]


class SecurityHeaders:
    """Every answer bears the headers, also one that another guard gave. Answers of the API are never cached."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name for name, _ in given}
                own = _OF_THE_API if scope["path"].startswith("/v1/") else _OF_PAGES
                message["headers"] = [*given, *(header for header in own if header[0] not in names)]
            await send(message)

        await self.app(scope, receive, with_headers)


class Failsafe:
    """Whatever escapes the routes leaves as a problem that says nothing of the inside; the log has the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = left = False

        async def heard() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, heard, noticed)
        except Exception as error:
            if left and _is_only_cut_off(error):
                return
            log.exception("a request failed")
            if started:
                raise  # half an answer is out; the server can only break the connection off
            accepted = Headers(scope=scope).get("accept-language")
            await problem_response(Unexpected(), accepted)(scope, receive, send)


def _is_only_cut_off(error: Exception) -> bool:
    """Whether the framework failed only because nobody reads any more: it closes a stream's end while it waits to write to it."""
    return isinstance(error, ExceptionGroup) and error.split(BrokenResourceError)[1] is None


class KnownHost:
    """Answers only to its own names, so that a page elsewhere cannot reach it by a name that it makes point here."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if host_name(headers.get("host", "")) not in self._hosts:
                await problem_response(HostUnknown(), headers.get("accept-language"))(scope, receive, send)
                return
        await self.app(scope, receive, send)


#: What anybody may ask.
OPEN = frozenset({"/v1/health", "/v1/ready"})


def is_closed(path: str) -> bool:
    """Whether nothing is answered there without a key."""
    return path == "/metrics" or (path.startswith("/v1/") and path not in OPEN)


class AddressLimit:
    """Whoever shows too many wrong keys is not listened to for a while, so that its guesses cost no look-up."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._quota = Quota("unauthenticated", per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_closed(scope["path"]):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        address = caller_at(client[0]) if client else ""
        if not self._quota.has_left(address):
            await _too_many(self._quota, address, scope)(scope, receive, send)
            return

        async def noticed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
                self._quota.take(address)
            await send(message)

        await self.app(scope, receive, noticed)


class ActorLimit:
    """So many requests a minute for each of those that have a key."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._quota = Quota("requests", per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        viewer: Viewer | None = scope.get("state", {}).get("viewer")
        if viewer is not None and not self._quota.take(viewer.enterprise):
            await _too_many(self._quota, viewer.enterprise, scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _too_many(quota: Quota, caller: str, scope: Scope) -> JSONResponse:
    response = problem_response(TooManyRequests(count=quota.per_minute), Headers(scope=scope).get("accept-language"))
    response.headers.update(quota.headers(caller))
    return response


#: The header in which a person that is a user of several enterprises says for which it asks.
ENTERPRISE = "Pearl-Enterprise"


class KeyGate:
    """Without a key or a token nothing under ``/v1/``, nor the metrics, is reached. The viewer stands in ``request.state``,
    with a way to ask for it again."""

    def __init__(self, app: ASGIApp, resolve: Resolve) -> None:
        self.app = app
        self._resolve = resolve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_closed(scope["path"]):
            answer = await self._admit(scope)
            if answer is not None:
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _admit(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        scheme, _, text = headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not text.strip():
                raise CredentialsMissing()
            resolve = partial(self._resolve, text.strip(), headers.get(ENTERPRISE))
            viewer = await resolve()
            if headers.get(ENTERPRISE, viewer.enterprise) != viewer.enterprise:
                raise EnterpriseOfAnother(enterprise=headers[ENTERPRISE])
        except PearlError as error:
            return problem_response(error, headers.get("accept-language"))
        state = scope.setdefault("state", {})
        state["viewer"] = viewer
        # What is answered for long asks again: keys are revoked and end, users are disabled and get other duties.
        state["admit_again"] = resolve
        return None


class FormsInUtf8:
    """Names in a form are UTF-8, as it is sent everywhere (RFC 7578, 5.1.2). A form that names another codec is refused: some are
    no character sets, and what they give nobody can write down."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            _, options = parse_options_header(headers.get("content-type"))
            if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
                wrong = [Place(place="header.Content-Type", reason="it should be UTF-8")]
                accepted = headers.get("accept-language")
                await problem_response(RequestInvalid(), accepted, wrong)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """A body above its path's limit is refused: at once where its length is told, else where it passes the limit."""

    def __init__(self, app: ASGIApp, usual: int, of_paths: Mapping[str, int]) -> None:
        self.app = app
        self._usual = usual
        self._of_paths = of_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._of_paths.get(scope["path"], self._usual)
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await problem_response(BodyTooLarge(), headers.get("accept-language"))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                # The framework lets this one through where it reads a body, and `api.errors` answers it.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, counted, send)


def host_name(header: str) -> str:
    """The name in a Host header, without its port and brackets, in lower case."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if text.count(":") == 1 else text


def allowed_hosts(api_host: str, further: Iterable[str]) -> tuple[str, ...]:
    """The names that a service on ``api_host`` answers to; one that listens everywhere has no name of its own."""
    try:
        everywhere = ipaddress.ip_address(api_host).is_unspecified
    except ValueError:
        everywhere = False
    return (*LOOPBACK_NAMES, *(() if everywhere else (api_host,)), *further)
