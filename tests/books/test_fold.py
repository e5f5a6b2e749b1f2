"""The books know what every event of the contracts means, or say that it changes nothing; what they do not know, they refuse."""

from pathlib import Path

import pytest

from chain.books import fold
from chain.books.unit_of_work import FOLDED
from chain.issuance.compilation import build
from chain.issuance.deployment import contract_names
from chain.issuance.interfaces import interface
from chain.money import chain_currency
from chain.store.tables import exposures

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
