"""`verify` against a real chain: all is well on a true story, and whatever is bent, in whichever source, is found and named.

1. Storage, events, books and documents of a true story agree in every check.
2. A word changed past the contracts is found; the piece (or line, document, party) is named.
3. A row changed, missing or too many in the books is found and named.
4. A document changed, missing or added is found, with the pieces that rest on it.
5. A movement without the owner's key, and a sale without its cash, are found and named.
6. The books and the planner share no code with the verification.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from story import HOLLOW_TOKEN, Story, document, set_word, write

import chain.verification
from benchmarks.stage import DAY, Actor
from chain.identifiers import PieceId
from chain.language import translate
from chain.verification import (
    BookEvidence,
    BookFigures,
    BookFinancing,
    BookLine,
    BookObligation,
    BookPiece,
    VerificationReport,
)
from chain.verification.layout import mapping_slot
from chain.verification.ledger import (
    COMMITMENTS,
    DOCUMENTS,
    EVIDENCE_OF_IDENTITY,
    FINANCINGS,
    HOLDS,
    ISSUERS,
    LINES,
    LOSSES,
    OBLIGATIONS,
    PARTIES,
    PARTY_OF_KEY,
    PIECES,
    RARITIES_OF,
    TERMS_OF_LINES,
)
from chain.verification.node import NodeReader

Doubt = Callable[..., VerificationReport]
Overwrite = Callable[..., None]

EVERY_CHECK = [
    *(f"invariant_{number}" for number in range(1, 10)),
    "storage_is_events",
    "chain_is_books",
    "chain_is_documents",
]


def failed(report: VerificationReport) -> set[str]:
    return {check.name for check in report.checks if not check.ok}


def said(report: VerificationReport) -> str:
    return "\n".join(str(difference) for difference in report.differences)


def dotted(piece: int) -> str:
    return f"piece {PieceId.from_chain(piece)}"


# --- 1. a true story -----------------------------------------------------------------------------------------------


def test_a_true_story_holds_in_every_check(doubt: Doubt) -> None:
    report = doubt()
    assert said(report) == ""
    assert report.ok
    assert [check.name for check in report.checks] == EVERY_CHECK
    figures = {check.name: check.figures for check in report.checks}
    assert figures["invariant_1"]["face_minor"] == 1_030_000
    assert figures["invariant_1"]["redeemed_minor"] == 80_000
    assert figures["invariant_1"]["voided_minor"] == 100_000
    assert figures["invariant_2"]["used_minor"] == figures["invariant_1"]["live_minor"] == 850_000
    assert figures["invariant_2"]["financed_minor"] == 100_000
    assert figures["invariant_5"]["longest"] == 5
    assert figures["invariant_8"]["redeemed_cash_minor"] == 80_000
    assert figures["chain_is_documents"]["credited_minor"] == 100_000


def test_the_report_is_json_and_speaks_chinese(doubt: Doubt, story: Story) -> None:
    (story.folder / "C-1.json").unlink()
    report = doubt()
    assert json.loads(json.dumps(report.as_json()))["ok"] is False
    chinese = report.as_json("zh")
    for check in chinese["checks"]:
        assert not check["title"].isascii(), f"'{check['title']}' has no Chinese"
        for difference in check["differences"]:
            assert not difference["text"].isascii()


def test_every_difference_has_its_chinese() -> None:
    sentences = set()
    for source in Path(chain.verification.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("Difference", "Check", "found"):
                sentences |= {one.value for one in node.args[1:2] if isinstance(one, ast.Constant)}
    assert len(sentences) > 50
    assert sorted(one for one in sentences if translate(one, "zh") == one) == []


def test_without_books_everything_else_is_checked(doubt: Doubt) -> None:
    report = doubt(books=None)
    assert report.ok
    assert "chain_is_books" not in {check.name for check in report.checks}


# --- 2. storage ----------------------------------------------------------------------------------------------------


PIECE_CHANGES = {
    "amount": (lambda word: word + 1, {"invariant_1", "invariant_2", "invariant_3"}),
    "owner": (lambda word: word ^ (1 << 64), {"invariant_4"}),
    "parent": (lambda word: word ^ (1 << 96), set()),
    "parent is itself": (lambda word: word & ~(0xFFFF << 96) | 6 << 96, {"invariant_5"}),
    "evidence": (lambda word: word ^ (1 << 112), {"invariant_3", "invariant_4"}),
    "evidence that is none": (lambda word: word | 0xFF << 112, {"invariant_4"}),
    "use index": (lambda word: word + (1 << 152), set()),
    "hops": (lambda word: word + (1 << 168), {"invariant_5"}),
    "tier": (lambda word: word + (1 << 176), {"invariant_5"}),
    "state redeemed": (lambda word: word ^ ((2 ^ 5) << 184), {"invariant_1"}),
    "state that is none": (lambda word: word | 0xF << 184, {"invariant_1"}),
    "never made": (lambda word: 0, {"invariant_1"}),
    "financed": (lambda word: word | 1 << 188, {"invariant_2"}),
    "marked": (lambda word: word | 2 << 188, set()),
    "deadline": (lambda word: word + (1 << 192), set()),
    "open offers": (lambda word: word + (1 << 224), set()),
    "children": (lambda word: word + (1 << 240), set()),
}


@pytest.mark.parametrize("change", PIECE_CHANGES)
def test_a_piece_changed_in_storage_is_found_and_named(
    change: str, doubt: Doubt, overwrite: Overwrite, story: Story
) -> None:
    how, expected = PIECE_CHANGES[change]
    overwrite(PIECES, (story.pieces["grandchild"],), how)
    report = doubt()
    assert expected | {"storage_is_events"} <= failed(report)
    assert dotted(story.pieces["grandchild"]) in said(report)


WORD_CHANGES: dict[str, tuple[Any, Callable[[Story], tuple[int, ...]], Callable[[int], int], str, str]] = {
    "face of an obligation": (OBLIGATIONS, lambda s: (s.pieces["root"] >> 16,), lambda w: w + 1, "invariant_1", "obligation "),
    "live of an obligation": (
        OBLIGATIONS, lambda s: (s.pieces["root"] >> 16,), lambda w: w + (1 << 64), "invariant_1", "obligation "
    ),
    "maturity of an obligation": (
        OBLIGATIONS, lambda s: (s.pieces["root"] >> 16,), lambda w: w + (1 << 128), "invariant_6", "obligation "
    ),
    "a piece hidden by its counter": (
        OBLIGATIONS, lambda s: (s.pieces["root"] >> 16,), lambda w: w - (1 << 144), "storage_is_events", "obligation "
    ),
    "used of a line": (LINES, lambda s: (s.line,), lambda w: w + (1 << 64), "invariant_2", "line "),
    "limit of a line": (LINES, lambda s: (s.line,), lambda w: w - 4_500_000, "invariant_2", "line "),
    "expiry of a line": (LINES, lambda s: (s.line,), lambda w: w - (700 << 216), "invariant_6", "obligation "),
    "a counter gone wild": (LINES, lambda s: (s.line,), lambda w: w | 0xFFFFFF << 192, "storage_is_events", "line "),
    "allotted of a line": (LINES, lambda s: (s.line,), lambda w: w + (1 << 128), "invariant_2", "line "),
    "loss of an obligation": (LOSSES, lambda s: (s.pieces["root"] >> 16,), lambda w: 5, "invariant_1", "obligation "),
    "a hold out of nothing": (HOLDS, lambda s: (s.pieces["root"],), lambda w: 4, "storage_is_events", "piece "),
    "an allotment out of nothing": (
        TERMS_OF_LINES, lambda s: (s.line,), lambda w: w + (1 << 40), "storage_is_events", "line "
    ),
    "credited of a document": (RARITIES_OF, lambda s: (s.evidence["B-1"],), lambda w: 7, "storage_is_events", "evidence "),
    "bank of a line": (TERMS_OF_LINES, lambda s: (s.line,), lambda w: w + 1, "invariant_6", "line "),
    "overdue of an issuer": (
        ISSUERS, lambda s: (s.parties["ISSUER"].number,), lambda w: w + (1 << 8), "storage_is_events", "issuer "
    ),
    "financed of a bank": (
        FINANCINGS,
        lambda s: (s.parties["OTHER BANK"].number, s.parties["ISSUER"].number, 1),
        lambda w: w + (1 << 64), "invariant_2", "financing ",
    ),
    "face of a document": (DOCUMENTS, lambda s: (s.evidence["B-1"],), lambda w: w + 1, "chain_is_documents", "evidence "),
    "used of a document": (
        DOCUMENTS, lambda s: (s.evidence["B-1"],), lambda w: w - (1 << 64), "invariant_3", "evidence "
    ),
    "buyer of a document": (
        DOCUMENTS, lambda s: (s.evidence["B-1"],), lambda w: w ^ (1 << 128), "invariant_4", "piece "
    ),
    "commitment of a document": (
        COMMITMENTS, lambda s: (s.evidence["B-1"],), lambda w: w ^ 1, "chain_is_documents", "evidence "
    ),
    "account of a party": (
        PARTIES, lambda s: (s.parties["SUPPLIER"].number,), lambda w: w ^ 1, "storage_is_events", "party "
    ),
    "key of a party": (
        PARTY_OF_KEY, lambda s: (int(s.parties["MILL"].address, 16),), lambda w: 1, "storage_is_events", "key "
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", WORD_CHANGES)
def test_any_other_word_changed_in_storage_is_found_and_named(
    change: str, doubt: Doubt, overwrite: Overwrite, story: Story
) -> None:
    mapping, keys, how, check, subject = WORD_CHANGES[change]
    overwrite(mapping, keys(story), how)
    report = doubt()
    assert check in failed(report)
    assert subject in said(report)


def test_a_document_under_another_identity_is_found(doubt: Doubt, overwrite: Overwrite, story: Story) -> None:
    registered = {
        event.arguments["evidence"]: int(event.arguments["identity"], 16)
        for event in story.stage.contracts.decode_logs(
            story.stage.web3.eth.get_logs({"fromBlock": 0, "address": story.stage.contracts.addresses["TradeRegistry"]})  # type: ignore[typeddict-item]
        )
        if event.name == "EvidenceRegistered"
    }
    evidence = story.evidence["C-1"]
    overwrite(EVIDENCE_OF_IDENTITY, (registered[evidence],), lambda word: story.evidence["D-2"])
    report = doubt()
    assert "chain_is_documents" in failed(report)
    assert f"evidence {evidence} (piece {PieceId.from_chain(story.pieces['grandchild'])}" in said(report)


def test_cash_in_a_contract_is_found(doubt: Doubt, story: Story) -> None:
    settlement = story.stage.contracts.addresses["Settlement"]
    # Slot 0 of an OpenZeppelin ERC-20 is the mapping of balances.
    set_word(story, story.stage.token, mapping_slot(0, int(settlement, 16)), lambda word: 5)
    report = doubt()
    assert failed(report) == {"invariant_8"}
    assert "Settlement: holds 5 of token" in said(report)


# --- 3. books ------------------------------------------------------------------------------------------------------


def test_a_piece_changed_in_the_books_is_found_and_named(doubt: Doubt, true_books: BookFigures, story: Story) -> None:
    identifier = story.pieces["financed"]
    true = true_books.pieces[identifier]
    for false in (
        BookPiece(true.owner + 1, true.amount_minor, true.state),
        BookPiece(true.owner, true.amount_minor - 1, true.state),
        BookPiece(true.owner, true.amount_minor, 5),
    ):
        report = doubt(books=replace(true_books, pieces={**true_books.pieces, identifier: false}))
        assert failed(report) == {"chain_is_books"}
        assert [difference.subject for difference in report.differences] == [dotted(identifier)]


def test_a_piece_missing_from_the_books_or_invented_is_found_and_named(
    doubt: Doubt, true_books: BookFigures, story: Story
) -> None:
    missing = {key: row for key, row in true_books.pieces.items() if key != story.pieces["offered"]}
    report = doubt(books=replace(true_books, pieces=missing))
    assert f"{dotted(story.pieces['offered'])}: is on chain, but not in the books" in said(report)
    invented = story.pieces["offered"] + 1
    report = doubt(books=replace(true_books, pieces={**true_books.pieces, invented: BookPiece(1, 1, 2)}))
    assert f"{dotted(invented)}: is in the books, but not on chain" in said(report)


@pytest.mark.parametrize("table", ["lines", "evidence", "obligations", "financing", "totals", "enterprises"])
def test_any_other_row_of_the_books_is_held_against_the_chain(
    table: str, doubt: Doubt, true_books: BookFigures, story: Story
) -> None:
    false: dict[str, Any] = {
        "lines": {story.line: BookLine(5_000_000, 849_999)},
        "evidence": {**true_books.evidence, 1: BookEvidence(900_001, 850_000)},
        "obligations": {**true_books.obligations, story.pieces["root"] >> 16: BookObligation(950_000, 1)},
        "financing": {key: BookFinancing(row.limit_minor, 0) for key, row in true_books.financing.items()},
        "totals": {1: true_books.totals[1]._replace(live_minor=0)},
        "enterprises": {story.parties["ISSUER"].number: "TAX:SUPPLIER"},
    }
    report = doubt(books=replace(true_books, **{table: false[table]}))
    assert failed(report) == {"chain_is_documents" if table == "enterprises" else "chain_is_books"}


# --- 4. documents --------------------------------------------------------------------------------------------------


def test_a_changed_document_is_found_with_the_pieces_that_rest_on_it(doubt: Doubt, story: Story) -> None:
    write(story.folder, document("C-1", "PARTSMAKER", "MILL", 140_000))
    report = doubt()
    assert failed(report) == {"chain_is_documents"}
    assert "was confirmed with another content" in said(report)
    assert "was confirmed for 150000, and the file of invoice|TAX:MILL|C1 asks for 140000" in said(report)
    assert dotted(story.pieces["grandchild"]) in said(report)


def test_a_missing_document_is_found_with_the_pieces_that_rest_on_it(doubt: Doubt, story: Story) -> None:
    (story.folder / "A-2.json").unlink()
    report = doubt()
    assert failed(report) == {"chain_is_documents"}
    assert dotted(story.pieces["short"]) in said(report)
    assert "none of the files is that document" in said(report)


def test_a_credit_note_that_takes_back_what_is_used_is_found(doubt: Doubt, story: Story) -> None:
    write(story.folder, document("N-2", "SUPPLIER", "PARTSMAKER", 110_000, "credit_note", "B-1"))
    report = doubt()
    assert failed(report) == {"chain_is_documents"}
    assert (
        "backs 300000, and the file of invoice|TAX:PARTSMAKER|B1 asks for 400000 less 110000 in credit notes"
        in said(report)
    )
    assert dotted(story.pieces["child"]) in said(report)


def test_a_second_file_of_the_same_number_changes_nothing_of_what_was_confirmed(doubt: Doubt, story: Story) -> None:
    forged = document("C-1", "PARTSMAKER", "MILL", 900_000)
    (story.folder / "0 forged.json").write_text(json.dumps(forged), "utf-8")
    assert doubt().ok


def test_another_network_key_finds_no_document(doubt: Doubt, story: Story) -> None:
    (story.folder / "A-2.json").write_text("{}", "utf-8")
    assert "none of the files is that document" in said(doubt())


# --- 5. movements and cash -----------------------------------------------------------------------------------------


def test_a_movement_without_a_key_of_the_owner_is_found_and_named(
    doubt: Doubt, overwrite: Overwrite, story: Story
) -> None:
    thief = Actor("thief", Account.from_key(b"\x07" * 32))
    own = story.parties["SUPPLIER"].number
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: own)
    leg = story.stage.leg(story.parties["PARTSMAKER"], 10_000, story.evidence["B-1"])
    receipt = story.stage.act(thief, "CreditLedger", "transfer", *story.stage.named(story.pieces["root"]), [leg])
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: 0)
    (stolen,) = story.stage.pieces(receipt)
    report = doubt(books=None)
    assert failed(report) == {"invariant_7"}
    assert f"{dotted(stolen)}: PieceOffered in transaction" in said(report)


def test_an_acceptance_that_nobody_of_the_recipient_signed_is_found(
    doubt: Doubt, overwrite: Overwrite, story: Story
) -> None:
    thief = Actor("thief", Account.from_key(b"\x07" * 32), story.parties["PARTSMAKER"].number)
    leg = story.stage.leg(story.parties["PARTSMAKER"], 10_000, story.evidence["B-1"])
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: thief.number)
    consent = story.stage.acceptance(thief, story.pieces["root"], leg)
    receipt = story.stage.act(
        story.parties["SUPPLIER"],
        "CreditLedger",
        "transferAccepted",
        *story.stage.named(story.pieces["root"]),
        [leg],
        [consent],
    )
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: 0)
    (forced,) = story.stage.pieces(receipt)
    report = doubt(books=None)
    assert failed(report) == {"invariant_7"}
    assert f"{dotted(forced)}: PieceAccepted in transaction" in said(report)


def test_a_company_that_is_a_contract_may_move_its_pieces_also_where_the_node_traces_nothing(
    doubt: Doubt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NodeReader, "call_tree", lambda *_: None)
    assert doubt().ok


def test_capacity_that_the_buyer_did_not_sign_is_found(doubt: Doubt, overwrite: Overwrite, story: Story) -> None:
    thief = Actor("thief", Account.from_key(b"\x07" * 32), story.parties["ISSUER"].number)
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: thief.number)
    evidence = story.stage.confirm(thief, story.parties["MILL"], 1_000)
    overwrite(PARTY_OF_KEY, (int(thief.address, 16),), lambda word: 0)
    report = doubt(books=None)
    assert f"evidence {evidence}: has no valid signature of its buyer" in said(report)


def test_credit_before_delivery_is_found(doubt: Doubt, overwrite: Overwrite, story: Story) -> None:
    overwrite(DOCUMENTS, (story.evidence["D-1"],), lambda word: word + (300 << 216))
    report = doubt(books=None)
    assert "invariant_4" in failed(report)
    assert f"{dotted(story.pieces['cooperative'])}: was offered on day" in said(report)


def test_an_acceptance_after_its_deadline_is_found(doubt: Doubt, overwrite: Overwrite, story: Story) -> None:
    overwrite(PIECES, (story.pieces["cooperative"],), lambda word: word - (30 * DAY << 192))
    report = doubt(books=None)
    assert "invariant_7" in failed(report)
    assert f"{dotted(story.pieces['cooperative'])}: was accepted after its deadline" in said(report)


def test_a_payment_before_maturity_is_found(doubt: Doubt, overwrite: Overwrite, story: Story) -> None:
    overwrite(OBLIGATIONS, (story.pieces["short"] >> 16,), lambda word: word + (40 << 128))
    report = doubt(books=None)
    assert failed(report) == {"invariant_6"}
    assert f"{dotted(story.pieces['short'])}: PieceRedeemed on day" in said(report)


def test_a_sale_whose_cash_did_not_move_is_found_and_named(doubt: Doubt, story: Story) -> None:
    stage, mill = story.stage, story.parties["MILL"]
    hollow = stage.send(stage.operator, None, HOLLOW_TOKEN)["contractAddress"]
    stage.act(stage.operator, "Settlement", "approveToken", hollow, 1)
    real, stage.token = stage.token, str(hollow)
    try:
        (sold,) = stage.pieces(stage.finance(mill, story.parties["BANK"], story.pieces["grandchild"], 5_000, 4_900))
    finally:
        stage.token = real
    report = doubt(books=None)
    assert failed(report) == {"invariant_8"}
    assert f"{dotted(sold)}: should move 4900" in said(report)


# --- 6. nothing shared ---------------------------------------------------------------------------------------------


def test_verification_shares_no_code_with_books_planner_or_indexer() -> None:
    script = (
        "import sys, chain.verification, chain.verification.bytecode\n"
        "print([name for name in sys.modules if name.startswith(('chain.books', 'chain.planning', 'chain.indexing', "
        "'chain.store', 'chain.graph', 'chain.commands', 'sqlalchemy', 'ortools'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
