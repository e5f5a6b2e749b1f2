"""The trade as it stands now, matched once and kept until a document, the register or the day changes."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, select

from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import Home
from chain.documents.identity import blinded_identity, document_key
from chain.documents.matching import Receivable
from chain.store.tables import documents, evidence, networks


@dataclass
class Known:
    """One state of the trade, with what reading it again and again needs."""

    trade: Trade
    network_key: bytes

    @cached_property
    def parties(self) -> dict[str, frozenset[str]]:
        """Document key → the enterprises that it names: seller, buyer, keeper."""
        found: dict[str, frozenset[str]] = {}
        for document in self.trade.documents:
            named = (document.seller, document.buyer, document.keeper)
            own = frozenset(self.trade.directory.resolve(party) for party in named if party is not None)
            # Findings made while reading name a document before anybody knew its seller by a better id.
            for key in {self.trade.directory.key(document), document_key(document)}:
                found[key] = found.get(key, frozenset()) | own
        return found

    @cached_property
    def receivables(self) -> dict[str, Receivable]:
        """Invoice key → what the three flows say it is worth."""
        return {receivable.document: receivable for receivable in self.trade.matching.receivables}

    @cached_property
    def keys_by_identity(self) -> dict[str, str]:
        """Blinded identity on chain (0x…) → document key."""
        return {f"0x{blinded_identity(key, self.network_key).hex()}": key for key in self.receivables}


class CurrentTrade:
    """Keeps the last `Known`. Threads share it; one of them matches while the others wait."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: tuple[str, Known] | None = None

    def get(self) -> Known:
        """The trade of this moment."""
        with self._lock:
            version = self._version()
            if self._kept is None or self._kept[0] != version:
                self._kept = version, Known(load_trade(self._home), self._home.network_key)
            return self._kept[1]

    def documents_of_evidence(self) -> dict[int, str]:
        """Evidence number → document key, for the documents that are stored here."""
        keys = self.get().keys_by_identity
        with self._home.store.read() as connection:
            rows = connection.execute(select(evidence.c.id, evidence.c.identity)).all()
        return {row.id: keys[row.identity] for row in rows if row.identity in keys}

    def _version(self) -> str:
        with self._home.store.read() as connection:
            newest = connection.execute(select(func.max(documents.c.sequence), func.count())).one()
            register = connection.execute(select(networks.c.body)).scalar()
        facts = json.dumps([list(newest), register, self._home.date().isoformat()], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()
