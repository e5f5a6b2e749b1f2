from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="PaymentBody")


@_attrs_define
class PaymentBody:
    """One part: so much to this enterprise, against its own invoice.

    Attributes:
        recipient (str):
        amount (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
        document (str):
    """

    recipient: str
    amount: Amount
    document: str

    def to_dict(self) -> dict[str, Any]:
        recipient = self.recipient

        amount = self.amount.to_dict()

        document = self.document

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "recipient": recipient,
                "amount": amount,
                "document": document,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        recipient = d.pop("recipient")

        amount = Amount.from_dict(d.pop("amount"))

        document = d.pop("document")

        payment_body = cls(
            recipient=recipient,
            amount=amount,
            document=document,
        )

        return payment_body
