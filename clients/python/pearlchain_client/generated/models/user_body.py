from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="UserBody")


@_attrs_define
class UserBody:
    """A person: whom it acts for, who the identity provider says it is, and what it may do.

    Attributes:
        enterprise (str):
        subject (str): `sub` of the tokens that the identity provider makes for the person.
        label (str): A name by which people here know whom it is.
        duties (list[str]):
    """

    enterprise: str
    subject: str
    label: str
    duties: list[str]

    def to_dict(self) -> dict[str, Any]:
        enterprise = self.enterprise

        subject = self.subject

        label = self.label

        duties = self.duties

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "enterprise": enterprise,
                "subject": subject,
                "label": label,
                "duties": duties,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        enterprise = d.pop("enterprise")

        subject = d.pop("subject")

        label = d.pop("label")

        duties = cast(list[str], d.pop("duties"))

        user_body = cls(
            enterprise=enterprise,
            subject=subject,
            label=label,
            duties=duties,
        )

        return user_body
