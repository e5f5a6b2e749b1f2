from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Totals")


@_attrs_define
class Totals:
    """What the plan reaches, and what no plan can exceed.

    Attributes:
        met (Money): An amount in integer minor units of one currency.
        met_below_first_tier (Money): An amount in integer minor units of one currency.
        bound (Money): An amount in integer minor units of one currency.
        bound_below_first_tier (Money): An amount in integer minor units of one currency.
        optimal (bool):
        proof (str):
    """

    met: Money
    met_below_first_tier: Money
    bound: Money
    bound_below_first_tier: Money
    optimal: bool
    proof: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        met = self.met.to_dict()

        met_below_first_tier = self.met_below_first_tier.to_dict()

        bound = self.bound.to_dict()

        bound_below_first_tier = self.bound_below_first_tier.to_dict()

        optimal = self.optimal

        proof = self.proof

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "met": met,
                "met_below_first_tier": met_below_first_tier,
                "bound": bound,
                "bound_below_first_tier": bound_below_first_tier,
                "optimal": optimal,
                "proof": proof,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        met = Money.from_dict(d.pop("met"))

        met_below_first_tier = Money.from_dict(d.pop("met_below_first_tier"))

        bound = Money.from_dict(d.pop("bound"))

        bound_below_first_tier = Money.from_dict(d.pop("bound_below_first_tier"))

        optimal = d.pop("optimal")

        proof = d.pop("proof")

        totals = cls(
            met=met,
            met_below_first_tier=met_below_first_tier,
            bound=bound,
            bound_below_first_tier=bound_below_first_tier,
            optimal=optimal,
            proof=proof,
        )

        totals.additional_properties = d
        return totals

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
