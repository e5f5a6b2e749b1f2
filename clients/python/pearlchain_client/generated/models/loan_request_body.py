from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="LoanRequestBody")


@_attrs_define
class LoanRequestBody:
    """Which bank is asked for a loan, and of how much.

    Attributes:
        bank (str): Its id.
        amount (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
    """

    bank: str
    amount: Amount

    def to_dict(self) -> dict[str, Any]:
        bank = self.bank

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "bank": bank,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        bank = d.pop("bank")

        amount = Amount.from_dict(d.pop("amount"))

        loan_request_body = cls(
            bank=bank,
            amount=amount,
        )

        return loan_request_body
