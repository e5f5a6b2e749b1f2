from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant
    from ..models.price import Price


T = TypeVar("T", bound="Line")


@_attrs_define
class Line:
    """A bank's line for an issuer, and what of it is used. The financing figures are the bank's own: null for others.

    Attributes:
        id (str):
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        limit (Money): An amount in integer minor units of one currency.
        used (Money): An amount in integer minor units of one currency.
        available (Money): An amount in integer minor units of one currency.
        financing_limit (Money | None):
        financed (Money | None):
        expiry (datetime.date):
        suspended (bool):
        annual_rate_basis_points (int | None): Simple discount, actual/360, where no row of ``prices`` fits; null where
            the register knows the line no more.
        prices (list[Price]): By tier and tenor; the first row that fits a piece counts.
    """

    id: str
    bank: Participant
    issuer: Participant
    limit: Money
    used: Money
    available: Money
    financing_limit: Money | None
    financed: Money | None
    expiry: datetime.date
    suspended: bool
    annual_rate_basis_points: int | None
    prices: list[Price]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        id = self.id

        bank = self.bank.to_dict()

        issuer = self.issuer.to_dict()

        limit = self.limit.to_dict()

        used = self.used.to_dict()

        available = self.available.to_dict()

        financing_limit: dict[str, Any] | None
        if isinstance(self.financing_limit, Money):
            financing_limit = self.financing_limit.to_dict()
        else:
            financing_limit = self.financing_limit

        financed: dict[str, Any] | None
        if isinstance(self.financed, Money):
            financed = self.financed.to_dict()
        else:
            financed = self.financed

        expiry = self.expiry.isoformat()

        suspended = self.suspended

        annual_rate_basis_points: int | None
        annual_rate_basis_points = self.annual_rate_basis_points

        prices = []
        for prices_item_data in self.prices:
            prices_item = prices_item_data.to_dict()
            prices.append(prices_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "bank": bank,
                "issuer": issuer,
                "limit": limit,
                "used": used,
                "available": available,
                "financing_limit": financing_limit,
                "financed": financed,
                "expiry": expiry,
                "suspended": suspended,
                "annual_rate_basis_points": annual_rate_basis_points,
                "prices": prices,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.price import Price  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        bank = Participant.from_dict(d.pop("bank"))

        issuer = Participant.from_dict(d.pop("issuer"))

        limit = Money.from_dict(d.pop("limit"))

        used = Money.from_dict(d.pop("used"))

        available = Money.from_dict(d.pop("available"))

        def _parse_financing_limit(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                financing_limit_type_0 = Money.from_dict(data)

                return financing_limit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        financing_limit = _parse_financing_limit(d.pop("financing_limit"))

        def _parse_financed(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                financed_type_0 = Money.from_dict(data)

                return financed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        financed = _parse_financed(d.pop("financed"))

        expiry = datetime.date.fromisoformat(d.pop("expiry"))

        suspended = d.pop("suspended")

        def _parse_annual_rate_basis_points(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        annual_rate_basis_points = _parse_annual_rate_basis_points(d.pop("annual_rate_basis_points"))

        prices = []
        _prices = d.pop("prices")
        for prices_item_data in _prices:
            prices_item = Price.from_dict(prices_item_data)

            prices.append(prices_item)

        line = cls(
            id=id,
            bank=bank,
            issuer=issuer,
            limit=limit,
            used=used,
            available=available,
            financing_limit=financing_limit,
            financed=financed,
            expiry=expiry,
            suspended=suspended,
            annual_rate_basis_points=annual_rate_basis_points,
            prices=prices,
        )

        line.additional_properties = d
        return line

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
