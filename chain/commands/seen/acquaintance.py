"""Whom an enterprise may know of: those it trades with, and those it shares a line, a piece, a guarantee or a loan with."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.store.tables import backers, guarantees, lines, loans, lots, obligations, parties, pieces, receipts


def traded_with(known: Known, enterprise: str) -> set[str]:
    """The enterprises that documents name together with this one, which the register or rulings say it is."""
    graph = known.trade.graph.graph
    if enterprise not in graph:
        return set()
    edges = (*graph.in_edges(enterprise, data="document"), *graph.out_edges(enterprise, data="document"))
    return {
        end for source, target, key in edges if known.concerns(key, enterprise) for end in (source, target)
    } - {enterprise}  # fmt: skip


def enterprises_met(home: Home, current: CurrentTrade, viewer: Viewer) -> set[str]:
    """Ids of all whom the viewer may know of, itself among them; everybody for who reads everything."""
    known = current.get()
    if viewer.sees_all:
        return set(home.names()) | set(known.trade.graph.graph.nodes)
    found = traded_with(known, viewer.enterprise) | {viewer.enterprise}
    if viewer.party is not None:
        numbers = home.parties()
        with home.store.read() as connection:
            found |= {numbers[party] for party in parties_met(connection, viewer.party) if party in numbers}
    return found


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


def _givers(party: int):  # type: ignore[no-untyped-def]
    """Whoever had what the party's pieces were cut from, up to the issuer's first holder."""
    start = select(pieces.c.obligation, pieces.c.parent.label("index"))
    way = start.where(pieces.c.owner == party, pieces.c.parent != 0).cte("way", recursive=True)
    above = pieces.alias("above")
    here = (above.c.obligation == way.c.obligation) & (above.c.index == way.c.index)
    way = way.union(select(above.c.obligation, above.c.parent).join(way, here).where(above.c.parent != 0))
    here = (pieces.c.obligation == way.c.obligation) & (pieces.c.index == way.c.index)
    return select(pieces.c.owner).join(way, here).distinct()
