"""Two records, one stream: whatever a reader asks for at a time, it is told each event that concerns it one time, in order.

1. Pages of any sizes give together what one long look gives, and each record in its own order.
2. A party is told what it may see, and nothing else; who reads everything is told each change one time.
3. A change that becomes visible later has a larger number, also where PostgreSQL gave out numbers in another order.
4. When the chain turns, a reader is told of the blocks that stand there now, wherever it was, and of nothing else twice.
5. A look reads of the books what the events name, and not all pieces.
"""

import itertools
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, text

from benchmarks.served_chain import ServedChain
from chain.books.portfolio import all_lines, all_pieces
from chain.commands.callers import AT_THE_MACHINE
from chain.commands.changes import CHANGES, tell
from chain.commands.duties import Duty
from chain.commands.seen import events as told_events
from chain.commands.seen.events import NAMES, START, TOLD, Cursor, CursorMalformed, events_after, newest_event
from chain.commands.seen.viewer import Viewer, stake
from chain.commands.workspace import Workspace
from chain.identifiers import PieceId
from chain.indexing.indexer import Indexer
from chain.network import Role
from chain.settings import Settings
from chain.store.changes import NOBODY
from chain.store.tables import blocks, changes, events
from tests.indexing.histories import contracts_at, fill
from tests.statements import asked_of

OPERATOR = AT_THE_MACHINE
NUMBERS = itertools.count(1)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
#: What documents concern is asked of the trade, of which there is none here.
KINDS = sorted((name, kind) for name, kind in CHANGES.items() if kind != "document")


@pytest.fixture(scope="module")
def chain():
    return ServedChain()


@pytest.fixture(scope="module")
def url(chain):
    with chain.serve() as url:
        yield url


def open_workspace(store, contracts, folder):
    """What a look needs of a workspace."""
    return Workspace(Settings(home=folder), store, contracts, None, Indexer(store, contracts))


def party(number):
    return Viewer(
        f"firm {number}",
        f"firm {number}",
        frozenset({Role.SUPPLIER}),
        number,
        "key:1",
        frozenset({Duty.MAKER}),
        "key:1",
    )


def read(workspace, viewer, cursor=START, sizes=(500,)):
    """All events from a cursor on, in pages of these sizes, and where they end."""
    found = []
    for size in itertools.cycle(sizes):
        look = events_after(workspace, None, viewer, cursor, size)
        assert len(look.events) <= size
        found += look.events
        cursor = look.cursor
        if not look.more:
            return found, cursor
    raise AssertionError


def on_chain(found):
    return [Cursor.parse(e.cursor).place for e in found if e.name in TOLD]


def beside(found):
    return [int(e.id.removeprefix("change-")) for e in found if e.name in CHANGES]


def place_changes(store, drawn):
    """Changes at times of the ledger's clock, so that the two records mix."""
    with store.begin() as connection:
        times = connection.execute(select(blocks.c.timestamp)).scalars().all()
        first, last = min(times), max(times)
        for at, (name, kind), concerned in drawn:
            tell(connection, f"firm {concerned[0]}", name, kind, "x", *(f"firm {other}" for other in concerned[1:]))
            number = connection.execute(select(func.max(changes.c.sequence))).scalar_one()
            moment = first + (last - first) * at // 100
            connection.execute(
                changes.update().where(changes.c.sequence > number - len(set(concerned))).values(at=moment)
            )


DRAWN = st.lists(
    st.tuples(
        st.integers(0, 100), st.sampled_from(KINDS), st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True)
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 6), drawn=DRAWN, sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5), whose=st.integers(0, 6),
)  # fmt: skip
def test_pages_of_any_sizes_tell_each_event_one_time_in_order(
    chain, url, databases, tmp_path, monkeypatch, seed, drawn, sizes, whose
):
    contracts = contracts_at(url, fill(chain, [(seed, 60)]))
    store = databases.open(f"books_{next(NUMBERS)}")
    workspace = open_workspace(store, contracts, tmp_path)
    workspace.indexer.catch_up()
    place_changes(store, drawn)
    viewer = OPERATOR if whose == 0 else party(whose)
    whole, end = read(workspace, viewer)
    for most in (500, 7):  # entries that a look takes in
        monkeypatch.setattr(told_events, "MOST", most)
        paged, end_of_pages = read(workspace, viewer, sizes=sizes)
        assert paged == whole
        assert end_of_pages == end == newest_event(workspace)
    assert len({one.id for one in whole}) == len(whole)
    assert on_chain(whole) == sorted(on_chain(whole))
    assert beside(whole) == sorted(beside(whole))
    for at, one in enumerate(whole):  # whoever stops at an event goes on behind it
        if at % 17 == 0:
            assert read(workspace, viewer, Cursor.parse(one.cursor))[0] == whole[at + 1 :]
    if viewer is OPERATOR:
        assert len(beside(whole)) == len(drawn)
    else:
        assert len(beside(whole)) == sum(whose in concerned for _, _, concerned in drawn)
    store.close()


@pytest.fixture
def history(chain, url, databases, tmp_path):
    """A chain that was read into a store, of either kind of database."""
    contracts = contracts_at(url, fill(chain, [(3, 150)]))
    store = databases.open(f"books_{next(NUMBERS)}")
    workspace = open_workspace(store, contracts, tmp_path)
    workspace.indexer.catch_up()
    yield SimpleNamespace(chain=chain, store=store, workspace=workspace)
    store.close()


def test_a_party_is_told_of_the_pieces_and_lines_that_it_may_see_and_of_no_others(history):
    with history.store.read() as connection:
        pieces = {row.piece: row for row in all_pieces(connection)}
        lines = {row.line: row for row in all_lines(connection)}
        numbers = {row.owner for row in pieces.values()} | {row.bank for row in lines.values()}
    everything, _ = read(history.workspace, OPERATOR)
    some = 0
    for number in sorted(numbers):
        viewer = party(number)

        def sees(piece, viewer=viewer):
            row = pieces.get(piece)
            if row is None:
                return False
            return stake(viewer, row).any

        own = {piece for piece in pieces if sees(piece)}
        obligations = {str(piece.obligation) for piece in own}
        expected = [
            one.id
            for one in everything
            if (one.kind == "voucher" and PieceId.parse(one.subject) in own)
            or (one.kind == "obligation" and one.subject in obligations)
            or (one.kind == "line" and any(
                str(line.line) == one.subject and number in (line.bank, line.issuer) for line in lines.values()
            ))
        ]  # fmt: skip
        told, _ = read(history.workspace, viewer)
        assert [one.id for one in told if one.kind != "evidence"] == expected
        some += len(expected)
    assert some > 50


def test_a_look_reads_what_its_events_name_and_not_all_pieces(history):
    """With ten times the pieces that a look's events do not name, it reads not one row more."""
    with asked_of(history.store) as asked:
        events_after(history.workspace, None, party(3), START, 500)
    of_pieces = [statement for statement, _ in asked if "FROM pieces" in statement]
    assert of_pieces
    assert all("pieces.obligation" in s.partition("WHERE")[2] for s in of_pieces if "holds" not in s)
    assert len(asked) < 20


def test_where_the_chain_turned_a_reader_is_told_of_what_stands_there_now(history):
    """Wherever a reader was when it turned: below, above, or at the end; and also who begins later, or was away for two turns."""
    store, workspace = history.store, history.workspace
    with store.begin() as connection:
        tell(connection, "firm 1", "QuoteMade", "voucher", "before")
    before, end = read(workspace, OPERATOR)
    low, middle = Cursor.parse(before[40].cursor), Cursor.parse(before[-10].cursor)
    fill(history.chain, [(3, 130), (4, 30)])
    workspace.indexer.catch_up()
    with store.begin() as connection:
        tell(connection, "firm 1", "QuoteMade", "voucher", "between")
    again, _ = read(workspace, OPERATOR, end)
    fill(history.chain, [(3, 120), (5, 50)])
    workspace.indexer.catch_up()
    with store.begin() as connection:
        tell(connection, "firm 1", "QuoteMade", "voucher", "after")
        turns = connection.execute(select(changes.c.subject).where(changes.c.enterprise == NOBODY)).scalars().all()
    assert len(turns) == 2
    now, newest = read(workspace, OPERATOR)
    with store.read() as connection:
        told = select(func.count()).select_from(events).where(events.c.name.in_(TOLD))
        assert len(on_chain(now)) == len(set(on_chain(now))) == connection.execute(told).scalar_one()
    assert [one.subject for one in now if one.name == "QuoteMade"] == ["before", "between", "after"]
    common = min(map(int, turns))
    stayed = {one.id for one in now if one.name in TOLD and Cursor.parse(one.cursor).block <= common}
    of_now = {one.id for one in now if one.name in TOLD}
    for start, had in ((low, before[:41]), (middle, before[:-9]), (end, before)):
        later, last = read(workspace, OPERATOR, start, sizes=(7, 3))
        assert last == newest
        ids = [one.id for one in later]
        assert len(set(ids)) == len(ids)
        assert of_now - {one.id for one in had} <= set(ids)  # nothing is skipped
        assert not stayed & set(ids) & {one.id for one in had}  # what stayed is told once
        assert [e.subject for e in later if e.name == "QuoteMade"] == [
            e.subject for e in now if e.name == "QuoteMade" and e.id not in {one.id for one in had}
        ]
    assert {one.id for one in again if one.name in TOLD}.isdisjoint(stayed)


def test_what_becomes_visible_later_has_a_larger_number(new_databases, tmp_path):
    """Two processes that tell at once: the second waits for the first, whichever number the database would give it, so that a
    reader between the two skips nothing."""
    databases = new_databases("postgresql", tmp_path)  # SQLite has one writer at a time
    store, other = databases.open(), databases.open()
    started, seen = threading.Event(), []

    def second():
        started.set()
        with other.begin() as connection:
            tell(connection, "b", "QuoteMade", "voucher", "fast")

    thread = threading.Thread(target=second)
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with store.begin() as first:
        tell(first, "a", "QuoteMade", "voucher", "slow")
        thread.start()
        started.wait()
        waits = False
        until = time.monotonic() + 10
        while not waits and time.monotonic() < until:
            with store.read() as connection:
                seen.append(connection.execute(select(changes.c.subject)).scalars().all())
                waits = bool(connection.execute(waiting).scalar_one())
        assert waits
    thread.join()
    assert all(found == [] for found in seen)
    with store.read() as connection:
        told = connection.execute(select(changes.c.subject).order_by(changes.c.sequence)).scalars().all()
    assert told == ["slow", "fast"]
    store.close()
    other.close()


def test_what_did_not_happen_is_not_told(store):
    class Refused(Exception):
        pass

    def change(connection):
        tell(connection, "a", "QuoteMade", "voucher", "1.1.1.1")
        raise Refused

    with pytest.raises(Refused), store.begin() as connection:
        change(connection)
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(changes)).scalar_one() == 0


@pytest.mark.parametrize("wrong", ["", "1.2", "1.2.3.4", "a.b.c", "1.2.-3", "1.2.1234567890", "²·1.1.1", "1.1.1 "])
def test_a_cursor_that_is_none_is_refused(wrong):
    with pytest.raises(CursorMalformed):
        Cursor.parse(wrong)


def test_no_name_is_told_of_both_records():
    assert len(NAMES) == len(TOLD) + len(CHANGES)


def test_every_event_is_documented():
    assert {name for name in NAMES if f"`{name}`" not in DOCUMENT} == set()


def test_a_place_beyond_the_end_goes_back_to_it(store, tmp_path):
    with store.begin() as connection:
        connection.execute(
            insert(changes).values(at=1, enterprise="a", name="QuoteMade", kind="voucher", subject="x", echo=False)
        )
    workspace = SimpleNamespace(store=store, contracts=SimpleNamespace(decoder=None))
    look = events_after(workspace, None, OPERATOR, Cursor(99, 9, 999))
    assert (look.events, look.cursor, look.more) == ([], Cursor(0, 0, 1), False)
