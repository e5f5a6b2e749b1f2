"""Banks' quotes, kept until a holder takes one: the bank quotes by itself, and the holder decides by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import RowMapping, insert, or_, select

from chain.commands.changes import tell
from chain.commands.finance import Quote, quote, take
from chain.commands.sales import lock
from chain.commands.workspace import Home, Workspace
from chain.errors import NotFound, RuleBroken
from chain.identifiers import ObligationId, PieceId, PieceReference
from chain.issuance.messages import FinanceOffer
from chain.store.tables import quotes, sales


class CashMovesOffChain(RuleBroken):
    message = "the bank pays by quote {quote} off chain, so piece and cash do not change hands together"
    next_step = "lock the piece for the bank, and say when its cash has come"


@dataclass(frozen=True)
class KeptQuote:
    """A quote with its name. ``taken``: the piece was sold, or is locked, by it."""

    id: str
    quote: Quote
    taken: bool


def make_quote(
    workspace: Workspace, key: str, bank: str, piece: PieceId, registration_number: str,
    amount_minor: int | None = None, *, cash_on_chain: bool = True,
) -> KeptQuote:  # fmt: skip
    """The bank quotes for a piece; the same ``key`` gives the same quote. Raises what `quote` raises."""
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    known = _quotes(workspace, quotes.c.id == name)
    if known:
        return known[0]
    made = quote(workspace, bank, piece, registration_number, amount_minor, cash_on_chain=cash_on_chain)
    with workspace.store.begin() as connection:
        connection.execute(
            insert(quotes).values(
                id=name, obligation=piece.obligation.chain, index=piece.index, holder=made.holder, bank=bank,
                currency=made.currency, amount_minor=made.amount_minor, price_minor=made.price_minor,
                valid_until=made.valid_until, registration_number=registration_number,
                order=_offer_as_json(made.offer), signer=made.signature[0], signature=made.signature[1].hex(),
                created_at=workspace.now(),
            )
        )  # fmt: skip
        tell(connection, bank, "QuoteMade", "voucher", str(piece), made.holder)
    return KeptQuote(name, made, False)


class AmountExceedsPiece(RuleBroken):
    message = "the piece {piece} stands for less than is to be bought of it"
    next_step = "read the piece, and quote for what it stands for, or for a part of that"


def quotes_for(home: Home, piece: PieceId, party: str | None) -> list[KeptQuote]:
    """Quotes for a piece in the order they came: those that ``party`` made or was made; None: all."""
    own = (quotes.c.obligation == piece.obligation.chain) & (quotes.c.index == piece.index)
    if party is not None:
        own &= or_(quotes.c.bank == party, quotes.c.holder == party)
    return _quotes(home, own)


def take_quote(workspace: Workspace, holder: str, piece: PieceId, name: str) -> PieceId:
    """The holder sells by a quote that was made to it. Returns the bank's new piece. Repeating it sells nothing twice.

    Raises NotFound, CashMovesOffChain, and what the contracts refuse.
    """
    taken = must_be_offered(workspace, holder, piece, name)
    if not taken.cash_on_chain:
        raise CashMovesOffChain(quote=name)
    return take(workspace, taken)


def lock_for_quote(workspace: Workspace, key: str, holder: str, piece: PieceId, name: str, deadline: int) -> PieceId:
    """The holder takes a quote whose cash moves off chain (`chain.commands.sales`). Returns the locked piece.

    Raises NotFound, and what the contracts refuse.
    """
    return lock(workspace, key, must_be_offered(workspace, holder, piece, name), deadline)


def must_be_offered(home: Home, holder: str, piece: PieceId, name: str) -> Quote:
    """The quote, which was made to this holder. Raises NotFound."""
    for kept in quotes_for(home, piece, holder):
        if kept.id == name and kept.quote.holder == holder:
            return kept.quote
    raise NotFound(what="quote", id=name)


def _quotes(home: Home, condition: Any) -> list[KeptQuote]:
    with home.store.read() as connection:
        rows = connection.execute(
            select(quotes).where(condition).order_by(quotes.c.created_at, quotes.c.id)
        ).mappings().all()  # fmt: skip
        within = sales.c.obligation.in_({row["obligation"] for row in rows})
        found = connection.execute(select(sales.c.obligation, sales.c.description_hash).where(within)).all()
    taken = {(obligation, description) for obligation, description in found}
    return [
        KeptQuote(row["id"], _quote(row), (row["obligation"], f"0x{row['order']['description_hash']}") in taken)
        for row in rows
    ]


def _quote(row: RowMapping) -> Quote:
    return Quote(
        PieceId(ObligationId.from_chain(row["obligation"]), row["index"]), row["holder"], row["bank"], row["currency"],
        row["amount_minor"], row["price_minor"], row["valid_until"], row["registration_number"],
        _offer(row["order"]),
        (row["signer"], bytes.fromhex(row["signature"])),
    )  # fmt: skip


def _offer(kept: dict[str, Any]) -> FinanceOffer:
    hashes = {name: bytes.fromhex(kept[name]) for name in ("registration_number", "description_hash")}
    return FinanceOffer(**(kept | hashes | {"piece": PieceReference.from_chain(kept["piece"])}))


def _offer_as_json(offer: FinanceOffer) -> dict[str, Any]:
    values = {field.name: getattr(offer, field.name) for field in fields(offer)} | {"piece": offer.piece.chain}
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
