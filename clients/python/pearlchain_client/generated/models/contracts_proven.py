from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.contract_proven import ContractProven


T = TypeVar("T", bound="ContractsProven")


@_attrs_define
class ContractsProven:
    """The contracts that are asked; their names are their own.

    Attributes:
        credit_ledger (ContractProven): Where a contract stands, and what code.
        ledger_reader (ContractProven): Where a contract stands, and what code.
        trade_registry (ContractProven): Where a contract stands, and what code.
        participants (ContractProven): Where a contract stands, and what code.
    """

    credit_ledger: ContractProven
    ledger_reader: ContractProven
    trade_registry: ContractProven
    participants: ContractProven
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        credit_ledger = self.credit_ledger.to_dict()

        ledger_reader = self.ledger_reader.to_dict()

        trade_registry = self.trade_registry.to_dict()

        participants = self.participants.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "CreditLedger": credit_ledger,
                "LedgerReader": ledger_reader,
                "TradeRegistry": trade_registry,
                "Participants": participants,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.contract_proven import ContractProven  # noqa: PLC0415

        d = dict(src_dict)
        credit_ledger = ContractProven.from_dict(d.pop("CreditLedger"))

        ledger_reader = ContractProven.from_dict(d.pop("LedgerReader"))

        trade_registry = ContractProven.from_dict(d.pop("TradeRegistry"))

        participants = ContractProven.from_dict(d.pop("Participants"))

        contracts_proven = cls(
            credit_ledger=credit_ledger,
            ledger_reader=ledger_reader,
            trade_registry=trade_registry,
            participants=participants,
        )

        contracts_proven.additional_properties = d
        return contracts_proven

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
