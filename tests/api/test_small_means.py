"""What somebody could do to the service with little: a request of some kilobytes, one connection, one key.

1. What is expensive to read is bounded before it is read, and does not keep others waiting.
2. Whatever stands in a field, the answer is none of the server's fault, and what was made stays readable.
3. Who may not act any more does not go on by a key that it made; nobody enables itself by one.
4. A client that says nothing, or says it slowly, does not keep its connection.
5. What exists and is another's takes the same reading as what does not exist.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from api import server
from api.answers import written_at_once
from api.app import create_app
from api.desk import Desk, KeptAnswer
from chain.commands.callers import AT_THE_MACHINE, Callers, KeyUnknown
from chain.commands.deposit import balance
from chain.commands.duties import Duty
from chain.commands.keys import LAST_EXPIRY, LastKey, give_key, make_key, revoke_key
from chain.commands.users import add_user
from chain.money import MOST_MINOR
from chain.store.kept import Kept
from chain.store.tables import api_keys
from tests.api.conftest import running
from tests.api.little_world import CURRENCY
from tests.statements import asked_of

ISSUER = "https://login.example"


@pytest.fixture(scope="module")
def workspace(service):
    return service.workspace


@pytest.fixture
def provider(workspace):
    """An identity provider is set, as which this test speaks itself."""
    without = workspace.settings
    workspace.settings = without.model_copy(update={"oidc_issuer": ISSUER, "oidc_audience": "pearl.example"})
    yield
    workspace.settings = without


def key_body(service, short: str, **more):
    enterprise = short if short == "operator" else service.world.id(short)
    return {"enterprise": enterprise, "label": "test"} | more


def by_key(service, text: str, method: str, path: str, **more):
    """A request with a key that is not one of the service's own."""
    service.keys["this test"] = text
    return service.ask("this test", method, path, **more)


# --- what is expensive to read ---------------------------------------------------------------------------------------


def test_a_mapping_is_refused_before_it_is_read_to_who_sends_no_documents(service):
    files = [("files", ("a.csv", b"a,b\n1,2\n")), ("mapping", ("m.toml", b"x = 1"))]
    answer = service.ask("regulator", "POST", "/v1/documents", files=files)
    assert (answer.status_code, answer.json()["rule"]) == (403, "NotPermitted")


def test_a_mapping_of_dots_is_refused_at_once(service):
    mapping = b".".join([b"a"] * 32_700) + b"=1"
    files = [("files", ("a.csv", b"a,b\n1,2\n")), ("mapping", ("m.toml", mapping))]
    began = time.monotonic()
    answer = service.ask("gear", "POST", "/v1/documents", files=files)
    assert (answer.status_code, answer.json()["rule"]) == (422, "MappingBroken")
    assert time.monotonic() - began < 5  # it took twenty seconds


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/v1/vouchers/3.1.1.1/transfer", {"payments": [{"a": 1}] * 25_000}, "body.payments"),
        ("/v1/redemptions", {"vouchers": [1] * 50_000}, "body.vouchers"),
        ("/v1/webhooks", {"url": "https://erp.example/", "events": [1] * 50_000}, "body.events"),
        ("/v1/keys", {"enterprise": "operator", "label": "x", "duties": [1] * 50_000}, "body.duties"),
        ("/v1/plans", {f"n{number}": 1 for number in range(15_000)}, "body"),
    ],
)
def test_a_list_that_is_too_long_is_one_complaint_and_not_one_an_entry(service, path, body, place):
    answer = service.ask("operator", "POST", path, json=body)
    assert answer.status_code == 422
    assert [wrong["place"] for wrong in answer.json()["errors"]] == [place]


# --- what is no error of the server's -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["enterprises", "aliases", "financings", "graph/neighbourhood"])
def test_a_cursor_that_is_nested_deeply_is_of_no_page(service, path):
    after = base64.urlsafe_b64encode(b"[" * 1_400).decode().rstrip("=")
    more = {"enterprise": service.world.id("gear")} if "graph" in path else {}
    answer = service.ask("gear", "GET", f"/v1/{path}", params={"after": after, **more})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("expires_at", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"])
def test_a_key_ends_in_a_year_that_every_clock_can_write(service, expires_at):
    body = key_body(service, "gear", expires_at=expires_at)
    assert service.refused("gear", "/v1/keys", body) == (422, "RequestInvalid")
    latest = key_body(service, "gear", expires_at=LAST_EXPIRY.isoformat())
    assert datetime.fromisoformat(service.post("operator", "/v1/keys", latest)["expires_at"]) == LAST_EXPIRY


def test_keys_that_were_made_to_end_later_are_read_and_revoked(service, workspace):
    made, _ = make_key(workspace, service.world.id("pump"), "for ever", expires_at=253_402_351_199)
    assert made.id in {one["id"] for one in service.get("pump", "/v1/keys")["items"]}
    assert service.ask("pump", "DELETE", f"/v1/keys/{made.id}").status_code == 200


@pytest.mark.parametrize("label", ["a\x00b", "\x1b[31mred", "two\nlines"])
def test_what_is_written_in_a_line_holds_no_control_characters(service, provider, label):
    person = {"subject": "plain", "duties": ["checker"]}
    for path, body in [
        ("/v1/keys", key_body(service, "gear") | {"label": label}),
        ("/v1/users", key_body(service, "gear") | person | {"label": label}),
        ("/v1/users", key_body(service, "gear") | person | {"subject": label}),
    ]:
        answer = service.ask("gear", "POST", path, json=body)
        assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")
        assert answer.json()["errors"][0]["reason"] == "it holds control characters"
    quote = {"registration_number": label}
    assert service.refused("harbour", "/v1/vouchers/3.1.1.1/quotes", quote) == (422, "RequestInvalid")


def sent(service, content_type: str, name: bytes):
    form = b'--B\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\nx\r\n--B--\r\n'
    return service.ask("gear", "POST", "/v1/documents", content=form, headers={"Content-Type": content_type})


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "idna", "undefined", "utf-16", "hex"])
def test_a_form_is_in_utf_8(service, charset):
    answer = sent(service, f"multipart/form-data; boundary=B; charset={charset}", rb"\ud800.xml")
    assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")
    assert answer.json()["errors"] == [{"place": "header.Content-Type", "reason": "it should be UTF-8"}]
    assert sent(service, "multipart/form-data; boundary=B; charset=UTF-8", b"a.xml").status_code == 202


def test_no_account_holds_more_than_an_amount_can_say(service, workspace):
    bank, loom = service.world.id("valley"), service.world.id("loom")
    body = {"enterprise": loom, "amount": {"minor": 100, "currency": CURRENCY}}
    assert service.post("valley", "/v1/deposits", body)["balance"]["minor"] == 100
    body["amount"]["minor"] = MOST_MINOR - 99
    assert service.refused("valley", "/v1/deposits", body) == (422, "BalanceTooLarge")
    assert balance(workspace, bank, loom, CURRENCY) == 100
    body["amount"]["minor"] = MOST_MINOR - 100
    name = "as-much-as-goes-in"
    assert service.post("valley", "/v1/deposits", body, key=name)["balance"]["minor"] == MOST_MINOR
    assert service.post("valley", "/v1/deposits", body, key=name)["balance"]["minor"] == MOST_MINOR


@pytest.mark.parametrize("url", ["https://xn--/", "https://xn--a/"])
def test_a_name_that_no_name_can_be_is_no_webhooks_address(service, url):
    assert service.refused("gear", "/v1/webhooks", {"url": url}) == (422, "ReceiverRefused")


@pytest.mark.parametrize("version", ['"01"', '"00"', '"1 "'])
def test_a_version_is_written_in_one_way(service, provider, version):
    person = key_body(service, "gear") | {"subject": f"of {version}", "duties": ["checker"]}
    made = service.post("gear", "/v1/users", person)
    change = {"label": "x", "duties": ["checker"], "disabled": False}
    answer = service.ask("gear", "PUT", f"/v1/users/{made['id']}", json=change, headers={"If-Match": version})
    assert (answer.status_code, answer.json()["rule"]) == (412, "VersionChanged")


# --- who may not act any more -------------------------------------------------------------------------------------------


def test_a_disabled_persons_keys_are_refused_and_count_again_with_it(service, workspace, provider):
    """Also the operator's: it would else enable itself."""
    callers = Callers(workspace)
    for short, duty in (("gear", Duty.TREASURER), ("operator", Duty.OPERATOR)):
        body = key_body(service, short, duties=[duty.value])
        user = add_user(workspace, AT_THE_MACHINE, body["enterprise"], f"{short} person", "Person", [duty])
        person = callers.of_user(ISSUER, user.subject)
        _, first = give_key(workspace, person, body["enterprise"], "first", [duty], None)
        second = by_key(service, first, "POST", "/v1/keys", json=body).json()["key"]
        change = {"label": "x", "duties": [duty.value], "disabled": True}
        match = {"If-Match": "*"}
        for own in (first, second):
            answer = by_key(service, own, "PUT", f"/v1/users/{user.id}", json=change, headers=match)
            assert (answer.status_code, answer.json()["rule"]) == (403, "OwnDuties")
        assert service.ask("operator", "PUT", f"/v1/users/{user.id}", json=change, headers=match).status_code == 200
        for own in (first, second):
            answer = by_key(service, own, "PUT", f"/v1/users/{user.id}", json=change, headers=match)
            assert (answer.status_code, answer.json()["rule"]) == (401, "KeyUnknown")
            with pytest.raises(KeyUnknown):
                callers.of_key(own)
        change["disabled"] = False
        assert service.ask("operator", "PUT", f"/v1/users/{user.id}", json=change, headers=match).status_code == 200
        assert callers.of_key(second).eyes == person.actor


def test_with_a_key_end_those_that_it_made_for_its_enterprise(service, workspace):
    """Also those that these made; the log names each. What the operator made stands on its own."""
    callers, body = Callers(workspace), key_body(service, "loom", duties=["treasurer"])
    first = service.post("operator", "/v1/keys", body)
    second = by_key(service, first["key"], "POST", "/v1/keys", json=body).json()
    third = by_key(service, second["key"], "POST", "/v1/keys", json=body).json()
    other = service.post("operator", "/v1/keys", body)
    assert by_key(service, other["key"], "DELETE", f"/v1/keys/{second['id']}").status_code == 200
    for ended in (second, third):
        with pytest.raises(KeyUnknown):
            callers.of_key(ended["key"])
    assert callers.of_key(first["key"]).eyes == f"key:{first['id']}"
    log = service.get("operator", "/v1/audit", params={"limit": 500})["items"]
    revoked = {entry["subject"] for entry in log if entry["action"] == "key.revoke"}
    assert {second["id"], third["id"]} <= revoked
    assert not {first["id"], other["id"]} & revoked


def test_a_key_ends_no_later_than_the_key_that_made_it(service):
    soon = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    body = key_body(service, "loom", duties=["treasurer"])
    first = service.post("operator", "/v1/keys", body | {"expires_at": soon.isoformat()})
    for asked in (None, (soon + timedelta(days=1)).isoformat()):
        made = by_key(service, first["key"], "POST", "/v1/keys", json=body | {"expires_at": asked}).json()
        assert datetime.fromisoformat(made["expires_at"]) == soon
    sooner = soon - timedelta(minutes=30)
    made = by_key(service, first["key"], "POST", "/v1/keys", json=body | {"expires_at": sooner.isoformat()}).json()
    assert datetime.fromisoformat(made["expires_at"]) == sooner


def test_who_was_revoked_while_it_asked_makes_no_key(service, workspace):
    body = key_body(service, "loom", duties=["treasurer"])
    made = service.post("operator", "/v1/keys", body)
    let_in = Callers(workspace).of_key(made["key"])
    revoke_key(workspace, AT_THE_MACHINE, made["id"])
    with pytest.raises(KeyUnknown):
        give_key(workspace, let_in, body["enterprise"], "late", None, None)


def test_the_operators_last_key_is_not_revoked_where_no_provider_knows_anybody_else(service, workspace, monkeypatch):
    with workspace.store.read() as connection:
        of_operator = select(api_keys.c.hash).where(api_keys.c.enterprise == "operator", ~api_keys.c.revoked)
        last, *others = connection.execute(of_operator).scalars().all()
    for other in others:
        revoke_key(workspace, AT_THE_MACHINE, other[:16])
    make_key(workspace, "operator", "ends in a moment", expires_at=int(time.time()) + 1)
    time.sleep(1.1)
    with pytest.raises(LastKey):
        revoke_key(workspace, AT_THE_MACHINE, last[:16])
    next_one, service.keys["operator"] = make_key(workspace, "operator", "next")
    assert revoke_key(workspace, AT_THE_MACHINE, last[:16]).revoked
    assert revoke_key(workspace, AT_THE_MACHINE, last[:16]).revoked
    told = service.ask("operator", "DELETE", f"/v1/keys/{next_one.id}")
    assert (told.status_code, told.json()["rule"]) == (422, "LastKey")
    monkeypatch.setattr(workspace, "settings", workspace.settings.model_copy(update={"oidc_issuer": ISSUER}))
    assert service.ask("operator", "DELETE", f"/v1/keys/{next_one.id}").status_code == 200
    _, service.keys["operator"] = make_key(workspace, "operator", "test")


# --- clients that say nothing, or say it slowly ------------------------------------------------------------------------


HALVES = {
    "nothing": b"",
    "half a head": b"GET /v1/ready HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "half a body": b"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nIdempotency-Key: half-a-body"
    b"\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 100000\r\n\r\n--B\r\n",
    "half a body without a key": b"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx",
    "half a head after a request": b"GET /v1/ready HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/ready HTTP/1.1\r\nX-A: ",
}


@pytest.fixture
def hurried(service, workspace, monkeypatch):
    """The service with little patience. Gives host and port."""
    monkeypatch.setattr(server.Hurried, "patience_seconds", 0.5)
    with running(create_app(workspace)) as address:
        url = httpx.URL(address)
        yield url.host, url.port


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("trickles", [False, True])
def test_a_connection_that_waits_for_its_client_ends(service, hurried, half, trickles):
    """Also where a byte comes now and then."""
    begun = HALVES[half].replace(b"%s", service.keys["gear"].encode())
    began = time.monotonic()
    with socket.create_connection(hurried, timeout=0.1) as connection:
        connection.sendall(begun)
        while time.monotonic() - began < 14:
            try:
                if connection.recv(4_096) == b"":
                    break
            except TimeoutError:
                if trickles:
                    with contextlib.suppress(OSError):
                        connection.sendall(b"x")
            except OSError:
                break
        else:
            pytest.fail("it is still open")


def test_who_sends_and_reads_at_its_pace_is_answered(service, hurried):
    """The patience is for what the client owes, not for requests one after another, nor for a stream."""
    url = f"http://{hurried[0]}:{hurried[1]}"
    headers = {"Authorization": f"Bearer {service.keys['gear']}"}

    def slowly():
        yield b'--B\r\nContent-Disposition: form-data; name="files"; filename="slow.xml"\r\n\r\n'
        for _ in range(6):
            time.sleep(0.2)
            yield b" " * 4_096
        yield b"\r\n--B--\r\n"

    more = {"Content-Type": "multipart/form-data; boundary=B", "Idempotency-Key": "slow-but-steady"}
    with httpx.Client(base_url=url, timeout=20, headers=headers) as client:
        for _ in range(3):
            assert client.get("/v1/me").status_code == 200
            time.sleep(0.7)
        assert client.post("/v1/documents", content=slowly(), headers=more).status_code == 202
        with client.stream("GET", "/v1/events/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: ready"
            time.sleep(1.2)
            assert client.get("/v1/me").status_code == 200
            assert not stream.is_closed


def test_so_many_connections_are_open_and_no_more(service, workspace, monkeypatch):
    monkeypatch.setattr(server.Hurried, "most_connections", 5)
    with running(create_app(workspace)) as address:
        url = httpx.URL(address)
        idle = [socket.create_connection((url.host, url.port), timeout=10) for _ in range(5)]
        try:
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{address}/v1/ready")
            idle.pop().close()
            time.sleep(0.3)
            assert httpx.get(f"{address}/v1/ready").status_code == 200
        finally:
            for one in idle:
                one.close()


# --- health --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize("fails", [False, True])
async def test_what_another_is_asked_for_is_asked_once_a_second_however_many_want_it(fails):
    asked = []

    def ask() -> int:
        asked.append(threading.get_ident())
        time.sleep(0.05)
        if fails:
            raise OSError("away")
        return len(asked)

    kept = KeptAnswer(ask, seconds=0.3)
    first = await asyncio.gather(*(kept() for _ in range(50)), return_exceptions=True)
    assert len(asked) == 1
    assert all(isinstance(one, OSError) if fails else one == 1 for one in first)
    await asyncio.sleep(0.35)
    await asyncio.gather(kept(), return_exceptions=True)
    assert len(asked) == 2


def test_health_does_not_ask_the_node_for_every_request(service, workspace, monkeypatch):
    app = create_app(workspace)
    asked = []
    newest = workspace.indexer.newest
    monkeypatch.setattr(app.state.desk.newest, "_ask", lambda: asked.append(1) or newest())
    began = time.monotonic()
    with running(app) as address, httpx.Client(base_url=address) as client:
        for _ in range(40):
            assert client.get("/v1/health").status_code == 200
    assert len(asked) <= 1 + time.monotonic() - began


class _Ready(Desk):
    reads_at_once = True

    def __init__(self):
        pass


def test_what_is_committed_while_a_piece_is_read_is_in_its_names():
    """A piece that is read has the name of an enterprise that came with it."""
    version = [1]
    kept = Kept(lambda: version[0], lambda _: (threading.current_thread().name, version[0]))
    of_main, _ = kept.get()
    pieces = []

    @written_at_once()
    def route(desk):
        version.append(version.pop() + len(pieces))
        pieces.append("piece")
        return [kept.get(), kept.get()]

    first, second = (json.loads(asyncio.run(route(desk=_Ready())).body) for _ in range(2))
    assert first == [[of_main, 1]] * 2
    # What takes long to read is read in a thread, and so is all that is told with it.
    assert second[0] == second[1]
    assert second[0][0] != of_main
    assert second[0][1] == version[0]


# --- what takes how long -------------------------------------------------------------------------------------------------


def test_what_is_anothers_takes_the_same_statements_as_what_is_not_there(service, workspace):
    """A bank is asked for on the ledger, too: it may be in a piece that rests on the invoice."""
    service.send_papers("crane-gear")
    key = service.world.deals["crane-gear"].key
    with asked_of(workspace.store) as statements:
        for path in ("matching", "documents"):
            for who in ("valley", "yarn"):
                taken = []
                for asked in (key, key, f"{key}X"):
                    name = base64.urlsafe_b64encode(asked.encode()).decode().rstrip("=")
                    statements.clear()
                    assert service.ask(who, "GET", f"/v1/{path}/{name}").status_code == 404
                    taken.append(
                        [one for one, _ in statements if "evidence" in one or "documents" in one or "files" in one]
                    )
                assert taken[1] == taken[2], (path, who)
