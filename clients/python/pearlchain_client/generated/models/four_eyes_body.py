from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.threshold import Threshold


T = TypeVar("T", bound="FourEyesBody")


@_attrs_define
class FourEyesBody:
    """Above which amount a second person approves; null: never.

    Attributes:
        above (None | Threshold): In the currency of the address.
    """

    above: None | Threshold

    def to_dict(self) -> dict[str, Any]:
        from ..models.threshold import Threshold  # noqa: PLC0415

        above: dict[str, Any] | None
        if isinstance(self.above, Threshold):
            above = self.above.to_dict()
        else:
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
        from ..models.threshold import Threshold  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_above(data: object) -> None | Threshold:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                above_type_0 = Threshold.from_dict(data)

                return above_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Threshold, data)

        above = _parse_above(d.pop("above"))

        four_eyes_body = cls(
            above=above,
        )

        return four_eyes_body
