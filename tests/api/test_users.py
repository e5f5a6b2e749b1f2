"""Who says who may what: users and keys over the API.

1. A treasurer manages its own enterprise's users and keys, the operator everybody's; what is another's does not exist.
2. Nobody gives a duty that does not fit the enterprise, and nobody changes itself.
3. A change names the version that it changes; it counts from the next request on.
4. The audit log names who made or changed a user, and by which request.
5. A key that somebody of the enterprise made counts as its maker where two have to look.
6. A key, a user or a webhook is made once for its idempotency key, and its secret is shown once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chain.commands.accepted import Wanted
from chain.commands.audit import newest_entries
from chain.commands.callers import AT_THE_MACHINE, Callers, EnterpriseUnnamed, UserUnknown
from chain.commands.duties import Duty
from chain.commands.keys import give_key, make_key
from chain.commands.once import made_before
from chain.commands.users import add_user
from chain.errors import Conflict
from chain.network import Role

ISSUER = "https://login.example"


@pytest.fixture(scope="module", autouse=True)
def provider(service):
    """An identity provider is set; nobody comes with a token of it here."""
    workspace = service.workspace
    workspace.settings = workspace.settings.model_copy(update={"oidc_issuer": ISSUER, "oidc_audience": "pearl.example"})


@pytest.fixture(scope="module")
def wang(service) -> dict:
    """A checker of Gear Maker's, made by its treasurer."""
    return service.post("gear", "/v1/users", person(service, "gear", "wang"))


def person(service, short: str, subject: str, *duties: str) -> dict:
    enterprise = short if short == "operator" else service.world.id(short)
    return {"enterprise": enterprise, "subject": subject, "label": subject.title(), "duties": duties or ["checker"]}


def change(service, who: str, id: str, version: str | None, **other):
    body = {"label": "Wang", "duties": ["checker"], "disabled": False} | other
    headers = {} if version is None else {"If-Match": version}
    answer = service.ask(who, "PUT", f"/v1/users/{id}", json=body, headers=headers)
    return answer.status_code, answer.json().get("rule"), answer.headers.get("etag")


def test_a_user_is_seen_by_its_own_treasurer_and_the_operator_alone(service, wang):
    assert (wang["issuer"], wang["subject"], wang["duties"], wang["disabled"]) == (ISSUER, "wang", ["checker"], False)
    for who in ("gear", "operator"):
        assert service.get(who, f"/v1/users/{wang['id']}") == wang
        assert wang in service.get(who, "/v1/users")["items"]
    for who in ("bolt", "harbour"):
        assert service.get(who, "/v1/users")["items"] == []
        strange = service.ask(who, "GET", f"/v1/users/{wang['id']}")
        unknown = service.ask(who, "GET", "/v1/users/0000000000000000")
        assert (strange.status_code, unknown.status_code) == (404, 404)
        assert strange.json()["detail"].replace(wang["id"], "0000000000000000") == unknown.json()["detail"]


def test_a_treasurer_makes_nobody_for_another_enterprise_and_no_operator(service):
    assert service.refused("gear", "/v1/users", person(service, "bolt", "eve")) == (404, "NotFound")
    assert service.refused("gear", "/v1/users", person(service, "operator", "eve", "operator")) == (404, "NotFound")
    for duty in ("operator", "regulator", "bank_officer"):
        body = person(service, "gear", "eve", "checker", duty)
        assert service.refused("gear", "/v1/users", body) == (422, "DutyDoesNotFit")
        body = {"enterprise": service.world.id("gear"), "label": "eve", "duties": [duty]}
        assert service.refused("gear", "/v1/keys", body) == (422, "DutyDoesNotFit")
    assert service.refused("operator", "/v1/users", person(service, "gear", "eve", "operator")) == (
        422,
        "DutyDoesNotFit",
    )


@pytest.mark.parametrize(
    "other", [{"duties": []}, {"duties": ["boss"]}, {"subject": ""}, {"subject": "x" * 256}, {"issuer": ISSUER}]
)
def test_a_user_that_is_none_is_refused(service, other):
    assert service.refused("gear", "/v1/users", person(service, "gear", "eve") | other) == (422, "RequestInvalid")


def test_a_person_is_one_user_of_an_enterprise_and_others_make_it_theirs_without_learning_of_it(service, wang):
    assert service.refused("gear", "/v1/users", person(service, "gear", "wang")) == (409, "Conflict")
    callers, gear, seal = Callers(service.workspace), service.world.id("gear"), service.world.id("seal")
    assert callers.of_user(ISSUER, "wang").enterprise == gear
    made = service.post("seal", "/v1/users", person(service, "seal", "wang", "maker"))
    with pytest.raises(EnterpriseUnnamed):
        callers.of_user(ISSUER, "wang")
    assert callers.of_user(ISSUER, "wang", gear).duties == {Duty.CHECKER}
    assert callers.of_user(ISSUER, "wang", seal).duties == {Duty.MAKER}
    with pytest.raises(UserUnknown):
        callers.of_user(ISSUER, "wang", service.world.id("bolt"))
    assert change(service, "seal", made["id"], "*", disabled=True)[0] == 200
    assert callers.of_user(ISSUER, "wang").enterprise == gear
    with pytest.raises(UserUnknown):
        callers.of_user(ISSUER, "wang", seal)


def test_a_key_acts_for_the_enterprise_that_it_was_made_for_whatever_the_header_says(service):
    for named, status in (("gear", 200), ("bolt", 403)):
        answer = service.ask("gear", "GET", "/v1/me", headers={"Pearl-Enterprise": service.world.id(named)})
        assert answer.status_code == status
    assert answer.json()["rule"] == "EnterpriseOfAnother"


def test_without_a_provider_there_are_no_users(service):
    workspace = service.workspace
    with_one = workspace.settings
    workspace.settings = with_one.model_copy(update={"oidc_issuer": None})
    try:
        assert service.refused("gear", "/v1/users", person(service, "gear", "eve")) == (422, "IdentityProviderUnset")
    finally:
        workspace.settings = with_one


def test_a_change_names_the_version_that_it_changes(service, wang):
    id = wang["id"]
    version = service.ask("gear", "GET", f"/v1/users/{id}").headers["etag"]
    assert change(service, "gear", id, None) == (428, "VersionMissing", None)
    for wrong in ('"99"', "1", 'W/"1"', '"x"', ""):
        assert change(service, "gear", id, wrong) == (412, "VersionChanged", None)
    status, _, changed = change(service, "gear", id, version, duties=["checker", "auditor"])
    assert status == 200
    assert changed != version
    assert change(service, "gear", id, version) == (412, "VersionChanged", None)
    assert service.get("gear", f"/v1/users/{id}")["duties"] == ["auditor", "checker"]
    assert change(service, "gear", id, "*", duties=["operator"]) == (422, "DutyDoesNotFit", None)
    assert change(service, "bolt", id, "*") == (404, "NotFound", None)
    assert change(service, "regulator", id, "*") == (403, "NotPermitted", None)
    assert change(service, "operator", id, "*")[0] == 200


def test_a_change_counts_at_the_next_request(service, wang):
    callers = Callers(service.workspace)
    assert change(service, "gear", wang["id"], "*", duties=["maker"])[0] == 200
    assert callers.of_user(ISSUER, "wang").duties == {Duty.MAKER}
    assert change(service, "gear", wang["id"], "*", duties=["risk"])[0] == 200
    assert callers.of_user(ISSUER, "wang").duties == {Duty.RISK}


def test_the_audit_log_names_who_made_or_changed_a_user_and_by_which_request(service):
    made = service.post("gear", "/v1/users", person(service, "gear", "zhao"))
    assert change(service, "operator", made["id"], '"1"')[0] == 200
    add_user(service.workspace, AT_THE_MACHINE, service.world.id("gear"), "qian", "Qian", [Duty.RISK])
    told = [
        (e["action"], e["actor"].partition(":")[0], e["enterprise"]["name"], e["request_id"])
        for e in service.get("operator", "/v1/audit", params={"limit": 500})["items"]
        if e["action"].startswith("user.")
    ]
    assert told[-3:] == [
        ("user.add", "key", "Gear Maker", "of-these-tests"),
        ("user.change", "key", "operator", "of-these-tests"),
        ("user.add", "operator@cli", "operator", None),
    ]


def test_long_lists_of_users_and_keys_come_in_pages(service):
    for number in range(3):
        service.post("pump", "/v1/users", person(service, "pump", f"person {number}"))
        body = {"enterprise": service.world.id("pump"), "label": f"machine {number}"}
        service.post("pump", "/v1/keys", body)
    for path, most in (("/v1/users", 3), ("/v1/keys", 4)):
        found, after = [], ""
        while after is not None:
            page = service.get("pump", path, params={"limit": 2, "after": after})
            assert len(page["items"]) <= 2
            found += [one["id"] for one in page["items"]]
            after = page["next"]
        assert len(set(found)) == len(found) == most
        assert {one["enterprise"] for one in service.get("pump", path)["items"]} == {service.world.id("pump")}


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_treasurer_makes_and_revokes_keys_of_its_own_enterprise(service):
    body = {"enterprise": service.world.id("bolt"), "label": "reports", "duties": ["auditor"]}
    made = service.post("bolt", "/v1/keys", body)
    assert made["duties"] == ["auditor"]
    service.keys["reports"] = made["key"]
    me = service.get("reports", "/v1/me")
    assert (me["actor"], me["duties"]) == (f"key:{made['id']}", ["auditor"])
    assert service.refused("reports", "/v1/keys", body) == (403, "DutyMissing")
    assert service.refused("reports", "/v1/vouchers/3.1.1.1/accept", None) == (403, "DutyMissing")
    for who, status in (("gear", 404), ("reports", 403), ("bolt", 200)):
        assert service.ask(who, "DELETE", f"/v1/keys/{made['id']}").status_code == status
    assert service.ask("reports", "GET", "/v1/me").json()["rule"] == "KeyUnknown"


@pytest.mark.parametrize(
    ("short", "duties"),
    [("gear", {"maker", "treasurer"}), ("crane", {"maker", "treasurer"}), ("harbour", {"bank_officer", "treasurer"}),
     ("regulator", {"regulator"}), ("operator", {"operator"})],
)  # fmt: skip
def test_a_key_without_named_duties_gets_the_acting_ones(service, short, duties):
    assert set(service.get(short, "/v1/me")["duties"]) == duties


def test_a_key_ends_when_it_says(service):
    id = service.world.id("seal")
    soon = datetime.now(UTC) + timedelta(days=1)
    body = {"enterprise": id, "label": "for a day", "expires_at": soon.isoformat()}
    made = service.post("operator", "/v1/keys", body)
    assert datetime.fromisoformat(made["expires_at"]) == soon.replace(microsecond=0)
    body["expires_at"] = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    assert service.refused("operator", "/v1/keys", body) == (422, "ExpiryPassed")
    body["expires_at"] = "2030-01-01T00:00:00"  # of which clock?
    assert service.refused("operator", "/v1/keys", body) == (422, "RequestInvalid")


def test_a_key_of_an_enterprises_own_making_is_no_second_pair_of_eyes(service):
    callers, gear = Callers(service.workspace), service.world.id("gear")
    of_treasurer = callers.of_key(service.keys["gear"])
    body = {"enterprise": gear, "label": "second", "duties": ["checker", "treasurer"]}
    service.keys["second"] = service.post("gear", "/v1/keys", body)["key"]
    third = service.post("second", "/v1/keys", body)["key"]
    for key in (service.keys["second"], third):
        made = callers.of_key(key)
        assert made.actor != of_treasurer.actor
        assert made.eyes == of_treasurer.eyes == of_treasurer.actor
    second_of_operator = service.post("operator", "/v1/keys", {"enterprise": "operator", "label": "second"})["key"]
    assert callers.of_key(second_of_operator).eyes == callers.of_key(service.keys["operator"]).actor
    of_operator = service.post("operator", "/v1/keys", body)["key"]
    assert callers.of_key(of_operator).eyes not in {of_treasurer.eyes, callers.of_key(service.keys["operator"]).eyes}


def test_duties_that_the_register_allows_no_more_count_no_more(service):
    """As when a bank is enrolled in other roles: what was given once is not more than what fits."""
    enterprise = service.world.id("yarn")
    _, text = make_key(service.workspace, enterprise, "test", [Duty.MAKER, Duty.RISK])
    network = service.workspace.network()
    entries = tuple(
        one.model_copy(update={"roles": (Role.BANK,)}) if one.id == enterprise else one for one in network.enterprises
    )
    callers = Callers(service.workspace)
    assert callers.of_key(text).duties == {Duty.MAKER, Duty.RISK}
    service.workspace.save_network(network.model_copy(update={"enterprises": entries}))
    try:
        assert callers.of_key(text).duties == {Duty.RISK}
    finally:
        service.workspace.save_network(network)
    assert callers.of_key(text).duties == {Duty.MAKER, Duty.RISK}


# --- one thing for one idempotency key ---------------------------------------------------------------------------------


def things(service) -> dict[str, tuple[dict, dict]]:
    """What is made at once: address → what is asked for, and what differs in another request."""
    person_of_seal = person(service, "seal", "once")
    return {
        "/v1/keys": ({"enterprise": service.world.id("seal"), "label": "once"}, {"label": "another"}),
        "/v1/users": (person_of_seal, {"label": "Another"}),
        "/v1/webhooks": ({"url": "https://erp.example/once"}, {"events": ["PlanMade"]}),
    }


SECRETS = {"/v1/keys": "key", "/v1/users": "issuer", "/v1/webhooks": "secret"}


@pytest.mark.parametrize("path", list(SECRETS))
def test_what_is_made_is_made_once_for_its_key_and_its_secret_shown_once(service, path):
    body, other = things(service)[path]

    def count() -> int:
        found = service.get("seal", path)
        return len(found if isinstance(found, list) else found["items"])

    before, key = count(), f"once {path}".replace(" ", "-")
    first = service.ask("seal", "POST", path, json=body, key=key)
    again = service.ask("seal", "POST", path, json=body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")) == (None, "true")
    assert first.headers.get("etag") == again.headers.get("etag")
    secret = {} if path == "/v1/users" else {SECRETS[path]: None}
    assert again.json() == first.json() | secret
    assert first.json()[SECRETS[path]]
    assert count() == before + 1
    assert service.ask("seal", "POST", path, json=body | other, key=key).json()["rule"] == "Conflict"
    assert count() == before + 1
    entries = [one for one in newest_entries(service.workspace, 50) if one.subject == first.json()["id"]]
    assert [one.outcome for one in entries] == ["accepted"]


def test_one_key_makes_no_two_things_and_each_enterprise_has_its_own(service):
    body, _ = things(service)["/v1/webhooks"]
    made = {
        who: service.ask(who, "POST", "/v1/webhooks", json=body, key="of-two-enterprises") for who in ("gear", "bolt")
    }
    assert made["gear"].json()["id"] != made["bolt"].json()["id"]
    key = {"enterprise": service.world.id("gear"), "label": "x"}
    answer = service.ask("gear", "POST", "/v1/keys", json=key, key="of-two-enterprises")
    assert (answer.status_code, answer.json()["rule"]) == (409, "Conflict")


def test_a_repetition_shows_the_thing_as_it_is_then(service):
    body = {"enterprise": service.world.id("pump"), "label": "once"}
    made = service.ask("pump", "POST", "/v1/keys", json=body, key="revoked-since").json()
    service.ask("pump", "DELETE", f"/v1/keys/{made['id']}")
    again = service.ask("pump", "POST", "/v1/keys", json=body, key="revoked-since").json()
    assert again == made | {"key": None, "revoked": True}
    hook = {"url": "https://erp.example/gone"}
    made = service.ask("pump", "POST", "/v1/webhooks", json=hook, key="deleted-since").json()
    service.ask("pump", "DELETE", f"/v1/webhooks/{made['id']}")
    assert service.refused("pump", "/v1/webhooks", hook, key="deleted-since") == (404, "NotFound")


def test_what_was_refused_leaves_the_key_free(service):
    body = {"enterprise": service.world.id("pump"), "label": "x", "duties": ["bank_officer"]}
    assert service.refused("pump", "/v1/keys", body, key="refused-first") == (422, "DutyDoesNotFit")
    assert service.ask("pump", "POST", "/v1/keys", json=body | {"duties": ["maker"]}, key="refused-first").json()["key"]


def test_without_an_idempotency_key_each_request_makes_another(service):
    bearer = {"Authorization": f"Bearer {service.keys['pump']}"}
    body = {"enterprise": service.world.id("pump"), "label": "twice"}
    made = [service.client.post("/v1/keys", json=body, headers=bearer).json() for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert all(one["key"] for one in made)


def test_two_requests_at_the_same_moment_make_one_thing(service):
    """The second looked before the first one was there: it is refused where it would make another, and finds it then."""
    pump = Callers(service.workspace).of_key(service.keys["pump"])
    once = Wanted(pump.enterprise, pump.actor, pump.eyes, "the-same-moment", "key.make", {})
    given = (service.workspace, pump, pump.enterprise, "x", None, None, once)
    made, _ = give_key(*given)
    with pytest.raises(Conflict):
        give_key(*given)
    assert made_before(service.workspace, once) == made.id
