from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="TradeFlow")


@_attrs_define
class TradeFlow:
    """What one enterprise owes another by invoices, in one currency.

    Attributes:
        buyer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        seller (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        invoices (int): How many of them are open.
        owed (Money): An amount in integer minor units of one currency.
        proven (Money): An amount in integer minor units of one currency.
    """

    buyer: Participant
    seller: Participant
    invoices: int
    owed: Money
    proven: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        buyer = self.buyer.to_dict()

        seller = self.seller.to_dict()

        invoices = self.invoices

        owed = self.owed.to_dict()

        proven = self.proven.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "buyer": buyer,
                "seller": seller,
                "invoices": invoices,
                "owed": owed,
                "proven": proven,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        buyer = Participant.from_dict(d.pop("buyer"))

        seller = Participant.from_dict(d.pop("seller"))

        invoices = d.pop("invoices")

        owed = Money.from_dict(d.pop("owed"))

        proven = Money.from_dict(d.pop("proven"))

        trade_flow = cls(
            buyer=buyer,
            seller=seller,
            invoices=invoices,
            owed=owed,
            proven=proven,
        )

        trade_flow.additional_properties = d
        return trade_flow

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
