from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SignatureBody")


@_attrs_define
class SignatureBody:
    """What the enterprise's own wallet signed.

    Attributes:
        signature (str): 65 bytes under the operation's `to_sign`; of a wallet that is a contract whatever it takes
            (ERC-1271).
    """

    signature: str

    def to_dict(self) -> dict[str, Any]:
        signature = self.signature

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "signature": signature,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        signature = d.pop("signature")

        signature_body = cls(
            signature=signature,
        )

        return signature_body
