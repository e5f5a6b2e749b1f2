from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.threshold import Threshold


T = TypeVar("T", bound="FourEyesBody")


@_attrs_define
class FourEyesBody:
    """Above which amount a second person approves; null: never.

    Attributes:
        above (None | Threshold): By one command; in the currency of the address.
        above_in_a_day (None | Threshold | Unset): By all that one person asks for within 24 hours, and nobody else
            decides about; in the same currency.
    """

    above: None | Threshold
    above_in_a_day: None | Threshold | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.threshold import Threshold  # noqa: PLC0415

        above: dict[str, Any] | None
        if isinstance(self.above, Threshold):
            above = self.above.to_dict()
        else:
            above = self.above

        above_in_a_day: dict[str, Any] | None | Unset
        if isinstance(self.above_in_a_day, Unset):
            above_in_a_day = UNSET
        elif isinstance(self.above_in_a_day, Threshold):
            above_in_a_day = self.above_in_a_day.to_dict()
        else:
            above_in_a_day = self.above_in_a_day

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "above": above,
            }
        )
        if above_in_a_day is not UNSET:
            field_dict["above_in_a_day"] = above_in_a_day

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

        def _parse_above_in_a_day(data: object) -> None | Threshold | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                above_in_a_day_type_0 = Threshold.from_dict(data)

                return above_in_a_day_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Threshold | Unset, data)

        above_in_a_day = _parse_above_in_a_day(d.pop("above_in_a_day", UNSET))

        four_eyes_body = cls(
            above=above,
            above_in_a_day=above_in_a_day,
        )

        return four_eyes_body
