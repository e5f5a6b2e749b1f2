from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="LoanOfferBody")


@_attrs_define
class LoanOfferBody:
    """A bank's offer to lend on a warehouse receipt. It stands for a day, and can be taken once.

    Attributes:
        limit (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
        annual_rate_basis_points (int): Simple interest, actual/360.
        maturity (datetime.date): The last day to repay, and the first on which nothing is drawn.
        registration_number (str): Number of the financing in the public registry; it is registered before it is paid.
        twice_measured (bool | Unset): Two unrelated parties must have measured the goods, now and at every draw.
            Default: False.
    """

    limit: Amount
    annual_rate_basis_points: int
    maturity: datetime.date
    registration_number: str
    twice_measured: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        limit = self.limit.to_dict()

        annual_rate_basis_points = self.annual_rate_basis_points

        maturity = self.maturity.isoformat()

        registration_number = self.registration_number

        twice_measured = self.twice_measured

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "limit": limit,
                "annual_rate_basis_points": annual_rate_basis_points,
                "maturity": maturity,
                "registration_number": registration_number,
            }
        )
        if twice_measured is not UNSET:
            field_dict["twice_measured"] = twice_measured

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        limit = Amount.from_dict(d.pop("limit"))

        annual_rate_basis_points = d.pop("annual_rate_basis_points")

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        registration_number = d.pop("registration_number")

        twice_measured = d.pop("twice_measured", UNSET)

        loan_offer_body = cls(
            limit=limit,
            annual_rate_basis_points=annual_rate_basis_points,
            maturity=maturity,
            registration_number=registration_number,
            twice_measured=twice_measured,
        )

        return loan_offer_body
