"""At maturity: the issuer pays its holders, in its banks' deposits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from chain.books.happened import about
from chain.commands.due import due
from chain.commands.finance import token_name
from chain.commands.pieces import expire
from chain.commands.sales import complete, unlock
from chain.commands.workspace import OPERATOR, Home, Workspace
from chain.errors import ContractRefused, NotFound, RuleBroken
from chain.identifiers import ObligationId, PieceId
from chain.money import Money
from chain.store.tables import events, lines, pieces, sales

#: Pieces that one redemption pays at most; each costs about 60,000 gas with its cash.
PIECES_A_REDEMPTION = 200


@dataclass
class Redemption:
    """What a redemption came to."""

    paid: list[PieceId] = field(default_factory=list)
    left: dict[PieceId, str] = field(default_factory=dict)
    """Piece → the rule that keeps it from being paid now."""


class NothingDue(RuleBroken):
    message = "nothing that {issuer} issued is due"
    next_step = "wait for the day of maturity"


def obligations_due(home: Home, issuer: str) -> list[ObligationId]:
    """The issuer's obligations of which anything is due. Raises NothingDue."""
    found = list(dict.fromkeys(one.piece.obligation for one in due(home, issuer)))
    if not found:
        raise NothingDue(issuer=home.names().get(issuer, issuer))
    return found


def worth_of_due(home: Home, issuer: str, obligations: Collection[ObligationId] | None) -> list[Money]:
    """What it takes to pay all that is due of these obligations (None: of all): no more whatever changes hands meanwhile."""
    found = due(home, issuer)
    return [
        Money(d.amount_minor, d.currency) for d in found if obligations is None or d.piece.obligation in obligations
    ]


def worth_returning(home: Home, issuer: str, wanted: Collection[PieceId]) -> list[Money]:
    """What comes back to these pieces, so that it is paid with them, once what was cut from them and is on its way is ended."""
    on_its_way = [one for one in due(home, issuer) if one.state != "held" and one.piece not in wanted]
    return [Money(one.amount_minor, one.currency) for one in on_its_way if one.parent in wanted]


def redeem_due(workspace: Workspace, issuer: str, obligations: Collection[ObligationId] | None = None) -> Redemption:
    """The issuer pays everything that is due, or that is due of these obligations, in the deposits of each line's bank.

    What is still on its way is ended first, so that whoever it goes back to, or has bought it, is paid too. A piece that
    cannot be paid keeps no other from being paid. Where nothing can be paid, raises what the contracts refuse, such as too few
    deposits.
    """
    _end_what_is_on_its_way(workspace, issuer)
    held = [d.piece for d in due(workspace, issuer) if d.state == "held"]
    payable = [piece for piece in held if obligations is None or piece.obligation in obligations]
    return _redeem(workspace, lambda batch: workspace.outbox.retried(_key("redeem", batch)), issuer, payable)


def paid_since(home: Home, obligations: Collection[ObligationId], block: int) -> list[PieceId]:
    """The pieces of these obligations that were paid in blocks after one, in the order of their ids: also by what was sent before
    a signature was waited for, or before the service was started again."""
    within = pieces.c.obligation.in_([one.chain for one in obligations])
    places = select(pieces.c.obligation, pieces.c.index).where(within, pieces.c.state == "redeemed")
    with home.store.read() as connection:
        rows = connection.execute(places.order_by(pieces.c.obligation, pieces.c.index)).all()
        paid = [PieceId(ObligationId.from_chain(obligation), index) for obligation, index in rows]
        return [piece for piece in paid if _was_paid_after(connection, piece, block)]


def _was_paid_after(connection: Connection, piece: PieceId, block: int) -> bool:
    later = (events.c.name == "PieceRedeemed") & (events.c.block_number > block)
    return connection.execute(select(events.c.name).where(about(piece.chain), later)).first() is not None


def redeem(workspace: Workspace, key: str, issuer: str, wanted: Sequence[PieceId]) -> Redemption:
    """The issuer pays the holders of ``wanted``, else as `redeem_due`. Raises what the contracts refuse: not mature yet, …"""
    _end_what_is_on_its_way(workspace, issuer)
    return _redeem(workspace, lambda batch: _key(key, batch), issuer, wanted)


def _redeem(
    workspace: Workspace, key_of: Callable[[Sequence[PieceId]], str], issuer: str, wanted: Sequence[PieceId]
) -> Redemption:
    outcome = Redemption()
    refusals: list[ContractRefused] = []

    def pay(batch: Sequence[PieceId]) -> None:
        _send(workspace, key_of(batch), issuer, batch)
        outcome.paid += batch

    def leave(piece: PieceId, refusal: ContractRefused) -> None:
        outcome.left[piece] = refusal.rule
        refusals.append(refusal)

    for batch in _batches(workspace, wanted):
        _halved(batch, pay, leave)
    if refusals and not outcome.paid:
        raise refusals[0]
    return outcome


def _halved(
    batch: Sequence[PieceId],
    do: Callable[[Sequence[PieceId]], None],
    refused: Callable[[PieceId, ContractRefused], None],
) -> None:
    """Do it with all of them; where the contracts refuse that, with each half, until those that they refuse are alone."""
    try:
        do(batch)
    except ContractRefused as error:
        if len(batch) == 1:
            refused(batch[0], error)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            _halved(half, do, refused)


def _end_what_is_on_its_way(workspace: Workspace, issuer: str) -> None:
    """From the day of maturity on anyone may end every offer and every sale whose cash moves off chain.

    An offer that nobody answered goes back. A sale that was attested, and not contested in time, is complete, and every other one
    is undone. What the contracts refuse to end stays, and says so when it is to be paid.
    """
    on_its_way = [d for d in due(workspace, issuer) if d.state != "held"]
    offered = [d.piece for d in on_its_way if d.state == "offered"]
    if offered:
        _halved(offered, lambda batch: _expire(workspace, batch), _leave_it)
    for one in on_its_way:
        if one.state == "locked":
            _halved([one.piece], lambda batch: _end_sale(workspace, batch[0]), _leave_it)


def _leave_it(_piece: PieceId, _refusal: ContractRefused) -> None:
    """What stays on its way is told by the payment that it keeps back."""


def _expire(workspace: Workspace, batch: Sequence[PieceId]) -> None:
    expire(workspace, workspace.outbox.retried(_key("expire", batch)), OPERATOR, batch)


def _end_sale(workspace: Workspace, piece: PieceId) -> None:
    with workspace.store.read() as connection:
        sale = connection.execute(
            select(sales.c.attestor, sales.c.contested).where(
                sales.c.obligation == piece.obligation.chain, sales.c.index == piece.index
            )
        ).first()
    attested = sale is not None and sale.attestor is not None and not sale.contested
    end = complete if attested else unlock
    end(workspace, workspace.outbox.retried(f"{end.__name__}:{piece}"), OPERATOR, piece)


def _send(workspace: Workspace, key: str, issuer: str, batch: Sequence[PieceId]) -> None:
    address = workspace.contracts.addresses[token_of(workspace, batch[0])]
    named = [reference.chain for reference in workspace.references(batch)]
    call = workspace.contracts.call("CreditLedger", "redeem", named, address)
    workspace.send(key, issuer, call)


def _batches(workspace: Workspace, wanted: Sequence[PieceId]) -> Iterator[list[PieceId]]:
    """Pieces that one transaction pays: all in one bank's deposits."""
    by_token: dict[str, list[PieceId]] = defaultdict(list)
    for piece in wanted:
        by_token[token_of(workspace, piece)].append(piece)
    for group in by_token.values():
        for start in range(0, len(group), PIECES_A_REDEMPTION):
            yield group[start : start + PIECES_A_REDEMPTION]


def token_of(workspace: Workspace, piece: PieceId) -> str:
    """The deposit token that the piece is paid in: that of its line's bank."""
    with workspace.store.read() as connection:
        line = connection.execute(
            select(lines.c.bank, lines.c.currency).where(lines.c.id == piece.obligation.line.chain)
        ).first()
    if line is None:
        raise NotFound(what="piece", id=piece)
    return token_name(workspace.parties()[line.bank], line.currency)


def _key(verb: str, batch: Sequence[PieceId]) -> str:
    return f"{verb}:{hashlib.sha256(' '.join(map(str, batch)).encode()).hexdigest()}"
