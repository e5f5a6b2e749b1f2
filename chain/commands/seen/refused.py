"""What the ledger refuses, as the enterprise that asked is told: another's figures are not said."""

from __future__ import annotations

from chain.commands.deposit import account_on_chain
from chain.commands.workspace import Workspace
from chain.errors import ContractRefused, NotFound
from chain.language import translate

#: What the deposits' contract calls it.
TOO_FEW = "ERC20InsufficientBalance"
#: Rules whose values are a bank's own: how much room it has left. They name the bank first.
OF_THE_BANK = frozenset({"FinancingLimitExceeded", "GroupCapExceeded"})


class TooFewDeposits(ContractRefused):
    """The account of another pays, and holds too little: whose it is and what it holds are not told."""

    message = "the ledger refuses: too few of the bank's deposits are in the account that pays"
    next_step = "ask who pays to pay deposits into its account first"

    @property
    def rule(self) -> str:
        return TOO_FEW

    def next_step_text(self, language: str = "en") -> str:
        return translate(self.next_step, language)


class BankHasNoRoom(ContractRefused):
    """A bank has set itself a limit, of which less is left: how much is not told."""

    message = "the ledger refuses: {name}; what is left of it is the bank's own to know"


def as_told(workspace: Workspace, enterprise: str, error: ContractRefused) -> ContractRefused:
    """What the ledger refuses, as an enterprise is told: neither how much the account of another holds is said, nor how much room
    another bank has."""
    if error.rule in OF_THE_BANK:
        own_room = str(error.values["arguments"]).startswith(f"bank {workspace.party(enterprise)},")
        return error if own_room else BankHasNoRoom(**error.values | {"arguments": ""})
    if error.rule != TOO_FEW:
        return error
    try:
        own = account_on_chain(workspace, enterprise).lower() in str(error.values["arguments"]).lower()
    except NotFound:  # it has no account
        own = False
    return error if own else TooFewDeposits(name=TOO_FEW, arguments="")
