from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="AuditEntry")


@_attrs_define
class AuditEntry:
    """Who did what. How the hash is made docs/audit.md says; what was asked for and the salt together give the digest.

    Attributes:
        number (int):
        at (datetime.datetime): To the millisecond, which the hash is made of.
        actor (str): `key:<id>`, `user:<id>`, `operator@cli` or `worker`.
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        action (str):
        subject (str): The id of what it is about.
        outcome (str):
        rule (None | str): The rule that refuses.
        request_id (None | str):
        salt (str): Keep it to yourself: who has it can try out what was asked for.
        digest (str):
        previous (str): The hash of the entry before.
        hash_ (str):
    """

    number: int
    at: datetime.datetime
    actor: str
    enterprise: Participant
    action: str
    subject: str
    outcome: str
    rule: None | str
    request_id: None | str
    salt: str
    digest: str
    previous: str
    hash_: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat()

        actor = self.actor

        enterprise = self.enterprise.to_dict()

        action = self.action

        subject = self.subject

        outcome = self.outcome

        rule: None | str
        rule = self.rule

        request_id: None | str
        request_id = self.request_id

        salt = self.salt

        digest = self.digest

        previous = self.previous

        hash_ = self.hash_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "at": at,
                "actor": actor,
                "enterprise": enterprise,
                "action": action,
                "subject": subject,
                "outcome": outcome,
                "rule": rule,
                "request_id": request_id,
                "salt": salt,
                "digest": digest,
                "previous": previous,
                "hash": hash_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        actor = d.pop("actor")

        enterprise = Participant.from_dict(d.pop("enterprise"))

        action = d.pop("action")

        subject = d.pop("subject")

        outcome = d.pop("outcome")

        def _parse_rule(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        rule = _parse_rule(d.pop("rule"))

        def _parse_request_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        request_id = _parse_request_id(d.pop("request_id"))

        salt = d.pop("salt")

        digest = d.pop("digest")

        previous = d.pop("previous")

        hash_ = d.pop("hash")

        audit_entry = cls(
            number=number,
            at=at,
            actor=actor,
            enterprise=enterprise,
            action=action,
            subject=subject,
            outcome=outcome,
            rule=rule,
            request_id=request_id,
            salt=salt,
            digest=digest,
            previous=previous,
            hash_=hash_,
        )

        audit_entry.additional_properties = d
        return audit_entry

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
