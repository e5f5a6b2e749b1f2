"""Whoever reads Chinese reads all of it: every sentence for people has its Chinese in the catalogue."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from chain.issuance.advice import ADVICE
from chain.language import language_of_environment, translate

ROOT = Path(__file__).parents[1]
FIELDS = {"message", "next_step", "template", "title"}


def sentences_of(source: Path) -> set[str]:
    """English sentences that the file shows to people: error texts, command help, and what `Desk` prints."""
    tree = ast.parse(source.read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant):
                    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                    if isinstance(target, ast.Name) and target.id in FIELDS and statement.value.value:
                        found.add(statement.value.value)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("say", "translate", "progress", "_progress") and node.args:
                found |= constants(node.args[:1])
            elif name == "table" and isinstance(node.func, ast.Attribute):
                found |= {text.removeprefix(">") for text in constants(node.args[:2])}
            found |= {text for k in node.keywords if k.arg in ("help", "template") for text in constants([k.value])}
    if source.name == "cli.py":
        functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.decorator_list]
        found |= {" ".join(doc.split()) for n in functions if (doc := ast.get_docstring(n))}
    return {text for text in found if re.search("[A-Za-z]{2}", text)}


def constants(nodes) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Tuple):
            found |= constants(node.elts)
    return found


def catalogue() -> dict[str, str]:
    with (ROOT / "chain" / "locale" / "zh.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


@pytest.mark.parametrize("folder", sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "chain").iterdir() if p.suffix == ".py" or p.is_dir() and p.name not in ("locale", "__pycache__")) + ["api"])  # fmt: skip
def test_every_sentence_for_people_has_its_chinese(folder):
    place = ROOT / folder
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    missing = set().union(*(sentences_of(file) for file in files)) - catalogue().keys()
    assert not missing, "\n" + "\n".join(sorted(missing))


def test_every_advice_after_a_refusal_has_its_chinese():
    assert not set(ADVICE.values()) - catalogue().keys()


def test_every_placeholder_of_a_sentence_stands_in_its_chinese_and_no_other():
    for english, chinese in catalogue().items():
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese)), english


def test_no_chinese_is_left_without_its_sentence_translated():
    assert all(chinese for chinese in catalogue().values())


@pytest.mark.parametrize(
    ("value", "language"), [("zh_CN.UTF-8", "zh"), ("zh", "zh"), ("en_US.UTF-8", "en"), ("C", "en")]
)
def test_the_language_is_that_of_the_environment(monkeypatch, value, language):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    assert language_of_environment() == language


def test_a_sentence_without_chinese_is_shown_in_english():
    assert translate("a sentence that nobody wrote", "zh") == "a sentence that nobody wrote"
