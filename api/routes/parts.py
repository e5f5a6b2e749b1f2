"""What several routes share: the problems that each may answer with, pages of long lists, and how commands are answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from api.command import Asked, CommandKind
from api.desk import (
    AcceptLanguage,
    Desk,
    IdempotencyKey,
    PerhapsIdempotencyKey,
    Prefer,
    TheDesk,
    TheLanguage,
    TheViewer,
    waited,
)
from api.errors import Problem, VersionMissing, documented
from api.language import language_of
from api.models import Operation
from chain.commands.accepted import ENDED, Command, CommandState, Decision, Step, Wanted, command_named
from chain.commands.once import made_before
from chain.commands.permissions import Action
from chain.commands.seen.viewer import Viewer
from chain.commands.wallet import wanted
from chain.money import Money

READS = documented(401, 403, 404, 409, 421, 422, 429, 500, 503)
WRITES = documented(401, 403, 404, 409, 413, 421, 422, 429, 500, 503)

Limit = Annotated[int, Query(ge=1, le=500, description="How many entries at most.")]
Cursor = Annotated[
    str | None,
    Query(
        alias="after",
        min_length=1,
        max_length=2_000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the page before.",
    ),
]
#: What databases count in 32 bits with a sign, and what they hold in 64: the numbers of entries of the audit log and the ledger.
Place = Annotated[int, Query(alias="after", ge=0, lt=2**31, description="`next` of the page before.")]
LongPlace = Annotated[int, Query(alias="after", ge=0, le=2**53, description="`next` of the page before.")]
Moment = Annotated[
    str | None,
    Query(
        pattern=r"^([0-9]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="A block, or a day in UTC+8, whose end is meant; none to come.",
    ),
]


def _if_match(description: str) -> Any:
    return Header(alias="If-Match", max_length=200, description=description, examples=['"3"'])


IfMatch = Annotated[str | None, _if_match("The `ETag` of the version that is changed; required.")]
PerhapsIfMatch = Annotated[str | None, _if_match("The `ETag` of the version that is meant; without it any is.")]
#: What a change may answer with besides: it was changed meanwhile, or does not say which version it changes.
EDITS = WRITES | documented(412, 428)
NO_VERSION = -1

REPLAYED = "Idempotent-Replayed"
#: How often a command that somebody waits for is looked at: at first, and at most.
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.03, 0.25
#: What is not the service's turn any more.
AT_REST = ENDED | {CommandState.AWAITING_APPROVAL, CommandState.AWAITING_SIGNATURE}


@dataclass(frozen=True)
class Acceptor:
    """Accepts a command of the caller's and answers with its operation."""

    desk: Desk
    viewer: Viewer
    key: str
    language: str
    wait: float | None
    response: Response

    async def __call__(
        self, kind: CommandKind[Asked], asked: Asked, files: tuple[bytes, ...] = ()
    ) -> Operation[Any]:  # fmt: skip
        """Raises NotPermitted, NotFound, Conflict, and what else stands against the command at once."""
        return await self.answered(await self.taken_down(kind, asked, files))

    async def taken_down(self, kind: CommandKind[Asked], asked: Asked, files: tuple[bytes, ...] = ()) -> Command:
        """Raises the same."""
        command, replayed = await run_sync(self.desk.accept, self.viewer, self.key, kind, asked, files)
        _point_to(self.response, command, replayed)
        return command

    async def answered(self, command: Command) -> Operation[Any]:
        """Its operation, once it has ended or as long as the caller waits for that."""
        return operation_seen(await followed(self.desk, command, self.wait), self.language)


# These take no time (`api.desk`). Each is told in one go whatever it needs: a further dependency takes as long as a statement.
async def _acceptor(
    request: Request, response: Response, viewer: TheViewer, key: IdempotencyKey, accept_language: AcceptLanguage = None,
    prefer: Prefer = None,
) -> Acceptor:  # fmt: skip
    desk: Desk = request.app.state.desk
    return Acceptor(desk, viewer, key, language_of(accept_language), waited(response, prefer), response)


Accept = Annotated[Acceptor, Depends(_acceptor)]


@dataclass(frozen=True)
class Maker:
    """What makes a thing at once, one time for the caller's idempotency key where it sent one."""

    desk: Desk
    viewer: Viewer
    key: str | None
    response: Response

    def before(self, action: Action, kind: str, body: BaseModel) -> tuple[Wanted | None, str | None]:
        """The request that the thing is made for once, and the id of the thing where it was made before, which the answer
        says. Raises NotPermitted, Conflict."""
        viewer = self.viewer
        viewer.must(action)
        asked = body.model_dump(mode="json")
        if self.key is None:
            return None, None
        once = Wanted(viewer.enterprise, viewer.actor, viewer.eyes, self.key, kind, asked)
        known = made_before(self.desk.workspace, once)
        if known is not None:
            self.response.headers[REPLAYED] = "true"
        return once, known


async def _maker(desk: TheDesk, viewer: TheViewer, response: Response, key: PerhapsIdempotencyKey = None) -> Maker:
    return Maker(desk, viewer, key, response)


Make = Annotated[Maker, Depends(_maker)]


@dataclass(frozen=True)
class Decider:
    """Takes down what the caller decides about a command, and answers with the operation."""

    desk: Desk
    viewer: Viewer
    key: str
    language: str
    response: Response

    async def __call__(
        self, step: Step, id: str, decide: Callable[[Decision], tuple[Command, bool]], *, signature: str = "",
        wait: float | None = None,
    ) -> Operation[Any]:  # fmt: skip
        """Raises what ``decide`` raises."""
        command, replayed = await run_sync(decide, Decision(self.viewer, self.key, step, id, signature))
        _point_to(self.response, command, replayed)
        return operation_seen(await followed(self.desk, command, wait), self.language)


async def _decider(
    desk: TheDesk, viewer: TheViewer, key: IdempotencyKey, language: TheLanguage, response: Response
) -> Decider:
    return Decider(desk, viewer, key, language, response)


Decide = Annotated[Decider, Depends(_decider)]


def _point_to(response: Response, command: Command, replayed: bool) -> None:
    """Say where the operation is read on, and whether this is its answer again."""
    response.headers["Location"] = f"/v1/operations/{command.id}"
    if replayed:
        response.headers[REPLAYED] = "true"


async def followed(desk: Desk, command: Command, wait: float | None) -> Command:
    """The command once it is at rest, or as it is after ``wait`` seconds."""
    if not wait or command.state in AT_REST:
        return command
    ends, pause = time.monotonic() + wait, FIRST_LOOK_SECONDS
    with desk.waits(command.enterprise) as may_wait:
        while may_wait and command.state not in AT_REST and time.monotonic() < ends and not desk.ending():
            await anyio.sleep(pause)
            pause = min(LONGEST_LOOK_SECONDS, pause * 1.5)
            command = await run_sync(command_named, desk.workspace, None, command.id)
    return command


def operation_seen(command: Command, language: str) -> Operation[Any]:
    """A command in the words of the API."""
    to_sign = wanted(command.signing) if command.state is CommandState.AWAITING_SIGNATURE else None
    problem = command.problem and command.problem.get(language, command.problem.get("en"))
    return Operation(
        id=command.id, kind=command.kind, subject=command.subject, state=command.state, enterprise=command.enterprise,
        asked_by=command.actor, decided_by=command.decided_by, asked_at=_moment(command.recorded_at),
        ended_at=None if command.ended_at is None else _moment(command.ended_at),
        asked=command.asked, worth=tuple(Money(minor, currency) for currency, minor in sorted(command.worth.items())),
        to_sign=None if to_sign is None else to_sign["typed_data"], result=command.result,
        problem=None if problem is None else Problem(**problem),
    )  # fmt: skip


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def etag(version: int) -> str:
    """The header that names a thing's version (RFC 9110, 8.8.3)."""
    return f'"{version}"'


def wanted_version(if_match: str | None) -> int | None:
    """The version that ``If-Match`` names; None for ``*``, whatever it is. Raises VersionMissing where there is none.

    What is no ETag of ours is of no version, and so are weak ones and lists (RFC 9110, 13.1.1).
    """
    if if_match is None:
        raise VersionMissing()
    if if_match.strip() == "*":
        return None
    named = re.fullmatch(r'"(0|[1-9][0-9]{0,8})"', if_match.strip())
    return int(named[1]) if named else NO_VERSION
