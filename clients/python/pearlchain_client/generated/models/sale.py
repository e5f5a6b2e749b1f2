from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Sale")


@_attrs_define
class Sale:
    """A bank's purchase of a piece, or of part of it.

    Attributes:
        voucher (str): The bank's piece.
        sold (str): The piece that it was cut from.
        seller (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        state (str): What became of a bank's offer. One of: open, expired, locked, settled, undone; there may be more.
        amount (Money): An amount in integer minor units of one currency.
        price (Money): An amount in integer minor units of one currency.
        cash_on_chain (bool): Piece and cash changed hands in one transaction; else somebody says that the cash came.
        fee_payer (None | Participant): Who bears the discount, where that is neither side.
        made_at (datetime.datetime):
        unlocks_at (datetime.datetime | None): While the cash is awaited: from when on the amount may go back.
        attested_by (None | Participant): Who said that the cash came, in the seller's place.
        contestable_until (datetime.datetime | None):
        contested (bool):
    """

    voucher: str
    sold: str
    seller: Participant
    bank: Participant
    state: str
    amount: Money
    price: Money
    cash_on_chain: bool
    fee_payer: None | Participant
    made_at: datetime.datetime
    unlocks_at: datetime.datetime | None
    attested_by: None | Participant
    contestable_until: datetime.datetime | None
    contested: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        voucher = self.voucher

        sold = self.sold

        seller = self.seller.to_dict()

        bank = self.bank.to_dict()

        state = self.state

        amount = self.amount.to_dict()

        price = self.price.to_dict()

        cash_on_chain = self.cash_on_chain

        fee_payer: dict[str, Any] | None
        if isinstance(self.fee_payer, Participant):
            fee_payer = self.fee_payer.to_dict()
        else:
            fee_payer = self.fee_payer

        made_at = self.made_at.isoformat()

        unlocks_at: None | str
        if isinstance(self.unlocks_at, datetime.datetime):
            unlocks_at = self.unlocks_at.isoformat()
        else:
            unlocks_at = self.unlocks_at

        attested_by: dict[str, Any] | None
        if isinstance(self.attested_by, Participant):
            attested_by = self.attested_by.to_dict()
        else:
            attested_by = self.attested_by

        contestable_until: None | str
        if isinstance(self.contestable_until, datetime.datetime):
            contestable_until = self.contestable_until.isoformat()
        else:
            contestable_until = self.contestable_until

        contested = self.contested

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "voucher": voucher,
                "sold": sold,
                "seller": seller,
                "bank": bank,
                "state": state,
                "amount": amount,
                "price": price,
                "cash_on_chain": cash_on_chain,
                "fee_payer": fee_payer,
                "made_at": made_at,
                "unlocks_at": unlocks_at,
                "attested_by": attested_by,
                "contestable_until": contestable_until,
                "contested": contested,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        voucher = d.pop("voucher")

        sold = d.pop("sold")

        seller = Participant.from_dict(d.pop("seller"))

        bank = Participant.from_dict(d.pop("bank"))

        state = d.pop("state")

        amount = Money.from_dict(d.pop("amount"))

        price = Money.from_dict(d.pop("price"))

        cash_on_chain = d.pop("cash_on_chain")

        def _parse_fee_payer(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                fee_payer_type_0 = Participant.from_dict(data)

                return fee_payer_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        fee_payer = _parse_fee_payer(d.pop("fee_payer"))

        made_at = datetime.datetime.fromisoformat(d.pop("made_at"))

        def _parse_unlocks_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                unlocks_at_type_0 = datetime.datetime.fromisoformat(data)

                return unlocks_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        unlocks_at = _parse_unlocks_at(d.pop("unlocks_at"))

        def _parse_attested_by(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                attested_by_type_0 = Participant.from_dict(data)

                return attested_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        attested_by = _parse_attested_by(d.pop("attested_by"))

        def _parse_contestable_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                contestable_until_type_0 = datetime.datetime.fromisoformat(data)

                return contestable_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        contestable_until = _parse_contestable_until(d.pop("contestable_until"))

        contested = d.pop("contested")

        sale = cls(
            voucher=voucher,
            sold=sold,
            seller=seller,
            bank=bank,
            state=state,
            amount=amount,
            price=price,
            cash_on_chain=cash_on_chain,
            fee_payer=fee_payer,
            made_at=made_at,
            unlocks_at=unlocks_at,
            attested_by=attested_by,
            contestable_until=contestable_until,
            contested=contested,
        )

        sale.additional_properties = d
        return sale

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
