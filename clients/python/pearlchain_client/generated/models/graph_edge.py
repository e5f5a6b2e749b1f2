from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="GraphEdge")


@_attrs_define
class GraphEdge:
    """All documents of one relation between two enterprises, in one currency.

    Attributes:
        source (str):
        target (str):
        relation (str): `ordered` and `invoiced` run buyer → seller, `shipped` back, `stored` to a keeper.
        documents (int):
        open_ (Money | None): What is open and may back credit; null for goods, which have no amount.
        blocked_by (list[str]): Rules that keep some of them from backing credit.
    """

    source: str
    target: str
    relation: str
    documents: int
    open_: Money | None
    blocked_by: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        source = self.source

        target = self.target

        relation = self.relation

        documents = self.documents

        open_: dict[str, Any] | None
        if isinstance(self.open_, Money):
            open_ = self.open_.to_dict()
        else:
            open_ = self.open_

        blocked_by = self.blocked_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "target": target,
                "relation": relation,
                "documents": documents,
                "open": open_,
                "blocked_by": blocked_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        source = d.pop("source")

        target = d.pop("target")

        relation = d.pop("relation")

        documents = d.pop("documents")

        def _parse_open_(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                open_type_0 = Money.from_dict(data)

                return open_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        open_ = _parse_open_(d.pop("open"))

        blocked_by = cast(list[str], d.pop("blocked_by"))

        graph_edge = cls(
            source=source,
            target=target,
            relation=relation,
            documents=documents,
            open_=open_,
            blocked_by=blocked_by,
        )

        graph_edge.additional_properties = d
        return graph_edge

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
