"""A sale whose cash moves off chain, step by step: the piece is locked for its bank until somebody says that the cash came.

The seller says so itself, or its account bank does and the seller does not contest it in time. A deadline only unlocks.
"""

from __future__ import annotations

from chain.commands.finance import Quote
from chain.commands.workspace import Workspace
from chain.identifiers import PieceId
from chain.issuance.messages import NO_SIGNATURE, short_text, text_hash
from chain.issuance.words import unpacked


def lock(workspace: Workspace, key: str, taken: Quote, deadline: int) -> PieceId:
    """The holder takes a quote whose cash moves off chain; after ``deadline`` (unix seconds) what nobody attested may go back.

    Returns the locked piece. Raises what the contracts refuse.
    """
    call = workspace.contracts.call(
        "CreditLedger", "lock", taken.offer.values(), taken.signature, NO_SIGNATURE, taken.price_minor, deadline
    )
    locked = workspace.contracts.events_of(workspace.send(key, taken.holder, call), "PieceLocked")
    return PieceId.from_chain(locked[0].arguments["piece"])


def confirm_receipt(workspace: Workspace, key: str, seller: str, piece: PieceId) -> None:
    """The seller says that its cash came: the piece is the bank's."""
    _send(workspace, key, seller, "confirmReceipt", piece)


def attest_receipt(workspace: Workspace, key: str, bank: str, piece: PieceId, payment_reference: str) -> None:
    """The seller's account bank says that the cash came; the seller has some hours to contest it."""
    _send(workspace, key, bank, "attestReceipt", piece, short_text(payment_reference))


def contest(workspace: Workspace, key: str, seller: str, piece: PieceId, reason: str) -> None:
    """The seller says that the cash which was attested did not come. The reason goes as its hash."""
    _send(workspace, key, seller, "contest", piece, text_hash(reason))


def complete(workspace: Workspace, key: str, sender: str, piece: PieceId) -> None:
    """Anyone completes what was attested and not contested in time."""
    _send(workspace, key, sender, "complete", piece)


def unlock(workspace: Workspace, key: str, sender: str, piece: PieceId) -> None:
    """Anyone gives back what nobody attested before the deadline."""
    _send(workspace, key, sender, "unlock", piece)


def release_lock(workspace: Workspace, key: str, bank: str, piece: PieceId) -> None:
    """The bank gives the sale up: the amount is back with its seller."""
    _send(workspace, key, bank, "releaseLock", piece)


def account_bank_of_sale(workspace: Workspace, piece: PieceId) -> int:
    """Number of the bank that may attest the cash of a locked piece: the seller's when it was locked; 0 where there is none."""
    return unpacked("SaleWord", workspace.contracts.read("CreditLedger", "saleWord", piece.chain))["accountBank"]


def _send(workspace: Workspace, key: str, sender: str, verb: str, piece: PieceId, *more: bytes) -> None:
    (named,) = workspace.references([piece])
    workspace.send(key, sender, workspace.contracts.call("CreditLedger", verb, named.chain, *more))
