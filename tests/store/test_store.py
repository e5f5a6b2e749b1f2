"""The store keeps whole units of work, alike on both databases, and its migrations make exactly the tables of the code."""

import json
import os
import sqlite3
import threading
from contextlib import nullcontext

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import column, func, insert, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chain.errors import Unavailable
from chain.settings import Settings
from chain.store import database
from chain.store.database import DatabaseAddressWrong, Store
from chain.store.tables import aliases, documents, findings, metadata, networks

SECRET = "hunter2-hunter2"


def test_the_migrations_make_exactly_the_tables_of_the_code(store):
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_failure_inside_a_unit_of_work_leaves_nothing_behind(store):
    def fail():
        with store.begin() as connection:
            connection.execute(insert(networks).values(id=1, body={}, version=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(networks)).scalar_one() == 0


def test_a_reader_sees_one_state_while_another_writes(store):
    with store.read() as reader:
        before = reader.execute(select(func.count()).select_from(networks)).scalar_one()
        with store.begin() as writer:
            writer.execute(insert(networks).values(id=1, body={}, version=1))
        assert reader.execute(select(func.count()).select_from(networks)).scalar_one() == before
    with store.read() as reader:
        assert reader.execute(select(func.count()).select_from(networks)).scalar_one() == before + 1


def test_writers_take_turns_and_each_sees_what_those_before_it_left(databases, store):
    """Of its kind are nonces: whoever reads the highest and writes the next must be alone between the two."""
    together, turns = 4, 25
    stores = [store, *(databases.open() for _ in range(together - 1))]
    begin = threading.Barrier(together)

    def count_on(own):
        begin.wait()
        for _ in range(turns):
            with own.begin() as connection:
                highest = connection.execute(select(func.max(aliases.c.given_at))).scalar() or 0
                row = {"alias": "a", "enterprise": "e", "belongs": True, "reason": "-", "given_at": highest + 1}
                connection.execute(insert(aliases).values(**row))

    threads = [threading.Thread(target=count_on, args=(own,)) for own in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        given = connection.execute(select(aliases.c.given_at).order_by(aliases.c.id)).scalars().all()
    assert given == list(range(1, together * turns + 1))
    for own in stores[1:]:
        own.close()


def test_of_much_that_is_written_a_failure_leaves_nothing_either(store):
    def fail():
        with store.begin(much=True) as connection:
            connection.execute(insert(networks).values(id=1, body={}, version=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.begin(much=True) as connection:
        connection.execute(insert(networks).values(id=2, body={}, version=1))
    with store.read() as connection:
        assert connection.scalars(select(networks.c.id)).all() == [2]


#: Values of SQLite's ``synchronous``: whether a commit waits for the disk.
NORMAL, FULL = 1, 2


def pragmas(connection):
    names = ("cache_size", "wal_autocheckpoint", "synchronous")
    return [connection.scalar(text(f"PRAGMA {name}")) for name in names]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_log_of_much_that_is_written_is_emptied_meanwhile_and_nobody_else_pays_for_it(store, monkeypatch):
    monkeypatch.setattr(database, "MOST_LOG_PAGES", 1_000)
    with store.begin() as connection:
        usual = pragmas(connection)
    assert usual[-1] == FULL
    body = {"name": "x" * 1_000_000}
    for number in range(30):
        with store.begin(much=True) as connection:
            assert pragmas(connection) == [-database.MUCH_KIB, 0, NORMAL]
            connection.execute(insert(networks).values(id=number, body=body, version=1))
    log = f"{store.engine.url.database}-wal"
    assert os.path.getsize(log) < 8_000_000
    connections = [store.engine.connect() for _ in range(3)]  # those that wrote are among them
    for connection in connections:
        assert pragmas(connection) == usual
        connection.close()
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(networks)) == 30


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_is_committed_is_not_said_to_have_failed_because_the_log_cannot_be_emptied(store, monkeypatch, caplog):
    def away(_):
        raise sqlite3.OperationalError("database or disk is full")

    def keep(number):
        with store.begin(much=True) as connection:
            connection.execute(insert(networks).values(id=number, body={}, version=1))

    with monkeypatch.context() as patched:
        patched.setattr(database, "_driver", away)
        for number in range(3):
            # What makes room for the transaction asks for the driver, too.
            patched.setattr(database, "_room_for_much", lambda _: nullcontext())
            keep(number)
        store._checkpoint.result()
    assert "log was not copied" in caplog.text
    keep(3)
    store.close()
    keep(4)
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(networks)) == 5


def test_references_are_checked(store):
    row = {"key": "k", "digest": "d", "type": "invoice", "file": 99, "body": {}}
    with pytest.raises(IntegrityError), store.begin() as connection:
        connection.execute(insert(documents).values(**row))


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_what_only_reads_cannot_write_on_postgresql(store):
    with pytest.raises(DBAPIError), store.read() as connection:
        connection.execute(insert(networks).values(id=1, body={}, version=1))
    with store.begin() as connection:
        connection.execute(insert(networks).values(id=1, body={}, version=1))


def test_opening_again_keeps_what_is_there(databases, store):
    with store.begin() as connection:
        connection.execute(insert(networks).values(id=1, body={"name": "x"}, version=1))
    again = databases.open()
    with again.read() as connection:
        assert connection.execute(select(networks.c.body)).scalar_one() == {"name": "x"}
    again.close()


def test_what_was_noted_before_is_found_by_its_place(tmp_path, monkeypatch):
    migrate = Store.migrate
    monkeypatch.setattr(Store, "migrate", lambda store: migrate(store, "0003"))
    store = Store.open(tmp_path / "pearl.sqlite3")
    with store.begin() as connection:
        for place in ("#1", None):
            row = {"rule": "A", "severity": "flagged", "body": json.dumps({"place": place})}
            connection.execute(table("findings", *map(column, row)).insert().values(row))
    migrate(store)
    with store.read() as connection:
        assert connection.execute(select(findings.c.rule, findings.c.place)).all() == [("A", "#1"), ("A", None)]
    store.close()


def test_what_a_statement_holds_is_not_told_when_it_fails(store):
    row = {"key": SECRET, "digest": "d", "type": "invoice", "file": 99, "body": {}}
    with pytest.raises(IntegrityError) as raised, store.begin() as connection:
        connection.execute(insert(documents).values(**row))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://user:{SECRET}@127.0.0.1/pearl", f"postgresql://user:{SECRET}@127.0.0.1:{SECRET}/pearl", SECRET,
        f"postgresql+other://user:{SECRET}@127.0.0.1/pearl", "",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_it(address):
    with pytest.raises(DatabaseAddressWrong) as raised:
        Store.open(address)
    error = raised.value
    assert SECRET not in f"{error!r} {error.text()} {error.text('zh')} {error.__cause__!r}"


def test_a_password_is_in_no_error_and_in_no_settings_that_are_shown():
    address = f"postgresql://user:{SECRET}@127.0.0.1:1/pearl"
    settings = Settings(database_url=SecretStr(address))
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.database == address
    with pytest.raises(Unavailable) as raised:
        Store.open(settings.database)
    shown, error = "", raised.value
    while error is not None:
        shown, error = f"{shown} {error!r} {error}", error.__cause__ or error.__context__
    assert SECRET not in shown


def test_the_address_in_a_file_comes_before_that_in_the_environment(tmp_path, monkeypatch):
    (tmp_path / "url").write_text("postgresql://user@127.0.0.1/of-the-file\n")
    monkeypatch.setenv("PEARL_DATABASE_URL", "postgresql://user@127.0.0.1/of-the-environment")
    assert Settings().database == "postgresql://user@127.0.0.1/of-the-environment"
    monkeypatch.setenv("PEARL_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert Settings().database == "postgresql://user@127.0.0.1/of-the-file"


def test_a_wrong_statement_is_no_database_that_is_away(store):
    with pytest.raises(DBAPIError), store.begin() as connection:
        connection.execute(text("SELEC 1"))
