from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Lien")


@_attrs_define
class Lien:
    """What the goods secure.

    Attributes:
        loan (int):
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        owed (Money | None): Principal that is not repaid; null for the keeper, who only must not let the goods go.
    """

    loan: int
    bank: Participant
    owed: Money | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        loan = self.loan

        bank = self.bank.to_dict()

        owed: dict[str, Any] | None
        if isinstance(self.owed, Money):
            owed = self.owed.to_dict()
        else:
            owed = self.owed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "loan": loan,
                "bank": bank,
                "owed": owed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        loan = d.pop("loan")

        bank = Participant.from_dict(d.pop("bank"))

        def _parse_owed(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                owed_type_0 = Money.from_dict(data)

                return owed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        owed = _parse_owed(d.pop("owed"))

        lien = cls(
            loan=loan,
            bank=bank,
            owed=owed,
        )

        lien.additional_properties = d
        return lien

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
