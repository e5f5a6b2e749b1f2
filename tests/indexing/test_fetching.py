"""Where many blocks are missing a process of its own fetches them, and nobody can tell by the books.

1. The books are those that are read without it; it ends with the reading, however that ends, and with whoever began it.
2. When it is killed, or fails, whoever asked goes on without it.
"""

import os
import subprocess
import sys
import time
from contextlib import closing

import pytest

from benchmarks.served_chain import ServedChain
from chain.indexing import fetching, indexer
from chain.indexing.fetching import Fetcher
from chain.indexing.fetching_process import FetchingProcess
from chain.indexing.indexer import Indexer
from chain.store.database import Store
from tests.indexing.histories import contracts_at, fill
from tests.indexing.test_reorganisations import everything, read_anew

ORPHAN = """
import sys
from chain.indexing.endpoints import Endpoints
from chain.indexing.fetching import Fetcher
from chain.indexing.fetching_process import FetchingProcess
from chain.issuance.decoding import EventDecoder

print(FetchingProcess(Fetcher(Endpoints([]), EventDecoder(), (), ())).process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def contracts(monkeypatch):
    """A chain of some ranges, of which each has enough events for another process, which is waited for."""
    monkeypatch.setattr(indexer, "MANY_EVENTS", 1)
    monkeypatch.setattr(FetchingProcess, "is_ready", lambda _: True)
    monkeypatch.setattr(fetching, "FIRST_BLOCKS", 16)
    monkeypatch.setattr(fetching, "MOST_BLOCKS", 16)
    chain = ServedChain()
    with chain.serve() as url:
        yield contracts_at(url, fill(chain, [(9, 150)]))


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(tmp_path / "books.sqlite3")) as store:
        yield store


@pytest.fixture
def by_ourselves(tmp_path, contracts, monkeypatch):
    """What is read without another process."""
    with monkeypatch.context() as patched:
        patched.setattr(indexer, "MANY_EVENTS", 2**63)
        return read_anew(tmp_path, contracts)


@pytest.fixture
def asked(monkeypatch):
    """What other processes were asked for: the processes, and first blocks."""
    asked = []
    fetch = FetchingProcess.fetch

    def watched(one, first, head):
        asked.append((one.process, first))
        return fetch(one, first, head)

    monkeypatch.setattr(FetchingProcess, "fetch", watched)
    return asked


def test_what_another_process_fetches_leads_to_the_same_books(store, contracts, by_ourselves, asked):
    Indexer(store, contracts).catch_up()
    assert len({process for process, _ in asked}) == 1
    assert asked[0][1] == 16
    assert everything(store) == by_ourselves
    assert asked[0][0].returncode is not None


def test_until_it_is_ready_nobody_waits_for_it(store, contracts, by_ourselves, asked, monkeypatch):
    monkeypatch.setattr(FetchingProcess, "is_ready", lambda _: False)
    Indexer(store, contracts).catch_up()
    assert not asked
    assert everything(store) == by_ourselves


def test_it_says_itself_that_it_is_ready_and_when_it_has_ended(contracts, monkeypatch):
    monkeypatch.undo()
    with closing(FetchingProcess(Indexer(None, contracts)._fetcher)) as process:
        deadline = time.monotonic() + 60
        while not process.is_ready():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.process.kill()
        process.process.wait()
        assert process.is_ready()
        assert process.fetch(0, 15) is None


def test_of_a_range_that_was_cut_short_it_is_not_learnt_that_more_could_be_asked_for(contracts, asked, monkeypatch):
    """Else the first range of the process, which begins with what was learnt here, would take any amount of memory."""
    asked_for = []
    fetch = Fetcher.fetch

    def watched(fetcher, first, head):
        fetched = fetch(fetcher, first, head)
        asked_for.append((fetched.last - first + 1, fetcher._blocks))
        return fetched

    monkeypatch.setattr(Fetcher, "fetch", watched)
    monkeypatch.setattr(fetching, "MOST_BLOCKS", 1_000)
    fetcher = Indexer(None, contracts)._fetcher
    for first in range(0, 24, 8):
        assert fetcher.fetch(first, first + 7)
    assert fetcher.fetch(24, 1_000)
    assert asked_for == [(8, 16), (8, 16), (8, 16), (16, 32)]
    first = next(first for first in range(100) if len(fetcher.fetch(first, first + 7).rows) > 4)
    monkeypatch.setattr(fetching, "EVENTS_A_RANGE", 4)
    monkeypatch.setattr(fetcher, "_blocks", 1_000)
    fetched = fetcher.fetch(first, first + 7)
    assert asked_for[-1] == (8, max(1, 8 * 4 // len(fetched.rows)))


def test_it_ends_when_the_reading_fails(store, contracts, asked, monkeypatch):
    def fails(*_):
        raise OSError

    monkeypatch.setattr(Indexer, "_fold", fails)
    with pytest.raises(OSError):
        Indexer(store, contracts).catch_up()
    assert asked[0][0].returncode is not None


@pytest.mark.parametrize("answered", [0, 2])
def test_one_that_is_killed_is_gone_on_without(store, contracts, by_ourselves, asked, answered):
    def progress(done, total):
        if len(asked) > answered:
            asked[-1][0].kill()

    Indexer(store, contracts).catch_up(progress)
    assert len({process for process, _ in asked}) > 1
    assert everything(store) == by_ourselves


def test_what_it_cannot_fetch_it_says_nothing_of_and_goes_on(contracts):
    with closing(FetchingProcess(Indexer(None, contracts)._fetcher)) as process:
        assert process.fetch(0, 15).rows
        assert process.fetch(10**9, 10**9 + 15) is None
        assert process.fetch(16, 31).rows


def test_it_ends_with_whoever_began_it(tmp_path):
    (tmp_path / "orphan.py").write_text(ORPHAN)
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "orphan.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    process = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("it is still there")
