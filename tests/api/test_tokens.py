"""Bearer tokens of an OpenID Connect provider: real ones, got by the provider's own flow, and those of attackers.

1. Who signs in at the provider and is a user here acts for its enterprise with its duties; nobody else gets in.
2. A token counts only with the provider's signature, for this service, now; whatever is wrong, the answer is the same.
3. Tokens of invented keys make nobody ask the provider more often; a key that the provider really changed is taken up.
4. Where the provider is away, keys that are known go on working; what it answers has bounds.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError

from api.app import create_app
from api.oidc import DOCUMENT_BYTES, MOST_KEYS, Provider, TokenRefused
from chain.commands.callers import Callers
from chain.errors import Unavailable
from chain.settings import Settings
from tests.api.conftest import running

AUDIENCE = "pearl.example"
SKEW = 30


# --- a real provider, and the service ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signed_in():
    """A real provider; gives its address, and a function that signs a person in and gives its ID and access token."""
    with oidc_provider_mock.run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        about = httpx.get(f"{issuer}/.well-known/openid-configuration").json()

        def sign_in(subject: str, client: str = AUDIENCE) -> dict[str, str]:
            back = "http://localhost/back"
            asked = {"client_id": client, "redirect_uri": back, "response_type": "code", "scope": "openid"}
            answer = httpx.post(about["authorization_endpoint"], params=asked, data={"sub": subject})
            (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
            body = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
            return httpx.post(about["token_endpoint"], data=body, auth=(client, "secret")).json()

        yield issuer, sign_in


@pytest.fixture(scope="module")
def front(service, signed_in) -> Iterator[httpx.Client]:
    """The service with the provider set."""
    issuer, _ = signed_in
    settings = service.workspace.settings.model_copy(update={"oidc_issuer": issuer, "oidc_audience": AUDIENCE})
    app = create_app(replace(service.workspace, settings=settings))
    with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_who_signs_in_at_the_provider_acts_for_its_enterprise_with_its_duties(service, signed_in, front, monkeypatch):
    _, sign_in = signed_in
    body = {"enterprise": service.world.id("gear"), "subject": "wang", "label": "Wang", "duties": ["checker"]}
    treasurer = bearing(service.keys["gear"])
    made = front.post("/v1/users", json=body, headers=treasurer)
    assert made.status_code == 201, made.text
    token = bearing(sign_in("wang")["id_token"])
    me = front.get("/v1/me", headers=token).json()
    assert (me["actor"], me["duties"]) == (f"user:{made.json()['id']}", ["checker"])
    assert me["enterprise"]["id"] == service.world.id("gear")
    answer = front.post("/v1/vouchers/1.1.1.1/accept", headers=token | {"Idempotency-Key": "12345678"})
    assert (answer.status_code, answer.json()["rule"]) == (403, "DutyMissing")
    assert "maker" in answer.json()["next_step"]

    change = {"label": "Wang", "duties": ["checker"], "disabled": True}
    address = f"/v1/users/{made.json()['id']}"
    monkeypatch.setattr("api.routes.events.LOOK_SECONDS", 0.05)
    with front.stream("GET", "/v1/events/stream", headers=token, timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: ready"
        changed = front.put(address, json=change, headers=treasurer | {"If-Match": made.headers["etag"]})
        assert changed.status_code == 200, changed.text
        told = [line for line in lines if line.startswith("event:")]  # it ends
        assert set(told) <= {"event: UserChanged"}
    answer = front.get("/v1/me", headers=token)
    assert (answer.status_code, answer.json()["rule"]) == (401, "UserUnknown")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_nobody_changes_itself_and_a_key_that_it_makes_has_its_eyes(service, signed_in, front):
    _, sign_in = signed_in
    body = {"enterprise": service.world.id("bolt"), "subject": "li", "label": "Li", "duties": ["treasurer"]}
    made = front.post("/v1/users", json=body, headers=bearing(service.keys["operator"])).json()
    token = bearing(sign_in("li")["id_token"])
    for change in ({"duties": ["treasurer", "maker"]}, {"duties": ["treasurer"]}):
        body = {"label": "Li", "disabled": False} | change
        answer = front.put(f"/v1/users/{made['id']}", json=body, headers=token | {"If-Match": "*"})
        assert (answer.status_code, answer.json()["rule"]) == (403, "OwnDuties")
    body = {"enterprise": service.world.id("bolt"), "label": "second", "duties": ["maker", "checker"]}
    key = front.post("/v1/keys", json=body, headers=token).json()["key"]
    assert Callers(service.workspace).of_key(key).eyes == f"user:{made['id']}"


def test_a_person_of_several_enterprises_says_for_which_it_asks(service, signed_in, front):
    _, sign_in = signed_in
    for short in ("pump", "seal"):
        body = {"enterprise": service.world.id(short), "subject": "zhou", "label": "Zhou", "duties": ["checker"]}
        assert front.post("/v1/users", json=body, headers=bearing(service.keys[short])).status_code == 201
    token = bearing(sign_in("zhou")["id_token"])
    answer = front.get("/v1/me", headers=token)
    assert (answer.status_code, answer.json()["rule"]) == (403, "EnterpriseUnnamed")
    for short in ("pump", "seal"):
        me = front.get("/v1/me", headers=token | {"Pearl-Enterprise": service.world.id(short)}).json()
        assert me["enterprise"]["id"] == service.world.id(short)
    for stranger in (service.world.id("gear"), "nobody", ""):
        answer = front.get("/v1/me", headers=token | {"Pearl-Enterprise": stranger})
        assert answer.status_code in (401, 403)


def test_a_good_token_of_nobody_here_lets_nobody_in(signed_in, front):
    _, sign_in = signed_in
    answer = front.get("/v1/me", headers=bearing(sign_in("mallory")["id_token"]))
    assert (answer.status_code, answer.json()["rule"]) == (401, "UserUnknown")


def test_tokens_for_others_and_opaque_ones_are_refused_alike(signed_in, front):
    _, sign_in = signed_in
    tokens = [
        sign_in("wang", client="other.example")["id_token"],
        sign_in("wang")["access_token"],
        "x" * 20_000,
    ]
    answers = [front.get("/v1/me", headers=bearing(token) | {"X-Request-ID": "one"}) for token in tokens]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["rule"] == "TokenRefused"
    assert answers[0].headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_keys_are_taken_beside_tokens(service, front):
    me = front.get("/v1/me", headers=bearing(service.keys["gear"])).json()
    assert me["actor"].startswith("key:")


# --- a provider that does what it is told ------------------------------------------------------------------------------


class KeyServer:
    """Discovery and keys over HTTP, as the test wants them; counts how often its keys are asked for."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.asked = 0
        self.published: list[dict] | None = None
        self.raw: bytes | None = None
        self.claims_to_be: str | None = None
        self.seconds = 0.0
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = outer.discovery() if "well-known" in self.path else outer.jwks()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def discovery(self) -> bytes:
        return json.dumps({"issuer": self.claims_to_be or self.issuer, "jwks_uri": f"{self.issuer}/keys"}).encode()

    def jwks(self) -> bytes:
        self.asked += 1
        time.sleep(self.seconds)
        keys = [self.key.as_dict(private=False)] if self.published is None else self.published
        return self.raw or json.dumps({"keys": keys}).encode()

    def claims(self, **other: object) -> dict:
        now = int(time.time())
        return {"iss": self.issuer, "aud": AUDIENCE, "sub": "wang", "iat": now, "exp": now + 300} | other

    def token(self, header: dict | None = None, key=None, **other: object) -> str:
        named = {"alg": "RS256", "kid": "one"} | (header or {})
        claims = {name: value for name, value in self.claims(**other).items() if value is not None}
        return jwt.encode(named, claims, key or self.key, algorithms=[named["alg"]])

    def provider(self, **more: float) -> Provider:
        return Provider(self.issuer, AUDIENCE, ("RS256", "ES256"), SKEW, **({"again_seconds": 60} | more))


@contextmanager
def key_server() -> Iterator[KeyServer]:
    made = KeyServer()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as made:
        yield made


def subject(provider: Provider, token: str) -> str:
    return asyncio.run(provider.subject_of(token))


async def outcome(provider: Provider, token: str) -> str:
    """The subject, or the rule that refuses."""
    try:
        return await provider.subject_of(token)
    except (TokenRefused, Unavailable) as error:
        return error.rule


def outcomes(provider: Provider, *tokens: str) -> list[str]:
    async def all_of_them() -> list[str]:
        return [await outcome(provider, token) for token in tokens]

    return asyncio.run(all_of_them())


def unsigned(header: dict, claims: dict, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_token_of_the_provider_for_this_service_holds(server):
    for header in ({}, {"typ": "at+jwt"}, {"typ": "JWT"}, {"typ": "application/at+jwt"}):
        assert subject(server.provider(), server.token(header)) == "wang"
    assert subject(server.provider(), server.token(aud=["https://other.example", AUDIENCE])) == "wang"


NOW = time.time()


@pytest.mark.parametrize(
    "other",
    [
        {"aud": "https://other.example"}, {"aud": ["https://other.example"]}, {"aud": AUDIENCE + "/"}, {"aud": None}, {"aud": []},
        {"iss": "https://other.example"}, {"iss": None}, {"sub": None}, {"sub": ""}, {"sub": 7},
        {"sub": "a\u0000"}, {"exp": None}, {"iat": None},
        {"exp": NOW - SKEW - 60}, {"nbf": NOW + SKEW + 600}, {"iat": NOW + SKEW + 600}, {"exp": "never"}, {"exp": True},
        {"exp": 1e400}, {"nbf": "now"}, {"cnf": {"jkt": "x"}},
    ],
)  # fmt: skip
def test_a_token_for_others_of_others_or_of_another_time_is_refused(server, other):
    assert outcomes(server.provider(), server.token(**other)) == ["TokenRefused"]


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_clocks_may_be_apart_by_the_skew_and_no_more(server, claim):
    now = int(time.time())
    within, beyond = (now - SKEW + 10, now - SKEW - 10) if claim == "exp" else (now + SKEW - 10, now + SKEW + 10)
    tokens = [server.token(**{claim: within}), server.token(**{claim: beyond})]
    assert outcomes(server.provider(), *tokens) == ["wang", "TokenRefused"]


@pytest.mark.parametrize("type_", ["logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE", ""])
def test_a_jwt_for_another_end_is_no_token(server, type_):
    assert outcomes(server.provider(), server.token({"typ": type_})) == ["TokenRefused"]


def test_a_token_that_nobody_signed_is_refused(server):
    header, claims, signature = server.token().split(".")
    other = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"sub": "mallory"}
    forged = base64.urlsafe_b64encode(json.dumps(other).encode()).rstrip(b"=").decode()
    tokens = [
        unsigned({"alg": name, "kid": "one"}, server.claims()) for name in ("none", "None", "NONE", "nOnE", "")
    ] + [f"{header}.{claims}.", f"{header}.{claims}", f"{header}.{forged}.{signature}", f"{header}..{signature}"]
    assert set(outcomes(server.provider(), *tokens)) == {"TokenRefused"}


def test_the_public_key_is_nobodys_secret(server):
    """An attacker knows the public key, in whatever form it is written, and signs with it as if it were a password."""
    public = (
        server.key.as_pem(private=False),
        json.dumps(server.key.as_dict(private=False)).encode(),
        server.key.as_der(private=False),
    )
    for secret in public:
        for algorithm in ("HS256", "HS384", "HS512"):
            assert outcomes(server.provider(), hmac_token(server, algorithm, secret)) == ["TokenRefused"]


def hmac_token(server: KeyServer, algorithm: str, secret: bytes) -> str:
    text = unsigned({"alg": algorithm, "kid": "one"}, server.claims()).rpartition(".")[0]
    digest = hmac.new(secret, text.encode(), getattr(hashlib, algorithm.replace("HS", "sha"))).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def test_a_key_that_the_token_brings_along_counts_for_nothing(server):
    own = RSAKey.generate_key(2048, {"kid": "mine"})
    headers = [
        {"jwk": own.as_dict(private=False)}, {"jku": f"{server.issuer}/mine"}, {"x5u": f"{server.issuer}/mine"}, {"kid": "mine"},
        {"kid": "one"}, {"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"kid": "../one"}, {"kid": ""},
    ]  # fmt: skip
    for header in headers:
        token = unsigned({"alg": "RS256", "kid": "one"} | header, server.claims(), b"x" * 256)
        assert outcomes(server.provider(), token) == ["TokenRefused"]
    assert outcomes(server.provider(), server.token(key=own)) == ["TokenRefused"]
    assert outcomes(server.provider(), server.token({"kid": "mine"}, key=own)) == ["TokenRefused"]


def test_another_signature_than_those_that_are_set_or_that_fit_the_key_is_refused(server):
    curve = ECKey.generate_key("P-256", {"kid": "two"})
    server.published = [server.key.as_dict(private=False) | {"alg": "RS256"}, curve.as_dict(private=False)]
    tokens = [
        server.token({"alg": "RS384"}), server.token({"alg": "PS256"}), server.token({"alg": "ES256", "kid": "two"}, key=curve),
        server.token({"kid": "two"}), server.token({"alg": "ES256"}, key=curve),
    ]  # fmt: skip
    assert outcomes(server.provider(), *tokens) == [
        "TokenRefused",
        "TokenRefused",
        "wang",
        "TokenRefused",
        "TokenRefused",
    ]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_keys_that_are_weak_or_for_another_end_are_none(server):
    weak = RSAKey.generate_key(1024, {"kid": "weak"})
    sealing = RSAKey.generate_key(2048, {"kid": "sealing"})
    server.published = [
        weak.as_dict(private=False), sealing.as_dict(private=False) | {"use": "enc"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "x"},
        {"kty": "new", "kid": "y"}, {"kty": "RSA", "kid": "broken", "n": "?"}, server.key.as_dict(private=False),
    ]  # fmt: skip
    tokens = [server.token({"kid": "weak"}, key=weak), server.token({"kid": "sealing"}, key=sealing), server.token()]
    assert outcomes(server.provider(), *tokens) == ["TokenRefused", "TokenRefused", "wang"]


def test_a_token_that_names_no_key_is_of_the_only_one(server):
    plain = jwt.encode({"alg": "RS256"}, server.claims(), RSAKey.import_key(server.key.as_pem(private=True)))
    assert outcomes(server.provider(), plain) == ["wang"]
    other = RSAKey.generate_key(2048, {"kid": "two"})
    server.published = [server.key.as_dict(private=False), other.as_dict(private=False)]
    assert outcomes(server.provider(), plain) == ["TokenRefused"]


# --- how often, how long and how much the provider is asked ------------------------------------------------------------


def test_a_storm_of_invented_keys_asks_the_provider_twice_at_most(server):
    provider = server.provider(again_seconds=60)
    tokens = [server.token({"kid": f"invented {number}"}) for number in range(40)]

    async def storm() -> list[str]:
        return await asyncio.gather(outcome(provider, server.token()), *(outcome(provider, token) for token in tokens))

    first, *others = asyncio.run(storm())
    assert first == "wang"
    assert set(others) == {"TokenRefused"}
    assert server.asked <= 2


def test_a_key_that_the_provider_changed_is_taken_up_and_the_old_one_is_none_any_more(server):
    provider = server.provider(again_seconds=0.0)

    async def story() -> list[str]:
        old = server.token()
        said = [await outcome(provider, old)]
        server.key = RSAKey.generate_key(2048, {"kid": "two"})
        said += [await outcome(provider, server.token({"kid": "two"}))]
        return [*said, await outcome(provider, old)]

    assert asyncio.run(story()) == ["wang", "wang", "TokenRefused"]


def test_while_the_provider_is_away_known_keys_work_and_others_answer_that_it_is(server):
    provider = server.provider(again_seconds=0.0, fresh_seconds=0.0)

    async def story() -> list[str]:
        said = [await outcome(provider, server.token())]
        server.status = 500
        return said + [
            await outcome(provider, token) for token in (server.token(), server.token({"kid": "new"}), server.token())
        ]

    assert asyncio.run(story()) == ["wang", "wang", "Unavailable", "wang"]


def test_keys_count_no_more_when_the_provider_was_away_for_long(server):
    provider = server.provider(again_seconds=0.0, last_seconds=0.05)

    async def story() -> list[str]:
        said = [await outcome(provider, server.token())]
        server.status = 500
        await asyncio.sleep(0.1)
        return [*said, await outcome(provider, server.token())]

    assert asyncio.run(story()) == ["wang", "Unavailable"]


def test_a_provider_that_hangs_keeps_nobody_whose_key_is_known(server):
    provider = server.provider(again_seconds=0.0, fresh_seconds=0.0)

    async def story() -> float:
        assert await outcome(provider, server.token()) == "wang"
        server.seconds = 1.0
        began = time.monotonic()
        assert await outcome(provider, server.token()) == "wang"
        return time.monotonic() - began

    assert asyncio.run(story()) < 0.5


@pytest.mark.parametrize(
    "change",
    [
        {"raw": b'{"keys": [' + b" " * (DOCUMENT_BYTES + 1) + b"]}"}, {"raw": b"nothing"}, {"raw": b"[]"},
        {"raw": b'{"keys": 7}'}, {"raw": b'{"keys": [7]}'}, {"raw": b"[" * 100_000}, {"raw": b'{"keys": []}'},
        {"published": [{"kty": "RSA", "kid": str(number)} for number in range(MOST_KEYS + 1)]},
        {"status": 302}, {"status": 404}, {"claims_to_be": "https://other.example"},
    ],
)  # fmt: skip
def test_what_is_no_list_of_keys_or_too_long_a_one_is_taken_for_none(server, change):
    for name, value in change.items():
        setattr(server, name, value)
    assert outcomes(server.provider(), server.token(), server.token()) == ["Unavailable"] * 2
    assert server.asked <= 1


def test_where_nobody_listens_the_answer_is_that_it_is_away():
    with key_server() as server:
        provider, token = server.provider(), server.token()
    assert outcomes(provider, token) == ["Unavailable"]


@pytest.fixture(scope="module")
def lasting() -> Iterator[tuple[KeyServer, Provider]]:
    with key_server() as made:
        yield made, made.provider()


@given(text=st.one_of(st.text(), st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode() + ".e30.x"),
                      st.from_regex(r"[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}")))  # fmt: skip
def test_whatever_is_sent_is_refused_and_breaks_nothing(lasting, text):
    _, provider = lasting
    assert outcomes(provider, text) == ["TokenRefused"]


def test_a_header_as_deep_as_a_well_or_of_another_kind_is_refused(lasting):
    _, provider = lasting
    for nested in (
        "[" * 9_000,
        '{"a":' * 2_000,
        "[]",
        "null",
        "7",
        '"RS256"',
        '{"alg": ["RS256"]}',
        '{"alg": {}, "kid": []}',
    ):
        token = base64.urlsafe_b64encode(nested.encode()).decode() + ".e30.x"
        assert outcomes(provider, token) == ["TokenRefused"]


# --- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://login.example", "oidc_audience": "a"}, {"oidc_issuer": "https://login.example"},
        {"oidc_issuer": "https://u:p@login.example", "oidc_audience": "a"}, {"oidc_issuer": "file:///etc", "oidc_audience": "a"},
        {"oidc_issuer": "http://localhost.example", "oidc_audience": "a"}, {"oidc_algorithms": ("HS256",)},
        {"oidc_algorithms": ("none",)}, {"oidc_algorithms": ()}, {"oidc_clock_skew_seconds": 301},
    ],
)  # fmt: skip
def test_settings_that_would_let_others_in_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


@pytest.mark.parametrize(
    "issuer", ["https://login.example", "https://login.example:8443/realms/x/", "http://localhost:8080"]
)
def test_a_provider_is_named_by_its_address(issuer):
    assert Settings(oidc_issuer=issuer, oidc_audience="a").oidc_issuer == issuer
