from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AliasBody")


@_attrs_define
class AliasBody:
    """What is decided of an id: it belongs to the enterprise, or it does not, whatever documents say.

    Attributes:
        enterprise (str): Any of its ids, or its registered name.
        alias (str): `SCHEME:value`.
        reason (str): What the decision rests on.
        belongs (bool | Unset):  Default: True.
    """

    enterprise: str
    alias: str
    reason: str
    belongs: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise

        alias = self.alias

        reason = self.reason

        belongs = self.belongs

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "enterprise": enterprise,
                "alias": alias,
                "reason": reason,
            }
        )
        if belongs is not UNSET:
            field_dict["belongs"] = belongs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enterprise = d.pop("enterprise")

        alias = d.pop("alias")

        reason = d.pop("reason")

        belongs = d.pop("belongs", UNSET)

        alias_body = cls(
            enterprise=enterprise,
            alias=alias,
            reason=reason,
            belongs=belongs,
        )

        return alias_body
