from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Loan")


@_attrs_define
class Loan:
    """A bank's loan on a warehouse receipt or on an order.

    Attributes:
        id (int):
        collateral (str): ``warehouse_receipt`` or ``order``: what it was made on.
        receipt (int | None):
        evidence (int): Number of the document that it uses now.
        borrower (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        state (str): ``open``, ``defaulted`` or ``closed``.
        limit (Money): An amount in integer minor units of one currency.
        principal (Money): An amount in integer minor units of one currency.
        interest_paid (Money): An amount in integer minor units of one currency.
        annual_rate_micros (int): Parts per million a year, simple interest.
        day_count_basis (int):
        maturity (datetime.date):
        resting_on_sale (bool): The goods are sold, and it rests on the invoice that sold them.
        lien_given_up (bool):
    """

    id: int
    collateral: str
    receipt: int | None
    evidence: int
    borrower: Participant
    bank: Participant
    state: str
    limit: Money
    principal: Money
    interest_paid: Money
    annual_rate_micros: int
    day_count_basis: int
    maturity: datetime.date
    resting_on_sale: bool
    lien_given_up: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        collateral = self.collateral

        receipt: int | None
        receipt = self.receipt

        evidence = self.evidence

        borrower = self.borrower.to_dict()

        bank = self.bank.to_dict()

        state = self.state

        limit = self.limit.to_dict()

        principal = self.principal.to_dict()

        interest_paid = self.interest_paid.to_dict()

        annual_rate_micros = self.annual_rate_micros

        day_count_basis = self.day_count_basis

        maturity = self.maturity.isoformat()

        resting_on_sale = self.resting_on_sale

        lien_given_up = self.lien_given_up

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "collateral": collateral,
                "receipt": receipt,
                "evidence": evidence,
                "borrower": borrower,
                "bank": bank,
                "state": state,
                "limit": limit,
                "principal": principal,
                "interest_paid": interest_paid,
                "annual_rate_micros": annual_rate_micros,
                "day_count_basis": day_count_basis,
                "maturity": maturity,
                "resting_on_sale": resting_on_sale,
                "lien_given_up": lien_given_up,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        collateral = d.pop("collateral")

        def _parse_receipt(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        receipt = _parse_receipt(d.pop("receipt"))

        evidence = d.pop("evidence")

        borrower = Participant.from_dict(d.pop("borrower"))

        bank = Participant.from_dict(d.pop("bank"))

        state = d.pop("state")

        limit = Money.from_dict(d.pop("limit"))

        principal = Money.from_dict(d.pop("principal"))

        interest_paid = Money.from_dict(d.pop("interest_paid"))

        annual_rate_micros = d.pop("annual_rate_micros")

        day_count_basis = d.pop("day_count_basis")

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        resting_on_sale = d.pop("resting_on_sale")

        lien_given_up = d.pop("lien_given_up")

        loan = cls(
            id=id,
            collateral=collateral,
            receipt=receipt,
            evidence=evidence,
            borrower=borrower,
            bank=bank,
            state=state,
            limit=limit,
            principal=principal,
            interest_paid=interest_paid,
            annual_rate_micros=annual_rate_micros,
            day_count_basis=day_count_basis,
            maturity=maturity,
            resting_on_sale=resting_on_sale,
            lien_given_up=lien_given_up,
        )

        loan.additional_properties = d
        return loan

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
