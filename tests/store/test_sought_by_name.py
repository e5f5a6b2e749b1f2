"""Events that are asked for by their name are found by an index that holds no others."""

import pytest
from sqlalchemy import insert, select, text

from chain.books.happened import about, called
from chain.store.tables import SOUGHT_BY_NAME, blocks, events


@pytest.fixture
def plan(databases):
    """How a database looks for what a statement asks for. Of empty tables PostgreSQL reads all, unless it is told not to."""
    store = databases.open("plans")

    def plan(statement):
        with store.read() as connection:
            shown = statement.compile(connection, compile_kwargs={"literal_binds": True})
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL enable_seqscan = off"))
                return "\n".join(connection.scalars(text(f"EXPLAIN {shown}")))
            return "\n".join(row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {shown}")))

    yield plan
    store.close()


@pytest.mark.parametrize("names", [SOUGHT_BY_NAME[:1], SOUGHT_BY_NAME[2:5], SOUGHT_BY_NAME])
def test_events_of_a_name_that_is_sought_are_found_by_the_index(plan, names):
    assert "ix_events_name" in plan(select(events.c.log_index).where(called(*names)))


def test_events_of_every_piece_are_not_in_it(plan):
    assert "ix_events_name" not in plan(select(events.c.log_index).where(events.c.name == "PieceOffered"))


def test_of_all_events_those_of_the_names_alone_are_told_whatever_else_is_asked(databases):
    store = databases.open("told")
    with store.begin() as connection:
        connection.execute(insert(blocks).values(number=1, hash="0x1", timestamp=1, final=True))
        row = {"block_number": 1, "transaction_hash": b"", "contract": "c", "topics": b"", "data": b""}
        names = [*SOUGHT_BY_NAME, "PieceOffered"]
        for at, name in enumerate(names):
            connection.execute(insert(events).values(row | {"log_index": at, "name": name, "subject": bytes([at])}))
        for wanted in (*((name,) for name in SOUGHT_BY_NAME), SOUGHT_BY_NAME[3:6]):
            found = connection.scalars(select(events.c.name).where(called(*wanted))).all()
            assert sorted(found) == sorted(wanted)
            other = connection.scalars(select(events.c.name).where(about(len(names)), called(*wanted))).all()
            assert other == []
    store.close()
