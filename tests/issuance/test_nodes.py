"""Several questions to one node: in their order, in bodies that a node takes, and by themselves where it takes one at a time."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import HTTPError, Response
from web3 import HTTPProvider, Web3
from web3.providers.base import BaseProvider

from chain.errors import Unavailable
from chain.indexing.endpoints import Endpoints
from chain.issuance import nodes
from chain.issuance.node import client, connect
from chain.issuance.nodes import Nodes


class Echo(BaseProvider):
    """Answers with what it was asked; ``eth_fail`` with an error. More than ``most`` at once it refuses in some way."""

    def __init__(self, *, most=1_000, refuses=lambda: None):
        super().__init__()
        self.most = most
        self.refuses = refuses
        self.bodies = []

    def make_request(self, method, params):
        if method == "eth_chainId":
            return {"id": 1, "result": "0x1"}
        if method == "eth_getBlockByNumber":
            return {"id": 1, "result": {"hash": "0x" + "11" * 32, "number": "0x0"}}
        return {"id": 1, "error": {"message": "no"}} if method == "eth_fail" else {"id": 1, "result": params[0]}

    def make_batch_request(self, requests):
        self.bodies.append(requests)
        if len(requests) > self.most:
            return self.refuses()
        return [self.make_request(*request) | {"id": number} for number, request in enumerate(requests, 7)]


questions = st.lists(st.tuples(st.sampled_from(["eth_call", "eth_fail"]), st.lists(st.text(), min_size=1, max_size=1)))


TOO_MANY = {"id": None, "error": {"message": "batch too large"}}


def status(number):
    response = Response()
    response.status_code = number
    raise HTTPError(response=response)


REFUSALS = {
    "one error": lambda: TOO_MANY,
    "a list of one error": lambda: [TOO_MANY],
    "no answers": list,
    "a bad request": lambda: status(400),
    "too large": lambda: status(413),
}


@pytest.mark.parametrize("refuses", REFUSALS.values(), ids=REFUSALS.keys())
@given(questions, st.integers(1, 5), st.integers(10, 200), st.integers(1, 5))
def test_each_question_has_its_answer_whatever_the_node_takes_at_once(refuses, asked, takes, letters, most):
    echo = Echo(most=takes, refuses=refuses)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "LETTERS_TOGETHER", letters)
        patch.setattr(nodes, "QUESTIONS_TOGETHER", most)
        answers = Nodes(Web3(echo)).ask_together(asked)
    assert answers == [None if method == "eth_fail" else given[0] for method, given in asked]
    assert [list(question) for body in echo.bodies for question in body] == [list(question) for question in asked]
    assert all(len(body) <= most for body in echo.bodies)
    assert all(len(body) == 1 or sum(len(str(one)) for one in body) <= letters for body in echo.bodies)


def test_a_node_that_fails_over_several_questions_is_not_asked_them_one_by_one():
    echo = Echo(most=1, refuses=lambda: status(503))
    with pytest.raises(Unavailable):
        Nodes(Web3(echo)).ask_together([("eth_call", ["a"]), ("eth_call", ["b"])])


class Mixing(BaseHTTPRequestHandler):
    """Answers each question with what it was asked, several in another order."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        told = [{"jsonrpc": "2.0", "id": one["id"], "result": one["params"][0]} for one in as_list(asked)]
        self.answer(self.server.mix(told) if isinstance(asked, list) else told[0])

    def answer(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


def as_list(asked):
    return asked if isinstance(asked, list) else [asked]


MIXED = {
    "from the last to the first": lambda told: told[::-1],
    "without saying to which question": lambda told: [one | {"id": None} for one in told[::-1]],
    "all to one question": lambda told: [one | {"id": 1} for one in told[::-1]],
    "numbers as texts": lambda told: [one | {"id": str(one["id"])} for one in told[::-1]],
    "one twice": lambda told: [told[1], *told[1:]],
    "texts": lambda told: ["no" for _ in told],
    "one that is nothing": lambda told: [None, *told[1:]],
}


@pytest.mark.filterwarnings("ignore:Received batch response")
@pytest.mark.parametrize("mix", MIXED.values(), ids=MIXED.keys())
def test_an_answer_belongs_to_its_question_in_whatever_order_they_come(mix):
    server = HTTPServer(("127.0.0.1", 0), Mixing)
    server.mix = mix
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        node = Web3(HTTPProvider(f"http://127.0.0.1:{server.server_port}"))
        texts = [hex(number) for number in range(12)]
        assert Nodes(node).ask_together([("eth_call", [text]) for text in texts]) == texts
    finally:
        server.shutdown()
        server.server_close()


class OfValidators(Mixing):
    """A node of a chain whose blocks bear their validators' signatures, and who writes down what it is asked."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked["method"])
        block = {"number": "0x1", "hash": "0x" + "11" * 32, "extraData": "0x" + "ab" * 97, "timestamp": "0x2"}
        result = block if asked["method"] == "eth_getBlockByNumber" else "0x5208"
        self.answer({"jsonrpc": "2.0", "id": asked["id"], "result": result})


def test_a_node_is_asked_what_is_wanted_alone_and_blocks_that_validators_signed_are_read():
    server = HTTPServer(("127.0.0.1", 0), OfValidators)
    server.asked = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        node = client(f"http://127.0.0.1:{server.server_port}")
        assert len(node.eth.get_block("latest")["proofOfAuthorityData"]) == 97
        assert node.eth.estimate_gas({"from": "0x" + "01" * 20, "gasPrice": 0, "data": "0x"}) == 21_000
        node.eth.call({"from": "0x" + "01" * 20, "gas": 21_000, "gasPrice": 0, "data": b"\1"})
        assert server.asked == ["eth_getBlockByNumber", "eth_estimateGas", "eth_call"]
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "ask",
    [
        connect,
        lambda url: Nodes(client(url), client(url + "2")).ask(lambda node: node.eth.block_number),
        lambda url: Endpoints([url, url + "2"]).head(),
        lambda url: Endpoints([url, url + "2"]).headers([1]),
    ],
)
def test_what_may_be_a_secret_in_the_address_of_a_node_is_in_no_error_and_no_log(ask, caplog):
    """Who asks for the service's health needs no key, and hosted nodes take theirs in the address."""
    with pytest.raises(Unavailable) as refused:
        ask("http://name:secret@127.0.0.1:1/secret?key=secret")
    assert "http://127.0.0.1:1" in refused.value.text("en")
    assert "secret" not in refused.value.text("en") + caplog.text
