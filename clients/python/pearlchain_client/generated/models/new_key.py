from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="NewKey")


@_attrs_define
class NewKey:
    """A key with its secret, which is shown this one time.

    Attributes:
        id (str):
        enterprise (str):
        label (str):
        created_at (datetime.datetime):
        revoked (bool):
        duties (list[str]):
        expires_at (datetime.datetime | None):
        key (None | str): Null where a request is repeated under its `Idempotency-Key`: it was shown before, and is kept
            nowhere. Who lost it revokes the key and makes another.
    """

    id: str
    enterprise: str
    label: str
    created_at: datetime.datetime
    revoked: bool
    duties: list[str]
    expires_at: datetime.datetime | None
    key: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        enterprise = self.enterprise

        label = self.label

        created_at = self.created_at.isoformat()

        revoked = self.revoked

        duties = self.duties

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        key: None | str
        key = self.key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "enterprise": enterprise,
                "label": label,
                "created_at": created_at,
                "revoked": revoked,
                "duties": duties,
                "expires_at": expires_at,
                "key": key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        enterprise = d.pop("enterprise")

        label = d.pop("label")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        revoked = d.pop("revoked")

        duties = cast(list[str], d.pop("duties"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        key = _parse_key(d.pop("key"))

        new_key = cls(
            id=id,
            enterprise=enterprise,
            label=label,
            created_at=created_at,
            revoked=revoked,
            duties=duties,
            expires_at=expires_at,
            key=key,
        )

        new_key.additional_properties = d
        return new_key

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
