"""Netting over the API: each consents for itself, sees its own legs alone, and what is agreed binds whatever is done next.

1. A party sees the legs in which it owes or is owed, and whose consents these name; who is in no circle sees none.
2. What one may not see answers as what does not exist; who reads everything consents to nothing.
3. Once all have consented the invoices owe so much less: for plans, for issues by hand, and for a plan that was made before.
4. A plan tells a party what it gets and what binds it, and names only what the party may see.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from little_world import CURRENCY

from chain.commands.duties import Duty
from chain.commands.ingest import ingest
from chain.commands.keys import make_key
from chain.commands.netting import nettings
from chain.documents.canonical import dump
from chain.documents.model import DocumentReference, DocumentType

#: Gear owes Bolt (Bolt delivered three weeks ago), Bolt owes Seal, Seal owes Gear: a circle, and no circular trade.
CIRCLE = {"bolt-seal": ("bolt", "seal", 30, 60), "seal-gear": ("seal", "gear", 20, 100)}
PARTIES = ("gear", "bolt", "seal")
OUTSIDE = ("pump", "yarn", "crane", "harbour", "valley", "loom")


@pytest.fixture(scope="module", autouse=True)
def story(service, tmp_path_factory):
    """Papers; a piece at Gear that confirmed its invoice to Bolt on the ledger; a plan; then Seal takes its invoice to Pump
    back, which nobody has confirmed yet."""
    for name, (buyer, seller, quantity, days_ago) in CIRCLE.items():
        service.world.deals[name] = service.world.deal(buyer, seller, quantity, days_ago)
    for deal in service.world.deals:
        service.send_papers(deal)
    line = service.get("crane", "/v1/lines")[0]["id"]
    maturity = service.world.deals["crane-gear"].invoice.due_date.isoformat()
    body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", 5_000_00)]}
    (piece,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
    service.post("gear", f"/v1/vouchers/{piece}/accept", None)
    body = {"payments": [service.payment("gear-bolt", "bolt", 1_000_00)]}
    service.post("gear", f"/v1/vouchers/{piece}/transfer", body)
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    plan = service.get("operator", f"/v1/plans/{number}")
    assert plan["id"] == 1
    invoice = service.world.deals["pump-seal"].invoice
    note = replace(invoice, type=DocumentType.CREDIT_NOTE, number="CN-1", lines=(), net_minor=None, tax_minor=None,
                   invoices=(DocumentReference(number=invoice.number),))  # fmt: skip
    path = tmp_path_factory.mktemp("notes") / "note.json"
    path.write_text(json.dumps(dump(note)))
    assert ingest(service.workspace, [path]).read == 1
    return piece


@pytest.fixture(scope="module")
def netting(service):
    (known,) = nettings(service.workspace)
    return known.netting


def test_a_consent_is_worth_what_is_cancelled(service, netting):
    _, service.keys["gear again"] = make_key(service.workspace, service.world.id("gear"), "a second person")
    address, if_any = f"/v1/four-eyes/{CURRENCY}", {"headers": {"If-Match": "*"}}
    service.result(
        service.ask(
            "gear", "PUT", address, json={"above": {"minor": netting.minor - 1, "currency": CURRENCY}}, **if_any
        )
    )
    told = service.ask("gear", "POST", f"/v1/nettings/{netting.id}/consent").json()
    assert (told["state"], told["worth"]) == ("awaiting_approval", [{"minor": netting.minor, "currency": CURRENCY}])
    service.ask("gear", "POST", f"/v1/operations/{told['id']}/decline")
    lifts = service.ask("gear", "PUT", address, json={"above": None}, **if_any).json()
    service.ask("gear again", "POST", f"/v1/operations/{lifts['id']}/approve")
    assert service.get("gear", "/v1/nettings")[0]["consented"] == 0


def test_a_party_sees_its_own_legs_and_who_is_outside_sees_nothing(service, netting):
    ids = {name: service.world.id(name) for name in PARTIES}
    assert set(netting.parties) == set(ids.values())
    for who in ("operator", "regulator"):
        (whole,) = service.get(who, "/v1/nettings")
        assert {leg["document"] for leg in whole["legs"]} == {i.document for i in netting.invoices}
        assert (whole["parties"], whole["consented"], whole["state"]) == (3, 0, "proposed")
        assert whole["bound_by"] == [service.world.deals["gear-bolt"].key]
    for who in PARTIES:
        (own,) = service.get(who, "/v1/nettings")
        assert len(own["legs"]) == 2
        assert all(ids[who] in (leg["debtor"]["id"], leg["creditor"]["id"]) for leg in own["legs"])
        assert all(leg["amount"]["minor"] == netting.minor for leg in own["legs"])
    (own,) = service.get("seal", "/v1/nettings")
    assert own["bound_by"] == []
    for who in OUTSIDE:
        assert service.get(who, "/v1/nettings") == []


def test_what_one_may_not_see_does_not_exist_and_who_reads_everything_consents_to_nothing(service, netting):
    for who in OUTSIDE:
        for verb in ("consent", "withdraw"):
            seen = service.ask(who, "POST", f"/v1/nettings/{netting.id}/{verb}")
            none = service.ask(who, "POST", f"/v1/nettings/{'0' * 32}/{verb}")
            assert (seen.status_code, seen.json()["rule"]) == (404, "NotFound")
            assert seen.text.replace(netting.id, "") == none.text.replace("0" * 32, "")
    for who in ("operator", "regulator"):
        assert service.refused(who, f"/v1/nettings/{netting.id}/consent", None) == (403, "NotPermitted")
    assert service.ask("gear", "POST", "/v1/nettings/short/consent").status_code == 422
    assert service.refused("gear", f"/v1/nettings/{netting.id}/withdraw", None) == (422, "ConsentNotGiven")


def test_a_plan_tells_each_what_it_gets_and_what_binds_it(service, netting):
    whole = service.get("operator", "/v1/plans/1")
    rows = {outcome["enterprise"]["id"]: outcome for outcome in whole["outcomes"]}
    assert [one["id"] for one in whole["nettings"]] == [netting.id]
    for who in ("gear", "bolt", "seal", "yarn", "pump"):
        body = service.get(who, "/v1/plans/1")
        (own,) = body["outcomes"]
        all_of_it = rows[service.world.id(who)]
        assert own["enterprise"]["id"] == service.world.id(who)
        assert own | {"bound_by": None} == all_of_it | {"bound_by": None}
        assert own["received"]["minor"] == own["met"]["minor"] + own["passed_on"]["minor"]
        assert (own["netted"]["minor"] > 0) == (who in PARTIES)
        assert len(body["nettings"]) == (who in PARTIES)
        assert [bound["kind"] for bound in own["bound_by"]] == [bound["kind"] for bound in all_of_it["bound_by"]]
        mine = {document["key"] for document in service.get(who, "/v1/documents", params={"limit": 500})["items"]}
        named = [bound["name"] for bound in own["bound_by"] if bound["name"]]
        assert all(name in mine for name in named)
    bank = service.get("harbour", "/v1/plans/1")
    assert (bank["outcomes"], bank["nettings"]) == ([], [])


def test_a_party_learns_whose_consent_it_waits_for_where_it_deals_with_them(service, netting):
    first = service.post("gear", f"/v1/nettings/{netting.id}/consent", None)
    assert (first["consented"], first["state"]) == (1, "proposed")
    (seen,) = service.get("seal", "/v1/nettings")
    assert [entry["enterprise"]["id"] for entry in seen["consents"]] == [service.world.id("gear")]
    assert service.post("gear", f"/v1/nettings/{netting.id}/withdraw", None)["consented"] == 0
    assert service.get("operator", "/v1/plans/1")["nettings"][0]["consents"] == []
    _, service.keys["auditor"] = make_key(service.workspace, service.world.id("gear"), "audit", [Duty.AUDITOR])
    told = [
        (e["action"], e["subject"]) for e in service.get("auditor", "/v1/audit")["items"] if e["subject"] == netting.id
    ]
    assert told == [("netting.consent", netting.id), ("netting.withdraw", netting.id)]


def test_what_is_agreed_binds_plans_issues_and_a_plan_that_was_made_before(service, netting, story):
    gear_bolt = service.world.deals["gear-bolt"]
    planned = [step for step in service.get("operator", "/v1/plans/1")["steps"] if step["document"] == gear_bolt.key]
    assert planned
    for who in PARTIES:
        told = service.post(who, f"/v1/nettings/{netting.id}/consent", None)
    assert (told["state"], told["consented"]) == ("agreed", 3)
    backing = service.get("gear", "/v1/documents", params={"key": gear_bolt.key})["items"][0]["backing"]
    assert backing["netted"]["minor"] == netting.minor
    assert backing["owed"]["minor"] == gear_bolt.payable - netting.minor
    # By hand: nothing of the invoice is left that the first thousand does not use already.
    body = {"payments": [service.payment("gear-bolt", "bolt", 1_00)]}
    assert service.refused("gear", f"/v1/vouchers/{story}/transfer", body) == (422, "InvoiceProvesLess")
    # The plan that was made before: its steps over what is cancelled are not taken, the others are.
    outcome = service.post("operator", "/v1/plans/1/run", None)
    taken_back = service.world.deals["pump-seal"].key
    steps = service.get("operator", "/v1/plans/1")["steps"]
    over = {str(step["number"]) for step in steps if step["document"] in (gear_bolt.key, taken_back)}
    assert len(over) > len(planned)
    assert {outcome["refused"][number] for number in over} == {"InvoiceProvesLess"}
    assert outcome["vouchers"]
    assert service.post("operator", "/v1/plans/1/run", None)["refused"] == outcome["refused"]
    # The next plan knows.
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    after = service.get("operator", f"/v1/plans/{number}")
    assert not [step for step in after["steps"] if step["document"] == gear_bolt.key]
    assert after["nettings"] == []
    assert [one["state"] for one in service.get("bolt", "/v1/nettings")] == ["agreed"]
    assert service.refused("bolt", f"/v1/nettings/{netting.id}/withdraw", None) == (422, "NettingAgreed")


def test_no_answer_about_nettings_names_who_is_not_met(service):
    for who, hidden in (("seal", ("crane", "pump", "yarn")), ("yarn", PARTIES)):
        text = json.dumps(service.get(who, "/v1/nettings"), ensure_ascii=False)
        for marker in service.world.markers(*hidden):
            assert marker not in text
