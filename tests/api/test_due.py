"""What falls due is paid, whatever one holder did, to where each holder's cash is; figures that the ledger cannot hold
are refused before anything is signed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account import Account
from little_world import CURRENCY
from sqlalchemy import func, select

from chain.commands.accepted import Wanted, accept
from chain.commands.callers import Callers
from chain.commands.due import due, mark_overdue
from chain.commands.finance import quote, token_name
from chain.commands.told import told
from chain.errors import ContractRefused
from chain.identifiers import PieceId
from chain.issuance.messages import NO_SIGNATURE, AccountJoin, signature
from chain.issuance.node import advance_clock
from chain.issuance.signers import KeystoreSigner
from chain.store.tables import obligations, operations
from tests.api.conftest import own_wallet_of

MADE: dict[str, str] = {}


def _issued(service, to: str, minor: int, days: int = 90, payer: str = "crane") -> str:
    line = service.get(payer, "/v1/lines")[0]["id"]
    maturity = (service.workspace.date() + timedelta(days=days)).isoformat()
    body = {"line": line, "maturity": maturity, "payments": [service.payment(f"{payer}-{to}", to, minor)]}
    piece = service.post(payer, "/v1/vouchers", body)["vouchers"][0]
    service.post(to, f"/v1/vouchers/{piece}/accept", None)
    return piece


def _days_pass(service, days: int) -> None:
    advance_clock(service.workspace.web3, service.workspace.now() + days * 86_400)
    service.workspace.indexer.catch_up()


def _sells_off_chain(service, piece: str, minor: int) -> PieceId:
    """gear locks a part for the bank, whose cash is to come off chain."""
    workspace, gear, bank = service.workspace, service.world.id("gear"), service.world.id("harbour")
    offered = quote(workspace, bank, PieceId.parse(piece), f"R-{minor}", minor)
    offer = replace(offered.offer, cash_token="0x" + "00" * 20)
    signed = signature(workspace.contracts, workspace.signer(bank), offer)
    call = workspace.contracts.call(
        "CreditLedger", "lock", offer.values(), signed, NO_SIGNATURE, offered.price_minor, workspace.now() + 3_600
    )
    transaction = workspace.send(f"gear sells {minor}", gear, call)
    (event,) = workspace.contracts.events_of(transaction, "PieceLocked")
    return PieceId.from_chain(event.arguments["piece"])


@pytest.fixture(scope="module", autouse=True)
def papers(service):
    for deal in service.world.deals:
        service.send_papers(deal)


@pytest.mark.parametrize("maturity", ["0001-01-01", "1969-12-31", "2149-06-07", "2200-01-01", "9999-12-31"])
def test_a_maturity_that_the_ledger_cannot_count_is_refused_before_anybody_signs(service, maturity):
    line = service.get("crane", "/v1/lines")[0]["id"]
    body = {"line": line, "maturity": maturity, "payments": [service.payment("crane-gear", "gear", 1_00)]}
    assert service.refused("crane", "/v1/vouchers", body) == (422, "RequestInvalid")
    with service.workspace.store.read() as connection:
        confirmed = select(func.count()).where(operations.c.key.startswith("confirm:"))
        assert connection.execute(confirmed).scalar() == 0


def test_the_last_day_that_the_ledger_can_count_is_after_the_line(service):
    line = service.get("crane", "/v1/lines")[0]["id"]
    body = {"line": line, "maturity": "2149-06-06", "payments": [service.payment("crane-gear", "gear", 1_00)]}
    assert service.refused("crane", "/v1/vouchers", body)[0] == 422


def test_a_deposit_goes_where_the_company_is_paid_and_the_same_key_is_answered_still(service):
    workspace, yarn, bank = service.workspace, service.world.id("yarn"), service.world.id("valley")
    _issued(service, "yarn", 1_00, payer="loom")  # under a line of the bank's, which knows the company by that
    body = {"enterprise": yarn, "amount": {"minor": 3_00, "currency": CURRENCY}}
    first = service.post("valley", "/v1/deposits", body, key="before-the-move")
    other = Account.create()
    away, until = other.address, workspace.web3.eth.get_block("latest")["timestamp"] + 3_600
    join = AccountJoin(workspace.party(yarn), away, until)
    _, proof = signature(workspace.contracts, KeystoreSigner(other), join)
    call = workspace.contracts.call("Participants", "proposeAccount", away, 0, until, proof)
    workspace.send("yarn announces another account", yarn, call)
    _days_pass(service, 4)
    call = workspace.contracts.call("Participants", "applyAccountChange", workspace.party(yarn))
    workspace.send("yarn's account changes", yarn, call)
    assert service.post("valley", "/v1/deposits", body, key="before-the-move") == first
    after = service.post("valley", "/v1/deposits", body)
    assert after["balance"]["minor"] == 3_00
    assert workspace.contracts.read(token_name(bank, CURRENCY), "balanceOf", away) == 3_00


def test_a_holders_locked_sale_keeps_nobody_from_being_paid(service):
    MADE["gear"], MADE["pump"] = _issued(service, "gear", 10_000_00), _issued(service, "pump", 20_000_00)
    workspace, gear, valley = service.workspace, service.world.id("gear"), service.world.id("valley")
    call = workspace.contracts.call(
        "Participants", "proposeAccount", workspace.signer(gear).address, workspace.party(valley), 0, b""
    )
    workspace.send("gear announces its account bank", gear, call)
    _days_pass(service, 4)
    call = workspace.contracts.call("Participants", "applyAccountChange", workspace.party(gear))
    workspace.send("gear has an account bank", gear, call)
    # One sale that nobody attests, and one of all that is left which is attested and not contested.
    lapsed, sold = (_sells_off_chain(service, MADE["gear"], minor) for minor in (1_000_00, 9_000_00))
    (named,) = workspace.references([sold])
    call = workspace.contracts.call("CreditLedger", "attestReceipt", named.chain, b"wired".ljust(32, b"\0"))
    workspace.send("valley attests", valley, call)
    _days_pass(service, 91)
    assert {d.state for d in due(workspace, service.world.id("crane"))} == {"held", "locked"}
    answer = service.post("crane", "/v1/redemptions", {})
    assert answer["left"] == {}
    assert set(answer["vouchers"]) == {MADE["gear"], MADE["pump"], str(sold)}
    for who, piece in (("gear", MADE["gear"]), ("pump", MADE["pump"]), ("harbour", sold)):
        assert service.get(who, f"/v1/vouchers/{piece}")["state"] == "redeemed"
    assert service.get("gear", f"/v1/vouchers/{lapsed}")["state"] == "expired"


def test_a_redemption_by_an_own_wallet_tells_all_that_its_signatures_paid(service, monkeypatch):
    monkeypatch.setattr("chain.commands.mature.PIECES_A_REDEMPTION", 1)
    due_now = [_issued(service, "gear", minor, 10) for minor in (1_00, 2_00)]
    _days_pass(service, 11)
    with own_wallet_of(service, "crane") as account:
        told = service.ask("crane", "POST", "/v1/redemptions", json={}).json()
        signed, told = service.signed("crane", account, told)
    assert signed == ["Redeem", "Redeem"]
    assert (told["state"], told["result"]) == ("succeeded", {"vouchers": due_now, "left": {}})


def test_a_redemption_that_an_older_version_accepted_pays_what_is_due(service):
    """It did not write down after which block it was accepted."""
    piece = _issued(service, "gear", 1_50, 10)
    _days_pass(service, 11)
    caller = Callers(service.workspace).of_key(service.keys["crane"])
    asked = {"vouchers": None, "obligations": [piece.rpartition(".")[0]]}
    wanted = Wanted(caller.enterprise, caller.actor, caller.eyes, "of an older version", "redeem", {}, settled=asked)
    accept(service.workspace, wanted, told)
    while (done := service.get("crane", f"/v1/operations/{wanted.id}"))["state"] in ("accepted", "running"):
        time.sleep(0.1)
    assert (done["state"], done["result"]["vouchers"]) == ("succeeded", [piece])


def test_a_piece_that_cannot_be_paid_is_left_with_its_rule_and_the_others_are_paid(service):
    paid, later, also = (_issued(service, "gear", minor, days) for minor, days in ((1_00, 10), (2_00, 60), (3_00, 10)))
    _days_pass(service, 11)
    body = {"vouchers": [paid, later, also]}
    answer = service.post("crane", "/v1/redemptions", body, key="one-is-too-early")
    assert answer == {"vouchers": [paid, also], "left": {later: "NotMature"}}
    assert service.post("crane", "/v1/redemptions", body, key="one-is-too-early") == answer
    assert service.get("gear", f"/v1/vouchers/{later}")["state"] == "held"
    assert service.refused("crane", "/v1/redemptions", {"vouchers": [later]}) == (422, "NotMature")


def test_an_obligation_that_cannot_be_marked_keeps_no_other_from_being_marked(service, monkeypatch):
    one, two = _issued(service, "gear", 4_00, 5), _issued(service, "gear", 5_00, 5)
    failing = PieceId.parse(one).obligation
    asked = service.workspace.contracts.read

    def read(contract, function, *arguments):
        if (function, arguments) == ("firstOverdueDay", (failing.chain,)):
            raise ContractRefused(name="Reverted", arguments="", advice="")
        return asked(contract, function, *arguments)

    monkeypatch.setattr(service.workspace.contracts, "read", read)
    _days_pass(service, 20)
    mark_overdue(service.workspace)
    with service.workspace.store.read() as connection:
        known = set(connection.execute(select(obligations.c.id).where(obligations.c.overdue)).scalars())
    assert failing.chain not in known
    assert PieceId.parse(two).obligation.chain in known
