"""The outbox: every command to the chain is a row before it is a transaction, and reaches the chain at most once.

``recorded → signed → submitted → mined``, or ``refused`` with the contract's error. A crash between any two steps
resumes at the next start: a signed transaction is sent again as the same bytes, which the chain takes once. When the
node itself forgot its last blocks, what it forgot is sent again in its old order and at its old times, so the chain
becomes what it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update
from web3 import Web3
from web3.exceptions import ContractLogicError, TimeExhausted, TransactionNotFound, Web3RPCError
from web3.types import TxReceipt

from chain.errors import Conflict, PearlError, Unavailable
from chain.issuance.node import at_block_time
from chain.issuance.signers import Signer
from chain.store.database import Store
from chain.store.tables import operations

OPEN_STATES = ("recorded", "signed", "submitted")
RECEIPT_SECONDS = 120
#: Simulated gas grows by this share, because a view of the same state one block later may cost a little more.
GAS_MARGIN = 1.15


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make: ``target`` None creates a contract. ``kind`` is the command's name, for people.

    ``asked`` is what the caller asked for, where ``data`` holds more than that (a deadline counted from now): the same
    key with the same question gives the first answer again, whatever the clock says.
    """

    kind: str
    target: str | None
    data: bytes
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation; a refusal is raised instead."""

    operation: int
    transaction_hash: str
    block_number: int
    gas_used: int


DecodeError = Callable[[bytes], PearlError]


class Outbox:
    """Records, signs, submits and waits; see the module's words for what a crash means."""

    def __init__(self, store: Store, web3: Web3, decode_error: DecodeError) -> None:
        self._store = store
        self._web3 = web3
        self._decode_error = decode_error
        self._chain_id = web3.eth.chain_id

    def send(self, key: str, signer: Signer, call: Call) -> Outcome:
        """Bring one call onto the chain, once for ``key``. Safe to repeat with the same key and input.

        Raises Conflict (same key, other input), the decoded contract error (refused, nothing changed), Unavailable.
        """
        row = self._record(key, signer.address, call)
        if row["state"] == "recorded":
            row = self._sign(row, signer)
        if row["state"] in ("signed", "submitted"):
            row = self._submit(row)
        if row["state"] == "refused":
            raise self._decode_error(bytes.fromhex(row["error"]["data"]))
        return Outcome(row["id"], row["transaction_hash"], row["block_number"], row["gas_used"])

    def knows(self, key: str) -> bool:
        """Whether an operation was ever recorded under ``key``."""
        with self._store.read() as connection:
            return self._row(connection, operations.c.key == key) is not None

    def retried(self, key: str) -> str:
        """``key``, or the one after it as often as the chain refused it: for keys that the product makes by itself, whose
        refusal (too few deposits, …) need not be the same tomorrow. A caller's own key is answered the same for ever."""
        own = or_(operations.c.key == key, operations.c.key.startswith(f"{key}#", autoescape=True))
        with self._store.read() as connection:
            refused = len(self._rows(connection, own, operations.c.state == "refused"))
        return f"{key}#{refused + 1}" if refused else key

    def resume(self, signers: Callable[[str], Signer | None]) -> int:
        """Finish what a crash left open, and send again what the node forgot. Returns how many were finished.

        ``signers`` gives the signer of an address, or None when its key is not here; then a recorded operation stays.
        """
        finished = self._replay_forgotten()
        with self._store.read() as connection:
            rows = self._rows(connection, operations.c.state.in_(OPEN_STATES))
        for row in rows:
            if row["state"] == "recorded":
                signer = signers(row["signer"])
                if signer is None:
                    continue
                try:
                    row = self._sign(row, signer)
                except Unavailable:
                    continue  # it stays recorded, and nothing else waits for it
            if row["state"] != "refused":
                self._submit(row)
            finished += 1
        return finished

    # --- recorded --------------------------------------------------------------------------------------------------

    def _record(self, key: str, signer: str, call: Call) -> dict[str, Any]:
        target = call.target or ""
        content = call.data if call.asked is None else call.asked.encode()
        digest = hashlib.sha256(f"{signer}|{target}|".encode() + content).hexdigest()
        with self._store.begin() as connection:
            row = self._row(connection, operations.c.key == key)
            if row is None:
                connection.execute(
                    insert(operations).values(
                        key=key, input_hash=digest, kind=call.kind, signer=signer, target=call.target,
                        call_data=call.data, state="recorded", recorded_at=int(time.time()),
                    )
                )  # fmt: skip
                row = self._row(connection, operations.c.key == key)
        assert row is not None
        if row["input_hash"] != digest:
            raise Conflict(what="the operation {key}", key=key)
        return row

    # --- signed ----------------------------------------------------------------------------------------------------

    def _sign(self, row: dict[str, Any], signer: Signer) -> dict[str, Any]:
        """Simulate; then allot the nonce and keep the signed bytes in one step, or refuse without using a nonce."""
        request: dict[str, Any] = {"from": row["signer"], "data": row["call_data"], "gasPrice": 0}
        if row["target"]:
            request["to"] = row["target"]
        try:
            gas = int(self._web3.eth.estimate_gas(request) * GAS_MARGIN)  # type: ignore[arg-type]
        except ContractLogicError as error:
            return self._refuse(row, revert_data(error))
        except Web3RPCError as error:
            if "out of gas" not in str(error).lower():
                raise Unavailable(what="the node's simulation") from error
            return self._refuse(row, b"")  # no block has room for it, today or later
        on_chain = self._web3.eth.get_transaction_count(Web3.to_checksum_address(row["signer"]))
        with self._store.begin() as connection:
            current = self._row(connection, operations.c.id == row["id"])
            assert current is not None
            if current["state"] != "recorded":  # another process was faster
                return current
            highest = connection.execute(
                select(func.max(operations.c.nonce)).where(operations.c.signer == row["signer"])
            ).scalar()
            nonce = on_chain if highest is None else max(on_chain, highest + 1)
            transaction = {"to": row["target"] or "", "value": 0, "gas": gas, "gasPrice": 0, "nonce": nonce,
                           "chainId": self._chain_id, "data": row["call_data"]}  # fmt: skip
            raw = signer.sign_transaction(transaction)
            values = {"state": "signed", "nonce": nonce, "raw_transaction": raw,
                      "transaction_hash": Web3.keccak(raw).to_0x_hex()}  # fmt: skip
            connection.execute(update(operations).where(operations.c.id == row["id"]).values(**values))
        return row | values

    def _refuse(self, row: dict[str, Any], reason: bytes) -> dict[str, Any]:
        values = {"state": "refused", "error": {"data": reason.hex()}}
        with self._store.begin() as connection:
            connection.execute(update(operations).where(operations.c.id == row["id"]).values(**values))
        return row | values

    # --- submitted and mined ---------------------------------------------------------------------------------------

    def _submit(self, row: dict[str, Any]) -> dict[str, Any]:
        receipt = self._receipt(row["transaction_hash"])
        if receipt is None:
            self._send_raw(row["raw_transaction"])
            self._set(row["id"], state="submitted")
            try:
                receipt = self._web3.eth.wait_for_transaction_receipt(
                    row["transaction_hash"], timeout=RECEIPT_SECONDS, poll_latency=0.01
                )
            except TimeExhausted as error:
                raise Unavailable(what="a block with the transaction") from error
        return self._book_receipt(row, receipt)

    def _send_raw(self, raw: bytes) -> None:
        try:
            self._web3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            text = str(error).lower()
            # The node has it already: in its pool, or in a block that came between our question and now.
            if "already" not in text and "nonce too low" not in text:
                raise

    def _receipt(self, transaction_hash: str) -> TxReceipt | None:
        try:
            return self._web3.eth.get_transaction_receipt(transaction_hash)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None

    def _book_receipt(self, row: dict[str, Any], receipt: TxReceipt) -> dict[str, Any]:
        block = self._web3.eth.get_block(receipt["blockNumber"])
        values: dict[str, Any] = {"block_number": receipt["blockNumber"], "block_timestamp": block["timestamp"],
                                  "gas_used": receipt["gasUsed"], "state": "mined"}  # fmt: skip
        if receipt["status"] != 1:
            values |= {"state": "refused", "error": {"data": self._reason(row, receipt).hex()}}
        self._set(row["id"], **values)
        return row | values

    def _reason(self, row: dict[str, Any], receipt: TxReceipt) -> bytes:
        """Why a mined transaction reverted: the same call on the state before its block."""
        request: dict[str, Any] = {"from": row["signer"], "to": row["target"], "data": row["call_data"], "gasPrice": 0}
        try:
            self._web3.eth.call(request, receipt["blockNumber"] - 1)  # type: ignore[arg-type]
        except ContractLogicError as error:
            return revert_data(error)
        except (Web3RPCError, ValueError):
            pass
        return b""

    # --- what the node forgot --------------------------------------------------------------------------------------

    def _replay_forgotten(self) -> int:
        """Send again, in the old order and at the old times, what was mined once and is not on the chain now."""
        in_order = operations.c.block_number, operations.c.nonce
        with self._store.read() as connection:
            mined = list(
                connection.execute(
                    select(operations).where(operations.c.block_number.is_not(None)).order_by(*in_order)
                ).mappings()
            )
        forgotten: list[dict[str, Any]] = []
        for row in reversed(mined):
            if self._receipt(row["transaction_hash"]) is not None:
                break  # the chain keeps a prefix: what is before a known one is known
            forgotten.append(dict(row))
        for row in reversed(forgotten):
            at_block_time(self._web3, row["block_timestamp"])
            self._send_raw(row["raw_transaction"])
            receipt = self._web3.eth.wait_for_transaction_receipt(row["transaction_hash"], timeout=RECEIPT_SECONDS)
            self._book_receipt(row, receipt)
        return len(forgotten)

    # --- rows ------------------------------------------------------------------------------------------------------

    def _set(self, identifier: int, **values: Any) -> None:
        with self._store.begin() as connection:
            connection.execute(update(operations).where(operations.c.id == identifier).values(**values))

    @staticmethod
    def _rows(connection: Connection, *conditions: Any) -> list[dict[str, Any]]:
        statement = select(operations).where(*conditions).order_by(operations.c.id)
        return [dict(row) for row in connection.execute(statement).mappings()]

    def _row(self, connection: Connection, *conditions: Any) -> dict[str, Any] | None:
        return next(iter(self._rows(connection, *conditions)), None)


def revert_data(error: ContractLogicError) -> bytes:
    """What the contract reverted with: selector and arguments of its error; empty where it said nothing."""
    data = error.data if isinstance(error.data, str) else ""
    return bytes.fromhex(data.removeprefix("0x")) if data.startswith("0x") else b""
