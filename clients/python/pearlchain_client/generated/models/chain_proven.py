from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.contracts_proven import ContractsProven


T = TypeVar("T", bound="ChainProven")


@_attrs_define
class ChainProven:
    """On which chain, and as of which block.

    Attributes:
        id (int): The chain's own number.
        block (int):
        block_hash (str):
        time (int): Of the block, as the chain has it.
        contracts (ContractsProven): The contracts that are asked; their names are their own.
    """

    id: int
    block: int
    block_hash: str
    time: int
    contracts: ContractsProven
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        block = self.block

        block_hash = self.block_hash

        time = self.time

        contracts = self.contracts.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "block": block,
                "block_hash": block_hash,
                "time": time,
                "contracts": contracts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.contracts_proven import ContractsProven  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        block = d.pop("block")

        block_hash = d.pop("block_hash")

        time = d.pop("time")

        contracts = ContractsProven.from_dict(d.pop("contracts"))

        chain_proven = cls(
            id=id,
            block=block,
            block_hash=block_hash,
            time=time,
            contracts=contracts,
        )

        chain_proven.additional_properties = d
        return chain_proven

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
