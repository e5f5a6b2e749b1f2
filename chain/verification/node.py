"""A node, read only: raw storage, logs, transactions and code over JSON-RPC, in batches.

Verification brings its own few lines of JSON-RPC rather than the product's client, so that a fault there cannot hide
the very thing that is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import httpx

from chain.errors import PearlError, Unavailable

#: Requests in one HTTP body; nodes cap the size of a batch, and 500 is below every default that we met.
BATCH = 500
#: Blocks in one request for logs.
LOG_SPAN = 5_000


class NodeRefused(PearlError):
    """The node answered a reading request with an error."""

    message = "the node refuses {method}: {reason}"
    next_step = "check that the node keeps the state of block {block}"


class NodeReader:
    """One node's JSON-RPC, read only. ``block`` arguments are block numbers."""

    def __init__(self, endpoint: str, timeout_seconds: float = 60) -> None:
        self._client = httpx.Client(base_url=endpoint, timeout=timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def block_number(self) -> int:
        """The latest block."""
        return int(self._ask([("eth_blockNumber", [])])[0], 16)

    def chain_id(self) -> int:
        return int(self._ask([("eth_chainId", [])])[0], 16)

    def words(self, address: str, slots: Sequence[int], block: int) -> list[int]:
        """The storage words of a contract at ``slots``, as unsigned integers."""
        return [
            int(word, 16)
            for word in self._ask([("eth_getStorageAt", [address, hex(slot), hex(block)]) for slot in slots])
        ]

    def code(self, address: str, block: int) -> bytes:
        """The runtime bytecode at an address; empty for an account without code."""
        return bytes.fromhex(self._ask([("eth_getCode", [address, hex(block)])])[0][2:])

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[dict[str, Any]]:
        """All logs of the contracts in the blocks first … last, in chain order."""
        spans = [(start, min(start + LOG_SPAN - 1, last)) for start in range(first, last + 1, LOG_SPAN)]
        answers = self._ask(
            [
                ("eth_getLogs", [{"address": list(addresses), "fromBlock": hex(start), "toBlock": hex(end)}])
                for start, end in spans
            ]
        )
        return [log for answer in answers for log in answer]

    def block_times(self, blocks: Sequence[int]) -> dict[int, int]:
        """Block → its time, unix seconds."""
        found = self._ask([("eth_getBlockByNumber", [hex(block), False]) for block in blocks])
        return {block: int(one["timestamp"], 16) for block, one in zip(blocks, found, strict=True)}

    def blocks(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Blocks with their transactions."""
        return self._ask([("eth_getBlockByNumber", [hex(number), True]) for number in numbers])

    def transaction_count(self, address: str) -> int:
        """How many transactions of an address are in blocks by now: the number that its next one will have."""
        return int(self._ask([("eth_getTransactionCount", [address, "latest"])])[0], 16)

    def transactions(self, hashes: Sequence[str], *, or_none: bool = False) -> list[Any]:
        """``or_none``: None for those that the node does not know; without it that is NodeRefused."""
        return self._ask([("eth_getTransactionByHash", [name]) for name in hashes], or_none=or_none)

    def receipts(self, hashes: Sequence[str]) -> list[dict[str, Any]]:
        return self._ask([("eth_getTransactionReceipt", [name]) for name in hashes])

    def call_tree(self, transaction: str) -> dict[str, Any] | None:
        """Who called whom in a transaction (`debug_traceTransaction` with the call tracer); None where the node does not
        trace, or no longer has the state to run it again."""
        request = ("debug_traceTransaction", [transaction, {"tracer": "callTracer"}])
        tree: dict[str, Any] | None = self._ask([request], or_none=True)[0]
        return tree

    def calls(self, requests: Iterable[tuple[str, bytes]], block: int) -> list[bytes | None]:
        """Answers of read-only calls (contract, calldata); None where the contract refuses to answer."""
        answers = self._ask(
            [("eth_call", [{"to": address, "data": "0x" + data.hex()}, hex(block)]) for address, data in requests],
            or_none=True,
        )
        return [None if answer is None else bytes.fromhex(answer[2:]) for answer in answers]

    def code_created_at(self, address: str, creation: bytes, block: int) -> bytes:
        """The code that a contract's creation would leave at an address: its creation code put there for the length of one
        call (the state override of `eth_call`) and run, so that it sees its own address and the chain as it is."""
        override = {address: {"code": "0x" + creation.hex()}}
        answer: str = self._ask([("eth_call", [{"to": address, "data": "0x"}, hex(block), override])])[0]
        return bytes.fromhex(answer[2:])

    def _ask(self, requests: Sequence[tuple[str, list[Any]]], *, or_none: bool = False) -> list[Any]:
        """Send in batches; answers in the order of the requests. ``or_none``: a refused request is answered by None.

        Raises Unavailable, NodeRefused.
        """
        answers: list[Any] = []
        for start in range(0, len(requests), BATCH):
            batch = requests[start : start + BATCH]
            body = [
                {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
                for number, (method, parameters) in enumerate(batch)
            ]
            try:
                response = self._client.post("", json=body)
                response.raise_for_status()
            except httpx.HTTPError as error:
                raise Unavailable(what="the node") from error
            content = response.json()
            if not isinstance(content, list):
                reason = content.get("error", {}).get("message", "it answers no batches")
                raise NodeRefused(method=batch[0][0], reason=reason, block=_block_of(batch[0][1]))
            replies = sorted(content, key=lambda reply: reply["id"])
            for (method, parameters), reply in zip(batch, replies, strict=True):
                if reply.get("result") is None and not or_none:
                    reason = reply.get("error", {}).get("message", "no result")
                    raise NodeRefused(method=method, reason=reason, block=_block_of(parameters))
                answers.append(reply.get("result"))
        return answers


def _block_of(parameters: list[Any]) -> str:
    """The block that a request was about; ``latest`` where it names none."""
    return next((str(int(one, 16)) for one in parameters[1:] if isinstance(one, str) and len(one) < 20), "latest")
