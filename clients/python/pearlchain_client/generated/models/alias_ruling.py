from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AliasRuling")


@_attrs_define
class AliasRuling:
    """What counts of an id now.

    Attributes:
        enterprise (str): The id that it is registered or known by.
        alias (str):
        belongs (bool):
        reason (str):
    """

    enterprise: str
    alias: str
    belongs: bool
    reason: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise

        alias = self.alias

        belongs = self.belongs

        reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enterprise": enterprise,
                "alias": alias,
                "belongs": belongs,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enterprise = d.pop("enterprise")

        alias = d.pop("alias")

        belongs = d.pop("belongs")

        reason = d.pop("reason")

        alias_ruling = cls(
            enterprise=enterprise,
            alias=alias,
            belongs=belongs,
            reason=reason,
        )

        alias_ruling.additional_properties = d
        return alias_ruling

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
