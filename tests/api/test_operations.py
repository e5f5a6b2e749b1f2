"""Commands and their operations.

1. A command is accepted before anything is done, and its operation tells how far it has come.
2. Above an amount that an enterprise sets, a second person of it approves; nobody approves what it asked for itself.
3. Whoever asked, or a second person, takes back what waits for a person; then nothing ever happens.
4. Who keeps its key signs each thing itself; nothing else is done in its name.
5. A worker that dies leaves its command to the next; what passes is tried again, what does not is told.
6. Operations are their enterprise's own.
"""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from little_world import CURRENCY
from prometheus_client.parser import text_string_to_metric_families

from api.operations import KINDS, Lane
from api.worker import Worker
from chain.commands.accepted import MOST_ATTEMPTS, Wanted, accept, claim, command_named, untold
from chain.commands.keys import make_key
from chain.commands.metrics import metrics
from chain.commands.workspace import open_workspace
from chain.errors import Unavailable
from chain.issuance.signers import Keyring

MADE: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    for deal in service.world.deals:
        service.send_papers(deal)
    _, service.keys["crane again"] = make_key(service.workspace, service.world.id("crane"), "a second person")


def issue_of(service, minor: int, payer: str = "crane", to: str = "gear"):
    return {
        "line": service.get(payer, "/v1/lines")[0]["id"],
        "maturity": (service.workspace.date() + timedelta(days=90)).isoformat(),
        "payments": [service.payment(f"{payer}-{to}", to, minor)],
    }


def ended(service, who: str, name: str):
    """The operation once it is at rest."""
    return service.get(who, f"/v1/operations/{name}", headers={"Prefer": "wait=30"})


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_a_command_is_answered_before_it_is_done_and_its_operation_tells_what_came_of_it(service):
    answer = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 1_000_00), headers={"Prefer": ""})
    told = answer.json()
    assert (answer.status_code, told["state"], told["result"]) == (202, "accepted", None)
    assert answer.headers["location"] == f"/v1/operations/{told['id']}"
    done = ended(service, "crane", told["id"])
    assert (done["state"], done["kind"], done["problem"]) == ("succeeded", "issue", None)
    assert done["ended_at"] >= done["asked_at"]
    (MADE["first"],) = done["result"]["vouchers"]


def test_the_operation_of_what_a_rule_refuses_has_the_problem_in_the_readers_language(service):
    answer = service.ask("pump", "POST", f"/v1/vouchers/{MADE['first']}/accept", headers={"Prefer": ""})
    assert (answer.status_code, answer.json()["rule"]) == (404, "NotFound")
    told = service.ask("crane", "POST", f"/v1/vouchers/{MADE['first']}/accept").json()
    assert (told["state"], told["result"]) == ("refused", None)
    assert (told["problem"]["status"], told["problem"]["contract_error"]["name"]) == (403, "NotTheOwner")
    read = service.get("crane", f"/v1/operations/{told['id']}", headers={"Accept-Language": "zh"})
    assert read["problem"]["rule"] == "NotTheOwner"
    assert read["problem"]["request_id"] == "of-these-tests"  # the request that brought it, not the one that reads
    assert read["problem"]["detail"] != told["problem"]["detail"]


# --- 2, 3 ------------------------------------------------------------------------------------------------------------


def set_limit(service, above: int | None, who: str = "crane", **more):
    now = service.ask(who, "GET", f"/v1/four-eyes/{CURRENCY}")
    headers = {"If-Match": now.headers["etag"]}
    return service.ask(who, "PUT", f"/v1/four-eyes/{CURRENCY}", json={"above": above}, headers=headers, **more)


def test_a_limit_is_changed_only_by_who_knows_its_version(service):
    address = f"/v1/four-eyes/{CURRENCY}"
    missing = service.ask("crane", "PUT", address, json={"above": 1})
    assert (missing.status_code, missing.json()["rule"]) == (428, "VersionMissing")
    assert service.result(set_limit(service, 50_000_00)) == {"currency": CURRENCY, "above": 50_000_00, "version": 1}
    stale = service.ask("crane", "PUT", address, json={"above": 1}, headers={"If-Match": '"0"'}).json()
    assert (stale["problem"]["status"], stale["problem"]["rule"]) == (412, "VersionChanged")
    assert service.get("crane", "/v1/four-eyes") == [{"currency": CURRENCY, "above": 50_000_00, "version": 1}]
    assert service.get("gear", "/v1/four-eyes") == []


def test_up_to_the_limit_one_person_is_enough_and_above_it_waits_for_another(service):
    at_the_limit = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 50_000_00)).json()
    assert at_the_limit["state"] == "succeeded"
    above = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 50_000_01)).json()
    assert (above["state"], above["result"]) == ("awaiting_approval", None)
    before = service.get("crane", "/v1/lines")[0]["used"]
    own = service.ask("crane", "POST", f"/v1/operations/{above['id']}/approve")
    assert (own.status_code, own.json()["rule"]) == (403, "OwnApproval")
    assert service.get("crane", "/v1/lines")[0]["used"] == before
    done = service.ask("crane again", "POST", f"/v1/operations/{above['id']}/approve").json()
    assert done["state"] == "succeeded"
    assert done["decided_by"] != done["asked_by"]
    assert service.get("crane", "/v1/lines")[0]["used"]["minor"] == before["minor"] + 50_000_01
    twice = service.ask("crane again", "POST", f"/v1/operations/{above['id']}/approve")
    assert (twice.status_code, twice.json()["rule"]) == (409, "CommandNotInState")


@pytest.mark.parametrize("who", ["crane", "crane again"])
def test_what_is_declined_or_taken_back_never_happens(service, who):
    waits = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 60_000_00)).json()
    before = service.get("crane", "/v1/lines")[0]["used"]
    declined = service.ask(who, "POST", f"/v1/operations/{waits['id']}/decline").json()
    assert (declined["state"], declined["result"]) == ("declined", None)
    late = service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/approve")
    assert (late.status_code, late.json()["rule"]) == (409, "CommandNotInState")
    assert service.get("crane", "/v1/lines")[0]["used"] == before


def test_nobody_rids_itself_of_the_second_person_alone(service):
    for above in (50_000_01, None):
        waits = set_limit(service, above).json()
        assert waits["state"] == "awaiting_approval"
        assert service.ask("crane", "POST", f"/v1/operations/{waits['id']}/approve").status_code == 403
        service.ask("crane", "POST", f"/v1/operations/{waits['id']}/decline")
    assert service.result(set_limit(service, 40_000_00))["version"] == 2
    waits = set_limit(service, None).json()
    done = service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/approve").json()
    assert done["result"] == {"currency": CURRENCY, "above": None, "version": 3}


def test_a_bill_of_many_small_parts_is_as_large_as_their_sum(service):
    service.result(set_limit(service, 1_000_00))
    body = issue_of(service, 600_00)
    body["payments"] *= 2
    assert service.ask("crane", "POST", "/v1/vouchers", json=body).json()["state"] == "awaiting_approval"
    waits = set_limit(service, None).json()
    service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/approve")


# --- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_wallet(service):
    """Gear keeps its key: it is taken out of the home, and only its address stays."""
    workspace, gear = service.workspace, service.world.id("gear")
    keyring = workspace.keyring
    account = keyring.signer(gear)._account
    path = keyring._path(gear)
    kept = path.read_bytes()
    path.unlink()
    workspace.__dict__["keyring"] = Keyring(keyring._folder, keyring._passphrase)
    workspace.keyring.know(gear, account.address)
    yield account
    path.write_bytes(kept)
    workspace.__dict__["keyring"] = keyring


def signature_of(account, told) -> dict[str, str]:
    signed = account.sign_message(encode_typed_data(full_message=told["to_sign"]))
    return {"signature": "0x" + bytes(signed.signature).hex()}


def test_who_keeps_its_key_signs_each_thing_itself_and_nothing_else_is_done_in_its_name(service, own_wallet):
    piece = MADE["first"]
    told = service.ask("gear", "POST", f"/v1/vouchers/{piece}/accept").json()
    assert told["state"] == "awaiting_signature"
    assert told["to_sign"]["primaryType"] == "Accept"
    assert told["to_sign"]["message"]["key"] == own_wallet.address
    assert service.get("gear", f"/v1/vouchers/{piece}")["state"] == "offered"
    address = f"/v1/operations/{told['id']}/signature"
    stranger = service.ask("gear", "POST", address, json=signature_of(Account.create(), told))
    assert (stranger.status_code, stranger.json()["rule"]) == (422, "SignatureWrong")
    assert service.ask("crane", "POST", address, json=signature_of(own_wallet, told)).status_code == 404
    done = service.ask("gear", "POST", address, json=signature_of(own_wallet, told)).json()
    assert (done["state"], done["result"]) == ("succeeded", {"voucher": piece, "state": "held"})


def test_an_own_wallet_signs_confirmation_and_order_one_after_the_other(service, own_wallet):
    body = {"payments": [service.payment("gear-bolt", "bolt", 500_00)]}
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/transfer", json=body).json()
    asked = []
    while told["state"] == "awaiting_signature":
        asked.append(told["to_sign"]["primaryType"])
        address = f"/v1/operations/{told['id']}/signature"
        told = service.ask("gear", "POST", address, json=signature_of(own_wallet, told)).json()
    assert asked == ["Confirmation", "Transfer"]
    assert told["state"] == "succeeded"
    (child,) = told["result"]["vouchers"]
    assert service.get("bolt", f"/v1/vouchers/{child}")["given_by"]["id"] == service.world.id("gear")


def test_what_waits_for_a_signature_can_be_taken_back(service, own_wallet):
    body = {"payments": [service.payment("gear-bolt", "bolt", 100_00)]}
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/transfer", json=body).json()
    assert told["state"] == "awaiting_signature"
    signature = signature_of(own_wallet, told)
    assert service.ask("gear", "POST", f"/v1/operations/{told['id']}/decline").json()["state"] == "declined"
    late = service.ask("gear", "POST", f"/v1/operations/{told['id']}/signature", json=signature)
    assert (late.status_code, late.json()["rule"]) == (409, "CommandNotInState")


# --- 5 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, service):
    """A home of its own, without anybody else's worker."""
    settings = service.workspace.settings.model_copy(update={"home": tmp_path / "home"})
    with open_workspace(settings) as workspace:
        yield workspace


class Tried(Exception):
    """What a kind of command fails with that has no rule."""


def waiting(workspace, kind: str = "plan"):
    wanted = Wanted("operator", "key:test", "key:test", str(uuid.uuid4()), kind, {"currency": CURRENCY})
    return accept(workspace, wanted, untold)[0]


def test_a_command_is_one_workers_until_its_lease_ends_and_anothers_then(home, monkeypatch):
    made = waiting(home)
    assert claim(home, ["plan"], untold).id == made.id
    assert claim(home, ["plan"], untold) is None
    later = time.time_ns() + 61 * 10**9
    monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda: later)
    again = claim(home, ["plan"], untold)
    assert (again.id, again.attempts) == (made.id, 2)


def test_whoever_watches_reads_how_many_commands_wait_and_how_long_the_oldest_does(home, monkeypatch):
    waiting(home)
    waiting(home, "issue")
    later = time.time() + 90
    monkeypatch.setattr("chain.commands.metrics.time.time", lambda: later)
    families = text_string_to_metric_families(metrics(home).decode())
    read = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert read["pearl_commands", "accepted"] == 2
    assert 89 < read["pearl_commands_oldest_seconds",] < 120


def test_the_documents_are_not_matched_anew_for_each_issue(service, monkeypatch):
    def match_all(*_):
        raise AssertionError("the worker has the trade at hand")

    monkeypatch.setattr("chain.commands.trade.load_graph", match_all)
    assert service.post("crane", "/v1/vouchers", issue_of(service, 1_00))["vouchers"]


def failing(monkeypatch, error):
    kind = KINDS["plan"]

    def do(_case, _asked):
        raise error

    monkeypatch.setitem(KINDS, "plan", type(kind)(**(kind.__dict__ | {"do": do})))


def test_what_cannot_be_done_now_is_tried_again_later_and_never_given_up(home, monkeypatch):
    made, worker = waiting(home), Worker(home)
    failing(monkeypatch, Unavailable(what="the node"))
    now = time.time_ns()
    for _ in range(MOST_ATTEMPTS + 3):
        now += 40 * 10**9
        monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda at=now: at)
        assert worker.carry_out_next(Lane.PLANS)
        assert not worker.carry_out_next(Lane.PLANS)
    assert command_named(home, None, made.id).state == "accepted"


def test_what_fails_for_no_rule_is_given_up_after_some_attempts_and_told_without_its_inside(home, monkeypatch, caplog):
    made, worker = waiting(home), Worker(home)
    failing(monkeypatch, Tried("a secret of ours"))
    now = time.time_ns()
    for _ in range(MOST_ATTEMPTS):
        now += 40 * 10**9
        monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda at=now: at)
        assert worker.carry_out_next(Lane.PLANS)
    assert not worker.carry_out_next(Lane.PLANS)
    told = command_named(home, None, made.id)
    assert (told.state, told.problem["en"]["rule"]) == ("failed", "Unexpected")
    assert "secret" not in str(told.problem)


# --- 6 ---------------------------------------------------------------------------------------------------------------


def test_operations_are_their_enterprises_own(service):
    own = service.get("crane", "/v1/operations")["items"]
    assert {one["enterprise"] for one in own} == {service.world.id("crane")}
    newest = own[0]["id"]
    for who in ("gear", "harbour", "loom"):
        answer = service.ask(who, "GET", f"/v1/operations/{newest}")
        assert (answer.status_code, answer.json()["rule"]) == (404, "NotFound")
        for verb in ("approve", "decline"):
            assert service.ask(who, "POST", f"/v1/operations/{newest}/{verb}").status_code == 404
    for who in ("operator", "regulator"):
        assert service.get(who, f"/v1/operations/{newest}")["id"] == newest
        assert service.ask(who, "POST", f"/v1/operations/{newest}/approve").status_code == 403


def test_the_pages_of_operations_have_each_of_them_once_the_newest_first(service):
    whole = [one["id"] for one in service.get("crane", "/v1/operations", params={"limit": 500})["items"]]
    paged, after = [], None
    while after is not None or not paged:
        page = service.get("crane", "/v1/operations", params={"limit": 3} | ({"after": after} if after else {}))
        paged += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert paged == whole
    waiting = service.get("crane", "/v1/operations", params={"state": "declined"})["items"]
    assert {one["state"] for one in waiting} == {"declined"}
