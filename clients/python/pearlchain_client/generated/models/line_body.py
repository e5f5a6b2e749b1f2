from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.amount import Amount
    from ..models.price import Price
    from ..models.threshold import Threshold


T = TypeVar("T", bound="LineBody")


@_attrs_define
class LineBody:
    """What a bank lets an issuer issue, until when, and what it takes for its paper.

    Attributes:
        issuer (str):
        limit (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
        financing_limit (Threshold): An amount above which something counts; nothing, where everything does.
        expiry (datetime.date): The last day of issue, and of maturity.
        annual_rate_basis_points (int): Simple discount, actual/360, where no row of `prices` fits.
        prices (list[Price] | Unset): By tier and tenor; the first row that fits a piece counts.
    """

    issuer: str
    limit: Amount
    financing_limit: Threshold
    expiry: datetime.date
    annual_rate_basis_points: int
    prices: list[Price] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        issuer = self.issuer

        limit = self.limit.to_dict()

        financing_limit = self.financing_limit.to_dict()

        expiry = self.expiry.isoformat()

        annual_rate_basis_points = self.annual_rate_basis_points

        prices: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.prices, Unset):
            prices = []
            for prices_item_data in self.prices:
                prices_item = prices_item_data.to_dict()
                prices.append(prices_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "issuer": issuer,
                "limit": limit,
                "financing_limit": financing_limit,
                "expiry": expiry,
                "annual_rate_basis_points": annual_rate_basis_points,
            }
        )
        if prices is not UNSET:
            field_dict["prices"] = prices

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415
        from ..models.price import Price  # noqa: PLC0415
        from ..models.threshold import Threshold  # noqa: PLC0415

        d = dict(src_dict)
        issuer = d.pop("issuer")

        limit = Amount.from_dict(d.pop("limit"))

        financing_limit = Threshold.from_dict(d.pop("financing_limit"))

        expiry = datetime.date.fromisoformat(d.pop("expiry"))

        annual_rate_basis_points = d.pop("annual_rate_basis_points")

        _prices = d.pop("prices", UNSET)
        prices: list[Price] | Unset = UNSET
        if _prices is not UNSET:
            prices = []
            for prices_item_data in _prices:
                prices_item = Price.from_dict(prices_item_data)

                prices.append(prices_item)

        line_body = cls(
            issuer=issuer,
            limit=limit,
            financing_limit=financing_limit,
            expiry=expiry,
            annual_rate_basis_points=annual_rate_basis_points,
            prices=prices,
        )

        return line_body
