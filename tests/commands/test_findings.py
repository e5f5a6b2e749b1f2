"""What the ledger refused and parties did is noted once, in place of what was noted of the same before, at a cost that does
not grow with what there is."""

import pytest
from scans import no_scan

from chain.commands.findings import note, noticed
from chain.commands.workspace import open_home
from chain.documents.model import Finding, Severity
from chain.settings import Settings


def finding(rule: str, place: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.FLAGGED, template="{steps} steps of the plan were not taken", place=place
    )


@pytest.fixture
def home(tmp_path):
    with open_home(Settings(home=tmp_path / "home")) as home:
        yield home


def noted(home) -> list[tuple[str, str | None]]:
    return [(found.rule, found.place) for _, found in noticed(home)]


def test_what_is_noted_is_noted_once_and_in_place_of_what_was_before(home):
    note(home, [finding("A", "#1"), finding("A", "#1"), finding("B", "#1"), finding("A", "#2")])
    note(home, [finding("A", "#2")])
    assert noted(home) == [("A", "#1"), ("B", "#1"), ("A", "#2")]
    note(home, [finding("C", "#1")], "#1")
    assert noted(home) == [("A", "#2"), ("C", "#1")]
    note(home, [], "#1")
    assert noted(home) == [("A", "#2")]


def test_noting_looks_through_nothing_that_was_noted_of_others(home):
    note(home, [finding("A", f"#{number}") for number in range(300)])
    with no_scan(home):
        note(home, [finding("B", "#7"), finding("A", "#8")], "#7")
    assert ("A", "#7") not in noted(home)
    assert len(noted(home)) == 300
