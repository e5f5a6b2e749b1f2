"""``python -m api.openapi``: writes ``openapi.json``, which integrators, the generated client and its checks read.

It needs no home, database or node: the document is made of the routes alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from api.app import described_app

FILE = Path(__file__).parents[1] / "openapi.json"
#: The document as the last release had it, against which breaking changes are told (`tests/contract/breaking.py`).
RELEASED = Path(__file__).parent / "openapi-released.json"


def document() -> dict[str, Any]:
    """The OpenAPI document of this code."""
    return described_app().openapi()


def written(openapi: dict[str, Any]) -> str:
    """As it stands in the file: the same document is the same bytes."""
    return json.dumps(openapi, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Renew the file; with ``--release`` also what the next changes are compared with. Returns the exit code."""
    if unknown := set(sys.argv[1:]) - {"--release"}:
        print(f"python -m api.openapi [--release]; unknown: {' '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    text = written(document())
    FILE.write_text(text)
    if "--release" in sys.argv:
        RELEASED.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
