"""A fresh node with the ledger on it and parties that act: what benchmarks measure on, and tests play on.

Every transaction is signed by its party's key, mined at once, and its receipt (with the gas used) is handed back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.types import TxReceipt

from chain.identifiers import PieceReference
from chain.issuance.compilation import Artifacts, build
from chain.issuance.contracts import TYPED, Contracts
from chain.issuance.deployment import deployment_plan, order_table
from chain.issuance.messages import NO_RECOURSE, NO_SIGNATURE, FinanceOffer
from chain.issuance.node import EmbeddedNode, advance_clock, connect
from chain.issuance.orders import OrderTable, order_domain

PROJECT = Path(__file__).parents[1]
DAY = 86_400
#: Above what any single action needs, and below what a block holds.
GAS = 30_000_000
CNY = 1
VOUCHER = 1
INVOICE = 1
NEVER = 65_535
#: Events that make a piece.
MADE = ("PieceOffered", "PieceFinanced", "PieceLocked", "PartRedeemed", "GuarantorPaid", "RecoursePaid")
UNLIMITED = 2**256 - 1


@dataclass(frozen=True)
class Actor:
    """A party with its key. ``number`` is its id on chain, 0 for an address that is no party."""

    name: str
    account: LocalAccount
    number: int = 0

    @property
    def address(self) -> str:
        return str(self.account.address)


class Stage:
    """The contracts on one node, and what parties do with them."""

    def __init__(self, web3: Web3, contracts: Contracts, operator: Actor, endpoint: str) -> None:
        self.web3 = web3
        self.contracts = contracts
        self.operator = operator
        self.endpoint = endpoint
        self.token = ""
        self._papers = 0

    # --- transactions ----------------------------------------------------------------------------------------------

    def send(self, actor: Actor, target: str | None, data: bytes) -> TxReceipt:
        """One transaction of ``actor``; None creates a contract. Raises the ledger's refusal, decoded."""
        transaction: dict[str, Any] = {
            "to": target or "", "data": data, "value": 0, "gas": GAS, "gasPrice": 0,
            "nonce": self.web3.eth.get_transaction_count(actor.account.address), "chainId": self.web3.eth.chain_id,
        }  # fmt: skip
        signed = actor.account.sign_transaction(transaction)
        sent = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, timeout=30, poll_latency=0.002)
        if receipt["status"] != 1:
            self.web3.eth.call({"from": actor.account.address, "to": target, "data": data}, receipt["blockNumber"])  # type: ignore[typeddict-item]
            raise AssertionError(f"{actor.name}'s transaction was refused, and repeated it is not")
        return receipt

    def act(self, actor: Actor, contract: str, function: str, *arguments: Any) -> TxReceipt:
        """``actor`` calls one function of one contract."""
        return self.send(actor, self.contracts.addresses[contract], self.contracts.data(contract, function, *arguments))

    def together(self, actor: Actor, calls: Sequence[tuple[Any, ...]]) -> TxReceipt:
        """Several calls (function, *arguments) to the ledger in one transaction."""
        data = [self.contracts.data("CreditLedger", *call) for call in calls]
        return self.act(actor, "CreditLedger", "multicall", data)

    def read(self, contract: str, function: str, *arguments: Any) -> Any:
        return self.contracts.read(contract, function, *arguments)

    def fields(self, contract: str, function: str, *arguments: Any) -> dict[str, Any]:
        """A view's result by the names of its fields."""
        names = self.contracts.output_names(contract, function)
        return dict(zip(names, self.read(contract, function, *arguments), strict=True))

    def pieces(self, receipt: TxReceipt) -> list[int]:
        """The pieces that a transaction made, in order."""
        events = self.contracts.decode_logs(receipt["logs"])
        return [event.arguments["piece"] for event in events if event.name in MADE]

    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def today(self) -> int:
        """Day number in UTC+8, the time zone of the lines that `line` grants."""
        return (self.now() + 8 * 3600) // DAY

    def let_days_pass(self, days: int) -> None:
        advance_clock(self.web3, self.now() + days * DAY)

    # --- parties, lines, money -------------------------------------------------------------------------------------

    def party(self, name: str, roles: int, account_bank: int = 0) -> Actor:
        """Register a party whose key follows from its name."""
        account = Account.from_key(sha256(f"stage:{name}".encode()).digest())
        address = account.address
        self.act(self.operator, "Participants", "register", address, address, roles, 0, NEVER, account_bank)
        return Actor(name, account, self.read("Participants", "partyOf", address))

    def line(self, bank: Actor, issuer: Actor, limit: int, financing_limit: int) -> int:
        """A line in CNY and UTC+8 that expires in two years. Returns its id."""
        self.act(bank, "CreditLedger", "grantLine", issuer.number, limit, CNY, self.today() + 730, 32, 0)
        self.act(bank, "CreditLedger", "setFinancingLimit", issuer.number, CNY, financing_limit)
        lines, _ = self.read("LedgerReader", "issuer", issuer.number)
        return issuer.number << 8 | int(lines)

    def deposit_money(self, bank: Actor, payers: Sequence[Actor], amount: int) -> str:
        """The bank's deposit token: made, approved for settlement, held by the payers, who let settlement draw it."""
        creation = self.contracts.artifacts["DepositToken"].creation(
            f"{bank.name} CNY", "DCNY", 2, self.contracts.addresses["Participants"], bank.number
        )
        self.token = str(self.send(bank, None, creation)["contractAddress"])
        self.contracts = Contracts(
            self.web3,
            self.contracts.artifacts,
            self.contracts.addresses | {f"DepositToken:{bank.name}:CNY": self.token},
        )
        token = f"DepositToken:{bank.name}:CNY"
        self.act(self.operator, "Settlement", "approveToken", self.token, CNY)
        for payer in payers:
            self.act(bank, token, "mint", payer.address, amount)
            self.act(payer, token, "approve", self.contracts.addresses["Settlement"], UNLIMITED)
        return self.token

    # --- documents -------------------------------------------------------------------------------------------------

    def confirm(
        self, buyer: Actor, seller: Actor, face: int, *, identity: bytes | None = None, digest: bytes | None = None
    ) -> int:
        """The buyer's signed confirmation of an invoice, registered. Returns the evidence's number."""
        self._papers += 1
        paper = sha256(f"paper:{self._papers}".encode()).digest()
        confirmation = (
            identity or paper, digest or paper, INVOICE, face, CNY, buyer.number, seller.number, self.today() - 1,
            bytes(32), bytes(32), 0,
        )  # fmt: skip
        signature = self.signed(buyer, "TradeRegistry", "Confirmation", confirmation)
        self.act(self.operator, "TradeRegistry", "register", [confirmation], [signature], [NO_SIGNATURE])
        return int(self.read("TradeRegistry", "evidenceCount"))

    def signed(self, actor: Actor, contract: str, struct: str, values: tuple[Any, ...]) -> tuple[str, bytes]:
        """The contracts' ``Signature``: the actor's key and its EIP-712 signature of the struct."""
        message = dict(zip((name for name, _ in TYPED[struct]), values, strict=True))
        return self.signed_message(actor, contract, struct, message)

    def signed_message(
        self, actor: Actor, contract: str, struct: str, message: dict[str, Any]
    ) -> tuple[str, bytes]:  # fmt: skip
        """The same for fields by their names."""
        typed = self.contracts.typed_data(contract, struct, message)
        signature = actor.account.sign_message(encode_typed_data(full_message=typed)).signature
        return actor.address, bytes(signature)

    # --- pieces ----------------------------------------------------------------------------------------------------

    def leg(self, recipient: Actor, amount: int, evidence: int, days: int = 7) -> tuple[int, int, int, int]:
        return (recipient.number, amount, evidence, self.now() + days * DAY)

    def issue(self, issuer: Actor, line: int, legs: Sequence[tuple[int, int, int, int]], tenor: int = 90) -> TxReceipt:
        return self.act(issuer, "CreditLedger", "issue", line, VOUCHER, self.today() + tenor, NO_RECOURSE, list(legs))

    def named(self, *pieces: int) -> list[int]:
        """The pieces as orders name them."""
        return list(self.read("LedgerReader", "references", list(pieces)))

    def held(self, issuer: Actor, line: int, holder: Actor, amount: int, tenor: int = 90) -> int:
        """A piece that ``holder`` has accepted, against an invoice of its own. Returns its id."""
        evidence = self.confirm(issuer, holder, amount)
        piece = self.pieces(self.issue(issuer, line, [self.leg(holder, amount, evidence)], tenor))[0]
        self.act(holder, "CreditLedger", "accept", self.named(piece))
        return piece

    def acceptance(
        self, recipient: Actor, parent: int, leg: tuple[int, int, int, int], earlier_uses: int = 0
    ) -> tuple[str, bytes]:
        """The recipient's signed consent to ``leg`` of a transfer. ``earlier_uses``: uses by legs before it."""
        terms = self.fields("LedgerReader", "obligation", parent >> 16)
        uses = self.fields("TradeRegistry", "evidence", leg[2])["useCount"] + earlier_uses
        message = (
            parent >> 16, parent, terms["maturityDay"], terms["instrument"], terms["recourse"], leg[2], uses, leg[1],
            leg[0], leg[3],
        )  # fmt: skip
        return self.signed(recipient, "CreditLedger", "Acceptance", message)

    def offer(
        self, bank: Actor, piece: int, amount: int, price: int, token: str | None = None
    ) -> tuple[tuple[Any, ...], tuple[str, bytes]]:
        """The bank's signed offer to buy ``amount`` of a piece, with the stage's money unless another token is given."""
        (named,) = self.named(piece)
        registration = sha256(f"registration:{piece}".encode()).digest()
        offer = FinanceOffer(
            piece=PieceReference.from_chain(named),
            child_count=self.fields("LedgerReader", "piece", piece)["childCount"], amount_minor=amount,
            price_minor=price, annual_rate_micros=0, day_count_basis=0, fee_payer=0, bank=bank.number,
            cash_token=token or self.token, valid_until=self.now() + 7 * DAY, registration_number=registration,
            description_hash=registration,
        )  # fmt: skip
        return offer.values(), self.signed(bank, "CreditLedger", "FinanceOffer", tuple(offer.message().values()))

    def finance(self, holder: Actor, bank: Actor, piece: int, amount: int, price: int) -> TxReceipt:
        """The holder takes the bank's offer."""
        offer, signature = self.offer(bank, piece, amount, price)
        return self.act(holder, "CreditLedger", "finance", offer, signature, NO_SIGNATURE, price)

    # --- signed orders ---------------------------------------------------------------------------------------------

    @cached_property
    def orders(self) -> OrderTable:
        """The functions that can be ordered."""
        return order_table(self.contracts.artifacts, self.contracts.addresses)

    def order(self, actor: Actor, contract: str, function: str, *arguments: Any, nonce: int) -> tuple[Any, bytes]:
        """What ``SignedOrders`` takes: an order of the actor's, open for a week, and its signature."""
        addresses = self.contracts.addresses
        order = self.orders.order(
            actor.address, addresses[contract], function, arguments, nonce, self.now() + 7 * DAY
        )  # fmt: skip
        domain = order_domain(self.web3.eth.chain_id, addresses["SignedOrders"])
        typed = self.orders.typed_data(domain, order)
        return order.values(), bytes(actor.account.sign_message(encode_typed_data(full_message=typed)).signature)

    def relay(self, order: tuple[Any, bytes]) -> TxReceipt:
        """The operator sends an order."""
        return self.act(self.operator, "SignedOrders", "execute", *order)


@contextmanager
def open_stage(folder: Path, *, genesis_timestamp: int | None = None) -> Iterator[Stage]:
    """Start a node in ``folder``, deploy the contracts, and end the node afterwards."""
    node = EmbeddedNode(folder, genesis_timestamp=genesis_timestamp)
    endpoint = node.start()
    try:
        web3 = connect(endpoint)
        artifacts: Artifacts = build(PROJECT)
        account = Account.from_key(sha256(b"stage:operator").digest())
        operator = Actor("operator", account)
        plan = deployment_plan(artifacts, operator.address, 0)
        stage = Stage(web3, Contracts(web3, artifacts, plan.addresses), operator, endpoint)
        for step in plan.steps:
            stage.send(operator, step.target, step.data)
        yield stage
    finally:
        node.stop()
