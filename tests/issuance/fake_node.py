"""A node in memory, behind web3's own provider: transactions wait until a block is made, and blocks can be turned back.

It knows what the outbox asks for, and nothing of contracts: calls whose data starts with ``ff`` revert.
"""

from __future__ import annotations

import re
from typing import Any

import rlp
from eth_account import Account
from web3 import Web3
from web3.providers import BaseProvider

CHAIN_ID = 7
REVERTING = 0xFF
BASE_FEE = 10**9


class FakeNode(BaseProvider):
    """One chain. ``mute``: it answers nothing; ``forgets``: it takes transactions and throws them away;
    ``mines_at_once``: it makes a block when it has answered several questions together."""

    def __init__(self, *, has_fees: bool = False) -> None:
        super().__init__()
        self.has_fees = has_fees
        self.mute = self.forgets = self.mines_at_once = False
        self.pool: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
        self.blocks: list[list[tuple[str, dict[str, Any]]]] = [[]]
        self.ids = [b"\0" * 32]
        self.made = 0
        self.clock = 1_800_000_000

    # --- what happens to it ------------------------------------------------------------------------------------------

    def make_block(self, most: int = 1_000) -> None:
        """A block with what can be mined, the earlier nonces first."""
        taken = []
        for (sender, nonce), (identity, transaction) in sorted(self.pool.items(), key=lambda item: item[0][1]):
            if len(taken) < most and nonce == self.count(sender, taken) and transaction["fee"] >= self.base_fee:
                taken.append((identity, transaction))
        for _, transaction in taken:
            self.pool.pop((transaction["from"], transaction["nonce"]), None)
        self.made += 1
        self.clock += 1
        self.blocks.append(taken)
        self.ids.append(Web3.keccak(self.made.to_bytes(8, "big")))

    def turn_back(self, depth: int, *, keeps: bool) -> None:
        """Take the newest blocks away; their transactions wait again, or are lost."""
        for _ in range(min(depth, len(self.blocks) - 1)):
            self.ids.pop()
            for identity, transaction in self.blocks.pop():
                if keeps:
                    self.pool.setdefault((transaction["from"], transaction["nonce"]), (identity, transaction))

    @property
    def base_fee(self) -> int:
        return BASE_FEE if self.has_fees else 0

    def mined(self) -> list[dict[str, Any]]:
        """All that is on the chain, in its order."""
        return [transaction for block in self.blocks for _, transaction in block]

    def count(self, sender: str, more: list[tuple[str, dict[str, Any]]] = []) -> int:  # noqa: B006 - read only
        on_chain = [t for t in self.mined() if t["from"] == sender]
        return len(on_chain) + sum(t["from"] == sender for _, t in more)

    # --- what it answers ---------------------------------------------------------------------------------------------

    def make_request(self, method: str, params: Any) -> Any:
        if self.mute:
            raise ConnectionError("nobody answers")
        try:
            result = getattr(self, "_" + re.sub("(?=[A-Z])", "_", method).lower())(*params)
        except Said as error:
            return {"jsonrpc": "2.0", "id": 1, "error": error.body}
        return {"jsonrpc": "2.0", "id": 1, "result": result}

    def make_batch_request(self, requests: Any) -> Any:
        answers = [self.make_request(*request) | {"id": number} for number, request in enumerate(requests)]
        if self.mines_at_once:
            self.make_block()
        return answers

    def is_connected(self, show_traceback: bool = False) -> bool:
        return not self.mute

    def _eth_chain_id(self) -> str:
        return hex(CHAIN_ID)

    def _eth_block_number(self) -> str:
        return hex(len(self.blocks) - 1)

    def _eth_get_block_by_number(self, number: str, full: bool) -> Any:
        return self._block(len(self.blocks) - 1 if number == "latest" else int(number, 16))

    def _eth_get_block_by_hash(self, identity: str, full: bool) -> Any:
        return self._block(self.ids.index(bytes.fromhex(identity[2:])))

    def _block(self, number: int) -> Any:
        fees = {"baseFeePerGas": hex(self.base_fee)} if self.has_fees else {}
        time = self.clock - len(self.blocks) + number
        return {"number": hex(number), "hash": Web3.to_hex(self.ids[number]), "timestamp": hex(time), **fees}

    def _eth_fee_history(self, blocks: str, newest: str, percentiles: Any) -> Any:
        return {"oldestBlock": "0x0", "baseFeePerGas": [hex(BASE_FEE)] * 2, "gasUsedRatio": [0.0], "reward": [["0x0"]]}

    def _eth_max_priority_fee_per_gas(self) -> str:
        return hex(10**6)

    def _eth_get_transaction_count(self, address: str, block: str) -> str:
        return hex(self.count(address.lower()))

    def _eth_estimate_gas(self, request: Any, *block: str) -> str:
        if bytes.fromhex(request["data"][2:])[:1] == bytes([REVERTING]):
            raise Said({"code": 3, "message": "execution reverted", "data": "0x12345678"})
        return hex(30_000)

    _eth_call = _eth_estimate_gas

    def _eth_get_transaction_receipt(self, identity: str) -> Any:
        for number, block in enumerate(self.blocks):
            for place, (own, transaction) in enumerate(block):
                if own == identity:
                    return {
                        "transactionHash": own, "blockNumber": hex(number), "blockHash": Web3.to_hex(self.ids[number]),
                        "transactionIndex": hex(place), "gasUsed": "0x5208", "status": hex(not transaction["reverts"]),
                        "logs": [], "from": transaction["from"],
                    }  # fmt: skip
        return None

    def _eth_send_raw_transaction(self, raw: str) -> str:
        data = bytes.fromhex(raw[2:])
        identity = Web3.to_hex(Web3.keccak(data))
        sender = Account.recover_transaction(data).lower()
        typed = data[0] == 2
        items = rlp.decode(data[1:] if typed else data)
        nonce, fee, call = (items[place] for place in ((1, 3, 7) if typed else (0, 1, 5)))
        number, price = int.from_bytes(nonce, "big"), int.from_bytes(fee, "big")
        if number < self.count(sender):
            raise Said({"code": -32000, "message": "nonce too low"})
        known = self.pool.get((sender, number))
        if known is not None and known[0] == identity:
            raise Said({"code": -32000, "message": "already known"})
        if known is not None and price * 10 < known[1]["fee"] * 11:
            raise Said({"code": -32000, "message": "replacement transaction underpriced"})
        if not self.forgets:
            self.pool[sender, number] = identity, {
                "from": sender, "nonce": number, "fee": price, "call": call, "reverts": call[:1] == bytes([REVERTING - 1]),
            }  # fmt: skip
        return identity


class Said(Exception):
    """What a node says against a question."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
