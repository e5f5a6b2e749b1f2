from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="EnterpriseSeen")


@_attrs_define
class EnterpriseSeen:
    """An enterprise that the caller trades with, or shares a line, a piece or a loan with.

    Attributes:
        id (str):
        name (str):
        registered (bool): False: documents name it, and the register does not.
        roles (list[str]): None are told of one that the caller knows from papers alone, which may be its own.
        participant (int | None): Its number on the ledger; null while it is not enrolled, and where the caller has not
            met it there.
        group (None | str): Its group of related parties; only itself and who reads everything see it.
        account_bank (None | Participant): Who attests that its cash came; seen as group is.
    """

    id: str
    name: str
    registered: bool
    roles: list[str]
    participant: int | None
    group: None | str
    account_bank: None | Participant
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        id = self.id

        name = self.name

        registered = self.registered

        roles = self.roles

        participant: int | None
        participant = self.participant

        group: None | str
        group = self.group

        account_bank: dict[str, Any] | None
        if isinstance(self.account_bank, Participant):
            account_bank = self.account_bank.to_dict()
        else:
            account_bank = self.account_bank

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "registered": registered,
                "roles": roles,
                "participant": participant,
                "group": group,
                "account_bank": account_bank,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        registered = d.pop("registered")

        roles = cast(list[str], d.pop("roles"))

        def _parse_participant(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        participant = _parse_participant(d.pop("participant"))

        def _parse_group(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        group = _parse_group(d.pop("group"))

        def _parse_account_bank(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                account_bank_type_0 = Participant.from_dict(data)

                return account_bank_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        account_bank = _parse_account_bank(d.pop("account_bank"))

        enterprise_seen = cls(
            id=id,
            name=name,
            registered=registered,
            roles=roles,
            participant=participant,
            group=group,
            account_bank=account_bank,
        )

        enterprise_seen.additional_properties = d
        return enterprise_seen

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
