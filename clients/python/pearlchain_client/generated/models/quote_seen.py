from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="QuoteSeen")


@_attrs_define
class QuoteSeen:
    """A bank's signed offer for a piece.

    Attributes:
        id (str):
        voucher (str):
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        holder (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        amount (Money): An amount in integer minor units of one currency.
        price (Money): An amount in integer minor units of one currency.
        valid_until (datetime.datetime):
        registration_number (str):
        cash_on_chain (bool): Piece and cash change hands in one transaction; else the piece is locked until the cash
            has come.
        taken (bool):
    """

    id: str
    voucher: str
    bank: Participant
    holder: Participant
    amount: Money
    price: Money
    valid_until: datetime.datetime
    registration_number: str
    cash_on_chain: bool
    taken: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        voucher = self.voucher

        bank = self.bank.to_dict()

        holder = self.holder.to_dict()

        amount = self.amount.to_dict()

        price = self.price.to_dict()

        valid_until = self.valid_until.isoformat()

        registration_number = self.registration_number

        cash_on_chain = self.cash_on_chain

        taken = self.taken

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
                "valid_until": valid_until,
                "registration_number": registration_number,
                "cash_on_chain": cash_on_chain,
                "taken": taken,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        voucher = d.pop("voucher")

        bank = Participant.from_dict(d.pop("bank"))

        holder = Participant.from_dict(d.pop("holder"))

        amount = Money.from_dict(d.pop("amount"))

        price = Money.from_dict(d.pop("price"))

        valid_until = datetime.datetime.fromisoformat(d.pop("valid_until"))

        registration_number = d.pop("registration_number")

        cash_on_chain = d.pop("cash_on_chain")

        taken = d.pop("taken")

        quote_seen = cls(
            id=id,
            voucher=voucher,
            bank=bank,
            holder=holder,
            amount=amount,
            price=price,
            valid_until=valid_until,
            registration_number=registration_number,
            cash_on_chain=cash_on_chain,
            taken=taken,
        )

        quote_seen.additional_properties = d
        return quote_seen

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
