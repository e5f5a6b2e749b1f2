"""Whom an enterprise may know of: those it trades with, and those it shares a line, a piece, a guarantee or a loan with.

What it is told of them is one rule for every answer (`Acquaintance`). Anybody can write anybody's id on a paper of its own,
so a paper alone tells nothing that is not written on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from chain.commands.financing_requests import sides_of
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.documents.identity import best_identifier, issuer_of, normalised_identifier
from chain.documents.model import Party, TradeDocument
from chain.graph.supply_chain import Relation
from chain.store.tables import backers, guarantees, lines, loans, lots, obligations, parties, pieces, receipts

Edge = tuple[str, str, dict[str, Any]]


class Acquaintance:
    """What a viewer is told of others, in one state of the trade.

    1. Whom it met on the ledger, asked for a quote or was asked by, and itself: roles, tier, and that other ids are theirs.
    2. Of a partner in an accepted invoice, which both sides' papers prove: tier and ids, no roles.
    3. Of whom papers name beside it otherwise: what they write.

    Who reads everything is told all.
    """

    def __init__(self, home: Home, known: Known, viewer: Viewer) -> None:
        self._home, self._known, self._viewer = home, known, viewer
        self.names: dict[str, str] = {}
        """Id as a paper writes it → the name beside it, of those that were told so."""

    @cached_property
    def numbers(self) -> dict[str, int | None]:
        """Enterprise → its number on the ledger, of all whom the viewer met there, and itself."""
        known: dict[str, int | None] = {enterprise: number for number, enterprise in self._home.parties().items()}
        if self._viewer.sees_all:
            return dict.fromkeys(self._home.names()) | known
        met: set[int] = set()
        asked: set[str] = set()
        if self._viewer.party is not None:
            with self._home.store.read() as connection:
                met = parties_met(connection, self._viewer.party)
                asked = sides_of(connection, self._viewer.enterprise)
        return {self._viewer.enterprise: self._viewer.party} | {
            one: number for one, number in known.items() if number in met or one in asked
        }

    @cached_property
    def partners(self) -> frozenset[str]:
        """The other sides of its accepted invoices. The invoice is the seller's word, order and receipt are the buyer's."""
        known, own = self._known, self._viewer.enterprise
        found = set()
        for source, target, edge in own_edges(known, own):
            if edge["relation"] is not Relation.INVOICED or not edge["accepted"]:
                continue
            key, other = edge["document"], target if source == own else source
            receivable = known.receivables[key]
            proven = receivable.orders or receivable.receipts
            if proven and known.backs(key, own) and known.backs(key, other):
                found.add(other)
        return frozenset(found)

    def met(self, enterprise: str) -> bool:
        """Whether the viewer is told its roles."""
        return self._viewer.sees_all or enterprise in self.numbers

    def knows(self, enterprise: str) -> bool:
        """Whether the viewer is told its tier, and who it is where a paper writes another id of it."""
        return self.met(enterprise) or enterprise in self.partners

    def id_of(self, document: TradeDocument, party: Party) -> str:
        """A party of a document by the id that the viewer is told: the enterprise's where it knows that one, else as the document
        writes it. The document's author is told: the document's key names it."""
        enterprise = self._known.trade.directory.resolve(party)
        if party is issuer_of(document) or self.knows(enterprise):
            return enterprise
        if enterprise in {str(normalised_identifier(one)) for one in party.identifiers}:
            return enterprise
        written = str(best_identifier(party))
        self.names.setdefault(written, party.name or written)
        return written

    def end(self, enterprise: str, key: str) -> str:
        """The same of one whom the counting document of a key names."""
        if self.knows(enterprise):
            return enterprise
        document = self._known.trade.matching.documents.get(key)
        parties = (document.seller, document.buyer, document.keeper) if document is not None else ()
        for party in parties:
            if document is not None and party is not None and self._known.trade.directory.resolve(party) == enterprise:
                return self.id_of(document, party)
        return enterprise

    def relations(self) -> Iterator[Edge]:
        """The viewer's own relations, their ends by the ids that it is told."""
        for source, target, edge in own_edges(self._known, self._viewer.enterprise):
            yield self.end(source, edge["document"]), self.end(target, edge["document"]), edge


def own_edges(known: Known, enterprise: str) -> Iterator[Edge]:
    """The edges of an enterprise, either way, of documents that name it by the register or rulings."""
    graph = known.trade.graph.graph
    if enterprise not in graph:
        return
    for edges in (graph.in_edges(enterprise, data=True), graph.out_edges(enterprise, data=True)):
        for source, target, edge in edges:
            if known.concerns(edge["document"], enterprise):
                yield source, target, edge


def enterprises_met(home: Home, current: CurrentTrade, viewer: Viewer) -> set[str]:
    """Ids of all whom the viewer may know of, itself among them; everybody for who reads everything."""
    known = current.get()
    return may_know_of(home, known, viewer, Acquaintance(home, known, viewer))


def may_know_of(home: Home, known: Known, viewer: Viewer, acquaintance: Acquaintance) -> set[str]:
    """The same, where it is known already whom the viewer met."""
    if viewer.sees_all:
        return set(home.names()) | set(known.trade.graph.graph.nodes)
    ends = {end for source, target, _ in acquaintance.relations() for end in (source, target)}
    return ends | acquaintance.numbers.keys() | {viewer.enterprise}


def parties_met(connection: Connection, party: int) -> set[int]:
    """Numbers of the parties that one meets on the ledger.

    A bank meets who had a piece under its lines, an issuer who had one of its own; a holder meets the way up to it, whom it
    gave to, the issuer and the bank.
    """
    of_pieces = select(pieces.c.owner).join(obligations, obligations.c.id == pieces.c.obligation).distinct()
    granted = select(lines.c.id).where(lines.c.bank == party)
    lined = or_(lines.c.bank == party, lines.c.issuer == party)
    ways = pieces.alias("ways")
    child = pieces.alias("child")
    terms = select(obligations.c.issuer, lines.c.bank).join(lines, lines.c.id == obligations.c.line).distinct()
    backed = backers.c.line == lines.c.id
    answered = select(guarantees.c.guarantor).join(obligations, obligations.c.id == guarantees.c.obligation)
    statements = (
        select(lines.c.bank, lines.c.issuer).where(lined),
        select(backers.c.bank).join(lines, backed).where(lined),
        select(lines.c.bank, lines.c.issuer).join(backers, backed).where(backers.c.bank == party),
        of_pieces.where(obligations.c.issuer == party),
        of_pieces.where(obligations.c.line.in_(granted)),
        terms.join(pieces, pieces.c.obligation == obligations.c.id).where(pieces.c.owner == party),
        select(child.c.owner)
        .join(ways, (child.c.obligation == ways.c.obligation) & (child.c.parent == ways.c.index))
        .where(ways.c.owner == party),
        _givers(party),
        terms.join(guarantees, guarantees.c.obligation == obligations.c.id).where(guarantees.c.guarantor == party),
        answered.where(or_(obligations.c.issuer == party, obligations.c.line.in_(granted))),
        select(loans.c.bank, loans.c.borrower).where(or_(loans.c.bank == party, loans.c.borrower == party)),
        select(lots.c.keeper, lots.c.depositor)
        .join(receipts, receipts.c.lot == lots.c.lot)
        .where(receipts.c.owner == party),
        select(receipts.c.owner, lots.c.depositor)
        .join(lots, lots.c.lot == receipts.c.lot)
        .where(lots.c.keeper == party),
        select(parties.c.account_bank).where(parties.c.id == party),
        select(parties.c.id).where(parties.c.account_bank == party),
    )
    found = {number for statement in statements for row in connection.execute(statement) for number in row}
    return (found | {party}) - {0}


def _givers(party: int) -> Select[int]:
    """Whoever had what the party's pieces were cut from, up to the issuer's first holder."""
    start = select(pieces.c.obligation, pieces.c.parent.label("index"))
    way = start.where(pieces.c.owner == party, pieces.c.parent != 0).cte("way", recursive=True)
    above = pieces.alias("above")
    here = (above.c.obligation == way.c.obligation) & (above.c.index == way.c.index)
    way = way.union(select(above.c.obligation, above.c.parent).join(way, here).where(above.c.parent != 0))
    here = (pieces.c.obligation == way.c.obligation) & (pieces.c.index == way.c.index)
    return select(pieces.c.owner).join(way, here).distinct()
