"""What happens is told in pages, in a stream and by webhooks: the same events, to each enterprise its own.

1. Pages, stream and webhook tell the same, each event one time and in one order.
2. What one enterprise is told holds nothing of another's branch.
3. A webhook is its own enterprise's, its secret is shown one time, and a change of it names the version that it is to.
4. Who made, changed, replayed or deleted one, or had its secret renewed, stands in the audit log.
"""

import json
import socket
import time
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook as Checking

from api.routes import events as routes
from chain.commands.audit import digest_of, newest_entries
from chain.commands.deliveries import Courier
from chain.commands.ingest import ingest
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.events import START
from chain.commands.workspace import OPERATOR
from chain.store.tables import changes
from tests.inboxes import Inbox

NOWHERE = "https://erp.example/hooks"


@pytest.fixture(scope="module")
def told(service):
    """Something happened in both branches, while each of some enterprises had a webhook. Who → its receiver."""
    inboxes = {who: Inbox() for who in ("gear", "yarn", "harbour", OPERATOR)}
    secrets = {who: service.post(who, "/v1/webhooks", {"url": inbox.url})["secret"] for who, inbox in inboxes.items()}
    for who in inboxes:
        own = service.get(who, "/v1/webhooks")[0]["id"]
        service.post(who, f"/v1/webhooks/{own}/replay", {"after": "0.0.0"})
    for deal in ("crane-gear", "gear-bolt", "loom-yarn"):
        service.send_papers(deal)
    maturity = (service.world.today + timedelta(days=90)).isoformat()
    for issuer, supplier, deal in (("crane", "gear", "crane-gear"), ("loom", "yarn", "loom-yarn")):
        line = service.get(issuer, "/v1/lines")[0]["id"]
        body = {"line": line, "maturity": maturity, "payments": [service.payment(deal, supplier, 10_000_00)]}
        voucher = service.post(issuer, "/v1/vouchers", body)["vouchers"][0]
        service.post(supplier, f"/v1/vouchers/{voucher}/accept", None)
        if supplier == "gear":
            service.post("harbour", f"/v1/vouchers/{voucher}/quotes", {"registration_number": "0123"})
    service.ask("gear", "POST", "/v1/documents", files=[("files", ("broken.xml", b"<x", "application/xml"))])
    service.post(OPERATOR, "/v1/plans", {"currency": "CNY"})
    with Courier(service.workspace, CurrentTrade(service.workspace)) as courier:
        while courier.deliver_due(20):
            pass
    yield {who: (inbox, secrets[who]) for who, inbox in inboxes.items()}
    for inbox in inboxes.values():
        inbox.close()


def pages(service, who, limit=500, after=None):
    found = []
    while True:
        page = service.get(who, "/v1/events", params={"limit": limit} | ({"after": after} if after else {}))
        assert len(page["items"]) <= limit
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


def stream(service, who, after="0.0.0"):
    headers = {"Authorization": f"Bearer {service.keys[who]}"}
    found = []
    with (
        suppress(httpx.ReadTimeout),
        service.client.stream("GET", f"/v1/events/stream?after={after}", headers=headers, timeout=2) as answer,
    ):
        for line in answer.iter_lines():
            if line.startswith("data:") and '"subject"' in line:
                found.append(json.loads(line.removeprefix("data:")))
    return found


@pytest.mark.parametrize("who", ["gear", "yarn", "harbour", OPERATOR])
def test_pages_stream_and_webhook_tell_the_same_one_time_and_in_order(service, told, who):
    whole = pages(service, who)
    assert len({event["id"] for event in whole}) == len(whole) > 3
    assert pages(service, who, limit=3) == whole
    assert stream(service, who) == whole
    middle = len(whole) // 2
    assert pages(service, who, after=whole[middle]["cursor"]) == whole[middle + 1 :]
    assert stream(service, who, whole[middle]["cursor"]) == whole[middle + 1 :]
    inbox, secret = told[who]
    received = [Checking(secret).verify(body, headers) for headers, body in inbox.taken]
    heard = [event["data"]["id"] for event in received]
    for chain in (True, False):
        assert [one for one in heard if one.startswith("change-") != chain] == [
            event["id"] for event in whole if event["id"].startswith("change-") != chain
        ]


def test_what_stands_on_no_chain_is_told_to_those_whom_it_concerns(service, told):
    names = {who: {event["name"] for event in pages(service, who)} for who in ("gear", "harbour", "bolt", "yarn")}
    assert {"PieceOffered", "PieceAccepted", "DocumentRead", "FileRefused", "QuoteMade"} <= names["gear"]
    assert {"LineGranted", "PieceAccepted", "QuoteMade"} <= names["harbour"]
    assert "DocumentRead" in names["bolt"]
    assert not {"QuoteMade", "FileRefused"} & (names["bolt"] | names["yarn"])
    documents = {d["key"] for d in service.get("bolt", "/v1/documents", params={"limit": 500})["items"]}
    assert {e["subject"] for e in pages(service, "bolt") if e["kind"] == "document"} == documents


def test_the_command_line_tells_of_papers_what_an_upload_tells(service, told, tmp_path):
    """Two deals of the same parties, the one sent by the operator and the other read on the machine; and a broken file."""

    def told_of(deal, take) -> list:
        broken = ("", "broken.xml", f"<x {deal.invoice.number}".encode())
        with service.workspace.store.read() as connection:
            last = connection.execute(select(func.max(changes.c.sequence))).scalar()
        take([(name, content) for _, name, content in (*deal.files.values(), broken)])
        columns = changes.c.enterprise, changes.c.name, changes.c.kind, changes.c.echo, changes.c.subject
        new = select(*columns).where(changes.c.sequence > last, changes.c.kind.in_(("document", "file")))
        with service.workspace.store.read() as connection:
            rows = connection.execute(new.order_by(changes.c.sequence)).all()
        assert len(rows) > len(deal.files)
        subject = {"document": lambda one: one.rpartition("|")[0], "file": len}
        return sorted((*row[:4], subject[row.kind](row.subject)) for row in rows)

    def sent(files):
        service.send(OPERATOR, [("files", (name, content, "application/xml")) for name, content in files])

    def read(files):
        for name, content in files:
            (tmp_path / name).write_bytes(content)
        ingest(service.workspace, [tmp_path])

    first, second = (service.world.deal("gear", "bolt", 3, days_ago) for days_ago in (31, 32))
    assert told_of(first, sent) == told_of(second, read)


def test_nothing_that_one_is_told_holds_anything_of_another_branch(service, told):
    branches = {"gear": ("loom", "yarn", "valley"), "yarn": ("crane", "gear", "bolt", "harbour")}
    vouchers = {who: {v["id"] for v in service.get(who, "/v1/vouchers")["items"]} for who in branches}
    for who, others in branches.items():
        inbox, _ = told[who]
        text = json.dumps(pages(service, who)) + b"".join(body for _, body in inbox.taken).decode()
        assert not [marker for marker in service.world.markers(*others) if marker in text]
        seen = {event["subject"] for event in pages(service, who) if event["kind"] == "voucher"}
        assert seen
        assert seen <= vouchers[who]


def test_a_webhook_is_its_own_enterprises_and_its_secret_is_shown_one_time(service):
    made = service.post("pump", "/v1/webhooks", {"url": NOWHERE, "events": ["QuoteMade"]})
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    path = f"/v1/webhooks/{made['id']}"
    assert service.get("pump", path) == made
    assert service.get("pump", "/v1/webhooks") == [made]
    changed = service.post("pump", f"{path}/secret", None)
    assert changed.pop("secret") != secret
    assert changed["former_secret_until"]
    assert service.ask("regulator", "GET", path).status_code == 403
    for who in ("seal", "harbour", OPERATOR):
        assert service.ask(who, "GET", path).status_code == 404
        put = service.ask(who, "PUT", path, json={"url": NOWHERE, "active": True}, headers={"If-Match": "*"})
        assert put.status_code == 404
        assert service.ask(who, "DELETE", path).status_code == 404
        for verb, body in (("replay", {"after": "0.0.0"}), ("secret", None), ("test", None)):
            assert service.ask(who, "POST", f"{path}/{verb}", json=body).status_code == 404
    answer = service.ask("pump", "POST", f"{path}/test")
    assert answer.status_code == 202
    assert answer.json()["event"] in {event["id"] for event in pages(service, "pump")}
    assert service.ask("pump", "DELETE", path).json()["id"] == made["id"]
    assert service.ask("pump", "GET", path).status_code == 404


def test_who_said_where_events_are_sent_stands_in_the_audit_log(service):
    made = service.post("bolt", "/v1/webhooks", {"url": NOWHERE})
    path = f"/v1/webhooks/{made['id']}"
    put = {"url": NOWHERE, "active": False}
    assert service.ask("bolt", "PUT", path, json=put, headers={"If-Match": '"9"'}).status_code == 412
    assert service.ask("bolt", "PUT", path, json=put, headers={"If-Match": "*"}).status_code == 200
    service.post("bolt", f"{path}/secret", None)
    service.post("bolt", f"{path}/replay", {"after": "0.0.0"})
    service.ask("bolt", "DELETE", path)
    entries = [one for one in newest_entries(service.workspace, 20) if one.subject == made["id"]]
    assert [one.action for one in entries] == [
        "webhook.make", "webhook.change", "webhook.secret", "webhook.replay", "webhook.delete",
    ]  # fmt: skip
    assert {one.enterprise for one in entries} == {service.world.id("bolt")}
    assert {(one.actor, one.request_id) for one in entries} == {
        (service.get("bolt", "/v1/me")["actor"], "of-these-tests")
    }
    asked = {"version": 1, "url": NOWHERE, "events": None, "active": False}
    assert entries[1].digest == digest_of(bytes.fromhex(entries[1].salt), asked)


def test_a_change_names_the_version_that_it_is_to(service):
    made = service.ask("seal", "POST", "/v1/webhooks", json={"url": NOWHERE})
    path, tag = f"/v1/webhooks/{made.json()['id']}", made.headers["etag"]
    change = {"url": f"{NOWHERE}/2", "events": ["PlanMade"], "active": False}

    def put(headers, body=change):
        answer = service.ask("seal", "PUT", path, json=body, headers=headers)
        return answer.status_code, answer.json().get("rule"), answer.headers.get("etag")

    assert put({})[:2] == (428, "VersionMissing")
    assert put({"If-Match": '"77"'})[:2] == (412, "VersionChanged")
    assert put({"If-Match": "nonsense"})[:2] == (412, "VersionChanged")
    assert service.ask("seal", "GET", path).headers["etag"] == tag
    status, _, now = put({"If-Match": tag})
    assert (status, now != tag) == (200, True)
    assert put({"If-Match": tag})[:2] == (412, "VersionChanged")
    assert service.get("seal", path)["stopped"] == "by_owner"
    assert service.refused("seal", f"{path}/test", None) == (409, "WebhookIsStopped")
    assert put({"If-Match": now}, change | {"active": True})[0] == 200
    assert put({"If-Match": "*"}, change | {"events": ["Nothing"]})[:2] == (422, "EventUnknown")
    assert put({"If-Match": "*"}, change | {"url": "https://169.254.169.254/"})[:2] == (422, "ReceiverRefused")
    assert service.get("seal", path)["url"] == change["url"]
    gone = service.ask("seal", "DELETE", path, headers={"If-Match": tag})
    assert (gone.status_code, gone.json()["rule"]) == (412, "VersionChanged")
    newest = service.ask("seal", "GET", path).headers["etag"]
    assert service.ask("seal", "DELETE", path, headers={"If-Match": newest}).status_code == 200


@pytest.mark.parametrize("wrong", ["0.0", "now", "1.2.3.4", "9999999999999.0.0"])
def test_a_place_that_is_none_is_refused(service, wrong):
    assert service.ask("seal", "GET", "/v1/events", params={"after": wrong}).status_code == 422
    assert service.ask("seal", "GET", "/v1/events/stream", params={"after": wrong}).status_code == 422


def test_who_watches_sees_how_many_webhooks_fail(service, told):
    text = service.ask(OPERATOR, "GET", "/metrics").text
    assert 'pearl_webhooks{state="failing"} 0.0' in text
    assert "pearl_webhook_deliveries_pending 0.0" in text


def test_who_hangs_up_while_much_is_still_to_be_told_is_no_error(service, told, monkeypatch, caplog):
    look_of = routes.events_after

    def much(home, current, viewer, cursor):
        look = look_of(home, current, viewer, START)
        return look._replace(events=look.events * 500, more=True)

    monkeypatch.setattr(routes, "events_after", much)
    address = service.client.base_url
    asked = f"GET /v1/events/stream HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {service.keys[OPERATOR]}\r\n\r\n"
    with caplog.at_level("INFO"):
        for _ in range(2):
            with socket.create_connection((address.host, address.port)) as connection:
                connection.sendall(asked.encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
                time.sleep(1.5)  # nobody reads, until the service waits to write
        ends = time.monotonic() + 20
        while service_log(caplog).count("GET /v1/events/stream 200") < 2 and time.monotonic() < ends:
            time.sleep(0.05)
    assert service_log(caplog).count("GET /v1/events/stream 200") == 2  # both ended
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def service_log(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "pearl.access"]
