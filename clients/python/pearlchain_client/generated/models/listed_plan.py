from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ListedPlan")


@_attrs_define
class ListedPlan:
    """A plan in the list. ``GET /v1/plans/{number}`` has what is in it.

    Attributes:
        id (int):
        currency (str):
        day (datetime.date):
        started (bool):
        steps (int): How many steps the caller is in; of all enterprises for who reads everything.
    """

    id: int
    currency: str
    day: datetime.date
    started: bool
    steps: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        currency = self.currency

        day = self.day.isoformat()

        started = self.started

        steps = self.steps

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "currency": currency,
                "day": day,
                "started": started,
                "steps": steps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        currency = d.pop("currency")

        day = datetime.date.fromisoformat(d.pop("day"))

        started = d.pop("started")

        steps = d.pop("steps")

        listed_plan = cls(
            id=id,
            currency=currency,
            day=day,
            started=started,
            steps=steps,
        )

        listed_plan.additional_properties = d
        return listed_plan

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
