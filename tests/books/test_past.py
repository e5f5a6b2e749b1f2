"""Any figure as of any block or day, and down to where it comes from.

1. The books after a block are those of a reader who read no further, in every table; exposure as of a block is what a look at all
   of these pieces says.
2. A day means its last block in the ledger's time zone; what the books have not reached is refused.
3. A cell is the sum of its pieces' shares, to the smallest unit.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from benchmarks.served_chain import ServedChain
from chain.books.exposure import ExposureKind, exposure, pieces_behind
from chain.books.past import MomentMalformed, MomentUnknown, books_after, moment
from chain.books.unit_of_work import FOLDED
from chain.indexing.indexer import Indexer
from chain.store.database import Store
from chain.store.tables import blocks, exposures
from tests.books.reference_exposure import scan
from tests.indexing.histories import contracts_at, fill

SEEDS = (21, 22)
STEPS = 700


@pytest.fixture(params=SEEDS, scope="module")
def told(request, tmp_path_factory):
    """(contracts, store of all that a history tells, the chain)"""
    chain = ServedChain()
    with chain.serve() as url:
        contracts = contracts_at(url, fill(chain, [(request.param, STEPS)]))
        store = Store.open(tmp_path_factory.mktemp("past") / "books.sqlite3")
        Indexer(store, contracts).catch_up()
        yield contracts, store, chain
        store.close()


def rows(connection):
    return {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in (*FOLDED, exposures)}


def test_the_books_after_a_block_are_those_of_who_read_no_further(told, tmp_path):
    contracts, store, chain = told
    whole = chain.blocks
    try:
        for block in (len(whole) // 3, len(whole) // 2, len(whole) - 20):
            chain.blocks = whole[: block + 1]
            earlier = Store.open(tmp_path / f"{block}.sqlite3")
            Indexer(earlier, contracts).catch_up()
            with (
                store.read() as connection,
                books_after(connection, contracts.decoder, block) as past,
                earlier.read() as expected,
            ):
                assert rows(past) == rows(expected)
                day = whole[block].timestamp // 86_400
                found = exposure(connection, day, block=block)
                assert found == scan(expected, day)
                assert found
                one = found[0].bank
                assert exposure(connection, day, one, block) == [row for row in found if row.bank == one]
            earlier.close()
    finally:
        chain.blocks = whole


def test_a_day_means_its_last_block_in_the_time_zone(told):
    _, store, chain = told
    offset = 480
    with store.read() as connection:
        stored = set(connection.scalars(select(blocks.c.number)))
        for at in (chain.blocks[len(chain.blocks) // 3].timestamp, chain.blocks[-1].timestamp):
            day = (at + offset * 60) // 86_400
            text = datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
            expected = max(
                b.number for b in chain.blocks if (b.timestamp + offset * 60) // 86_400 <= day and b.number in stored
            )
            assert moment(connection, text, offset) == (expected, day)
        last = chain.blocks[-1]
        assert moment(connection, str(last.number), offset) == (last.number, (last.timestamp + offset * 60) // 86_400)
        tomorrow = datetime.fromtimestamp(max(last.timestamp, time.time()) + offset * 60, UTC).date() + timedelta(
            days=1
        )
        today = (tomorrow - timedelta(days=1)).isoformat()
        assert moment(connection, today, offset).block == last.number
        for text in (str(last.number + 1), "1970-01-01", tomorrow.isoformat(), "9999-12-31"):
            with pytest.raises(MomentUnknown):
                moment(connection, text, offset)
        for text in ("yesterday", "2026-02-30"):
            with pytest.raises(MomentMalformed):
                moment(connection, text, offset)


def test_a_cell_is_the_sum_of_its_pieces_shares(told):
    _, store, chain = told
    today = chain.blocks[-1].timestamp // 86_400
    with store.read() as connection:
        cells = exposure(connection, today)
        assert {cell.kind for cell in cells} == set(ExposureKind)
        for cell in cells:
            behind = pieces_behind(connection, today, cell)
            if cell.kind is ExposureKind.COMMITTED:
                assert behind == {}
            else:
                assert sum(behind.values()) == cell.minor
