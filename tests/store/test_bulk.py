"""Rows written in bulk are in the database as if each had been written alone, whatever was there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from chain.store import bulk
from chain.store.tables import backers, keys
from tests.effort import examples

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 10_000)), unique_by=lambda row: row[:2])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(ROWS, ROWS, st.sampled_from([3, 12, 3_200]))
def test_the_last_row_of_a_key_stays_however_many_go_in_one_statement(store, first, then, most):
    with store.begin() as connection, pytest.MonkeyPatch.context() as patched:
        patched.setattr(bulk, "WRITTEN_TOGETHER", most)
        connection.execute(delete(backers))
        bulk.insert_rows(connection, backers, first)
        bulk.write_rows(connection, backers, then)
        expected = {row[:2]: row[2] for row in first} | {row[:2]: row[2] for row in then}
        assert {tuple(row[:2]): row[2] for row in connection.execute(select(backers))} == expected


def test_a_row_that_is_there_is_not_inserted_again(store):
    with store.begin() as connection:
        bulk.insert_rows(connection, keys, [("0x1", 7, False)])
    with pytest.raises(IntegrityError), store.begin() as connection:
        bulk.insert_rows(connection, keys, [("0x1", 8, True)])
