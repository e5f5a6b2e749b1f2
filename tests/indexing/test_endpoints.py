"""Several nodes of one chain are one to the books.

1. A node that fails, or lags behind another, is left for the next; nothing is lost.
2. A node of another chain is refused, whatever it calls itself.
3. A node that announces blocks is listened to.
"""

import asyncio
import json

import pytest
import websockets
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.served_chain import ServedChain
from chain.errors import Unavailable
from chain.indexing.endpoints import Endpoints, RangeRefused
from chain.indexing.heads import new_heads
from chain.indexing.indexer import Indexer
from chain.issuance.node import EmbeddedNode, connect
from chain.issuance.node_names import ChainOther
from tests.effort import examples
from tests.indexing.histories import contracts_at, fill
from tests.indexing.test_reorganisations import everything, read_anew


@pytest.fixture
def nodes():
    first, second = ServedChain(), ServedChain()
    with first.serve() as one, second.serve() as other:
        yield (first, one), (second, other)


def test_a_node_that_fails_is_left_for_the_next(nodes, tmp_path, store):
    (first, one), (second, other) = nodes
    contracts = contracts_at(one, fill(first, [(8, 60)]))
    fill(second, [(8, 60)])
    indexer = Indexer(store, contracts, [other])
    indexer.catch_up()
    first.down = True
    fill(second, [(8, 90)])
    assert indexer.catch_up() == len(second.blocks) - 1
    first.down, second.down = False, True
    fill(first, [(8, 120)])
    assert indexer.catch_up() == len(first.blocks) - 1
    assert everything(store) == read_anew(tmp_path, contracts)
    first.down = True
    with pytest.raises(Unavailable):
        indexer.catch_up()


def test_a_node_that_fails_on_a_young_chain_is_left_too(nodes):
    (first, one), (second, other) = nodes
    first.down = True
    second.add([], 1)
    assert Endpoints([one, other]).head() == 0


def test_a_node_that_lags_is_left_for_one_that_does_not(nodes, store):
    (first, one), (second, other) = nodes
    contracts = contracts_at(one, fill(first, [(8, 30)]))
    fill(second, [(8, 90)])
    assert Indexer(store, contracts, [other]).catch_up() == len(second.blocks) - 1


@pytest.mark.parametrize("difference", ["number", "blocks"])
def test_a_node_of_another_chain_is_refused(nodes, difference):
    (first, one), (second, other) = nodes
    first.add([], 1)
    second.add([], 1, salt="" if difference == "number" else "another")
    second.chain_id += difference == "number"
    with pytest.raises(ChainOther):
        Endpoints([one, other]).head()


@settings(max_examples=examples(20), deadline=None)
@given(st.binary(max_size=200))
def test_a_node_that_tells_no_json_is_one_that_fails(body):
    endpoints = Endpoints(["http://127.0.0.1:1"])
    endpoints._post = lambda url, asked: body
    with pytest.raises(Unavailable):
        endpoints.head()


def test_a_node_that_refuses_two_questions_as_one_is_asked_for_fewer_blocks():
    endpoints = Endpoints(["http://127.0.0.1:1"])
    endpoints._known.add(endpoints.urls[0])
    endpoints._post = lambda url, asked: b'{"jsonrpc":"2.0","id":null,"error":{"message":"response too large"}}'
    with pytest.raises(RangeRefused, match="response too large"):
        endpoints.logs(0, 9, [])
    with pytest.raises(Unavailable):
        endpoints.logs(9, 9, [])


def test_a_node_that_announces_blocks_is_listened_to(tmp_path):
    node = EmbeddedNode(tmp_path)
    endpoint = node.start()

    async def listen():
        heads = new_heads(endpoint.replace("http", "ws"))
        first = asyncio.ensure_future(anext(heads))
        web3 = connect(endpoint)
        for _ in range(100):
            await asyncio.sleep(0.1)
            web3.provider.make_request("evm_mine", [])
            if first.done():
                return await first is None
        return False

    try:
        assert asyncio.run(listen())
    finally:
        node.stop()


def test_a_node_of_a_chain_whose_validators_sign_its_blocks_is_listened_to():
    async def announce(connection):
        asked = json.loads(await connection.recv())
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": "0x1"}))
        block = {"number": "0x2", "hash": "0x" + "11" * 32, "extraData": "0x" + "ab" * 97}
        told = {"subscription": "0x1", "result": block}
        await connection.send(json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": told}))
        await connection.wait_closed()

    async def listen():
        async with websockets.serve(announce, "127.0.0.1", 0) as server, asyncio.timeout(20):
            port = server.sockets[0].getsockname()[1]
            heads = new_heads(f"ws://127.0.0.1:{port}")
            assert await anext(heads) is None
            await heads.aclose()

    asyncio.run(listen())
