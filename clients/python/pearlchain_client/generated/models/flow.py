from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.paper import Paper


T = TypeVar("T", bound="Flow")


@_attrs_define
class Flow:
    """One of the three flows.

    Attributes:
        papers (list[Paper]):
        others (int): How many more papers are in it, which do not name the caller.
        proven (bool): Whether the papers of this flow show what credit needs of it.
    """

    papers: list[Paper]
    others: int
    proven: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        papers = []
        for papers_item_data in self.papers:
            papers_item = papers_item_data.to_dict()
            papers.append(papers_item)

        others = self.others

        proven = self.proven

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "papers": papers,
                "others": others,
                "proven": proven,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.paper import Paper  # noqa: PLC0415

        d = dict(src_dict)
        papers = []
        _papers = d.pop("papers")
        for papers_item_data in _papers:
            papers_item = Paper.from_dict(papers_item_data)

            papers.append(papers_item)

        others = d.pop("others")

        proven = d.pop("proven")

        flow = cls(
            papers=papers,
            others=others,
            proven=proven,
        )

        flow.additional_properties = d
        return flow

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
