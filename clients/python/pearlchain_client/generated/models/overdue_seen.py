from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.overdue import Overdue
    from ..models.participant import Participant


T = TypeVar("T", bound="OverdueSeen")


@_attrs_define
class OverdueSeen:
    """An obligation that was, or is, overdue.

    Attributes:
        obligation (str):
        line (str):
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        maturity (datetime.date):
        overdue (Overdue): That an obligation was not paid in time.
        outstanding (Money | None): What is owed of it, to all holders; seen as an obligation's sums are.
        held (Money): An amount in integer minor units of one currency.
    """

    obligation: str
    line: str
    issuer: Participant
    bank: Participant
    maturity: datetime.date
    overdue: Overdue
    outstanding: Money | None
    held: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        obligation = self.obligation

        line = self.line

        issuer = self.issuer.to_dict()

        bank = self.bank.to_dict()

        maturity = self.maturity.isoformat()

        overdue = self.overdue.to_dict()

        outstanding: dict[str, Any] | None
        if isinstance(self.outstanding, Money):
            outstanding = self.outstanding.to_dict()
        else:
            outstanding = self.outstanding

        held = self.held.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "obligation": obligation,
                "line": line,
                "issuer": issuer,
                "bank": bank,
                "maturity": maturity,
                "overdue": overdue,
                "outstanding": outstanding,
                "held": held,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.overdue import Overdue  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        obligation = d.pop("obligation")

        line = d.pop("line")

        issuer = Participant.from_dict(d.pop("issuer"))

        bank = Participant.from_dict(d.pop("bank"))

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        overdue = Overdue.from_dict(d.pop("overdue"))

        def _parse_outstanding(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                outstanding_type_0 = Money.from_dict(data)

                return outstanding_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        outstanding = _parse_outstanding(d.pop("outstanding"))

        held = Money.from_dict(d.pop("held"))

        overdue_seen = cls(
            obligation=obligation,
            line=line,
            issuer=issuer,
            bank=bank,
            maturity=maturity,
            overdue=overdue,
            outstanding=outstanding,
            held=held,
        )

        overdue_seen.additional_properties = d
        return overdue_seen

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
