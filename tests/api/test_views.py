"""No answer to one enterprise holds what only another may know.

1. Two branches that share nobody: whatever one asks, no answer holds a name or code of the other.
2. Within a branch, a supplier meets its customers up to the issuer and its own suppliers, and nobody beside them.
3. What one may not see answers as what does not exist.
4. Operator and regulator read everything.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from little_world import CURRENCY
from prometheus_client.parser import text_string_to_metric_families

from chain.commands.accepted import CommandState
from chain.commands.reconcile import RULES, reconcile
from chain.commands.workspace import OPERATOR
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
READS = (
    "/v1/me",
    "/v1/documents",
    "/v1/findings",
    "/v1/graph",
    "/v1/plans/1",
    "/v1/nettings",
    "/v1/lines",
    "/v1/vouchers",
    "/v1/exposure",
    "/v1/financing-requests",
    "/v1/summary",
    "/v1/picture",
    "/v1/audit/head",
)
PARTIES = sorted(MAY_MEET)
#: Whom the plan of the story has something to say of.
PLANNED = set(PARTIES) - {"valley"}


@pytest.fixture(scope="module", autouse=True)
def story(service):
    """Papers, pieces two hops deep in one branch and one in the other, a sale and a plan."""
    for deal in service.world.deals:
        service.send_papers(deal)
    maturity = (service.world.today + timedelta(days=90)).isoformat()
    issued = {}
    for issuer, payments in {
        "crane": [("crane-gear", "gear", 50_000_00), ("crane-pump", "pump", 30_000_00)],
        "loom": [("loom-yarn", "yarn", 10_000_00)],
    }.items():
        line = service.get(issuer, "/v1/lines")[0]["id"]
        body = {"line": line, "maturity": maturity, "payments": [service.payment(*payment) for payment in payments]}
        made = service.post(issuer, "/v1/vouchers", body)["vouchers"]
        issued |= {payment[1]: piece for payment, piece in zip(payments, made, strict=True)}
    for holder, piece in issued.items():
        service.post(holder, f"/v1/vouchers/{piece}/accept", None)
    for holder, supplier in (("gear", "bolt"), ("pump", "seal")):
        body = {"payments": [service.payment(f"{holder}-{supplier}", supplier, 9_000_00)]}
        made = service.post(holder, f"/v1/vouchers/{issued[holder]}/transfer", body)["vouchers"][0]
        service.post(supplier, f"/v1/vouchers/{made}/accept", None)
        quote = service.post("harbour", f"/v1/vouchers/{made}/quotes", {"registration_number": f"R-{made}"})
        service.post(supplier, f"/v1/vouchers/{made}/finance", {"quote": quote["id"]})
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    plan = service.get("operator", f"/v1/plans/{number}")
    service.post("operator", f"/v1/plans/{plan['id']}/run", None)


@pytest.fixture(scope="module")
def everything(service):
    """All ids that exist, as the operator reads them."""
    pieces = [voucher["id"] for voucher in service.get("operator", "/v1/vouchers", params={"limit": 500})["items"]]
    documents = [d["key"] for d in service.get("operator", "/v1/documents", params={"limit": 500})["items"]]
    return pieces, documents


def strangers(service, who):
    return service.world.markers(*(set(service.world.firms) - MAY_MEET[who]))


def holds_nobody_strange(service, who, answer):
    found = [marker for marker in strangers(service, who) if marker in answer.text]
    assert not found, f"{who} read {found} at {answer.request.url}"


def test_a_piece_of_which_nothing_is_left_is_passed_on_and_counted_apart(service):
    (sold,) = service.get("bolt", "/v1/vouchers", params={"state": "passed_on"})["items"]
    assert (sold["state"], sold["amount"]["minor"]) == ("passed_on", 0)
    summary = service.get("bolt", "/v1/summary")
    assert summary["vouchers_by_state"]["passed_on"] == 1
    held = service.get("bolt", "/v1/vouchers", params={"state": "held"})["items"]
    assert len(held) == summary["vouchers_by_state"].get("held", 0)
    assert service.get("harbour", f"/v1/vouchers/{sold['id']}/path")[-1]["state"] == "passed_on"


def test_who_gave_a_piece_away_is_not_told_that_it_was_passed_on(service):
    (sold,) = service.get("bolt", "/v1/vouchers", params={"state": "passed_on"})["items"]
    given = service.get("gear", f"/v1/vouchers/{sold['id']}")
    assert (given["state"], given["amount"]) == ("held", None)
    for state, told in (("passed_on", False), ("held", True)):
        listed = service.get("gear", "/v1/vouchers", params={"state": state, "limit": 500})["items"]
        assert (sold["id"] in {voucher["id"] for voucher in listed}) == told
    counts = Counter(v["state"] for v in service.get("gear", "/v1/vouchers", params={"limit": 500})["items"])
    assert service.get("gear", "/v1/summary")["vouchers_by_state"] == counts


@pytest.mark.parametrize("who", PARTIES)
@pytest.mark.parametrize("path", READS)
def test_no_read_holds_a_stranger(service, who, path):
    answer = service.ask(who, "GET", path)
    hidden = path == "/v1/plans/1" and who not in PLANNED
    assert answer.status_code == (404 if hidden else 200)
    holds_nobody_strange(service, who, answer)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_answer_about_any_id_holds_a_stranger(service, everything, data):
    pieces, documents = everything
    who = data.draw(st.sampled_from(PARTIES))
    language = {"Accept-Language": data.draw(st.sampled_from(["zh", "en"]))}
    piece = data.draw(st.sampled_from(pieces))
    document = data.draw(st.sampled_from(documents))
    asked = data.draw(
        st.sampled_from(
            [
                ("GET", f"/v1/vouchers/{piece}", {}),
                ("GET", f"/v1/vouchers/{piece}/path", {}),
                ("GET", f"/v1/vouchers/{piece}/proof", {}),
                ("GET", f"/v1/vouchers/{piece}/quotes", {}),
                ("GET", "/v1/documents", {"params": {"key": document}}),
                ("GET", "/v1/vouchers", {"params": {"after": piece, "limit": 2}}),
                ("GET", "/v1/picture", {"params": {"currency": "EUR"}}),
                ("POST", f"/v1/vouchers/{piece}/finance", {"json": {"quote": "0" * 32}}),
            ]
        )
    )
    answer = service.ask(who, asked[0], asked[1], headers=language, **asked[2])
    assert answer.status_code < 500
    if asked[1].startswith(f"/v1/vouchers/{piece}") and answer.status_code != 200:
        assert answer.json()["rule"] in ("NotFound", "NotPermitted")
    # The caller's own question may be repeated to it.
    for told in (document, piece):
        answer._content = answer.content.replace(told.encode(), b"")
    holds_nobody_strange(service, who, answer)


@pytest.mark.parametrize("who", PARTIES)
def test_what_one_may_not_see_answers_as_what_does_not_exist(service, everything, who):
    pieces, documents = everything
    own = {voucher["id"] for voucher in service.get(who, "/v1/vouchers", params={"limit": 500})["items"]}
    hidden = [piece for piece in pieces if piece not in own]
    assert hidden
    for piece in (hidden[0], hidden[-1]):
        for suffix in ("", "/path", "/quotes"):
            seen = service.ask(who, "GET", f"/v1/vouchers/{piece}{suffix}")
            none = service.ask(who, "GET", f"/v1/vouchers/200.1.1.1{suffix}")
            assert seen.status_code == none.status_code == 404
            assert seen.text.replace(piece, "") == none.text.replace("200.1.1.1", "")
        body = {} if who not in ("harbour", "valley") else {"registration_number": "R"}
        verb = "reject" if body == {} else "quotes"
        assert service.refused(who, f"/v1/vouchers/{piece}/{verb}", body) == (404, "NotFound")
    mine = {d["key"] for d in service.get(who, "/v1/documents", params={"limit": 500})["items"]}
    for key in set(documents) - mine:
        assert service.ask(who, "GET", "/v1/documents", params={"key": key}).status_code == 404


@pytest.mark.parametrize("who", ["operator", "regulator"])
def test_operator_and_regulator_read_everything(service, everything, who):
    pieces, _ = everything
    assert [v["id"] for v in service.get(who, "/v1/vouchers", params={"limit": 500})["items"]] == pieces
    for path in READS:
        assert service.ask(who, "GET", path).status_code == 200
    way = service.get(who, f"/v1/vouchers/{pieces[-1]}/path")
    assert all(step["amount"] is not None for step in way)
    text = service.ask(who, "GET", "/v1/picture").text
    assert all(service.world.firms[name].name in text for name in ("crane", "loom", "yarn", "bolt"))


@pytest.mark.parametrize("who", ["crane", "yarn", "harbour"])
def test_the_picture_of_a_party_shows_its_own_way(service, who):
    answer = service.ask(who, "GET", "/v1/picture", params={"language": "zh"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-language"] == "zh"
    assert service.world.firms[who].name in answer.text


def test_a_page_ends_with_the_cursor_of_the_next_and_no_entry_is_lost_or_told_twice(service, everything):
    pieces, documents = everything
    for path, name, wanted in (("/v1/vouchers", "id", pieces), ("/v1/documents", "key", documents)):
        told, cursor = [], None
        while True:
            page = service.get("operator", path, params={"limit": 3} | ({"after": cursor} if cursor else {}))
            told += [entry[name] for entry in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert told == wanted


def test_a_stream_of_events_tells_only_what_concerns_the_reader(service):
    seen = {}
    for who in ("operator", "yarn", "bolt"):
        headers = {"Authorization": f"Bearer {service.keys[who]}"}
        own = {voucher["id"] for voucher in service.get(who, "/v1/vouchers", params={"limit": 500})["items"]}
        with service.client.stream("GET", "/v1/events/stream?after=0.0.0", headers=headers, timeout=1.5) as stream:
            told = set()
            with suppress(httpx.ReadTimeout):  # the stream is quiet when all has been told
                for line in stream.iter_lines():
                    if line.startswith("data:") and '"voucher"' in line:
                        told.add(json.loads(line.removeprefix("data:"))["subject"])
        assert told <= own
        seen[who] = told
    assert seen["yarn"]
    assert seen["bolt"]
    assert seen["operator"] > seen["yarn"] | seen["bolt"]


def test_whoever_watches_reads_lag_operations_and_differences(service):
    """In the text format of Prometheus, with the operator's key; to others the service says nothing of itself."""
    reconcile(service.workspace)
    answer = service.ask(OPERATOR, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    read = {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert read["pearl_node_up"] == 1
    assert read["pearl_lag_blocks"] == 0
    assert read["pearl_books_block"] == read["pearl_node_block"] > 0
    assert read["pearl_operations|mined"] > 0
    assert read["pearl_operations_stuck"] == 0
    assert read["pearl_commands|succeeded"] > 0
    assert {name for name in read if name.startswith("pearl_commands|")} == {
        f"pearl_commands|{s}" for s in CommandState
    }
    assert read["pearl_commands_oldest_seconds"] == 0
    assert {name.partition("|")[2] for name in read if name.startswith("pearl_differences|")} == {
        r.__name__ for r in RULES
    }
    assert read["pearl_differences|BooksDiffer"] == 0
    assert service.ask("harbour", "GET", "/metrics").status_code == 403
    assert service.client.get("/metrics").status_code == 401


def test_while_no_node_answers_whoever_watches_is_told_so_beside_all_else(service, monkeypatch):
    monkeypatch.setattr(service.workspace.indexer._endpoints, "urls", ("http://127.0.0.1:1",))
    answer = service.ask(OPERATOR, "GET", "/metrics")
    read = {s.name: s.value for family in text_string_to_metric_families(answer.text) for s in family.samples}
    assert (answer.status_code, read["pearl_node_up"], read["pearl_operations_stuck"]) == (200, 0, 0)
    assert "pearl_lag_blocks" not in read
    answer = service.client.get("/v1/health")
    assert (answer.status_code, answer.json()["rule"]) == (503, "Unavailable")
