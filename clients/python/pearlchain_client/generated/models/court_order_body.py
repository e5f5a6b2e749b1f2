from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="CourtOrderBody")


@_attrs_define
class CourtOrderBody:
    """The order that is carried out.

    Attributes:
        order (str): The court, the number and the day of its order; the ledger keeps a hash of it.
    """

    order: str

    def to_dict(self) -> dict[str, Any]:
        order = self.order

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "order": order,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        order = d.pop("order")

        court_order_body = cls(
            order=order,
        )

        return court_order_body
