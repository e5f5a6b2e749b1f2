from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="FinanceBody")


@_attrs_define
class FinanceBody:
    """The quote that the holder takes.

    Attributes:
        quote (str):
    """

    quote: str

    def to_dict(self) -> dict[str, Any]:
        quote = self.quote

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "quote": quote,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        quote = d.pop("quote")

        finance_body = cls(
            quote=quote,
        )

        return finance_body
