"""The messages that parties sign off chain: a buyer's confirmation, a recipient's acceptance, a bank's offer.

Each is a frozen value with ``message()`` (EIP-712 fields by name) and ``values()`` (the same as the contracts' struct).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from chain.issuance.contracts import Contracts
from chain.issuance.signers import Signer

VOUCHER, BILL = 1, 2
"""Instruments, in the contracts' numbers."""

INVOICE, ORDER, WAREHOUSE_RECEIPT = 1, 2, 3
"""Kinds of evidence, in the contracts' numbers."""


class _Message:
    """Field names of the contracts, in their order."""

    CONTRACT: ClassVar[str]
    FIELDS: ClassVar[dict[str, str]]

    def message(self) -> dict[str, Any]:
        values = asdict(self)  # type: ignore[call-overload]
        return {self.FIELDS[name]: value for name, value in values.items()}

    def values(self) -> tuple[Any, ...]:
        return tuple(self.message().values())


@dataclass(frozen=True)
class Confirmation(_Message):
    """The buyer's word that it owes a document's face; only it makes capacity. ``delivery_day``: days since 1970."""

    identity: bytes
    digest: bytes
    kind: int
    face_minor: int
    currency: int
    buyer: int
    seller: int
    delivery_day: int

    CONTRACT: ClassVar[str] = "TradeRegistry"
    FIELDS: ClassVar[dict[str, str]] = {
        "identity": "identity", "digest": "digest", "kind": "kind", "face_minor": "faceMinor", "currency": "currency",
        "buyer": "buyer", "seller": "seller", "delivery_day": "deliveryDay",
    }  # fmt: skip


@dataclass(frozen=True)
class FinanceOffer(_Message):
    """A bank's offer to buy ``amount_minor`` of a piece for ``price_minor``.

    It names the piece's parent, evidence and number of children, so it fits that piece in that state, and once.
    """

    piece: int
    parent: int
    evidence: int
    child_count: int
    amount_minor: int
    price_minor: int
    bank: int
    cash_token: str
    valid_until: int
    registration: bytes

    CONTRACT: ClassVar[str] = "CreditLedger"
    FIELDS: ClassVar[dict[str, str]] = {
        "piece": "piece", "parent": "parent", "evidence": "evidence", "child_count": "childCount",
        "amount_minor": "amountMinor", "price_minor": "priceMinor", "bank": "bank", "cash_token": "cashToken",
        "valid_until": "validUntil", "registration": "registration",
    }  # fmt: skip


def signature(contracts: Contracts, signer: Signer, order: _Message) -> tuple[str, bytes]:
    """The contracts' ``Signature`` (key, signature) of ``signer`` under ``order``."""
    typed = contracts.typed_data(order.CONTRACT, type(order).__name__, order.message())
    return signer.address, signer.sign_typed_data(typed)
