"""What is logged is a constant sentence with values of the known list (`chain.logs.FIELDS`), so that nothing else can slip in.

1. Each call of a logger has a constant text, and its values, if any, by their names.
2. Each name in a text is on the list.
3. Nobody else formats or writes logs.
"""

import ast
import re
from pathlib import Path

import pytest

from chain.logs import FIELDS

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def sources():
    return [path for folder in ("chain", "api") for path in sorted((ROOT / folder).rglob("*.py"))]


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            of = node.func.value
            if isinstance(of, ast.Name) and of.id in ("log", "logger", "logging"):
                yield node


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_log_line_is_a_constant_sentence_with_values_of_the_list(path):
    for call in calls(ast.parse(path.read_text())):
        where = f"{path.name}:{call.lineno}"
        text, *values = call.args
        assert isinstance(text, ast.Constant), f"{where}: the sentence is not a constant"
        assert isinstance(text.value, str), where
        assert len(values) <= 1, f"{where}: values have no names; give one dict"
        assert set(re.findall(r"%\((\w+)\)", text.value)) <= FIELDS, f"{where}: a value that is not on the list"
        assert not re.search(r"%[^(%]", text.value), f"{where}: a value without a name"
        assert {keyword.arg for keyword in call.keywords} <= {"exc_info"}, where


def test_only_one_place_says_how_logs_are_written():
    for path in sources():
        if path.name != "logs.py":
            assert not re.search(r"basicConfig|import structlog|get_logger\(|StreamHandler", path.read_text()), path
