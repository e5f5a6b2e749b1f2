from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.amount import Amount


T = TypeVar("T", bound="LimitBody")


@_attrs_define
class LimitBody:
    """What a bank promises from now on; below what is used already it stays there.

    Attributes:
        limit (Amount): Money that is asked for: integer minor units (cents, 分) of one currency.
    """

    limit: Amount

    def to_dict(self) -> dict[str, Any]:
        limit = self.limit.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "limit": limit,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amount import Amount  # noqa: PLC0415

        d = dict(src_dict)
        limit = Amount.from_dict(d.pop("limit"))

        limit_body = cls(
            limit=limit,
        )

        return limit_body
