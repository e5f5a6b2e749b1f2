from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LotBody")


@_attrs_define
class LotBody:
    """What a keeper finds of goods in its store.

    Attributes:
        lot (str): The keeper's own name of the lot, as its warehouse receipts have it.
        depositor (str): Who deposited the goods; the same at every measurement.
        quantity (int): Whole units of the lot.
    """

    lot: str
    depositor: str
    quantity: int

    def to_dict(self) -> dict[str, Any]:
        lot = self.lot

        depositor = self.depositor

        quantity = self.quantity

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lot": lot,
                "depositor": depositor,
                "quantity": quantity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        lot = d.pop("lot")

        depositor = d.pop("depositor")

        quantity = d.pop("quantity")

        lot_body = cls(
            lot=lot,
            depositor=depositor,
            quantity=quantity,
        )

        return lot_body
