from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Event")


@_attrs_define
class Event:
    """One event. It says which thing changed; read the thing for its figures.

    Attributes:
        id (str): The same wherever and however often the event is told.
        cursor (str): Where to read on behind it.
        name (str):
        time (datetime.datetime): By the ledger's clock for what stands on the chain, else by this service's.
        kind (str): What kind of thing changed.
        subject (str): The thing's id.
    """

    id: str
    cursor: str
    name: str
    time: datetime.datetime
    kind: str
    subject: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        cursor = self.cursor

        name = self.name

        time = self.time.isoformat()

        kind = self.kind

        subject = self.subject

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "cursor": cursor,
                "name": name,
                "time": time,
                "kind": kind,
                "subject": subject,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        cursor = d.pop("cursor")

        name = d.pop("name")

        time = datetime.datetime.fromisoformat(d.pop("time"))

        kind = d.pop("kind")

        subject = d.pop("subject")

        event = cls(
            id=id,
            cursor=cursor,
            name=name,
            time=time,
            kind=kind,
            subject=subject,
        )

        event.additional_properties = d
        return event

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
