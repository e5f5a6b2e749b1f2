"""A chain that is only told: blocks with logs, served on loopback as a node would, for the benchmark and the indexer's tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

CHAIN_ID = 7_851


class Block(NamedTuple):
    """A block as it is served; ``logs`` is the JSON of its logs with commas between them."""

    number: int
    hash: str
    timestamp: int
    logs: bytes | memoryview
    count: int


class Told(NamedTuple):
    """One log of a block that is yet to be made: 0x text."""

    address: str
    topics: Sequence[str]
    data: str


@dataclass
class ServedChain:
    """What a node tells, and how it fails. Blocks may be replaced while it is asked."""

    blocks: list[Block] = field(default_factory=list)
    chain_id: int = CHAIN_ID
    most_logs: int | None = None
    """More in one answer are refused."""
    seconds: float = 0
    """How long `eth_getLogs` takes."""
    down: bool = False
    """Whether it answers nothing but that it cannot."""
    asked: list[str] = field(default_factory=list)
    _kinds: dict[tuple[str, int, str], bytes] = field(default_factory=dict)

    def add(self, logs: Sequence[Told], timestamp: int, salt: str = "") -> None:
        """Put a block on top, whose hash says all of the chain below it."""
        number = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else ""
        block_hash = f"0x{sha256(f'{parent}{number}{timestamp}{salt}{logs!r}'.encode()).hexdigest()}"
        told = [as_json(log, number, block_hash, place) for place, log in enumerate(logs)]
        self.blocks.append(Block(number, block_hash, timestamp, b",".join(told), len(told)))

    def answer(self, method: str, parameters: list[Any]) -> bytes:
        """The JSON of a result. Raises ValueError with a refusal."""
        self.asked.append(method)
        blocks = self.blocks
        if method == "eth_chainId":
            return json.dumps(hex(self.chain_id)).encode()
        if method == "eth_blockNumber":
            return json.dumps(hex(len(blocks) - 1)).encode()
        if method == "eth_getBlockByNumber":
            number = int(parameters[0], 16)
            return _header(blocks[number]) if number < len(blocks) else b"null"
        if method == "eth_getLogs":
            time.sleep(self.seconds)
            found = blocks[int(parameters[0]["fromBlock"], 16) : int(parameters[0]["toBlock"], 16) + 1]
            if self.most_logs is not None and sum(block.count for block in found) > self.most_logs:
                raise ValueError(f"query returned more than {self.most_logs} results")
            if topics := parameters[0].get("topics"):
                return self._of_kind(found, topics[0])
            return b"[%b]" % b",".join(block.logs for block in found if block.count)
        raise ValueError(f"the method {method} does not exist")

    def _of_kind(self, found: list[Block], topic: str) -> bytes:
        """The logs of one kind of event; looked for once in as many blocks."""
        place = found[0].hash, len(found), topic
        if place not in self._kinds:
            logs = json.loads(b"[%b]" % b",".join(block.logs for block in found if block.count))
            self._kinds[place] = json.dumps([log for log in logs if log["topics"][0] == topic]).encode()
        return self._kinds[place]

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Answer on loopback, in a thread; the address."""
        chain = self

        class Handler(_Handler):
            served = chain

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def as_json(log: Told, number: int, block_hash: str, place: int) -> bytes:
    """The log as `eth_getLogs` tells it."""
    topics = '","'.join(log.topics)
    return (
        f'{{"address":"{log.address}","topics":["{topics}"],"data":"{log.data}","blockNumber":"{number:#x}",'
        f'"transactionHash":"0x{number:032x}{place:032x}","transactionIndex":"{place:#x}","blockHash":"{block_hash}",'
        f'"logIndex":"{place:#x}","removed":false}}'
    ).encode()


def _header(block: Block) -> bytes:
    header = {"number": hex(block.number), "hash": block.hash, "timestamp": hex(block.timestamp)}
    return json.dumps(header | {"logsBloom": "0x" + "00" * 256, "transactions": []}).encode()


class _Handler(BaseHTTPRequestHandler):
    served: ServedChain
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.served.down:
            self._send(503, b"")
        elif isinstance(asked, list):
            self._send(200, b"[%b]" % b",".join(map(self._one, asked)))
        else:
            self._send(200, self._one(asked))

    def _one(self, asked: dict[str, Any]) -> bytes:
        try:
            result = self.served.answer(asked["method"], asked["params"])
        except ValueError as error:
            failure = json.dumps({"code": -32005, "message": str(error)}).encode()
            return b'{"jsonrpc":"2.0","id":%d,"error":%b}' % (asked["id"], failure)
        return b'{"jsonrpc":"2.0","id":%d,"result":%b}' % (asked["id"], result)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: what is asked for is kept in `ServedChain.asked`."""
