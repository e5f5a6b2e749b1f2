"""What is kept of the database is still so where the facts are as they were.

1. Whatever documents, register, persons and blocks say makes other facts; what says nothing of them makes none.
2. A chain that was taken back and grew as long again is another.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, update

from chain.store.facts import Facts, facts
from chain.store.tables import aliases, audit, blocks, documents, files, netting_consents, networks

GIVEN = {"reason": "", "given_at": 0}
BLOCK = {"hash": "0x01", "timestamp": 7, "final": False}
#: What is written, one after the other → the facts that are others afterwards.
CHANGES = {
    "a register": (insert(networks).values(id=1, body={}, version=1), {"register": 1}),
    "another register": (update(networks).values(version=networks.c.version + 1), {"register": 2}),
    "a ruling": (insert(aliases).values(alias="a", enterprise="e", belongs=True, **GIVEN), {"ruling": 1}),
    "a ruling that takes it back": (
        insert(aliases).values(alias="a", enterprise="e", belongs=False, **GIVEN), {"ruling": 2},
    ),
    "a consent": (
        insert(netting_consents).values(netting="n", enterprise="e", consents=True, given_by="e", body={}, **GIVEN),
        {"consent": 1},
    ),
    "a block": (insert(blocks).values(number=3, **BLOCK), {"block": 3, "block_hash": "0x01", "timestamp": 7}),
    "a later block": (
        insert(blocks).values(number=5, **BLOCK | {"hash": "0x05", "timestamp": 9}),
        {"block": 5, "block_hash": "0x05", "timestamp": 9},
    ),
    "the later block taken back": (
        delete(blocks).where(blocks.c.number == 5), {"block": 3, "block_hash": "0x01", "timestamp": 7},
    ),
    "another block in its place": (
        insert(blocks).values(number=5, **BLOCK | {"hash": "0xff", "timestamp": 9}),
        {"block": 5, "block_hash": "0xff", "timestamp": 9},
    ),
}  # fmt: skip


def test_each_change_is_told_by_its_fact_and_by_no_other(store):
    known = facts(store)
    assert known == Facts(None, None, None, None, -1, "", 0)
    for what, (statement, told) in CHANGES.items():
        with store.begin() as connection:
            connection.execute(statement)
        now = facts(store)
        assert now == known._replace(**told), what
        known = now


def test_a_document_is_told_and_a_file_or_what_was_done_is_not(store):
    known = facts(store)
    with store.begin() as connection:
        file = connection.execute(insert(files).values(**needed(files)).returning(files.c.id)).scalar_one()
        connection.execute(insert(audit).values(**needed(audit)))
    assert facts(store) == known
    with store.begin() as connection:
        connection.execute(insert(documents).values(**needed(documents) | {"file": file}))
    assert facts(store) == known._replace(document=1)


def needed(table):
    """Something for each column that needs it."""
    values = {}
    for column in table.columns:
        is_given = column.autoincrement is True or column.nullable or column.default is not None
        if not is_given:
            values[column.name] = {int: 1, bool: False, dict: {}}.get(column.type.python_type, "x")
    return values
