from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="QuoteBody")


@_attrs_define
class QuoteBody:
    """A bank's offer for a piece, or for part of it, at its line's rate.

    Attributes:
        registration_number (str): Number of the financing in the public registry; it is registered before it is paid.
        amount (Amount | None | Unset): The whole piece where none is given.
        cash_on_chain (bool | Unset): The bank pays in its deposits, in one transaction with the piece; else by a
            transfer elsewhere, for which the piece is locked first. Default: True.
    """

    registration_number: str
    amount: Amount | None | Unset = UNSET
    cash_on_chain: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        from ..models.amount import Amount  # noqa: PLC0415

        registration_number = self.registration_number

        amount: dict[str, Any] | None | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        elif isinstance(self.amount, Amount):
            amount = self.amount.to_dict()
        else:
            amount = self.amount

        cash_on_chain = self.cash_on_chain

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "registration_number": registration_number,
            }
        )
        if amount is not UNSET:
            field_dict["amount"] = amount
        if cash_on_chain is not UNSET:
            field_dict["cash_on_chain"] = cash_on_chain

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        registration_number = d.pop("registration_number")

        def _parse_amount(data: object) -> Amount | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                amount_type_0 = Amount.from_dict(data)

                return amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Amount | None | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        cash_on_chain = d.pop("cash_on_chain", UNSET)

        quote_body = cls(
            registration_number=registration_number,
            amount=amount,
            cash_on_chain=cash_on_chain,
        )

        return quote_body
