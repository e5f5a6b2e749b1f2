"""The register as a viewer may see it: whom it may know of (`acquaintance`), and what it may know of them."""

from __future__ import annotations

from pydantic import Field

from chain.commands.seen.acquaintance import enterprises_met, parties_met
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.pages import page
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound


class EnterpriseSeen(Frozen):
    """An enterprise that the caller trades with, or shares a line, a piece or a loan with."""

    id: str
    name: str
    registered: bool
    """False: documents name it, and the register does not."""
    roles: tuple[str, ...]
    """None are told of one that the caller knows from papers alone, which may be its own."""
    participant: int | None = Field(
        description="Its number on the ledger; null while it is not enrolled, and where the caller has not met it there."
    )
    group: str | None = Field(description="Its group of related parties; only itself and who reads everything see it.")
    account_bank: Participant | None = Field(description="Who attests that its cash came; seen as group is.")


def enterprises_seen(
    home: Home, current: CurrentTrade, viewer: Viewer, *, after: str | None = None, most: int = 100
) -> tuple[tuple[EnterpriseSeen, ...], str | None]:
    """The enterprises that the viewer may know of, in the order of their ids, and the next page's cursor. Raises PageUnknown."""
    ids, cursor = page(sorted(enterprises_met(home, current, viewer)), lambda one: (one,), after, most)
    return tuple(_shown(home, current, viewer, ids)), cursor


def enterprise_seen(home: Home, current: CurrentTrade, viewer: Viewer, enterprise: str) -> EnterpriseSeen:
    """One of them. Raises NotFound."""
    if enterprise not in enterprises_met(home, current, viewer):
        raise NotFound(what="enterprise", id=enterprise)
    (shown,) = _shown(home, current, viewer, (enterprise,))
    return shown


def _shown(home: Home, current: CurrentTrade, viewer: Viewer, ids: tuple[str, ...]) -> list[EnterpriseSeen]:
    network, nodes = home.network_or_none(), current.get().trade.graph.graph.nodes
    registered = {entry.id: entry for entry in network.enterprises} if network else {}
    numbers = _numbers(home, viewer)
    found = []
    for enterprise in ids:
        entry, own = registered.get(enterprise), viewer.sees_all or viewer.enterprise == enterprise
        name = entry.name if entry else nodes[enterprise].get("name") if enterprise in nodes else None
        bank = registered.get(entry.account_bank) if entry and entry.account_bank else None
        found.append(
            EnterpriseSeen(
                id=enterprise, name=name or enterprise, registered=entry is not None,
                roles=tuple(sorted(role.value for role in entry.roles)) if entry and enterprise in numbers else (),
                participant=numbers.get(enterprise), group=entry.group if entry and own else None,
                account_bank=Participant(id=bank.id, name=bank.name) if bank and own else None,
            )
        )  # fmt: skip
    return found


def _numbers(home: Home, viewer: Viewer) -> dict[str, int | None]:
    """Enterprise → its number on the ledger, of all whom the viewer met there, and itself."""
    known: dict[str, int | None] = {enterprise: number for number, enterprise in home.parties().items()}
    if viewer.sees_all:
        return dict.fromkeys(home.names()) | known
    met = set()
    if viewer.party is not None:
        with home.store.read() as connection:
            met = parties_met(connection, viewer.party)
    return {viewer.enterprise: viewer.party} | {one: number for one, number in known.items() if number in met}
