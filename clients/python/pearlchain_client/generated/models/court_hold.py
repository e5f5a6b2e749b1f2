from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CourtHold")


@_attrs_define
class CourtHold:
    """Whether a court holds the whole obligation now.

    Attributes:
        obligation (str):
        held_by_court (bool):
    """

    obligation: str
    held_by_court: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        obligation = self.obligation

        held_by_court = self.held_by_court

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "obligation": obligation,
                "held_by_court": held_by_court,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        obligation = d.pop("obligation")

        held_by_court = d.pop("held_by_court")

        court_hold = cls(
            obligation=obligation,
            held_by_court=held_by_court,
        )

        court_hold.additional_properties = d
        return court_hold

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
