"""The outbox: every command to the chain is a row before it is a transaction, and reaches the chain at most once.

``recorded → signed → submitted → mined → final``; ``refused`` with the contract's error, ``expired`` before it was signed,
``replaced`` when somebody else used its nonce. `TRANSITIONS` has all of it (docs/operating.md says what each means).

A crash between any two steps resumes at the next start: a signed transaction is sent again as the same bytes, which the
chain takes once. A nonce is allotted in one unit of work and signed outside of it, since a signer may be far away; who
finds an allotted nonce that nobody signed signs it, so no hole stays. When the chain has fees, a transaction that is not
taken in is signed again with a higher one; every signed version is kept, and whichever is mined counts.

A block that is turned back gives its transactions back, and they are sent again as the same bytes. The embedded node has
no re-orgs, but forgets its newest blocks when it is killed: what it forgot is sent again in its old order and at its old
times, so the chain becomes what it was.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count, groupby
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update
from web3 import Web3
from web3.exceptions import BadResponseFormat, ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import TxReceipt

from chain.errors import Conflict, ContractRefused, RuleBroken, Unavailable
from chain.issuance.fees import Fee, FeesUnset, base_fee, bumped, suggested
from chain.issuance.node import forget_waiting, make_block, make_blocks_again, make_blocks_at_once
from chain.issuance.nodes import Nodes
from chain.issuance.remote_signer import SignerRefused
from chain.issuance.signers import Signer
from chain.logs import fields_of
from chain.store.database import Store
from chain.store.tables import operations, transactions
from chain.traces import say_transaction, span, transaction_done

log = logging.getLogger("pearl.outbox")

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "recorded": ("signed", "refused", "expired"),
    "signed": ("submitted", "mined", "refused", "replaced"),
    "submitted": ("mined", "refused", "replaced"),
    "mined": ("final", "submitted"),
    "refused": ("submitted",),  # where its block was turned back; what was refused before it was signed stays so
    "final": (),
    "replaced": (),
    "expired": (),
}
"""State → the states that may follow."""

OPEN_STATES = ("recorded", "signed", "submitted")
#: The call is done.
DONE_STATES = ("mined", "final")
#: The call came to nothing.
FAILED_STATES = ("refused", "replaced", "expired")
#: Simulated gas grows by this share, or by this much where that is more: what is mined before it may make it dearer, by
#: 20,000 for each word that it finds empty by then and fills.
GAS_MARGIN, LEAST_GAS_MARGIN = 0.15, 100_000
#: How often it is asked whether a transaction is mined: at first, and at most.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.25
#: A transaction that is not mined is handed over again so often, to all nodes.
AGAIN_SECONDS = 2.0
#: What was handed over together is waited for together so long.
TOGETHER_SECONDS = 10.0
#: Rows that are read at once.
TOGETHER = 100

SignerAt = Callable[[str], Signer | None]
"""The signer of an address, or None when its key is not here."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make: ``target`` None creates a contract. ``kind`` is the command's name, for people.

    ``asked`` is what the caller asked for, where ``data`` holds more than that (a deadline counted from now): the same
    key with the same question gives the first answer again, whatever the clock says. After ``deadline`` (unix seconds by
    the ledger's clock) it is not signed any more. ``gas`` is its limit where trying it out does not tell it.
    """

    kind: str
    target: str | None
    data: bytes
    asked: str | None = None
    deadline: int | None = None
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A call that its signer makes once for ``key``."""

    key: str
    signer: Signer
    call: Call


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation; a refusal is raised instead."""

    operation: int
    transaction_hash: str
    block_number: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class Sending:
    """How transactions are sent; the settings of the same names say more (docs/settings.md)."""

    fee_cap_wei: int = 0
    fee_bump_seconds: float = 60
    open_transactions: int = 64
    sending_seconds: float = 120
    finality_blocks: int = 1_024
    embedded: bool = False
    """The node is one's own alone: it turns no block back, but may forget its newest ones."""


class NotMined(Unavailable):
    message = "the node has the transaction of {key}, and made no block with it in {seconds} seconds ({reason})"
    next_step = "look whether the node makes blocks; the transaction is kept, and the same command goes on with it"


class TooManyOpen(Unavailable):
    message = "{count} transactions of {signer} wait for a block already"
    next_step = "wait until they are mined, or look whether the node makes blocks; nothing was lost"


class SignedElsewhere(Unavailable):
    message = (
        "a transaction that is none of this service's has the nonce {nonce} of {signer}, which {key} was signed for"
    )
    next_step = "find out who else signs with this key; unless the chain turns back, {key} will never be mined"


class NotTakenAgain(Unavailable):
    message = "the embedded node forgot {key} and does not take it again: {reason}"
    next_step = (
        "end all that runs on this home, move its folder 'node' away, and start: "
        "the chain is made again from its transactions"
    )


class OperationReplaced(RuleBroken):
    message = "nothing of {key} happened: a transaction that is none of this service's has its nonce {nonce}"
    next_step = "find out who else signs with the key of {signer}; then ask again with another idempotency key"


class OperationExpired(RuleBroken):
    message = "nothing of {key} happened: its deadline had passed before it could be signed"
    next_step = "ask again with a later deadline and another idempotency key"


DecodeError = Callable[[bytes], ContractRefused]


class Outbox:
    """Records, signs, submits and waits; see the module's words for what a crash means."""

    def __init__(
        self, store: Store, web3: Web3, decode_error: DecodeError, sending: Sending = Sending(),
        others: Sequence[Web3] = (),
    ) -> None:  # fmt: skip
        """``others``: further nodes of the same chain, for when the first does not answer or makes no block."""
        self._store = store
        #: Knows the errors of the contracts that are known; of later ones whoever learns of them says it anew.
        self.decode_error = decode_error
        self._sending = sending
        self._nodes = Nodes(web3, *others)
        self._chain_id = self._nodes.ask(lambda node: node.eth.chain_id)
        self._is_free = False
        self._settled: bytes | None = None

    def send(self, key: str, signer: Signer, call: Call) -> Outcome:
        """Bring one call onto the chain, once for ``key``. Safe to repeat with the same key and input.

        Raises Conflict (same key, other input), the decoded contract error (refused, nothing changed), OperationExpired,
        OperationReplaced, Unavailable (NotMined, TooManyOpen, SignedElsewhere, FeesUnset, FeeAboveCap).
        """
        (row,) = self._record([KeyedCall(key, signer, call)])
        if row["state"] in DONE_STATES:
            return _outcome(row)
        with span("transaction") as current:
            was_recorded = row["state"] == "recorded"
            while row["state"] == "recorded":
                row = self._sign(row, signer)
            say_transaction(current, row)
            if row["state"] in ("signed", "submitted"):
                row = self._submit(row, signer, is_new=was_recorded)
                say_transaction(current, row)
            match row["state"]:
                case "refused":
                    raise self.decode_error(bytes.fromhex(row["error"]["data"]))
                case "replaced":
                    raise OperationReplaced(key=key, nonce=row["nonce"], signer=row["signer"])
                case "expired":
                    raise OperationExpired(key=key)
        return _outcome(row)

    def send_all(
        self, orders: Sequence[KeyedCall], progress: Callable[[int], None] = lambda done: None
    ) -> list[Outcome | ContractRefused]:
        """The same for many of which none needs another, in any order on the chain; a contract's refusal is returned.

        They share questions to the node and units of work as long as all goes well. What does not go that way (refused,
        begun before, not in a block at once) is sent alone, from wherever it is. ``progress`` gets how many are done.
        Raises what `send` raises, but for refusals; what was begun goes on when the same is asked again.
        """
        answers: list[Outcome | ContractRefused] = []
        most = min(TOGETHER, self._sending.open_transactions)
        for start in range(0, len(orders), most):
            some = orders[start : start + most]
            for order, row in zip(some, self._send_together(some), strict=True):
                if row["state"] in DONE_STATES:
                    answers.append(_outcome(row))
                elif row["state"] == "refused":
                    answers.append(self.decode_error(bytes.fromhex(row["error"]["data"])))
                else:
                    answers.append(self._sent_alone(order))
            progress(len(answers))
        return answers

    def _sent_alone(self, order: KeyedCall) -> Outcome | ContractRefused:
        try:
            return self.send(order.key, order.signer, order.call)
        except ContractRefused as error:
            return error

    def knows(self, key: str) -> bool:
        """Whether an operation was ever recorded under ``key``."""
        return bool(self.known([key]))

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of ``keys`` under which an operation was ever recorded."""
        found: set[str] = set()
        with self._store.read() as connection:
            for start in range(0, len(keys), TOGETHER):
                some = operations.c.key.in_(keys[start : start + TOGETHER])
                found |= set(connection.execute(select(operations.c.key).where(some)).scalars())
        return found

    def retried(self, key: str) -> str:
        """``key``, or the one after it as often as it came to nothing: for keys that the product makes by itself, whose
        refusal (too few deposits, …) need not be the same tomorrow. A caller's own key is answered the same for ever."""
        tried, number = key, 1
        with self._store.read() as connection:
            # One after the other by their whole keys, which an index finds however much was sent before.
            while self._rows(connection, operations.c.key == tried, operations.c.state.in_(FAILED_STATES)):
                number += 1
                tried = f"{key}#{number}"
        return tried

    def try_out(self, sender: str, call: Call) -> int:
        """The gas that a call of ``sender`` would take now; nothing is kept. Raises the decoded contract error, Unavailable."""
        try:
            return self._simulate(sender, call.target, call.data, call.gas)
        except _Reverts as error:
            raise self.decode_error(error.data) from None

    def resume(self, signers: SignerAt) -> int:
        """Finish what a crash left open, and send again what the node forgot. Returns how many were finished.

        An operation whose signer is not here stays recorded. Raises Unavailable.
        """
        finished = self._replay_forgotten() if self._sending.embedded else self._give_back()
        with self._store.read() as connection:
            rows = self._rows(connection, operations.c.state.in_(OPEN_STATES))
        # By nonce, and what has none yet after that: a later one is not mined before an earlier one.
        for row in sorted(rows, key=lambda row: (row["nonce"] is None, row["nonce"] or 0, row["id"])):
            if row["state"] == "recorded":
                try:
                    signer = signers(row["signer"])
                    if signer is None:
                        continue
                    row = self._sign(row, signer)
                except Unavailable as error:
                    log.warning(
                        "transaction %(transaction)s stays recorded: %(rule)s",
                        {"transaction": row["id"]} | fields_of(error),
                    )
                    continue  # nothing else waits for it
            if row["state"] in ("signed", "submitted"):
                try:
                    row = self._submit(row, signers(row["signer"]))
                except SignedElsewhere as error:
                    log.warning("transaction %(transaction)s: %(rule)s", {"transaction": row["id"]} | fields_of(error))
                    continue
            finished += 1
        self._finalise()
        return finished

    def settle(self, signers: SignerAt = lambda address: None) -> None:
        """What a service does now and then, without waiting: see what was mined, turned back or is final by now, hand
        over again what is not mined, with a higher fee where it is time for one. Raises Unavailable.
        """
        newest = self._nodes.ask(lambda node: bytes(node.eth.get_block("latest")["hash"]))
        with self._store.read() as connection:
            rows = self._rows(connection, operations.c.state.in_(("signed", "submitted")))
        if newest == self._settled and not rows:
            return
        if not self._sending.embedded:
            self._give_back()
            with self._store.read() as connection:
                rows = self._rows(connection, operations.c.state.in_(("signed", "submitted")))
        for address in dict.fromkeys(row["signer"] for row in rows):
            try:
                self._help(address, signers(address))
            except Unavailable as error:
                log.warning("signer %(signer)s gets no further: %(rule)s", {"signer": address} | fields_of(error))
        self._finalise()
        self._settled = newest

    # --- recorded --------------------------------------------------------------------------------------------------

    def _record(self, orders: Sequence[KeyedCall]) -> list[dict[str, Any]]:
        """Their rows, new or as they are. Raises Conflict, and records none then."""
        by_key = {order.key: order for order in orders}
        with self._store.begin() as connection:
            known = self._by_key(connection, by_key)
            missing = [
                {
                    "key": key, "input_hash": _input_hash(order), "kind": order.call.kind, "signer": order.signer.address,
                    "target": order.call.target, "call_data": order.call.data, "state": "recorded",
                    "recorded_at": int(time.time()), "deadline": order.call.deadline, "gas_asked": order.call.gas,
                }
                for key, order in by_key.items()
                if key not in known
            ]  # fmt: skip
            if missing:
                connection.execute(insert(operations), missing)
                known |= self._by_key(connection, by_key.keys() - known.keys())
            for order in orders:
                if known[order.key]["input_hash"] != _input_hash(order):
                    raise Conflict(what="the operation {key}", key=order.key)
        return [known[order.key] for order in orders]

    # --- signed ----------------------------------------------------------------------------------------------------

    def _sign(self, row: dict[str, Any], signer: Signer) -> dict[str, Any]:
        """Simulate, allot a nonce, sign. What is refused uses no nonce; what has one is signed, whatever comes of it,
        since those behind it wait for it."""
        if row["nonce"] is None:
            if row["deadline"] is not None and self._now() > row["deadline"]:
                return self._move(row, "expired")
            try:
                gas = self._simulate(row["signer"], row["target"], row["call_data"], row["gas_asked"])
            except _Reverts as error:
                return self._move(row, "refused", error={"data": error.data.hex()})
            fee = self._fee()  # where it cannot be paid, no nonce is used
            row = self._allot(row, gas, signer)
        else:
            fee = self._fee()
        if row["state"] != "recorded":  # another process was faster
            return row
        return self._sign_first(row, signer, fee)

    def _sign_first(self, row: dict[str, Any], signer: Signer, fee: Fee | None) -> dict[str, Any]:
        """Sign what has a nonce only; a signer that will not sign it gives the nonce back. Raises SignerRefused, Unavailable."""
        try:
            return self._sign_version(row, signer, fee)
        except SignerRefused:
            unsigned = (operations.c.id == row["id"]) & (operations.c.state == "recorded")
            with self._store.begin() as connection:
                connection.execute(update(operations).where(unsigned).values(nonce=None))
            raise

    def _simulate(self, sender: str, target: str | None, data: bytes, asked: int | None) -> int:
        """The gas that it may take. Raises _Reverts, Unavailable."""
        request = self._request({"signer": sender, "target": target, "call_data": data})
        try:
            if asked is None:
                return _with_margin(self._nodes.ask(lambda node: node.eth.estimate_gas(request)))  # type: ignore[arg-type]
            request["gas"] = asked
            self._nodes.ask(lambda node: node.eth.call(request))  # type: ignore[arg-type]
            return asked
        except ContractLogicError as error:
            raise _Reverts(revert_data(error)) from error
        except Web3RPCError as error:
            if "out of gas" not in str(error).lower():
                raise Unavailable(what="the node's simulation") from error
            raise _Reverts(b"") from error  # no block has room for it, today or later

    def _request(self, row: dict[str, Any]) -> dict[str, Any]:
        """What a node is asked for to try the call of a row out."""
        request: dict[str, Any] = {"from": row["signer"], "data": row["call_data"]}
        if not self._sending.fee_cap_wei:
            request["gasPrice"] = 0
        if row["target"]:
            request["to"] = row["target"]
        return request

    def _allot(self, row: dict[str, Any], gas: int, signer: Signer) -> dict[str, Any]:
        """Give the signer's next nonce to the operation, as soon as not too many others are open. Raises TooManyOpen."""
        limit = time.monotonic() + self._sending.sending_seconds
        pause = FIRST_PAUSE_SECONDS
        helped = time.monotonic()
        while True:
            on_chain = self._nodes.ask(lambda node: _count(node, row["signer"]))
            with self._store.begin() as connection:
                current = self._row(connection, operations.c.id == row["id"])
                assert current is not None
                given = self._give_nonce(connection, current, gas, on_chain)
            if given is not None:
                return given
            now = time.monotonic()
            if now >= limit:
                raise TooManyOpen(count=self._sending.open_transactions, signer=row["signer"])
            if now >= helped + AGAIN_SECONDS:  # whoever sent them may be gone
                self._help(row["signer"], signer)
                helped = now
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def _give_nonce(
        self, connection: Connection, row: dict[str, Any], gas: int, on_chain: int
    ) -> dict[str, Any] | None:  # fmt: skip
        """The row with its signer's next nonce, or as another process has moved it; None where too many others are open."""
        if row["state"] != "recorded" or row["nonce"] is not None:
            return row
        own = operations.c.signer == row["signer"]
        is_open = operations.c.state.in_(OPEN_STATES) & operations.c.nonce.is_not(None)
        waiting = connection.execute(select(func.count()).select_from(operations).where(own, is_open)).scalar_one()
        if waiting >= self._sending.open_transactions:
            return None
        values = {"nonce": self._first_free(connection, row["signer"], on_chain), "gas_limit": gas}
        connection.execute(update(operations).where(operations.c.id == row["id"]).values(**values))
        return row | values

    @staticmethod
    def _first_free(connection: Connection, signer: str, on_chain: int) -> int:
        """The lowest nonce that is neither on the chain nor an operation's."""
        given = select(operations.c.nonce).where(operations.c.signer == signer, operations.c.nonce >= on_chain)
        taken = set(connection.execute(given).scalars())
        return next(nonce for nonce in count(on_chain) if nonce not in taken)

    def _fee(self) -> Fee | None:
        """What to pay now; None on a chain without fees. Raises FeesUnset, FeeAboveCap."""
        cap = self._sending.fee_cap_wei
        if cap:
            return self._nodes.ask(lambda node: suggested(node, cap))
        if not self._is_free:
            base = self._nodes.ask(base_fee)
            if base:
                raise FeesUnset(base=base)
            self._is_free = True
        return None

    def _sign_version(self, row: dict[str, Any], signer: Signer, fee: Fee | None) -> dict[str, Any]:
        """Sign with this fee and keep it beside the other versions. No unit of work is open while the signer thinks."""
        return self._keep_versions([(row, self._signed(row, signer, fee))])[row["id"]]

    def _signed(self, row: dict[str, Any], signer: Signer, fee: Fee | None) -> dict[str, Any]:
        """A signed version, as `transactions` has it. Raises SignerRefused, Unavailable."""
        transaction = {
            "to": row["target"] or "", "value": 0, "gas": row["gas_limit"], "nonce": row["nonce"],
            "chainId": self._chain_id, "data": row["call_data"], **({"gasPrice": 0} if fee is None else fee.fields()),
        }  # fmt: skip
        raw = signer.sign_transaction(transaction)
        return {
            "hash": Web3.keccak(raw).to_0x_hex(), "operation": row["id"], "raw": raw, "signed_at": int(time.time()),
            "fee_wei": fee.most if fee else 0, "tip_wei": fee.tip if fee else 0,
        }  # fmt: skip

    def _keep_versions(self, versions: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[int, dict[str, Any]]:
        """Of rows as they were signed, and what was signed: id → the row, signed; as it is where another process has ended
        it or given its nonce back meanwhile."""
        with self._store.begin() as connection:
            rows = self._by_id(connection, [before["id"] for before, _ in versions])
            for before, made in versions:
                row = rows[before["id"]]
                if row["state"] not in OPEN_STATES or row["nonce"] != before["nonce"]:
                    continue
                known = select(transactions.c.hash).where(transactions.c.hash == made["hash"])
                if connection.execute(known).first() is None:  # two that sign the same make the same bytes
                    connection.execute(insert(transactions).values(**made))
                state = "signed" if row["state"] == "recorded" else row["state"]
                values = {"state": state, "transaction_hash": made["hash"]}
                connection.execute(update(operations).where(operations.c.id == row["id"]).values(**values))
                rows[row["id"]] = row | values
        return rows

    # --- many at once ----------------------------------------------------------------------------------------------

    def _send_together(self, orders: Sequence[KeyedCall]) -> list[dict[str, Any]]:
        """Their rows, mined where nothing was in the way."""
        begun = time.time_ns()
        rows = self._record(orders)
        now = self._now() if any(row["deadline"] is not None for row in rows) else 0
        signers: dict[int, Signer] = {}
        new: dict[int, dict[str, Any]] = {}
        for row, order in zip(rows, orders, strict=True):
            is_late = row["deadline"] is not None and row["deadline"] < now
            if row["state"] == "recorded" and row["nonce"] is None and not is_late:
                signers[row["id"]], new[row["id"]] = order.signer, row
        if gas := self._try_out_together(list(new.values())):
            fee = self._fee()  # where it cannot be paid, no nonce is used
            if ready := self._allot_together([new[one] for one in gas], gas):
                self._sign_together(ready, signers, fee)
                self._book_together(list(new))
        with self._store.read() as connection:
            current = self._by_id(connection, [row["id"] for row in rows])
        for row in current.values():
            if row["id"] in new and row["state"] in DONE_STATES:
                transaction_done(row, begun)
        return [current[row["id"]] for row in rows]

    def _try_out_together(self, rows: list[dict[str, Any]]) -> dict[int, int]:
        """Id → the gas that it may take, of those that the node would take."""
        rows = [row for row in rows if row["gas_asked"] is None]
        told = self._nodes.ask_together([("eth_estimateGas", [_as_json(self._request(row))]) for row in rows])
        estimates = zip(rows, told, strict=True)
        return {row["id"]: _with_margin(int(one, 16)) for row, one in estimates if one is not None}

    def _allot_together(self, rows: list[dict[str, Any]], gas: dict[int, int]) -> list[dict[str, Any]]:
        """Those with a nonce now: whose signers have not too many others open, and that no other process has signed."""
        addresses = sorted({row["signer"] for row in rows})
        counts = self._nodes.ask_together([("eth_getTransactionCount", [one, "latest"]) for one in addresses])
        on_chain = {one: int(count, 16) for one, count in zip(addresses, counts, strict=True) if count is not None}
        with self._store.begin() as connection:
            current = self._by_id(connection, list(gas))
            allotted = [
                self._give_nonce(connection, current[row["id"]], gas[row["id"]], on_chain[row["signer"]])
                for row in rows
                if row["signer"] in on_chain
            ]
        return [row for row in allotted if row is not None and row["state"] == "recorded"]

    def _sign_together(self, rows: list[dict[str, Any]], signers: dict[int, Signer], fee: Fee | None) -> None:
        versions = []
        for row in rows:
            with suppress(SignerRefused):  # `send` gives the nonce back, and says it
                versions.append((row, self._signed(row, signers[row["id"]], fee)))
        kept = self._keep_versions(versions)
        raws = [made["raw"] for row, made in versions if kept[row["id"]]["transaction_hash"] == made["hash"]]
        self._nodes.ask_together([("eth_sendRawTransaction", [Web3.to_hex(raw)]) for raw in raws])

    def _book_together(self, ids: list[int]) -> None:
        """Book what went through and is in a block; what the chain refused, `send` asks for its reason."""
        with self._store.read() as connection:
            signed = [row for row in self._by_id(connection, ids).values() if row["state"] in ("signed", "submitted")]
        receipts = [
            (row, receipt)
            for row, receipt in zip(signed, self._receipts([row["transaction_hash"] for row in signed]), strict=True)
            if receipt is not None and int(receipt["status"], 16) == 1
        ]
        hashes = sorted({receipt["blockHash"] for _, receipt in receipts})
        found = self._nodes.ask_together([("eth_getBlockByHash", [one, False]) for one in hashes])
        times = {one["hash"]: int(one["timestamp"], 16) for one in found if one is not None}
        booked = [
            {
                "of": row["id"], "state": "mined", "block_number": int(receipt["blockNumber"], 16),
                "block_hash": receipt["blockHash"], "block_timestamp": times[receipt["blockHash"]],
                "transaction_index": int(receipt["transactionIndex"], 16), "gas_used": int(receipt["gasUsed"], 16),
                "passed_block": None,
            }
            for row, receipt in receipts
            if receipt["blockHash"] in times
        ]  # fmt: skip
        waits = or_(operations.c.state == "signed", operations.c.state == "submitted")
        may = (operations.c.id == bindparam("of")) & waits
        if booked:
            with self._store.begin() as connection:
                connection.execute(update(operations).where(may), booked)

    def _receipts(self, hashes: list[str]) -> list[Any]:
        """As the node tells them, once all are in blocks; None for what is in none after `TOGETHER_SECONDS`."""
        found: dict[str, Any] = dict.fromkeys(hashes)
        limit = time.monotonic() + min(TOGETHER_SECONDS, self._sending.sending_seconds)
        pause = FIRST_PAUSE_SECONDS
        while True:
            missing = [one for one, receipt in found.items() if receipt is None]
            told = self._nodes.ask_together([("eth_getTransactionReceipt", [one]) for one in missing])
            found |= {
                one: receipt
                for one, receipt in zip(missing, told, strict=True)
                if receipt is not None and receipt["transactionHash"] == one
            }
            if all(found.values()) or time.monotonic() >= limit:
                return list(found.values())
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    # --- submitted and mined ---------------------------------------------------------------------------------------

    def _submit(self, row: dict[str, Any], signer: Signer | None, *, is_new: bool = False) -> dict[str, Any]:
        """Hand it over, and wait until it is in a block. Raises NotMined, SignedElsewhere."""
        limit = time.monotonic() + self._sending.sending_seconds
        pause = FIRST_PAUSE_SECONDS
        if not is_new:
            row = self._look(row)
        said = self._hand_over(row) if row["state"] in ("signed", "submitted") else ""
        handed_over = time.monotonic()
        is_first = True
        while row["state"] in ("signed", "submitted"):
            try:
                row = self._look(row)
                now = time.monotonic()
                at_once = is_first and (said or row["passed_block"] is not None)
                if row["state"] in ("signed", "submitted") and (at_once or now >= handed_over + AGAIN_SECONDS):
                    said = self._help(row["signer"], signer, row["nonce"])
                    handed_over = now
                    row = self._now_row(row)
                # A node may count a transaction of the block that it is making, and has a receipt only when it is made.
                passed = row["passed_block"]
                is_gone = passed is not None and (now >= limit or self._head() > passed)
            except Unavailable as error:  # a node that was there a moment ago
                said, now, is_gone = str(error), time.monotonic(), False
            if row["state"] == "signed" and is_first:
                row = self._move(row, "submitted")
            is_first = False
            if row["state"] != "submitted":
                continue
            if is_gone:
                raise SignedElsewhere(nonce=row["nonce"], signer=row["signer"], key=row["key"])
            if now >= limit:
                raise NotMined(key=row["key"], seconds=int(self._sending.sending_seconds), reason=said or "-")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        return row

    def _help(self, address: str, signer: Signer | None, up_to: int | None = None) -> str:
        """Get the signer's open transactions on, by nonce: sign what has a nonce only, look, hand over again to all nodes,
        and pay more for the one that all others wait for. Returns what a node said against the last of them.
        """
        conditions = [
            operations.c.signer == address,
            operations.c.state.in_(OPEN_STATES),
            operations.c.nonce.is_not(None),
        ]
        if up_to is not None:
            conditions.append(operations.c.nonce <= up_to)
        on_chain = self._nodes.ask(lambda node: _count(node, address))
        if not self._sending.embedded:
            self._refused_nowhere(address, on_chain)
        if signer is not None:
            self._fill(address, signer, on_chain)
        with self._store.read() as connection:
            rows = self._rows(connection, *conditions)
        said = ""
        is_next = True
        for row in sorted(rows, key=lambda row: row["nonce"]):
            if row["state"] == "recorded":
                if signer is None:
                    break
                row = self._sign_first(row, signer, self._fee())
            row = self._look(row)
            if row["state"] not in ("signed", "submitted"):
                continue
            row = self._passed(row)
            if row["state"] == "replaced" or row["passed_block"] is not None:
                continue
            if is_next and signer is not None:
                row = self._pay_more(row, signer)
            if is_next and self._sending.embedded:
                self._nodes.ask(lambda node: forget_waiting(node, address))
            is_next = False
            said = self._hand_over(row, everywhere=True)
            if row["state"] == "signed":
                self._move(row, "submitted")
        return said

    def _refused_nowhere(self, address: str, on_chain: int) -> None:
        """Open again what was refused in a block that was turned back while nobody looked for so long that it would be final: the
        chain does not count its nonce, for which later ones wait."""
        refused = (operations.c.state == "refused") & operations.c.block_number.is_not(None)
        with self._store.read() as connection:
            rows = self._rows(connection, refused, operations.c.signer == address, operations.c.nonce >= on_chain)
        self._open_again(rows)

    def _fill(self, address: str, signer: Signer, on_chain: int) -> None:
        """Where a nonce was given back and later ones wait for it, an empty transaction of the signer to itself takes it."""
        with self._store.read() as connection:
            free = self._first_free(connection, address, on_chain)
            later = (operations.c.signer == address) & (operations.c.nonce > free) & operations.c.state.in_(OPEN_STATES)
            if connection.execute(select(operations.c.id).where(later).limit(1)).first() is None:
                return
        (row,) = self._record([KeyedCall(f"fill:{address}:{free}", signer, Call("fill", address, b""))])
        if row["state"] == "recorded":
            values = {"nonce": free, "signer": address}
            log.warning("nonce %(nonce)d of %(signer)s is nobody's; an empty transaction takes it", values)
            self._sign(row, signer)

    def _pay_more(self, row: dict[str, Any], signer: Signer) -> dict[str, Any]:
        """Sign it again with a higher fee, where it has waited long enough for the last one and the cap allows it."""
        cap = self._sending.fee_cap_wei
        newest = self._versions(row)[0]
        if not cap or time.time() < newest["signed_at"] + self._sending.fee_bump_seconds:
            return row
        fresh = self._nodes.ask(lambda node: suggested(node, cap))
        higher = bumped(Fee(newest["fee_wei"], newest["tip_wei"]), fresh, cap)
        if higher is None:
            values = {"transaction": row["id"]}
            log.warning("transaction %(transaction)s waits for a block, and may pay no more than it does", values)
            return row
        return self._sign_version(row, signer, higher)

    def _hand_over(self, row: dict[str, Any], *, everywhere: bool = False) -> str:
        """Give the newest version to a node, or to all. Returns what was said against it."""
        raw = self._versions(row)[0]["raw"]
        if not everywhere:
            return self._send_raw(raw)
        answers = self._nodes.everywhere(lambda node: _given(node, raw))
        return next(filter(None, answers), "") if answers else "no node answers"

    def _send_raw(self, raw: bytes) -> str:
        return self._nodes.ask(lambda node: _given(node, raw))

    def _look(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with its receipt booked, whichever version of it was mined."""
        for version in self._versions(row):
            receipt = self._receipt(version["hash"])
            if receipt is not None:
                return self._book_receipt(row, receipt)
        return row

    def _passed(self, row: dict[str, Any]) -> dict[str, Any]:
        """Whether another transaction has its nonce: told as soon as it is seen, and for ever once that is final."""
        hashes = [version["hash"] for version in self._versions(row)]

        def nonce_is_gone(node: Web3) -> tuple[bool, int]:
            head = node.eth.block_number
            # One node is asked for both, in this order: what it counts, it has receipts of.
            gone = _count(node, row["signer"]) > row["nonce"]
            return gone and all(_receipt(node, one) is None for one in hashes), head

        gone, head = self._nodes.ask(nonce_is_gone)
        if not gone:
            return row if row["passed_block"] is None else self._set(row, passed_block=None)
        seen = head if row["passed_block"] is None else row["passed_block"]
        if head - seen >= self._sending.finality_blocks:
            return self._move(row, "replaced", passed_block=seen)
        return row if row["passed_block"] is not None else self._set(row, passed_block=seen)

    def _head(self) -> int:
        return self._nodes.ask(lambda node: int(node.eth.block_number))

    def _receipt(self, transaction_hash: str) -> TxReceipt | None:
        return self._nodes.ask(lambda node: _receipt(node, transaction_hash))

    def _book_receipt(self, row: dict[str, Any], receipt: TxReceipt) -> dict[str, Any]:
        values = self._of_receipt(receipt)
        if receipt["status"] == 1:
            return self._move(row, "mined", **values)
        return self._move(row, "refused", **values, error={"data": self._reason(row, receipt).hex()})

    def _of_receipt(self, receipt: TxReceipt) -> dict[str, Any]:
        block = self._nodes.ask(lambda node: node.eth.get_block(receipt["blockHash"]))
        return {
            "transaction_hash": receipt["transactionHash"].to_0x_hex(), "block_number": receipt["blockNumber"],
            "block_hash": receipt["blockHash"].to_0x_hex(), "block_timestamp": block["timestamp"],
            "transaction_index": receipt["transactionIndex"], "gas_used": receipt["gasUsed"], "passed_block": None,
        }  # fmt: skip

    def _reason(self, row: dict[str, Any], receipt: TxReceipt) -> bytes:
        """Why a mined transaction reverted: the same call on the state before its block, or with what else its block did."""
        request: dict[str, Any] = {"from": row["signer"], "data": row["call_data"], "gas": row["gas_limit"]}
        if row["target"]:
            request["to"] = row["target"]
        for number in (receipt["blockNumber"] - 1, receipt["blockNumber"]):
            try:
                self._nodes.ask(lambda node, at=number: node.eth.call(request, at))  # type: ignore[misc]
            except ContractLogicError as error:
                return revert_data(error)
            except (Web3RPCError, ValueError):
                pass
        return b""

    # --- final, or turned back -------------------------------------------------------------------------------------

    def _finalise(self) -> None:
        """What is as deep as the indexer's last block that no re-org reaches (`chain.indexing`), and stands there."""
        final = self._head() - self._sending.finality_blocks
        deep = (operations.c.state == "mined") & (operations.c.block_number <= final)
        with self._store.read() as connection:
            rows = self._rows(connection, deep)
        gone = set() if self._sending.embedded else {row["id"] for row in self._gone(rows)}
        for row in rows:
            if row["id"] not in gone:
                self._move(row, "final")

    def _gone(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are not on the chain as they were booked."""
        numbers = sorted({row["block_number"] for row in rows})
        told = self._nodes.ask_together([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        hashes = {number: block["hash"] for number, block in zip(numbers, told, strict=True) if block is not None}
        doubted = [row for row in rows if hashes.get(row["block_number"]) != row["block_hash"]]
        return [row for row in doubted if not self._stands(row)]

    def _stands(self, row: dict[str, Any]) -> bool:
        """Whether the block that it was booked with, or any where none was kept, is on the chain and has it."""
        receipt = self._receipt(row["transaction_hash"])
        return receipt is not None and row["block_hash"] in (None, receipt["blockHash"].to_0x_hex())

    def _give_back(self) -> int:
        """Open again what was in blocks that are not on the chain any more. Returns how many.

        Each block is looked at: what was booked from a branch that is gone may stand between those of the chain as it is.
        """
        final = self._head() - self._sending.finality_blocks
        booked = operations.c.state.in_(("mined", "refused")) & operations.c.block_number.is_not(None)
        with self._store.read() as connection:
            rows = self._rows(connection, booked, (operations.c.state == "mined") | (operations.c.block_number > final))
        return self._open_again(rows)

    def _open_again(self, rows: list[dict[str, Any]]) -> int:
        """Those that are in no block any more. Returns how many."""
        turned = self._gone(rows)
        for row in sorted(turned, key=lambda row: (row["block_number"], row["nonce"])):
            values = {"transaction": row["id"], "block": row["block_number"]}
            log.warning("transaction %(transaction)s was mined in block %(block)d, which was turned back", values)
            nowhere = dict.fromkeys(
                ("block_number", "transaction_index", "block_hash", "block_timestamp", "gas_used", "error")
            )
            self._look(self._move(row, "submitted", **nowhere))
        return len(turned)

    def _replay_forgotten(self) -> int:
        """Send again, in the old order and at the old times, what was mined once and is not on the embedded chain now."""
        self._nodes.ask(make_blocks_again)  # whoever did this last may have died over it
        forgotten: list[dict[str, Any]] = []
        moved: list[tuple[dict[str, Any], TxReceipt]] = []
        for row in self._newest_first():
            receipt = self._receipt(row["transaction_hash"])
            if receipt is None:
                forgotten.append(row)
            elif _is_booked_in(row, receipt):
                break  # the chain keeps a prefix: what is before a known one is known
            else:  # whoever made it again, in a block of another number, died before that was written down
                moved.append((row, receipt))
        for row, receipt in moved:
            self._set(row, **self._of_receipt(receipt))
        for _, block in groupby(reversed(forgotten), lambda row: row["block_number"]):
            for row, receipt in self._nodes.ask(partial(self._made_again, list(block))):
                self._set(row, **self._of_receipt(receipt))
        return len(forgotten)

    def _made_again(self, block: list[dict[str, Any]], node: Web3) -> list[tuple[dict[str, Any], TxReceipt]]:
        """The transactions of one forgotten block, in one block of its time. Raises NotTakenAgain."""
        make_blocks_at_once(node, does=False)
        for row in block:
            raw = next(version["raw"] for version in self._versions(row) if version["hash"] == row["transaction_hash"])
            if said := _given(node, raw):
                raise NotTakenAgain(key=row["key"], reason=said)
        make_block(node, block[0]["block_timestamp"])
        make_blocks_at_once(node, does=True)
        return [(row, node.eth.wait_for_transaction_receipt(row["transaction_hash"])) for row in block]

    def _newest_first(self) -> Iterator[dict[str, Any]]:
        """What was in a block, the newest first; whoever asks stops soon. No unit of work is open meanwhile."""
        statement = (
            select(operations).where(operations.c.block_number.is_not(None))
            .order_by(operations.c.block_number.desc(), operations.c.transaction_index.desc(), operations.c.id)
        )  # fmt: skip
        for start in count(0, TOGETHER):
            with self._store.read() as connection:
                page = connection.execute(statement.limit(TOGETHER).offset(start)).mappings().all()
            yield from map(dict, page)
            if len(page) < TOGETHER:
                return

    # --- rows ------------------------------------------------------------------------------------------------------

    def _move(self, row: dict[str, Any], state: str, **values: Any) -> dict[str, Any]:
        """The row in its new state; as it is by now, where another process was faster and the step is none any more."""
        before = [one for one, following in TRANSITIONS.items() if state in following]
        may = (operations.c.id == row["id"]) & operations.c.state.in_(before)
        if state == "refused" and "block_number" not in values:
            may &= operations.c.nonce.is_(None)  # else another process signed it meanwhile, which may be the reason
        with self._store.begin() as connection:
            moved = connection.execute(update(operations).where(may).values(state=state, **values)).rowcount
            if not moved:
                current = self._row(connection, operations.c.id == row["id"])
                assert current is not None
                return current
        return row | values | {"state": state}

    def _set(self, row: dict[str, Any], **values: Any) -> dict[str, Any]:
        """The row with other values in the same state."""
        with self._store.begin() as connection:
            connection.execute(update(operations).where(operations.c.id == row["id"]).values(**values))
        return row | values

    def _now_row(self, row: dict[str, Any]) -> dict[str, Any]:
        with self._store.read() as connection:
            current = self._row(connection, operations.c.id == row["id"])
        assert current is not None
        return current

    def _versions(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """All signed versions of an operation, the dearest first."""
        statement = (
            select(transactions).where(transactions.c.operation == row["id"])
            .order_by(transactions.c.fee_wei.desc(), transactions.c.signed_at.desc(), transactions.c.hash)
        )  # fmt: skip
        with self._store.read() as connection:
            return [dict(one) for one in connection.execute(statement).mappings()]

    def _now(self) -> int:
        """The ledger's clock: the newest block's time."""
        return int(self._nodes.ask(lambda node: node.eth.get_block("latest")["timestamp"]))

    @staticmethod
    def _rows(connection: Connection, *conditions: Any) -> list[dict[str, Any]]:
        statement = select(operations).where(*conditions).order_by(operations.c.id)
        return [dict(row) for row in connection.execute(statement).mappings()]

    def _by_id(self, connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        return {row["id"]: row for row in self._rows(connection, operations.c.id.in_(ids))}

    def _by_key(self, connection: Connection, keys: Collection[str]) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self._rows(connection, operations.c.key.in_(keys))}

    def _row(self, connection: Connection, *conditions: Any) -> dict[str, Any] | None:
        return next(iter(self._rows(connection, *conditions)), None)


class _Reverts(Exception):
    """The simulation says that the contract refuses."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def _outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(row["id"], row["transaction_hash"], row["block_number"], row["gas_used"])


def _input_hash(order: KeyedCall) -> str:
    content = order.call.data if order.call.asked is None else order.call.asked.encode()
    return hashlib.sha256(f"{order.signer.address}|{order.call.target or ''}|".encode() + content).hexdigest()


def _with_margin(gas: int) -> int:
    return gas + max(int(gas * GAS_MARGIN), LEAST_GAS_MARGIN)


def _as_json(request: dict[str, Any]) -> dict[str, Any]:
    """A request as it goes over the wire, where no client formats it."""
    return {name: value if isinstance(value, str) else Web3.to_hex(value) for name, value in request.items()}


def _is_booked_in(row: dict[str, Any], receipt: TxReceipt) -> bool:
    """Whether the row says the receipt's block; of old rows by its number, since they kept no hash."""
    if row["block_hash"] is None:
        return bool(row["block_number"] == receipt["blockNumber"])
    return bool(row["block_hash"] == receipt["blockHash"].to_0x_hex())


def _count(node: Web3, address: str) -> int:
    """How many transactions of the address are in blocks: its next nonce there."""
    return int(node.eth.get_transaction_count(Web3.to_checksum_address(address)))


def _receipt(node: Web3, transaction_hash: str) -> TxReceipt | None:
    """Raises BadResponseFormat where the node tells another one's."""
    try:
        receipt = node.eth.get_transaction_receipt(transaction_hash)  # type: ignore[arg-type]
    except TransactionNotFound:
        return None
    if receipt["transactionHash"].to_0x_hex() != transaction_hash:
        raise BadResponseFormat(f"asked for the receipt of {transaction_hash}, it tells another one's")
    return receipt


def _given(node: Web3, raw: bytes) -> str:
    """Hand it to a node. Returns what it says against it; nothing where it has it already, in its pool or in a block."""
    try:
        node.eth.send_raw_transaction(raw)
    except Web3RPCError as error:
        said = str(error)
        return "" if "already" in said.lower() else said
    return ""


def revert_data(error: ContractLogicError) -> bytes:
    """What the contract reverted with: selector and arguments of its error; empty where it said nothing."""
    data = error.data if isinstance(error.data, str) else ""
    return bytes.fromhex(data.removeprefix("0x")) if data.startswith("0x") else b""
