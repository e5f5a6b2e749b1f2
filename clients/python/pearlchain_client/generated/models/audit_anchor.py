from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AuditAnchor")


@_attrs_define
class AuditAnchor:
    """An entry's number and hash as they stand on chain.

    Attributes:
        number (int):
        hash_ (str):
        transaction (str):
        block_number (int):
        at (datetime.datetime):
    """

    number: int
    hash_: str
    transaction: str
    block_number: int
    at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        hash_ = self.hash_

        transaction = self.transaction

        block_number = self.block_number

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "hash": hash_,
                "transaction": transaction,
                "block_number": block_number,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        hash_ = d.pop("hash")

        transaction = d.pop("transaction")

        block_number = d.pop("block_number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        audit_anchor = cls(
            number=number,
            hash_=hash_,
            transaction=transaction,
            block_number=block_number,
            at=at,
        )

        audit_anchor.additional_properties = d
        return audit_anchor

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
