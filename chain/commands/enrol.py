"""Enrol a network: parties with their keys, banks' lines and financing limits, banks' deposit money."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select

from chain.books.happened import called
from chain.books.portfolio import LineRow, all_lines
from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.workspace import OPERATOR, Home, Progress, Workspace, counted, no_progress
from chain.content import ContentMalformed
from chain.documents.identity import is_valid
from chain.documents.model import PartyIdentifier
from chain.documents.rules import PartyIdInvalid
from chain.errors import ContractRefused, NotFound, PearlError, SystemRefused
from chain.issuance.contracts import Contracts
from chain.issuance.outbox import Call, KeyedCall
from chain.issuance.roles import ISSUANCE_STOPPED, role_bits
from chain.language import fill
from chain.money import Money, chain_currency_index, exponent
from chain.network import CreditLine, Enterprise, Network, Role
from chain.store.tables import backers, events, financing, lines, parties

#: Know-your-customer checks count for two years here; a bank's own rule may be shorter.
KYC_DAYS = 730
UNLIMITED = 2**256 - 1
#: Of a promise's word, below the group that it is counted under (`contracts/libraries/PromiseWords.sol`).
PROMISED_BITS = 128


class EnterpriseTwice(PearlError):
    message = "{enterprise} stands twice in the network"
    next_step = "keep one entry for each enterprise"


class LineParty(PearlError):
    message = "the line of {bank} for {issuer} names an enterprise that is not in the network, or not in that role"
    next_step = "add the enterprise with its role, or correct the line"


class GroupsAlike(PearlError):
    message = "the groups {group} and {other} would have one number on the ledger, and so be one group"
    next_step = "give one of them another name"


class AccountBankUnknown(PearlError):
    message = "the account bank of {enterprise} is not in the network, or no bank, or {enterprise} itself"
    next_step = "add the bank, or leave it out"


class AccountBankFixed(PearlError):
    message = "{enterprise} has another account bank on the ledger, and only the enterprise itself changes it"
    next_step = "give the account bank that the ledger has"


class LineTermsFixed(PearlError):
    message = (
        "the line of {bank} for {issuer} has another expiry ({expiry}) or calendar ({calendar}) on the ledger, "
        "and these never change"
    )
    next_step = "keep its terms; let the bank grant another line"


class PriceNeverCounts(PearlError):
    message = "row {row} of the prices of {bank} for {issuer} never counts, since row {earlier} before it fits all that it fits"
    next_step = "put the narrower row first, or leave it out"


class RolesFixed(PearlError):
    message = "{enterprise} has other roles on the ledger, and these never change"
    next_step = "give the roles that the ledger has"


@dataclass(frozen=True, slots=True)
class Change:
    """What the register in force says otherwise now: of ``subject`` (a line's id, an enterprise), ``before`` → ``after``.

    ``before`` and ``after`` are minor units of ``currency``, or names of groups (None: a group of its own) without one.
    """

    template: str
    subject: str
    before: int | str | None
    after: int | str | None
    currency: str | None = None

    def text(self, language: str = "en") -> str:
        """One line for people."""
        values = {"subject": self.subject, "before": self._shown(self.before), "after": self._shown(self.after)}
        return fill(self.template, values, language)

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        kind = next(kind for kind, template in CHANGES.items() if template == self.template)
        return {
            "change": kind, "subject": self.subject, "before": self.before, "after": self.after,
            "currency": self.currency,
        }  # fmt: skip

    def _shown(self, value: int | str | None) -> str:
        if self.currency is not None and isinstance(value, int):
            return f"{Money(value, self.currency).decimal:,f}"
        return "none" if value is None else str(value)


CHANGES = {
    "limit": "line {subject}: limit {before} → {after}",
    "financing_limit": "line {subject}: financing limit {before} → {after}",
    "group": "{subject}: group {before} → {after}",
}


def read_network(path: Path) -> Network:
    """The network of a file, with every id that has a check digit checked.

    Raises SystemRefused, ContentMalformed, PartyIdInvalid, EnterpriseTwice, LineParty, PriceNeverCounts,
    AccountBankUnknown.
    """
    try:
        network = Network.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SystemRefused(what=str(path), reason=error.strerror or str(error)) from error
    except ValidationError as error:
        raise ContentMalformed(str(path), error) from error
    for enterprise in network.enterprises:
        if not _passes_its_check(enterprise.id):
            raise PartyIdInvalid(role="enterprise", name=enterprise.name[:80], id=enterprise.id)
    _check(network)
    return network


def enrol(
    workspace: Workspace, network: Network, progress: Progress = no_progress, *, by: Acting = CONSOLE
) -> list[Change]:  # fmt: skip
    """Put ``network`` in force: register who is new, grant what is new, and change the limits and groups that differ.

    Roles, account banks and a line's terms never change. Repeating it changes nothing. Returns what was changed.
    Raises EnterpriseTwice, LineParty, PriceNeverCounts, GroupsAlike, AccountBankUnknown, AccountBankFixed, RolesFixed,
    LineTermsFixed, AddressOther, AddressOfAnother, KeyElsewhere (a bank that grants lines, and keeps its key), and what the
    contracts refuse.
    """
    _check(network)
    _check_groups(network, workspace.network_or_none())
    changes: list[Change] = []
    groups = _groups(workspace)
    known = {enterprise: number for number, enterprise in workspace.parties().items()}
    # Banks first, because the others name the bank of their account.
    in_order = sorted(network.enterprises, key=lambda one: (Role.BANK not in one.roles, one.account_bank is not None))
    for enterprise in in_order:
        _know(workspace, enterprise)
        if enterprise.id in known:
            changes += _adjust(workspace, enterprise, known[enterprise.id], groups.get(enterprise.id))
    _register(workspace, [one for one in in_order if one.id not in known], progress)
    _recount(workspace, network)
    banks = {(line.bank, line.currency) for line in network.lines}
    for bank, currency in sorted(banks):
        _deposit_token(workspace, bank, currency)
    changes += _grant_lines(workspace, network)
    payers = sorted({line.bank for line in network.lines} | {line.issuer for line in network.lines})
    for payer in filter(workspace.keyring.signs_for, payers):  # who keeps its key lets Settlement pay itself
        let_settlement_pay(workspace, payer, sorted(t for t in workspace.contracts.addresses if ":" in t))
    with workspace.store.begin() as connection:  # last, so that the register never promises what the ledger refused
        workspace.put_in_force(connection, network)
        record(connection, by, "enrol", "network", network.model_dump(mode="json"))
    return changes


def _check(network: Network) -> None:
    roles: dict[str, tuple[Role, ...]] = {}
    for enterprise in network.enterprises:
        if enterprise.id in roles:
            raise EnterpriseTwice(enterprise=enterprise.id)
        roles[enterprise.id] = enterprise.roles
    for enterprise in network.enterprises:
        bank = enterprise.account_bank
        if bank is not None and (bank == enterprise.id or Role.BANK not in roles.get(bank, ())):
            raise AccountBankUnknown(enterprise=enterprise.id)
    for line in network.lines:
        issuer_fits = Role.CORE_ENTERPRISE in roles.get(line.issuer, ())
        if Role.BANK not in roles.get(line.bank, ()) or not issuer_fits:
            raise LineParty(bank=line.bank, issuer=line.issuer)
        every_price_counts(line)


def every_price_counts(line: CreditLine) -> None:
    """Raises PriceNeverCounts."""
    for row, price in enumerate(line.prices):
        for earlier in range(row):
            if line.prices[earlier].covers(price):
                raise PriceNeverCounts(bank=line.bank, issuer=line.issuer, row=row + 1, earlier=earlier + 1)


def _check_groups(network: Network, former: Network | None) -> None:
    """No two groups have one number: not those of this network, nor of who is on the ledger from the former one."""
    present = {enterprise.id for enterprise in network.enterprises}
    left = [one for one in former.enterprises if one.id not in present] if former else []
    names: dict[int, str] = {}
    for enterprise in (*left, *network.enterprises):
        if enterprise.group:
            other = names.setdefault(group_number(enterprise.group), enterprise.group)
            if other != enterprise.group:
                raise GroupsAlike(group=enterprise.group, other=other)


def _passes_its_check(enterprise_id: str) -> bool:
    """Whether an id is written ``SCHEME:value`` and passes the check of its scheme, where that has one."""
    scheme, _, value = enterprise_id.partition(":")
    written = bool(scheme and value) and scheme == scheme.upper()
    return written and is_valid(PartyIdentifier(scheme=scheme, value=value))


def group_number(group: str | None) -> int:
    """The group's number on chain (u24): from its name, so that every operator says the same; 0 means its own."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:3], "big") or 1 if group else 0


def _know(workspace: Workspace, enterprise: Enterprise) -> None:
    """A key of its own for who names none; the address of the others."""
    if enterprise.address is not None:
        workspace.keyring.know(enterprise.id, enterprise.address)
    elif not workspace.keyring.holds(enterprise.id):
        workspace.keyring.create(enterprise.id)


def _register(workspace: Workspace, enterprises: list[Enterprise], progress: Progress) -> None:
    """Put them on the ledger, those together whose account banks are there. Raises what the contracts refuse."""
    addresses = workspace.keyring.addresses()
    until = workspace.today(utc_offset_minutes=0) + KYC_DAYS
    left = enterprises
    while left:
        numbers = {enterprise: number for number, enterprise in workspace.parties().items()}
        ready = [one for one in left if one.account_bank is None or one.account_bank in numbers]
        if not ready:
            raise NotFound(what="participant", id=left[0].account_bank)
        left = [one for one in left if one.account_bank is not None and one.account_bank not in numbers]
        sent = workspace.outbox.known([f"register:{one.id}" for one in ready])
        calls = []
        for one in ready:
            terms = role_bits(one.roles), group_number(one.group)
            bank = numbers[one.account_bank] if one.account_bank else 0
            call = workspace.contracts.call(
                "Participants", "register", addresses[one.id], addresses[one.id], *terms, until, bank,
                asked=json.dumps([addresses[one.id], *terms, bank]),
            )  # fmt: skip
            key = f"register:{one.id}"
            key = workspace.outbox.retried(key) if key in sent else key
            calls.append(KeyedCall(key, workspace.signer(OPERATOR), call))
        before = len(enterprises) - len(left) - len(ready)
        told = counted(progress, "enrolling the participants", before, len(enterprises))
        answers = workspace.outbox.send_all(calls, told)
        workspace.indexer.catch_up()
        for answer in answers:
            if isinstance(answer, ContractRefused):
                raise answer


def _groups(home: Home) -> dict[str, str | None]:
    """Enterprise → its group by the register in force, which knows the name of what the ledger has as a number."""
    network = home.network_or_none()
    return {enterprise.id: enterprise.group for enterprise in network.enterprises} if network else {}


def _adjust(workspace: Workspace, enterprise: Enterprise, number: int, group_before: str | None) -> Iterable[Change]:
    """The registrar says who is related to whom; the account bank of a party is the party's own to change."""
    group, bank = group_number(enterprise.group), enterprise.account_bank
    statement = select(parties.c.group, parties.c.account_bank, parties.c.roles).where(parties.c.id == number)
    with workspace.store.read() as connection:
        known = connection.execute(statement).one()
    if known.roles & ~ISSUANCE_STOPPED != role_bits(enterprise.roles):
        raise RolesFixed(enterprise=enterprise.id)
    if known.account_bank != (workspace.party(bank) if bank else 0):
        raise AccountBankFixed(enterprise=enterprise.id)
    if known.group != group:
        call = workspace.contracts.call("Participants", "regroup", number, group)
        workspace.send(f"group:{enterprise.id}:{_changes(workspace, 'PartyRegrouped')}", OPERATOR, call)
        yield Change(CHANGES["group"], enterprise.name, group_before, enterprise.group)


def _recount(workspace: Workspace, network: Network) -> None:
    """Bring banks' sums of what they promised to groups in order after a regrouping. Anyone may; who regroups must.

    Asked of the ledger and not of what was just done, so that what a crash left out is made up for.
    """
    issuers = {workspace.party(one.id) for one in network.enterprises if Role.CORE_ENTERPRISE in one.roles}
    shared = select(backers.c.bank, lines.c.issuer, lines.c.currency).join(lines, lines.c.id == backers.c.line)
    own = select(lines.c.bank, lines.c.issuer, lines.c.currency)
    limits = select(financing.c.bank, financing.c.issuer, financing.c.currency)
    with workspace.store.read() as connection:
        groups = {r.id: r.group for r in connection.execute(select(parties.c.id, parties.c.group))}
        promises = sorted(tuple(r) for r in connection.execute(own.union(shared, limits)))
    for bank, issuer, code in promises:
        if issuer not in issuers:
            continue
        currency = chain_currency_index(code)
        promise = workspace.contracts.read("CreditLedger", "promiseWord", bank, issuer, currency)
        if promise >> PROMISED_BITS != groups[issuer]:
            call = workspace.contracts.call("CreditLedger", "recount", bank, issuer, currency)
            key = f"recount:{bank}:{issuer}:{code}:{_changes(workspace, 'PromiseRecounted')}"
            workspace.send(key, OPERATOR, call)


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


def _grant_lines(workspace: Workspace, network: Network) -> Iterable[Change]:
    """Grant what is new, and change the limits that differ from the ledger's; a line's other terms never change."""
    for line in network.lines:
        bank, issuer = workspace.party(line.bank), workspace.party(line.issuer)
        key = f"{line.bank}:{line.issuer}:{line.currency}"
        known = line_row(workspace, bank, issuer, line.currency)
        if known is None:
            workspace.send(workspace.outbox.retried(f"line:{key}"), line.bank, grant_of(workspace, line))
        elif (known.expiry_day, known.calendar) != ((line.expiry - date(1970, 1, 1)).days, line.calendar):
            agreed = date(1970, 1, 1) + timedelta(days=known.expiry_day)
            raise LineTermsFixed(bank=line.bank, issuer=line.issuer, expiry=agreed, calendar=known.calendar)
        elif known.limit_minor != (limit := max(line.limit_minor, known.taken_minor)):
            call = workspace.contracts.call("CreditLedger", "setLineLimit", known.line.chain, line.limit_minor)
            workspace.send(f"limit:{key}:{_changes(workspace, 'LineLimitChanged')}", line.bank, call)
            yield Change(CHANGES["limit"], str(known.line), known.limit_minor, limit, line.currency)
        room = _financing(workspace, bank, issuer, line.currency)
        if room is None or room[0] != max(line.financing_limit_minor, room[1]):
            call = financing_limit_of(workspace, line)
            workspace.send(f"financing:{key}:{_changes(workspace, 'FinancingLimitSet')}", line.bank, call)
            if known is not None and room is not None:
                new = max(line.financing_limit_minor, room[1])
                yield Change(CHANGES["financing_limit"], str(known.line), room[0], new, line.currency)


def grant_of(workspace: Workspace, line: CreditLine) -> Call:
    """The call by which its bank grants a line. Raises NotFound (the issuer)."""
    expiry = (line.expiry - date(1970, 1, 1)).days
    return workspace.contracts.call(
        "CreditLedger", "grantLine", workspace.party(line.issuer), line.limit_minor, chain_currency_index(line.currency),
        expiry, line.utc_offset_minutes // 15, line.calendar,
    )  # fmt: skip


def financing_limit_of(workspace: Workspace, line: CreditLine) -> Call:
    """The call by which its bank says what it holds of the issuer's paper at most. Raises NotFound (the issuer)."""
    return workspace.contracts.call(
        "CreditLedger", "setFinancingLimit", workspace.party(line.issuer), chain_currency_index(line.currency),
        line.financing_limit_minor,
    )  # fmt: skip


def line_row(workspace: Workspace, bank: int, issuer: int, currency: str) -> LineRow | None:
    """The line of the ledger that the register means: the first that the bank granted to the issuer."""
    with workspace.store.read() as connection:
        rows = all_lines(connection)
    return next((r for r in rows if (r.bank, r.issuer, r.currency) == (bank, issuer, currency)), None)


def _financing(workspace: Workspace, bank: int, issuer: int, currency: str) -> tuple[int, int] | None:
    """(limit, financed) in minor units, where the bank has set a limit."""
    statement = select(financing.c.limit_minor, financing.c.financed_minor).filter_by(
        bank=bank, issuer=issuer, currency=currency
    )
    with workspace.store.read() as connection:
        row = connection.execute(statement).first()
    return (row[0], row[1]) if row else None


def _changes(workspace: Workspace, event: str) -> int:
    """How many such events there are: the next change is another operation, also back to a value that was before."""
    with workspace.store.read() as connection:
        return connection.execute(select(func.count()).select_from(events).where(called(event))).scalar_one()


def let_settlement_pay(workspace: Workspace, payer: str, tokens: Iterable[str]) -> None:
    """The payer lets Settlement draw its deposits; Settlement does so only together with the piece that is paid for."""
    for token in tokens:
        call = workspace.contracts.call(token, "approve", workspace.contracts.addresses["Settlement"], UNLIMITED)
        workspace.send(f"approve:{payer}:{token}", payer, call)
