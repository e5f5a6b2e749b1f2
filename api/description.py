"""What the OpenAPI document says beyond what the routes say of themselves: of the whole, of errors, and of keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from api.errors import METHODS, PROBLEM_JSON
from api.examples import give_examples, problem_examples
from api.telemetry import REQUEST_ID
from chain.language import LANGUAGES

SCHEMAS = "#/components/schemas/"
DESCRIPTION = """
A core enterprise's bank credit, carried down its supplier tiers on chain.

Every call acts for the one enterprise that its key or its user belongs to, with the duties that it has there. It sees what
that enterprise may see; what it may not see answers 404, as if it did not exist. Money is `{"minor": 1250000, "currency":
"CNY"}` in integer minor units; ids are texts with dots: `7.1.3.2` is piece 2 of obligation 3 under line 1 of issuer 7.
Commands want an `Idempotency-Key`, and are answered 202 with an operation to follow, or, with `Prefer: wait=10`, to read at
once. Errors are problem details (RFC 9457) that carry the broken rule and what to do next, in the language of
`Accept-Language` (`en` or `zh`).

Answers may get further fields, and further values where a value is one of several, within a version; requests that were
taken go on being taken. Readers pass over what they do not know.
"""

#: What each group of routes is about, in the order in which they are read.
TAGS: dict[str, str] = {
    "access": "Who asks: keys of machines, and users with their duties.",
    "enterprises": "Who takes part: the register, names that mean the same, and what each is on the ledger.",
    "documents": "Trade documents: sending them, what became of them, and what was found in them.",
    "plans": "How credit flows down the tiers, and debts in circles that cancel.",
    "vouchers": "Lines, pieces of obligations, and their whole life: issued, accepted, passed on, sold, redeemed.",
    "obligations": "What issuers owe at maturity, what was paid of it, and what is overdue.",
    "financing": "Pieces that banks were asked to buy, and those that they bought.",
    "warehouse": "Warehouse receipts, and loans on goods in store.",
    "operations": "The state of every command, and what persons decide about it.",
    "four eyes": "Amounts above which a second person of the enterprise approves.",
    "deposits": "A bank's money in its customers' accounts, which financing and redemption are paid with.",
    "knowledge": "What is known: figures, exposure, the graph of trade, the picture.",
    "events": "What happens, as it happens and from any place on.",
    "webhooks": "Events sent to an address of the enterprise's own, signed.",
    "reports": "What is known, as files: CSV, Parquet, PDF.",
    "audit": "Who did what: a log in which each entry holds the hash of the one before, anchored on chain.",
    "service": "For whoever watches the service.",
}

ABOUT: dict[str, Any] = {
    "title": "Pearlchain",
    "summary": "Supply-chain finance on chain",
    "description": DESCRIPTION,
    "version": version("pearlchain"),
    "openapi_tags": [{"name": name, "description": text} for name, text in TAGS.items()],
    "servers": [
        {"url": "/", "description": "The service that this document comes from."},
        {"url": "http://127.0.0.1:8571", "description": "Where `make serve` listens unless it is set otherwise."},
    ],
}
"""Arguments of the application."""

_REPLAYED = {
    "description": "`true` where the command was done before under this key, and this is its answer again.",
    "schema": {"type": "string", "enum": ["true"]},
}
_FOLLOWED = {
    "description": "Where the operation is read on.",
    "schema": {"type": "string", "pattern": "^/v1/operations/[0-9a-f]{32}$"},
}
_APPLIED = {
    "description": "`wait=10` where `Prefer` asked for it: so many seconds the answer waited at most.",
    "schema": {"type": "string", "pattern": "^wait=[0-9]+$"},
}
_OF_ALL = {
    REQUEST_ID: {
        "description": "The name of this request in the service's log: the caller's own, where it sent one.",
        "schema": {"type": "string"},
    }
}
_OF_PROBLEMS = {
    "Content-Language": {
        "description": "The language of the sentences.",
        "schema": {"type": "string", "enum": list(LANGUAGES)},
    }
}
_OF_STATUS = {
    "202": {"Location": _FOLLOWED},
    "401": {"WWW-Authenticate": {"description": "How to say who asks.", "schema": {"type": "string"}}},
    "429": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}},
    "503": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}},
}


def describe(app: FastAPI) -> None:
    """Make ``app.openapi`` give the finished document: summaries, headers, problems, and an example of everything."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _finished(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All operations of a document."""
    for path in document["paths"].values():
        yield from (path[method.lower()] for method in METHODS if method.lower() in path)


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):  # our 422 is a problem
        schemas.pop(unused, None)
    _open_answers(document)
    problems = document["components"].setdefault("responses", {})
    for operation in operations(document):
        operation["summary"] = _shortly(operation.get("description", operation["summary"]))
        _describe_answers(operation, problems)
    titles = {name: one["title"] for name, one in schemas.items() if name.endswith("_")}
    document["components"]["schemas"] = {titles.get(name, name): one for name, one in schemas.items()}
    document = _tidied(document, {SCHEMAS + name: SCHEMAS + title for name, title in titles.items()})
    give_examples(document)
    return document


def _open_answers(document: dict[str, Any]) -> None:
    """Answers may grow: only in requests is a field that is not known refused."""
    schemas = document["components"]["schemas"]
    asked: set[str] = set()
    waiting = [operation.get("requestBody") for operation in operations(document)]
    while waiting:
        new = set(_references(waiting.pop())) - asked
        asked |= new
        waiting += [schemas[name] for name in new]
    for name in schemas.keys() - asked:
        if schemas[name].get("additionalProperties") is False:
            del schemas[name]["additionalProperties"]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _shortly(text: str) -> str:
    """The first sentence, up to what it adds behind a colon or semicolon."""
    return re.split(r"[.:;]\s|\n\n|\.$", text.strip(), maxsplit=1)[0].replace("\n", " ").replace("``", "`")


def _describe_answers(operation: dict[str, Any], problems: dict[str, Any]) -> None:
    """Problems are written one time for all operations, under ``problems``."""
    taken = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    for status, answer in operation["responses"].items():
        if status >= "400":
            name = f"Problem{status}"
            headers = _OF_ALL | _OF_PROBLEMS | _OF_STATUS.get(status, {})
            content = {PROBLEM_JSON: next(iter(answer["content"].values())) | {"examples": problem_examples(status)}}
            problems[name] = {"description": answer["description"], "headers": headers, "content": content}
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
            continue
        for media_type, entry in answer.get("content", {}).items():
            if "itemSchema" in entry:  # a word of OpenAPI 3.2; this document is 3.1
                answer["content"][media_type] = {}
            elif not entry:
                answer["content"][media_type] = {"schema": {"type": "string"}}
        own = {"Idempotent-Replayed": _REPLAYED} if "idempotency-key" in taken else {}
        waits = {"Preference-Applied": _APPLIED} if "prefer" in taken else {}
        answer["headers"] = answer.get("headers", {}) | own | waits | _OF_STATUS.get(status, {}) | _OF_ALL


def _tidied(value: Any, renamed: Mapping[str, str]) -> Any:
    """The framework writes bounds of whole numbers as decimals (``100000.0``), and pages of vouchers as ``Page_Voucher_``."""
    match value:
        case dict():
            return {name: _tidied(inner, renamed) for name, inner in value.items()}
        case list():
            return [_tidied(inner, renamed) for inner in value]
        case float() if value.is_integer():
            return int(value)
        case str():
            return renamed.get(value, value)
        case _:
            return value
