"""Banks' quotes as their two sides see them."""

from __future__ import annotations

from datetime import datetime

from chain.commands.offer import KeptQuote
from chain.commands.seen.viewer import Participant
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.money import Money


class QuoteSeen(Frozen):
    """A bank's signed offer for a piece."""

    id: str
    voucher: str
    bank: Participant
    holder: Participant
    amount: Money
    price: Money
    """What the bank pays for the amount."""
    valid_until: datetime
    registration_number: str
    cash_on_chain: bool
    """Piece and cash change hands in one transaction; else the piece is locked until the cash has come."""
    taken: bool


def quote_seen(home: Home, kept: KeptQuote) -> QuoteSeen:
    """A quote in the words of the API."""
    names = home.names()
    made = kept.quote
    return QuoteSeen(
        id=kept.id, voucher=str(made.piece), bank=Participant(id=made.bank, name=names.get(made.bank, made.bank)),
        holder=Participant(id=made.holder, name=names.get(made.holder, made.holder)),
        amount=Money(made.amount_minor, made.currency), price=Money(made.price_minor, made.currency),
        valid_until=moment(made.valid_until), registration_number=made.registration_number,
        cash_on_chain=made.cash_on_chain, taken=kept.taken,
    )  # fmt: skip
