"""A prepared statement finds, refuses and hides what the same statement does through SQLAlchemy.

1. Its rows are SQLAlchemy's, of every type that the tables have, by the same names.
2. What fails is SQLAlchemy's error, without a value in it; a database that is away is told, and its connection left.
3. Alone it sees what is committed, and leaves no transaction behind.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, LargeBinary, bindparam, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chain.errors import Unavailable
from chain.store import database
from chain.store.database import Store
from chain.store.prepared import Prepared
from chain.store.tables import commands, exposures, metadata, networks

SECRET = "5ecret"
NETWORKS = Prepared(insert(networks).returning(networks), "id", "body", "version")
_OF_VERSION = Prepared(select(networks).where(networks.c.version == bindparam("of")).order_by(networks.c.id))
_COUNT = Prepared(select(func.count(), func.max(networks.c.version)).select_from(networks))


def values_of(column):
    """Something that a column holds."""
    made = {
        bool: st.booleans(), int: st.integers(-(2**31), 2**31 - 1), bytes: st.binary(max_size=20),
        str: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=getattr(column.type, "length", None) or 20),
    }  # fmt: skip
    if isinstance(column.type, JSON):
        found = st.recursive(st.booleans() | st.integers(-5, 5) | st.just("文"), lambda v: st.lists(v, max_size=3))
    else:
        found = made[column.type.python_type]
    return found | st.none() if column.nullable else found


TYPED = [
    table for table in metadata.sorted_tables if not table.foreign_keys and not table.constraints - {table.primary_key}
]


def test_all_types_of_columns_are_tried():
    tried = {type(column.type) for table in TYPED for column in table.columns}
    assert tried == {type(column.type) for table in metadata.tables.values() for column in table.columns}
    assert {JSON, Boolean, LargeBinary} <= tried


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_rows_are_those_that_sqlalchemy_gives(store, data):
    table = data.draw(st.sampled_from(TYPED))
    row = {column.name: data.draw(values_of(column)) for column in table.columns}
    add, read = Prepared(insert(table).returning(table), *row), Prepared(select(table))
    with store.begin() as connection:
        (added,) = add.rows(connection, row)
        (expected,) = connection.execute(read.statement).all()
        for found in (added, *read.rows(connection, {})):
            assert tuple(found) == tuple(expected)
            assert all(type(one) is type(other) for one, other in zip(found, expected, strict=True))
            assert all(
                getattr(found, name) == getattr(expected, name) for name in row if name not in ("index", "count")
            )
        connection.rollback()


def test_a_list_that_stands_in_the_statement_is_looked_for(store):
    few = Prepared(select(networks.c.id).where(networks.c.version.in_((1, 3)), networks.c.id > bindparam("after")))
    with store.begin() as connection:
        for number in range(1, 5):
            NETWORKS.rows(connection, {"id": number, "body": {}, "version": number})
    assert [row.id for row in store.ask(few, {"after": 0})] == [1, 3]
    assert [row.id for row in store.ask(few, {"after": 1})] == [3]


def test_columns_without_a_name_are_found_by_their_place(store):
    assert [tuple(row) for row in store.ask(_COUNT, {})] == [(0, None)]


def test_what_is_asked_alone_is_of_this_moment_and_keeps_nobody_from_writing(store, databases):
    assert store.ask(_OF_VERSION, {"of": 7}) == []
    other = databases.open()
    try:
        for number in (1, 2):
            with other.begin() as connection:
                NETWORKS.rows(connection, {"id": number, "body": {"n": number}, "version": 7})
            assert [row.body["n"] for row in store.ask(_OF_VERSION, {"of": 7})] == list(range(1, number + 1))
    finally:
        other.close()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_no_transaction_is_around_what_is_asked_alone(store):
    def is_in_transaction(driver):
        return driver.info.transaction_status != 0

    seen = []
    with listened(store.alone.pool, "reset", lambda driver, *_: seen.append(is_in_transaction(driver))):
        store.ask(_COUNT, {})
        assert seen == [False]
        with store.engine.connect() as connection:
            _COUNT.rows(connection, {})
            assert is_in_transaction(connection.connection.driver_connection)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_is_asked_alone_of_a_file_writes_nothing_and_keeps_no_state(store):
    write = Prepared(insert(networks), "id", "body", "version")
    with pytest.raises((DBAPIError, Unavailable)):
        store.ask(write, {"id": 1, "body": {}, "version": 1})
    assert store.ask(_COUNT, {})[0][0] == 0
    with store.begin() as connection:
        NETWORKS.rows(connection, {"id": 1, "body": {}, "version": 1})
    driver = store.engine.raw_connection()
    # Whoever still read would keep it from being emptied.
    busy, *_ = driver.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    driver.close()
    assert busy == 0


def test_a_file_that_cannot_be_opened_is_a_database_that_is_away(tmp_path):
    store = Store.connect(tmp_path / "pearl.sqlite3")
    (tmp_path / "pearl.sqlite3").mkdir()
    with pytest.raises(Unavailable):
        store.ask(_COUNT, {})
    store.close()


@contextmanager
def listened(target, name, listener):
    event.listen(target, name, listener)
    yield
    event.remove(target, name, listener)


def test_what_fails_is_sqlalchemys_error_and_undoes_the_transaction(store):
    row = {"id": 1, "body": {"x": SECRET}, "version": 1}
    with store.begin() as connection:
        NETWORKS.rows(connection, row)

    def write_two():
        with store.begin() as connection:
            NETWORKS.rows(connection, row | {"id": 2})
            NETWORKS.rows(connection, row)

    with pytest.raises(IntegrityError) as raised:
        write_two()
    assert SECRET not in str(raised.value)
    assert store.ask(_COUNT, {})[0][0] == 1


def test_a_wrong_statement_is_no_database_that_is_away(store):
    wrong = Prepared(select(text("nothing")))
    with pytest.raises(DBAPIError):
        store.ask(wrong, {})
    with pytest.raises(DBAPIError), store.read() as connection:
        wrong.rows(connection, {})


def test_a_value_that_is_missing_is_not_null(store):
    with pytest.raises((KeyError, DBAPIError)):
        store.ask(_OF_VERSION, {})


@pytest.fixture(params=["alone", "in a transaction"])
def ask(request, store):
    """Asks for the number of networks."""

    def within():
        with store.read() as connection:
            return _COUNT.rows(connection, {})[0][0]

    return within if request.param != "alone" else lambda: store.ask(_COUNT, {})[0][0]


def end_connections(store):
    """As a server does that is started anew."""
    ends = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    other = Store.connect(store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    with other.engine.connect() as connection:
        connection.execute(ends)
    other.close()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_connections_that_ended_while_they_rested_are_noticed_by_nobody(store, ask, monkeypatch):
    monkeypatch.setattr(database, "REST_SECONDS", 0)
    for _ in range(3):
        assert ask() == 0
        end_connections(store)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_connection_that_ended_just_now_is_told_once_and_never_used_again(store, ask, monkeypatch):
    monkeypatch.setattr(database, "REST_SECONDS", 3_600)
    with ThreadPoolExecutor(4) as at_once:  # so that there are several
        assert set(at_once.map(lambda _: ask(), range(40))) == {0}
    end_connections(store)
    with pytest.raises(Unavailable):
        ask()
    assert [ask() for _ in range(6)] == [0] * 6


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_where_one_connection_ends_those_that_others_use_meanwhile_are_used_again(store):
    """None is left open beside the pool."""
    own = text("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
    for _ in range(3):
        with ExitStack() as others:
            held = [others.enter_context(store.read()) for _ in range(4)]
            with suppress(Unavailable), store.read() as connection:
                pid = connection.scalar(select(func.pg_backend_pid()))
                held[0].execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                _COUNT.rows(connection, {})
        with store.read() as connection:
            assert len(connection.execute(own).all()) <= 4


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_where_all_connections_are_in_use_the_database_is_away(store, monkeypatch):
    with ExitStack() as others, ExitStack() as alone:
        for _ in range(10):
            others.enter_context(store.read())
            alone.enter_context(store.alone.connect())
        for engine in (store.engine, store.alone):
            monkeypatch.setattr(engine.pool, "_timeout", 0.1)
        with pytest.raises(Unavailable):
            store.ask(_COUNT, {})
        with pytest.raises(Unavailable), store.read():
            pass
        with pytest.raises(Unavailable), store.begin():
            pass


def test_those_that_wait_to_write_keep_nobody_from_reading(store, databases):
    other = databases.open()
    with ThreadPoolExecutor(20) as writers:
        with other.begin() as connection:
            NETWORKS.rows(connection, {"id": 100, "body": {}, "version": 1})
            waiting = [writers.submit(write_one, store, number) for number in range(20)]
            with store.read() as reader:
                assert _COUNT.rows(reader, {})[0][0] == 0
            assert not any(one.done() for one in waiting)
        for one in waiting:
            one.result()
    other.close()
    assert store.ask(_COUNT, {})[0][0] == 21


def write_one(store, number):
    with store.begin() as connection:
        NETWORKS.rows(connection, {"id": number, "body": {}, "version": 1})


def test_an_insert_gives_what_the_database_made(store):
    columns = [column.name for column in commands.columns if column.name not in ("sequence", "failures")]
    add = Prepared(insert(commands).returning(commands), *columns)
    values = dict.fromkeys(columns) | dict.fromkeys(
        ("id", "enterprise", "actor", "eyes", "kind", "input_hash", "state"), "x"
    )
    with store.begin() as connection:
        (made,) = add.rows(connection, values | {"asked": {}, "not_before": 0, "attempts": 0, "recorded_at": 1})
        assert (made.sequence, made.failures, made.asked) == (1, 0, {})


def test_bytes_stay_bytes(store):
    add = Prepared(insert(exposures), *exposures.columns.keys())
    row = {c.name: {int: 1, str: "x", bytes: b"\0\1"}[c.type.python_type] for c in exposures.columns}
    with store.begin() as connection:
        assert add.rows(connection, row) == ()
        (found,) = Prepared(select(exposures)).rows(connection, {})
    assert b"".join(one for one in found if isinstance(one, bytes)) == b"\0\1"
