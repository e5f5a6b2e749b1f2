"""``pearl users``: who has the home in its hands manages everybody's users, by the same rules."""

import json

import pytest

from chain.cli import main
from chain.commands.workspace import open_home
from chain.network import Enterprise, Network, Role
from chain.settings import Settings

GEAR = Enterprise(id="TAX:1", name="Gear Maker", roles=(Role.SUPPLIER,))


@pytest.fixture
def pearl(tmp_path, capsys, monkeypatch):
    """Runs a command on a home with one enterprise and a provider. Gives its exit code and all that it said."""
    monkeypatch.setenv("PEARL_OIDC_ISSUER", "https://login.example")
    monkeypatch.setenv("PEARL_OIDC_AUDIENCE", "pearl.example")
    monkeypatch.setenv("COLUMNS", "200")
    with open_home(Settings(home=tmp_path)) as home:
        home.save_network(Network(name="n", enterprises=(GEAR,), lines=()))

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(["--home", str(tmp_path), *arguments])
        shown = capsys.readouterr()
        return int(str(end.value.code or 0)), shown.out + shown.err

    return run


def added(pearl, *more: str) -> dict:
    code, text = pearl("users", "add", GEAR.id, "wang", "--label", "Wang", "--duty", "checker", *more, "--json")
    assert code == 0, text
    return json.loads(text)[0]


def test_a_user_is_added_listed_and_changed_and_what_is_not_named_stays(pearl):
    user = added(pearl, "--duty", "auditor")
    assert user["duties"] == ["auditor", "checker"]
    assert user["created_at"].endswith("+00:00")
    _, text = pearl("users", "list")
    assert all(word in text for word in (user["id"], "Gear Maker", "Wang", "auditor, checker", "enabled"))
    code, text = pearl("users", "change", user["id"], "--disable", "--json")
    changed = json.loads(text)[0]
    assert code == 0
    assert changed == user | {"disabled": True, "version": 2}
    _, text = pearl("users", "change", user["id"], "--duty", "maker", "--label", "Li", "--json")
    assert json.loads(text)[0] == changed | {"duties": ["maker"], "label": "Li", "version": 3}


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("add", GEAR.id, "li", "--label", "Li", "--duty", "operator"), "[DutyDoesNotFit]"),
        (("add", "TAX:9", "li", "--label", "Li", "--duty", "maker"), "[NotFound]"),
        (("add", GEAR.id, "wang", "--label", "Wang", "--duty", "maker"), "[Conflict]"),
        (("add", GEAR.id, "li", "--label", "Li"), "--duty"),
        (("add", GEAR.id, "li", "--label", "Li", "--duty", "boss"), "'boss' is none of maker"),
        (("change", "0000000000000000", "--enable"), "[NotFound]"),
    ],
)
def test_what_is_refused_says_why(pearl, arguments, rule):
    added(pearl)
    code, text = pearl("users", *arguments)
    assert code != 0
    assert rule in text
