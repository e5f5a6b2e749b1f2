from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="FindingSeen")


@_attrs_define
class FindingSeen:
    """Something that was seen in documents, and why it matters.

    Attributes:
        id (None | str): Null in the answer to an upload, whose findings are kept with it.
        rule (str):
        severity (str): ``refused``, ``blocked`` or ``flagged``.
        text (str):
        path (None | str): Name of the file.
        member (None | str):
        place (None | str):
        case (None | str): The field's failure that it belongs to.
        documents (list[str]): Keys of the caller's documents in it; other parties' documents are left out.
    """

    id: None | str
    rule: str
    severity: str
    text: str
    path: None | str
    member: None | str
    place: None | str
    case: None | str
    documents: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: None | str
        id = self.id

        rule = self.rule

        severity = self.severity

        text = self.text

        path: None | str
        path = self.path

        member: None | str
        member = self.member

        place: None | str
        place = self.place

        case: None | str
        case = self.case

        documents = self.documents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "rule": rule,
                "severity": severity,
                "text": text,
                "path": path,
                "member": member,
                "place": place,
                "case": case,
                "documents": documents,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        id = _parse_id(d.pop("id"))

        rule = d.pop("rule")

        severity = d.pop("severity")

        text = d.pop("text")

        def _parse_path(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        path = _parse_path(d.pop("path"))

        def _parse_member(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        member = _parse_member(d.pop("member"))

        def _parse_place(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        place = _parse_place(d.pop("place"))

        def _parse_case(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        case = _parse_case(d.pop("case"))

        documents = cast(list[str], d.pop("documents"))

        finding_seen = cls(
            id=id,
            rule=rule,
            severity=severity,
            text=text,
            path=path,
            member=member,
            place=place,
            case=case,
            documents=documents,
        )

        finding_seen.additional_properties = d
        return finding_seen

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
