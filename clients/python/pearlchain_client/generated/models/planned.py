from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.left import Left
    from ..models.netting import Netting
    from ..models.outcome import Outcome
    from ..models.planned_step import PlannedStep
    from ..models.totals import Totals


T = TypeVar("T", bound="Planned")


@_attrs_define
class Planned:
    """What is decided on a day, or the part of it that the caller is in (then without totals).

    Attributes:
        currency (str):
        day (datetime.date):
        steps (list[PlannedStep]):
        left_out (list[Left]):
        outcomes (list[Outcome]): The caller's own; of all enterprises for who reads everything.
        nettings (list[Netting]): Proposed by this plan, as they stand now; a party's own legs.
        totals (None | Totals): Null for a party: the network's figures are not its own.
    """

    currency: str
    day: datetime.date
    steps: list[PlannedStep]
    left_out: list[Left]
    outcomes: list[Outcome]
    nettings: list[Netting]
    totals: None | Totals
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.totals import Totals  # noqa: PLC0415

        currency = self.currency

        day = self.day.isoformat()

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        left_out = []
        for left_out_item_data in self.left_out:
            left_out_item = left_out_item_data.to_dict()
            left_out.append(left_out_item)

        outcomes = []
        for outcomes_item_data in self.outcomes:
            outcomes_item = outcomes_item_data.to_dict()
            outcomes.append(outcomes_item)

        nettings = []
        for nettings_item_data in self.nettings:
            nettings_item = nettings_item_data.to_dict()
            nettings.append(nettings_item)

        totals: dict[str, Any] | None
        if isinstance(self.totals, Totals):
            totals = self.totals.to_dict()
        else:
            totals = self.totals

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "currency": currency,
                "day": day,
                "steps": steps,
                "left_out": left_out,
                "outcomes": outcomes,
                "nettings": nettings,
                "totals": totals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.left import Left  # noqa: PLC0415
        from ..models.netting import Netting  # noqa: PLC0415
        from ..models.outcome import Outcome  # noqa: PLC0415
        from ..models.planned_step import PlannedStep  # noqa: PLC0415
        from ..models.totals import Totals  # noqa: PLC0415

        d = dict(src_dict)
        currency = d.pop("currency")

        day = datetime.date.fromisoformat(d.pop("day"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = PlannedStep.from_dict(steps_item_data)

            steps.append(steps_item)

        left_out = []
        _left_out = d.pop("left_out")
        for left_out_item_data in _left_out:
            left_out_item = Left.from_dict(left_out_item_data)

            left_out.append(left_out_item)

        outcomes = []
        _outcomes = d.pop("outcomes")
        for outcomes_item_data in _outcomes:
            outcomes_item = Outcome.from_dict(outcomes_item_data)

            outcomes.append(outcomes_item)

        nettings = []
        _nettings = d.pop("nettings")
        for nettings_item_data in _nettings:
            nettings_item = Netting.from_dict(nettings_item_data)

            nettings.append(nettings_item)

        def _parse_totals(data: object) -> None | Totals:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                totals_type_0 = Totals.from_dict(data)

                return totals_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Totals, data)

        totals = _parse_totals(d.pop("totals"))

        planned = cls(
            currency=currency,
            day=day,
            steps=steps,
            left_out=left_out,
            outcomes=outcomes,
            nettings=nettings,
            totals=totals,
        )

        planned.additional_properties = d
        return planned

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
