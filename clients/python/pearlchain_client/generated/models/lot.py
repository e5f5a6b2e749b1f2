from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="Lot")


@_attrs_define
class Lot:
    """Goods that a keeper stores, named by a blinded id. Quantities are in the lot's own unit.

    Attributes:
        id (str):
        keeper (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        depositor (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        measured (int | None): What the keeper found last; null for who owns a part of somebody else's lot.
        confirmed_by (None | Participant): A second party that found the same.
    """

    id: str
    keeper: Participant
    depositor: Participant
    measured: int | None
    confirmed_by: None | Participant
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        id = self.id

        keeper = self.keeper.to_dict()

        depositor = self.depositor.to_dict()

        measured: int | None
        measured = self.measured

        confirmed_by: dict[str, Any] | None
        if isinstance(self.confirmed_by, Participant):
            confirmed_by = self.confirmed_by.to_dict()
        else:
            confirmed_by = self.confirmed_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "keeper": keeper,
                "depositor": depositor,
                "measured": measured,
                "confirmed_by": confirmed_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        keeper = Participant.from_dict(d.pop("keeper"))

        depositor = Participant.from_dict(d.pop("depositor"))

        def _parse_measured(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        measured = _parse_measured(d.pop("measured"))

        def _parse_confirmed_by(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                confirmed_by_type_0 = Participant.from_dict(data)

                return confirmed_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        confirmed_by = _parse_confirmed_by(d.pop("confirmed_by"))

        lot = cls(
            id=id,
            keeper=keeper,
            depositor=depositor,
            measured=measured,
            confirmed_by=confirmed_by,
        )

        lot.additional_properties = d
        return lot

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
