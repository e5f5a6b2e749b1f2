from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="FinancingRequest")


@_attrs_define
class FinancingRequest:
    """A holder asks a bank for an offer for a piece, or for part of it, or for a loan on a warehouse receipt.

    Attributes:
        id (str):
        voucher (None | str):
        receipt (int | None):
        holder (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        amount (Money): An amount in integer minor units of one currency.
        state (str): What became of a request. One of: open, quoted, declined, withdrawn, lapsed; there may be more.
        asked_at (datetime.datetime):
        ended_at (datetime.datetime | None): When it was declined or withdrawn.
        reason (None | str): Why the bank declined, where it says so.
        financings (list[str]): Ids of the offers for the piece that the bank made since.
        loan_offers (list[str]): Ids of the offers of a loan that the bank made since.
    """

    id: str
    voucher: None | str
    receipt: int | None
    holder: Participant
    bank: Participant
    amount: Money
    state: str
    asked_at: datetime.datetime
    ended_at: datetime.datetime | None
    reason: None | str
    financings: list[str]
    loan_offers: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        voucher: None | str
        voucher = self.voucher

        receipt: int | None
        receipt = self.receipt

        holder = self.holder.to_dict()

        bank = self.bank.to_dict()

        amount = self.amount.to_dict()

        state = self.state

        asked_at = self.asked_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        reason: None | str
        reason = self.reason

        financings = self.financings

        loan_offers = self.loan_offers

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "voucher": voucher,
                "receipt": receipt,
                "holder": holder,
                "bank": bank,
                "amount": amount,
                "state": state,
                "asked_at": asked_at,
                "ended_at": ended_at,
                "reason": reason,
                "financings": financings,
                "loan_offers": loan_offers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_voucher(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        voucher = _parse_voucher(d.pop("voucher"))

        def _parse_receipt(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        receipt = _parse_receipt(d.pop("receipt"))

        holder = Participant.from_dict(d.pop("holder"))

        bank = Participant.from_dict(d.pop("bank"))

        amount = Money.from_dict(d.pop("amount"))

        state = d.pop("state")

        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        financings = cast(list[str], d.pop("financings"))

        loan_offers = cast(list[str], d.pop("loan_offers"))

        financing_request = cls(
            id=id,
            voucher=voucher,
            receipt=receipt,
            holder=holder,
            bank=bank,
            amount=amount,
            state=state,
            asked_at=asked_at,
            ended_at=ended_at,
            reason=reason,
            financings=financings,
            loan_offers=loan_offers,
        )

        financing_request.additional_properties = d
        return financing_request

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
