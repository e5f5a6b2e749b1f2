from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Debt")


@_attrs_define
class Debt:
    """What is owed by a loan now, by the ledger's clock. A payment pays interest first.

    Attributes:
        loan (int):
        principal (Money): An amount in integer minor units of one currency.
        interest (Money): An amount in integer minor units of one currency.
        total (Money): An amount in integer minor units of one currency.
    """

    loan: int
    principal: Money
    interest: Money
    total: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        loan = self.loan

        principal = self.principal.to_dict()

        interest = self.interest.to_dict()

        total = self.total.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "loan": loan,
                "principal": principal,
                "interest": interest,
                "total": total,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        loan = d.pop("loan")

        principal = Money.from_dict(d.pop("principal"))

        interest = Money.from_dict(d.pop("interest"))

        total = Money.from_dict(d.pop("total"))

        debt = cls(
            loan=loan,
            principal=principal,
            interest=interest,
            total=total,
        )

        debt.additional_properties = d
        return debt

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
