"""The picture of the chain as a viewer may see it: a party's own way in it, the whole to who reads everything."""

from __future__ import annotations

from collections.abc import Iterable

from chain.books.portfolio import PieceRow
from chain.commands.picture import DRAWN_AS, RETURNED, blocked_trade, make_picture, summed
from chain.commands.seen.acquaintance import Acquaintance
from chain.commands.seen.current import CurrentTrade, Known
from chain.commands.seen.viewer import Stake, Viewer
from chain.commands.seen.vouchers import Books, live
from chain.commands.workspace import Home
from chain.documents.matching import Receivable
from chain.network import Enterprise, Role
from chain.picture.model import Flow, FlowKind, Node, Picture

Seen = list[tuple[PieceRow, Stake]]


def picture_seen(home: Home, current: CurrentTrade, viewer: Viewer, currency: str, language: str) -> Picture:
    """One currency's picture at the last block read. Raises NoNetwork."""
    if viewer.sees_all:
        return make_picture(home, currency, language, current.get().trade)
    books = Books(home, current)
    seen = [(piece, own) for piece, own in books.seen(viewer) if piece.currency == currency]
    flows = tuple(summed(_flows(books, viewer, seen)))
    known = current.get()
    trade, acquaintance = known.trade, Acquaintance(home, known, viewer)
    blocked = tuple(blocked_trade(trade, language, receivables=_own(known, viewer, acquaintance)))
    shown = {viewer.enterprise}
    shown |= {end for flow in flows for end in (flow.source, flow.target)}
    shown |= {end for entry in blocked for end in (entry.source, entry.target)}
    tiers = trade.graph.tier_of_each()
    nodes = tuple(
        _node(books, viewer, enterprise, _drawn(enterprise, acquaintance, tiers), seen, currency)
        for enterprise in home.network().enterprises
        if enterprise.id in shown
    )
    return Picture(currency=currency, nodes=nodes, flows=flows, blocked=blocked, day=home.date())


def _own(known: Known, viewer: Viewer, acquaintance: Acquaintance) -> Iterable[Receivable]:
    """Receivables of the viewer whose other side it knows, or whose invoice writes who that is."""
    for receivable in known.trade.matching.receivables:
        ends = receivable.seller, receivable.buyer
        own = viewer.enterprise in ends and known.backs(receivable.document, viewer.enterprise)
        if own and all(acquaintance.end(one, receivable.document) == one for one in ends):
            yield receivable


def _drawn(enterprise: Enterprise, acquaintance: Acquaintance, tiers: dict[str, int]) -> tuple[Role, int | None]:
    """What it is drawn as, and its tier. One whose roles the viewer is not told stands where its tier is, else outside."""
    if acquaintance.met(enterprise.id):
        role = next(role for role in DRAWN_AS if role in enterprise.roles)
        tier = tiers.get(enterprise.id) if role is Role.SUPPLIER else None
        return role, 0 if role is Role.CORE_ENTERPRISE else tier
    tier = tiers.get(enterprise.id) if acquaintance.knows(enterprise.id) else None
    return Role.CORE_ENTERPRISE if tier == 0 else Role.SUPPLIER, tier


def _flows(books: Books, viewer: Viewer, seen: Seen) -> Iterable[Flow]:
    for piece, own in seen:
        # A party whose key is kept elsewhere has no name here, and stands in no picture.
        owner, issuer = books.numbers.get(piece.owner), books.numbers.get(piece.issuer)
        giver = books.numbers.get(piece.giver)
        if piece.state in RETURNED or owner is None or issuer is None or giver is None:
            continue
        amount = piece.initial_minor
        line = books.lines[piece.piece.obligation.line]
        bank = books.numbers.get(line.bank)
        if piece.parent is None and bank is not None and (own.issuer or viewer.party == line.bank):
            yield Flow(
                source=bank, target=issuer, kind=FlowKind.LINE, amount_minor=amount, pieces=1,
                limit_minor=line.limit_minor,
            )  # fmt: skip
        kind = FlowKind.ISSUED if piece.parent is None else FlowKind.TRANSFERRED
        yield Flow(
            source=giver, target=owner, kind=FlowKind.FINANCED if piece.financed else kind, amount_minor=amount,
            pieces=1,
        )  # fmt: skip
        if piece.state == "redeemed" and own.remainder:
            yield Flow(source=issuer, target=owner, kind=FlowKind.REDEEMED, amount_minor=piece.amount_minor, pieces=1)


def _node(
    books: Books, viewer: Viewer, enterprise: Enterprise, drawn: tuple[Role, int | None], seen: Seen, currency: str
) -> Node:
    """An enterprise with what the viewer may know of it: its own figures, or those of pieces that it sees whole."""

    def its(number: int) -> bool:
        return books.numbers.get(number) == enterprise.id

    whole = [piece for piece, own in seen if own.remainder and its(piece.owner)]
    sold = [piece for piece, _ in seen if piece.financed and its(piece.giver)]
    lined = [
        line
        for line in books.lines.values()
        if line.currency == currency and viewer.party in (line.bank, line.issuer) and (its(line.bank) or its(line.issuer))
    ]  # fmt: skip
    role, tier = drawn
    return Node(
        id=enterprise.id,
        name=enterprise.name,
        role=role,
        tier=tier,
        held_minor=sum(piece.amount_minor for piece in whole if live(piece)),
        financed_minor=sum(p.initial_minor for p in sold)
        + sum(p.amount_minor for p in whole if p.financed and live(p)),
        redeemed_minor=sum(piece.amount_minor for piece in whole if piece.state == "redeemed"),
        limit_minor=sum(line.limit_minor for line in lined) if lined else None,
        used_minor=sum(line.used_minor for line in lined) if lined else None,
    )
