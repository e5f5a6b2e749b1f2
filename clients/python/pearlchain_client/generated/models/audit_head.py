from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_anchor import AuditAnchor


T = TypeVar("T", bound="AuditHead")


@_attrs_define
class AuditHead:
    """The newest entry, and the newest that is anchored.

    Attributes:
        number (int):
        hash_ (str):
        anchor (AuditAnchor | None):
    """

    number: int
    hash_: str
    anchor: AuditAnchor | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.audit_anchor import AuditAnchor  # noqa: PLC0415

        number = self.number

        hash_ = self.hash_

        anchor: dict[str, Any] | None
        if isinstance(self.anchor, AuditAnchor):
            anchor = self.anchor.to_dict()
        else:
            anchor = self.anchor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "hash": hash_,
                "anchor": anchor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_anchor import AuditAnchor  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        hash_ = d.pop("hash")

        def _parse_anchor(data: object) -> AuditAnchor | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                anchor_type_0 = AuditAnchor.from_dict(data)

                return anchor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuditAnchor | None, data)

        anchor = _parse_anchor(d.pop("anchor"))

        audit_head = cls(
            number=number,
            hash_=hash_,
            anchor=anchor,
        )

        audit_head.additional_properties = d
        return audit_head

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
