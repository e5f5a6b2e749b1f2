from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="NettingLeg")


@_attrs_define
class NettingLeg:
    """What is taken off one invoice.

    Attributes:
        document (str):
        debtor (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        creditor (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        amount (Money): An amount in integer minor units of one currency.
        owed (Money): An amount in integer minor units of one currency.
    """

    document: str
    debtor: Participant
    creditor: Participant
    amount: Money
    owed: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        document = self.document

        debtor = self.debtor.to_dict()

        creditor = self.creditor.to_dict()

        amount = self.amount.to_dict()

        owed = self.owed.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "document": document,
                "debtor": debtor,
                "creditor": creditor,
                "amount": amount,
                "owed": owed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        document = d.pop("document")

        debtor = Participant.from_dict(d.pop("debtor"))

        creditor = Participant.from_dict(d.pop("creditor"))

        amount = Money.from_dict(d.pop("amount"))

        owed = Money.from_dict(d.pop("owed"))

        netting_leg = cls(
            document=document,
            debtor=debtor,
            creditor=creditor,
            amount=amount,
            owed=owed,
        )

        netting_leg.additional_properties = d
        return netting_leg

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
