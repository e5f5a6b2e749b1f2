"""The life of a voucher through the API, from papers to cash; tests run in the order of the story.

1. A document is its author's word: only its author may send it.
2. What was asked for once is done once, and answered the same.
3. Every refusal carries its rule, and changes nothing.
4. Silence is never consent; a rejected amount is back where it came from.
5. Piece and cash change hands together; at maturity the holders are paid.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from little_world import CURRENCY, SEAL_LIMIT
from sqlalchemy import func, null, select, update

from chain.commands.deposit import balance
from chain.commands.ingest import original_documents
from chain.commands.keys import make_key
from chain.commands.proof import FORMAT
from chain.commands.workspace import OPERATOR, UTC_OFFSET_MINUTES
from chain.documents.identity import document_key
from chain.issuance.node import advance_clock
from chain.store.tables import audit, blocks, changes, commands, plans

#: What the story makes, by name; later tests go on from it.
MADE: dict[str, str] = {}


@pytest.fixture(scope="module")
def maturity(service):
    return (service.world.today + timedelta(days=90)).isoformat()


def test_papers_of_others_are_refused_and_nothing_of_them_is_kept(service):
    author, name, content = service.world.deals["crane-gear"].files["order"]
    assert author == "crane"
    answer = service.send("gear", [("files", (name, content))])
    assert [(file["read"], file["documents"]) for file in answer] == [(False, [])]
    assert answer[0]["findings"][0]["rule"] == "NotYourDocument"
    assert service.get("operator", "/v1/documents")["items"] == []


def test_nobody_but_a_bank_claims_an_invoice_of_others(service):
    """A competitor's word would keep the invoice from backing credit."""
    deal = service.world.deals["crane-pump"]
    claim = {
        "schema": "pearlchain/assignment/1", "means": "registration", "number": "1", "at": "2026-01-01T00:00:00Z",
        "assignor": who(service, "pump"), "debtor": who(service, "crane"), "assignee": who(service, "gear"),
        "currency": CURRENCY, "receivables": [{"invoice": deal.invoice.number, "financed": "1.00"}],
    }  # fmt: skip
    files = [("files", ("claim.json", json.dumps(claim).encode()))]
    answer = service.send("gear", files)
    assert answer[0]["documents"] == []
    assert [finding["rule"] for finding in answer[0]["findings"]] == ["NotAFundersClaim"]
    assert service.get("operator", "/v1/documents")["items"] == []


def test_nobody_but_a_bank_moves_money_and_nobody_but_a_keeper_stores_goods(service):
    """A seller's own word would open a paid invoice again, or prove goods that are nowhere."""
    deal = service.world.deals["crane-pump"]
    sides = {"seller": who(service, "pump"), "buyer": who(service, "crane"), "keeper": who(service, "pump")}
    payment = {
        "schema": "pearlchain/trade-document/1", "type": "payment", "number": "1", "currency": CURRENCY, "reversal": True,
        "payable_minor": deal.payable, "issue_date": "2026-01-01", "invoices": [{"number": deal.invoice.number}], **sides,
    }  # fmt: skip
    receipt = {
        "schema": "pearlchain/warehouse-receipt/1", "number": "W-1", "issued": "2026-01-01", "stored": "2026-01-01",
        "keeper": who(service, "pump"), "owner": who(service, "pump"),
        "lots": [{"lot": "L-1", "description": "pumps", "quantity": "10", "unit": "C62"}],
    }  # fmt: skip
    for paper, rule in ((payment, "NotABanksStatement"), (receipt, "NotAKeepersReceipt")):
        files = [("files", ("paper.json", json.dumps(paper).encode()))]
        answer = service.send("pump", files)
        assert answer[0]["documents"] == []
        assert [finding["rule"] for finding in answer[0]["findings"]] == [rule]
    assert service.get("operator", "/v1/documents")["items"] == []


def who(service, short: str) -> dict:
    return {"name": short, "identifiers": [{"scheme": "USCC", "value": service.world.firms[short].code}]}


def test_every_author_sends_its_papers_and_the_three_flows_prove_the_invoice(service):
    for deal in service.world.deals:
        service.send_papers(deal)
    deal = service.world.deals["crane-gear"]
    found = service.get("gear", "/v1/documents", params={"key": deal.key})["items"][0]
    assert found["payable"] == {"minor": deal.payable, "currency": CURRENCY}
    assert found["backing"]["proven"]["minor"] == deal.payable
    assert len(found["backing"]["proofs"]) == 3


def test_many_files_at_once_have_one_outcome_each_and_a_bad_one_stops_nothing(service):
    deal = service.world.deals["loom-yarn"]
    files = [
        ("files", ("../../broken.xml", b"<Invoice", "application/xml")),
        ("files", (deal.files["invoice"][1], deal.files["invoice"][2], "application/xml")),
        ("files", ("empty.xml", b"", "application/xml")),
    ]
    outcomes = service.send("yarn", files)
    assert [outcome["read"] for outcome in outcomes] == [False, True, False]
    assert outcomes[0]["name"] == "broken.xml"
    assert outcomes[1]["documents"] == [deal.key]
    mine = service.get("yarn", "/v1/findings")["items"]
    assert {finding["path"] for finding in mine} >= {"broken.xml", "empty.xml"}
    assert service.get("loom", "/v1/findings")["items"] == []


def table_of(service, seller: str) -> tuple[bytes, bytes]:
    """An invoice of ``seller`` to Loom Works as a row of a ledger, and what its columns mean."""
    scheme, _, code = service.world.id(seller).partition(":")
    buyer = service.world.id("loom").partition(":")[2]
    mapping = f"""schema = "pearlchain/table-mapping/1"
delimiter = ";"
[[documents]]
type = "invoice"
number = "No"
payable = "Sum"
currency = {{ value = "{CURRENCY}" }}
seller = {{ ids = [{{ scheme = "{scheme}", value = "Seller" }}] }}
buyer = {{ ids = [{{ scheme = "{scheme}", value = {{ value = "{buyer}" }} }}] }}
"""
    return f"No;Seller;Sum\nL-1;{code};5.00\nL-2;{code};7.00\n".encode(), mapping.encode()


def send_table(service, who: str, table: bytes, mapping: bytes | None):
    files = [("files", ("ledger.csv", table, "text/csv"))]
    mapped = [] if mapping is None else [("mapping", ("mapping.toml", mapping, "application/toml"))]
    return service.send(who, [*files, *mapped])


def test_a_table_is_read_by_the_mapping_that_comes_with_it(service):
    table, mapping = table_of(service, "yarn")
    (refused,) = send_table(service, "yarn", table, None)
    assert [finding["rule"] for finding in refused["findings"]] == ["FormatNotSupported"]
    (read,) = send_table(service, "yarn", table, mapping)
    assert (read["read"], read["format"], read["findings"]) == (True, "CSV", [])
    assert [key.rpartition("|")[2] for key in read["documents"]] == ["L1", "L2"]
    found = service.get("loom", "/v1/documents", params={"key": read["documents"][1]})["items"][0]
    assert found["payable"] == {"minor": 700, "currency": CURRENCY}
    assert read["documents"][0] in {document_key(one) for one in original_documents(service.workspace)}
    assert send_table(service, "yarn", table, mapping) == [read]


def test_a_table_of_somebody_elses_invoices_is_refused_whole(service):
    table, mapping = table_of(service, "gear")
    (refused,) = send_table(service, "yarn", table, mapping)
    assert (refused["read"], refused["documents"]) == (False, [])
    assert {finding["rule"] for finding in refused["findings"]} == {"NotYourDocument"}


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        (b"", "/schema"),
        (b"not = toml = at all", "/"),
        (b'{"schema": "pearlchain/table-mapping/2"}', "/schema"),
        (b" " * 70_000, "/"),
    ],
)
def test_a_mapping_that_is_none_is_refused_by_its_rule_and_nothing_is_read(service, mapping, place):
    table, _ = table_of(service, "yarn")
    files = [("files", ("ledger.csv", table.replace(b"L-1", b"L-3"))), ("mapping", ("mapping.toml", mapping))]
    answer = service.ask("yarn", "POST", "/v1/documents", files=files)
    assert (answer.status_code, answer.json()["rule"]) == (422, "MappingBroken")
    assert f": {place}: " in answer.json()["detail"]
    documents = service.get("yarn", "/v1/documents", params={"limit": 500})["items"]
    assert not [one for one in documents if one["key"].endswith("|L3")]


def test_an_issue_is_made_once_for_its_key(service, maturity):
    line = service.get("crane", "/v1/lines")[0]["id"]
    body = {
        "line": line,
        "maturity": maturity,
        "payments": [
            service.payment("crane-gear", "gear", 100_000_00),
            service.payment("crane-pump", "pump", 30_000_00),
        ],
    }
    first = service.ask("crane", "POST", "/v1/vouchers", json=body, key="issue-number-1")
    assert first.status_code == 202, first.text
    assert first.headers["location"] == f"/v1/operations/{first.json()['id']}"
    again = service.ask("crane", "POST", "/v1/vouchers", json=body, key="issue-number-1")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = body | {"payments": body["payments"][:1]}
    assert service.refused("crane", "/v1/vouchers", other, key="issue-number-1") == (409, "Conflict")
    MADE["gear"], MADE["pump"] = first.json()["result"]["vouchers"]
    used = service.get("crane", "/v1/lines")[0]["used"]
    assert used == {"minor": 130_000_00, "currency": CURRENCY}


def test_another_enterprise_may_use_the_same_key_for_its_own_command(service):
    changed = service.post("gear", f"/v1/vouchers/{MADE['gear']}/accept", None, key="issue-number-1")
    assert changed == {"voucher": MADE["gear"], "state": "held"}


def test_a_crash_between_the_ledger_and_the_end_of_the_command_makes_nothing_twice(service, maturity):
    """The end is forgotten as a crash would; whoever takes the command up again finds what it made."""
    body = {
        "line": service.get("loom", "/v1/lines")[0]["id"],
        "maturity": maturity,
        "payments": [service.payment("loom-yarn", "yarn", 1_000_00)],
    }
    made = service.post("loom", "/v1/vouchers", body, key="before-the-crash")
    with service.workspace.store.begin() as connection:
        connection.execute(update(commands).values(state="running", result=null(), ended_at=None, not_before=0))
    assert service.post("loom", "/v1/vouchers", body, key="before-the-crash") == made
    assert len(service.get("loom", "/v1/vouchers")["items"]) == 1


def test_the_same_command_sent_many_times_at_once_is_done_once(service, maturity):
    body = {
        "line": service.get("loom", "/v1/lines")[0]["id"],
        "maturity": maturity,
        "payments": [service.payment("loom-yarn", "yarn", 2_000_00)],
    }
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(service.post, "loom", "/v1/vouchers", body, key="all-at-once") for _ in range(6)]
        reads = [pool.submit(service.get, "loom", "/v1/vouchers") for _ in range(6)]
        replies = [call.result() for call in calls]
        assert all(read.result()["items"] for read in reads)
    assert replies == [replies[0]] * 6
    assert len(service.get("loom", "/v1/vouchers")["items"]) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"maturity": 0}, (422, "MaturityNotAhead")),
        ({"maturity": 200}, (422, "TenorTooLong")),
        ({"line": "255.1"}, (404, "NotFound")),
        ({"payments": [("crane-gear", "gear", 43_800_00)]}, (422, "EvidenceExhausted")),
        (
            {"payments": [("crane-gear", "gear", 43_000_00), ("crane-pump", "pump", 41_868_00)]},
            (422, "CreditLimitExceeded"),
        ),
        ({"payments": [("crane-gear", "pump", 1_00)]}, (422, "InvoiceOfAnother")),
        ({"payments": [("gear-bolt", "bolt", 1_00)]}, (404, "NotFound")),
        ({"payments": [("crane-gear", "gear", 1_00, "EUR")]}, (422, "CurrencyMismatch")),
        ({"payments": []}, (422, "RequestInvalid")),
        ({"surprise": 1}, (422, "RequestInvalid")),
    ],
)
def test_an_issue_that_breaks_a_rule_is_refused_by_its_name(service, maturity, change, expected):
    change = dict(change)
    if "maturity" in change:
        change["maturity"] = (service.world.today + timedelta(days=change["maturity"])).isoformat()
    if "payments" in change:
        change["payments"] = [service.payment(*payment) for payment in change["payments"]]
    body = {
        "line": service.get("crane", "/v1/lines")[0]["id"],
        "maturity": maturity,
        "payments": [service.payment("crane-gear", "gear", 1_00)],
    }
    before = service.get("crane", "/v1/summary")
    assert service.refused("crane", "/v1/vouchers", body | change) == expected
    after = service.get("crane", "/v1/summary")
    assert (after["figures"], after["vouchers_by_state"]) == (before["figures"], before["vouchers_by_state"])


def test_what_was_refused_stays_refused_under_its_key_and_goes_under_another(service, maturity):
    body = {
        "line": service.get("crane", "/v1/lines")[0]["id"],
        "maturity": maturity,
        "payments": [service.payment("crane-gear", "pump", 1_00)],
    }
    for _ in range(2):
        assert service.refused("crane", "/v1/vouchers", body, key="a-typing-error") == (422, "InvoiceOfAnother")
    body["payments"] = [service.payment("crane-gear", "gear", 1_000_00)]
    assert service.refused("crane", "/v1/vouchers", body, key="a-typing-error") == (409, "Conflict")
    MADE["second"] = service.post("crane", "/v1/vouchers", body, key="without-it")["vouchers"][0]


def test_only_the_recipient_answers_an_offer_and_once(service):
    assert service.refused("crane", f"/v1/vouchers/{MADE['pump']}/accept", None) == (403, "NotTheOwner")
    assert service.refused("gear", f"/v1/vouchers/{MADE['pump']}/accept", None) == (404, "NotFound")
    service.post("pump", f"/v1/vouchers/{MADE['pump']}/accept", None)
    assert service.refused("pump", f"/v1/vouchers/{MADE['pump']}/accept", None) == (409, "PieceNotInState")


def test_an_offer_is_not_ended_before_its_deadline(service):
    address = f"/v1/vouchers/{MADE['second']}/expire"
    assert service.refused("crane", address, None) == (409, "OfferStillOpen")
    assert service.refused("pump", address, None) == (404, "NotFound")


def test_a_rejected_issue_is_void_and_its_line_is_free_again(service):
    before = service.get("crane", "/v1/lines")[0]["used"]["minor"]
    changed = service.post("gear", f"/v1/vouchers/{MADE['second']}/reject", {"reason": "not what was agreed"})
    assert changed["state"] == "voided"
    assert service.get("crane", "/v1/lines")[0]["used"]["minor"] == before - 1_000_00


def test_a_holder_passes_parts_on_against_its_own_suppliers_invoices(service):
    body = {"payments": [service.payment("gear-bolt", "bolt", 20_000_00)]}
    MADE["bolt"] = service.post("gear", f"/v1/vouchers/{MADE['gear']}/transfer", body)["vouchers"][0]
    assert service.get("gear", f"/v1/vouchers/{MADE['gear']}")["amount"]["minor"] == 80_000_00
    offered = service.get("bolt", "/v1/vouchers", params={"state": "offered"})["items"]
    assert [voucher["id"] for voucher in offered] == [MADE["bolt"]]
    for who, side, found in (("bolt", "owner", True), ("gear", "owner", False), ("gear", "giver", True)):
        listed = service.get(who, "/v1/vouchers", params={"state": "offered", "side": side})["items"]
        assert (MADE["bolt"] in [voucher["id"] for voucher in listed]) is found
    service.post("bolt", f"/v1/vouchers/{MADE['bolt']}/accept", None)


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (("gear-bolt", "bolt", 30_000_00), (422, "EvidenceExhausted")),
        (("crane-gear", "gear", 1_00), (422, "InvoiceNotOwed")),
        (("pump-seal", "seal", 1_00), (404, "NotFound")),
    ],
)
def test_a_transfer_that_breaks_a_rule_is_refused_by_its_name(service, payment, expected):
    body = {"payments": [service.payment(*payment)]}
    assert service.refused("gear", f"/v1/vouchers/{MADE['gear']}/transfer", body) == expected


def test_more_than_a_piece_holds_cannot_be_passed_on(service):
    body = {"payments": [service.payment("pump-seal", "seal", 28_000_00)]}
    service.post("pump", f"/v1/vouchers/{MADE['pump']}/transfer", body, key="pump-to-seal")
    again = {"payments": [service.payment("pump-seal", "seal", 700_00)] * 3}
    assert service.refused("pump", f"/v1/vouchers/{MADE['pump']}/transfer", again)[1] in (
        "AmountExceedsPiece",
        "EvidenceExhausted",
    )
    child = service.get("seal", "/v1/vouchers")["items"][0]
    changed = service.post("seal", f"/v1/vouchers/{child['id']}/reject", {})
    assert changed["state"] == "rejected"
    assert service.get("pump", f"/v1/vouchers/{MADE['pump']}")["amount"]["minor"] == 30_000_00


def test_a_path_shows_every_hop_and_hides_what_lies_between_others(service):
    way = service.get("bolt", f"/v1/vouchers/{MADE['bolt']}/path")
    assert [(step["giver"]["name"], step["recipient"]["name"]) for step in way] == [
        ("Crane Works", "Gear Maker"),
        ("Gear Maker", "Bolt Smith"),
    ]
    assert way[0]["amount"] is None
    assert way[0]["document"] is None
    assert way[1]["amount"]["minor"] == 20_000_00
    assert way[1]["document"] == service.world.deals["gear-bolt"].key
    whole = service.get("harbour", f"/v1/vouchers/{MADE['bolt']}/path")
    assert whole[0]["amount"]["minor"] == 100_000_00
    assert whole[0]["document"] == service.world.deals["crane-gear"].key


def test_the_holder_alone_gets_its_proof_of_holding(service):
    address = f"/v1/vouchers/{MADE['bolt']}/proof"
    proof = service.get("bolt", address)
    assert proof["format"] == FORMAT
    assert proof["piece"]["id"] == MADE["bolt"]
    assert proof["said"]["enterprise"] == service.world.id("bolt")
    assert proof["piece"]["amountMinor"] == 20_000_00
    assert len(proof["documents"]) == len(proof["way"]) == 2
    assert service.ask("harbour", "GET", address).status_code == 403
    assert service.ask("seal", "GET", address).status_code == 404


def test_a_bank_quotes_and_the_holder_sells_once(service):
    body = {"amount": {"minor": 15_000_00, "currency": CURRENCY}, "registration_number": "R-1"}
    address = f"/v1/vouchers/{MADE['bolt']}"
    assert service.refused("bolt", f"{address}/quotes", body) == (403, "NotPermitted")
    answer = service.ask("bolt", "POST", f"{address}/quotes", json=body, headers={"Idempotency-Key": "quote-of-bolt"})
    assert answer.json()["next_step"] == "only one in the role of bank does that"
    assert service.refused("valley", f"{address}/quotes", body) == (404, "NotFound")
    more = body | {"amount": {"minor": 20_000_01, "currency": CURRENCY}}
    assert service.refused("harbour", f"{address}/quotes", more) == (422, "AmountExceedsPiece")
    quote = service.post("harbour", f"{address}/quotes", body, key="quote-number-1")
    assert quote == service.post("harbour", f"{address}/quotes", body, key="quote-number-1")
    assert 14_000_00 < quote["price"]["minor"] < 15_000_00
    assert [entry["id"] for entry in service.get("bolt", f"{address}/quotes")] == [quote["id"]]
    assert service.get("gear", f"{address}/quotes") == []
    assert service.refused("gear", f"{address}/finance", {"quote": quote["id"]}) == (404, "NotFound")
    sold = service.post("bolt", f"{address}/finance", {"quote": quote["id"]}, key="sale-number-1")
    again = service.post("bolt", f"{address}/finance", {"quote": quote["id"]}, key="sale-number-2")
    assert sold == again
    MADE["bank"] = sold["vouchers"][0]
    assert service.get("bolt", address)["amount"]["minor"] == 5_000_00
    paid = balance(service.workspace, service.world.id("harbour"), service.world.id("bolt"), CURRENCY)
    assert paid == quote["price"]["minor"]
    assert service.get("bolt", f"{address}/quotes")[0]["taken"]


def test_what_a_bank_paid_is_seen_by_the_two_sides_of_the_sale_only(service):
    address = f"/v1/vouchers/{MADE['bank']}"
    assert service.get("harbour", address)["price"] is not None
    assert service.get("bolt", address)["price"] is not None
    assert service.get("crane", address)["price"] is None
    assert service.ask("gear", "GET", address).status_code == 404


def test_a_giver_sees_what_it_gave_and_not_what_became_of_it(service):
    given = service.get("gear", f"/v1/vouchers/{MADE['bolt']}")
    assert given["initial"]["minor"] == 20_000_00
    assert given["amount"] is None


def test_the_bank_reads_its_exposure_and_others_read_none(service):
    cells = service.get("harbour", "/v1/exposure")
    totals = {kind: sum(c["amount"]["minor"] for c in cells if c["kind"] == kind) for kind in
              ("committed", "contingent", "funded")}  # fmt: skip
    assert totals == {"committed": 70_000_00, "contingent": 115_000_00, "funded": 15_000_00}
    assert service.get("crane", "/v1/exposure") == []
    assert {c["bank"]["name"] for c in service.get("regulator", "/v1/exposure")} == {"Harbour Bank", "Valley Bank"}


def test_an_amount_is_followed_down_to_its_vouchers_events_and_documents(service):
    now = service.get("harbour", "/v1/exposure", params={"pieces": "true"})
    shown = [cell for cell in now if cell["kind"] != "committed"]
    assert shown
    for cell in shown:
        assert sum(one["amount"]["minor"] for one in cell["pieces"]) == cell["amount"]["minor"]
    voucher = shown[0]["pieces"][0]["voucher"]
    events = service.get("harbour", f"/v1/vouchers/{voucher}/events")
    assert [(event["block"], event["log_index"]) for event in events] == sorted(
        (event["block"], event["log_index"]) for event in events
    )
    assert {"EvidenceRegistered", "PieceOffered", "PieceAccepted"} <= {event["name"] for event in events}
    assert all(event["document"].startswith("invoice|") for event in events if event["name"] == "PieceOffered")
    receipt = service.workspace.web3.eth.get_transaction_receipt(events[0]["transaction"])
    assert (receipt["blockNumber"], receipt["blockHash"].to_0x_hex()) == (events[0]["block"], events[0]["block_hash"])
    assert service.ask("crane", "GET", "/v1/vouchers/999.1.1.1/events").status_code == 404


def test_exposure_is_told_as_of_a_block_and_as_of_a_day(service):
    last = service.get("harbour", "/v1/health")["last_block"]
    now = service.get("harbour", "/v1/exposure")
    assert service.get("harbour", "/v1/exposure", params={"as_of": str(last)}) == now
    assert service.get("harbour", "/v1/exposure", params={"as_of": "0"}) == []
    assert service.ask("harbour", "GET", "/v1/exposure", params={"as_of": str(last + 999)}).status_code == 404
    assert service.ask("harbour", "GET", "/v1/exposure", params={"as_of": "soon"}).status_code == 422


def records_of(service) -> dict[str, int]:
    with service.workspace.store.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (plans, audit, changes, commands)
        }


def test_what_would_be_planned_is_read_as_a_plan_is_and_written_nowhere(service):
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    plan = service.get("operator", f"/v1/plans/{number}")
    before = records_of(service)

    def asked(*changed: str):
        return service.post("operator", "/v1/plans/what-if", {"currency": CURRENCY, "changes": changed})

    rooms = service.workspace.network().lines
    nothing = asked(*(f"line:{line.bank}/{line.issuer}=+0" for line in rooms if line.currency == CURRENCY))
    assert nothing["plan"] | {"id": number, "started": False} == plan
    assert nothing["steps_before"] == len(plan["steps"])
    whole = {one["what"]: (one["before"], one["after"]) for one in nothing["differences"]}
    assert whole.keys() == {"met", "met_below_first_tier", "cost", "netting"}
    assert all(first == then for first, then in whole.values())
    assert whole["met"][0] == plan["totals"]["met"]

    left_out = plan["steps"][0]["document"]
    without = asked(f"without:{left_out}")
    assert left_out not in {step["document"] for step in without["plan"]["steps"]}
    passed = sum(step["amount"]["minor"] for step in plan["steps"] if step["document"] == left_out)
    zero, over = ({"minor": minor, "currency": CURRENCY} for minor in (0, passed))
    assert {"what": "document", "name": left_out, "before": over, "after": zero} in without["differences"]
    met = next(one for one in without["differences"] if (one["what"], one["name"]) == ("met", None))
    assert met["after"] == without["plan"]["totals"]["met"]

    body = {"currency": CURRENCY, "changes": ["nonsense"]}
    assert service.refused("operator", "/v1/plans/what-if", body) == (422, "ChangeNotUnderstood")
    assert service.refused("operator", "/v1/plans/what-if", body | {"changes": []}) == (422, "RequestInvalid")
    assert service.refused("crane", "/v1/plans/what-if", body) == (403, "NotPermitted")
    assert records_of(service) == before


def test_a_day_before_the_first_or_to_come_is_answered_with_those_that_there_are_and_what_is_no_day_is_malformed(
    service,
):
    with service.workspace.store.read() as connection:
        first = connection.execute(select(blocks.c.timestamp).order_by(blocks.c.number).limit(1)).scalar_one()
    day = datetime.fromtimestamp(first + UTC_OFFSET_MINUTES * 60, UTC).date()
    for wrong in ((day - timedelta(days=1)).isoformat(), "9999-12-31"):
        answer = service.ask("harbour", "GET", "/v1/exposure", params={"as_of": wrong})
        assert (answer.status_code, answer.json()["rule"]) == (404, "MomentUnknown")
        assert f"a day from {day.isoformat()} to " in answer.json()["next_step"]
    assert service.ask("harbour", "GET", "/v1/exposure", params={"as_of": day.isoformat()}).status_code == 200
    answer = service.ask("harbour", "GET", "/v1/exposure", params={"as_of": "2026-13-45"})
    assert (answer.status_code, answer.json()["rule"]) == (422, "MomentMalformed")


def test_the_operator_plans_and_each_party_acts_in_the_run_by_its_own_rule(service):
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    plan = service.get("operator", f"/v1/plans/{number}")
    assert plan["steps"]
    assert service.post("operator", "/v1/plans", {"currency": CURRENCY}) == {"plan": number}
    outcome = service.post("operator", f"/v1/plans/{plan['id']}/run", None, key="run-number-1")
    assert outcome == service.post("operator", f"/v1/plans/{plan['id']}/run", None, key="run-number-1")
    assert outcome == service.post("operator", f"/v1/plans/{plan['id']}/run", None, key="run-number-2")
    to = {step["number"]: (step["recipient"]["name"], step["amount"]["minor"]) for step in plan["steps"]}
    for number, (name, minor) in to.items():
        piece = outcome["vouchers"].get(str(number))
        if name == "Yarn Spinner":
            assert service.get("yarn", f"/v1/vouchers/{piece}")["state"] == "offered"
        elif name == "Seal Caster" and minor > SEAL_LIMIT and piece:
            assert number in outcome["rejected"]
    assert "Yarn Spinner" in {name for name, _ in to.values()}


def test_a_party_reads_the_steps_of_a_plan_that_it_is_in(service):
    whole = service.get("operator", "/v1/plans/1")
    mine = service.get("yarn", "/v1/plans/1")
    assert mine["totals"] is None
    names = {name for step in mine["steps"] for name in (step["payer"]["name"], step["recipient"]["name"])}
    assert names == {"Loom Works", "Yarn Spinner"}
    assert len(mine["steps"]) < len(whole["steps"])
    assert service.refused("crane", "/v1/plans", {"currency": CURRENCY}) == (403, "NotPermitted")
    assert service.refused("regulator", "/v1/plans/1/run", None) == (403, "NotPermitted")
    assert service.ask("operator", "GET", "/v1/plans/99").status_code == 404


def test_above_the_operators_limit_another_one_approves_a_plan_before_it_is_run(service):
    workspace = service.workspace
    number = service.post("operator", "/v1/plans", {"currency": CURRENCY})["plan"]
    steps = service.get("operator", f"/v1/plans/{number}")["steps"]
    issued = sum(step["amount"]["minor"] for step in steps if step["parent"] is None)
    assert issued < sum(step["amount"]["minor"] for step in steps)  # what is passed on counts once
    _, service.keys["another"] = make_key(workspace, OPERATOR, "another person")
    own = {"enterprise": OPERATOR, "label": "a second key of its own"}
    service.keys["of its own"] = service.post("operator", "/v1/keys", own)["key"]

    def limit(above: int | None) -> dict:
        body, any_version = {"above": above and {"minor": above, "currency": CURRENCY}}, {"If-Match": "*"}
        return service.ask("operator", "PUT", f"/v1/four-eyes/{CURRENCY}", json=body, headers=any_version).json()

    def decided(who: str, operation: dict, verb: str = "approve") -> tuple[int, str]:
        told = service.ask(who, "POST", f"/v1/operations/{operation['id']}/{verb}").json()
        return told.get("rule") or told["state"]

    assert limit(issued - 1)["state"] == "succeeded"
    waits = service.ask("operator", "POST", f"/v1/plans/{number}/run").json()
    assert waits["state"] == "awaiting_approval"
    assert [decided(who, waits) for who in ("operator", "of its own")] == ["OwnApproval", "OwnApproval"]
    assert service.refused("regulator", f"/v1/operations/{waits['id']}/approve", None) == (403, "NotPermitted")
    assert not service.get("operator", f"/v1/plans/{number}")["started"]
    assert decided("another", waits, "decline") == "declined"
    raised = limit(issued)
    assert raised["state"] == "awaiting_approval"
    assert decided("another", raised) == "succeeded"
    assert service.ask("operator", "POST", f"/v1/plans/{number}/run").json()["state"] == "succeeded"
    assert limit(issued - 1)["state"] == "succeeded"
    waits = service.ask("operator", "POST", f"/v1/plans/{number}/run").json()
    assert decided("another", waits) == "succeeded"
    assert decided("another", limit(None)) == "succeeded"


def test_plans_are_listed_for_whom_they_have_a_step_the_newest_first(service):
    service.post("operator", "/v1/plans", {"currency": "USD"})  # nobody trades in it, so nobody has a part
    everything = service.get("operator", "/v1/plans")["items"]
    assert [one["currency"] for one in everything] == ["USD", *[CURRENCY] * (len(everything) - 1)]
    assert service.get("regulator", "/v1/plans")["items"] == everything
    for who in ("yarn", "crane", "harbour"):
        own = service.get(who, "/v1/plans")["items"]
        assert own
        for listed in own:
            read = service.get(who, f"/v1/plans/{listed['id']}")
            assert {name: read[name] for name in ("id", "currency", "day", "started")} | {
                "steps": len(read["steps"])
            } == listed
        assert {one["id"] for one in everything} - {one["id"] for one in own} == {
            one["id"] for one in everything
            if not service.ask(who, "GET", f"/v1/plans/{one['id']}").json().get("steps")
        }  # fmt: skip
    (first, cursor), last = service.get("operator", "/v1/plans", params={"limit": 1}).values(), everything[-1]
    assert first == everything[:1]
    while cursor is not None:
        page = service.get("operator", "/v1/plans", params={"limit": 1, "after": cursor})
        first, cursor = first + page["items"], page["next"]
    assert first == everything
    assert last["started"]


def test_nobody_is_paid_before_maturity(service):
    body = {"vouchers": [MADE["gear"]]}
    assert service.refused("crane", "/v1/redemptions", body) == (422, "NotMature")
    assert service.refused("gear", "/v1/redemptions", body) == (403, "NotPermitted")
    assert service.refused("loom", "/v1/redemptions", body) == (404, "NotFound")


def test_at_maturity_the_holders_are_paid_in_cash(service):
    bank = service.world.id("harbour")
    advance_clock(service.workspace.web3, service.workspace.now() + 91 * 86_400)
    before = balance(service.workspace, bank, service.world.id("gear"), CURRENCY)
    held = service.get("gear", f"/v1/vouchers/{MADE['gear']}")["amount"]["minor"]
    body = {"vouchers": [MADE["gear"]]}
    for _ in range(2):
        assert service.post("crane", "/v1/redemptions", body, key="redeem-1") == body | {"left": {}}
    assert balance(service.workspace, bank, service.world.id("gear"), CURRENCY) == before + held
    assert service.get("gear", f"/v1/vouchers/{MADE['gear']}")["state"] == "redeemed"
    rest = service.post("crane", "/v1/redemptions", {})["vouchers"]
    assert MADE["bank"] in rest
    assert MADE["gear"] not in rest
    assert service.get("bolt", f"/v1/vouchers/{MADE['bolt']}")["state"] == "redeemed"
    assert service.get("crane", "/v1/lines")[0]["used"]["minor"] == 0


def test_only_a_bank_makes_deposits_and_only_once_for_a_key(service):
    body = {"enterprise": service.world.id("bolt"), "amount": {"minor": 1_00, "currency": CURRENCY}}
    assert service.refused("gear", "/v1/deposits", body) == (403, "NotPermitted")
    assert service.refused("operator", "/v1/deposits", body) == (403, "NotPermitted")
    stranger = body | {"enterprise": service.world.id("loom")}
    assert service.refused("harbour", "/v1/deposits", stranger) == (404, "NotFound")
    first = service.ask("harbour", "POST", "/v1/deposits", json=body, key="a-deposit-1")
    again = service.ask("harbour", "POST", "/v1/deposits", json=body, key="a-deposit-1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    bank = service.world.id("harbour")
    assert first.json()["result"]["balance"]["minor"] == balance(
        service.workspace, bank, service.world.id("bolt"), CURRENCY
    )
