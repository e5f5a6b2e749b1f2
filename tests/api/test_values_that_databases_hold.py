"""What requests may hold, tried on the database that holds less: PostgreSQL counts in 32 and 64 bits and has no NUL."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.exc import DataError

from api.errors import add_error_handlers
from tests.api.conftest import Service, serving

NUL = "\0" * 8


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, postgresql_server) -> Iterator[Service]:
    """The service with its books in PostgreSQL."""
    with postgresql_server.database() as address:
        home = tmp_path_factory.mktemp("home")
        with serving(home, database_url=SecretStr(address), requests_per_minute=1_000_000) as service:
            yield service


def parameters(service: Service) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method and address of each route, and a parameter in its path or query."""
    for path, operations in service.openapi["paths"].items():
        for method, operation in operations.items():
            every = operation.get("parameters", [])
            yield from ((method.upper(), path, one) for one in every if one["in"] in ("path", "query"))


def kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return schema.get("anyOf", [schema])


def largest(schema: dict[str, Any]) -> int | None:
    """The largest whole number that the document of the API lets through; None where it takes none."""
    for kind in kinds(schema):
        if kind.get("type") == "integer":
            return kind["maximum"] if "maximum" in kind else kind["exclusiveMaximum"] - 1
    return None


def ask(
    service: Service, method: str, path: str, name: str, value: Any, where: str, who: str = "operator", **more: Any
):
    filled = path.replace(f"{{{name}}}", str(value).replace("\0", "%00"))
    query = {name: value} if where == "query" else {}
    return service.ask(who, method, re.sub(r"{\w+}", "1", filled), params=query, **more)


def test_every_whole_number_is_taken_up_to_the_maximum_that_is_documented(service):
    tried, failed = 0, {}
    for method, path, one in parameters(service):
        if (most := largest(one["schema"])) is not None:
            # Whose duties let it go on to receipt and loan.
            callers = ("gear", "harbour") if "/receipts" in path or "/loans" in path else ("operator",)
            content = service.openapi["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("example")
            answers = [ask(service, method, path, one["name"], most, one["in"], who=who, json=body) for who in callers]
            tried += 1
            if not {answer.status_code for answer in answers} & {200, 202, 404}:
                failed[method, path, one["name"]] = [answer.text for answer in answers]
    assert not failed
    assert tried > 30


def test_no_address_takes_a_text_with_nul(service):
    tried, failed = 0, {}
    for method, path, one in parameters(service):
        texts = [kind for kind in kinds(one["schema"]) if kind.get("type") == "string"]
        if texts:
            answer = ask(service, method, path, one["name"], NUL, one["in"])
            tried += 1
            wrong = {error["place"] for error in answer.json().get("errors", [])}
            if answer.status_code != 422 or f"{one['in']}.{one['name']}" not in wrong:
                failed[method, path, one["name"]] = answer.text
    assert not failed
    assert tried > 30


def texts_in(service: Service, schema: dict[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The places of all texts in a body."""
    if "$ref" in schema:
        schema = service.openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for kind in kinds(schema):
        if "$ref" in kind:
            yield from texts_in(service, kind, place)
        elif kind.get("type") == "object":
            for name, inner in kind.get("properties", {}).items():
                yield from texts_in(service, inner, (*place, name))
        elif kind.get("type") == "array":
            yield from texts_in(service, kind["items"], (*place, "0"))
        elif kind.get("type") == "string":
            yield place


def body_of(places: tuple[str, ...]) -> Any:
    """A body with NUL at one place, and nothing else."""
    if not places:
        return NUL
    return [body_of(places[1:])] if places[0] == "0" else {places[0]: body_of(places[1:])}


#: Whose own rule says more: what is no address of the web is refused as such.
SAID_BY_ITS_RULE = {"url"}


def test_no_body_takes_a_text_with_nul(service):
    tried, failed = 0, set()
    for path, operations in service.openapi["paths"].items():
        for method, operation in operations.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            for place in texts_in(service, schema) if schema else ():
                answer = service.ask(
                    "operator", method.upper(), re.sub(r"{\w+}", "1", path), json=body_of(place)
                ).json()  # fmt: skip
                tried += 1
                wrong = {error["place"] for error in answer.get("errors", [])}
                if ".".join(("body", *place)) not in wrong and place[-1] not in SAID_BY_ITS_RULE:
                    failed.add((path, *place))
    assert not failed
    assert tried > 20


def test_a_paper_with_nul_in_its_name_or_its_fields_is_taken_or_refused_like_any_other(service):
    paper = json.dumps({"schema": "a\0b", "a\0b": "c\0d"}).encode()
    files = [("files", ("a\0b.json", paper, "application/json")), ("files", ("b.csv", b"No;\0\n\0;2\n", "text/csv"))]
    assert [one["read"] for one in service.send("gear", files)] == [False, False]


def test_a_value_that_the_database_refuses_all_the_same_is_the_requests_fault(caplog):
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/")
    def broken() -> None:
        raise DataError("SELECT secret", {}, ValueError("secret"))

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.get("/")

    answer = asyncio.run(asked())
    assert (answer.status_code, answer.json()["rule"]) == (422, "ValueNotHeld")
    assert "secret" not in caplog.text + answer.text
