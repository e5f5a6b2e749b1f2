from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ColumnSeen")


@_attrs_define
class ColumnSeen:
    """One column of a report.

    Attributes:
        name (str):
        type_ (str): ``text``, ``key``, ``code``, ``keys``, ``codes``, ``flag``, ``integer``, ``money``, ``date`` or
            ``time``.
        unit (None | str):
        heading (str): In the reader's language.
    """

    name: str
    type_: str
    unit: None | str
    heading: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        type_ = self.type_

        unit: None | str
        unit = self.unit

        heading = self.heading

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "type": type_,
                "unit": unit,
                "heading": heading,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        type_ = d.pop("type")

        def _parse_unit(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        unit = _parse_unit(d.pop("unit"))

        heading = d.pop("heading")

        column_seen = cls(
            name=name,
            type_=type_,
            unit=unit,
            heading=heading,
        )

        column_seen.additional_properties = d
        return column_seen

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
