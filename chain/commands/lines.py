"""What a bank does with its lines: it grants one, sets what may be issued and what it buys itself, suspends and resumes it.

The register says the same afterwards, so that enrolling it again takes nothing back.
"""

from __future__ import annotations

from sqlalchemy import select

from chain.books.portfolio import LineRow
from chain.commands.deposit import NoDepositMoney
from chain.commands.enrol import every_price_counts, financing_limit_of, grant_of, let_settlement_pay, line_row
from chain.commands.finance import token_name
from chain.commands.workspace import Workspace
from chain.errors import NotFound, RuleBroken
from chain.identifiers import LineId
from chain.money import chain_currency_index
from chain.network import CreditLine, Network, Role
from chain.store.tables import networks


class LineGrantedAlready(RuleBroken):
    message = "{bank} has granted {issuer} a line in {currency} already"
    next_step = "set the limits of that one"


class ExpiryNotAhead(RuleBroken):
    message = "the expiry {expiry} is not after today"
    next_step = "choose an expiry after today"


def must_be_granted_anew(workspace: Workspace, line: CreditLine) -> None:
    """Whether the bank can grant the line. Its deposits in the currency must be admitted, which the operator does
    (`chain.commands.enrol`). Raises NotFound (there is no such issuer), LineGrantedAlready, ExpiryNotAhead, PriceNeverCounts,
    NoDepositMoney."""
    names, network = workspace.names(), workspace.network()
    if line.issuer not in {one.id for one in network.enterprises if Role.CORE_ENTERPRISE in one.roles}:
        raise NotFound(what="core enterprise", id=line.issuer)
    on_ledger = line_row(workspace, workspace.party(line.bank), workspace.party(line.issuer), line.currency)
    if on_ledger is not None or _same(network, line) is not None:
        issuer = names.get(line.issuer, line.issuer)
        raise LineGrantedAlready(bank=names.get(line.bank, line.bank), issuer=issuer, currency=line.currency)
    if line.expiry <= workspace.date():
        raise ExpiryNotAhead(expiry=line.expiry)
    every_price_counts(line)
    if token_name(line.bank, line.currency) not in workspace.contracts.addresses:
        raise NoDepositMoney(bank=line.bank, currency=line.currency)


def grant(workspace: Workspace, key: str, line: CreditLine) -> LineId:
    """The bank lets an issuer issue, and says what it holds of its paper at most; the register has the line from then on.

    Raises what the contracts refuse.
    """
    granted = workspace.contracts.events_of(workspace.send(key, line.bank, grant_of(workspace, line)), "LineGranted")
    workspace.send(f"{key}:financing", line.bank, financing_limit_of(workspace, line))
    if workspace.keyring.signs_for(line.issuer):  # who keeps its key lets Settlement pay itself
        let_settlement_pay(workspace, line.issuer, [token_name(line.bank, line.currency)])
    with workspace.store.begin() as connection:
        network = Network.model_validate(connection.execute(select(networks.c.body)).scalar_one())
        if _same(network, line) is None:
            workspace.put_in_force(connection, network.model_copy(update={"lines": (*network.lines, line)}))
    return LineId.from_chain(granted[0].arguments["line"])


def _same(network: Network, line: CreditLine) -> CreditLine | None:
    """The register's line of the same three."""
    wanted = (line.bank, line.issuer, line.currency)
    return next((one for one in network.lines if (one.bank, one.issuer, one.currency) == wanted), None)


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
