"""A bank quotes for a piece; the holder takes the quote, and piece and cash change hands in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chain.commands.workspace import Workspace
from chain.errors import ContractRefused, NotFound, PearlError
from chain.identifiers import PieceId, PieceReference
from chain.issuance.contracts import Contracts
from chain.issuance.messages import NO_SIGNATURE, NOBODY, FinanceOffer, short_text, signature
from chain.money import chain_currency
from chain.network import CreditLine
from chain.planning.pricing import annual_rate, discounted_price

#: How long a bank's quote stands, in seconds of the ledger's clock.
QUOTE_SECONDS = 86_400


class NoLine(PearlError):
    message = "{bank} has no line for the issuer of {piece}, so it quotes no price"
    next_step = "ask a bank that finances this issuer"


@dataclass(frozen=True)
class Quote:
    """A bank's signed offer for part or all of a piece. ``registration_number`` is that of the public registry."""

    piece: PieceId
    holder: str
    bank: str
    currency: str
    amount_minor: int
    price_minor: int
    valid_until: int
    registration_number: str
    offer: FinanceOffer
    signature: tuple[str, bytes]

    @property
    def cash_on_chain(self) -> bool:
        """Piece and cash change hands in one transaction."""
        return self.offer.cash_token != NOBODY


def quote(
    workspace: Workspace, bank: str, piece: PieceId, registration_number: str, amount_minor: int | None = None,
    *, cash_on_chain: bool = True,
) -> Quote:  # fmt: skip
    """The bank's signed offer at its line's price for the piece's tier and tenor; the whole piece where no amount is given.

    ``cash_on_chain``: it pays in its deposits; else by a transfer of its own (`chain.commands.sales`).

    Raises NotFound, NoLine. Registration before funding is a rule of the field (notice 银发〔2025〕77号, art. 13).
    """
    on_chain = read_piece(workspace, piece)
    currency, maturity_day = _terms(workspace, piece)
    line = _line(workspace, bank, piece, currency)
    amount = on_chain["amountMinor"] if amount_minor is None else amount_minor
    days = max(0, maturity_day - workspace.today(line.utc_offset_minutes))
    price = discounted_price(amount, annual_rate(line, on_chain["tier"], days), days)
    description = f"{registration_number}|{piece}|{amount}|{price}|{bank}"
    offer = FinanceOffer(
        piece=_reference(piece, on_chain, maturity_day), child_count=on_chain["childCount"], amount_minor=amount,
        price_minor=price, annual_rate_micros=0, day_count_basis=0, fee_payer=0, bank=workspace.party(bank),
        cash_token=workspace.contracts.addresses[token_name(bank, currency)] if cash_on_chain else NOBODY,
        valid_until=workspace.began(bank) + QUOTE_SECONDS, registration_number=short_text(registration_number),
        description_hash=hashlib.sha256(description.encode()).digest(),
    )  # fmt: skip
    return Quote(
        piece, workspace.parties()[on_chain["owner"]], bank, currency, amount, price, offer.valid_until,
        registration_number, offer, signature(workspace.contracts, workspace.signer(bank), offer),
    )  # fmt: skip


def take(workspace: Workspace, taken: Quote) -> PieceId:
    """The holder takes the quote: the bank's deposits come, the piece goes. Returns the bank's new piece.

    What came to nothing once (an empty account) may be taken later, and a piece is sold once all the same.
    Raises what the contracts refuse: the offer is stale or expired, the financing limit is reached, …
    """
    # The seller bears the discount, so the price is what it gets.
    call = workspace.contracts.call(
        "CreditLedger", "finance", taken.offer.values(), taken.signature, NO_SIGNATURE, taken.price_minor
    )
    # Under the bank's signature, so that it sells once whoever asks.
    key = workspace.outbox.retried(f"finance:{hashlib.sha256(taken.signature[1]).hexdigest()}")
    transaction = workspace.send(key, taken.holder, call)
    financed = workspace.contracts.events_of(transaction, "PieceFinanced")
    return PieceId.from_chain(financed[0].arguments["piece"])


def token_name(bank: str, currency: str) -> str:
    """Name of the bank's deposit token among the contracts."""
    return f"DepositToken:{bank}:{currency}"


def read_piece(workspace: Workspace, piece: PieceId) -> dict[str, int]:
    """The piece from the contract, by the names of its fields. Raises NotFound."""
    try:
        values = workspace.contracts.read("LedgerReader", "piece", piece.chain)
    except ContractRefused as error:
        raise NotFound(what="piece", id=piece) from error
    return _named(workspace.contracts, "piece", values)


def _reference(piece: PieceId, on_chain: dict[str, int], maturity_day: int) -> PieceReference:
    return PieceReference(piece, on_chain["parent"] & 0xFFFF, on_chain["evidence"], maturity_day)


def _terms(workspace: Workspace, piece: PieceId) -> tuple[str, int]:
    values = workspace.contracts.read("LedgerReader", "obligation", piece.obligation.chain)
    terms = _named(workspace.contracts, "obligation", values)
    return chain_currency(terms["currency"]), terms["maturityDay"]


def _named(contracts: Contracts, function: str, values: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(contracts.output_names("LedgerReader", function), values, strict=True))


def _line(workspace: Workspace, bank: str, piece: PieceId, currency: str) -> CreditLine:
    issuer = workspace.parties()[piece.obligation.line.issuer]
    for line in workspace.network().lines:
        if (line.bank, line.issuer, line.currency) == (bank, issuer, currency):
            return line
    raise NoLine(bank=bank, piece=piece)
