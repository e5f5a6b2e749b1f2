from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="RepaymentBody")


@_attrs_define
class RepaymentBody:
    """How much was repaid off chain, and by what it is found in the bank's books.

    Attributes:
        amount (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
        payment_reference (str):
    """

    amount: Amount
    payment_reference: str

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount.to_dict()

        payment_reference = self.payment_reference

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "payment_reference": payment_reference,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        amount = Amount.from_dict(d.pop("amount"))

        payment_reference = d.pop("payment_reference")

        repayment_body = cls(
            amount=amount,
            payment_reference=payment_reference,
        )

        return repayment_body
