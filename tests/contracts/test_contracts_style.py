"""Rules of the house that the contracts keep: documented interfaces, no error or event without its test."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"
INTERFACES = sorted((CONTRACTS / "interfaces").glob("*.sol"))
TESTS = "\n".join(path.read_text() for path in (CONTRACTS / "test").rglob("*.sol"))
SOURCES = sorted(path for path in CONTRACTS.rglob("*.sol") if "test" not in path.relative_to(CONTRACTS).parts)
CODE = "\n".join(path.read_text() for path in SOURCES if path not in INTERFACES)
"""What the ledger's modules share is declared in one interface and used in several contracts."""


def declared(kind: str) -> list[str]:
    return sorted(
        f"{path.stem}.{name}"
        for path in INTERFACES
        for name in re.findall(rf"^    {kind} (\w+)\(", path.read_text(), re.M)
    )


@pytest.mark.parametrize("error", declared("error"))
def test_every_error_is_used_and_tested(error):
    _, name = error.split(".")
    assert re.search(rf"revert (\w+\.)?{name}\(", CODE), "no line of the contracts raises it"
    assert f"{error}.selector" in TESTS, "no test expects it"


@pytest.mark.parametrize("event", declared("event"))
def test_every_event_is_emitted_and_tested(event):
    _, name = event.split(".")
    assert re.search(rf"emit {name}\(", CODE), "no line emits it"
    assert f"emit {event}(" in TESTS, "no test expects it"


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_every_interface_is_documented(path):
    source = path.read_text()
    assert re.search(r"/// @title .+\n(/// .*\n)*/// @notice .+\n(///.*\n)*interface ", source)
    lines = source.splitlines()
    bare = [
        line.strip()
        for before, line in pairwise(lines)
        if re.match(r"    (function|event) ", line) and not before.strip().startswith("///")
    ]
    assert not bare, "without a word of documentation"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CONTRACTS)))
def test_no_assembly_no_proxy_no_wide_line(path):
    source = path.read_text()
    assert not re.search(r"\bassembly\b|delegatecall|selfdestruct|tx\.origin", source)
    assert not [line for line in source.splitlines() if len(line) > 160 and "keccak256" not in line and '"' not in line]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CONTRACTS)))
def test_each_unchecked_says_why(path):
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if "unchecked {" in line:
            assert any("//" in before for before in lines[max(0, number - 3) : number]), f"line {number + 1}"


#: What may ask the authority, and whom: offices that register, set rules and say what money is.
OFFICES = {
    "Participants": "registrar",
    "Rulebook": "rules' owner",
    "Settlement": "token approver",
    "Authority": "itself",
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CONTRACTS)))
def test_the_ledger_asks_no_administrator(path):
    """No role of the authority reaches lines, pieces, documents, goods or money (invariants 3 and 7)."""
    if path.stem in OFFICES:
        return
    code = re.sub(r"//.*", "", path.read_text())
    assert not re.search(r"AccessManage|\brestricted\b|onlyOwner|Ownable|hasRole|canCall", code)
