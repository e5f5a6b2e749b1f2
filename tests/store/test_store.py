"""The store keeps whole units of work, and its migrations make exactly the tables that the code names."""

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import column, func, insert, select, table
from sqlalchemy.exc import IntegrityError

from chain.store.database import Store
from chain.store.tables import documents, findings, metadata, networks


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "deep" / "pearl.sqlite3")
    yield store
    store.close()


def test_the_migrations_make_exactly_the_tables_of_the_code(store):
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_failure_inside_a_unit_of_work_leaves_nothing_behind(store):
    def fail():
        with store.begin() as connection:
            connection.execute(insert(networks).values(id=1, body={}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(networks)).scalar_one() == 0


def test_a_reader_sees_one_state_while_another_writes(store):
    with store.read() as reader:
        before = reader.execute(select(func.count()).select_from(networks)).scalar_one()
        with store.begin() as writer:
            writer.execute(insert(networks).values(id=1, body={}))
        assert reader.execute(select(func.count()).select_from(networks)).scalar_one() == before
    with store.read() as reader:
        assert reader.execute(select(func.count()).select_from(networks)).scalar_one() == before + 1


def test_references_are_checked(store):
    row = {"key": "k", "digest": "d", "type": "invoice", "file": 99, "body": {}}
    with pytest.raises(IntegrityError), store.begin() as connection:
        connection.execute(insert(documents).values(**row))


def test_opening_again_keeps_what_is_there(tmp_path, store):
    with store.begin() as connection:
        connection.execute(insert(networks).values(id=1, body={"name": "x"}))
    again = Store.open(tmp_path / "deep" / "pearl.sqlite3")
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
