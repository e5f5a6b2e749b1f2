from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="DepositBody")


@_attrs_define
class DepositBody:
    """What the bank credits to an enterprise's account with it; its own account is what it finances from.

    Attributes:
        enterprise (str):
        amount (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
    """

    enterprise: str
    amount: Amount

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "enterprise": enterprise,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        enterprise = d.pop("enterprise")

        amount = Amount.from_dict(d.pop("amount"))

        deposit_body = cls(
            enterprise=enterprise,
            amount=amount,
        )

        return deposit_body
