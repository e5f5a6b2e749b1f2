"""Every event reaches every webhook that it is for, in order, at least once, whatever receivers and workers do.

1. A message bears a signature that the library of Standard Webhooks accepts, by the webhook's own secret; its id stays the same.
2. What does not get through is tried again, later each time, for three days; then, and at once where the receiver is gone, the
   webhook is stopped and its owner sees why. Active again, it leaves nothing out.
3. A receiver that hangs, answers wrongly or never ends its answer holds up nobody else's events.
4. Two workers send nothing twice while both live, and each event at least once if one dies.
5. One enterprise's receiver gets nothing of another's.
6. Nothing that opens a signature stands in the database, in an answer or in a log.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Checking
from standardwebhooks import WebhookVerificationError

from chain.commands import deliveries, receivers
from chain.commands import webhooks as commands
from chain.commands.callers import AT_THE_MACHINE, Callers
from chain.commands.changes import change_id, tell
from chain.commands.deliveries import GIVE_UP_SECONDS, MOST_WAIT_SECONDS, QUIET_SECONDS, Courier, waiting_seconds
from chain.commands.receivers import ReceiverRefused
from chain.commands.seen.events import START, newest_event
from chain.commands.webhooks import (
    MOST_EACH,
    OVERLAP_SECONDS,
    EventUnknown,
    Stopped,
    WebhookIsStopped,
    WebhooksExhausted,
    create_webhook,
    delete_webhook,
    edit_webhook,
    ping,
    replay,
    rotate_secret,
    webhook,
    webhook_figures,
    webhooks_of,
)
from chain.commands.workspace import Workspace
from chain.errors import NotFound, VersionChanged
from chain.network import Enterprise, Network, Role
from chain.store.tables import webhooks
from tests.inboxes import Inbox

ONE, OTHER, BANK = "USCC:91350100M000100Y43", "USCC:91330402MAFU7C168W", "USCC:91420106MAW0UFWB34"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "receive_webhook.py"


class Clock:
    """The time, which the test moves."""

    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


@pytest.fixture
def place(databases, tmp_path):
    """A home with three enterprises, receivers as many as are asked for, and a clock; on either kind of database."""
    store = databases.open()
    settings = databases.settings(tmp_path / "home", webhook_private_networks=True)
    settings.home.mkdir()
    workspace = Workspace(settings, store, SimpleNamespace(decoder=None), None, None)
    roles = ((ONE, Role.SUPPLIER), (OTHER, Role.SUPPLIER), (BANK, Role.BANK))
    workspace.save_network(
        Network(name="n", enterprises=[Enterprise(id=i, name=f"marker of {i}", roles=[r]) for i, r in roles], lines=[])
    )
    clock = Clock()
    with ExitStack() as stack:

        def inbox():
            made = Inbox()
            stack.callback(made.close)
            return made

        def courier(**more):
            return stack.enter_context(Courier(workspace, None, **({"clock": clock, "jitter": lambda: 0.0} | more)))

        yield SimpleNamespace(
            workspace=workspace, store=store, clock=clock, inbox=inbox, courier=courier,
            one=Callers(workspace).of_enterprise(ONE, "worker"),
            other=Callers(workspace).of_enterprise(OTHER, "worker"),
            bank=Callers(workspace).of_enterprise(BANK, "worker"),
        )  # fmt: skip
    store.close()


def happen(place, subject, enterprise=ONE, *others, name="QuoteMade"):
    with place.store.begin() as connection:
        return change_id(tell(connection, enterprise, name, "voucher", subject, *others))


def deliver(courier, seconds=10.0):
    while courier.deliver_due(seconds):
        pass


def seen(place, made, viewer=None):
    return webhook(place.workspace, viewer or place.one, made.id)[0]


@pytest.fixture
def hooked(place):
    """One webhook of the first enterprise, with its receiver and a courier."""
    inbox = place.inbox()
    made, _ = create_webhook(place.workspace, place.one, inbox.url, None)
    return SimpleNamespace(inbox=inbox, made=made, courier=place.courier(), place=place)


def test_events_arrive_signed_in_order_and_the_library_accepts_them(hooked):
    place, inbox = hooked.place, hooked.inbox
    ids = [happen(place, f"1.1.1.{n}") for n in range(1, 8)]
    deliver(hooked.courier)
    assert inbox.ids == ids
    assert inbox.subjects == [f"1.1.1.{n}" for n in range(1, 8)]
    for headers, body in inbox.taken:
        told = Checking(hooked.made.secret).verify(body, headers)
        assert told["type"] == told["data"]["name"] == "QuoteMade"
        assert told["data"]["id"] == headers["webhook-id"]
        assert headers["content-type"] == "application/json"
        with pytest.raises(WebhookVerificationError):
            Checking(hooked.made.secret).verify(body + b" ", headers)
        with pytest.raises(WebhookVerificationError):
            Checking("whsec_" + "A" * 44).verify(body, headers)
    now = seen(place, hooked.made)
    assert now.cursor == str(newest_event(place.workspace))
    assert (now.active, now.failed_attempts, now.last_failure) == (True, 0, None)
    assert now.delivered_at is not None


def test_only_events_of_the_names_that_are_wanted_are_sent(place):
    inbox = place.inbox()
    create_webhook(place.workspace, place.one, inbox.url, ["PlanMade"])
    happen(place, "quote")
    with place.store.begin() as connection:
        tell(connection, ONE, "PlanMade", "plan", "7")
    happen(place, "quote")
    deliver(place.courier())
    assert inbox.subjects == ["7"]


def test_what_does_not_get_through_is_tried_again_later_each_time_with_the_same_id(hooked):
    place, inbox, clock = hooked.place, hooked.inbox, hooked.place.clock
    inbox.statuses = [500, 404, 302, 429]
    first, second = happen(place, "a"), happen(place, "b")
    waits = []
    while not inbox.taken:
        asked = inbox.asked
        deliver(hooked.courier)
        assert inbox.asked <= asked + 2
        if inbox.taken:
            break
        at = seen(place, hooked.made)
        waits.append(at.next_attempt_at.timestamp() - clock.now)
        assert at.last_failure == str([500, 404, 302, 429][len(waits) - 1])
        assert at.failed_attempts == len(waits)
        clock.now += waits[-1] - 2
        deliver(hooked.courier)
        assert inbox.asked == len(waits)  # not before its time
        clock.now += 2
    assert inbox.ids == [first, second]
    for got, wanted in zip(waits, (5, 10, 20, 40), strict=True):
        assert wanted <= got <= wanted + 1
    assert (seen(place, hooked.made).failed_attempts, seen(place, hooked.made).last_failure) == (0, None)


def test_waits_grow_up_to_a_bound_and_chance_shortens_them_by_half_at_most():
    assert [waiting_seconds(n, 0.0) for n in (1, 2, 3)] == [5, 10, 20]
    assert waiting_seconds(12, 0.0) == 5 * 2**11
    assert waiting_seconds(13, 0.0) == waiting_seconds(10_000, 0.0) == MOST_WAIT_SECONDS
    assert waiting_seconds(13, 1.0) == MOST_WAIT_SECONDS / 2


@pytest.mark.parametrize(("asked", "least", "most"), [("600", 600, 601), ("1", 5, 6), ("9999999", 14400, 14401)])
def test_a_receiver_may_ask_to_wait_up_to_a_bound(hooked, asked, least, most):
    hooked.inbox.statuses, hooked.inbox.headers = [503], {"Retry-After": asked}
    happen(hooked.place, "a")
    deliver(hooked.courier)
    assert least <= seen(hooked.place, hooked.made).next_attempt_at.timestamp() - hooked.place.clock.now <= most


def test_after_three_days_it_is_stopped_and_its_owner_sees_why_and_lets_it_go_on(hooked):
    place, inbox, clock = hooked.place, hooked.inbox, hooked.place.clock
    watching = place.inbox()
    create_webhook(place.workspace, place.one, watching.url, ["WebhookStopped"])
    inbox.statuses = [500] * 1_000
    first = happen(place, "a")
    deliver(hooked.courier)
    since, last = clock.now, 0.0
    while seen(place, hooked.made).active:
        last = clock.now - since
        assert last < GIVE_UP_SECONDS + 10
        clock.now = seen(place, hooked.made).next_attempt_at.timestamp()
        deliver(hooked.courier)
    assert clock.now - since >= GIVE_UP_SECONDS
    assert 20 < inbox.asked < 40
    stopped, version = webhook(place.workspace, place.one, hooked.made.id)
    assert (stopped.active, stopped.stopped, stopped.last_failure) == (False, Stopped.UNDELIVERABLE, "500")
    deliver(hooked.courier)
    assert watching.subjects == [hooked.made.id]
    second = happen(place, "b")
    clock.now += 86_400
    asked = inbox.asked
    deliver(hooked.courier)
    assert inbox.asked == asked  # nothing is sent while it is stopped
    with pytest.raises(WebhookIsStopped):
        ping(place.workspace, place.one, hooked.made.id)
    inbox.statuses = []
    edit_webhook(place.workspace, place.one, hooked.made.id, version, inbox.url, None, active=True)
    deliver(hooked.courier)
    assert inbox.ids[0] == first
    assert inbox.ids[-1] == second


def test_a_receiver_that_is_gone_is_left_at_once(hooked):
    hooked.inbox.statuses = [410]
    happen(hooked.place, "a")
    happen(hooked.place, "b")
    deliver(hooked.courier)
    assert hooked.inbox.asked == 1
    assert seen(hooked.place, hooked.made).stopped is Stopped.GONE


def test_a_receiver_that_hangs_or_fails_holds_up_nobody_else(place, monkeypatch):
    monkeypatch.setattr(receivers, "ANSWER_SECONDS", 3.0)
    hanging, failing, well = place.inbox(), place.inbox(), [place.inbox() for _ in range(3)]
    hanging.pause.clear()
    failing.statuses = [500] * 100
    for viewer, inbox in ((place.one, hanging), (place.one, failing), (place.one, well[0]), (place.other, well[1]),
                          (place.bank, well[2])):  # fmt: skip
        create_webhook(place.workspace, viewer, inbox.url, None)
    courier = place.courier()
    for number in range(5):
        happen(place, str(number), ONE, OTHER, BANK)
    start = time.monotonic()
    courier.deliver_due(0.5)
    for number in range(5, 10):
        happen(place, str(number), ONE, OTHER, BANK)
    while any(len(inbox.taken) < 10 for inbox in well):
        courier.deliver_due(0.1)
        assert time.monotonic() - start < 2.9
    assert all(inbox.subjects == [str(n) for n in range(10)] for inbox in well)
    assert (hanging.asked, hanging.taken, failing.taken) == (1, [], [])
    hanging.pause.set()


def test_more_webhooks_than_are_served_at_once_are_all_served_in_one_call(place):
    inbox = place.inbox()
    for viewer in (place.one, place.other, place.bank):
        for _ in range(MOST_EACH):
            create_webhook(place.workspace, viewer, inbox.url, None)
    assert 3 * MOST_EACH > deliveries.MOST_AT_ONCE
    happen(place, "a", ONE, OTHER, BANK)
    assert place.courier().deliver_due(60) == 3 * MOST_EACH
    assert inbox.subjects == ["a"] * 3 * MOST_EACH


def test_replayed_events_come_again_with_the_ids_that_they_had(hooked):
    place, inbox = hooked.place, hooked.inbox
    ids = [happen(place, str(n)) for n in range(5)]
    deliver(hooked.courier)
    behind = json.loads(inbox.taken[1][1])["data"]["cursor"]
    replay(place.workspace, place.one, hooked.made.id, deliveries.Cursor.parse(behind))
    deliver(hooked.courier)
    assert inbox.ids == ids + ids[2:]
    replay(place.workspace, place.one, hooked.made.id, START)
    deliver(hooked.courier)
    assert inbox.ids == ids + ids[2:] + ids
    # A place that is not there yet is the end: nothing that comes is left out.
    replay(place.workspace, place.one, hooked.made.id, deliveries.Cursor(99, 99, 99))
    new = happen(place, "new")
    deliver(hooked.courier)
    assert inbox.ids[-2:] == [ids[-1], new]


def test_what_is_replayed_while_it_is_delivered_is_not_overtaken(hooked):
    """The place that a turn would write down counts no more once the owner has set another."""
    place, inbox = hooked.place, hooked.inbox
    ids = [happen(place, str(n)) for n in range(3)]
    inbox.pause.clear()
    hooked.courier.deliver_due(0.3)
    replay(place.workspace, place.one, hooked.made.id, START)
    inbox.pause.set()
    deliver(hooked.courier)
    deliver(hooked.courier)
    assert inbox.ids[-3:] == ids
    assert inbox.ids[0] == ids[0]


def test_while_a_secret_is_changed_both_sign_and_then_the_new_one_alone(hooked):
    place, inbox = hooked.place, hooked.inbox
    changed, _ = rotate_secret(place.workspace, place.one, hooked.made.id)
    assert changed.secret != hooked.made.secret
    assert changed.former_secret_until is not None
    happen(place, "a")
    deliver(hooked.courier)
    headers, body = inbox.taken[0]
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (hooked.made.secret, changed.secret):
        Checking(secret).verify(body, headers)
    place.clock.now += OVERLAP_SECONDS + 1
    happen(place, "b")
    deliver(hooked.courier)
    headers, body = inbox.taken[1]
    assert len(headers["webhook-signature"].split()) == 1
    stamp = {"now": place.clock.now}
    assert example().is_genuine(changed.secret, headers, body, **stamp)
    assert not example().is_genuine(hooked.made.secret, headers, body, **stamp)


def test_a_test_event_reaches_that_webhook_alone_whatever_it_wants(place):
    inboxes = [place.inbox() for _ in range(3)]
    made = [
        create_webhook(place.workspace, viewer, inbox.url, ["PlanMade"])[0]
        for viewer, inbox in zip((place.one, place.one, place.other), inboxes, strict=True)
    ]
    number = ping(place.workspace, place.one, made[0].id)
    deliver(place.courier())
    assert [inbox.ids for inbox in inboxes] == [[change_id(number)], [], []]


def test_two_workers_send_each_event_one_time(place):
    inboxes = [place.inbox() for _ in range(4)]
    for inbox, viewer in zip(inboxes, (place.one, place.one, place.other, place.bank), strict=True):
        create_webhook(place.workspace, viewer, inbox.url, None)
    couriers = [place.courier() for _ in range(2)]
    ids = [happen(place, str(n), ONE, OTHER, BANK) for n in range(20)]

    def work(courier):
        for _ in range(30):
            courier.deliver_due(0.5)

    threads = [threading.Thread(target=work, args=(courier,)) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for inbox in inboxes:
        assert len(inbox.ids) == len(ids)
        assert inbox.subjects == [str(n) for n in range(20)]


def test_what_a_worker_that_died_left_the_next_one_sends_when_its_lease_is_over(hooked):
    place, inbox = hooked.place, hooked.inbox
    event = happen(place, "a")
    with place.store.begin() as connection:  # as of one that claimed, and died before or after it sent
        connection.execute(update(webhooks).values(lease="dead", lease_until=int(place.clock.now) + 60))
    deliver(hooked.courier)
    assert inbox.asked == 0
    place.clock.now += 61
    deliver(hooked.courier)
    assert inbox.ids == [event]


def test_a_worker_that_lost_its_lease_writes_down_nothing(hooked):
    place, inbox = hooked.place, hooked.inbox
    happen(place, "a")
    before = seen(place, hooked.made).cursor
    inbox.pause.clear()
    hooked.courier.deliver_due(0.3)
    with place.store.begin() as connection:
        connection.execute(update(webhooks).values(lease="another"))
    inbox.pause.set()
    hooked.courier.deliver_due(5)
    assert seen(place, hooked.made).cursor == before
    assert len(inbox.taken) == 1


def test_what_one_enterprise_receives_holds_nothing_of_anothers(place):
    inboxes = {viewer: place.inbox() for viewer in (place.one, place.other)}
    for viewer, inbox in inboxes.items():
        create_webhook(place.workspace, viewer, inbox.url, None)
    for number in range(4):
        happen(place, f"only-one-{number}", ONE)
        happen(place, f"only-other-{number}", OTHER)
        happen(place, f"both-{number}", ONE, OTHER)
    deliver(place.courier())
    for viewer, own, foreign in ((place.one, "only-one", "only-other"), (place.other, "only-other", "only-one")):
        told = b"".join(body for _, body in inboxes[viewer].taken).decode()
        assert len(inboxes[viewer].taken) == 8
        assert foreign not in told
        assert told.count(own) == 4
        assert "marker" not in told
        assert not any(enterprise in told for enterprise in (ONE, OTHER, BANK))


def test_who_reads_everything_is_sent_each_change_one_time(place):
    inbox = place.inbox()
    operator = AT_THE_MACHINE
    create_webhook(place.workspace, operator, inbox.url, None)
    happen(place, "a", ONE, OTHER, BANK)
    deliver(place.courier())
    assert inbox.subjects == ["a"]


def test_whoever_is_no_longer_in_the_register_is_sent_nothing_more(hooked):
    place = hooked.place
    place.workspace.save_network(Network(name="n", enterprises=[], lines=[]))
    happen(place, "a")
    deliver(hooked.courier)
    assert hooked.inbox.asked == 0
    with place.store.read() as connection:
        assert connection.execute(select(webhooks.c.stopped)).scalar_one() == Stopped.NOT_ENROLLED


def test_a_webhook_whose_secret_does_not_open_is_stopped_until_it_has_a_new_one(hooked):
    place = hooked.place
    (place.workspace.settings.home / "secrets" / "webhook.key").unlink()
    del place.workspace.webhook_key
    happen(place, "a")
    deliver(hooked.courier)
    assert (hooked.inbox.asked, seen(place, hooked.made).stopped) == (0, Stopped.SECRET_LOST)
    place.clock.now += OVERLAP_SECONDS + 1
    with place.store.begin() as connection:
        connection.execute(update(webhooks).values(secret=b"lost"))
    _, version = rotate_secret(place.workspace, place.one, hooked.made.id)
    edit_webhook(place.workspace, place.one, hooked.made.id, version, hooked.inbox.url, None, active=True)
    place.clock.now += 2 * OVERLAP_SECONDS
    deliver(hooked.courier)
    assert hooked.inbox.subjects[0] == "a"


def test_nothing_is_written_for_a_webhook_that_nothing_is_for_but_now_and_then(hooked):
    place = hooked.place

    def row():
        with place.store.read() as connection:
            return connection.execute(select(webhooks)).mappings().one()

    before = row()
    happen(place, "x", OTHER)
    deliver(hooked.courier)
    assert row() == before
    place.clock.now += QUIET_SECONDS
    hooked.courier.deliver_due(5)
    assert row()["cursor"] == str(newest_event(place.workspace)) != before["cursor"]
    event = happen(place, "mine")
    deliver(hooked.courier)
    assert hooked.inbox.ids == [event]


def test_other_names_count_for_what_was_not_delivered_yet(place):
    inbox = place.inbox()
    made, version = create_webhook(place.workspace, place.one, inbox.url, ["PlanMade"])
    courier = place.courier()
    happen(place, "a")
    deliver(courier)
    edit_webhook(place.workspace, place.one, made.id, version, inbox.url, None, active=True)
    deliver(courier)
    assert inbox.subjects == ["a"]


# --- managing them ---------------------------------------------------------------------------------------------------


def test_nobody_else_sees_or_changes_a_webhook(hooked):
    place, name = hooked.place, hooked.made.id
    for act in (
        lambda who: webhook(place.workspace, who, name),
        lambda who: edit_webhook(place.workspace, who, name, None, "https://a.example/", None, active=True),
        lambda who: delete_webhook(place.workspace, who, name),
        lambda who: replay(place.workspace, who, name, START),
        lambda who: rotate_secret(place.workspace, who, name),
        lambda who: ping(place.workspace, who, name),
    ):
        with pytest.raises(NotFound):
            act(place.other)
    assert webhooks_of(place.workspace, place.other) == []
    assert [one.id for one in webhooks_of(place.workspace, place.one)] == [name]


def test_a_change_is_to_the_version_that_was_read(hooked):
    place, name = hooked.place, hooked.made.id
    url = "https://a.example/"
    changed, version = edit_webhook(place.workspace, place.one, name, 1, url, ["PlanMade"], active=False)
    assert (changed.url, changed.events, changed.stopped, version) == (url, ("PlanMade",), Stopped.BY_OWNER, 2)
    with pytest.raises(VersionChanged):
        edit_webhook(place.workspace, place.one, name, 1, hooked.inbox.url, None, active=True)
    with pytest.raises(EventUnknown):
        edit_webhook(place.workspace, place.one, name, 2, url, ["PlanMad"], active=True)
    with pytest.raises(ReceiverRefused):
        edit_webhook(place.workspace, place.one, name, 2, "http://a.example/", None, active=True)
    assert webhook(place.workspace, place.one, name) == (changed, 2)


def test_an_enterprise_has_so_many_webhooks_and_no_more(hooked):
    place = hooked.place
    for _ in range(9):
        create_webhook(place.workspace, place.one, "https://a.example/", None)
    with pytest.raises(WebhooksExhausted):
        create_webhook(place.workspace, place.one, "https://a.example/", None)
    create_webhook(place.workspace, place.other, "https://a.example/", None)
    delete_webhook(place.workspace, place.one, hooked.made.id)
    create_webhook(place.workspace, place.one, "https://a.example/", None)


def test_a_deleted_webhook_is_sent_nothing_more(hooked):
    happen(hooked.place, "a")
    delete_webhook(hooked.place.workspace, hooked.place.one, hooked.made.id)
    deliver(hooked.courier)
    assert hooked.inbox.asked == 0


def test_no_secret_stands_in_the_database_or_in_a_log(hooked, caplog):
    place = hooked.place
    caplog.set_level(logging.DEBUG)
    hooked.inbox.statuses = [500]
    happen(place, "a")
    deliver(hooked.courier)
    changed, _ = rotate_secret(place.workspace, place.one, hooked.made.id)
    with place.store.read() as connection:
        row = dict(connection.execute(select(webhooks)).mappings().one())
    told = repr(row) + caplog.text + repr(seen(place, hooked.made)) + repr(webhooks_of(place.workspace, place.one))
    assert hooked.inbox.url not in caplog.text
    for made in (hooked.made, changed):
        assert made.secret not in told
        assert made.secret.removeprefix("whsec_") not in told
    assert commands.secrets_of(place.workspace, row, time.time()) == [changed.secret, hooked.made.secret]


def test_figures_count_what_is_active_fails_and_is_stopped(place):
    failing, well = place.inbox(), place.inbox()
    failing.statuses = [500] * 9
    create_webhook(place.workspace, place.one, failing.url, None)
    create_webhook(place.workspace, place.one, well.url, None)
    made, version = create_webhook(place.workspace, place.one, well.url, None)
    edit_webhook(place.workspace, place.one, made.id, version, well.url, None, active=False)
    happen(place, "a")
    deliver(place.courier())
    with place.store.read() as connection:
        figures = webhook_figures(connection, int(place.clock.now))
    assert figures == ({"active": 1, "failing": 1, "stopped": 1}, 1)


# --- the example -----------------------------------------------------------------------------------------------------


def example():
    space = {"__name__": "example"}
    exec(compile(EXAMPLE.read_text(), str(EXAMPLE), "exec"), space)  # noqa: S102 - the program that is documented
    return SimpleNamespace(**space)


@contextmanager
def example_running(secret, port):
    program = subprocess.Popen(
        [sys.executable, "-I", str(EXAMPLE), str(port)], stdout=subprocess.PIPE, text=True,
        env={"WEBHOOK_SECRET": secret, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        yield program
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


def test_the_example_takes_what_is_genuine_once_and_refuses_the_rest(place):
    spare = place.inbox()
    port = int(spare.url.split(":")[2].split("/")[0])
    made, _ = create_webhook(place.workspace, place.one, spare.url, None)
    spare.close()
    spare.close = lambda: None
    ids = [happen(place, str(n)) for n in range(2)]
    courier = place.courier()
    with example_running(made.secret, port) as program:
        while not webhook(place.workspace, place.one, made.id)[0].delivered_at:
            place.clock.now = max(place.clock.now, time.time())
            ping(place.workspace, place.one, made.id)  # which tries at once
            courier.deliver_due(5)
            assert program.poll() is None
        told = [json.loads(program.stdout.readline())["id"] for _ in range(2)]
        assert told == ids
    genuine = example().is_genuine
    headers, body = deliveries.message(
        SimpleNamespace(id="x", name="n", model_dump=lambda mode: {"time": "t"}), [made.secret], time.time()
    )
    assert genuine(made.secret, headers, body, time.time())
    assert not genuine(made.secret, headers, body + b" ", time.time())
    assert not genuine(made.secret, headers, body, time.time() + 301)
    assert not genuine(made.secret, headers | {"webhook-id": "y"}, body, time.time())
    assert not genuine(made.secret, headers | {"webhook-timestamp": "soon"}, body, time.time())
    assert not genuine(made.secret, {}, body, time.time())
