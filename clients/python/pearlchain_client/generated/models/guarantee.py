from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Guarantee")


@_attrs_define
class Guarantee:
    """Who answers for which share of the face.

    Attributes:
        guarantor (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        basis_points (int):
        paid (Money | None): What it paid to holders; seen by itself, issuer and banks.
    """

    guarantor: Participant
    basis_points: int
    paid: Money | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        guarantor = self.guarantor.to_dict()

        basis_points = self.basis_points

        paid: dict[str, Any] | None
        if isinstance(self.paid, Money):
            paid = self.paid.to_dict()
        else:
            paid = self.paid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "guarantor": guarantor,
                "basis_points": basis_points,
                "paid": paid,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        guarantor = Participant.from_dict(d.pop("guarantor"))

        basis_points = d.pop("basis_points")

        def _parse_paid(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                paid_type_0 = Money.from_dict(data)

                return paid_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        paid = _parse_paid(d.pop("paid"))

        guarantee = cls(
            guarantor=guarantor,
            basis_points=basis_points,
            paid=paid,
        )

        guarantee.additional_properties = d
        return guarantee

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
