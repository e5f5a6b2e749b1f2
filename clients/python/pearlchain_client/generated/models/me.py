from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="Me")


@_attrs_define
class Me:
    """Who asks, whom it acts for, in which roles, and with which duties.

    Attributes:
        actor (str): `key:ID` is a machine, `user:ID` a person.
        duties (list[str]):
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        roles (list[str]):
        sees_all (bool):
        currencies (list[str]): Those of the lines that the caller may see; of all lines where it sees none.
    """

    actor: str
    duties: list[str]
    enterprise: Participant
    roles: list[str]
    sees_all: bool
    currencies: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        actor = self.actor

        duties = self.duties

        enterprise = self.enterprise.to_dict()

        roles = self.roles

        sees_all = self.sees_all

        currencies = self.currencies

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor": actor,
                "duties": duties,
                "enterprise": enterprise,
                "roles": roles,
                "sees_all": sees_all,
                "currencies": currencies,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        actor = d.pop("actor")

        duties = cast(list[str], d.pop("duties"))

        enterprise = Participant.from_dict(d.pop("enterprise"))

        roles = cast(list[str], d.pop("roles"))

        sees_all = d.pop("sees_all")

        currencies = cast(list[str], d.pop("currencies"))

        me = cls(
            actor=actor,
            duties=duties,
            enterprise=enterprise,
            roles=roles,
            sees_all=sees_all,
            currencies=currencies,
        )

        me.additional_properties = d
        return me

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
