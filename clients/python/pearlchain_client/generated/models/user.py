from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="User")


@_attrs_define
class User:
    """A person who acts for an enterprise.

    Attributes:
        id (str):
        issuer (str):
        subject (str):
        enterprise (str):
        label (str):
        duties (list[str]):
        created_at (datetime.datetime):
        disabled (bool):
    """

    id: str
    issuer: str
    subject: str
    enterprise: str
    label: str
    duties: list[str]
    created_at: datetime.datetime
    disabled: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        issuer = self.issuer

        subject = self.subject

        enterprise = self.enterprise

        label = self.label

        duties = self.duties

        created_at = self.created_at.isoformat()

        disabled = self.disabled

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "issuer": issuer,
                "subject": subject,
                "enterprise": enterprise,
                "label": label,
                "duties": duties,
                "created_at": created_at,
                "disabled": disabled,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        issuer = d.pop("issuer")

        subject = d.pop("subject")

        enterprise = d.pop("enterprise")

        label = d.pop("label")

        duties = cast(list[str], d.pop("duties"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        disabled = d.pop("disabled")

        user = cls(
            id=id,
            issuer=issuer,
            subject=subject,
            enterprise=enterprise,
            label=label,
            duties=duties,
            created_at=created_at,
            disabled=disabled,
        )

        user.additional_properties = d
        return user

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
