from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.bound import Bound
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Outcome")


@_attrs_define
class Outcome:
    """What the plan does for one enterprise, and what keeps it from more.

    Attributes:
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        need (Money): An amount in integer minor units of one currency.
        met (Money): An amount in integer minor units of one currency.
        met_below_first_tier (Money): An amount in integer minor units of one currency.
        received (Money): An amount in integer minor units of one currency.
        passed_on (Money): An amount in integer minor units of one currency.
        netted (Money): An amount in integer minor units of one currency.
        rule (None | str): Why its need is not met; null where it is.
        bound_by (list[Bound]):
    """

    enterprise: Participant
    need: Money
    met: Money
    met_below_first_tier: Money
    received: Money
    passed_on: Money
    netted: Money
    rule: None | str
    bound_by: list[Bound]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise.to_dict()

        need = self.need.to_dict()

        met = self.met.to_dict()

        met_below_first_tier = self.met_below_first_tier.to_dict()

        received = self.received.to_dict()

        passed_on = self.passed_on.to_dict()

        netted = self.netted.to_dict()

        rule: None | str
        rule = self.rule

        bound_by = []
        for bound_by_item_data in self.bound_by:
            bound_by_item = bound_by_item_data.to_dict()
            bound_by.append(bound_by_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enterprise": enterprise,
                "need": need,
                "met": met,
                "met_below_first_tier": met_below_first_tier,
                "received": received,
                "passed_on": passed_on,
                "netted": netted,
                "rule": rule,
                "bound_by": bound_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.bound import Bound  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        enterprise = Participant.from_dict(d.pop("enterprise"))

        need = Money.from_dict(d.pop("need"))

        met = Money.from_dict(d.pop("met"))

        met_below_first_tier = Money.from_dict(d.pop("met_below_first_tier"))

        received = Money.from_dict(d.pop("received"))

        passed_on = Money.from_dict(d.pop("passed_on"))

        netted = Money.from_dict(d.pop("netted"))

        def _parse_rule(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        rule = _parse_rule(d.pop("rule"))

        bound_by = []
        _bound_by = d.pop("bound_by")
        for bound_by_item_data in _bound_by:
            bound_by_item = Bound.from_dict(bound_by_item_data)

            bound_by.append(bound_by_item)

        outcome = cls(
            enterprise=enterprise,
            need=need,
            met=met,
            met_below_first_tier=met_below_first_tier,
            received=received,
            passed_on=passed_on,
            netted=netted,
            rule=rule,
            bound_by=bound_by,
        )

        outcome.additional_properties = d
        return outcome

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
