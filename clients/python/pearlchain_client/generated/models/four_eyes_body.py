from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="FourEyesBody")


@_attrs_define
class FourEyesBody:
    """Above which amount a second person approves; null: never.

    Attributes:
        above (int | None): Minor units of the currency.
    """

    above: int | None

    def to_dict(self) -> dict[str, Any]:
        above: int | None
        above = self.above

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "above": above,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_above(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        above = _parse_above(d.pop("above"))

        four_eyes_body = cls(
            above=above,
        )

        return four_eyes_body
