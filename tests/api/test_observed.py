"""What is told of requests: their ids, figures for Prometheus, and whether the service may be sent any.

1. A sane X-Request-ID is kept and answered; any other is replaced by a UUID.
2. It stands in every problem, whoever refused, and is there for who stores a command with it.
3. Requests are counted by method, route's template and class of status; refusals by rule; labels are few.
4. /v1/ready says 503 where the database is away or its tables are of another version.
"""

from __future__ import annotations

import re
import uuid

import httpx
import pytest
from conftest import running
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.app import create_app
from api.telemetry import _named, request_id
from chain.commands.workspace import open_workspace
from chain.settings import Settings
from chain.store.database import revisions

ANSWERS = (
    ("GET", "/v1/me", 200), ("GET", "/v1/vouchers/9.9.9.9", 404), ("GET", "/v1/none", 404), ("PATCH", "/v1/me", 405),
    ("POST", "/v1/vouchers", 422), ("GET", "/v1/keys", 403),
)  # fmt: skip


def figures(service):
    answer = service.ask("operator", "GET", "/metrics")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


# --- ids ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_id", ["a", "5f1f1d9e-5a52-4c0e-9df5-3c8f8f0f6a0b", "req_01H8:x.y-z", "9" * 64])
def test_a_sane_id_of_the_caller_is_kept(service, given_id):
    answer = service.ask("gear", "GET", "/v1/me", headers={"X-Request-ID": given_id})
    assert answer.headers["x-request-id"] == given_id


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_of_any_other_none_is_kept(name):
    kept = _named(name)
    assert kept == name or uuid.UUID(kept).version == 4
    assert re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}", kept, re.ASCII)


@pytest.mark.parametrize(
    "name", [None, "", "a b", "a\nb", "a\r\nSet-Cookie: x", '"', "<a>", "{}", "x" * 65, "pearl_abc", "é"]
)
def test_what_a_log_or_a_page_could_trip_over_is_no_id_nor_is_a_key(name):
    assert uuid.UUID(_named(name)).version == 4


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_problem_bears_the_id_of_its_answer(service, method, path, status):
    answer = service.ask("gear", method, path, headers={"X-Request-ID": f"of-{status}"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, f"of-{status}")
    if status >= 400:
        assert answer.json()["request_id"] == f"of-{status}"


def test_problems_of_the_guards_bear_it_too(service):
    for headers in ({"Host": "other.example"}, {"Authorization": "Bearer pearl_wrong"}):
        answer = service.client.get("/v1/me", headers=headers | {"X-Request-ID": "mine"})
        assert answer.status_code in (401, 421)
        assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"


def test_whoever_answers_can_ask_for_the_id(service):
    app = create_app(service.workspace)
    app.add_api_route("/id", request_id)
    with running(app) as address:
        assert httpx.get(f"{address}/id", headers={"X-Request-ID": "mine"}).json() == "mine"
    assert request_id() is None


# --- figures -----------------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_refusals_by_rule(service):
    before = figures(service)
    for method, path, _ in ANSWERS:
        service.ask("gear", method, path)
    service.client.get("/v1/me")
    after = figures(service)
    changed = {
        (name, *(dict(labels).get(one, "") for one in ("method", "route", "status", "rule"))): after[name, labels]
        - value
        for name, labels in after
        if (value := before.get((name, labels), 0)) != after[name, labels]
        and name.endswith(("seconds_count", "refused_total"))
    }
    seconds, refused = "pearl_http_request_seconds_count", "pearl_http_refused_total"
    assert changed == {
        (seconds, "GET", "/v1/me", "2xx", ""): 1,
        (seconds, "PATCH", "/v1/me", "4xx", ""): 1,
        (seconds, "GET", "/v1/vouchers/{id}", "4xx", ""): 1,
        (seconds, "POST", "/v1/vouchers", "4xx", ""): 1,
        (seconds, "GET", "/v1/keys", "4xx", ""): 1,
        (seconds, "GET", "none", "4xx", ""): 2,
        (seconds, "GET", "/metrics", "2xx", ""): 1,
        (refused, "", "", "", "NotFound"): 1,
        (refused, "", "", "", "RouteUnknown"): 1,
        (refused, "", "", "", "MethodUnknown"): 1,
        (refused, "", "", "", "RequestInvalid"): 1,
        (refused, "", "", "", "NotPermitted"): 1,
        (refused, "", "", "", "KeyUnknown"): 1,
    }


def test_callers_cannot_make_labels(service):
    before = len(figures(service))
    for number in range(50):
        service.ask("gear", "GET", f"/v1/none{number}")
        service.ask("gear", "GET", f"/v1/vouchers/{number}.1.1.1?x={number}")
        service.ask("gear", f"MADEUP{number}", f"/v1/made/{number}")
        service.client.get(f"/static/none{number}.js")
    assert len(figures(service)) < before + 120  # a handful of series, with their buckets


def test_those_that_are_answered_now_are_counted_and_each_process_has_its_own(service):
    now = {labels: value for (name, labels), value in figures(service).items() if name == "pearl_http_in_flight"}
    ((labels, value),) = now.items()
    assert value == 1  # the one that asks
    assert dict(labels).keys() == {"process"}


# --- ready -------------------------------------------------------------------------------------------------------------


def test_a_service_is_ready_only_with_a_database_of_its_own_version(tmp_path):
    database = tmp_path / "home" / "pearl.sqlite3"
    with (
        open_workspace(Settings(home=tmp_path / "home")) as workspace,
        running(create_app(workspace)) as address,
    ):

        def ready():
            answer = httpx.get(f"{address}/v1/ready", timeout=60)
            return answer.status_code, answer.json().get("rule")

        def with_revision(revision):
            with workspace.store.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
            return ready()

        assert ready() == (200, None)
        assert with_revision("9999") == (503, "DatabaseNewer")
        assert with_revision(revisions()[-2]) == (503, "DatabaseOlder")
        assert with_revision(revisions()[-1]) == (200, None)
        workspace.store.close()
        database.rename(tmp_path / "away")
        database.mkdir()
        assert ready() == (503, "Unavailable")
        database.rmdir()
        (tmp_path / "away").rename(database)
        assert ready() == (200, None)
