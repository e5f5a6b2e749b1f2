"""What a user can set or call is documented, and the documents name nothing that is gone."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from chain.cli import app
from chain.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])


def commands(command=None, prefix=""):
    command = command or get_command(app)
    for name, child in command.commands.items():
        if isinstance(child, TyperGroup):
            yield from commands(child, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name):
    assert f"`PEARL_{name.upper()}`" in DOCS


def test_every_documented_setting_exists():
    assert {name.lower() for name in re.findall(r"`PEARL_([A-Z_]+)`", DOCS)} == set(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_documented(name):
    assert re.search(rf"pearl (--\S+ \S+ )*{name}\b", DOCS)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!https?:)[^)#]+)", (ROOT / "README.md").read_text()))))
def test_every_link_of_the_readme_leads_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|\$ )make ([a-z][a-z-]+)", DOCS))))
def test_every_make_target_that_is_named_exists(target):
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.M) or (target.startswith("bench-") and "bench-%:" in makefile)


def test_lock_files_name_no_host_and_every_package_has_its_hash():
    for name in (
        "requirements.lock",
        "requirements-development.lock",
        "requirements-analysis.lock",
        "requirements-client.lock",
        "requirements-fuzzing.lock",
        "requirements-bootstrap.lock",
        "package-lock.json",
    ):
        text = (ROOT / name).read_text()
        assert not re.search(
            r"https?://(?!github\.com|opencollective|tidelift|paulmillr|www\.patreon|feross|ko-fi|polar|liberapay)",
            text,
        ), name
    for name in (
        "requirements.lock",
        "requirements-development.lock",
        "requirements-analysis.lock",
        "requirements-client.lock",
        "requirements-fuzzing.lock",
        "requirements-bootstrap.lock",
    ):
        packages = re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.M)
        assert packages
        assert (ROOT / name).read_text().count("--hash=sha256:") >= len(packages)
