"""docs/documents.md says what the code does: its examples are read, and it names every rule, no more and no less."""

import inspect
import json
import re
from pathlib import Path

import pytest

from chain import errors
from chain.documents import formats, rules, table
from chain.documents.reading import ReadingLimits, read_file
from chain.language import translate

DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "documents.md").read_text()
RULES = {
    name: rule
    for name, rule in vars(rules).items()
    if inspect.isclass(rule) and issubclass(rule, rules.DocumentRule) and "message" in vars(rule)
}
OF_MONEY = {"CurrencyUnknown", "AmountMalformed", "AmountNotRepresentable"}
TABLE = DOCUMENTATION.partition("## Rules")[2].partition("## Limits")[0]


@pytest.mark.parametrize("example", re.findall(r"```json\n(.*?)```", DOCUMENTATION, re.DOTALL))
def test_every_example_is_read(example):
    outcome = read_file("example.json", json.dumps(json.loads(example)).encode())
    assert outcome.read
    assert outcome.findings == ()


def test_the_table_names_every_rule_and_no_other():
    assert set(re.findall(r"`([A-Z]\w+)`", TABLE)) == set(RULES) | OF_MONEY
    assert all(hasattr(errors, name) for name in OF_MONEY)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_its_chinese_and_its_case_in_the_table(name):
    assert translate(RULES[name].message, "zh") != RULES[name].message
    row = next(line for line in TABLE.splitlines() if f"`{name}`" in line)
    assert (RULES[name].case or "") == row.rsplit("|", 2)[1].strip()


@pytest.mark.parametrize("name", sorted(formats.UBL_PARSERS))
def test_every_ubl_type_that_is_read_is_named(name):
    assert f"`{name}`" in DOCUMENTATION


def test_the_limits_are_those_of_the_code():
    limits = ReadingLimits()
    stated = f"{limits.archive_members:,} members, {limits.archive_bytes >> 20} MB, {limits.archive_ratio} times"
    assert f"({limits.file_bytes >> 20} MB)" in TABLE
    assert stated in TABLE
    bounds = f"{limits.file_bytes >> 20} MB, {limits.parts:,} documents and {limits.lines:,} lines"
    assert bounds in DOCUMENTATION
    assert f"a table {table.MOST_ROWS:,} rows, a workbook's sheet {table.MOST_CELLS:,} cells" in DOCUMENTATION
