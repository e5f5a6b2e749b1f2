from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.graph_edge import GraphEdge
    from ..models.graph_node import GraphNode


T = TypeVar("T", bound="Neighbourhood")


@_attrs_define
class Neighbourhood:
    """A page of the relations among the enterprises around one, and the enterprises at the ends of these.

    Attributes:
        around (str):
        hops (int):
        enterprises (list[GraphNode]):
        relations (list[GraphEdge]):
        next_ (None | str):
    """

    around: str
    hops: int
    enterprises: list[GraphNode]
    relations: list[GraphEdge]
    next_: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        around = self.around

        hops = self.hops

        enterprises = []
        for enterprises_item_data in self.enterprises:
            enterprises_item = enterprises_item_data.to_dict()
            enterprises.append(enterprises_item)

        relations = []
        for relations_item_data in self.relations:
            relations_item = relations_item_data.to_dict()
            relations.append(relations_item)

        next_: None | str
        next_ = self.next_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "around": around,
                "hops": hops,
                "enterprises": enterprises,
                "relations": relations,
                "next": next_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.graph_edge import GraphEdge  # noqa: PLC0415
        from ..models.graph_node import GraphNode  # noqa: PLC0415

        d = dict(src_dict)
        around = d.pop("around")

        hops = d.pop("hops")

        enterprises = []
        _enterprises = d.pop("enterprises")
        for enterprises_item_data in _enterprises:
            enterprises_item = GraphNode.from_dict(enterprises_item_data)

            enterprises.append(enterprises_item)

        relations = []
        _relations = d.pop("relations")
        for relations_item_data in _relations:
            relations_item = GraphEdge.from_dict(relations_item_data)

            relations.append(relations_item)

        def _parse_next_(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_ = _parse_next_(d.pop("next"))

        neighbourhood = cls(
            around=around,
            hops=hops,
            enterprises=enterprises,
            relations=relations,
            next_=next_,
        )

        neighbourhood.additional_properties = d
        return neighbourhood

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
