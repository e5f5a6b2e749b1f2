"""At maturity: the issuer pays its holders, or its obligation becomes overdue and its new issues stop by themselves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from chain.commands.finance import token_name
from chain.commands.pieces import expire
from chain.commands.workspace import OPERATOR, Workspace
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.store.tables import lines, obligations, pieces

#: Pieces that one redemption pays at most; each costs about 60,000 gas with its cash.
PIECES_A_REDEMPTION = 200


@dataclass(frozen=True)
class DuePiece:
    """A live piece whose obligation has matured."""

    piece: PieceId
    owner: int
    amount_minor: int
    state: str
    bank: int
    issuer: int
    currency: str
    maturity_day: int
    today: int
    """Day number in the line's time zone."""


def due(workspace: Workspace, issuer: str | None = None) -> list[DuePiece]:
    """What is to be paid today or was to be paid before, by one issuer or by all of them."""
    statement = (
        select(
            pieces.c.obligation, pieces.c.index, pieces.c.owner, pieces.c.amount_minor, pieces.c.state,
            lines.c.bank, lines.c.issuer, lines.c.currency, lines.c.utc_offset_quarter_hours,
            obligations.c.maturity_day,
        )
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .where(pieces.c.state.in_(("offered", "held", "on_hold")), pieces.c.amount_minor > 0)
        .order_by(obligations.c.maturity_day, pieces.c.obligation, pieces.c.index)
    )  # fmt: skip
    wanted = workspace.party(issuer) if issuer else None
    with workspace.store.read() as connection:
        rows = connection.execute(statement).all()
    found = [
        DuePiece(
            PieceId(ObligationId.from_chain(r.obligation), r._mapping["index"]), r.owner, r.amount_minor, r.state, r.bank,
            r.issuer, r.currency, r.maturity_day, workspace.today(r.utc_offset_quarter_hours * 15),
        )
        for r in rows
        if wanted in (None, r.issuer)
    ]  # fmt: skip
    return [piece for piece in found if piece.maturity_day <= piece.today]


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
    call = workspace.contracts.call("CreditLedger", "redeem", [piece.chain for piece in batch], address)
    workspace.send(key, issuer, call)


def _batches(workspace: Workspace, wanted: Sequence[PieceId]) -> Iterator[list[PieceId]]:
    """Pieces that one transaction pays: all in one bank's deposits."""
    by_token: dict[str, list[PieceId]] = defaultdict(list)
    for piece in wanted:
        by_token[_token_of(workspace, piece)].append(piece)
    for group in by_token.values():
        for start in range(0, len(group), PIECES_A_REDEMPTION):
            yield group[start : start + PIECES_A_REDEMPTION]


def mark_overdue(workspace: Workspace) -> list[ObligationId]:
    """Anyone may say it: every obligation unpaid after its grace is overdue, and its issuer's new issues stop."""
    with workspace.store.read() as connection:
        known = set(connection.execute(select(obligations.c.id).where(obligations.c.overdue)).scalars())
    marked: list[ObligationId] = []
    for piece in due(workspace):
        obligation = piece.piece.obligation
        late = piece.today - piece.maturity_day > _grace_days(workspace, obligation)
        if late and obligation.chain not in known and obligation not in marked:
            call = workspace.contracts.call("CreditLedger", "markOverdue", obligation.chain)
            # One obligation may fall overdue, be cured and be marked no second time: it has no life after its cure.
            workspace.send(f"overdue:{obligation}", OPERATOR, call)
            marked.append(obligation)
    return marked


def _grace_days(workspace: Workspace, obligation: ObligationId) -> int:
    names = workspace.contracts.output_names("LedgerReader", "obligation")
    values = workspace.contracts.read("LedgerReader", "obligation", obligation.chain)
    return int(dict(zip(names, values, strict=True))["graceDays"])


def _token_of(workspace: Workspace, piece: PieceId) -> str:
    """The deposit token that the piece is paid in: that of its line's bank."""
    with workspace.store.read() as connection:
        line = connection.execute(
            select(lines.c.bank, lines.c.currency).where(lines.c.id == piece.obligation.line.chain)
        ).first()
    if line is None:
        raise NotFound(what="piece", id=piece)
    return token_name(workspace.parties()[line.bank], line.currency)


def deposit(workspace: Workspace, key: str, bank: str, account_of: str, currency: str, minor: int) -> None:
    """The bank credits an enterprise's account with its deposit money: a customer paid in, or the bank lends."""
    account = workspace.keyring.addresses()[account_of]
    call = workspace.contracts.call(token_name(bank, currency), "mint", account, minor)
    workspace.send(key, bank, call)


def balance(workspace: Workspace, bank: str, account_of: str, currency: str) -> int:
    """Deposits of an enterprise at a bank, minor units."""
    account = workspace.keyring.addresses()[account_of]
    return int(workspace.contracts.read(token_name(bank, currency), "balanceOf", account))


def _key(verb: str, batch: Sequence[PieceId]) -> str:
    return f"{verb}:{hashlib.sha256(' '.join(map(str, batch)).encode()).hexdigest()}"
