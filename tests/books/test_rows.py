"""What is read never takes the place of what is known: rows that the unit of work before this one changed may still be on their
way into the database. However they are asked for, by key or by group, they are as it left them."""

import pytest

from chain.books.unit_of_work import UnitOfWork
from chain.store.tables import keys


def key(address, party, removed=False):
    return {"address": address, "party": party, "removed": removed}


@pytest.fixture
def reading(databases):
    """A database that holds what stood before the earlier unit of work, and a snapshot of it."""
    store = databases.open("rows")
    with store.begin() as connection:
        connection.execute(
            keys.insert(),
            [key("0xkept", 1), key("0xchanged", 1), key("0xmoved", 1), key("0xdropped", 1), key("0xother", 2)],
        )
    with store.read() as connection:
        yield connection
    store.close()


@pytest.fixture
def earlier(reading):
    """One that changed rows, of which the database knows nothing."""
    books = UnitOfWork(reading)
    books.keys.open("0xchanged")["removed"] = True
    books.keys.put(**key("0xmoved", 2))
    books.keys.drop("0xdropped")
    books.keys.add(**key("0xmade", 1))
    books.close_block()
    return books


#: Keys of the group that is asked for are known from the earlier one, or not all of them.
@pytest.fixture(params=[False, True], ids=["groups not read before", "groups read before"])
def books(request, reading, earlier):
    if request.param:
        earlier.keys.read_groups([1, 2])
    earlier.changes()
    return UnitOfWork(reading, earlier)


def test_by_key_a_row_is_as_the_earlier_one_left_it(books):
    assert books.keys.find("0xchanged") == key("0xchanged", 1, removed=True)
    assert books.keys.find("0xmoved") == key("0xmoved", 2)
    assert books.keys.find("0xmade") == key("0xmade", 1)
    assert books.keys.find("0xdropped") is None
    assert books.keys.find("0xkept") == key("0xkept", 1)


def test_by_group_rows_are_those_that_the_earlier_one_left(books):
    assert books.keys.of(1) == ["0xchanged", "0xkept", "0xmade"]
    assert books.keys.of(2) == ["0xmoved", "0xother"]
    assert books.keys["0xchanged"] == key("0xchanged", 1, removed=True)


def test_what_was_read_by_key_is_not_read_again_by_group(books):
    books.keys.open("0xkept")["removed"] = True
    books.keys.find("0xdropped")
    assert books.keys.of(1) == ["0xchanged", "0xkept", "0xmade"]
    assert books.keys["0xkept"]["removed"]


def test_what_one_writes_after_another_is_what_both_changed(books, databases):
    books.keys.open("0xmade")["removed"] = True
    (changed,) = [one for one in books.changes() if one.table is keys]
    assert changed.rows == [tuple(key("0xmade", 1, removed=True).values())]
    assert changed.gone == []
