"""Transactions on real nodes that make blocks only when told to.

1. On a chain with fees nothing is signed unless a cap allows it, and never above the cap.
2. What waits too long is replaced by a dearer version of the same nonce; whichever is mined counts.
3. Processes that send for one signer at once share its nonces without hole and double.
4. No more than so many transactions of a signer are open; what is too much waits, and is told so.
5. A node that is silent, or takes transactions and makes no block, is waited out, and another one of the chain is used.
"""

import multiprocessing
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
import urllib3
from eth_account import Account
from sqlalchemy import select
from web3 import HTTPProvider, Web3

from chain.errors import ContractRefused, Unavailable
from chain.issuance.fees import Fee, FeeAboveCap, FeesUnset, bumped
from chain.issuance.node import EmbeddedNode, _free_port, anvil_executable, connect
from chain.issuance.node_names import ChainOther
from chain.issuance.outbox import Call, NotMined, Outbox, Sending, TooManyOpen
from chain.issuance.signers import KeystoreSigner
from chain.store.database import Store
from chain.store.tables import operations, transactions
from tests.issuance import fake_node

TARGET = "0x" + "11" * 20
KEY = b"\x05" * 32
SIGNER = KeystoreSigner(Account.from_key(KEY))
GWEI = 10**9
PROCESSES, EACH = 3, 6


def call(number: int) -> Call:
    return Call("test", TARGET, number.to_bytes(4, "big"))


def outbox(store, *endpoints, timeout=5, **sending) -> Outbox:
    clients = [Web3(HTTPProvider(at, request_kwargs={"timeout": timeout})) for at in endpoints]
    given = Sending(**({"sending_seconds": 0, "fee_bump_seconds": 0, "finality_blocks": 0} | sending))
    return Outbox(store, clients[0], lambda data: AssertionError(data), given, clients[1:])


@contextmanager
def anvil(*arguments):
    """A node in memory; its address."""
    port = _free_port()
    command = [
        str(anvil_executable()),
        "--port",
        str(port),
        "--chain-id",
        "7851",
        "--accounts",
        "0",
        "--silent",
        *arguments,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                connect(endpoint)
                break
            except Unavailable:
                assert process.poll() is None
        yield endpoint
    finally:
        process.kill()
        process.wait()


def ask(endpoint, method, *parameters):
    answer = connect(endpoint).provider.make_request(method, list(parameters))
    assert "error" not in answer, answer
    return answer["result"]


@pytest.fixture
def dear():
    """A chain with a base fee of 1 gwei that makes blocks when told to; the signer is rich."""
    with anvil("--no-mining", "--base-fee", str(GWEI), "--hardfork", "cancun") as endpoint:
        ask(endpoint, "anvil_setBalance", SIGNER.address, hex(10**20))
        yield endpoint


@pytest.fixture
def slow():
    """A chain without fees that makes blocks when told to."""
    with anvil("--no-mining", "--base-fee", "0", "--gas-price", "0", "--hardfork", "paris") as endpoint:
        yield endpoint


def versions(store):
    with store.read() as connection:
        return connection.execute(select(transactions).order_by(transactions.c.fee_wei)).mappings().all()


def mined(endpoint):
    """(nonce, input) of all on the chain."""
    web3 = connect(endpoint)
    blocks = [web3.eth.get_block(number, full_transactions=True) for number in range(web3.eth.block_number + 1)]
    return [(one["nonce"], bytes(one["input"])) for block in blocks for one in block["transactions"]]


# --- fees ------------------------------------------------------------------------------------------------------------------


def test_on_a_chain_with_fees_nothing_is_signed_without_a_cap(store, dear):
    for _ in range(2):
        with pytest.raises(FeesUnset):
            outbox(store, dear).send("a", SIGNER, call(1))
    assert not versions(store)
    with store.read() as connection:
        assert connection.execute(select(operations.c.state, operations.c.nonce)).all() == [("recorded", None)]


def test_nothing_is_signed_while_a_unit_of_gas_costs_more_than_the_cap(store, dear):
    with pytest.raises(FeeAboveCap):
        outbox(store, dear, fee_cap_wei=GWEI // 2).send("a", SIGNER, call(1))
    assert not versions(store)


def test_what_waits_too_long_is_replaced_by_a_dearer_version_up_to_the_cap_and_the_mined_one_counts(store, dear):
    box = outbox(store, dear, fee_cap_wei=16 * GWEI)
    with pytest.raises(NotMined):
        box.send("a", SIGNER, call(1))
    first = versions(store)[0]
    assert GWEI < first["fee_wei"] <= 16 * GWEI
    ask(dear, "anvil_setNextBlockBaseFeePerGas", hex(5 * GWEI))
    ask(dear, "evm_mine")  # too cheap for this block
    for _ in range(9):
        box.settle(lambda address: SIGNER)
    kept = versions(store)
    assert len(kept) >= 3
    for cheaper, dearer in pairwise(kept):
        assert dearer["fee_wei"] * 8 >= cheaper["fee_wei"] * 9
        assert dearer["tip_wei"] * 8 >= cheaper["tip_wei"] * 9
    assert kept[-1]["fee_wei"] <= 16 * GWEI < kept[-1]["fee_wei"] * 9 / 8
    assert len({Account.recover_transaction(one["raw"]) for one in kept}) == 1
    ask(dear, "evm_mine")
    outcome = box.send("a", SIGNER, call(1))
    assert outcome.transaction_hash == kept[-1]["hash"]
    assert mined(dear) == [(0, call(1).data)]


def test_a_cheaper_version_that_is_mined_counts_as_well(store, dear):
    box = outbox(store, dear, fee_cap_wei=100 * GWEI)
    with pytest.raises(NotMined):
        box.send("a", SIGNER, call(1))
    pool = connect(dear)
    first = versions(store)[0]
    ask(dear, "anvil_dropAllTransactions")
    with store.begin() as connection:  # a dearer version that no node has
        dearer = dict(first) | {"hash": "0x" + "22" * 32, "raw": b"lost", "fee_wei": first["fee_wei"] + 1}
        connection.execute(transactions.insert().values(**dearer))
    pool.eth.send_raw_transaction(first["raw"])
    ask(dear, "evm_mine")
    assert box.send("a", SIGNER, call(1)).transaction_hash == first["hash"]


def test_only_what_all_others_wait_for_pays_more(store, dear):
    box = outbox(store, dear, fee_cap_wei=100 * GWEI)
    for number in range(3):
        with pytest.raises(NotMined):
            box.send(str(number), SIGNER, call(number))
    box.settle(lambda address: SIGNER)
    counted = {}
    for one in versions(store):
        counted[one["operation"]] = counted.get(one["operation"], 0) + 1
    assert counted[1] > counted[2] == counted[3] == 1


@pytest.mark.parametrize(
    ("fee", "fresh", "expected"),
    [
        (Fee(80, 8), Fee(1, 1), Fee(90, 9)),
        (Fee(80, 0), Fee(1, 0), Fee(90, 1)),
        (Fee(80, 8), Fee(95, 20), Fee(95, 20)),
        (Fee(81, 9), Fee(1, 1), Fee(92, 11)),
        (Fee(90, 9), Fee(1, 1), None),
    ],
)
def test_a_replacement_pays_at_least_an_eighth_more_and_never_above_the_cap(fee, fresh, expected):
    assert bumped(fee, fresh, 100) == expected


def test_what_costs_nothing_is_never_replaced(store, slow):
    box = outbox(store, slow)
    with pytest.raises(NotMined):
        box.send("a", SIGNER, call(1))
    for _ in range(3):
        box.settle(lambda address: SIGNER)
    assert [(one["fee_wei"], one["tip_wei"]) for one in versions(store)] == [(0, 0)]


# --- several workers -------------------------------------------------------------------------------------------------------


def work(address, endpoint, worker, dies):
    """A process that sends; one that ``dies`` ends between a nonce and its signature."""
    store = Store.open(address)

    class Dies(Outbox):
        def _sign_version(self, row, signer, fee):
            if dies and row["nonce"] is not None and row["key"].endswith(f"{EACH // 2}"):
                os._exit(9)
            return super()._sign_version(row, signer, fee)

    web3 = connect(endpoint)
    box = Dies(store, web3, lambda data: AssertionError(data), Sending(sending_seconds=60))
    for number in range(EACH):
        box.send(f"{worker}:{number}", KeystoreSigner(Account.from_key(KEY)), call(worker * 1_000 + number))


def test_processes_that_send_for_one_signer_share_its_nonces_and_fill_what_one_left_when_it_died(databases):
    databases.open().close()
    spawn = multiprocessing.get_context("spawn")
    with anvil("--block-time", "1", "--base-fee", "0", "--gas-price", "0", "--hardfork", "paris") as endpoint:
        workers = [
            spawn.Process(target=work, args=(databases.address(), endpoint, worker, worker == 0))
            for worker in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=120)
        assert [worker.exitcode for worker in workers] == [9, 0, 0]
        found = mined(endpoint)
    assert [nonce for nonce, _ in found] == list(range(len(found)))
    died = EACH // 2 + 1  # what it had a nonce for was brought on by the others
    sent = {worker * 1_000 + number for worker in range(PROCESSES) for number in range(EACH if worker else died)}
    assert sorted(int.from_bytes(data, "big") for _, data in found) == sorted(sent)


# --- back-pressure and nodes that are stuck --------------------------------------------------------------------------------


def test_no_more_than_so_many_transactions_of_a_signer_are_open(store, slow):
    box = outbox(store, slow, open_transactions=3)
    for number in range(3):
        with pytest.raises(NotMined):
            box.send(str(number), SIGNER, call(number))
    for _ in range(2):
        with pytest.raises(TooManyOpen):
            box.send("more", SIGNER, call(9))
    with pytest.raises(NotMined):  # another signer's are others
        box.send("other", KeystoreSigner(Account.from_key(b"\x06" * 32)), call(9))
    assert len(versions(store)) == 4


def test_what_is_too_much_waits_until_there_is_room(store, slow):
    with pytest.raises(NotMined):
        outbox(store, slow).send("first", SIGNER, call(1))
    box = outbox(store, slow, open_transactions=1, sending_seconds=60)
    miner = threading.Thread(target=mine_for, args=(slow, 5))
    miner.start()
    box.send("second", SIGNER, call(2))
    miner.join()
    assert mined(slow) == [(0, call(1).data), (1, call(2).data)]


def mine_for(endpoint, seconds):
    for _ in range(seconds):
        time.sleep(1)
        ask(endpoint, "evm_mine")


def test_a_node_that_makes_no_block_is_waited_out(store, slow):
    box = outbox(store, slow, sending_seconds=60)
    miner = threading.Thread(target=mine_for, args=(slow, 3))
    miner.start()
    assert box.send("a", SIGNER, call(1)).block_number > 0
    miner.join()


@contextmanager
def between(endpoint, answer):
    """An HTTP server before a node; ``answer(body, forward)`` says what it answers, None for silence."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            answered = answer(body, lambda: forward(endpoint, body))
            if answered is None:
                time.sleep(3)
                return
            self.send_response(200)
            self.send_header("content-length", str(len(answered)))
            self.end_headers()
            self.wfile.write(answered)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def forward(endpoint, body):
    return urllib3.request("POST", endpoint, body=body, headers={"content-type": "application/json"}).data


def hangs(body, forward):
    return None


def swallows(body, forward):
    """It takes transactions and keeps them to itself."""
    if b"eth_sendRawTransaction" in body:
        return b'{"jsonrpc":"2.0","id":0,"result":"0x' + b"33" * 32 + b'"}'
    return forward()


def is_no_node(body, forward):
    return b"<html>maintenance</html>"


@pytest.mark.parametrize("trouble", [hangs, swallows, is_no_node])
def test_a_node_in_trouble_is_left_for_another_one_of_the_chain(store, trouble):
    with (
        anvil("--base-fee", "0", "--gas-price", "0", "--hardfork", "paris") as endpoint,
        between(endpoint, trouble) as first,
    ):
        box = outbox(store, first, endpoint, timeout=1, sending_seconds=30)
        assert box.send("a", SIGNER, call(1)).block_number == 1
        assert mined(endpoint) == [(0, call(1).data)]


def test_a_node_of_another_chain_is_never_sent_to(store, slow):
    with anvil("--base-fee", "0", "--gas-price", "0", "--timestamp", "1700000000") as other:
        box = outbox(store, slow, other)
        with pytest.raises(NotMined):
            box.send("a", SIGNER, call(1))
        with pytest.raises(ChainOther):
            box.settle()
        assert mined(other) == []


def test_a_node_that_hangs_alone_is_said_to_be_away_and_nothing_is_lost(tmp_path, store, slow):
    with between(slow, hangs) as silent, pytest.raises(Unavailable):
        outbox(store, silent, timeout=1)
    stuck = False

    def answer(body, forward):
        return None if stuck else forward()

    with between(slow, answer) as door:
        box = outbox(store, door, timeout=1)
        stuck = True
        with pytest.raises(Unavailable):
            box.send("a", SIGNER, call(1))
        stuck = False
        with pytest.raises(NotMined):
            box.send("a", SIGNER, call(1))
        ask(slow, "evm_mine")
        box.send("a", SIGNER, call(1))
    assert mined(slow) == [(0, call(1).data)]


def test_the_embedded_node_is_a_chain_without_fees(tmp_path, store):
    node = EmbeddedNode(tmp_path / "node")
    node.start()
    try:
        box = outbox(store, node.endpoint, embedded=True, sending_seconds=30)
        box.send("a", SIGNER, call(1))
        assert connect(node.endpoint).eth.get_balance(SIGNER.address) == 0
    finally:
        node.stop()


def test_a_transaction_of_the_block_that_a_node_is_making_is_nobody_elses(store):
    class Making(fake_node.FakeNode):
        """It counts what is in its pool; the block is made when it was asked for a receipt often enough."""

        asked = 0

        def _eth_get_transaction_count(self, address, block):
            return hex(self.count(address.lower()) + sum(sender == address.lower() for sender, _ in self.pool))

        def _eth_send_raw_transaction(self, raw):
            if self.pool:
                raise fake_node.Said({"code": -32000, "message": "nonce too low"})
            return super()._eth_send_raw_transaction(raw)

        def _eth_get_transaction_receipt(self, identity):
            self.asked += 1
            if self.asked == 9:
                self.make_block()
            return super()._eth_get_transaction_receipt(identity)

    web3 = Web3(Making())
    with pytest.raises(Unavailable):
        Outbox(store, web3, lambda data: ContractRefused(), Sending(sending_seconds=0)).send("a", SIGNER, call(1))
    patient = Outbox(store, web3, lambda data: ContractRefused(), Sending(sending_seconds=60))
    assert patient.send("a", SIGNER, call(1)).block_number == 1
