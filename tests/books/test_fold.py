"""The books know what every event of the contracts means, or say that it changes nothing; what they do not know, they refuse."""

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.served_chain import ServedChain
from chain.books import fold
from chain.books.unit_of_work import FOLDED, Rows
from chain.indexing.indexer import Indexer
from chain.issuance.compilation import build
from chain.issuance.deployment import contract_names
from chain.issuance.interfaces import interface
from chain.money import chain_currency
from chain.store.database import Store
from chain.store.tables import FIXED, exposures
from tests.indexing.histories import contracts_at, fill

ARTIFACTS = build(Path(__file__).parents[2])
EVENTS = {
    entry["name"]
    for name in (*contract_names(ARTIFACTS), "DepositToken")
    for entry in interface(ARTIFACTS, name)
    if entry["type"] == "event"
}


def test_every_event_is_folded_or_said_to_change_nothing():
    assert EVENTS - fold.HANDLERS.keys() - fold.IRRELEVANT == set()


def test_nothing_is_folded_that_no_contract_says():
    assert fold.HANDLERS.keys() - EVENTS == set()
    assert set() == fold.IRRELEVANT - EVENTS


def test_no_event_is_both():
    assert fold.HANDLERS.keys() & fold.IRRELEVANT == set()


def test_an_event_that_the_books_do_not_know_is_refused():
    with pytest.raises(fold.EventUnknown, match="SomethingNew"):
        fold.handler("CreditLedger", "SomethingNew")


def test_the_books_hold_every_currency_that_the_contracts_take():
    """SQLite holds a text that is too long, PostgreSQL stops at it: then nobody's blocks would be read any more."""
    columns = [table.c.currency for table in (*FOLDED, exposures) if "currency" in table.c]
    assert len(columns) == 5
    assert min(column.type.length for column in columns) >= max(len(chain_currency(index)) for index in range(256))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_never_to_change_in_a_row_no_event_changes(tmp_path, monkeypatch, seed):
    """Rows that are changed are written without these columns."""
    fixed = {table: [column.name for column in table.columns if column.info.get(FIXED)] for table in FOLDED}
    seen = set()
    close = Rows.close_block

    def looked_at(rows):
        for key, before in rows.before.items():
            row = rows.find(key)
            if before is not None and row is not None:
                seen.add(rows.table.name)
                assert [row[name] for name in fixed[rows.table]] == [before[name] for name in fixed[rows.table]]
        close(rows)

    monkeypatch.setattr(Rows, "close_block", looked_at)
    chain = ServedChain()
    with chain.serve() as url, closing(Store.open(tmp_path / "books.sqlite3")) as store:
        Indexer(store, contracts_at(url, fill(chain, [(seed, 200)]))).catch_up()
    assert seen >= {table.name for table in FOLDED if fixed[table]}
