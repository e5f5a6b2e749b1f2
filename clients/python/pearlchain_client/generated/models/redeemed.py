from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.redeemed_left import RedeemedLeft


T = TypeVar("T", bound="Redeemed")


@_attrs_define
class Redeemed:
    """What was paid, and what was left: each piece with the rule that keeps it from being paid.

    Attributes:
        vouchers (list[str]):
        left (RedeemedLeft):
    """

    vouchers: list[str]
    left: RedeemedLeft
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        vouchers = self.vouchers

        left = self.left.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "vouchers": vouchers,
                "left": left,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.redeemed_left import RedeemedLeft  # noqa: PLC0415

        d = dict(src_dict)
        vouchers = cast(list[str], d.pop("vouchers"))

        left = RedeemedLeft.from_dict(d.pop("left"))

        redeemed = cls(
            vouchers=vouchers,
            left=left,
        )

        redeemed.additional_properties = d
        return redeemed

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
