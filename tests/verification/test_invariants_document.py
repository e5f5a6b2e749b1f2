"""docs/invariants.md names what exists: functions of the contracts, their errors, tests, and the checks that verify prints."""

from __future__ import annotations

import re
from pathlib import Path

from test_verification import EVERY_CHECK

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "invariants.md").read_text("utf-8")
QUOTED = set(re.findall(r"`([^`]+)`", DOCUMENT))


def sources(folder: str, pattern: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((ROOT / folder).rglob(pattern)))


def test_every_test_named_exists() -> None:
    there = sources("contracts/test", "*.t.sol") + sources("tests", "test_*.py")
    named = {name for name in QUOTED if re.fullmatch(r"test(Fuzz)?_\w+", name)}
    assert len(named) > 30
    assert {name for name in named if not re.search(rf"\b(function|def) {name}\(", there)} == set()


def test_every_invariant_says_what_was_tried_and_that_was_done() -> None:
    rows = re.findall(r"^## \d+\..*?^\| tried \| ([^\n]*) \|$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(rows) == 10
    there = sources("contracts/test", "*.t.sol")
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert {name for name in named if not re.search(rf"function {name}\(", there)} == set()


def test_every_function_of_a_contract_named_exists() -> None:
    named = {name for name in QUOTED if re.fullmatch(r"[A-Z]\w+\.\w+", name) and not name.endswith(".md")}
    assert len(named) > 15
    missing = set()
    for name in named:
        contract, function = name.split(".")
        (path,) = (ROOT / "contracts").rglob(f"{contract}.sol")
        if not re.search(rf"function {function}\(", path.read_text("utf-8")):
            missing.add(name)
    assert missing == set()


def test_every_error_named_exists() -> None:
    there = sources("contracts/interfaces", "*.sol")
    named = {name for name in QUOTED if re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)+", name)}
    assert len(named) > 10
    assert {name for name in named if f"error {name}(" not in there} == set()


def test_every_check_is_described() -> None:
    assert [name for name in EVERY_CHECK if f"`{name}`" not in DOCUMENT] == []
