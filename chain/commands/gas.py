"""What each movement costs on this ledger as it stands, measured inside a snapshot that is undone afterwards."""

from __future__ import annotations

import secrets
from typing import Any

from chain.books.portfolio import LineRow, all_lines
from chain.commands.finance import token_name
from chain.commands.workspace import OPERATOR, Workspace
from chain.identifiers import PieceReference
from chain.issuance.messages import (
    INVOICE,
    NO_RECOURSE,
    NO_SIGNATURE,
    VOUCHER,
    Confirmation,
    FinanceOffer,
    signature,
)
from chain.issuance.node import advance_clock
from chain.money import chain_currency_index
from chain.network import Role
from chain.reporting.model import GasFigures

#: A small amount, in minor units, so that any line has room for the measurement.
AMOUNT = 1_000
TENOR_DAYS = 30


def measure_gas(workspace: Workspace) -> GasFigures:
    """Gas of single movements in steady state, the 21,000 of every transaction included.

    ``redeem_5`` pays five pieces of five obligations, with its cash. Needs the embedded node, which can undo blocks;
    nothing is known of them afterwards. All figures are None where no line has room or too few suppliers are enrolled.
    """
    with workspace.store.read() as connection:
        lines = all_lines(connection)
    roomy = [line for line in lines if not line.suspended and line.available_minor >= 20 * AMOUNT]
    suppliers = [e.id for e in workspace.network().enterprises if Role.SUPPLIER in e.roles][:6]
    if not roomy or len(suppliers) < 6:
        return GasFigures()
    snapshot = workspace.web3.provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    try:
        return _Probe(workspace, roomy[0], suppliers).measure()
    finally:
        workspace.web3.provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]


class _Probe:
    """The movements, sent without the outbox: they are to be forgotten."""

    def __init__(self, workspace: Workspace, line: LineRow, suppliers: list[str]) -> None:
        self._workspace = workspace
        self._contracts = workspace.contracts
        self._line = line
        self._names = workspace.parties()
        self._issuer = self._names[line.issuer]
        self._bank = self._names[line.bank]
        self._holder, *self._next = suppliers
        self._deadline = workspace.web3.eth.get_block("latest")["timestamp"] + 86_400
        self._maturity = workspace.today() + TENOR_DAYS

    def measure(self) -> GasFigures:
        direct = self._confirm([(self._issuer, self._holder)])[0]
        below = self._confirm([(self._holder, supplier) for supplier in self._next])
        self._issue(direct)  # counters and balances exist from here on: the steady state
        issue, piece = self._issue(direct)
        accept = self._gas(self._holder, "CreditLedger", "accept", self._named([piece]))
        self._transfer(piece, below[:1])
        transfer_1 = self._transfer(piece, below[:1])
        transfer_5 = self._transfer(piece, below)
        _, to_sell = self._issue(direct)
        self._gas(self._holder, "CreditLedger", "accept", self._named([to_sell]))
        token = self._contracts.addresses[token_name(self._bank, self._line.currency)]
        self._sell(to_sell, token)
        finance = self._sell(to_sell, token)
        return GasFigures(
            issue=issue, transfer_1=transfer_1, transfer_5=transfer_5, accept=accept, finance=finance,
            redeem_5=self._redeem_5(direct, token),
        )  # fmt: skip

    def _confirm(self, edges: list[tuple[str, str]]) -> list[int]:
        """Fresh evidence of a large face for each (buyer, seller), confirmed by the buyer."""
        numbers = {enterprise: number for number, enterprise in self._names.items()}
        confirmations, signatures = [], []
        for buyer, seller in edges:
            confirmation = Confirmation(
                secrets.token_bytes(32), secrets.token_bytes(32), INVOICE, 100 * AMOUNT,
                chain_currency_index(self._line.currency), numbers[buyer], numbers[seller], self._workspace.today() - 1,
            )  # fmt: skip
            confirmations.append(confirmation.values())
            signatures.append(signature(self._contracts, self._workspace.signer(buyer), confirmation))
        unattested = [NO_SIGNATURE] * len(edges)
        receipt = self._send(OPERATOR, "TradeRegistry", "register", confirmations, signatures, unattested)
        events = self._contracts.decode_logs(receipt["logs"])
        return [event.arguments["evidence"] for event in events if event.name == "EvidenceRegistered"]

    def _issue(self, evidence: int) -> tuple[int, int]:
        legs = [(self._party(self._holder), AMOUNT, evidence, self._deadline)]
        receipt = self._send(
            self._issuer, "CreditLedger", "issue", self._line.line.chain, VOUCHER, self._maturity, NO_RECOURSE, legs
        )  # fmt: skip
        (offered,) = [e for e in self._contracts.decode_logs(receipt["logs"]) if e.name == "PieceOffered"]
        return receipt["gasUsed"], offered.arguments["piece"]

    def _transfer(self, piece: int, evidence: list[int]) -> int:
        legs = [
            (self._party(supplier), 1, proof, self._deadline)
            for supplier, proof in zip(self._next, evidence, strict=False)
        ]
        (parent,) = self._named([piece])
        return self._gas(self._holder, "CreditLedger", "transfer", parent, legs)

    def _sell(self, piece: int, token: str) -> int:
        """A part of the piece is financed by the line's bank."""
        names = self._contracts.output_names("LedgerReader", "piece")
        state = dict(zip(names, self._contracts.read("LedgerReader", "piece", piece), strict=True))
        (named,) = self._named([piece])
        offer = FinanceOffer(
            piece=PieceReference.from_chain(named), child_count=state["childCount"], amount_minor=1, price_minor=1,
            annual_rate_micros=0, day_count_basis=0, fee_payer=0, bank=self._line.bank, cash_token=token,
            valid_until=self._deadline, registration_number=secrets.token_bytes(32),
            description_hash=secrets.token_bytes(32),
        )  # fmt: skip
        self._gas(self._bank, token_name(self._bank, self._line.currency), "mint", self._account(self._bank), 1)
        signed = signature(self._contracts, self._workspace.signer(self._bank), offer)
        issuer, currency = self._line.issuer, chain_currency_index(self._line.currency)
        self._gas(self._bank, "CreditLedger", "setFinancingLimit", issuer, currency, 2**63)
        return self._gas(self._holder, "CreditLedger", "finance", offer.values(), signed, NO_SIGNATURE, 1)

    def _redeem_5(self, evidence: int, token: str) -> int:
        pieces = [self._issue(evidence)[1] for _ in range(5)]
        self._gas(self._holder, "CreditLedger", "accept", self._named(pieces))
        name = token_name(self._bank, self._line.currency)
        self._gas(self._bank, name, "mint", self._account(self._issuer), 5 * AMOUNT)
        self._gas(self._bank, name, "mint", self._account(self._holder), 1)
        advance_clock(self._workspace.web3, (self._maturity + 1) * 86_400)
        return self._gas(self._issuer, "CreditLedger", "redeem", self._named(pieces), token)

    def _named(self, pieces: list[int]) -> list[int]:
        return list(self._contracts.read("LedgerReader", "references", pieces))

    def _party(self, enterprise: str) -> int:
        return next(number for number, name in self._names.items() if name == enterprise)

    def _account(self, enterprise: str) -> str:
        return self._workspace.keyring.addresses()[enterprise]

    def _gas(self, sender: str, contract: str, function: str, *arguments: Any) -> int:
        return int(self._send(sender, contract, function, *arguments)["gasUsed"])

    def _send(self, sender: str, contract: str, function: str, *arguments: Any) -> Any:
        web3, signer = self._workspace.web3, self._workspace.signer(sender)
        raw = signer.sign_transaction(
            {
                "to": self._contracts.addresses[contract], "value": 0, "gas": 20_000_000, "gasPrice": 0,
                "nonce": web3.eth.get_transaction_count(signer.address),  # type: ignore[arg-type]
                "chainId": web3.eth.chain_id, "data": self._contracts.data(contract, function, *arguments),
            }
        )  # fmt: skip
        receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(raw), poll_latency=0.01)
        assert receipt["status"] == 1, f"{contract}.{function} was refused"
        return receipt
