"""How often one may ask, and who is meant by an address.

1. An actor has so many requests a minute; then 429 says when to come again, and the next actor is answered.
2. An address that shows wrong keys is not listened to for a while, even with a right one; no key is looked up then.
3. Whether the service lives and is ready is told without end.
4. Callers without number take no more memory than so many.
5. A proxy's word for the client's address is taken from the proxies that the settings name, and from nobody else.
"""

from __future__ import annotations

import re
import threading
import time

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.limits import IPV6_BITS, Quota, caller_at
from chain.settings import Settings
from tests.api.conftest import running


@pytest.fixture(scope="module")
def workspace(service):
    return service.workspace


def served(workspace, **chosen):
    """The same service with other settings."""
    settings = workspace.settings
    workspace.settings = settings.model_copy(update=chosen)
    try:
        return create_app(workspace)
    finally:
        workspace.settings = settings


def ask(client, key, path="/v1/me", **headers):
    return client.get(path, headers=headers | ({"Authorization": f"Bearer {key}"} if key else {}))


def test_an_actor_has_so_many_requests_a_minute_and_keeps_nobody_else_from_asking(service, workspace):
    with (
        running(served(workspace, requests_per_minute=5)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        gear = [ask(client, service.keys["gear"]) for _ in range(12)]
        refused = [answer for answer in gear if answer.status_code == 429]
        assert 12 - len(refused) in range(5, 8)  # the clock's minute may end meanwhile
        assert ask(client, service.keys["bolt"]).status_code == 200
    problem = refused[0].json()
    assert (problem["rule"], problem["status"]) == ("TooManyRequests", 429)
    assert problem["request_id"] == refused[0].headers["x-request-id"]
    wait = int(refused[0].headers["retry-after"])
    assert 1 <= wait <= 60
    assert refused[0].headers["ratelimit-policy"] == '"requests";q=5;w=60'
    assert re.fullmatch(rf'"requests";r=\d;t={wait}', refused[0].headers["ratelimit"])


def test_who_guesses_keys_is_not_listened_to_and_no_key_is_looked_up_then(service, workspace):
    app = served(workspace, unauthenticated_per_minute=4)
    with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert [ask(client, service.keys["gear"]).status_code for _ in range(8)] == [200] * 8
        guessed = [ask(client, f"pearl_guess{number}").status_code for number in range(12)]
        assert guessed[:4] == [401] * 4
        assert guessed.count(429) >= 4
        told = ask(client, service.keys["gear"])
        assert (told.status_code, told.json()["rule"]) == (429, "TooManyRequests")
        assert told.headers["ratelimit-policy"] == '"unauthenticated";q=4;w=60'
        assert ask(client, None, "/metrics").status_code == 429
        for open_path in ("/v1/health", "/v1/ready", "/", "/docs"):
            assert ask(client, None, open_path).status_code == 200


def test_a_quota_is_there_again_after_the_time_that_it_tells(monkeypatch):
    now = [1_000_000_020.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    quota = Quota("few", 3)
    for _ in range(200):
        while quota.take("a"):
            pass
        assert not quota.has_left("a")
        before = now[0]
        now[0] += int(quota.headers("a")["Retry-After"])
        assert now[0] - before <= 60
        if quota.has_left("a"):
            break
    assert quota.has_left("a")


def test_in_no_minute_more_is_taken_than_the_quota_and_a_share(monkeypatch):
    """A sliding window of two counters takes the requests before as evenly spread: never more than twice as many."""
    now = [1_000_000_020.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    quota, taken = Quota("few", 10), []
    for _ in range(1_200):
        now[0] += 0.25
        if quota.take("a"):
            taken.append(now[0])
    for start in taken:
        assert sum(start <= at < start + 60 for at in taken) <= 20
    assert len(taken) >= 30


def test_callers_without_number_take_the_memory_of_a_few_and_do_not_keep_others_from_asking():
    quota = Quota("few", 2, most_callers=50)
    for number in range(5_000):
        assert quota.take(f"203.0.113.{number}")
    assert len(quota._callers) == 50
    assert len(quota._limiter.storage.storage) <= 150
    assert quota.take("one more")
    assert quota.take("one more")
    assert not quota.take("one more")


@given(st.ip_addresses(v=6))
def test_an_ipv6_network_is_one_caller(address):
    network = caller_at(str(address))
    if address.ipv4_mapped is None:
        assert network.endswith(f"/{IPV6_BITS}")
        assert caller_at(str(type(address)(int(address) ^ 1))) == network
    else:
        assert network == str(address.ipv4_mapped)


@pytest.mark.parametrize("host", ["127.0.0.1", "unix:", "", "not an address"])
def test_other_callers_are_themselves(host):
    assert caller_at(host) == host


@pytest.mark.parametrize(
    ("trusted", "said", "seen"),
    [
        ((), "203.0.113.7", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.7", "203.0.113.7"),
        (("127.0.0.0/8", "10.0.0.0/8"), "203.0.113.66, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        (("10.0.0.0/8",), "203.0.113.7", "127.0.0.1"),
    ],
)
def test_a_proxys_word_is_taken_only_from_those_that_the_settings_name(tmp_path, trusted, said, seen):
    """The last address that is no proxy's counts: what stands before it, anybody may have written."""
    settings = Settings(home=tmp_path / "home", trusted_proxies=trusted)
    app = FastAPI()

    @app.get("/who")
    def who(request: Request) -> str:
        return request.client.host

    class Desk:
        """As much of one as the server asks for."""

        workspace = type("Workspace", (), {"settings": settings})

    app.state.desk = Desk()
    with running(app) as address:
        assert httpx.get(f"{address}/who", headers={"X-Forwarded-For": said}).json() == seen


def test_a_proxy_that_is_no_address_is_no_setting():
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(ValueError, match="trusted_proxies"):
            Settings(trusted_proxies=(wrong,))


def test_a_service_behind_a_proxy_tells_its_clients_apart(service, workspace, tmp_path):
    app = served(workspace, unauthenticated_per_minute=3)
    settings = workspace.settings
    workspace.settings = settings.model_copy(
        update={"trusted_proxies": Settings(trusted_proxies=("127.0.0.1",)).trusted_proxies}
    )
    try:
        with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
            for number in range(8):
                ask(client, f"pearl_guess{number}", **{"X-Forwarded-For": "203.0.113.7"})
            assert ask(client, service.keys["gear"], **{"X-Forwarded-For": "203.0.113.7"}).status_code == 429
            assert ask(client, service.keys["gear"], **{"X-Forwarded-For": "203.0.113.8"}).status_code == 200
    finally:
        workspace.settings = settings


def test_counting_a_request_starts_no_thread_and_counts_that_are_over_are_forgotten(monkeypatch):
    quota = Quota("requests", 1_000_000)
    before = threading.active_count()
    for number in range(200):
        assert quota.take(f"caller {number}")
        assert threading.active_count() <= before
    kept = len(quota._storage.expirations)
    assert kept >= 200
    now, monotonic = time.time(), time.monotonic()
    monkeypatch.setattr("time.time", lambda: now + 600)
    monkeypatch.setattr("time.monotonic", lambda: monotonic + 600)
    assert quota.take("somebody else")
    assert len(quota._storage.expirations) <= 2
