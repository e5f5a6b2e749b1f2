from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StepProven")


@_attrs_define
class StepProven:
    """One step of the way from the issuer.

    Attributes:
        piece (int):
        from_ (int): Number of who gave it.
        to (int): Number of who got it.
        evidence (int): Of the document behind it; 0: a payment is.
        tier (int):
    """

    piece: int
    from_: int
    to: int
    evidence: int
    tier: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        piece = self.piece

        from_ = self.from_

        to = self.to

        evidence = self.evidence

        tier = self.tier

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "piece": piece,
                "from": from_,
                "to": to,
                "evidence": evidence,
                "tier": tier,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        piece = d.pop("piece")

        from_ = d.pop("from")

        to = d.pop("to")

        evidence = d.pop("evidence")

        tier = d.pop("tier")

        step_proven = cls(
            piece=piece,
            from_=from_,
            to=to,
            evidence=evidence,
            tier=tier,
        )

        step_proven.additional_properties = d
        return step_proven

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
