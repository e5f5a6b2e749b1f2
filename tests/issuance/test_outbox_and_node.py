"""Every command reaches the chain at most once, whatever dies in between.

1. The same key with the same input is one transaction; with other input it is refused.
2. A crash between any two steps resumes, and sends nothing twice.
3. A node that was killed hard, or lost its state file, becomes what it was: same transactions, same order, same times.
"""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chain.errors import Conflict, ContractRefused, NotFound
from chain.issuance import node as node_module
from chain.issuance import outbox as outbox_module
from chain.issuance.node import EmbeddedNode, advance_clock, connect
from chain.issuance.outbox import Call, KeyedCall, NotTakenAgain, Outbox, Outcome, Sending
from chain.issuance.signers import Keyring, PassphraseWrong

SOMEBODY = "0x" + "11" * 20
#: Creation code whose constructor reverts with an empty reason.
REVERTS = bytes.fromhex("60006000fd")
#: Code that may be called once: it stores 1 where 0 was, and reverts with the word 42 where not.
ONLY_ONCE = "600054600c576001600055005b602a60005260206000fd"
#: Code that stores the word that it is called with. To store what is there already is cheap.
KEEPS_A_WORD = "60003560005500"


def refused(data: bytes) -> ContractRefused:
    return ContractRefused(name="Reverted", arguments=data.hex(), advice="-")


@pytest.fixture
def keyring(tmp_path):
    return Keyring(tmp_path / "keystores", "a passphrase of the test")


@pytest.fixture
def signer(keyring):
    return keyring.create("USCC:1")


@pytest.fixture
def node(tmp_path):
    node = EmbeddedNode(tmp_path / "node", genesis_timestamp=int(time.time()) - 200 * 86_400)
    node.start()
    yield node
    node.stop()


def outbox(store, node, kind=Outbox):
    return kind(store, connect(node.endpoint), refused, Sending(embedded=True))


def call(number: int) -> Call:
    return Call("test", SOMEBODY, number.to_bytes(4, "big"))


def history(node, address):
    """(nonce, input, time) of every transaction of ``address``, in the chain's order."""
    web3 = connect(node.endpoint)
    found = []
    for number in range(web3.eth.block_number + 1):
        block = web3.eth.get_block(number, full_transactions=True)
        found += [
            (t["nonce"], bytes(t["input"]), block["timestamp"]) for t in block["transactions"] if t["from"] == address
        ]
    return found


def kill(node):
    os.kill(node._process.pid, signal.SIGKILL)
    node._process.wait()
    node.stop()


def test_the_same_key_with_the_same_input_is_sent_once(store, node, signer):
    box = outbox(store, node)
    assert box.send("a", signer, call(1)) == box.send("a", signer, call(1))
    assert len(history(node, signer.address)) == 1


def test_the_same_key_with_other_input_is_refused_and_nothing_is_sent(store, node, signer):
    box = outbox(store, node)
    box.send("a", signer, call(1))
    with pytest.raises(Conflict):
        box.send("a", signer, call(2))
    assert len(history(node, signer.address)) == 1


def test_the_same_question_gives_the_first_answer_though_derived_data_changed(store, node, signer):
    box = outbox(store, node)
    first = box.send("a", signer, Call("test", SOMEBODY, b"until monday", asked="pay 5"))
    assert box.send("a", signer, Call("test", SOMEBODY, b"until tuesday", asked="pay 5")) == first
    assert [data for _, data, _ in history(node, signer.address)] == [b"until monday"]


def test_what_the_chain_would_refuse_is_never_sent_and_uses_no_nonce(store, node, signer):
    box = outbox(store, node)
    for _ in range(2):
        with pytest.raises(ContractRefused):
            box.send("bad", signer, Call("test", None, REVERTS))
    box.send("good", signer, call(1))
    assert [nonce for nonce, _, _ in history(node, signer.address)] == [0]


def test_what_no_block_has_room_for_is_refused_and_stops_nothing_after_it(store, node, keyring, signer):
    box = outbox(store, node)
    for_ever = bytes.fromhex("5b600056")  # JUMPDEST, and a jump back to it
    with pytest.raises(ContractRefused):
        box.send("endless", signer, Call("test", None, for_ever))
    assert box.resume(keyring.signer_at) == 0
    box.send("good", signer, call(1))
    assert [nonce for nonce, _, _ in history(node, signer.address)] == [0]


class Killed(BaseException):
    """Stands for the process's end: nothing in the product catches it."""


class DiesBeforeSigning(Outbox):
    def _sign(self, row, signer):
        raise Killed


class DiesBetweenNonceAndSignature(Outbox):
    def _sign_version(self, row, signer, fee):
        raise Killed


class DiesBeforeSubmitting(Outbox):
    def _submit(self, row, signer, *, is_new=False):
        raise Killed


class DiesAfterSending(Outbox):
    def _send_raw(self, raw):
        super()._send_raw(raw)
        raise Killed


class DiesBeforeBooking(Outbox):
    def _book_receipt(self, row, receipt):
        raise Killed


@pytest.mark.parametrize(
    "dies", [DiesBeforeSigning, DiesBetweenNonceAndSignature, DiesBeforeSubmitting, DiesAfterSending, DiesBeforeBooking]
)
def test_a_crash_between_any_two_steps_resumes_and_doubles_nothing(store, node, keyring, signer, dies):
    outbox(store, node).send("before", signer, call(0))
    with pytest.raises(Killed):
        outbox(store, node, dies).send("interrupted", signer, call(1))
    again = outbox(store, node)
    assert again.resume(keyring.signer_at) == 1
    assert again.resume(keyring.signer_at) == 0
    again.send("interrupted", signer, call(1))
    again.send("after", signer, call(2))
    assert [(nonce, data) for nonce, data, _ in history(node, signer.address)] == [
        (n, n.to_bytes(4, "big")) for n in range(3)
    ]


DAMAGES = (
    "state file as the kill left it",
    "state file truncated",
    "state file that says nothing of blocks",
    "state file with accounts of a later block than its transactions",
    "both copies lost",
)


@pytest.fixture
def orders(keyring):
    """Twelve calls of three signers, of which the chain would refuse one."""
    signers = [keyring.create(f"USCC:{number}") for number in range(11, 14)]
    calls = [call(number) for number in range(12)]
    calls[5] = Call("test", None, REVERTS)
    return [KeyedCall(str(number), signers[number % 3], one) for number, one in enumerate(calls)]


def made(node, orders):
    """What each signer made, in its order."""
    return {
        address: [int.from_bytes(data, "big") for _, data, _ in history(node, address)]
        for address in {order.signer.address for order in orders}
    }


def whole(orders):
    """What each makes, if all happens that the chain does not refuse."""
    wanted: dict[str, list[int]] = {}
    for number, order in enumerate(orders):
        wanted.setdefault(order.signer.address, []).extend([] if number == 5 else [number])
    return wanted


def test_many_at_once_are_made_once_each_and_a_refusal_stops_no_other(store, node, orders):
    box = outbox(store, node)
    first = box.send_all(orders)
    assert isinstance(first[5], ContractRefused)
    assert [outcome for outcome in first if isinstance(outcome, Outcome)] == first[:5] + first[6:]
    again = box.send_all(orders)
    assert again[:5] + again[6:] == first[:5] + first[6:]
    assert isinstance(again[5], ContractRefused)
    assert [box.send(order.key, order.signer, order.call) for order in orders[:5]] == first[:5]
    assert made(node, orders) == whole(orders)


def test_one_of_many_whose_key_was_used_for_something_else_refuses_them_all_before_any_is_made(store, node, orders):
    box = outbox(store, node)
    with pytest.raises(Conflict):
        box.send_all([*orders, KeyedCall("3", orders[3].signer, call(99))])
    assert not any(made(node, orders).values())
    assert not any(box.knows(order.key) for order in orders)


class DiesBeforeAllotting(Outbox):
    def _allot_together(self, rows, gas):
        raise Killed


class DiesBeforeSigningTogether(Outbox):
    def _sign_together(self, rows, signers, fee):
        raise Killed


class DiesBeforeSendingTogether(Outbox):
    def _keep_versions(self, versions):
        super()._keep_versions(versions)
        raise Killed


class DiesBeforeBookingTogether(Outbox):
    def _book_together(self, ids):
        raise Killed


@pytest.mark.parametrize(
    "dies", [DiesBeforeAllotting, DiesBeforeSigningTogether, DiesBeforeSendingTogether, DiesBeforeBookingTogether]
)
@pytest.mark.parametrize("resumes", [True, False])
def test_a_crash_in_the_middle_of_many_loses_and_doubles_none(store, node, keyring, orders, dies, resumes):
    with pytest.raises(Killed):
        outbox(store, node, dies).send_all(orders)
    again = outbox(store, node)
    if resumes:
        again.resume(keyring.signer_at)
    again.send_all(orders)
    assert made(node, orders) == whole(orders)


def test_two_processes_that_send_the_same_orders_make_each_once(store, node, orders):
    with ThreadPoolExecutor(2) as processes:
        answers = list(processes.map(lambda box: box.send_all(orders), [outbox(store, node), outbox(store, node)]))
    assert [answers[0][i] == answers[1][i] for i in range(12) if i != 5] == [True] * 11
    assert {address: sorted(numbers) for address, numbers in made(node, orders).items()} == whole(orders)


def test_many_wait_together_for_a_node_that_makes_blocks_in_its_own_time(store, node, orders):
    connect(node.endpoint).provider.make_request("evm_setIntervalMining", [1])
    answers = outbox(store, node).send_all(orders)
    assert len({outcome.block_number for outcome in answers if isinstance(outcome, Outcome)}) < 4
    assert made(node, orders) == whole(orders)


def put(node, code, slot=0):
    """A contract of this code at SOMEBODY, with this in its first slot, on a node that makes a block a second."""
    provider = connect(node.endpoint).provider
    provider.make_request("anvil_setCode", [SOMEBODY, "0x" + code])
    provider.make_request("anvil_setStorageAt", [SOMEBODY, "0x0", f"0x{slot:064x}"])
    provider.make_request("evm_setIntervalMining", [1])


def test_what_its_block_refused_because_of_another_one_in_it_is_told_with_the_contracts_reason(store, node, signer):
    put(node, ONLY_ONCE)
    first, second = outbox(store, node).send_all([KeyedCall(str(number), signer, call(number)) for number in range(2)])
    assert isinstance(first, Outcome)
    assert connect(node.endpoint).eth.get_transaction_count(signer.address) == 2  # also the refused one was mined
    assert f"{42:064x}" in str(second)


def test_gas_is_enough_though_another_one_of_the_block_makes_a_call_dearer_than_it_was_when_tried_out(
    store, node, signer
):
    put(node, KEEPS_A_WORD, slot=1)
    calls = [Call("test", SOMEBODY, word.to_bytes(32, "big")) for word in (0, 1)]
    answers = outbox(store, node).send_all([KeyedCall(str(number), signer, one) for number, one in enumerate(calls)])
    assert [type(answer) for answer in answers] == [Outcome, Outcome]


def test_what_was_in_one_block_comes_back_in_its_order_after_a_hard_kill(store, node, keyring, orders):
    outbox(store, node).send("before", orders[0].signer, call(77))
    web3 = connect(node.endpoint)
    web3.provider.make_request("evm_setIntervalMining", [1])
    answers = outbox(store, node).send_all(orders)

    def blocks():
        told = [web3.eth.get_block(number, full_transactions=True) for number in range(web3.eth.block_number + 1)]
        return [
            (block["timestamp"], [t["hash"] for t in block["transactions"]]) for block in told if block["transactions"]
        ]

    before = blocks()
    assert max(len(transactions) for _, transactions in before) > 1
    kill(node)
    (node.folder / "state.json").unlink(missing_ok=True)
    (node.folder / "state.good.json").unlink(missing_ok=True)
    node.start()
    web3 = connect(node.endpoint)
    outbox(store, node).resume(keyring.signer_at)
    assert blocks() == before
    assert outbox(store, node).send_all(orders)[:5] == answers[:5]


class DiesBeforeTheBlockIsMade(Outbox):
    def _made_again(self, block, node):
        super()._made_again(block, Mute(node))


class Mute:
    """A node behind whose back nothing is mined any more: who asks for a block dies."""

    def __init__(self, node):
        self.eth, self.provider = node.eth, self
        self._provider = node.provider

    def make_request(self, method, parameters):
        if method == "evm_setTime":
            raise Killed
        return self._provider.make_request(method, parameters)


def test_who_dies_while_a_forgotten_block_is_made_again_leaves_none_of_it_to_be_mined_at_another_time(
    store, node, keyring, signer
):
    for number in range(3):
        outbox(store, node).send(str(number), signer, call(number))
    before = history(node, signer.address)
    connect(node.endpoint).provider.make_request("anvil_rollback", [2])
    with pytest.raises(Killed):
        outbox(store, node, DiesBeforeTheBlockIsMade).resume(keyring.signer_at)
    time.sleep(2)  # the node's clock is another second by now
    outbox(store, node).resume(keyring.signer_at)
    assert history(node, signer.address) == before


class DiesBeforeItIsWrittenDown(Outbox):
    def _made_again(self, block, node):
        super()._made_again(block, node)
        raise Killed


def test_who_dies_before_it_is_written_down_in_which_block_it_was_made_again_leaves_that_to_the_next(
    store, node, keyring, signer
):
    outbox(store, node).send("0", signer, call(0))
    web3 = connect(node.endpoint)
    advance_clock(web3, web3.eth.get_block("latest")["timestamp"] + 60)  # an empty block, which is not made again
    for number in (1, 2):
        outbox(store, node).send(str(number), signer, call(number))
    web3.provider.make_request("anvil_rollback", [3])
    for _ in range(2):
        with pytest.raises(Killed):
            outbox(store, node, DiesBeforeItIsWrittenDown).resume(keyring.signer_at)
    outbox(store, node).resume(keyring.signer_at)
    answers = [outbox(store, node).send(str(number), signer, call(number)) for number in range(3)]
    told = [web3.eth.get_transaction_receipt(answer.transaction_hash)["blockNumber"] for answer in answers]
    assert [answer.block_number for answer in answers] == told == [1, 2, 3]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_node_that_was_killed_hard_becomes_what_it_was(tmp_path, store, node, keyring, signer, damage):
    box = outbox(store, node)
    for number in range(5):
        box.send(f"early {number}", signer, call(number))
    node.stop()  # a clean end: everything so far is in the state file
    state = tmp_path / "node" / "state.json"
    early = json.loads(state.read_bytes())
    node.start()
    box = outbox(store, node)
    for number in range(5, 12):
        box.send(f"late {number}", signer, call(number))
    before = history(node, signer.address)
    kill(node)
    if damage == "state file truncated":
        state.write_bytes(state.read_bytes()[: state.stat().st_size // 2])
    elif damage == "state file that says nothing of blocks":
        state.write_text(json.dumps({name: value for name, value in early.items() if name != "blocks"}))
    elif damage == "state file with accounts of a later block than its transactions":
        early["accounts"][signer.address.lower()]["nonce"] += 1
        state.write_text(json.dumps(early))
    elif damage == "both copies lost":
        state.unlink()
        (tmp_path / "node" / "state.good.json").unlink()
    node.start()
    outbox(store, node).resume(keyring.signer_at)
    assert history(node, signer.address) == before


def test_a_node_that_does_not_take_again_what_it_forgot_is_told_of_at_once(store, node, keyring, signer):
    outbox(store, node).send("a", signer, call(1))
    web3 = connect(node.endpoint)
    web3.provider.make_request("anvil_rollback", [1])
    web3.provider.make_request("anvil_setNonce", [signer.address, "0x5"])
    with pytest.raises(NotTakenAgain, match="nonce too low"):
        outbox(store, node).resume(keyring.signer_at)


def test_what_the_node_took_in_while_it_mined_the_one_before_is_mined_though_the_node_waits_for_that_one_for_ever(
    store, node, signer, monkeypatch
):
    for name in ("AGAIN_SECONDS", "TOGETHER_SECONDS"):
        monkeypatch.setattr(outbox_module, name, 0.2)
    first = outbox(store, node).send("first", signer, call(0))
    provider = connect(node.endpoint).provider

    def too_early(web3, raw):
        """Each is taken in as if the first one were not in its block yet."""
        provider.make_request("anvil_setNonce", [signer.address, "0x0"])
        said = given(web3, raw)
        provider.make_request("anvil_setNonce", [signer.address, "0x1"])
        monkeypatch.setattr(outbox_module, "_given", given)
        return said

    given = outbox_module._given
    monkeypatch.setattr(outbox_module, "_given", too_early)
    outcome = outbox(store, node).send("second", signer, call(1))
    assert outcome.block_number == first.block_number + 1
    assert [nonce for nonce, *_ in history(node, signer.address)] == [0, 1]


def test_a_second_process_uses_the_node_that_runs(tmp_path, node):
    second = EmbeddedNode(tmp_path / "node")
    assert second.start() == node.endpoint
    assert not second.owned
    second.stop()
    assert connect(node.endpoint).eth.chain_id


def test_whoever_dies_before_the_node_answers_leaves_one_that_the_next_uses_and_no_second_is_begun(
    tmp_path, monkeypatch
):
    def dies(endpoint):
        raise KeyboardInterrupt

    first, second = EmbeddedNode(tmp_path / "node"), EmbeddedNode(tmp_path / "node")
    with monkeypatch.context() as patched:
        patched.setattr(node_module, "connect", dies)
        with pytest.raises(KeyboardInterrupt):
            first.start()
    try:
        endpoint = second.start()
        assert connect(endpoint).eth.chain_id
        assert not second.owned
        assert json.loads((tmp_path / "node" / "running.json").read_text())["process_id"] == first._process.pid
        assert EmbeddedNode(tmp_path / "node").start() == endpoint
    finally:
        first.stop()


@pytest.mark.parametrize("begun", ["the process is made", "it tells where it is"])
def test_whoever_is_killed_while_it_begins_a_node_leaves_one_that_the_next_uses(tmp_path, begun):
    """Killed hard, as soon as the new process is there, or before that has told where it will be."""
    folder = tmp_path / "node"
    starts = f"""
import os, signal, subprocess
from pathlib import Path
from chain.issuance import node
begin = subprocess.Popen
def dies(command, **how):
    slow = {begun == "it tells where it is"}
    begin([*command[:2], ("sleep 1;" if slow else "") + command[2], *command[3:]], **how)
    os.kill(os.getpid(), signal.SIGKILL)
subprocess.Popen = dies
node.EmbeddedNode(Path({str(folder)!r})).start()
"""
    ended = subprocess.run([sys.executable, "-c", starts], check=False)
    assert ended.returncode == -signal.SIGKILL
    second = EmbeddedNode(folder)
    endpoint = second.start()
    process = json.loads((folder / "running.json").read_text())["process_id"]
    try:
        assert not second.owned
        assert connect(endpoint).eth.chain_id
        nodes = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder / "state.json") in _command(path)]
        assert [int(path.parent.name) for path in nodes] == [process]
    finally:
        os.kill(process, signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_moment_in_which_a_node_begins_leaves_none(tmp_path, number):
    """The process is there, and whoever began it does not know of it yet."""
    folder = tmp_path / "node"
    starts = f"""
import os, signal, subprocess
from pathlib import Path
from chain.ending import ended_by_signals
from chain.issuance import node
begin = subprocess.Popen
def asked(*command, **how):
    process = begin(*command, **how)
    print(process.pid, flush=True)
    os.kill(os.getpid(), {int(number)})
    return process
subprocess.Popen = asked
signal.signal({int(number)}, signal.SIG_DFL)  # whoever runs the tests in the background may have it ignored
with ended_by_signals():
    embedded = node.EmbeddedNode(Path({str(folder)!r}))
    try:
        embedded.start()
    finally:
        embedded.stop()
"""
    ended = subprocess.run([sys.executable, "-c", starts], check=False, capture_output=True, text=True)
    assert ended.returncode == 128 + number
    (process,) = ended.stdout.split()
    assert not Path("/proc", process).exists()


def _command(path):
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


def test_a_keystore_is_readable_by_its_user_only_and_holds_no_plain_key(tmp_path, keyring, signer):
    (path,) = (tmp_path / "keystores").glob("*.json")
    assert path.stat().st_mode & 0o077 == 0
    assert signer._account.key.hex() not in path.read_text()
    assert signer._account.key.hex() not in repr(signer)


def test_a_keystore_opens_with_its_passphrase_only(tmp_path, signer):
    assert Keyring(tmp_path / "keystores", "a passphrase of the test").signer("USCC:1").address == signer.address
    with pytest.raises(PassphraseWrong):
        Keyring(tmp_path / "keystores", "another").signer("USCC:1")
    with pytest.raises(NotFound):
        Keyring(tmp_path / "keystores", "another").signer("USCC:2")
