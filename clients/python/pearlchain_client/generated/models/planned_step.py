from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="PlannedStep")


@_attrs_define
class PlannedStep:
    """One piece that the plan makes. ``document`` is null for who is no party to the invoice.

    Attributes:
        number (int):
        wave (int):
        kind (str): ``issue`` or ``transfer``.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        payer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        recipient (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        amount (Money): An amount in integer minor units of one currency.
        maturity (datetime.date):
        document (None | str):
        parent (int | None): Number of the step whose piece this one is cut from.
    """

    number: int
    wave: int
    kind: str
    bank: Participant
    issuer: Participant
    payer: Participant
    recipient: Participant
    amount: Money
    maturity: datetime.date
    document: None | str
    parent: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        wave = self.wave

        kind = self.kind

        bank = self.bank.to_dict()

        issuer = self.issuer.to_dict()

        payer = self.payer.to_dict()

        recipient = self.recipient.to_dict()

        amount = self.amount.to_dict()

        maturity = self.maturity.isoformat()

        document: None | str
        document = self.document

        parent: int | None
        parent = self.parent

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "wave": wave,
                "kind": kind,
                "bank": bank,
                "issuer": issuer,
                "payer": payer,
                "recipient": recipient,
                "amount": amount,
                "maturity": maturity,
                "document": document,
                "parent": parent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        wave = d.pop("wave")

        kind = d.pop("kind")

        bank = Participant.from_dict(d.pop("bank"))

        issuer = Participant.from_dict(d.pop("issuer"))

        payer = Participant.from_dict(d.pop("payer"))

        recipient = Participant.from_dict(d.pop("recipient"))

        amount = Money.from_dict(d.pop("amount"))

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        def _parse_parent(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        parent = _parse_parent(d.pop("parent"))

        planned_step = cls(
            number=number,
            wave=wave,
            kind=kind,
            bank=bank,
            issuer=issuer,
            payer=payer,
            recipient=recipient,
            amount=amount,
            maturity=maturity,
            document=document,
            parent=parent,
        )

        planned_step.additional_properties = d
        return planned_step

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
