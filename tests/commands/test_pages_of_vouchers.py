"""Reading a page of a portfolio looks at that page alone, and shows what a look at everything shows.

1. Page by page, in any state or in all, a viewer gets exactly the pieces that concern it by the rules, in the order of ids.
2. Who gave a piece is the owner of what it was cut from, or else its issuer.
3. What is kept in memory is never older than what another process committed.
4. However many pieces others have, as few rows are looked at.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from benchmarks.served_chain import ServedChain
from chain.books.fold import STATES
from chain.books.portfolio import MOST_ID, PASSED_ON, Which, all_pieces, pieces_of
from chain.books.unit_of_work import FOLDED
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import Books
from chain.commands.workspace import Home
from chain.errors import NotFound
from chain.identifiers import LineId, ObligationId, PieceId
from chain.indexing.indexer import Indexer
from chain.network import Enterprise, Network, Role
from chain.settings import Settings
from chain.store.database import Store
from chain.store.kept import Kept, one_moment
from chain.store.tables import lines, networks, parties
from tests.databases import KINDS
from tests.effort import examples
from tests.indexing.histories import contracts_at, fill
from tests.kept import is_at_hand
from tests.statements import asked_of, plan_of

FOLDED_NAMES = {table.name for table in FOLDED}
HISTORIES = ((31, 250), (32, 250), (33, 250))
BEYOND = PieceId(ObligationId(LineId(2**32 - 1, 255), 1), 1)


@pytest.fixture(params=KINDS, scope="module")
def home(request, tmp_path_factory):
    """The books of histories with holds, sales, payments and losses, on either database."""
    folder = tmp_path_factory.mktemp("pages")
    address = folder / "books.sqlite3"
    if request.param == "postgresql":
        address = request.getfixturevalue("module_database")
    chain, store = ServedChain(), Store.open(address)
    with chain.serve() as url:
        Indexer(store, contracts_at(url, fill(chain, HISTORIES))).catch_up()
    yield Home(Settings(home=folder), store)
    store.close()


@pytest.fixture(scope="module")
def module_database(postgresql_server):
    with postgresql_server.database() as address:
        yield address


@pytest.fixture(scope="module")
def everything(home):
    """All pieces, who granted each line, and all parties."""
    with home.store.read() as connection:
        pieces = all_pieces(connection)
        banks = dict(connection.execute(select(lines.c.id, lines.c.bank)).all())
        everybody = list(connection.scalars(select(parties.c.id)))
    assert len(pieces) > 100
    return {piece.piece: piece for piece in pieces}, banks, everybody


def giver(pieces, piece):
    return piece.issuer if piece.parent is None else pieces[piece.parent].owner


def seen_slowly(everything, viewer):
    """Every piece that concerns the viewer, with the state that it is told, by a look at all of them (README of roles)."""
    pieces, banks, _ = everything
    found = []
    for piece in pieces.values():
        granted = banks[piece.piece.obligation.line.chain] == viewer.party
        whole = viewer.sees_all or viewer.party in (piece.owner, piece.issuer) or granted
        if whole:
            found.append((piece, piece.shown_state))
        elif giver(pieces, piece) == viewer.party:
            hidden = "on_hold" if piece.on_hold else piece.state
            found.append((piece, hidden if piece.shown_state == PASSED_ON else piece.shown_state))
    return found


def asks(party, *roles):
    return Viewer(
        f"party {party}", "somebody", frozenset(roles or {Role.SUPPLIER}), party, "key:0", frozenset(), "key:0"
    )


def test_who_gave_a_piece_is_the_owner_of_what_it_was_cut_from(everything):
    pieces, _, _ = everything
    assert [piece.giver for piece in pieces.values()] == [giver(pieces, piece) for piece in pieces.values()]
    assert {piece.parent is None for piece in pieces.values()} == {True, False}


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pages_hold_what_a_look_at_everything_finds(home, everything, data):
    pieces, _, everybody = everything
    reader = data.draw(st.sampled_from([None, None, Role.REGULATOR, Role.OPERATOR]))
    party = data.draw(st.sampled_from([*everybody, None]))
    viewer = asks(party, *([reader] if reader else []))
    state = data.draw(st.sampled_from([None, None, *STATES[1:], PASSED_ON, "on_hold"]))
    most = data.draw(st.sampled_from([1, 2, 3, 7, 50, None]))
    after = data.draw(st.none() | st.sampled_from([*pieces, BEYOND]))
    side = data.draw(st.sampled_from([None, "owner", "giver"]))
    expected = [] if party is None and reader is None else seen_slowly(everything, viewer)
    expected = [one for one in expected if side is None or party == getattr(one[0], side)]
    expected = [piece.piece for piece, told in expected if state in (None, told)]
    expected = [piece for piece in expected if after is None or piece > after]
    books = Books(home, CurrentTrade(home))
    assert [piece.piece for piece, _ in books.seen(viewer, after=after, most=most, state=state, side=side)] == (
        expected[:most]
    )


def test_all_pages_together_are_everything(home, everything):
    books = Books(home, CurrentTrade(home))
    for party in everything[2]:
        found, after = [], None
        while page := books.seen(asks(party), after=after, most=3):
            found += page
            after = page[-1][0].piece
        assert [piece.piece for piece, _ in found] == [p.piece for p, _ in seen_slowly(everything, asks(party))]


def test_one_piece_is_seen_by_those_whom_it_concerns_and_unknown_to_others(home, everything):
    pieces, _, everybody = everything
    books = Books(home, CurrentTrade(home))
    for party in everybody:
        own = {piece.piece for piece, _ in seen_slowly(everything, asks(party))}
        for wanted in list(pieces)[::7]:
            if wanted in own:
                assert books.piece(asks(party), wanted)[0] == pieces[wanted]
            else:
                with pytest.raises(NotFound):
                    books.piece(asks(party), wanted)


def test_an_id_above_all_that_the_books_can_hold_is_unknown(home):
    assert BEYOND.obligation.chain > MOST_ID
    with pytest.raises(NotFound):
        Books(home, CurrentTrade(home)).piece(asks(None, Role.OPERATOR), BEYOND)


def test_no_page_is_found_by_a_look_at_all_pieces(tmp_path):
    """SQLite tells how it goes about a question: through an index, never along a table."""
    store = Store.open(tmp_path / "empty.sqlite3")
    with store.begin() as connection:
        for line in range(40):
            row = {column.name: line for column in lines.columns} | {"bank": 7, "currency": "CNY", "suspended": False}
            connection.execute(insert(lines).values(row))
    with store.read() as connection, asked_of(store) as asked:
        for party in (None, 7):
            for state in (None, "held", "on_hold"):
                for side in (None, "owner", "giver"):
                    pieces_of(connection, party, Which(most=50, state=state, side=side))
    assert len(asked) > 20
    plans = [step for statement, values in asked for step in plan_of(store, statement, values)]
    store.close()
    assert [plan for plan in plans if plan.startswith("SCAN") and any(name in plan for name in FOLDED_NAMES)] == []
    assert any("ix_pieces_owner" in plan for plan in plans)
    assert any("ix_pieces_giver" in plan for plan in plans)


# --- what is kept ------------------------------------------------------------------------------------------------------


def named(name):
    return Network(name="n", enterprises=(Enterprise(id="USCC:1", name=name, roles=(Role.SUPPLIER,)),), lines=())


def test_what_another_process_commits_is_known_at_the_next_question(databases, tmp_path):
    """Two stores on one database are what two processes have."""
    here, there = databases.open("same"), databases.open("same")
    try:
        home, other = Home(Settings(home=tmp_path / "home"), here), Home(Settings(home=tmp_path / "home"), there)
        assert home.names() == other.names() == {}
        for name in ("first", "second", "third"):
            other.save_network(named(name))
            assert home.names() == other.names() == {"USCC:1": name}
        home.save_network(named("here"))
        assert home.names() == other.names() == {"USCC:1": "here"}
    finally:
        here.close()
        there.close()


def test_a_version_stays_while_nothing_is_committed_and_is_another_afterwards(databases):
    here, there = databases.open("same"), databases.open("same")
    try:
        for store in (here, there):
            before = here.version()
            with store.read() as connection:
                connection.execute(select(networks)).all()
            assert here.version() == before
            with store.begin() as connection:
                connection.execute(insert(networks).values(body={}, version=1))
            assert here.version() != before
    finally:
        here.close()
        there.close()


def test_what_is_kept_is_read_again_once_a_version_and_given_what_was_before():
    version, given_before = [1], []

    def read(before):
        given_before.append(before)
        return f"value {len(given_before)}"

    kept = Kept(lambda: version[0], read)
    assert [kept.get(), kept.get()] == ["value 1", "value 1"]
    version[0] = 2
    assert [kept.get(), kept.get()] == ["value 2", "value 2"]
    assert given_before == [None, "value 1"]


def test_what_is_read_while_the_version_moves_is_told_once_and_not_kept_for_when_it_comes_back():
    """A block is read, and taken back: the version before it comes again, and what was read of the block is not so any more."""
    version, values = [1], iter(["of both", "of the first"])

    def read(_):
        value = next(values)
        if value == "of both":
            version[0] = 2
        return value

    kept = Kept(lambda: version[0], read)
    assert kept.get() == "of both"
    version[0] = 1
    assert not is_at_hand(kept)
    assert [kept.get(), kept.get()] == ["of the first", "of the first"]


def test_what_fails_while_it_is_read_is_read_again():
    results = iter([ValueError(), "value"])

    def read(_):
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    kept = Kept(lambda: 1, read)
    with pytest.raises(ValueError):
        kept.get()
    assert kept.get() == "value"


def test_within_one_moment_what_was_seen_once_stays_and_is_looked_at_once():
    version, looks = [1], []

    def look():
        looks.append(version[0])
        return version[0]

    kept = Kept(look, lambda _: f"of {version[0]}")
    assert kept.get() == "of 1"
    looks.clear()
    with one_moment():
        assert is_at_hand(kept)
        version[0] = 2
        assert is_at_hand(kept)
        assert [kept.get(), kept.get()] == ["of 1", "of 1"]
        assert looks == [1]
        with one_moment():
            assert kept.get() == "of 1"
    assert not is_at_hand(kept)
    assert kept.get() == "of 2"


def test_what_is_read_within_a_moment_is_of_no_older_look_and_is_kept_only_where_nothing_moved():
    """What rests on a value that was looked at before, is read with a look of its own."""
    base, read = [1], []
    below = Kept(lambda: base[0], lambda _: base[0])

    def read_above(_):
        read.append(below.get())
        base[0] += len(read) == 1  # a commit while it is read
        return read[-1]

    above = Kept(below.get, read_above)
    with one_moment():
        assert below.get() == 1
        base[0] = 2
        assert above.get() == 2
        assert below.get() == 1
    assert not is_at_hand(above)
    assert above.get() == 3


def test_a_moment_is_one_thread_s_own():
    version = [1]
    kept = Kept(lambda: version[0], lambda _: version[0])
    with one_moment(), ThreadPoolExecutor(1) as elsewhere:
        assert kept.get() == 1
        version[0] = 2
        assert elsewhere.submit(kept.get).result() == 2
        assert kept.get() == 1
