from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.figures import Figures
    from ..models.participant import Participant
    from ..models.summary_vouchers_by_state import SummaryVouchersByState


T = TypeVar("T", bound="Summary")


@_attrs_define
class Summary:
    """Who asks, when it is on the ledger, and the caller's figures.

    Attributes:
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        roles (list[str]):
        ledger_time (datetime.datetime | None): Time of the last block, by which the ledger counts days and deadlines.
        last_block (int):
        vouchers_by_state (SummaryVouchersByState):
        figures (list[Figures]):
    """

    enterprise: Participant
    roles: list[str]
    ledger_time: datetime.datetime | None
    last_block: int
    vouchers_by_state: SummaryVouchersByState
    figures: list[Figures]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise.to_dict()

        roles = self.roles

        ledger_time: None | str
        if isinstance(self.ledger_time, datetime.datetime):
            ledger_time = self.ledger_time.isoformat()
        else:
            ledger_time = self.ledger_time

        last_block = self.last_block

        vouchers_by_state = self.vouchers_by_state.to_dict()

        figures = []
        for figures_item_data in self.figures:
            figures_item = figures_item_data.to_dict()
            figures.append(figures_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enterprise": enterprise,
                "roles": roles,
                "ledger_time": ledger_time,
                "last_block": last_block,
                "vouchers_by_state": vouchers_by_state,
                "figures": figures,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.figures import Figures  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.summary_vouchers_by_state import SummaryVouchersByState  # noqa: PLC0415

        d = dict(src_dict)
        enterprise = Participant.from_dict(d.pop("enterprise"))

        roles = cast(list[str], d.pop("roles"))

        def _parse_ledger_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ledger_time_type_0 = datetime.datetime.fromisoformat(data)

                return ledger_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ledger_time = _parse_ledger_time(d.pop("ledger_time"))

        last_block = d.pop("last_block")

        vouchers_by_state = SummaryVouchersByState.from_dict(d.pop("vouchers_by_state"))

        figures = []
        _figures = d.pop("figures")
        for figures_item_data in _figures:
            figures_item = Figures.from_dict(figures_item_data)

            figures.append(figures_item)

        summary = cls(
            enterprise=enterprise,
            roles=roles,
            ledger_time=ledger_time,
            last_block=last_block,
            vouchers_by_state=vouchers_by_state,
            figures=figures,
        )

        summary.additional_properties = d
        return summary

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
