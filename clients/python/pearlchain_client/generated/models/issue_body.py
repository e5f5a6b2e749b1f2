from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.payment_body import PaymentBody


T = TypeVar("T", bound="IssueBody")


@_attrs_define
class IssueBody:
    """An obligation under one of the caller's lines, one piece a payment.

    Attributes:
        line (str):
        maturity (datetime.date):
        payments (list[PaymentBody]):
    """

    line: str
    maturity: datetime.date
    payments: list[PaymentBody]

    def to_dict(self) -> dict[str, Any]:
        line = self.line

        maturity = self.maturity.isoformat()

        payments = []
        for payments_item_data in self.payments:
            payments_item = payments_item_data.to_dict()
            payments.append(payments_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "line": line,
                "maturity": maturity,
                "payments": payments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.payment_body import PaymentBody  # noqa: PLC0415

        d = dict(src_dict)
        line = d.pop("line")

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        payments = []
        _payments = d.pop("payments")
        for payments_item_data in _payments:
            payments_item = PaymentBody.from_dict(payments_item_data)

            payments.append(payments_item)

        issue_body = cls(
            line=line,
            maturity=maturity,
            payments=payments,
        )

        return issue_body
