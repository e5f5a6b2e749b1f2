"""Examples are tested: each is a value of the schema that it stands at, and everything has one.

1. Every field of every model has an example, of its own or its model's; every JSON request and answer has a whole one.
2. Each example validates against its schema.
3. The JSON of docs/api.md is what the API takes and gives.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.errors import Problem
from api.examples import OF_ANSWERS, OF_FIELDS, NoExample, example_of
from api.openapi import FILE

CURRENT = json.loads(FILE.read_text())
SCHEMAS = CURRENT["components"]["schemas"]
#: Parts of a form, which are files.
FILES = {"Body_send_documents"}
REGISTRY = Registry().with_resource("urn:document", Resource(CURRENT, DRAFT202012))


def valid(schema, value):
    text = json.dumps(schema).replace('"#/components/', '"urn:document#/components/')
    OAS31Validator(
        json.loads(text), registry=REGISTRY, format_checker=OAS31Validator.FORMAT_CHECKER
    ).validate(value)  # fmt: skip


def contents():
    for path, methods in CURRENT["paths"].items():
        for method, operation in methods.items():
            for media_type, entry in operation.get("requestBody", {}).get("content", {}).items():
                yield f"{method} {path} body", media_type, entry
            for status, answer in operation["responses"].items():
                for media_type, entry in answer.get("content", {}).items():
                    yield f"{method} {path} {status}", media_type, entry
    for name, answer in CURRENT["components"]["responses"].items():
        for media_type, entry in answer["content"].items():
            yield name, media_type, entry


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - FILES))
def test_every_model_has_an_example_that_is_valid(name):
    try:
        made = example_of(SCHEMAS, SCHEMAS[name], name)
    except NoExample as error:
        pytest.fail(f"{error} has no example: give its field one (examples=[…]), or its name in api/examples.py")
    valid(SCHEMAS[name], made)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_example_of_a_field_is_a_value_of_it(name):
    for field in SCHEMAS[name].get("properties", {}).values():
        for value in field.get("examples", ()):
            valid(field, value)


def test_every_json_request_and_answer_has_an_example_and_each_is_valid():
    for place, media_type, entry in contents():
        found = (
            [entry["example"]] if "example" in entry else [one["value"] for one in entry.get("examples", {}).values()]
        )
        assert found or not media_type.endswith("json"), place
        for value in found:
            valid(entry.get("schema", {}), value)


def test_every_example_of_a_parameter_is_a_value_of_it():
    for methods in CURRENT["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                for value in parameter["schema"].get("examples", ()):
                    valid(parameter["schema"], value)


def test_no_example_is_of_what_is_gone():
    fields = {field for schema in SCHEMAS.values() for field in schema.get("properties", {})}
    whole = {f"{name}.{field}" for name, schema in SCHEMAS.items() for field in schema.get("properties", {})}
    assert set(OF_FIELDS) <= fields | whole
    operations = {operation["operationId"] for methods in CURRENT["paths"].values() for operation in methods.values()}
    assert set(OF_ANSWERS) <= operations


# --- docs/api.md -------------------------------------------------------------------------------------------------------

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
#: ``ask $WHO [-X POST] $A/v1/…`` with its body; ids in it are of the story.
CALLS = re.findall(r"^ask \$\w+ (?:-X (\w+) )?\$A(/v1/[^\s?]*)\S*(?: -d '([^']*)')?", DOCS, re.M)


def operation(method, path):
    for template, methods in CURRENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method in methods:
            return methods[method]
    raise AssertionError(f"docs/api.md calls {method} {path}, which is not there")


def test_the_document_has_the_calls_that_are_documented():
    assert len(CALLS) > 10
    for given, path, body in CALLS:
        method = given.lower() or ("post" if body else "get")
        content = operation(method, path).get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            # An id that is cut short in print is as long as its pattern says.
            whole = re.sub(r"\b([0-9a-f]{2})…", lambda found: found[1] * 16, body)
            valid(content["schema"], json.loads(whole))
        else:
            assert content is None


def test_the_problem_that_is_documented_is_one():
    printed = re.search(r"```json\n(.*?)```", DOCS, re.S)[1]
    problem = json.loads(printed)
    valid(SCHEMAS["Problem"], problem)
    assert Problem(**problem).rule == problem["contract_error"]["name"]
