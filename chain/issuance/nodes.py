"""The nodes of one chain that transactions go to: one is asked until it does not answer, then the next."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from requests import HTTPError
from web3 import Web3
from web3.exceptions import BadResponseFormat
from web3.types import RPCEndpoint

from chain.errors import Unavailable
from chain.issuance.node_names import ChainOther, reason, shown

log = logging.getLogger("pearl.outbox")

Result = TypeVar("Result")
Question = tuple[str, Sequence[Any]]
"""A JSON-RPC method and its parameters."""

#: So many questions, and so many letters of them, are asked together; nodes refuse more than some hundreds, some millions.
QUESTIONS_TOGETHER, LETTERS_TOGETHER = 100, 1_000_000

#: A node that does not answer, or answers what no node would.
SILENCE = (OSError, BadResponseFormat, json.JSONDecodeError)


class Nodes:
    """Some nodes of one chain; the first is the one that is asked as long as it answers."""

    def __init__(self, *clients: Web3) -> None:
        self._clients = clients
        self._current = 0
        self._chain: tuple[int, bytes] | None = None
        self._known: set[int] = set()

    def ask(self, do: Callable[[Web3], Result]) -> Result:
        """What the first node answers that answers. Raises Unavailable, ChainOther, and what ``do`` makes of an answer."""
        for _ in self._clients:
            place = self._current
            try:
                self._check(place)
                return do(self._clients[place])
            except SILENCE as error:
                _log_silence(self._clients[place], error)
                self._current = (place + 1) % len(self._clients)
        raise Unavailable(what="the node at {endpoint}", endpoint=", ".join(map(name, self._clients)))

    def everywhere(self, do: Callable[[Web3], Result]) -> list[Result]:
        """What all nodes answer that answer. Raises ChainOther."""
        answers = []
        for place, client in enumerate(self._clients):
            try:
                self._check(place)
                answers.append(do(client))
            except SILENCE as error:
                _log_silence(client, error)
        return answers

    def ask_together(self, asked: Sequence[Question]) -> list[Any]:
        """What one node answers to several questions (method, parameters), which it may take in any order; None where it
        answers with an error. Raises Unavailable, ChainOther."""
        return [answer for some in _in_bodies(asked) for answer in self.ask(partial(_together, asked=some))]

    def _check(self, place: int) -> None:
        """That the node is on the chain of the others; one alone is its own measure."""
        if len(self._clients) == 1 or place in self._known:
            return
        client = self._clients[place]
        chain = (client.eth.chain_id, bytes(client.eth.get_block(0)["hash"]))
        if self._chain is None:
            self._chain = chain
        elif chain != self._chain:
            raise ChainOther(endpoint=name(client), other=name(self._clients[next(iter(self._known))]))
        self._known.add(place)


def name(client: Web3) -> str:
    """Where the node is."""
    return shown(_address(client))


def _address(client: Web3) -> str:
    return str(getattr(client.provider, "endpoint_uri", client.provider))


def _in_bodies(asked: Sequence[Question]) -> Iterator[list[Question]]:
    """In their order, as many together as a node takes."""
    some: list[Question] = []
    letters = 0
    for question in asked:
        size = len(str(question))
        if some and (letters + size > LETTERS_TOGETHER or len(some) == QUESTIONS_TOGETHER):
            yield some
            some, letters = [], 0
        some.append(question)
        letters += size
    if some:
        yield some


def _log_silence(client: Web3, error: Exception) -> None:
    log.warning("%(node)s: %(reason)s", {"node": name(client), "reason": reason(error, _address(client))})


def _together(node: Web3, asked: Sequence[Question]) -> list[Any]:
    questions = [(RPCEndpoint(method), list(given)) for method, given in asked]
    answers = _in_one_body(node, questions)
    if answers is None:
        answers = [node.provider.make_request(*question) for question in questions]
    return [answer.get("result") for answer in answers]


def _in_one_body(node: Web3, questions: list[tuple[RPCEndpoint, list[Any]]]) -> list[Any] | None:
    """None from a node that takes none or fewer together, which it says with one error, in a list or by itself; and from one
    that does not say which question each answer is to."""
    try:
        answers = node.provider.make_batch_request(questions)  # type: ignore[attr-defined]
    except HTTPError as error:
        if error.response is None or error.response.status_code >= 500:
            raise
        return None
    except (AttributeError, TypeError):  # the provider sorts what it takes for answers
        return None
    is_one_each = isinstance(answers, list) and len(answers) == len(questions)
    if not is_one_each or not all(isinstance(one, dict) for one in answers):
        return None
    # The provider counts its questions on, and sorts the answers by what the node calls them: the same where all is well.
    first = answers[0].get("id")
    in_order = isinstance(first, int) and [one.get("id") for one in answers] == [*range(first, first + len(answers))]
    return answers if in_order else None
