"""Participants of the ledger as the books know them: keys, account, roles, and whether they may act."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field
from sqlalchemy import select

from chain.commands.seen.acquaintance import parties_met
from chain.commands.seen.named import Named
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import day, moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.issuance.roles import role_bits
from chain.network import Role
from chain.store.tables import keys, parties


class LedgerKey(Frozen):
    """A key that acts, or acted, for the participant."""

    address: str
    removed: bool


class AccountChange(Frozen):
    """Another account that the participant announced, and from when on it is paid there."""

    account: str
    account_bank: Participant | None
    changes_at: datetime


class Recovery(Frozen):
    """A key that the account bank proposed for a participant that lost its own; ``at`` is null until it is approved."""

    key: str
    at: datetime | None


class LedgerParty(Frozen):
    """A participant of the ledger. Account and keys are addresses, which whoever can ask a node can read."""

    participant: int
    """Its number on the ledger."""
    enterprise: Participant
    roles: tuple[str, ...]
    account: str
    """Where its cash is paid to."""
    keys: tuple[LedgerKey, ...]
    kyc_expiry: date
    suspended: bool
    issuance_stopped: bool
    """It left something unpaid, and issues nothing until that is cured."""
    group: int = Field(description="Number of its group of related parties; 0 where it has none.")
    account_bank: Participant | None
    account_change: AccountChange | None = Field(description="Its own; null for others.")
    recovery: Recovery | None = Field(description="Its own and its account bank's; null for others.")


def party_seen(home: Home, viewer: Viewer, number: int) -> LedgerParty:
    """One participant by its number. Raises NotFound, also where the viewer may not know of it."""
    named = Named(home)
    with home.store.read() as connection:
        row = connection.execute(select(parties).where(parties.c.id == number)).mappings().first()
        held = connection.execute(select(keys.c.address, keys.c.removed).where(keys.c.party == number)).all()
    if row is None or not _knows(home, viewer, number):
        raise NotFound(what="participant", id=number)
    own = viewer.sees_all or viewer.party == number
    bank = row["account_bank"]
    return LedgerParty(
        participant=number, enterprise=named.party(number),
        roles=tuple(sorted(role.value for role in Role if row["roles"] & role_bits((role,)))),
        account=row["account"],
        keys=tuple(LedgerKey(address=key.address, removed=key.removed) for key in sorted(held)),
        kyc_expiry=day(row["kyc_expiry_day"]), suspended=row["suspended"], issuance_stopped=row["issuance_stopped"],
        group=row["group"], account_bank=named.party(bank) if bank else None,
        account_change=AccountChange(
            account=row["next_account"], changes_at=moment(row["account_changes_at"]),
            account_bank=named.party(row["next_account_bank"]) if row["next_account_bank"] else None,
        ) if own and row["next_account"] else None,
        recovery=Recovery(
            key=row["recovery_key"], at=moment(row["recovery_at"]) if row["recovery_at"] else None,
        ) if (own or viewer.party == bank) and row["recovery_key"] else None,
    )  # fmt: skip


def _knows(home: Home, viewer: Viewer, number: int) -> bool:
    """Those that it met on the ledger. Papers are not enough: who names somebody in its own would learn of anybody."""
    if viewer.sees_all:
        return True
    if viewer.party is None:
        return False
    with home.store.read() as connection:
        return number in parties_met(connection, viewer.party)
