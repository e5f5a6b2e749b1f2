"""Goods in store: a keeper measures a lot and signs receipts for it, the owner passes one on, the keeper lets the goods go.

A receipt rests on the keeper's own warehouse receipt among the documents. The keeper confirms it with its key, as a buyer does
an invoice; its face is the value of the goods that it says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from chain.commands.trade import Trade
from chain.commands.workspace import OPERATOR, Home, Workspace
from chain.documents.identity import blinded_identity, canonical_digest, issuer_of
from chain.documents.model import DocumentType, TradeDocument
from chain.errors import NotFound, RuleBroken
from chain.issuance.messages import NO_SIGNATURE, WAREHOUSE_RECEIPT, Confirmation, signature
from chain.money import chain_currency_index
from chain.store.tables import evidence, receipts

#: What the contracts' word for a quantity holds.
MOST_QUANTITY = 2**64 - 1


class NotYourReceipt(RuleBroken):
    message = "{document} is no warehouse receipt of {keeper}"
    next_step = "name a warehouse receipt that the keeper itself has sent"


class ReceiptUnusable(RuleBroken):
    message = "nothing rests on {document}: {rules}"
    next_step = "read the findings about it, and send a receipt that breaks no rule"


class GoodsPledged(RuleBroken):
    message = "{document} says that its goods back a loan already"
    next_step = "let that loan end first, and send a new receipt"


class ReceiptOfSeveralLots(RuleBroken):
    message = "{document} is for {count} lots, and a receipt on the ledger is for one"
    next_step = "sign a receipt for each lot"


class QuantityNotWhole(RuleBroken):
    message = "{document} is for {quantity} of its lot, and the ledger counts whole units"
    next_step = "measure and receipt the goods in a smaller unit"


class ValueMissing(RuleBroken):
    message = "{document} does not say what its goods are worth"
    next_step = "sign a receipt with their value"


@dataclass(frozen=True)
class Receipted:
    """What a warehouse receipt says, as the ledger takes it."""

    document: TradeDocument
    owner: str
    lot: str
    quantity: int


def lot_of(home: Home, keeper: str, name: str) -> bytes:
    """The name of a keeper's lot as the ledger knows it: blinded, as documents are."""
    return blinded_identity(f"lot|{keeper}|{name}", home.network_key)


def measure(workspace: Workspace, key: str, keeper: str, lot: str, depositor: str, quantity: int) -> bytes:
    """What the keeper finds of a lot, in the lot's own unit; the last measurement counts. Returns the blinded lot.

    Raises NotFound (the depositor), and what the contracts refuse.
    """
    blinded = lot_of(workspace, keeper, lot)
    call = workspace.contracts.call("Warehouse", "measure", blinded, workspace.party(depositor), quantity)
    workspace.send(key, keeper, call)
    return blinded


def receipted(trade: Trade, keeper: str, document: str) -> Receipted:
    """What a keeper's warehouse receipt says. Raises NotFound, and what keeps it from being signed."""
    found = trade.document(document)
    if found.type is not DocumentType.WAREHOUSE_RECEIPT or trade.directory.known(issuer_of(found)) != keeper:
        raise NotYourReceipt(document=document, keeper=keeper)
    if found.broken_rules:
        raise ReceiptUnusable(document=document, rules=", ".join(found.broken_rules))
    if found.pledged:
        raise GoodsPledged(document=document)
    if len(found.lots) != 1:
        raise ReceiptOfSeveralLots(document=document, count=len(found.lots))
    quantity = sum((line.quantity or Decimal(0) for line in found.lines), Decimal(0))
    if quantity != int(quantity) or not 0 < quantity <= MOST_QUANTITY:
        raise QuantityNotWhole(document=document, quantity=f"{quantity:f}")
    if not found.payable_minor or found.currency is None:
        raise ValueMissing(document=document)
    return Receipted(found, trade.directory.resolve(found.seller), found.lots[0], int(quantity))


def issue_receipt(workspace: Workspace, key: str, trade: Trade, keeper: str, document: str) -> int:
    """The keeper owes the goods of its warehouse receipt to their owner. Returns the receipt's number.

    Raises what `receipted` raises, NotFound (the owner is no participant), and what the contracts refuse.
    """
    found = receipted(trade, keeper, document)
    owner, lot = workspace.party(found.owner), lot_of(workspace, keeper, found.lot)
    identity = _confirmed(workspace, keeper, document, found, owner, lot)
    call = workspace.contracts.call("Warehouse", "issueReceipt", lot, identity, found.quantity, owner)
    issued = workspace.contracts.events_of(workspace.send(key, keeper, call), "ReceiptIssued")
    return int(issued[0].arguments["receipt"])


def transfer_receipt(workspace: Workspace, key: str, owner: str, receipt: int, new_owner: str) -> None:
    """The goods are another's from now on. Raises NotFound, and what the contracts refuse."""
    named = (receipt, identity_of(workspace, receipt), workspace.party(new_owner))
    workspace.send(key, owner, workspace.contracts.call("Warehouse", "transferReceipt", *named))


def withdraw_receipt(workspace: Workspace, key: str, keeper: str, receipt: int) -> None:
    """The goods leave, and the receipt ends. Raises NotFound, and what the contracts refuse."""
    call = workspace.contracts.call("Warehouse", "withdraw", receipt, identity_of(workspace, receipt))
    workspace.send(key, keeper, call)


def identity_of(home: Home, receipt: int) -> bytes:
    """Blinded identity of a receipt's document, by which the ledger knows that this receipt is meant. Raises NotFound."""
    statement = (
        select(evidence.c.identity).join(receipts, receipts.c.evidence == evidence.c.id).where(receipts.c.id == receipt)
    )
    with home.store.read() as connection:
        identity = connection.execute(statement).scalar()
    if identity is None:
        raise NotFound(what="warehouse receipt", id=receipt)
    return bytes.fromhex(identity.removeprefix("0x"))


def _confirmed(
    workspace: Workspace, keeper: str, document: str, found: Receipted, owner: int, lot: bytes
) -> bytes:  # fmt: skip
    """The document's blinded identity, once the keeper has confirmed it."""
    identity = blinded_identity(document, workspace.network_key)
    with workspace.store.read() as connection:
        known = connection.execute(select(evidence.c.id).where(evidence.c.identity == f"0x{identity.hex()}")).scalar()
    if known is not None:
        return identity
    paper = found.document
    stored = paper.delivery_date or paper.issue_date
    confirmation = Confirmation(
        identity, canonical_digest(paper), WAREHOUSE_RECEIPT, paper.payable_minor or 0,
        chain_currency_index(paper.currency or ""), workspace.party(keeper), owner,
        0 if stored is None else (stored - date(1970, 1, 1)).days, lot,
    )  # fmt: skip
    signed = signature(workspace.contracts, workspace.signer(keeper), confirmation)
    call = workspace.contracts.call("TradeRegistry", "register", [confirmation.values()], [signed], [NO_SIGNATURE])
    workspace.send(workspace.outbox.retried(f"confirm:{hashlib.sha256(call.data).hexdigest()}"), OPERATOR, call)
    return identity
