from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.account_change import AccountChange
    from ..models.ledger_key import LedgerKey
    from ..models.participant import Participant
    from ..models.recovery import Recovery


T = TypeVar("T", bound="LedgerParty")


@_attrs_define
class LedgerParty:
    """A participant of the ledger. Account and keys are addresses, which whoever can ask a node can read.

    Attributes:
        participant (int): Its number on the ledger.
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        roles (list[str]):
        account (str): Where its cash is paid to.
        keys (list[LedgerKey]):
        kyc_expiry (datetime.date):
        suspended (bool):
        issuance_stopped (bool): It left something unpaid, and issues nothing until that is cured.
        group (int): Number of its group of related parties; 0 where it has none.
        account_bank (None | Participant):
        account_change (AccountChange | None): Its own; null for others.
        recovery (None | Recovery): Its own and its account bank's; null for others.
    """

    participant: int
    enterprise: Participant
    roles: list[str]
    account: str
    keys: list[LedgerKey]
    kyc_expiry: datetime.date
    suspended: bool
    issuance_stopped: bool
    group: int
    account_bank: None | Participant
    account_change: AccountChange | None
    recovery: None | Recovery
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.account_change import AccountChange  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.recovery import Recovery  # noqa: PLC0415

        participant = self.participant

        enterprise = self.enterprise.to_dict()

        roles = self.roles

        account = self.account

        keys = []
        for keys_item_data in self.keys:
            keys_item = keys_item_data.to_dict()
            keys.append(keys_item)

        kyc_expiry = self.kyc_expiry.isoformat()

        suspended = self.suspended

        issuance_stopped = self.issuance_stopped

        group = self.group

        account_bank: dict[str, Any] | None
        if isinstance(self.account_bank, Participant):
            account_bank = self.account_bank.to_dict()
        else:
            account_bank = self.account_bank

        account_change: dict[str, Any] | None
        if isinstance(self.account_change, AccountChange):
            account_change = self.account_change.to_dict()
        else:
            account_change = self.account_change

        recovery: dict[str, Any] | None
        if isinstance(self.recovery, Recovery):
            recovery = self.recovery.to_dict()
        else:
            recovery = self.recovery

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "participant": participant,
                "enterprise": enterprise,
                "roles": roles,
                "account": account,
                "keys": keys,
                "kyc_expiry": kyc_expiry,
                "suspended": suspended,
                "issuance_stopped": issuance_stopped,
                "group": group,
                "account_bank": account_bank,
                "account_change": account_change,
                "recovery": recovery,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.account_change import AccountChange  # noqa: PLC0415
        from ..models.ledger_key import LedgerKey  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.recovery import Recovery  # noqa: PLC0415

        d = dict(src_dict)
        participant = d.pop("participant")

        enterprise = Participant.from_dict(d.pop("enterprise"))

        roles = cast(list[str], d.pop("roles"))

        account = d.pop("account")

        keys = []
        _keys = d.pop("keys")
        for keys_item_data in _keys:
            keys_item = LedgerKey.from_dict(keys_item_data)

            keys.append(keys_item)

        kyc_expiry = datetime.date.fromisoformat(d.pop("kyc_expiry"))

        suspended = d.pop("suspended")

        issuance_stopped = d.pop("issuance_stopped")

        group = d.pop("group")

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

        def _parse_account_change(data: object) -> AccountChange | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                account_change_type_0 = AccountChange.from_dict(data)

                return account_change_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AccountChange | None, data)

        account_change = _parse_account_change(d.pop("account_change"))

        def _parse_recovery(data: object) -> None | Recovery:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                recovery_type_0 = Recovery.from_dict(data)

                return recovery_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Recovery, data)

        recovery = _parse_recovery(d.pop("recovery"))

        ledger_party = cls(
            participant=participant,
            enterprise=enterprise,
            roles=roles,
            account=account,
            keys=keys,
            kyc_expiry=kyc_expiry,
            suspended=suspended,
            issuance_stopped=issuance_stopped,
            group=group,
            account_bank=account_bank,
            account_change=account_change,
            recovery=recovery,
        )

        ledger_party.additional_properties = d
        return ledger_party

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
