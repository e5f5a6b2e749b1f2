from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="AccountChange")


@_attrs_define
class AccountChange:
    """Another account that the participant announced, and from when on it is paid there.

    Attributes:
        account (str):
        account_bank (None | Participant):
        changes_at (datetime.datetime):
    """

    account: str
    account_bank: None | Participant
    changes_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        account = self.account

        account_bank: dict[str, Any] | None
        if isinstance(self.account_bank, Participant):
            account_bank = self.account_bank.to_dict()
        else:
            account_bank = self.account_bank

        changes_at = self.changes_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account": account,
                "account_bank": account_bank,
                "changes_at": changes_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        account = d.pop("account")

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

        changes_at = datetime.datetime.fromisoformat(d.pop("changes_at"))

        account_change = cls(
            account=account,
            account_bank=account_bank,
            changes_at=changes_at,
        )

        account_change.additional_properties = d
        return account_change

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
