from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Overdue")


@_attrs_define
class Overdue:
    """That an obligation was not paid in time.

    Attributes:
        since (datetime.date): The day on which the ledger was told.
        cured (bool): It was paid since, or made good.
        cured_at (datetime.datetime | None):
    """

    since: datetime.date
    cured: bool
    cured_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        since = self.since.isoformat()

        cured = self.cured

        cured_at: None | str
        if isinstance(self.cured_at, datetime.datetime):
            cured_at = self.cured_at.isoformat()
        else:
            cured_at = self.cured_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "since": since,
                "cured": cured,
                "cured_at": cured_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        since = datetime.date.fromisoformat(d.pop("since"))

        cured = d.pop("cured")

        def _parse_cured_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cured_at_type_0 = datetime.datetime.fromisoformat(data)

                return cured_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        cured_at = _parse_cured_at(d.pop("cured_at"))

        overdue = cls(
            since=since,
            cured=cured,
            cured_at=cured_at,
        )

        overdue.additional_properties = d
        return overdue

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
