from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Step")


@_attrs_define
class Step:
    """One hop of a piece's way from its issuer. Amounts and documents of hops between others are null.

    Attributes:
        piece (str):
        giver (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        recipient (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        amount (Money | None):
        tier (int):
        state (str):
        document (None | str):
        cash (bool): A bank bought the piece; no document is behind this hop.
    """

    piece: str
    giver: Participant
    recipient: Participant
    amount: Money | None
    tier: int
    state: str
    document: None | str
    cash: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        piece = self.piece

        giver = self.giver.to_dict()

        recipient = self.recipient.to_dict()

        amount: dict[str, Any] | None
        if isinstance(self.amount, Money):
            amount = self.amount.to_dict()
        else:
            amount = self.amount

        tier = self.tier

        state = self.state

        document: None | str
        document = self.document

        cash = self.cash

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "piece": piece,
                "giver": giver,
                "recipient": recipient,
                "amount": amount,
                "tier": tier,
                "state": state,
                "document": document,
                "cash": cash,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        piece = d.pop("piece")

        giver = Participant.from_dict(d.pop("giver"))

        recipient = Participant.from_dict(d.pop("recipient"))

        def _parse_amount(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                amount_type_0 = Money.from_dict(data)

                return amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        amount = _parse_amount(d.pop("amount"))

        tier = d.pop("tier")

        state = d.pop("state")

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        cash = d.pop("cash")

        step = cls(
            piece=piece,
            giver=giver,
            recipient=recipient,
            amount=amount,
            tier=tier,
            state=state,
            document=document,
            cash=cash,
        )

        step.additional_properties = d
        return step

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
