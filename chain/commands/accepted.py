"""Commands that come over the API: each is a row before anything is done, and is carried out once, by whichever worker has it.

`accept` writes it down in one unit of work; from then on it is answered by its state (`TRANSITIONS`). A worker takes it
(`claim`), does it under keys of its own in the outbox, and writes its end (`succeed`, `refuse`). A worker that dies over it
leaves it to the next: whatever reached the outbox is not made twice there. Who claimed it last has it; who had it before
changes nothing of it any more.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, insert, select, update

from chain.commands.audit import WORKER, Acting
from chain.commands.permissions import Action
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.errors import Conflict, NotFound, NotPermitted, PearlError, RuleBroken
from chain.store.prepared import Prepared, Row
from chain.store.tables import commands, decisions, four_eyes, operations, uploads

#: How long a worker has a command before another may take it; it says every now and then that it still has it.
LEASE_SECONDS = 60
#: A command that failed for no reason of its own, or over which workers died, is tried so often.
MOST_ATTEMPTS = 5
#: What could not be done now (no node, no signer) waits twice as long each time, at most so many seconds.
LONGEST_PAUSE_SECONDS = 30
#: Commands of one enterprise that may wait to be carried out; a further one is refused.
MOST_WAITING = 10_000
#: What one person asked for within it, four eyes count together.
DAY_MILLISECONDS = 86_400_000
#: Bytes of an enterprise's files that may wait to be read; one upload alone may have more.
MOST_FILE_BYTES_WAITING = 200 * 1024 * 1024


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
        CommandState.AWAITING_APPROVAL, CommandState.AWAITING_SIGNATURE, CommandState.RUNNING,
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


class Step(StrEnum):
    """What happened to a command."""

    ASKED = "asked"
    """It was written down."""
    APPROVED = "approved"
    """A second person approved it."""
    SIGNED = "signed"
    """Its enterprise's own wallet signed what it needs next."""
    DECLINED = "declined"
    """A person declined it, or took it back."""
    CARRIED = "carried"
    """A worker took it, left it to a person, or ended it."""


class CommandNotInState(Conflict):
    message = "the command is {state}, so it can no longer be {wanted}"
    next_step = "read it again"


class OwnApproval(NotPermitted):
    """``reason`` says why the one that approves counts as the one that asked."""

    message = "nobody approves what it asked for: {reason}"
    next_step = "let another person of your enterprise approve it"


class PartDone(RuleBroken):
    message = "it was declined after {count} of its signatures had been given: what was done with them stays done"
    next_step = "read the things that it names for how far it came, and ask for the rest anew, under another key"


class TooMuchWaits(RuleBroken):
    message = "{count} commands of this enterprise wait to be carried out already"
    next_step = "wait until some have ended"


class FilesWait(RuleBroken):
    message = "{bytes} bytes of this enterprise's files wait to be read, and with these it would be more than {most}"
    next_step = "wait until some have been read, and send these again"


@dataclass(frozen=True)
class Command:
    """One command. Times are unix milliseconds of this machine; ``problem``: language → problem details.

    ``asked``: with all that was settled when it was accepted; ``worth``: currency → minor units that four eyes counted then;
    ``attempts``: how often a worker took it, which tells the one that has it from those that had it; ``failures``: how often
    one failed or died over it since it was last signed.
    """

    sequence: int
    id: str
    enterprise: str
    actor: str
    kind: str
    subject: str | None
    asked: dict[str, Any]
    state: CommandState
    attempts: int
    failures: int
    worth: dict[str, int]
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
    """What a command is, before it has a row. ``key``: the caller's idempotency key; ``asked``: what the caller asked for, which
    the same key is held against; ``settled``: the same with what is settled now, such as which pieces are due; ``worth``:
    currency → minor units that four eyes count."""

    enterprise: str
    actor: str
    eyes: str
    key: str
    kind: str
    asked: dict[str, Any]
    subject: str | None = None
    files: Sequence[bytes] = ()
    settled: dict[str, Any] | None = None
    worth: Mapping[str, int] = field(default_factory=dict)
    needs_approval: bool = False
    traceparent: str | None = None
    request_id: str | None = None

    @property
    def id(self) -> str:
        """Of the enterprise and its key alone, so that a repeated request finds the first one's row."""
        return _id_of(self.enterprise, self.key)

    @property
    def input_hash(self) -> str:
        return _hash_of([self.kind, self.asked, [hashlib.sha256(content).hexdigest() for content in self.files]])


@dataclass(frozen=True)
class Decision:
    """What a person decides about a command. ``key``: the caller's idempotency key; ``signature``: that of the enterprise's own
    wallet, where the step is that it signed."""

    viewer: Viewer
    key: str
    step: Step
    command: str
    signature: str = ""

    @property
    def id(self) -> str:
        """Made as a command's is: an enterprise's keys are one space."""
        return _id_of(self.viewer.enterprise, self.key)

    @property
    def input_hash(self) -> str:
        return _hash_of([self.step.value, self.command, self.signature])


def _id_of(enterprise: str, key: str) -> str:
    return hashlib.sha256(f"{len(enterprise)}:{enterprise}{key}".encode()).hexdigest()[:32]


def _hash_of(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


Told = Callable[[Connection, Command, Step, Acting], None]
"""Is told of a step, in the unit of work that makes it: the command after it, what happened, and who did it, by which request."""


def accepted_before(home: Home, wanted: Wanted) -> Command | None:
    """The command that was accepted under its key. Raises Conflict (same key, other content)."""
    return _same(home.store.ask(_OF_ID, {"of": wanted.id}), wanted)


def accept(home: Home, wanted: Wanted, told: Told) -> tuple[Command, bool]:
    """Write a command down, once for its key. Returns it, and whether it was there before.

    Raises Conflict (same key, other content), TooMuchWaits.
    """
    with home.store.begin() as connection:
        (before,) = _BEFORE.rows(connection, {"of": wanted.id, "enterprise": wanted.enterprise})
        known = _same(_OF_ID.rows(connection, {"of": wanted.id}), wanted) if before.is_known else None
        return (_inserted(connection, wanted, before, told), False) if known is None else (known, True)


_OF_ID = Prepared(select(commands).where(commands.c.id == bindparam("of")))
_ONE_TOO_MANY = (
    select(commands.c.sequence)
    .where(commands.c.enterprise == bindparam("enterprise"), commands.c.state.in_(OPEN))
    .offset(MOST_WAITING)
    .limit(1)
    .scalar_subquery()
)
#: What stands against a further command, or in its place: in one statement, since all others wait until it is written down.
_BEFORE = Prepared(
    select(
        exists().where(commands.c.id == bindparam("of")).label("is_known"),
        exists().where(decisions.c.id == bindparam("of")).label("is_decided"),
        _ONE_TOO_MANY.label("one_too_many"),
    )
)
#: Of those that have not ended: what has, has no files any more, and is ever more.
_FILES_WAITING = Prepared(
    select(func.sum(func.length(uploads.c.content)).label("waiting")).where(
        uploads.c.command.in_(
            select(commands.c.sequence).where(commands.c.enterprise == bindparam("of"), commands.c.state.in_(OPEN))
        )
    )
)
_INSERT = Prepared(
    insert(commands).returning(commands),
    "id", "enterprise", "actor", "eyes", "kind", "subject", "input_hash", "asked", "worth", "state", "not_before",
    "attempts", "failures", "traceparent", "request_id", "recorded_at",
)  # fmt: skip
_DECISION = Prepared(select(decisions).where(decisions.c.id == bindparam("of")))


_LIMITS_OF_A_DAY = Prepared(
    select(four_eyes.c.currency, four_eyes.c.day_above_minor).where(
        four_eyes.c.enterprise == bindparam("of"), four_eyes.c.day_above_minor.is_not(None)
    )
)
#: What one person asked for since then, and nobody else decided about.
_ALONE = Prepared(
    select(commands.c.worth).where(
        commands.c.enterprise == bindparam("of"),
        commands.c.eyes == bindparam("eyes"),
        commands.c.recorded_at > bindparam("since"),
        commands.c.decided_by.is_(None),
        commands.c.state.not_in(
            [CommandState.REFUSED.value, CommandState.DECLINED.value, CommandState.AWAITING_APPROVAL.value]
        ),
    )
)


def _is_beyond_the_day(connection: Connection, wanted: Wanted) -> bool:
    """Whether the person asked for so much within the last day, with this, that a second one looks at it. It is asked in the
    unit of work that writes the command down, so that many at once are not each the first."""
    found = _LIMITS_OF_A_DAY.rows(connection, {"of": wanted.enterprise}) if wanted.worth else ()
    limits = {row.currency: row.day_above_minor for row in found if row.currency in wanted.worth}
    if not limits:
        return False
    since = _now() - DAY_MILLISECONDS
    asked = Counter(wanted.worth)
    for row in _ALONE.rows(connection, {"of": wanted.enterprise, "eyes": wanted.eyes, "since": since}):
        asked.update(row.worth or {})
    return any(asked[currency] > above for currency, above in limits.items())


def _same(found: Sequence[Row], wanted: Wanted) -> Command | None:
    """What was found under the key of what is wanted. Raises Conflict."""
    row = found[0] if found else None
    if row is not None and row.input_hash != wanted.input_hash:
        raise Conflict(what="a command with the key {key}", key=wanted.key)
    return None if row is None else _command(row)


def _decided(connection: Connection, decision: Decision) -> Command | None:
    """The command, as it is by now, where this was decided before under its key. Raises Conflict (same key, other content)."""
    row = _DECISION.first(connection, {"of": decision.id})
    if row is None:
        if _OF_ID.rows(connection, {"of": decision.id}):
            raise Conflict(what="a command with the key {key}", key=decision.key)
        return None
    if row.input_hash != decision.input_hash:
        raise Conflict(what="a decision with the key {key}", key=decision.key)
    of = select(commands).where(commands.c.sequence == row.command)
    return _command(connection.execute(of).one())


def _decide(
    connection: Connection, decision: Decision, known: Row, values: dict[str, Any], told: Told
) -> Command:  # fmt: skip
    connection.execute(
        insert(decisions).values(
            id=decision.id, command=known.sequence, input_hash=decision.input_hash, recorded_at=_now()
        )
    )
    after = _set(connection, values, told, decision.step, decision.viewer.acting, commands.c.sequence == known.sequence)
    assert after is not None, "the row was read in the same unit of work"
    return after


def _inserted(connection: Connection, wanted: Wanted, before: Row, told: Told) -> Command:
    if before.one_too_many is not None:
        raise TooMuchWaits(count=MOST_WAITING)
    if wanted.files:
        waiting = int(_FILES_WAITING.rows(connection, {"of": wanted.enterprise})[0][0] or 0)
        if waiting and waiting + sum(map(len, wanted.files)) > MOST_FILE_BYTES_WAITING:
            raise FilesWait(bytes=waiting, most=MOST_FILE_BYTES_WAITING)
    if before.is_decided:
        raise Conflict(what="a decision with the key {key}", key=wanted.key)
    is_large = wanted.needs_approval or _is_beyond_the_day(connection, wanted)
    state = CommandState.AWAITING_APPROVAL if is_large else CommandState.ACCEPTED
    (row,) = _INSERT.rows(
        connection,
        {
            "id": wanted.id, "enterprise": wanted.enterprise, "actor": wanted.actor, "eyes": wanted.eyes,
            "kind": wanted.kind, "subject": wanted.subject, "input_hash": wanted.input_hash,
            "asked": wanted.asked if wanted.settled is None else wanted.settled, "worth": dict(wanted.worth),
            "state": state.value, "not_before": 0, "attempts": 0, "failures": 0, "traceparent": wanted.traceparent,
            "request_id": wanted.request_id, "recorded_at": _now(),
        },
    )  # fmt: skip
    made = _command(row)
    if wanted.files:
        connection.execute(
            insert(uploads),
            [{"command": made.sequence, "place": n, "content": content} for n, content in enumerate(wanted.files)],
        )
    told(connection, made, Step.ASKED, Acting(wanted.actor, wanted.enterprise, wanted.request_id))
    return made


# --- carried out ---------------------------------------------------------------------------------------------------


def claim(home: Home, kinds: Collection[str], told: Told, after: str = "") -> Command | None:
    """A command of these kinds that is to be carried out now; the caller has it for `LEASE_SECONDS`.

    Enterprises take turns, so that nobody waits for all that another asked for: it is the oldest one of the enterprise that
    comes behind ``after``, whom the caller did something for the last time. Whose lease ended goes first; it is taken to have
    died over it, which is one of its failures.
    """
    with home.store.read() as connection:
        if _next(connection, kinds, after) is None:
            return None
    with home.store.begin() as connection:
        found = _next(connection, kinds, after)
        if found is None:
            return None
        sequence, died = found
        taken = {
            "state": CommandState.RUNNING.value, "not_before": _now() + LEASE_SECONDS * 1_000,
            "attempts": commands.c.attempts + 1, "failures": commands.c.failures + died,
        }  # fmt: skip
        return _set(connection, taken, told, Step.CARRIED, WORKER, commands.c.sequence == sequence)


def _next(connection: Connection, kinds: Collection[str], after: str) -> tuple[int, int] | None:
    """The number of the command whose turn it is, and 1 where somebody died over it."""
    ready = and_(commands.c.kind.in_(kinds), commands.c.not_before <= _now())
    found = select(commands.c.sequence).where(ready).limit(1)
    waiting = found.where(commands.c.state == CommandState.ACCEPTED.value)
    waiting = waiting.order_by(commands.c.enterprise, commands.c.sequence)
    lost = found.where(commands.c.state == CommandState.RUNNING.value).order_by(commands.c.sequence)
    for statement, died in ((lost, 1), (waiting.where(commands.c.enterprise > after), 0), (waiting, 0)):
        sequence = connection.execute(statement).scalar()
        if sequence is not None:
            return int(sequence), died
    return None


def _still_had(command: Command) -> ColumnElement[bool]:
    """Whether whoever claimed it so has it still: nobody has claimed it since, and it has not ended."""
    had = commands.c.attempts == command.attempts
    return (commands.c.sequence == command.sequence) & (commands.c.state == CommandState.RUNNING.value) & had


def has_begun(home: Home, command: Command) -> bool:
    """Whether anything of it went to the outbox, from which nothing is taken back."""
    own = operations.c.key.startswith(command.key, autoescape=True)
    with home.store.read() as connection:
        return connection.execute(select(operations.c.id).where(own).limit(1)).first() is not None


def keep(home: Home, command: Command) -> None:
    """Say that the command is still being carried out."""
    with home.store.begin() as connection:
        lease = _now() + LEASE_SECONDS * 1_000
        connection.execute(update(commands).where(_still_had(command)).values(not_before=lease))


def succeed(home: Home, command: Command, result: Any, told: Told) -> None:
    """It is done."""
    _end(home, command, {"state": CommandState.SUCCEEDED.value, "result": result, "problem": None}, told)


def refuse(home: Home, command: Command, problem: dict[str, Any], told: Told, *, failed: bool = False) -> None:
    """A rule refuses it; or it ``failed`` on our side."""
    state = CommandState.FAILED if failed else CommandState.REFUSED
    _end(home, command, {"state": state.value, "problem": problem}, told)


def put_off(home: Home, command: Command, *, failed: bool = False) -> None:
    """It cannot be done now, for a reason that passes; or it ``failed`` for none, which is one of its failures."""
    pause = min(LONGEST_PAUSE_SECONDS, 2 ** min(command.attempts - 1, 10))
    values = {
        "state": CommandState.ACCEPTED.value, "not_before": _now() + pause * 1_000,
        "failures": command.failures + int(failed),
    }  # fmt: skip
    with home.store.begin() as connection:
        connection.execute(update(commands).where(_still_had(command)).values(values))


def await_signature(home: Home, command: Command, signing: list[dict[str, Any]], told: Told) -> None:
    """What it does next needs a signature of the enterprise's own wallet."""
    values = {"state": CommandState.AWAITING_SIGNATURE.value, "signing": signing, "failures": 0}
    with home.store.begin() as connection:
        _set(connection, values, told, Step.CARRIED, WORKER, _still_had(command))


def await_approval(home: Home, command: Command, worth: Mapping[str, int], told: Told) -> None:
    """It is worth more by now than when it was accepted or approved, or who approved it may no longer: a second person has to
    look at it (again)."""
    values = {"state": CommandState.AWAITING_APPROVAL.value, "worth": dict(worth), "decided_by": None, "not_before": 0}
    with home.store.begin() as connection:
        _set(connection, values, told, Step.CARRIED, WORKER, _still_had(command))


def _end(home: Home, command: Command, values: dict[str, Any], told: Told) -> None:
    with home.store.begin() as connection:
        done = _set(connection, values | {"ended_at": _now()}, told, Step.CARRIED, WORKER, _still_had(command))
        if done is not None:
            connection.execute(delete(uploads).where(uploads.c.command == command.sequence))


def files_of(home: Home, command: Command) -> list[bytes]:
    """What came with it, in its order."""
    own = select(uploads.c.content).where(uploads.c.command == command.sequence).order_by(uploads.c.place)
    with home.store.read() as connection:
        return [bytes(content) for content in connection.execute(own).scalars()]


# --- decided by persons ----------------------------------------------------------------------------------------------


def approve(home: Home, decision: Decision, told: Told) -> tuple[Command, bool]:
    """Another person of the enterprise approves it. Returns it, and whether that was decided before under the same key.

    Raises NotFound, OwnApproval, CommandNotInState, Conflict (same key, other content).
    """
    viewer = decision.viewer
    with home.store.begin() as connection:
        before = _decided(connection, decision)
        if before is not None:
            return before, True
        known = _awaiting(connection, viewer, decision.command, "approved", CommandState.AWAITING_APPROVAL)
        if known.eyes == viewer.eyes:
            raise OwnApproval(
                reason=_why_own(viewer, known.actor), actor=viewer.actor, asker=known.actor, eyes=viewer.eyes
            )
        values = {"state": CommandState.ACCEPTED.value, "decided_by": viewer.actor}
        return _decide(connection, decision, known, values, told), False


def _why_own(viewer: Viewer, asker: str) -> str:
    """Why the viewer and who asked are one pair of eyes."""
    if asker == viewer.actor:
        reason = "{actor} asked for this itself"
    elif asker == viewer.eyes:
        reason = "{actor} was made by {asker}, who asked for this"
    elif viewer.actor == viewer.eyes:
        reason = "{actor} made {asker}, which asked for this"
    else:
        reason = "{actor} and {asker}, which asked for this, were both made by {eyes}"
    return reason


def decline(
    home: Home, decision: Decision, told: Told, as_problem: Callable[[PearlError], dict[str, Any]]
) -> tuple[Command, bool]:  # fmt: skip
    """Who may approve declines it, or whoever asked takes it back, as long as it waits for a person. What was done of it stays
    done, and its problem says so (`PartDone`). Returns as `approve`.

    Raises NotFound, NotPermitted, CommandNotInState, Conflict (same key, other content).
    """
    viewer, waits = decision.viewer, (CommandState.AWAITING_APPROVAL, CommandState.AWAITING_SIGNATURE)
    with home.store.begin() as connection:
        before = _decided(connection, decision)
        if before is not None:
            return before, True
        known = _awaiting(connection, viewer, decision.command, "declined", *waits)
        if known.actor != viewer.actor:  # not the eyes: who looks for it may do no more than it was given
            viewer.must(Action.APPROVE)
        # It was carried on with each signature as far as it goes without the next one.
        signatures = sum(entry["signature"] is not None for entry in known.signing or ())
        problem = as_problem(PartDone(count=signatures)) if signatures else None
        values = {
            "state": CommandState.DECLINED.value, "decided_by": viewer.actor, "ended_at": _now(), "problem": problem,
        }  # fmt: skip
        done = _decide(connection, decision, known, values, told)
        connection.execute(delete(uploads).where(uploads.c.command == done.sequence))
        return done, False


def sign(
    home: Home, decision: Decision, signed: Callable[[Command], list[dict[str, Any]]], told: Told
) -> tuple[Command, bool]:
    """``signed`` gives what the command had to have signed with the signature that was missing; it is carried on then. Returns as
    `approve`.

    Raises NotFound, CommandNotInState, also where somebody else signed it meanwhile, Conflict (same key, other content), and
    what ``signed`` raises.
    """
    wanted = (decision.viewer, decision.command, "signed", CommandState.AWAITING_SIGNATURE)
    with home.store.read() as connection:
        before = _decided(connection, decision)
        if before is not None:
            return before, True
        asked = _command(_awaiting(connection, *wanted))
    # The node may be asked about the signature: not while others wait to write.
    signing = signed(asked)
    with home.store.begin() as connection:
        before = _decided(connection, decision)
        if before is not None:
            return before, True
        known = _awaiting(connection, *wanted)
        if known.signing != asked.signing:
            raise CommandNotInState(state=_words(known.state), wanted="signed")
        values = {"signing": signing, "state": CommandState.ACCEPTED.value, "not_before": 0}
        return _decide(connection, decision, known, values, told), False


def _awaiting(
    connection: Connection, viewer: Viewer, name: str, wanted: str, *states: CommandState
) -> Row:  # fmt: skip
    own = (commands.c.id == name) & (commands.c.enterprise == viewer.enterprise)
    known = connection.execute(select(commands).where(own)).first()
    if known is None:
        raise NotFound(what="operation", id=name)
    if known.state not in states:
        raise CommandNotInState(state=_words(known.state), wanted=wanted)
    return known


def _words(state: str) -> str:
    """A state as people read it."""
    return state.replace("_", " ")


# --- read ------------------------------------------------------------------------------------------------------------


def command_named(home: Home, enterprise: str | None, name: str) -> Command:
    """One command of the enterprise (None: of anybody's). Raises NotFound."""
    row = _by_id(home, name)
    if row is None or enterprise not in (None, row.enterprise):
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
        return [_command(row) for row in connection.execute(found)]


def _by_id(home: Home, name: str) -> Row | None:
    found = home.store.ask(_OF_ID, {"of": name})
    return found[0] if found else None


def _set(
    connection: Connection, values: dict[str, Any], told: Told, step: Step, by: Acting, where: ColumnElement[bool]
) -> Command | None:
    row = connection.execute(update(commands).where(where).values(values).returning(commands)).first()
    if row is None:
        return None
    after = _command(row)
    told(connection, after, step, by)
    return after


def _command(row: Row) -> Command:
    return Command(
        row.sequence, row.id, row.enterprise, row.actor, row.kind, row.subject, row.asked,
        CommandState(row.state), row.attempts, row.failures, row.worth or {}, row.decided_by,
        row.signing or [], row.result, row.problem, row.traceparent, row.request_id, row.recorded_at,
        row.ended_at,
    )  # fmt: skip


def _now() -> int:
    return time.time_ns() // 1_000_000
