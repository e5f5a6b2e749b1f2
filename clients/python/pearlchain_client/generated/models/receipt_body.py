from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReceiptBody")


@_attrs_define
class ReceiptBody:
    """The keeper's warehouse receipt among the documents: for one lot, in whole units, with the value of the goods.

    Attributes:
        document (str):
    """

    document: str

    def to_dict(self) -> dict[str, Any]:
        document = self.document

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "document": document,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        document = d.pop("document")

        receipt_body = cls(
            document=document,
        )

        return receipt_body
