from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.use import Use


T = TypeVar("T", bound="Confirmed")


@_attrs_define
class Confirmed:
    """The document on the ledger, where its buyer's signature put it.

    Attributes:
        number (int):
        face (Money): An amount in integer minor units of one currency.
        used (Money): An amount in integer minor units of one currency.
        credited (Money): An amount in integer minor units of one currency.
        cancelled (bool):
        vouchers (list[Use]): What uses it now; at most 500.
    """

    number: int
    face: Money
    used: Money
    credited: Money
    cancelled: bool
    vouchers: list[Use]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        face = self.face.to_dict()

        used = self.used.to_dict()

        credited = self.credited.to_dict()

        cancelled = self.cancelled

        vouchers = []
        for vouchers_item_data in self.vouchers:
            vouchers_item = vouchers_item_data.to_dict()
            vouchers.append(vouchers_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "face": face,
                "used": used,
                "credited": credited,
                "cancelled": cancelled,
                "vouchers": vouchers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.use import Use  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        face = Money.from_dict(d.pop("face"))

        used = Money.from_dict(d.pop("used"))

        credited = Money.from_dict(d.pop("credited"))

        cancelled = d.pop("cancelled")

        vouchers = []
        _vouchers = d.pop("vouchers")
        for vouchers_item_data in _vouchers:
            vouchers_item = Use.from_dict(vouchers_item_data)

            vouchers.append(vouchers_item)

        confirmed = cls(
            number=number,
            face=face,
            used=used,
            credited=credited,
            cancelled=cancelled,
            vouchers=vouchers,
        )

        confirmed.additional_properties = d
        return confirmed

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
