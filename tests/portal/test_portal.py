"""The portal's rules.

1. The page and what it loads come from the service itself; nothing is inline, so a strict content policy holds.
2. Every English sentence has its Chinese, and no entry is left over.
3. The key is kept in the tab's session storage and nowhere else.
4. Texts of the service enter the page as text: no script builds markup.
5. The page's colours are the picture's.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
from lxml import html

from api.portal import INDEX, STATIC
from chain.books.fold import STATES
from chain.books.portfolio import PASSED_ON
from chain.documents.model import Severity
from chain.network import Role
from chain.picture.style import DARK, LIGHT

SCRIPT = (STATIC / "portal.js").read_text(encoding="utf-8")
PAGE = html.document_fromstring(INDEX.read_text(encoding="utf-8"))
STYLE = (STATIC / "portal.css").read_text(encoding="utf-8")


def chinese() -> dict[str, str]:
    text = (STATIC / "sentences.js").read_text(encoding="utf-8")
    return dict(re.findall(r'^ {2}"(.+?)":\s+"(.+?)",$', text, flags=re.MULTILINE))


def sentences() -> set[str]:
    """All that the page and its script say."""
    said = {str(each) for each in PAGE.xpath("//@data-say")}
    said |= set(re.findall(r'\bsay\("([^"]+)"', SCRIPT))
    said |= set(re.findall(r'pulse\("\w+", "([^"]+)"\)', SCRIPT))
    said |= set(re.findall(r'\? "live" : "([^"]+)"', SCRIPT)) | {"live"}
    said |= set(re.findall(r'\[\s*"([^"]+)", (?:\(row\)|amountOf|stateOf|figure)', SCRIPT))
    said |= set(re.findall(r'button\("\w+", "(\w+)"', SCRIPT))
    return said


def codes() -> set[str]:
    """Words of the data that the page shows."""
    return {
        *STATES[1:],
        PASSED_ON,
        *(severity.value for severity in Severity),
        *(role.value for role in Role),
        "overdue",
    }


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    assert PAGE.xpath("//style | //@style | //script[not(@src)]") == []
    assert [name for element in PAGE.iter("*") for name in element.attrib if name.startswith("on")] == []
    loaded = PAGE.xpath("//script/@src | //link/@href | //img/@src")
    assert loaded
    for address in loaded:
        assert address.startswith("/static/")
        assert (STATIC / address.removeprefix("/static/")).is_file()
    assert set(PAGE.xpath("//a/@href")) == {"/", "/docs"}
    for text in (SCRIPT, STYLE):
        assert not re.search(r"https?://|//\w+\.|@import|url\(", text.replace("http://www.w3.org/2000/svg", ""))
    assert re.findall(r'from "([^"]+)"', SCRIPT) == ["/static/sentences.js"]


def test_every_sentence_has_its_chinese_and_none_is_left_over() -> None:
    catalogue = chinese()
    assert len(sentences()) > 30
    assert sentences() | codes() == set(catalogue)
    for english, translated in catalogue.items():
        assert re.search(r"[\u4e00-\u9fff]", translated), english
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", translated))


def test_no_sentence_stands_in_the_page_itself() -> None:
    bare = " ".join(PAGE.body.xpath(".//text()[not(ancestor::noscript)]")).split()
    assert set(bare) == {"Pearlchain", "English", "中文"}


def test_the_key_is_kept_in_session_storage_alone() -> None:
    assert set(re.findall(r"localStorage\.\w+\((\w+)", SCRIPT)) == {"LANGUAGE"}
    assert set(re.findall(r"sessionStorage\.\w+\((\w+)", SCRIPT)) == {"KEY"}
    assert "document.cookie" not in SCRIPT
    assert SCRIPT.count("visit.key") == 1
    assert "Authorization: `Bearer ${visit.key}`" in SCRIPT


def test_no_script_builds_markup() -> None:
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style."):
        assert way not in SCRIPT


def test_the_colours_are_those_of_the_picture() -> None:
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")[:2]
    for block, palette in ((light, LIGHT), (dark, DARK)):
        declared = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for name, colour in asdict(palette).items():
            if name != "line":
                assert declared[name] == colour, name


@pytest.mark.parametrize("name", ["portal.js", "sentences.js"])
def test_the_scripts_are_well_formed_modules(name: str, tmp_path: Path) -> None:
    node = shutil.which("node", path=".venv/bin") or shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine; `make setup` brings one")
    module = tmp_path / name.replace(".js", ".mjs")
    module.write_text((STATIC / name).read_text(encoding="utf-8"), encoding="utf-8")
    checked = subprocess.run([node, "--check", str(module)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
