"""What a bank does with a line that it granted: it sets what may be issued and what it buys itself, suspends and resumes it.

The register says the same afterwards, so that enrolling it again takes nothing back.
"""

from __future__ import annotations

from sqlalchemy import select

from chain.books.portfolio import LineRow
from chain.commands.enrol import line_row
from chain.commands.workspace import Workspace
from chain.identifiers import LineId
from chain.money import chain_currency_index
from chain.network import Network
from chain.store.tables import networks


def set_limit(workspace: Workspace, key: str, bank: str, line: LineRow, limit_minor: int) -> None:
    """Below what is used and allotted the limit stays there. Raises what the contracts refuse."""
    call = workspace.contracts.call("CreditLedger", "setLineLimit", line.line.chain, limit_minor)
    workspace.send(key, bank, call)
    _enter(workspace, bank, line, limit_minor=limit_minor)


def set_financing_limit(workspace: Workspace, key: str, bank: str, line: LineRow, limit_minor: int) -> None:
    """What the bank holds of the issuer's paper at most; below what it holds the limit stays there."""
    currency = chain_currency_index(line.currency)
    call = workspace.contracts.call("CreditLedger", "setFinancingLimit", line.issuer, currency, limit_minor)
    workspace.send(key, bank, call)
    _enter(workspace, bank, line, financing_limit_minor=limit_minor)


def suspend(workspace: Workspace, key: str, bank: str, line: LineId) -> None:
    """Nothing is issued or drawn under the line until it is resumed."""
    workspace.send(key, bank, workspace.contracts.call("CreditLedger", "suspendLine", line.chain))


def resume(workspace: Workspace, key: str, bank: str, line: LineId) -> None:
    """The line can be used again."""
    workspace.send(key, bank, workspace.contracts.call("CreditLedger", "resumeLine", line.chain))


def _enter(workspace: Workspace, bank: str, line: LineRow, **terms: int) -> None:
    """Write it into the register, where that knows the line."""
    known = line_row(workspace, line.bank, line.issuer, line.currency)
    if known is None or known.line != line.line:
        return  # the bank granted the issuer another one before, which is that of the register
    issuer = workspace.parties()[line.issuer]
    with workspace.store.begin() as connection:
        network = Network.model_validate(connection.execute(select(networks.c.body)).scalar_one())
        entries = tuple(
            one.model_copy(update=terms)
            if (one.bank, one.issuer, one.currency) == (bank, issuer, line.currency)
            else one
            for one in network.lines
        )
        if entries != network.lines:
            workspace.put_in_force(connection, network.model_copy(update={"lines": entries}))
