"""The trade as it stands now, matched once and kept until a document, the register or the day changes; and who is in it."""

from __future__ import annotations

import gc
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from msgspec import json
from sqlalchemy import select

from chain.commands.aliases import rulings
from chain.commands.consents import netted_minor
from chain.commands.seen.named import Participants
from chain.commands.trade import Trade, as_it_stands, load_documents
from chain.commands.workspace import Home
from chain.documents.identity import best_identifier, blinded_identity, document_key, issuer_of
from chain.documents.matching import Receivable
from chain.documents.model import Finding, Party, TradeDocument
from chain.graph.trade_graph import TradeGraph
from chain.identifiers import ObligationId
from chain.store.kept import Kept
from chain.store.tables import evidence, pieces

#: A finding that is kept is named by its number, another by so many letters of its digest.
FINDING_LETTERS = 32


@dataclass
class Known:
    """One state of the trade, with what reading it again and again needs."""

    trade: Trade
    network_key: bytes

    def named(self, document: TradeDocument) -> frozenset[str]:
        """The enterprises that the document names: seller, buyer, keeper, by the register and rulings alone. What documents
        say of ids shows nobody what is another's."""
        parties = (document.seller, document.buyer, document.keeper)
        found = (self.trade.directory.known(party) for party in parties if party is not None)
        return frozenset(enterprise for enterprise in found if enterprise is not None)

    @cached_property
    def _named_by_key(self) -> dict[str, list[frozenset[str]]]:
        found: dict[str, list[frozenset[str]]] = defaultdict(list)
        for document in self.trade.documents:
            for key in {self.trade.directory.key(document), *self._key_when_read(document)}:
                found[key].append(self.named(document))
        return dict(found)

    def _key_when_read(self, document: TradeDocument) -> Iterator[str]:
        """Findings made while reading name a document before anybody knew its author by a better id. Where that id is not
        its author's by the register and rulings, the key is that of another's document."""
        author, known = issuer_of(document), self.trade.directory.known
        best = best_identifier(author)
        if best.scheme == "NAME" or known(Party(identifiers=(best,))) == known(author):
            yield document_key(document)

    def concerns(self, key: str, enterprise: str) -> bool:
        """Whether any document of the key names the enterprise."""
        return any(enterprise in named for named in self._named_by_key.get(key, ()))

    def concerns_wholly(self, key: str, enterprise: str) -> bool:
        """Whether every document of the key names it: the same number may stand on invoices to two buyers."""
        return key in self._named_by_key and all(enterprise in named for named in self._named_by_key[key])

    def backs(self, key: str, enterprise: str) -> bool:
        """Whether the enterprise owes or is owed the invoice that counts under the key."""
        parties = self._parties.get(key)
        if parties is None and key in self.receivables:
            parties = self._parties[key] = self.named(self.trade.matching.documents[key])
        return parties is not None and enterprise in parties

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        """Invoice key → whom it names, of those that somebody asked for."""
        return {}

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """What the documents together show, by its id: it follows from them anew each time, and is kept nowhere."""
        return {finding_id(finding): finding for finding in self.trade.findings}

    @cached_property
    def receivables(self) -> dict[str, Receivable]:
        """Invoice key → what the three flows say it is worth."""
        return {receivable.document: receivable for receivable in self.trade.matching.receivables}

    @cached_property
    def keys_by_identity(self) -> dict[str, str]:
        """Blinded identity on chain (0x…) → document key."""
        return {f"0x{blinded_identity(key, self.network_key).hex()}": key for key in self.receivables}


def finding_id(finding: Finding) -> str:
    """A digest of what a finding says, which stays the same for as long as it is found."""
    return hashlib.sha256(json.encode(finding)).hexdigest()[:FINDING_LETTERS]


class CurrentTrade:
    """Keeps the last `Known`. Threads share it; one of them matches while the others wait.

    New documents are added to the graph that is here; another register or another day begins a new one.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._kept = Kept(lambda: (home.facts().said, home.date()), self._read)
        self._participants = Kept(home.named, self._read_participants, is_quick=True)
        self._graph: TradeGraph | None = None
        self._documents: list[TradeDocument] = []
        self._last = 0

    def get(self) -> Known:
        """The trade of this moment."""
        return self._kept.get()

    def participants(self) -> Participants:
        """Those of this moment."""
        return self._participants.get()

    def _read_participants(self, _: Participants | None) -> Participants:
        return Participants(self._home)

    def documents_of_evidence(self, obligation: ObligationId) -> dict[int, str]:
        """Evidence number → document key, of an obligation's pieces and for the documents that are stored here."""
        keys = self.get().keys_by_identity
        behind = select(pieces.c.evidence).where(pieces.c.obligation == obligation.chain)
        with self._home.store.read() as connection:
            rows = connection.execute(select(evidence.c.id, evidence.c.identity).where(evidence.c.id.in_(behind))).all()
        return {row.id: keys[row.identity] for row in rows if row.identity in keys}

    def _read(self, before: Known | None) -> Known:
        known = Known(self._trade(), self._home.network_key)
        if before is None:
            gc.freeze()  # nearly all of it stays; a look through it for garbage would stop every reader for a while
        return known

    def _trade(self) -> Trade:
        network, today, ruled = self._home.network_or_none(), self._home.date(), tuple(rulings(self._home))
        graph, netted = self._graph, netted_minor(self._home)
        if graph is None or (graph.network, graph.today, graph.rulings) != (network, today, ruled):
            graph, self._documents, self._last = TradeGraph(network, today, ruled), [], 0
        graph.netted = netted
        # A graph that failed half way is not kept.
        self._graph = None
        new, self._last = load_documents(self._home, self._last)
        graph.add(new)
        self._documents += new
        self._graph = graph
        return as_it_stands(graph, self._documents)
