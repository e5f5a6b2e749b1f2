"""A holder asks a bank for an offer, over the API.

1. By being asked a bank sees the piece with its whole way, and nothing else of the ledger; by nothing else does it.
2. It quotes or declines; the holder withdraws at any time. Then the bank sees the piece no more, nor once nothing of it is left.
3. Who holds the piece asks, once a bank at a time, for no more than is in it.
4. A request is its two sides'; for everybody else there is none.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.commands.deposit import deposit
from chain.commands.enrol import enrol
from chain.network import CreditLine

AMOUNT = 4_000_00
NONE = "0" * 32


@pytest.fixture(scope="module", autouse=True)
def valley_buys_paper_of_crane(service):
    """Valley Bank has a line of its own for Crane Works, and money; it is no bank of Crane's line with Harbour Bank."""
    for deal in service.world.deals:
        service.send_papers(deal)
    workspace, world = service.workspace, service.world
    network = world.network()
    line = CreditLine(
        bank=world.id("valley"), issuer=world.id("crane"), currency=CURRENCY, limit_minor=1_000_00,
        financing_limit_minor=100_000_00, expiry=world.today + timedelta(days=360),
    )  # fmt: skip
    enrol(workspace, network.model_copy(update={"lines": (*network.lines, line)}))
    deposit(workspace, "Valley's own money", world.id("valley"), world.id("valley"), CURRENCY, 100_000_00)


@pytest.fixture
def piece(service):
    """One that Bolt holds: Crane issued it to Gear, which passed it on."""
    line = next(line for line in service.get("crane", "/v1/lines") if line["bank"]["id"] == service.world.id("harbour"))
    body = {
        "line": line["id"],
        "maturity": (service.workspace.date() + timedelta(days=90)).isoformat(),
        "payments": [service.payment("crane-gear", "gear", AMOUNT)],
    }
    (issued,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
    service.post("gear", f"/v1/vouchers/{issued}/accept", None)
    body = {"payments": [service.payment("gear-bolt", "bolt", AMOUNT // 2)]}
    (passed_on,) = service.post("gear", f"/v1/vouchers/{issued}/transfer", body)["vouchers"]
    service.post("bolt", f"/v1/vouchers/{passed_on}/accept", None)
    return passed_on


def asked(service, piece: str, bank: str = "valley", **more):
    body = {"bank": service.world.id(bank)} | more
    return service.post("bolt", f"/v1/vouchers/{piece}/financing-requests", body)


def hidden(service, who: str, piece: str) -> bool:
    """Whether nothing of the piece is there for somebody, as if it did not exist."""
    paths = [f"/v1/vouchers/{piece}{part}" for part in ("", "/path", "/events", "/holds", "/quotes")]
    statuses = {service.ask(who, "GET", path).status_code for path in paths}
    assert len(statuses) == 1, statuses
    return statuses == {404}


def test_an_asked_bank_sees_the_piece_with_its_whole_way_and_quotes_and_the_holder_sells(service, piece):
    assert hidden(service, "valley", piece)
    assert service.refused("valley", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-1"}) == (
        404,
        "NotFound",
    )
    request = asked(service, piece)
    assert (request["state"], request["voucher"], request["financings"]) == ("open", piece, [])
    assert request["amount"] == {"minor": AMOUNT // 2, "currency": CURRENCY}
    assert service.get("valley", "/v1/financing-requests", params={"state": "open"})["items"][-1] == request
    assert service.get("valley", f"/v1/vouchers/{piece}")["amount"]["minor"] == AMOUNT // 2
    way = service.get("valley", f"/v1/vouchers/{piece}/path")
    assert [step["amount"]["minor"] for step in way] == [AMOUNT, AMOUNT // 2]
    assert [step["recipient"]["id"] for step in way] == [service.world.id(who) for who in ("gear", "bolt")]
    assert service.get("valley", f"/v1/obligations/{piece.rpartition('.')[0]}")["vouchers"] == [piece]
    for deal in ("crane-gear", "gear-bolt"):
        (document,) = service.get("gear", "/v1/documents", params={"key": service.world.deals[deal].key})["items"]
        assert service.get("valley", f"/v1/matching/{document['id']}")["proven"]["minor"] > 0
    quote = service.post("valley", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-1"})
    request = service.get("bolt", f"/v1/financing-requests/{request['id']}")
    assert (request["state"], request["financings"]) == ("quoted", [quote["id"]])
    (sold,) = service.post("bolt", f"/v1/vouchers/{piece}/finance", {"quote": quote["id"]})["vouchers"]
    assert service.get("valley", f"/v1/vouchers/{sold}")["owner"]["id"] == service.world.id("valley")
    assert service.get("bolt", f"/v1/financings/{quote['id']}")["state"] == "settled"
    assert service.get("bolt", f"/v1/financing-requests/{request['id']}") == request


def test_an_asked_bank_sees_nothing_but_the_piece(service, piece):
    asked(service, piece)
    parent = service.get("bolt", f"/v1/vouchers/{piece}")["parent"]
    assert hidden(service, "valley", parent)
    for path in ("/v1/vouchers", "/v1/obligations"):
        assert not [one for one in service.get("valley", path)["items"] if piece.startswith(one["id"])]
    assert service.ask("valley", "GET", f"/v1/vouchers/{piece}/proof").status_code == 403
    verbs = {"transfer": {"payments": [service.payment("gear-bolt", "bolt", 1)]}, "finance": {"quote": NONE}}
    for verb, body in verbs.items():
        assert service.refused("valley", f"/v1/vouchers/{piece}/{verb}", body)[0] in (404, 422)
    assert service.get("bolt", f"/v1/vouchers/{piece}")["amount"]["minor"] == AMOUNT // 2


def test_who_asked_and_who_was_asked_know_one_another(service, piece):
    asked(service, piece)
    for who, other in (("valley", "bolt"), ("bolt", "valley")):
        assert service.get(who, f"/v1/enterprises/{service.world.id(other)}")["roles"]


def test_what_is_declined_or_withdrawn_is_seen_no_more_and_may_be_asked_anew(service, piece):
    for ending, who, body, state in (
        ("decline", "valley", {"reason": "no more room"}, "declined"),
        ("withdraw", "bolt", None, "withdrawn"),
    ):
        request = asked(service, piece)
        assert not hidden(service, "valley", piece)
        wrong_side = "valley" if who == "bolt" else "bolt"
        status, _ = service.refused(wrong_side, f"/v1/financing-requests/{request['id']}/{ending}", body)
        assert status in (403, 404)
        ended = service.post(who, f"/v1/financing-requests/{request['id']}/{ending}", body)
        assert (ended["state"], ended["reason"]) == (state, body and body["reason"])
        assert ended["ended_at"] is not None
        assert service.get("bolt", f"/v1/financing-requests/{request['id']}") == ended
        assert hidden(service, "valley", piece)
        assert service.post(who, f"/v1/financing-requests/{request['id']}/{ending}", body) == ended
        other = {"decline": "withdraw", "withdraw": "decline"}[ending]
        refused = service.refused(wrong_side, f"/v1/financing-requests/{request['id']}/{other}", None)
        assert refused == (422, "RequestEnded")


def test_a_request_lapses_once_nothing_of_the_piece_is_left(service, piece):
    request = asked(service, piece)
    quote = service.post("harbour", f"/v1/vouchers/{piece}/quotes", {"registration_number": "R-2"})
    service.post("bolt", f"/v1/vouchers/{piece}/finance", {"quote": quote["id"]})
    assert service.get("valley", f"/v1/financing-requests/{request['id']}")["state"] == "lapsed"
    assert hidden(service, "valley", piece)


def test_a_bank_is_asked_once_at_a_time_and_several_banks_beside_one_another(service, piece):
    first = asked(service, piece, amount={"minor": 1_00, "currency": CURRENCY})
    again = {"bank": service.world.id("valley")}
    assert service.refused("bolt", f"/v1/vouchers/{piece}/financing-requests", again) == (422, "BankAsked")
    other = asked(service, piece, "harbour")
    assert first["id"] != other["id"]
    service.post("bolt", f"/v1/financing-requests/{first['id']}/withdraw", None)
    assert asked(service, piece)["state"] == "open"


@pytest.mark.parametrize(
    ("who", "body", "refusal"),
    [
        ("gear", {}, (422, "PieceOfAnother")),
        ("crane", {}, (422, "PieceOfAnother")),
        ("pump", {}, (404, "NotFound")),
        ("bolt", {"bank": "USCC:91310000MA1FL3XL5R"}, (404, "NotFound")),
        ("bolt", {"bank": "gear"}, (404, "NotFound")),
        ("bolt", {"amount": {"minor": AMOUNT, "currency": CURRENCY}}, (422, "AmountExceedsPiece")),
        ("bolt", {"amount": {"minor": 1_00, "currency": "USD"}}, (422, "CurrencyMismatch")),
        ("harbour", {}, (422, "PieceOfAnother")),
        ("operator", {}, (403, "NotPermitted")),
    ],
)
def test_only_the_holder_asks_a_bank_for_what_is_in_the_piece(service, piece, who, body, refusal):
    bank = body.get("bank", "valley")
    sent = body | {"bank": service.world.id(bank) if bank in service.world.firms else bank}
    assert service.refused(who, f"/v1/vouchers/{piece}/financing-requests", sent) == refusal
    assert hidden(service, "valley", piece)


def test_an_offered_piece_is_accepted_before_it_is_offered_for_sale(service, piece):
    body = {"payments": [service.payment("gear-bolt", "bolt", 1_00)]}
    parent = service.get("bolt", f"/v1/vouchers/{piece}")["parent"]
    (offered,) = service.post("gear", f"/v1/vouchers/{parent}/transfer", body)["vouchers"]
    ask = {"bank": service.world.id("valley")}
    assert service.refused("bolt", f"/v1/vouchers/{offered}/financing-requests", ask) == (422, "PieceNotHeld")


def test_a_request_is_its_two_sides(service, piece):
    request = asked(service, piece)
    for who in ("gear", "crane", "harbour", "yarn"):
        answer = service.ask(who, "GET", f"/v1/financing-requests/{request['id']}")
        none = service.ask(who, "GET", f"/v1/financing-requests/{NONE}")
        assert (answer.status_code, answer.text.replace(request["id"], NONE)) == (404, none.text)
        ids = {one["id"] for one in service.get(who, "/v1/financing-requests")["items"]}
        assert request["id"] not in ids
    for who in ("bolt", "valley", "operator", "regulator"):
        assert service.get(who, f"/v1/financing-requests/{request['id']}") == request


def test_both_sides_are_told_of_a_request_and_of_its_end(service, piece):
    before = {
        who: service.get(who, "/v1/events", params={"limit": 500})["cursor"] for who in ("bolt", "valley", "gear")
    }
    request = asked(service, piece)
    service.post("valley", f"/v1/financing-requests/{request['id']}/decline", None)
    for who, wanted in (("bolt", 2), ("valley", 2), ("gear", 0)):
        told = service.get(who, "/v1/events", params={"after": before[who], "limit": 500})["items"]
        own = [(one["name"], one["subject"]) for one in told if one["kind"] == "request"]
        names = ("FinancingRequested", "FinancingRequestDeclined")
        assert own == [(name, request["id"]) for name in names][:wanted]


def test_requests_come_in_pages_in_the_order_in_which_they_were_made(service, piece):
    made = [asked(service, piece, bank)["id"] for bank in ("valley", "harbour")]
    told, cursor = [], None
    while True:
        page = service.get(
            "bolt", "/v1/financing-requests", params={"limit": 2} | ({"after": cursor} if cursor else {})
        )
        told += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [(one["asked_at"], one["id"]) for one in told] == sorted((one["asked_at"], one["id"]) for one in told)
    assert {*made} <= {one["id"] for one in told}
    assert len({one["id"] for one in told}) == len(told)
