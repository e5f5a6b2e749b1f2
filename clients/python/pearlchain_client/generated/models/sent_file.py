from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="SentFile")


@_attrs_define
class SentFile:
    """A file that the caller sent; any file for who reads everything.

    Attributes:
        id (int):
        name (str):
        sha256 (str):
        format_ (str):
        state (str): ``read`` or ``refused``. Of an archive that was read, documents may have been refused: see the
            findings.
        sender (None | Participant): Null: it was not sent over the API.
        received_at (datetime.datetime):
        mapping (None | str): Digest of what said what the columns of its tables mean.
        documents (int): How many were read from it.
        findings (int):
    """

    id: int
    name: str
    sha256: str
    format_: str
    state: str
    sender: None | Participant
    received_at: datetime.datetime
    mapping: None | str
    documents: int
    findings: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        id = self.id

        name = self.name

        sha256 = self.sha256

        format_ = self.format_

        state = self.state

        sender: dict[str, Any] | None
        if isinstance(self.sender, Participant):
            sender = self.sender.to_dict()
        else:
            sender = self.sender

        received_at = self.received_at.isoformat()

        mapping: None | str
        mapping = self.mapping

        documents = self.documents

        findings = self.findings

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "sha256": sha256,
                "format": format_,
                "state": state,
                "sender": sender,
                "received_at": received_at,
                "mapping": mapping,
                "documents": documents,
                "findings": findings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        sha256 = d.pop("sha256")

        format_ = d.pop("format")

        state = d.pop("state")

        def _parse_sender(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sender_type_0 = Participant.from_dict(data)

                return sender_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        sender = _parse_sender(d.pop("sender"))

        received_at = datetime.datetime.fromisoformat(d.pop("received_at"))

        def _parse_mapping(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        mapping = _parse_mapping(d.pop("mapping"))

        documents = d.pop("documents")

        findings = d.pop("findings")

        sent_file = cls(
            id=id,
            name=name,
            sha256=sha256,
            format_=format_,
            state=state,
            sender=sender,
            received_at=received_at,
            mapping=mapping,
            documents=documents,
            findings=findings,
        )

        sent_file.additional_properties = d
        return sent_file

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
