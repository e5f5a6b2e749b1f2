"""Exposure of a bank with 1,000,000 live pieces (`make bench-exposure`): it is read, not counted again."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.rows import Row
from chain.books.exposure import ExposureKind, exposure
from chain.books.folding import Folding
from chain.identifiers import LineId, ObligationId
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER
from chain.store.database import Store

SMALL, LARGE = 100_000, 1_000_000
ISSUERS, TIERS, MATURITIES = 40, 5, 180
PIECES_AN_OBLIGATION = 50
FUNDER, HOLDER = 1, 2
TODAY = 20_500
READS = 50


def measure() -> list[Row]:
    """Read it from few pieces and from many, with as many issuers, tiers and days of maturity."""
    return measured(SMALL, LARGE)


def measured(small: int, large: int) -> list[Row]:
    """The rows for so many live pieces."""
    few, many = _read(small), _read(large)
    return [
        Row("exposure.read", many * 1e3, f"ms, median, {large:,} live pieces", limit=10),
        Row(
            "exposure.read_of_many", many * 1e3, f"ms, {large:,} live pieces", f"{small:,} live pieces", few * 1e3, limit=1.5
        ),
    ]  # fmt: skip


def _read(count: int) -> float:
    """Median seconds of a look at one bank's exposure."""
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "books.sqlite3")
        total = _fill(store, count)
        taken = []
        for _ in range(READS):
            started = perf_counter()
            with store.read() as connection:
                rows = exposure(connection, TODAY, FUNDER)
            taken.append(perf_counter() - started)
        assert sum(row.minor for row in rows if row.kind is not ExposureKind.COMMITTED) == total
        store.close()
    return median(taken)


def _fill(store: Store, count: int) -> int:
    """So many live pieces under the bank's lines, one in three in its own hands. Returns their sum."""
    total = made = 0
    while made < count:
        with store.begin() as connection:
            folding = Folding(connection)
            folding.books.block = made  # numbers that ascend
            if made == 0:
                _begin(folding)
            for _ in range(400):
                number = made // PIECES_AN_OBLIGATION
                total += _obligation(folding, number, min(PIECES_AN_OBLIGATION, count - made))
                made += PIECES_AN_OBLIGATION
                if made >= count:
                    break
            folding.close_block()
            folding.write()
    return total


def _begin(folding: Folding) -> None:
    books = folding.books
    for party in range(1, ISSUERS + 10):
        roles = BANK if party == FUNDER else SUPPLIER if party == HOLDER else CORE_ENTERPRISE
        books.parties.add(
            id=party, account=f"0x{party:040x}", roles=roles, group=0, kyc_expiry_day=65_535, suspended=False,
            account_bank=0, issuance_stopped=False,
        )  # fmt: skip
        books.party_groups.add(party=party, since_block=0, group=0)
    books.banks.add(FUNDER)
    for issuer in range(ISSUERS):
        line = LineId(10 + issuer, 1)
        books.lines.add(
            id=line.chain, bank=FUNDER, issuer=line.issuer, currency="CNY", limit_minor=10**15, used_minor=10**14,
            expiry_day=65_000, utc_offset_quarter_hours=32, suspended=False, allotted_minor=0, calendar=0,
        )  # fmt: skip


def _obligation(folding: Folding, number: int, pieces: int) -> int:
    line = LineId(10 + number % ISSUERS, 1)
    obligation = ObligationId(line, 1 + number // ISSUERS).chain
    folding.books.obligations.add(
        id=obligation, line=line.chain, issuer=line.issuer, instrument=1, maturity_day=TODAY - 5 + number % MATURITIES,
        rulebook_version=1, face_minor=0, live_minor=0, overdue=False, issued_at=0, recourse=False, attested_only=False,
        loss_minor=0,
    )  # fmt: skip
    for index in range(1, pieces + 1):
        folding.books.pieces.add(
            obligation=obligation, index=index, parent=0, owner=HOLDER if index % 3 else FUNDER, giver=line.issuer,
            amount_minor=100 + index, initial_minor=100 + index, evidence=7,
            hops=1 + index % TIERS, tier=1 + index % TIERS, state="held", deadline=0,
            created_at=0, use_index=0, financed=False, payment=False,
        )  # fmt: skip
    return sum(100 + index for index in range(1, pieces + 1))
