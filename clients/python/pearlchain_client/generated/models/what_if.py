from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.difference import Difference
    from ..models.planned import Planned


T = TypeVar("T", bound="WhatIf")


@_attrs_define
class WhatIf:
    """What would be planned today if the changes were made. It is kept nowhere and cannot be run.

    Attributes:
        plan (Planned): What is decided on a day, or the part of it that the caller is in (then without totals).
        steps_before (int): How many steps today's plan has without the changes.
        differences (list[Difference]): The whole's, and what of the rest is not the same.
    """

    plan: Planned
    steps_before: int
    differences: list[Difference]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        plan = self.plan.to_dict()

        steps_before = self.steps_before

        differences = []
        for differences_item_data in self.differences:
            differences_item = differences_item_data.to_dict()
            differences.append(differences_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "plan": plan,
                "steps_before": steps_before,
                "differences": differences,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.difference import Difference  # noqa: PLC0415
        from ..models.planned import Planned  # noqa: PLC0415

        d = dict(src_dict)
        plan = Planned.from_dict(d.pop("plan"))

        steps_before = d.pop("steps_before")

        differences = []
        _differences = d.pop("differences")
        for differences_item_data in _differences:
            differences_item = Difference.from_dict(differences_item_data)

            differences.append(differences_item)

        what_if = cls(
            plan=plan,
            steps_before=steps_before,
            differences=differences,
        )

        what_if.additional_properties = d
        return what_if

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
