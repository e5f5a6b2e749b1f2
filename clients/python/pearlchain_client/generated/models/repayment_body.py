from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="RepaymentBody")


@_attrs_define
class RepaymentBody:
    """What the bank was repaid off chain, and by which payment.

    Attributes:
        payment_reference (str):
        amount (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
    """

    payment_reference: str
    amount: Amount

    def to_dict(self) -> dict[str, Any]:
        payment_reference = self.payment_reference

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment_reference": payment_reference,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        payment_reference = d.pop("payment_reference")

        amount = Amount.from_dict(d.pop("amount"))

        repayment_body = cls(
            payment_reference=payment_reference,
            amount=amount,
        )

        return repayment_body
