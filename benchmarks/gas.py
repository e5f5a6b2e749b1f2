"""Gas of the ledger's movements against the ERC-3525 reference implementation, on one node in one run.

What is measured, from which state and how the token leg is left out: `benchmarks/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_account import Account
from web3.types import TxReceipt

from benchmarks.batches import batch_piece
from benchmarks.growth import FEW, MANY, growth
from benchmarks.reference import compile_reference
from benchmarks.rows import Row
from benchmarks.stage import DAY, UNLIMITED, VOUCHER, Actor, Stage, open_stage
from chain.issuance.messages import NO_RECOURSE, NO_SIGNATURE, NOBODY
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER

#: The reference implementation of the package @solvprotocol/erc-3525.
REFERENCE = "ERC-3525"
#: A piece's face in minor units, and the part of it that moves.
FACE, PART = 100_000_00, 30_000_00
LIMITS = {
    "issue": 0.50, "transfer_1": 0.40, "transfer_5": 0.22, "relayed_transfer_1": 0.48, "transfer_1_accepted": 0.48,
    "redeem_5": 0.28, "finance_part": 0.65, "batch_piece": 75_000, "growth": 1.01,
}  # fmt: skip
RECIPIENTS = 5
#: Times stand in calldata, whose zero bytes are cheaper: with a fixed first second, runs differ by a few bytes at most.
GENESIS = 1_760_000_000
TENOR_DAYS = 90


def measure(many: int = MANY) -> list[Row]:
    """All rows ``gas.*``, in gas; the 21,000 of each transaction included. ``many``: see `benchmarks.growth`."""
    with (
        TemporaryDirectory(prefix="bench-gas-") as folder,
        open_stage(Path(folder), genesis_timestamp=GENESIS) as stage,
    ):
        ours = _Ours(stage)
        figures = ours.measure()
        money = ours.money_moved()
        figures["batch_piece"] = batch_piece(stage)
        theirs = _Theirs(stage).measure()
    transfer = f"{REFERENCE}: a transfer to a new token"
    compared = {
        "issue": (f"{REFERENCE}: a mint", theirs["mint"]),
        "transfer_1": (transfer, theirs["transfer"]),
        "relayed_transfer_1": (transfer, theirs["transfer"]),
        "transfer_1_accepted": (transfer, theirs["transfer"]),
        "transfer_5": (f"{REFERENCE}: five such transfers", theirs["transfer_5"]),
        "redeem_5": (f"{REFERENCE}: five burns", theirs["burn_5"]),
        "finance_part": (f"{transfer}, and an ERC-20 transferFrom", theirs["transfer"] + money),
    }
    rows = [
        Row(f"gas.{name}", value, "gas", *compared.get(name, (None, None)), LIMITS.get(name))
        for name, value in figures.items()
    ]
    few, later = growth(many)
    rows.append(
        Row(
            "gas.growth",
            later,
            "gas",
            f"the same with {FEW:,} pieces and documents, to the second hop",
            few,
            LIMITS["growth"],
        )
    )
    return rows


class _Ours:
    """The ledger: a bank's line, an issuer, a supplier, five suppliers of the supplier."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._bank = stage.party("bank", BANK)
        self._issuer = stage.party("issuer", CORE_ENTERPRISE)
        self._supplier = stage.party("supplier", SUPPLIER)
        self._recipients = [stage.party(f"recipient {number}", SUPPLIER) for number in range(RECIPIENTS)]
        self._line = stage.line(self._bank, self._issuer, 1_000 * FACE, 500 * FACE)
        stage.deposit_money(self._bank, [self._bank, self._issuer], 1_000 * FACE)
        self._orders = 0

    def measure(self) -> dict[str, int]:
        """Row → gas. Every action is done once before it is measured, so that no counter starts from zero."""
        figures: dict[str, int] = {}
        for _ in ("warm-up", "measured"):
            due = self._held_by_each()
            figures = {
                "issue": self._issue(),
                "accept": self._accept(),
                "transfer_1": self._transfer(self._recipients[:1]),
                "transfer_1_accepted": self._transfer_accepted(),
                "relayed_transfer_1": self._relayed_transfer(),
                "transfer_5": self._transfer(self._recipients),
                "finance_part": self._finance(),
                "lock_part": self._lock(),
                "draw_1": self._draw(),
                "register": self._register(),
            }
            part = self._holding()
            self._stage.let_days_pass(TENOR_DAYS)
            figures["redeem_5"] = self._redeem(due)
            figures["pay_part"] = self._pay_part(part)
        return figures

    def money_moved(self) -> int:
        """Gas of a plain ``transferFrom`` of the deposit token (OpenZeppelin's ERC-20) between accounts that hold some."""
        token = f"DepositToken:{self._bank.name}:CNY"
        spender = self._recipients[0]
        self._stage.act(self._bank, token, "approve", spender.address, UNLIMITED)
        move = (spender, token, "transferFrom", self._bank.address, self._supplier.address, PART)
        self._stage.act(*move)
        return self._stage.act(*move)["gasUsed"]

    def _holding(self) -> int:
        return self._stage.held(self._issuer, self._line, self._supplier, FACE, TENOR_DAYS)

    def _held_by_each(self) -> list[int]:
        """Five pieces of five obligations, held by five suppliers of the issuer."""
        return [
            self._stage.held(self._issuer, self._line, recipient, FACE, TENOR_DAYS) for recipient in self._recipients
        ]

    def _legs(self, recipients: Sequence[Actor]) -> list[tuple[int, int, int, int]]:
        amount = PART // len(recipients)
        return [
            self._stage.leg(recipient, amount, self._stage.confirm(self._supplier, recipient, amount))
            for recipient in recipients
        ]

    def _issue(self) -> int:
        evidence = self._stage.confirm(self._issuer, self._supplier, FACE)
        leg = self._stage.leg(self._supplier, FACE, evidence)
        return self._stage.issue(self._issuer, self._line, [leg], TENOR_DAYS)["gasUsed"]

    def _accept(self) -> int:
        (parent,) = self._stage.named(self._holding())
        receipt = self._stage.act(self._supplier, "CreditLedger", "transfer", parent, self._legs(self._recipients[:1]))
        offered = self._stage.named(*self._stage.pieces(receipt))
        return self._stage.act(self._recipients[0], "CreditLedger", "accept", offered)["gasUsed"]

    def _transfer(self, recipients: Sequence[Actor]) -> int:
        (parent,), legs = self._stage.named(self._holding()), self._legs(recipients)
        return self._stage.act(self._supplier, "CreditLedger", "transfer", parent, legs)["gasUsed"]

    def _relayed_transfer(self) -> int:
        """Signed by the supplier, sent by the operator."""
        (parent,), legs = self._stage.named(self._holding()), self._legs(self._recipients[:1])
        self._orders += 1
        order = self._stage.order(self._supplier, "CreditLedger", "transfer", parent, legs, nonce=self._orders)
        return self._stage.relay(order)["gasUsed"]

    def _transfer_accepted(self) -> int:
        piece, legs = self._holding(), self._legs(self._recipients[:1])
        consent = self._stage.acceptance(self._recipients[0], piece, legs[0])
        (parent,) = self._stage.named(piece)
        return self._stage.act(self._supplier, "CreditLedger", "transferAccepted", parent, legs, [consent])["gasUsed"]

    def _finance(self) -> int:
        """With its cash, from the bank to the supplier."""
        return self._stage.finance(self._supplier, self._bank, self._holding(), PART, PART - PART // 100)["gasUsed"]

    def _lock(self) -> int:
        """Sold for cash that moves off chain."""
        offer, signature = self._stage.offer(self._bank, self._holding(), PART, PART - PART // 100, NOBODY)
        deadline = self._stage.now() + 7 * DAY
        taken = (offer, signature, NO_SIGNATURE, PART - PART // 100, deadline)
        return self._stage.act(self._supplier, "CreditLedger", "lock", *taken)["gasUsed"]

    def _draw(self) -> int:
        """On an allotment of the issuer's to the supplier: two pieces, with the recipient's acceptance still to come."""
        receipt = self._stage.act(
            self._issuer, "CreditLedger", "allot", self._line, self._supplier.number, FACE, self._stage.today() + 30,
            (VOUCHER, TENOR_DAYS, NO_RECOURSE),
        )  # fmt: skip
        (allotted,) = (e for e in self._stage.contracts.decode_logs(receipt["logs"]) if e.name == "Allotted")
        hop = self._stage.confirm(self._issuer, self._supplier, PART)
        (leg,) = self._legs(self._recipients[:1])
        drawn = (
            allotted.arguments["allotment"], VOUCHER, self._stage.today() + TENOR_DAYS, NO_RECOURSE, [hop], leg,
        )  # fmt: skip
        return self._stage.act(self._supplier, "CreditLedger", "draw", *drawn)["gasUsed"]

    def _register(self) -> int:
        """A document that its buyer signed."""
        before = self._stage.web3.eth.block_number
        self._stage.confirm(self._supplier, self._recipients[0], PART)
        (transaction,) = self._stage.web3.eth.get_block(before + 1)["transactions"]
        return self._stage.web3.eth.get_transaction_receipt(transaction)["gasUsed"]  # type: ignore[arg-type]

    def _pay_part(self, piece: int) -> int:
        """A part of a piece at maturity, with its cash."""
        (named,) = self._stage.named(piece)
        return self._stage.act(self._issuer, "CreditLedger", "payPart", named, PART, self._stage.token)["gasUsed"]

    def _redeem(self, pieces: Sequence[int]) -> int:
        """Without the token leg: what the call to Settlement used, tokens included, is taken off."""
        named = self._stage.named(*pieces)
        receipt = self._stage.act(self._issuer, "CreditLedger", "redeem", named, self._stage.token)
        return receipt["gasUsed"] - self._used_in(receipt, self._stage.contracts.addresses["Settlement"])

    def _used_in(self, receipt: TxReceipt, contract: str) -> int:
        """Gas that calls to ``contract`` used in a transaction, all that they called in turn included."""
        trace = self._stage.web3.provider.make_request(
            "debug_traceTransaction",  # type: ignore[arg-type]
            [receipt["transactionHash"].to_0x_hex(), {"tracer": "callTracer"}],
        )["result"]
        return sum(int(call["gasUsed"], 16) for call in _calls_to(trace, contract.lower()))


class _Theirs:
    """The reference token: an issuer, a supplier and five recipients that all hold tokens already."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._issuer, self._supplier, *self._recipients = (
            Actor(name, Account.from_key(sha256(f"reference:{name}".encode()).digest()))
            for name in ("issuer", "supplier", *(f"recipient {number}" for number in range(RECIPIENTS)))
        )
        abi, creation = compile_reference()
        self._address = stage.send(self._issuer, None, creation)["contractAddress"]
        self._token = stage.web3.eth.contract(address=self._address, abi=abi)
        # Derived tokens are numbered from 1 by the token itself; those minted here stay out of their way.
        self._next = 1_000_000

    def measure(self) -> dict[str, int]:
        """Action → gas. Each owner holds tokens, and the tokens burned are not the last of their owner's."""
        for owner in (self._supplier, *self._recipients):
            for _ in range(3):
                self._mint(owner)
        held = [self._mint(recipient)[0] for recipient in self._recipients]
        source = self._mint(self._supplier)[0]
        self._transfer(source, self._recipients[0], PART)
        return {
            "mint": self._mint(self._supplier)[1],
            "transfer": self._transfer(source, self._recipients[0], PART),
            "transfer_5": sum(self._transfer(source, one, PART // RECIPIENTS) for one in self._recipients),
            "burn_5": sum(
                self._call(owner, "burn", token) for owner, token in zip(self._recipients, held, strict=True)
            ),
        }

    def _mint(self, owner: Actor) -> tuple[int, int]:
        """(token, gas)"""
        self._next += 1
        slot = 1_000_000 + self._next  # one slot a mint, as one obligation an issue
        return self._next, self._call(self._issuer, "mint", owner.address, self._next, slot, FACE)

    def _transfer(self, token: int, recipient: Actor, value: int) -> int:
        return self._call(self._supplier, "transferFrom(uint256,address,uint256)", token, recipient.address, value)

    def _call(self, actor: Actor, function: str, *arguments: Any) -> int:
        called = self._token.functions[function](*arguments)
        return self._stage.send(actor, str(self._address), bytes.fromhex(called._encode_transaction_data()[2:]))[
            "gasUsed"
        ]


def _calls_to(call: dict[str, Any], contract: str) -> Iterator[dict[str, Any]]:
    if (call.get("to") or "").lower() == contract:
        yield call
        return
    for inner in call.get("calls", ()):
        yield from _calls_to(inner, contract)
