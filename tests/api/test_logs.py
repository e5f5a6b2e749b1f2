"""What the log of the service holds, and what it never holds.

1. One line a request: method, route's template, status, milliseconds, request id, actor, and the rule that refused it.
2. Wherever a caller puts its words (path, query, header, body, key, name of a file, form), none of them is in the log.
3. Neither are the messages of exceptions, expected or not, nor what libraries say.
4. Lines are JSON with times of UTC; or text for people.
"""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import sys
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_process import api, ended

from api.guards import Failsafe
from api.telemetry import HttpFigures, Observed
from chain.errors import NotFound
from chain.logs import configure_logs, fields_of
from chain.settings import Settings
from tests.effort import examples

MARKERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=24).map(lambda text: f"m4rk{text}")
PATHS = (
    "/v1/vouchers/{}",
    "/v1/{}",
    "/{}",
    "/v1/documents",
    "/v1/plans/{}",
    "/static/{}",
    "/v1/vouchers/{}/accept",
    "/v1/me",
)


@contextmanager
def written(**chosen):
    """What is logged meanwhile, by a process that is set up like this."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, logging.raiseExceptions
    stream = io.StringIO()
    configure_logs(Settings(**chosen), stream)
    try:
        yield stream
    finally:
        root.handlers[:], level, sys.excepthook, threading.excepthook, logging.raiseExceptions = before
        root.setLevel(level)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """The service as a process of its own. Gives its address, its operator's key and its log."""
    folder = tmp_path_factory.mktemp("logged")
    log = folder / "log"
    with api(folder / "home", log, PEARL_UNAUTHENTICATED_PER_MINUTE="100000") as running:
        address = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())[0]
        key = re.search(r"pearl_\S+", running.stdout.readline())[0]
        yield address, key, log
        assert ended(running) == 0


def told_of(log, name):
    """The line of a request, which is written when its answer is out."""
    until = time.monotonic() + 10
    while True:
        for line in log.read_text().splitlines():
            if name in line and "milliseconds" in line:
                return json.loads(line)
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_line_says_what_became_of_a_request(process):
    address, key, log = process
    headers = {"Authorization": f"Bearer {key}", "X-Request-ID": "one-of-mine"}
    assert httpx.get(f"{address}/v1/vouchers/7.1.3.2", headers=headers).status_code == 404
    line = told_of(log, "one-of-mine")
    assert {name: line[name] for name in ("method", "route", "status", "actor", "rule", "level")} == {
        "method": "GET", "route": "/v1/vouchers/{id}", "status": 404, "actor": "operator", "rule": "NotFound",
        "level": "info",
    }  # fmt: skip
    assert 0 < line["milliseconds"] < 60_000
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert line["event"] == "GET /v1/vouchers/{id} 404"
    asked = headers | {"X-Request-ID": "another-of-mine"}
    assert httpx.get(f"{address}/v1/vouchers/7.1.3.2?secret=1", headers=asked).status_code == 422
    assert told_of(log, "another-of-mine")["event"] == "GET /v1/vouchers/{id} 422"
    assert "secret" not in log.read_text()


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    marker=MARKERS,
    path=st.sampled_from(PATHS),
    knows=st.booleans(),
    kind=st.sampled_from(("json", "form", "broken", "none")),
)
def test_no_word_of_a_caller_is_in_the_log(process, marker, path, knows, kind):
    address, key, log = process
    before = log.stat().st_size
    headers = {
        "Authorization": f"Bearer {key if knows else 'pearl_' + marker}", "Idempotency-Key": marker, "Cookie": f"a={marker}",
        "User-Agent": marker, "Referer": f"http://{marker}.example", "X-Forwarded-For": marker, marker: marker,
        "Accept-Language": marker, "traceparent": marker, "tracestate": f"a={marker}", "X-Request-ID": f"a {marker}",
        "baggage": f"a={marker}",
    }  # fmt: skip
    bodies = {
        "json": {"json": {marker: marker, "enterprise": marker, "label": marker}},
        "form": {"files": [("files", (f"{marker}.xml", f"<{marker}/>".encode())), ("mapping", (marker, marker.encode()))]},
        "broken": {"content": f'{{"{marker}', "headers": headers | {"Content-Type": "application/json"}},
        "none": {},
    }  # fmt: skip
    method = "GET" if kind == "none" else "POST"
    asked = {"params": {marker: marker, "after": marker, "type": marker}, "headers": headers} | bodies[kind]
    answer = httpx.request(method, address + path.format(marker), timeout=60, **asked)
    told_of(log, answer.headers["x-request-id"])
    with log.open() as file:
        file.seek(before)
        assert marker not in file.read()


@pytest.mark.parametrize(
    "sent",
    ["GET /m4rkquiteraw HTTP/9.9\r\n\r\n", "m4rkquiteraw\r\n\r\n", "M4RKQUITERAW /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
     "GET /v1/me HTTP/1.1\r\nHost: m4rkquiteraw\r\n\r\n", "GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: m4rkquiteraw\r\n"
     "Connection: upgrade\r\n\r\n", "GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: pearl_m4rkquiteraw\r\n\r\n"],
)  # fmt: skip
def test_no_word_of_what_is_no_proper_request_is_in_the_log(process, sent):
    address, _, log = process
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert "m4rkquiteraw" not in log.read_text().lower()


def test_an_unexpected_error_is_told_by_kind_and_place_and_never_by_its_message():
    def deep(secret):
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise RuntimeError(f"the vault's number is {secret}") from error

    async def broken(scope, receive, send):
        deep("m4rkvault")

    async def ask():
        transport = httpx.ASGITransport(app=Observed(Failsafe(broken), HttpFigures()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/v1/m4rkpath?m4rkquery")

    with written(log_format="json") as stream:
        answer = anyio.run(ask)
    assert "m4rk" not in stream.getvalue()
    failed, told = lines(stream.getvalue())
    assert failed["error"] == "RuntimeError < KeyError"
    assert failed["at"][-1].endswith(" deep")
    assert (told["status"], told["rule"], told["route"]) == (500, "Unexpected", "none")
    assert failed["request_id"] == told["request_id"] == answer.json()["request_id"] == answer.headers["x-request-id"]


def test_values_that_are_not_on_the_list_and_what_libraries_say_are_left_out():
    with written(log_format="json") as stream:
        log = logging.getLogger("pearl.test")
        log.warning("%(node)s says %(body)s", {"node": "http://a", "body": "m4rk"})
        log.warning("%s has %d", "m4rk", 5)
        log.warning("%(rule)s", fields_of(NotFound(what="voucher", id="m4rk")))
        log.warning({"m4rk": 1})
        log.warning("%(status)d", {"status": "no number"})
        logging.getLogger("httpx").warning("GET http://user:%s@host", "m4rk")
        logging.getLogger("urllib3.connectionpool").error("m4rk")
        logging.getLogger("urllib3.connectionpool").info("m4rk")
        thread = threading.Thread(target=lambda: {}["m4rk"])
        thread.start()
        thread.join()
    assert "m4rk" not in stream.getvalue()
    told = lines(stream.getvalue())
    assert [line["event"] for line in told] == [
        "http://a says …", "… has 5", "NotFound", "…", "%(status)d", *["a library says something"] * 2,
        "a thread ended by an error",
    ]  # fmt: skip
    assert told[0]["node"] == "http://a"
    assert told[2]["says"] == NotFound.message
    assert told[5]["said_at"].startswith("test_logs:")


def test_people_are_told_the_same_as_text():
    with written(log_format="text") as stream:
        logging.getLogger("pearl.test").info(
            "%(method)s %(route)s", {"method": "GET", "route": "/v1/me", "key": "m4rk"}
        )
    assert "GET /v1/me" in stream.getvalue()
    assert "m4rk" not in stream.getvalue()
    with pytest.raises(ValueError):
        json.loads(stream.getvalue())
