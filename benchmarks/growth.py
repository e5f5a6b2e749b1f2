"""What a transfer costs when little is on the ledger, and when much is: the same movement with 1,000 pieces and documents
and with 100,000 of them, the first time to the second hop, then to the last one that the rules allow.

It runs on an EVM within this process (pyrevm), because a node would take an hour to make as many. Gas follows from the
storage words that a call touches, so it is the same on both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import count, pairwise
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv

from benchmarks.stage import CNY, DAY, INVOICE, NEVER, PROJECT, VOUCHER
from benchmarks.traces import spent
from chain.identifiers import PieceId, PieceReference
from chain.issuance.compilation import build
from chain.issuance.contracts import TYPED
from chain.issuance.deployment import Rules, deployment_plan
from chain.issuance.interfaces import interface
from chain.issuance.messages import NO_RECOURSE, NO_SIGNATURE
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER

FEW, MANY = 1_000, 100_000
START = 1_760_000_000
#: Pieces in one obligation, which is one issue, and documents in one call.
TOGETHER = 100
BATCH = 1_000
AMOUNT, PART = 1_000_00, 300_00
TENOR_DAYS = 90
#: Hops that the rules allow; the last movement ends there.
HOPS = Rules().max_hops


def growth(many: int = MANY) -> tuple[int, int]:
    """Gas of a transfer with `FEW` pieces and documents to the second hop, and with ``many`` to the last one."""
    ledger = _Ledger()
    ledger.fill(FEW)
    few = ledger.transfer_at_hop(2)
    ledger.fill(many)
    return few, ledger.transfer_at_hop(HOPS)


class _Ledger:
    """The contracts with an issuer and two suppliers that trade with each other."""

    def __init__(self) -> None:
        self._artifacts = build(PROJECT)
        self._functions = {
            (name, entry["name"]): entry
            for name in ("Participants", "TradeRegistry", "CreditLedger", "LedgerReader")
            for entry in interface(self._artifacts, name)
            if entry["type"] == "function"
        }
        self._evm = EVM(gas_limit=10**12)
        self._evm.set_block_env(BlockEnv(number=1, timestamp=START))
        self._operator = Account.from_key(sha256(b"growth:operator").digest())
        plan = deployment_plan(self._artifacts, self._operator.address, 0)
        self._addresses = plan.addresses
        for step in plan.steps:
            if step.target is None:
                self._evm.deploy(self._operator.address, step.data)
            else:
                self._evm.message_call(self._operator.address, step.target, step.data)
        self._bank, self._issuer, *self._suppliers = (
            self._party(name, role)
            for name, role in (("bank", BANK), ("issuer", CORE_ENTERPRISE), ("one", SUPPLIER), ("two", SUPPLIER))
        )
        self._numbers = count(1)
        self._documents = self._pieces = self._obligations = 0
        limit = 2**60
        granted = (self._number(self._issuer), limit, CNY, START // DAY + 730, 32, 0)
        (self._line,) = self._call(self._bank, "CreditLedger", "grantLine", *granted)
        self._unused: list[int] = []

    # --- growing ---------------------------------------------------------------------------------------------------

    def fill(self, wanted: int) -> None:
        """Make documents, and pieces that use them, until there are ``wanted`` of both."""
        while self._pieces < wanted:
            if len(self._unused) < TOGETHER:
                self._unused += self._confirmed(self._issuer, self._suppliers[0], BATCH)
            self._issue(self._unused[:TOGETHER])
            del self._unused[:TOGETHER]

    def _issue(self, evidence: Sequence[int]) -> int:
        """An obligation with one piece a document. Returns its id."""
        recipient = self._number(self._suppliers[0])
        legs = [(recipient, AMOUNT, proof, self._now + DAY) for proof in evidence]
        issued = (self._line, VOUCHER, self._maturity, NO_RECOURSE, legs)
        (obligation,) = self._call(self._issuer, "CreditLedger", "issue", *issued)
        self._pieces += len(evidence)
        return int(obligation)

    # --- measuring -------------------------------------------------------------------------------------------------

    def transfer_at_hop(self, hop: int) -> int:
        """Gas of a transfer of part of a piece, which makes a piece of so many hops; the pieces before are its way."""
        holders = [self._suppliers[number % 2] for number in range(hop)]
        obligation = self._issue(self._confirmed(self._issuer, holders[0], 1))
        piece, evidence, parent = obligation << 16 | 1, self._documents, 0
        self._accept(holders[0], piece, parent, evidence)
        used = 0
        for place, (giver, recipient) in enumerate(pairwise(holders), 2):
            (proof,) = self._confirmed(giver, recipient, 1)
            named = self._reference(piece, parent, evidence)
            leg = (self._number(recipient), AMOUNT - place * PART // HOPS, proof, self._now + DAY)
            if place == hop:
                used = self._spent(giver, "CreditLedger", "transfer", named, [leg]).total()
                break
            self._call(giver, "CreditLedger", "transfer", named, [leg])
            self._pieces += 1
            parent, piece, evidence = piece & 0xFFFF, obligation << 16 | place, proof
            self._accept(recipient, piece, parent, evidence)
        return used

    def _accept(self, recipient: LocalAccount, piece: int, parent: int, evidence: int) -> None:
        self._call(recipient, "CreditLedger", "accept", [self._reference(piece, parent, evidence)])

    def _reference(self, piece: int, parent: int, evidence: int) -> int:
        return PieceReference(PieceId.from_chain(piece), parent, evidence, self._maturity).chain

    # --- documents -------------------------------------------------------------------------------------------------

    def _confirmed(self, buyer: LocalAccount, seller: LocalAccount, wanted: int) -> list[int]:
        """Documents that the buyer confirmed by the root of their tree, each proven and registered."""
        typed = [kind for _, kind in TYPED["Confirmation"]]
        head = keccak(text=f"Confirmation({','.join(f'{kind} {name}' for name, kind in TYPED['Confirmation'])})")
        trade = (INVOICE, AMOUNT, CNY, self._number(buyer), self._number(seller), START // DAY - 1)
        members = []
        for _ in range(wanted):
            paper = sha256(f"growth:{next(self._numbers)}".encode()).digest()
            members.append((paper, paper, *trade, bytes(32), bytes(32), 0))
        leaves = [keccak(keccak(keccak(head + abi_encode(typed, member)))) for member in members]
        levels = _tree(leaves)
        root = levels[-1][0]
        batch = (root, self._number(buyer), 0, wanted, self._now + DAY)
        self._call(
            self._operator, "TradeRegistry", "registerBatch", batch, self._batch_signature(buyer, batch), NO_SIGNATURE
        )  # fmt: skip
        for start in range(0, wanted, TOGETHER):
            part = members[start : start + TOGETHER]
            proofs = [_proof(levels, place) for place in range(start, start + len(part))]
            self._call(self._operator, "TradeRegistry", "admit", part, root, proofs)
        first = self._documents + 1
        self._documents += wanted
        return list(range(first, self._documents + 1))

    def _batch_signature(self, buyer: LocalAccount, batch: tuple[Any, ...]) -> tuple[str, bytes]:
        fields = TYPED["BatchConfirmation"]
        domain = ("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")
        typed = {
            "types": {
                "EIP712Domain": [{"name": name, "type": kind} for name, kind in domain],
                "BatchConfirmation": [{"name": name, "type": kind} for name, kind in fields],
            },
            "domain": {
                "name": "Pearlchain TradeRegistry", "version": "1", "chainId": 1,
                "verifyingContract": self._addresses["TradeRegistry"],
            },
            "primaryType": "BatchConfirmation",
            "message": dict(zip((name for name, _ in fields), batch, strict=True)),
        }  # fmt: skip
        signed = buyer.sign_message(encode_typed_data(full_message=typed))
        return buyer.address, bytes(signed.signature)

    # --- calls -----------------------------------------------------------------------------------------------------

    @property
    def _now(self) -> int:
        return START

    @property
    def _maturity(self) -> int:
        return START // DAY + TENOR_DAYS

    def _party(self, name: str, roles: int) -> LocalAccount:
        account: LocalAccount = Account.from_key(sha256(f"growth:{name}".encode()).digest())
        registered = (account.address, account.address, roles, 0, NEVER, 0)
        self._call(self._operator, "Participants", "register", *registered)
        return account

    def _number(self, party: LocalAccount) -> int:
        return 1 + [one.address for one in (self._bank, self._issuer, *self._suppliers)].index(party.address)

    def _call(self, sender: LocalAccount, contract: str, function: str, *arguments: Any) -> tuple[Any, ...]:
        data = self._data(contract, function, *arguments)
        answer = self._evm.message_call(sender.address, self._addresses[contract], data)
        outputs = self._functions[contract, function]["outputs"]
        return abi_decode([collapse_if_tuple(one) for one in outputs], bytes(answer))

    def _spent(self, sender: LocalAccount, contract: str, function: str, *arguments: Any) -> Counter[str]:
        data = self._data(contract, function, *arguments)
        return spent(self._evm, sender.address, self._addresses[contract], data)

    def _data(self, contract: str, function: str, *arguments: Any) -> bytes:
        entry = self._functions[contract, function]
        types = [collapse_if_tuple(one) for one in entry["inputs"]]
        return bytes(function_abi_to_4byte_selector(entry) + abi_encode(types, arguments))  # type: ignore[arg-type]


def _tree(leaves: Iterable[bytes]) -> list[list[bytes]]:
    """The levels of a Merkle tree, from its leaves to its root; pairs in the order of their values, an odd one alone."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [below[place : place + 2] for place in range(0, len(below), 2)]
        levels.append([keccak(min(pair) + max(pair)) if len(pair) == 2 else pair[0] for pair in pairs])
    return levels


def _proof(levels: Sequence[Sequence[bytes]], place: int) -> list[bytes]:
    proof = []
    for level in levels[:-1]:
        other = place ^ 1
        if other < len(level):
            proof.append(level[other])
        place >>= 1
    return proof
