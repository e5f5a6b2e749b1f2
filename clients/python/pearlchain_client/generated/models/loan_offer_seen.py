from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="LoanOfferSeen")


@_attrs_define
class LoanOfferSeen:
    """A bank's signed offer of a loan on a warehouse receipt.

    Attributes:
        id (str):
        receipt (int):
        borrower (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        limit (Money): An amount in integer minor units of one currency.
        annual_rate_micros (int): Parts per million a year, simple interest.
        day_count_basis (int):
        maturity (datetime.date): The last day to repay, and the first on which nothing is drawn.
        twice_measured (bool): Two unrelated parties must have measured the goods, at the start and at every draw.
        registration_number (str):
        offered_at (datetime.datetime):
        valid_until (datetime.datetime):
        state (str): What became of an offer of a loan. One of: open, expired, taken; there may be more.
        loan (int | None): The loan that it became.
    """

    id: str
    receipt: int
    borrower: Participant
    bank: Participant
    limit: Money
    annual_rate_micros: int
    day_count_basis: int
    maturity: datetime.date
    twice_measured: bool
    registration_number: str
    offered_at: datetime.datetime
    valid_until: datetime.datetime
    state: str
    loan: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        receipt = self.receipt

        borrower = self.borrower.to_dict()

        bank = self.bank.to_dict()

        limit = self.limit.to_dict()

        annual_rate_micros = self.annual_rate_micros

        day_count_basis = self.day_count_basis

        maturity = self.maturity.isoformat()

        twice_measured = self.twice_measured

        registration_number = self.registration_number

        offered_at = self.offered_at.isoformat()

        valid_until = self.valid_until.isoformat()

        state = self.state

        loan: int | None
        loan = self.loan

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "receipt": receipt,
                "borrower": borrower,
                "bank": bank,
                "limit": limit,
                "annual_rate_micros": annual_rate_micros,
                "day_count_basis": day_count_basis,
                "maturity": maturity,
                "twice_measured": twice_measured,
                "registration_number": registration_number,
                "offered_at": offered_at,
                "valid_until": valid_until,
                "state": state,
                "loan": loan,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        receipt = d.pop("receipt")

        borrower = Participant.from_dict(d.pop("borrower"))

        bank = Participant.from_dict(d.pop("bank"))

        limit = Money.from_dict(d.pop("limit"))

        annual_rate_micros = d.pop("annual_rate_micros")

        day_count_basis = d.pop("day_count_basis")

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        twice_measured = d.pop("twice_measured")

        registration_number = d.pop("registration_number")

        offered_at = datetime.datetime.fromisoformat(d.pop("offered_at"))

        valid_until = datetime.datetime.fromisoformat(d.pop("valid_until"))

        state = d.pop("state")

        def _parse_loan(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        loan = _parse_loan(d.pop("loan"))

        loan_offer_seen = cls(
            id=id,
            receipt=receipt,
            borrower=borrower,
            bank=bank,
            limit=limit,
            annual_rate_micros=annual_rate_micros,
            day_count_basis=day_count_basis,
            maturity=maturity,
            twice_measured=twice_measured,
            registration_number=registration_number,
            offered_at=offered_at,
            valid_until=valid_until,
            state=state,
            loan=loan,
        )

        loan_offer_seen.additional_properties = d
        return loan_offer_seen

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
