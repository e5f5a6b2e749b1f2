from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Origin")


@_attrs_define
class Origin:
    """One event of a piece or of what it was cut from.

    Attributes:
        name (str):
        voucher (str):
        block (int):
        block_hash (str):
        log_index (int):
        transaction (str):
        time (datetime.datetime):
        document (None | str): Key of the invoice behind the piece; null on a cash hop, and for who is no party to the
            invoice.
    """

    name: str
    voucher: str
    block: int
    block_hash: str
    log_index: int
    transaction: str
    time: datetime.datetime
    document: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        voucher = self.voucher

        block = self.block

        block_hash = self.block_hash

        log_index = self.log_index

        transaction = self.transaction

        time = self.time.isoformat()

        document: None | str
        document = self.document

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "voucher": voucher,
                "block": block,
                "block_hash": block_hash,
                "log_index": log_index,
                "transaction": transaction,
                "time": time,
                "document": document,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        voucher = d.pop("voucher")

        block = d.pop("block")

        block_hash = d.pop("block_hash")

        log_index = d.pop("log_index")

        transaction = d.pop("transaction")

        time = datetime.datetime.fromisoformat(d.pop("time"))

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        origin = cls(
            name=name,
            voucher=voucher,
            block=block,
            block_hash=block_hash,
            log_index=log_index,
            transaction=transaction,
            time=time,
            document=document,
        )

        origin.additional_properties = d
        return origin

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
