"""Rows written in bulk are in the database as if each had been written alone, whatever was there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, delete, select
from sqlalchemy.exc import IntegrityError

from chain.store import bulk
from chain.store.tables import backers, keys, obligations
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


def test_a_row_that_is_there_keeps_what_is_fixed_of_it(store):
    columns = [column.name for column in obligations.columns]
    first = dict.fromkeys(columns, 0) | {"id": 7, "line": 1, "live_minor": 5}
    first |= {column.name: False for column in obligations.columns if isinstance(column.type, Boolean)}
    with store.begin() as connection:
        for row in (first, first | {"line": 2, "live_minor": 3}):
            bulk.write_rows(connection, obligations, [tuple(row[name] for name in columns)])
        kept = connection.execute(select(obligations.c.line, obligations.c.live_minor)).one()
    assert tuple(kept) == (1, 3)
