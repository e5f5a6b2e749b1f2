from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lien import Lien
    from ..models.lot import Lot
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="WarehouseReceipt")


@_attrs_define
class WarehouseReceipt:
    """The keeper owes so much of a lot to its owner.

    Attributes:
        id (int):
        state (str): ``live``, ``pledged`` or ``withdrawn``.
        owner (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        quantity (int):
        value (Money): An amount in integer minor units of one currency.
        lot (Lot): Goods that a keeper stores, named by a blinded id. Quantities are in the lot's own unit.
        evidence (int): Number of its document on the ledger.
        lien (Lien | None):
    """

    id: int
    state: str
    owner: Participant
    quantity: int
    value: Money
    lot: Lot
    evidence: int
    lien: Lien | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.lien import Lien  # noqa: PLC0415

        id = self.id

        state = self.state

        owner = self.owner.to_dict()

        quantity = self.quantity

        value = self.value.to_dict()

        lot = self.lot.to_dict()

        evidence = self.evidence

        lien: dict[str, Any] | None
        if isinstance(self.lien, Lien):
            lien = self.lien.to_dict()
        else:
            lien = self.lien

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "owner": owner,
                "quantity": quantity,
                "value": value,
                "lot": lot,
                "evidence": evidence,
                "lien": lien,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lien import Lien  # noqa: PLC0415
        from ..models.lot import Lot  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = d.pop("state")

        owner = Participant.from_dict(d.pop("owner"))

        quantity = d.pop("quantity")

        value = Money.from_dict(d.pop("value"))

        lot = Lot.from_dict(d.pop("lot"))

        evidence = d.pop("evidence")

        def _parse_lien(data: object) -> Lien | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                lien_type_0 = Lien.from_dict(data)

                return lien_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Lien | None, data)

        lien = _parse_lien(d.pop("lien"))

        warehouse_receipt = cls(
            id=id,
            state=state,
            owner=owner,
            quantity=quantity,
            value=value,
            lot=lot,
            evidence=evidence,
            lien=lien,
        )

        warehouse_receipt.additional_properties = d
        return warehouse_receipt

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
