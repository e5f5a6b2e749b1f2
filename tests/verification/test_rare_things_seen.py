"""Receipts, liens, loans, guarantees, holds and sales off chain as each party of the whole story may read them.

1. Each is there for those that it concerns, in the figures that the ledger tells.
2. What one may not see answers as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select
from whole_story import LOT, Whole

from chain.commands.callers import AT_THE_MACHINE
from chain.commands.duties import fitting
from chain.commands.seen.acquaintance import parties_met
from chain.commands.seen.financings import FinancingState, sales_seen
from chain.commands.seen.holds import HoldKind, holds_seen
from chain.commands.seen.obligations import obligation_seen, obligations_seen, overdue_seen
from chain.commands.seen.parties import party_seen
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.warehouse import loan_seen, loans_seen, receipt_seen, receipts_seen
from chain.commands.workspace import Home
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.indexing.indexer import Indexer
from chain.money import Money
from chain.network import Role
from chain.settings import Settings
from chain.store.database import Store
from chain.store.tables import holds, obligations
from tests import databases as real

READS_ALL = AT_THE_MACHINE


@pytest.fixture(scope="module", params=real.KINDS)
def home(request: pytest.FixtureRequest, whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The books, folded from the story's events, on both kinds of database."""
    folder = tmp_path_factory.mktemp("books")
    with ExitStack() as stack:
        address: Path | str = folder / "pearl.sqlite3"
        if request.param == "postgresql":
            address = stack.enter_context(request.getfixturevalue("postgresql_server").database())
        store = Store.open(address)
        stack.callback(store.close)
        Indexer(store, whole.stage.contracts).catch_up()
        yield Home(Settings(home=folder), store)


@pytest.fixture(scope="module")
def as_(whole: Whole) -> Callable[[str], Viewer]:
    """The viewer of that name; nobody is in a register here."""

    def viewer(name: str) -> Viewer:
        role = Role.BANK if "BANK" in name or name == "SECOND" else Role.SUPPLIER
        return Viewer(
            name, name, frozenset({role}), whole.parties[name].number, "key:1", fitting(frozenset({role})), "key:1"
        )

    return viewer


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def guaranteed(home: Home) -> ObligationId:
    with home.store.read() as connection:
        return ObligationId.from_chain(
            connection.execute(select(obligations.c.id).where(obligations.c.recourse)).scalar_one()
        )


# --- goods in store ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ONE", "KEEPER"])
def test_a_receipt_is_for_its_owner_and_its_keeper(home, as_, whole, who):
    ((receipt,), cursor) = receipts_seen(home, as_(who))
    assert cursor is None
    assert receipt == receipt_seen(home, as_(who), receipt.id) == receipt_seen(home, READS_ALL, receipt.id)
    assert (receipt.quantity, receipt.lot.measured, receipt.lot.id) == (600, 1_000, f"0x{LOT.hex()}")
    assert receipt.owner.name == f"#{whole.parties['ONE'].number}"
    assert receipt.lot.confirmed_by.name == f"#{whole.parties['ATTESTOR'].number}"
    assert (receipt.state, receipt.lien) == ("live", None)  # the goods are sold, and the loan rests on the invoice


@pytest.mark.parametrize("who", ["TWO", "BANK", "ISSUER", "ATTESTOR"])
def test_a_receipt_of_others_is_not_there(home, as_, who):
    assert receipts_seen(home, as_(who)) == ((), None)
    for number in (1, 99):
        with pytest.raises(NotFound):
            receipt_seen(home, as_(who), number)


@pytest.mark.parametrize("who", ["ONE", "BANK"])
def test_a_loan_is_for_its_two_sides(home, as_, who):
    found, _ = loans_seen(home, as_(who))
    assert found == loans_seen(home, READS_ALL)[0]
    on_goods, on_order = found
    assert (on_goods.collateral, on_goods.resting_on_sale, on_goods.limit) == ("warehouse_receipt", True, cny(250_000))
    assert (on_order.collateral, on_order.receipt) == ("order", None)
    assert 0 < on_order.principal.minor < 120_000
    first, cursor = loans_seen(home, as_(who), most=1)
    assert first + loans_seen(home, as_(who), after=cursor)[0] == found


@pytest.mark.parametrize("who", ["KEEPER", "TWO", "SECOND"])
def test_a_loan_of_others_is_not_there(home, as_, who):
    assert loans_seen(home, as_(who)) == ((), None)
    with pytest.raises(NotFound):
        loan_seen(home, as_(who), 1)


# --- obligations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ISSUER", "BANK", "SECOND"])
def test_issuer_bank_and_backer_read_all_sums_of_an_obligation(home, as_, who):
    read = obligation_seen(home, as_(who), guaranteed(home))
    parts = (read.sums.live, read.sums.redeemed, read.sums.voided, read.sums.written_off)
    assert read.face == cny(600_000) == cny(sum(part.minor for part in parts))
    (guarantee,) = read.guarantees
    assert (guarantee.basis_points, guarantee.paid) == (3_000, cny(150_000))
    assert read.recourse


def test_every_obligations_face_is_what_became_of_it(home):
    for one in obligations_seen(home, READS_ALL, most=500)[0]:
        parts = (one.sums.live, one.sums.redeemed, one.sums.voided, one.sums.written_off)
        assert one.face.minor == sum(part.minor for part in parts)


def test_a_guarantor_reads_what_it_answers_for_and_no_sums(home, as_):
    read = obligation_seen(home, as_("GUARANTOR"), guaranteed(home))
    assert (read.face, read.sums) == (cny(600_000), None)
    assert read.guarantees[0].paid == cny(150_000)


def test_a_holder_reads_who_guarantees_and_nothing_of_what_was_paid(home, as_):
    read = obligation_seen(home, as_("TWO"), guaranteed(home))
    assert (read.face, read.sums, read.guarantees[0].paid) == (None, None, None)
    assert read.guarantees[0].basis_points == 3_000
    with pytest.raises(NotFound):
        obligation_seen(home, as_("KEEPER"), guaranteed(home))


def test_what_is_overdue_stays_so_until_it_is_paid(home, as_):
    for who in ("ISSUER", "BANK", "GUARANTOR", "TWO"):
        (late,), _ = overdue_seen(home, as_(who))
        assert late.obligation == str(guaranteed(home))
    assert overdue_seen(home, as_("KEEPER")) == ((), None)
    assert {one.overdue.cured for one in overdue_seen(home, READS_ALL)[0]} == {late.overdue.cured}
    assert overdue_seen(home, READS_ALL, cured=not late.overdue.cured)[0] == ()


# --- holds and sales ---------------------------------------------------------------------------------------------------


def test_a_hold_binds_what_was_cut_from_the_piece_and_a_courts_hold_the_whole_obligation(home, as_):
    with home.store.read() as connection:
        rows = connection.execute(select(holds)).mappings().all()
        disputed = next(row for row in rows if row["disputant"] is not None)
        whole_one = next(row for row in rows if row["index"] == 0)
        returned = next(row for row in rows if row["returned"])
    child = PieceId(ObligationId.from_chain(disputed["obligation"]), disputed["index"])
    told = holds_seen(home, as_("TWO"), child)
    assert {(hold.kind, hold.inherited) for hold in told} == {(HoldKind.DISPUTE, False), (HoldKind.COURT, True)}
    given = holds_seen(home, as_("ONE"), child)
    assert {hold.kind: hold.by is not None for hold in given} == {HoldKind.DISPUTE: True, HoldKind.COURT: False}
    (hold,) = holds_seen(home, as_("ONE"), PieceId(ObligationId.from_chain(whole_one["obligation"]), 1))
    assert (hold.kind, hold.voucher, hold.inherited) == (HoldKind.COURT, None, True)
    (hold,) = holds_seen(home, READS_ALL, PieceId(ObligationId.from_chain(returned["obligation"]), returned["index"]))
    assert (hold.kind, hold.by) == (HoldKind.RETURN, None)
    with pytest.raises(NotFound):
        holds_seen(home, as_("THREE"), child)


def test_sales_off_chain_are_told_to_both_sides_with_how_they_ended(home, as_):
    sold, _ = sales_seen(home, as_("ONE"))
    assert [sale.state for sale in sold].count(FinancingState.UNDONE) == 2
    assert [sale.state for sale in sold].count(FinancingState.SETTLED) == 3
    assert [sale.cash_on_chain for sale in sold].count(True) == 1
    (with_fee,) = [sale for sale in sold if sale.cash_on_chain]
    assert with_fee.fee_payer is not None
    assert sum(sale.attested_by is not None for sale in sold) == 1
    by_banks = [*sales_seen(home, as_("BANK"))[0], *sales_seen(home, as_("SECOND"))[0]]
    assert sorted(sale.voucher for sale in by_banks) == sorted(sale.voucher for sale in sold)
    assert sales_seen(home, as_("TWO"))[0] == sales_seen(home, as_("ISSUER"))[0] == ()
    first, cursor = sales_seen(home, as_("ONE"), most=2)
    assert first + sales_seen(home, as_("ONE"), after=PieceId.parse(cursor))[0] == sold
    assert sales_seen(home, READS_ALL, locked=True)[0] == ()


# --- whom one meets ----------------------------------------------------------------------------------------------------


def test_one_meets_the_other_sides_of_lines_pieces_guarantees_loans_and_receipts(home, whole):
    numbers = {actor.number: name for name, actor in whole.parties.items()}

    def met(name: str) -> set[str]:
        with home.store.read() as connection:
            return {numbers[party] for party in parties_met(connection, whole.parties[name].number) if party in numbers}

    assert {"BANK", "SECOND", "ISSUER"} <= met("BANK") & met("SECOND") & met("ISSUER")
    assert "GUARANTOR" in met("ISSUER") & met("BANK")
    assert {"ISSUER", "BANK"} <= met("GUARANTOR")
    assert met("KEEPER") == {"KEEPER", "ONE", "ACCOUNT BANK"}
    assert {"KEEPER", "BANK", "SECOND", "TWO"} <= met("ONE")
    assert met("ATTESTOR") == {"ATTESTOR", "ACCOUNT BANK"}
    assert set(whole.parties) <= met("ACCOUNT BANK")


def test_a_participant_whose_keys_were_recovered_is_told_with_the_dead_ones(home, whole):
    party = party_seen(home, READS_ALL, whole.parties["THREE"].number)
    assert [key.removed for key in party.keys].count(False) == 1
    assert len(party.keys) > 1
    assert (party.account_change, party.recovery) == (None, None)
    assert party.account_bank.name == f"#{whole.parties['ACCOUNT BANK'].number}"
