"""Bringing events to webhooks: each gets its own in their order, at least once, whatever its receiver and the others do.

A webhook has one delivery under way at most. Who delivers holds its lease, and moves its place in the stream with every event
that the receiver took; a worker that dies leaves the rest to the next, which may send the last event again, with the same id.
What did not get through is tried again, later each time; behind it the others wait, so that their order stays.

Rows are only written where there is something to send. That nothing was for a webhook is remembered here, and written down
now and then, so that a worker that begins anew need not look at all of it once more.
"""

from __future__ import annotations

import json
import logging
import random
import secrets
import ssl
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, select, update
from standardwebhooks import Webhook as Signing

from chain.commands.audit import WORKER
from chain.commands.callers import Callers, KeyUnknown
from chain.commands.changes import tell
from chain.commands.receivers import ANSWER_SECONDS, Answer, Receiver, Resolve, resolve_name
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.events import Cursor, Event, events_after, newest_event
from chain.commands.webhooks import Stopped, secrets_of
from chain.commands.workspace import Workspace
from chain.logs import fields_of
from chain.store.tables import webhooks

log = logging.getLogger("pearl.webhooks")

#: Deliveries that are under way in one worker, and of them those of one enterprise.
MOST_AT_ONCE = 16
MOST_AT_ONCE_EACH = 4
#: How long one webhook is served before it is another's turn, and how many of its events are looked for at a time.
TURN_SECONDS = 5.0
EVENTS_A_LOOK = 50
#: A worker that does not end its turn within so many seconds loses it.
LEASE_SECONDS = 60
#: What did not get through is tried again after so many seconds, twice as many each time, up to the most.
FIRST_WAIT_SECONDS = 5.0
MOST_WAIT_SECONDS = 4 * 3_600.0
#: After so long the webhook is stopped.
GIVE_UP_SECONDS = 3 * 86_400
#: How often it is written down that there was nothing for a webhook.
QUIET_SECONDS = 300


@dataclass(frozen=True)
class _Quiet:
    """Between these two places of the stream is nothing for a version of a webhook. ``since``: when that was first seen."""

    start: tuple[int, str]
    """The webhook's version, and its place."""
    end: Cursor
    since: float


class Courier:
    """Delivers what is due. One for a worker; several workers may have one each."""

    def __init__(
        self, workspace: Workspace, current: CurrentTrade, *, clock: Callable[[], float] = time.time,
        resolve: Resolve = resolve_name, jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._current = current
        self._callers = Callers(workspace)
        self._clock = clock
        self._resolve = resolve
        self._jitter = jitter
        self._tls = ssl.create_default_context()
        for name in ("httpx", "httpcore"):  # they write addresses down, in which there may be something secret
            logging.getLogger(name).setLevel(logging.WARNING)
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "pearl-webhook")
        self._running: dict[str, tuple[str, Future[bool]]] = {}
        """Webhook → its enterprise, and its turn."""
        self._quiet: dict[str, _Quiet] = {}

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what is under way, which takes a turn and an answer at most."""
        self._threads.shutdown()

    def deliver_due(self, seconds: float = 1.0) -> int:
        """Do what is due, for up to ``seconds``. Returns how many turns sent something, or tried to.

        A slow receiver's turn goes on after that, and keeps no other's from beginning, now or with the next call.
        """
        ends = time.monotonic() + seconds
        idle: set[str] = set()
        tried = 0
        while True:
            for row in self._due(idle):
                turn = self._threads.submit(self._turn, row)
                self._running[row["id"]] = row["enterprise"], turn
            left = ends - time.monotonic()
            if not self._running or left <= 0:
                return tried
            wait([turn for _, turn in self._running.values()], timeout=left, return_when=FIRST_COMPLETED)
            for name in [name for name, (_, turn) in self._running.items() if turn.done()]:
                if self._running.pop(name)[1].result():
                    tried += 1
                else:
                    idle.add(name)

    def _due(self, idle: set[str]) -> list[RowMapping]:
        """Webhooks with something before them, those that waited longest first; so many as there is room for. ``idle``: for
        which nothing was found to do just now."""
        end = newest_event(self._workspace)
        now = self._clock()
        waiting = select(webhooks).where(
            webhooks.c.stopped.is_(None), webhooks.c.next_attempt_at <= now, webhooks.c.lease_until <= now,
            webhooks.c.cursor != str(end),
        )  # fmt: skip
        with self._workspace.store.read() as connection:
            rows = connection.execute(waiting.order_by(webhooks.c.lease_until, webhooks.c.id)).mappings().all()
        each = Counter(enterprise for enterprise, _ in self._running.values())
        found: list[RowMapping] = []
        for row in rows:
            if len(self._running) + len(found) == MOST_AT_ONCE:
                break
            if row["id"] in idle or row["id"] in self._running or each[row["enterprise"]] == MOST_AT_ONCE_EACH:
                continue
            place = row["version"], row["cursor"]
            if self._start(row["id"], place) != end or self._is_to_be_written(row["id"], place):
                each[row["enterprise"]] += 1
                found.append(row)
        return found

    def _start(self, name: str, place: tuple[int, str]) -> Cursor:
        """From where on something may be for a webhook."""
        quiet = self._quiet.get(name)
        return quiet.end if quiet is not None and quiet.start == place else Cursor.parse(place[1])

    def _is_to_be_written(self, name: str, place: tuple[int, str]) -> bool:
        quiet = self._quiet.get(name)
        return quiet is not None and quiet.start == place and self._clock() - quiet.since >= QUIET_SECONDS

    def _turn(self, row: RowMapping) -> bool:
        """Serve one webhook for a while. Returns whether anything was done."""
        try:
            return _Turn(self, row).serve()
        except Exception as error:  # whatever it is, the next turn starts from where the webhook is
            log.warning(
                "webhook %(webhook)s was not served (%(rule)s); trying again", {"webhook": row["id"]} | fields_of(error)
            )
            return False


class _Turn:
    """One webhook's turn."""

    def __init__(self, courier: Courier, row: RowMapping) -> None:
        self._courier = courier
        self._workspace = courier._workspace
        self._row = row
        self._cursor: str = row["cursor"]
        self._start = courier._start(row["id"], self._place)
        self._attempts: int = row["attempts"]
        self._failing_since: int | None = row["failing_since"]
        self._lease: str | None = None
        self._leased_until = 0.0

    def serve(self) -> bool:
        """Send what is before it until nothing is left, the receiver fails, or the turn is over."""
        ends = time.monotonic() + TURN_SECONDS
        settings = self._workspace.settings
        receiver = Receiver(
            self._row["url"], private_networks=settings.webhook_private_networks, tls=self._courier._tls,
            resolve=self._courier._resolve,
        )  # fmt: skip
        sent = False
        with receiver:
            while time.monotonic() < ends:
                try:
                    viewer = self._courier._callers.of_enterprise(self._row["enterprise"], WORKER.actor)
                except KeyUnknown:
                    return self._claim() and self._stop(Stopped.NOT_ENROLLED, {})
                look = events_after(self._workspace, self._courier._current, viewer, self._start, EVENTS_A_LOOK)
                for event in filter(self._is_wanted, look.events):
                    if time.monotonic() >= ends or not (self._claim() and self._send(receiver, event)):
                        return self._release() or sent
                    sent = True
                self._remember(look.cursor)
                if not look.more:
                    break
        return self._release() or sent

    def _is_wanted(self, event: Event) -> bool:
        if event.name == "WebhookTested":
            own: str = self._row["id"]
            return event.subject == own
        names: list[str] | None = self._row["names"]
        return names is None or event.name in names

    def _send(self, receiver: Receiver, event: Event) -> bool:
        """Whether the receiver took it, and the next may be sent."""
        now = self._courier._clock()
        keys = secrets_of(self._workspace, self._row, now)
        if keys is None:
            self._stop(Stopped.SECRET_LOST, {})
            return False
        headers, body = message(event, keys, now)
        answer = receiver.post(headers, body)
        if not answer.received:
            self._failed(answer)
            return False
        self._attempts, self._failing_since = 0, None
        values = {
            "cursor": event.cursor, "attempts": 0, "failing_since": None, "last_failure": None, "next_attempt_at": 0,
            "delivered_at": int(self._courier._clock()),
        }  # fmt: skip
        if not self._write(values):
            return False
        self._cursor, self._start = event.cursor, Cursor.parse(event.cursor)
        return True

    def _failed(self, answer: Answer) -> None:
        now = self._courier._clock()
        attempts = self._attempts + 1
        since = now if self._failing_since is None else self._failing_since
        why = answer.failure or str(answer.status)
        values = {"attempts": attempts, "failing_since": int(since), "last_failure": why}
        if answer.status == 410:
            self._stop(Stopped.GONE, values)
        elif now - since >= GIVE_UP_SECONDS:
            self._stop(Stopped.UNDELIVERABLE, values)
        else:
            pause = max(
                waiting_seconds(attempts, self._courier._jitter()), min(answer.retry_after or 0, MOST_WAIT_SECONDS)
            )
            # The last attempt is at the end of the time, however long the pauses are by then.
            values["next_attempt_at"] = int(min(now + pause, since + GIVE_UP_SECONDS)) + 1
            self._write(values)

    def _stop(self, why: Stopped, values: Mapping[str, Any]) -> bool:
        """Nothing is sent any more; the owner sees why, and its other readers are told."""
        with self._workspace.store.begin() as connection:
            statement = update(webhooks).where(*self._mine())
            stopped = connection.execute(statement.values(**values, stopped=why)).rowcount == 1
            if stopped:
                tell(connection, self._row["enterprise"], "WebhookStopped", "webhook", self._row["id"])
        return stopped

    def _remember(self, end: Cursor) -> None:
        """Up to here all was sent, or is not for it."""
        self._start = end
        name, quiet = self._row["id"], self._courier._quiet
        since = quiet[name].since if name in quiet and quiet[name].start == self._place else self._courier._clock()
        quiet[name] = _Quiet(self._place, end, since)
        if self._courier._is_to_be_written(name, self._place) and self._claim() and self._write({"cursor": str(end)}):
            self._cursor = str(end)
            del quiet[name]

    @property
    def _place(self) -> tuple[int, str]:
        return self._row["version"], self._cursor

    # --- the lease --------------------------------------------------------------------------------------------------

    def _claim(self) -> bool:
        """Take the lease, if nobody has it and nothing was changed since; then see that it lasts for one more answer."""
        now = self._courier._clock()
        if self._lease is not None:
            return now + ANSWER_SECONDS * 2 < self._leased_until
        lease, until = secrets.token_hex(16), int(now) + LEASE_SECONDS
        free = (webhooks.c.version == self._row["version"], webhooks.c.cursor == self._cursor)
        with self._workspace.store.begin() as connection:
            statement = update(webhooks).where(
                webhooks.c.id == self._row["id"], webhooks.c.stopped.is_(None), webhooks.c.lease_until <= now,
                webhooks.c.next_attempt_at <= now, *free,
            )  # fmt: skip
            if connection.execute(statement.values(lease=lease, lease_until=until)).rowcount == 1:
                self._lease, self._leased_until = lease, until
        return self._lease is not None

    def _mine(self) -> tuple[Any, ...]:
        return (
            webhooks.c.id == self._row["id"], webhooks.c.lease == self._lease,
            webhooks.c.version == self._row["version"],
        )  # fmt: skip

    def _write(self, values: Mapping[str, Any]) -> bool:
        """Whether the lease still held, and the webhook is as it was when the turn began."""
        with self._workspace.store.begin() as connection:
            return connection.execute(update(webhooks).where(*self._mine()).values(**values)).rowcount == 1

    def _release(self) -> bool:
        """Give the lease back, where there is one. Who was served last is behind the others then."""
        if self._lease is None:
            return False
        self._write({"lease": None, "lease_until": int(self._courier._clock())})
        return True


def waiting_seconds(attempts: int, jitter: float) -> float:
    """How long to wait after so many attempts: twice as long each time, less up to half by ``jitter`` (0 to 1)."""
    pause: float = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 30), MOST_WAIT_SECONDS)
    return pause * (1 - jitter / 2)


def message(event: Event, keys: list[str], now: float) -> tuple[dict[str, str], bytes]:
    """Headers and body of one attempt, as Standard Webhooks has them; every key signs."""
    told = event.model_dump(mode="json")
    body = json.dumps(
        {"type": event.name, "timestamp": told["time"], "data": told}, ensure_ascii=False, separators=(",", ":")
    )
    moment = datetime.fromtimestamp(int(now), UTC)
    signatures = [Signing(key).sign(event.id, moment, body) for key in keys]
    headers = {
        "Content-Type": "application/json", "User-Agent": "Pearlchain", "webhook-id": event.id,
        "webhook-timestamp": str(int(now)), "webhook-signature": " ".join(signatures),
    }  # fmt: skip
    return headers, body.encode()
