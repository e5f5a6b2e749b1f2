"""A node that lies or is broken costs time, and no event: the books are the chain's, or stay where they were.

1. Logs that cannot be what was asked for (doubled, in another order, of other blocks, in other letters, none at all) are not
   read; another node is asked, and without one it is said.
2. Behind one address may be several nodes, of which one lags: what it does not have yet is not taken for nothing.
3. Of an answer without an end only so much is read, and less is asked for.
4. Blocks that are told in two ways are asked for again, of all nodes, and not for ever.
"""

import json
import time

import pytest

from benchmarks.served_chain import ServedChain
from chain.errors import PearlError, Unavailable
from chain.indexing import endpoints
from chain.indexing.endpoints import Endpoints
from chain.indexing.indexer import ChainUnsteady, Indexer
from tests.indexing.histories import contracts_at, fill
from tests.indexing.test_reorganisations import everything, read_anew

HISTORY = [(8, 60)]


def every(**changes):
    return lambda logs: [log | {name: change(log[name]) for name, change in changes.items()} for log in logs]


def later(number):
    return hex(int(number, 16) + 1_000)


LOGS = {
    "null": lambda logs: None,
    "each twice": lambda logs: [log for log in logs for _ in range(2)],
    "all twice": lambda logs: logs + logs,
    "the last first": lambda logs: logs[::-1],
    "of a later block": every(blockNumber=later),
    "an address with its checksum": every(address=lambda text: f"0x{text[2:].upper()}"),
    "topics in capitals": every(topics=lambda topics: [f"0x{text[2:].upper()}" for text in topics]),
    "a place that is no number": every(logIndex=lambda _: "first"),
    "data that is none": every(data=lambda _: "0xzz"),
    "of a block that is not there": every(blockHash=lambda _: f"0x{'11' * 32}"),
}
HEADERS = {
    "a number that is none": lambda header: header | {"number": "latest"},
    "a time that is none": lambda header: header | {"timestamp": "now"},
    "a hash in capitals": lambda header: header | {"hash": f"0x{header['hash'][2:].upper()}"},
    "another hash each time": lambda header: header | {"hash": hex(time.monotonic_ns())},
    "another block": lambda header: header | {"number": later(header["number"])},
}
LIES = [("eth_getLogs", name, lie) for name, lie in LOGS.items()]
LIES += [("eth_getBlockByNumber", name, lie) for name, lie in HEADERS.items()]


class Liar(ServedChain):
    """Tells the truth until it is given a ``lie`` for a method; of block 0 always."""

    method = ""
    lie = staticmethod(lambda result: result)

    def answer(self, method, parameters):
        told = super().answer(method, parameters)
        if method != self.method or told in (b"null", b"[]") or parameters[0] == "0x0":
            return told
        return json.dumps(self.lie(json.loads(told))).encode()


@pytest.mark.parametrize(("method", "name", "lie"), LIES, ids=[name for _, name, _ in LIES])
def test_what_a_node_cannot_mean_is_not_read(method, name, lie, store, tmp_path):
    liar, other = Liar(), ServedChain()
    with liar.serve() as url, other.serve() as other_url:
        contracts = contracts_at(url, fill(liar, HISTORY))
        truth = read_anew(tmp_path, contracts)
        fill(other, HISTORY)
        nothing = everything(store)
        liar.method, liar.lie = method, lie
        with pytest.raises(PearlError):
            Indexer(store, contracts).catch_up()
        assert everything(store) == nothing
        if name not in ("topics in capitals", "data that is none"):  # which only the books' decoder sees
            Indexer(store, contracts, [other_url]).catch_up()
            assert everything(store) == truth


def test_of_an_answer_that_is_too_long_no_more_is_read_and_the_range_is_asked_for_in_parts(
    store, tmp_path, monkeypatch
):
    chain = Liar()
    with chain.serve() as url:
        contracts = contracts_at(url, fill(chain, HISTORY))
        truth = read_anew(tmp_path, contracts)
        before = chain.asked.count("eth_getLogs")
        monkeypatch.setattr(endpoints, "MOST_BYTES", 50_000)
        Indexer(store, contracts).catch_up()
        assert everything(store) == truth
        assert chain.asked.count("eth_getLogs") > before + 4
        monkeypatch.setattr(endpoints, "MOST_BYTES", 100)
        with pytest.raises(Unavailable):
            Endpoints([url]).logs(0, 20, list(contracts.addresses.values()))


def test_blocks_that_are_told_in_two_ways_are_not_asked_for_for_ever(store):
    liar = Liar()
    with liar.serve() as url:
        contracts = contracts_at(url, fill(liar, HISTORY))
        liar.method, liar.lie = "eth_getLogs", LOGS["of a block that is not there"]
        with pytest.raises(ChainUnsteady):
            Indexer(store, contracts).catch_up()
        liar.method = ""
        assert Indexer(store, contracts).catch_up() == len(liar.blocks) - 1


class Several(ServedChain):
    """Two nodes behind one address, of which the one that is asked for logs is some blocks behind."""

    behind = 0

    def answer(self, method, parameters):
        if not self.behind:
            return super().answer(method, parameters)
        length = len(self.blocks) - self.behind
        if method == "eth_getLogs":
            self.asked.append(method)
            first, last = (int(parameters[0][name], 16) for name in ("fromBlock", "toBlock"))
            found = self.blocks[first : min(last + 1, length)]
            return b"[%b]" % b",".join(block.logs for block in found if block.count)
        # What is asked for together is asked of one.
        if method == "eth_getBlockByNumber" and self.asked[-1:] == ["eth_getLogs"] and int(parameters[0], 16) >= length:
            return b"null"
        return super().answer(method, parameters)


def test_logs_of_a_node_that_lags_behind_its_address_are_not_taken_for_all(store, tmp_path):
    chain = Several()
    with chain.serve() as url:
        contracts = contracts_at(url, fill(chain, HISTORY))
        truth = read_anew(tmp_path, contracts)
        chain.behind = 30
        with pytest.raises(ChainUnsteady):
            Indexer(store, contracts).catch_up()
        chain.behind = 0
        Indexer(store, contracts).catch_up()
        assert everything(store) == truth
