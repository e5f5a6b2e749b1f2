from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.payment_body import PaymentBody


T = TypeVar("T", bound="TransferBody")


@_attrs_define
class TransferBody:
    """Parts of a held piece for the holder's own suppliers; the rest stays.

    Attributes:
        payments (list[PaymentBody]):
    """

    payments: list[PaymentBody]

    def to_dict(self) -> dict[str, Any]:
        payments = []
        for payments_item_data in self.payments:
            payments_item = payments_item_data.to_dict()
            payments.append(payments_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payments": payments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.payment_body import PaymentBody  # noqa: PLC0415

        d = dict(src_dict)
        payments = []
        _payments = d.pop("payments")
        for payments_item_data in _payments:
            payments_item = PaymentBody.from_dict(payments_item_data)

            payments.append(payments_item)

        transfer_body = cls(
            payments=payments,
        )

        return transfer_body
