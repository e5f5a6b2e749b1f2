"""A client that was written by the last release goes on working, or the file of intended breaks says why not.

1. The document breaks nothing of the last released one that is not intended, and intends nothing that it does not break.
2. Additions are never called breaks; each of the field's breaks always is, wherever in the document it is made.
3. What a schema takes no more is found by a value: of two schemas, the one is called narrower where such a value exists.
"""

from __future__ import annotations

import copy
import json
import tomllib
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from api.openapi import FILE, RELEASED
from tests.openapi.breaking import Change, Document, changes

INTENDED = RELEASED.with_name("openapi-breaks.toml")
CURRENT = json.loads(FILE.read_text())


def test_nothing_of_the_last_release_is_broken_unless_it_is_intended():
    found = changes(json.loads(RELEASED.read_text()), CURRENT)
    breaks = {str(change) for change in found if change.breaks}
    intended = {entry["change"]: entry["reason"] for entry in tomllib.loads(INTENDED.read_text()).get("intended", ())}
    assert all(reason.strip() for reason in intended.values()), "each intended break says its reason"
    unintended = "\n".join(sorted(breaks - intended.keys()))
    assert not unintended, f"clients break; where that is intended, {INTENDED.name} says why:\n{unintended}"
    assert not intended.keys() - breaks, f"{INTENDED.name} names what is not broken (any more)"


# --- changes of the document as it is ---------------------------------------------------------------------------------


def operations(document):
    return [op for path in document["paths"].values() for op in path.values()]


def used(document, *, answers):
    """Names of models with fields that requests, or answers, hold."""
    found, waiting = set(), []
    for op in operations(document):
        waiting += [op["responses"] if answers else op.get("requestBody", {})]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in document["components"]["schemas"]:
            if f'"#/components/schemas/{name}"' in text and name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
        if answers and "#/components/responses/" in text:
            waiting += list(document["components"].pop("responses", {}).values())
    return sorted(name for name in found if document["components"]["schemas"][name].get("properties"))


IN_REQUESTS = used(copy.deepcopy(CURRENT), answers=False)
IN_ANSWERS = used(copy.deepcopy(CURRENT), answers=True)


def some(names):
    """A quarter of them, and the others only where there is time: each is compared with the whole document."""
    return [name if crc32(name.encode()) % 4 == 0 else pytest.param(name, marks=pytest.mark.deep) for name in names]


def after(change, *arguments):
    document = copy.deepcopy(CURRENT)
    change(document, *arguments)
    return changes(CURRENT, document)


def breaks(found):
    return [change for change in found if change.breaks]


def model(document, name):
    return document["components"]["schemas"][name]


def test_the_same_document_has_no_changes():
    assert changes(CURRENT, CURRENT) == []


@pytest.mark.parametrize("name", some(IN_ANSWERS))
def test_a_new_field_of_an_answer_breaks_nothing_and_one_that_is_gone_breaks(name):
    def add(document):
        model(document, name)["properties"]["further"] = {"type": "string"}
        model(document, name).setdefault("required", []).append("further")

    if name not in IN_REQUESTS:
        assert not breaks(after(add))

    def remove(document):
        field = next(reversed(model(document, name)["properties"]))
        model(document, name)["properties"].pop(field)
        required = model(document, name).get("required", [])
        if field in required:
            required.remove(field)

    assert breaks(after(remove))


@pytest.mark.parametrize("name", some(IN_REQUESTS))
def test_a_new_field_of_a_request_breaks_only_where_it_is_required(name):
    def add(document, required):
        model(document, name)["properties"]["further"] = {"type": "string"}
        if required:
            model(document, name).setdefault("required", []).append("further")

    assert not breaks(after(add, False))
    assert breaks(after(add, True))


def narrowed(document):
    model(document, "TransferBody")["properties"]["payments"]["maxItems"] = 99


def widened(document):
    model(document, "TransferBody")["properties"]["payments"]["maxItems"] = 101


def of(path, method="get"):
    return lambda document: document["paths"][path][method]


def parameter(document, path, name):
    return next(one for one in of(path)(document)["parameters"] if one["name"] == name)


BREAKS = {
    "a path is gone": lambda d: d["paths"].pop("/v1/lines"),
    "an operation is gone": lambda d: d["paths"]["/v1/keys"].pop("post"),
    "an operation has another name": lambda d: of("/v1/me")(d).update(operationId="me"),
    "an open operation asks for a key": lambda d: of("/v1/health")(d).update(security=[{"HTTPBearer": []}]),
    "a parameter is gone": lambda d: of("/v1/documents")(d)["parameters"].remove(parameter(d, "/v1/documents", "type")),
    "a parameter is required": lambda d: parameter(d, "/v1/documents", "type").update(required=True),
    "a new parameter is required": lambda d: of("/v1/me")(d).setdefault("parameters", []).append(
        {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "a parameter takes less": lambda d: parameter(d, "/v1/documents", "limit")["schema"].update(maximum=499),
    "a value of a request is gone": lambda d: model(d, "DocumentType")["enum"].pop(),
    "a list takes fewer": narrowed,
    "a text has another pattern": lambda d: model(d, "IssueBody")["properties"]["line"].update(pattern="^[a-z]$"),
    "a field has another type": lambda d: model(d, "Money")["properties"].update(minor={"type": "string"}),
    "a field may be null": lambda d: model(d, "Voucher")["properties"].update(
        line={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "a day is a moment": lambda d: model(d, "Voucher")["properties"]["maturity"].update(format="date-time"),
    "a field is not always there": lambda d: model(d, "Voucher")["required"].remove("hops"),
    "a status is gone": lambda d: of("/v1/health")(d)["responses"].pop("503"),
    "another success": lambda d: of("/v1/me")(d)["responses"].update({"204": {"description": "nothing"}}),
    "another media type": lambda d: of("/v1/me")(d)["responses"]["200"].update(content={"text/csv": {}}),
    "a header is gone": lambda d: d["components"]["responses"]["Problem503"]["headers"].pop("Retry-After"),
}  # fmt: skip
ADDITIONS = {
    "a path": lambda d: d["paths"].update({"/v1/more": copy.deepcopy(d["paths"]["/v1/me"])}),
    "an optional parameter": lambda d: of("/v1/me")(d).setdefault("parameters", []).append(
        {"name": "x", "in": "query", "schema": {"type": "string"}}
    ),
    "a longer list": widened,
    "a wider bound": lambda d: parameter(d, "/v1/documents", "limit")["schema"].update(maximum=501),
    "an optional field": lambda d: model(d, "IssueBody")["properties"].update(memo={"type": "string"}),
    "a header": lambda d: of("/v1/me")(d)["responses"]["200"]["headers"].update(ETag={}),
    "a problem": lambda d: of("/v1/health")(d)["responses"].update({"429": {"description": "too much"}}),
    "words": lambda d: (model(d, "Money").update(description="money"), d["info"].update(version="0.2.0")),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_each_break_of_the_field_is_found(name):
    assert breaks(after(BREAKS[name]))


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_is_no_break(name):
    assert not breaks(after(ADDITIONS[name]))


def test_a_new_value_of_an_answer_is_warned_of():
    document = copy.deepcopy(CURRENT)
    model(document, "Voucher")["properties"]["state"]["enum"] = ["held"]
    later = copy.deepcopy(document)
    model(later, "Voucher")["properties"]["state"]["enum"] = ["held", "frozen"]
    found = changes(document, later)
    assert found
    assert not breaks(found)
    assert Change("GET /v1/vouchers/{id} 200.state", "may have values that it had not", breaks=False) in found


# --- any schemas -------------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
LEAST, MORE = st.integers(0, 2), st.integers(0, 3)
LEAVES = st.one_of(
    st.builds(lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more}, LEAST, MORE),
    st.builds(lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more}, LEAST, MORE),
    st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, unique=True).map(lambda v: {"type": "string", "enum": v}),
    st.sampled_from([{"type": "boolean"}, {"type": "string"}, {"type": "integer"}]),
)


def grown(inner):
    fields = st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda properties, required, closed: {
                "type": "object", "properties": properties, "required": sorted(set(required) & set(properties)),
                **({"additionalProperties": False} if closed else {}),
            },
            fields, st.lists(st.sampled_from("xyz")), st.booleans(),
        ),
        st.builds(lambda one, most: {"type": "array", "items": one, "maxItems": most}, inner, st.integers(0, 3)),
        st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner),
    )  # fmt: skip


SCHEMAS = st.recursive(LEAVES, grown, max_leaves=4)


def as_compared(schema, *, answer):
    return Draft202012Validator(Document(about(schema, answer=answer)).whole(schema, answer=answer, values=True))


def about(schema, *, answer):
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"responses": {"200": body if answer else {}}} | ({} if answer else {"requestBody": body})
    return {"paths": {"/x": {"post": operation}}}


@given(SCHEMAS, SCHEMAS, st.lists(VALUES, min_size=10, max_size=30))
@example({"type": "integer", "minimum": 0, "maximum": 3}, {"type": "integer", "minimum": 0, "maximum": 2}, [3])
def test_where_nothing_breaks_what_was_taken_is_taken(old, new, values):
    if not breaks(changes(about(old, answer=False), about(new, answer=False))):
        was, comes = as_compared(old, answer=False), as_compared(new, answer=False)
        assert all(comes.is_valid(value) for value in values if was.is_valid(value))


@given(SCHEMAS, SCHEMAS, st.lists(VALUES, min_size=10, max_size=30))
@example({"type": "integer", "minimum": 0, "maximum": 2}, {"type": "integer", "minimum": 0, "maximum": 3}, [3])
def test_where_nothing_changes_what_is_answered_could_come_before(old, new, values):
    if not changes(about(old, answer=True), about(new, answer=True)):
        was, comes = as_compared(old, answer=True), as_compared(new, answer=True)
        assert all(was.is_valid(value) for value in values if comes.is_valid(value))


@given(SCHEMAS)
def test_what_stays_is_no_change(schema):
    for answer in (False, True):
        assert changes(about(schema, answer=answer), about(copy.deepcopy(schema), answer=answer)) == []
