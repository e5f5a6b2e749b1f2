"""A node that takes real signed transactions, runs them on the contracts and on the model alike, and forgets what it likes."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any

import rlp
from eth_account import Account
from eth_hash.auto import keccak

from tests.indexing.histories import logs_of
from tests.model.chain import CHAIN_ID, address_text
from tests.model.histories import Action
from tests.simulation.weather import Weather
from tests.simulation.world import World

#: Blocks that a re-organisation replaces at most, after how many a block is final, and how far behind some answers are.
DEEPEST, FINALITY, STALEST = 6, 12, 3
GAS = 500_000
MOST_IN_A_BLOCK = 6
NEVER = "0x" + "0" * 64


class Refused(Exception):
    """The node answers with an error: ``code``, ``data`` as JSON-RPC has them."""

    def __init__(self, message: str, code: int = -32000, data: str | None = None) -> None:
        super().__init__(message)
        self.answer = {"code": code, "message": message} | ({} if data is None else {"data": data})


@dataclass(frozen=True)
class Transaction:
    """What is in a pool or in a block; ``raw`` is empty for one that others than the service sent."""

    hash: str
    sender: str
    nonce: int
    price: int
    target: str
    data: bytes
    raw: bytes = b""


@dataclass
class Block:
    """A block, and what is needed to take it back."""

    number: int
    hash: str
    parent: str
    timestamp: int
    checkpoint: Any
    tables: dict[str, dict[Any, Any]]
    nonces: dict[str, int]
    transactions: list[Transaction] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    reverted: list[bytes] = field(default_factory=list)
    logs: list[list[dict[str, Any]]] = field(default_factory=list)


class Node:
    """One chain on top of the world's setting up. All times are unix seconds."""

    def __init__(self, world: World, random: Random, weather: Weather) -> None:
        self.world = world
        self.run = world.run
        self.random = random
        self.weather = weather
        self.blocks: list[Block] = []
        self.pool: dict[str, Transaction] = {}
        self.nonces: dict[str, int] = {}
        self.down_until = 0.0
        self.actions: dict[bytes, Action] = {}
        """Call data → the action of the model whose encoding it is."""
        self.orphaned: set[str] = set()
        """Hashes of transactions of which a block was once taken back."""
        self.late: list[tuple[float, bytes]] = []
        self.next_block_at = 0.0
        self._highest = 0
        self._next_timestamp: int | None = None
        self._decoded: dict[bytes, Transaction] = {}
        for timestamp, logs in world.base:
            self._put_block(timestamp, [], world_logs=logs)

    # --- time passes

    def tick(self, now: float) -> bool:
        """What the node does by itself until ``now``. Returns whether its chain changed."""
        if now < self.down_until:
            return False
        for at, raw in list(self.late):
            if at <= now:
                self.late.remove((at, raw))
                with contextlib.suppress(Refused):
                    self._take(raw)
        if self.weather.strikes("node killed"):
            self._die(now)
            return True
        if self.pool and self.weather.strikes("transaction evicted"):
            self.pool.pop(self.random.choice(list(self.pool)))
        changed = False
        if now >= self.next_block_at:
            self.mine(int(now))
            self.next_block_at = now + self.random.choice([0.05, 0.2, 0.2, 1])
            changed = True
        if self.weather.strikes("reorganisation"):
            self.reorganise(int(now))
            changed = True
        return changed

    def _die(self, now: float) -> None:
        """What was not in a block is forgotten, and mostly some of the last blocks."""
        self.down_until = now + self.random.choice([0.1, 1, 20])
        self.pool.clear()
        self._take_back(self.random.choice([0, 0, 1, 3]), returns=False)

    def reorganise(self, now: int) -> None:
        """Another branch comes instead of the last blocks, mostly with their transactions, in another order."""
        depth = self.random.randint(1, DEEPEST)
        self._take_back(depth, returns=True)
        for _ in range(self.random.randint(0, depth + 1)):
            self.mine(now)

    def _take_back(self, depth: int, returns: bool) -> None:
        self._highest = max(self._highest, len(self.blocks))
        kept = max(len(self.world.base), self._highest - FINALITY + STALEST)
        for _ in range(min(depth, len(self.blocks) - kept)):
            block = self.blocks.pop()
            self.world.go_back(block.checkpoint, block.tables)
            self.nonces = block.nonces
            for transaction in block.transactions:
                self.orphaned.add(transaction.hash)
                if returns and not (transaction.raw and self.weather.strikes("transaction lost with its block")):
                    self.pool[transaction.hash] = transaction

    def mine(self, now: int) -> None:
        """A block of some that are ready, each sender's in the order of their nonces."""
        taken: list[Transaction] = []
        nonces = dict(self.nonces)
        wanted = self.random.randint(0, MOST_IN_A_BLOCK)
        while len(taken) < wanted:
            ready = self.ready(nonces)
            if not ready:
                break
            chosen = self.random.choice(ready)
            del self.pool[chosen.hash]
            nonces[chosen.sender] = chosen.nonce + 1
            taken.append(chosen)
        self.pool = {h: t for h, t in self.pool.items() if t.nonce >= nonces.get(t.sender, 0)}
        self._put_block(max(now, self.blocks[-1].timestamp), taken)

    def ready(self, nonces: dict[str, int]) -> list[Transaction]:
        """What is in the pool and next of its sender; an outsider sends nothing again that was evicted before it."""
        return [t for t in self.pool.values() if t.nonce == nonces.get(t.sender, 0)]

    def _put_block(self, timestamp: int, taken: list[Transaction], world_logs: list[Any] | None = None) -> None:
        if self._next_timestamp is not None:
            timestamp, self._next_timestamp = max(self._next_timestamp, self.blocks[-1].timestamp), None
        number, parent = len(self.blocks), self.blocks[-1].hash if self.blocks else NEVER
        salt = self.random.getrandbits(64) if world_logs is None else 0
        block_hash = f"0x{sha256(f'{parent} {timestamp} {salt} {[t.hash for t in taken]}'.encode()).hexdigest()}"
        checkpoint, tables = self.world.place() if world_logs is None else (None, {})
        block = Block(number, block_hash, parent, timestamp, checkpoint, tables, dict(self.nonces), taken)
        if world_logs is not None:
            block.logs.append([self._log(block, log, 0, place) for place, log in enumerate(world_logs)])
        place = 0
        for index, transaction in enumerate(taken):
            logs = self._execute(block, transaction, timestamp)
            block.logs.append([self._log(block, log, index, place + n) for n, log in enumerate(logs)])
            place += len(logs)
        self.blocks.append(block)

    def _execute(self, block: Block, transaction: Transaction, timestamp: int) -> list[Any]:
        self.nonces[transaction.sender] = transaction.nonce + 1
        action = self.actions[transaction.data]
        chain = self.run.chain
        refusal = self.run.step(replace(action, wait=timestamp - chain.now), transaction.data)
        block.statuses.append(0 if refusal else 1)
        block.reverted.append(chain.reverted if refusal else b"")
        if refusal:
            return []
        self.world.history.learn(action)
        return logs_of(chain)

    def _log(self, block: Block, log: Any, index: int, place: int) -> dict[str, Any]:
        transaction = block.transactions[index].hash if block.transactions else f"0x{block.number:064x}"
        return {
            "address": log.address, "topics": list(log.topics), "data": log.data, "blockNumber": hex(block.number),
            "blockHash": block.hash, "transactionHash": transaction, "transactionIndex": hex(index),
            "logIndex": hex(place), "removed": False,
        }  # fmt: skip

    # --- what it takes

    def outsider(self, action: Action, data: bytes) -> None:
        """A transaction of somebody else's, who needs no service: it is in the pool at once."""
        self.actions[data] = action
        sender = address_text(action.sender)
        ahead = [t.nonce for t in self.pool.values() if t.sender == sender]
        nonce = max([self.nonces.get(sender, 0), *(n + 1 for n in ahead)])
        transaction = Transaction(_hash(data), sender, nonce, 0, "", data)
        self.pool[transaction.hash] = transaction

    def _take(self, raw: bytes) -> str:
        transaction = self._decode(raw)
        if transaction.hash in self.pool:
            raise Refused("already known")
        if transaction.nonce < self.nonces.get(transaction.sender, 0):
            raise Refused("nonce too low")
        same = [t for t in self.pool.values() if (t.sender, t.nonce) == (transaction.sender, transaction.nonce)]
        if (same and transaction.price * 10 < same[0].price * 11) or (same and not transaction.price):
            raise Refused("replacement transaction underpriced")
        for other in same:
            del self.pool[other.hash]
        self.pool[transaction.hash] = transaction
        return transaction.hash

    def _decode(self, raw: bytes) -> Transaction:
        """The signed transaction; its signature says who sends it."""
        found = self._decoded.get(raw)
        if found is None:
            typed = raw[0] < 0x80
            fields = rlp.decode(raw[1:] if typed else raw)
            # legacy: nonce, gas price, gas, to, value, data; of a market: chain, nonce, tip, most, gas, to, value, data
            nonce, price, to, data = (fields[n] for n in ((1, 3, 5, 7) if typed else (0, 1, 3, 5)))
            sender = Account.recover_transaction(raw).lower()
            number = int.from_bytes
            found = Transaction(
                _hash(raw), sender, number(nonce, "big"), number(price, "big"), f"0x{to.hex()}", bytes(data), raw
            )
            self._decoded[raw] = found
        return found

    # --- what it answers

    def answer(self, method: str, parameters: list[Any], now: float) -> Any:
        """The result of a request. Raises Refused, and AttributeError for a method that is not simulated."""
        handler = getattr(self, "_" + method)
        behind = self.random.randint(1, STALEST) if self.weather.strikes("stale answer") else 0
        return handler(len(self.blocks) - 1 - behind, now, *parameters)

    def _eth_chainId(self, head: int, now: float) -> str:  # noqa: N802 (the names that nodes give)
        return hex(CHAIN_ID)

    def _eth_blockNumber(self, head: int, now: float) -> str:  # noqa: N802
        return hex(head)

    def _eth_gasPrice(self, head: int, now: float) -> str:  # noqa: N802
        return "0x0"

    def _eth_maxPriorityFeePerGas(self, head: int, now: float) -> str:  # noqa: N802
        return "0x0"

    def _eth_getBlockByNumber(self, head: int, now: float, number: str, full: bool = False) -> Any:  # noqa: N802
        place = {"latest": head, "pending": head, "finalized": max(0, head - FINALITY), "earliest": 0}.get(number)
        place = int(number, 16) if place is None else place
        return self._told(self.blocks[place]) if place <= head else None

    def _eth_getBlockByHash(self, head: int, now: float, block_hash: str, full: bool = False) -> Any:  # noqa: N802
        return next((self._told(block) for block in self.blocks[head::-1] if block.hash == block_hash), None)

    def _told(self, block: Block) -> dict[str, Any]:
        return {
            "number": hex(block.number), "hash": block.hash, "parentHash": block.parent, "timestamp": hex(block.timestamp),
            "transactions": [t.hash for t in block.transactions], "baseFeePerGas": "0x0", "gasLimit": hex(10**9),
            "gasUsed": hex(GAS * len(block.transactions)), "logsBloom": "0x" + "00" * 256,
        }  # fmt: skip

    def _eth_getLogs(self, head: int, now: float, wanted: dict[str, Any]) -> list[Any]:  # noqa: N802
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last > head:
            raise Refused("block range extends beyond current head block", -32602)
        addresses = {one.lower() for one in wanted["address"]}
        blocks = self.blocks[first : last + 1]
        return [log for block in blocks for logs in block.logs for log in logs if log["address"] in addresses]

    def _eth_getTransactionCount(self, head: int, now: float, address: str, block: str = "latest") -> str:  # noqa: N802
        nonces = self.nonces if head == len(self.blocks) - 1 else self.blocks[head + 1].nonces
        count = nonces.get(address.lower(), 0)
        if block == "pending":
            own = {t.nonce for t in self.pool.values() if t.sender == address.lower()}
            while count in own:
                count += 1
        return hex(count)

    def _eth_getTransactionReceipt(self, head: int, now: float, transaction_hash: str) -> Any:  # noqa: N802
        found = self.place_of(transaction_hash)
        if found is None or found[0].number > head:
            return None
        block, index = found
        transaction = block.transactions[index]
        return {
            "transactionHash": transaction_hash, "transactionIndex": hex(index), "blockHash": block.hash,
            "blockNumber": hex(block.number), "from": transaction.sender, "to": transaction.target,
            "cumulativeGasUsed": hex(GAS * (index + 1)), "gasUsed": hex(GAS), "effectiveGasPrice": "0x0",
            "contractAddress": None, "logs": block.logs[index], "logsBloom": "0x" + "00" * 256, "type": "0x0",
            "status": hex(block.statuses[index]),
        }  # fmt: skip

    def place_of(self, transaction_hash: str) -> tuple[Block, int] | None:
        """The block that a transaction is in, and its place there."""
        for block in reversed(self.blocks[len(self.world.base) :]):
            for index, transaction in enumerate(block.transactions):
                if transaction.hash == transaction_hash:
                    return block, index
        return None

    def _eth_getTransactionByHash(self, head: int, now: float, transaction_hash: str) -> Any:  # noqa: N802
        found = self.place_of(transaction_hash)
        transaction = found[0].transactions[found[1]] if found else self.pool.get(transaction_hash)
        if transaction is None:
            return None
        return {
            "hash": transaction.hash, "from": transaction.sender, "to": transaction.target, "nonce": hex(transaction.nonce),
            "gas": hex(GAS), "gasPrice": hex(transaction.price), "input": f"0x{transaction.data.hex()}", "value": "0x0",
            "blockNumber": hex(found[0].number) if found else None, "blockHash": found[0].hash if found else None,
            "transactionIndex": hex(found[1]) if found else None,
        }  # fmt: skip

    def _eth_sendRawTransaction(self, head: int, now: float, raw: str) -> str:  # noqa: N802
        return self._take(bytes.fromhex(raw[2:]))

    def _eth_estimateGas(self, head: int, now: float, request: dict[str, Any], block: str = "latest") -> str:  # noqa: N802
        self._simulate(request, now)
        return hex(GAS)

    def _eth_call(self, head: int, now: float, request: dict[str, Any], block: str = "latest") -> str:
        if block not in ("latest", "pending") and int(block, 16) + 1 < len(self.blocks):
            # Of an older state only that is known which was asked of it then.
            then = self.blocks[int(block, 16) + 1]
            data = bytes.fromhex(request["data"][2:])
            for index, transaction in enumerate(then.transactions):
                if transaction.data == data and not then.statuses[index]:
                    raise _revert(then.reverted[index])
        return self._simulate(request, now)

    def _simulate(self, request: dict[str, Any], now: float) -> str:
        done, answer = self.world.simulate(request["from"], request["to"], bytes.fromhex(request["data"][2:]), int(now))
        if not done:
            raise _revert(answer)
        return f"0x{answer.hex()}"

    def _evm_setTime(self, head: int, now: float, timestamp: int) -> str:  # noqa: N802
        return "0x0"

    def _evm_setNextBlockTimestamp(self, head: int, now: float, timestamp: int) -> None:  # noqa: N802
        self._next_timestamp = timestamp


def _revert(data: bytes) -> Refused:
    return Refused("execution reverted", 3, f"0x{data.hex()}")


def _hash(raw: bytes) -> str:
    return f"0x{keccak(raw).hex()}"


def respond(node: Node, asked: Any, now: float) -> Any:
    """A JSON-RPC request answered; or several of them, which are taken in any order."""
    if isinstance(asked, list):
        answers: list[Any] = [None] * len(asked)
        for place in node.random.sample(range(len(asked)), len(asked)):
            answers[place] = respond(node, asked[place], now)
        return answers
    answer = {"jsonrpc": "2.0", "id": asked["id"]}
    try:
        return answer | {"result": node.answer(asked["method"], asked["params"], now)}
    except Refused as refused:
        return answer | {"error": refused.answer}


def as_body(answer: Any) -> bytes:
    """What goes over the wire."""
    return json.dumps(answer).encode()
