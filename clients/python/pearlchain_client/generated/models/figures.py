from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Figures")


@_attrs_define
class Figures:
    """One currency, over the pieces that the caller may see.

    Attributes:
        currency (str):
        issued (Money): An amount in integer minor units of one currency.
        outstanding (Money): An amount in integer minor units of one currency.
        held (Money): An amount in integer minor units of one currency.
        offered (Money): An amount in integer minor units of one currency.
        received (Money): An amount in integer minor units of one currency.
        sold (Money): An amount in integer minor units of one currency.
    """

    currency: str
    issued: Money
    outstanding: Money
    held: Money
    offered: Money
    received: Money
    sold: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        currency = self.currency

        issued = self.issued.to_dict()

        outstanding = self.outstanding.to_dict()

        held = self.held.to_dict()

        offered = self.offered.to_dict()

        received = self.received.to_dict()

        sold = self.sold.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "currency": currency,
                "issued": issued,
                "outstanding": outstanding,
                "held": held,
                "offered": offered,
                "received": received,
                "sold": sold,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        currency = d.pop("currency")

        issued = Money.from_dict(d.pop("issued"))

        outstanding = Money.from_dict(d.pop("outstanding"))

        held = Money.from_dict(d.pop("held"))

        offered = Money.from_dict(d.pop("offered"))

        received = Money.from_dict(d.pop("received"))

        sold = Money.from_dict(d.pop("sold"))

        figures = cls(
            currency=currency,
            issued=issued,
            outstanding=outstanding,
            held=held,
            offered=offered,
            received=received,
            sold=sold,
        )

        figures.additional_properties = d
        return figures

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
