"""At maturity: the issuer pays its holders, in its banks' deposits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from chain.commands.due import DuePiece, due
from chain.commands.finance import token_name
from chain.commands.pieces import expire
from chain.commands.workspace import OPERATOR, Workspace
from chain.errors import NotFound
from chain.identifiers import PieceId
from chain.store.tables import lines

#: Pieces that one redemption pays at most; each costs about 60,000 gas with its cash.
PIECES_A_REDEMPTION = 200


def redeem_due(workspace: Workspace, issuer: str) -> list[DuePiece]:
    """The issuer pays everything that is due, in the deposits of each line's bank. Returns what it paid.

    Offers that nobody answered are given back first, so that the holder they came from is paid too.
    Raises what the contracts refuse, such as too few deposits.
    """
    unanswered = [d.piece for d in due(workspace, issuer) if d.state == "offered"]
    if unanswered:
        expire(workspace, workspace.outbox.retried(_key("expire", unanswered)), OPERATOR, unanswered)
    payable = [d for d in due(workspace, issuer) if d.state != "offered"]
    for batch in _batches(workspace, [d.piece for d in payable]):
        _pay(workspace, workspace.outbox.retried(_key("redeem", batch)), issuer, batch)
    return payable


def redeem(workspace: Workspace, key: str, issuer: str, wanted: Sequence[PieceId]) -> None:
    """The issuer pays the holders of ``wanted``. Raises what the contracts refuse: not mature yet, …"""
    for batch in _batches(workspace, wanted):
        _pay(workspace, _key(key, batch), issuer, batch)


def _pay(workspace: Workspace, key: str, issuer: str, batch: Sequence[PieceId]) -> None:
    address = workspace.contracts.addresses[_token_of(workspace, batch[0])]
    named = [reference.chain for reference in workspace.references(batch)]
    call = workspace.contracts.call("CreditLedger", "redeem", named, address)
    workspace.send(key, issuer, call)


def _batches(workspace: Workspace, wanted: Sequence[PieceId]) -> Iterator[list[PieceId]]:
    """Pieces that one transaction pays: all in one bank's deposits."""
    by_token: dict[str, list[PieceId]] = defaultdict(list)
    for piece in wanted:
        by_token[_token_of(workspace, piece)].append(piece)
    for group in by_token.values():
        for start in range(0, len(group), PIECES_A_REDEMPTION):
            yield group[start : start + PIECES_A_REDEMPTION]


def _token_of(workspace: Workspace, piece: PieceId) -> str:
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
