"""Chain = books = documents = bank statements; each difference names its piece and what to do.

1. A payment off chain that the ledger counts stands in a statement once, with its amount, payer and payee.
2. A statement that shows money for a piece is on the ledger too.
3. Where all agree nothing is found; whatever one side changes is.
"""

import json
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from chain.cli import main
from chain.commands.reconcile import (
    RULES,
    STUCK_SECONDS,
    Claim,
    differences_by_rule,
    held_against_statements,
    last_reconciliation,
    reconcile,
    stuck,
)
from chain.commands.workspace import existing_workspace, open_home
from chain.documents.directory import Directory
from chain.documents.model import DocumentType, Party, PartyIdentifier, Source, TradeDocument
from chain.identifiers import PieceId
from chain.issuance.messages import short_text
from chain.store.tables import files, operations, pieces

ISSUER, HOLDER, OTHER = (PartyIdentifier("LEI", value) for value in
                         ("213800KUD8LAJWSQ9D15", "529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12"))  # fmt: skip


def entry(reference, minor, *, payer=ISSUER, payee=HOLDER, number=None, currency="CNY", reversal=False):
    """One entry of a bank's statement."""
    return TradeDocument(
        type=DocumentType.PAYMENT, number=number or f"BANK-{reference}", source=Source("s.xml", None, "test", "0" * 64),
        seller=Party("", (payee,)), buyer=Party("", (payer,)), keeper=Party("Bank", ()), issue_date=date(2026, 5, 1),
        currency=currency, payable_minor=minor, end_to_end=reference, reversal=reversal,
    )  # fmt: skip


def claim(piece, reference, minor, currency="CNY"):
    """One payment that the ledger counts."""
    word = short_text(reference) if reference else bytes(32)
    return Claim(PieceId.parse(piece), minor, currency, word, f"LEI:{ISSUER.value}", f"LEI:{HOLDER.value}")


def rules(claims, entries):
    found = held_against_statements(claims, entries, Directory.from_documents(entries, None))
    return [(one.subject, one.difference.rule) for one in found]


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.randoms())
def test_where_both_sides_say_the_same_nothing_is_found_in_whatever_order_they_come(amounts, random):
    claims = [claim(f"7.1.3.{n}", f"E2E-{n}" if n % 2 else "", minor) for n, minor in enumerate(amounts, 1)]
    entries = [entry(f"E2E-{n}" if n % 2 else f"7.1.3.{n}", minor) for n, minor in enumerate(amounts, 1)]
    random.shuffle(entries)
    assert rules(claims, entries) == []


@given(st.integers(1, 10**12), st.integers(-5, 5).filter(bool))
def test_another_amount_is_found(minor, more):
    if minor + more > 0:
        assert rules([claim("7.1.3.2", "A", minor)], [entry("A", minor + more)]) == [
            ("piece 7.1.3.2", "PaymentDiffers")
        ]


@pytest.mark.parametrize(
    ("claims", "entries", "rule"),
    [
        ([claim("7.1.3.2", "A", 5)], [], "PaymentInNoStatement"),
        ([claim("7.1.3.2", "A", 5)], [entry("B", 5)], "PaymentInNoStatement"),
        ([claim("7.1.3.2", "A", 5)], [entry("A", 5, currency="EUR")], "PaymentDiffers"),
        ([claim("7.1.3.2", "A", 5)], [entry("A", 5, payer=OTHER)], "PaymentBetweenOthers"),
        ([claim("7.1.3.2", "A", 5)], [entry("A", 5, payee=OTHER)], "PaymentBetweenOthers"),
        ([claim("7.1.3.2", "A", 5), claim("7.1.3.3", "A", 5)], [entry("A", 5)], "PaymentCountedTwice"),
        ([claim("7.1.3.2", "A", 5)], [entry("A", 5), entry("A", 5, number="BACK", reversal=True)], "PaymentTakenBack"),
        ([], [entry("7.1.3.2", 5)], "PaymentNotOnLedger"),
    ],
)  # fmt: skip
def test_what_one_side_does_not_say_is_found_with_its_piece(claims, entries, rule):
    assert rules(claims, entries) == [("piece 7.1.3.2", rule)]


def test_one_transfer_that_pays_several_pieces_is_no_difference():
    assert rules([claim("7.1.3.2", "A", 5), claim("7.1.3.3", "A", 7)], [entry("A", 12)]) == []


def test_the_banks_own_number_is_a_reference_too_and_other_money_is_nobodys_matter():
    assert rules([claim("7.1.3.2", "N-1", 5)], [entry("", 5, number="N-1"), entry("RENT", 9)]) == []


def test_a_home_that_agrees_has_no_difference_and_the_run_is_kept(copied):
    with existing_workspace(copied) as workspace:
        result = reconcile(workspace)
        assert result.ok, [one.as_json() for one in result.found]
        assert result.compared["pieces"] > 0
        kept = last_reconciliation(workspace)
    assert (kept["block_number"], kept["found"], kept["compared"]) == (result.block_number, [], result.compared)
    assert set(differences_by_rule(kept["found"]).values()) == {0}


def test_what_was_changed_behind_its_back_is_found_and_said_with_what_to_do(copied, capsys):
    with open_home(copied) as home:
        with home.store.begin() as connection:
            row = connection.execute(select(pieces).where(pieces.c.amount_minor > 0)).mappings().first()
            same = (pieces.c.obligation == row["obligation"]) & (pieces.c.index == row["index"])
            connection.execute(update(pieces).where(same).values(amount_minor=row["amount_minor"] + 1))
            unused = (
                connection.execute(select(files.c.sha256).where(files.c.read).order_by(files.c.id.desc()))
                .scalars()
                .first()
            )
        home.originals.delete(unused)
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "--lang", "zh", "reconcile", "--json"])
    assert end.value.code == 1
    found = json.loads(capsys.readouterr().out)["found"]
    assert {"BooksDiffer", "OriginalMissing"} <= {one["rule"] for one in found}
    piece = PieceId(PieceId.from_chain(row["obligation"] << 16).obligation, row["index"])
    assert f"piece {piece}" in {one["subject"] for one in found}
    assert all(one["text"] and one["next_step"] and not one["next_step"].isascii() for one in found)


def test_an_operation_that_stays_open_is_stuck(store):
    now = int(time.time())
    row = {"input_hash": "", "kind": "issue", "signer": "0x", "call_data": b"", "error": None}
    with store.begin() as connection:
        for key, state, age in (
            ("old", "submitted", STUCK_SECONDS + 60),
            ("new", "submitted", 1),
            ("done", "mined", 9_999),
        ):
            connection.execute(insert(operations).values(**row, key=key, state=state, recorded_at=now - age))
        assert [one.subject for one in stuck(connection, now)] == ["operation old"]


def test_every_rule_says_what_to_do():
    assert all(rule.message and rule.next_step for rule in RULES)
