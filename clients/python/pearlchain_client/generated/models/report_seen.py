from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.column_seen import ColumnSeen


T = TypeVar("T", bound="ReportSeen")


@_attrs_define
class ReportSeen:
    """A report that can be asked for.

    Attributes:
        name (str): Which reports there are. One of: portfolio, exposure, maturities, lines, financings, documents,
            findings; there may be more.
        title (str):
        about (str):
        past (bool): Whether it can be of a block or a day of the past.
        formats (list[str]):
        columns (list[ColumnSeen]):
    """

    name: str
    title: str
    about: str
    past: bool
    formats: list[str]
    columns: list[ColumnSeen]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        title = self.title

        about = self.about

        past = self.past

        formats = self.formats

        columns = []
        for columns_item_data in self.columns:
            columns_item = columns_item_data.to_dict()
            columns.append(columns_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "title": title,
                "about": about,
                "past": past,
                "formats": formats,
                "columns": columns,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column_seen import ColumnSeen  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        title = d.pop("title")

        about = d.pop("about")

        past = d.pop("past")

        formats = cast(list[str], d.pop("formats"))

        columns = []
        _columns = d.pop("columns")
        for columns_item_data in _columns:
            columns_item = ColumnSeen.from_dict(columns_item_data)

            columns.append(columns_item)

        report_seen = cls(
            name=name,
            title=title,
            about=about,
            past=past,
            formats=formats,
            columns=columns,
        )

        report_seen.additional_properties = d
        return report_seen

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
