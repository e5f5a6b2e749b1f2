from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.paper_line import PaperLine


T = TypeVar("T", bound="Paper")


@_attrs_define
class Paper:
    """A paper that names the caller; of others only their number is told (`Flow.others`).

    Attributes:
        id (str):
        key (str):
        type_ (str):
        number (str):
        issue_date (datetime.date | None):
        delivery_date (datetime.date | None):
        payable (Money | None):
        lines (list[PaperLine]):
    """

    id: str
    key: str
    type_: str
    number: str
    issue_date: datetime.date | None
    delivery_date: datetime.date | None
    payable: Money | None
    lines: list[PaperLine]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        id = self.id

        key = self.key

        type_ = self.type_

        number = self.number

        issue_date: None | str
        if isinstance(self.issue_date, datetime.date):
            issue_date = self.issue_date.isoformat()
        else:
            issue_date = self.issue_date

        delivery_date: None | str
        if isinstance(self.delivery_date, datetime.date):
            delivery_date = self.delivery_date.isoformat()
        else:
            delivery_date = self.delivery_date

        payable: dict[str, Any] | None
        if isinstance(self.payable, Money):
            payable = self.payable.to_dict()
        else:
            payable = self.payable

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "key": key,
                "type": type_,
                "number": number,
                "issue_date": issue_date,
                "delivery_date": delivery_date,
                "payable": payable,
                "lines": lines,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.paper_line import PaperLine  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        key = d.pop("key")

        type_ = d.pop("type")

        number = d.pop("number")

        def _parse_issue_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                issue_date_type_0 = datetime.date.fromisoformat(data)

                return issue_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        issue_date = _parse_issue_date(d.pop("issue_date"))

        def _parse_delivery_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivery_date_type_0 = datetime.date.fromisoformat(data)

                return delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        delivery_date = _parse_delivery_date(d.pop("delivery_date"))

        def _parse_payable(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                payable_type_0 = Money.from_dict(data)

                return payable_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        payable = _parse_payable(d.pop("payable"))

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = PaperLine.from_dict(lines_item_data)

            lines.append(lines_item)

        paper = cls(
            id=id,
            key=key,
            type_=type_,
            number=number,
            issue_date=issue_date,
            delivery_date=delivery_date,
            payable=payable,
            lines=lines,
        )

        paper.additional_properties = d
        return paper

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
