"""What runs and what does not is told apart, line by line and way by way."""

import pytest

from tests.coverage.__main__ import measure
from tests.coverage.instrument import Point
from tests.coverage.report import coverage
from tests.solidity.toys import lay


@pytest.fixture(scope="module")
def till(tmp_path_factory):
    found, failed = measure(lay(tmp_path_factory.mktemp("toy")))
    assert not failed
    return {file.path: file for file in found.files}


def line_of(text: str, path: str = "contracts/Till.sol") -> int:
    from tests.solidity.toys import TOY

    return next(n for n, line in enumerate((TOY / path).read_text().splitlines(), 1) if text in line)


def test_lines_that_no_test_runs_are_named(till):
    # Nobody asks an empty till for its level, and the return stands on the condition's line.
    assert till["contracts/Till.sol"].missed_lines == [line_of("return 0;")]
    assert till["contracts/libraries/Cents.sol"].missed_lines == []


def test_ways_that_no_test_takes_are_named(till):
    decision = line_of("? 1 : 2")
    assert till["contracts/Till.sol"].missed_branches == [
        (line_of("return 0;"), "if true"),
        (decision, "?: true"),
        (decision, "&& true"),
    ]


def test_each_decision_has_two_ways(till):
    # Four ifs, one condition and one connective.
    assert len(till["contracts/Till.sol"].branches) == 2 * (3 + 1 + 1)


def test_a_line_runs_when_all_that_stands_on_it_does():
    points = [Point("a.sol", (1, 3), None), Point("a.sol", (3, 3), None), Point("a.sol", (3, 3), "if true")]
    found = coverage(points, [1])
    assert found.files[0].lines == {1: True, 2: True, 3: False}
    assert found.lines == (2, 3)
    assert found.branches == (0, 1)


def test_the_report_is_lcov():
    points = [Point("a.sol", (1, 1), None), Point("a.sol", (2, 2), "if true"), Point("a.sol", (2, 2), "if false")]
    assert coverage(points, [1, 3]).lcov().splitlines() == [
        "TN:", "SF:a.sol", "DA:1,1", "LF:1", "LH:1", "BRDA:2,0,0,0", "BRDA:2,0,1,1", "BRF:2", "BRH:1", "end_of_record",
    ]  # fmt: skip
