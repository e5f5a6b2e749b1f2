"""Banks' quotes, kept until a holder takes one: the bank quotes by itself, and the holder decides by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select

from chain.commands.changes import tell
from chain.commands.finance import Quote, quote, sale_key, take
from chain.commands.workspace import Home, Workspace
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId, PieceReference
from chain.issuance.messages import FinanceOffer
from chain.issuance.outbox import DONE_STATES, FAILED_STATES
from chain.store.tables import operations, quotes


@dataclass(frozen=True)
class KeptQuote:
    """A quote with its name. ``taken``: the piece was sold by it."""

    id: str
    quote: Quote
    taken: bool


def make_quote(
    workspace: Workspace, key: str, bank: str, piece: PieceId, registration_number: str, amount_minor: int | None = None
) -> KeptQuote:
    """The bank quotes for a piece; the same ``key`` gives the same quote. Raises what `quote` raises."""
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    known = _quotes(workspace, quotes.c.id == name)
    if known:
        return known[0]
    made = quote(workspace, bank, piece, registration_number, amount_minor)
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


def quotes_for(home: Home, piece: PieceId, party: str | None) -> list[KeptQuote]:
    """Quotes for a piece in the order they came: those that ``party`` made or was made; None: all."""
    own = (quotes.c.obligation == piece.obligation.chain) & (quotes.c.index == piece.index)
    if party is not None:
        own &= or_(quotes.c.bank == party, quotes.c.holder == party)
    return _quotes(home, own)


def take_quote(workspace: Workspace, holder: str, piece: PieceId, name: str) -> PieceId:
    """The holder sells by a quote that was made to it. Returns the bank's new piece. Repeating it sells nothing twice.

    Raises NotFound, and what the contracts refuse.
    """
    found = [kept for kept in quotes_for(workspace, piece, holder) if kept.id == name and kept.quote.holder == holder]
    if not found:
        raise NotFound(what="quote", id=name)
    return take(workspace, found[0].quote)


def _quotes(home: Home, condition: Any) -> list[KeptQuote]:
    with home.store.read() as connection:
        rows = connection.execute(
            select(quotes).where(condition).order_by(quotes.c.created_at, quotes.c.id)
        ).mappings().all()  # fmt: skip
        taken = {row["id"] for row in rows if _is_taken(connection, sale_key(bytes.fromhex(row["signature"])))}
    return [KeptQuote(row["id"], _quote(row), row["id"] in taken) for row in rows]


def _is_taken(connection: Connection, key: str) -> bool:
    """Whether `take` came to an end under its key, or under one of those after it (`Outbox.retried`)."""
    tried, number = key, 1
    while True:
        of_wallet = f"{tried}:0"  # the relay names the orders' places
        named = operations.c.key.in_((tried, of_wallet))
        states = set(connection.execute(select(operations.c.state).where(named)).scalars())
        if states & set(DONE_STATES):
            return True
        if not states & set(FAILED_STATES):
            return False
        number += 1
        tried = f"{key}#{number}"


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
