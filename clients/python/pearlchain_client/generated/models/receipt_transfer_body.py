from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReceiptTransferBody")


@_attrs_define
class ReceiptTransferBody:
    """Whose the goods are from now on.

    Attributes:
        owner (str):
    """

    owner: str

    def to_dict(self) -> dict[str, Any]:
        owner = self.owner

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "owner": owner,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        owner = d.pop("owner")

        receipt_transfer_body = cls(
            owner=owner,
        )

        return receipt_transfer_body
