"""Who gets in, with what, and what leaves: keys, hosts, sizes, headers, problem details, OpenAPI.

1. Nothing under /v1 answers without a key, and no body is read before the key.
2. A key acts for one enterprise; the operator makes keys and moves nothing; a regulator reads and does nothing.
3. Keys are kept as hashes only; a revoked key is unknown.
4. A body beyond its limit is refused early, whether or not its length is told.
5. Every error is problem details with the broken rule, in the reader's language.
6. Pages run no inline script and load nothing from elsewhere; other host names are not answered.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time

import anyio
import httpx
import pytest
from little_world import CURRENCY, MAX_FILE_BYTES
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import select, update

from api.app import COMMAND_BYTES, FORM_BYTES
from api.docs import FILES
from api.errors import CONTRACT_STATUS, STATUS, status_of
from api.guards import OPEN, Failsafe, SecurityHeaders, allowed_hosts, host_name
from api.language import language_of
from api.openapi import FILE as OPENAPI_FILE
from chain.commands.callers import AT_THE_MACHINE
from chain.commands.keys import PREFIX, make_key, revoke_key
from chain.errors import PearlError
from chain.issuance.advice import ADVICE
from chain.store.tables import api_keys

COMMANDS = {
    "/v1/vouchers": {"line": "3.1", "maturity": "2030-01-01", "payments": []},
    "/v1/vouchers/3.1.1.1/accept": None,
    "/v1/vouchers/3.1.1.1/reject": {},
    "/v1/vouchers/3.1.1.1/expire": None,
    "/v1/vouchers/3.1.1.1/transfer": {"payments": []},
    "/v1/vouchers/3.1.1.1/finance": {"quote": "0" * 32},
    "/v1/vouchers/3.1.1.1/quotes": {"registration_number": "R"},
    "/v1/redemptions": {},
}


def payments(service):
    return [service.payment("crane-gear", "gear", 1_00)]


def filled(service, path, body):
    return body | {"payments": payments(service)} if body and "payments" in body else body


def routes(service):
    for path, operations in service.openapi["paths"].items():
        for method in operations:
            yield method, re.sub(r"{\w+}", "3.1.1.1" if "vouchers" in path else "1", path)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_without_a_key_nothing_answers_but_health_and_readiness(service):
    for method, path in routes(service):
        answer = service.client.request(method, path)
        if path == "/v1/ready":
            assert answer.json() == {"status": "ready"}
        elif path == "/v1/health":
            assert answer.status_code == 200
            assert set(answer.json()) == {
                "status", "last_block", "node_block", "blocks_behind", "ledger_time", "version",
            }  # fmt: skip
            assert answer.json()["blocks_behind"] == answer.json()["node_block"] - answer.json()["last_block"]
        else:
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["rule"] == "CredentialsMissing"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic abc", "Bearer", "Bearer " + "x" * 5000, "pearl_x"])
def test_a_wrong_key_is_unknown_and_is_not_repeated(service, header):
    answer = service.client.get("/v1/summary", headers={"Authorization": header})
    assert answer.status_code == 401
    sent = header.startswith("Bearer ")
    assert answer.json()["rule"] == ("KeyUnknown" if sent else "CredentialsMissing")
    assert answer.headers["www-authenticate"] == ('Bearer error="invalid_token"' if sent else "Bearer")
    assert "xxx" not in answer.text
    assert "nonsense" not in answer.text


def test_the_database_holds_hashes_of_keys_and_no_key(service):
    with service.workspace.store.read() as connection:
        rows = connection.execute(select(api_keys)).all()
    stored = json.dumps([list(row) for row in rows])
    for key in service.keys.values():
        assert key.startswith(PREFIX)
        assert key not in stored
        assert hashlib.sha256(key.encode()).hexdigest() in stored


def test_the_operator_makes_keys_and_a_revoked_one_is_unknown(service):
    body = {"enterprise": service.world.id("bolt"), "label": "treasury"}
    made = service.ask("operator", "POST", "/v1/keys", json=body).json()
    service.keys["spare"] = made["key"]
    assert service.get("spare", "/v1/me")["enterprise"]["name"] == "Bolt Smith"
    assert made["key"] not in service.ask("operator", "GET", "/v1/keys").text
    assert service.ask("operator", "DELETE", f"/v1/keys/{made['id']}").json()["revoked"]
    assert service.ask("spare", "GET", "/v1/me").status_code == 401
    assert service.refused("operator", "/v1/keys", {"enterprise": "USCC:none", "label": "x"}) == (404, "NotFound")
    for who in ("crane", "harbour"):
        assert service.refused(who, "/v1/keys", body) == (404, "NotFound")
    assert service.refused("regulator", "/v1/keys", body) == (403, "NotPermitted")
    assert service.ask("regulator", "GET", "/v1/keys").status_code == 403


@pytest.mark.parametrize("who", ["operator", "regulator"])
@pytest.mark.parametrize("path", COMMANDS)
def test_operator_and_regulator_move_nothing(service, who, path):
    assert service.refused(who, path, filled(service, path, COMMANDS[path])) == (403, "NotPermitted")


def test_a_regulator_sends_no_document_and_makes_no_plan(service):
    answer = service.ask("regulator", "POST", "/v1/documents", files=[("files", ("a.xml", b"<a/>"))])
    assert (answer.status_code, answer.json()["rule"]) == (403, "NotPermitted")
    assert service.refused("regulator", "/v1/plans", {"currency": CURRENCY}) == (403, "NotPermitted")


def test_a_command_without_an_idempotency_key_is_not_done(service):
    for language, reason in (("en", "it is missing"), ("zh", "缺失")):
        headers = {"Authorization": f"Bearer {service.keys['crane']}", "Accept-Language": language}
        answer = service.client.post("/v1/redemptions", json={}, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0] == {"place": "header.Idempotency-Key", "reason": reason}


# --- sizes -----------------------------------------------------------------------------------------------------------


def test_no_body_is_read_before_the_key(service):
    """The answer comes although the promised body never does."""
    host, port = service.client.base_url.host, service.client.base_url.port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            f"POST /v1/documents HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 1000\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_is_told_to_be_too_large_is_refused_before_it_comes(service):
    host, port = service.client.base_url.host, service.client.base_url.port
    size = MAX_FILE_BYTES + FORM_BYTES + 1
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            f"POST /v1/documents HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {service.keys['gear']}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        answer = b""
        while chunk := connection.recv(4000):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"BodyTooLarge" in answer


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/documents", MAX_FILE_BYTES + FORM_BYTES), ("/v1/plans", COMMAND_BYTES)]
)
def test_a_body_without_its_length_is_refused_when_it_becomes_too_large(service, path, limit):
    def chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(limit // 10_000 + 5):
            yield b"x" * 10_000

    kind = "multipart/form-data; boundary=b" if path == "/v1/documents" else "application/json"
    answer = service.ask("operator", "POST", path, content=chunks(), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["rule"]) == (413, "BodyTooLarge")


def test_a_file_above_the_limit_is_refused_by_its_rule_and_others_are_read(service):
    files = [("files", ("large.xml", b" " * (MAX_FILE_BYTES + 1))), ("files", ("empty.xml", b""))]
    large, empty = service.send("gear", files)
    assert large["findings"][0]["rule"] == "FileTooLarge"
    assert empty["findings"][0]["rule"] == "FileEmpty"


def test_too_many_files_and_too_long_lists_are_refused(service):
    files = [("files", (f"{number}.xml", b"")) for number in range(201)]
    assert service.ask("gear", "POST", "/v1/documents", files=files).status_code == 422
    several = [("files", ("a.csv", b"a")), ("mapping", ("1", b"")), ("mapping", ("2", b""))]  # which counts is not told
    assert service.ask("gear", "POST", "/v1/documents", files=several).json()["rule"] == "RequestInvalid"
    body = {"payments": payments(service) * 101}
    assert service.refused("gear", "/v1/vouchers/3.1.1.1/transfer", body) == (422, "RequestInvalid")


@pytest.mark.parametrize("minor", [0, -1, 1.0, "100", True, 2**63, None])
def test_an_amount_is_a_whole_positive_number_that_the_ledger_can_hold(service, minor):
    body = {"payments": [service.payment("gear-bolt", "bolt", minor)]}
    assert service.refused("gear", "/v1/vouchers/3.1.1.1/transfer", body) == (422, "RequestInvalid")


@pytest.mark.parametrize(
    "id",
    [
        "3.1.1",
        "3.1.1.0",
        "a.b.c.d",
        "3.1.1.70000",
        "3.1.1.1.1",
        "%2e%2e",
        "3.1.1.9",
        "3586964781.5.27753.7321",
        "4294967295.255.1.1",
    ],
)
def test_an_id_that_is_none_or_names_nothing_is_refused(service, id):
    assert service.ask("crane", "GET", f"/v1/vouchers/{id}").status_code in (404, 422)


# --- problem details -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "language", "detail"),
    [
        ("zh-CN,zh;q=0.9", "zh", "没有您可以查看的"),
        ("en", "en", "there is no piece 255.1.1.1 that you may see"),
        ("fr", "en", "there is no piece 255.1.1.1 that you may see"),
        ("en;q=0.2, zh;q=0.8", "zh", "没有您可以查看的"),
    ],
)
def test_a_problem_carries_its_rule_in_the_readers_language(service, accept, language, detail):
    answer = service.ask("crane", "GET", "/v1/vouchers/255.1.1.1", headers={"Accept-Language": accept})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    assert problem["type"] == "urn:pearlchain:rule:NotFound"
    assert (problem["status"], problem["rule"]) == (404, "NotFound")
    assert detail in problem["detail"]
    assert problem["title"]
    assert problem["next_step"]


@pytest.mark.parametrize(
    ("method", "path", "status", "rule"),
    [
        ("GET", "/v1/nothing", 404, "RouteUnknown"),
        ("GET", "/nothing", 404, "RouteUnknown"),
        ("PUT", "/v1/plans", 405, "MethodUnknown"),
        ("GET", "/static/../app.py", 404, "RouteUnknown"),
    ],
)
def test_what_the_protocol_refuses_is_a_problem_too(service, method, path, status, rule):
    answer = service.ask("operator", method, path)
    assert (answer.status_code, answer.json()["rule"]) == (status, rule)


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/keys", "GET, POST"), ("/v1/keys/0123456789abcdef", "DELETE"), ("/v1/me", "GET")]
)
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(service, path, allowed):
    answer = service.ask("operator", "PATCH", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("content", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"currency":"cny"}', b'{"a":' * 5000])
def test_a_body_that_is_not_what_is_taken_is_a_problem_that_does_not_repeat_it(service, content):
    answer = service.ask("operator", "POST", "/v1/plans", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")
    assert "cny" not in answer.text


def every_error(error=PearlError):
    yield error
    for child in error.__subclasses__():
        yield from every_error(child)


def test_every_domain_error_has_a_status():
    for error in every_error():
        assert any(ancestor in STATUS for ancestor in error.__mro__)
    assert set(CONTRACT_STATUS) <= set(ADVICE)


def test_the_nearest_class_decides_the_status():
    for error, status in STATUS.items():
        made = error.__new__(error)
        made.values = {}
        assert status_of(made) == status


@pytest.mark.anyio
async def test_what_nobody_expected_is_a_problem_that_says_nothing_of_the_inside(caplog):
    async def broken(scope, receive, send):
        raise RuntimeError("the vault's number is 1234")

    transport = httpx.ASGITransport(app=SecurityHeaders(Failsafe(broken)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/v1/summary")
    assert (answer.status_code, answer.json()["rule"]) == (500, "Unexpected")
    assert "1234" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert "a request failed" in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize("errors", [[RuntimeError("ours")], [RuntimeError("ours"), anyio.BrokenResourceError()]])
async def test_what_fails_on_our_side_is_told_also_where_the_caller_hung_up(caplog, errors):
    async def broken(scope, receive, send):
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ExceptionGroup("a stream", errors)

    async def hung_up():
        return {"type": "http.disconnect"}

    async def nowhere(message):
        pass

    with pytest.raises(ExceptionGroup):
        await Failsafe(broken)({"type": "http", "headers": []}, hung_up, nowhere)
    assert "a request failed" in caplog.text


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "en"), ("", "en"), ("zh", "zh"), ("ZH-Hans-CN", "zh"), ("de,zh;q=0", "en"), ("zh;q=x,en;q=0.1", "en"), (",;=", "en")],
)  # fmt: skip
def test_the_language_is_the_most_wanted_one(header, language):
    assert language_of(header) == language


# --- pages, headers, hosts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/static/portal.js", "/v1/summary", "/v1/health", "/none"]
)
def test_every_answer_bears_the_security_headers_and_opens_to_no_other_origin(service, path):
    answer = service.client.get(path, headers={"Origin": "http://elsewhere.example"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers
    if path.startswith("/v1/"):
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_a_page_has_nothing_inline_and_loads_from_here_alone(service, page):
    text = service.client.get(page).text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert address.startswith("/")
        assert service.client.get(address).status_code == 200, address


def test_the_documentation_loads_its_own_copy_of_swagger_ui(service):
    for path, (_, media_type) in FILES.items():
        answer = service.client.get(path)
        assert answer.headers["content-type"].startswith(media_type)
        assert len(answer.content) > 500


@pytest.mark.parametrize(
    ("host", "answered"),
    [("localhost", True), ("127.0.0.1:1", True), ("[::1]:80", True), ("LOCALHOST:9", True), ("elsewhere.example", False),
     ("127.0.0.1.elsewhere.example", False), ("localhost.", False), ("[::1", True), ("", False)],
)  # fmt: skip
def test_another_host_name_is_not_answered(service, host, answered):
    answer = service.client.get("/v1/health", headers={"Host": host})
    assert answer.status_code == (200 if answered else 421)


@pytest.mark.parametrize(
    ("api_host", "further", "hosts"),
    [
        ("127.0.0.1", (), {"localhost", "127.0.0.1", "::1"}),
        ("0.0.0.0", ("pearl.example",), {"localhost", "127.0.0.1", "::1", "pearl.example"}),  # noqa: S104
        ("10.1.2.3", (), {"localhost", "127.0.0.1", "::1", "10.1.2.3"}),
    ],
)
def test_a_service_answers_to_loopback_its_own_address_and_what_is_set(api_host, further, hosts):
    assert set(allowed_hosts(api_host, further)) == hosts
    assert host_name("Pearl.Example:443") == "pearl.example"


# --- openapi ---------------------------------------------------------------------------------------------------------


def test_the_document_that_is_served_is_the_one_in_the_repository(service):
    """Whoever asks for it first, by whatever name."""
    assert service.client.get("/openapi.json").json() == json.loads(OPENAPI_FILE.read_text())


def test_the_openapi_document_is_valid_3_1(service):
    assert service.openapi["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(service.openapi).validate()


def test_every_operation_documents_its_errors_as_problem_details_and_asks_for_a_key(service):
    for path, operations in service.openapi["paths"].items():
        for method, operation in operations.items():
            errors = {status for status in operation["responses"] if status >= "400"}
            assert errors >= ({"421", "503"} if path in OPEN else {"401", "403", "404", "421", "422", "500", "503"})
            for status in errors:
                assert set(operation["responses"][status]["content"]) == {"application/problem+json"}, (path, status)
            assert bool(operation.get("security")) == (path not in OPEN)
            assert operation["summary"]
            assert operation.get("description"), f"{method} {path}"
    names = [op["operationId"] for operations in service.openapi["paths"].values() for op in operations.values()]
    assert len(names) == len(set(names))


def test_every_command_is_answered_with_its_operation_and_asks_for_an_idempotency_key(service):
    made = {"/v1/keys", "/v1/users", "/v1/webhooks"}  # at once, and once for the key where there is one
    free = made | {"/v1/users/{id}", "/v1/webhooks/{id}", "/v1/plans/what-if"}  # nothing on the ledger
    free |= {f"/v1/webhooks/{{id}}/{verb}" for verb in ("replay", "secret", "test")}
    for path, operations in service.openapi["paths"].items():
        for method in operations.keys() & {"post", "put"}:
            wanted = [p for p in operations[method].get("parameters", []) if p["name"] == "Idempotency-Key"]
            assert [p["required"] for p in wanted] == ([False] if path in made else [] if path in free else [True]), (
                path
            )
            assert path in free or "202" in operations[method]["responses"], path


def test_requests_refuse_fields_that_they_do_not_know(service):
    schemas = service.openapi["components"]["schemas"]
    for operations in service.openapi["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                assert name.startswith("Body_") or schemas[name]["additionalProperties"] is False


# --- events ----------------------------------------------------------------------------------------------------------


def test_the_stream_tells_what_concerns_the_reader_and_says_where_it_is(service):
    headers = {"Authorization": f"Bearer {service.keys['operator']}"}
    with service.client.stream("GET", "/v1/events/stream?after=0.0.0", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == "event: ready"
        told = [line for line, _ in zip(lines, range(8), strict=False)]
    assert "event: LineGranted" in told


def test_a_reader_opens_so_many_streams_and_no_more(service):
    headers = {"Authorization": f"Bearer {service.keys['seal']}"}
    url = service.client.base_url.copy_with(path="/v1/events/stream")
    clients = [httpx.Client(timeout=10) for _ in range(6)]
    try:
        streams = [client.send(client.build_request("GET", url, headers=headers), stream=True) for client in clients]
        assert [stream.status_code for stream in streams] == [200] * 5 + [429]
        assert streams[5].read()
        assert streams[5].json()["rule"] == "StreamsExhausted"
        assert streams[5].headers["retry-after"]
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_stream_ends_when_the_key_that_opened_it_does(service, monkeypatch, how):
    monkeypatch.setattr("api.routes.events.LOOK_SECONDS", 0.05)
    ends = int(time.time()) + 2 if how == "expired" else None
    made, key = make_key(service.workspace, service.world.id("pump"), "a reader", expires_at=ends)
    headers = {"Authorization": f"Bearer {key}"}
    with service.client.stream("GET", "/v1/events/stream", headers=headers, timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: ready"
        if how == "revoked":
            revoke_key(service.workspace, AT_THE_MACHINE, made.id)
        told = [line for line in lines if line.startswith("event:")]  # it ends
    assert set(told) <= {"event: KeyRevoked"}
    assert service.client.get("/v1/events", headers=headers).status_code == 401


def test_the_last_page_of_events_says_where_it_ends_also_for_whom_nothing_happened(service):
    page = service.get("yarn", "/v1/events", params={"limit": 500})
    assert page["next"] is None
    everybodys = service.get("operator", "/v1/events", params={"limit": 500})
    assert everybodys["items"][-1]["cursor"] != page["items"][-1]["cursor"] if page["items"] else True
    assert page["cursor"] == everybodys["cursor"]
    again = service.get("yarn", "/v1/events", params={"after": page["cursor"]})
    assert (again["items"], again["next"], again["cursor"]) == ([], None, page["cursor"])


def test_one_malformed_payment_is_told_alone(service):
    body = {"line": "3.1", "maturity": "2030-01-01", "payments": [{"recipient": "TAX:x"}]}
    errors = service.ask("crane", "POST", "/v1/vouchers", json=body).json()["errors"]
    assert {error["place"] for error in errors} == {"body.payments.0.amount", "body.payments.0.document"}
    errors = service.ask("crane", "POST", "/v1/vouchers", json=body | {"payments": []}).json()["errors"]
    assert [error["place"] for error in errors] == ["body.payments"]


def test_who_has_no_duty_any_more_reads_nothing(service):
    """A register that changes a role takes duties away; the key stays."""
    _, key = make_key(service.workspace, service.world.id("yarn"), "of no use")
    with service.workspace.store.begin() as connection:
        own = api_keys.c.hash == hashlib.sha256(key.encode()).hexdigest()
        connection.execute(update(api_keys).where(own).values(duties=[]))
    paths = [path for path, methods in service.openapi["paths"].items() if "get" in methods and "{" not in path]
    answers = {path: service.client.get(path, headers={"Authorization": f"Bearer {key}"}) for path in paths}
    told = {path for path, answer in answers.items() if answer.status_code != 403}
    assert told == OPEN


def test_a_cursor_that_is_none_is_refused(service):
    assert service.ask("seal", "GET", "/v1/events/stream", params={"after": "now"}).status_code == 422
