"""The books are a fold of the chain's events, whatever the chain or other readers do meanwhile.

1. Two readers of one home read each block once.
2. After a re-org the books are those of the chain as it is now, as if nothing else had ever been read.
3. A chain that has nothing in common with the books is refused.
4. The embedded chain that was lost is made anew without its empty blocks, and the books are its books again, however deep.
"""

import shutil
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from chain.commands.enrol import enrol
from chain.commands.workspace import open_workspace
from chain.indexing import fetching, indexer
from chain.indexing.indexer import ChainUnknown, Indexer
from chain.network import CreditLine, Enterprise, Network, Role
from chain.store.tables import blocks, events, financing, keys, lines, parties


def network(*, suppliers: int) -> Network:
    firms = [
        Enterprise(id="B", name="Bank", roles=(Role.BANK,)),
        Enterprise(id="C", name="Core", roles=(Role.CORE_ENTERPRISE,)),
    ]
    firms += [Enterprise(id=f"S{n}", name=f"Supplier {n}", roles=(Role.SUPPLIER,)) for n in range(suppliers)]
    line = CreditLine(
        bank="B", issuer="C", currency="CNY", limit_minor=100, financing_limit_minor=50,
        expiry=date.today() + timedelta(days=300),
    )  # fmt: skip
    return Network(name="test", enterprises=tuple(firms), lines=(line,))


@pytest.fixture
def workspace(tmp_path, databases):
    with open_workspace(databases.settings(tmp_path / "home")) as workspace:
        enrol(workspace, network(suppliers=1))
        yield workspace


def books(store):
    """All events and what was folded from them."""
    with store.read() as connection:
        return [
            sorted(map(repr, connection.execute(select(table)).all()))
            for table in (events, parties, keys, lines, financing)
        ]


def read_anew(workspace, databases, name):
    """The books of somebody who reads the chain from its beginning."""
    store = databases.open(name)
    Indexer(store, workspace.contracts).catch_up()
    found = books(store)
    store.close()
    return found


def mine(workspace, count=1):
    for _ in range(count):
        workspace.web3.provider.make_request("evm_mine", [])


class Overtaken(Indexer):
    """Another process reads the same blocks while this one is about to write them."""

    other: Indexer

    def _read_range(self, fetched, earlier):
        self.other.catch_up()
        return super()._read_range(fetched, earlier)


@pytest.mark.parametrize("many", [0, indexer.MANY_EVENTS])
def test_two_readers_of_one_home_read_each_block_once(workspace, databases, monkeypatch, many):
    """Also where each range is written as much, and the next ones are fetched by processes of their own."""
    monkeypatch.setattr(indexer, "MANY_EVENTS", many)
    monkeypatch.setattr(fetching, "FIRST_BLOCKS", 2)
    monkeypatch.setattr(fetching, "MOST_BLOCKS", 4)
    store = databases.open("shared")
    reader = Overtaken(store, workspace.contracts)
    reader.other = Indexer(store, workspace.contracts)
    head = workspace.web3.eth.block_number
    assert reader.catch_up() == head
    mine(workspace, 2)
    assert reader.catch_up() == head + 2
    assert books(store) == read_anew(workspace, databases, "anew")
    store.close()


def test_after_a_reorg_the_books_are_those_of_the_chain_as_it_is_now(workspace, databases):
    before = books(workspace.store)
    snapshot = workspace.web3.provider.make_request("evm_snapshot", [])["result"]
    enrol(workspace, network(suppliers=3))
    after = books(workspace.store)
    assert len(after[1]) == len(before[1]) + 2

    workspace.web3.provider.make_request("evm_revert", [snapshot])
    mine(workspace, 6)  # longer than the branch that was lost, and without its events
    workspace.indexer.catch_up()
    assert books(workspace.store) == before == read_anew(workspace, databases, "anew")

    assert workspace.outbox.resume(workspace.keyring.signer_at) > 0
    workspace.indexer.catch_up()
    found = books(workspace.store)
    assert found[1:] == after[1:]
    assert found == read_anew(workspace, databases, "later")


def test_a_chain_that_has_nothing_in_common_with_the_books_is_refused(workspace):
    with workspace.store.begin() as connection:
        connection.execute(blocks.update().values(hash="0x" + "00" * 32))
    with pytest.raises(ChainUnknown):
        Indexer(workspace.store, workspace.contracts).catch_up()


def lose_state(folder):
    for name in ("state.json", "state.good.json"):
        (folder / name).unlink(missing_ok=True)


@pytest.mark.parametrize("lose", [lose_state, shutil.rmtree], ids=["its state", "its folder"])
def test_the_books_of_an_embedded_chain_that_was_made_anew_are_its_books(lose, tmp_path, databases):
    settings = databases.settings(tmp_path / "home", finality_blocks=2)
    with open_workspace(settings) as workspace:
        mine(workspace, 3)  # as the service does while nobody acts, and the outbox does not know
        enrol(workspace, network(suppliers=2))
        before = books(workspace.store)
    lose(settings.node_folder)
    with open_workspace(settings) as workspace:
        after = books(workspace.store)
        assert after == read_anew(workspace, databases, "anew")
        assert len(after[1]) == len(before[1]) > 0
        enrol(workspace, network(suppliers=3))
