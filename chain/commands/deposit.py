"""Banks' deposit money: a bank credits an account when a customer pays in or the bank lends; nobody else makes any."""

from __future__ import annotations

from chain.commands.finance import token_name
from chain.commands.workspace import Workspace
from chain.errors import NotFound, PearlError


class NoDepositMoney(PearlError):
    message = "{bank} keeps no deposits in {currency}"
    next_step = "enrol a line of this bank in that currency first"


def deposit(workspace: Workspace, key: str, bank: str, account_of: str, currency: str, minor: int) -> int:
    """The bank credits ``minor`` to an enterprise's account with it, once for ``key``. Returns the balance after it.

    Financing pays out of the bank's own account, redemption out of the issuer's. Raises NotFound, NoDepositMoney.
    """
    token, account = _account(workspace, bank, account_of, currency)
    workspace.send(key, bank, workspace.contracts.call(token, "mint", account, minor))
    return balance(workspace, bank, account_of, currency)


def balance(workspace: Workspace, bank: str, account_of: str, currency: str) -> int:
    """Deposits of an enterprise at a bank, minor units. Raises NotFound, NoDepositMoney."""
    token, account = _account(workspace, bank, account_of, currency)
    return int(workspace.contracts.read(token, "balanceOf", account))


def _account(workspace: Workspace, bank: str, account_of: str, currency: str) -> tuple[str, str]:
    token = token_name(bank, currency)
    if token not in workspace.contracts.addresses:
        raise NoDepositMoney(bank=bank, currency=currency)
    account = workspace.keyring.addresses().get(account_of)
    if account is None or account_of not in workspace.parties().values():
        raise NotFound(what="participant", id=account_of)
    return token, account
