"""Writes the typed client from ``openapi.json``: ``make client``.

The package ``pearlchain_client.generated`` is made whole again each time, and nothing in it is edited. What it was made of
stands in ``generated.json`` as digests, so that a test tells at once when it is older than the document, or was edited.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "openapi.json"
PACKAGE = HERE / "pearlchain_client" / "generated"
DIGESTS = HERE / "generated.json"
#: The generator has an environment of its own (`make .setup/client/done`).
TOOLS = ROOT / ".setup" / "client" / "bin"
#: By no configuration but this: the generator's own, whatever stands around.
HOOKS = ["ruff check --isolated --quiet --fix --select F,I,UP .", "ruff format --isolated --quiet --line-length 120 ."]


def digests() -> dict[str, str]:
    """Of the document, and of all files of the generated package."""
    files = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        files.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return {"document": hashlib.sha256(DOCUMENT.read_bytes()).hexdigest(), "package": files.hexdigest()}


def with_files(value: Any) -> Any:
    """Files of forms as the generator knows them; OpenAPI 3.1 writes them as ``contentMediaType``."""
    if isinstance(value, list):
        return [with_files(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    binary = {"format": "binary"} if "contentMediaType" in value else {}
    return {name: with_files(inner) for name, inner in value.items()} | binary


def opened(document: Any) -> Any:
    """Without the values of models' enumerations: answers may have further ones, and a client that stops at them is broken by
    an addition. What they are, the words of each say."""
    for schema in document["components"]["schemas"].values():
        for one in (schema, *schema.get("properties", {}).values()):
            if "enum" in one:
                values = ", ".join(map(str, one.pop("enum")))
                one["description"] = f"{one.get('description', '')} One of: {values}; there may be more.".strip()
    return document


def configuration(document: Any) -> dict[str, Any]:
    """What the generator is told: answers that are neither JSON nor text are files."""
    kinds = {
        media_type
        for path in document["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        for media_type in answer.get("content", {})
    }
    files = sorted(kind for kind in kinds if not kind.startswith("text/") and not kind.endswith("json"))
    return {
        "content_type_overrides": dict.fromkeys(files, "application/octet-stream"),
        "post_hooks": HOOKS,
        "literal_enums": True,
    }


def main() -> None:
    """Make the package and its digests again."""
    document = json.loads(DOCUMENT.read_text())
    with tempfile.TemporaryDirectory() as folder:
        told, asked = Path(folder) / "configuration.json", Path(folder) / "openapi.json"
        told.write_text(json.dumps(configuration(document)))
        asked.write_text(json.dumps(opened(with_files(document))))
        subprocess.run(
            [
                TOOLS / "openapi-python-client", "generate", "--path", asked, "--meta", "none", "--output-path", PACKAGE,
                "--config", told, "--overwrite", "--fail-on-warning",
            ],
            check=True, env=os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}"}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    (PACKAGE / "__init__.py").write_text('"""Generated from openapi.json by `make client`. Edits are lost."""\n')
    DIGESTS.write_text(json.dumps(digests(), indent=1) + "\n")


if __name__ == "__main__":
    main()
