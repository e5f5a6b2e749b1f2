"""Several questions to one node: in their order, in bodies that a node takes, and by themselves where it takes one at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3
from web3.providers.base import BaseProvider

from chain.issuance import nodes
from chain.issuance.nodes import Nodes


class Echo(BaseProvider):
    """Answers with what it was asked; ``eth_fail`` with an error."""

    def __init__(self, *, takes_many=True):
        super().__init__()
        self.takes_many = takes_many
        self.bodies = []

    def make_request(self, method, params):
        if method == "eth_chainId":
            return {"id": 1, "result": "0x1"}
        if method == "eth_getBlockByNumber":
            return {"id": 1, "result": {"hash": "0x" + "11" * 32, "number": "0x0"}}
        return {"id": 1, "error": {"message": "no"}} if method == "eth_fail" else {"id": 1, "result": params[0]}

    def make_batch_request(self, requests):
        self.bodies.append(requests)
        if not self.takes_many:
            return {"id": None, "error": {"message": "one at a time"}}
        return [self.make_request(method, params) for method, params in requests]


questions = st.lists(st.tuples(st.sampled_from(["eth_call", "eth_fail"]), st.lists(st.text(), min_size=1, max_size=1)))


@given(questions, st.booleans(), st.integers(10, 200), st.integers(1, 5))
def test_each_question_has_its_answer_whatever_the_node_takes_at_once(asked, takes_many, letters, most):
    echo = Echo(takes_many=takes_many)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "LETTERS_TOGETHER", letters)
        patch.setattr(nodes, "QUESTIONS_TOGETHER", most)
        answers = Nodes(Web3(echo)).ask_together(asked)
    assert answers == [None if method == "eth_fail" else given[0] for method, given in asked]
    assert [list(question) for body in echo.bodies for question in body] == [list(question) for question in asked]
    assert all(len(body) <= most for body in echo.bodies)
    assert all(len(body) == 1 or sum(len(str(one)) for one in body) <= letters for body in echo.bodies)
