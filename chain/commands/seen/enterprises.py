"""The register as a viewer may see it: whom it may know of (`acquaintance`), and what it may know of them."""

from __future__ import annotations

from pydantic import Field

from chain.commands.seen.acquaintance import Acquaintance, may_know_of
from chain.commands.seen.current import CurrentTrade, Known
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
    known = current.get()
    acquaintance = Acquaintance(home, known, viewer)
    there = sorted(may_know_of(home, known, viewer, acquaintance))
    ids, cursor = page(there, lambda one: (one,), after, most)
    return tuple(_shown(home, known, viewer, acquaintance, ids)), cursor


def enterprise_seen(home: Home, current: CurrentTrade, viewer: Viewer, enterprise: str) -> EnterpriseSeen:
    """One of them. Raises NotFound."""
    known = current.get()
    acquaintance = Acquaintance(home, known, viewer)
    if enterprise not in may_know_of(home, known, viewer, acquaintance):
        raise NotFound(what="enterprise", id=enterprise)
    (shown,) = _shown(home, known, viewer, acquaintance, (enterprise,))
    return shown


def _shown(
    home: Home, known: Known, viewer: Viewer, acquaintance: Acquaintance, ids: tuple[str, ...]
) -> list[EnterpriseSeen]:
    network, nodes = home.network_or_none(), known.trade.graph.graph.nodes
    registered = {entry.id: entry for entry in network.enterprises} if network else {}
    numbers = acquaintance.numbers
    found = []
    for enterprise in ids:
        entry, own = registered.get(enterprise), viewer.sees_all or viewer.enterprise == enterprise
        name = entry.name if entry else nodes[enterprise].get("name") if enterprise in nodes else None
        bank = registered.get(entry.account_bank) if entry and entry.account_bank else None
        found.append(
            EnterpriseSeen(
                id=enterprise, name=name or acquaintance.names.get(enterprise) or enterprise,
                registered=entry is not None,
                roles=tuple(sorted(role.value for role in entry.roles)) if entry and enterprise in numbers else (),
                participant=numbers.get(enterprise), group=entry.group if entry and own else None,
                account_bank=Participant(id=bank.id, name=bank.name) if bank and own else None,
            )
        )  # fmt: skip
    return found
