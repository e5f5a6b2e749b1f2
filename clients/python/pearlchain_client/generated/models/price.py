from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Price")


@_attrs_define
class Price:
    """One row of a line's pricing table: what the bank takes for paper that came up to ``to_tier`` hops from the issuer
    and lives up to ``to_days`` days; None is without end.

        Attributes:
            annual_rate_basis_points (int):
            to_tier (int | None | Unset):
            to_days (int | None | Unset):
    """

    annual_rate_basis_points: int
    to_tier: int | None | Unset = UNSET
    to_days: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        annual_rate_basis_points = self.annual_rate_basis_points

        to_tier: int | None | Unset
        if isinstance(self.to_tier, Unset):
            to_tier = UNSET
        else:
            to_tier = self.to_tier

        to_days: int | None | Unset
        if isinstance(self.to_days, Unset):
            to_days = UNSET
        else:
            to_days = self.to_days

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "annual_rate_basis_points": annual_rate_basis_points,
            }
        )
        if to_tier is not UNSET:
            field_dict["to_tier"] = to_tier
        if to_days is not UNSET:
            field_dict["to_days"] = to_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        annual_rate_basis_points = d.pop("annual_rate_basis_points")

        def _parse_to_tier(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        to_tier = _parse_to_tier(d.pop("to_tier", UNSET))

        def _parse_to_days(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        to_days = _parse_to_days(d.pop("to_days", UNSET))

        price = cls(
            annual_rate_basis_points=annual_rate_basis_points,
            to_tier=to_tier,
            to_days=to_days,
        )

        return price
