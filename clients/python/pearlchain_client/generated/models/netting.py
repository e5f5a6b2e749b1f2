from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.consent_seen import ConsentSeen
    from ..models.money import Money
    from ..models.netting_leg import NettingLeg


T = TypeVar("T", bound="Netting")


@_attrs_define
class Netting:
    """Debts in a circle that cancel once everybody in it has consented. A party sees the legs in which it owes or is owed.

    Attributes:
        id (str): A hash of the figures; other figures are another netting.
        state (str): ``proposed``, ``agreed``, or ``void``: the figures are others by now.
        amount (Money): An amount in integer minor units of one currency.
        parties (int): How many have to consent.
        consented (int): How many have.
        legs (list[NettingLeg]):
        consents (list[ConsentSeen]): Of those whom the legs name.
        bound_by (list[str]): Invoices of the legs that would have to be larger.
    """

    id: str
    state: str
    amount: Money
    parties: int
    consented: int
    legs: list[NettingLeg]
    consents: list[ConsentSeen]
    bound_by: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        state = self.state

        amount = self.amount.to_dict()

        parties = self.parties

        consented = self.consented

        legs = []
        for legs_item_data in self.legs:
            legs_item = legs_item_data.to_dict()
            legs.append(legs_item)

        consents = []
        for consents_item_data in self.consents:
            consents_item = consents_item_data.to_dict()
            consents.append(consents_item)

        bound_by = self.bound_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "amount": amount,
                "parties": parties,
                "consented": consented,
                "legs": legs,
                "consents": consents,
                "bound_by": bound_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.consent_seen import ConsentSeen  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.netting_leg import NettingLeg  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = d.pop("state")

        amount = Money.from_dict(d.pop("amount"))

        parties = d.pop("parties")

        consented = d.pop("consented")

        legs = []
        _legs = d.pop("legs")
        for legs_item_data in _legs:
            legs_item = NettingLeg.from_dict(legs_item_data)

            legs.append(legs_item)

        consents = []
        _consents = d.pop("consents")
        for consents_item_data in _consents:
            consents_item = ConsentSeen.from_dict(consents_item_data)

            consents.append(consents_item)

        bound_by = cast(list[str], d.pop("bound_by"))

        netting = cls(
            id=id,
            state=state,
            amount=amount,
            parties=parties,
            consented=consented,
            legs=legs,
            consents=consents,
            bound_by=bound_by,
        )

        netting.additional_properties = d
        return netting

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
