"""The way to the node: requests and answers are dropped, come late, come twice."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import requests
import urllib3
from web3 import Web3
from web3.providers.base import BaseProvider

from tests.simulation.node import Node, as_body, respond
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import Weather

URL = "http://node.simulated:8545"


class Lost(Exception):
    """Nothing comes back; ``late`` where only a time limit says so."""

    def __init__(self, *, late: bool) -> None:
        self.late = late
        super().__init__()


class Network:
    """Brings what is asked to the node, and mostly what it answers back. Each way is a step of its own."""

    def __init__(self, scheduler: Scheduler, weather: Weather, node: Node) -> None:
        self._scheduler = scheduler
        self._weather = weather
        self._node = node

    def ask(self, asked: Any) -> Any:
        """The answer to a JSON-RPC request, or to several. Raises Lost."""
        if self._scheduler.current is None:
            return respond(self._node, asked, self._scheduler.now)
        self._scheduler.pause()
        if self._scheduler.now < self._node.down_until:
            raise Lost(late=False)
        questions = asked if isinstance(asked, list) else [asked]
        sent = [bytes.fromhex(one["params"][0][2:]) for one in questions if one["method"] == "eth_sendRawTransaction"]
        if sent and self._weather.strikes("request delayed"):
            self._come_late(sent)
            raise Lost(late=True)
        if self._weather.strikes("request dropped"):
            raise Lost(late=self._node.random.random() < 0.5)
        answer = respond(self._node, asked, self._scheduler.now)
        if sent and self._weather.strikes("transaction duplicated"):
            self._come_late(sent)
        self._scheduler.pause()
        if self._weather.strikes("answer dropped"):
            raise Lost(late=True)
        return answer

    def _come_late(self, sent: list[bytes]) -> None:
        self._node.late += [(self._scheduler.now + self._node.random.choice([0.1, 1, 10]), raw) for raw in sent]


class Provider(BaseProvider):
    """What `Web3` asks through; it fails as `HTTPProvider` does."""

    endpoint_uri = URL

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def make_request(self, method: Any, params: Any) -> Any:
        return self._ask({"jsonrpc": "2.0", "id": 1, "method": str(method), "params": list(params)})

    def make_batch_request(self, asked: Any) -> Any:
        return self._ask(
            [
                {"jsonrpc": "2.0", "id": number, "method": str(method), "params": list(params)}
                for number, (method, params) in enumerate(asked)
            ]
        )

    def _ask(self, asked: Any) -> Any:
        try:
            return self._network.ask(json.loads(Web3.to_json(asked)))
        except Lost as lost:
            if lost.late:
                raise requests.exceptions.ReadTimeout(URL) from lost
            raise requests.exceptions.ConnectionError(URL) from lost


class Pool:
    """What the indexer's endpoints ask through; it fails as urllib3's `PoolManager` does."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def request(self, method: str, url: str, body: bytes, *, preload_content: bool) -> urllib3.HTTPResponse:
        """An answer whose body is still to be read."""
        try:
            told = as_body(self._network.ask(json.loads(body)))
            return urllib3.HTTPResponse(BytesIO(told), status=200, preload_content=preload_content)
        except Lost as lost:
            if lost.late:
                raise urllib3.exceptions.ReadTimeoutError(None, url, "too late") from lost  # type: ignore[arg-type]
            raise urllib3.exceptions.ProtocolError("the node is gone") from lost
