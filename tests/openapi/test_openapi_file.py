"""``openapi.json`` is the document of the code, and one that an integrator can work with.

1. The file is what the code gives, and the same for everybody.
2. Every operation has a name of its own, a group that is described, a summary that fits on a line, and its words.
3. Every problem is one shared answer, with the media type of problem details and examples of its status.
4. What a command answers says whether it is repeated; who has to wait is told how long.
5. Requests refuse fields that they do not know; answers may grow.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.description import TAGS, operations
from api.openapi import FILE, document, written

CURRENT = json.loads(FILE.read_text())


def test_the_file_is_the_document_of_the_code():
    assert FILE.read_text() == written(document()), "renew it with: python -m api.openapi (and the client: make client)"


@pytest.mark.deep
def test_another_process_writes_the_same_bytes():
    program = "from api.openapi import document, written; print(written(document()), end='')"
    environment = os.environ | {"PYTHONHASHSEED": "7", "LANGUAGE": "zh"}
    made = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert made.stdout.decode() == FILE.read_text()


def test_the_document_is_valid_3_1():
    assert CURRENT["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(CURRENT).validate()


def test_every_operation_has_a_name_a_described_group_and_a_summary():
    names = [operation["operationId"] for operation in operations(CURRENT)]
    assert len(names) == len(set(names))
    for operation in operations(CURRENT):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"])
        assert operation["tags"], operation["operationId"]
        assert set(operation["tags"]) <= set(TAGS), operation["operationId"]
        assert len(operation["summary"]) <= 120, operation["operationId"]
        assert operation["description"], operation["operationId"]


def test_every_model_has_a_readable_name():
    assert not [name for name in CURRENT["components"]["schemas"] if "__" in name or name.endswith("_")]


def test_every_problem_is_shared_and_has_examples_of_its_status():
    used = set()
    for operation in operations(CURRENT):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer == {"$ref": f"#/components/responses/Problem{status}"}
                used.add(status)
    for status in used:
        shared = CURRENT["components"]["responses"][f"Problem{status}"]
        assert set(shared["content"]) == {"application/problem+json"}
        examples = shared["content"]["application/problem+json"]["examples"]
        assert {example["value"]["status"] for example in examples.values()} == {int(status)}
        assert all(example["value"]["rule"] == rule for rule, example in examples.items())
        assert ("Retry-After" in shared["headers"]) == (status in ("429", "503"))


def test_answers_to_repeatable_commands_say_whether_they_are_repeated():
    for operation in operations(CURRENT):
        repeatable = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
        for status, answer in operation["responses"].items():
            if status < "300":
                assert ("Idempotent-Replayed" in answer.get("headers", {})) == repeatable, operation["operationId"]


def test_answers_that_name_an_operation_say_where_it_is_read_on():
    for operation in operations(CURRENT):
        for status, answer in operation["responses"].items():
            assert ("Location" in answer.get("headers", {})) == (status == "202"), operation["operationId"]


def test_models_of_answers_alone_may_grow():
    schemas = CURRENT["components"]["schemas"]
    assert "additionalProperties" not in schemas["Voucher"]
    assert schemas["IssueBody"]["additionalProperties"] is False
    assert schemas["Amount"]["additionalProperties"] is False
