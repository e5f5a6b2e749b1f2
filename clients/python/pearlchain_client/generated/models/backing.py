from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Backing")


@_attrs_define
class Backing:
    """What an invoice may back. All amounts are of its own currency.

    Attributes:
        owed (Money): An amount in integer minor units of one currency.
        netted (Money): An amount in integer minor units of one currency.
        proven (Money): An amount in integer minor units of one currency.
        used (Money): An amount in integer minor units of one currency.
        state (str):
        due (datetime.date):
        rules (list[str]): The rules that block or cap it.
        proofs (list[str]): Keys of the documents behind it that name the caller.
    """

    owed: Money
    netted: Money
    proven: Money
    used: Money
    state: str
    due: datetime.date
    rules: list[str]
    proofs: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        owed = self.owed.to_dict()

        netted = self.netted.to_dict()

        proven = self.proven.to_dict()

        used = self.used.to_dict()

        state = self.state

        due = self.due.isoformat()

        rules = self.rules

        proofs = self.proofs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "owed": owed,
                "netted": netted,
                "proven": proven,
                "used": used,
                "state": state,
                "due": due,
                "rules": rules,
                "proofs": proofs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        owed = Money.from_dict(d.pop("owed"))

        netted = Money.from_dict(d.pop("netted"))

        proven = Money.from_dict(d.pop("proven"))

        used = Money.from_dict(d.pop("used"))

        state = d.pop("state")

        due = datetime.date.fromisoformat(d.pop("due"))

        rules = cast(list[str], d.pop("rules"))

        proofs = cast(list[str], d.pop("proofs"))

        backing = cls(
            owed=owed,
            netted=netted,
            proven=proven,
            used=used,
            state=state,
            due=due,
            rules=rules,
            proofs=proofs,
        )

        backing.additional_properties = d
        return backing

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
