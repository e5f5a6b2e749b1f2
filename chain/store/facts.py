"""What tells in one look whether that which a process keeps of the database is still so."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from chain.store.database import Store
from chain.store.prepared import Prepared
from chain.store.tables import aliases, blocks, documents, netting_consents, networks


class Facts(NamedTuple):
    """Of one moment. Documents, rulings and consents are only ever added to, so the newest one's number tells of all; the books
    are those of the last block.
    """

    register: int | None
    """Its version; None where there is none yet."""
    document: int | None
    ruling: int | None
    consent: int | None
    block: int
    """The last one in the books; −1 before the first."""
    block_hash: str
    timestamp: int
    """Of the last block, unix seconds; 0 before the first."""

    @property
    def said(self) -> tuple[int | None, ...]:
        """What documents, the register and persons say, of which the trade is made; no block makes another."""
        return self.register, self.document, self.ruling, self.consent

    @property
    def checkpoint(self) -> tuple[int, str]:
        """Number and hash; the books are those of this block."""
        return self.block, self.block_hash


_LAST = select(func.max(blocks.c.number)).scalar_subquery()
_FACTS = Prepared(select(
    select(networks.c.version).where(networks.c.id == 1).scalar_subquery(),
    select(func.max(documents.c.sequence)).scalar_subquery(),
    select(func.max(aliases.c.id)).scalar_subquery(),
    select(func.max(netting_consents.c.id)).scalar_subquery(),
    func.coalesce(_LAST, -1),
    func.coalesce(select(blocks.c.hash).where(blocks.c.number == _LAST).scalar_subquery(), ""),
    func.coalesce(select(blocks.c.timestamp).where(blocks.c.number == _LAST).scalar_subquery(), 0),
))  # fmt: skip


def facts(store: Store) -> Facts:
    """Those of this moment."""
    return Facts._make(store.ask(_FACTS, {})[0])
