"""Enrol a network: parties with their keys, banks' lines and financing limits, banks' deposit money."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from chain.commands.workspace import OPERATOR, Progress, Workspace, no_progress
from chain.errors import PearlError
from chain.issuance.contracts import Contracts
from chain.issuance.outbox import Call
from chain.issuance.roles import role_bits
from chain.money import chain_currency_index, exponent
from chain.network import Enterprise, Network, Role

#: Know-your-customer checks count for two years here; a bank's own rule may be shorter.
KYC_DAYS = 730
UNLIMITED = 2**256 - 1


class EnterpriseTwice(PearlError):
    message = "{enterprise} stands twice in the network"
    next_step = "keep one entry for each enterprise"


class LineParty(PearlError):
    message = "the line of {bank} for {issuer} names an enterprise that is not in the network, or not in that role"
    next_step = "add the enterprise with its role, or correct the line"


def enrol(workspace: Workspace, network: Network, progress: Progress = no_progress) -> None:
    """Put ``network`` in force: register who is new, grant what is new. Repeating it changes nothing.

    Raises EnterpriseTwice, LineParty, and what the contracts refuse.
    """
    _check(network)
    known = set(workspace.parties().values())
    for number, enterprise in enumerate(network.enterprises):
        if enterprise.id not in known:
            _register(workspace, enterprise)
        progress("enrolling the participants", number + 1, len(network.enterprises))
    banks = {(line.bank, line.currency) for line in network.lines}
    for bank, currency in sorted(banks):
        _deposit_token(workspace, bank, currency)
    _grant_lines(workspace, network)
    payers = sorted({line.bank for line in network.lines} | {line.issuer for line in network.lines})
    for payer in payers:
        _let_settlement_pay(workspace, payer, sorted(t for t in workspace.contracts.addresses if ":" in t))
    workspace.save_network(network)  # last, so that the register never promises what the ledger refused


def _check(network: Network) -> None:
    roles: dict[str, tuple[Role, ...]] = {}
    for enterprise in network.enterprises:
        if enterprise.id in roles:
            raise EnterpriseTwice(enterprise=enterprise.id)
        roles[enterprise.id] = enterprise.roles
    for line in network.lines:
        issuer_fits = Role.CORE_ENTERPRISE in roles.get(line.issuer, ())
        if Role.BANK not in roles.get(line.bank, ()) or not issuer_fits:
            raise LineParty(bank=line.bank, issuer=line.issuer)


def group_number(group: str | None) -> int:
    """The group's number on chain (u32): from its name, so that every operator says the same; 0 means its own."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") or 1 if group else 0


def _register(workspace: Workspace, enterprise: Enterprise) -> None:
    keyring = workspace.keyring
    signer = keyring.signer(enterprise.id) if keyring.holds(enterprise.id) else keyring.create(enterprise.id)
    call = workspace.contracts.call(
        "Participants", "register", signer.address, signer.address, role_bits(enterprise.roles),
        group_number(enterprise.group), workspace.today() + KYC_DAYS,
    )  # fmt: skip
    workspace.send(f"register:{enterprise.id}", OPERATOR, call)


def _deposit_token(workspace: Workspace, bank: str, currency: str) -> None:
    """The bank's deposit money as an ERC-20, made by the bank itself and admitted to settlement by the operator."""
    name = f"DepositToken:{bank}:{currency}"
    if name in workspace.contracts.addresses:
        return
    artifact = workspace.contracts.artifacts["DepositToken"]
    data = artifact.creation(
        f"{bank} {currency} deposits", f"D{currency}", exponent(currency),
        workspace.contracts.addresses["Participants"], workspace.party(bank),
    )  # fmt: skip
    outcome = workspace.outbox.send(
        f"token:{bank}:{currency}", workspace.signer(bank), Call("deploy token", None, data)
    )
    receipt = workspace.web3.eth.get_transaction_receipt(outcome.transaction_hash)  # type: ignore[arg-type]
    address = receipt["contractAddress"]
    assert address is not None, "a mined creation has an address"
    contracts = workspace.contracts
    workspace.adopt(Contracts(contracts.web3, contracts.artifacts, contracts.addresses | {name: address}))
    call = workspace.contracts.call("Settlement", "approveToken", address, chain_currency_index(currency))
    workspace.send(f"admit:{bank}:{currency}", OPERATOR, call)


def _grant_lines(workspace: Workspace, network: Network) -> None:
    for line in network.lines:
        issuer, currency = workspace.party(line.issuer), chain_currency_index(line.currency)
        expiry = (line.expiry - date(1970, 1, 1)).days
        grant = workspace.contracts.call(
            "CreditLedger", "grantLine", issuer, line.limit_minor, currency, expiry, line.utc_offset_minutes // 15
        )
        key = f"{line.bank}:{line.issuer}:{line.currency}"
        workspace.send(f"line:{key}", line.bank, grant)
        limit = workspace.contracts.call(
            "CreditLedger", "setFinancingLimit", issuer, currency, line.financing_limit_minor
        )
        workspace.send(f"financing:{key}:{line.financing_limit_minor}", line.bank, limit)


def _let_settlement_pay(workspace: Workspace, payer: str, tokens: Iterable[str]) -> None:
    """The payer lets Settlement draw its deposits; Settlement does so only together with the piece that is paid for."""
    for token in tokens:
        call = workspace.contracts.call(token, "approve", workspace.contracts.addresses["Settlement"], UNLIMITED)
        workspace.send(f"approve:{payer}:{token}", payer, call)
