from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Health")


@_attrs_define
class Health:
    """Whether the service and its node answer, and how far the books are behind the chain.

    Attributes:
        status (str):
        last_block (int): The last block in the books.
        node_block (int): The newest one that a node knows.
        blocks_behind (int): So many of the chain's blocks are not in the books yet.
        ledger_time (datetime.datetime | None):
        version (str):
    """

    status: str
    last_block: int
    node_block: int
    blocks_behind: int
    ledger_time: datetime.datetime | None
    version: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        last_block = self.last_block

        node_block = self.node_block

        blocks_behind = self.blocks_behind

        ledger_time: None | str
        if isinstance(self.ledger_time, datetime.datetime):
            ledger_time = self.ledger_time.isoformat()
        else:
            ledger_time = self.ledger_time

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "last_block": last_block,
                "node_block": node_block,
                "blocks_behind": blocks_behind,
                "ledger_time": ledger_time,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        last_block = d.pop("last_block")

        node_block = d.pop("node_block")

        blocks_behind = d.pop("blocks_behind")

        def _parse_ledger_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ledger_time_type_0 = datetime.datetime.fromisoformat(data)

                return ledger_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ledger_time = _parse_ledger_time(d.pop("ledger_time"))

        version = d.pop("version")

        health = cls(
            status=status,
            last_block=last_block,
            node_block=node_block,
            blocks_behind=blocks_behind,
            ledger_time=ledger_time,
            version=version,
        )

        health.additional_properties = d
        return health

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
