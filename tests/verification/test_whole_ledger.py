"""The rare ways of the ledger are told the same by storage, by its events, and by the books that fold them.

1. After a story with draws, locks, holds, losses, guarantees, recourse, recoveries and loans, every check holds.
2. What is bent in a word of these is found and named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from story import set_word
from test_verification import failed, said
from whole_story import LOT, REASON, Whole

from chain.books import fold
from chain.commands.reconcile import payments_counted
from chain.commands.verify import LEDGER_CONTRACTS, book_figures
from chain.commands.workspace import Home
from chain.issuance.interfaces import interface
from chain.verification import VerificationReport, signatures, verify
from chain.verification.layout import StorageLayout, array_slot, mapping_slot
from chain.verification.ledger import (
    ALLOTMENTS,
    BACKERS,
    CLAIMS,
    GOODS,
    GUARANTEES,
    HOLDS,
    LOANS,
    LOSSES,
    PARTIES,
    RARITIES_OF,
    RECEIPTS,
    Mapped,
)

#: Its documents are no files here.
WITHOUT_FILES = {"chain_is_documents"}


@pytest.fixture
def doubt(whole: Whole, home: Home) -> Callable[[], VerificationReport]:
    contracts = whole.stage.contracts

    def run() -> VerificationReport:
        return verify(
            endpoint=whole.stage.endpoint,
            addresses=contracts.addresses,
            interfaces={name: interface(contracts.artifacts, name) for name in LEDGER_CONTRACTS},
            layouts={name: contracts.artifacts[name].storage_layout for name in LEDGER_CONTRACTS},
            documents=[],
            network=None,
            network_key=bytes(32),
            books=book_figures(home),
        )

    return run


def test_the_whole_ledger_holds_in_every_check(whole: Whole, doubt: Callable[[], VerificationReport]) -> None:
    report = doubt()
    told = "\n".join(
        str(difference)
        for check in report.checks
        if check.name not in WITHOUT_FILES
        for difference in check.differences
    )
    assert told == ""
    figures = {check.name: check.figures for check in report.checks}
    assert figures["invariant_1"]["written_off_minor"] > 0
    assert figures["invariant_2"]["allotted_minor"] == 250_000
    assert figures["invariant_7"]["signed_orders"] == 1
    assert figures["invariant_9"]["loans"] == 2


def test_payments_off_chain_are_claims_on_banks_statements(whole: Whole, home: Home) -> None:
    """What was confirmed and what was attested of one piece; what was contested is none."""
    with home.store.read() as connection:
        claims = payments_counted(connection, whole.stage.contracts.decoder, {})
    paid = [claim for claim in claims if claim.reference == REASON]
    by_piece = {claim.piece: [one.amount_minor for one in paid if one.piece == claim.piece] for claim in paid}
    assert [50_000, 70_000] in by_piece.values()
    assert all(claim.currency == "CNY" and claim.amount_minor > 0 for claim in claims)


def test_the_story_is_told_by_every_kind_of_event(whole: Whole) -> None:
    """But for those that only a refusal, an administrator or a shortage brings about."""
    contracts = whole.stage.contracts
    addresses: Any = list(contracts.addresses.values())
    logs = whole.stage.web3.eth.get_logs({"fromBlock": 0, "address": addresses})
    missing = fold.HANDLERS.keys() - {event.name for event in contracts.decode_logs(logs)}
    assert missing <= {
        "AccountChangeCancelled", "AllotmentExpired", "AttestationContested", "BatchAdmitted", "BatchClosed",
        "BatchRegistered", "DrawsEnded", "IssuanceResumed", "KeyAdded", "KeyRemoved", "LienGivenUp", "LineLimitChanged",
        "LineResumed", "LineSuspended", "LoanClosed", "LoanDefaulted", "ObligationCured", "PartyRegrouped",
        "PartyReinstated", "PartyRenewed", "PartySuspended", "PaymentContested", "PieceExpired", "PieceRedeemed",
        "PieceRejected", "ReceiptTransferred", "ReceiptWithdrawn", "RecoveryVetoed", "ReturnHoldEnded",
    }  # fmt: skip


#: What is bent: contract's mapping, keys by the story, change → check, and what it names.
BENT: dict[str, tuple[Mapped, Callable[[Whole], tuple[int, ...]], Callable[[int], int], str, str]] = {
    "an allotment": (ALLOTMENTS, lambda w: (w.line << 16 | 2,), lambda word: word + 1, "invariant_2", "line "),
    "a backer": (BACKERS, lambda w: (w.line, 0), lambda word: word + (1 << 32), "storage_is_events", "line "),
    "a loss": (LOSSES, lambda w: (w.line << 24 | 1,), lambda _: 9, "invariant_1", "obligation "),
    "a hold": (HOLDS, lambda w: (w.line << 40 | 1 << 16 | 1,), lambda _: 4, "chain_is_books", "hold "),
    "a group": (PARTIES, lambda w: (w.parties["ONE"].number,), lambda word: word + (1 << 200), "storage_is_events", "party "),
    "an order that was fulfilled": (
        RARITIES_OF, lambda w: (int(w.stage.read("TradeRegistry", "evidenceCount")),), lambda word: word ^ 1 << 64,
        "storage_is_events", "evidence ",
    ),
    "a lot": (GOODS, lambda _: (int.from_bytes(LOT, "big"),), lambda word: word + (1 << 64), "invariant_9", "lot "),
    "a receipt": (RECEIPTS, lambda _: (1,), lambda word: word + 1, "invariant_9", "receipt 1"),
    "a loan": (LOANS, lambda _: (1,), lambda word: word + 1, "storage_is_events", "loan 1"),
    "what a loan rests on": (CLAIMS, lambda _: (2,), lambda word: word + (1 << 176), "storage_is_events", "loan 2"),
}  # fmt: skip


@pytest.mark.parametrize("what", BENT)
def test_what_is_bent_is_found_and_named(what: str, whole: Whole, doubt: Callable[[], VerificationReport]) -> None:
    mapping, keys, change, check, subject = BENT[what]
    layout = StorageLayout(whole.stage.contracts.artifacts[mapping.contract].storage_layout)
    slot = mapping_slot(layout.mapping(*mapping.types, variable=mapping.variable), *keys(whole))
    _bent(whole, mapping.contract, slot, change, doubt, check, subject)


def test_a_sale_that_the_bank_did_not_sign_is_found_and_named(
    doubt: Callable[[], VerificationReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signatures, "SALE_CONSENT", signatures.SALE_CONSENT.replace("uint40 loan", "uint40 other"))
    report = doubt()
    assert "invariant_9" in failed(report)
    assert "loan 1: came to rest on an invoice without its bank's signature" in said(report)


def test_a_guarantee_that_is_bent_is_found_and_named(whole: Whole, doubt: Callable[[], VerificationReport]) -> None:
    layout = StorageLayout(whole.stage.contracts.artifacts["CreditLedger"].storage_layout)
    base = layout.mapping(*GUARANTEES.types)
    guaranteed = next(
        number for number in range(1, 100)
        if int.from_bytes(_word(whole, "CreditLedger", mapping_slot(base, whole.line << 24 | number)), "big")
    )  # fmt: skip
    slot = array_slot(mapping_slot(base, whole.line << 24 | guaranteed), 0)
    _bent(whole, "CreditLedger", slot, lambda word: word + (1 << 48), doubt, "storage_is_events", "obligation ")


def _bent(
    whole: Whole, contract: str, slot: int, change: Callable[[int], int], doubt: Callable[[], VerificationReport],
    check: str, subject: str,
) -> None:  # fmt: skip
    provider = whole.stage.web3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    try:
        set_word(whole, whole.stage.contracts.addresses[contract], slot, change)  # type: ignore[arg-type]
        report = doubt()
    finally:
        provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    assert check in failed(report)
    assert subject in said(report)


def _word(whole: Whole, contract: str, slot: int) -> bytes:
    address: Any = whole.stage.contracts.addresses[contract]
    return bytes(whole.stage.web3.eth.get_storage_at(address, slot))
