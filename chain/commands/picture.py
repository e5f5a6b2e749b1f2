"""The picture of the chain from the books: who is who, and where the credit went. One currency a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable

from chain.books.portfolio import LineRow, PieceRow, all_lines, all_pieces
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import Home
from chain.documents.matching import Receivable
from chain.language import translate
from chain.network import Enterprise, Role
from chain.picture.model import BlockedTrade, Flow, FlowKind, Node, Picture

#: States in which a piece's amount never moved: the offer came to nothing.
RETURNED = ("rejected", "expired", "voided")
#: What an enterprise with several roles is drawn as, the first that fits.
DRAWN_AS = (
    Role.BANK, Role.CORE_ENTERPRISE, Role.SUPPLIER, Role.KEEPER, Role.GUARANTOR, Role.REGULATOR, Role.ATTESTOR, Role.OPERATOR,
)  # fmt: skip


def make_picture(
    home: Home, currency: str, language: str = "en", trade: Trade | None = None, among: Container[str] | None = None
) -> Picture:
    """The network as it stands at the last block read, all of it or what flows ``among`` some enterprises (their ids);
    ``trade`` where the caller has it. Raises NoNetwork."""
    network = home.network()
    trade = trade or load_trade(home)
    numbers = home.parties()
    with home.store.read() as connection:
        pieces = [piece for piece in all_pieces(connection) if piece.currency == currency]
        lines = [line for line in all_lines(connection) if line.currency == currency]
    tiers = trade.graph.tier_of_each()
    drawn = {one.id for one in network.enterprises if among is None or one.id in among}
    nodes = (_node(one, tiers, numbers, pieces, lines) for one in network.enterprises if one.id in drawn)
    flows = (flow for flow in summed(_flows(pieces, lines, numbers)) if {flow.source, flow.target} <= drawn)
    return Picture(
        currency=currency, nodes=tuple(nodes), flows=tuple(flows), blocked=tuple(blocked_trade(trade, language, among)),
        day=home.date(),
    )  # fmt: skip


def _node(
    enterprise: Enterprise, tiers: dict[str, int], numbers: dict[int, str], pieces: list[PieceRow], lines: list[LineRow]
) -> Node:
    own = [piece for piece in pieces if numbers.get(piece.owner) == enterprise.id]
    role = next(role for role in DRAWN_AS if role in enterprise.roles)
    lined = [line for line in lines if enterprise.id in (numbers.get(line.bank), numbers.get(line.issuer))]
    by_index = {piece.piece: piece for piece in pieces}
    sold = [
        piece
        for piece in pieces
        if piece.financed and piece.parent and numbers.get(by_index[piece.parent].owner) == enterprise.id
    ]
    bought = [piece for piece in own if piece.financed and piece.live]
    return Node(
        id=enterprise.id,
        name=enterprise.name,
        role=role,
        tier=0 if role is Role.CORE_ENTERPRISE else tiers.get(enterprise.id) if role is Role.SUPPLIER else None,
        held_minor=sum(piece.amount_minor for piece in own if piece.live),
        financed_minor=sum(p.initial_minor for p in sold) + sum(p.amount_minor for p in bought),
        redeemed_minor=sum(piece.amount_minor for piece in own if piece.state == "redeemed"),
        limit_minor=sum(line.limit_minor for line in lined) if lined else None,
        used_minor=sum(line.used_minor for line in lined) if lined else None,
    )


def _flows(pieces: list[PieceRow], lines: list[LineRow], numbers: dict[int, str]) -> Iterable[Flow]:
    by_id = {piece.piece: piece for piece in pieces}
    line_of = {line.line: line for line in lines}
    for piece in pieces:
        if piece.state in RETURNED:
            continue
        owner, issuer = numbers[piece.owner], numbers[piece.issuer]
        if piece.parent is None:
            line = line_of[piece.piece.obligation.line]
            yield Flow(
                source=numbers[line.bank], target=issuer, kind=FlowKind.LINE, amount_minor=piece.initial_minor,
                pieces=1, limit_minor=line.limit_minor,
            )  # fmt: skip
            yield Flow(source=issuer, target=owner, kind=FlowKind.ISSUED, amount_minor=piece.initial_minor, pieces=1)
        else:
            payer = numbers[by_id[piece.parent].owner]
            kind = FlowKind.FINANCED if piece.financed else FlowKind.TRANSFERRED
            yield Flow(source=payer, target=owner, kind=kind, amount_minor=piece.initial_minor, pieces=1)
        if piece.state == "redeemed":
            yield Flow(source=issuer, target=owner, kind=FlowKind.REDEEMED, amount_minor=piece.amount_minor, pieces=1)


def summed(flows: Iterable[Flow]) -> Iterable[Flow]:
    """One flow for each pair of parties and kind."""
    sums: dict[tuple[str, str, FlowKind], list[Flow]] = defaultdict(list)
    for flow in flows:
        sums[flow.source, flow.target, flow.kind].append(flow)
    for (source, target, kind), group in sorted(sums.items()):
        yield Flow(
            source=source, target=target, kind=kind, amount_minor=sum(flow.amount_minor for flow in group),
            pieces=len(group), limit_minor=group[0].limit_minor,
        )  # fmt: skip


def blocked_trade(
    trade: Trade, language: str, among: Container[str] | None = None, receivables: Iterable[Receivable] | None = None
) -> Iterable[BlockedTrade]:
    """Receivables between enrolled enterprises that may not carry credit, all or those ``among`` some. An invoice to oneself
    is no flow. ``receivables``: only of these."""
    enrolled = trade.network.enterprises if trade.network else ()
    known = {one.id for one in enrolled if among is None or one.id in among}
    for receivable in trade.matching.receivables if receivables is None else receivables:
        ends = {receivable.seller, receivable.buyer}
        if receivable.blocked_by and len(ends) == 2 and ends <= known:
            yield BlockedTrade(
                source=receivable.buyer, target=receivable.seller, rule=receivable.blocked_by,
                reason=translate(receivable.blocked_by, language), amount_minor=receivable.payable_minor,
            )  # fmt: skip
