from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="WhatIfBody")


@_attrs_define
class WhatIfBody:
    """The currency to plan in, and what would be another way, in the words of `pearl plan --what-if`.

    Attributes:
        currency (str):
        changes (list[str]): Each is one of `line:BANK/ISSUER=+1000000`, `financing:BANK/ISSUER=5000000`,
            `rate:BANK/ISSUER=300`, `price:BANK/ISSUER/TIER/DAYS=350`, `need:ENTERPRISE=200000`, `net:NETTING`, `net:all`,
            `without:DOCUMENT`, `without:ENTERPRISE`, `rule:max_hops=3`: amounts in minor units, enterprises by id or name,
            + and - change what is there. They are made one after the other.
    """

    currency: str
    changes: list[str]

    def to_dict(self) -> dict[str, Any]:
        currency = self.currency

        changes = self.changes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "currency": currency,
                "changes": changes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        currency = d.pop("currency")

        changes = cast(list[str], d.pop("changes"))

        what_if_body = cls(
            currency=currency,
            changes=changes,
        )

        return what_if_body
