"""What a bank is exposed to (domain.md): committed is unused line, contingent is live under its line and held by no bank,
funded is held by it; shared pro rata, less what is guaranteed; per issuer, tier and days to maturity, and each piece once."""

import pytest

from chain.books.exposure import ExposureKind, ExposureRow, exposure, total
from chain.books.fold import LIVE, STATES
from chain.books.folding import Folding
from chain.identifiers import LineId, ObligationId
from chain.issuance.roles import BANK, CORE_ENTERPRISE, GUARANTOR, SUPPLIER
from tests.books.reference_exposure import scan

ISSUER, HOLDER, BANK_A, BANK_B, GUARANTOR_PARTY = 1, 2, 3, 4, 5
LINE = LineId(ISSUER, 1)
TODAY = 20_000
GROUP = 9


class Ledger:
    """Books that a test writes by hand, block by block, with the exposure that is kept of them."""

    def __init__(self, connection):
        self.connection = connection
        self.folding = Folding(connection)
        self.books = self.folding.books

    def close_block(self):
        """What was written until now is a block."""
        self.books.block += 1
        self.folding.close_block()
        self.folding.write()

    def add(self, sequence, owner, minor, *, days=10, tier=1, state="held", financed=False, payment=False):
        """An obligation of one piece that matures ``days`` from today."""
        obligation = ObligationId(LINE, sequence).chain
        self.books.obligations.add(
            id=obligation, line=LINE.chain, issuer=ISSUER, instrument=1, maturity_day=TODAY + days, rulebook_version=1,
            face_minor=minor, live_minor=minor, overdue=False, issued_at=0, recourse=False, attested_only=False,
            loss_minor=0,
        )  # fmt: skip
        self.books.pieces.add(
            obligation=obligation, index=1, parent=0, owner=owner, giver=ISSUER, amount_minor=minor, initial_minor=minor,
            evidence=0 if financed else 7, hops=tier, tier=tier, state=state, deadline=0, created_at=0, use_index=0,
            financed=financed, payment=payment,
        )  # fmt: skip

    def exposure(self, *asked, **how):
        """What is kept, after it was held against the scan."""
        self.close_block()
        assert exposure(self.connection, TODAY) == scan(self.connection, TODAY)
        return exposure(self.connection, TODAY, *asked, **how)

    def live(self):
        return [row for row in self.exposure() if row.kind is not ExposureKind.COMMITTED]


@pytest.fixture
def ledger(store):
    """Bank A grants the issuer, of group 9, 1,000, of which 600 is used."""
    with store.begin() as connection:
        ledger = Ledger(connection)
        for party, roles in enumerate((CORE_ENTERPRISE, SUPPLIER, BANK, BANK, GUARANTOR), ISSUER):
            group = GROUP if party == ISSUER else 0
            ledger.books.parties.add(
                id=party, account=f"0x{party:040x}", roles=roles, group=group, kyc_expiry_day=65_535, suspended=False,
                account_bank=0, issuance_stopped=False,
            )  # fmt: skip
            if roles & BANK:
                ledger.books.banks.add(party)
            ledger.books.party_groups.add(party=party, since_block=0, group=group)
        ledger.books.lines.add(
            id=LINE.chain, bank=BANK_A, issuer=ISSUER, currency="CNY", limit_minor=1_000, used_minor=600,
            expiry_day=TODAY + 400, utc_offset_quarter_hours=32, suspended=False, allotted_minor=0, calendar=0,
        )  # fmt: skip
        ledger.close_block()
        yield ledger


def test_committed_is_the_unused_line(ledger):
    assert ledger.exposure() == [ExposureRow(BANK_A, ISSUER, "CNY", ExposureKind.COMMITTED, 0, "", 400, GROUP)]


def test_what_no_bank_holds_is_contingent_for_the_bank_of_the_line(ledger):
    ledger.add(1, HOLDER, 100, tier=3)
    assert ledger.live() == [ExposureRow(BANK_A, ISSUER, "CNY", ExposureKind.CONTINGENT, 3, "0-30", 100, GROUP)]


def test_banks_that_back_one_line_share_what_no_bank_holds_and_what_is_unused(ledger):
    ledger.books.backers.add(line=LINE.chain, bank=BANK_B, basis_points=2_500)
    ledger.books.lines.open(LINE.chain)
    ledger.add(1, HOLDER, 101)
    assert [(row.bank, row.kind, row.minor) for row in ledger.exposure()] == [
        (BANK_A, ExposureKind.COMMITTED, 300), (BANK_A, ExposureKind.CONTINGENT, 76),
        (BANK_B, ExposureKind.COMMITTED, 100), (BANK_B, ExposureKind.CONTINGENT, 25),
    ]  # fmt: skip


def test_a_guarantee_moves_its_share_to_the_guarantor(ledger):
    guarantee = {"guarantor": GUARANTOR_PARTY, "basis_points": 4_000, "paid_minor": 0}
    for sequence in (1, 2, 3):
        ledger.books.guarantees.add(obligation=ObligationId(LINE, sequence).chain, **guarantee)
    ledger.add(1, HOLDER, 100)
    ledger.add(2, BANK_B, 200, financed=True)
    ledger.add(3, GUARANTOR_PARTY, 50, payment=True)
    assert sorted((row.bank, row.kind.value, row.minor) for row in ledger.live()) == [
        (BANK_A, "contingent", 60), (BANK_B, "funded", 120), (GUARANTOR_PARTY, "contingent", 120),
        (GUARANTOR_PARTY, "funded", 50),
    ]  # fmt: skip


def test_what_waits_for_a_banks_cash_is_not_its_yet(ledger):
    ledger.add(1, BANK_B, 100, state="locked", financed=True)
    assert [(row.bank, row.kind) for row in ledger.live()] == [(BANK_A, ExposureKind.CONTINGENT)]


def test_what_a_bank_holds_is_its_alone_under_whoevers_line(ledger):
    ledger.add(1, BANK_B, 100, tier=2, financed=True)
    assert ledger.live() == [ExposureRow(BANK_B, ISSUER, "CNY", ExposureKind.FUNDED, 2, "0-30", 100, GROUP)]
    assert ledger.exposure(BANK_A) == [ExposureRow(BANK_A, ISSUER, "CNY", ExposureKind.COMMITTED, 0, "", 400, GROUP)]


def test_summed_over_banks_each_piece_counts_once(ledger):
    ledger.add(1, HOLDER, 100)
    ledger.add(2, BANK_A, 200, financed=True)
    ledger.add(3, BANK_B, 300, financed=True)
    rows = ledger.live()
    assert total(rows, ExposureKind.CONTINGENT) == 100
    assert total(rows, ExposureKind.FUNDED) == 500


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-1, "overdue"), (0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"),
     (91, "91-180"), (180, "91-180"), (181, ">180")],
)  # fmt: skip
def test_each_day_to_maturity_has_its_bucket(ledger, days, bucket):
    ledger.add(1, HOLDER, 100, days=days)
    assert [row.bucket for row in ledger.live()] == [bucket]


def test_tiers_and_buckets_are_kept_apart(ledger):
    ledger.add(1, HOLDER, 100, tier=1, days=10)
    ledger.add(2, HOLDER, 100, tier=2, days=10)
    ledger.add(3, HOLDER, 100, tier=2, days=70)
    assert {(row.tier, row.bucket, row.minor) for row in ledger.live()} == {
        (1, "0-30", 100), (2, "0-30", 100), (2, "61-90", 100),
    }  # fmt: skip


@pytest.mark.parametrize("state", STATES[1:])
def test_only_what_is_live_is_exposure(ledger, state):
    ledger.add(1, HOLDER, 100, state=state)
    assert bool(ledger.live()) == (state in LIVE)
