"""What can be read beside pieces and plans: whom one knows, papers and files, matching, the graph, obligations, financing.

1. Everything is there for whom it concerns, in figures that agree with each other.
2. What one may not see answers as what does not exist.
3. A holder is told the terms of an obligation, and nothing of other branches.
4. Operator and regulator read everything.
5. No answer to one enterprise holds a marker of one that it shares nothing with.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from little_world import CURRENCY

from chain.commands.aliases import decide
from chain.commands.due import mark_overdue
from chain.commands.ingest import keep_upload
from chain.documents.directory import Directory
from chain.documents.reading import read_file
from chain.identifiers import PieceId
from chain.issuance.node import advance_clock
from tests.effort import examples

#: Whom each may meet in answers; nobody else.
MAY_MEET = {
    "crane": {"crane", "gear", "pump", "bolt", "seal", "harbour"},
    "gear": {"gear", "crane", "bolt", "harbour"},
    "pump": {"pump", "crane", "seal", "harbour"},
    "bolt": {"bolt", "gear", "crane", "harbour"},
    "seal": {"seal", "pump", "crane", "harbour"},
    "harbour": {"harbour", "crane", "gear", "pump", "bolt", "seal"},
    "loom": {"loom", "yarn", "valley"},
    "yarn": {"yarn", "loom", "valley"},
    "valley": {"valley", "loom", "yarn"},
}
PARTIES = sorted(MAY_MEET)
LISTS = (
    "/v1/enterprises",
    "/v1/aliases",
    "/v1/files",
    "/v1/findings",
    "/v1/graph/neighbourhood",
    "/v1/graph/tiers",
    "/v1/graph/flows",
    "/v1/obligations",
    "/v1/overdue",
    "/v1/financings",
    "/v1/financing-requests",
    "/v1/sales",
    "/v1/receipts",
    "/v1/loans",
)
#: Of these each thing is read by whoever finds it in its own list, and by nobody else.
LISTED = (
    "/v1/enterprises",
    "/v1/files",
    "/v1/findings",
    "/v1/obligations",
    "/v1/financings",
    "/v1/documents",
    "/v1/vouchers",
)
#: What the story makes, by name.
MADE: dict[str, str] = {}


def money(minor):
    return {"minor": minor, "currency": CURRENCY}


@pytest.fixture(scope="module", autouse=True)
def story(service):
    """Papers; two branches of pieces; a sale, an open offer, a dispute; one obligation that is paid late."""
    for deal in service.world.deals:
        service.send_papers(deal)
    for issuer, payments, days in (
        ("crane", [("crane-gear", "gear", 50_000_00), ("crane-pump", "pump", 30_000_00)], 90),
        ("loom", [("loom-yarn", "yarn", 10_000_00)], 90),
        ("loom", [("loom-yarn", "yarn", 1_000_00)], 10),
    ):
        line = service.get(issuer, "/v1/lines")[0]["id"]
        maturity = (service.world.today + timedelta(days=days)).isoformat()
        body = {"line": line, "maturity": maturity, "payments": [service.payment(*payment) for payment in payments]}
        made = service.post(issuer, "/v1/vouchers", body)["vouchers"]
        for (_, holder, _), piece in zip(payments, made, strict=True):
            service.post(holder, f"/v1/vouchers/{piece}/accept", None)
            MADE[holder if days == 90 else "late"] = piece
    for holder, supplier in (("gear", "bolt"), ("pump", "seal")):
        body = {"payments": [service.payment(f"{holder}-{supplier}", supplier, 9_000_00)]}
        MADE[supplier] = service.post(holder, f"/v1/vouchers/{MADE[holder]}/transfer", body)["vouchers"][0]
        service.post(supplier, f"/v1/vouchers/{MADE[supplier]}/accept", None)
    MADE["open"], MADE["taken"] = (
        service.post("harbour", f"/v1/vouchers/{MADE[who]}/quotes", {"registration_number": f"R-{who}"})["id"]
        for who in ("bolt", "seal")
    )
    sold = service.post("seal", f"/v1/vouchers/{MADE['seal']}/finance", {"quote": MADE["taken"]})
    MADE["sold"] = sold["vouchers"][0]
    workspace = service.workspace
    (named,) = workspace.references([PieceId.parse(MADE["bolt"])])
    call = workspace.contracts.call("CreditLedger", "dispute", [named.chain], b"broken".ljust(32, b"\0"))
    workspace.send("bolt disputes", service.world.id("bolt"), call)


def obligation(name):
    return MADE[name].rpartition(".")[0]


def documents(service, who="operator"):
    return {entry["key"]: entry for entry in service.get(who, "/v1/documents", params={"limit": 500})["items"]}


def paper(service, deal, kind="invoice"):
    """The id of a paper of a deal."""
    number = service.world.deals[deal].files[kind][1].removesuffix(".xml")
    of_deal = {service.world.id(name) for name in deal.split("-")}
    (found,) = (
        entry["id"]
        for entry in documents(service).values()
        if entry["number"] == number and {entry["seller"]["id"], entry["buyer"]["id"]} == of_deal
    )
    return found


def names(entries):
    return {entry["name"] for entry in entries}


def hidden(service, who, path, *, as_none):
    """What is hidden answers as what does not exist, but for the name that was asked for."""
    seen, none = service.ask(who, "GET", path), service.ask(who, "GET", as_none)
    assert seen.status_code == none.status_code == 404, f"{who} {path}: {seen.text}"
    told, nothing = seen.json(), none.json()
    details = told.pop("detail"), nothing.pop("detail")
    assert told == nothing
    assert told["rule"] == "NotFound"
    assert details[0].replace(path.split("/")[3], "") == details[1].replace(as_none.split("/")[3], "")


# --- whom one knows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", PARTIES)
def test_one_knows_whom_one_trades_with_and_whom_one_shares_a_line_or_a_piece_with(service, who):
    listed = service.get(who, "/v1/enterprises")["items"]
    assert names(listed) == {service.world.firms[name].name for name in MAY_MEET[who]}
    for entry in listed:
        address = f"/v1/enterprises/{entry['id']}"
        assert service.get(who, address) == entry
        assert service.get(who, f"/v1/participants/{entry['participant']}")["enterprise"]["id"] == entry["id"]
    assert {entry["name"] for entry in listed if entry["group"] is not None} <= {service.world.firms[who].name}


@pytest.mark.parametrize(
    ("who", "stranger"), [("gear", "pump"), ("bolt", "loom"), ("valley", "crane"), ("yarn", "bolt")]
)
def test_a_stranger_is_not_there(service, who, stranger):
    there = service.get("operator", f"/v1/enterprises/{service.world.id(stranger)}")
    hidden(service, who, f"/v1/enterprises/{there['id']}", as_none="/v1/enterprises/USCC:none")
    hidden(service, who, f"/v1/participants/{there['participant']}", as_none="/v1/participants/99999")


@pytest.mark.parametrize("who", ["operator", "regulator"])
def test_who_reads_everything_knows_everybody(service, who):
    listed = service.get(who, "/v1/enterprises", params={"limit": 500})["items"]
    assert names(listed) >= {firm.name for firm in service.world.firms.values()}
    told, cursor = [], None
    while True:
        page = service.get(who, "/v1/enterprises", params={"limit": 4} | ({"after": cursor} if cursor else {}))
        told += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert told == listed


def test_a_participant_is_told_with_its_keys_and_what_it_may_do(service):
    harbour = service.get("crane", "/v1/me")["enterprise"]["id"]
    number = service.get("crane", f"/v1/enterprises/{harbour}")["participant"]
    party = service.get("crane", f"/v1/participants/{number}")
    assert party["roles"] == ["core_enterprise"]
    address = service.workspace.signer(service.world.id("crane")).address
    assert party["keys"] == [{"address": address, "removed": False}]
    assert party["account"] == address
    assert not party["suspended"]
    assert party == service.get("harbour", f"/v1/participants/{number}")


def test_an_enterprise_reads_its_own_aliases_and_the_operator_all(service):
    gear = service.world.id("gear")
    decide(service.workspace, gear, "IBAN:DE89370400440532013000", "extract of the bank", belongs=True)
    own = service.get("gear", "/v1/aliases")["items"]
    assert {entry["enterprise"]["id"] for entry in own} == {gear}
    by_alias = {entry["alias"]: entry for entry in own}
    assert by_alias["IBAN:DE89370400440532013000"]["source"] == "person"
    assert "extract of the bank" in by_alias["IBAN:DE89370400440532013000"]["reason"]
    assert service.get("gear", "/v1/aliases", params={"enterprise": gear})["items"] == own
    assert service.ask("gear", "GET", "/v1/aliases", params={"enterprise": service.world.id("pump")}).status_code == 404
    of_operator = service.get("operator", "/v1/aliases", params={"limit": 500})["items"]
    assert {entry["enterprise"]["id"] for entry in of_operator} >= {firm.id for firm in service.world.firms.values()}
    assert [entry for entry in of_operator if entry["enterprise"]["id"] == gear] == own


# --- papers and files ------------------------------------------------------------------------------------------------


def test_a_document_says_how_far_it_has_come_and_what_rests_on_it(service):
    read = service.get("gear", f"/v1/documents/{paper(service, 'crane-gear')}")
    assert read["state"] == "matched"
    assert read["confirmed"]["used"] == money(50_000_00)
    assert read["confirmed"]["vouchers"] == [{"voucher": MADE["gear"], "amount": money(50_000_00)}]
    assert read["findings"] == []
    order = service.get("crane", f"/v1/documents/{paper(service, 'crane-gear', 'order')}")
    assert (order["state"], order["invoices"], order["confirmed"]) == ("matched", [read["id"]], None)
    listed = documents(service, "gear")[read["key"]]
    assert {name: read[name] for name in listed} == listed


@pytest.mark.parametrize(("who", "deal"), [("bolt", "crane-gear"), ("pump", "crane-gear"), ("harbour", "loom-yarn")])
def test_a_document_of_others_is_not_there(service, who, deal):
    there = paper(service, deal)
    for suffix in ("", "/original"):
        hidden(service, who, f"/v1/documents/{there}{suffix}", as_none=f"/v1/documents/aW52b2ljZXx4fHk{suffix}")
    hidden(service, "yarn", f"/v1/matching/{paper(service, 'crane-gear')}", as_none="/v1/matching/aW52b2ljZXx4fHk")


@pytest.mark.parametrize("who", ["gear", "crane", "operator", "regulator"])
def test_the_two_sides_of_a_paper_get_the_file_as_it_came(service, who):
    _, name, content = service.world.deals["crane-gear"].files["invoice"]
    answer = service.ask(who, "GET", f"/v1/documents/{paper(service, 'crane-gear')}/original")
    assert answer.content == content
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_nobody_gets_an_archive_for_one_paper_in_it(service):
    """Others' papers, and what was passed over, are in it too."""
    deal = service.world.deal("crane", "gear", 3, days_ago=30)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for _, name, content in (
            *deal.files.values(),
            *service.world.deal("loom", "yarn", 3, days_ago=30).files.values(),
        ):
            archive.writestr(name, content)
    directory = Directory(service.workspace.network())
    sent = packed.getvalue()
    keep_upload(service.workspace, directory, service.world.id("seal"), read_file("seal/all.zip", sent), sent)
    key = {entry["number"]: entry["id"] for entry in documents(service).values()}[deal.invoice.number]
    assert service.get("gear", f"/v1/documents/{key}")["original"] is False
    assert service.ask("gear", "GET", f"/v1/documents/{key}/original").status_code == 404
    assert service.ask("operator", "GET", f"/v1/documents/{key}/original").content == packed.getvalue()
    (sent,) = [entry for entry in service.get("seal", "/v1/files")["items"] if entry["name"] == "all.zip"]
    assert service.ask("seal", "GET", f"/v1/files/{sent['id']}/original").content == packed.getvalue()


def test_a_sender_reads_what_became_of_its_files_and_nobody_else_does(service):
    service.ask("bolt", "POST", "/v1/documents", files=[("files", ("torn.xml", b"<Invoice"))])
    sent = service.get("bolt", "/v1/files")["items"]
    assert {entry["state"] for entry in sent} == {"read", "refused"}
    assert {entry["sender"]["name"] for entry in sent} == {"Bolt Smith"}
    (torn,) = [entry for entry in sent if entry["state"] == "refused"]
    read = service.get("bolt", f"/v1/files/{torn['id']}")
    assert (read["name"], read["documents"], read["contents"]) == ("torn.xml", 0, [])
    (finding,) = read["found"]
    assert service.get("bolt", f"/v1/findings/{finding['id']}") == finding
    hidden(service, "gear", f"/v1/findings/{finding['id']}", as_none="/v1/findings/999999")
    hidden(service, "gear", f"/v1/files/{torn['id']}", as_none="/v1/files/999999")
    (good, *_) = [entry for entry in sent if entry["state"] == "read"]
    (inside,) = service.get("bolt", f"/v1/files/{good['id']}")["contents"]
    assert service.get("bolt", f"/v1/documents/{inside['id']}")["key"] == inside["key"]
    everybodys = service.get("operator", "/v1/files", params={"limit": 500})["items"]
    assert {entry["id"] for entry in sent} < {entry["id"] for entry in everybodys}


def test_every_finding_is_read_by_its_id(service):
    listed = service.get("operator", "/v1/findings", params={"limit": 500})["items"]
    assert len({finding["id"] for finding in listed}) == len(listed) > 0
    for finding in listed:
        assert service.get("regulator", f"/v1/findings/{finding['id']}") == finding


# --- matching --------------------------------------------------------------------------------------------------------


def test_both_sides_read_the_three_flows_of_an_invoice_and_what_is_missing(service):
    address = f"/v1/matching/{paper(service, 'gear-bolt')}"
    seen = service.get("bolt", address)
    assert seen == service.get("gear", address)
    assert [one["type"] for one in seen["trade"]["papers"]] == ["order"]
    assert {one["type"] for one in seen["goods"]["papers"]} == {"despatch_advice", "receipt_advice"}
    assert (seen["trade"]["proven"], seen["goods"]["proven"], seen["money"]["proven"]) == (True, True, False)
    assert seen["proven"] == seen["owed"] == seen["payable"]
    assert seen["missing"] == ["confirmation"]
    assert seen["confidence_basis_points"] == sum(reason["basis_points"] for reason in seen["reasons"])
    line = seen["goods"]["papers"][0]["lines"][0]
    assert float(line["quantity"]) == 12


def test_a_bank_in_a_piece_reads_how_far_its_invoice_is_proven_and_no_paper(service):
    seen = service.get("harbour", f"/v1/matching/{paper(service, 'gear-bolt')}")
    assert (seen["trade"]["papers"], seen["trade"]["others"], seen["goods"]["others"]) == ([], 1, 2)
    assert seen["proven"] == seen["payable"]
    assert all(reason["document"] is None for reason in seen["reasons"])
    hidden(service, "valley", f"/v1/matching/{paper(service, 'gear-bolt')}", as_none="/v1/matching/aW52b2ljZXx4fHk")
    hidden(service, "crane", f"/v1/matching/{paper(service, 'gear-bolt')}", as_none="/v1/matching/aW52b2ljZXx4fHk")


def test_only_an_invoice_has_a_matching(service):
    assert service.ask("gear", "GET", f"/v1/matching/{paper(service, 'crane-gear', 'order')}").status_code == 404


# --- graph -----------------------------------------------------------------------------------------------------------


def test_a_neighbourhood_is_what_lies_within_so_many_hops(service):
    seen = {}
    for hops in (1, 2, 3):
        asked = {"enterprise": service.world.id("bolt"), "hops": hops, "limit": 500}
        seen[hops] = names(service.get("operator", "/v1/graph/neighbourhood", params=asked)["enterprises"])
    assert seen[1] == {"Bolt Smith", "Gear Maker"}
    assert seen[2] == seen[1] | {"Crane Works"}
    assert seen[3] == seen[2] | {"Pump Maker"}


def test_a_party_sees_its_own_relations_wherever_it_looks_from(service):
    around = {"enterprise": service.world.id("crane"), "hops": 4}
    seen = service.get("gear", "/v1/graph/neighbourhood", params=around)
    assert names(seen["enterprises"]) == {"Crane Works", "Gear Maker", "Bolt Smith"}
    whole = service.get("gear", "/v1/graph")
    assert seen["relations"] == whole["relations"]
    asked = {"enterprise": service.world.id("pump")}
    assert service.ask("gear", "GET", "/v1/graph/neighbourhood", params=asked).status_code == 404
    assert service.ask("gear", "GET", "/v1/graph/neighbourhood", params={"hops": 9}).status_code == 422


def test_relations_come_in_pages_and_none_is_lost_or_told_twice(service):
    asked = {"enterprise": service.world.id("crane"), "hops": 4}
    whole = service.get("operator", "/v1/graph/neighbourhood", params=asked | {"limit": 500})["relations"]
    told, cursor = [], None
    while True:
        page = service.get(
            "operator", "/v1/graph/neighbourhood", params=asked | {"limit": 2} | ({"after": cursor} if cursor else {})
        )
        told += page["relations"]
        if (cursor := page["next"]) is None:
            break
    assert told == whole
    for wrong in ("bm9uc2Vuc2U", "W3sxfV0"):
        answer = service.ask("operator", "GET", "/v1/graph/flows", params={"after": wrong})
        assert (answer.status_code, answer.json()["rule"]) == (422, "PageUnknown")


def test_tiers_are_told_of_oneself_and_of_whom_one_trades_with(service):
    def tiers(who, **asked):
        return {
            entry["enterprise"]["name"]: entry["tier"]
            for entry in service.get(who, "/v1/graph/tiers", params=asked)["items"]
        }

    assert tiers("gear") == {"Crane Works": 0, "Gear Maker": 1, "Bolt Smith": 2}
    assert tiers("operator", core=service.world.id("loom")) == {"Loom Works": 0, "Yarn Spinner": 1}
    assert tiers("operator").keys() >= {"Seal Caster", "Yarn Spinner"}
    assert tiers("crane", core=service.world.id("crane")) == {"Crane Works": 0, "Gear Maker": 1, "Pump Maker": 1}
    for who, core in (("gear", "crane"), ("crane", "loom"), ("operator", "gear")):
        answer = service.ask(who, "GET", "/v1/graph/tiers", params={"core": service.world.id(core)})
        assert answer.status_code == 404


def test_flows_are_what_pairs_owe_each_other(service):
    def pairs(who):
        return {
            (entry["buyer"]["name"], entry["seller"]["name"]): entry["owed"]["minor"]
            for entry in service.get(who, "/v1/graph/flows", params={"currency": CURRENCY})["items"]
        }

    assert pairs("gear").keys() == {("Crane Works", "Gear Maker"), ("Gear Maker", "Bolt Smith")}
    assert pairs("gear")["Gear Maker", "Bolt Smith"] == service.world.deals["gear-bolt"].payable
    assert pairs("operator").items() >= (pairs("gear") | pairs("loom") | pairs("seal")).items()
    assert service.get("harbour", "/v1/graph/flows")["items"] == []
    assert service.get("gear", "/v1/graph/flows", params={"currency": "EUR"})["items"] == []


# --- obligations, holds, financing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["crane", "harbour", "operator", "regulator"])
def test_issuer_and_bank_read_what_an_obligation_comes_to(service, who):
    read = service.get(who, f"/v1/obligations/{obligation('gear')}")
    assert read["face"] == money(80_000_00)
    assert sum(part["minor"] for part in read["sums"].values()) == 80_000_00
    assert set(read["vouchers"]) == {MADE[name] for name in ("gear", "pump", "bolt", "seal", "sold")}
    listed = service.get(who, "/v1/obligations", params={"limit": 500})["items"]
    (same,) = [one for one in listed if one["id"] == read["id"]]
    assert {name: read[name] for name in same} == same


@pytest.mark.parametrize(
    ("who", "visible"),
    [("bolt", {"bolt"}), ("gear", {"gear", "bolt"}), ("seal", {"seal", "sold"}), ("pump", {"pump", "seal"})],
)
def test_a_holder_reads_the_terms_and_nothing_of_other_branches(service, who, visible):
    read = service.get(who, f"/v1/obligations/{obligation('gear')}")
    assert (read["face"], read["sums"]) == (None, None)
    assert set(read["vouchers"]) == {MADE[name] for name in visible}
    assert read["maturity"] == (service.world.today + timedelta(days=90)).isoformat()


def test_an_obligation_of_others_is_not_there(service):
    for who in ("loom", "yarn", "valley"):
        hidden(service, who, f"/v1/obligations/{obligation('gear')}", as_none="/v1/obligations/200.1.1")
    assert {one["issuer"]["name"] for one in service.get("yarn", "/v1/obligations")["items"]} == {"Loom Works"}
    first = service.get("operator", "/v1/obligations", params={"limit": 1})
    rest = service.get("operator", "/v1/obligations", params={"after": first["next"]})
    assert len({one["id"] for one in (*first["items"], *rest["items"])}) == 3


def test_a_dispute_is_told_with_who_holds_and_binds_what_was_cut_from_it(service):
    (hold,) = service.get("bolt", f"/v1/vouchers/{MADE['bolt']}/holds")
    assert (hold["kind"], hold["voucher"], hold["inherited"]) == ("dispute", MADE["bolt"], False)
    assert hold["by"]["name"] == "Bolt Smith"
    assert service.get("gear", f"/v1/vouchers/{MADE['bolt']}/holds") == [hold]
    assert service.get("harbour", f"/v1/vouchers/{MADE['bolt']}/holds") == [hold]
    assert service.get("gear", f"/v1/vouchers/{MADE['gear']}/holds") == []
    for who in ("pump", "loom"):
        hidden(service, who, f"/v1/vouchers/{MADE['bolt']}/holds", as_none="/v1/vouchers/200.1.1.1/holds")


def test_an_offer_is_told_to_its_two_sides_with_what_became_of_it(service):
    open_one, taken = (service.get("harbour", f"/v1/financings/{MADE[name]}") for name in ("open", "taken"))
    assert (open_one["state"], open_one["sale"]) == ("open", None)
    assert taken["state"] == "settled"
    assert (taken["sale"]["voucher"], taken["sale"]["sold"]) == (MADE["sold"], MADE["seal"])
    assert taken["sale"]["price"] == taken["price"]
    assert service.get("seal", f"/v1/financings/{MADE['taken']}") == taken
    assert service.get("seal", "/v1/financings")["items"] == [taken]
    assert service.get("seal", "/v1/sales")["items"] == [taken["sale"]]
    assert service.get("seal", "/v1/sales", params={"locked": True})["items"] == []
    for who in ("pump", "bolt", "crane", "valley"):
        hidden(service, who, f"/v1/financings/{MADE['taken']}", as_none=f"/v1/financings/{'0' * 32}")
        assert taken["sale"] not in service.get(who, "/v1/sales")["items"]
    page = service.get("harbour", "/v1/financings", params={"limit": 1})
    rest = service.get("harbour", "/v1/financings", params={"after": page["next"]})
    assert sorted(one["id"] for one in page["items"] + rest["items"]) == sorted((MADE["open"], MADE["taken"]))
    assert rest["next"] is None


# --- nobody else's ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(service):
    """Addresses of all that there is, as the operator reads it."""
    found = [f"/v1/vouchers/{one['id']}/holds" for one in service.get("operator", "/v1/vouchers")["items"]]
    for path, name in (
        ("/v1/enterprises", "id"), ("/v1/files", "id"), ("/v1/findings", "id"), ("/v1/obligations", "id"),
        ("/v1/financings", "id"), ("/v1/documents", "id"),
    ):  # fmt: skip
        entries = service.get("operator", path, params={"limit": 500})["items"]
        found += [f"{path}/{entry[name]}" for entry in entries]
    found += [f"/v1/participants/{number}" for number in range(1, 14)]
    papers = [one["id"] for one in service.get("operator", "/v1/documents", params={"limit": 500})["items"]]
    found += [f"/v1/matching/{one}" for one in papers] + [f"/v1/documents/{one}/original" for one in papers]
    around = [one["id"] for one in service.get("operator", "/v1/enterprises")["items"]]
    found += [f"/v1/graph/neighbourhood?hops=4&enterprise={one}" for one in around]
    return found + [f"/v1/aliases?enterprise={one}" for one in around]


def holds_nobody_strange(service, who, answer, asked):
    others = service.world.markers(*(set(service.world.firms) - MAY_MEET[who]))
    text = answer.text.replace(asked.rpartition("/")[2], "")
    for given_back in (*asked.split("/")[3:], asked.rpartition("=")[2]):  # the caller's own question
        text = text.replace(given_back, "") if given_back else text
    found = [marker for marker in others if marker in text]
    assert not found, f"{who} read {found} at {asked}"


@pytest.mark.parametrize("who", PARTIES)
def test_no_list_holds_a_stranger(service, who):
    for path in LISTS:
        answer = service.ask(who, "GET", path, params={"limit": 500})
        assert answer.status_code == 200, path
        holds_nobody_strange(service, who, answer, path)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_answer_about_anything_holds_a_stranger(service, everything, data):
    who = data.draw(st.sampled_from(PARTIES))
    asked = data.draw(st.sampled_from(everything))
    language = {"Accept-Language": data.draw(st.sampled_from(["zh", "en"]))}
    answer = service.ask(who, "GET", asked, headers=language)
    listed = asked.removesuffix("/holds").rpartition("/")[0]
    if listed in LISTED:
        own = {str(one["id"]) for one in service.get(who, listed, params={"limit": 500})["items"]}
        assert answer.status_code == (200 if asked.removesuffix("/holds").rpartition("/")[2] in own else 404)
    else:
        assert answer.status_code in (200, 404)
    holds_nobody_strange(service, who, answer, asked)


@pytest.mark.parametrize("who", ["operator", "regulator"])
def test_who_reads_everything_reads_all_of_it(service, everything, who):
    for path in (*LISTS, *(one for one in everything if "matching" not in one and "participants" not in one)):
        assert service.ask(who, "GET", path).status_code == 200, path


# --- late ------------------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_told_until_it_is_cured_and_after(service):
    """To issuer, bank and holder; last, because time passes."""
    workspace = service.workspace
    assert service.get("loom", "/v1/overdue")["items"] == []
    advance_clock(workspace.web3, workspace.now() + 30 * 86_400)
    workspace.indexer.catch_up()
    mark_overdue(workspace)
    (late,) = service.get("loom", "/v1/overdue")["items"]
    assert (late["obligation"], late["outstanding"], late["held"]) == (obligation("late"), money(1_000_00), money(0))
    assert (late["overdue"]["cured"], late["overdue"]["cured_at"]) == (False, None)
    assert service.get("valley", "/v1/overdue")["items"] == [late]
    (own,) = service.get("yarn", "/v1/overdue")["items"]
    assert (own["outstanding"], own["held"]) == (None, money(1_000_00))
    for who in ("crane", "gear", "harbour"):
        assert service.get(who, "/v1/overdue")["items"] == []
    assert service.get("loom", f"/v1/participants/{late['obligation'].partition('.')[0]}")["issuance_stopped"]
    body = {"enterprise": service.world.id("loom"), "amount": money(2_000_00)}
    service.post("valley", "/v1/deposits", body)
    service.post("loom", "/v1/redemptions", {"vouchers": [MADE["late"]]})
    (cured,) = service.get("loom", "/v1/overdue", params={"cured": True})["items"]
    assert (cured["overdue"]["cured"], cured["outstanding"]) == (True, money(0))
    assert cured["overdue"]["cured_at"] is not None
    assert service.get("loom", "/v1/overdue", params={"cured": False})["items"] == []
    assert [one["obligation"] for one in service.get("operator", "/v1/overdue")["items"]] == [obligation("late")]


# --- nonsense --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/v1/obligations/999999999.255.16777215",
        "/v1/vouchers/999999999.255.16777215.65535/holds",
        "/v1/participants/4294967295",
        "/v1/receipts/1099511627775",
        "/v1/loans/1099511627775",
        "/v1/files/2147483647",
        "/v1/findings/999999999",
        f"/v1/findings/{'f' * 32}",
        "/v1/documents/AAAA",
        "/v1/documents/____/original",
        "/v1/matching/AAAAA",
    ],
)
def test_what_nobody_ever_made_is_not_found(service, path):
    answer = service.ask("operator", "GET", path)
    assert (answer.status_code, answer.json()["rule"]) == (404, "NotFound")


def test_an_id_that_nobody_can_write_is_refused(service):
    answer = service.ask("operator", "GET", "/v1/enterprises/%00")
    assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")


@pytest.mark.parametrize(
    ("path", "after", "status"),
    [
        ("/v1/obligations", "999999999.255.16777215", 200),
        ("/v1/overdue", "999999999.255.16777215", 200),
        ("/v1/sales", "999999999.255.16777215.65535", 200),
        ("/v1/obligations", "4294967295.255.16777215", 422),
        ("/v1/sales", "4294967295.255.16777215.65535", 422),
        ("/v1/files", str(2**31 - 1), 200),
        ("/v1/files", str(2**31), 422),
        ("/v1/receipts", str(2**53), 200),
        ("/v1/obligations", "0.0.0", 422),
        ("/v1/financings", "WyIxIiwiXHUwMDAwIl0", 422),
        ("/v1/financings", "WyIxIl0", 422),
        ("/v1/financing-requests", "WyIxIl0", 422),
    ],
)
def test_a_cursor_behind_everything_gives_the_end_and_one_that_is_none_is_refused(service, path, after, status):
    answer = service.ask("operator", "GET", path, params={"after": after})
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"items": [], "next": None}


def test_a_parameter_that_an_address_does_not_have_is_refused_and_nothing_is_told_or_done(service):
    """A filter that is misspelled would let all through."""
    asked = 0
    for path, methods in service.ask("operator", "GET", "/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            if "422" in operation["responses"]:
                address = re.sub(r"\{.*?\}", "1", path)
                answer = service.ask("operator", method.upper(), address, params={"sate": "held", "limit": "1"})
                assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid"), path
                places = [error for error in answer.json()["errors"] if error["place"] == "query.sate"]
                assert places == [{"place": "query.sate", "reason": "there is no such field"}]
                asked += 1
    assert asked > 100
    for path in ("/v1/health", "/v1/ready"):  # balancers add what they want
        assert service.ask("operator", "GET", path, params={"at": "1"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/documents?type=invoice&type=order", "/v1/exposure?as_of=1&as_of=2"])
def test_a_parameter_is_given_once(service, path):
    answer = service.ask("harbour", "GET", path)
    assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")
    (error,) = answer.json()["errors"]
    assert error["reason"] == "it is given more than once"


def test_a_command_that_takes_no_body_is_not_done_where_one_comes(service):
    """Whoever sends a condition, such as a trial run, would take it for kept."""
    for body in ('{"dry_run": true}', "not json", "[]"):
        answer = service.ask("harbour", "POST", f"/v1/lines/{line_of(service)}/suspend", content=body)
        assert (answer.status_code, answer.json()["rule"]) == (422, "RequestInvalid")
        assert answer.json()["errors"] == [{"place": "body", "reason": "this address takes no body"}]
    assert not service.get("harbour", "/v1/lines")[0]["suspended"]
    for body in ("{}", ""):  # which ask for nothing
        for verb in ("suspend", "resume"):
            service.result(service.ask("harbour", "POST", f"/v1/lines/{line_of(service)}/{verb}", content=body))


def line_of(service):
    return service.get("harbour", "/v1/lines")[0]["id"]


# --- what one writes oneself -----------------------------------------------------------------------------------------


def test_who_names_a_stranger_in_its_own_paper_learns_nothing_that_the_ledger_knows_of_it(service):
    number = service.get("operator", f"/v1/enterprises/{service.world.id('crane')}")["participant"]
    author, name, content = service.world.deal("crane", "yarn", 5).files["invoice"]
    assert author == "yarn"
    assert all(file["read"] for file in service.send("yarn", [("files", (name, content, "application/xml"))]))
    told = service.get("yarn", f"/v1/enterprises/{service.world.id('crane')}")
    assert (told["roles"], told["participant"]) == ([], None)
    hidden(service, "yarn", f"/v1/participants/{number}", as_none="/v1/participants/99999")
