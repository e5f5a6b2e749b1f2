from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Sums")


@_attrs_define
class Sums:
    """What became of the face: face = live + redeemed + voided + written_off.

    Attributes:
        live (Money): An amount in integer minor units of one currency.
        redeemed (Money): An amount in integer minor units of one currency.
        voided (Money): An amount in integer minor units of one currency.
        written_off (Money): An amount in integer minor units of one currency.
    """

    live: Money
    redeemed: Money
    voided: Money
    written_off: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        live = self.live.to_dict()

        redeemed = self.redeemed.to_dict()

        voided = self.voided.to_dict()

        written_off = self.written_off.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "live": live,
                "redeemed": redeemed,
                "voided": voided,
                "written_off": written_off,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        live = Money.from_dict(d.pop("live"))

        redeemed = Money.from_dict(d.pop("redeemed"))

        voided = Money.from_dict(d.pop("voided"))

        written_off = Money.from_dict(d.pop("written_off"))

        sums = cls(
            live=live,
            redeemed=redeemed,
            voided=voided,
            written_off=written_off,
        )

        sums.additional_properties = d
        return sums

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
