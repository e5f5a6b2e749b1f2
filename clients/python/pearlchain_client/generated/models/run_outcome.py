from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.run_outcome_refused import RunOutcomeRefused
    from ..models.run_outcome_vouchers import RunOutcomeVouchers


T = TypeVar("T", bound="RunOutcome")


@_attrs_define
class RunOutcome:
    """What became of each step of a plan, by its number.

    Attributes:
        plan (int):
        vouchers (RunOutcomeVouchers):
        accepted (list[int]):
        rejected (list[int]):
        refused (RunOutcomeRefused): Step → the rule that refused it.
    """

    plan: int
    vouchers: RunOutcomeVouchers
    accepted: list[int]
    rejected: list[int]
    refused: RunOutcomeRefused
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        plan = self.plan

        vouchers = self.vouchers.to_dict()

        accepted = self.accepted

        rejected = self.rejected

        refused = self.refused.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "plan": plan,
                "vouchers": vouchers,
                "accepted": accepted,
                "rejected": rejected,
                "refused": refused,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.run_outcome_refused import RunOutcomeRefused  # noqa: PLC0415
        from ..models.run_outcome_vouchers import RunOutcomeVouchers  # noqa: PLC0415

        d = dict(src_dict)
        plan = d.pop("plan")

        vouchers = RunOutcomeVouchers.from_dict(d.pop("vouchers"))

        accepted = cast(list[int], d.pop("accepted"))

        rejected = cast(list[int], d.pop("rejected"))

        refused = RunOutcomeRefused.from_dict(d.pop("refused"))

        run_outcome = cls(
            plan=plan,
            vouchers=vouchers,
            accepted=accepted,
            rejected=rejected,
            refused=refused,
        )

        run_outcome.additional_properties = d
        return run_outcome

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
