"""What a document cannot say of an API: how a command is followed, what is sent again, where an answer is an exception."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar, cast

import httpx
from standardwebhooks import Webhook

from pearlchain_client.generated.api.operations import read_operation
from pearlchain_client.generated.client import AuthenticatedClient
from pearlchain_client.generated.models.problem import Problem
from pearlchain_client.generated.types import Response

#: How often a command is sent under one key where the service cannot be reached or has no time, and how long is waited at most.
ATTEMPTS = 6
LONGEST_PAUSE = 30.0
#: How long an operation is waited for in one request.
WAIT_SECONDS = 20
AWAITING = ("awaiting_approval", "awaiting_signature")
#: Statuses of a service that has no time now.
COME_AGAIN = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
ENDED = ("succeeded", "refused", "declined", "failed")


class Command(Protocol):
    """The state of a command; what came of it is its ``result``."""

    id: str
    state: str
    problem: Problem | None


class Page(Protocol):
    """One page of a long list."""

    next_: str | None


Answer = TypeVar("Answer")
Given = TypeVar("Given", bound=Command)
Listed = TypeVar("Listed", bound=Page)


class Asked(Protocol[Answer]):
    """A module of ``generated.api``: one operation of the service, and what it answers."""

    @property
    def sync_detailed(self) -> Callable[..., Response[Answer | Problem]]: ...


class Refused(Exception):
    """The service refuses; ``problem`` says by which rule, and what to do next."""

    def __init__(self, problem: Problem) -> None:
        places = "".join(f"; {one.place}: {one.reason}" for one in problem.errors or ())
        super().__init__(f"{problem.detail} [{problem.rule}]{places}; {problem.next_step}")
        self.problem = problem

    @property
    def rule(self) -> str:
        """Name of the broken rule."""
        return self.problem.rule


class Awaiting(Exception):
    """The command waits for a person: ``operation`` says for whom, and in ``to_sign`` what a wallet signs."""

    def __init__(self, operation: Command) -> None:
        super().__init__(f"operation {operation.id} is {operation.state}")
        self.operation = operation


class Declined(Exception):
    """A second person declined the command, or it was taken back."""


@dataclass(frozen=True)
class Event:
    """What changed. ``id`` is where a next stream goes on."""

    id: str
    name: str
    data: Any


class Pearlchain:
    """One caller of one service. ``token``: a key of the service, or a token of its identity provider; ``enterprise``: the id of
    the one that it acts for, where that is a person's who acts for several."""

    def __init__(
        self, address: str, token: str, *, enterprise: str | None = None, language: str = "en", timeout: float = 60.0
    ) -> None:
        headers = {"Accept-Language": language} | ({} if enterprise is None else {"Pearl-Enterprise": enterprise})
        self._client = AuthenticatedClient(
            base_url=address, token=token, headers=headers, timeout=httpx.Timeout(timeout),
            raise_on_unexpected_status=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.get_httpx_client().close()

    def ask(self, operation: Asked[Answer], **asked: Any) -> Answer:
        """The answer of one operation. Raises Refused, httpx.TransportError where there is none."""
        return self._answer(operation, asked)

    def pages(self, operation: Asked[Listed], **asked: Any) -> Iterator[Any]:
        """All entries of a long list, page by page."""
        while True:
            page: Any = self.ask(operation, **asked)
            yield from page.items
            if page.next_ is None:
                return
            asked["after"] = page.next_

    def do(self, command: Asked[Given], *, idempotency_key: str | None = None, **asked: Any) -> Given:
        """Give a command and follow it. Gives its operation, which succeeded; raises Refused, Declined, Awaiting.

        It is sent again under the same key where the service cannot be reached or asks to wait, so it is done one time.
        """
        asked |= {"idempotency_key": idempotency_key or str(uuid.uuid4()), "prefer": f"wait={WAIT_SECONDS}"}
        return self._succeeded(self._answer(command, asked, attempts=ATTEMPTS))

    def follow(self, operation: Given) -> Given:
        """The operation once it has succeeded, with its ``result``. Raises Refused, Declined, Awaiting.

        It is read first: what it waited for when it was last read may have come since.
        """
        return self._succeeded(operation if operation.state in ENDED else self._read(operation))

    def events(self, after: str | None = None) -> Iterator[Event]:
        """What happens and concerns the caller, without end: a stream that ends is opened again where it ended."""
        client = self._client.get_httpx_client()
        last = after
        while True:
            headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": last})
            pause = 0.0
            try:
                with client.stream("GET", "/v1/events/stream", headers=headers) as answer:
                    if answer.status_code in COME_AGAIN:
                        pause = _pause(answer.headers, 1.0)
                    elif answer.status_code != httpx.codes.OK:
                        raise Refused(Problem.from_dict(json.loads(answer.read())))
                    else:
                        for event in _events(answer.iter_lines()):
                            last = event.id or last
                            if event.name != "ready":
                                yield event
            except httpx.TransportError:
                pause = 1.0
            time.sleep(pause)

    def _succeeded(self, operation: Given) -> Given:
        while operation.state not in ENDED:
            if operation.state in AWAITING:
                raise Awaiting(operation)
            operation = self._read(operation)
        if operation.problem is not None:
            raise Refused(operation.problem)
        if operation.state == "declined":
            raise Declined(operation.id)
        return operation

    def _read(self, operation: Given) -> Given:
        """The operation as it is now. Any is read in one form; its own form types the result."""
        kind: Any = type(operation)
        asked = {"id": operation.id, "prefer": f"wait={WAIT_SECONDS}"}
        read: Given = kind.from_dict(self._answer(read_operation, asked, attempts=ATTEMPTS).to_dict())
        return read

    def _answer(self, operation: Asked[Answer], asked: Mapping[str, Any], attempts: int = 1) -> Answer:
        for attempt in range(1, attempts + 1):
            pause = min(LONGEST_PAUSE, 0.5 * 2**attempt)
            try:
                answer = operation.sync_detailed(client=self._client, **asked)
            except httpx.TransportError:
                if attempt == attempts:
                    raise
            else:
                if not isinstance(answer.parsed, Problem):
                    return cast(Answer, answer.parsed)
                if attempt == attempts or answer.status_code not in COME_AGAIN:
                    raise Refused(answer.parsed)
                pause = _pause(answer.headers, pause)
            time.sleep(pause)
        raise AssertionError("the last attempt gives or raises")


def _pause(headers: Mapping[str, str], otherwise: float) -> float:
    """How long a service asks to wait, within bounds; a date (RFC 9110, 10.2.3) is not worked out."""
    asked = headers.get("retry-after", "")
    return min(LONGEST_PAUSE, float(asked) if asked.isdecimal() else otherwise)


def webhook(secret: str, body: bytes | str, headers: Mapping[str, str]) -> Any:
    """The content of a webhook that bears the signature of ``secret`` (Standard Webhooks), sent within the last five minutes.

    Raises standardwebhooks.WebhookVerificationError.
    """
    return Webhook(secret).verify(body, dict(headers))


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """Server-sent events of a stream's lines (HTML standard, 9.2.6)."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            value = value.removeprefix(" ")
            fields[name] = f"{fields['data']}\n{value}" if name == "data" and "data" in fields else value
        elif not line:
            if "data" in fields:
                yield Event(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
            fields = {}
