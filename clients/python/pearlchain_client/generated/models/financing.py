from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant
    from ..models.sale import Sale


T = TypeVar("T", bound="Financing")


@_attrs_define
class Financing:
    """A bank's signed offer, and what became of it.

    Attributes:
        id (str):
        voucher (str):
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        holder (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        amount (Money): An amount in integer minor units of one currency.
        price (Money): An amount in integer minor units of one currency.
        state (str): What became of a bank's offer. One of: open, expired, locked, settled, undone; there may be more.
        offered_at (datetime.datetime):
        valid_until (datetime.datetime):
        registration_number (str):
        sale (None | Sale):
    """

    id: str
    voucher: str
    bank: Participant
    holder: Participant
    amount: Money
    price: Money
    state: str
    offered_at: datetime.datetime
    valid_until: datetime.datetime
    registration_number: str
    sale: None | Sale
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.sale import Sale  # noqa: PLC0415

        id = self.id

        voucher = self.voucher

        bank = self.bank.to_dict()

        holder = self.holder.to_dict()

        amount = self.amount.to_dict()

        price = self.price.to_dict()

        state = self.state

        offered_at = self.offered_at.isoformat()

        valid_until = self.valid_until.isoformat()

        registration_number = self.registration_number

        sale: dict[str, Any] | None
        if isinstance(self.sale, Sale):
            sale = self.sale.to_dict()
        else:
            sale = self.sale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "voucher": voucher,
                "bank": bank,
                "holder": holder,
                "amount": amount,
                "price": price,
                "state": state,
                "offered_at": offered_at,
                "valid_until": valid_until,
                "registration_number": registration_number,
                "sale": sale,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.sale import Sale  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        voucher = d.pop("voucher")

        bank = Participant.from_dict(d.pop("bank"))

        holder = Participant.from_dict(d.pop("holder"))

        amount = Money.from_dict(d.pop("amount"))

        price = Money.from_dict(d.pop("price"))

        state = d.pop("state")

        offered_at = datetime.datetime.fromisoformat(d.pop("offered_at"))

        valid_until = datetime.datetime.fromisoformat(d.pop("valid_until"))

        registration_number = d.pop("registration_number")

        def _parse_sale(data: object) -> None | Sale:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sale_type_0 = Sale.from_dict(data)

                return sale_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Sale, data)

        sale = _parse_sale(d.pop("sale"))

        financing = cls(
            id=id,
            voucher=voucher,
            bank=bank,
            holder=holder,
            amount=amount,
            price=price,
            state=state,
            offered_at=offered_at,
            valid_until=valid_until,
            registration_number=registration_number,
            sale=sale,
        )

        financing.additional_properties = d
        return financing

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
