from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="BodySendDocuments")


@_attrs_define
class BodySendDocuments:
    """
    Attributes:
        files (list[File]): One or many files.
        mapping (list[File] | None | Unset): What the columns of tables (CSV, XLSX) among the files mean: a mapping as
            TOML or JSON, at most 64 kB; docs/documents.md has an example. Without it tables are refused.
    """

    files: list[File]
    mapping: list[File] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_tuple()

            files.append(files_item)

        mapping: list[FileTypes] | None | Unset
        if isinstance(self.mapping, Unset):
            mapping = UNSET
        elif isinstance(self.mapping, list):
            mapping = []
            for mapping_type_0_item_data in self.mapping:
                mapping_type_0_item = mapping_type_0_item_data.to_tuple()

                mapping.append(mapping_type_0_item)

        else:
            mapping = self.mapping

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "files": files,
            }
        )
        if mapping is not UNSET:
            field_dict["mapping"] = mapping

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        for files_item_element in self.files:
            files.append(("files", files_item_element.to_tuple()))

        if not isinstance(self.mapping, Unset):
            if isinstance(self.mapping, list):
                for mapping_type_0_item_element in self.mapping:
                    files.append(("mapping", mapping_type_0_item_element.to_tuple()))
            else:
                files.append(("mapping", (None, str(self.mapping).encode(), "text/plain")))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = File(payload=BytesIO(files_item_data))

            files.append(files_item)

        def _parse_mapping(data: object) -> list[File] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                mapping_type_0 = []
                _mapping_type_0 = data
                for mapping_type_0_item_data in _mapping_type_0:
                    mapping_type_0_item = File(payload=BytesIO(mapping_type_0_item_data))

                    mapping_type_0.append(mapping_type_0_item)

                return mapping_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[File] | None | Unset, data)

        mapping = _parse_mapping(d.pop("mapping", UNSET))

        body_send_documents = cls(
            files=files,
            mapping=mapping,
        )

        body_send_documents.additional_properties = d
        return body_send_documents

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
