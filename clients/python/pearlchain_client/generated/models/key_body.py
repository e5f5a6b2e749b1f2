from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="KeyBody")


@_attrs_define
class KeyBody:
    """Whom the new key acts for: an enterprise of the register, or ``operator``.

    Attributes:
        enterprise (str):
        label (str):
        duties (list[str] | None | Unset): Those that act, as the enterprise's roles allow, where none are given.
        expires_at (datetime.datetime | None | Unset): From then on the key is unknown. One that an enterprise's key
            makes ends no later than that key.
    """

    enterprise: str
    label: str
    duties: list[str] | None | Unset = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise

        label = self.label

        duties: list[str] | None | Unset
        if isinstance(self.duties, Unset):
            duties = UNSET
        elif isinstance(self.duties, list):
            duties = self.duties

        else:
            duties = self.duties

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "enterprise": enterprise,
                "label": label,
            }
        )
        if duties is not UNSET:
            field_dict["duties"] = duties
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enterprise = d.pop("enterprise")

        label = d.pop("label")

        def _parse_duties(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                duties_type_0 = cast(list[str], data)

                return duties_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        duties = _parse_duties(d.pop("duties", UNSET))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        key_body = cls(
            enterprise=enterprise,
            label=label,
            duties=duties,
            expires_at=expires_at,
        )

        return key_body
