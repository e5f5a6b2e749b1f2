"""Rows written in bulk are in the database as if each had been written alone, whatever was there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from chain.store import bulk
from chain.store.tables import backers, keys, metadata

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 10_000)), unique_by=lambda row: row[:2])


@given(ROWS, ROWS)
def test_the_last_row_of_a_key_stays(first, then):
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection, [backers])
        bulk.insert_rows(connection, backers, first)
        bulk.write_rows(connection, backers, then)
        expected = {row[:2]: row[2] for row in first} | {row[:2]: row[2] for row in then}
        assert {tuple(row[:2]): row[2] for row in connection.execute(select(backers))} == expected


def test_a_row_that_is_there_is_not_inserted_again():
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection, [keys])
        bulk.insert_rows(connection, keys, [("0x1", 7, False)])
        with pytest.raises(IntegrityError):
            bulk.insert_rows(connection, keys, [("0x1", 8, True)])


def test_postgresql_is_given_its_own_words():
    text, names = bulk._statement(postgresql.dialect(), backers, bulk._upsert)
    assert names == ["line", "bank", "basis_points"]
    assert "ON CONFLICT (line, bank) DO UPDATE SET basis_points = excluded.basis_points" in text
    assert "%(basis_points)s" in text
