"""Disputes and courts over the API.

1. Either side of the trade that made a piece disputes it, and settles its own dispute; nobody else does.
2. A regulator holds by order of a court and releases what it held, a piece or a whole obligation, and moves nothing.
3. A hold stops movement, and no payment.
4. Who keeps its key signs these orders itself, a court too.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from little_world import CURRENCY

from chain.issuance.node import advance_clock
from tests.api.conftest import own_wallet_of

ORDER = {"order": "Xiamen Intermediate Court, (2026) 02-118"}
REASON = {"reason": "half of the goods came back"}


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    for deal in service.world.deals:
        service.send_papers(deal)


@pytest.fixture
def piece(service):
    """One that Gear holds."""
    return issued(service)


def issued(service, minor: int = 1_000_00, days: int = 90) -> str:
    body = {
        "line": service.get("crane", "/v1/lines")[0]["id"],
        "maturity": (service.workspace.date() + timedelta(days=days)).isoformat(),
        "payments": [service.payment("crane-gear", "gear", minor)],
    }
    (made,) = service.post("crane", "/v1/vouchers", body)["vouchers"]
    service.post("gear", f"/v1/vouchers/{made}/accept", None)
    return made


def transfer_of(service):
    return {"payments": [service.payment("gear-bolt", "bolt", 1_00)]}


# --- 1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["crane", "gear"])
def test_a_side_of_the_trade_disputes_a_piece_and_settles_its_dispute(service, piece, side):
    address = f"/v1/vouchers/{piece}"
    assert service.post(side, f"{address}/dispute", REASON) == {"voucher": piece, "state": "on_hold"}
    (hold,) = service.get("gear", f"{address}/holds")
    assert (hold["kind"], hold["by"]["id"]) == ("dispute", service.world.id(side))
    assert service.refused("gear", f"{address}/transfer", transfer_of(service)) == (422, "PieceOnHold")
    other = {"crane": "gear", "gear": "crane"}[side]
    assert service.refused(other, f"{address}/end-dispute", None) == (422, "DisputeStillOpen")
    assert service.post(side, f"{address}/end-dispute", None) == {"voucher": piece, "state": "held"}
    assert service.refused(side, f"{address}/dispute", REASON) == (422, "AlreadyDisputed")
    assert len(service.post("gear", f"{address}/transfer", transfer_of(service))["vouchers"]) == 1


def test_the_ledger_keeps_the_hash_of_the_reason(service, piece):
    service.post("gear", f"/v1/vouchers/{piece}/dispute", REASON)
    with service.workspace.store.read() as connection:
        told = connection.exec_driver_sql("select data from events where name = 'PieceDisputed'").all()
    assert hashlib.sha256(REASON["reason"].encode()).digest() in told[-1][0]


def test_who_is_no_side_of_the_trade_disputes_nothing(service, piece):
    address = f"/v1/vouchers/{piece}/dispute"
    assert service.refused("harbour", address, REASON) == (422, "NotASide")  # which sees it, as the line's bank
    for stranger in ("pump", "loom", "valley"):
        assert service.refused(stranger, address, REASON) == (404, "NotFound")
        assert service.refused(stranger, f"/v1/vouchers/{piece}/end-dispute", None) == (404, "NotFound")
    assert service.get("gear", f"/v1/vouchers/{piece}/holds") == []


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_a_court_holds_a_piece_with_what_is_cut_from_it_until_it_is_released(service, piece):
    (child,) = service.post("gear", f"/v1/vouchers/{piece}/transfer", transfer_of(service))["vouchers"]
    held = service.post("regulator", f"/v1/vouchers/{piece}/hold-by-court", ORDER)
    assert held == {"voucher": piece, "state": "on_hold"}
    (hold,) = service.get("bolt", f"/v1/vouchers/{child}/holds")
    assert (hold["kind"], hold["voucher"], hold["inherited"]) == ("court", piece, True)
    assert service.refused("bolt", f"/v1/vouchers/{child}/accept", None) == (422, "PieceOnHold")
    again = service.refused("regulator", f"/v1/vouchers/{piece}/hold-by-court", ORDER)
    assert again == (422, "AlreadyHeldByCourt")
    released = service.post("regulator", f"/v1/vouchers/{piece}/release-by-court", ORDER)
    assert released == {"voucher": piece, "state": "held"}
    assert service.post("bolt", f"/v1/vouchers/{child}/accept", None)["state"] == "held"
    assert service.refused("regulator", f"/v1/vouchers/{piece}/release-by-court", ORDER) == (422, "NotHeldByCourt")


def test_a_court_holds_a_whole_obligation(service, piece):
    obligation = piece.rpartition(".")[0]
    held = service.post("regulator", f"/v1/obligations/{obligation}/hold-by-court", ORDER)
    assert held == {"obligation": obligation, "held_by_court": True}
    assert service.get("gear", f"/v1/vouchers/{piece}")["state"] == "on_hold"
    assert service.refused("gear", f"/v1/vouchers/{piece}/transfer", transfer_of(service)) == (422, "PieceOnHold")
    released = service.post("regulator", f"/v1/obligations/{obligation}/release-by-court", ORDER)
    assert released == {"obligation": obligation, "held_by_court": False}
    assert service.get("gear", f"/v1/vouchers/{piece}")["state"] == "held"


def test_nobody_but_a_regulator_holds_for_a_court(service, piece):
    obligation = piece.rpartition(".")[0]
    for who in ("crane", "gear", "harbour", "operator"):
        for address in (f"/v1/vouchers/{piece}", f"/v1/obligations/{obligation}"):
            for verb in ("hold-by-court", "release-by-court"):
                assert service.refused(who, f"{address}/{verb}", ORDER) == (403, "NotPermitted")
    for address in ("/v1/vouchers/200.1.1.1", "/v1/obligations/200.1.1"):
        assert service.refused("regulator", f"{address}/hold-by-court", ORDER) == (404, "NotFound")


# --- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "verb", "body", "signs"),
    [("gear", "dispute", REASON, "Dispute"), ("regulator", "hold-by-court", ORDER, "HoldByCourt")],
)
def test_who_keeps_its_key_signs_what_it_holds(service, piece, who, verb, body, signs):
    with own_wallet_of(service, who) as account:
        told = service.ask(who, "POST", f"/v1/vouchers/{piece}/{verb}", json=body).json()
        assert told["to_sign"]["message"]["key"] == account.address
        assert service.get("gear", f"/v1/vouchers/{piece}/holds") == []
        asked, told = service.signed(who, account, told)
    assert (asked, told["state"], told["result"]["state"]) == ([signs], "succeeded", "on_hold")


# --- 3 ---------------------------------------------------------------------------------------------------------------


def test_what_is_on_hold_is_paid_all_the_same(service):
    """Last, because time passes. What a court holds is paid to its account."""
    disputed, held = issued(service, 3_00, 10), issued(service, 5_00, 10)
    service.post("crane", f"/v1/vouchers/{disputed}/dispute", REASON)
    service.post("regulator", f"/v1/vouchers/{held}/hold-by-court", ORDER)
    advance_clock(service.workspace.web3, service.workspace.now() + 11 * 86_400)
    service.workspace.indexer.catch_up()
    answer = service.post("crane", "/v1/redemptions", {"vouchers": [disputed, held]})
    assert answer == {"vouchers": [disputed, held], "left": {}}
    balances = [balance_of(service, who) for who in ("gear", "regulator")]
    assert balances == [3_00, 5_00]


def balance_of(service, who: str) -> int:
    workspace, bank = service.workspace, service.world.id("harbour")
    token, account = f"DepositToken:{bank}:{CURRENCY}", workspace.keyring.addresses()[service.world.id(who)]
    return int(workspace.contracts.read(token, "balanceOf", account))
