"""Banks' deposit money: a bank credits an account when a customer pays in or the bank lends; nobody else makes any."""

from __future__ import annotations

from eth_utils.address import to_checksum_address

from chain.commands.finance import token_name
from chain.commands.workspace import Workspace
from chain.errors import PearlError, RuleBroken
from chain.money import MOST_MINOR


class NoDepositMoney(PearlError):
    message = "{bank} keeps no deposits in {currency}"
    next_step = "enrol a line of this bank in that currency first"


class BalanceTooLarge(RuleBroken):
    message = "the account would hold more than {most} minor units, which is more than any amount"
    next_step = "credit less"


def deposit(workspace: Workspace, key: str, bank: str, account_of: str, currency: str, minor: int) -> int:
    """The bank credits ``minor`` to an enterprise's account with it, once for ``key``. Returns the balance after it.

    The account is the one that the register has now: a company may have moved it away from its key.
    Financing pays out of the bank's own account, redemption out of the issuer's. Raises NotFound, NoDepositMoney,
    BalanceTooLarge.
    """
    token, account = _account(workspace, bank, account_of, currency)
    if not workspace.was_sent(key) and balance(workspace, bank, account_of, currency) + minor > MOST_MINOR:
        raise BalanceTooLarge(most=MOST_MINOR)
    asked = f"deposit {account_of} {minor}"
    workspace.send(key, bank, workspace.contracts.call(token, "mint", account, minor, asked=asked))
    return balance(workspace, bank, account_of, currency)


def balance(workspace: Workspace, bank: str, account_of: str, currency: str) -> int:
    """Deposits of an enterprise at a bank, minor units. Raises NotFound, NoDepositMoney."""
    token, account = _account(workspace, bank, account_of, currency)
    return int(workspace.contracts.read(token, "balanceOf", account))


def _account(workspace: Workspace, bank: str, account_of: str, currency: str) -> tuple[str, str]:
    token = token_name(bank, currency)
    if token not in workspace.contracts.addresses:
        raise NoDepositMoney(bank=bank, currency=currency)
    return token, account_on_chain(workspace, account_of)


def account_on_chain(workspace: Workspace, enterprise: str) -> str:
    """Where the enterprise is paid, which need not be the address of any of its keys. Raises NotFound."""
    names = workspace.contracts.output_names("Participants", "party")
    values = workspace.contracts.read("Participants", "party", workspace.party(enterprise))
    account: str = to_checksum_address(dict(zip(names, values, strict=True))["account"])
    return account
