"""The audit log in doubt: every hash made anew, and what was anchored asked of the chain.

An anchor is a transaction of the operator to itself whose data are `PREFIX`, an entry's number and its hash
(docs/audit.md). Which there are the outbox only hints at: a node tells each of the operator's transactions by its hash, and
since each has a number that is used once and none may be wanting, an anchor that was taken out of the outbox is missed.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple

from chain.verification.node import NodeReader
from chain.verification.report import Check, Difference

PREFIX = b"pearl-audit"
NUMBER_BYTES, HASH_BYTES = 8, 32
FIRST_PREVIOUS = "0" * 64
#: Transactions that are asked for at once; whole blocks.
TOGETHER, BLOCKS_TOGETHER = 500, 50


class AuditEntry(NamedTuple):
    """An entry as the log has it; hashes are hexadecimal, ``at`` unix milliseconds."""

    number: int
    at: int
    actor: str
    enterprise: str
    action: str
    subject: str
    outcome: str
    rule: str | None
    request_id: str | None
    salt: str
    digest: str
    previous: str
    hash: str


class Claim(NamedTuple):
    """That an entry was anchored, as the outbox has it. ``name``: the operation's key."""

    name: str
    transaction: str
    number: int
    hash: str


class Sent(NamedTuple):
    """A transaction of the operator, as the outbox has it; of one number there may be several."""

    nonce: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditLog:
    """What the product says of its log. What may be long is read when it is asked for, in its order: claims, transactions
    by their nonce, entries by their number."""

    operator: str
    """Its address."""
    claims: Callable[[], Iterable[Claim]]
    sent: Callable[[], Iterable[Sent]]
    entries: Callable[[], Iterable[AuditEntry]]


class Anchored(NamedTuple):
    """What the chain says of one entry."""

    number: int
    hash: str
    transaction: str


def log_is_what_was_anchored(node: NodeReader, log: AuditLog) -> Check:
    """The entries from the first to the last, each as it was recorded, and as it was anchored. Of the entries only the first
    that is wrong or missing is named; all behind it rests on it."""
    # In this order: what the outbox says was mined the chain has by then, and what the chain has stands in what is read last.
    claims = list(log.claims())
    count = node.transaction_count(log.operator)
    finder = _Anchors(node, log.operator.lower(), count)
    anchors = finder.among(log.sent())
    differences = [*finder.differences, *_false_claims(claims, anchors)]
    walk = _Walk(anchors)
    fault = walk.first_fault(log.entries())
    figures: dict[str, int | str] = {
        "entries": walk.count, "anchors": len(anchors), "anchored_entries": max((a.number for a in anchors), default=0),
    }  # fmt: skip
    return Check(
        "audit_log", "the audit log is what was recorded and anchored", figures,
        (*([fault] if fault else []), *differences),
    )  # fmt: skip


def hash_of(entry: AuditEntry) -> str:
    """What its hash must be, from what stands in it."""
    told = entry._asdict()
    del told["hash"]
    told["salt_digest"] = hashlib.sha256(bytes.fromhex(told.pop("salt"))).hexdigest()
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# --- what the chain says -------------------------------------------------------------------------------------------


class _Anchors:
    """Looks for the operator's anchors among all transactions that it ever sent."""

    def __init__(self, node: NodeReader, operator: str, count: int) -> None:
        self._node, self._operator, self._count = node, operator, count
        self._found: list[Anchored] = []
        self._next = 0
        self._block = 0
        self.differences: list[Difference] = []

    def among(self, sent: Iterable[Sent]) -> list[Anchored]:
        """All of them, by their transactions' numbers; others than the outbox knows are looked for block by block."""
        mined = (one for one in sent if one.nonce < self._count)
        while some := list(islice(mined, TOGETHER)):
            told = self._node.transactions([one.hash for one in some], or_none=True)
            for one, transaction in zip(some, told, strict=True):
                if transaction is not None and self._is(transaction, one.nonce):
                    self._look_between(one.nonce, int(transaction["blockNumber"], 16))
                    self._take(transaction)
        self._look_between(self._count, self._node.block_number())
        return self._found

    def _is(self, transaction: Mapping[str, Any], nonce: int) -> bool:
        """Whether it is in a block, the operator's, and of that number."""
        is_own = transaction["from"].lower() == self._operator and int(transaction["nonce"], 16) == nonce
        return is_own and transaction["blockNumber"] is not None and nonce >= self._next

    def _take(self, transaction: Mapping[str, Any]) -> None:
        self._next = int(transaction["nonce"], 16) + 1
        self._block = int(transaction["blockNumber"], 16)
        data = bytes.fromhex(transaction["input"][2:])
        is_anchor = data.startswith(PREFIX) and len(data) == len(PREFIX) + NUMBER_BYTES + HASH_BYTES
        if is_anchor and (transaction["to"] or "").lower() == self._operator:
            number, told = data[len(PREFIX) : -HASH_BYTES], data[-HASH_BYTES:]
            self._found.append(Anchored(int.from_bytes(number, "big"), told.hex(), transaction["hash"]))

    def _look_between(self, nonce: int, block: int) -> None:
        """Find the transactions up to ``nonce`` that the outbox does not know: they are in no later block than ``block``."""
        for start in range(self._block, block + 1, BLOCKS_TOGETHER):
            if self._next == nonce:
                return
            for one in self._node.blocks(range(start, min(start + BLOCKS_TOGETHER, block + 1))):
                for transaction in one["transactions"]:
                    if transaction["from"].lower() == self._operator and int(transaction["nonce"], 16) == self._next:
                        self._take(transaction)
        for missing in range(self._next, nonce):
            subject = f"transaction {missing}"
            self.differences.append(
                Difference(subject, "was sent by the operator, and the node does not tell it: it may be an anchor")
            )
        self._next = nonce


def _false_claims(claims: Iterable[Claim], anchors: Iterable[Anchored]) -> Iterator[Difference]:
    told = {anchor.transaction.lower(): anchor for anchor in anchors}
    for claim in claims:
        anchor = told.get(claim.transaction.lower())
        if anchor is None:
            yield Difference(
                f"anchor {claim.name}", "stands in the outbox, and on the chain there is none in its transaction"
            )
        elif (anchor.number, anchor.hash) != (claim.number, claim.hash):
            yield Difference(
                f"anchor {claim.name}", "says entry {number} on chain, with the hash {hash}, and something else in the outbox",
                {"number": anchor.number, "hash": anchor.hash},
            )  # fmt: skip


# --- what the log says ---------------------------------------------------------------------------------------------


class _Walk:
    """Goes along the entries, and stops at the first fault."""

    def __init__(self, anchors: Iterable[Anchored]) -> None:
        self._anchors: dict[int, list[Anchored]] = defaultdict(list)
        for anchor in anchors:
            self._anchors[anchor.number].append(anchor)
        self._good = 0
        self.count = 0
        """Entries up to the fault, or all."""

    def first_fault(self, entries: Iterable[AuditEntry]) -> Difference | None:
        """The first entry that is wrong or missing."""
        window: list[AuditEntry | None] = []
        for entry in chain(entries, (None, None)):
            window.append(entry)
            if len(window) < 3:
                continue
            one, following, after = window
            if one is not None:
                fault = self._fault_at(one, following, after)
                if fault is not None:
                    return fault
                self.count = one.number
            del window[0]
        beyond = [one for number, some in sorted(self._anchors.items()) if number > self.count for one in some]
        if beyond:
            return Difference(
                f"entry {self.count + 1}", "is missing: entry {number} was anchored in transaction {transaction}",
                {"number": beyond[-1].number, "transaction": beyond[-1].transaction},
            )  # fmt: skip
        return None

    def _fault_at(
        self, entry: AuditEntry, following: AuditEntry | None, after: AuditEntry | None
    ) -> Difference | None:  # fmt: skip
        expected = self.count + 1
        if entry.number > expected:
            return Difference(f"entry {expected}", "is missing; the next one is {number}", {"number": entry.number})
        if entry.number < expected or not _is_whole(entry) or (expected == 1 and entry.previous != FIRST_PREVIOUS):
            return _changed(entry.number)
        if following is not None and following.number == entry.number + 1 and following.previous != entry.hash:
            return self._break_between(entry, following, after)
        for anchor in self._anchors.get(entry.number, ()):
            if anchor.hash != entry.hash:
                if following is not None and following.previous == anchor.hash:
                    return _changed(entry.number)
                return Difference(
                    f"entry {self._good + 1}",
                    "or a later one up to {number} is not what was anchored in transaction {transaction}",
                    {"number": entry.number, "transaction": anchor.transaction},
                )
            self._good = entry.number
        return None

    def _break_between(self, entry: AuditEntry, following: AuditEntry, after: AuditEntry | None) -> Difference:
        """The two do not go together: the one is wrong that neither its own hash, the next entry nor an anchor confirms."""
        if self._anchored(entry) is True or self._anchored(following) is False or not _is_whole(following):
            return _changed(following.number)
        if self._anchored(following) is True or self._anchored(entry) is False:
            return _changed(entry.number)
        if after is None or after.number != following.number + 1:
            return Difference(
                f"entry {entry.number}", "or the one after it is not what was recorded: they do not go together"
            )
        return _changed(entry.number if after.previous == following.hash else following.number)

    def _anchored(self, entry: AuditEntry) -> bool | None:
        """Whether the entry is the one of its number that was anchored; None where none was."""
        anchors = self._anchors.get(entry.number)
        return any(anchor.hash == entry.hash for anchor in anchors) if anchors else None


def _is_whole(entry: AuditEntry) -> bool:
    try:
        return hash_of(entry) == entry.hash
    except ValueError:  # a salt that is no hexadecimal number
        return False


def _changed(number: int) -> Difference:
    return Difference(f"entry {number}", "is not what was recorded")
