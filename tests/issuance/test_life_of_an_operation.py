"""What may become of an operation, whatever the chain does to it.

1. Each step from state to state is one of the table (`TRANSITIONS`, docs/operating.md); the database itself keeps the record.
2. On the chain each operation is at most once, and the nonces of a signer have no hole and no double.
3. What is said to be mined or final is in the block that is said; what is final stays.
4. When the chain moves on, nothing stays open, but for what another's transaction holds up until that one is final.
"""

import contextlib
import os
import re
import shutil
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from web3 import Web3

from chain.errors import ContractRefused, Unavailable
from chain.issuance.outbox import (
    DONE_STATES,
    OPEN_STATES,
    TRANSITIONS,
    Call,
    KeyedCall,
    NotMined,
    OperationExpired,
    OperationReplaced,
    Outbox,
    Sending,
    SignedElsewhere,
)
from chain.issuance.signers import KeystoreSigner
from chain.store.database import Store
from chain.store.tables import operations, transactions
from tests.issuance.fake_node import CHAIN_ID, REVERTING, FakeNode

ROOT = Path(__file__).parents[2]
TARGET = "0x" + "11" * 20
SIGNERS = {signer.address: signer for signer in (KeystoreSigner(Account.from_key(bytes([n] * 32))) for n in (5, 6))}
FIRST = next(iter(SIGNERS.values()))
FINALITY = 4
#: What stands in a transaction that only takes a nonce which nobody has.
FILLING = b""
DEAREST = 10**12
DEPTH = int(os.environ.get("PEARL_TEST_DEPTH", "500"))
"""Twenty times the histories that are tried."""


def refused(data: bytes) -> ContractRefused:
    return ContractRefused(name="Reverted", arguments=data.hex(), advice="-")


def outbox(store, node, **sending) -> Outbox:
    given = {"finality_blocks": FINALITY, "sending_seconds": 0, "fee_bump_seconds": 0}
    if node.has_fees:
        given["fee_cap_wei"] = DEAREST
    return Outbox(store, Web3(node), refused, Sending(**(given | sending)))


def call(number: int, first: int = 1, **more) -> Call:
    return Call("test", TARGET, bytes([first]) + number.to_bytes(4, "big"), **more)


def foreign(node, signer=FIRST, nonce=None):
    """A transaction that somebody else signs with the same key."""
    fee = {"gasPrice": DEAREST} if node.has_fees else {"gasPrice": 0}
    at = node.count(signer.address.lower()) if nonce is None else nonce
    raw = signer.sign_transaction(
        {"to": TARGET, "value": 0, "gas": 30_000, "nonce": at, "chainId": CHAIN_ID, "data": b"foreign", **fee}
    )
    node.pool.pop((signer.address.lower(), at), None)
    Web3(node).eth.send_raw_transaction(raw)


def states(store):
    with store.read() as connection:
        return dict(connection.execute(select(operations.c.key, operations.c.state)).all())


class Life(RuleBasedStateMachine):
    """Commands, blocks, re-orgs, losses, restarts and other people's transactions in any order."""

    #: Each run has a database of its own, a copy of an empty one.
    empty: Path
    runs = 0

    @initialize(has_fees=st.booleans(), most_open=st.integers(1, 4))
    def begin(self, has_fees, most_open):
        type(self).runs += 1
        self.node = FakeNode(has_fees=has_fees)
        self.store = Store.connect(Path(shutil.copy(self.empty, self.empty.with_name(f"{self.runs}.sqlite3"))))
        with self.store.begin() as connection:
            connection.execute(text("CREATE TABLE steps (old TEXT, new TEXT)"))
            connection.execute(
                text(
                    "CREATE TRIGGER stepped AFTER UPDATE ON operations WHEN OLD.state <> NEW.state "
                    "BEGIN INSERT INTO steps VALUES (OLD.state, NEW.state); END"
                )
            )
        self.most_open = most_open
        self.sent = {}
        self.finals = {}
        self.strangers = 0
        self.depth = 0
        self.restart()

    @rule()
    def restart(self):
        self.box = outbox(self.store, self.node, open_transactions=self.most_open)

    @rule(
        number=st.integers(0, 12), first=st.sampled_from([1, 1, 1, REVERTING, REVERTING - 1]), late=st.integers(-9, 9)
    )
    def send(self, number, first, late):
        """A command, new or repeated; some contracts refuse at once, some only when it is mined."""
        order = self.order(number, first, late)
        with contextlib.suppress(ContractRefused, Unavailable, OperationExpired, OperationReplaced):
            self.box.send(order.key, order.signer, order.call)

    @rule(
        numbers=st.lists(st.integers(0, 12), min_size=2, max_size=4, unique=True),
        first=st.sampled_from([1, 1, REVERTING]),
        late=st.integers(-2, 9),
        mines=st.booleans(),
    )
    def send_together(self, numbers, first, late, mines):
        """Several at once; a node may make a block as soon as it has them."""
        self.node.mines_at_once = mines
        orders = [self.order(number, first, late) for number in numbers]
        with contextlib.suppress(Unavailable, OperationExpired, OperationReplaced):
            self.box.send_all(orders)
        self.node.mines_at_once = False

    def order(self, number, first, late):
        known = self.sent.setdefault(number, call(number, first, deadline=self.node.clock + late))
        return KeyedCall(str(number), list(SIGNERS.values())[number % 2], known)

    @rule(most=st.integers(0, 3))
    def make_block(self, most):
        self.node.make_block(most)
        self.depth += 1

    @rule(depth=st.integers(1, FINALITY), keeps=st.booleans(), longer=st.integers(0, 1))
    def turn_back(self, depth, keeps, longer):
        """A re-org above what is final: the chain is as long again at once, or longer."""
        above = min(depth, self.depth, FINALITY)
        self.node.turn_back(above, keeps=keeps)
        for _ in range(above + longer):
            self.node.make_block(1 if keeps else 0)
        self.depth += longer

    @rule(forgets=st.booleans())
    def lose(self, forgets):
        """The node restarts and its pool is empty; for a while it may throw away what it takes."""
        self.node.pool.clear()
        self.node.forgets = forgets

    @precondition(lambda self: self.strangers < 2)
    @rule()
    def strange(self):
        self.node.forgets = False
        foreign(self.node)
        self.strangers += 1

    @rule(mute=st.booleans())
    def silence(self, mute):
        self.node.mute = mute
        with contextlib.suppress(Unavailable):
            self.box.settle(SIGNERS.get)
        self.node.mute = False

    @rule()
    def settle(self):
        self.box.settle(SIGNERS.get)
        with self.store.read() as connection:
            rows = connection.execute(select(operations).where(operations.c.state.in_(DONE_STATES))).mappings().all()
        for row in rows:
            receipt = Web3(self.node).eth.get_transaction_receipt(row["transaction_hash"])
            assert (receipt["blockNumber"], receipt["blockHash"].to_0x_hex()) == (
                row["block_number"],
                row["block_hash"],
            )
            if row["state"] == "final":
                self.finals.setdefault(row["id"], row["block_hash"])
                assert self.finals[row["id"]] == row["block_hash"]

    @rule()
    def resume(self):
        with contextlib.suppress(Unavailable):
            self.box.resume(SIGNERS.get)

    @invariant()
    def every_step_is_in_the_table(self):
        if not hasattr(self, "store"):
            return
        with self.store.read() as connection:
            steps = set(connection.execute(text("SELECT old, new FROM steps")).all())
        assert all(new in TRANSITIONS[old] for old, new in steps), steps

    @invariant()
    def nothing_is_on_the_chain_twice(self):
        if not hasattr(self, "node"):
            return
        mined = self.node.mined()
        own = [(one["from"], one["call"]) for one in mined if one["call"] not in (b"foreign", FILLING)]
        assert len(own) == len(set(own))
        allotted = {}
        with self.store.read() as connection:
            for signer, nonce in connection.execute(select(operations.c.signer, operations.c.nonce)):
                if nonce is not None:
                    allotted.setdefault(signer.lower(), []).append(nonce)
        for nonces in allotted.values():
            assert len(nonces) == len(set(nonces))

    def teardown(self):
        if not hasattr(self, "store"):
            return
        self.node.forgets = False
        for _ in range(3 * len(self.sent) + 2 * FINALITY):
            with contextlib.suppress(Unavailable):
                self.box.resume(SIGNERS.get)
            self.box.settle(SIGNERS.get)  # what a service does now and then: it fills holes that a re-org made
            self.node.make_block()
        self.box.settle(SIGNERS.get)
        left = {key: state for key, state in states(self.store).items() if state in OPEN_STATES}
        assert not left, left
        self.every_step_is_in_the_table()
        self.nothing_is_on_the_chain_twice()
        done = {key for key, state in states(self.store).items() if state in DONE_STATES}
        calls = {one["call"] for one in self.node.mined() if not one["reverts"] and one["call"] != b"foreign"}
        assert calls == {FILLING if key.startswith("fill:") else self.sent[int(key)].data for key in done}
        self.store.close()


def test_whatever_happens_an_operation_takes_only_steps_of_the_table(tmp_path):
    class InFolder(Life):
        empty = tmp_path / "empty.sqlite3"

    Store.open(InFolder.empty).close()
    depth = settings(
        max_examples=DEPTH // 20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(InFolder, settings=depth)


def test_the_table_is_that_of_the_documents():
    written = (ROOT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]*) \|$", written, re.MULTILINE)
    told = {state: tuple(re.findall(r"`(\w+)`", following)) for state, following in rows if state in TRANSITIONS}
    assert told == TRANSITIONS


def test_a_block_that_was_turned_back_gives_its_transaction_back_as_the_same_bytes(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    node.make_block()
    first = box.send("a", FIRST, call(1))
    node.turn_back(1, keeps=False)
    node.make_block()
    box.settle()
    assert states(store) == {"a": "submitted"}
    node.make_block()
    again = box.send("a", FIRST, call(1))
    assert again.transaction_hash == first.transaction_hash
    assert again.block_number == first.block_number + 1


def test_what_was_refused_in_a_block_that_was_turned_back_long_ago_keeps_nobody_waiting(store):
    """The service was away from before the re-org until the block would have been final."""
    node = FakeNode()
    box = outbox(store, node, open_transactions=4)
    for number, first in ((1, REVERTING - 1), (2, 1)):
        with pytest.raises(NotMined):
            box.send(str(number), FIRST, call(number, first))
    node.make_block(1)
    with pytest.raises(ContractRefused):
        box.send("1", FIRST, call(1, REVERTING - 1))
    node.turn_back(1, keeps=False)
    for _ in range(FINALITY + 1):
        node.make_block()
    assert states(store) == {"1": "refused", "2": "submitted"}
    for _ in range(2):
        box.settle(SIGNERS.get)
        node.make_block()
    box.settle(SIGNERS.get)
    assert states(store) == {"1": "refused", "2": "mined"}


def test_what_is_in_another_block_after_a_re_org_is_booked_there(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    node.make_block()
    first = box.send("a", FIRST, call(1))
    node.turn_back(1, keeps=True)
    node.make_block()  # at the same height
    box.settle()
    with store.read() as connection:
        booked = connection.execute(select(operations.c.block_number, operations.c.block_hash)).one()
    assert booked == (first.block_number, Web3.to_hex(node.ids[-1]))


def test_what_is_as_deep_as_the_indexers_last_final_block_is_final(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    seen = []
    for _ in range(FINALITY + 1):
        node.make_block()
        box.settle()
        seen.append(states(store)["a"])
    assert seen == ["mined"] * FINALITY + ["final"]


def test_a_transaction_whose_nonce_another_one_used_is_replaced_once_that_is_final(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    foreign(node, nonce=0)
    node.make_block()
    for _ in range(FINALITY):
        with pytest.raises(SignedElsewhere):
            box.send("a", FIRST, call(1))
        node.make_block()
    with pytest.raises(OperationReplaced):
        box.send("a", FIRST, call(1))
    with pytest.raises(OperationReplaced):
        box.send("a", FIRST, call(1))
    assert box.retried("a") == "a#2"
    with pytest.raises(NotMined):
        box.send(box.retried("a"), FIRST, call(1))
    node.make_block()
    assert box.send("a#2", FIRST, call(1)).block_number == len(node.blocks) - 1


def test_what_another_one_used_is_free_again_when_its_block_is_turned_back(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    foreign(node, nonce=0)
    node.make_block()
    with pytest.raises(SignedElsewhere):
        box.send("a", FIRST, call(1))
    node.turn_back(1, keeps=False)
    with pytest.raises(NotMined):
        box.send("a", FIRST, call(1))
    node.make_block()
    assert box.send("a", FIRST, call(1)).block_number == 1


def test_what_was_not_signed_before_its_deadline_never_is(store):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(OperationExpired):
        box.send("late", FIRST, call(1, deadline=node.clock - 9))
    node.make_block()
    with pytest.raises(OperationExpired):
        box.send("late", FIRST, call(1, deadline=node.clock + 9))
    with pytest.raises(NotMined):
        box.send("in time", FIRST, call(2, deadline=node.clock + 9))
    with store.read() as connection:
        assert connection.execute(select(transactions.c.operation)).all() == [(2,)]
