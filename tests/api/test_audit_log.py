"""The audit log over HTTP.

1. Operator and regulator read all of it; an enterprise's auditors what was done for it, and nothing of others.
2. Whoever asked is named: the key, and the enterprise that it acts for.
3. Everybody may keep the head, which says where it was last anchored.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chain.commands.anchors import anchor_now
from chain.commands.audit import Acting, record
from chain.commands.duties import Duty
from chain.commands.keys import make_key
from chain.commands.workspace import OPERATOR


@pytest.fixture(scope="module", autouse=True)
def story(service):
    """A key that the operator made and revoked by a request, and entries of two enterprises."""
    made = service.post(OPERATOR, "/v1/keys", {"enterprise": service.world.id("crane"), "label": "treasury"})
    answer = service.ask(OPERATOR, "DELETE", f"/v1/keys/{made['id']}")
    assert answer.status_code == 200
    for short in ("crane", "loom"):
        enterprise = service.world.id(short)
        _, service.keys[f"auditor of {short}"] = make_key(service.workspace, enterprise, "audit", [Duty.AUDITOR])
    for number in range(3):
        for short in ("crane", "gear"):
            by = Acting(f"key:of-{short}", service.world.id(short), f"request {number}")
            with service.workspace.store.begin() as connection:
                record(connection, by, "issue", f"operation-{number}", {"minor": number})
    return made["id"]


def all_of(service, who, limit=500):
    """All pages."""
    found, after = [], 0
    while after is not None:
        page = service.get(who, "/v1/audit", params={"after": after, "limit": limit})
        found += page["items"]
        after = page["next"]
    return found


def test_the_operator_reads_everything_and_who_asked_is_named(service, story):
    entries = all_of(service, OPERATOR)
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    made, revoked = (
        next(e for e in entries if (e["action"], e["subject"]) == (action, story))
        for action in ("key.make", "key.revoke")
    )
    assert made["actor"] == revoked["actor"]
    assert made["actor"].startswith("key:")
    listed = {f"key:{key['id']}" for key in service.get(OPERATOR, "/v1/keys")["items"] if key["enterprise"] == OPERATOR}
    assert made["actor"] in listed
    assert made["enterprise"]["id"] == OPERATOR
    assert {e["actor"] for e in entries if e["action"] == "enrol"} == {"operator@cli"}


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_an_enterprise_reads_what_was_done_for_it(service, limit):
    entries = all_of(service, "auditor of crane", limit)
    of_its_own = [entry for entry in entries if entry["enterprise"]["id"] != OPERATOR]
    assert [entry["subject"] for entry in of_its_own] == [f"operation-{number}" for number in range(3)]
    assert {entry["enterprise"]["id"] for entry in of_its_own} == {service.world.id("crane")}
    assert of_its_own == [e for e in all_of(service, OPERATOR) if e["enterprise"]["id"] == service.world.id("crane")]
    assert {entry["enterprise"]["id"] for entry in all_of(service, "auditor of loom")} == {OPERATOR}


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_an_enterprise_reads_what_the_operator_did_about_its_keys_and_users(service, story, limit, monkeypatch):
    workspace, crane = service.workspace, service.world.id("crane")
    with_provider = workspace.settings.model_copy(update={"oidc_issuer": "https://login.example"})
    monkeypatch.setattr(workspace, "settings", with_provider)
    person = {"enterprise": crane, "subject": f"li {limit}", "label": "Li", "duties": ["checker"]}
    user = service.post(OPERATOR, "/v1/users", person)["id"]
    body = {"label": "Li", "duties": ["maker"], "disabled": False}
    changed = service.ask(OPERATOR, "PUT", f"/v1/users/{user}", json=body, headers={"If-Match": "*"})
    assert changed.status_code == 200
    entries = all_of(service, "auditor of crane", limit)
    done = [(e["action"], e["subject"]) for e in entries]
    for action, subject in (
        ("key.make", story), ("key.revoke", story), ("user.add", user), ("user.change", user),
    ):  # fmt: skip
        assert done.count((action, subject)) == 1
    keys = {key["id"] for key in service.get(OPERATOR, "/v1/keys")["items"] if key["enterprise"] == crane}
    users = {one["id"] for one in service.get(OPERATOR, "/v1/users")["items"] if one["enterprise"] == crane}
    everything = all_of(service, OPERATOR)
    assert entries == [
        e for e in everything
        if e["enterprise"]["id"] == crane
        or (e["action"].startswith("key.") and e["subject"] in keys)
        or (e["action"].startswith("user.") and e["subject"] in users)
    ]  # fmt: skip
    told = service.get("auditor of crane", "/v1/events", params={"limit": 500})["items"]
    names = [(event["name"], event["kind"]) for event in told if event["subject"] in (story, user)]
    assert names == [("KeyMade", "key"), ("KeyRevoked", "key"), ("UserAdded", "user"), ("UserChanged", "user")]
    assert user not in {event["subject"] for event in service.get("gear", "/v1/events", params={"limit": 500})["items"]}


def test_everybody_may_keep_the_head(service):
    before = service.get("gear", "/v1/audit/head")
    assert before == service.get("loom", "/v1/audit/head")
    newest = all_of(service, OPERATOR)[-1]
    assert (before["number"], before["hash"]) == (newest["number"], newest["hash"])
    made = anchor_now(service.workspace)
    after = service.get("gear", "/v1/audit/head")["anchor"]
    assert (after["number"], after["hash"], after["transaction"]) == (made.number, made.hash, made.transaction)


def test_times_are_told_to_the_millisecond(service):
    told = all_of(service, OPERATOR)
    with service.workspace.store.read() as connection:
        kept = dict(connection.exec_driver_sql("SELECT number, at FROM audit").all())
    for entry in told:
        fraction = entry["at"].removesuffix("Z").partition(".")[2]
        assert int((fraction + "000")[:3]) == kept[entry["number"]] % 1_000, entry["at"]


def test_the_documentation_says_how_the_hash_of_an_entry_is_made(service):
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
    made: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], made)  # noqa: S102
    entries = all_of(service, OPERATOR)
    assert [made["hash_of"](entry) for entry in entries] == [entry["hash"] for entry in entries]
