"""Every revision can be reached and left with data in the tables, on both databases.

1. Going up keeps all that was there; but what was read of the chain may be forgotten whole, since it is read again.
2. Going down keeps all that the older tables have a place for, likewise.
3. What goes down and up again has the tables of the code.
"""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Integer, LargeBinary, MetaData, String, insert, select, text

from chain.books.unit_of_work import FOLDED
from chain.store.database import DatabaseNewer, Store, revisions
from chain.store.tables import blocks, events, metadata

REVISIONS = revisions()
ROWS = 3
#: Between these two the books of the chain are forgotten.
FORGETTING = ("0006", "0007")
#: Tables that another takes the place of, by the revision that does it; what they held is there in other words.
REPLACED = {"0012": {"requests"}}
OF_THE_CHAIN = {table.name for table in (*FOLDED, blocks, events)}


def tables(store):
    """The tables as the database itself describes them."""
    found = MetaData()
    with store.read() as connection:
        found.reflect(connection)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


def value(column, row):
    """Something of the column's kind, other in each row."""
    match column.type:
        case Boolean():
            return row % 2 == 0
        case String() if column.name == "rows":  # what a block changed, as JSON
            return "[]"
        case JSON():
            return {"row": row, "文": [None, True, "é"]}
        case LargeBinary():
            return bytes([0, 255, row])
        case String(length=length) if column.name == "hash":
            return f"{row:064x}" if length == 64 else f"0x{row:064x}"
        case String() if column.name == "request":  # the id of what it refers to
            return f"id 文 {row}"
        case String(length=length):
            return f"{column.name[:6]} 文 {row}"[:length]
        case Integer():
            return row + 1
    raise AssertionError(column.type)


def fill(store):
    """A few rows in each table that has none."""
    for table in tables(store).values():
        rows = [{column.name: value(column, row) for column in table.columns} for row in range(ROWS)]
        with store.begin() as connection:
            if connection.execute(select(table)).first() is None:
                connection.execute(insert(table), rows)


def content(store):
    """Table → its rows in the order of their keys."""
    with store.read() as connection:
        return {
            name: [dict(r) for r in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for name, table in tables(store).items()
        }


def in_common(one, other):
    """Both contents as far as both have a place for it."""
    names = one.keys() & other.keys()
    columns = {name: one[name][0].keys() & other[name][0].keys() for name in names}
    return [
        {name: [{c: row[c] for c in columns[name]} for row in held[name]] for name in names} for held in (one, other)
    ]


def without_the_chain(store, held):
    """What was held of anything else; nothing of the chain is in the tables any more."""
    assert not any(rows for name, rows in content(store).items() if name in OF_THE_CHAIN)
    return {name: rows for name, rows in held.items() if name not in OF_THE_CHAIN}


@pytest.fixture
def bare(databases):
    """A database without any table."""
    store = databases.bare()
    yield store
    store.close()


def test_each_step_up_and_down_keeps_what_has_a_place(bare):
    kept = {}
    for revision in REVISIONS:
        bare.migrate(revision)
        before = kept if revision != FORGETTING[1] else without_the_chain(bare, kept)
        fill(bare)
        kept = content(bare)
        if before:
            old, new = in_common(before, kept)
            assert old == new
            assert old.keys() == before.keys() - REPLACED.get(revision, set())
    for revision in ["base", *REVISIONS[:-1]][::-1]:
        before = content(bare)
        bare.downgrade(revision)
        if revision == FORGETTING[0]:
            before = without_the_chain(bare, before)
            fill(bare)
        if revision != "base":
            old, new = in_common(before, content(bare))
            assert old == new
            gone = OF_THE_CHAIN if revision == FORGETTING[0] else set()
            back = set().union(
                *(REPLACED[after] for after in REPLACED if REVISIONS[REVISIONS.index(after) - 1] == revision)
            )
            assert new.keys() == content(bare).keys() - gone - back
    assert content(bare) == {}


def differences(store, wanted: MetaData):
    """What the database's tables have otherwise."""
    with store.read() as connection:
        return compare_metadata(MigrationContext.configure(connection), wanted)


def test_each_step_down_and_up_again_gives_the_tables_that_were_there_and_the_newest_those_of_the_code(store):
    fill(store)
    for before, revision in zip(REVISIONS[-2::-1], REVISIONS[:0:-1], strict=True):
        (described,) = {table.metadata for table in tables(store).values()}
        store.downgrade(before)
        store.migrate(revision)
        assert differences(store, described) == [], revision
        store.downgrade(before)
    store.migrate()
    assert differences(store, metadata) == []


def test_books_of_before_are_told_from_sales_when_they_are_widened(bare):
    """A piece without evidence was a bank's purchase."""
    bare.migrate("0001")
    pieces = tables(bare)["pieces"]
    rows = [{c.name: value(c, row) for c in pieces.columns} | {"evidence": row} for row in range(2)]
    with bare.begin() as connection:
        connection.execute(insert(pieces), rows)
    bare.migrate("0002")
    assert [row["financed"] for row in content(bare)["pieces"]] == [True, False]


def test_a_command_that_was_answered_before_stays_answered_under_its_key(bare):
    """Of a request that had no reply nothing is kept: it is asked for again."""
    bare.migrate("0011")
    done, begun = ({"key": f"{n}" * 64, "enterprise": "E", "input_hash": "f" * 64, "recorded_at": 5} for n in "12")
    with bare.begin() as connection:
        connection.execute(insert(tables(bare)["requests"]), [done | {"reply": {"vouchers": ["1.1.1.1"]}}])
        connection.execute(insert(tables(bare)["requests"]), [begun | {"reply": None}])
    bare.migrate("0012")
    (kept,) = content(bare)["commands"]
    assert (kept["id"], kept["state"], kept["result"]) == ("1" * 32, "succeeded", {"vouchers": ["1.1.1.1"]})
    assert kept["ended_at"] == 5_000


def test_keys_of_before_get_the_duties_that_act_in_their_enterprises_roles(bare):
    """They go on doing what they did."""
    bare.migrate("0011")
    roles = {"TAX:1": ["supplier"], "TAX:2": ["bank", "guarantor"], "TAX:3": ["regulator"]}
    body = {"name": "n", "enterprises": [{"id": one, "roles": held} for one, held in roles.items()], "lines": []}
    known = tables(bare)
    with bare.begin() as connection:
        connection.execute(insert(known["networks"]), {"id": 1, "body": body})
        for number, one in enumerate([*roles, "operator", "gone"]):
            row = {"hash": f"{number:064x}", "enterprise": one, "label": "", "created_at": 1, "revoked": False}
            connection.execute(insert(known["api_keys"]), row)
    bare.migrate("0013")
    assert {row["enterprise"]: row["duties"] for row in content(bare)["api_keys"]} == {
        "TAX:1": ["maker", "treasurer"], "TAX:2": ["bank_officer", "maker", "treasurer"], "TAX:3": ["regulator"],
        "operator": ["operator"], "gone": [],
    }  # fmt: skip
    assert [row["version"] for row in content(bare)["networks"]] == [1]


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(databases, store):
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        databases.open()
    assert store.revision() == "9999"


def test_asking_whether_there_is_a_store_makes_none(databases, bare):
    assert not Store.exists(databases.address("nothing" if databases.kind == "sqlite" else "bare"))
    bare.migrate()
    assert Store.exists(databases.address("bare"))


def test_whether_a_database_has_the_tables_of_the_program_is_asked_without_reading_the_migrations_again(
    new_databases, tmp_path, monkeypatch
):
    store = new_databases("sqlite", tmp_path).open()

    def read(*_):
        raise AssertionError("the folder is read once")

    monkeypatch.setattr("chain.store.database.ScriptDirectory.from_config", read)
    store.check()
    store.close()
