from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="PaperLine")


@_attrs_define
class PaperLine:
    """One line of a paper.

    Attributes:
        number (str):
        description (str):
        item (None | str):
        quantity (None | str):
        unit (None | str): UN/ECE Recommendation 20 where given.
        net (Money | None):
        order_line (None | str): Number of the order's line that it belongs to.
    """

    number: str
    description: str
    item: None | str
    quantity: None | str
    unit: None | str
    net: Money | None
    order_line: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        number = self.number

        description = self.description

        item: None | str
        item = self.item

        quantity: None | str
        quantity = self.quantity

        unit: None | str
        unit = self.unit

        net: dict[str, Any] | None
        if isinstance(self.net, Money):
            net = self.net.to_dict()
        else:
            net = self.net

        order_line: None | str
        order_line = self.order_line

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "description": description,
                "item": item,
                "quantity": quantity,
                "unit": unit,
                "net": net,
                "order_line": order_line,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        description = d.pop("description")

        def _parse_item(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        item = _parse_item(d.pop("item"))

        def _parse_quantity(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        quantity = _parse_quantity(d.pop("quantity"))

        def _parse_unit(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        unit = _parse_unit(d.pop("unit"))

        def _parse_net(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                net_type_0 = Money.from_dict(data)

                return net_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        net = _parse_net(d.pop("net"))

        def _parse_order_line(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        order_line = _parse_order_line(d.pop("order_line"))

        paper_line = cls(
            number=number,
            description=description,
            item=item,
            quantity=quantity,
            unit=unit,
            net=net,
            order_line=order_line,
        )

        paper_line.additional_properties = d
        return paper_line

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
