"""One trace leads from a request to its transaction, and says nothing else; a collector of OTLP over HTTP gets it.

1. The caller's trace goes on: request, command, transaction, each under the one before.
2. A command that another process carries out later goes on with the trace that was kept with it.
3. Spans hold the attributes of the list and no other: no enterprise, key, path, query, address or message.
4. Without a collector in the settings there are no traces, and a collector that is away keeps nobody waiting.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from little_world import CURRENCY, LittleWorld
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from test_process import api, ended

from chain.commands.enrol import enrol
from chain.commands.keys import make_key
from chain.commands.workspace import open_workspace
from chain.settings import Settings
from chain.traces import ATTRIBUTES, continued, current_traceparent

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


class Collector:
    """A receiver of OTLP over HTTP on loopback. ``spans`` are those that came, ``bodies`` as they came."""

    def __init__(self) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(self.path, dict(self.headers), body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: set[str] = set()
        self.spans: list = []
        self.resources: list = []

    def take(self, path, headers, body):
        self.paths.add(path)
        self.headers.append({name.lower(): value for name, value in headers.items()})
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(MessageToDict(resource.resource))
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name):
        return next(span for span in self.spans if span.name == name)


@contextmanager
def collecting():
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        thread.join()
        collector.server.server_close()


def attributes(span):
    values = {one.key: one.value for one in span.attributes}
    return {name: value.string_value or value.int_value for name, value in values.items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a network in it; the key of its bank."""
    folder = tmp_path_factory.mktemp("traced") / "home"
    with open_workspace(Settings(home=folder)) as workspace:
        world = LittleWorld(workspace.date())
        enrol(workspace, world.network())
        _, key = make_key(workspace, world.id("harbour"), "test")
    return folder, key, world


@pytest.fixture(scope="module")
def traced(home, tmp_path_factory):
    """What the collector got of some requests to a service that was told where it is, once that has ended."""
    folder, key, world = home
    scratch = tmp_path_factory.mktemp("collector")
    (scratch / "headers").write_text("X-Scope: pearl\nAuthorization: Basic abc\n")
    answers = {}
    with collecting() as collector:
        chosen = {"PEARL_OTLP_ENDPOINT": collector.address, "PEARL_OTLP_HEADERS_FILE": str(scratch / "headers")}
        with (
            api(folder, scratch / "log", **chosen) as process,
            api(folder, scratch / "log of the worker", "api.worker", **chosen) as worker,
        ):
            address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
            told = {
                "Authorization": f"Bearer {key}",
                "traceparent": TRACEPARENT,
                "tracestate": "a=m4rk",
                "baggage": "a=m4rk",
            }
            own = {"Prefer": "wait=30"}
            body = {"enterprise": world.id("harbour"), "amount": {"minor": 500_00, "currency": CURRENCY}}
            with httpx.Client(base_url=address, headers=told, timeout=60) as client:
                for name, path, minor in (("done", "/v1/deposits", 500_00), ("refused", "/v1/deposits?m4rk=m4rk", -1)):
                    asked = body | {"amount": {"minor": minor, "currency": CURRENCY}}
                    answers[name] = client.post(
                        path, json=asked, headers=own | {"Idempotency-Key": f"m4rk-{name}-of-mine"}
                    )
                answers["none"] = client.get("/v1/m4rk")
                answers["health"] = client.get("/v1/health")
            assert ended(process) == ended(worker) == 0
        lines = [json.loads(line) for line in (scratch / "log").read_text().splitlines()]
        told = [line for line in lines if "status" in line]
        assert {line.get("trace_id") for line in told if line["route"] != "/v1/health"} == {TRACE}
        yield collector, answers, key, world


def test_one_trace_leads_from_the_callers_request_to_the_transaction(traced):
    collector, answers, _, _ = traced
    assert answers["done"].json()["state"] == "succeeded", answers["done"].text
    request, command = map(collector.named, ("POST /v1/deposits", "command"))
    (transaction,) = (s for s in collector.spans if s.name == "transaction" and s.trace_id.hex() == TRACE)
    assert {span.trace_id.hex() for span in (request, command, transaction)} == {TRACE}
    assert request.parent_span_id.hex() == PARENT
    assert command.parent_span_id == request.span_id
    assert transaction.parent_span_id == command.span_id
    assert attributes(request) == {
        "http.request.method": "POST", "http.route": "/v1/deposits", "http.response.status_code": 202,
    }  # fmt: skip
    told = attributes(transaction)
    assert told.keys() == {f"pearl.transaction.{one}" for one in ("hash", "nonce", "block")}
    assert re.fullmatch("0x[0-9a-f]{64}", told["pearl.transaction.hash"])
    assert answers["done"].headers["traceresponse"] == f"00-{TRACE}-{request.span_id.hex()}-01"


def test_a_refusal_is_told_by_its_rule(traced):
    collector, answers, _, _ = traced
    assert answers["refused"].status_code == 422
    refused = [attributes(span) for span in collector.spans if "pearl.rule" in attributes(span)]
    assert {(one["pearl.rule"], one["http.response.status_code"]) for one in refused} == {
        ("RequestInvalid", 422), ("RouteUnknown", 404),
    }  # fmt: skip


def test_nothing_but_the_list_leaves_and_nobodys_words(traced):
    collector, _, key, world = traced
    for span in collector.spans:
        assert attributes(span).keys() <= ATTRIBUTES
        assert not any((span.events, span.links, span.trace_state, span.status.message))
    for secret in (b"m4rk", key.encode(), world.id("harbour").encode(), b"127.0.0.1"):
        assert [body for body in collector.bodies if secret in body] == []
    for resource in collector.resources:
        assert {one["key"] for one in resource["attributes"]} == {"service.name", "service.version"}


def test_it_comes_as_otlp_over_http_with_the_headers_of_the_file(traced):
    collector, _, _, _ = traced
    assert collector.paths == {"/v1/traces"}
    for headers in collector.headers:
        assert headers["content-type"] == "application/x-protobuf"
        assert (headers["x-scope"], headers["authorization"]) == ("pearl", "Basic abc")


def test_what_was_done_before_is_no_transaction_of_today(traced):
    """Opening a home looks at the deployment again, all of which is on the chain already; the audit log's anchor is new."""
    assert [span.name for span in traced[0].spans].count("transaction") == 2


def test_what_watches_the_service_is_in_no_trace(traced):
    assert not [span.name for span in traced[0].spans if "health" in span.name]


LATER = """
import sys
from chain.settings import Settings
from api.telemetry import configure_traces
from chain.traces import continued, current_traceparent, span
from chain.errors import Conflict
configure_traces(Settings())
with continued(sys.argv[1], "command") as current:
    current.set_attribute("pearl.operation", "op-1")
    with span("transaction"):
        print(current_traceparent())
    try:
        with span("transaction"):
            raise Conflict(what="m4rk")
    except Conflict:
        pass
with continued(None, "command"):
    pass
"""


def test_another_process_goes_on_with_a_trace_that_was_kept(monkeypatch):
    with collecting() as collector:
        monkeypatch.setenv("PEARL_OTLP_ENDPOINT", collector.address)
        done = subprocess.run(
            [sys.executable, "-c", LATER, TRACEPARENT], check=True, capture_output=True, text=True, timeout=60
        )
    first, second, command, alone = collector.spans
    assert (first.name, command.name, alone.name) == ("transaction", "command", "command")
    assert command.trace_id.hex() == TRACE == first.trace_id.hex()
    assert command.parent_span_id.hex() == PARENT
    assert first.parent_span_id == command.span_id
    assert done.stdout.strip() == f"00-{TRACE}-{first.span_id.hex()}-01"
    assert attributes(command) == {"pearl.operation": "op-1"}
    assert attributes(second) == {"pearl.rule": "Conflict"}
    assert second.status.code == 2
    assert not any(b"m4rk" in body for body in collector.bodies)
    assert alone.trace_id.hex() != TRACE
    assert not alone.parent_span_id


def test_without_a_collector_there_are_no_traces():
    with continued(None, "command") as current:
        assert not current.is_recording()
        assert current_traceparent() is None


@pytest.mark.deep
def test_a_collector_that_is_away_keeps_nobody_waiting(home, tmp_path):
    folder, key, _ = home
    with api(folder, tmp_path / "log", PEARL_OTLP_ENDPOINT="http://127.0.0.1:9") as process:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        asked = time.monotonic()
        for _ in range(5):
            assert (
                httpx.get(f"{address}/v1/me", headers={"Authorization": f"Bearer {key}"}, timeout=60).status_code == 200
            )
        assert time.monotonic() - asked < 10
        ends = time.monotonic()
        assert ended(process) == 0
        assert time.monotonic() - ends < 20
