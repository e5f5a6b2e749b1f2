from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="UserChange")


@_attrs_define
class UserChange:
    """What is to hold of a user from now on.

    Attributes:
        label (str):
        duties (list[str]):
        disabled (bool):
    """

    label: str
    duties: list[str]
    disabled: bool

    def to_dict(self) -> dict[str, Any]:
        label = self.label

        duties = self.duties

        disabled = self.disabled

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "label": label,
                "duties": duties,
                "disabled": disabled,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        label = d.pop("label")

        duties = cast(list[str], d.pop("duties"))

        disabled = d.pop("disabled")

        user_change = cls(
            label=label,
            duties=duties,
            disabled=disabled,
        )

        return user_change
