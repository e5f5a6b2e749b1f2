"""Whatever a chain turns into, the books are those of the chain as it is now.

1. After any re-orgs of not final blocks they are, in every table, what a reader gets who reads the chain from its beginning.
2. Nothing is kept of how to take back what is final; a re-org of that is refused, and changes nothing.
3. A crash between any two steps loses nothing and doubles nothing.
4. A range that a node does not tell at once is asked for in parts; in whatever ranges a chain is read, the books are the same.
"""

import itertools
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from benchmarks.served_chain import ServedChain
from chain.books import undo as undoing
from chain.books.exposure import exposure
from chain.books.folding import Folding
from chain.books.unit_of_work import FOLDED
from chain.indexing import fetching
from chain.indexing.fetching import Fetcher
from chain.indexing.indexer import Indexer, ReorganisationTooDeep, last_block
from chain.store.database import Store
from chain.store.tables import blocks, events, exposure_changes, exposures, undo
from tests.books.reference_exposure import scan
from tests.indexing.histories import contracts_at, fill, history

TABLES = (*FOLDED, events, exposures, exposure_changes)
TODAY = 20_900
NUMBERS = itertools.count(1)
BRANCHES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 2**30), st.integers(1, 60), st.integers(1, 5)), min_size=1, max_size=4
)
"""For each re-org: how many blocks are replaced, the seed of what comes instead, how many blocks that are, and how many of
them come before the indexer looks again."""


@pytest.fixture
def chain():
    return ServedChain()


@pytest.fixture
def url(chain):
    with chain.serve() as url:
        yield url


def everything(store):
    with store.read() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in TABLES}


def read_anew(folder, contracts):
    (folder / "anew.sqlite3").unlink(missing_ok=True)
    store = Store.open(folder / "anew.sqlite3")
    Indexer(store, contracts).catch_up()
    found = everything(store)
    store.close()
    return found


def set_up(seed):
    """How many blocks a history of this seed has before its first branch."""
    return len(history(((seed, 0),))[0])


def cut_to(branches, length):
    """The branches of a history of only so many blocks behind its setting up."""
    kept = []
    for seed, count in branches:
        kept.append((seed, min(count, length)))
        length -= kept[-1][1]
    return [branch for branch in kept if branch[1]] or [(branches[0][0], 0)]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.tuples(st.integers(0, 20), st.integers(1, 150)), turns=BRANCHES)
def test_after_any_reorgs_the_books_are_those_of_a_fresh_fold(chain, url, tmp_path, databases, first, turns):
    branches = [first]
    contracts = contracts_at(url, fill(chain, branches))
    store = databases.open(f"books_{next(NUMBERS)}")
    indexer = Indexer(store, contracts)
    indexer.catch_up()
    for replaced, seed, count, parts in turns:
        stays = cut_to(branches, max(0, sum(n for _, n in branches) - replaced))
        for part in range(1, parts + 1):
            branches = [*stays, (seed, -(-count * part // parts))]
            fill(chain, branches)
            indexer.catch_up()
        assert everything(store) == read_anew(tmp_path, contracts)
        with store.read() as connection:
            assert exposure(connection, TODAY) == scan(connection, TODAY)
    store.close()


@pytest.fixture
def turning(monkeypatch):
    """Does something once, just before an indexer fetches on from a block."""

    def turning(indexer, block, act):
        fetch, done = Fetcher.fetch, []

        def watched(fetcher, first, head):
            if fetcher is indexer._fetcher and first >= block and not done:
                done.append(first)
                act(first)
            return fetch(fetcher, first, head)

        monkeypatch.setattr(Fetcher, "fetch", watched)
        monkeypatch.setattr(fetching, "FIRST_BLOCKS", 8)
        monkeypatch.setattr(fetching, "MOST_BLOCKS", 16)
        return done

    return turning


def test_where_the_chain_turns_between_two_ranges_it_is_read_anew(chain, url, tmp_path, store, turning):
    contracts = contracts_at(url, fill(chain, [(1, 5), (1, 120)]))
    indexer = Indexer(store, contracts)
    turned = turning(indexer, set_up(1) + 30, lambda _: fill(chain, [(1, 5), (1_001, 150)]))
    indexer.catch_up()
    assert turned
    assert everything(store) == read_anew(tmp_path, contracts)


def test_where_another_reader_follows_the_turn_first_nothing_of_the_lost_branch_is_kept(
    chain, url, tmp_path, store, turning
):
    contracts = contracts_at(url, fill(chain, [(1, 5), (1, 60)]))
    indexer, other = Indexer(store, contracts), Indexer(store, contracts)
    branch = [(1, 5), (1_001, 120)]

    def overtake(first):
        for _ in range(1_000):  # the range before may still be folded
            with store.read() as connection:
                if last_block(connection)[0] == first - 1:
                    break
            sleep(0.02)
        chain.blocks = []
        for now, logs in history(tuple(branch))[0][:first]:
            chain.add(logs, now)
        other.catch_up()
        fill(chain, branch)

    turned = turning(indexer, set_up(1) + 30, overtake)
    indexer.catch_up()
    assert turned
    assert everything(store) == read_anew(tmp_path, contracts)


def test_what_is_final_is_not_taken_back(chain, url, tmp_path, store):
    contracts = contracts_at(url, fill(chain, [(3, 80)]))
    indexer = Indexer(store, contracts, finality_blocks=20)
    head = indexer.catch_up()
    with store.read() as connection:
        assert connection.scalar(select(func.min(undo.c.block_number))) > head - 20
        final = connection.scalar(select(func.max(blocks.c.number)).where(blocks.c.final))
        assert head - 25 < final <= head - 20
    fill(chain, [(3, 70), (4, 30)])
    indexer.catch_up()
    before = everything(store)
    assert before == read_anew(tmp_path, contracts)
    fill(chain, [(3, 40), (5, 200)])
    with pytest.raises(ReorganisationTooDeep):
        indexer.catch_up()
    assert everything(store) == before


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("place", ["fetch", "fold", "write", "undo"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_crash_loses_nothing_and_doubles_nothing(chain, url, tmp_path, store, monkeypatch, place, after):
    contracts = contracts_at(url, fill(chain, [(6, 150)]))
    monkeypatch.setattr(fetching, "FIRST_BLOCKS", 16)
    monkeypatch.setattr(fetching, "EVENTS_A_RANGE", 40)
    owner, name = {
        "fetch": (Fetcher, "fetch"), "fold": (Folding, "block"), "write": (Folding, "write"),
        "undo": (undoing, "finalise"),
    }[place]  # fmt: skip
    original, left = getattr(owner, name), [after]

    def crash(*arguments, **named):
        if left[0] == 0:
            raise Crash
        left[0] -= 1
        return original(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, crash)
        with pytest.raises(Crash):
            Indexer(store, contracts).catch_up()
    Indexer(store, contracts).catch_up()
    assert everything(store) == read_anew(tmp_path, contracts)


def test_a_range_that_is_too_much_at_once_is_asked_for_in_parts(chain, url, tmp_path):
    contracts = contracts_at(url, fill(chain, [(7, 150)]))
    most = max(len(logs) for _, logs in history(((7, 150),))[0])
    expected = read_anew(tmp_path, contracts)
    chain.most_logs = most
    assert read_anew(tmp_path, contracts) == expected
    assert chain.asked.count("eth_getLogs") > 10


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(branch=st.tuples(st.integers(0, 2**30), st.integers(1, 150)), most=st.integers(1, 40))
def test_in_whatever_ranges_a_chain_is_read_the_books_are_the_same(chain, url, tmp_path, branch, most):
    contracts = contracts_at(url, fill(chain, [branch]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fetching, "FIRST_BLOCKS", most)
        patched.setattr(fetching, "MOST_BLOCKS", most)
        in_parts = read_anew(tmp_path, contracts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fetching, "FIRST_BLOCKS", 10_000)
        assert read_anew(tmp_path, contracts) == in_parts
