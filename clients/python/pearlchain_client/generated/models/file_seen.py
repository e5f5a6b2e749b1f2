from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.finding_seen import FindingSeen


T = TypeVar("T", bound="FileSeen")


@_attrs_define
class FileSeen:
    """What became of one file that was sent. A file is taken whole, or not at all.

    Attributes:
        name (str):
        sha256 (str):
        format_ (str):
        read (bool):
        documents (list[str]): Keys of the documents that were taken.
        findings (list[FindingSeen]):
    """

    name: str
    sha256: str
    format_: str
    read: bool
    documents: list[str]
    findings: list[FindingSeen]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        sha256 = self.sha256

        format_ = self.format_

        read = self.read

        documents = self.documents

        findings = []
        for findings_item_data in self.findings:
            findings_item = findings_item_data.to_dict()
            findings.append(findings_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "sha256": sha256,
                "format": format_,
                "read": read,
                "documents": documents,
                "findings": findings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.finding_seen import FindingSeen  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        sha256 = d.pop("sha256")

        format_ = d.pop("format")

        read = d.pop("read")

        documents = cast(list[str], d.pop("documents"))

        findings = []
        _findings = d.pop("findings")
        for findings_item_data in _findings:
            findings_item = FindingSeen.from_dict(findings_item_data)

            findings.append(findings_item)

        file_seen = cls(
            name=name,
            sha256=sha256,
            format_=format_,
            read=read,
            documents=documents,
            findings=findings,
        )

        file_seen.additional_properties = d
        return file_seen

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
