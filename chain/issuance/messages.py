"""The messages that parties sign off chain and others put into their calls: confirmation, acceptance, offer, key, account.

Each is a frozen value with ``message()`` (EIP-712 fields by name) and ``values()`` (the same as the contracts' struct).
What a party wants done itself is an order (`chain.issuance.orders`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from eth_account.messages import encode_typed_data

from chain.identifiers import PieceReference
from chain.issuance.contracts import Contracts
from chain.issuance.signers import Signer

VOUCHER, BILL = 1, 2
"""Instruments, in the contracts' numbers."""

NO_RECOURSE = False
"""What the product issues: on default nobody goes back along the path (domain.md, 'The invoice beneath')."""

INVOICE, ORDER, WAREHOUSE_RECEIPT = 1, 2, 3
"""Kinds of evidence, in the contracts' numbers."""

NOBODY = "0x" + "00" * 20
NO_SIGNATURE = (NOBODY, b"")
"""In the place of a signature that a call does not need."""


class Message:
    """Fields are named like the contracts' and stand in their order."""

    CONTRACT: ClassVar[str]
    """The contract that the signature is for."""

    def message(self) -> dict[str, Any]:
        """EIP-712 fields by their names."""
        return {_camel_case(field.name): getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def values(self) -> tuple[Any, ...]:
        """As the contracts' struct."""
        return tuple(self.message().values())


@dataclass(frozen=True)
class Confirmation(Message):
    """The buyer's word that it owes a document's face; only it makes capacity. ``delivery_day``: days since 1970.

    ``lot``: the goods, where a keeper stores them; ``order``: identity of the order that the invoice fulfils;
    ``attestor``: the party that says so too. Each is 0 for none.
    """

    identity: bytes
    digest: bytes
    kind: int
    face_minor: int
    currency: int
    buyer: int
    seller: int
    delivery_day: int
    lot: bytes = bytes(32)
    order: bytes = bytes(32)
    attestor: int = 0

    CONTRACT: ClassVar[str] = "TradeRegistry"


@dataclass(frozen=True)
class Acceptance(Message):
    """A recipient's consent in advance to one leg. ``parent`` 0: an issue. It fits once: every use of a document is counted."""

    obligation: int
    parent: int
    maturity_day: int
    instrument: int
    recourse: bool
    evidence: int
    evidence_use_count: int
    amount_minor: int
    recipient: int
    deadline: int

    CONTRACT: ClassVar[str] = "CreditLedger"


@dataclass(frozen=True)
class FinanceOffer(Message):
    """A bank's offer to buy ``amount_minor`` of a piece, for a price or at a rate (the other is 0).

    It names the piece as it is and how many children it has had, so it fits that piece in that state, and once.
    ``annual_rate_micros``: parts per million a year, of ``day_count_basis`` days. ``fee_payer`` 0: the seller bears the
    discount. ``cash_token`` the zero address: the cash moves off chain.
    """

    piece: PieceReference
    child_count: int
    amount_minor: int
    price_minor: int
    annual_rate_micros: int
    day_count_basis: int
    fee_payer: int
    bank: int
    cash_token: str
    valid_until: int
    registration_number: bytes
    description_hash: bytes

    CONTRACT: ClassVar[str] = "CreditLedger"

    def message(self) -> dict[str, Any]:
        reference = self.piece
        taken_apart = {
            "piece": reference.piece.chain, "parentIndex": reference.parent_index, "evidence": reference.evidence,
            "maturityDay": reference.maturity_day,
        }  # fmt: skip
        return taken_apart | {name: value for name, value in super().message().items() if name != "piece"}

    def values(self) -> tuple[Any, ...]:
        return (self.piece.chain, *tuple(self.message().values())[4:])


@dataclass(frozen=True)
class FeeAgreement(Message):
    """Another party than the seller bears an offer's discount."""

    payer: int
    offer: FinanceOffer

    CONTRACT: ClassVar[str] = "CreditLedger"

    def message(self) -> dict[str, Any]:
        return {"payer": self.payer, "offer": self.offer.message()}


@dataclass(frozen=True)
class LoanOffer(Message):
    """A bank's offer to lend on a warehouse receipt, or on an order (``receipt`` 0), up to a limit. It can be taken once.

    ``annual_rate_micros``: parts per million a year, of ``day_count_basis`` days; ``maturity_day``: the last day to repay, days
    since 1970; ``twice_measured``: two unrelated parties must have measured the goods; ``nonce``: so that like offers differ.
    """

    kind: int
    receipt: int
    evidence: int
    evidence_identity: bytes
    borrower: int
    bank: int
    limit_minor: int
    currency: int
    cash_token: str
    annual_rate_micros: int
    day_count_basis: int
    maturity_day: int
    utc_offset_quarter_hours: int
    valid_until: int
    twice_measured: bool
    registration_number: bytes
    description_hash: bytes
    nonce: int

    CONTRACT: ClassVar[str] = "Loans"


@dataclass(frozen=True)
class KeyJoin(Message):
    """A new key's word that it joins a party; ``epoch`` and ``key_changes`` are the party's, so it fits once."""

    party: int
    key: str
    epoch: int
    key_changes: int

    CONTRACT: ClassVar[str] = "Participants"


@dataclass(frozen=True)
class AccountJoin(Message):
    """An account's word that a party pays from it and is paid there. ``valid_until``: Unix seconds, to announce it."""

    party: int
    account: str
    valid_until: int

    CONTRACT: ClassVar[str] = "Participants"


def signature(contracts: Contracts, signer: Signer, message: Message) -> tuple[str, bytes]:
    """The contracts' ``Signature`` (key, signature) of ``signer`` under ``message``."""
    typed = contracts.typed_data(message.CONTRACT, type(message).__name__, message.message())
    return signer.address, signer.sign_typed_data(typed)


def struct_hash(contracts: Contracts, message: Message) -> bytes:
    """The EIP-712 hash of a message without its domain, by which the contracts know it."""
    typed = contracts.typed_data(message.CONTRACT, type(message).__name__, message.message())
    return bytes(encode_typed_data(full_message=typed).body)


def short_text(text: str) -> bytes:
    """A name in one word of the contracts: its UTF-8 letters where they are at most 32 bytes, else their SHA-256."""
    letters = text.encode()
    return letters.ljust(32, b"\0") if len(letters) <= 32 else hashlib.sha256(letters).digest()


def text_hash(text: str) -> bytes:
    """What the contracts keep of a sentence that is not theirs to publish: its SHA-256."""
    return hashlib.sha256(text.encode()).digest()


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
