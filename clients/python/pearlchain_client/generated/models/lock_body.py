from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LockBody")


@_attrs_define
class LockBody:
    """The quote that the holder takes, and until when the bank pays.

    Attributes:
        quote (str):
        deadline (datetime.datetime): After it anyone may give back what nobody attested. It leaves time to contest
            before the maturity.
    """

    quote: str
    deadline: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        quote = self.quote

        deadline = self.deadline.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "quote": quote,
                "deadline": deadline,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        quote = d.pop("quote")

        deadline = datetime.datetime.fromisoformat(d.pop("deadline"))

        lock_body = cls(
            quote=quote,
            deadline=deadline,
        )

        return lock_body
