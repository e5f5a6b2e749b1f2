from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PieceProven")


@_attrs_define
class PieceProven:
    """The piece. Its amount and state may be others by now; the rest never changes.

    Attributes:
        id (str):
        amount_minor (int):
        state (int):
        owner (int): The holder's number.
        parent (int): What it was cut from; 0: it was issued.
        evidence (int): Of the document behind it; 0: a payment is.
        use_index (int):
        hops (int):
        tier (int):
        financed (bool):
        payment (bool):
    """

    id: str
    amount_minor: int
    state: int
    owner: int
    parent: int
    evidence: int
    use_index: int
    hops: int
    tier: int
    financed: bool
    payment: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        amount_minor = self.amount_minor

        state = self.state

        owner = self.owner

        parent = self.parent

        evidence = self.evidence

        use_index = self.use_index

        hops = self.hops

        tier = self.tier

        financed = self.financed

        payment = self.payment

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "amountMinor": amount_minor,
                "state": state,
                "owner": owner,
                "parent": parent,
                "evidence": evidence,
                "useIndex": use_index,
                "hops": hops,
                "tier": tier,
                "financed": financed,
                "payment": payment,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        amount_minor = d.pop("amountMinor")

        state = d.pop("state")

        owner = d.pop("owner")

        parent = d.pop("parent")

        evidence = d.pop("evidence")

        use_index = d.pop("useIndex")

        hops = d.pop("hops")

        tier = d.pop("tier")

        financed = d.pop("financed")

        payment = d.pop("payment")

        piece_proven = cls(
            id=id,
            amount_minor=amount_minor,
            state=state,
            owner=owner,
            parent=parent,
            evidence=evidence,
            use_index=use_index,
            hops=hops,
            tier=tier,
            financed=financed,
            payment=payment,
        )

        piece_proven.additional_properties = d
        return piece_proven

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
