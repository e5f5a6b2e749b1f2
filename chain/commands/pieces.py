"""What a holder does with pieces outside a plan: accept, reject, let expire, split and transfer; and the issuer's issue."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chain.commands.run import confirm_documents
from chain.commands.trade import load_trade
from chain.commands.workspace import Workspace
from chain.errors import PearlError
from chain.identifiers import LineId, PieceId
from chain.issuance.orders import VOUCHER


class NothingGiven(PearlError):
    message = "no piece is named"
    next_step = "name at least one piece"


@dataclass(frozen=True)
class Payment:
    """One leg: so much to this enterprise, against its own invoice (a document key)."""

    recipient: str
    amount_minor: int
    document: str


def issue(
    workspace: Workspace, key: str, issuer: str, line: LineId, maturity: date, payments: Sequence[Payment]
) -> list[PieceId]:
    """The issuer issues an obligation to its direct suppliers. Returns the offered pieces, one a payment."""
    legs = _legs(workspace, payments)
    maturity_day = (maturity - date(1970, 1, 1)).days
    asked = f"issue {line} {maturity} {list(payments)}"
    call = workspace.contracts.call("CreditLedger", "issue", line.chain, VOUCHER, maturity_day, legs, asked=asked)
    return _offered(workspace, workspace.send(key, issuer, call))


def transfer(
    workspace: Workspace, key: str, holder: str, parent: PieceId, payments: Sequence[Payment]
) -> list[PieceId]:
    """The holder passes parts of a piece on, one piece a payment; the rest stays in the parent."""
    asked = f"transfer {parent} {list(payments)}"
    call = workspace.contracts.call("CreditLedger", "transfer", parent.chain, _legs(workspace, payments), asked=asked)
    return _offered(workspace, workspace.send(key, holder, call))


def accept(workspace: Workspace, key: str, recipient: str, pieces: Sequence[PieceId]) -> None:
    """The recipient takes what is offered to it, before the deadline."""
    workspace.send(key, recipient, workspace.contracts.call("CreditLedger", "accept", _chain_ids(pieces)))


def reject(workspace: Workspace, key: str, recipient: str, pieces: Sequence[PieceId], reason: str) -> None:
    """The recipient refuses what is offered: amount, capacity and line are free again. The reason goes as its hash."""
    digest = hashlib.sha256(reason.encode()).digest()
    workspace.send(key, recipient, workspace.contracts.call("CreditLedger", "reject", _chain_ids(pieces), digest))


def expire(workspace: Workspace, key: str, sender: str, pieces: Sequence[PieceId]) -> None:
    """Anyone gives back what nobody answered before its deadline; silence is never consent."""
    workspace.send(key, sender, workspace.contracts.call("CreditLedger", "expire", _chain_ids(pieces)))


def _chain_ids(pieces: Sequence[PieceId]) -> list[int]:
    if not pieces:
        raise NothingGiven()
    return [piece.chain for piece in pieces]


def _legs(workspace: Workspace, payments: Sequence[Payment]) -> list[tuple[int, int, int, int]]:
    if not payments:
        raise NothingGiven()
    proven = confirm_documents(workspace, load_trade(workspace), [payment.document for payment in payments])
    deadline = workspace.now() + workspace.settings.offer_days * 86_400
    return [(workspace.party(p.recipient), p.amount_minor, proven[p.document], deadline) for p in payments]


def _offered(workspace: Workspace, transaction: str) -> list[PieceId]:
    events = workspace.contracts.events_of(transaction, "PieceOffered")
    return [PieceId.from_chain(event.arguments["piece"]) for event in events]
