from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="FourEyes")


@_attrs_define
class FourEyes:
    """The limit in force.

    Attributes:
        currency (str):
        above (Money | None): Null: one person decides alone.
        above_in_a_day (Money | None): Within 24 hours in all. Null: only single commands count.
        version (int): Its ETag.
    """

    currency: str
    above: Money | None
    above_in_a_day: Money | None
    version: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        currency = self.currency

        above: dict[str, Any] | None
        if isinstance(self.above, Money):
            above = self.above.to_dict()
        else:
            above = self.above

        above_in_a_day: dict[str, Any] | None
        if isinstance(self.above_in_a_day, Money):
            above_in_a_day = self.above_in_a_day.to_dict()
        else:
            above_in_a_day = self.above_in_a_day

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "currency": currency,
                "above": above,
                "above_in_a_day": above_in_a_day,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        currency = d.pop("currency")

        def _parse_above(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                above_type_0 = Money.from_dict(data)

                return above_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        above = _parse_above(d.pop("above"))

        def _parse_above_in_a_day(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                above_in_a_day_type_0 = Money.from_dict(data)

                return above_in_a_day_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        above_in_a_day = _parse_above_in_a_day(d.pop("above_in_a_day"))

        version = d.pop("version")

        four_eyes = cls(
            currency=currency,
            above=above,
            above_in_a_day=above_in_a_day,
            version=version,
        )

        four_eyes.additional_properties = d
        return four_eyes

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
