"""The committed client is the one of ``openapi.json``, and nobody edited it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

HERE = Path(__file__).parents[2] / "clients" / "python"
specification = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
assert specification is not None
assert specification.loader is not None
generate = importlib.util.module_from_spec(specification)
specification.loader.exec_module(generate)


def test_the_client_is_of_this_document_and_was_not_edited():
    kept = json.loads((HERE / "generated.json").read_text())
    assert kept == generate.digests(), "renew it with: make client"


def test_the_client_has_every_operation_of_the_document():
    document = json.loads(generate.DOCUMENT.read_text())
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    modules = {path.stem for path in (generate.PACKAGE / "api").rglob("*.py")} - {"__init__"}
    assert modules == names


def test_the_generator_is_told_of_every_kind_of_file():
    document = json.loads(generate.DOCUMENT.read_text())
    told = generate.configuration(document)["content_type_overrides"]
    assert set(told) >= {"image/svg+xml"}
    assert set(told.values()) == {"application/octet-stream"}
