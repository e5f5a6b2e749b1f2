"""Commands and their operations.

1. A command is accepted before anything is done, and its operation tells how far it has come.
2. Above an amount that an enterprise sets, a second person of it approves; nobody approves what it asked for itself.
3. Whoever asked, or a second person, takes back what waits for a person; then nothing ever happens.
4. Who keeps its key signs each thing itself; nothing else is done in its name.
5. A worker that dies leaves its command to the next, and who lost a command changes nothing of it; what passes is tried
   again, what does not is told.
6. Operations are their enterprise's own.
7. Who may not do a thing any more when it would be carried out has it not done; what has begun is brought to its end.
8. Every request is done once for its key, also one by which a person decides.
9. The audit log tells each step with who made it, by which request.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from eth_account import Account
from eth_keys.constants import SECPK1_N
from little_world import CURRENCY
from prometheus_client.parser import text_string_to_metric_families

from api.command import Lane
from api.desk import Desk
from api.operations import KINDS
from api.routes.parts import followed
from api.worker import Worker
from chain.commands.accepted import (
    MOST_ATTEMPTS,
    Decision,
    FilesWait,
    Step,
    Wanted,
    accept,
    approve,
    await_approval,
    await_signature,
    claim,
    command_named,
    keep,
    put_off,
    refuse,
    succeed,
)
from chain.commands.audit import newest_entries
from chain.commands.callers import AT_THE_MACHINE, Callers
from chain.commands.duties import Duty
from chain.commands.keys import make_key, revoke_key
from chain.commands.metrics import metrics
from chain.commands.users import add_user, change_user
from chain.commands.workspace import OPERATOR, open_workspace
from chain.errors import Unavailable
from tests.api.conftest import own_wallet_of, signature_of

MADE: dict[str, str] = {}


def untold(*_) -> None:
    """Nobody is told."""


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
    assert "errors" not in told["problem"]  # as in a problem by itself, what is not there is left out
    read = service.get("crane", f"/v1/operations/{told['id']}", headers={"Accept-Language": "zh"})
    assert read["problem"]["rule"] == "NotTheOwner"
    assert read["problem"]["request_id"] == "of-these-tests"  # the request that brought it, not the one that reads
    assert read["problem"]["detail"] != told["problem"]["detail"]


def test_who_is_made_to_wait_is_told_how_long_at_most(service):
    address = f"/v1/vouchers/{MADE['first']}/accept"
    assert "preference-applied" not in service.ask("crane", "POST", address, headers={"Prefer": ""}).headers
    waited = service.ask("crane", "POST", address, headers={"Prefer": "wait=99"})
    assert waited.headers["preference-applied"] == "wait=30"
    read = service.ask("crane", "GET", waited.headers["location"], headers={"Prefer": "wait=2"})
    assert read.headers["preference-applied"] == "wait=2"


def test_a_body_of_which_nothing_is_required_need_not_be_there(service):
    (piece,) = service.result(service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 1_00)))["vouchers"]
    rejected = service.result(service.ask("gear", "POST", f"/v1/vouchers/{piece}/reject"))
    assert rejected == {"voucher": piece, "state": "voided"}
    nothing = service.ask("crane", "POST", "/v1/redemptions")
    assert (nothing.status_code, nothing.json()["rule"]) == (422, "NothingDue")


def test_nothing_is_planned_in_a_currency_that_the_ledger_does_not_know(service):
    assert service.refused("operator", "/v1/plans", {"currency": "ZZZ"}) == (422, "CurrencyUnknown")


def test_a_quote_that_nobody_could_pay_once_is_taken_when_there_is_money_and_sells_once(service):
    (piece,) = service.post("loom", "/v1/vouchers", issue_of(service, 5_000_00, "loom", "yarn"))["vouchers"]
    service.post("yarn", f"/v1/vouchers/{piece}/accept", None)
    quote = service.post("valley", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-7"})
    address, body = f"/v1/vouchers/{piece}/finance", {"quote": quote["id"]}
    for language, sentence in (("en", "too few of the bank's deposits"), ("zh", "存款不足")):
        asked = service.ask("yarn", "POST", address, json=body, headers={"Accept-Language": language}).json()
        problem = asked["problem"]
        assert (asked["state"], problem["status"], problem["rule"]) == ("refused", 422, "ERC20InsufficientBalance")
        assert problem["contract_error"] == {"name": "ERC20InsufficientBalance", "arguments": ""}
        assert sentence in problem["detail"]
        assert "0x" not in str(problem)
    assert not service.get("yarn", f"/v1/vouchers/{piece}/quotes")[0]["taken"]
    own = {"enterprise": service.world.id("valley"), "amount": {"minor": 6_000_00, "currency": CURRENCY}}
    service.post("valley", "/v1/deposits", own)
    sold = service.post("yarn", address, body)
    assert service.get("yarn", f"/v1/vouchers/{piece}/quotes")[0]["taken"]
    assert service.post("yarn", address, body) == sold
    assert service.get("valley", f"/v1/vouchers/{sold['vouchers'][0]}")["amount"]["minor"] == 5_000_00
    assert service.get("yarn", f"/v1/vouchers/{piece}")["amount"]["minor"] == 0


# --- 2, 3 ------------------------------------------------------------------------------------------------------------


def amount_of(minor: int | None):
    return None if minor is None else {"minor": minor, "currency": CURRENCY}


def set_limit(service, above: int | None, who: str = "crane", **more):
    now = service.ask(who, "GET", f"/v1/four-eyes/{CURRENCY}")
    headers = {"If-Match": now.headers["etag"]}
    return service.ask(
        who, "PUT", f"/v1/four-eyes/{CURRENCY}", json={"above": amount_of(above)}, headers=headers, **more
    )


def test_a_limit_is_changed_only_by_who_knows_its_version(service):
    address = f"/v1/four-eyes/{CURRENCY}"
    missing = service.ask("crane", "PUT", address, json={"above": amount_of(1)})
    assert (missing.status_code, missing.json()["rule"]) == (428, "VersionMissing")
    assert service.result(set_limit(service, 50_000_00)) == {
        "currency": CURRENCY,
        "above": amount_of(50_000_00),
        "above_in_a_day": None,
        "version": 1,
    }
    stale = service.ask("crane", "PUT", address, json={"above": amount_of(1)}, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["rule"]) == (412, "VersionChanged")
    assert service.get("crane", "/v1/four-eyes") == [
        {"currency": CURRENCY, "above": amount_of(50_000_00), "above_in_a_day": None, "version": 1}
    ]
    assert service.get("gear", "/v1/four-eyes") == []


def test_up_to_the_limit_one_person_is_enough_and_above_it_waits_for_another(service):
    at_the_limit = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 50_000_00)).json()
    assert at_the_limit["state"] == "succeeded"
    above = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 50_000_01)).json()
    assert (above["state"], above["result"]) == ("awaiting_approval", None)
    before = service.get("crane", "/v1/lines")[0]["used"]
    own = service.ask("crane", "POST", f"/v1/operations/{above['id']}/approve")
    assert (own.status_code, own.json()["rule"]) == (403, "OwnApproval")
    assert "asked for this itself" in own.json()["detail"]
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
    assert done["result"] == {"currency": CURRENCY, "above": None, "above_in_a_day": None, "version": 3}


def test_a_bill_of_many_small_parts_is_as_large_as_their_sum(service):
    service.result(set_limit(service, 1_000_00))
    body = issue_of(service, 600_00)
    body["payments"] *= 2
    assert service.ask("crane", "POST", "/v1/vouchers", json=body).json()["state"] == "awaiting_approval"
    waits = set_limit(service, None).json()
    service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/approve")


# --- 7, 8 ------------------------------------------------------------------------------------------------------------


def test_a_decision_is_made_once_for_its_key_and_answered_the_same_again(service):
    service.result(set_limit(service, 1_00))
    waits = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 2_00), key="asked-once").json()
    address = f"/v1/operations/{waits['id']}"
    first = service.ask("crane again", "POST", f"{address}/approve", key="approved-once")
    assert "idempotent-replayed" not in first.headers
    again = service.ask("crane again", "POST", f"{address}/approve", key="approved-once")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json() == first.json()
    other = service.ask("crane again", "POST", f"{address}/decline", key="approved-once")
    assert (other.status_code, other.json()["rule"]) == (409, "Conflict")
    # An enterprise's keys are one space, whatever they are used for.
    for path, body, key in (
        (f"{address}/approve", None, "asked-once"),
        ("/v1/vouchers", issue_of(service, 2_00), "approved-once"),
    ):
        taken = service.ask("crane again", "POST", path, json=body, key=key)
        assert (taken.status_code, taken.json()["rule"]) == (409, "Conflict")
    waits = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 2_00)).json()
    for replayed in (None, "true"):
        declined = service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/decline", key="declined-once")
        assert (declined.json()["state"], declined.headers.get("idempotent-replayed")) == ("declined", replayed)


def test_whichever_version_is_in_force_is_the_same_content_however_often_it_is_asked_for(service):
    address, body = f"/v1/four-eyes/{CURRENCY}", {"above": amount_of(50)}
    first = service.ask("crane", "PUT", address, json=body, headers={"If-Match": "*"}, key="whichever-version")
    assert first.json()["state"] == "succeeded"
    again = service.ask("crane", "PUT", address, json=body, headers={"If-Match": "*"}, key="whichever-version")
    assert (again.status_code, again.json()) == (202, first.json())


def test_the_same_papers_are_the_same_command_in_whichever_language_it_is_asked(service):
    author, name, content = service.world.deals["crane-gear"].files["order"]
    answers = [
        service.ask(
            author, "POST", "/v1/documents", files=[("files", (name, content, "application/xml"))], key="these-papers",
            headers={"Accept-Language": language},
        )
        for language in ("en", "zh")
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["asked"]["names"] == [name]


def audited(service, operation: str):
    """What the audit log tells of an operation: who, what became of it, by which request."""
    number, after = [], 0
    while after is not None:
        page = service.get("regulator", "/v1/audit", params={"limit": 500, "after": after})
        number += page["items"]
        after = page["next"]
    return [(one["actor"], one["outcome"], one["request_id"]) for one in number if one["subject"] == operation]


def test_the_auditors_of_an_enterprise_read_how_its_commands_ended(service):
    _, service.keys["auditor"] = make_key(service.workspace, service.world.id("crane"), "of the audit", [Duty.AUDITOR])
    found, after = [], 0
    while after is not None:
        page = service.get("auditor", "/v1/audit", params={"limit": 500, "after": after})
        found += page["items"]
        after = page["next"]
    ended = {(one["outcome"], one["enterprise"]["id"]) for one in found if one["actor"] == "worker"}
    assert ended == {(outcome, service.world.id("crane")) for outcome in ("done", "refused")}


def events_of(service, who: str, operation: str) -> list[str]:
    """Names of the events about an operation."""
    found, after = [], None
    while page := service.get(who, "/v1/events", params={"limit": 500} | ({"after": after} if after else {})):
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    return [one["name"] for one in found if one["subject"] == operation]


def actor(service, who: str) -> str:
    return service.get(who, "/v1/me")["actor"]


def test_the_audit_log_names_who_approved_and_who_declined_by_their_own_requests(service):
    maker, checker = actor(service, "crane"), actor(service, "crane again")
    by = {"headers": {"X-Request-ID": "the-decision"}}
    waits = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 2_00)).json()
    service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/approve", **by)
    asked, approved, done = audited(service, waits["id"])
    assert asked == (maker, "accepted", "of-these-tests")
    assert approved == (checker, "approved", "the-decision")
    assert done[:2] == ("worker", "done")
    assert events_of(service, "crane", waits["id"]) == [
        "OperationAwaitingApproval", "OperationAccepted", "OperationSucceeded",
    ]  # fmt: skip
    waits = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 2_00)).json()
    service.ask("crane again", "POST", f"/v1/operations/{waits['id']}/decline", **by)
    assert audited(service, waits["id"])[1:] == [(checker, "declined", "the-decision")]
    lifts = set_limit(service, None).json()
    service.ask("crane again", "POST", f"/v1/operations/{lifts['id']}/approve")


# --- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_wallet(service):
    """Gear keeps its key."""
    with own_wallet_of(service, "gear") as account:
        yield account


def test_who_keeps_its_key_signs_each_thing_itself_and_nothing_else_is_done_in_its_name(service, own_wallet):
    piece = MADE["first"]
    told = service.ask("gear", "POST", f"/v1/vouchers/{piece}/accept").json()
    assert told["state"] == "awaiting_signature"
    assert told["to_sign"]["primaryType"] == "Accept"
    assert told["to_sign"]["message"]["key"] == own_wallet.address
    assert service.get("gear", f"/v1/vouchers/{piece}")["state"] == "offered"
    address = f"/v1/operations/{told['id']}/signature"
    for wrong in (signature_of(Account.create(), told), twin_of(signature_of(own_wallet, told))):
        refused = service.ask("gear", "POST", address, json=wrong)
        assert (refused.status_code, refused.json()["rule"]) == (422, "SignatureWrong")
    assert service.ask("crane", "POST", address, json=signature_of(own_wallet, told)).status_code == 404
    given = {"json": signature_of(own_wallet, told), "key": "signed-once", "headers": {"X-Request-ID": "the-signature"}}
    done = service.ask("gear", "POST", address, **given).json()
    assert (done["state"], done["result"]) == ("succeeded", {"voucher": piece, "state": "held"})
    again = service.ask("gear", "POST", address, **given)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json() == done
    gear = actor(service, "gear")
    told_by = [(gear, "accepted", "of-these-tests"), (gear, "signed", "the-signature")]
    assert audited(service, told["id"])[:-1] == told_by
    assert events_of(service, "gear", told["id"]).count("OperationAccepted") == 1


def twin_of(signature):
    """The other signature under the same message that anybody can make of one; the contracts refuse it."""
    given = bytes.fromhex(signature["signature"].removeprefix("0x"))
    s = SECPK1_N - int.from_bytes(given[32:64])
    return {"signature": "0x" + (given[:32] + s.to_bytes(32) + bytes([55 - given[64]])).hex()}


def test_nobody_is_asked_to_sign_what_is_refused_already(service, own_wallet):
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/accept").json()
    assert (told["state"], told["problem"]["rule"]) == ("refused", "PieceNotInState")


def test_an_own_wallet_signs_confirmation_and_order_one_after_the_other(service, own_wallet):
    body = {"payments": [service.payment("gear-bolt", "bolt", 500_00)]}
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/transfer", json=body).json()
    asked, told = service.signed("gear", own_wallet, told, less=27)
    assert asked == ["Confirmation", "Transfer"]
    assert told["state"] == "succeeded"
    (child,) = told["result"]["vouchers"]
    assert service.get("bolt", f"/v1/vouchers/{child}")["given_by"]["id"] == service.world.id("gear")


def test_what_waits_for_a_signature_can_be_taken_back(service, own_wallet):
    body = {"payments": [service.payment("gear-bolt", "bolt", 100_00)]}
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/transfer", json=body).json()
    assert told["state"] == "awaiting_signature"
    signature = signature_of(own_wallet, told)
    declined = service.ask("gear", "POST", f"/v1/operations/{told['id']}/decline").json()
    assert (declined["state"], declined["problem"]) == ("declined", None)
    late = service.ask("gear", "POST", f"/v1/operations/{told['id']}/signature", json=signature)
    assert (late.status_code, late.json()["rule"]) == (409, "CommandNotInState")


def test_what_is_taken_back_when_a_part_of_it_was_done_says_so(service):
    def is_confirmed():
        papers = service.get("crane", "/v1/documents?limit=500")["items"]
        (invoice,) = (paper["id"] for paper in papers if paper["key"] == service.world.deals["crane-pump"].key)
        return service.get("crane", f"/v1/documents/{invoice}")["confirmed"]

    assert not is_confirmed()
    with own_wallet_of(service, "crane") as account:
        told = service.ask("crane", "POST", "/v1/vouchers", json=issue_of(service, 100_00, to="pump")).json()
        assert told["to_sign"]["primaryType"] == "Confirmation"
        address = f"/v1/operations/{told['id']}"
        told = service.ask("crane", "POST", f"{address}/signature", json=signature_of(account, told)).json()
        assert (told["state"], told["to_sign"]["primaryType"]) == ("awaiting_signature", "Issue")
        told = service.ask("crane", "POST", f"{address}/decline").json()
    assert (told["state"], told["result"], told["problem"]["rule"]) == ("declined", None, "PartDone")
    assert "after 1 of its signatures" in told["problem"]["detail"]
    assert service.get("crane", address)["problem"] == told["problem"]
    assert is_confirmed()


def test_a_signature_after_an_approval_is_told_as_a_signature(service, own_wallet):
    _, service.keys["gear again"] = make_key(service.workspace, service.world.id("gear"), "a second person")
    service.result(set_limit(service, 1_00, "gear"))
    body = {"payments": [service.payment("gear-bolt", "bolt", 2_00)]}
    told = service.ask("gear", "POST", f"/v1/vouchers/{MADE['first']}/transfer", json=body).json()
    assert told["state"] == "awaiting_approval"
    told = service.ask("gear again", "POST", f"/v1/operations/{told['id']}/approve").json()
    while told["state"] == "awaiting_signature":
        address = f"/v1/operations/{told['id']}/signature"
        told = service.ask("gear", "POST", address, json=signature_of(own_wallet, told)).json()
    assert told["state"] == "succeeded"
    told_by = [(who, outcome) for who, outcome, _ in audited(service, told["id"])]
    maker, checker = actor(service, "gear"), actor(service, "gear again")
    assert told_by == [
        (maker, "accepted"), (checker, "approved"), (maker, "signed"), ("worker", "done"),
    ]  # fmt: skip
    assert events_of(service, "gear", told["id"]).count("OperationAccepted") == 1
    lifts = set_limit(service, None, "gear").json()
    service.ask("gear again", "POST", f"/v1/operations/{lifts['id']}/approve")


def test_who_counts_as_who_asked_is_told_why(service):
    workspace, crane = service.workspace, service.world.id("crane")
    maker, service.keys["makes"] = make_key(workspace, crane, "makes", [Duty.MAKER, Duty.TREASURER])
    by = f"key:{maker.id}"
    made = []
    for name in ("made", "made too"):
        key, service.keys[name] = make_key(workspace, crane, name, [Duty.MAKER, Duty.TREASURER], made_by=by)
        made.append(f"key:{key.id}")
    first, second = made

    def told(asker: str, who: str, language: str = "en") -> str:
        wanted = Wanted(crane, asker, by, str(uuid.uuid4()), "issue", issue_of(service, 1_00), needs_approval=True)
        waits, _ = accept(workspace, wanted, untold)
        path, headers = f"/v1/operations/{waits.id}/approve", {"Accept-Language": language}
        refused = service.ask(who, "POST", path, headers=headers).json()
        assert refused["rule"] == "OwnApproval"
        answer = service.ask(who, "POST", f"/v1/operations/{waits.id}/decline")
        assert answer.headers["Location"] == f"/v1/operations/{waits.id}"
        return refused["detail"]

    assert f"{first} was made by {by}, who asked for this" in told(by, "made")
    assert f"{by} made {first}, which asked for this" in told(first, "makes")
    assert f"{second} and {first}, which asked for this, were both made by {by}" in told(first, "made too")
    assert f"{first} 由提出该请求的 {by} 创建" in told(by, "made", "zh")


def test_a_key_that_only_reads_takes_nothing_back_that_its_maker_asked_for(service):
    workspace, crane = service.workspace, service.world.id("crane")
    treasurer, _ = make_key(workspace, crane, "treasury", [Duty.TREASURER])
    by = f"key:{treasurer.id}"
    asking, service.keys["it asks"] = make_key(workspace, crane, "asks", [Duty.MAKER], made_by=by)
    _, service.keys["it looks"] = make_key(workspace, crane, "looks", [Duty.AUDITOR], made_by=by)
    wanted = Wanted(
        crane, f"key:{asking.id}", by, str(uuid.uuid4()), "issue", issue_of(service, 1_00), needs_approval=True
    )
    waits, _ = accept(workspace, wanted, untold)
    address = f"/v1/operations/{waits.id}/decline"
    assert service.refused("it looks", address, None) == (403, "DutyMissing")
    assert service.ask("it asks", "POST", address).json()["state"] == "declined"


# --- 5 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, service):
    """A home of its own, without anybody else's worker."""
    settings = service.workspace.settings.model_copy(update={"home": tmp_path / "home"})
    with open_workspace(settings) as workspace:
        yield workspace


class Tried(Exception):
    """What a kind of command fails with that has no rule."""


def waiting(workspace, kind: str = "plan", actor: str | None = None, enterprise: str = OPERATOR):
    actor = actor or f"key:{make_key(workspace, OPERATOR, 'test')[0].id}"
    wanted = Wanted(enterprise, actor, actor, str(uuid.uuid4()), kind, {"currency": CURRENCY})
    return accept(workspace, wanted, untold)[0]


def test_files_of_an_enterprise_wait_up_to_so_many_bytes_and_keep_nobody_elses_out(home, monkeypatch):
    monkeypatch.setattr("chain.commands.accepted.MOST_FILE_BYTES_WAITING", 100)

    def send(enterprise, *files):
        wanted = Wanted(enterprise, "key:of-it", "key:of-it", str(uuid.uuid4()), "documents", {}, files=files)
        return accept(home, wanted, untold)[0]

    send("A", bytes(150))  # alone it may have more
    with pytest.raises(FilesWait):
        send("A", bytes(1))
    send("B", bytes(60), bytes(20))
    send("B", bytes(20))
    with pytest.raises(FilesWait):
        send("B", bytes(1))
    first = claim(home, ["documents"], untold)
    succeed(home, first, None, untold)
    send("A", bytes(1))


def test_what_somebody_approved_who_may_no_longer_awaits_an_approval_again(home):
    asker, second, third = (make_key(home, OPERATOR, name)[0] for name in ("one", "two", "three"))

    def approved_by(key):
        viewer = Callers(home).of_actor(OPERATOR, f"key:{key.id}")
        decision = Decision(viewer, str(uuid.uuid4()), Step.APPROVED, made.id)
        return approve(home, decision, untold)[0]

    actor = f"key:{asker.id}"
    wanted = Wanted(
        OPERATOR,
        actor,
        actor,
        str(uuid.uuid4()),
        "plan",
        {"currency": CURRENCY},
        worth={CURRENCY: 5},
        needs_approval=True,
    )
    made = accept(home, wanted, untold)[0]
    assert approved_by(second).state == "accepted"
    revoke_key(home, AT_THE_MACHINE, second.id)
    worker = Worker(home)
    assert worker.carry_out_next(Lane.PLANS)
    waits = command_named(home, None, made.id)
    assert (waits.state, waits.decided_by, waits.worth) == ("awaiting_approval", None, {CURRENCY: 5})
    assert approved_by(third).state == "accepted"
    assert worker.carry_out_next(Lane.PLANS)
    assert command_named(home, None, made.id).state not in ("accepted", "awaiting_approval")


def test_so_many_wait_for_operations_of_an_enterprise_at_once_and_one_more_is_answered_as_it_stands(home, monkeypatch):
    """Each keeps a connection from all others."""
    monkeypatch.setattr("api.desk.MOST_WAITS_EACH", 2)
    monkeypatch.setattr("api.desk.MOST_WAITS", 3)
    made, others, desk = waiting(home), waiting(home, enterprise="B"), Desk(home)

    async def follow():
        took = []

        async def one(command, seconds):
            began = time.monotonic()
            told = await followed(desk, command, seconds)
            took.append((command.enterprise, time.monotonic() - began > 0.5, told.state))

        async with asyncio.TaskGroup() as tasks:
            for command in (made, made, made, others, others):
                tasks.create_task(one(command, 1.0))
        return Counter(took)

    assert asyncio.run(follow()) == {
        (OPERATOR, True, "accepted"): 2, (OPERATOR, False, "accepted"): 1, ("B", True, "accepted"): 1,
        ("B", False, "accepted"): 1,
    }  # fmt: skip
    with desk.waits(OPERATOR) as may_wait:
        assert may_wait  # those that waited are over


def test_nobody_waits_for_all_that_another_enterprise_asked_for(home):
    of = {name: [waiting(home, actor="key:of-it", enterprise=name).id for _ in range(3)] for name in ("B", "A", "C")}
    taken, after = [], ""
    while (command := claim(home, ["plan"], untold, after)) is not None:
        taken.append(command.id)
        after = command.enterprise
    assert taken == [of[name][turn] for turn in range(3) for name in "ABC"]


def test_a_command_is_one_workers_until_its_lease_ends_and_anothers_then(home, monkeypatch):
    made = waiting(home)
    assert claim(home, ["plan"], untold).id == made.id
    assert claim(home, ["plan"], untold) is None
    later = time.time_ns() + 61 * 10**9
    monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda: later)
    again = claim(home, ["plan"], untold)
    assert (again.id, again.attempts) == (made.id, 2)


def test_who_lost_its_lease_changes_nothing_of_the_command(home, monkeypatch):
    made = waiting(home)
    lost = claim(home, ["plan"], untold)
    later = time.time_ns() + 61 * 10**9
    monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda: later)
    held = claim(home, ["plan"], untold)
    before = command_named(home, None, made.id)
    assert before == held
    for change in (
        lambda: succeed(home, lost, {"plan": 7}, untold),
        lambda: refuse(home, lost, {"en": {"rule": "Unexpected"}}, untold, failed=True),
        lambda: await_signature(home, lost, [{"name": "theirs"}], untold),
        lambda: await_approval(home, lost, {CURRENCY: 1}, untold),
        lambda: put_off(home, lost),
    ):
        change()
        assert command_named(home, None, made.id) == before
    later += 59 * 10**9
    keep(home, lost)  # it has kept nothing: two seconds later the lease is over
    later += 2 * 10**9
    third = claim(home, ["plan"], untold)
    assert third.id == made.id
    succeed(home, third, {"plan": 8}, untold)
    assert command_named(home, None, made.id).result == {"plan": 8}


def test_a_command_over_which_workers_die_again_and_again_is_given_up_and_told(home, monkeypatch):
    made, worker = waiting(home), Worker(home)
    now = time.time_ns()
    for _ in range(MOST_ATTEMPTS):
        assert claim(home, ["plan"], untold).id == made.id
        now += 61 * 10**9
        monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda at=now: at)
    assert worker.carry_out_next(Lane.PLANS)
    told = command_named(home, None, made.id)
    assert (told.state, told.problem["en"]["rule"]) == ("failed", "Unexpected")
    assert newest_entries(home, 1)[0].outcome == "failed"


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
    # Nor are these attempts counted where it fails for no rule afterwards.
    failing(monkeypatch, Tried("ours"))
    now += 40 * 10**9
    monkeypatch.setattr("chain.commands.accepted.time.time_ns", lambda: now)
    assert worker.carry_out_next(Lane.PLANS)
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
    for who, status in (("operator", 404), ("regulator", 403)):  # the operator approves its own, and none of others
        assert service.get(who, f"/v1/operations/{newest}")["id"] == newest
        assert service.ask(who, "POST", f"/v1/operations/{newest}/approve").status_code == status


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


# --- 7 ---------------------------------------------------------------------------------------------------------------


def carried_out(workspace, made):
    assert Worker(workspace).carry_out_next(Lane.PLANS)
    return command_named(workspace, None, made.id)


def test_what_a_revoked_key_asked_for_is_refused_when_it_would_be_carried_out(home):
    make_key(home, OPERATOR, "stays")
    key, _ = make_key(home, OPERATOR, "leaves")
    made = waiting(home, actor=f"key:{key.id}")
    revoke_key(home, AT_THE_MACHINE, key.id)
    told = carried_out(home, made)
    assert (told.state, told.problem["en"]["rule"], told.problem["en"]["status"]) == ("refused", "AccessWithdrawn", 403)
    assert told.problem["zh"]["detail"] != told.problem["en"]["detail"]


def test_what_was_asked_for_before_a_key_ended_by_itself_is_carried_out(home, monkeypatch):
    key, _ = make_key(home, OPERATOR, "for a while", expires_at=int(time.time()) + 1_000)
    made = waiting(home, actor=f"key:{key.id}")
    later = time.time() + 2_000
    monkeypatch.setattr("chain.commands.callers.time.time", lambda: later)
    failing(monkeypatch, Tried("it was carried out"))
    assert carried_out(home, made).state == "accepted"  # and not refused


@pytest.mark.parametrize("actor", ["key:0123456789abcdef", "user:0123456789abcdef", "somebody"])
def test_what_nobody_known_asked_for_is_refused(home, actor):
    assert carried_out(home, waiting(home, actor=actor)).problem["en"]["rule"] == "AccessWithdrawn"


def test_what_awaits_approval_is_refused_where_its_maker_may_not_do_it_any_more(service):
    workspace, crane = service.workspace, service.world.id("crane")
    workspace.settings = workspace.settings.model_copy(update={"oidc_issuer": "https://login.example"})
    user = add_user(workspace, AT_THE_MACHINE, crane, "li", "Li", [Duty.MAKER])

    def refused_after(change) -> str:
        wanted = Wanted(
            crane, f"user:{user.id}", f"user:{user.id}", str(uuid.uuid4()), "issue", issue_of(service, 1_00),
            needs_approval=True,
        )  # fmt: skip
        made, _ = accept(workspace, wanted, untold)
        change()
        used = service.get("crane", "/v1/lines")[0]["used"]
        told = service.ask("crane again", "POST", f"/v1/operations/{made.id}/approve").json()
        assert told["state"] == "refused"
        assert service.get("crane", "/v1/lines")[0]["used"] == used
        return told["problem"]["rule"]

    def given(*duties: Duty, disabled: bool = False):
        return lambda: change_user(
            workspace, AT_THE_MACHINE, user.id, None, duties=duties, label="Li", disabled=disabled
        )  # fmt: skip

    assert refused_after(given(Duty.RISK)) == "DutyMissing"
    assert refused_after(given(Duty.MAKER, disabled=True)) == "AccessWithdrawn"


def test_what_the_key_of_a_disabled_person_asked_for_is_refused(home):
    home.settings = home.settings.model_copy(update={"oidc_issuer": "https://login.example"})
    person = add_user(home, AT_THE_MACHINE, OPERATOR, "wu", "Wu", [Duty.OPERATOR])
    key, _ = make_key(home, OPERATOR, "of Wu", made_by=f"user:{person.id}")
    made = waiting(home, actor=f"key:{key.id}")
    change_user(home, AT_THE_MACHINE, person.id, None, duties=[Duty.OPERATOR], label="Wu", disabled=True)
    assert carried_out(home, made).problem["en"]["rule"] == "AccessWithdrawn"


def test_what_has_begun_is_brought_to_its_end_whoever_was_revoked_meanwhile(service, monkeypatch):
    workspace, bank = service.workspace, service.world.id("harbour")
    made, service.keys["leaves"] = make_key(workspace, bank, "leaves")
    kind, attempts = KINDS["deposit"], []

    def do(case, asked):
        attempts.append(kind.do(case, asked))
        if len(attempts) == 1:
            revoke_key(workspace, AT_THE_MACHINE, made.id)
            raise Unavailable(what="the node")
        return attempts[-1]

    monkeypatch.setitem(KINDS, "deposit", type(kind)(**(kind.__dict__ | {"do": do})))
    body = {"enterprise": bank, "amount": {"minor": 5_00, "currency": CURRENCY}}
    done = service.post("leaves", "/v1/deposits", body)
    assert attempts[0] == attempts[1] == done  # one deposit
    assert service.ask("leaves", "GET", "/v1/me").status_code == 401
