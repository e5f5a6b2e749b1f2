"""Commands that come over the API: each is a row before anything is done, and is carried out once, by whichever worker has it.

`accept` writes it down in one unit of work; from then on it is answered by its state (`TRANSITIONS`). A worker takes it
(`claim`), does it under keys of its own in the outbox, and writes its end (`succeed`, `refuse`). A worker that dies over it
leaves it to the next: whatever reached the outbox is not made twice there.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, insert, select, update

from chain.commands.permissions import Action
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.errors import Conflict, NotFound, NotPermitted, RuleBroken
from chain.store.tables import commands, operations, uploads

#: How long a worker has a command before another may take it; it says every now and then that it still has it.
LEASE_SECONDS = 60
#: A command that failed for no reason of its own is tried so often.
MOST_ATTEMPTS = 5
#: What could not be done now (no node, no signer) waits twice as long each time, at most so many seconds.
LONGEST_PAUSE_SECONDS = 30
#: Commands of one enterprise that may wait to be carried out; a further one is refused.
MOST_WAITING = 10_000


class CommandState(StrEnum):
    """How far a command has come."""

    AWAITING_APPROVAL = "awaiting_approval"
    """A second person of the enterprise has to approve it."""
    AWAITING_SIGNATURE = "awaiting_signature"
    """The enterprise signs with a wallet of its own, and has to sign what the command needs."""
    ACCEPTED = "accepted"
    """It is written down and will be carried out."""
    RUNNING = "running"
    """A worker carries it out."""
    SUCCEEDED = "succeeded"
    """It is done; its result says what came of it."""
    REFUSED = "refused"
    """A rule refuses it; its problem says which."""
    DECLINED = "declined"
    """A second person declined it, or whoever asked took it back, before anything was done."""
    FAILED = "failed"
    """It could not be carried out for a reason on the service's side, which the operator has to look at."""


TRANSITIONS: dict[CommandState, tuple[CommandState, ...]] = {
    CommandState.AWAITING_APPROVAL: (CommandState.ACCEPTED, CommandState.DECLINED),
    CommandState.ACCEPTED: (CommandState.RUNNING,),
    CommandState.RUNNING: (
        CommandState.SUCCEEDED, CommandState.REFUSED, CommandState.FAILED, CommandState.ACCEPTED,
        CommandState.AWAITING_SIGNATURE, CommandState.RUNNING,
    ),
    CommandState.AWAITING_SIGNATURE: (CommandState.ACCEPTED, CommandState.DECLINED),
    CommandState.SUCCEEDED: (),
    CommandState.REFUSED: (),
    CommandState.DECLINED: (),
    CommandState.FAILED: (),
}  # fmt: skip
"""State → the states that may follow."""

ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)
OPEN = tuple(state.value for state in TRANSITIONS if state not in ENDED)


class CommandNotInState(Conflict):
    message = "the command is {state}, so it can no longer be {wanted}"
    next_step = "read it again"


class OwnApproval(NotPermitted):
    message = "{actor} asked for this itself, and nobody approves what it asked for"
    next_step = "let another person of your enterprise approve it"


class TooMuchWaits(RuleBroken):
    message = "{count} commands of this enterprise wait to be carried out already"
    next_step = "wait until some have ended"


@dataclass(frozen=True)
class Command:
    """One command. Times are unix milliseconds of this machine; ``problem``: language → problem details."""

    sequence: int
    id: str
    enterprise: str
    actor: str
    kind: str
    subject: str | None
    asked: dict[str, Any]
    state: CommandState
    attempts: int
    decided_by: str | None
    signing: list[dict[str, Any]]
    result: Any
    problem: dict[str, Any] | None
    traceparent: str | None
    request_id: str | None
    recorded_at: int
    ended_at: int | None

    @property
    def key(self) -> str:
        """Under which it acts in the outbox."""
        return f"api:{self.id}"


@dataclass(frozen=True)
class Wanted:
    """What a command is, before it has a row. ``key``: the caller's idempotency key."""

    enterprise: str
    actor: str
    eyes: str
    key: str
    kind: str
    asked: dict[str, Any]
    subject: str | None = None
    files: Sequence[bytes] = ()
    needs_approval: bool = False
    traceparent: str | None = None
    request_id: str | None = None

    @property
    def id(self) -> str:
        """Of the enterprise and its key alone, so that a repeated request finds the first one's row."""
        return hashlib.sha256(f"{len(self.enterprise)}:{self.enterprise}{self.key}".encode()).hexdigest()[:32]

    @property
    def input_hash(self) -> str:
        told = [self.kind, self.asked, [hashlib.sha256(content).hexdigest() for content in self.files]]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


Told = Callable[[Connection, Command, str], None]
"""Is told of a change, in the unit of work that makes it: the command after it, and who made it."""


def accepted_before(home: Home, wanted: Wanted) -> Command | None:
    """The command that was accepted under its key. Raises Conflict (same key, other content)."""
    with home.store.read() as connection:
        return _same(connection, wanted)


def accept(home: Home, wanted: Wanted, told: Told) -> tuple[Command, bool]:
    """Write a command down, once for its key. Returns it, and whether it was there before.

    Raises Conflict (same key, other content), TooMuchWaits.
    """
    with home.store.begin() as connection:
        known = _same(connection, wanted)
        return (_inserted(connection, wanted, told), False) if known is None else (known, True)


#: Made once: making a statement takes longer than asking it.
_OF_ID = select(commands).where(commands.c.id == bindparam("of"))
_WAITING = (
    select(commands.c.sequence)
    .where(commands.c.enterprise == bindparam("of"), commands.c.state.in_(OPEN))
    .offset(MOST_WAITING)
    .limit(1)
)
_INSERT = insert(commands).returning(commands)


def _same(connection: Connection, wanted: Wanted) -> Command | None:
    row = connection.execute(_OF_ID, {"of": wanted.id}).mappings().first()
    if row is not None and row["input_hash"] != wanted.input_hash:
        raise Conflict(what="a command with the key {key}", key=wanted.key)
    return None if row is None else _command(row)


def _inserted(connection: Connection, wanted: Wanted, told: Told) -> Command:
    if connection.execute(_WAITING, {"of": wanted.enterprise}).first() is not None:
        raise TooMuchWaits(count=MOST_WAITING)
    state = CommandState.AWAITING_APPROVAL if wanted.needs_approval else CommandState.ACCEPTED
    row = connection.execute(
        _INSERT,
        {
            "id": wanted.id, "enterprise": wanted.enterprise, "actor": wanted.actor, "eyes": wanted.eyes,
            "kind": wanted.kind, "subject": wanted.subject, "input_hash": wanted.input_hash, "asked": wanted.asked,
            "state": state.value, "not_before": 0, "attempts": 0, "traceparent": wanted.traceparent,
            "request_id": wanted.request_id, "recorded_at": _now(),
        },
    )  # fmt: skip
    made = _command(row.mappings().one())
    if wanted.files:
        connection.execute(
            insert(uploads),
            [{"command": made.sequence, "place": n, "content": content} for n, content in enumerate(wanted.files)],
        )
    told(connection, made, wanted.actor)
    return made


# --- carried out ---------------------------------------------------------------------------------------------------


def claim(home: Home, kinds: Collection[str], told: Told) -> Command | None:
    """The oldest command of these kinds that is to be carried out now; the caller has it for `LEASE_SECONDS`."""
    ready = and_(commands.c.state.in_(("accepted", "running")), commands.c.kind.in_(kinds))
    oldest = select(commands.c.sequence).where(ready, commands.c.not_before <= _now())
    oldest = oldest.order_by(commands.c.sequence).limit(1)
    with home.store.read() as connection:
        if connection.execute(oldest).first() is None:
            return None
    with home.store.begin() as connection:
        found = connection.execute(oldest).scalar()
        if found is None:
            return None
        taken = {"state": CommandState.RUNNING.value, "not_before": _now() + LEASE_SECONDS * 1_000}
        return _set(connection, found, taken | {"attempts": commands.c.attempts + 1}, told, "worker")


def has_begun(home: Home, command: Command) -> bool:
    """Whether anything of it went to the outbox, from which nothing is taken back."""
    own = operations.c.key.startswith(command.key, autoescape=True)
    with home.store.read() as connection:
        return connection.execute(select(operations.c.id).where(own).limit(1)).first() is not None


def keep(home: Home, command: Command) -> None:
    """Say that the command is still being carried out."""
    with home.store.begin() as connection:
        connection.execute(
            update(commands)
            .where(commands.c.sequence == command.sequence, commands.c.state == CommandState.RUNNING.value)
            .values(not_before=_now() + LEASE_SECONDS * 1_000)
        )


def succeed(home: Home, command: Command, result: Any, told: Told) -> None:
    """It is done."""
    _end(home, command, {"state": CommandState.SUCCEEDED.value, "result": result, "problem": None}, told)


def refuse(home: Home, command: Command, problem: dict[str, Any], told: Told, *, failed: bool = False) -> None:
    """A rule refuses it; or it ``failed`` on our side."""
    state = CommandState.FAILED if failed else CommandState.REFUSED
    _end(home, command, {"state": state.value, "problem": problem}, told)


def put_off(home: Home, command: Command) -> None:
    """It cannot be done now, for a reason that passes."""
    pause = min(LONGEST_PAUSE_SECONDS, 2 ** min(command.attempts - 1, 10))
    with home.store.begin() as connection:
        connection.execute(
            update(commands)
            .where(commands.c.sequence == command.sequence, commands.c.state == CommandState.RUNNING.value)
            .values(state=CommandState.ACCEPTED.value, not_before=_now() + pause * 1_000)
        )


def await_signature(home: Home, command: Command, signing: list[dict[str, Any]], told: Told) -> None:
    """What it does next needs a signature of the enterprise's own wallet."""
    with home.store.begin() as connection:
        values = {"state": CommandState.AWAITING_SIGNATURE.value, "signing": signing, "attempts": 0}
        _set(connection, command.sequence, values, told, "worker", commands.c.state == CommandState.RUNNING.value)


def _end(home: Home, command: Command, values: dict[str, Any], told: Told) -> None:
    with home.store.begin() as connection:
        running = commands.c.state == CommandState.RUNNING.value
        done = _set(connection, command.sequence, values | {"ended_at": _now()}, told, "worker", running)
        if done is not None:
            connection.execute(delete(uploads).where(uploads.c.command == command.sequence))


def files_of(home: Home, command: Command) -> list[bytes]:
    """What came with it, in its order."""
    own = select(uploads.c.content).where(uploads.c.command == command.sequence).order_by(uploads.c.place)
    with home.store.read() as connection:
        return [bytes(content) for content in connection.execute(own).scalars()]


# --- decided by persons ----------------------------------------------------------------------------------------------


def approve(home: Home, viewer: Viewer, name: str, told: Told) -> Command:
    """Another person of the enterprise approves it. Raises NotFound, OwnApproval, CommandNotInState."""
    with home.store.begin() as connection:
        known = _awaiting(connection, viewer, name, "approved", CommandState.AWAITING_APPROVAL)
        if known["eyes"] == viewer.eyes:
            raise OwnApproval(actor=viewer.actor)
        values = {"state": CommandState.ACCEPTED.value, "decided_by": viewer.actor}
        return _known(_set(connection, known["sequence"], values, told, viewer.actor))


def decline(home: Home, viewer: Viewer, name: str, told: Told) -> Command:
    """Who may approve declines it, or whoever asked takes it back, as long as it waits for a person.

    Raises NotFound, NotPermitted, CommandNotInState.
    """
    waits = (CommandState.AWAITING_APPROVAL, CommandState.AWAITING_SIGNATURE)
    with home.store.begin() as connection:
        known = _awaiting(connection, viewer, name, "declined", *waits)
        if known["eyes"] != viewer.eyes:
            viewer.must(Action.APPROVE)
        values = {"state": CommandState.DECLINED.value, "decided_by": viewer.actor, "ended_at": _now()}
        done = _known(_set(connection, known["sequence"], values, told, viewer.actor))
        connection.execute(delete(uploads).where(uploads.c.command == done.sequence))
        return done


def command_to_sign(home: Home, viewer: Viewer, name: str) -> Command:
    """A command of the viewer's enterprise that awaits a signature. Raises NotFound, CommandNotInState."""
    with home.store.read() as connection:
        return _command(_awaiting(connection, viewer, name, "signed", CommandState.AWAITING_SIGNATURE))


def sign(home: Home, viewer: Viewer, command: Command, signing: list[dict[str, Any]], told: Told) -> Command:
    """``signing``: what ``command`` had to have signed, with the signature that was missing. It is carried on then.

    Raises CommandNotInState, also where somebody else signed it meanwhile.
    """
    with home.store.begin() as connection:
        known = _awaiting(connection, viewer, command.id, "signed", CommandState.AWAITING_SIGNATURE)
        if known["signing"] != command.signing:
            raise CommandNotInState(state=known["state"], wanted="signed")
        values = {"signing": signing, "state": CommandState.ACCEPTED.value, "not_before": 0}
        return _known(_set(connection, known["sequence"], values, told, viewer.actor))


def _awaiting(
    connection: Connection, viewer: Viewer, name: str, wanted: str, *states: CommandState
) -> RowMapping:  # fmt: skip
    own = (commands.c.id == name) & (commands.c.enterprise == viewer.enterprise)
    known = connection.execute(select(commands).where(own)).mappings().first()
    if known is None:
        raise NotFound(what="operation", id=name)
    if known["state"] not in states:
        raise CommandNotInState(state=known["state"], wanted=wanted)
    return known


# --- read ------------------------------------------------------------------------------------------------------------


def command_named(home: Home, enterprise: str | None, name: str) -> Command:
    """One command of the enterprise (None: of anybody's). Raises NotFound."""
    row = _by_id(home, name)
    if row is None or enterprise not in (None, row["enterprise"]):
        raise NotFound(what="operation", id=name)
    return _command(row)


def commands_listed(
    home: Home, enterprise: str | None, *, state: str | None = None, before: int | None = None, most: int = 100
) -> list[Command]:
    """The enterprise's commands (None: all), the newest first; ``before``: a sequence."""
    wanted = [
        *([] if enterprise is None else [commands.c.enterprise == enterprise]),
        *([] if state is None else [commands.c.state == state]),
        *([] if before is None else [commands.c.sequence < before]),
    ]
    found = select(commands).where(*wanted).order_by(commands.c.sequence.desc()).limit(most)
    with home.store.read() as connection:
        return [_command(row) for row in connection.execute(found).mappings()]


def _by_id(home: Home, name: str) -> RowMapping | None:
    with home.store.read() as connection:
        return connection.execute(select(commands).where(commands.c.id == name)).mappings().first()


def _set(
    connection: Connection, sequence: int, values: dict[str, Any], told: Told, actor: str, *conditions: Any
) -> Command | None:
    changed = update(commands).where(commands.c.sequence == sequence, *conditions).values(values).returning(commands)
    row = connection.execute(changed).mappings().first()
    if row is None:
        return None
    after = _command(row)
    told(connection, after, actor)
    return after


def _known(command: Command | None) -> Command:
    assert command is not None, "the row was read in the same unit of work"
    return command


def _command(row: RowMapping) -> Command:
    return Command(
        row["sequence"], row["id"], row["enterprise"], row["actor"], row["kind"], row["subject"], row["asked"],
        CommandState(row["state"]), row["attempts"], row["decided_by"], row["signing"] or [], row["result"],
        row["problem"], row["traceparent"], row["request_id"], row["recorded_at"], row["ended_at"],
    )  # fmt: skip


def _now() -> int:
    return time.time_ns() // 1_000_000


def untold(_connection: Connection, _command: Command, _actor: str) -> None:
    """For callers that tell nobody."""
